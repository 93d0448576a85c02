"""Ragged arrays against lists of lists."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexiscope.contextual.ragged import Ragged
from lexiscope.contextual.text.pieces import Pieces
from lexiscope.contextual.text.segmentation import Segmentation
from lexiscope.contextual.text.tokens import Tokens
from lexiscope.contextual.text.words import SplitText, Words

COUNTS = st.lists(st.integers(0, 5), max_size=12)


def listed(layout: Ragged, flat: Any) -> list[list[int]]:
    """The groups of an array laid out so, by slices."""
    return [flat[layout[group]].tolist() for group in range(len(layout))]


def groups_of(counts: list[int]) -> list[list[int]]:
    """Rows numbered one after another, in lists of these lengths."""
    rows = iter(range(sum(counts)))
    return [[next(rows) for _ in range(count)] for count in counts]


def ints(numbers: list[int]) -> Any:
    return np.array(numbers, dtype=np.int64)


@given(COUNTS)
def test_a_layout_is_a_list_of_lists(counts: list[int]) -> None:
    layout, groups = Ragged.of_counts(ints(counts)), groups_of(counts)
    assert listed(layout, np.arange(layout.size)) == groups
    assert len(layout) == len(groups) and layout.size == sum(counts)
    assert layout.counts.tolist() == counts
    assert layout.starts.tolist() == [sum(counts[:group]) for group in range(len(counts))]
    assert layout.owner().tolist() == [number for number, rows in enumerate(groups) for _ in rows]
    assert layout.offsets.dtype == layout.owner().dtype == np.int64


@given(COUNTS, st.data())
def test_ranges_count_upwards_from_each_groups_own_start(
    counts: list[int], data: st.DataObject
) -> None:
    size = len(counts)
    starts = data.draw(st.lists(st.integers(-50, 50), min_size=size, max_size=size))
    pairs = zip(starts, counts, strict=True)
    expected = [number for start, count in pairs for number in range(start, start + count)]
    assert Ragged.of_counts(ints(counts)).ranges(ints(starts)).tolist() == expected


@given(COUNTS.filter(bool), st.data())
def test_groups_are_taken_in_any_order_and_more_than_once(
    counts: list[int], data: st.DataObject
) -> None:
    layout, groups = Ragged.of_counts(ints(counts)), groups_of(counts)
    chosen = data.draw(st.lists(st.integers(0, len(counts) - 1), max_size=15))
    expected = [groups[number] for number in chosen]
    rows = layout.rows(ints(chosen))
    assert rows.tolist() == [row for group in expected for row in group]
    assert listed(layout.take(ints(chosen)), rows) == expected
    first = data.draw(st.integers(0, len(counts)))
    last = data.draw(st.integers(first, len(counts)))
    between = layout.between(first, last)
    assert between.counts.tolist() == counts[first:last] and between.offsets[0] == 0


def test_nothing_at_all() -> None:
    nothing = Ragged.of_counts(ints([]))
    assert len(nothing) == nothing.size == 0
    assert nothing.rows(ints([])).tolist() == nothing.owner().tolist() == []
    assert len(Ragged.of_counts(ints([0])).rows(ints([0, 0]))) == 0


def test_groups_by_number() -> None:
    layout = Ragged.of_counts(ints([1, 2, 3]))
    assert layout[1] == layout[-2] == slice(1, 3)
    for number in (3, -4):
        with pytest.raises(IndexError):
            _ = layout[number]


# Sentence → words → the places of their tokens in it; how many tokens stand around them.
Plain = tuple[list[list[int]], int, int, int]


@st.composite
def sentences(draw: st.DrawFn) -> Plain:
    front, own, back = (draw(st.integers(0, most)) for most in (2, 6, 2))
    place = st.integers(front, front + max(own, 1) - 1)
    words = draw(st.lists(st.lists(place, max_size=3 if own else 0), max_size=4))
    return words, front, own, back


def segmented(plain: list[Plain]) -> Segmentation:
    """Words and tokens of made-up sentences: every id, span and place is another."""
    sizes = [front + own + back for _, front, own, back in plain]
    layout = Ragged.of_counts(ints(sizes))
    pieces = [
        [int(start) + place for place in word]
        for start, (words, *_) in zip(layout.starts, plain, strict=True)
        for word in words
    ]
    texts = [
        SplitText(
            text=f"text {number}",
            words=tuple(f"{number}.{word}" for word in range(len(words))),
            spans=tuple((9 * word, 9 * word + number) for word in range(len(words))),
        )
        for number, (words, *_) in enumerate(plain)
    ]
    bounds = [
        (int(start) + front, int(start) + front + own)
        for start, (_, front, own, _back) in zip(layout.starts, plain, strict=True)
    ]
    return Segmentation(
        words=Words.of(texts),
        tokens=Tokens(
            ids=100 + np.arange(layout.size),
            spans=np.arange(2 * layout.size).reshape(-1, 2),
            inner=ints([bound for pair in bounds for bound in pair]).reshape(-1, 2),
            sentences=layout,
        ),
        pieces=Pieces(
            tokens=ints([token for word in pieces for token in word]),
            words=Ragged.of_counts(ints([len(word) for word in pieces])),
        ),
    )


def told(part: Segmentation) -> list[Any]:
    """Everything that a segmentation says, sentence by sentence."""
    words, tokens = part.words, part.tokens
    sentences = []
    for number, text in enumerate(words.texts):
        rows, own = words.sentences[number], tokens.sentences[number]
        sentences.append(
            (
                text,
                words.spellings[rows],
                words.spans[rows].tolist(),
                words.places[rows].tolist(),
                tokens.ids[own].tolist(),
                tokens.spans[own].tolist(),
                tokens.special[own].tolist(),
                (tokens.inner[number] - own.start).tolist(),
                [[token - own.start for token in part.pieces.of(w)] for w in _numbers(rows)],
                part.pieces.missing[rows].tolist(),
            )
        )
    return sentences


def _numbers(rows: slice) -> range:
    return range(rows.start, rows.stop)


@given(st.lists(sentences(), min_size=1, max_size=5), st.data())
def test_sentences_taken_from_a_segmentation_say_what_they_said(
    plain: list[Plain], data: st.DataObject
) -> None:
    whole = segmented(plain)
    expected = told(whole)
    for (words, front, own, back), one in zip(plain, expected, strict=True):
        assert one[6] == [True] * front + [False] * own + [True] * back
        assert one[8] == words and one[9] == [not places for places in words]
    chosen = data.draw(st.lists(st.integers(0, len(plain) - 1), max_size=8))
    assert told(whole.take(ints(chosen))) == [expected[number] for number in chosen]
    for number, sentence in enumerate(expected):
        assert told(whole.at(number)) == [sentence]
