"""Scoring functions by the names that files have of them."""

from __future__ import annotations

import sys
from typing import Any

from lexiscope.corpus.phrases.scoring import SCORER_ARGUMENTS, SCORERS, Scorer
from lexiscope.errors import ConfigError


def scorer_named(name: str) -> Scorer:
    """A scoring function by the name that a file has of it; one that is not there raises when it is
    called."""
    if name in SCORERS:
        return SCORERS[name]
    module, _, path = name.partition(":")
    value: Any = sys.modules.get(module)
    for part in path.split("."):
        value = getattr(value, part, None)
    code = getattr(value, "__code__", None)
    arguments = () if code is None else code.co_varnames[: code.co_argcount]
    if callable(value) and set(SCORER_ARGUMENTS) <= set(arguments):
        scorer: Scorer = value
        return scorer

    def missing(**_: object) -> float:
        raise ConfigError(
            f"the scoring function {name} is not there; import its module before the phrases are "
            "loaded, or set phrases.scoring"
        )

    return missing
