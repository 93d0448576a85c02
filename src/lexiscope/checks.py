"""Range checks of options: whole numbers, numbers, choices and switches, refused in one wording."""

from __future__ import annotations

from collections.abc import Collection
from numbers import Integral, Real

import numpy as np

from lexiscope.errors import ConfigError


def whole(name: str, value: object, least: int, most: int | None = None, note: str = "") -> int:
    """A whole number as Python's own `int`; NumPy's are taken as well, True and False are not.

    Args:
        name: The option's, for the message.
        value: What was given.
        least, most: The range, ends included; no upper end where `most` is None.
        note: What the message ends with (", or None").

    Raises:
        ConfigError: It is none, or out of its range.
    """
    if isinstance(value, Integral) and not isinstance(value, bool):
        given = int(value)
        if least <= given and (most is None or given <= most):
            return given
    bounds = f"from {least:,} on" if most is None else f"from {least:,} to {most:,}"
    raise ConfigError(f"{name} is {_shown(value)}; expected a whole number {bounds}{note}")


def number(name: str, value: object, least: float, most: float, note: str = "") -> float:
    """A number as Python's own `float`; see `whole`.

    Raises:
        ConfigError: It is none, or out of its range.
    """
    if isinstance(value, Real) and not isinstance(value, bool) and least <= float(value) <= most:
        return float(value)
    raise ConfigError(
        f"{name} is {_shown(value)}; expected a number from {least:g} to {most:g}{note}"
    )


def choice(name: str, value: object, allowed: Collection[str], note: str = "") -> str:
    """One of some names; see `whole`.

    Raises:
        ConfigError: It is none of them.
    """
    if isinstance(value, str) and value in allowed:
        return value
    raise ConfigError(f"{name} is {value!r}; expected one of {', '.join(allowed)}{note}")


def flag(name: str, value: object) -> bool:
    """A switch: True or False, or 1 or 0 as gensim's scripts write them.

    Raises:
        ConfigError: It is anything else.
    """
    # The string "0" and any number but 0 are true in Python, which is hardly what was meant.
    if isinstance(value, Integral | np.bool_) and value in (0, 1):
        return bool(value)
    raise ConfigError(f"{name} is {_shown(value)}; expected True or False (1 or 0)")


def _shown(value: object) -> str:
    """A value as its user wrote it: a NumPy scalar's repr names its type."""
    return repr(value) if isinstance(value, str) else str(value)
