"""What is measured, and the arithmetic on it: plain data, no heavy imports."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

ALPHA = 0.025
MIN_ALPHA = 1e-4
NEGATIVE = 5
WINDOW = 5
MIN_COUNT = 5
SAMPLE = 1e-3

System = Literal["lexiscope", "gensim", "numpy", "safetensors"]
Work = Literal[
    "train",
    "vocabulary",
    "phrases",
    "baseline",
    "sgemm",
    "about",
    "open",
    "open-again",
    "convert",
    "extract",
]


@dataclass(frozen=True, kw_only=True)
class Job:
    """One piece of work, done in a process of its own.

    Attributes:
        system: Whose code runs.
        work: "train": vocabulary and one epoch; "vocabulary": `build_vocab` alone; "phrases": what
            stands together; "baseline": the imports and a text of a few lines; "sgemm": the
            machine's rate; "about": versions; "open": a vectors file, for the first time;
            "open-again": once more, by its index; "convert": to a model folder; "extract": a
            checkpoint's embeddings, with their tokens.
        architecture: "skipgram" or "cbow".
        loss: "negative" or "hierarchical".
        subwords: Whether words are made of n-grams of 3 to 6 characters too, in 2,000,000 buckets.
        dimension: Of the vectors.
        workers: Threads.
        schedule: Lexiscope's: "hogwild", "reproducible", or None for what it does by itself.
        min_alpha: Learning rate at the end.
        file: The kind of vectors file, "bin", "txt" or "checkpoint"; None where there is none.
        rows: Its rows.
        words: Distinct words of a text that is made up, of which all are kept; 0 for the corpus.
        tokens: Words of that text in all.
    """

    system: System
    work: Work
    architecture: Literal["skipgram", "cbow"] = "skipgram"
    loss: Literal["negative", "hierarchical"] = "negative"
    subwords: bool = False
    dimension: int = 100
    workers: int = 2
    schedule: str | None = None
    min_alpha: float = MIN_ALPHA
    file: Literal["bin", "txt", "checkpoint"] | None = None
    rows: int = 0
    words: int = 0
    tokens: int = 0

    @property
    def min_count(self) -> int:
        """Least occurrences of a word."""
        return 1 if self.words else MIN_COUNT

    def label(self) -> str:
        """A few words for the progress lines."""
        if self.file is not None:
            return f"{self.system} {self.work} {self.rows:,} rows .{self.file}"
        if self.work != "train":
            return f"{self.system} {self.work}"
        large = f", {self.words:,} words" if self.words else ""
        schedule = "" if self.schedule is None else f" {self.schedule}"
        rates = "" if self.min_alpha == MIN_ALPHA else f" down to {self.min_alpha:.4g}"
        return (
            f"{self.system} {self.architecture} {self.loss} {self.dimension}{schedule}"
            f" x{self.workers}{rates}{large}"
        )


@dataclass(kw_only=True)
class Measurement:
    """What a job's process reports.

    Attributes:
        seconds: By stage: "vocabulary", "train", "whole"; or by the work with a vectors file.
        tokens: Words of the text, rare ones too.
        pairs, centers: Pairs of input and target, and windows (Lexiscope only).
        peak_bytes: The process's largest resident memory, before its vectors were evaluated.
        grown_bytes: How much of that came after the imports (work with a vectors file only).
        written_bytes: Bytes that the process wrote, to temporary files too.
        announced_bytes: Memory that was announced before the training (Lexiscope only).
        quality: Figures by test name; empty where there was no test.
        rate: Floating-point operations a second ("sgemm").
        about: Versions ("about").
    """

    seconds: dict[str, float] = field(default_factory=dict)
    tokens: int = 0
    pairs: int = 0
    centers: int = 0
    peak_bytes: int = 0
    grown_bytes: int = 0
    written_bytes: int = 0
    announced_bytes: int = 0
    quality: dict[str, float] = field(default_factory=dict)
    rate: float = 0.0
    about: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """The ratios of pairs: their median and range.

    Attributes:
        median: The middle one, or the mean of the two in the middle.
        low, high: The range.
        pairs: How many.
    """

    median: float
    low: float
    high: float
    pairs: int


def paired_ratio(over: Sequence[float], under: Sequence[float]) -> Ratio:
    """Divides pair by pair; not median by median, so that a machine's slow minute hits both.

    Args:
        over, under: One figure a pair, in the same order.

    Raises:
        ValueError: There are no pairs, or more of one than of the other.
    """
    if not over:
        raise ValueError("no pairs; expected at least one")
    ratios = [a / b for a, b in zip(over, under, strict=True)]
    return Ratio(
        median=statistics.median(ratios), low=min(ratios), high=max(ratios), pairs=len(ratios)
    )


def final_rate(workers: int, alpha: float = ALPHA, min_alpha: float = MIN_ALPHA) -> float:
    """The learning rate at which gensim ends one epoch over a corpus_file (see README.md)."""
    return min_alpha if workers == 1 else alpha - (alpha - min_alpha) / workers


def training_flops(pairs: int, dimension: int, negative: int = NEGATIVE) -> int:
    """Floating-point operations of skip-gram with negative sampling.

    A pair meets K+1 output rows, and with each: a dot product, a change of the input row and a
    change of the output row, each one multiplication and one addition a dimension.
    """
    return pairs * (negative + 1) * dimension * 6


def touched_bytes(pairs: int, centers: int, dimension: int, negative: int = NEGATIVE) -> int:
    """Bytes of the rows that windows touch: C+K+1 rows each, read and written, float32."""
    return (pairs + centers * (negative + 1)) * dimension * 4 * 2
