"""Other programs' vocabularies: which token each id stands for.

Files are read by `formats.reading.token_lists`, whose registry has the shapes; here is which file
of a folder is the vocabulary, and which objects of other programs have one. No tokenizer library
is needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from lexiscope.errors import ConfigError, FormatError
from lexiscope.files import json_document
from lexiscope.files.opening import require
from lexiscope.formats.kinds import model_folder
from lexiscope.formats.reading.token_lists import binary_shapes, reading
from lexiscope.vectors.aligning.token_ids import TokenIds

TOKENIZER = "tokenizer.json"
# In a folder the first of these that is there is read; the others are made from it or for it.
_IN_FOLDERS = (
    TOKENIZER,
    "vocab.json",
    "vocab.txt",
    model_folder.VOCABULARY,
    "tekken.json",
    *("tokenizer.model", "spiece.model", "spm.model"),
    "dict.txt",
    "tokens.txt",
    "vocabulary/tokens.txt",
)
_UNREADABLE = ("sentencepiece.bpe.model",)
# Both of these would be read, so they have to agree.
_RIVALS = ("vocab.json", "vocab.txt")
_CONFIG = "config.json"
# What uses a SentencePiece model with the ids that are in it; others begin with tokens of theirs.
_AS_NUMBERED = frozenset(
    (
        *("albert", "baichuan", "big_bird", "deberta-v2", "gemma", "gemma2", "gemma3"),
        *("gemma3_text", "internlm", "internlm2", "llama", "longt5", "mistral", "mixtral"),
        *("mt5", "phi3", "reformer", "rembert", "t5", "umt5", "xlnet"),
    )
)


def as_token_ids(ids: Any) -> TokenIds:
    """Takes any form in which programs hold a vocabulary.

    Args:
        ids: `TokenIds`; a path, see `read_token_ids`; a sequence of tokens in the order of their
            ids; a map of token to id; or an object with `get_vocab()` (Hugging Face tokenizers) or
            `get_vocabulary()` (Keras' TextVectorization, StringLookup).

    Raises:
        ConfigError: It is none of these, or does not say which token an id stands for.
        FormatError: A file cannot be read.
    """
    if isinstance(ids, TokenIds):
        return ids
    if isinstance(ids, str | PathLike):
        return read_token_ids(ids)
    for method in ("get_vocab", "get_vocabulary"):
        if hasattr(ids, method):
            found = getattr(ids, method)()
            specials = getattr(ids, "all_special_tokens", ())
            if isinstance(found, Mapping):
                return TokenIds.from_mapping(found, specials=specials)
            return TokenIds.build(found)
    if isinstance(ids, Mapping):
        return TokenIds.from_mapping(ids)
    if isinstance(ids, Iterable):
        return TokenIds.build(ids)
    raise ConfigError(
        f"ids is a {type(ids).__name__}, expected a list of tokens, a map of token to id, a "
        "tokenizer, or the path of one"
    )


def read_token_ids(path: str | PathLike[str]) -> TokenIds:
    """Reads a tokenizer's or a vocabulary's file, or a folder that has one.

    Args:
        path: See `token_lists.registry`.

    Raises:
        MissingPathError: There is nothing at the path.
        FormatError: It is none of the kinds that are understood, or is damaged.
    """
    source = Path(path)
    require(source)
    if source.is_dir():
        source = _in_folder(source)
    elif not _is_as_numbered(source):
        raise _renumbered(source)
    listed = reading.read(source)
    try:
        return TokenIds.build(
            listed.tokens,
            style=listed.style,
            specials=listed.specials,
            counts=listed.counts,
            shape=f"{source.name}: {listed.said}",
        )
    except ConfigError as error:
        raise FormatError(source, None, str(error)) from error


def find_token_file(folder: Path) -> Path | None:
    """The vocabulary's file of a folder, or None.

    Raises:
        FormatError: There are two, and they do not agree.
    """
    there = [name for name in _IN_FOLDERS if (folder / name).is_file()]
    if there and there[0] == _RIVALS[0] and _RIVALS[1] in there:
        first, second = (folder / name for name in _RIVALS)
        if reading.read(first).tokens != reading.read(second).tokens:
            raise FormatError(
                folder,
                None,
                f"has {first.name} and {second.name} with other tokens; name the one that is meant",
            )
    paths = (folder / name for name in there)
    return next((path for path in paths if _is_as_numbered(path)), None)


def _in_folder(folder: Path) -> Path:
    found = find_token_file(folder)
    if found is not None:
        return found
    binary = next(
        (name for name in (*_UNREADABLE, *_IN_FOLDERS) if (folder / name).is_file()), None
    )
    if binary is not None:
        raise _renumbered(folder / binary)
    ranks = sorted(folder.glob("*.tiktoken"))
    if len(ranks) == 1:
        return ranks[0]
    names = ", ".join(_IN_FOLDERS)
    raise FormatError(folder, None, f"has none of {names}, expected a tokenizer")


def _is_as_numbered(path: Path) -> bool:
    """Whether the ids of a model's tokenizer are those in its SentencePiece file.

    They are in a file that stands by itself, and where the configuration beside it tells a model
    that is known to keep them.
    """
    config = path.with_name(_CONFIG)
    if not path.name.endswith(".model") or not config.is_file():
        return True
    kind = json_document.read(config, as_written=True)["model_type"].plain
    if not isinstance(kind, str) or kind in _AS_NUMBERED:
        return True
    return reading.read(path).shape != binary_shapes.SENTENCEPIECE


def _renumbered(path: Path) -> FormatError:
    return FormatError(
        path,
        None,
        "is a SentencePiece model, whose ids the model that uses it may count otherwise; save the "
        f"tokenizer with Hugging Face's fast tokenizers, which write {TOKENIZER}",
    )
