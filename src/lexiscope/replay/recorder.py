"""From a text to a recording."""

from __future__ import annotations

import time
from collections.abc import Sequence
from os import PathLike

from lexiscope import data
from lexiscope.progress import Progress, ProgressCallback
from lexiscope.replay.config import RecordConfig
from lexiscope.replay.recording import Recording
from lexiscope.replay.run import record_run
from lexiscope.replay.text import EncodedText, encode_text, read_sentences


def record_text(
    files: str | PathLike[str] | Sequence[str | PathLike[str]] | None,
    config: RecordConfig,
    *,
    stopwords: frozenset[str] | None = None,
    progress: ProgressCallback | None = None,
) -> Recording:
    """Trains on a text and records every step.

    Args:
        files: The text, one sentence a line; None for the bundled one (for next-word, the bundled
            paragraph).
        config: The options.
        stopwords: Lower-case words to leave out; None for the bundled list (for next-word, none).
        progress: Told a few times a second.

    Raises:
        CorpusError: The text cannot be read, or there is nothing to learn from.
        ConfigError: The exact softmax over too large a vocabulary.
        TrainingError: The loss is no longer finite.
    """
    text = read_text(files, config, stopwords)
    began = time.monotonic()

    def tell(done: int, total: int, loss: float) -> None:
        if progress is None:
            return
        rate = done / max(time.monotonic() - began, 1e-9)
        progress(
            Progress(
                stage="recording",
                done=done,
                total=total,
                unit="steps",
                rate=rate,
                remaining=(total - done) / rate,
                values={"loss": loss},
            )
        )

    run = record_run(config, text.ids, text.tokens, text.counts, tell)
    return Recording(run, text.facts)


def read_text(
    files: str | PathLike[str] | Sequence[str | PathLike[str]] | None,
    config: RecordConfig,
    stopwords: frozenset[str] | None = None,
) -> EncodedText:
    """Reads and encodes the text of a run; see `record_text`."""
    next_word = config.architecture == "next-word"
    if stopwords is None:
        stopwords = frozenset() if next_word else data.stopwords()
    if files is None:
        files = data.paragraph_path() if next_word else data.corpus_path()
        name = "bundled paragraph" if next_word else "bundled corpus"
    else:
        name = str(files) if isinstance(files, str | PathLike) else ", ".join(map(str, files))
    return encode_text(
        read_sentences(files),
        name=name,
        stopwords=stopwords,
        min_count=int(config.min_count or 1),
        shortest=1 if next_word else 2,
    )
