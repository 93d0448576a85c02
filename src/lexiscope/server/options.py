"""Training options for people: what each is called, how it was set, what it does."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import cache
from typing import Any

from lexiscope.replay.config import RecordConfig
from lexiscope.server.payloads import Option
from lexiscope.server.wire import shown
from lexiscope.training.config import TrainingConfig


def training_options(training: Mapping[str, Any]) -> list[Option]:
    """A configuration as it was saved, each option with its meaning.

    Args:
        training: `RecordConfig.to_json()` or `TrainingConfig.to_json()`; anything else that a
            file's metadata holds is shown without a meaning.
    """
    known = meanings(RecordConfig if "objective" in training else TrainingConfig)
    return [
        Option(name=shown(str(name)), value=_plain(value), meaning=known.get(str(name), ""))
        for name, value in training.items()
        if value is None or isinstance(value, str | int | float)
    ]


def _plain(value: str | int | float | None) -> str | int | float | None:
    return shown(value) if isinstance(value, str) else value


@cache
def meanings(config: type) -> dict[str, str]:
    """What a configuration's docstring says of each field, in its `Attributes:`."""
    found: dict[str, str] = {}
    name = ""
    inside = False
    for line in (inspect.getdoc(config) or "").splitlines():
        if not line.startswith(" "):
            inside = line == "Attributes:"
        elif inside and line[:4] == "    " and line[4:5] != " ":
            name, _, meaning = line.strip().partition(": ")
            found[name] = meaning
        elif inside and name:
            found[name] += f" {line.strip()}"
    return {name: meaning[:1].upper() + meaning[1:] for name, meaning in found.items()}
