"""Reading ahead for the occurrences of words: which are still looked for when others encode.

A sentence goes through the model for the words alone that have not all their occurrences, and which
those are depends on what came before. Where encoders work ahead it is foreseen: words are counted
as they stand in the text. A word that turns out to have no token there was counted too many; what
was handed out since is then handed out anew, so that the vectors are those of reading in turn.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lexiscope.contextual.options import WordKind
from lexiscope.contextual.text.words import Sentence, SpannedText, Splitter

Looked = tuple[list[Sentence], frozenset[str]]


class ReadingAhead:
    """Chunks of sentences with the words that are looked for in each.

    Args:
        chunks: Read once, as far as it is needed.
        counts: The occurrences found of each word; the caller counts on.
        most: A word's first so many count.
        kind: What a word of a string is, where chunks are handed out before earlier ones' words are
            counted; None where they are not.
    """

    def __init__(
        self,
        chunks: Iterable[list[Any]],
        counts: Mapping[str, int],
        most: int,
        kind: WordKind | None,
    ) -> None:
        self._chunks = iter(chunks)
        self._has_ended = False
        self._counts = counts
        self._most = most
        self._splitter = None if kind is None else Splitter(kind)
        self._out: deque[Looked] = deque()  # handed out, and not counted
        self._again: deque[list[Sentence]] = deque()  # to be handed out once more

    @property
    def goes_on(self) -> bool:
        """Whether there is something to look for, and to look in."""
        is_more = bool(self._out or self._again) or not self._has_ended
        return is_more and bool(self._open(self._counts))

    def items(self) -> Iterator[Looked]:
        """Chunks that were not counted yet, until no word is looked for."""
        self._again.extendleft(chunk for chunk, _ in reversed(self._out))
        self._out.clear()
        foreseen = dict(self._counts)
        while open_words := self._open(self._counts if self._splitter is None else foreseen):
            chunk = self._again.popleft() if self._again else self._next()
            if chunk is None:
                return
            self._out.append((chunk, open_words))
            if self._splitter is not None:
                found = self._splitter.read(chunk).only(open_words).in_order()
                for word, count in Counter(found.spellings).items():
                    foreseen[word] += count
            yield chunk, open_words

    def was_right(self) -> bool:
        """Whether the oldest chunk was handed out with the words that are looked for now."""
        return self._out[0][1] == self._open(self._counts)

    def taken(self) -> int:
        """The oldest chunk is counted; how many sentences it had."""
        return len(self._out.popleft()[0])

    def _next(self) -> list[Sentence] | None:
        for chunk in self._chunks:
            if self._splitter is None:
                return chunk
            # Read here, and once more elsewhere.
            return [one if isinstance(one, str | SpannedText) else list(one) for one in chunk]
        self._has_ended = True
        return None

    def _open(self, counts: Mapping[str, int]) -> frozenset[str]:
        return frozenset(word for word, count in counts.items() if count < self._most)
