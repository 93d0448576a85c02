"""Snapshots of a large run: recorded now and then, for watched words."""
