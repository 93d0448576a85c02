"""The quiz view: its route and its payload."""
