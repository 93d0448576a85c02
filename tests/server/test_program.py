"""The code view: every line that is spoken of is there, every command to try runs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

import lexiscope
from lexiscope.cli import main as cli
from lexiscope.cli.commands.serve import trainers_options
from lexiscope.replay.config import RecordConfig
from lexiscope.server import program
from lexiscope.server.options import meanings
from lexiscope.training.config import TrainingConfig

PACKAGE = Path(lexiscope.__file__).parent
VIEWS = ("blueprint", "walkthrough", "journey", "weights", "code", "explore")


def test_the_sections_are_those_of_the_program() -> None:
    keys = [section.key for section in program.sections()]
    assert keys == [
        *("corpus", "pairs", "model", "loop", "recording", "projection"),
        "command-line",
    ]


def test_every_part_is_the_source_as_it_stands() -> None:
    parts = [part for section in program.sections() for part in section.parts]
    for part in [*parts]:
        lines = (PACKAGE / part.path).read_text(encoding="utf-8").splitlines()
        shown = [line.text for line in part.lines]
        assert lines[part.first_line - 1 : part.first_line - 1 + len(shown)] == shown
        assert re.search(rf"\b(def|class) {part.name.split('.')[-1]}\b", "\n".join(shown))


def test_about_sixty_lines_are_explained() -> None:
    notes = [
        line.note
        for section in program.sections()
        for part in section.parts
        for line in part.lines
        if line.note is not None
    ]
    assert len(notes) >= 60
    assert all(note.strip().endswith((".", "?")) and len(note) > 20 for note in notes)


def test_every_line_of_the_model_is_explained() -> None:
    model = program.model_lines()
    assert all(line.note for line in model.lines if line.text.strip())
    assert model.lines[0].text == "class SkipGram(nn.Module):"


def links() -> set[str]:
    """All addresses that the code view and the model's lines lead to."""
    found = {line.link for line in program.model_lines().lines}
    for section in program.sections():
        found |= {address for _, address in section.links}
        found |= {line.link for part in section.parts for line in part.lines}
    return {link for link in found if link is not None}


def test_every_link_leads_to_a_view() -> None:
    assert all(section.title and section.summary for section in program.sections())
    assert len(links()) > 10
    for link in links():
        assert re.fullmatch(rf"#/({'|'.join(VIEWS)})(\?(at=[a-z-]+|step=\d+))?", link), link


def test_every_link_leads_to_a_section_that_the_view_has() -> None:
    views = Path(__file__).parents[2] / "web" / "src" / "views"
    if not views.is_dir():
        pytest.skip("this copy has no web/")
    for link in links():
        view, _, section = link.removeprefix("#/").partition("?at=")
        source = "".join(
            file.read_text(encoding="utf-8")
            for file in sorted((views / view).rglob("*"))
            if file.suffix in (".svelte", ".ts")
        )
        named = f'id="{section}"' in source or f"'{section}'" in source
        assert "?at=" not in link or named, link


@pytest.mark.parametrize(
    ("name", "notes", "said"),
    [
        ("lexiscope.reference:Nothing", [], "0 times"),
        ("lexiscope.reference:SkipGram", [{"line": "x = 1", "note": "n"}], "0 times"),
        ("lexiscope.reference:SkipGram.forward.more", [], "0 times"),
    ],
)
def test_what_is_no_longer_there_is_said(name: str, notes: list[dict[str, str]], said: str) -> None:
    with pytest.raises(LookupError, match=said):
        program._part({"source": name, "notes": notes})


# Options


def test_every_option_of_both_commands_is_listed_with_its_default() -> None:
    options = {(one.command, one.name): one for one in trainers_options()}
    assert options["record", "--vector-size --dim"].default == "8; next-word: 16"
    assert options["record", "--window"].default == "3"
    assert options["train", "--negative"].default == "5"
    assert options["train", "--lowercase"].default == "off"
    assert options["train", "--resume"].default == ""
    assert len(options) > 40
    assert all(one.help for one in options.values())


@pytest.mark.parametrize("config", [RecordConfig, TrainingConfig])
def test_every_training_option_has_a_meaning(config: type) -> None:
    known = meanings(config)
    assert set(config().to_json()) <= set(known)
    assert all(len(text) > 10 and "  " not in text for text in known.values())


# Experiments


def test_there_are_experiments_to_try() -> None:
    assert len(program.experiments()) >= 6


@pytest.mark.parametrize("number", range(len(program.experiments())))
def test_an_experiment_runs_as_it_stands(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = program.experiments()[number]
    assert experiment.title and experiment.expect.endswith(".")
    monkeypatch.chdir(tmp_path)
    program_name, *arguments = shlex.split(experiment.command)
    assert program_name == "lexiscope"
    # A few steps show that the options are right; the last of a repeated option counts.
    assert cli.main([*arguments, "--steps", "20", "--json"]) == 0
    assert any(tmp_path.iterdir())
