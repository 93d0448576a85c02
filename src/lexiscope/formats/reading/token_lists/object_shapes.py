"""Lists of tokens that Python programs save: NumPy's arrays of texts, and pickles.

A pickle is read as data and never run (`inert_pickle`): a list of tokens, a dict token → id or
id → token, either of them under one of the usual names, and the objects that keep vocabularies:
gensim's `Dictionary` (`token2id`), torchtext's `Vocab` (`itos`), Keras' `Tokenizer` (`word_index`).
"""

from __future__ import annotations

import re
from typing import Any

from lexiscope.errors import FormatError
from lexiscope.files import tokens
from lexiscope.formats.reading import inert_pickle, npy_file, npy_words
from lexiscope.formats.reading.inert import Global, Instance, Items
from lexiscope.formats.reading.inert_arrays import (
    bytes_of,
    is_plain_name,
    number_of,
    texts_of,
    to_objects,
)
from lexiscope.formats.reading.token_lists import json_shapes
from lexiscope.formats.reading.token_lists.contract import Source, TokenList

NUMPY = "NumPy words"
PICKLED = "pickled words"

_PROTOCOLS = (2, 3, 4, 5)
# What a pickle of protocol 0 of a list or a dict begins with.
_EARLY = re.compile(rb"\(?[dl]p\d+\n|\([dl]p\d+\n")
# Objects that keep a vocabulary, by their modules; they stay names.
_KEEPERS = (
    "gensim.corpora.", "torchtext.", "keras.", "keras_preprocessing.", "tensorflow.",
    "tf_keras.",
)  # fmt: skip
_DEEPEST = 6


def read_numpy(source: Source) -> TokenList | None:
    """A `.npy` of texts, of bytes or of Python's objects: a list of tokens, or token → id."""
    if not source.content.startswith(npy_file.MAGIC):
        return None
    texts = npy_words.texts_in(source.content, source.path)
    if texts is not None:
        return TokenList(tokens=list(texts), shape=NUMPY)
    found = _tokens_of(npy_words.object_in(source.content, source.path), source, NUMPY)
    if found is None:
        raise FormatError(source.path, None, "is a NumPy array without tokens")
    return found


def read_pickled(source: Source) -> TokenList | None:
    """A pickle of a list of tokens, of a dict, or of an object that keeps one."""
    if not is_pickle(source.content):
        return None
    try:
        root = inert_pickle.read(source.content, source.path, _allowed)
    except FormatError:
        if source.content[:1] != b"\x80":
            return None  # a line of text may begin as an early pickle does
        raise
    found = _tokens_of(root, source, PICKLED)
    if found is None:
        raise FormatError(
            source.path, None, "is a pickle without a list of tokens, or token → id, in it"
        )
    return found


def is_pickle(content: bytes) -> bool:
    """Whether bytes are those of a pickle of protocol 2 on, or of an early one."""
    if len(content) > 2 and content[0] == 0x80 and content[1] in _PROTOCOLS:
        return True
    return _EARLY.match(content) is not None


def _allowed(found: Global) -> bool:
    return is_plain_name(found) or found.module.startswith(_KEEPERS)


def _tokens_of(root: Any, source: Source, shape: str) -> TokenList | None:
    plain = _plain(root, _DEEPEST)
    if isinstance(plain, tuple):  # (token → id, id → token), as scripts save them together
        lists = [json_shapes.of_plain(part, source.path, shape) for part in plain]
        there = [listed for listed in lists if listed is not None]
        return there[0] if there and all(o.tokens == there[0].tokens for o in there) else None
    return json_shapes.of_plain(plain, source.path, shape)


def _plain(value: Any, levels: int) -> Any:
    """A value as JSON would have it: dicts by text, lists, texts and numbers; None for others."""
    if isinstance(value, str):
        return value
    number = number_of(value)
    if number is not None:
        return number
    content = bytes_of(value)
    if content is not None:
        return tokens.decode(content)
    listed = to_objects(value)
    value = value if listed is None else listed
    if levels == 0:
        return None
    if isinstance(value, list | tuple):
        texts = texts_of(list(value))
        made = texts if texts is not None else [_plain(entry, levels - 1) for entry in value]
        is_several = isinstance(value, tuple) and texts is None
        return tuple(made) if is_several else made
    fields = _fields(value)
    if fields is None:
        return None
    return {
        key if isinstance(key, str) else str(_plain(key, 0)): _plain(entry, levels - 1)
        for key, entry in fields
    }


def _fields(value: Any) -> Items | None:
    if isinstance(value, Items):
        return value
    if not isinstance(value, Instance):
        return None
    if value.items is not None:
        return value.items
    if isinstance(value.state, tuple):  # attributes, and slots
        return next((part for part in value.state if isinstance(part, Items)), None)
    return value.state if isinstance(value.state, Items) else None
