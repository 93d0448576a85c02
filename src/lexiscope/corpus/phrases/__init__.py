"""Phrases: words that stand together more often than chance would have it, found and joined."""
