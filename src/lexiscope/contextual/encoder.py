"""Encoder: vectors of words in their sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.model.hidden_states import HiddenStates
from lexiscope.contextual.model.inference import token_vectors
from lexiscope.contextual.model.loading import LoadedModel, load_model
from lexiscope.contextual.model.workers import Workers
from lexiscope.contextual.options import (
    Combine,
    EncoderOptions,
    Layers,
    Pooling,
    Precision,
    WordKind,
)
from lexiscope.contextual.ragged import Ragged
from lexiscope.contextual.results import Encoded, WordVectors
from lexiscope.contextual.text.finding import WordNotThereError, find_span
from lexiscope.contextual.text.pooling import pool
from lexiscope.contextual.text.segmentation import Segmentation, segment
from lexiscope.contextual.text.tokenization import TextTokenizer
from lexiscope.contextual.text.windows import Limits
from lexiscope.contextual.text.words import (
    Sentence,
    Splitter,
    SplitText,
    Words,
    unique,
    word_counts,
)
from lexiscope.errors import ConfigError

if TYPE_CHECKING:
    from lexiscope.contextual.uses.from_occurrences import Reduce
    from lexiscope.contextual.uses.similarity import LayerSimilarity, TokenSimilarity
    from lexiscope.progress import ProgressCallback
    from lexiscope.vectors import KeyedVectors

Floats = NDArray[np.float32]


class Encoder:
    """Vectors of words in their sentences, from any encoder or decoder of text.

    Example:
        encoder = Encoder("bert-base-uncased", layers=(-4, -3, -2, -1), combine="mean")
        encoder.word("The quick brown fox jumps.", "fox")

    Args:
        model: A folder, a model's id on the Hugging Face hub, or a `LoadedModel`.
        layers, combine, pooling, dtype, device, batch_tokens, stride, window, words, truncate: See
            `EncoderOptions`. Of a `LoadedModel` dtype and device are as it was loaded.

    Raises:
        ConfigError: An option is wrong (found before the model is loaded), or there is no such
            model.
        MissingExtraError: PyTorch or transformers is not installed.
        FormatError: The model's folder is damaged.
    """

    def __init__(
        self,
        model: str | PathLike[str] | LoadedModel,
        *,
        layers: Layers = (-1,),
        combine: Combine = "last",
        pooling: Pooling = "mean",
        dtype: Precision = "float32",
        device: str | None = None,
        batch_tokens: int | None = None,
        stride: int | None = None,
        window: int | None = None,
        words: WordKind = "words",
        truncate: bool = False,
    ) -> None:
        self.options = EncoderOptions(
            layers=layers,
            combine=combine,
            pooling=pooling,
            dtype=dtype,
            device=device,
            batch_tokens=batch_tokens,
            stride=stride,
            window=window,
            words=words,
            truncate=truncate,
        )
        self.model = model if isinstance(model, LoadedModel) else load_model(model, self.options)
        self._tokenizer = TextTokenizer(self.model.tokenizer)
        self._states = HiddenStates(self.model)
        self._workers = Workers()
        self._set_up()

    def _set_up(self) -> None:
        self._layers = self.options.resolved_layers(self.model.layers)
        self._splitter = Splitter(self.options.words)
        self._limits = Limits(
            window=self._window(), stride=self.options.stride, truncate=self.options.truncate
        )

    def _window(self) -> int | None:
        """The tokens of a window.

        What the model has positions for counts; the tokenizer's own limit only where the model
        names none, since it is often set lower than what the model can take.
        """
        most = self.model.positions
        if most is None:
            most = self._tokenizer.limit
        wanted = self.options.window
        if wanted is not None and most is not None and wanted > most:
            raise ConfigError(f"window={wanted}: the model can take {most} tokens at most")
        return most if wanted is None else wanted

    def with_options(self, **changes: Any) -> Encoder:
        """An encoder with other options over the same loaded model.

        Args:
            changes: Fields of `EncoderOptions`, but for dtype and device.

        Raises:
            ConfigError: An option is wrong, or needs the model to be loaded anew.
        """
        fixed = {"dtype", "device"} & changes.keys()
        if fixed:
            raise ConfigError(f"{fixed.pop()} is how the model was loaded; make a new Encoder")
        other = object.__new__(Encoder)
        other.options = replace(self.options, **changes)
        other.model, other._tokenizer, other._states = self.model, self._tokenizer, self._states
        other._workers = self._workers
        other._set_up()
        return other

    @property
    def layers(self) -> tuple[int, ...]:
        """The layers in use, as numbers from 0 to the model's layers."""
        return self._layers

    @property
    def vector_size(self) -> int:
        """D of a word's vector."""
        width = self._states.width(self._layers, self.options.combine)
        return width * (2 if self.options.pooling == "first_last" else 1)

    # Vectors

    def encode(self, sentences: Iterable[Sentence]) -> Encoded:
        """Words, tokens and their vectors.

        Args:
            sentences: Strings, or lists of words whose boundaries are kept. Equal ones go through
                the model once.

        Raises:
            CorpusError: One of them is neither.
        """
        texts, numbers = unique(self._splitter.split_all(sentences))
        segmentation = self._segment(texts)
        vectors = self._run(segmentation)
        encoded = Encoded(
            segmentation=segmentation,
            tokens=tuple(self._tokenizer.spellings(segmentation.tokens.ids.tolist())),
            vectors=pool(vectors, segmentation.pieces, self.options.pooling),
            token_vectors=vectors,
        )
        return encoded.take(numbers)

    def encode_words(
        self, sentences: Iterable[Sentence], only: frozenset[str] | None = None
    ) -> WordVectors:
        """Words and their vectors; the tokens' are not kept.

        Args:
            sentences: As for `encode`.
            only: Only these words; the others are left out, and sentences without any of them do
                not go through the model.

        Raises:
            CorpusError: One of the sentences is neither a string nor a list of words.
        """
        split = self._splitter.split_all(sentences)
        if only is not None:
            split = [text.only(only) for text in split]
        texts, numbers = unique(split)
        segmentation = self._segment([text for text in texts if text.words])
        vectors = pool(self._run(segmentation), segmentation.pieces, self.options.pooling)
        # Sentences without words have no rows, so that with or without them rows are the same.
        rows = Ragged.of_counts(word_counts(texts)).rows(numbers)
        return WordVectors(
            words=Words.of(split),
            pieces=segmentation.pieces.counts[rows],
            vectors=vectors[rows] if len(texts) < len(split) else vectors,
            tokens=len(segmentation.tokens),
        )

    def word(self, sentence: Sentence, word: str, occurrence: int | None = None) -> Floats:
        """The vector of a word, or of a phrase of several, in a sentence (D).

        Args:
            sentence: A string or a list of words.
            word: As it is spelled there.
            occurrence: Which one, from 0, where it is there several times.

        Raises:
            WordNotThereError: It is not there; the message has the words that are.
        """
        text = self._splitter.split(sentence, 0)
        start, stop = find_span(text, word, occurrence)
        return self._span_vector(text, start, stop)

    def span(self, sentence: Sentence, start: int, end: int) -> Floats:
        """The vector of the tokens that share characters with a stretch of a sentence (D).

        Args:
            sentence: A string, or a list of words (joined by spaces).
            start, end: In characters.

        Raises:
            ConfigError: The stretch is empty or not inside the sentence.
            WordNotThereError: No token stands for it.
        """
        text = self._splitter.split(sentence, 0)
        if not 0 <= start < end <= len(text.text):
            raise ConfigError(
                f"span {start} to {end}: expected a start before its end, inside the sentence's "
                f"{len(text.text)} characters"
            )
        return self._span_vector(text, start, end)

    def _span_vector(self, text: SplitText, start: int, stop: int) -> Floats:
        piece = text.text[start:stop]
        alone = SplitText(text=text.text, words=(piece,), spans=((start, stop),))
        segmentation = self._segment([alone])
        if segmentation.pieces.missing[0]:
            raise WordNotThereError(piece, text.words, "has no token, so no vector, here")
        row: Floats = pool(self._run(segmentation), segmentation.pieces, self.options.pooling)[0]
        return row

    # Uses of the vectors

    def layer_similarity(
        self,
        sentence: Sentence,
        other: Sentence,
        word: str,
        *,
        occurrence: int | None = None,
        other_word: str | None = None,
        other_occurrence: int | None = None,
    ) -> LayerSimilarity:
        """The cosine of a word in two sentences, layer by layer (`similarity.layer_similarity`)."""
        from lexiscope.contextual.uses.similarity import Place, layer_similarity

        second = word if other_word is None else other_word
        return layer_similarity(
            self, Place(sentence, word, occurrence), Place(other, second, other_occurrence)
        )

    def token_similarity(
        self, sentence: Sentence, other: Sentence | None = None
    ) -> TokenSimilarity:
        """The cosines of the tokens of a sentence with each other, or with another's."""
        from lexiscope.contextual.uses.similarity import token_similarity

        return token_similarity(self, sentence, other)

    def static(
        self,
        corpus: Iterable[Sentence],
        words: Iterable[str],
        *,
        max_occurrences: int = 100,
        reduce: Reduce = "mean",
        max_senses: int = 4,
        progress: ProgressCallback | None = None,
    ) -> KeyedVectors:
        """One vector a word, or a sense, of its occurrences (`from_occurrences.from_corpus`)."""
        from lexiscope.contextual.uses.from_occurrences import StaticOptions, from_corpus

        options = StaticOptions(
            max_occurrences=max_occurrences, reduce=reduce, max_senses=max_senses
        )
        return from_corpus(self, corpus, words, options, progress)

    def distill(
        self,
        words: Iterable[str],
        *,
        counts: Sequence[int] | None = None,
        dimension: int | None = 256,
        sif: float | None = 1e-4,
        progress: ProgressCallback | None = None,
    ) -> KeyedVectors:
        """Vectors of words that stand alone (`distillation.distill`)."""
        from lexiscope.contextual.uses.distillation import DistillOptions, distill

        return distill(self, words, counts, DistillOptions(dimension=dimension, sif=sif), progress)

    # Work

    def _segment(self, texts: list[SplitText]) -> Segmentation:
        return segment(texts, self._tokenizer, self._limits)

    def _run(self, segmentation: Segmentation) -> Floats:
        """The vectors of all tokens (T × D′)."""
        return token_vectors(
            segmentation, self._states, self._workers, self._layers, self.options, self._limits
        )
