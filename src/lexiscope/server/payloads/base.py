"""What all payloads are, and what a failed request answers with."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Payload(BaseModel):
    """The base of all payloads: unchangeable, and with no field that is not declared."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Problem(Payload):
    """What every failed request answers with.

    Attributes:
        error: One line: what was got, what was expected, what to do.
        suggestions: Words of the vocabulary that are spelled alike, where a word was not found.
    """

    error: str
    suggestions: list[str] = []
