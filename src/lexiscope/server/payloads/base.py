"""The base of all payloads, the base of those with arrays, and a failed request's answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, model_validator

from lexiscope.server.payloads.arrays import Array, check_arrays
from lexiscope.shown import shown


class Payload(BaseModel):
    """The base of all payloads: unchangeable, and with no field that is not declared.

    Every text in it is fit to be shown: words, names and messages come out of files, and the page
    sets them into tables, charts and titles.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _fit_texts(cls, fields: Any) -> Any:
        return fit_texts(fields)


def fit_texts(value: Any) -> Any:
    """A value with all its texts made fit to be shown."""
    match value:
        case str():
            return shown(value)
        case list():
            return [fit_texts(one) for one in value]
        case tuple():
            return tuple(map(fit_texts, value))
        case dict():
            return {fit_texts(key): fit_texts(one) for key, one in value.items()}
    return value


class BinaryPayload(Payload):
    """The base of payloads that travel with arrays, which each class declares.

    Attributes:
        arrays: Name → what it is; the API's description and the page's types come from here.
    """

    arrays: ClassVar[Mapping[str, Array]] = {}

    @classmethod
    def check(cls, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Compares arrays with the declaration.

        Raises:
            ValueError: One is missing, is not declared, or is of another dtype or shape.
        """
        check_arrays(cls.__name__, cls.arrays, arrays)


class Problem(Payload):
    """What every failed request answers with.

    Attributes:
        error: One line: what was got, what was expected, what to do.
        suggestions: Words of the vocabulary that are spelled alike, where a word was not found.
    """

    error: str
    suggestions: list[str] = []
