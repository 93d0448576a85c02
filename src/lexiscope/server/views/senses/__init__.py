"""The view of a word's occurrences: its routes and its payloads."""
