"""Stems of English words: the algorithm of M. F. Porter, "An algorithm for suffix stripping"
(1980), with the two departures of his own program (https://tartarus.org/martin/PorterStemmer/):
"bli" and "logi" in step 2, and words of one or two letters, which stay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_VOWELS = frozenset("aeiou")
_Rule = tuple[str, str]

# Of each step the suffix that ends a word is looked for in this order, and no other one after it.
_STEP_2: tuple[_Rule, ...] = (
    ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"),
    ("bli", "ble"), ("alli", "al"), ("entli", "ent"), ("eli", "e"), ("ousli", "ous"),
    ("ization", "ize"), ("ation", "ate"), ("ator", "ate"), ("alism", "al"), ("iveness", "ive"),
    ("fulness", "ful"), ("ousness", "ous"), ("aliti", "al"), ("iviti", "ive"), ("biliti", "ble"),
    ("logi", "log"),
)  # fmt: skip
_STEP_3: tuple[_Rule, ...] = (
    ("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""),
    ("ness", ""),
)  # fmt: skip
_STEP_4 = (
    "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou",
    "ism", "ate", "iti", "ous", "ive", "ize",
)  # fmt: skip


def _shape(word: str) -> str:
    """The word's letters as "v" for vowels and "c" for consonants; y is a vowel behind one."""
    shape = ""
    for letter in word:
        is_vowel = letter in _VOWELS or (letter == "y" and shape.endswith("c"))
        shape += "v" if is_vowel else "c"
    return shape


def _measure(stem: str) -> int:
    """How many times consonants follow vowels: Porter's m."""
    return _shape(stem).count("vc")


def _has_vowel(stem: str) -> bool:
    return "v" in _shape(stem)


def _is_doubled(word: str) -> bool:
    """Whether it ends with a consonant twice."""
    return len(word) > 1 and word[-1] == word[-2] and _shape(word)[-1] == "c"


def _is_short(word: str) -> bool:
    """Whether it ends as "hop" does: consonant, vowel, consonant, the last none of w, x, y."""
    return _shape(word)[-3:] == "cvc" and word[-1] not in "wxy"


def _step_1(word: str) -> str:
    """Plurals, -ed and -ing, and y behind a vowel's syllable."""
    if word.endswith("s"):
        if word.endswith(("sses", "ies")):
            word = word[:-2]
        elif not word.endswith("ss"):
            word = word[:-1]
    if word.endswith("eed"):
        if _measure(word[:-3]) > 0:
            word = word[:-1]
    elif word.endswith(("ed", "ing")):
        stem = word[: -2 if word.endswith("ed") else -3]
        if _has_vowel(stem):
            word = _mended(stem)
    if word.endswith("y") and _has_vowel(word[:-1]):
        word = word[:-1] + "i"
    return word


def _mended(stem: str) -> str:
    """What was left of -ed or -ing, as a word."""
    if stem.endswith(("at", "bl", "iz")):
        return stem + "e"
    if _is_doubled(stem):
        return stem if stem[-1] in "lsz" else stem[:-1]
    return stem + "e" if _measure(stem) == 1 and _is_short(stem) else stem


def _replaced(word: str, rules: Sequence[_Rule]) -> str:
    """The first suffix of some that a word ends with, replaced where enough stands before it."""
    for suffix, instead in rules:
        if word.endswith(suffix):
            stem = word[: -len(suffix)]
            return stem + instead if _measure(stem) > 0 else word
    return word


def _step_4(word: str) -> str:
    """Suffixes that go where much stands before them."""
    for suffix in _STEP_4:
        if word.endswith(suffix):
            stem = word[: -len(suffix)]
            if suffix == "ion" and not stem.endswith(("s", "t")):
                continue
            return stem if _measure(stem) > 1 else word
    return word


def _step_5(word: str) -> str:
    """A last e, and one of two l."""
    if word.endswith("e"):
        stem = word[:-1]
        measure = _measure(stem)
        if measure > 1 or (measure == 1 and not _is_short(stem)):
            word = stem
    return word[:-1] if word.endswith("ll") and _measure(word) > 1 else word


def stem(word: str) -> str:
    """A word's stem, in lower case."""
    word = word.lower()
    if len(word) <= 2:
        return word
    return _step_5(_step_4(_replaced(_replaced(_step_1(word), _STEP_2), _STEP_3)))


class PorterStemmer:
    """gensim's name for `stem`."""

    def stem(self, w: str) -> str:
        """A word's stem, in lower case."""
        return stem(w)

    def stem_sentence(self, txt: str) -> str:
        """A text with the stem of each word."""
        return " ".join(map(stem, txt.split()))

    def stem_documents(self, docs: Iterable[str]) -> list[str]:
        """Texts with the stem of each word."""
        return [self.stem_sentence(text) for text in docs]
