"""Payloads of what is open: the first thing that the page asks for."""

from __future__ import annotations

from typing import Literal

from lexiscope.server.payloads.base import Payload


class Features(Payload):
    """Which views have something to show.

    Attributes:
        steps: Every step can be replayed (`lexiscope record`).
        snapshots: The run was recorded at snapshots (`lexiscope train --record`).
        corpus: The sentences are there.
        output: W′ is there.
        counts: The words' counts are there.
        map: There are enough words and dimensions for a map.
        comparison: A second model is compared with it (`lexiscope compare A B --serve`).
        contextual: There is a pretrained transformer (`lexiscope serve PATH --model MODEL`).
        senses: What is open is a corpus' words in their sentences (`lexiscope contextual`).
    """

    steps: bool
    snapshots: bool
    corpus: bool
    output: bool
    counts: bool
    map: bool
    comparison: bool
    contextual: bool
    senses: bool


class Option(Payload):
    """One training option as it was set.

    Attributes:
        name: As on the command line and in the configuration.
        value: None where the option was not set.
        meaning: What it does, in a sentence.
    """

    name: str
    value: str | int | float | bool | None
    meaning: str


class Subject(Payload):
    """What the server has open.

    Attributes:
        name: The file's or folder's name, without its path.
        kind: `recording`, `model` (a model folder), or `vectors` (any other file).
        format: Of the file, in words ("model folder", "word2vec binary").
        fingerprint: Changes whenever an answer could change; part of every address as `v`.
        words: V.
        vector_size: D.
        steps: Recorded steps, 0 where none.
        architecture: `skipgram`, `cbow`, `next-word`, or None where unknown.
        loss: `softmax`, `negative`, `hierarchical`, or None.
        optimizer: `sgd`, `adam`, or None.
        options: Training configuration, in the order to show.
        features: Which views have something to show.
        version: Of Lexiscope.
    """

    name: str
    kind: Literal["recording", "model", "vectors"]
    format: str
    fingerprint: str
    words: int
    vector_size: int
    steps: int
    architecture: str | None
    loss: str | None
    optimizer: str | None
    options: list[Option]
    features: Features
    version: str


class Group(Payload):
    """Words that belong together."""

    name: str
    rows: list[int]


class Vocabulary(Payload):
    """The words by row (`GET /api/vocabulary`; not there above 100,000 words).

    Attributes:
        words: Spellings, as they are shown: what hides or commands is escaped, what is long cut.
        counts: In the training text, or empty.
        groups: Semantic groups of the bundled corpus, those whose words are there; or empty.
    """

    words: list[str]
    counts: list[int]
    groups: list[Group]
