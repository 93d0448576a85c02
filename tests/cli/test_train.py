"""`lexiscope train` and `lexiscope demo`, as a user calls them."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import pty
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zstandard

import lexiscope
from lexiscope import Word2Vec
from lexiscope.errors import FormatError, LexiscopeError
from lexiscope.formats.reading import safetensors_file
from lexiscope.training import DivergedError, Interrupted
from tests.support import texts
from tests.support.calling import Called
from tests.support.patience import PATIENCE
from tests.support.texts import QUICK

MODEL = ("model", "model/config.json", "model/model.safetensors", "model/vocabulary.tsv")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, beside an empty folder for temporary files."""
    temporary, folder = tmp_path / "tmp", tmp_path / "work"
    temporary.mkdir()
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def text(place: Path) -> Path:
    return texts.write(place / "text.txt", texts.lines(40))


def everything(place: Path) -> dict[str, bytes | None]:
    """All files and folders below the working folder and beside it, hidden ones too."""
    return {
        str(path.relative_to(place.parent)): path.read_bytes() if path.is_file() else None
        for path in sorted(place.parent.rglob("*"))
    }


def assert_one_line(called: Called, *parts: str, code: int = 1) -> None:
    assert called.code == code
    assert called.out == ""
    (line,) = called.said
    assert line.startswith("lexiscope: error: ")
    for part in parts:
        assert part in line


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "lexiscope.cli.main", *map(str, arguments)]


# The main job


def test_training_writes_a_model_and_tells_of_it(call: Any, text: Path, place: Path) -> None:
    done = call("train", text, "-o", "model", *QUICK)
    assert (done.code, done.said) == (0, [])
    for part in ("800 words in 160 sentences", "vocabulary: 11 words", "the 160", "words/s"):
        assert part in done.out
    assert re.search(r"^loss +\d\.\d{4} a pair$", done.out, re.MULTILINE)
    assert re.search(r"^model +model \(.* kB\)$", done.out, re.MULTILINE)
    assert re.search(r"^training  100%.*loss.*alpha 0.0001$", done.err, re.MULTILINE)
    vectors = lexiscope.load(place / "model")
    assert vectors.vectors.shape == vectors.output_vectors.shape == (11, 8)
    assert re.search(r"^fingerprint +([0-9a-f]{16})$", done.out, re.MULTILINE)
    assert sorted(everything(place)) == [
        "tmp",
        "work",
        *(f"work/{name}" for name in MODEL),
        "work/text.txt",
    ]


def test_several_epochs_show_the_first_loss_and_the_last(call: Any, text: Path) -> None:
    done = call("train", text, "-o", "model", *QUICK, "--epochs", 30, "--alpha", 0.1)
    first, last = re.search(r"loss +(\d\.\d{4}) → (\d\.\d{4}) a pair", done.out).groups()
    assert float(last) < float(first)


@pytest.mark.slow
def test_the_loss_that_was_held_out_stands_in_the_summary(call: Any, text: Path) -> None:
    options = ["train", text, "-o", "model", "--epochs", "2", "--validation", "0.2"]
    done = call(*options)
    losses = json.loads(Path("model/config.json").read_text())["result"]["validation_losses"]
    shown = f"held out     {losses[0]:.4f} → {losses[1]:.4f} a pair, after each epoch"
    assert done.code == 0 and shown in done.out
    assert "held out" not in call("train", text, "-o", "other", "--epochs", "1").out


def test_the_losses_of_many_epochs_are_told_by_the_first_and_the_last(
    call: Any, text: Path
) -> None:
    done = call("train", text, "-o", "model", "--epochs", "9", "--validation", "0.2")
    result = json.loads(Path("model/config.json").read_text())["result"]
    first, *_, last = result["epoch_losses"]
    assert f"loss         {first:.4f} → {last:.4f} a pair\n" in done.out
    assert "a pair, after the first and last epoch" in done.out


def test_json_is_one_document_and_the_models_config(call: Any, text: Path) -> None:
    options = ["--loss", "hierarchical", "--architecture", "cbow", "--sample", 0]
    done = call("train", text, "-o", "model", *QUICK, *options, "--json")
    document = done.json
    assert document == json.loads(Path("model/config.json").read_text())
    assert document["training"]["loss"] == "hierarchical"
    assert document["training"]["alpha"] == 0.05
    assert document["corpus"]["tokens"] == document["result"]["windows"] == 800
    assert document["result"]["finished"] is True
    assert document["result"]["final_loss"] > 0


def test_a_model_in_the_way_is_replaced(call: Any, text: Path) -> None:
    assert call("train", text, "-o", "model", *QUICK).code == 0
    assert call("train", text, "-o", "model", *QUICK, "--vector-size", 5, "--overwrite").code == 0
    assert lexiscope.load("model").vector_size == 5


def test_the_result_is_that_of_python(call: Any, text: Path) -> None:
    done = call("train", text, "-o", "model", *QUICK, "--json")
    options = {"vector_size": 8, "epochs": 1, "workers": 1, "min_count": 1, "sg": 1}
    assert done.json["result"]["fingerprint"] == Word2Vec(corpus_file=text, **options).fingerprint()
    opened = Word2Vec.load("model")
    assert opened.fingerprint() == done.json["result"]["fingerprint"]


@pytest.mark.parametrize(
    ("name", "compress"),
    [
        ("text.gz", gzip.compress),
        ("text.bz2", bz2.compress),
        ("text.xz", lzma.compress),
        ("text.zst", lambda raw: zstandard.ZstdCompressor().compress(raw)),
    ],
)
def test_compressed_texts(call: Any, text: Path, name: str, compress: Any) -> None:
    Path(name).write_bytes(compress(text.read_bytes()))
    plain = call("train", text, "-o", "one", *QUICK, "--json").json
    packed = call("train", name, "-o", "two", *QUICK, "--json").json
    assert packed["result"]["fingerprint"] == plain["result"]["fingerprint"]


def test_several_files_a_folder_and_a_glob_are_one_text(call: Any, text: Path) -> None:
    parts = Path("parts")
    parts.mkdir()
    for number in range(4):
        lines = texts.lines(40)[40 * number : 40 * (number + 1)]
        (parts / f"{number}.txt").write_text("".join(f"{line}\n" for line in lines))
    expected = call("train", text, "-o", "model", *QUICK, "--json").json["result"]["fingerprint"]
    for corpus in (sorted(parts.iterdir()), ["parts"], ["parts/*.txt"], ["par*/[0-9].txt"]):
        document = call("train", *corpus, "-o", "model", *QUICK, "--overwrite", "--json").json
        assert document["result"]["fingerprint"] == expected
        assert document["corpus"]["files"] == 4


@pytest.mark.slow
def test_a_text_from_standard_input(call: Any, text: Path) -> None:
    expected = call("train", text, "-o", "one", *QUICK, "--json").json["result"]["fingerprint"]
    done = subprocess.run(
        command("train", "-", "-o", "two", *QUICK, "--json"),
        input=gzip.compress(text.read_bytes()),
        capture_output=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0
    assert json.loads(done.stdout)["result"]["fingerprint"] == expected


def test_raw_text_in_lower_case_words(call: Any, place: Path) -> None:
    raw = 'The King, wears -- "the Crown"!\n\nThe Queen\'s ring: a RING.\n' * 20
    Path("raw.txt").write_text(raw)
    Path("stops.txt").write_text("The\n\n a \n")
    options = ["--tokenizer", "words", "--lowercase", "--stopwords", "stops.txt"]
    document = call("train", "raw.txt", "-o", "model", *QUICK, *options, "--json").json
    assert set(lexiscope.load("model").index_to_key) == {
        "king",
        "wears",
        "crown",
        "queen's",
        "ring",
    }
    assert document["corpus"]["stopwords_removed"] == 80
    assert document["tokenizer"] == {
        "kind": "words",
        "lowercase": True,
        "stopwords": ["The", "a"],
        "comments": False,
    }
    english = call(
        "train", "raw.txt", "-o", "other", *QUICK, *options[:3], "--stopwords", "english"
    )
    assert "the" not in lexiscope.load("other") and english.code == 0


def test_the_vocabularys_options(call: Any, text: Path) -> None:
    Path("keep.txt").write_text("mouse\nunicorn\n")
    options = ["--min-count", 60, "--special", "<pad>", "--special", "king", "--keep", "keep.txt"]
    options += ["--order", "alphabetical", "--max-vocab", 100]
    assert call("train", text, "-o", "model", *QUICK, *options).code == 0
    words = ["<pad>", "king", "a", "cat", "chases", "mouse", "the", "unicorn", "wears"]
    assert lexiscope.load("model").index_to_key == words
    capped = call("train", text, "-o", "capped", *QUICK, "--max-vocab", 5, "--json").json
    assert capped["vocabulary"]["words"] == len(lexiscope.load("capped")) == 5


def test_subsampling_that_leaves_nothing_is_said(call: Any, place: Path) -> None:
    Path("two.txt").write_text("one two\n")
    done = call("train", "two.txt", "-o", "model", *QUICK, "--sample", 1e-12)
    assert "loss         none: subsampling left no two neighbouring words" in done.out


# Help


def test_every_option_is_in_the_help(call: Any) -> None:
    shown = call("train", "--help").out
    for name in (
        *("architecture", "loss", "vector-size", "window", "min-count", "negative", "ns-exponent"),
        *("sample", "epochs", "alpha", "min-alpha", "workers", "seed", "tokenizer", "lowercase"),
        *("stopwords", "max-vocab", "keep", "special", "order", "shrink-windows", "cbow-mean"),
        *("cbow-update", "schedule", "out", "json"),
    ):
        found = re.search(rf"^ +(?:-\w, )?--{name}\b(.*(?:\n {{10,}}.*)*)", shown, re.MULTILINE)
        assert found is not None, name
        assert re.search(r"[A-Za-z]{3}", found[1].replace("INTEGER", "").replace("TEXT", "")), name
    assert "-o" in shown
    for command_name in ("train", "demo"):
        assert f"  {command_name} " in call("--help").out


# Wrong calls and bad input


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["text.txt"], "--out"),
        (["-o", "model"], "CORPUS"),
        (["text.txt", "-o", "model", "--vector-size", "many"], "'--vector-size'"),
        (["text.txt", "-o", "model", "--colour", "red"], "--colour"),
    ],
)
def test_a_wrong_call(call: Any, text: Path, place: Path, arguments: list[str], said: str) -> None:
    before = everything(place)
    called = call("train", *arguments)
    assert_one_line(called, said, "`lexiscope train --help`", code=2)
    assert everything(place) == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--vector-size", "0"], "vector_size is 0; expected a whole number from 1 to 100,000"),
        (["--vector-size", "-3"], "vector_size is -3"),
        (["--window", "0"], "window is 0; expected a whole number from 1"),
        (["--window", "-1"], "window is -1"),
        (["--epochs", "0"], "epochs is 0; expected a whole number from 1"),
        (["--epochs", "-1"], "epochs is -1"),
        (["--negative", "0"], "negative is 0"),
        (["--alpha", "nan"], "alpha is nan"),
        (["--min-alpha", "1"], "min_alpha is 1"),
        (["--workers", "0"], "workers is 0; expected a whole number from 1 to 1,024"),
        (["--workers", "5000"], "workers is 5000"),
        (["--architecture", "glove"], "architecture is 'glove'; expected one of skipgram, cbow"),
        (["--loss", "hinge"], "loss is 'hinge'; expected one of negative, hierarchical, softmax"),
        (["--order", "random"], "order is 'random'"),
        (["--tokenizer", "missing.json"], "missing.json"),
        (["--stopwords", "missing.txt"], "missing.txt: no such file"),
        (["--keep", "binary.txt"], "binary.txt, byte 3: is not UTF-8"),
        (["--min-count", "-1"], "min_count is -1"),
        (["--max-vocab", "0"], "max_final_vocab is 0"),
    ],
)
def test_options_out_of_range(
    call: Any, text: Path, place: Path, options: list[str], said: str
) -> None:
    Path("binary.txt").write_bytes(b"one\xff\n")
    before = everything(place)
    called = call("train", text, "-o", "model", *options)
    assert_one_line(called, said)
    assert len(called.err.splitlines()) == 1, "nothing was read before"
    assert everything(place) == before


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("missing.txt", None, ("missing.txt: no such file",)),
        ("empty.txt", b"", ("the corpus is empty", "one sentence a line")),
        ("blank.txt", b"\n \n\t\n", ("the corpus is empty", "held no word")),
        (
            "rare.txt",
            b"one two three\n two three\n three\n",
            ("min_count; the commonest: 'three' 3×, 'two' 2×, 'one' 1×", "set min_count to 3"),
        ),
        (
            "binary.txt",
            b"some words\n" + bytes(range(256)),
            ("binary.txt: NUL byte at offset 11", "binary file"),
        ),
        (
            "latin.txt",
            "some words\nund schöne Grüße\n".encode("latin-1"),
            ("latin.txt: byte 0xf6 at offset 18 is not UTF-8", "in cp1252", "--encoding"),
        ),
        ("wide.txt", "some words in Windows' UTF-16\n".encode("utf-16"), ("wide.txt", "UTF-16")),
        ("cut.gz", gzip.compress(b"some words\n" * 50, mtime=0)[:-9], ("cut.gz",)),
        ("apart.txt", b"word\n" * 9, ("no two neighbouring words",)),
    ],
)
def test_a_text_that_is_none(
    call: Any, place: Path, name: str, content: bytes | None, said: tuple[str, ...]
) -> None:
    if content is not None:
        Path(name).write_bytes(content)
    before = everything(place)
    assert_one_line(call("train", name, "-o", "model", "--workers", 1), *said)
    assert everything(place) == before


@pytest.mark.parametrize("kind", ["folder", "file", "file above"])
def test_an_output_path_that_is_taken(call: Any, text: Path, place: Path, kind: str) -> None:
    target = Path("taken")
    if kind == "folder":
        target.mkdir()
        (target / "precious.txt").write_text("notes")
        said = "taken exists and is not a model folder"
    elif kind == "file":
        target.write_text("notes")
        said = "taken exists and is a file"
    else:
        target.write_text("notes")
        target, said = target / "model", "is a file, expected a folder"
    before = everything(place)
    called = call("train", text, "-o", target, *QUICK)
    assert_one_line(called, said)
    assert len(called.err.splitlines()) == 1, "nothing was read before"
    assert everything(place) == before


def test_a_softmax_over_too_many_words(call: Any, text: Path, place: Path) -> None:
    before = everything(place)
    options = ["--loss", "softmax", "--min-count", "1", "--vector-size", "100000"]
    many = Path("many.txt")
    many.write_text("".join(f"w{i} w{i + 1}\n" for i in range(200)))
    called = call("train", many, "-o", "model", *options)
    assert_one_line(called, "201 words × 100000 dimensions", "use negative sampling")
    many.unlink()
    assert everything(place) == before


def test_an_exploding_run_keeps_a_good_state_or_nothing(call: Any, text: Path, place: Path) -> None:
    before = everything(place)
    options = ["--architecture", "cbow", "--cbow-sum", "--alpha", 90, "--sample", 0]
    called = call("train", text, "-o", "model", *QUICK, *options)
    assert called.code == 1
    assert called.out == ""
    assert called.said[-1].startswith("lexiscope: error: training diverged in epoch 1 at step ")
    assert "try 22.5, or cbow_mean" in called.said[-1]
    kept = everything(place).keys() - before.keys()
    assert kept in (set(), {f"work/{name}" for name in MODEL})
    if kept:
        assert np.isfinite(lexiscope.load("model").vectors).all()
        assert np.isfinite(lexiscope.load("model").output_vectors).all()


# A full disk


LIMITED = """
import resource, sys
from lexiscope.cli.main import main
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("limit", "said"),
    [
        # The ids take 960 words × 4 bytes; W and W′ take 2 × 11 × 1,000 × 4.
        (
            40_000,
            "model could not be written: File too large: 40.1 kB of 88.0 kB were written, and",
        ),
        (1_000, "File too large"),
    ],
    ids=["model", "ids"],
)
def test_a_full_disk_leaves_nothing(
    call: Any, text: Path, place: Path, limit: int, said: str
) -> None:
    # Compiled here, so that no kernel need be written to the full disk.
    assert call("train", text, "-o", "model", *QUICK).code == 0
    before = everything(place)
    options = [*QUICK, "--vector-size", "1000", "--overwrite"]
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(limit), "train", str(text), "-o", "model", *options],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert_one_line(Called(done.returncode, done.stdout, done.stderr), said)
    assert everything(place) == before, "the old model stands, and nothing else"


# Ctrl-C


def start_on_a_terminal(*arguments: object) -> tuple[subprocess.Popen[bytes], int]:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command(*arguments), stderr=theirs, env=os.environ | {"COLUMNS": "300", "TERM": "xterm"}
    )
    os.close(theirs)
    return process, ours


def read_until(terminal: int, part: bytes | None, seconds: float = PATIENCE) -> bytes:
    """What is shown until a part of it comes up, or until the end."""
    shown, until = b"", time.monotonic() + seconds
    while (part is None or part not in shown) and time.monotonic() < until:
        try:
            more = os.read(terminal, 4096)
        except OSError:  # a terminal's end, when the last program has closed it
            break
        if not more:
            break
        shown += more
    return shown


@pytest.mark.slow
def test_ctrl_c_in_mid_run_keeps_what_there_is(text: Path, place: Path) -> None:
    # A text that keeps the threads busy: a small one leaves most of the time to bookkeeping, and
    # Ctrl-C in the middle of that keeps no inexact state.
    text.write_text(text.read_text() * 300)
    long = ["--vector-size", 8, "--epochs", 100_000, "--min-count", 1, "--workers", 2]
    process, terminal = start_on_a_terminal("train", text, "-o", "model", *long)
    shown = read_until(terminal, b"alpha 0.0")
    assert re.search(rb"training.*%.*words/s.*loss.*alpha.*left", shown), "the live line"
    process.send_signal(signal.SIGINT)
    said = read_until(terminal, None).decode()
    assert process.wait(PATIENCE) == 130
    os.close(terminal)
    assert "Traceback" not in said
    assert re.search(r"lexiscope: stopped at \d+\.\d% of the run", said)
    assert "kept model/checkpoint/000001; go on with: lexiscope train … --resume model" in said
    assert sorted(path.name for path in place.iterdir()) == ["model", "text.txt"]
    with pytest.raises(FormatError, match=r"a run that was stopped.*--resume model.*000001"):
        lexiscope.load("model")
    vectors = lexiscope.load("model/checkpoint/000001")
    assert np.isfinite(vectors.vectors).all()
    assert vectors.metadata["result"]["finished"] is False
    assert 0 < vectors.metadata["result"]["share"] < 1


def stop_in_training(share: float) -> Any:
    def train_run(run: Any, *_: Any, **__: Any) -> None:
        run.state.share = share
        raise Interrupted(share, exact=share != 0.75)

    return train_run


def test_ctrl_c_leaves_a_finished_model_as_it_was(
    call: Any, text: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call("train", text, "-o", "model", *QUICK).code == 0
    before = everything(place)
    monkeypatch.setattr("lexiscope.training.session.train_run", stop_in_training(0.25))
    called = call("train", text, "-o", "model", *QUICK, "--overwrite")
    assert (called.code, called.out) == (130, "")
    assert called.said == [
        "lexiscope: stopped at 25.0% of the run",
        "kept model/checkpoint/000001; go on with: lexiscope train … --resume model",
    ]
    after = everything(place)
    assert {name: after[name] for name in before} == before
    assert all("/model/checkpoint" in name for name in after.keys() - before.keys())


def test_ctrl_c_between_two_lines_of_bookkeeping_keeps_no_inexact_state(
    call: Any, text: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(place)
    monkeypatch.setattr("lexiscope.training.session.train_run", stop_in_training(0.75))
    called = call("train", text, "-o", "model", *QUICK)
    assert called.said == ["lexiscope: stopped at 75.0% of the run", "nothing was kept"]
    assert everything(place) == before


def test_ctrl_c_at_the_start_keeps_no_random_vectors(
    call: Any, text: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(place)
    monkeypatch.setattr("lexiscope.training.session.train_run", stop_in_training(0.0))
    called = call("train", text, "-o", "model", *QUICK)
    assert called.code == 130
    assert called.said == ["lexiscope: stopped at 0.0% of the run", "nothing was kept"]
    assert everything(place) == before


def test_ctrl_c_while_reading(
    call: Any, text: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def press(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    before = everything(place)
    monkeypatch.setattr("lexiscope.corpus.encode.recode_pieces", press, raising=False)
    monkeypatch.setattr("lexiscope.corpus.passes.recode.recode_pieces", press)
    called = call("train", text, "-o", "model", *QUICK)
    assert called.code == 130
    assert called.said == ["lexiscope: stopped while reading the text; nothing was kept"]
    assert everything(place) == before


@pytest.mark.parametrize("taken", [False, True])
def test_ctrl_c_while_writing(
    call: Any, text: Path, place: Path, monkeypatch: pytest.MonkeyPatch, taken: bool
) -> None:
    if taken:
        assert call("train", text, "-o", "model", *QUICK).code == 0
    before = everything(place)
    write = safetensors_file.write_matrices

    def write_and_press(*arguments: Any, **options: Any) -> None:
        write(*arguments, **options)
        raise KeyboardInterrupt

    monkeypatch.setattr(safetensors_file, "write_matrices", write_and_press)
    called = call("train", text, "-o", "model", *QUICK, "--overwrite")
    assert called.code == 130
    assert called.said == ["lexiscope: stopped while writing model; nothing of it was kept"]
    assert everything(place) == before


def test_a_diverged_run_keeps_its_last_good_state(
    call: Any, text: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def diverge(run: Any, *_: Any, **__: Any) -> None:
        run.state.share = 0.5
        raise DivergedError("training diverged in epoch 3", kept=0.5)

    monkeypatch.setattr("lexiscope.training.session.train_run", diverge)
    called = call("train", text, "-o", "model", *QUICK)
    assert called.code == 1
    assert called.said == [
        "kept the last good state, model/checkpoint/000001",
        "lexiscope: error: training diverged in epoch 3",
    ]
    assert lexiscope.load("model/checkpoint/000001").metadata["result"]["share"] == 0.5
    before = everything(place)
    again = call("train", text, "-o", "model", *QUICK)
    assert_one_line(again, "model holds a run that was stopped", "--resume model", "remove")
    assert everything(place) == before


# The demo


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_the_demos_answers_make_sense(call: Any, place: Path, seed: int) -> None:
    document = call("demo", "--seed", seed, "--json").json
    assert document["total"] == 5
    assert document["correct"] >= 4
    assert "queen" in list(document["neighbors"]["king"])[:3]
    assert sum(answer["correct"] for answer in document["analogies"]) == document["correct"]
    assert document["result"]["finished"] is True
    assert list(everything(place)) == ["tmp", "work"], "nothing stays"


def test_the_demo_shows_what_it_found(call: Any, place: Path) -> None:
    done = call("demo", "--no-serve")
    assert done.code == 0
    assert re.search(r"^king +queen 0\.\d\d ", done.out, re.MULTILINE)
    assert re.search(r"^king − man \+ woman +queen +✓$", done.out, re.MULTILINE)
    assert re.search(r"^[45] of 5 analogies hold$", done.out, re.MULTILINE)
    assert "lexiscope-demo-" not in done.out, "a folder that is gone is not named"


def test_the_demo_keeps_its_model_where_asked(call: Any, place: Path) -> None:
    assert "model        kept (" in call("demo", "-o", "kept", "--no-serve").out
    assert len(lexiscope.load("kept")) == 96
    Path("notes").mkdir()
    Path("notes", "thesis.txt").touch()
    assert_one_line(call("demo", "-o", "notes"), "notes exists and is not a model folder")


def test_the_demo_stopped_by_ctrl_c(
    call: Any, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lexiscope.training.session.train_run", stop_in_training(0.5))
    called = call("demo", "--no-serve")
    assert called.code == 130
    assert called.said == ["lexiscope: stopped at 50.0% of the run", "nothing was kept"]
    assert list(everything(place)) == ["tmp", "work"]


def test_the_errors_are_of_one_family() -> None:
    assert issubclass(DivergedError, LexiscopeError)
    assert issubclass(Interrupted, KeyboardInterrupt)


def test_what_neighbours_changed_is_said_once_where_it_is_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    from lexiscope.cli.shared.job import _explained
    from lexiscope.progress import Progress

    passed: list[Progress] = []
    show = _explained(passed.append)
    plain = Progress(stage="training", done=1, total=2, unit="words", rate=1.0, remaining=1.0)
    with_it = replace(plain, values={"neighbours_changed": 0.25})
    for report in (plain, with_it, with_it):
        show(report)
    assert passed == [plain, with_it, with_it]
    (line,) = capsys.readouterr().err.splitlines()
    assert "the 10 nearest words of each of the 200 most frequent" in line
