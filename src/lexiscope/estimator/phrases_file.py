r"""Files of `Phrases` and `FrozenPhrases`: ours, and gensim's pickles, which are never run.

Ours is text in UTF-8::

    lexiscope phrases 1
    {"kind": "Phrases", "min_count": 5, …}
    new\t512
    new_york\t301

The second line is a JSON object of the settings. Each line behind it is a word or a phrase, escaped
as in `vocabulary.tsv`, a tab, and its count (of `FrozenPhrases`: its score, with all its digits). A
scoring function of the user's own is kept by its name, and found again only where its module is
imported already: nothing is imported for a file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from lexiscope.corpus.input.sentence_files import NO_LIMIT
from lexiscope.corpus.phrases.scoring import SCORERS, Scorer
from lexiscope.errors import FormatError
from lexiscope.estimator.phrases_scorers import scorer_named
from lexiscope.files import json_document
from lexiscope.files.atomic import atomic_file
from lexiscope.files.opening import mapped
from lexiscope.files.tokens import escape, unescape

_MAGIC = b"lexiscope phrases 1\n"
_PICKLE = 0x80
_BOUNDS = json_document.Bounds(size=1 << 24, values=1 << 20, containers=16)
_BLOCK = 1 << 16
_ADVICE = "copy the file again, or find the phrases anew"


def write(phrases: Any, target: str | os.PathLike[str] | BinaryIO) -> None:
    """Writes the file.

    Args:
        phrases: What is saved, `Phrases` or `FrozenPhrases`.
        target: A path, or a file open for bytes.

    Raises:
        NoRoomError: The disk is full.
        OSError: The folder is missing or cannot be written to.
    """
    if isinstance(target, (str, os.PathLike)):
        with atomic_file(Path(target)) as stream:
            stream.writelines(_content(phrases))
    else:
        target.writelines(_content(phrases))


def _content(phrases: Any) -> Iterator[bytes]:
    is_frozen = not hasattr(phrases, "vocab")
    settings = {
        "kind": "FrozenPhrases" if is_frozen else "Phrases",
        "delimiter": phrases.delimiter,
        "min_count": phrases.min_count,
        "threshold": phrases.threshold,
        "scoring": _name_of(phrases.scoring),
        "connector_words": sorted(phrases.connector_words),
    }
    if not is_frozen:
        names = ("max_vocab_size", "min_reduce", "corpus_word_count", "progress_per")
        settings |= {name: getattr(phrases, name) for name in names}
        settings["max_vocab_size"] = min(settings["max_vocab_size"], NO_LIMIT)  # JSON has no ∞
    yield _MAGIC
    yield json.dumps(settings).encode("ascii") + b"\n"
    numbers = phrases.phrasegrams if is_frozen else phrases.vocab
    lines = [f"{escape(text)}\t{number!r}\n" for text, number in numbers.items()]
    for begin in range(0, len(lines), _BLOCK):
        yield "".join(lines[begin : begin + _BLOCK]).encode("utf-8")


def _name_of(scorer: Scorer) -> str:
    for name, own in SCORERS.items():
        if scorer is own:
            return name
    return f"{scorer.__module__}:{getattr(scorer, '__qualname__', type(scorer).__name__)}"


def read(path: str | os.PathLike[str], kind: Callable[[], Any], frozen_kind: type[Any]) -> Any:
    """Reads a file, ours or gensim's.

    Args:
        path: The file.
        kind, frozen_kind: The two classes that it may be of.

    Raises:
        MissingPathError: There is no such file.
        FormatError: It is neither of ours nor of gensim's, or damaged.
    """
    place = Path(path)
    with mapped(place, disguises=False) as data:
        if data[0] == _PICKLE:
            from lexiscope.estimator.phrases_pickle import settings_of

            settings, numbers = settings_of(data, place)
        else:
            settings, numbers = _parsed(bytes(data), place)
    values = {
        name: settings[name] for name in ("delimiter", "min_count", "threshold", "scoring")
    } | {"connector_words": frozenset(settings["connector_words"])}
    if settings["kind"] == "FrozenPhrases":
        frozen: Any = object.__new__(frozen_kind)
        vars(frozen).update(values, phrasegrams=numbers)
        return frozen
    phrases = kind()
    names = ("max_vocab_size", "min_reduce", "corpus_word_count", "progress_per")
    vars(phrases).update(values, **{name: settings[name] for name in names})
    phrases.vocab = numbers
    return phrases


def _parsed(content: bytes, path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Settings, and the numbers of words and phrases, out of a file of ours."""
    if not content.startswith(_MAGIC):
        raise FormatError(
            path, None, "is no file of phrases, neither ours nor gensim's; expected what save wrote"
        )
    end = content.find(b"\n", len(_MAGIC))
    header = content[len(_MAGIC) : end if end >= 0 else len(content)]
    document = json_document.parse(header, path, _BOUNDS, position="line 2", advice=_ADVICE)
    is_frozen = document["kind"].text() == "FrozenPhrases"
    settings: dict[str, Any] = {
        "kind": document["kind"].text(),
        "delimiter": document["delimiter"].text(),
        "min_count": document["min_count"].number(),
        "threshold": document["threshold"].number(),
        "scoring": scorer_named(document["scoring"].text()),
        "connector_words": document["connector_words"].texts(),
    }
    for name in ("min_count", "threshold"):
        settings[name] = document[name].plain  # 5 stays 5
    if not is_frozen:
        for name in ("min_reduce", "corpus_word_count", "progress_per"):
            settings[name] = document[name].whole()
        document["max_vocab_size"].number()
        settings["max_vocab_size"] = document["max_vocab_size"].plain
    lines = content[end + 1 :].split(b"\n") if end >= 0 else [b""]
    if lines.pop():
        raise FormatError(path, None, f"ends inside a line; {_ADVICE}")
    convert = float if is_frozen else int
    numbers: dict[str, Any] = {}
    for place, line in enumerate(lines, 3):
        field, tab, number = line.partition(b"\t")
        try:
            if not tab:
                raise ValueError("there is no tab in it")
            numbers[unescape(field.decode("utf-8"))] = convert(number)
        except ValueError as error:
            raise FormatError(path, f"line {place:,}", f"{error}; {_ADVICE}") from error
    return settings, numbers
