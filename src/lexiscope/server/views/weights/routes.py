"""The weights: W and W′ number by number, the words' cosines, their two faces."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query
from numpy.typing import NDArray
from starlette.responses import Response

from lexiscope.inspection.views.similarity import similarity_matrix, similarity_of
from lexiscope.inspection.views.two_vectors import two_vectors, two_vectors_of
from lexiscope.replay.config import MAX_STEPS
from lexiscope.server.exchange import ExchangeDependency, binary
from lexiscope.server.problems import UnknownRowError
from lexiscope.server.subject import OpenSubject
from lexiscope.server.views.weights import payloads
from lexiscope.server.wire import Encoded, encode

router = APIRouter()

WEIGHTS_LIMIT = 400
AfterSteps = Annotated[
    int | None, Query(ge=0, le=MAX_STEPS, description="After so many steps; all where not said")
]


def _after(opened: OpenSubject, step: int | None) -> int | None:
    """The step asked for, checked; None for a model without steps."""
    if opened.recording is None:
        if step is not None:
            opened.recorded()
        return None
    if step is not None and step > opened.recording.steps:
        raise UnknownRowError(
            f"step {step:,} is not there; the run has the steps 0 … {opened.recording.steps:,}"
        )
    return opened.recording.steps if step is None else step


@router.get("/api/weights", **binary(payloads.WeightMatrices))
async def matrices(exchange: ExchangeDependency, step: AfterSteps = None) -> Response:
    """W and W′ after some steps."""
    return await exchange.reply(lambda: _matrices(exchange.subject, step))


def _matrices(opened: OpenSubject, step: int | None) -> Encoded:
    after = _after(opened, step)
    rows = opened.frequent(WEIGHTS_LIMIT)
    if after is not None:
        weights = opened.recorded().weights(after)
        inputs, outputs = weights.inputs, weights.outputs
    else:
        inputs = opened.vectors.vectors
        outputs = opened.vectors.output_vectors if opened.has_output_words else inputs[:0]
    arrays: dict[str, NDArray[Any]] = {"inputs": inputs[rows].astype(np.float32)}
    if opened.has_output_words:
        arrays["outputs"] = outputs[rows].astype(np.float32)
    return encode(
        payloads.WeightMatrices(
            step=after,
            words=[opened.tokens[row] for row in rows],
            rows=rows,
            of=opened.words,
        ),
        arrays,
    )


@router.get("/api/weights/similarity", **binary(payloads.Similarity))
async def similarity(exchange: ExchangeDependency, step: AfterSteps = None) -> Response:
    """The cosines of words with words, group by group."""
    return await exchange.reply(lambda: _similarity(exchange.subject, step))


def _similarity(opened: OpenSubject, step: int | None) -> Encoded:
    after = _after(opened, step)
    rows = opened.frequent(WEIGHTS_LIMIT)
    if after is not None:
        found = similarity_matrix(
            opened.recorded(), after, groups=opened.teaching_groups, rows=rows
        )
    else:
        words = [opened.tokens[row] for row in rows]
        found = similarity_of(words, opened.vectors.vectors[rows], opened.teaching_groups)
    return encode(
        payloads.Similarity(
            step=after,
            words=list(found.words),
            groups=found.groups,
            within=found.within,
            across=found.across,
        ),
        {"cosines": found.cosines.astype(np.float32)},
    )


@router.get("/api/weights/two-vectors", response_model=payloads.TwoVectors)
async def two_faces(exchange: ExchangeDependency, step: AfterSteps = None) -> Response:
    """Each word as input and as what is predicted."""
    return await exchange.reply(lambda: encode(_two_vectors(exchange.subject, step)))


def _two_vectors(opened: OpenSubject, step: int | None) -> payloads.TwoVectors:
    after = _after(opened, step)
    outputs = opened.output()
    rows = opened.frequent(WEIGHTS_LIMIT)
    if after is not None:
        found = two_vectors(opened.recorded(), after, rows)
    else:
        words = [opened.tokens[row] for row in rows]
        found = two_vectors_of(words, opened.vectors.vectors[rows], outputs[rows])
    order = np.argsort(-found.cosines, kind="stable")
    return payloads.TwoVectors(
        step=after,
        words=[found.words[place] for place in order],
        cosines=found.cosines[order].tolist(),
        input_norms=found.input_norms[order].tolist(),
        output_norms=found.output_norms[order].tolist(),
    )
