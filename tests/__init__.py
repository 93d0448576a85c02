"""The tests. A package, so that no other `tests` on the path can take this one's name."""
