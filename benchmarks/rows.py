"""The table's rows: what is compared with what, and how far ahead it has to be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from benchmarks import checkpoint
from benchmarks.measurement import Job, final_rate
from benchmarks.opens import COLUMNS, ROWS
from benchmarks.zipf import TOKEN_BYTES

PEAK = "peak"
GROWTH = "growth"
WRITTEN = "written"
ANNOUNCED = "announced"
IDS = "ids"
LARGE_WORDS, LARGE_MB = 1_400_000, 72.0
QUICK_LARGE_WORDS, QUICK_LARGE_MB = 60_000, 1.0


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One figure of two jobs.

    Attributes:
        what: What is compared, in words.
        ours, peer: Keys of `Measurement.seconds`, `PEAK`, `GROWTH` (without the imports),
            `WRITTEN`, `ANNOUNCED`, or `IDS` (the encoded text's).
        kind: "speedup": the peer's over ours, at least the target; "cost": ours over the peer's, at
            most the target.
        target: None where none was set.
        at_most: What our own figure may be, in its unit; None where nothing was set.
        unit: How the two figures are shown.
    """

    what: str
    ours: str
    peer: str
    kind: Literal["speedup", "cost"] = "speedup"
    target: float | None = None
    at_most: float | None = None
    unit: Literal["words/s", "s", "MB"] = "words/s"


@dataclass(frozen=True, kw_only=True)
class Row:
    """Two jobs, and what is compared of them.

    Attributes:
        name: For `--rows`.
        title: For the table.
        block: Rows of one block take turns: each round runs every job of the block once.
        ours, peer: The jobs.
        comparisons: What is compared.
        quality: Whether the vectors are evaluated.
        arithmetic: Whether operations are counted and held against sgemm.
    """

    name: str
    title: str
    block: str
    ours: Job
    peer: Job
    comparisons: tuple[Comparison, ...]
    quality: bool = False
    arithmetic: bool = False

    def same_rates(self) -> Job:
        """Our job with the learning rates that gensim really runs (see README.md)."""
        return replace(self.ours, min_alpha=final_rate(self.peer.workers))

    def jobs(self) -> list[Job]:
        """What every round runs."""
        sgemm = Job(system="numpy", work="sgemm", workers=self.ours.workers)
        return [self.ours, self.peer, *([sgemm] if self.arithmetic else [])]


def all_rows(
    workers: int,
    opened_rows: int = ROWS,
    large_words: int = LARGE_WORDS,
    large_mb: float = LARGE_MB,
) -> list[Row]:
    """Every row, in the table's order.

    Args:
        workers: Threads on either side.
        opened_rows: Rows of the vectors files that are opened.
        large_words: Distinct words of the text with a large vocabulary.
        large_mb: Its size.
    """
    skipgram: dict[str, Any] = {"architecture": "skipgram", "workers": workers}
    cbow: dict[str, Any] = {"architecture": "cbow", "workers": workers}
    title = "skip-gram, negative sampling, dim"
    hogwild = _training_row(f"{title} 100, Hogwild", "skipgram-100", 8.0, skipgram)
    return [
        hogwild,
        replace(
            _training_row(
                f"{title} 100, reproducible",
                "skipgram-100-reproducible",
                6.0,
                {**skipgram, "schedule": "reproducible"},
            ),
            block=hogwild.block,
        ),
        _training_row(f"{title} 300, Hogwild", "skipgram-300", 6.0, {**skipgram, "dimension": 300}),
        _training_row("CBOW, negative sampling, dim 100, Hogwild", "cbow-100", 4.0, cbow),
        _training_row(
            "skip-gram, hierarchical softmax, dim 100, Hogwild",
            "hierarchical-100",
            4.0,
            {**skipgram, "loss": "hierarchical"},
        ),
        _training_row(
            "skip-gram with subwords, dim 100, Hogwild",
            "fasttext-100",
            5.0,
            {**skipgram, "subwords": True},
        ),
        _vocabulary_row(workers),
        _phrases_row(workers),
        *_large_rows(skipgram, large_words, int(large_mb * 1e6 / TOKEN_BYTES)),
        *_our_own_rows(hogwild),
        _memory_row(workers),
        *_opens(workers, opened_rows),
        _extract_row(workers, min(checkpoint.ROWS, opened_rows // 4)),
    ]


def choose_rows(rows: Iterable[Row], names: str | None) -> list[Row]:
    """The rows named in a list with commas, or all.

    Raises:
        ValueError: There is no row of a name.
    """
    known = {row.name: row for row in rows}
    if names is None:
        return list(known.values())
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in known]
    if unknown or not wanted:
        missing = ", ".join(unknown) or repr(names)
        raise ValueError(f"there is no row {missing}; expected some of {', '.join(known)}")
    return [row for name, row in known.items() if name in wanted]


def without_schedules(rows: Iterable[Row]) -> tuple[list[Row], list[str]]:
    """For a Lexiscope without schedules: the rows that can run, and the names of the others."""
    kept: list[Row] = []
    dropped: list[str] = []
    for row in rows:
        if "reproducible" in (row.ours.schedule, row.peer.schedule):
            dropped.append(row.name)
        else:
            kept.append(row)
    return kept, dropped


def _training_row(title: str, name: str, target: float, options: dict[str, Any]) -> Row:
    ours = Job(system="lexiscope", work="train", **{"schedule": "hogwild", **options})
    peer = replace(ours, system="gensim", schedule=None)
    return Row(
        name=name,
        title=title,
        block=name,
        ours=ours,
        peer=peer,
        comparisons=(
            Comparison(what="training", ours="train", peer="train", target=target),
            Comparison(what="whole job: vocabulary and training", ours="whole", peer="whole"),
            Comparison(what="our whole job, gensim's training alone", ours="whole", peer="train"),
            Comparison(
                what="peak memory of the whole job",
                ours=PEAK,
                peer=PEAK,
                kind="cost",
                target=1.0,
                unit="MB",
            ),
        ),
        quality=True,
        arithmetic=ours.architecture == "skipgram" and ours.loss == "negative",
    )


def _large_rows(skipgram: dict[str, Any], words: int, tokens: int) -> list[Row]:
    """Skip-gram where W and W′ are large beside the text, against gensim and what we announced."""
    large = {**skipgram, "words": words, "tokens": tokens}
    size = f"{words / 1e6:.2g} M distinct words in {tokens / 1e6:.3g} M, min_count 1"
    row = replace(_training_row(size, "large-vocabulary", 8.0, large), quality=False)
    memory = row.comparisons[-1]
    reading = Comparison(what="reading", ours="vocabulary", peer="vocabulary")
    written = replace(memory, what="bytes written, beside the encoded text", ours=WRITTEN, peer=IDS)
    announced = replace(memory, what="peak memory, beside what was announced", peer=ANNOUNCED)
    return [
        replace(row, comparisons=(*row.comparisons, reading), arithmetic=False),
        Row(
            name="large-vocabulary-memory",
            title=f"Lexiscope: {size}",
            block=row.block,
            ours=row.ours,
            peer=row.ours,
            comparisons=(
                replace(announced, target=1.1),
                replace(written, target=4.0),
                Comparison(
                    what="looks at the run, beside its training",
                    ours="watching",
                    peer="train",
                    kind="cost",
                    target=0.01,
                    unit="s",
                ),
            ),
        ),
    ]


def _vocabulary_row(workers: int) -> Row:
    ours = Job(system="lexiscope", work="vocabulary", workers=workers)
    return Row(
        name="vocabulary",
        title="vocabulary and encoded text, against `build_vocab(corpus_file=…)`",
        block="vocabulary",
        ours=ours,
        peer=replace(ours, system="gensim"),
        comparisons=(
            Comparison(what="reading", ours="vocabulary", peer="vocabulary", target=8.0),
            Comparison(what="peak memory", ours=PEAK, peer=PEAK, kind="cost", unit="MB"),
        ),
    )


def _phrases_row(workers: int) -> Row:
    ours = Job(system="lexiscope", work="phrases", workers=workers)
    return Row(
        name="phrases",
        title="phrases, default options, against `Phrases(LineSentence(…))`",
        block="phrases",
        ours=ours,
        peer=replace(ours, system="gensim"),
        comparisons=(
            Comparison(what="counting a file's pairs", ours="file", peer="file", target=8.0),
            Comparison(what="counting lists of words", ours="lists", peer="lists", target=1.0),
            Comparison(
                what="joining them, and counting again", ours="again", peer="again", target=8.0
            ),
            Comparison(what="freezing", ours="freeze", peer="freeze", target=1.0, unit="s"),
            Comparison(what="joining sentence by sentence", ours="join", peer="join", target=1.0),
        ),
    )


def _our_own_rows(hogwild: Row) -> list[Row]:
    """Lexiscope against itself; the same jobs as the first rows', so they run only once."""
    ours = hogwild.ours
    reproducible = replace(ours, schedule="reproducible")
    return [
        Row(
            name="reproducible-cost",
            title="Lexiscope, skip-gram, dim 100: reproducible against Hogwild",
            block=hogwild.block,
            ours=reproducible,
            peer=ours,
            comparisons=(
                Comparison(
                    what="time in training", ours="train", peer="train", kind="cost", target=1.3
                ),
            ),
        ),
        Row(
            name="scaling",
            title=f"Lexiscope, skip-gram, dim 100: {ours.workers} workers against 1",
            block=hogwild.block,
            ours=ours,
            peer=replace(ours, workers=1),
            comparisons=(
                Comparison(
                    what="training",
                    ours="train",
                    peer="train",
                    target=1.8 if ours.workers == 2 else None,
                ),
            ),
        ),
    ]


def _memory_row(workers: int) -> Row:
    ours = Job(system="lexiscope", work="baseline", workers=workers)
    return Row(
        name="memory",
        title="before any text: imports, compiled code, a text of a few lines",
        block="memory",
        ours=ours,
        peer=replace(ours, system="gensim"),
        comparisons=(Comparison(what="peak memory", ours=PEAK, peer=PEAK, kind="cost", unit="MB"),),
    )


def _opens(workers: int, rows: int) -> list[Row]:
    """Vectors files: opened for the first time, opened again, and converted at two sizes."""
    size = f"{rows:,} × {COLUMNS}"
    binary = Job(system="lexiscope", work="open", workers=workers, file="bin", rows=rows)
    text = replace(binary, file="txt")
    again = replace(binary, work="open-again")
    large = replace(binary, work="convert")
    memory = Comparison(what="peak memory", ours=PEAK, peer=PEAK, kind="cost", unit="MB")
    opened: dict[str, Any] = {"ours": "open", "peer": "open", "unit": "s"}
    return [
        Row(
            name="open-binary",
            title=f"word2vec .bin of {size}, against `load_word2vec_format(binary=True)`",
            block="open-binary",
            ours=binary,
            peer=replace(binary, system="gensim"),
            comparisons=(Comparison(what="first open", target=8.0, **opened), memory),
        ),
        Row(
            name="open-text",
            title=f"word2vec .txt of {size}, against `load_word2vec_format`",
            block="open-text",
            ours=text,
            peer=replace(text, system="gensim"),
            comparisons=(Comparison(what="first open", target=5.0, **opened), memory),
        ),
        Row(
            name="open-again",
            title="the same .bin again, by its index, against `load_word2vec_format`",
            block="open-again",
            ours=again,
            peer=replace(binary, system="gensim"),
            comparisons=(
                Comparison(
                    what="second open", ours="open-again", peer="open", at_most=0.05, unit="s"
                ),
                memory,
            ),
        ),
        Row(
            name="convert-memory",
            title=f"`lexiscope convert` .bin to a model folder, {size} against a quarter of it",
            block="convert-memory",
            ours=large,
            peer=replace(large, rows=rows // 4),
            comparisons=(replace(memory, target=1.1),),
        ),
    ]


def _extract_row(workers: int, rows: int) -> Row:
    """The embeddings of a language model's checkpoint, whose other weights are not read."""
    ours = Job(system="lexiscope", work="extract", workers=workers, file="checkpoint", rows=rows)
    matrix = 4 * rows * checkpoint.COLUMNS / 1e6
    return Row(
        name="extract",
        title=f"`lexiscope extract` of {rows:,} × {checkpoint.COLUMNS} ({matrix:.0f} MB), against "
        "`safe_open` and `Tokenizer.from_file`",
        block="extract",
        ours=ours,
        peer=replace(ours, system="safetensors"),
        comparisons=(
            Comparison(
                what="matrix and tokens written",
                ours="extract",
                peer="extract",
                at_most=1.0,
                unit="s",
            ),
            Comparison(
                what="memory beyond the imports",
                ours=GROWTH,
                peer=GROWTH,
                kind="cost",
                at_most=round(1.2 * matrix),
                unit="MB",
            ),
        ),
    )
