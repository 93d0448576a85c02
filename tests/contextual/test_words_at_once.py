"""Words of many sentences in one pass: the same as a match after another finds in each."""

from __future__ import annotations

from typing import Any

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from lexiscope.contextual.options import WordKind
from lexiscope.contextual.text.words import Given, SpannedText, Splitter, Words
from lexiscope.corpus.tokenizers import WORD_PATTERN
from lexiscope.errors import CorpusError

PATTERNS: dict[WordKind, str] = {"words": WORD_PATTERN, "whitespace": r"\S+"}
# Letters, digits, marks that lead, follow and stand alone, what joins, spaces of all kinds.
SIGNS = [
    *"aZé9½²Ⅷßİ日ש٣",
    *("e\u0301", "\u0301", "\u0300", "\u0bcd", "👩‍🚀", "\U0001d400"),
    *("'", "’", "\u200c", "\u200d", "-", ".", "_", "#"),
    *(" ", "\t", "\n", "\r\n", "\u00a0", "\u3000", "\x1c", "\x85", "\u200b", "\x00"),
]
texts = st.lists(st.sampled_from(SIGNS), max_size=14).map("".join)


def listed(words: Words) -> list[Any]:
    """Sentence by sentence what it says."""
    return [
        (
            text,
            words.spellings[words.sentences[number]],
            words.spans[words.sentences[number]].tolist(),
            words.places[words.sentences[number]].tolist(),
        )
        for number, text in enumerate(words.texts)
    ]


def by_matches(text: str, kind: WordKind) -> Any:
    matches = list(regex.finditer(PATTERNS[kind], text))
    return (
        text,
        tuple(match[0] for match in matches),
        [list(match.span()) for match in matches],
        list(range(len(matches))),
    )


@given(st.lists(texts | st.text(max_size=8), max_size=6))
@pytest.mark.parametrize("kind", ["words", "whitespace"])
def test_all_at_once_as_one_match_after_another(kind: WordKind, several: list[str]) -> None:
    found = Words.found(several, kind)
    assert listed(found) == [by_matches(text, kind) for text in several]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["words", "whitespace"])
def test_every_character_is_what_the_pattern_takes_it_for(kind: WordKind) -> None:
    # Each in front of a letter, behind one, and between two; of far planes every 61st.
    codes = [*range(0x3400), *range(0xA000, 0xD800), *range(0xE000, 0x110000, 61)]
    text = "\n".join(f"{sign} {sign}a a{sign} a{sign}a" for sign in map(chr, codes))
    found = Words.found([text], kind)
    assert list(found.spellings) == regex.findall(PATTERNS[kind], text)


sentences = st.lists(
    texts
    | st.lists(texts.filter(lambda word: "\n" not in word), max_size=4)
    | st.just(SpannedText("東京タワー", [(0, 2), (2, 5)])),
    max_size=8,
)


@given(sentences, st.data())
def test_sentences_of_all_kinds_in_the_order_given(several: list[Any], data: st.DataObject) -> None:
    if several:
        several += data.draw(st.lists(st.sampled_from(several), max_size=4))
    splitter = Splitter("words")
    given = splitter.read(iter(several))
    alone = [splitter.split(sentence, 0) for sentence in several]
    assert [line[:3] for line in listed(given.in_order())] == [
        (text.text, text.words, [list(span) for span in text.spans]) for text in alone
    ]
    distinct = len(given.words.texts)
    assert sorted(set(given.numbers.tolist())) == list(range(distinct))
    assert given.firsts.tolist() == [given.numbers.tolist().index(n) for n in range(distinct)]
    assert given.has_repeats == (distinct < len(several))


def test_only_some_words_keep_their_places() -> None:
    given = Splitter("words").read(["the bank, the bank", "no", ["bank", "x"], "no"])
    few = given.only(frozenset({"bank"}))
    assert isinstance(few, Given) and few.words.texts == given.words.texts
    assert [line[1:] for line in listed(few.in_order())] == [
        (("bank", "bank"), [[4, 8], [14, 18]], [1, 3]),
        ((), [], []),
        (("bank",), [[0, 4]], [0]),
        ((), [], []),
    ]


def test_a_list_and_a_string_of_the_same_words_are_one_sentence() -> None:
    splitter = Splitter("words")
    given = splitter.read(["a b", ["a", "b"], ["a b"], "c", "a b", ["c"]])
    assert given.numbers.tolist() == [0, 0, 1, 2, 0, 2]
    assert listed(given.words) == [
        ("a b", ("a", "b"), [[0, 1], [2, 3]], [0, 1]),
        ("a b", ("a b",), [[0, 3]], [0]),
        ("c", ("c",), [[0, 1]], [0]),
    ]
    few = splitter.read([["x y", "is"], "x y is", "x"]).only(frozenset({"is"}))
    assert few.numbers.tolist() == [0, 1, 2] and few.words.places.tolist() == [1, 2]
    assert few.merged().numbers.tolist() == [0, 0, 1]
    assert few.merged().firsts.tolist() == [0, 2]


@pytest.mark.parametrize("repeated", [0, 3])
def test_a_lone_surrogate_is_told_with_its_sentence(repeated: int) -> None:
    several = ["fine"] * (1 + repeated) + [["also", "fine"], "not \ud800 fine"]
    with pytest.raises(CorpusError, match=f"sentence {2 + repeated} holds a lone surrogate at"):
        Splitter("words").read(several)
