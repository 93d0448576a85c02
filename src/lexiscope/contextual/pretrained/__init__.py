"""Embedding matrices out of language models' checkpoints."""
