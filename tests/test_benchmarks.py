"""The benchmarks' arithmetic, their table, and one small run."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import checkpoint, quality, scaling
from benchmarks import map as maps
from benchmarks.__main__ import AVX2, main
from benchmarks.learning_rate import gensim_model, rates, write_text
from benchmarks.measurement import (
    Job,
    Measurement,
    final_rate,
    paired_ratio,
    touched_bytes,
    training_flops,
)
from benchmarks.report import END, START, compare, render, write_results
from benchmarks.rows import PEAK, Comparison, Row, all_rows, choose_rows, without_schedules
from benchmarks.runner import Plan, Results, round_jobs
from benchmarks.text import plain_copy
from benchmarks.zipf import TOKEN_BYTES, write_zipf
from lexiscope import load


def timed(*seconds: float) -> list[Measurement]:
    return [Measurement(seconds={"train": s}, tokens=100, peak_bytes=int(s * 1e6)) for s in seconds]


def test_ratios_are_taken_pair_by_pair() -> None:
    ratio = paired_ratio([2.0, 30.0, 8.0], [1.0, 10.0, 1.0])
    # Median by median it would be 8 / 1.
    assert (ratio.median, ratio.low, ratio.high, ratio.pairs) == (3.0, 2.0, 8.0, 3)


@pytest.mark.parametrize(("over", "under"), [([], []), ([1.0, 2.0], [1.0])])
def test_lists_that_are_no_pairs_are_refused(over: list[float], under: list[float]) -> None:
    with pytest.raises(ValueError, match=r"pairs|shorter"):
        paired_ratio(over, under)


@pytest.mark.parametrize(
    ("kind", "target", "ratio", "met"),
    [("speedup", 3.5, 4.0, True), ("speedup", 4.5, 4.0, False), ("cost", 0.3, 0.25, True)],
)
def test_a_speedup_and_a_cost_meet_their_targets_from_opposite_sides(
    kind: str, target: float, ratio: float, met: bool
) -> None:
    comparison = Comparison(what="", ours="train", peer="train", kind=kind, target=target)  # type: ignore[arg-type]
    outcome = compare(comparison, timed(1.0, 2.0), timed(4.0, 8.0))
    assert (outcome.ratio.median, outcome.met) == (ratio, met)
    # The middle of 100 words in 1 s and in 2 s.
    assert outcome.ours == 75
    assert (outcome.best_ours, outcome.best_peer) == (100, 25)
    assert outcome.best == ratio


def test_memory_is_compared_by_the_peaks() -> None:
    comparison = Comparison(what="", ours=PEAK, peer=PEAK, kind="cost", target=1.0, unit="MB")
    outcome = compare(comparison, timed(3.0), timed(2.0))
    assert (outcome.ours, outcome.peer, outcome.ratio.median, outcome.met) == (3, 2, 1.5, False)


def test_counts_of_operations_and_bytes() -> None:
    assert training_flops(7, 100) == 7 * 6 * (200 + 200 + 200)
    # One window with four context words: ten rows of 400 bytes, read and written.
    assert touched_bytes(4, 1, 100) == 10 * 400 * 2


def test_gensims_last_learning_rate() -> None:
    assert final_rate(1) == 1e-4
    assert final_rate(2) == pytest.approx(0.01255)


@pytest.mark.slow
def test_gensims_threads_stop_decaying_half_way(tmp_path: Path) -> None:
    pytest.importorskip("gensim")
    text = write_text(tmp_path / "text.txt", 40_000)
    # Batches of 5,000 sentences share a rate: of the text's eight, a thread's last is its fourth.
    for half in rates(gensim_model, text, 2, 40_000):
        assert half[-1] == pytest.approx(0.025 * 5 / 8, rel=0.15)


def test_rounds_run_each_job_once_and_turn_the_order_round(tmp_path: Path) -> None:
    rows = choose_rows(all_rows(2), "skipgram-100,scaling")
    plan = Plan(text=tmp_path, warm_up=tmp_path, tests=tmp_path, pairs=2, seeds=1, vectors=tmp_path)
    first, second = round_jobs(rows, 0, plan), round_jobs(rows, 1, plan)
    assert len(first) == len(set(first)) == 5  # Hogwild, gensim, sgemm, gensim's rates, 1 worker
    assert rows[0].same_rates() in first
    assert second == [job for job in reversed(first) if job != rows[0].same_rates()]
    assert round_jobs(rows, 2, plan) == []


def test_rows_are_chosen_by_name() -> None:
    rows = all_rows(2)
    assert len({row.name for row in rows}) == len(rows)
    assert [row.name for row in choose_rows(rows, "vocabulary, cbow-100")] == [
        "cbow-100",
        "vocabulary",
    ]
    with pytest.raises(ValueError, match=r"no row nothing.*skipgram-100"):
        choose_rows(rows, "nothing")
    kept, dropped = without_schedules(rows)
    assert dropped == ["skipgram-100-reproducible", "reproducible-cost"]
    assert len(kept) + len(dropped) == len(rows)


def made_up() -> tuple[Row, Results]:
    row = choose_rows(all_rows(2), "skipgram-100")[0]
    results = Results()
    for job, seconds, score in ((row.ours, 1.0, 0.5), (row.peer, 8.5, 0.4)):
        run = Measurement(
            seconds={"train": seconds, "whole": seconds + 1},
            tokens=10**6,
            pairs=10**6,
            centers=10**5,
            peak_bytes=10**8,
            quality={"WordSim-353": score},
        )
        results.runs[row.block, job] = {0: run}
    results.runs[row.block, row.jobs()[-1]] = {0: Measurement(rate=7.2e9)}
    return row, results


def test_the_table() -> None:
    row, results = made_up()
    text = render([row], results, ["a machine"], pairs=1)
    assert text.startswith("- a machine\n")
    assert "| training | 1.00 M words/s | 0.12 M words/s | 8.50× (8.50–8.50) | ≥ 8× | yes |" in text
    assert "| ≥ 8× | yes | 1.00 M words/s, 0.12 M words/s: 8.50× |" in text
    assert "| 100 MB | 100 MB | 1.00× (1.00–1.00) | ≤ 1× | yes |" in text
    assert "| same options | 0.500 / 0.400 (+0.100) | – | – |" in text
    # 10⁶ pairs of 3,600 operations in a second, against 7.2 Gflop/s.
    assert "| 3.6 k | 3.6 Gflop/s | 7 Gflop/s | 50% (50%–50%) |" in text


def test_a_job_that_failed_is_said_and_left_out() -> None:
    row, results = made_up()
    results.failures[row.block, row.ours] = "lexiscope: it broke"
    text = render([row], results, [], pairs=1)
    assert "- not measured: lexiscope: it broke" in text
    assert "training" not in text


def test_results_go_between_the_markers(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{START}\nold\n{END}\nafter\n", encoding="utf-8")
    write_results(readme, "new\n")
    assert readme.read_text(encoding="utf-8") == f"before\n{START}\n\nnew\n\n{END}\nafter\n"
    readme.write_text("no markers", encoding="utf-8")
    with pytest.raises(ValueError, match="put the two lines back"):
        write_results(readme, "new")


def test_the_readme_has_the_markers(tmp_path: Path) -> None:
    readme = Path(__file__).parent.parent / "benchmarks" / "README.md"
    copy = tmp_path / "README.md"
    copy.write_text(readme.read_text(encoding="utf-8"), encoding="utf-8")
    write_results(copy, "measured")
    assert "measured" in copy.read_text(encoding="utf-8")


def test_the_beginning_of_a_text_ends_with_a_line(tmp_path: Path) -> None:
    source = tmp_path / "text.txt"
    source.write_text("one two\nthree four\nfive six\n", encoding="utf-8")
    assert plain_copy(source, tmp_path / "copy.txt") == source
    cut = plain_copy(source, tmp_path / "cut.txt", megabytes=10e-6)
    assert cut.read_text(encoding="utf-8") == "one two\nthree four\n"


def test_a_job_is_told_from_another_by_all_its_options() -> None:
    job = Job(system="lexiscope", work="train")
    assert job.label() != replace(job, min_alpha=final_rate(2)).label()


@pytest.mark.slow
def test_a_small_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("gensim")
    rng = random.Random(1)
    words = [f"w{i}" for i in range(200)]
    lines = (" ".join(rng.choices(words, k=20)) for _ in range(2_000))
    text = tmp_path / "text.txt"
    text.write_text("\n".join(lines) + "\n", encoding="utf-8")
    report = tmp_path / "report.json"
    arguments = ["--corpus", str(text), "--rows", "vocabulary", "--pairs", "1", "--seeds", "0"]
    assert main([*arguments, "--json", str(report)]) == 0
    output = capsys.readouterr()
    assert "| reading |" in output.out
    assert "gensim 4.4.0, running its optimised Cython" in output.out
    assert "round 1 of 1" in output.err
    runs = json.loads(report.read_text(encoding="utf-8"))["runs"]
    assert {run["job"]["system"] for run in runs} == {"lexiscope", "gensim"}
    assert [run["tokens"] for run in runs] == [40_000, 40_000]
    assert all(run["peak_bytes"] > 2**20 for run in runs)


@pytest.mark.slow
def test_phrases_are_found_by_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("gensim")
    text = tmp_path / "text.txt"
    text.write_text("new york city\nthe city of york\n" * 300, encoding="utf-8")
    arguments = ["--corpus", str(text), "--rows", "phrases", "--pairs", "1", "--seeds", "0"]
    assert main([*arguments, "--json", str(tmp_path / "report.json")]) == 0
    assert "| counting a file's pairs |" in capsys.readouterr().out
    runs = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["runs"]
    assert [run["tokens"] for run in runs] == [2_100, 2_100]


@pytest.mark.slow
def test_files_are_opened_by_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("gensim")
    text = tmp_path / "text.txt"
    text.write_text("a b c\n" * 300, encoding="utf-8")
    chosen = "open-binary,open-text,open-again,convert-memory"
    arguments = ["--corpus", str(text), "--rows", chosen, "--quick", "1", "--seeds", "0"]
    assert main([*arguments, "--json", str(tmp_path / "report.json")]) == 0
    output = capsys.readouterr().out
    assert "word2vec .bin of 20,000 × 300" in output
    assert "≤ 0.05 s" in output
    runs = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["runs"]
    assert len(runs) == 8
    assert all(run["tokens"] in (5_000, 20_000) for run in runs)


@pytest.mark.slow
def test_embeddings_come_out_of_a_checkpoint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("tokenizers")
    text = tmp_path / "text.txt"
    text.write_text("a b c\n" * 300, encoding="utf-8")
    arguments = ["--corpus", str(text), "--rows", "extract", "--quick", "1", "--seeds", "0"]
    assert main([*arguments, "--json", str(tmp_path / "report.json")]) == 0
    output = capsys.readouterr().out
    assert "`lexiscope extract` of 5,000 × 768 (15 MB)" in output
    assert "| ≤ 1 s |" in output  # and whether it is, which depends on the machine
    runs = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["runs"]
    assert [run["job"]["system"] for run in runs] == ["lexiscope", "safetensors"]
    # The peer holds the matrix, ours passes it on. A part of it can lie in what the imports have
    # left free, which is no growth.
    assert runs[1]["grown_bytes"] > 0.9 * 5_000 * 768 * 4 > runs[0]["grown_bytes"]


@pytest.mark.slow
def test_a_large_vocabulary_is_made_up_and_trained_by_both(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = tmp_path / "any.txt"
    text.write_text("a b\n" * 50)
    chosen = "large-vocabulary,large-vocabulary-memory"
    arguments = ["--corpus", str(text), "--rows", chosen, "--quick", "1", "--seeds", "0"]
    arguments += ["--large-words", "4000", "--large-mb", "0.12", "--json", str(tmp_path / "j")]
    assert main(arguments) == 0
    shown = capsys.readouterr().out
    assert "0.004 M distinct words in 0.02 M" in shown
    assert "bytes written" in shown and "looks at the run, beside its training" in shown
    runs = json.loads((tmp_path / "j").read_text())["runs"]
    ours = next(run for run in runs if run["job"]["system"] == "lexiscope")
    assert ours["tokens"] == 20_000 and ours["written_bytes"] > 0
    assert ours["announced_bytes"] > 0 and ours["seconds"]["watching"] < 1
    assert len(runs) == 2


def test_made_up_text_has_the_words_that_were_asked_for(tmp_path: Path) -> None:
    text = write_zipf(tmp_path / "t", words=5_000, tokens=30_000).read_text()
    assert text == write_zipf(tmp_path / "u", words=5_000, tokens=30_000).read_text()
    assert len(text) == 30_000 * TOKEN_BYTES and len(text.splitlines()) == 1_500
    assert len(set(text.split())) == pytest.approx(5_000, rel=0.05)
    with pytest.raises(ValueError, match="5,000 distinct words in 1,000 tokens"):
        write_zipf(tmp_path / "t", words=5_000, tokens=1_000)


def test_both_take_the_same_embeddings(tmp_path: Path) -> None:
    pytest.importorskip("tokenizers")
    checkpoint.make(tmp_path / "c", 600)
    checkpoint.lexiscope(tmp_path / "c", tmp_path / "ours")()
    checkpoint.safetensors(tmp_path / "c", tmp_path / "theirs")()
    ours = load(tmp_path / "ours")
    assert np.array_equal(ours.vectors, np.load(tmp_path / "theirs" / "matrix.npy"))
    tokens = json.loads((tmp_path / "theirs" / "tokens.json").read_text(encoding="utf-8"))
    assert len(tokens) == len(ours) == 600
    words = [token for token in tokens if token.startswith("Ġ") and len(token) > 1]
    assert words and all(word[1:] in ours for word in words)


def test_a_bound_on_our_own_figure() -> None:
    bound = Comparison(what="", ours="train", peer="train", at_most=1.5, unit="s")
    assert compare(bound, timed(1.0, 1.2), timed(4.0, 8.0)).met is True
    assert compare(bound, timed(2.0, 2.2), timed(4.0, 8.0)).met is False


def test_a_missing_text_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--corpus", str(tmp_path / "none.txt")])
    assert stopped.value.code == 2
    assert "there is no text at" in capsys.readouterr().err


@pytest.mark.slow
def test_a_map_is_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("openTSNE")
    np.testing.assert_array_equal(maps.clustered(500, 8), maps.clustered(500, 8))
    options = ["--words", "500", "--dimensions", "8", "--landmarks", "100", "--twice"]
    monkeypatch.setattr("sys.argv", ["map", *options])
    maps.main()
    said = capsys.readouterr().out
    assert "500 × 8" in said and "100 landmarks" in said and "the same bits" in said


def test_quality_beside_gensim(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = tmp_path / "text.txt"
    text.write_text("the cat sat on the mat\nthe dog sat on the rug\n" * 60)
    (tmp_path / "wordsim353.tsv").write_text("cat\tdog\t9\nmat\trug\t8\ncat\tmat\t2\n")
    options = ["--corpus", str(text), "--megabytes", "1", "--epochs", "1", "--seeds", "1,2"]
    assert quality.main([*options, "--kinds", "cbow"]) == 0
    rows = [line.split(" | ") for line in capsys.readouterr().out.splitlines()[2:]]
    assert [row[1] for row in rows] == list(quality.TRAINERS)
    for row in rows:
        assert -1 <= float(row[2]) <= 1 and row[3] == row[4] == "–"


def test_quality_needs_its_tests(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = tmp_path / "text.txt"
    text.write_text("a b\n")
    with pytest.raises(SystemExit):
        quality.main(["--corpus", str(text)])
    assert f"{tmp_path} has no test of quality" in capsys.readouterr().err


def test_more_threads_take_what_amdahl_says() -> None:
    assert scaling.amdahl(10.0, 5.0, 4) == 2.5  # all of it is shared out
    assert scaling.amdahl(10.0, 6.0, 4) == 8.0 / 4 + 2.0
    assert scaling.amdahl(10.0, 12.0, 4) == 10.0


def test_threads_are_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "text.txt"
    write_zipf(source, words=200, tokens=20_000)
    assert scaling.main(["--corpus", str(source), "--rounds", "1", "--shards=-"]) == 0
    told = capsys.readouterr().out
    assert "| Hogwild | – |" in told and "by the model" in told


def test_kernels_can_be_kept_from_avx512() -> None:
    lanes = "from lexiscope.compiled.llvm import LANES; print(LANES)"
    environment = {**os.environ, **AVX2}
    said = subprocess.run(
        [sys.executable, "-c", lanes], env=environment, capture_output=True, check=True, text=True
    )
    assert said.stdout == "8\n"
