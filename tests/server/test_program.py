"""The code view: every line that is spoken of is there, every command to try runs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import numpy as np
import pytest

import lexiscope
from lexiscope.cli import main as cli
from lexiscope.cli.commands.serve import trainers_options
from lexiscope.inspection import Recording
from lexiscope.replay.config import RecordConfig
from lexiscope.server import program
from lexiscope.server.options import meanings
from lexiscope.server.payloads.program import ProgramSection
from lexiscope.server.script import flags_of
from lexiscope.training.config import TrainingConfig
from lexiscope.training.losses.names import FEWEST_NEGATIVES
from lexiscope.vectors import KeyedVectors

PACKAGE = Path(lexiscope.__file__).parent
VIEWS = ("blueprint", "walkthrough", "journey", "weights", "code", "explore")


def kinds() -> list[tuple[str, frozenset[str]]]:
    """Every kind of training whose source is shown: the command, and the run's flags."""
    recorded = [
        (
            "record",
            frozenset(flags_of(RecordConfig(architecture=who, loss=loss, optimizer=optimizer))),
        )
        for who in ("skipgram", "cbow", "next-word")
        for loss in FEWEST_NEGATIVES
        for optimizer in ("sgd", "adam")
    ]
    losses = [*FEWEST_NEGATIVES, "negative+hierarchical"]
    trained = [
        ("train", program.trained_flags({"architecture": who, "loss": loss}))
        for who in ("skipgram", "cbow")
        for loss in losses
    ]
    return [*recorded, *trained]


def all_sections() -> list[ProgramSection]:
    """The sections of every kind."""
    return [section for kind in kinds() for section in program.sections(*kind)]


def names(origin: str, **options: str) -> set[str]:
    """The functions that are shown of a run's kernels."""
    if origin == "record":
        flags = frozenset(flags_of(RecordConfig(**options)))  # type: ignore[arg-type]
    else:
        flags = program.trained_flags(options)
    return {part.name for section in program.sections(origin, flags) for part in section.parts}


def test_each_kind_shows_the_functions_that_it_runs_and_no_others() -> None:
    softmax, tree = names("record"), names("record", loss="hierarchical")
    assert {"_softmax_errors", "_softmax_sgd", "_move_sgd"} <= softmax
    assert not softmax & {"_slots_sgd", "_descend", "draw_negatives", "_merged", "_softmax_adam"}
    assert {"_slots_sgd", "_slot_sgd", "_merged"} <= tree
    assert not tree & {"_softmax_errors", "_softmax_sgd", "draw_negatives", "log_noise"}
    adam = names("record", loss="nce", optimizer="adam")
    assert {"_slot_adam", "_move_adam", "_descend", "draw_negatives", "log_noise"} <= adam
    assert not adam & {"_slot_sgd", "_move_sgd", "_softmax_adam"}
    trained = names("train", architecture="cbow", loss="negative")
    assert {"_grouped_cbow", "draw_negatives", "initial_rows"} <= trained
    assert not trained & {"_grouped_skipgram", "softmax_step", "run_steps", "encode_text"}
    assert "softmax_step" in names("train", loss="softmax")
    assert {"draw_negatives", "_merged"} <= names("train", loss="negative+hierarchical")


def test_every_part_is_the_source_as_it_stands() -> None:
    parts = {part.name: part for section in all_sections() for part in section.parts}.values()
    assert len(parts) > 30
    for part in parts:
        lines = (PACKAGE / part.path).read_text(encoding="utf-8").splitlines()
        shown = [line.text for line in part.lines]
        assert lines[part.first_line - 1 : part.first_line - 1 + len(shown)] == shown
        assert re.search(rf"\b(def|class) {part.name.split('.')[-1]}\b", "\n".join(shown))


def test_every_kind_has_notes_enough() -> None:
    for kind in kinds():
        parts = [part for section in program.sections(*kind) for part in section.parts]
        assert parts and all(any(line.note for line in part.lines) for part in parts), kind
    notes = {
        line.note
        for section in all_sections()
        for part in section.parts
        for line in part.lines
        if line.note is not None
    }
    assert len(notes) >= 60
    assert all(note.strip().endswith((".", "?")) and len(note) > 20 for note in notes)


def links() -> set[str]:
    """All addresses that the source's notes lead to."""
    found: set[str | None] = set()
    for section in all_sections():
        found |= {address for _, address in section.links}
        found |= {line.link for part in section.parts for line in part.lines}
    return {link for link in found if link is not None}


def test_every_link_leads_to_a_view() -> None:
    assert all(section.title and section.summary for section in all_sections())
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


@pytest.mark.parametrize(
    ("training", "expected"),
    [
        ({}, "lexiscope train TEXT -o model"),
        (
            {"architecture": "cbow", "alpha": 0.05, "shrink_windows": False, "cbow_mean": False},
            "lexiscope train TEXT -o model --architecture cbow --no-shrink-windows --cbow-sum",
        ),
        (
            {"vector_size": 50, "subwords": [3, 6], "buckets": 1000},
            "lexiscope train TEXT -o model --vector-size 50 --subwords 3-6 --buckets 1000",
        ),
        ({"loss": "negative+hierarchical"}, None),
        ({"of_another_version": 1}, None),
    ],
)
def test_the_command_that_trains_a_model_again(
    training: dict[str, object], expected: str | None
) -> None:
    assert program.train_command({"training": training}) == expected


@pytest.mark.slow
def test_the_command_is_one_that_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("TEXT").write_text("a b c d a b c d\n" * 40)
    options = {"vector_size": 8, "epochs": 1, "window": 2, "architecture": "cbow"}
    options |= {"cbow_mean": False, "shrink_windows": False, "sample": 0.0}
    wanted = {"training": options, "vocabulary": {"effective_min_count": 2}}
    command = program.train_command(wanted)
    assert command is not None
    assert cli.main([*shlex.split(command)[1:], "--json"]) == 0
    trained = KeyedVectors.load(tmp_path / "model").metadata
    assert options.items() <= trained["training"].items()
    assert program.train_command(trained) == command


# Experiments


def test_there_are_experiments_to_try() -> None:
    assert len(program.experiments()) >= 6


def test_experiments_tell_figures_of_what_is_open_and_no_others(recording: Recording) -> None:
    loss = float(np.mean(recording.run.losses[-500:]))
    own, alone = program.experiments(recording), program.experiments()
    for told, plain in zip(own, alone, strict=True):
        assert plain.beside == ""
        # Results of a run that nobody has seen are foretold nowhere.
        assert not re.search(r"\b(falls|fail|jumps|differ|nears|hardly)\b", told.expect), told.title
        assert told.expect == plain.expect
        assert f" of {loss:.3f} in its last " in told.beside
    assert f"{recording.config.vector_size} numbers a word" in own[0].beside
    assert f"{recording.steps:,} steps" in own[2].beside


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
