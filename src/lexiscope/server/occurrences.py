"""Occurrences of a corpus' words, as the page shows them: a file, asked for word after word."""

from __future__ import annotations

from collections import OrderedDict
from functools import cached_property
from pathlib import Path
from threading import Lock

import numpy as np

from lexiscope.contextual.occurrences.places import Places, places_of
from lexiscope.contextual.occurrences.reader import FEWEST, Occurrences, OccurrencesFile
from lexiscope.contextual.occurrences.word_senses import WordSenses, clustered
from lexiscope.vectors import KeyedVectors
from lexiscope.vectors.layout.word_map import Method

# Words whose occurrences are kept in memory, the last that were asked for.
_KEPT = 4
# Sums of words' vectors take no more; the rarest words of a very large corpus have none.
_SUMS_BYTES = 1 << 29
# Of a word to begin with: frequent enough for clusters, and too long for a function word.
_ENOUGH, _LETTERS = 200, 4


class ServedOccurrences:
    """A table of words in their sentences, and the words that were asked for last.

    Args:
        file: The table.
    """

    def __init__(self, file: OccurrencesFile) -> None:
        self.file = file
        self._lock = Lock()
        self._kept: OrderedDict[str, Occurrences] = OrderedDict()

    @classmethod
    def at(cls, path: Path) -> ServedOccurrences | None:
        """What is at a path, or None where that is anything else."""
        file = OccurrencesFile.at(path)
        return None if file is None else cls(file)

    def means(self) -> KeyedVectors:
        """A vector a word, the mean of its occurrences', the most frequent words first."""
        words, vectors = self.file.means(_SUMS_BYTES // (8 * self.file.dimension))
        counts = np.fromiter((self.file.counts[word] for word in words), np.int64, len(words))
        return KeyedVectors(words, vectors, counts=counts)

    @cached_property
    def start(self) -> str:
        """A word to begin with: of those that are no function words the rarest frequent one; ""
        where no word occurs twice."""
        several = [word for word, count in self.file.counts.items() if count >= FEWEST]
        long = [word for word in several if len(word) >= _LETTERS] or several
        enough = [word for word in long if self.file.counts[word] >= _ENOUGH]
        return (enough[-1:] or long[:1] or [""])[0]

    def senses(self, word: str, clusters: int | None) -> WordSenses:
        """A word's occurrences in clusters; see `contextual.occurrences.word_senses`."""
        return clustered(self._occurrences(word), clusters)

    def places(self, word: str, method: Method) -> Places:
        """Where they stand; see `contextual.occurrences.places`."""
        return places_of(self._occurrences(word).vectors, method)

    def _occurrences(self, word: str) -> Occurrences:
        with self._lock:  # whoever else asks for the same waits, and finds it
            found = self._kept.pop(word, None)
            if found is None:
                found = self.file.of(word)
            self._kept[word] = found
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found
