"""Alignment of rows to other ids: tokenizers, token lists, vocabularies."""
