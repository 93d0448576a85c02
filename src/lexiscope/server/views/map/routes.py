"""The map: where the words stand in a plane, in pieces, and what is asked about parts of it."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from fastapi import APIRouter, Query
from numpy.typing import NDArray
from starlette.responses import Response

from lexiscope.server.exchange import Exchange, ExchangeDependency, binary
from lexiscope.server.maps import MapStage, inside
from lexiscope.server.problems import NothingToShowError, UnknownRowError
from lexiscope.server.views.map import payloads
from lexiscope.server.views.map.payloads import Layout
from lexiscope.server.wire import JSON, Encoded, encode
from lexiscope.vectors.search import NO_ROW

router = APIRouter()

MOST_PLACES = 131_072
MOST_WORDS = 400
MOST_CHOSEN = 20_000
NAMING = 4  # words of a cluster

_NUMBER = r"-?[0-9]{1,7}(\.[0-9]{1,7})?"
_PAIR = f"{_NUMBER},{_NUMBER}"
# Corners as `x,y_x,y`, two or more.
_POLYGON = f"^{_PAIR}(_{_PAIR}){{1,199}}$"

First = Annotated[int, Query(ge=0)]
Word = Annotated[str, Query(min_length=1, max_length=200)]


@router.get("/api/map", response_model=payloads.MapState)
async def state(exchange: ExchangeDependency, layout: Layout = "neighbors") -> Response:
    """How far a map is; it is begun where nobody asked for it before."""
    maps = exchange.service.maps
    stage = await exchange.apart(lambda: maps.stage(layout))
    placed = await exchange.apart(lambda: len(maps.order))
    answer = _state(layout, stage, placed)
    # The same address has another answer in a moment.
    return Response(
        answer.model_dump_json(), media_type=JSON, headers={"Cache-Control": "no-store"}
    )


def _state(layout: Layout, stage: MapStage, placed: int) -> payloads.MapState:
    progress, kept = stage.progress, stage.kept
    return payloads.MapState(
        layout=layout,
        state=stage.state,
        stage="" if progress is None else progress.stage,
        share=progress.done / progress.total if progress and progress.total else None,
        remaining=None if progress is None else progress.remaining,
        error=stage.error,
        placed=placed,
        kept=None
        if kept is None
        else payloads.Kept(
            everything=kept.everything,
            landmarks=kept.landmarks,
            placed=kept.placed,
            sampled=kept.sampled,
        ),
    )


@router.get("/api/map/places", **binary(payloads.MapPlaces))
async def places(
    exchange: ExchangeDependency,
    layout: Layout = "neighbors",
    first: First = 0,
    count: Annotated[int, Query(ge=1, le=MOST_PLACES)] = MOST_PLACES,
) -> Response:
    """Where some words stand: the most frequent ones first, 12 bytes each."""

    def make() -> Encoded:
        maps = exchange.service.maps
        rows = maps.order[first : first + count]
        payload = payloads.MapPlaces(layout=layout, first=first, placed=len(maps.order))
        arrays = {"rows": rows.astype(np.int32), "places": maps.places(layout)[rows]}
        return encode(payload, arrays, zipped=False)  # which hardly shrinks places

    return await exchange.reply(make)


@router.get("/api/map/values", **binary(payloads.MapValues))
async def values(exchange: ExchangeDependency, of: Literal["count", "length"]) -> Response:
    """Every word's count, or its vector's length."""
    return await exchange.reply(lambda: _values(exchange, of))


def _values(exchange: Exchange, of: Literal["count", "length"]) -> Encoded:
    opened, order = exchange.subject, exchange.service.maps.order
    if of == "count" and opened.counts is None:
        raise NothingToShowError(f"{opened.name} holds no counts of its words")
    found = opened.vectors.norms if opened.counts is None or of == "length" else opened.counts
    return encode(payloads.MapValues(name=of), {"values": found[order].astype(np.float32)})


@router.get("/api/map/sides", **binary(payloads.MapValues))
async def sides(exchange: ExchangeDependency, positive: Word, negative: Word) -> Response:
    """Every word's cosine with the way from one word's direction to another's."""

    def make() -> Encoded:
        rows = [exchange.subject.row(word) for word in (positive, negative)]
        cosines = exchange.service.maps.sides(*rows)
        payload = payloads.MapValues(name=f"{negative} to {positive}")
        return encode(payload, {"values": cosines}, zipped=False)

    return await exchange.reply(make)


@router.get("/api/map/clusters", **binary(payloads.MapClusters))
async def clusters(exchange: ExchangeDependency) -> Response:
    """Clusters of the words in the vectors' own space, by k-means."""

    def make() -> Encoded:
        maps, tokens = exchange.service.maps, exchange.subject.tokens
        found = maps.clusters
        names = [
            [tokens[row] for row in maps.order[np.flatnonzero(found == number)[:NAMING]]]
            for number in range(int(found.max()) + 1)
        ]
        return encode(payloads.MapClusters(names=names), {"clusters": found})

    return await exchange.reply(make)


@router.get("/api/map/words", response_model=payloads.MapWords)
async def words(
    exchange: ExchangeDependency,
    at: Annotated[list[Annotated[int, Query(ge=0)]], Query(min_length=1, max_length=MOST_WORDS)],
) -> Response:
    """The spellings of some words, by their numbers in the order of the places."""

    def make() -> Encoded:
        order, tokens = exchange.service.maps.order, exchange.subject.tokens
        if max(at) >= len(order):
            raise UnknownRowError(f"there is no word {max(at):,}; expected 0 to {len(order) - 1:,}")
        return encode(payloads.MapWords(words=[tokens[order[number]] for number in at]))

    return await exchange.reply(make)


@router.get("/api/map/numbers", response_model=payloads.MapNumbers)
async def numbers(
    exchange: ExchangeDependency,
    word: Annotated[
        list[Annotated[str, Query(max_length=200)]], Query(min_length=1, max_length=MOST_WORDS)
    ],
) -> Response:
    """The numbers of some words in the order of the places, by their spellings."""

    def make() -> Encoded:
        opened, maps = exchange.subject, exchange.service.maps
        known = opened.vectors.key_to_index
        rows = [known.get(opened.meant(one), NO_ROW) for one in word]
        return encode(
            payloads.MapNumbers(
                numbers=[NO_ROW if row == NO_ROW else int(maps.numbers[row]) for row in rows]
            )
        )

    return await exchange.reply(make)


@router.get("/api/map/inside", response_model=payloads.ChosenWords)
async def chosen(
    exchange: ExchangeDependency,
    polygon: Annotated[str, Query(pattern=_POLYGON)],
    layout: Layout = "neighbors",
    axes: Annotated[list[Word] | None, Query(min_length=4, max_length=4)] = None,
    first: First = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_CHOSEN)] = 200,
) -> Response:
    """The words within a polygon, or a rectangle by two corners.

    In a layout, or in the plane of two axes by four words: left, right, below and above.
    """

    def make() -> Encoded:
        maps, rows = exchange.service.maps, [exchange.subject.row(word) for word in axes or ()]
        there = maps.crossed(*rows) if rows else maps.places(layout)[maps.order]
        found = inside(there, corners(polygon))
        return encode(
            payloads.ChosenWords(
                total=len(found),
                first=first,
                words=[
                    _chosen(exchange, int(maps.order[number]), there[number])
                    for number in found[first : first + limit]
                ],
            )
        )

    return await exchange.reply(make)


def corners(polygon: str) -> NDArray[np.float64]:
    """A polygon's corners as they stand in an address: (k, 2)."""
    return np.array([[float(part) for part in one.split(",")] for one in polygon.split("_")])


def _chosen(exchange: Exchange, row: int, place: NDArray[np.float32]) -> payloads.ChosenWord:
    opened = exchange.subject
    return payloads.ChosenWord(
        word=opened.tokens[row],
        row=row,
        count=None if opened.counts is None else int(opened.counts[row]),
        x=float(place[0]),
        y=float(place[1]),
    )
