"""The weights: W and W′, number by number."""

from __future__ import annotations

from pydantic import Field

from lexiscope.server.payloads.base import Payload


class WeightMatrices(Payload):
    """W and W′ of the words shown (`GET /api/weights?step=`, binary).

    For a model of more than 400 words, its most frequent (without counts: first) ones.

    Arrays:
        inputs: float32 (words, D); outputs: float32 (words, D), only where W′ has a row a word.

    Attributes:
        step: After so many steps of a recorded run; None for a model without one.
        of: Words of the model.
    """

    step: int | None
    words: list[str]
    rows: list[int]
    of: int


class Similarity(Payload):
    """Cosines between words, ordered by group (`GET /api/weights/similarity?step=`, binary).

    Arrays:
        cosines: float32 (words, words).
    """

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
