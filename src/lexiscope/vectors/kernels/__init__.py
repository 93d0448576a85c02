"""Compiled loops over all rows of a matrix."""
