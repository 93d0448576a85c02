"""The blueprint view: its routes and its payloads."""
