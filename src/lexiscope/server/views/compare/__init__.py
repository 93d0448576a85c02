"""The comparison view: its routes and its payloads."""
