"""A recorded run's training as one readable script, with notes on its lines.

The script stands in `train_script.txt`, written once for all kinds of runs. Its lines are Python
but for these: `#section KEY | TITLE | SUMMARY` begins a section, `#links LABEL=ADDRESS;…` says
which views show it at work, `#if FLAG … #elif FLAG … #else … #end` keeps what a run's options have,
and `#> NOTE @ADDRESS` is about the line above it. `{name}` is filled in. What comes out does, step
by step, what the recording did: same start, same order, same words drawn. A test runs it for every
kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from textwrap import wrap

import numpy as np

from lexiscope.inspection import RecordConfig, Recording
from lexiscope.replay.text import KEPT_WORDS
from lexiscope.server.payloads.program import CodeLine, Script, ScriptSection
from lexiscope.shown import shown

FILE_NAME = "train.py"
_NAME = re.compile(r"\{(\w+)\}")
_WIDTH = 96
# The mean of so many steps at either end is what `lexiscope record` prints.
_ENDS = 500
_TITLES = {"skipgram": "Skip-gram", "cbow": "CBOW", "next-word": "Next-word prediction"}
_CLASSES = {"skipgram": "SkipGram", "cbow": "CBOW", "next-word": "NextWord"}
_INPUTS = {"skipgram": "center", "cbow": "context", "next-word": "word"}
_WHAT = {"skipgram": "a center word", "cbow": "the context's words", "next-word": "a word"}


def script_of(recording: Recording) -> Script | None:
    """The script of a run.

    Returns:
        None where the recording does not hold what it would need: all stop words of the text, or
        two words.
    """
    stopwords = [word for word, _ in recording.corpus.stopwords]
    if len(stopwords) >= KEPT_WORDS or len(recording.run.tokens) < 2:
        return None
    flags, values = flags_of(recording.config, bool(stopwords)), _values(recording, stopwords)
    sections: list[ScriptSection] = []
    number = 1
    for part in _parts(flags, values):
        sections.append(part.section(number))
        number += len(part.lines)
    return Script(file=FILE_NAME, sections=sections)


def flags_of(config: RecordConfig, stopwords: bool = False) -> set[str]:
    """What a run's options are called in the conditions of templates."""
    flags: set[str] = {config.architecture, config.loss, config.optimizer}
    flags |= {"asks"} if config.loss != "softmax" else set()
    flags |= {"draws"} if config.loss in ("negative", "nce") else set()
    if config.architecture == "cbow" and config.cbow_update == "classic":
        flags.add("classic")
    return flags | ({"stopwords"} if stopwords else set())


@dataclass
class _Part:
    """A section while it is put together."""

    key: str
    title: str
    summary: str
    links: list[tuple[str, str]] = field(default_factory=list)
    lines: list[CodeLine] = field(default_factory=list)

    def section(self, first_line: int) -> ScriptSection:
        return ScriptSection(
            key=self.key,
            title=self.title,
            summary=self.summary,
            first_line=first_line,
            lines=self.lines,
            links=self.links,
        )


def _parts(flags: set[str], values: Mapping[str, str]) -> list[_Part]:
    parts: list[_Part] = []
    for line in _kept(flags):
        bare = line.strip()
        if bare.startswith("#section "):
            key, title, summary = bare.removeprefix("#section ").split(" | ")
            parts.append(_Part(key, title, _fill(summary, values)))
        elif bare.startswith("#links "):
            pairs = [pair.split("=", 1) for pair in bare.removeprefix("#links ").split(";")]
            parts[-1].links += [(label, address) for label, address in pairs]
        elif bare.startswith("#> "):
            note, _, link = _fill(bare.removeprefix("#> "), values).partition(" @")
            text = parts[-1].lines[-1].text
            parts[-1].lines[-1] = CodeLine(text=text, note=note, link=link or None)
        else:
            parts[-1].lines += [CodeLine(text=text) for text in _fill(line, values).split("\n")]
    for part in parts:
        while not part.lines[-1].text:  # the next section's blank lines stand in it
            part.lines.pop()
    for part in parts[1:]:
        part.lines[:0] = [CodeLine(text=""), CodeLine(text="")]
    return parts


def _kept(flags: set[str]) -> Iterator[str]:
    """The template's lines under conditions that hold."""
    open_: list[tuple[bool, bool]] = []  # of each condition around: it holds; one before it did
    for line in _template():
        word, _, condition = line.strip().partition(" ")
        if word == "#if":
            open_.append((condition in flags, condition in flags))
        elif word == "#elif":
            _, done = open_.pop()
            open_.append((not done and condition in flags, done or condition in flags))
        elif word == "#else":
            _, done = open_.pop()
            open_.append((not done, True))
        elif word == "#end":
            open_.pop()
        elif all(holds for holds, _ in open_):
            yield line


@cache
def _template() -> list[str]:
    text = (files("lexiscope.server") / "train_script.txt").read_text(encoding="utf-8")
    return text.rstrip("\n").split("\n")


def _fill(text: str, values: Mapping[str, str]) -> str:
    return _NAME.sub(lambda match: values.get(match[1], match[0]), text)


def _values(recording: Recording, stopwords: list[str]) -> dict[str, str]:
    run, config = recording.run, recording.config
    return {
        "title": f"{_TITLES[config.architecture]} with {run.rule.title}",
        "text": _in_a_docstring(recording.corpus.name),
        "imports": _imports(config),
        "steps": f"{recording.steps:_}",
        "dim": str(config.vector_size),
        "rate": repr(config.alpha),
        "seed": str(config.seed),
        "window": str(config.window),
        "min_count": str(config.min_count),
        "negative": str(config.negative),
        "power": repr(config.ns_exponent),
        "precision": config.precision,
        "stopwords": _stopwords(stopwords),
        "class": _CLASSES[config.architecture],
        "input": _INPUTS[config.architecture],
        "inputs": _INPUTS[config.architecture],
        "prime_parts": "W′, and its bias." if run.layout.bias else "W′ alone: there is no bias.",
        "what": _WHAT[config.architecture],
        "printed": _printed(recording),
        **_summaries(config),
    }


def _summaries(config: RecordConfig) -> dict[str, str]:
    examples = {
        "skipgram": "A window slides over each sentence; the word at its center is paired with "
        "every other word in it.",
        "cbow": "A window slides over each sentence; the words around its center together predict "
        "the center.",
        "next-word": "Each word predicts the one that stands behind it in the text.",
    }
    model = {
        "softmax": "Two matrices and a dot product for each word of the vocabulary.",
        "negative": "Two matrices, and a dot product for each word that a step asks.",
        "nce": "Two matrices, and a dot product for each word that a step asks.",
        "hierarchical": "A matrix of words, one of the tree's inner nodes, and a dot product for "
        "each turn.",
    }
    step = "One example a step: predict, measure the surprise, follow the gradient."
    return {
        "pairs_summary": examples[config.architecture],
        "model_summary": model[config.loss],
        "draws_summary": f"Each step asks the true word and {config.negative} others, drawn by how "
        "often they stand in the text.",
        "loop_summary": step,
    }


def _printed(recording: Recording) -> str:
    losses = recording.run.losses.astype(np.float64)
    window = min(_ENDS, len(losses))
    first, last = losses[:window].mean(), losses[-window:].mean()
    return f" This run's were {first:.3f} and {last:.3f}."


def _imports(config: RecordConfig) -> str:
    standard = ["import heapq"] if config.loss == "hierarchical" else []
    return "\n".join(
        [
            *standard,
            "import sys",
            "from collections import Counter",
            "",
            "import numpy as np",
            "import torch",
            "from torch import nn",
            "from torch.nn import functional",
        ]
    )


def _stopwords(words: list[str]) -> str:
    """An assignment of a set of words, wrapped."""
    plain = all(word.isprintable() and not set(word) & {'"', "\\", "{", "}"} for word in words)
    if not plain:
        return "\n".join(["STOPWORDS = {", *(f"    {word!a}," for word in sorted(words)), "}"])
    lines = wrap(" ".join(sorted(words)), _WIDTH, break_long_words=False, break_on_hyphens=False)
    return "\n".join(['STOPWORDS = set("""', *lines, '""".split())'])


def _in_a_docstring(name: str) -> str:
    return shown(name).replace("\\", "/").replace('"', "'")


def run_command(recording: Recording) -> str:
    """The line that runs the script on the run's text."""
    bundled = {"bundled corpus": "corpus_path", "bundled paragraph": "paragraph_path"}
    path = bundled.get(recording.corpus.name)
    if path is None:
        return f"python {FILE_NAME} TEXT"
    asked = f"from lexiscope import data; print(data.{path}())"
    return f"python {FILE_NAME} \"$(python -c '{asked}')\""
