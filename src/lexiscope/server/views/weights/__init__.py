"""The weights view: its routes and its payloads."""
