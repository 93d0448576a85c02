"""Occurrences of a word in a corpus: read out of a table of words, clustered, laid out, drawn."""
