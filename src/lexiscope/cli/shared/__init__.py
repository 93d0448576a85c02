"""What commands share: arguments, output, a training job."""
