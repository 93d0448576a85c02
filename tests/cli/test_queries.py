"""The query commands, as a user calls them."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lexiscope import __version__
from lexiscope.cli import application
from lexiscope.cli.shared import output
from lexiscope.cli.shared.arguments import _repeat_names
from lexiscope.progress import Progress, human_bytes, human_count, human_time
from lexiscope.vectors import KeyedVectors
from tests.support.calling import Called
from tests.support.patience import PATIENCE

ROYALS = {
    "king": [1, 1, 0, 0.1],
    "queen": [1, -1, 0, 0.1],
    "man": [0, 1, 0.1, 0],
    "woman": [0, -1, 0.1, 0],
    "[b]sea[/b]": [0, 0.1, 1, 1],
    "日本": [0.2, 0.1, 1, 1],
}


@pytest.fixture
def model(tmp_path: Path) -> str:
    matrix = np.array(list(ROYALS.values()), dtype=np.float32)
    vectors = KeyedVectors(
        ROYALS,
        matrix,
        counts=np.array([5, 9, 4, 3, 2, 1]),
        output=matrix,
        metadata={"training": {"window": 5, "loss": "negative"}, "seed": 1},
    )
    vectors.save(tmp_path / "model")
    return str(tmp_path / "model")


def assert_one_line(called: Called, code: int, said: str) -> None:
    assert called.code == code
    assert called.out == ""
    assert called.err.startswith("lexiscope: error: ")
    assert called.err.count("\n") == 1 and called.err.endswith("\n")
    assert said in called.err


def test_version_and_help(call: Any) -> None:
    assert call("--version").out == f"lexiscope {__version__}\n"
    shown = call("--help")
    assert shown.code == 0
    for command in ("neighbors", "analogy", "similarity", "evaluate", "info"):
        assert f"  {command} " in shown.out
        helped = call(command, "--help")
        assert helped.code == 0
        assert "--json" in helped.out
    bare = call()
    assert (bare.code, bare.out) == (2, shown.out)


def test_missing_command_modules_are_not_listed(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = (*application.COMMANDS, application.Command("teleport", "Ask"))
    monkeypatch.setattr(application, "COMMANDS", commands)
    assert "teleport" not in call("--help").out
    assert_one_line(call("teleport"), 2, "No such command 'teleport'")


def test_neighbors(call: Any, model: str) -> None:
    shown = call("neighbors", model, "king", "日本", "--topn", "2")
    assert shown.code == 0
    lines = shown.out.splitlines()
    assert len(lines) == 3
    assert lines[0].split() == ["king", "cosine", "日本", "cosine"]
    assert lines[1].split()[2] == "[b]sea[/b]"
    answer = call("neighbors", model, "king", "queen", "--json").json
    assert [result["word"] for result in answer["results"]] == ["king", "queen"]
    found = answer["results"][0]["neighbors"]
    assert len(found) == 5
    assert found[0]["word"] == "man"
    assert found[0]["similarity"] == pytest.approx(0.7, abs=0.01)


def test_a_word_without_neighbours(call: Any, tmp_path: Path) -> None:
    path = str(tmp_path / "v.txt")
    Path(path).write_text("3 2\na 0 0\nb 1 2\nc 2 1\n")
    shown = call("neighbors", path, "a", "b")
    assert shown.out.splitlines()[1].split() == ["c", "0.8000"]
    assert "lexiscope: warning: 1 rows of zeros only" in shown.err
    assert call("neighbors", path, "a", "--json").json["results"] == [
        {"word": "a", "neighbors": []}
    ]


@pytest.mark.parametrize(
    "options",
    [
        ["--positive", "king", "woman", "--negative", "man"],
        ["--positive", "king", "--positive", "woman", "--negative", "man"],
        ["--negative", "man", "--positive", "king", "woman"],
        ["--positive=king", "woman", "-m", "man"],
        ["-p", "king", "-p", "woman", "--negative=man"],
    ],
)
def test_analogy(options: list[str], call: Any, model: str) -> None:
    answer = call("analogy", model, *options, "--json").json
    assert answer["positive"] == ["king", "woman"]
    assert answer["negative"] == ["man"]
    assert answer["results"][0]["word"] == "queen"
    lines = call("analogy", model, *options, "-n", "1").out.splitlines()
    assert lines[0] == "king + woman − man"
    assert lines[2].split()[0] == "queen"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["P", "--w", "a", "b", "--x", "c", "d"], ["P", "--w", "a", "--w", "b", "--x", "c", "d"]),
        (["--w", "a", "--w", "b"], ["--w", "a", "--w", "b"]),
        (["--w=a", "b"], ["--w=a", "--w", "b"]),
        (["--w", "a", "-", "b"], ["--w", "a", "--w", "-", "--w", "b"]),
        (["--w", "a", "--", "b", "--w", "c"], ["--w", "a", "--", "b", "--w", "c"]),
        (["--w"], ["--w"]),
        (["--w", "--x"], ["--w", "--x"]),
        ([], []),
    ],
)
def test_several_words_an_option(given: list[str], expected: list[str]) -> None:
    assert _repeat_names(given, {"--w"}) == expected


def test_similarity(call: Any, model: str) -> None:
    assert call("similarity", model, "man", "woman").out == "-0.9802\n"
    answer = call("similarity", model, "man", "woman", "--json").json
    assert answer["similarity"] == pytest.approx(-0.9802, abs=1e-4)
    assert (answer["a"], answer["b"]) == ("man", "woman")


def test_vectors_in_lower_case_find_a_word_in_any_case(call: Any, model: str) -> None:
    asked = call("similarity", model, "King", "QUEEN")
    assert asked.code == 0 and asked.out == call("similarity", model, "king", "queen").out
    assert asked.said == [
        "King is asked as king: these vectors are in lower case",
        "QUEEN is asked as queen: these vectors are in lower case",
    ]
    nearest = call("neighbors", model, "King", "--json")
    (found,) = json.loads(nearest.out)["results"]
    assert found["word"] == "King" and "king" not in {word["word"] for word in found["neighbors"]}
    summed = call("analogy", model, "--positive", "King", "woman", "--negative", "Man", "--json")
    assert json.loads(summed.out)["results"][0]["word"] == "queen"


def test_vectors_with_both_cases_are_asked_as_they_are_spelled(call: Any, tmp_path: Path) -> None:
    vectors = KeyedVectors(["polish", "Poland"], np.eye(2, dtype=np.float32))
    vectors.save(tmp_path / "model")
    assert_one_line(call("similarity", tmp_path / "model", "Polish", "Poland"), 1, "'Polish'")


def test_evaluate(call: Any, model: str, tmp_path: Path) -> None:
    pairs, questions = str(tmp_path / "p.tsv"), str(tmp_path / "q.txt")
    Path(pairs).write_text("king\tqueen\t5\nman\tKing\t8\nman\twoman\t1\nx\ty\t3\n")
    Path(questions).write_text(": royal\nman king woman queen\nman king woman x\n")
    answer = call(
        "evaluate", model, "--pairs", pairs, pairs, "--analogies", questions, "--json"
    ).json
    assert len(answer["pairs"]) == 2
    assert answer["pairs"][0]["spearman"] == pytest.approx(1)
    assert (answer["pairs"][0]["used"], answer["pairs"][0]["total"]) == (3, 4)
    assert answer["analogies"][0]["sections"] == [{"name": "royal", "correct": 1, "total": 1}]
    assert (answer["analogies"][0]["accuracy"], answer["analogies"][0]["unknown"]) == (1, 1)
    pearson = answer["pairs"][0]["pearson"]
    lines = call("evaluate", model, "--pairs", pairs, "--analogies", questions).out.splitlines()
    low, high = answer["pairs"][0]["spearman_interval"]
    shown = [f"{low:.3f}…{high:.3f}", f"{pearson:.4f}"]
    assert lines[1].split()[1:] == ["1.0000", *shown, "3", "4"]
    assert lines[-3].split() == ["all", "1.0000", "1", "1"]
    assert (answer["pairs"][0]["coverage"], answer["analogies"][0]["coverage"]) == (0.75, 0.5)
    plain = call("evaluate", model, "--pairs", pairs, "--resamples", "0", "--json").json
    assert plain["pairs"][0]["spearman_interval"] is None


@pytest.mark.slow
def test_evaluate_models_side_by_side(call: Any, model: str, tmp_path: Path) -> None:
    pairs, questions = str(tmp_path / "p.csv"), str(tmp_path / "q.txt")
    Path(pairs).write_text("one,two,mean\nking,queen,5\nman,King,8\nman,woman,1\nalone\n")
    Path(questions).write_text(": royal\nman king woman queen\nman king\n")
    files = ["--pairs", pairs, "--analogies", questions]
    answer = call("evaluate", model, model, *files, "--method", "3cosmul", "--json").json
    first, second = answer["models"]
    assert first == second and first["path"] == model
    assert first["pairs"][0]["skipped_lines"] == first["analogies"][0]["skipped_lines"] == 1
    assert first["analogies"][0]["method"] == "3cosmul"
    lines = call("evaluate", model, model, *files).out.splitlines()
    assert lines[1].split()[1::3] == ["1.0000", "1.0000"]
    output = call("evaluate", model, "--space", "output", *files, "--json").json
    assert output["pairs"][0]["total"] == 3


def test_the_bundled_analogies_have_a_name(call: Any, model: str) -> None:
    answer = call("evaluate", model, "--analogies", "facts", "--json").json
    report = answer["analogies"][0]
    assert report["file"] == "facts"
    assert report["total"] + report["unknown"] > 600


def test_a_correlation_that_is_none_is_null(call: Any, model: str, tmp_path: Path) -> None:
    pairs = tmp_path / "p.tsv"
    pairs.write_text("king\tqueen\t5\n")
    answer = call("evaluate", model, "--pairs", str(pairs), "--json").json
    assert answer["pairs"][0]["spearman"] is None


def test_info(call: Any, model: str, tmp_path: Path) -> None:
    answer = call("info", model, "--json").json
    assert answer["format"] == "model"
    assert (answer["words"], answer["dimensions"], answer["output"]) == (6, 4, [6, 4])
    assert answer["occurrences"] == 24
    assert answer["matrix_bytes"] == 2 * 6 * 4 * 4
    assert answer["commonest"][0] == {"word": "queen", "count": 9}
    assert answer["config"]["training"]["window"] == 5
    shown = call("info", model).out
    assert "training.window" in shown and "queen 9, king 5" in shown
    bare = str(tmp_path / "v.bin")
    KeyedVectors(["a", "b"], np.ones((2, 3), np.float32)).save_word2vec_format(bare, binary=True)
    answer = call("info", bare, "--json").json
    assert answer["format"] == "word2vec-binary"
    assert answer["output"] is None and answer["occurrences"] is None
    shown = call("info", bare).out
    assert "no counts" in shown and "first words" in shown


DASHED = ["-lrb-", "--", "-", "---", "-n", "--topn", "-5", "-rrb-"]


@pytest.fixture
def dashed(tmp_path: Path) -> str:
    matrix = np.random.default_rng(2).normal(size=(len(DASHED) + 1, 4)).astype(np.float32)
    KeyedVectors([*DASHED, "king"], matrix).save(tmp_path / "dashed")
    return str(tmp_path / "dashed")


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (["-lrb-"], ["-lrb-"]),
        (["-lrb-", "king", "-5", "-n", "2"], ["-lrb-", "king", "-5"]),
        (["-n2", "---", "-"], ["---", "-"]),
        (["king", "--"], ["king", "--"]),
        (["--topn", "2", "--", "--topn", "-n", "--"], ["--topn", "-n", "--"]),
        (["--json", "-rrb-", "--topn=2"], ["-rrb-"]),
    ],
)
def test_words_may_begin_with_a_dash(
    call: Any, dashed: str, words: list[str], asked: list[str]
) -> None:
    options = [] if "--json" in words else ["--json"]
    answer = json.loads(call("neighbors", dashed, *options, *words).out)
    assert [result["word"] for result in answer["results"]] == asked
    if any("2" in word for word in words):
        assert {len(result["neighbors"]) for result in answer["results"]} == {2}


def test_dashed_words_of_the_other_commands(call: Any, dashed: str) -> None:
    answer = json.loads(call("similarity", "--json", dashed, "-lrb-", "--", "--topn").out)
    assert (answer["a"], answer["b"]) == ("-lrb-", "--topn")
    assert float(call("similarity", dashed, "-lrb-", "--").out) <= 1
    given = ["--positive", "-lrb-", "king", "-5", "--negative", "-rrb-", "--json"]
    answer = json.loads(call("analogy", dashed, *given).out)
    assert answer["positive"] == ["-lrb-", "king", "-5"] and answer["negative"] == ["-rrb-"]


@pytest.mark.parametrize("slip", ["--topm", "--topm=5", "--no-json"])
def test_a_slip_in_an_option_is_no_word(call: Any, dashed: str, slip: str) -> None:
    assert_one_line(call("neighbors", dashed, "king", slip), 2, slip.partition("=")[0])
    assert_one_line(call("analogy", dashed, "--positive", "king", slip), 2, "No such option")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["neighbors", "MODEL", "kin"], 1, "'kin' is not in the vocabulary; close spellings"),
        (["neighbors", "MODEL", "king", "zzz"], 1, "'zzz' is not in the vocabulary"),
        (["similarity", "MODEL", "king", "zzz"], 1, "'zzz'"),
        (["analogy", "MODEL", "--positive", "king", "--negative", "zzz"], 1, "'zzz'"),
        (["neighbors", "nowhere", "king"], 1, "nowhere: no such file or folder"),
        (["info", "nowhere"], 1, "no such file"),
        (["info", "."], 1, "expected a model folder"),
        (["evaluate", "MODEL", "--pairs", "nowhere.tsv"], 1, "nowhere.tsv: no such file"),
        (["evaluate", "MODEL"], 2, "give --pairs FILE or --analogies FILE"),
        (["evaluate", "MODEL", "--pairs"], 2, "requires an argument"),
        (["analogy", "MODEL"], 2, "Missing option"),
        (["neighbors", "MODEL"], 2, "Missing argument"),
        (["neighbors", "MODEL", "king", "--topn", "0"], 2, "--topn"),
        (["neighbors", "MODEL", "king", "--wrong"], 2, "No such option"),
        (["similarity", "MODEL", "a"], 2, "See `lexiscope similarity --help`."),
        (["similarity", "MODEL", "a", "b", "c"], 2, "unexpected extra argument"),
        (["nonsense"], 2, "No such command 'nonsense'"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    arguments: list[str],
    code: int,
    said: str,
    call: Any,
    model: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    called = call(*(model if argument == "MODEL" else argument for argument in arguments))
    assert_one_line(called, code, said)


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (OSError(28, "No space left on device", "out"), 1, "out: No space left on device"),
        (MemoryError(), 1, "not enough memory"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_what_the_system_does_is_told(
    error: BaseException,
    code: int,
    said: str,
    call: Any,
    model: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(KeyedVectors, "similarity", fail)
    called = call("similarity", model, "man", "king")
    assert called.code == code
    assert said in called.err
    assert "Traceback" not in called.err


def run(*arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "lexiscope.cli.main", *arguments]
    return subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False, **options)


@pytest.mark.slow
def test_words_that_the_terminal_cannot_show(tmp_path: Path) -> None:
    path = tmp_path / "v.txt"
    path.write_bytes(b"2 2\n\xe6\x97 1 2\n\xc3\xa9 2 1\n")
    plain = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = run("neighbors", str(path), "é", env=plain)
    assert done.returncode == 0
    assert b"\\xe6\\x97  0.8000" in done.stdout
    answer = json.loads(run("neighbors", str(path), "é", "--json", env=plain).stdout)
    assert answer["results"][0]["neighbors"][0]["word"] == "\udce6\udc97"


def test_a_reader_that_has_gone_is_no_error(model: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as stream:
        done = subprocess.run(
            [sys.executable, "-m", "lexiscope.cli.main", "info", model],
            stdout=stream,
            stderr=subprocess.PIPE,
            timeout=PATIENCE,
            check=False,
        )
    assert done.stderr == b""
    assert done.returncode == 1


def on_a_terminal(code: str) -> str:
    """What a program shows on a terminal of its own."""
    leader, follower = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "PYTHONIOENCODING": "utf-8"}
    try:
        done = subprocess.run(
            [sys.executable, "-c", code],
            stdout=follower,
            stderr=follower,
            env=environment,
            timeout=PATIENCE,
            check=False,
        )
        os.close(follower)
        follower = -1
        shown = b""
        try:
            while chunk := os.read(leader, 65536):
                shown += chunk
        except OSError:
            pass  # Linux's way of saying that the other end is closed
    finally:
        os.close(leader)
        if follower >= 0:
            os.close(follower)
    assert done.returncode == 0, shown
    return shown.decode()


def test_tables_on_a_terminal(model: str) -> None:
    shown = on_a_terminal(
        f"from lexiscope.cli.main import main; main(['neighbors', {model!r}, 'king'])"
    )
    assert "──" in shown
    assert "[b]sea[/b]" in shown  # not taken for markup
    assert "日本" in shown


REPORTS = [
    Progress(stage="reading", done=1_000_000, total=None, unit="bytes", rate=2.5e6, remaining=None),
    Progress(
        stage="training",
        done=420,
        total=1000,
        unit="words",
        rate=1_234_567,
        remaining=190.4,
        values={"loss": 2.31041, "alpha": 0.0145},
    ),
    Progress(stage="training", done=1000, total=1000, unit="words", rate=0, remaining=0.0),
]


def test_progress_in_one_line() -> None:
    assert [output.describe(report) for report in REPORTS] == [
        "1.0 MB  2.5 MB/s",
        " 42%  1.23M words/s  loss 2.31  alpha 0.0145  3:10 left",
        "100%",
    ]
    odd = Progress(stage="s", done=0, total=0, unit="words", rate=12, remaining=None)
    assert output.describe(odd) == "0 words  12 words/s"


def test_progress_on_a_terminal() -> None:
    shown = on_a_terminal(
        "from lexiscope.cli.shared.output import LiveProgress\n"
        "from lexiscope.progress import Progress\n"
        "with LiveProgress() as show:\n"
        "    for done in range(0, 101, 10):\n"
        "        show(Progress(stage='training', done=done, total=100, unit='words',\n"
        "                      rate=2e6, remaining=9.0, values={'loss': 2.5}))\n"
    )
    assert "training" in shown and "100%" in shown and "loss 2.5" in shown
    assert "\x1b[" in shown  # drawn in place
    assert shown.count("\n") < 5


def test_progress_elsewhere_is_a_line_now_and_then() -> None:
    stream = io.StringIO()
    now = 0.0
    with output.LiveProgress(stream, clock=lambda: now) as show:
        for step in range(200):
            now = step * 0.125
            show(Progress(stage="reading", done=step, total=200, unit="bytes", rate=1, remaining=1))
        show(Progress(stage="training", done=1, total=4, unit="words", rate=0, remaining=3))
    lines = stream.getvalue().splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["reading", "20%"],
        ["reading", "40%"],
        ["reading", "60%"],
        ["reading", "80%"],
        ["reading", "100%"],
        ["training", "25%"],
    ]


def test_numbers_for_people() -> None:
    assert [human_count(n) for n in (7, 999, 1500, 999_960, 12_345_678, 4e12)] == [
        "7", "999", "1.50k", "1.00M", "12.3M", "4.00T",
    ]  # fmt: skip
    assert [human_bytes(n) for n in (7, 1500, 2.5e9, 4e12)] == [
        "7 bytes", "1.5 kB", "2.5 GB", "4.0 TB",
    ]  # fmt: skip
    assert [human_time(s) for s in (0.4, 59.6, 3661)] == ["0:00", "1:00", "1:01:01"]


def test_neighbors_by_an_index_and_in_a_space(call: Any, model: str) -> None:
    exact = call("neighbors", model, "king", "--json").json
    found = call("neighbors", model, "king", "--index", "hnsw", "--json").json
    for near, true in zip(
        found["results"][0]["neighbors"], exact["results"][0]["neighbors"], strict=True
    ):
        assert near["word"] == true["word"]
        assert near["similarity"] == pytest.approx(true["similarity"], abs=1e-6)
    assert found["recall"] == 1
    assert "recall 1.000" in call("neighbors", model, "king", "--index", "hnsw").out
    assert Path(f"{model}.hnsw").is_file()
    other = call("neighbors", model, "king", "--space", "cross", "--json").json
    assert [near["word"] for near in other["results"][0]["neighbors"]]
    assert call("neighbors", model, "king", "--index", "hnsw", "--space", "sum").code == 2


def test_questions_that_all_have_an_unknown_word_have_no_accuracy(
    call: Any, model: str, tmp_path: Path
) -> None:
    file = tmp_path / "questions.txt"
    file.write_text(": odd\nking man nobody woman\n")
    done = call("evaluate", model, "--analogies", file)
    assert done.code == 0
    assert "left out for an unknown word: 1 of 1 questions" in done.out
    line = next(line for line in done.out.splitlines() if line.startswith("all "))
    assert line.split() == ["all", "–", "0", "0"]
