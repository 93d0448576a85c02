"""gensim's saved `Phrases`, of every version since 0.12, read out of the pickle without running it.

Before 4.0 words were bytes and phrases tuples of them, and connector words were called common
terms; earlier ones have neither these nor scoring functions. Source: gensim's own upgrade on
loading, 4.4.
"""

from __future__ import annotations

from mmap import mmap
from pathlib import Path
from typing import Any

from lexiscope.corpus.phrases.scoring import SCORERS, Scorer
from lexiscope.errors import FormatError
from lexiscope.estimator.phrases_scorers import scorer_named
from lexiscope.formats.kinds.gensim.objects import Saved
from lexiscope.formats.reading import inert_pickle
from lexiscope.formats.reading.inert import Global, Instance, Items
from lexiscope.formats.reading.inert_arrays import bytes_of, number_of

_FROZEN = ("FrozenPhrases", "Phraser")
_SCORERS = {"original_scorer": "default", "npmi_scorer": "npmi"}
_KEPT = 40_000_000
_NONE = "\0"  # no word of a text: stands for what is none


def settings_of(data: mmap, path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Settings, and the numbers of words and phrases, as `phrases_file` has them.

    Args:
        data: The file.
        path: For messages.

    Raises:
        FormatError: It is no such object, or damaged.
    """
    root = inert_pickle.read(data, path, _may_stand)
    saved = Saved(root, path, path) if isinstance(root, Instance) else None
    if saved is None or saved.name not in ("Phrases", *_FROZEN):
        kind = type(root).__name__ if saved is None else saved.name
        raise FormatError(path, None, f"is a {kind}, expected gensim's Phrases or FrozenPhrases")
    delimiter = _text(saved.get("delimiter"), "_")
    is_frozen = saved.name in _FROZEN
    settings: dict[str, Any] = {
        "kind": "FrozenPhrases" if is_frozen else "Phrases",
        "delimiter": delimiter,
        "min_count": _number(saved, "min_count", 5),
        "threshold": _number(saved, "threshold", 10.0),
        "scoring": _scorer(saved.get("scoring")),
        "connector_words": _words(saved.get("connector_words", "common_terms")),
    }
    if not is_frozen:
        for name, usual in (("min_reduce", 1), ("corpus_word_count", 0), ("progress_per", 10_000)):
            settings[name] = _number(saved, name, usual)
        settings["max_vocab_size"] = _number(saved, "max_vocab_size", _KEPT)
    content = _items(saved.get("phrasegrams" if is_frozen else "vocab"))
    if content is None:
        raise FormatError(path, None, f"is a {saved.name} without phrases; the file is damaged")
    numbers: dict[str, Any] = {}
    for key, value in content:
        # Scores were pairs of a count and a score.
        number = number_of(value[1] if isinstance(value, tuple) and len(value) == 2 else value)
        if isinstance(key, tuple):
            key = delimiter.join(_text(part) for part in key)
        text = _text(key, _NONE)
        if number is None or text is _NONE:
            raise FormatError(
                path,
                None,
                "has a word that is no text, or a count that is no number; it is damaged",
            )
        numbers[text] = number
    return settings, numbers


def _may_stand(name: Global) -> bool:
    """Whether a name may stand in the file: a scoring function of the user's own may have any."""
    return str(name).isascii()


def _items(value: Any) -> Items | None:
    if isinstance(value, Instance):
        value = value.items
    return value if isinstance(value, Items) else None


def _text(value: Any, usual: str = "") -> str:
    if isinstance(value, str):
        return value
    content = bytes_of(value)
    return usual if content is None else content.decode("utf-8", "surrogateescape")


def _number(saved: Saved, name: str, usual: float) -> float:
    value = number_of(saved.get(name))
    return usual if value is None else value


def _scorer(value: Any) -> Scorer:
    if isinstance(value, Global):
        return scorer_named(_SCORERS.get(value.name, f"{value.module}:{value.name}"))
    return scorer_named(value) if isinstance(value, str) else SCORERS["default"]


def _words(value: Any) -> list[str]:
    """The words of a set, however it was pickled."""
    if isinstance(value, Instance):
        value = value.arguments[0] if value.arguments else value.elements
    if isinstance(value, list | tuple | set | frozenset):
        return [_text(word) for word in value]
    return []
