"""Passes over a text: cutting it into chunks, counting them, writing ids."""
