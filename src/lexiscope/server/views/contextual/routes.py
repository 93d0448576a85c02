"""Contextual vectors: what a pretrained transformer makes of words in their sentences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query
from numpy.typing import NDArray
from starlette.responses import Response

from lexiscope.contextual.options import EncoderOptions, PlainCombine, Pooling
from lexiscope.contextual.uses.all_layers import AllLayers, combined, layer_curve
from lexiscope.contextual.uses.layer_report import ReportOptions, layer_report
from lexiscope.contextual.uses.vocabulary_words import word_in_front
from lexiscope.errors import ConfigError
from lexiscope.server.exchange import Exchange, ExchangeDependency, binary
from lexiscope.server.problems import NothingToShowError, UnknownRowError
from lexiscope.server.subject import OpenSubject
from lexiscope.server.transformer import MOST_CHARACTERS, StaticWords, Transformer
from lexiscope.server.views.contextual import payloads
from lexiscope.server.views.contextual.payloads import Among
from lexiscope.server.views.explore.routes import Topn
from lexiscope.server.wire import Encoded, encode
from lexiscope.vectors.geometry import Estimate
from lexiscope.vectors.search import unit_rows

router = APIRouter()

Floats = NDArray[np.float32]

MOST_LAYERS = 200
MOST_SENTENCES = 50
_FROM_OCCURRENCES = ("mean", "median", "medoid", "senses")

Text = Annotated[str, Query(min_length=1, max_length=MOST_CHARACTERS)]
Texts = Annotated[
    list[Text],
    Query(min_length=1, max_length=2, description="One sentence or two"),
]
WordNumbers = Annotated[
    list[Annotated[int, Query(ge=0, lt=MOST_CHARACTERS)]],
    Query(
        min_length=1,
        max_length=2,
        description="A word's number in each sentence; of one sentence, one word or two",
    ),
]
LayerNumbers = Annotated[
    list[Annotated[int, Query(ge=-1_000, le=1_000)]],
    Query(min_length=1, max_length=MOST_LAYERS, description="0 to L, or from the end, -1 the last"),
]
_LAST = [-1]


@dataclass(frozen=True)
class _Chosen:
    """How a word's vector is made: layers as numbers from 0 to L."""

    layers: tuple[int, ...]
    combine: PlainCombine
    pooling: Pooling


@dataclass(frozen=True)
class _Word:
    """A word in its sentence."""

    sentence: AllLayers
    number: int

    @property
    def spelled(self) -> str:
        return self.sentence.words[self.number]

    def vector(self, chosen: _Chosen) -> Floats:
        rows = self.sentence.word_vectors(chosen.layers, chosen.combine, chosen.pooling)
        found: Floats = rows[self.number]
        return found


def _transformer(opened: OpenSubject) -> Transformer:
    if opened.transformer is None:
        raise NothingToShowError(
            f"{opened.name} is served without a transformer; add one with `lexiscope serve PATH "
            "--model MODEL`, a folder or a model's id on the Hugging Face hub"
        )
    return opened.transformer


async def _answer(exchange: Exchange, make: Callable[[Transformer], Encoded]) -> Response:
    """Answers with what the model's thread makes."""
    transformer = _transformer(exchange.subject)
    return await exchange.reply_async(lambda: transformer.ask(lambda: make(transformer)))


@router.get("/api/contextual/model", response_model=payloads.ContextualModel)
async def model(exchange: ExchangeDependency) -> Response:
    """The transformer, which is loaded if it is not yet."""
    return await _answer(exchange, lambda transformer: encode(_model(transformer)))


def _model(transformer: Transformer) -> payloads.ContextualModel:
    encoder = transformer.encoder()
    loaded = encoder.model
    return payloads.ContextualModel(
        name=transformer.title,
        family=str(loaded.module.config.model_type),
        layers=loaded.layers,
        dim=loaded.hidden_size,
        window=loaded.positions,
        vocabulary=len(loaded.tokenizer),
        characters=MOST_CHARACTERS,
        front=word_in_front(encoder),
    )


@router.get("/api/contextual/sentence", response_model=payloads.ContextualSentence)
async def sentence(exchange: ExchangeDependency, text: Text) -> Response:
    """A sentence's tokens, and which of them make which word."""
    return await _answer(exchange, lambda found: encode(_sentence(found.sentence(text))))


def _sentence(found: AllLayers) -> payloads.ContextualSentence:
    return payloads.ContextualSentence(
        text=found.text,
        tokens=[
            payloads.ContextualToken(token=token, id=number, start=start, end=end, special=special)
            for token, number, (start, end), special in zip(
                found.tokens,
                found.token_ids.tolist(),
                found.token_spans.tolist(),
                found.special.tolist(),
                strict=True,
            )
        ],
        words=[
            payloads.ContextualWord(
                word=word,
                start=start,
                end=end,
                pieces=found.pieces.of(place),
            )
            for place, (word, (start, end)) in enumerate(
                zip(found.words, found.spans.tolist(), strict=True)
            )
        ],
    )


def _chosen(
    transformer: Transformer, layers: list[int], combine: PlainCombine, pooling: Pooling
) -> _Chosen:
    options = EncoderOptions(layers=layers, combine=combine, pooling=pooling)
    found = options.resolved_layers(transformer.encoder().model.layers)
    return _Chosen(found, combine, pooling)


def _words(transformer: Transformer, texts: list[str], numbers: list[int]) -> list[_Word]:
    """The words that were asked for.

    Raises:
        ConfigError: Two sentences need two words.
        UnknownRowError: A sentence has no such word.
        NothingToShowError: The tokenizer leaves it out, so it has no vector.
    """
    if len(texts) > len(numbers):
        raise ConfigError("word is given once for two sentences; give one for each")
    sentences = [transformer.sentence(text) for text in texts]
    found = []
    for number, of in zip(numbers, sentences * (len(numbers) // len(sentences)), strict=True):
        if number >= len(of.words):
            has = f"0 … {len(of.words) - 1}" if of.words else "none"
            raise UnknownRowError(f"word {number} is not there; the sentence has the words {has}")
        if of.missing[number]:
            raise NothingToShowError(
                f"the tokenizer has no token for {of.words[number]!r}, so it has no vector; "
                "choose another word"
            )
        found.append(_Word(of, number))
    return found


@router.get("/api/contextual/vectors", response_model=payloads.ContextualVectors)
async def vectors(
    exchange: ExchangeDependency,
    text: Texts,
    word: WordNumbers,
    layers: LayerNumbers = _LAST,
    combine: PlainCombine = "last",
    pooling: Pooling = "mean",
) -> Response:
    """The vector of a word in its sentence, or of two words, and how alike they are."""

    def make(transformer: Transformer) -> Encoded:
        chosen = _chosen(transformer, layers, combine, pooling)
        words = _words(transformer, text, word)
        rows = np.stack([one.vector(chosen) for one in words])
        unit = unit_rows(rows)
        return encode(
            payloads.ContextualVectors(
                layers=list(chosen.layers),
                words=[
                    payloads.ContextualVector(
                        word=one.spelled,
                        vector=row.tolist(),
                        norm=float(np.linalg.norm(row.astype(np.float64))),
                    )
                    for one, row in zip(words, rows, strict=True)
                ],
                cosine=float(unit[0] @ unit[1]) if len(words) == 2 else None,
            )
        )

    return await _answer(exchange, make)


@router.get("/api/contextual/layers", response_model=payloads.ContextualLayers)
async def layers_compared(
    exchange: ExchangeDependency,
    text: Texts,
    word: Annotated[
        list[Annotated[int, Query(ge=0, lt=MOST_CHARACTERS)]], Query(min_length=2, max_length=2)
    ],
    pooling: Pooling = "mean",
) -> Response:
    """Two words compared in every layer."""

    def make(transformer: Transformer) -> Encoded:
        first, second = _words(transformer, text, word)
        curve = layer_curve(first.sentence, first.number, second.sentence, second.number, pooling)
        others = curve.others.tolist()
        return encode(
            payloads.ContextualLayers(
                words=[first.spelled, second.spelled],
                cosines=curve.cosines.tolist(),
                others=[None if np.isnan(value) else value for value in others],
            )
        )

    return await _answer(exchange, make)


@router.get("/api/contextual/nearest", response_model=payloads.ContextualNearest)
async def nearest(
    exchange: ExchangeDependency,
    text: Texts,
    word: WordNumbers,
    layers: LayerNumbers = _LAST,
    combine: PlainCombine = "last",
    pooling: Pooling = "mean",
    among: Among = "model",
    topn: Topn = 10,
) -> Response:
    """The static words nearest to a word in its sentence."""
    transformer = _transformer(exchange.subject)

    def find() -> tuple[_Chosen, list[tuple[str, Floats]]]:
        chosen = _chosen(transformer, layers, combine, pooling)
        words = _words(transformer, text, word)
        return chosen, [(one.spelled, one.vector(chosen)) for one in words]

    async def make() -> Encoded:
        chosen, found = await transformer.ask(find)
        if among == "served":
            return encode(await _among_served(exchange, transformer, chosen, found, topn))
        static = await transformer.static_words()
        return encode(await transformer.ask(lambda: _among_own(static, chosen, found, topn)))

    return await exchange.reply_async(make)


def _estimate(of: Estimate) -> payloads.ContextualEstimate:
    value, half = (
        float(number) if of.of and np.isfinite(number) else None for number in (of.value, of.half)
    )
    return payloads.ContextualEstimate(value=value, half=half, of=of.of)


@router.get("/api/contextual/report", **binary(payloads.ContextualReport))
async def report(
    exchange: ExchangeDependency,
    text: Annotated[
        list[Text],
        Query(min_length=2, max_length=MOST_SENTENCES, description="The sentences"),
    ],
) -> Response:
    """Measures of every layer on some sentences, and CKA of each with each."""

    def make(transformer: Transformer) -> Encoded:
        options = ReportOptions(sentences=MOST_SENTENCES, contexts=2)
        found = layer_report(transformer.encoder(), text, options)
        return encode(
            payloads.ContextualReport(
                sentences=found.sentences,
                occurrences=found.occurrences,
                words=found.words,
                layers=[
                    payloads.ContextualLayerMeasures(
                        layer=one.layer,
                        anisotropy=_estimate(one.anisotropy),
                        self_similarity=_estimate(one.self_similarity),
                        intra_sentence=_estimate(one.intra_sentence),
                        outliers=len(one.outliers),
                        outlier_part=one.outlier_part,
                    )
                    for one in found.layers
                ],
            ),
            {"cka": found.cka.astype(np.float32)},
        )

    return await _answer(exchange, make)


def _among_own(
    static: StaticWords, chosen: _Chosen, found: list[tuple[str, Floats]], topn: int
) -> payloads.ContextualNearest:
    """Among the model's words, which are one token each, whatever the pooling."""
    rows = combined(static.states, chosen.layers, chosen.combine)
    if chosen.pooling == "first_last":
        rows = np.concatenate([rows, rows], axis=1)
    unit = unit_rows(rows)
    answers = []
    for spelled, vector in found:
        cosines = unit @ unit_rows(vector[None])[0]
        best = np.argsort(-cosines, kind="stable")[:topn].tolist()
        answers.append(
            payloads.ContextualNeighbors(
                word=spelled,
                mean=float(cosines.mean()) if len(cosines) else None,
                nearest=[
                    payloads.ContextualNear(word=static.words[row], cosine=float(cosines[row]))
                    for row in best
                ],
            )
        )
    return payloads.ContextualNearest(
        among="model", of=len(static.words), same_space=True, words=answers
    )


async def _among_served(
    exchange: Exchange,
    transformer: Transformer,
    chosen: _Chosen,
    found: list[tuple[str, Floats]],
    topn: int,
) -> payloads.ContextualNearest:
    """Among the vectors that are open.

    Raises:
        ConfigError: They have another number of dimensions.
    """
    opened = exchange.subject
    size = opened.vectors.vector_size
    if size != len(found[0][1]):
        raise ConfigError(
            f"{opened.name} has vectors of {size} numbers, a word's vector has {len(found[0][1])} "
            "here; ask among=model, or choose layers and pooling that give as many"
        )
    search = exchange.service.neighborhood("input")
    answers = []
    for spelled, vector in found:
        near = await search.nearest(vector, topn)
        answers.append(
            payloads.ContextualNeighbors(
                word=spelled,
                mean=None,
                nearest=[
                    payloads.ContextualNear(word=opened.tokens[row], cosine=cosine)
                    for row, cosine in near
                ],
            )
        )
    return payloads.ContextualNearest(
        among="served",
        of=opened.words,
        same_space=_same_space(opened, transformer, chosen),
        words=answers,
    )


def _same_space(opened: OpenSubject, transformer: Transformer, chosen: _Chosen) -> bool:
    """Whether a file says that its vectors were made as the word's was.

    Those that were turned to principal components were not, even where they keep all of them.
    """
    told = opened.vectors.metadata
    return (
        told.get("source") == transformer.name
        and told.get("reduce") in _FROM_OCCURRENCES
        and told.get("layers") == list(chosen.layers)
        and told.get("combine") == chosen.combine
        and told.get("pooling") == chosen.pooling
    )


@router.get("/api/contextual/tokens", **binary(payloads.ContextualTokens))
async def tokens(
    exchange: ExchangeDependency,
    text: Texts,
    layers: LayerNumbers = _LAST,
    combine: PlainCombine = "last",
) -> Response:
    """The tokens of two sentences with each other, or of one with themselves."""

    def make(transformer: Transformer) -> Encoded:
        chosen = _chosen(transformer, layers, combine, "mean")
        pair = [transformer.sentence(one) for one in (text[0], text[-1])]
        units = [unit_rows(one.token_vectors(chosen.layers, chosen.combine)) for one in pair]
        return encode(
            payloads.ContextualTokens(
                tokens=list(pair[0].tokens),
                other_tokens=list(pair[1].tokens),
                layers=list(chosen.layers),
            ),
            {"cosines": units[0] @ units[1].T},
        )

    return await _answer(exchange, make)
