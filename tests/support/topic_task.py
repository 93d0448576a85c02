"""A small real task: what is a sentence of the bundled corpus about, with three examples a topic?

The topics are the corpus' own sections. Vectors were trained on the sentences without their labels;
a layer that starts from them has to beat one that starts from random rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

import lexiscope
from lexiscope import Word2Vec, data

DIM = 32
LABELLED = 3
SEEDS = (1, 2, 3)


@dataclass(frozen=True)
class Task:
    """Sentences as padded ids (S×L), their topics (S), and the tokens of the ids."""

    ids: np.ndarray
    topics: np.ndarray
    tokens: list[str]
    sentences: list[list[str]]

    def split(self, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """A few labelled sentences of each topic, and all others."""
        generator = np.random.default_rng(seed)
        labelled = np.concatenate(
            [
                generator.permutation(np.flatnonzero(self.topics == topic))[:LABELLED]
                for topic in np.unique(self.topics)
            ]
        )
        return labelled, np.setdiff1d(np.arange(len(self.topics)), labelled)


@cache
def task() -> Task:
    stopwords = data.stopwords()
    sentences: list[list[str]] = []
    topics: list[int] = []
    section = 0
    for line in data.corpus_path().read_text().splitlines():
        words = [word for word in line.split() if word not in stopwords]
        if line.startswith("#"):
            section += 1
        elif words:
            sentences.append(words)
            topics.append(section)
    tokens = ["", "[UNK]", *sorted({word for words in sentences for word in words})]
    numbers = {token: number for number, token in enumerate(tokens)}
    ids = np.zeros((len(sentences), max(map(len, sentences))), dtype=np.int64)
    for row, words in enumerate(sentences):
        ids[row, : len(words)] = [numbers[word] for word in words]
    return Task(ids, np.unique(topics, return_inverse=True)[1], tokens, sentences)


@cache
def trained_rows(seed: int) -> np.ndarray:
    """Vectors of the corpus in the order of the task's ids, scaled to a spread of 1."""
    model = Word2Vec(
        task().sentences, vector_size=DIM, sg=1, min_count=1, epochs=100, sample=0, seed=seed
    )
    aligned = lexiscope.align(model.wv, task().tokens)
    aligned.verify()
    return aligned.matrix / aligned.matrix.std()


def random_rows(seed: int) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(len(task().tokens), DIM))
    rows[0] = 0
    return rows.astype(np.float32)


def assert_trained_beat_random(scores: list[tuple[float, float]]) -> None:
    """The margin: 5 points of accuracy with every seed, 10 on average."""
    gains = [trained - at_random for trained, at_random in scores]
    assert min(gains) > 0.05, scores
    assert sum(gains) / len(gains) > 0.10, scores
