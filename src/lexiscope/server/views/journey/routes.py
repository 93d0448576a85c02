"""Journey of a run: how the model came about, from a recording of either kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query
from numpy.typing import NDArray
from starlette.responses import Response

from lexiscope.inspection import History
from lexiscope.inspection.history import Answer
from lexiscope.inspection.snapshots.snapshots import TOPN
from lexiscope.inspection.views.convergence import convergence
from lexiscope.inspection.views.loss_curve import loss_curve
from lexiscope.inspection.views.matrices import matrices_over_time
from lexiscope.inspection.views.neighbors import neighbor_evolution
from lexiscope.inspection.views.projection import trajectories
from lexiscope.inspection.views.scorecard import scorecard
from lexiscope.replay.config import Pca
from lexiscope.server.exchange import ExchangeDependency, binary
from lexiscope.server.subject import OpenSubject
from lexiscope.server.views.journey import payloads
from lexiscope.server.views.weights.routes import WEIGHTS_LIMIT
from lexiscope.server.wire import Encoded, encode

router = APIRouter()

LOSS_POINTS = 20_000
SHOWN_WORDS = 2_000
LONGEST_WORD = 200
Word = Annotated[str, Query(min_length=1, max_length=LONGEST_WORD)]


@router.get("/api/journey/loss", **binary(payloads.LossCurve))
async def loss(exchange: ExchangeDependency) -> Response:
    """The loss over the run; of very many steps, evenly spaced ones."""
    return await exchange.reply(lambda: _loss(exchange.subject))


def _loss(subject: OpenSubject) -> Encoded:
    history = subject.journey()
    curve = loss_curve(history)
    points = len(curve.at)
    chosen = np.unique(np.linspace(1, points, min(points, LOSS_POINTS)).astype(int)) - 1
    return encode(
        payloads.LossCurve(
            unit=history.unit,
            window=curve.window,
            chance=curve.chance,
            final=curve.final if history.unit == "step" else _printed_loss(subject),
        ),
        {
            "at": curve.at[chosen],
            "loss": curve.losses[chosen].astype(np.float32),
            "smoothed": curve.smoothed[chosen].astype(np.float32),
        },
    )


def _printed_loss(subject: OpenSubject) -> float | None:
    """The last epoch's mean loss, as `lexiscope train` printed it."""
    result = subject.vectors.metadata.get("result")
    loss = result.get("final_loss") if isinstance(result, Mapping) else None
    return float(loss) if isinstance(loss, int | float) else None


@router.get("/api/journey/words", response_model=payloads.WatchedWords)
async def words(exchange: ExchangeDependency) -> Response:
    """Words whose neighbours are there over time."""
    return await exchange.reply(lambda: encode(_words(exchange.subject.journey())))


def _words(history: History) -> payloads.WatchedWords:
    by_count = np.argsort(-history.counts, kind="stable")[:SHOWN_WORDS]
    return payloads.WatchedWords(
        words=[history.words[place] for place in by_count], of=len(history.words)
    )


@router.get("/api/journey/neighbors", response_model=payloads.NeighborEvolution)
async def neighbors(
    exchange: ExchangeDependency,
    word: Word,
    topn: Annotated[int, Query(ge=1, le=TOPN)] = TOPN,
) -> Response:
    """A word's nearest words over the run."""
    return await exchange.reply(lambda: encode(_neighbors(exchange.subject, word, topn)))


def _neighbors(opened: OpenSubject, word: str, topn: int) -> payloads.NeighborEvolution:
    history = opened.journey()
    asked = opened.meant(word)
    evolution = neighbor_evolution(history, [asked], topn=topn)[asked]
    index = opened.vectors.key_to_index
    when = history.at([around.snapshot for around in evolution])
    return payloads.NeighborEvolution(
        word=word,
        unit=history.unit,
        snapshots=[
            payloads.NeighborsAt(
                snapshot=snapshot,
                nearest=[
                    payloads.Near(word=other, row=index[other], cosine=cosine)
                    for other, cosine in around.nearest
                ],
            )
            for snapshot, around in zip(when, evolution, strict=True)
        ],
    )


@router.get("/api/journey/analogies", response_model=payloads.Scorecard)
async def analogies(exchange: ExchangeDependency) -> Response:
    """Analogies over the run."""
    return await exchange.reply(lambda: encode(_analogies(exchange.subject.journey())))


def _analogies(history: History) -> payloads.Scorecard:
    card = scorecard(history)
    asked: dict[tuple[str, str, str, str], list[Answer | None]] = {}
    for score in card.scores:
        for answer in score.answers:
            asked.setdefault(answer.question, [None] * len(card.scores))
    for place, score in enumerate(card.scores):
        for answer in score.answers:
            asked[answer.question][place] = answer
    return payloads.Scorecard(
        unit=history.unit,
        snapshots=history.at([score.snapshot for score in card.scores]),
        questions=[
            payloads.AnalogyOverTime(
                a=question[0],
                b=question[1],
                c=question[2],
                expected=question[3],
                answers=[_answer(answer) for answer in answers],
            )
            for question, answers in asked.items()
        ],
        unknown=len(card.unknown),
    )


def _answer(answer: Answer | None) -> payloads.AnalogyAnswer:
    if answer is None:
        return payloads.AnalogyAnswer(predicted="", similarity=None, rank=0, correct=False)
    return payloads.AnalogyAnswer(
        predicted=answer.predicted,
        similarity=answer.similarity if np.isfinite(answer.similarity) else None,
        rank=answer.rank,
        correct=answer.correct,
    )


@router.get("/api/journey/convergence", **binary(payloads.Convergence))
async def settling(exchange: ExchangeDependency) -> Response:
    """How soon each word points where it will point in the end."""
    return await exchange.reply(lambda: _convergence(exchange.subject.journey()))


def _convergence(history: History) -> Encoded:
    places = history.foremost(SHOWN_WORDS)
    settling = convergence(history, places=places)
    return encode(
        payloads.Convergence(
            unit=history.unit,
            snapshots=history.at(settling.snapshots),
            words=[history.words[place] for place in places],
        ),
        {
            "cosines": settling.cosines.astype(np.float32),
            "counts": settling.counts.astype(np.float64),
            "settled": np.array(history.at(settling.settled), np.float64),
        },
    )


@router.get("/api/journey/matrices", **binary(payloads.MatricesOverTime))
async def matrices(exchange: ExchangeDependency) -> Response:
    """W and W′ at ten snapshots."""
    return await exchange.reply(lambda: _matrices(exchange.subject.journey()))


def _matrices(history: History) -> Encoded:
    places = history.foremost(WEIGHTS_LIMIT)
    # A tree has a node less than words; its nodes are not shown, being no words.
    words, rows = len(history.tokens), history.output_rows
    if 0 < rows < words:
        places = [place for place in places if place < rows]
    over_time = matrices_over_time(history, places=places)
    arrays: dict[str, NDArray[Any]] = {"inputs": over_time.inputs}
    if over_time.outputs is not None and rows == words:
        arrays["outputs"] = over_time.outputs
    return encode(
        payloads.MatricesOverTime(
            unit=history.unit,
            snapshots=history.at(over_time.snapshots),
            rows=history.rows[places].tolist(),
        ),
        {name: array.astype(np.float32) for name, array in arrays.items()},
    )


@router.get("/api/journey/trajectories", **binary(payloads.Trajectories))
async def paths(
    exchange: ExchangeDependency,
    pca: Annotated[Pca | None, Query(description="The run's own where it is not said")] = None,
) -> Response:
    """The words' ways across a picture."""
    return await exchange.reply(lambda: _trajectories(exchange.subject, pca))


def _trajectories(opened: OpenSubject, pca: Pca | None) -> Encoded:
    history = opened.journey()
    method = history.pca if pca is None else pca
    places = history.foremost(SHOWN_WORDS)
    ways = trajectories(history, places, method=method)
    groups = opened.groups.values()
    group_of = {row: number for number, rows in enumerate(groups) for row in rows}
    return encode(
        payloads.Trajectories(
            pca=method,
            unit=history.unit,
            snapshots=history.at(ways.snapshots),
            words=list(ways.words),
            groups=[group_of.get(row, -1) for row in history.rows[places].tolist()],
            explained=ways.axes.explained,
        ),
        {"positions": ways.positions.astype(np.float32)},
    )
