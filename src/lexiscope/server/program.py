"""What trained a run or model, for people: the project's own source, with notes on lines.

What is shown and said stands in `program.toml`. A function is named by module and qualified name,
a line by its text, never by its number, so the source can move; where a name or a line is no longer
there, `sections` says so, and a test asks it.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import numpy as np

from lexiscope.corpus import VocabularyOptions
from lexiscope.errors import ConfigError
from lexiscope.inspection import Recording, json_steps
from lexiscope.inspection.chosen_steps import reference_steps
from lexiscope.inspection.history import SMOOTHED_STEPS
from lexiscope.server.payloads.program import (
    CapturedField,
    CodeLine,
    Experiment,
    Model,
    ProgramSection,
    RecordingPlan,
    SourcePart,
)
from lexiscope.server.problems import NothingToShowError
from lexiscope.server.script import FILE_NAME, flags_of, script_of
from lexiscope.training.config import TrainingConfig


@cache
def sections(origin: str, flags: frozenset[str]) -> list[ProgramSection]:
    """The sections of what a command runs, in the order to read them.

    Args:
        origin: `record` or `train`.
        flags: Of the run: what stands under `when`.

    Raises:
        LookupError: `program.toml` names a function or a line that is not there, or not once.
    """
    return [
        ProgramSection(
            key=section["key"],
            title=section["title"],
            summary=section["summary"],
            parts=[_part(part) for part in section["parts"] if flags >= set(part.get("when", ()))],
            links=section["links"],
        )
        for section in _descriptions()["section"]
        if section["origin"] == origin
    ]


def recorded_flags(recording: Recording) -> frozenset[str]:
    """What a recorded run's options are called under `when`."""
    return frozenset(flags_of(recording.config))


def trained_flags(training: Mapping[str, Any]) -> frozenset[str]:
    """The same of a model that `lexiscope train` or the estimator trained.

    Args:
        training: Its options, as config.json keeps them.
    """
    losses = str(training.get("loss", "negative")).split("+")
    flags = {str(training.get("architecture", "skipgram")), *losses}
    flags |= {"asks"} if "softmax" not in losses else set()
    flags |= {"draws"} if {"negative", "nce"} & set(losses) else set()
    return frozenset(flags | ({"tree"} if "hierarchical" in losses else set()))


def model_lines(recording: Recording) -> Model:
    """The model of a recorded run in PyTorch, with a note on each line.

    Raises:
        NothingToShowError: The recording does not hold what its script needs.
    """
    script = script_of(recording)
    for section in () if script is None else script.sections:
        if section.key == "model":
            blank = sum(not line.text for line in section.lines[:2])
            lines = section.lines[blank:]
            return Model(path=FILE_NAME, first_line=section.first_line + blank, lines=lines)
    raise NothingToShowError("this run's recording does not hold all that its script would need")


def captured(recording: Recording) -> list[CapturedField]:
    """What is known of each step of a run, by the names of its export."""
    meanings = _meanings(recording)
    return [
        CapturedField(name=name, meaning=meanings[name], when=when)
        for names, when in _WHEN
        for name in names
    ]


_WHEN: tuple[tuple[tuple[str, ...], Literal["before", "after"]], ...] = (
    (json_steps.AFTER, "after"),
    (json_steps.BEFORE, "before"),
)


def _meanings(recording: Recording) -> dict[str, str]:
    config, run = recording.config, recording.run
    words, dim = len(run.tokens), config.vector_size
    rows = run.rule.output_rows(words)
    cbow, tree = config.architecture == "cbow", config.loss == "hierarchical"
    asked = {
        "softmax": "all words",
        "negative": "the target and the words drawn",
        "nce": "the target and the words drawn",
        "hierarchical": "the nodes on the target's way",
    }[config.loss]
    softmax = config.loss == "softmax"
    center = {"skipgram": "the center's row of W", "next-word": "the word's row of W"}
    return {
        "W": f"All of W, {words:,} × {dim}.",
        "W_prime": f"All of W′, {rows:,} × {dim}.",
        "embeddings_2d": "Each word's place on the flat picture.",
        "hidden": f"h: {center.get(config.architecture, 'the mean of the context rows of W')}.",
        "logits": f"The scores u · h of {asked}{', bias included' if run.layout.bias else ''}.",
        "probabilities": f"Of {asked}: "
        + ("the softmax of the scores." if softmax else "σ of each score."),
        "grad_v_c": "∂L/∂h, repulsion less attraction.",
        "grad_u_o": "Null: no row of W′ is the target's."
        if tree
        else "∂L/∂u of the target's row of W′.",
        "attractive_force": "What pulls h: the rows of W′ that should have had more.",
        "repulsive_force": "What pushes h: the rows of W′ that should have had less.",
        "cosine_center_context": "Of h and the center's row of W."
        if cbow
        else "Of the two words' rows of W.",
        "context_rank": f"The target's place among all {words:,} words; 1 is the likeliest.",
        "context_prob": "The target's probability"
        + (": σ of its score." if config.loss == "negative" else "."),
    }


def plan_of(recording: Recording) -> RecordingPlan:
    """Which states a recording keeps, and which steps an export has."""
    run, config = recording.run, recording.config
    return RecordingPlan(
        keyframes=len(run.states),
        spacing=run.spacing,
        keyframe_bytes=run.states.nbytes,
        dense_steps=config.dense_steps,
        interval=config.record_interval,
        exported=len(reference_steps(recording.steps, config.dense_steps, config.record_interval)),
    )


def train_command(metadata: Mapping[str, Any]) -> str | None:
    """The command that trains such a model again, with the options that are not the default.

    Returns:
        None where the command line has no such training.
    """
    try:
        config = TrainingConfig.from_json(metadata["training"])
    except (ConfigError, TypeError):
        return None  # of another version, or damaged: the page goes on without it
    if config.loss == "negative+hierarchical":
        return None
    usual = TrainingConfig(architecture=config.architecture).to_json()
    words = ["lexiscope train TEXT -o model"]
    chosen = {**config.to_json(), **_least_count(metadata)}
    for name, value in chosen.items():
        if name != "architecture" and value == usual.get(name):
            continue
        if name == "architecture" and value == "skipgram":
            continue
        words.append(_spelled(name, value))
    return " ".join(words)


def _least_count(metadata: Mapping[str, Any]) -> dict[str, int]:
    vocabulary = metadata.get("vocabulary")
    least = vocabulary.get("effective_min_count") if isinstance(vocabulary, Mapping) else None
    usual = VocabularyOptions().min_count
    return {"min_count": least} if isinstance(least, int) and least != usual else {}


def _spelled(name: str, value: Any) -> str:
    """An option as the command line takes it."""
    if name == "shrink_windows":
        return "--no-shrink-windows"
    if name == "cbow_mean":
        return "--cbow-sum"
    if name == "subwords":
        return f"--subwords {value[0]}-{value[1]}"
    return f"--{name.replace('_', '-')} {value}"


def experiments(recording: Recording | None = None) -> list[Experiment]:
    """Commands to try, each with what a recorded run has where the command differs.

    Args:
        recording: What is open. Nothing is said of any other run's results, which nobody has seen.
    """
    return [
        Experiment(
            title=one["title"],
            command=one["command"],
            expect=one["expect"],
            beside=_beside(one["beside"], recording),
        )
        for one in _descriptions()["experiment"]
    ]


def _beside(option: str, recording: Recording | None) -> str:
    """A sentence about the run that is open: its own option, and where its loss ended."""
    if recording is None:
        return ""
    config = recording.config
    named = {
        "vector_size": f"{config.vector_size:,} numbers a word",
        "alpha": f"η {config.alpha:g}",
        "steps": f"{recording.steps:,} steps",
        "window": "no window, as each word predicts the next"
        if config.architecture == "next-word"
        else f"a window of {config.window:,} to either side",
    }.get(option, f"{option} {getattr(config, option)}")
    last = min(SMOOTHED_STEPS, recording.steps)
    loss = float(np.mean(recording.run.losses[-last:]))
    return (
        f"The run that is open: {named}, and a mean loss ({config.loss}) of {loss:.3f} in its last "
        f"{last:,} steps."
    )


@cache
def _descriptions() -> dict[str, Any]:
    text = (files("lexiscope.server") / "program.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _part(description: Mapping[str, Any]) -> SourcePart:
    module, _, name = description["source"].partition(":")
    path = "/".join(module.split(".")[1:]) + ".py"
    source, tree = _parsed(path)
    first, last = _extent(tree, name, description["source"])
    lines = source[first - 1 : last]
    return SourcePart(
        path=path,
        name=name,
        first_line=first,
        lines=_annotated(lines, description.get("notes", []), description["source"]),
    )


@cache
def _parsed(path: str) -> tuple[list[str], ast.Module]:
    """A file of the package, in lines and as a tree."""
    source = files("lexiscope").joinpath(path).read_text(encoding="utf-8")
    return source.splitlines(), ast.parse(source)


def _extent(tree: ast.Module, name: str, where: str) -> tuple[int, int]:
    """The first and the last line, counted from 1, of a class or function; decorators belong."""
    nodes: Iterable[ast.stmt] = tree.body
    found: ast.ClassDef | ast.FunctionDef | None = None
    for part in name.split("."):
        named = [
            node
            for node in nodes
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == part
        ]
        if len(named) != 1:
            raise LookupError(f"{where}: {part} is there {len(named)} times, expected once")
        found = named[0]
        nodes = found.body
    if found is None or found.end_lineno is None:
        raise LookupError(f"{where}: has no end")
    return min([found.lineno, *(one.lineno for one in found.decorator_list)]), found.end_lineno


def _annotated(lines: list[str], notes: Iterable[Mapping[str, str]], where: str) -> list[CodeLine]:
    found = [CodeLine(text=line) for line in lines]
    for note in notes:
        places = [place for place, line in enumerate(lines) if line.strip() == note["line"]]
        if len(places) != 1:
            raise LookupError(f"{where}: {note['line']!r} stands there {len(places)} times")
        text = lines[places[0]]
        found[places[0]] = CodeLine(text=text, note=note["note"], link=note.get("link"))
    return found
