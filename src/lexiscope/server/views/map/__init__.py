"""The map view: its routes and its payloads."""
