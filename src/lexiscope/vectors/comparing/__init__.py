"""Comparison of two models' vectors: what their words share, and which words have moved."""
