"""What is shown of a text that a stranger wrote."""

from __future__ import annotations

import json
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lexiscope.errors import ConfigError, FormatError, LexiscopeError
from lexiscope.shown import LONGEST_CELL, LONGEST_WORD, in_json, quoted, shown, width
from lexiscope.vectors import UnknownWordError

# What no terminal and no reader is to get: controls, directions, lone surrogates.
NEVER = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)

ORDINARY = [
    "king",
    "naïve",
    "don't",
    "C:\\Users\\me",
    "a_b-c.d",
    "Straße",
    "приве́т",
    "король",
    "βασιλεύς",
    "العربية",
    "می‌خواهم",  # Persian, with a zero-width non-joiner
    "עִבְרִית",
    "हिन्दी",
    "क्‍ष",  # with a joiner, which keeps the half form
    "ശ്രീ",
    "അവന്‍",  # Malayalam, a joiner at the end
    "தமிழ்",
    "ภาษาไทย",
    "བོད་སྐད",
    "ខ្មែរ",
    "မြန်မာ",
    "ᠮᠣᠩᠭᠣᠯ",
    "日本語",
    "한국어",
    "葛󠄀",  # an ideograph with its variant
    "👩‍💻",
    "👨‍👩‍👧‍👦",
    "🏳️‍🌈",
    "🤷🏽‍♀️",
    "❤️",
    "1️⃣",
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "é" + "\u0323",
    "∅",
    "𝔘𝔫𝔦",
]

HOSTILE = {
    "a\x1b[2Jb": "a\\x1b[2Jb",
    "a\x9b31mb": "a\\x9b31mb",
    "\x1b]0;title\x07": "\\x1b]0;title\\x07",
    "a\tb\nc\r": "a\\tb\\nc\\r",
    "a\x7f": "a\\x7f",
    "\u202egnik\u202c": "\\u202egnik\\u202c",
    "\u2067a\u2069": "\\u2067a\\u2069",
    "a\u200fb": "a\\u200fb",
    "ki\u200bng": "ki\\u200bng",
    "ki\u200dng": "ki\\u200dng",
    "king\ufe0f": "king\\ufe0f",
    "日\u200d本": "日\\u200d本",
    "می\u200c": "می\\u200c",
    "so\xadft": "so\\xadft",
    "\ufeffking": "\\ufeffking",
    "a\u3164": "a\\u3164",
    "caf\udce9": "caf\\xe9",
    "\ud800": "\\ud800",
    "king\U000e0041": "king\\U000e0041",
    "a\u2028b": "a\\u2028b",
}


@pytest.mark.parametrize("word", ORDINARY)
def test_an_ordinary_word_stays_as_it_is(word: str) -> None:
    assert shown(word) == word


@pytest.mark.parametrize(("word", "expected"), HOSTILE.items())
def test_what_hides_or_commands_is_escaped(word: str, expected: str) -> None:
    assert shown(word) == expected


def test_a_flood_of_marks_is_dammed() -> None:
    found = shown("a" + "\u0301" * 40)
    assert sum(unicodedata.combining(one) != 0 for one in found) == 6
    assert len(shown("a" + "\u0301" * 100_000)) < 200


def test_a_long_word_is_cut_in_its_middle_and_the_rest_of_the_message_stays() -> None:
    found = shown(f"books.txt, row 3: {'x' * 200_000} has no vector; write it anew")
    assert found.startswith("books.txt, row 3: xxx") and found.endswith("write it anew")
    assert "…" in found and len(found) < 200


def test_wide_letters_count_twice() -> None:
    found = shown("日" * 500)
    assert width(found) <= LONGEST_WORD and len(found) < LONGEST_WORD


def test_a_long_path_is_shown_whole() -> None:
    path = "/" + "/".join(f"folder{number:03}" for number in range(300)) + "/vectors.bin"
    assert shown(path) == path


def test_a_cell_is_cut() -> None:
    assert width(shown("a b " * 1000, LONGEST_CELL)) == LONGEST_CELL


def test_an_emoji_is_cut_as_a_whole() -> None:
    for length in range(50, 80):
        found = shown("👩‍💻" * length)
        assert found.replace("…", "") == "👩‍💻" * (len(found) // 3)


@given(st.text(max_size=300))
def test_whatever_it_is_it_is_fit_to_be_shown(text: str) -> None:
    found = shown(text)
    assert NEVER.search(found) is None
    assert shown(found) == found
    if text.isascii() and text.isprintable() and len(text) <= LONGEST_WORD:
        assert found == text


@given(
    st.text(
        alphabet=st.sampled_from(
            "a1 /\\\u0301\u0300\u200d\u200c\ufe0f\u20e3क\u094d👩🏽♀🏴日\udc80\x1b"
        )
        | st.characters(),
        max_size=400,
    ),
    st.sampled_from([40, LONGEST_CELL]),
)
def test_what_was_shown_is_shown_the_same_again(text: str, most: int) -> None:
    found = shown(text, most)
    assert width(found) <= most
    assert shown(found, most) == found


def test_a_hundred_megabytes_are_no_work() -> None:
    calls = 0

    class Counted(str):
        def __getitem__(self, place: object) -> str:
            nonlocal calls
            calls += 1
            return str.__getitem__(self, place)  # type: ignore[index]

    assert len(shown(Counted("\u202e" * 1_000_000))) < 200
    assert calls == 2  # its two ends


@given(st.dictionaries(st.text(), st.text()))
def test_json_says_the_same_without_what_a_terminal_obeys(values: dict[str, str]) -> None:
    document = in_json(json.dumps(values, ensure_ascii=False, indent=2))
    assert NEVER.search(document.replace("\n", "")) is None
    assert json.loads(document) == values


@pytest.mark.slow
def test_a_message_is_fit_to_be_shown_however_it_is_made() -> None:
    hostile = "\x1b[31m\u202e" + "x" * 100_000
    for error in (
        LexiscopeError(hostile),
        ConfigError(f"{hostile} is no option"),
        FormatError(hostile, "row 1", f"holds {hostile}"),
        UnknownWordError(hostile, [hostile]),
    ):
        assert NEVER.search(str(error)) is None
        assert len(str(error)) < 600
    assert FormatError("a", None, hostile).reason == hostile


def test_a_word_in_a_message_is_readable() -> None:
    assert quoted("क्‍ष") == "'क्‍ष'"
    assert "'क्‍ष'" in str(UnknownWordError("क्‍ष"))
