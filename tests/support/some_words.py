"""A thousand words, each of which has a twin in the other letter case."""

from __future__ import annotations

WORDS = [f"{letter}{number}" for number in range(100) for letter in "abcdeABCDE"]
