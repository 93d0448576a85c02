"""spaCy's `key2row`: a map from words' keys to rows, in MessagePack; and those keys.

MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md): a byte of what follows, its
length or value, big-endian. Of it the map of whole numbers is read here and written, and nothing
else. A word's key is MurmurHash64A of its UTF-8 with seed 1 (Appleby's MurmurHash2.cpp), but for
the names of spaCy's own symbols, which are numbered (https://spacy.io/api/stringstore).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lexiscope.files import tokens
from lexiscope.files.cursor import Cursor

_FIXED_MAP, _MAP16, _MAP32 = 0x80, 0xDE, 0xDF
# The byte of a number → struct's letter.
_NUMBERS = {0xCC: "B", 0xCD: "H", 0xCE: "I", 0xCF: "Q", 0xD0: "b", 0xD1: "h", 0xD2: "i", 0xD3: "q"}
_LETTERS = {letter: kind for kind, letter in _NUMBERS.items()}
_LARGEST_FIXED = 0x7F
_LEAST_ENTRY = 2
_SEED = 1
_MULTIPLIER, _SHIFT = np.uint64(0xC6A4A7935BD1E995), np.uint64(47)
_WORD_BYTES = 8


# The first number, and the names that have it and those that follow.
_SYMBOLS = (
    (1,
     "IS_ALPHA IS_ASCII IS_DIGIT IS_LOWER IS_PUNCT IS_SPACE IS_TITLE IS_UPPER LIKE_URL "
     "LIKE_NUM LIKE_EMAIL IS_STOP IS_OOV_DEPRECATED IS_BRACKET IS_QUOTE IS_LEFT_PUNCT "
     "IS_RIGHT_PUNCT IS_CURRENCY FLAG19 FLAG20 FLAG21 FLAG22 FLAG23 FLAG24 FLAG25 FLAG26 "
     "FLAG27 FLAG28 FLAG29 FLAG30 FLAG31 FLAG32 FLAG33 FLAG34 FLAG35 FLAG36 FLAG37 FLAG38 "
     "FLAG39 FLAG40 FLAG41 FLAG42 FLAG43 FLAG44 FLAG45 FLAG46 FLAG47 FLAG48 FLAG49 FLAG50 "
     "FLAG51 FLAG52 FLAG53 FLAG54 FLAG55 FLAG56 FLAG57 FLAG58 FLAG59 FLAG60 FLAG61 FLAG62 "
     "FLAG63 ID ORTH LOWER NORM SHAPE PREFIX SUFFIX LENGTH CLUSTER LEMMA POS TAG DEP "
     "ENT_IOB ENT_TYPE HEAD SENT_START SPACY PROB LANG ADJ ADP ADV AUX CONJ CCONJ DET INTJ "
     "NOUN NUM PART PRON PROPN PUNCT SCONJ SYM VERB X EOL SPACE "
    ),
    (380,
     "PERSON NORP FACILITY ORG GPE LOC PRODUCT EVENT WORK_OF_ART LANGUAGE LAW DATE TIME "
     "PERCENT MONEY QUANTITY ORDINAL CARDINAL acomp advcl advmod agent amod appos attr aux "
     "auxpass cc ccomp complm conj cop csubj csubjpass dep det dobj expl hmod hyph infmod "
     "intj iobj mark meta neg nmod nn npadvmod nsubj nsubjpass num number oprd obj obl "
     "parataxis partmod pcomp pobj poss possessive preconj prep prt punct quantmod relcl "
     "rcmod root xcomp acl ENT_KB_ID MORPH ENT_ID IDX _ "
    ),
)  # fmt: skip


def read_key_rows(content: bytes, path: Path) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """The keys and their rows, in the file's order.

    Args:
        content: The file's bytes.
        path: For messages.

    Raises:
        FormatError: It is cut, or no map of whole numbers.
    """
    cursor = Cursor(content, path)
    (kind,) = cursor.unpack("B", "its type")
    if kind & 0xF0 == _FIXED_MAP:
        count = kind & 0x0F
    elif kind in (_MAP16, _MAP32):
        (count,) = cursor.unpack(">H" if kind == _MAP16 else ">I", "its length")
    else:
        raise cursor.error("is no map of keys and rows; it is damaged, or not spaCy's", at=0)
    if count * _LEAST_ENTRY > cursor.left:
        raise cursor.error(f"declares {count:,} keys, more than it can hold; it is cut or damaged")
    keys, rows = np.empty(count, np.uint64), np.empty(count, np.int64)
    for number in range(count):
        key, row = _number(cursor), _number(cursor)
        if key < 0 or row >= 1 << 62:
            raise cursor.error("has a key or a row that is none; the file is damaged")
        keys[number], rows[number] = key, row
    return keys, rows


def packed_key_rows(keys: NDArray[np.uint64]) -> bytes:
    """The map of keys to the rows 0, 1, 2, …, as `read_key_rows` takes it.

    Args:
        keys: (n,), one a row.
    """
    entries = np.empty(
        len(keys), np.dtype([("of_key", "u1"), ("key", ">u8"), ("of_row", "u1"), ("row", ">u4")])
    )
    entries["of_key"], entries["key"] = _LETTERS["Q"], keys
    entries["of_row"], entries["row"] = _LETTERS["I"], np.arange(len(keys))
    return bytes([_MAP32]) + len(keys).to_bytes(4, "big") + entries.tobytes()


def _number(cursor: Cursor) -> int:
    (kind,) = cursor.unpack("B", "a number")
    if kind <= _LARGEST_FIXED:
        return int(kind)
    if kind > 0xDF:
        return int(kind) - 0x100
    letter = _NUMBERS.get(kind)
    if letter is None:
        raise cursor.error("has a key or a row that is no number; the file is damaged")
    (number,) = cursor.unpack(f">{letter}", "a number")
    return int(number)


def keys_of(words: list[str]) -> NDArray[np.uint64]:
    """The key of each word (n)."""
    keys = hashes_of([tokens.encode(word) for word in words])
    numbered = symbols()
    for row, word in enumerate(words):
        if word in numbered:
            keys[row] = numbered[word]
    return keys


def symbols() -> dict[str, int]:
    """spaCy's own symbols with their numbers; its lists of strings leave them out."""
    return {
        name: first + place for first, names in _SYMBOLS for place, name in enumerate(names.split())
    }


def hashes_of(words: list[bytes]) -> NDArray[np.uint64]:
    """The hash of each word (n), words of one length at a time."""
    lengths = np.fromiter(map(len, words), np.int64, len(words))
    hashes = np.empty(len(words), np.uint64)
    for length in np.unique(lengths).tolist():
        places = np.flatnonzero(lengths == length)
        joined = b"".join(words[place] for place in places.tolist())
        padded = -(-length // _WORD_BYTES) * _WORD_BYTES
        block = np.zeros((len(places), padded), np.uint8)
        block[:, :length] = np.frombuffer(joined, np.uint8).reshape(len(places), length)
        hashes[places] = _hashes_of_length(block.view("<u8"), length)
    return hashes


def _hashes_of_length(numbers: NDArray[np.uint64], length: int) -> NDArray[np.uint64]:
    """Hashes of words of one length, given as numbers of 8 bytes, the last one filled up."""
    # Products are taken modulo 2⁶⁴, as the hash has them.
    start = np.uint64((_SEED ^ (length * int(_MULTIPLIER))) & (1 << 64) - 1)
    found = np.full(len(numbers), start, np.uint64)
    for column in range(length // _WORD_BYTES):
        mixed = numbers[:, column] * _MULTIPLIER
        mixed ^= mixed >> _SHIFT
        found = (found ^ (mixed * _MULTIPLIER)) * _MULTIPLIER
    if length % _WORD_BYTES:
        found = (found ^ numbers[:, -1]) * _MULTIPLIER
    found ^= found >> _SHIFT
    found *= _MULTIPLIER
    return found ^ (found >> _SHIFT)
