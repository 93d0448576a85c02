"""Texts for a transformer: words, tokens, spans, windows, pooling."""
