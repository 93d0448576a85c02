"""Lists of tokens in JSON, and Marian's in YAML."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from lexiscope.errors import FormatError
from lexiscope.files import json_document
from lexiscope.files.json_document import TABLE, Value
from lexiscope.formats.reading.token_lists.contract import Source, TokenList, by_ids
from lexiscope.formats.reading.token_lists.fields import are_counts, are_ids, is_natural
from lexiscope.formats.reading.token_lists.marks import Style, spelled_bytes

HUGGING_FACE = "Hugging Face tokenizer"
TEKKEN = "tekken"
KERAS = "Keras Tokenizer"
LISTED = "JSON list"
MAPPED = "JSON map"
MARIAN = "Marian vocabulary"

# Names under which a document keeps its tokens, among other things.
_INSIDE = (
    "vocab",
    "token_to_id",
    "token2id",
    "stoi",
    "word_index",
    "word2idx",
    "word2id",
    "word_to_id",
    "key_to_index",
    "itos",
    "id_to_token",
    "id2token",
    "index_word",
    "idx2word",
    "id2word",
    "index_to_key",
    "token2idx",
    "token_to_idx",
    "word_to_index",
    "word_to_ix",
    "word2ix",
    "word_map",
    "str2int",
    "encoder",
    "idx2token",
    "idx_to_token",
    "index_to_word",
    "tokens",
    "words",
)
_CONFIGURATION = ("tokenizer_class", "added_tokens_decoder", "model_type", "unk_token")
_CONTENT = ("content", "token", "piece", "word", "text")
_YAML_ENTRY = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s].*?)\s*:\s+(\d{1,9})\s*""")
_SENTENCEPIECE_SPACE = "▁"
# Numbers further apart than this may be ids with holes, and counts as well.
_SPREAD, _AHEAD = 2, 100


def read_hugging_face(source: Source) -> TokenList | None:
    """Hugging Face's `tokenizer.json`: `model.vocab` (token → id, or pairs of token and score),
    `added_tokens`, and the parts that tell how words are marked.
    """
    document = source.document
    if document is None or not isinstance(document.plain, dict):
        return None
    if not isinstance(document["model"].plain, dict):
        return None
    vocabulary = document["model"]["vocab"]
    if isinstance(vocabulary.plain, list):  # Unigram: [token, score] in the order of ids
        pairs = [entry for entry in vocabulary.plain if isinstance(entry, list) and len(entry) == 2]
        if len(pairs) != len(vocabulary.plain) or not all(isinstance(t, str) for t, _ in pairs):
            raise FormatError(
                source.path, "model.vocab", "is a list of something else than token, score"
            )
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
    return TokenList(
        tokens=by_ids(ids, source.path),
        shape=HUGGING_FACE,
        style=_style(document.plain_fields()),
        specials=frozenset(specials),
    )


def _style(document: dict[str, Any]) -> Style | None:
    """How words are marked, by the parts that a tokenizer.json names."""
    model = document["model"]
    if model.get("type") == "WordPiece":
        return "wordpiece"
    named = set(_types(document.get("pre_tokenizer"))) | set(_types(document.get("decoder")))
    if model.get("end_of_word_suffix") == "</w>":
        return "end-of-word-bytes" if "ByteLevel" in named else "end-of-word"
    if "ByteLevel" in named:
        return "bytes"
    normalizer = json.dumps(document.get("normalizer"), ensure_ascii=False)
    if "Metaspace" in named or _SENTENCEPIECE_SPACE in normalizer:
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


def read_tekken(source: Source) -> TokenList | None:
    """Mistral's `tekken.json`: tokens of bytes by rank, behind the special tokens' ids."""
    document = source.document
    if document is None or not isinstance(document.plain, dict):
        return None
    first = document.plain.get("vocab")
    if not (isinstance(first, list) and first and isinstance(first[0], dict)):
        return None
    if "token_bytes" not in first[0]:
        return None
    config = document["config"]
    ahead = config["default_num_special_tokens"].whole(0, 1 << 20)
    size = config["default_vocab_size"].whole(ahead, 1 << 24)
    ids: dict[str, int] = {}
    specials: set[str] = set()
    given = document["special_tokens"]
    for entry in given.entries() if given.is_given else []:
        token = entry["token_str"].text()
        ids[token] = entry["rank"].whole(0, max(0, ahead - 1))
        specials.add(token)
    for entry in document["vocab"].entries():
        number = ahead + entry["rank"].whole(0, 1 << 24)
        if number < size:
            ids[spelled_bytes(_decoded(entry["token_bytes"]))] = number
    return TokenList(
        tokens=by_ids(ids, source.path), shape=TEKKEN, style="bytes", specials=frozenset(specials)
    )


def _decoded(value: Value) -> bytes:
    try:
        return base64.b64decode(value.text(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise value.fault("bytes in base64") from error


def read_keras(source: Source) -> TokenList | None:
    """Keras' `Tokenizer.to_json()`: word → id from 1, and counts, as texts of JSON in JSON.

    `json.dump(tokenizer.to_json(), file)` makes a text of it once more.
    """
    document = source.document
    if document is not None and isinstance(document.plain, str):
        document = json_document.parse(document.plain.encode("utf-8", "replace"), source.path)
    if document is None or not isinstance(document.plain, dict):
        return None
    if document.plain.get("class_name") != "Tokenizer" or "config" not in document.plain:
        return None
    config = document["config"]
    listed = by_ids(_inner(config["word_index"]).numbered(), source.path)
    most = config["num_words"].plain
    if source.rows is not None and most == source.rows:
        listed = listed[:most]  # the matrix has rows for the commonest words only
    counts = None
    if config["word_counts"].is_given:
        told = _inner(config["word_counts"]).numbered()
        counts = np.array([told.get(token or "", 0) for token in listed], dtype=np.int64)
    unknown = config["oov_token"].plain
    return TokenList(
        tokens=listed,
        shape=KERAS,
        counts=counts,
        style="plain",
        specials=frozenset([unknown] if isinstance(unknown, str) else []),
    )


def _inner(value: Value) -> Value:
    """A document that is kept as a text in another, or as it is."""
    if not isinstance(value.plain, str):
        return value
    content = value.plain.encode("utf-8", "replace")
    return json_document.parse(content, value.path, TABLE, position=value.name)


def read_listed(source: Source) -> TokenList | None:
    """A list of tokens, of pairs of token and number, or of objects with a token and its id."""
    plain = None if source.document is None else _inside(source.document.plain)
    return _of_list(plain, source.path, LISTED) if isinstance(plain, list) else None


def of_plain(document: Any, path: Path, shape: str) -> TokenList | None:
    """The tokens of plain data as JSON has them, from wherever; None where it is neither.

    Args:
        document: A list of tokens, a dict token → id or id → token, or a dict with one in it.
        path: For messages.
        shape: How the file keeps them.

    Raises:
        FormatError: As for JSON: something is no token, two have one id, or it fits two readings.
    """
    plain = _inside(document)
    if isinstance(plain, list):
        return _of_list(plain, path, shape)
    return _of_map(plain, path, shape) if isinstance(plain, dict) and plain else None


def _of_list(plain: list[Any], path: Path, shape: str) -> TokenList:
    if plain and all(isinstance(entry, dict) for entry in plain):
        return TokenList(tokens=_of_entries(plain, path), shape=shape)
    if plain and all(_is_pair(entry) for entry in plain):
        return _of_pairs(plain, path, shape)
    for number, token in enumerate(plain):
        if token is not None and not isinstance(token, str):
            raise FormatError(
                path,
                None,
                f"is neither a list of words nor word → id: the token of id {number} is "
                f"{token!r:.60}",
            )
    return TokenList(tokens=list(plain), shape=shape)


def _is_pair(entry: Any) -> bool:
    return (
        isinstance(entry, list | tuple)
        and len(entry) == 2
        and isinstance(entry[0], str)
        and type(entry[1]) in (int, float)
    )


def _of_pairs(pairs: list[tuple[str, int | float]], path: Path, shape: str) -> TokenList:
    """Tokens with counts, scores, or their ids in order."""
    numbers = [number for _token, number in pairs]
    tokens: list[str | None] = [token for token, _number in pairs]
    whole = [number for number in numbers if type(number) is int and 0 <= number < 1 << 62]
    if len(whole) < len(numbers):
        return TokenList(tokens=tokens, shape=shape)
    if are_ids(whole) and are_counts(whole):
        raise _two_readings(path, "the numbers of its pairs", "ids or counts")
    if are_ids(whole):
        ids = {str(token): number for token, number in zip(tokens, whole, strict=True)}
        return TokenList(tokens=by_ids(ids, path), shape=shape)
    return TokenList(tokens=tokens, shape=shape, counts=np.array(whole, dtype=np.int64))


def _of_entries(entries: list[dict[str, Any]], path: Path) -> list[str | None]:
    ids: dict[str, int] = {}
    for number, entry in enumerate(entries):
        token = next((entry[name] for name in _CONTENT if isinstance(entry.get(name), str)), None)
        if token is None or token in ids:
            raise FormatError(
                path, f"entry {number}", f"has no token of its own under {', '.join(_CONTENT)}"
            )
        ids[token] = entry.get("id", number)
    return by_ids(ids, path)


def read_mapped(source: Source) -> TokenList | None:
    """Token → id, or id → token; alone, or under one of the usual names (`vocab`, `stoi`)."""
    plain = None if source.document is None else _inside(source.document.plain)
    return _of_map(plain, source.path, MAPPED) if isinstance(plain, dict) else None


def _of_map(plain: dict[str, Any], path: Path, shape: str) -> TokenList:
    if plain and all(is_natural(key) and isinstance(t, str) for key, t in plain.items()):
        return TokenList(tokens=_of_numbers(plain, path), shape=shape)
    if any(name in plain for name in _CONFIGURATION) and not all(
        type(number) is int for number in plain.values()
    ):
        raise FormatError(
            path,
            None,
            "is a configuration; expected tokens: give tokenizer.json or the folder",
        )
    listed = by_ids(plain, path)
    if len(plain) > 2 and are_ids([*plain.values()]) and are_counts([*plain.values()]):
        raise _two_readings(path, "its numbers", "ids or counts")
    if len(listed) > _SPREAD * len(plain) + _AHEAD:
        raise _two_readings(
            path,
            f"its numbers, {len(plain):,} up to {len(listed) - 1:,},",
            "counts, or ids with holes",
        )
    return TokenList(tokens=listed, shape=shape)


def _two_readings(path: Path, what: str, readings: str) -> FormatError:
    return FormatError(
        path,
        None,
        f"fits two readings: {what} may be {readings}; give the tokens alone, in the order of "
        "their ids",
    )


def _of_numbers(tokens: dict[str, str], path: Path) -> list[str | None]:
    """Tokens in the order of their ids; several may have one text."""
    # Two names of one number are an error, and so are numbers far beyond the tokens.
    highest = len(by_ids({number: int(number) for number in tokens}, path))
    listed: list[str | None] = [None] * highest
    for number, token in tokens.items():
        listed[int(number)] = token
    return listed


def _inside(plain: Any) -> Any:
    """The list or map of tokens in a document."""
    if isinstance(plain, dict):
        inner = next((plain[name] for name in _INSIDE if _holds(plain.get(name))), None)
        if inner is not None:
            return inner
    return plain


def _holds(value: Any) -> bool:
    return isinstance(value, dict | list) and len(value) > 0


def read_marian(source: Source) -> TokenList | None:
    """Marian's `vocab.yml`: `token: id` a line, in quotes where YAML needs them."""
    if not source.name.endswith((".yml", ".yaml")):
        return None
    ids: dict[str, int] = {}
    if source.lines and all(line.startswith("- ") for line in source.lines):
        entries = enumerate(line[2:].strip() for line in source.lines)
        listed: list[str | None] = [_unquoted(text, source.path, row) for row, text in entries]
        return TokenList(tokens=listed, shape=MARIAN)
    for row, line in enumerate(source.lines):
        entry = _YAML_ENTRY.fullmatch(line)
        if entry is None:
            raise FormatError(source.path, f"line {row + 1:,}", "is not `token: id`")
        ids[_unquoted(entry[1], source.path, row)] = int(entry[2])
    if len(ids) != len(source.lines):
        raise FormatError(source.path, None, "gives a token twice; expected an id a token")
    return TokenList(tokens=by_ids(ids, source.path), shape=MARIAN)


def _unquoted(text: str, path: Path, row: int) -> str:
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    if not text.startswith('"'):
        return text
    position = f"line {row + 1:,}"
    return json_document.parse(f"[{text}]".encode(), path, position=position).texts()[0]
