"""Whole corpora through an encoder, in bounded memory."""
