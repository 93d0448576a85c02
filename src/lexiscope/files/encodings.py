"""Encodings of words: read as they are named, and guessed where nobody named one.

Bytes that are not UTF-8 are kept as surrogates (`files.tokens`), so words can be read again in
another encoding without the file. Which one it is can be guessed only: of those that give every
word as letters of one script the likeliest is told, with words to look at, and never taken.
"""

from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from lexiscope.errors import ConfigError
from lexiscope.files import tokens
from lexiscope.shown import quoted

# What text without a mark is written in, by how much of it there is.
_GUESSED = (
    "cp1252", "cp1251", "gb18030", "cp1250", "shift_jis", "koi8_r", "euc_kr", "big5", "euc_jp",
    "cp1253", "cp1254", "cp1255", "cp1256", "cp1257",
)  # fmt: skip
_USUAL = frozenset(
    "äöüßéèêëàâçîïôùûñáíóúãõåøæœ" "ąćęłńśźżčďěňřšťůžýőű" "ğışİ"
    "оеаинтсрвлкмд" "αοιετσνηυρπκς" "اليمنورتبهعد" "יוהלאתרבמשנד"
    "的一是不了人我在有他这中大来上个国到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可"
    "這來個國說們為時會著過學對"
    "この日本人年大のにはをたがでてとしれさいるあっかなりまアイウエオカキクシスタトニノハフマラリルレロン"
    "이다는을의가에하고로한지기사도를은자스리어인시"
)  # fmt: skip
_SCRIPTS = (
    "LATIN",
    "CYRILLIC",
    "GREEK",
    "HEBREW",
    "ARABIC",
    "CJK",
    "HIRAGANA",
    "KATAKANA",
    "HANGUL",
)
_WIDE = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL")
_SIGNS_OF_WORDS = "’‘“”–—·・ー…"
_WIDE_MARKS = ("IDEOGRAPHIC", "FULLWIDTH", "LEFT CORNER", "RIGHT CORNER", "LEFT DOUBLE ANGLE",
               "RIGHT DOUBLE ANGLE")  # fmt: skip
_NAMED = 3
_SHOWN_CHARACTERS = 20


def check(encoding: str) -> str:
    """The name of an encoding, as Python has it.

    Raises:
        ConfigError: There is none of that name, or lines and spaces are not what they are in ASCII.
    """
    try:
        name = codecs.lookup(encoding).name
        splits = "a 0\n".encode(name) == b"a 0\n"
    except (LookupError, UnicodeError):
        raise ConfigError(
            f"encoding is {encoding!r}, expected one that Python knows, such as latin-1"
        ) from None
    if not splits:
        raise ConfigError(
            f"encoding is {encoding!r}, in which lines cannot be told by their bytes; write the "
            f"file as UTF-8 first (iconv -f {encoding} -t utf-8)"
        )
    return name


def read_again(words: list[str], encoding: str) -> list[str]:
    """Words as their bytes say in an encoding; one that is not whole in it stays as it is."""
    return [word if word.isascii() else _again(word, encoding) for word in words]


def _again(word: str, encoding: str) -> str:
    try:
        return tokens.encode(word).decode(encoding)
    except UnicodeError:
        return word


def hint(words: Sequence[str]) -> str:
    """What to do about words that are not UTF-8; nothing where no encoding makes letters of them.

    Args:
        words: Some of them, with their bytes as surrogates.
    """
    content = [tokens.encode(word) for word in words]
    scored = sorted(
        (-score, rank, name)
        for rank, name in enumerate(_GUESSED)
        if (score := _score(content, name)) > 0
    )
    if not scored:
        return ""
    name = scored[0][2]
    named = ", ".join(
        quoted(word.decode(name)[:_SHOWN_CHARACTERS])
        for word in list(dict.fromkeys(content))[:_NAMED]
    )
    return f"; in {name} they would be {named}: name it with --encoding (encoding= in Python)"


def _score(content: Sequence[bytes], encoding: str) -> float:
    """How likely words are of an encoding: the share of usual letters; 0 where they cannot be."""
    usual = letters = wrong = 0
    for word in content:
        try:
            text = word.decode(encoding)
        except UnicodeError:
            return 0
        scripts = {script for character in text if (script := _script(character))}
        more = [character for character in text if not character.isascii()]
        letters += len(more)
        usual += sum(
            character in _USUAL for character in more if not _is_foreign(character, encoding)
        )
        # Letters of two scripts in one word, signs, and capitals behind small letters are of
        # another encoding.
        mixed = len(scripts - set(_WIDE)) > 1 or (bool(scripts & set(_WIDE)) and "LATIN" in scripts)
        inverted = any(a.islower() and b.isupper() for a, b in pairwise(text))
        wrong += mixed or inverted or not all(map(_is_of_a_word, more))
    if not letters or 2 * wrong > len(content):
        return 0
    return (usual / letters + 0.05) * (1 - wrong / len(content))


def _is_foreign(character: str, encoding: str) -> bool:
    """Whether a letter is of another language than an encoding's.

    GB 2312 has kana where EUC-JP has them, so that Japanese looks usual in both.
    """
    return encoding == "gb18030" and _script(character) in ("HIRAGANA", "KATAKANA")


def _script(character: str) -> str:
    if not character.isalpha():
        return ""
    name = unicodedata.name(character, "")
    return next((script for script in _SCRIPTS if name.startswith(script)), "")


def _is_of_a_word(character: str) -> bool:
    if unicodedata.category(character)[0] in "LM" or character in _SIGNS_OF_WORDS:
        return True
    # Where no spaces part the words, what stands for one has marks of sentences in it.
    return unicodedata.name(character, "").startswith(_WIDE_MARKS)
