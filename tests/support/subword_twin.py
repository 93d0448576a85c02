"""Words made of several rows of W: the kernels' composing again, in NumPy."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

import numpy as np

from tests.support import twins
from tests.support.twins import GOLDEN, STREAM, at_position, below, mix


@dataclass
class SubwordTwin(twins.Twin):
    """A run over one block of text; `inputs` holds the vectors of the words in reach.

    Attributes:
        rows: W: the words' own rows and the n-grams', float64.
        parts: The rows of each word.
    """

    rows: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))
    parts: list = field(default_factory=list)

    def run(self, key: int, alpha_of) -> None:
        gathered = [
            (position, int(word))
            for position, word in enumerate(self.ids)
            if word < 0 or at_position(key, position) >> 32 <= int(self.keep[word])
        ]
        began, uses = {}, {}
        left = right = 0
        for at, (position, center) in enumerate(gathered):
            if center < 0:
                continue
            left = self.leave(gathered, left, max(0, at - self.window), began, uses)
            for _, word in gathered[right : at + self.window + 1]:
                if word >= 0 and word not in uses:
                    self.inputs[word] = self.rows[self.parts[word]].mean(axis=0)
                    began[word] = self.inputs[word].copy()
                if word >= 0:
                    uses[word] = uses.get(word, 0) + 1
            right = max(right, min(at + self.window + 1, len(gathered)))
            state = (at_position(key, position) ^ STREAM) + GOLDEN
            width = 1 + below(mix(state), self.window) if self.shrink else self.window
            before = itertools.takewhile(lambda e: e[1] >= 0, reversed(gathered[:at]))
            after = itertools.takewhile(lambda e: e[1] >= 0, gathered[at + 1 :])
            context = [word for _, word in itertools.islice(before, width)][::-1]
            context += [word for _, word in itertools.islice(after, width)]
            if context:
                self.train_window(center, context, (key, position), alpha_of(position))
        self.leave(gathered, left, right, began, uses)

    def leave(self, gathered, left, before, began, uses) -> int:
        for _, word in gathered[left:before]:
            if word < 0:
                continue
            uses[word] -= 1
            if uses[word] == 0:
                del uses[word]
                np.add.at(self.rows, self.parts[word], self.inputs[word] - began.pop(word))
        return max(left, before)

    def train_window(self, center, context, place, alpha) -> None:
        if self.architecture == "skipgram":
            super().train_window(center, context, place, alpha)
            return
        counts = np.array([len(self.parts[word]) for word in context], np.float64)
        hidden = counts @ self.inputs[context]
        if self.mean:
            hidden /= counts.sum()
        change = self.example(hidden, center, place, alpha)
        if self.exact or not self.mean:
            change = change / counts.sum()
        for word in context:
            self.change_input(word, change)
