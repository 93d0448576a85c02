"""The quiz: its questions are made in the page, which does the run again for them."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from lexiscope.inspection import Recording
from lexiscope.server.exchange import ExchangeDependency, binary
from lexiscope.server.problems import NothingToShowError
from lexiscope.server.views.quiz import payloads
from lexiscope.server.views.quiz.replay_block import replay_block
from lexiscope.server.wire import Encoded, encode

router = APIRouter()

# A page waits for it, and keeps it: above this a run has no quiz of its steps.
REPLAY_BYTES = 32 * 2**20


@router.get("/api/replay", **binary(payloads.Replay))
async def replay(exchange: ExchangeDependency) -> Response:
    """A whole recorded run, for the browser to do any step of it again."""
    return await exchange.reply(lambda: _replay(exchange.subject.recorded()))


def _replay(recording: Recording) -> Encoded:
    payload, arrays = replay_block(recording)
    size = sum(array.nbytes for array in arrays.values())
    if size > REPLAY_BYTES:
        raise NothingToShowError(
            f"this run of {recording.steps:,} steps takes {size / 1e6:,.0f} MB to be done again in "
            f"a browser; expected at most {REPLAY_BYTES / 1e6:.0f} MB; see its steps one by one"
        )
    return encode(payload, arrays)
