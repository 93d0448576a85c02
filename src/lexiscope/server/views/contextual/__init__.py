"""The contextual view: its routes and its payloads."""
