"""Recorder of a text's run: from the text to its recording."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike

from lexiscope import data
from lexiscope.progress import Meter, ProgressCallback
from lexiscope.replay.config import RecordConfig
from lexiscope.replay.recording import Recording
from lexiscope.replay.run import record_run
from lexiscope.replay.text import EncodedText, encode_text, read_sentences

Files = str | PathLike[str] | Sequence[str | PathLike[str]]


def record_text(
    files: Files | None,
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
    # The run itself tells a few times a second.
    meter = Meter("recording", None, "steps", progress, every=0)

    def tell(done: int, total: int, loss: float) -> None:
        meter.total = total
        meter.update(done, {"loss": loss})

    run = record_run(config, text.ids, text.tokens, text.counts, tell)
    return Recording(run, text.facts)


def read_text(
    files: Files | None,
    config: RecordConfig,
    stopwords: frozenset[str] | None = None,
) -> EncodedText:
    """Reads and encodes the text of a run; see `record_text`."""
    if stopwords is None:
        stopwords = usual_stopwords(config)
    files, name = text_files(files, config)
    return encode_text(
        read_sentences(files),
        name=name,
        stopwords=stopwords,
        min_count=config.min_count,
        shortest=1 if config.architecture == "next-word" else 2,
    )


def usual_stopwords(config: RecordConfig) -> frozenset[str]:
    """The words that are left out where nothing is said."""
    return frozenset() if config.architecture == "next-word" else data.stopwords()


def text_files(files: Files | None, config: RecordConfig) -> tuple[Files, str]:
    """The files of a run's text, and what it is called; the bundled one's where none are named."""
    if files is not None:
        if isinstance(files, str | PathLike):
            return files, str(files)
        return files, ", ".join(map(str, files))
    if config.architecture == "next-word":
        return data.paragraph_path(), "bundled paragraph"
    return data.corpus_path(), "bundled corpus"
