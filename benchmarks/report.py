"""The measured output as Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measurement import (
    ALPHA,
    MIN_ALPHA,
    Job,
    Measurement,
    Ratio,
    final_rate,
    paired_ratio,
    touched_bytes,
    training_flops,
)
from benchmarks.rows import ANNOUNCED, GROWTH, IDS, PEAK, WRITTEN, Comparison, Row
from benchmarks.runner import Results

START = "<!-- results -->"
END = "<!-- /results -->"

TESTS = ("WordSim-353", "SimLex-999", "analogies")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A comparison, measured.

    Attributes:
        ours, peer: Medians, in the comparison's unit.
        ratio: Of the pairs.
        best_ours, best_peer: Of each side's best round, which a busy neighbour has disturbed least.
        best: Their ratio.
        met: Whether the target is met, or our own bound; None without either.
    """

    ours: float
    peer: float
    ratio: Ratio
    best_ours: float
    best_peer: float
    best: float
    met: bool | None


def compare(
    comparison: Comparison, ours: Sequence[Measurement], peer: Sequence[Measurement]
) -> Outcome:
    """Compares two jobs' rounds, pair by pair."""
    mine = [_figure(run, comparison.ours) for run in ours]
    theirs = [_figure(run, comparison.peer) for run in peer]
    if comparison.kind == "speedup":
        ratio = paired_ratio(theirs, mine)
    else:
        ratio = paired_ratio(mine, theirs)
    met = None
    if comparison.target is not None:
        ahead = ratio.median >= comparison.target
        met = ahead if comparison.kind == "speedup" else ratio.median <= comparison.target
    shown = _in_unit(mine, ours, comparison.unit)
    shown_peer = _in_unit(theirs, peer, comparison.unit)
    if comparison.at_most is not None:
        met = statistics.median(shown) <= comparison.at_most
    best = min if comparison.unit in ("MB", "s") else max
    cost = min(mine) / min(theirs)
    return Outcome(
        ours=statistics.median(shown),
        peer=statistics.median(shown_peer),
        ratio=ratio,
        best_ours=best(shown),
        best_peer=best(shown_peer),
        best=1 / cost if comparison.kind == "speedup" else cost,
        met=met,
    )


def render(rows: Sequence[Row], results: Results, header: Sequence[str], pairs: int) -> str:
    """Everything: header, tables and notes.

    Args:
        rows: The rows that were run.
        results: What was measured.
        header: Lines on machine, versions and text.
        pairs: Timed rounds.
    """
    parts = ["\n".join(f"- {line}" for line in header)]
    speed = _speed_table(rows, results, pairs)
    if speed:
        parts += ["### Speed and memory", speed]
    quality = _quality_table(rows, results)
    if quality:
        parts += ["### Quality of the same runs", *quality]
    arithmetic = _arithmetic_table(rows, results, pairs)
    if arithmetic:
        parts += ["### Against the machine's matrix product", arithmetic]
    if results.failures:
        lines = (f"- not measured: {said}" for said in results.failures.values())
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    body = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join(
        [f"| {' | '.join(head)} |", "| " + " | ".join(["---"] * len(head)) + " |", *body]
    )


def write_results(readme: Path, markdown: str) -> None:
    """Puts the output between the markers of a README.

    Raises:
        ValueError: The markers are not there, once each and in order.
    """
    text = readme.read_text(encoding="utf-8")
    before, start, rest = text.partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise ValueError(f"{readme} has no {START} … {END}; put the two lines back")
    readme.write_text(f"{before}{START}\n\n{markdown}\n{END}{after}", encoding="utf-8")


def _figure(run: Measurement, key: str) -> float:
    bytes_of = {
        PEAK: run.peak_bytes,
        GROWTH: run.grown_bytes,
        WRITTEN: run.written_bytes,
        ANNOUNCED: run.announced_bytes,
        IDS: 4 * run.tokens,
    }
    return float(bytes_of[key]) if key in bytes_of else run.seconds[key]


def _in_unit(figures: Sequence[float], runs: Sequence[Measurement], unit: str) -> list[float]:
    if unit == "MB":
        return [figure / 1e6 for figure in figures]
    if unit == "s":
        return list(figures)
    return [run.tokens / seconds for run, seconds in zip(runs, figures, strict=True)]


def _format(value: float, unit: str) -> str:
    if unit == "MB":
        return f"{value:,.0f} MB"
    if unit == "s":
        return f"{value:.2f} s" if value >= 0.1 else f"{value:.3f} s"
    return f"{value / 1e6:.2f} M words/s" if value >= 1e5 else f"{value:,.0f} words/s"


def _speed_table(rows: Sequence[Row], results: Results, pairs: int) -> str:
    lines: list[list[str]] = []
    for row in rows:
        ours = results.rounds(row.block, row.ours, pairs)
        peer = results.rounds(row.block, row.peer, pairs)
        if not ours or not peer:
            continue
        for place, comparison in enumerate(row.comparisons):
            outcome = compare(comparison, ours, peer)
            title = f"**{row.title}** ({row.name})" if place == 0 else ""
            lines.append([title, *_cells(comparison, outcome)])
    if not lines:
        return ""
    head = ["work", "what", "Lexiscope", "peer", "ratio: median (range)"]
    return table([*head, "target", "met", "best of each side"], lines)


def _cells(comparison: Comparison, outcome: Outcome) -> list[str]:
    ratio = outcome.ratio
    target = "–"
    if comparison.target is not None:
        sign = "≥" if comparison.kind == "speedup" else "≤"
        target = f"{sign} {comparison.target:g}×"
    if comparison.at_most is not None:
        target = f"≤ {comparison.at_most:g} {comparison.unit}"
    return [
        comparison.what,
        _format(outcome.ours, comparison.unit),
        _format(outcome.peer, comparison.unit),
        f"{ratio.median:.2f}× ({ratio.low:.2f}–{ratio.high:.2f})",
        target,
        "–" if outcome.met is None else "yes" if outcome.met else "**no**",
        f"{_format(outcome.best_ours, comparison.unit)}, "
        f"{_format(outcome.best_peer, comparison.unit)}: {outcome.best:.2f}×",
    ]


def _quality_table(rows: Sequence[Row], results: Results) -> list[str]:
    lines: list[list[str]] = []
    seeds = 0
    for row in rows:
        if not row.quality:
            continue
        peer = _evaluated(results, row, row.peer)
        for label, job in (("same options", row.ours), ("same learning rates", row.same_rates())):
            ours = _evaluated(results, row, job)
            common = sorted(set(ours) & set(peer))
            if not common:
                continue
            seeds = max(seeds, len(common))
            mine = [ours[number] for number in common]
            theirs = [peer[number] for number in common]
            cells = [_quality_cell(test, mine, theirs) for test in TESTS]
            lines.append([row.title if label == "same options" else "", label, *cells])
    if not lines:
        return []
    workers = next(row.peer.workers for row in rows if row.quality)
    note = (
        f"Lexiscope's figure / gensim's (difference), means over {seeds} "
        f"{'seed' if seeds == 1 else 'seeds'}, both by Lexiscope's evaluator: Spearman's "
        f"correlation, and the share of right analogies. *Same options*: alpha {ALPHA:g} to "
        f"{MIN_ALPHA:g} asked of both; gensim's threads then stop decaying at "
        f"{final_rate(workers):.5f}. *Same learning rates*: Lexiscope told to end there too."
    )
    return [note, table(["work", "learning rates", *TESTS], lines)]


def _evaluated(results: Results, row: Row, job: Job) -> dict[int, Measurement]:
    if (row.block, job) in results.failures:
        return {}
    found = results.runs.get((row.block, job), {})
    return {number: run for number, run in found.items() if run.quality}


def _quality_cell(test: str, ours: Sequence[Measurement], peer: Sequence[Measurement]) -> str:
    if not all(test in run.quality for run in (*ours, *peer)):
        return "–"
    mine = statistics.mean(run.quality[test] for run in ours)
    theirs = statistics.mean(run.quality[test] for run in peer)
    return f"{mine:.3f} / {theirs:.3f} ({mine - theirs:+.3f})"


def _arithmetic_table(rows: Sequence[Row], results: Results, pairs: int) -> str:
    lines: list[list[str]] = []
    for row in rows:
        if not row.arithmetic:
            continue
        runs = results.rounds(row.block, row.ours, pairs)
        sgemm = results.rounds(row.block, row.jobs()[-1], pairs)
        if not runs or not sgemm:
            continue
        lines.append([row.title, *_arithmetic_cells(row.ours.dimension, runs, sgemm)])
    if not lines:
        return ""
    head = ["work", "pairs a word", "windows a word", "flop a word", "trained at", "sgemm 2048³"]
    return table([*head, "share of sgemm", "rows touched"], lines)


def _arithmetic_cells(
    size: int, runs: Sequence[Measurement], sgemm: Sequence[Measurement]
) -> list[str]:
    median = statistics.median
    rates = [training_flops(run.pairs, size) / run.seconds["train"] for run in runs]
    moved = [touched_bytes(run.pairs, run.centers, size) / run.seconds["train"] for run in runs]
    share = paired_ratio(rates, [run.rate for run in sgemm])
    pairs_a_word = median(run.pairs / run.tokens for run in runs)
    return [
        f"{pairs_a_word:.2f}",
        f"{median(run.centers / run.tokens for run in runs):.2f}",
        f"{pairs_a_word * training_flops(1, size) / 1e3:.1f} k",
        f"{median(rates) / 1e9:.1f} Gflop/s",
        f"{median(run.rate for run in sgemm) / 1e9:.0f} Gflop/s",
        f"{share.median:.0%} ({share.low:.0%}–{share.high:.0%})",
        f"{median(moved) / 1e9:.1f} GB/s",
    ]
