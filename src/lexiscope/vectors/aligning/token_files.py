"""Files of other programs' vocabularies: which token each id stands for.

Understood are

tokenizer.json       Hugging Face's: `model.vocab` (token → id, or pairs of token and score),
                     `added_tokens`, and the pre-tokenizer and decoder, which tell how words' starts
                     are marked
a folder             with one of the files above and below, as a checkpoint has them
vocab.json           JSON of token → id (GPT-2's, Keras' word_index), with added_tokens.json beside
a JSON list          tokens in the order of their ids (Keras' get_vocabulary())
vocab.txt, any text  a token a line in the order of their ids; an empty line is the empty token.
                     A tab and a number behind every token are its count.
vocabulary.tsv       this package's own, escaped, with counts

Only JSON and text are read, so no tokenizer library is needed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from lexiscope.errors import ConfigError, FormatError
from lexiscope.files import json_document, tokens
from lexiscope.files.json_document import TABLE, Value
from lexiscope.files.lists import read_list
from lexiscope.files.opening import reject_disguise, require
from lexiscope.formats.kinds import model_folder
from lexiscope.vectors.aligning.token_ids import Style, TokenIds

TOKENIZER = "tokenizer.json"
# In a folder the first of these that is there is read; the others are made from it or for it.
_IN_FOLDERS = (TOKENIZER, "vocab.json", "vocab.txt", model_folder.VOCABULARY)
_ADDED = "added_tokens.json"
_UNREADABLE = ("tokenizer.model", "spiece.model", "sentencepiece.bpe.model")
_BEFORE_JSON = b"\xef\xbb\xbf \t\r\n"
_COUNTED = re.compile(r"[^\t]*\t\d{1,18}")


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
        path: See the module's text.

    Raises:
        MissingPathError: There is nothing at the path.
        FormatError: It is none of the kinds that are understood, or is damaged.
    """
    source = Path(path)
    require(source)
    if source.is_dir():
        source = _in_folder(source)
    content = read_list(source, "a tokenizer, or one token a line")
    reject_disguise(content[: 1 << 16], source)
    try:
        if source.suffix.lower() == ".json" and content.lstrip(_BEFORE_JSON)[:1] in (b"{", b"["):
            return _from_json(source, content)
        return _from_lines(source, _text_of(source, content))
    except ConfigError as error:
        raise FormatError(source, None, str(error)) from error


def _text_of(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(path, f"byte {error.start}", "is not UTF-8 text") from error


def find_token_file(folder: Path) -> Path | None:
    """The vocabulary's file of a folder, or None."""
    return next((folder / name for name in _IN_FOLDERS if (folder / name).is_file()), None)


def _in_folder(folder: Path) -> Path:
    found = find_token_file(folder)
    if found is not None:
        return found
    binary = next((name for name in _UNREADABLE if (folder / name).is_file()), None)
    if binary is not None:
        raise FormatError(
            folder / binary,
            None,
            "is a SentencePiece model, which is not read; save the tokenizer with Hugging Face's "
            f"fast tokenizers, which write {TOKENIZER}",
        )
    raise FormatError(folder, None, f"has none of {', '.join(_IN_FOLDERS)}, expected a tokenizer")


def _from_json(path: Path, content: bytes) -> TokenIds:
    document = json_document.parse(content, path, TABLE)
    if isinstance(document.plain, list):
        return TokenIds.build(document.plain)
    if isinstance(document["model"].plain, dict):
        return _from_tokenizer(path, document)
    ids = document.plain_fields()
    added = path.with_name(_ADDED)
    if added.is_file() and path.name == "vocab.json":
        ids = ids | json_document.read(added, TABLE).plain_fields()
    return TokenIds.from_mapping(ids)


def _from_tokenizer(path: Path, document: Value) -> TokenIds:
    """Reads Hugging Face's tokenizer.json."""
    vocabulary = document["model"]["vocab"]
    if isinstance(vocabulary.plain, list):  # Unigram: [token, score] in the order of ids
        pairs = [entry for entry in vocabulary.plain if isinstance(entry, list) and len(entry) == 2]
        if len(pairs) != len(vocabulary.plain) or not all(isinstance(t, str) for t, _ in pairs):
            raise FormatError(path, "model.vocab", "is a list of something else than token, score")
        ids = {token: number for number, (token, _score) in enumerate(pairs)}
    else:
        ids = vocabulary.numbered()
    added: dict[str, int] = {}
    specials: set[str] = set()
    entries = document["added_tokens"]
    for entry in entries.entries() if entries.is_given else []:
        token = entry["content"].text()
        added[token] = entry["id"].whole()
        if entry["special"].plain is True:
            specials.add(token)
    # Where both have an id, the library takes the added token.
    taken = set(added.values())
    ids = {token: number for token, number in ids.items() if number not in taken} | added
    return TokenIds.from_mapping(ids, style=_style(document.plain_fields()), specials=specials)


def _style(document: dict[str, Any]) -> Style | None:
    """How words' starts are marked, by the parts that a tokenizer.json names."""
    if document["model"].get("type") == "WordPiece":
        return "wordpiece"
    named = set(_types(document.get("pre_tokenizer"))) | set(_types(document.get("decoder")))
    if "ByteLevel" in named:
        return "bytes"
    if "Metaspace" in named or "▁" in json.dumps(document.get("normalizer"), ensure_ascii=False):
        return "sentencepiece"
    return None


def _types(part: Any) -> Iterable[str]:
    """The names of a part and of the parts in it ("Sequence" has others inside)."""
    if isinstance(part, dict):
        yield str(part.get("type"))
        for inner in part.values():
            yield from _types(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _types(inner)


def _from_lines(path: Path, text: str) -> TokenIds:
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    # Only where every line has it is the carriage return an ending rather than a token's.
    if lines and all(line.endswith("\r") for line in lines):
        lines = [line[:-1] for line in lines]
    counts = None
    if lines and all(_COUNTED.fullmatch(line) for line in lines):
        fields = [line.split("\t") for line in lines]
        lines = [token for token, _count in fields]
        counts = np.array([int(count) for _token, count in fields], dtype=np.int64)
    if path.name == model_folder.VOCABULARY:
        lines = [_unescaped(path, row, line) for row, line in enumerate(lines)]
    return TokenIds.build(lines, counts=counts)


def _unescaped(path: Path, row: int, line: str) -> str:
    try:
        return tokens.unescape(line)
    except ValueError as error:
        raise FormatError(path, f"line {row + 1:,}", f"is no token ({error})") from error
