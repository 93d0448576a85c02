"""Readers' and writers' common parts: rows, decimals, vocabularies, pairs of files."""
