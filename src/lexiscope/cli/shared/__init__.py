"""Commands' common parts: arguments, output, a training job."""
