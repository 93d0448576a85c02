"""Training options for people: what each is called, how it was set, what it does."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import cache
from typing import Any

from lexiscope.server.payloads.subject import Option


def training_options(training: Mapping[str, Any], config: type) -> list[Option]:
    """A configuration as it was saved, each option with its meaning.

    Args:
        training: Name → value; those that the class does not have are shown without a meaning.
        config: The options' class, `RecordConfig` or `TrainingConfig`.
    """
    explained = meanings(config)
    return [
        Option(name=str(name), value=value, meaning=explained.get(str(name), ""))
        for name, value in training.items()
        if value is None or isinstance(value, str | int | float)
    ]


@cache
def meanings(config: type) -> dict[str, str]:
    """What a configuration's docstring says of each field, in its `Attributes:`."""
    texts: dict[str, str] = {}
    name = ""
    inside = False
    for line in (inspect.getdoc(config) or "").splitlines():
        if not line.startswith(" "):
            inside = line == "Attributes:"
        elif inside and line[:4] == "    " and line[4:5] != " ":
            name, _, meaning = line.strip().partition(": ")
            texts[name] = meaning
        elif inside and name:
            texts[name] += f" {line.strip()}"
    return {name: meaning[:1].upper() + meaning[1:] for name, meaning in texts.items()}
