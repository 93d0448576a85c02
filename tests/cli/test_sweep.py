"""Every command on bad inputs of every kind: one line, no traceback, nothing written.

Here each call meets a tenth of them, another one each time; `python -m tests.reliability zoo` lets
each meet all.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import typer

from lexiscope.cli.application import COMMANDS, build_app
from tests.support import sweep, zoo
from tests.support.calling import Called
from tests.support.patience import PATIENCE
from tests.support.zoo import HOSTILE_WORDS

PARTS = 10
# Arguments and options that take a text which is no input file.
TARGETS = {"out", "target", "repair", "mix"}
NO_FILES = {
    *("architecture", "loss", "optimizer", "schedule", "order", "cbow_update", "precision", "pca"),
    *("word", "words of neighbors", "a", "b", "positive", "negative", "special", "oov", "to"),
    *("dtype", "device", "layers", "combine", "pooling", "split", "reduce", "matrix", "tensor"),
    *(
        "checkpoint_every",
        "cluster",
        "host",
        "title",
        "words of stability",
        "words of compare",
        "phrase_scoring",
        "subwords",
    ),
    *("encoding", "kind of postprocess", "sentences", "values", "masking"),
    *("sentence of attention", "postprocess of layers", "column", "read_as", "method of map"),
    "method of senses",
    *("kind of plot", "words of plot", "sentence of plot"),
}


@pytest.fixture(scope="module")
def animals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return zoo.make(tmp_path_factory.mktemp("zoo"))


@pytest.fixture(scope="module")
def goods(tmp_path_factory: pytest.TempPathFactory) -> sweep.Goods:
    return sweep.make_goods(tmp_path_factory.mktemp("good"), pretrained=True)


def commands() -> dict[str, Any]:
    group: Any = typer.main.get_command(build_app())
    found: dict[str, Any] = group.commands
    return found


def test_no_command_and_no_input_is_forgotten() -> None:
    assert set(sweep.CALLS) == {command.name for command in COMMANDS} == set(commands())
    missing = []
    for name, command in commands().items():
        called = {part for call in sweep.CALLS[name] for part in _filled(command, call)}
        for parameter in command.params:
            known = {parameter.name, f"{parameter.name} of {name}"} & (TARGETS | NO_FILES | called)
            if parameter.name in _texts(name) and not known:
                missing.append(f"{name}: {parameter.name}")
    assert missing == [], "give each a call in tests/support/sweep.py, or say that it is no file"


def _texts(command: str) -> set[str]:
    """The parameters of a command that are text, or several."""
    function = getattr(import_module(f"lexiscope.cli.commands.{command}"), command)
    hints = get_type_hints(function)
    return {name for name, hint in hints.items() if str in (hint, *_parts(hint))}


def _parts(hint: Any) -> list[Any]:
    return [part for inner in get_args(hint) for part in (inner, *_parts(inner))]


def _filled(command: Any, call: list[str]) -> set[str]:
    """The parameter that has the bad input in a call."""
    place = call.index(sweep.BAD)
    before = call[place - 1] if place else ""
    options = {name: one.name for one in command.params for name in one.opts}
    if before in options:
        return {options[before]}
    arguments = [one.name for one in command.params if one.param_type_name == "argument"]
    plain = [part for part in call[:place] if part[:1] == "{"]
    return {arguments[min(len(plain), len(arguments) - 1)]}


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [name for name in sweep.CALLS if sweep.CALLS[name]],
)
def test_bad_inputs_are_told_in_a_line(
    command: str,
    animals: dict[str, str],
    goods: sweep.Goods,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    folder = Path(animals["junk"]).parent
    faults = []
    for number, call in enumerate(sweep.CALLS[command]):
        first = (number + list(sweep.CALLS).index(command)) % PARTS
        met = dict(list(animals.items())[first::PARTS])
        faults += sweep.sweep(command, call, goods, met, folder)
    assert faults == []


def test_the_zoo_is_large(animals: dict[str, str]) -> None:
    assert len(animals) >= 100


def test_no_pickle_was_obeyed() -> None:
    assert not Path("/tmp/lexiscope-was-here").exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["pipe", "loop", "deep.json", "odd \x1b[31m name.txt", "memory"])
def test_in_processes_of_their_own_it_is_the_same(name: str, animals: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lexiscope", "check", animals[name]],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.count("\n") == 1 and sweep.RAW.search(done.stderr.strip("\n")) is None


# Words that are there, and hostile


@pytest.fixture(scope="module")
def hostile(animals: dict[str, str]) -> str:
    return animals["hostile words.txt"]


PRINTING = {
    "info": ["info", "{file}"],
    "check": ["check", "{file}"],
    "neighbors": ["neighbors", "{file}", HOSTILE_WORDS[0], HOSTILE_WORDS[5]],
    "analogy": [
        "analogy",
        "{file}",
        "--positive",
        *HOSTILE_WORDS[:2],
        "--negative",
        HOSTILE_WORDS[2],
    ],
    "unknown": ["similarity", "{file}", "\x1b[31mre", "b"],
    "convert": ["convert", "{file}", "{out}"],
}


@pytest.mark.parametrize("arguments", PRINTING.values(), ids=PRINTING)
def test_hostile_words_are_shown_escaped_and_cut(
    arguments: list[str], hostile: str, call: Callable[..., Called], tmp_path: Path
) -> None:
    filled = [part.format(file=hostile, out=tmp_path / "model") for part in arguments]
    told = call(*filled)
    assert "Traceback" not in told.err
    for text in (told.out, told.err):
        assert sweep.RAW.search(text) is None
        assert all(len(line) < 1500 for line in text.splitlines())
    if arguments[0] in ("neighbors", "analogy"):
        assert "\\x1b[31mred" in told.out


def test_json_has_the_true_words_and_nothing_raw(hostile: str, call: Callable[..., Called]) -> None:
    told = call("neighbors", hostile, HOSTILE_WORDS[0], "--json", "-n", "10")
    assert sweep.RAW.search(told.out) is None
    found = [near["word"] for near in told.json["results"][0]["neighbors"]]
    assert set(found) == set(HOSTILE_WORDS) - {HOSTILE_WORDS[0]}


# The process's own streams


def in_shell(line: str, **environment: str) -> subprocess.CompletedProcess[str]:
    import os

    return subprocess.run(
        ["bash", "-c", line.replace("lexiscope", f"{sys.executable} -m lexiscope")],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("lexiscope --version >&-", 0, ""),
        ("lexiscope --version > /dev/full", 1, "standard output: No space left on device"),
        ("lexiscope --version 2>&-", 0, ""),
        ("lexiscope check nothing 2> /dev/full", 1, ""),
        ("lexiscope info nothing 2>&- >&- <&-", 1, ""),
        ("lexiscope train - -o never <&-", 1, "lexiscope: error: the corpus is empty"),
        ("set -o pipefail; lexiscope info --help | true", 1, ""),
    ],
)
def test_a_stream_that_fails_is_no_traceback(
    line: str, code: int, said: str, tmp_path: Path
) -> None:
    done = in_shell(f"cd {tmp_path}; {line}")
    assert done.returncode in (code, 0 if "true" in line else code)
    assert said in done.stderr
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_list_may_come_out_of_a_pipe_that_somebody_writes_to(goods: sweep.Goods) -> None:
    model, pairs = goods.paths["model"], goods.paths["pairs"]
    done = in_shell(f"lexiscope evaluate {model} --pairs <(cat {pairs})")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_waiting_for_a_pipe_ends_with_ctrl_c(animals: dict[str, str], tmp_path: Path) -> None:
    import signal

    command = [sys.executable, "-m", "lexiscope", "train", animals["pipe"], "-o", tmp_path / "m"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while "reading" not in process.stderr.readline():
            pass
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130 and "Traceback" not in told
