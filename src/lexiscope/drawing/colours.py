"""Colours of pictures: the page's own, by light (web/src/styles/tokens.css)."""

from __future__ import annotations

PAPER = "#fcfaf5"
INK, INK_2, INK_3 = "#1d1b18", "#524d45", "#6d665b"
RULE, RULE_STRONG = "#e0d9cb", "#b5ab99"
ACCENT, WARM = "#1d4f8c", "#a8430d"
MINUS, ZERO, PLUS = "#b04e14", "#fbf8f1", "#1f5a9e"
"""Numbers: less than nothing is orange, nothing is paper, more is blue."""
GROUPS = (
    "#0a69a8", "#c25306", "#0b7a58", "#a84c90", "#8f6b00", "#3f86b0", "#6a4fb0", "#5f5b55",
)  # fmt: skip
"""What belongs together, in the order in which it is named."""


def of_group(number: int) -> str:
    """The colour of a group, the first again after the eighth."""
    return GROUPS[number % len(GROUPS)]
