"""The page as one self-contained file: the built template with all its data inside.

The template's element `<script type="application/json" id="lexiscope-data">` is filled with one
JSON object (every `<` of it written as `\\u003c`, so that no text of it can end the element):

    version     of Lexiscope
    title       of the page, or null
    responses   {address: answer}; a JSON answer as it is, a binary one as {"base64": its document}
    vectors     base64 of a safetensors document: `WholeVectors`
    replay      base64 of a safetensors document: `Replay`; null where no step was recorded

Addresses are those of the server without `v`; a value in a query is written as JavaScript's
`encodeURIComponent` does. There are: every route without parameters and those whose parameters may
all be left out, without any; `/api/journey/trajectories?pca=` with both methods;
`/api/journey/neighbors?word=` of every watched word, or of every word of a recording (at most
2,000); `/api/sentences` with all kept sentences in one answer, and `/api/sentences/{number}` of
each (at most 2,000). Routes that have nothing to show are missing. What else the server would
compute (other steps, explore's questions) the page computes itself, from `vectors` and `replay`.

The arrays are declared with `WholeVectors` and `Replay`; `views/quiz/replay_block.py` says how the
browser does a step again.
"""

from __future__ import annotations

import asyncio
import base64
import html
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from fastapi import FastAPI

from lexiscope._version import __version__
from lexiscope.errors import ConfigError, LexiscopeError
from lexiscope.files.atomic import atomic_file
from lexiscope.progress import Meter, ProgressCallback
from lexiscope.server import site
from lexiscope.server.app import create_app
from lexiscope.server.asking import ask
from lexiscope.server.payloads.program import CommandOption
from lexiscope.server.payloads.single_file import WholeVectors
from lexiscope.server.subject import OpenSubject
from lexiscope.server.views.journey.routes import LONGEST_WORD
from lexiscope.server.views.quiz.replay_block import replay_block
from lexiscope.server.views.registry import VIEWS
from lexiscope.server.wire import BINARY, safetensors_text
from lexiscope.shown import shown

PLACEHOLDER = '<script type="application/json" id="lexiscope-data"></script>'
LARGEST_PAGE = 64 * 2**20
EACH_WORD = 2_000
EACH_SENTENCE = 2_000
_SENTENCES_A_PAGE = 200
_TITLE = re.compile(r"<title>.*?</title>", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class PageFacts:
    """What was written.

    Attributes:
        bytes: Of the file.
        addresses: Answers in it.
        keyframes: States from which the page replays; 0 where no step was recorded.
    """

    bytes: int
    addresses: int
    keyframes: int


def write_page(
    path: str | PathLike[str],
    out: str | PathLike[str],
    *,
    title: str | None = None,
    options: Sequence[CommandOption] = (),
    progress: ProgressCallback | None = None,
) -> PageFacts:
    """Writes the page of a run or model as one HTML file, whole or not at all.

    Args:
        path: What `create_app` opens.
        out: The file.
        title: Of the page; the product's name where None.
        options: As for `create_app`.
        progress: Told a few times a second.

    Raises:
        FormatError: `path` cannot be opened.
        ConfigError: The page would be larger than 64 MB.
        LexiscopeError: The page has not been built.
        OSError: The file cannot be written.
    """
    template = read_template()
    app = create_app(path, options=options)
    subject: OpenSubject = app.state.service.subject
    subject.occurrences = None  # a file has one vector a word: their means
    _check_size(subject)
    try:
        responses = asyncio.run(_collect(app, subject, progress))
    finally:
        app.state.service.close()
    replay = None if subject.recording is None else replay_block(subject.recording)
    document = {
        "version": __version__,
        "title": title,
        "responses": responses,
        "vectors": _vectors(subject),
        "replay": None if replay is None else safetensors_text(*replay),
    }
    text = json.dumps(document, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c")
    content = fill(template, text, title).encode()
    if len(content) > LARGEST_PAGE:
        raise _too_large(subject, len(content))
    with atomic_file(Path(out), len(content)) as stream:
        stream.write(content)
    keyframes = 0 if replay is None else len(replay[0].keyframes)
    return PageFacts(bytes=len(content), addresses=len(responses), keyframes=keyframes)


def read_template() -> str:
    """The built template.

    Raises:
        LexiscopeError: It is not there, or has no place for the data.
    """
    file = site.folder() / site.TEMPLATE
    if not file.is_file():
        raise LexiscopeError(site.HOW_TO_BUILD)
    template = file.read_text(encoding="utf-8")
    if template.count(PLACEHOLDER) != 1:
        raise LexiscopeError(
            f"the built page has {template.count(PLACEHOLDER)} places for its data, expected one; "
            "build it again with `npm ci && npm run build` in web/"
        )
    return template


def fill(template: str, data: str, title: str | None) -> str:
    """The template with its data, and its title where one is given."""
    element = PLACEHOLDER.replace("></script>", f">{data}</script>")
    page = template.replace(PLACEHOLDER, element)
    if title is None:
        return page
    named = f"<title>{html.escape(title)}</title>"
    return _TITLE.sub(lambda _: named, page, count=1)


def _check_size(subject: OpenSubject) -> None:
    """Refuses, before any work, what base64 alone makes too large."""
    matrices = 2 if subject.has_output_words else 1
    numbers = matrices * subject.words * subject.vectors.vector_size
    if subject.recording is not None:
        # The first state and the last are always there.
        numbers += 2 * subject.recording.run.layout.size
    if numbers * 4 * 4 / 3 > LARGEST_PAGE:
        raise _too_large(subject, numbers * 4 * 4 / 3)


def _too_large(subject: OpenSubject, size: float) -> ConfigError:
    return ConfigError(
        f"the page of {subject.name} ({subject.words:,} words) would take {size / 1e6:,.0f} MB; "
        f"expected at most {LARGEST_PAGE / 1e6:.0f} MB; show it with `lexiscope serve` instead"
    )


def addresses(subject: OpenSubject) -> Iterator[str]:
    """What is asked for, besides the sentences."""
    for view in VIEWS:
        yield from view.single_file
    history = subject.history
    if history is None:
        return
    for word in (history.words[place] for place in history.foremost(EACH_WORD)):
        if shown(word) == word and len(word) <= LONGEST_WORD:
            yield f"/api/journey/neighbors?word={encode_component(word)}"


def encode_component(text: str) -> str:
    """A text as JavaScript's `encodeURIComponent` writes it."""
    return quote(text, safe="!'()*-._~")


async def _collect(
    app: FastAPI, subject: OpenSubject, progress: ProgressCallback | None
) -> dict[str, Any]:
    """Every answer of the server itself, so that the file and the server cannot differ."""
    responses: dict[str, Any] = {}
    asked = list(addresses(subject))
    kept = 0 if subject.recording is None else len(subject.recording.corpus.sentences)
    asked += [f"/api/sentences/{number}" for number in range(min(kept, EACH_SENTENCE))]
    meter = Meter("collecting", len(asked), "answers", progress)
    for number, address in enumerate(asked, 1):
        answer = await _ask(app, address)
        if answer is not None:
            responses[address] = answer
        meter.update(number)
    meter.finish(len(asked))
    if kept:
        responses["/api/sentences"] = await _all_sentences(app, kept)
    return responses


async def _all_sentences(app: FastAPI, kept: int) -> dict[str, Any]:
    sentences: list[Any] = []
    for offset in range(0, kept, _SENTENCES_A_PAGE):
        page = await _ask(app, f"/api/sentences?offset={offset}&limit={_SENTENCES_A_PAGE}")
        sentences += [] if page is None else page["sentences"]
    return {"total": kept, "first": 0, "sentences": sentences}


async def _ask(app: FastAPI, address: str) -> Any:
    """One answer; None where there is nothing to show."""
    found = await ask(app, address)
    if found.status == 404:
        return None
    if found.status != 200:
        raise LexiscopeError(f"{address} was answered with {found.status}: {found.body[:200]!r}")
    if found.headers.get("content-type") == BINARY:
        return {"base64": base64.b64encode(found.body).decode("ascii")}
    return json.loads(found.body)


def _vectors(subject: OpenSubject) -> str:
    vectors = subject.vectors
    arrays = {"inputs": vectors.vectors}
    if subject.has_output_words:
        arrays["outputs"] = vectors.output_vectors
    return safetensors_text(
        WholeVectors(words=subject.words, vector_size=vectors.vector_size),
        {name: matrix.astype(np.float32) for name, matrix in arrays.items()},
    )
