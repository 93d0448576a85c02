"""`Encoder`: vectors of words in their sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
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
from lexiscope.contextual.results import Encoded
from lexiscope.contextual.text.finding import WordNotThereError, find_span
from lexiscope.contextual.text.pooling import pool
from lexiscope.contextual.text.preparation import (
    Prepared,
    distinct_texts,
    in_order,
    only_words,
    prepare,
    ranges,
    word_counts,
    word_places,
)
from lexiscope.contextual.text.tokenization import TextTokenizer
from lexiscope.contextual.text.windows import Limits
from lexiscope.contextual.text.words import Sentence, Splitter, SplitText
from lexiscope.errors import ConfigError

if TYPE_CHECKING:
    from lexiscope.contextual.uses.from_occurrences import Reduce
    from lexiscope.contextual.uses.similarity import LayerSimilarity, TokenSimilarity
    from lexiscope.progress import ProgressCallback
    from lexiscope.vectors import KeyedVectors

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class WordVectors:
    """The words of some sentences with their vectors, without the tokens.

    Attributes:
        sentences: The sentences, in order.
        offsets: Sentence i has the words `offsets[i]` to `offsets[i + 1]`.
        places: Each word's number in its sentence, words that were left out counted (N).
        spans: Start and end of each word in its sentence, in characters (N × 2).
        pieces: How many tokens each word has (N).
        vectors: N × D; NaN where `pieces` is 0.
        tokens: Tokens that went through the model.
    """

    sentences: Sequence[SplitText]
    offsets: Ints
    places: Ints
    spans: Ints
    pieces: Ints
    vectors: Floats
    tokens: int


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
        given = self._splitter.split_all(sentences)
        distinct, numbers = distinct_texts(given)
        prepared = self._prepare(distinct)
        vectors = self._token_vectors(prepared)
        words = pool(vectors, prepared.pieces, self.options.pooling)
        return in_order(given, numbers, prepared, vectors, words, self._tokenizer)

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
        given = split if only is None else [only_words(text, only) for text in split]
        distinct, numbers = distinct_texts(given)
        prepared = self._prepare([text for text in distinct if text.words])
        vectors = self._token_vectors(prepared)
        pooled = pool(vectors, prepared.pieces, self.options.pooling)
        # A sentence without words has no place among those that were encoded.
        place = np.cumsum([bool(text.words) for text in distinct]) - 1
        rows, offsets = ranges(prepared.word_offsets, place[numbers], word_counts(given))
        return WordVectors(
            sentences=given,
            offsets=offsets,
            places=word_places(given),
            spans=prepared.spans[rows],
            pieces=prepared.pieces.counts[rows],
            vectors=pooled[rows] if len(distinct) < len(given) else pooled,
            tokens=len(prepared.tokenized.ids),
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
        prepared = self._prepare([alone])
        if prepared.pieces.counts[0] == 0:
            raise WordNotThereError(piece, text.words, "has no token, so no vector, here")
        vectors = self._token_vectors(prepared)
        row: Floats = pool(vectors, prepared.pieces, self.options.pooling)[0]
        return row

    # Views and static vectors

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
        """The cosine of a word in two sentences, in every layer; see `views.layer_similarity`."""
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
        """One vector a word (or a sense) out of its occurrences; see `static.from_corpus`."""
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
        """Vectors of words that stand alone; see `distillation.distill`."""
        from lexiscope.contextual.uses.distillation import DistillOptions, distill

        return distill(self, words, counts, DistillOptions(dimension=dimension, sif=sif), progress)

    # Work

    def _prepare(self, texts: list[SplitText]) -> Prepared:
        return prepare(texts, self._tokenizer, self._limits)

    def _token_vectors(self, prepared: Prepared) -> Floats:
        return token_vectors(
            prepared, self._states, self._workers, self._layers, self.options, self._limits
        )
