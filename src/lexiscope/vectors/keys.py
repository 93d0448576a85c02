"""Keys of rows: words, and whole numbers, as programs on graphs have them.

Files hold words. Which of them are whole numbers to whoever asks, the config.json of a model folder
says: `"keys": {"integers": true}`, or a list of those that are where others are not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lexiscope.errors import ConfigError

Key = Any  # a str or an int; other things that can stand in a dict are taken as they come
KEY_TYPES = (str, int, np.integer)
FACT = "keys"
_INTEGERS = "integers"


def as_tokens(keys: Sequence[Key]) -> list[str]:
    """The keys as files hold them.

    Raises:
        ConfigError: One is neither a word nor a whole number.
    """
    kinds = set(map(type, keys))
    if kinds <= {str}:
        return list(keys)
    for kind in kinds:
        if not issubclass(kind, KEY_TYPES):
            key = next(key for key in keys if type(key) is kind)
            raise ConfigError(
                f"the key {key!r} is a {kind.__name__}; files hold words (str) and whole numbers"
            )
    return [str(key) for key in keys]


def facts_of(keys: Sequence[Key]) -> dict[str, Any]:
    """What config.json says of the keys; nothing where all are words."""
    kinds = set(map(type, keys))
    numbers = {kind for kind in kinds if not issubclass(kind, str)}
    if not numbers:
        return {}
    if numbers == kinds:
        return {FACT: {_INTEGERS: True}}
    return {FACT: {_INTEGERS: [str(key) for key in keys if type(key) in numbers]}}


def from_tokens(tokens: list[str], metadata: Mapping[str, Any]) -> list[Key]:
    """The keys that a file's words stand for; the same list where all are words."""
    facts = metadata.get(FACT)
    numbers = facts.get(_INTEGERS) if isinstance(facts, Mapping) else None
    if numbers is True:
        return [_number(token) for token in tokens]
    if not isinstance(numbers, list) or not numbers:
        return tokens
    chosen = {number for number in numbers if isinstance(number, str)}
    return [_number(token) if token in chosen else token for token in tokens]


def _number(token: str) -> Key:
    """The whole number that a word says; the word where it says none."""
    try:
        return int(token)
    except ValueError:
        return token
