"""The explore view: its routes and its payloads."""
