"""Post-processing of contextual vectors: fitted on words of a text, applied to any others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.model.loading import LoadedModel
from lexiscope.contextual.options import EncoderOptions
from lexiscope.contextual.protocol import WordEncoder
from lexiscope.contextual.results import Encoded, WordVectors
from lexiscope.contextual.sampling import sample
from lexiscope.contextual.text.words import Sentence
from lexiscope.corpus.tokenizers import batches
from lexiscope.errors import ConfigError
from lexiscope.progress import Meter, ProgressCallback
from lexiscope.vectors.postprocessing import FitOptions, Moments, Postprocessing
from lexiscope.vectors.postprocessing.stored import facts

Floats = NDArray[np.float32]

FIT_SENTENCES = 2_000
_SENTENCES = 256


class PostprocessedEncoder:
    """An encoder whose words' vectors are post-processed; tokens' vectors are as they were.

    Args:
        encoder: What encodes.
        postprocessing: Fitted on vectors of that model, of the same layers and pooling.

    Raises:
        ConfigError: It was fitted on vectors of another width.
    """

    def __init__(self, encoder: WordEncoder, postprocessing: Postprocessing) -> None:
        if encoder.vector_size != postprocessing.size:
            raise ConfigError(
                f"the post-processing was fitted on {postprocessing.size} dimensions, the words "
                f"of {encoder.model.title} have {encoder.vector_size} with these layers; fit it "
                "on the same"
            )
        self._encoder = encoder
        self.postprocessing = postprocessing

    @property
    def model(self) -> LoadedModel:
        """The model."""
        return self._encoder.model

    @property
    def options(self) -> EncoderOptions:
        """How words get their vectors, before they are post-processed."""
        return self._encoder.options

    @property
    def layers(self) -> tuple[int, ...]:
        """The layers in use."""
        return self._encoder.layers

    @property
    def vector_size(self) -> int:
        """D of a word's vector, afterwards."""
        return self.postprocessing.out

    def with_options(self, **changes: Any) -> PostprocessedEncoder:
        """Another one with other options, whose vectors must be as wide."""
        return PostprocessedEncoder(self._encoder.with_options(**changes), self.postprocessing)

    def encode(self, sentences: Iterable[Sentence]) -> Encoded:
        """Words and their vectors, post-processed; tokens and theirs, as they were."""
        encoded = self._encoder.encode(sentences)
        return replace(encoded, vectors=self.postprocessing.apply(encoded.vectors))

    def encode_words(
        self, sentences: Iterable[Sentence], only: frozenset[str] | None = None
    ) -> WordVectors:
        """Words and their vectors, post-processed."""
        encoded = self._encoder.encode_words(sentences, only)
        return replace(encoded, vectors=self.postprocessing.apply(encoded.vectors))

    def word(self, sentence: Sentence, word: str, occurrence: int | None = None) -> Floats:
        """The vector of a word in a sentence, post-processed (D)."""
        row = self._encoder.word(sentence, word, occurrence)
        processed: Floats = self.postprocessing.apply(row[None])[0]
        return processed

    @property
    def facts(self) -> dict[str, Any]:
        """What identifies the post-processing, as plain data."""
        return facts(self.postprocessing)


@dataclass(frozen=True)
class Fitted:
    """A post-processing, and what it was fitted on.

    Attributes:
        postprocessing: It.
        fitted_on: As plain data: model, layers, sentences drawn of how many, words, seed.
    """

    postprocessing: Postprocessing
    fitted_on: dict[str, Any]


def fit_on(
    encoder: WordEncoder,
    sentences: Iterable[Sentence],
    options: FitOptions,
    *,
    most: int = FIT_SENTENCES,
    seed: int = 1,
    progress: ProgressCallback | None = None,
) -> Fitted:
    """Fits on the words of a text, or of some of its sentences; memory does not grow with it.

    Args:
        encoder: What encodes; its layers, how they are combined and its pooling count.
        sentences: The text, read once.
        options: What is fitted.
        most: So many sentences at most, drawn by `seed`.
        seed: Of the draw.
        progress: Whom to tell.

    Raises:
        ConfigError: There are too few words, or they do not vary.
    """
    moments = Moments(encoder.vector_size, covariances=options.covariances)
    drawn = sample(sentences, most, seed)
    meter, done = Meter("fitting", len(drawn.drawn), "sentences", progress, every=0), 0
    for chunk in batches(drawn.drawn, _SENTENCES):
        moments.add(encoder.encode_words(chunk).vectors)
        done += len(chunk)
        meter.update(done)
    return Fitted(
        options.of(moments),
        {
            "model": encoder.model.title,
            **encoder.options.facts(encoder.layers),
            "sentences": len(drawn.drawn),
            "of_sentences": drawn.seen,
            "words": moments.count,
            "seed": seed,
        },
    )
