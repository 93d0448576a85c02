"""The blueprint: matrices, code, text."""

from __future__ import annotations

from lexiscope.server.payloads.base import Payload


class Layer(Payload):
    """A weight matrix of the model."""

    name: str
    role: str
    shape: list[int]
    parameters: int


class Comparison(Payload):
    """A published model; parameters are computed from its published shape."""

    name: str
    parameters: int
    shape: str
    source: str


class Census(Payload):
    """Parameters of this model, and of others to compare with (`GET /api/census`)."""

    layers: list[Layer]
    parameters: int
    comparisons: list[Comparison]


class WordCount(Payload):
    """A word of the text and how often it stands there."""

    word: str
    count: int


class Corpus(Payload):
    """What was trained on (`GET /api/corpus`)."""

    name: str
    sentences: int
    used_sentences: int
    tokens: int
    vocabulary: list[WordCount]
    stopwords_removed: list[WordCount]
    rare_removed: list[WordCount]
    stopword_tokens: int
    rare_tokens: int
    samples: list[str]
    min_count: int
    window: int
    pairs: int


class NumberedSentence(Payload):
    """A kept sentence."""

    number: int
    text: str


class Sentences(Payload):
    """A page of the kept sentences (`GET /api/sentences?offset=&limit=&search=`)."""

    total: int
    first: int
    sentences: list[NumberedSentence]


class SentenceWord(Payload):
    """A word of a sentence: its row, or why it was left out (`stop word`, `rare`)."""

    word: str
    row: int | None
    removed: str | None


class SentencePairs(Payload):
    """A sentence's pairs, (center, context) as places in `words`.

    `GET /api/sentences/{number}?window=`.
    """

    number: int
    window: int
    words: list[SentenceWord]
    pairs: list[tuple[int, int]]
