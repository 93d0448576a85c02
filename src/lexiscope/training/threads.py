"""Threads that find work in a run: under the reproducible schedule not always all of them."""

from __future__ import annotations

from lexiscope.training.config import TrainingConfig
from lexiscope.training.events import TrainedByFew, TrainedInOrder
from lexiscope.training.loop.parts import OPENING
from lexiscope.training.loop.schedules import shards_of
from lexiscope.training.losses.registry import rule_of


def fewer_threads(
    config: TrainingConfig, workers: int, tokens: int
) -> TrainedInOrder | TrainedByFew | None:
    """Says that fewer threads will train than there are workers; None where all do.

    Args:
        config: The options; of those with the reproducible schedule some are served by one thread
            only, and a round's shards are as many as the text is long enough for.
        workers: As asked for.
        tokens: Positions of the text.
    """
    if workers == 1 or config.schedule != "reproducible" or config.parts is not None:
        return None
    if config.subwords is not None:
        return TrainedInOrder("subwords")
    if not rule_of(config.loss).in_rounds:
        return TrainedInOrder(f"loss {config.loss}")
    # Of a shorter text most is trained in order; nobody waits for it.
    if tokens <= OPENING or workers <= (shards := shards_of(tokens)):
        return None
    return TrainedByFew(shards, workers)
