"""Embedding matrices out of pretrained language models."""
