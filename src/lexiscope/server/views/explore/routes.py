"""Explore: words found as they are typed, neighbours, analogies, comparisons, of any vectors."""

from __future__ import annotations

import asyncio
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query
from numpy.typing import NDArray
from starlette.responses import Response

from lexiscope.server.exchange import ExchangeDependency, binary
from lexiscope.server.neighborhood import Found
from lexiscope.server.subject import OpenSubject
from lexiscope.server.views.explore import payloads
from lexiscope.server.views.explore.payloads import Space
from lexiscope.server.views.journey.payloads import Near
from lexiscope.server.wire import Encoded, encode
from lexiscope.vectors.search import cosine, unit
from lexiscope.vectors.spelling import close_spellings

router = APIRouter()

MOST_NEIGHBORS = 100
MOST_WORDS = 50
MOST_TERMS = 20
COMPARED = 50
NORMS_SHOWN = 4_000

Word = Annotated[str, Query(min_length=1, max_length=200)]
# Of a hundred letters each, so that as many as are allowed fit into an address.
WordOfMany = Annotated[str, Query(min_length=1, max_length=100)]
Words = Annotated[list[WordOfMany], Query(min_length=1, max_length=MOST_WORDS)]
Terms = Annotated[list[WordOfMany], Query(min_length=1, max_length=MOST_TERMS)]
MoreTerms = Annotated[list[WordOfMany], Query(max_length=MOST_TERMS)]
Topn = Annotated[int, Query(ge=1, le=MOST_NEIGHBORS)]


@router.get("/api/words", response_model=payloads.FoundWords)
async def words(
    exchange: ExchangeDependency,
    search: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Response:
    """Words found as they are typed."""
    return await exchange.reply(lambda: encode(_found(exchange.subject, search, limit)))


def _found(opened: OpenSubject, search: str, limit: int) -> payloads.FoundWords:
    rows = opened.search.find(search, limit)
    exact = opened.vectors.key_to_index.get(opened.meant(search))
    if exact is not None:
        rows = [exact, *(row for row in rows if row != exact)][:limit]
    alike = [] if rows or not search else _spelled_alike(opened, search)
    return payloads.FoundWords(
        search=search,
        words=[_found_word(opened, row) for row in rows],
        near=[_found_word(opened, row) for row in alike],
    )


def _found_word(opened: OpenSubject, row: int) -> payloads.FoundWord:
    count = None if opened.counts is None else int(opened.counts[row])
    return payloads.FoundWord(word=opened.tokens[row], row=row, count=count)


def _spelled_alike(opened: OpenSubject, search: str) -> list[int]:
    """Rows of words of about the same letters, the closest first."""
    tokens = opened.tokens
    alike = close_spellings(search, (tokens[row] for row in opened.by_frequency.tolist()))
    return [opened.vectors.key_to_index[word] for word in alike]


@router.get("/api/explore/neighbors", response_model=payloads.Neighbors)
async def neighbors(
    exchange: ExchangeDependency, word: Word, space: Space = "input", topn: Topn = 10
) -> Response:
    """The words nearest to a word, in W, in W′ or across."""

    async def make() -> Encoded:
        row = exchange.subject.row(word)
        asked, _, searched = space.partition("-")
        searched = searched or asked
        direction = _matrix(exchange.subject, asked)[row]
        # In the other matrix the word itself is an answer like any: how often it stands by itself.
        excluded = [row] if asked == searched else []
        found = await exchange.service.neighborhood(searched).nearest(direction, topn, excluded)
        return encode(
            payloads.Neighbors(
                word=word, row=row, space=space, nearest=_near(exchange.subject, found)
            )
        )

    return await exchange.reply_async(make)


def _matrix(opened: OpenSubject, name: str) -> NDArray[np.float32]:
    return opened.vectors.vectors if name == "input" else opened.output()


def _near(opened: OpenSubject, found: Found) -> list[Near]:
    return [Near(word=opened.tokens[row], row=row, cosine=value) for row, value in found]


@router.get("/api/explore/analogy", response_model=payloads.Analogy)
async def analogy(
    exchange: ExchangeDependency,
    positive: Terms,
    negative: MoreTerms = [],  # noqa: B006  (FastAPI's way to say that none need be given)
    topn: Topn = 10,
) -> Response:
    """What is nearest to the sum of some words' unit vectors, less others'."""

    async def make() -> Encoded:
        signs = [*((word, 1) for word in positive), *((word, -1) for word in negative)]
        vectors = exchange.subject.vectors
        units = [(exchange.subject.row(word), word, sign) for word, sign in signs]
        terms = [(row, word, sign, unit(vectors.vectors[row])) for row, word, sign in units]
        total = np.zeros(vectors.vector_size, np.float32)
        for _, _, sign, vector in terms:
            total += sign * vector
        excluded = {row for row, _, _, _ in terms}
        found = await exchange.service.neighborhood("input").nearest(total, topn, excluded)
        return encode(
            payloads.Analogy(
                terms=[
                    payloads.AnalogyTerm(
                        word=word, row=row, sign=1 if sign > 0 else -1, vector=vector.tolist()
                    )
                    for row, word, sign, vector in terms
                ],
                sum=total.tolist(),
                nearest=_near(exchange.subject, found),
            )
        )

    return await exchange.reply_async(make)


@router.get("/api/explore/similarity", response_model=payloads.SimilarityList)
async def similarity(exchange: ExchangeDependency, word: Words) -> Response:
    """The cosines among some words; those that are not known are told apart."""
    return await exchange.reply(lambda: encode(_similarity(exchange.subject, word)))


def _similarity(opened: OpenSubject, words: list[str]) -> payloads.SimilarityList:
    different = list(dict.fromkeys(words))
    known = [word for word in different if opened.meant(word) in opened.vectors]
    rows = [opened.row(word) for word in known]
    units = np.array([unit(opened.vectors.vectors[row]) for row in rows], np.float32)
    units = units.reshape(len(rows), opened.vectors.vector_size)
    return payloads.SimilarityList(
        words=known,
        unknown=[word for word in different if opened.meant(word) not in opened.vectors],
        cosines=(units @ units.T).tolist(),
    )


@router.get("/api/explore/compare", response_model=payloads.WordComparison)
async def compare(exchange: ExchangeDependency, a: Word, b: Word) -> Response:
    """Two words side by side."""

    async def make() -> Encoded:
        opened = exchange.subject
        rows = [opened.row(word) for word in (a, b)]
        one, other = (opened.vectors.vectors[row] for row in rows)
        search = exchange.service.neighborhood("input")
        near, near_too = await asyncio.gather(
            *(search.nearest(vector, COMPARED, rows) for vector in (one, other))
        )
        both = {row for row, _ in near_too}
        counts = opened.counts
        wide = one.astype(np.float64) - other.astype(np.float64)
        return encode(
            payloads.WordComparison(
                a=a,
                b=b,
                cosine=cosine(one, other),
                euclidean=float(np.linalg.norm(wide)),
                norms=(_length(one), _length(other)),
                counts=None if counts is None else (int(counts[rows[0]]), int(counts[rows[1]])),
                a_vector=one.tolist(),
                b_vector=other.tolist(),
                shared=[opened.tokens[row] for row, _ in near if row in both],
            )
        )

    return await exchange.reply_async(make)


def _length(vector: NDArray[np.float32]) -> float:
    return float(np.linalg.norm(vector.astype(np.float64)))


@router.get("/api/explore/norms", **binary(payloads.Norms))
async def norms(exchange: ExchangeDependency) -> Response:
    """The vectors' lengths against the words' frequencies."""
    return await exchange.reply(lambda: _norms(exchange.subject))


def _norms(opened: OpenSubject) -> Encoded:
    """Ranks evenly spread on a log scale: in a vocabulary nearly all words are rare."""
    most = opened.words
    if most <= NORMS_SHOWN:
        ranks = np.arange(most)
    else:
        ranks = np.unique(np.geomspace(1, most, NORMS_SHOWN).astype(np.int64)) - 1
    rows = opened.by_frequency[ranks]
    counts = rows if opened.counts is None else opened.counts[rows]
    return encode(
        payloads.Norms(
            words=[opened.tokens[row] for row in rows],
            of=most,
            has_counts=opened.counts is not None,
        ),
        {"norms": opened.vectors.norms[rows], "counts": counts.astype(np.float64)},
    )
