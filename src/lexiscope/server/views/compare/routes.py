"""The comparison of two models: figures, words by shift, a word, words of one model, arrows."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Query
from numpy.typing import NDArray
from starlette.responses import Response

from lexiscope.server.compared import ComparedModels, Score
from lexiscope.server.exchange import ExchangeDependency, binary
from lexiscope.server.problems import NothingToShowError, UnknownRowError
from lexiscope.server.subject import OpenSubject
from lexiscope.server.views.compare import payloads
from lexiscope.server.views.map.payloads import Layout
from lexiscope.server.wire import Encoded, encode

router = APIRouter()

MOST_WORDS = 65_536
MOST_ALONE = 20_000
MOST_ARROWS = 200

First = Annotated[int, Query(ge=0)]
At = Annotated[list[Annotated[int, Query(ge=0)]], Query(min_length=1, max_length=MOST_ARROWS)]


def _compared(opened: OpenSubject) -> ComparedModels:
    if opened.compared is None:
        raise NothingToShowError(
            f"{opened.name} is served alone; `lexiscope compare A B --serve` shows two models"
        )
    return opened.compared


@router.get("/api/compare", response_model=payloads.ComparedFacts)
async def facts(exchange: ExchangeDependency) -> Response:
    """The two models, and how alike they are as a whole."""
    return await exchange.reply(lambda: encode(_facts(_compared(exchange.subject))))


def _facts(compared: ComparedModels) -> payloads.ComparedFacts:
    result, test = compared.result, compared.result.test
    sides = zip(
        (compared.first, compared.second),
        result.sizes,
        result.dimensions,
        (len(result.only_first), len(result.only_second)),
        strict=True,
    )
    a, b = (
        payloads.ComparedModel(name=name, words=words, vector_size=size, alone=alone)
        for name, words, size, alone in sides
    )
    return payloads.ComparedFacts(
        a=a,
        b=b,
        words=len(result.words),
        without_direction=result.without_direction,
        mean_shift=result.mean_shift,
        neighbours_shared=result.neighbours_shared,
        sampled=result.sampled,
        topn=result.topn,
        lengths_correlation=result.norms_correlation,
        centred=compared.centred,
        test=None
        if test is None
        else payloads.ShiftTest(divisions=test.divisions, all=test.all, least=test.least),
        scores=[
            payloads.ComparedScores(
                name=one.name, kind=one.kind, a=_score(one.first), b=_score(one.second)
            )
            for one in compared.scores
        ],
    )


def _score(score: Score) -> payloads.ModelScore:
    return payloads.ModelScore(
        value=score.value, low=score.low, high=score.high, used=score.used, total=score.total
    )


@router.get("/api/compare/words", **binary(payloads.ComparedWords))
async def words(
    exchange: ExchangeDependency,
    first: First = 0,
    count: Annotated[int, Query(ge=1, le=MOST_WORDS)] = MOST_WORDS,
) -> Response:
    """Common words and how far they moved, those that are frequent in both first."""

    def make() -> Encoded:
        result = _compared(exchange.subject).result
        here = slice(first, first + count)
        arrays: dict[str, NDArray[Any]] = {
            "rows": result.rows[0][here].astype(np.int32),
            "shifts": result.shifts[here],
            "expected": result.expected[here],
            "excess": result.excess[here],
            "lengths": np.stack([lengths[here] for lengths in result.lengths], axis=1),
        }
        if result.test is not None:
            arrays["p"] = result.test.p_values[here]
        payload = payloads.ComparedWords(
            first=first, total=len(result.words), words=result.words[here]
        )
        return encode(payload, arrays)

    return await exchange.reply(make)


@router.get("/api/compare/word", response_model=payloads.ComparedWord)
async def word(
    exchange: ExchangeDependency, word: Annotated[str, Query(min_length=1, max_length=200)]
) -> Response:
    """A word's neighbours in either model."""

    def make() -> Encoded:
        result = _compared(exchange.subject).result
        meant = exchange.subject.meant(word)
        sides = result.neighbours(meant)
        others = [{near for near, _ in side} for side in reversed(sides)]
        a, b = (
            [
                payloads.NearInOne(word=near, cosine=cosine, both=near in other)
                for near, cosine in side
            ]
            for side, other in zip(sides, others, strict=True)
        )
        return encode(payloads.ComparedWord(word=meant, a=a, b=b))

    return await exchange.reply(make)


@router.get("/api/compare/alone", response_model=payloads.AloneWords)
async def alone(
    exchange: ExchangeDependency,
    side: Literal["a", "b"],
    first: First = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_ALONE)] = 200,
) -> Response:
    """Words that one of the models has and the other has not."""

    def make() -> Encoded:
        result = _compared(exchange.subject).result
        found = result.only_first if side == "a" else result.only_second
        return encode(
            payloads.AloneWords(total=len(found), first=first, words=found[first : first + limit])
        )

    return await exchange.reply(make)


@router.get("/api/compare/arrows", **binary(payloads.ShiftArrows))
async def arrows(exchange: ExchangeDependency, at: At, layout: Layout = "neighbors") -> Response:
    """Where some words stand on the first model's map, and among which words in the second."""

    def make() -> Encoded:
        compared = _compared(exchange.subject)
        total = len(compared.result.words)
        if max(at) >= total:
            raise UnknownRowError(f"there is no word {max(at):,}; expected 0 to {total - 1:,}")
        asked = np.array(at, np.int64)
        places = exchange.service.maps.places(layout)[compared.result.rows[0]]
        arrays = {"starts": places[asked], "ends": compared.ends(asked, places)}
        return encode(payloads.ShiftArrows(layout=layout), arrays)

    return await exchange.reply(make)
