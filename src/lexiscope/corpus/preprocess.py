"""Small steps from text to words, by gensim's names (`gensim.utils`, `gensim.parsing`).

Plain functions of strings. They serve scripts; texts that are trained on are read by the
tokenizers, which look at each distinct word once.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from html.entities import name2codepoint

from lexiscope import data

PAT_ALPHABETIC = re.compile(r"[^\W\d]+")
"""What `tokenize` takes for a word: letters, marks and underscores in a row, no digits."""

RE_PUNCT = re.compile(f"[{re.escape(string.punctuation)}]+")
RE_TAGS = re.compile(r"<[^>]+>")
RE_NUMERIC = re.compile(r"[0-9]+")
RE_NONALPHA = re.compile(r"\W")
RE_AL_NUM = re.compile(r"([a-z]+)([0-9]+)")
RE_NUM_AL = re.compile(r"([0-9]+)([a-z]+)")
RE_WHITESPACE = re.compile(r"(\s)+")

_ENTITY = re.compile(r"&(#?)([xX]?)(\w{1,8});")

STOPWORDS = data.stopwords()
"""Common English words: ours, not gensim's list of some 340."""

Text = str | bytes


def any2unicode(text: Text, encoding: str = "utf8", errors: str = "strict") -> str:
    """A text as a str.

    Args:
        text: The text, or its bytes.
        encoding, errors: How bytes are decoded, as `bytes.decode` takes them.

    Raises:
        UnicodeDecodeError: The bytes are in another encoding.
    """
    return text if isinstance(text, str) else str(text, encoding, errors=errors)


def any2utf8(text: Text, errors: str = "strict", encoding: str = "utf8") -> bytes:
    """A text as bytes in UTF-8; see `any2unicode`."""
    return any2unicode(text, encoding, errors).encode("utf-8")


to_unicode = any2unicode
to_utf8 = any2utf8


def deaccent(text: Text) -> str:
    """A text with its letters' accents taken off: "Šéf" becomes "Sef".

    Args:
        text: The text, or its bytes in UTF-8.
    """
    text = any2unicode(text)
    if text.isascii():
        return text
    letters = unicodedata.normalize("NFD", text)
    plain = "".join(letter for letter in letters if unicodedata.category(letter) != "Mn")
    return unicodedata.normalize("NFC", plain)


def simple_tokenize(text: str) -> Iterator[str]:
    """The words of a text: what `PAT_ALPHABETIC` finds."""
    for match in PAT_ALPHABETIC.finditer(text):
        yield match.group()


def _prepared(
    text: Text, lowercase: bool, deacc: bool, encoding: str = "utf8", errors: str = "strict"
) -> str:
    text = any2unicode(text, encoding, errors)
    if lowercase:
        text = text.lower()
    return deaccent(text) if deacc else text


def tokenize(
    text: Text,
    lowercase: bool = False,
    deacc: bool = False,
    encoding: str = "utf8",
    errors: str = "strict",
    to_lower: bool = False,
    lower: bool = False,
) -> Iterator[str]:
    """The words of a text, one after another.

    Args:
        text: The text, or its bytes.
        lowercase, to_lower, lower: Whether to lower-case it; any of the three.
        deacc: Whether to take accents off.
        encoding, errors: How bytes are decoded.

    Raises:
        UnicodeDecodeError: The bytes are in another encoding.
    """
    return simple_tokenize(_prepared(text, lowercase or to_lower or lower, deacc, encoding, errors))


def simple_preprocess(
    doc: Text, deacc: bool = False, min_len: int = 2, max_len: int = 15
) -> list[str]:
    """The lower-cased words of a text that are neither too short nor too long.

    Args:
        doc: The text, or its bytes in UTF-8; what is none of it is left out.
        deacc: Whether to take accents off.
        min_len, max_len: Characters of a word. Words that begin with "_" are left out too.
    """
    words = PAT_ALPHABETIC.findall(_prepared(doc, True, deacc, errors="ignore"))
    return [word for word in words if min_len <= len(word) <= max_len and word[0] != "_"]


def safe_unichr(intval: int) -> str:
    """The character of a code point.

    Raises:
        ValueError: There is none.
    """
    return chr(intval)


def decode_htmlentities(text: str) -> str:
    """A text with HTML's entities (&amp;, &#233;, &#xe9;) as the characters that they stand for."""

    def character(match: re.Match[str]) -> str:
        numeric, hexadecimal, name = match.groups()
        try:
            if numeric:
                return chr(int(name, 16 if hexadecimal else 10))
            return chr(name2codepoint[hexadecimal + name])
        except (KeyError, ValueError, OverflowError):
            return match.group()

    return _ENTITY.sub(character, text)


def remove_stopword_tokens(
    tokens: Iterable[str], stopwords: Iterable[str] | None = None
) -> list[str]:
    """Words without stop words.

    Args:
        tokens: The words.
        stopwords: The stop words; None for `STOPWORDS`.
    """
    left_out = STOPWORDS if stopwords is None else stopwords
    return [token for token in tokens if token not in left_out]


def remove_stopwords(s: Text, stopwords: Iterable[str] | None = None) -> str:
    """A text without stop words, in lower case as they are; see `remove_stopword_tokens`."""
    return " ".join(remove_stopword_tokens(any2unicode(s).split(), stopwords))


def strip_punctuation(s: Text) -> str:
    """A text with a space in place of ASCII punctuation in a row."""
    return RE_PUNCT.sub(" ", any2unicode(s))


strip_punctuation2 = strip_punctuation


def strip_tags(s: Text) -> str:
    """A text without what stands between < and >."""
    return RE_TAGS.sub("", any2unicode(s))


def remove_short_tokens(tokens: Iterable[str], minsize: int = 3) -> list[str]:
    """Words of at least so many characters."""
    return [token for token in tokens if len(token) >= minsize]


def strip_short(s: Text, minsize: int = 3) -> str:
    """A text without words of fewer characters."""
    return " ".join(remove_short_tokens(any2unicode(s).split(), minsize))


def strip_numeric(s: Text) -> str:
    """A text without ASCII digits."""
    return RE_NUMERIC.sub("", any2unicode(s))


def strip_non_alphanum(s: Text) -> str:
    """A text with a space in place of each character that is no letter, digit or underscore."""
    return RE_NONALPHA.sub(" ", any2unicode(s))


def strip_multiple_whitespaces(s: Text) -> str:
    """A text with one space in place of whitespace in a row."""
    return RE_WHITESPACE.sub(" ", any2unicode(s))


def split_alphanum(s: Text) -> str:
    """A text with a space between ASCII lower-case letters and digits that touch."""
    return RE_NUM_AL.sub(r"\1 \2", RE_AL_NUM.sub(r"\1 \2", any2unicode(s)))


def lower_to_unicode(text: Text, encoding: str = "utf8", errors: str = "strict") -> str:
    """A text in lower case, as a str; see `any2unicode`."""
    return any2unicode(text.lower(), encoding, errors)


def split_on_space(s: Text) -> list[str]:
    """What stands between spaces."""
    return [word for word in any2unicode(s).strip().split(" ") if word]


Filter = Callable[[str], str]


def stem_text(text: Text) -> str:
    """A text in lower case with the stem of each word (Porter 1980)."""
    from lexiscope.corpus.porter import stem

    return " ".join(map(stem, any2unicode(text).split()))


DEFAULT_FILTERS: list[Filter] = [
    str.lower,
    strip_tags,
    strip_punctuation,
    strip_multiple_whitespaces,
    strip_numeric,
    remove_stopwords,
    strip_short,
    stem_text,
]


def preprocess_string(s: Text, filters: Sequence[Filter] = DEFAULT_FILTERS) -> list[str]:
    """The words of a text behind some filters.

    Args:
        s: The text, or its bytes in UTF-8.
        filters: Functions of a text, called one after another.
    """
    text = any2unicode(s)
    for apply in filters:
        text = apply(text)
    return text.split()


def preprocess_documents(docs: Iterable[Text]) -> list[list[str]]:
    """`preprocess_string` of each of some texts."""
    return [preprocess_string(doc) for doc in docs]
