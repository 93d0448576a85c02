"""Protocol of what encodes words in their sentences, for those that build on it.

`Encoder` is the one there is. What is made of its vectors (`uses/`, `corpus/`) asks for no more
than this, so that the encoder may offer these uses as its methods and none imports it back.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.model.loading import LoadedModel
from lexiscope.contextual.options import EncoderOptions
from lexiscope.contextual.results import Encoded, WordVectors
from lexiscope.contextual.text.sentence_pooling import SentenceKind, SentencePooling
from lexiscope.contextual.text.words import Sentence

Floats = NDArray[np.float32]


class WordEncoder(Protocol):
    """Encodes words in their sentences; the members are told at `Encoder`'s."""

    @property
    def model(self) -> LoadedModel:
        """The model."""

    @property
    def options(self) -> EncoderOptions:
        """How words get their vectors."""

    @property
    def layers(self) -> tuple[int, ...]:
        """The layers in use, as numbers from 0 to the model's layers."""

    @property
    def vector_size(self) -> int:
        """D of a word's vector."""

    def with_options(self, **changes: Any) -> WordEncoder:
        """Another one with other options over the same model."""

    def encode(
        self,
        sentences: Iterable[Sentence],
        *,
        sentence: SentenceKind | SentencePooling | None = None,
    ) -> Encoded:
        """Words, tokens and their vectors."""

    def encode_words(
        self, sentences: Iterable[Sentence], only: frozenset[str] | None = None
    ) -> WordVectors:
        """Words and their vectors; the tokens' are not kept."""

    def word(self, sentence: Sentence, word: str, occurrence: int | None = None) -> Floats:
        """The vector of a word, or of a phrase of several, in a sentence (D)."""
