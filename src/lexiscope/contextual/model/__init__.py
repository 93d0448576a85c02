"""Pretrained transformers: finding, loading and running them."""
