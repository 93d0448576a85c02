"""Logging of a training by Python's `logging`: logger "lexiscope.training", level INFO.

Nothing is set up here: without a handler, as in any program that has not asked for it, nothing is
shown. `logging.basicConfig(level=logging.INFO)` shows it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from math import isnan

from lexiscope.corpus import CorpusReport

_LOG = logging.getLogger("lexiscope.training")


def log_read(report: CorpusReport) -> None:
    """Logs what was read, in the lines that the command line shows."""
    for line in report.lines():
        _LOG.info("%s", line)


def log_trained(
    losses: Sequence[float], held_out: Sequence[float | None], notes: Sequence[str]
) -> None:
    """Logs what a training came to.

    Args:
        losses: Of each epoch, a pair.
        held_out: The same of text that was held out; None where it was not measured.
        notes: What was seen along the way.
    """
    for number, loss in enumerate(losses, 1):
        if isnan(loss):  # a text of a few words, of which subsampling has left none
            _LOG.info("epoch %d: no pair of words was left to train", number)
        else:
            _LOG.info("epoch %d: loss %.4f a pair", number, loss)
    for number, measured in enumerate(held_out, 1):
        if measured is not None:
            _LOG.info("epoch %d: held-out loss %.4f a pair", number, measured)
    for note in notes:
        _LOG.info("%s", note)
