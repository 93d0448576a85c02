"""Help in groups, and completion in a shell."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from typer.main import get_command

from lexiscope.cli.application import COMMANDS, build_app
from lexiscope.cli.shared.help import MODEL, OPTIMISATION, RUN, TEXT


def help_of(*words: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    build_app()(args=[*words, "--help"], prog_name="lexiscope", standalone_mode=False)
    return capsys.readouterr().out.splitlines()


def test_every_command_stands_in_its_group(capsys: pytest.CaptureFixture[str]) -> None:
    lines = help_of(capsys=capsys)
    for command in COMMANDS:
        place = next(n for n, line in enumerate(lines) if line.startswith(f"  {command.name} "))
        heads = [line for line in lines[:place] if line.endswith(":") and line[0] != " "]
        assert heads[-1] == f"{command.group}:"


def test_the_options_of_training_stand_in_groups(capsys: pytest.CaptureFixture[str]) -> None:
    lines = help_of("train", capsys=capsys)
    heads = [line for line in lines if line.endswith(":") and line[:1].strip()]
    assert heads == [
        "Arguments:",
        f"{TEXT}:",
        f"{MODEL}:",
        f"{OPTIMISATION}:",
        f"{RUN}:",
        "Options:",
    ]
    left = lines[lines.index("Options:") + 1 :]
    assert [line.split()[0].rstrip(",") for line in left if line.startswith("  -")] == [
        "--overwrite",
        "--json",
        "-h",
    ]


@pytest.mark.parametrize(
    ("typed", "word", "offered"),
    [("lexiscope nei", 1, {"neighbors"}), ("lexiscope train --wi", 2, {"--window"})],
)
def test_a_shell_is_offered_what_fits(typed: str, word: int, offered: set[str]) -> None:
    asked = {"_LEXISCOPE_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(word)}
    done = subprocess.run(
        [sys.executable, "-m", "lexiscope"],
        env={**os.environ, **asked},
        capture_output=True,
        text=True,
        check=False,
    )
    assert set(done.stdout.split()) == offered


def test_no_command_hides_an_option(capsys: pytest.CaptureFixture[str]) -> None:
    commands = get_command(build_app()).commands  # type: ignore[attr-defined]
    for name, command in commands.items():
        told = "\n".join(help_of(name, capsys=capsys))
        for parameter in command.params:
            assert parameter.param_type_name == "argument" or parameter.opts[-1] in told


def test_a_command_is_built_without_the_others() -> None:
    code = (
        "import sys; from lexiscope.cli.main import main; main(['info', '--help']);"
        "print([name for name in sys.modules if name.startswith('lexiscope.cli.commands.')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "['lexiscope.cli.commands.info']"
