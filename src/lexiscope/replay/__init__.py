"""Replay of small runs: every step recorded, and any of them done again."""
