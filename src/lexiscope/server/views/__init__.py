"""Views of the page, a folder each: its routes and its payloads."""
