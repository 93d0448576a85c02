"""The walkthrough view: its routes and its payloads."""
