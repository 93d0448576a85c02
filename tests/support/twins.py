"""The training kernels again, in NumPy and plain Python, to be read beside the papers.

Everything is float64 and one window at a time; only the random numbers are the kernels' own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15
STREAM = 0xD1B54A32D192ED03
NOISE_STREAM = 0x8BB84B93962EACC9


def mix(x: int) -> int:
    """SplitMix64's finalizer."""
    x &= MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def epoch_key(seed: int, epoch: int) -> int:
    return mix(mix(seed + GOLDEN) + (epoch + 1) * GOLDEN)


def at_position(key: int, position: int) -> int:
    return mix(key + position * GOLDEN)


def below(number: int, bound: int) -> int:
    return ((number >> 32) * bound) >> 32


def sigmoid(x):
    return np.where(x >= 0, 1 / (1 + np.exp(-np.abs(x))), 1 - 1 / (1 + np.exp(-np.abs(x))))


@dataclass
class Twin:
    """A run in NumPy.

    Attributes:
        ids: The encoded text, −1 after each sentence.
        keep: Subsampling thresholds of 2³².
        inputs, outputs: W and W′, float64, without padding.
        window, shrink, architecture, loss, mean, exact, negative: As in TrainingConfig.
        alias: (V, 2) Walker table, for negative sampling.
        shifts: (V,) log(K · Pn(w)), for noise-contrastive estimation: taken off the scores.
        paths: For each word (nodes, signs), for hierarchical softmax.
        frozen: Words whose rows of W are read but never changed.
    """

    ids: np.ndarray
    keep: np.ndarray
    inputs: np.ndarray
    outputs: np.ndarray
    window: int = 5
    shrink: bool = True
    architecture: str = "skipgram"
    loss: str = "negative"
    mean: bool = True
    exact: bool = False
    negative: int = 5
    alias: np.ndarray | None = None
    shifts: np.ndarray | None = None
    paths: list = field(default_factory=list)
    frozen: frozenset[int] = frozenset()
    total_loss: float = 0.0
    pairs: int = 0

    def run(self, key: int, alpha_of) -> None:
        """Trains all windows in order; alpha_of(position) gives the learning rate."""
        for sentence in self.sentences():
            kept = [(p, w) for p, w in sentence if at_position(key, p) >> 32 <= int(self.keep[w])]
            for i, (position, center) in enumerate(kept):
                state = (at_position(key, position) ^ STREAM) + GOLDEN
                width = 1 + below(mix(state), self.window) if self.shrink else self.window
                near = kept[max(0, i - width) : i] + kept[i + 1 : i + 1 + width]
                context = [word for _, word in near]
                if context:
                    self.train_window(center, context, (key, position), alpha_of(position))

    def sentences(self):
        sentence = []
        for position, word in enumerate(self.ids):
            if word < 0:
                yield sentence
                sentence = []
            else:
                sentence.append((position, int(word)))
        if sentence:
            yield sentence

    def train_window(self, center, context, place, alpha) -> None:
        if self.architecture == "cbow":
            hidden = self.inputs[context].sum(axis=0)
            if self.mean:
                hidden = hidden / len(context)
            change = self.example(hidden, center, place, alpha)
            if self.mean and self.exact:
                change = change / len(context)
            for word in context:
                self.change_input(word, change)
        elif self.loss == "softmax":
            for word in context:
                change = self.example(self.inputs[word], center, place, alpha)
                self.change_input(word, change)
        else:
            self.shared_window(center, context, place, alpha)

    def example(self, hidden, center, place, alpha):
        """One hidden vector and its target: updates W′, returns the hidden vector's change."""
        self.pairs += 1
        if self.loss == "softmax":
            logits = self.outputs @ hidden
            p = np.exp(logits - logits.max())
            p /= p.sum()
            self.total_loss -= np.log(p[center])
            g = -alpha * p
            g[center] += alpha
            change = g @ self.outputs
            self.outputs += np.outer(g, hidden)
            return change
        rows, signs = self.targets(center, place)
        z = signs * (self.outputs[rows] @ hidden - self.shifts_of(rows))
        self.total_loss += np.logaddexp(0, -z).sum()
        g = alpha * signs * sigmoid(-z)
        change = g @ self.outputs[rows]
        self.outputs[rows] += np.outer(g, hidden)
        return change

    def shared_window(self, center, context, place, alpha) -> None:
        """Skip-gram: all context words against the same output rows.

        With up to six of those, the rows are updated one after the other, which matters only to a
        word that stands twice in the window.
        """
        rows, signs = self.targets(center, place)
        out = self.outputs[rows].copy()
        z = signs * (self.inputs[context] @ out.T - self.shifts_of(rows))
        self.pairs += len(context)
        self.total_loss += np.logaddexp(0, -z).sum()
        g = alpha * signs * sigmoid(-z)
        change = np.zeros_like(out)
        if (len(rows) <= 6 and self.loss in ("negative", "nce") and self.negative < 6) or (
            self.loss == "hierarchical" and len(self.paths[center][0]) <= 6
        ):
            for row, word in zip(g, context, strict=True):
                change += np.outer(row, self.inputs[word])
                self.change_input(word, row @ out)
        else:
            change = g.T @ self.inputs[context]
            for word, row in zip(context, g, strict=True):
                self.change_input(word, row @ out)
        self.outputs[rows] += change

    def change_input(self, word, change) -> None:
        if word not in self.frozen:
            self.inputs[word] += change

    def shifts_of(self, rows):
        return 0.0 if self.shifts is None else self.shifts[rows]

    def targets(self, center, place):
        """Output rows and their signs."""
        if self.loss == "hierarchical":
            nodes, signs = self.paths[center]
            return np.array(nodes), np.array(signs)
        rows = [center, *(word for word in self.drawn(center, place) if word >= 0)]
        return np.array(rows), np.array([1.0] + [-1.0] * (len(rows) - 1))

    def drawn(self, center, place):
        """A window's negatives, −1 for a slot that stays empty."""
        key, position = place
        state = at_position(key, position) ^ NOISE_STREAM
        rows = []
        for _ in range(self.negative):
            found = -1
            for _ in range(8):
                state = (state + GOLDEN) & MASK
                number = mix(state)
                column = below(number, len(self.alias))
                threshold, other = (int(x) for x in self.alias[column])
                word = column if number & 0xFFFFFFFF < threshold else other
                if word != center and word not in rows:
                    found = word
                    break
            rows.append(found)
        return rows
