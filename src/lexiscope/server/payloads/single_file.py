"""The payload that only the single file carries."""

from __future__ import annotations

from typing import ClassVar

from lexiscope.server.payloads.arrays import f32
from lexiscope.server.payloads.base import BinaryPayload


class WholeVectors(BinaryPayload):
    """All vectors, for a page without a server to search them itself (in its file, binary)."""

    arrays: ClassVar = {
        "inputs": f32("words", "dim"),
        "outputs": f32("words", "dim").only("only where W′ has a row a word"),
    }

    words: int
    vector_size: int
