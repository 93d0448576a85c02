"""Survey of a text before a run: what it would see of it, and what looks unlike sentences."""
