"""Losses: a file each, with its rule, its tables, its kernel parts and its papers."""
