"""Encoder: vectors of words in their sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.assembly import Assembler
from lexiscope.contextual.model.inference import Inference
from lexiscope.contextual.model.loading import LoadedModel, hold_model, load_model
from lexiscope.contextual.model.pickled import PickledModule
from lexiscope.contextual.model.replicas import states_on
from lexiscope.contextual.model.workers import Workers
from lexiscope.contextual.options import (
    UNNAMED_WINDOW,
    Combine,
    EncoderOptions,
    Layers,
    Pooling,
    Precision,
    WordKind,
)
from lexiscope.contextual.results import Encoded, WordVectors
from lexiscope.contextual.text.finding import WordNotThereError, find_span
from lexiscope.contextual.text.sentence_pooling import (
    SentenceKind,
    SentencePooling,
    pool_sentences,
    sentence_pooling,
)
from lexiscope.contextual.text.tokenization import TextTokenizer
from lexiscope.contextual.text.windows import Limits
from lexiscope.contextual.text.words import Given, Sentence, Splitter, SplitText, Words
from lexiscope.errors import ConfigError

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from lexiscope.contextual.corpus.columns import Values
    from lexiscope.contextual.corpus.fitted_sif import FittedSif
    from lexiscope.contextual.encoders import Encoders
    from lexiscope.contextual.uses.attention import WordAttention
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
        model: A folder, a model's id on the Hugging Face hub, a model of transformers that is in
            memory (it is not changed), or a `LoadedModel`.
        layers, combine, layer_weights, pooling, dtype, compile, device, batch_tokens, stride,
            window, words, truncate: See `EncoderOptions`. Of a model in memory dtype and device are
            as they are.
        tokenizer: Of transformers, for a model in memory.

    Attributes:
        options: How words get their vectors.
        model: The model.

    An encoder is never changed, so that copies of it share the model. A pickle of one has the name
    that the model was loaded by, and loads it again; the model itself where it was given in memory.

    Raises:
        ConfigError: An option is wrong (found before the model is loaded), there is no such model,
            or it is none of text.
        MissingExtraError: PyTorch or transformers is not installed.
        FormatError: The model's folder is damaged.
    """

    def __init__(
        self,
        model: str | PathLike[str] | LoadedModel | PreTrainedModel,
        *,
        layers: Layers = (-1,),
        combine: Combine = "last",
        layer_weights: Sequence[float] | NDArray[np.floating[Any]] | None = None,
        pooling: Pooling = "mean",
        dtype: Precision = "float32",
        compile: bool = False,
        device: str | None = None,
        batch_tokens: int | None = None,
        stride: int | None = None,
        window: int | None = None,
        words: WordKind = "words",
        truncate: bool = False,
        tokenizer: PreTrainedTokenizerBase | None = None,
    ) -> None:
        self.options = EncoderOptions(
            layers=layers,
            combine=combine,
            layer_weights=layer_weights,
            pooling=pooling,
            dtype=dtype,
            compile=compile,
            device=device,
            batch_tokens=batch_tokens,
            stride=stride,
            window=window,
            words=words,
            truncate=truncate,
        )
        self.model = _loaded(model, tokenizer, self.options)
        self._tokenizer = TextTokenizer(self.model.tokenizer, self.model.forward.rows)
        self._states = states_on(self.model, self.options)
        self._workers = Workers(len(self.options.devices))
        self._set_up()

    def _set_up(self) -> None:
        self._layers = self.options.resolved_layers(self.model.layers)
        self._states.width(self._layers, self.options.combine)  # refuses what cannot be had
        self._splitter = Splitter(self.options.words)
        self._limits = Limits(
            window=self._window(), stride=self.options.stride, truncate=self.options.truncate
        )
        inference = Inference(self._states, self._workers, self._layers, self.options, self._limits)
        self._assembler = Assembler(self._tokenizer, inference, self._limits)

    def _window(self) -> int:
        """The tokens of a window.

        What the model has positions for counts; the tokenizer's own limit only where the model
        names none, since it is often set lower than what the model can take. Where neither does, a
        text could be a sequence of any length, whose attention would take any memory.
        """
        most = self.model.positions
        if most is None:
            most = self._tokenizer.limit
        wanted = self.options.window
        if wanted is not None and most is not None and wanted > most:
            raise ConfigError(f"window={wanted}: the model can take {most} tokens at most")
        if wanted is not None:
            return wanted
        return UNNAMED_WINDOW if most is None else most

    def with_options(self, **changes: Any) -> Encoder:
        """An encoder with other options over the same loaded model.

        Args:
            changes: Fields of `EncoderOptions`, but for dtype, device and compile. Another
                `combine` than "mix" drops the layers' weights.

        Raises:
            ConfigError: An option is wrong, or needs the model to be loaded anew.
        """
        fixed = {"dtype", "device", "compile"} & changes.keys()
        if fixed:
            raise ConfigError(f"{fixed.pop()} is how the model was loaded; make a new Encoder")
        if changes.get("combine", "mix") != "mix":
            changes.setdefault("layer_weights", None)
        return self._with(replace(self.options, **changes))

    def _with(self, options: EncoderOptions) -> Encoder:
        other = object.__new__(Encoder)
        other.options = options
        other.model, other._tokenizer, other._states = self.model, self._tokenizer, self._states
        other._workers = self._workers
        other._set_up()
        return other

    def __copy__(self) -> Encoder:
        return self._with(self.options)

    def __deepcopy__(self, _copied: dict[int, object]) -> Encoder:
        return self._with(self.options)

    def __reduce__(self) -> tuple[Any, ...]:
        name = self.model.name
        if name is not None:
            return _again, (name, None, self.options)
        return _again, (PickledModule.of(self.model.module), self.model.tokenizer, self.options)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the user should know of the model, a line each."""
        return self.model.warnings

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

    def encode(
        self,
        sentences: Iterable[Sentence],
        *,
        sentence: SentenceKind | SentencePooling | None = None,
    ) -> Encoded:
        """Words, tokens and their vectors.

        Args:
            sentences: Strings; lists of words, whose boundaries are kept; or `SpannedText`. Equal
                ones go through the model once.
            sentence: What becomes of a sentence as a whole, beside its words: "mean", "cls",
                "last", "sif" (see `SentencePooling`); None for nothing.

        Raises:
            CorpusError: One of them is none of these, or has a token that the model has no row for.
            ConfigError: The model, or so few sentences, have no such vector of a sentence.
        """
        pooling = None if sentence is None else sentence_pooling(sentence)
        given = self._splitter.read(sentences)
        assembled = self._assembler.assemble(given, tokens=True)
        segmentation = assembled.segmentation
        if given.has_repeats:
            segmentation = segmentation.take(given.numbers)
        encoded = Encoded(
            segmentation=segmentation,
            spelled=self._tokenizer.spelled(segmentation.tokens.ids),
            vectors=assembled.vectors,
            token_vectors=assembled.token_vectors,
        )
        if pooling is None:
            return encoded
        return replace(
            encoded,
            sentence_vectors=pool_sentences(
                encoded.segmentation,
                encoded.vectors,
                encoded.token_vectors,
                pooling,
                causal=self.model.behaviour.causal,
            ),
        )

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
        given = self._splitter.read(sentences)
        if only is not None:
            given = given.only(only)
        words, given = given.in_order(), given.merged()
        assembled = self._assembler.assemble(given, tokens=False)
        pieces = np.concatenate([part.pieces.counts for part in assembled.parts])
        return WordVectors(
            words=words,
            pieces=pieces[given.words.sentences.rows(given.numbers)],
            vectors=assembled.vectors,
            tokens=sum(len(part.tokens) for part in assembled.parts),
        )

    def table(
        self,
        sentences: Iterable[Sentence],
        *,
        only: frozenset[str] | None = None,
        whole: SentenceKind | FittedSif | None = None,
        values: Values = "float32",
    ) -> Any:
        """A row a word as a table of pyarrow's, in memory; `.to_pandas()` makes a data frame of it.

        Args:
            sentences, only: As for `encode_words`.
            whole, values: As for `corpus.run.run_corpus`, whose Parquet file has the same columns;
                "sif" takes out what these sentences have in common.

        Raises:
            ConfigError: An option is wrong.
            CorpusError: One of the sentences is no sentence.
        """
        from lexiscope.contextual.corpus.in_memory import table_of

        return table_of(self, sentences, only, whole, values)

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
        given = Given(words=Words.of([alone]), numbers=np.zeros(1, np.int64))
        assembled = self._assembler.assemble(given, tokens=False)
        if assembled.segmentation.pieces.missing[0]:
            raise WordNotThereError(piece, text.words, "has no token, so no vector, here")
        row: Floats = assembled.vectors[0]
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

    def attention(self, sentence: Sentence) -> WordAttention:
        """What the words of a sentence attend to, by layer and head."""
        from lexiscope.contextual.uses.attention import word_attention

        return word_attention(self, sentence)

    def static(
        self,
        corpus: Iterable[Sentence],
        words: Iterable[str],
        *,
        max_occurrences: int = 100,
        reduce: Reduce = "mean",
        max_senses: int = 4,
        progress: ProgressCallback | None = None,
        encoders: Encoders | None = None,
    ) -> KeyedVectors:
        """One vector a word, or a sense, of its occurrences (`from_occurrences.from_corpus`)."""
        from lexiscope.contextual.uses.from_occurrences import StaticOptions, from_corpus

        options = StaticOptions(
            max_occurrences=max_occurrences, reduce=reduce, max_senses=max_senses
        )
        return from_corpus(self, corpus, words, options, progress, encoders)

    def distill(
        self,
        words: Iterable[str],
        *,
        counts: Sequence[int] | None = None,
        dimension: int | None = 256,
        sif: float | None = 1e-4,
        progress: ProgressCallback | None = None,
        encoders: Encoders | None = None,
    ) -> KeyedVectors:
        """Vectors of words that stand alone (`distillation.distill`)."""
        from lexiscope.contextual.uses.distillation import DistillOptions, distill

        options = DistillOptions(dimension=dimension, sif=sif)
        return distill(self, words, counts, options, progress, encoders)


def _loaded(model: Any, tokenizer: Any, options: EncoderOptions) -> LoadedModel:
    if isinstance(model, LoadedModel):
        return model
    if isinstance(model, str | PathLike):
        if tokenizer is not None:
            raise ConfigError(
                "tokenizer is for a model in memory; one that is loaded by its name has its own"
            )
        return load_model(model, options)
    if options.dtype == "int8":
        raise ConfigError("dtype='int8' is for a model that is loaded by its name, not in memory")
    if len(options.devices) > 1:
        raise ConfigError(
            f"device={options.device!r}: a model in memory is on one device; several are for one "
            "that is loaded by its name"
        )
    return hold_model(model, tokenizer)


def _again(model: Any, tokenizer: Any, options: EncoderOptions) -> Encoder:
    """The encoder of a pickle."""
    if isinstance(model, PickledModule):
        model = model.module()
    return Encoder(model, tokenizer=tokenizer, **asdict(options))
