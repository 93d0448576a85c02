"""The code view: its routes and its payloads."""
