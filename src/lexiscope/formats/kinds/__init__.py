"""Formats of word vectors, one module or folder each."""
