"""Examples that a text gives: (center, context) pairs, contexts of centers, next words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import CorpusError
from lexiscope.replay.config import RecordedArchitecture

if TYPE_CHECKING:
    from lexiscope.replay.kernel import Examples

MAX_EXAMPLES = 10_000_000


@dataclass(frozen=True)
class ExampleSet:
    """All examples of a text.

    Attributes:
        members: int32, the input words of all examples.
        starts: int64 (E + 1), where each example's begin.
        targets: int32 (E), what each should predict.
    """

    members: NDArray[np.int32]
    starts: NDArray[np.int64]
    targets: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.targets)

    def kernel_view(self) -> Examples:
        """As the kernels take them."""
        from lexiscope.replay.kernel import Examples

        return Examples(self.members, self.starts, self.targets)

    def only(self, chosen: NDArray[np.int64]) -> ExampleSet:
        """Some of the examples, in the given order."""
        sizes = np.diff(self.starts)[chosen]
        starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        at = np.repeat(self.starts[chosen] - starts[:-1], sizes) + np.arange(starts[-1])
        return ExampleSet(self.members[at], starts, self.targets[chosen])


def make_examples(
    ids: NDArray[np.int32], architecture: RecordedArchitecture, window: int
) -> ExampleSet:
    """Every example of an encoded text, in reading order.

    Args:
        ids: The words' ids, −1 behind each sentence. For next-word the sentences are one text.
        architecture: What an example is.
        window: Words to either side, clamped to the sentence.

    Raises:
        CorpusError: There is none, or there are too many to keep.
    """
    if architecture == "next-word":
        words = ids[ids >= 0]
        inputs, targets = words[:-1], words[1:]
        starts = np.arange(len(targets) + 1, dtype=np.int64)
        examples = ExampleSet(inputs.copy(), starts, targets.copy())
    else:
        centers, contexts = _pairs(ids, window)
        if architecture == "skipgram":
            starts = np.arange(len(centers) + 1, dtype=np.int64)
            examples = ExampleSet(ids[centers], starts, ids[contexts])
        else:
            places, sizes = np.unique(centers, return_counts=True)
            starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
            examples = ExampleSet(ids[contexts], starts, ids[places])
    if len(examples) == 0:
        raise CorpusError(
            "the text has no two neighbouring words of the vocabulary, so there is nothing to "
            "learn from; expected one sentence a line, its words parted by spaces or by the "
            "tokenizer that is named (or a smaller min_count)"
        )
    return examples


def _pairs(ids: NDArray[np.int32], window: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions of (center, context), by center and then by context."""
    sentence = np.cumsum(ids < 0)
    longest = int(np.bincount(sentence).max()) if len(ids) else 0
    reach = min(window, longest)
    if len(ids) * 2 * reach > MAX_EXAMPLES:
        raise CorpusError(
            f"the text has {len(ids):,} words, up to {len(ids) * 2 * reach:,} pairs, too many to "
            f"keep every step of (at most {MAX_EXAMPLES:,}); record a part of it, or use "
            "`lexiscope train` for the whole"
        )
    places = np.arange(len(ids))
    centers, contexts = [], []
    for offset in [*range(-reach, 0), *range(1, reach + 1)]:
        here = places[max(0, -offset) : len(ids) - max(0, offset)]
        there = here + offset
        together = (sentence[here] == sentence[there]) & (ids[here] >= 0) & (ids[there] >= 0)
        centers.append(here[together])
        contexts.append(there[together])
    center = np.concatenate(centers) if centers else places[:0]
    context = np.concatenate(contexts) if contexts else places[:0]
    by_place = np.lexsort((context, center))
    return center[by_place], context[by_place]
