"""The weights: W and W′, number by number."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from lexiscope.server.payloads.arrays import f32
from lexiscope.server.payloads.base import BinaryPayload, Payload


class WeightMatrices(BinaryPayload):
    """W and W′ of the words shown (`GET /api/weights?step=`, binary).

    For a model of more than 400 words, its most frequent (without counts: first) ones.

    Attributes:
        step: After so many steps of a recorded run; None for a model without one.
        of: Words of the model.
    """

    arrays: ClassVar = {
        "inputs": f32("words", "dim"),
        "outputs": f32("words", "dim").only("only where W′ has a row a word"),
    }

    step: int | None
    words: list[str]
    rows: list[int]
    of: int


class Similarity(BinaryPayload):
    """Cosines between words, ordered by group (`GET /api/weights/similarity?step=`, binary)."""

    arrays: ClassVar = {
        "cosines": f32("words", "words"),
    }

    step: int | None
    words: list[str]
    groups: list[tuple[str, int]] = Field(description="Name and number of words, in order")
    within: float | None
    across: float | None


class TwoVectors(Payload):
    """W against W′ of every word, sorted by cosine (`GET /api/weights/two-vectors?step=`)."""

    step: int | None
    words: list[str]
    cosines: list[float]
    input_norms: list[float]
    output_norms: list[float]
