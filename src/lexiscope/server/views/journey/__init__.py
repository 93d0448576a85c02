"""The journey view: its routes and its payloads."""
