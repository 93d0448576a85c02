"""The journey: how the model came about, from a recording of either kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query
from numpy.typing import NDArray
from starlette.responses import Response

from lexiscope.inspection import Recording
from lexiscope.inspection.snapshots.snapshots import TOPN, Snapshots
from lexiscope.inspection.views import moment_views
from lexiscope.inspection.views.convergence import convergence
from lexiscope.inspection.views.loss_curve import loss_curve
from lexiscope.inspection.views.matrices import matrices_over_time
from lexiscope.inspection.views.neighbors import neighbor_evolution
from lexiscope.inspection.views.projection import trajectories
from lexiscope.inspection.views.scorecard import Answer, scorecard
from lexiscope.replay.config import Pca
from lexiscope.server import payloads
from lexiscope.server.exchange import ExchangeDependency, binary
from lexiscope.server.subject import OpenSubject
from lexiscope.server.views.weights.routes import WEIGHTS_LIMIT
from lexiscope.server.wire import Encoded, encode, shown

router = APIRouter()

LOSS_POINTS = 20_000
SHOWN_WORDS = 2_000
SHOWN_SNAPSHOTS = 10
LONGEST_WORD = 200
Word = Annotated[str, Query(min_length=1, max_length=LONGEST_WORD)]


def _unit(source: Recording | Snapshots) -> Any:
    return "step" if isinstance(source, Recording) else "share"


def _at(source: Recording | Snapshots, snapshots: Sequence[int]) -> list[float]:
    """Snapshots as the page counts them: steps, or shares of the run."""
    if isinstance(source, Recording):
        return [float(snapshot) for snapshot in snapshots]
    return [float(source.shares[snapshot]) for snapshot in snapshots]


@router.get("/api/journey/loss", **binary(payloads.LossCurve))
async def loss(exchange: ExchangeDependency) -> Response:
    """The loss over the run; of very many steps, evenly spaced ones."""
    return await exchange.reply(lambda: _loss(exchange.subject.journey()))


def _loss(source: Recording | Snapshots) -> Encoded:
    if isinstance(source, Snapshots):
        curve = moment_views.loss_curve(source)
        losses = curve.losses.astype(np.float32)
        return encode(
            payloads.LossCurve(unit="share", window=1, chance=None),
            {"at": curve.shares, "loss": losses, "smoothed": losses},
        )
    found = loss_curve(source)
    chosen = np.unique(np.linspace(1, source.steps, min(source.steps, LOSS_POINTS)).astype(int))
    return encode(
        payloads.LossCurve(unit="step", window=found.window, chance=found.chance),
        {
            "at": chosen.astype(np.float64),
            "loss": found.losses[chosen - 1],
            "smoothed": found.smoothed[chosen - 1].astype(np.float32),
        },
    )


@router.get("/api/journey/words", response_model=payloads.WatchedWords)
async def words(exchange: ExchangeDependency) -> Response:
    """Words whose neighbours are there over time."""
    return await exchange.reply(lambda: encode(_words(exchange.subject)))


def _words(opened: OpenSubject) -> payloads.WatchedWords:
    source = opened.journey()
    if isinstance(source, Snapshots):
        by_count = np.argsort(-source.counts[source.rows], kind="stable")
        found = [source.words[place] for place in by_count]
    else:
        found = [source.tokens[row] for row in opened.by_frequency.tolist()]
    return payloads.WatchedWords(words=[shown(one) for one in found[:SHOWN_WORDS]], of=len(found))


@router.get("/api/journey/neighbors", response_model=payloads.NeighborEvolution)
async def neighbors(
    exchange: ExchangeDependency,
    word: Word,
    topn: Annotated[int, Query(ge=1, le=TOPN)] = TOPN,
) -> Response:
    """A word's nearest words over the run."""
    return await exchange.reply(lambda: encode(_neighbors(exchange.subject, word, topn)))


def _neighbors(opened: OpenSubject, word: str, topn: int) -> payloads.NeighborEvolution:
    source = opened.journey()
    if isinstance(source, Snapshots):
        found = moment_views.neighbor_evolution(source, [word], topn)[word]
    else:
        found = neighbor_evolution(source, [word], topn=topn)[word]
    index = opened.vectors.key_to_index
    when = _at(source, [one.snapshot for one in found])
    return payloads.NeighborEvolution(
        word=word,
        unit=_unit(source),
        snapshots=[
            payloads.NeighborsAt(
                snapshot=snapshot,
                nearest=[
                    payloads.Near(word=shown(other), row=index[other], cosine=cosine)
                    for other, cosine in one.nearest
                ],
            )
            for snapshot, one in zip(when, found, strict=True)
        ],
    )


@router.get("/api/journey/analogies", response_model=payloads.Scorecard)
async def analogies(exchange: ExchangeDependency) -> Response:
    """Analogies over the run."""
    return await exchange.reply(lambda: encode(_analogies(exchange.subject.journey())))


def _analogies(source: Recording | Snapshots) -> payloads.Scorecard:
    found = moment_views.scorecard(source) if isinstance(source, Snapshots) else scorecard(source)
    asked: dict[tuple[str, str, str, str], list[Answer | None]] = {}
    for score in found.scores:
        for answer in score.answers:
            asked.setdefault(answer.question, [None] * len(found.scores))
    for place, score in enumerate(found.scores):
        for answer in score.answers:
            asked[answer.question][place] = answer
    return payloads.Scorecard(
        unit=_unit(source),
        snapshots=_at(source, [score.snapshot for score in found.scores]),
        questions=[
            payloads.AnalogyOverTime(
                a=shown(question[0]),
                b=shown(question[1]),
                c=shown(question[2]),
                expected=shown(question[3]),
                answers=[_answer(one) for one in answers],
            )
            for question, answers in asked.items()
        ],
        unknown=len(found.unknown),
    )


def _answer(answer: Answer | None) -> payloads.AnalogyAnswer:
    if answer is None:
        return payloads.AnalogyAnswer(predicted="", similarity=None, rank=0, correct=False)
    known = bool(np.isfinite(answer.similarity))
    return payloads.AnalogyAnswer(
        predicted=shown(answer.predicted),
        similarity=answer.similarity if known else None,
        rank=answer.rank,
        correct=answer.correct,
    )


@router.get("/api/journey/convergence", **binary(payloads.Convergence))
async def settling(exchange: ExchangeDependency) -> Response:
    """How soon each word points where it will point in the end."""
    return await exchange.reply(lambda: _convergence(exchange.subject))


def _convergence(opened: OpenSubject) -> Encoded:
    source = opened.journey()
    if isinstance(source, Snapshots):
        found = moment_views.convergence(source)
        words = source.words
        settled = source.shares[found.settled]
    else:
        rows = opened.frequent(SHOWN_WORDS)
        found = convergence(source, rows=rows)
        words = [source.tokens[row] for row in rows]
        settled = found.settled.astype(np.float64)
    return encode(
        payloads.Convergence(
            unit=_unit(source),
            snapshots=_at(source, found.snapshots),
            words=[shown(word) for word in words],
        ),
        {
            "cosines": found.cosines.astype(np.float32),
            "counts": found.counts.astype(np.float64),
            "settled": settled,
        },
    )


@router.get("/api/journey/matrices", **binary(payloads.MatricesOverTime))
async def matrices(exchange: ExchangeDependency) -> Response:
    """W and W′ at ten snapshots."""
    return await exchange.reply(lambda: _matrices(exchange.subject))


def _matrices(opened: OpenSubject) -> Encoded:
    source = opened.journey()
    arrays: dict[str, NDArray[Any]]
    if isinstance(source, Snapshots):
        even = np.linspace(0, len(source) - 1, min(SHOWN_SNAPSHOTS, len(source)))
        snapshots = np.unique(even.round().astype(int)).tolist()
        rows = source.rows[:WEIGHTS_LIMIT].tolist()
        arrays = {"inputs": source.inputs[snapshots][:, : len(rows)]}
        if source.outputs is not None:
            arrays["outputs"] = source.outputs[snapshots][:, : len(rows)]
    else:
        rows = opened.frequent(WEIGHTS_LIMIT)
        # Rows of a tree are no words; asking for row V − 1 of them would fail as well.
        if not opened.has_output_words:
            rows = [row for row in rows if row < opened.words - 1]
        found = matrices_over_time(source, rows=rows)
        snapshots = found.snapshots
        arrays = {"inputs": found.inputs}
        if opened.has_output_words:
            arrays["outputs"] = found.outputs
    return encode(
        payloads.MatricesOverTime(unit=_unit(source), snapshots=_at(source, snapshots), rows=rows),
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
    source = opened.journey()
    if isinstance(source, Snapshots):
        method: Pca = "final_pca" if pca is None else pca
        found = moment_views.trajectories(source, method)
        rows = source.rows.tolist()
    else:
        method = source.config.pca if pca is None else pca
        rows = opened.frequent(SHOWN_WORDS)
        found = trajectories(source, [source.tokens[row] for row in rows], method=method)
    group_of = {row: number for number, one in enumerate(opened.groups.values()) for row in one}
    return encode(
        payloads.Trajectories(
            pca=method,
            unit=_unit(source),
            snapshots=_at(source, found.snapshots),
            words=[shown(word) for word in found.words],
            groups=[group_of.get(row, -1) for row in rows],
            explained=found.axes.explained,
        ),
        {"positions": found.positions.astype(np.float32)},
    )
