"""Arguments as scripts for gensim write them, and what becomes of those that are not ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from lexiscope.errors import ConfigError

if TYPE_CHECKING:
    from lexiscope.inspection.snapshots.recorder import Watch

# gensim's options that ask for what is always done here, or for what makes no difference.
_WITHOUT_EFFECT = ("batch_words", "comment", "compute_loss", "hashfxn", "sorted_vocab")
# gensim's options that are not here, and what to write instead; their "off" is accepted.
_INSTEAD = {
    "max_vocab_size": "memory stays bounded without it; max_final_vocab bounds the words kept",
    "null_word": "name the token in specials",
    "trim_rule": "choose words with min_count, keep, specials and stopwords",
}
_RENAMED = {"size": "vector_size", "iter": "epochs"}


def refuse_unknown(options: Mapping[str, object], also: tuple[str, ...] = ()) -> None:
    """Lets gensim's options pass where they change nothing.

    Args:
        options: Options by name, none of which is ours.
        also: More that make no difference.

    Raises:
        TypeError: One asks for something that is not here; what to write is said.
    """
    for name, value in options.items():
        if name in _RENAMED:
            raise TypeError(f"Word2Vec got {name!r}, gensim 3's name; write {_RENAMED[name]}")
        if name in _INSTEAD:
            if value not in (None, False, 0, (), []):
                raise TypeError(f"Word2Vec has no {name!r}: {_INSTEAD[name]}")
        elif name not in _WITHOUT_EFFECT and name not in also:
            raise TypeError(f"Word2Vec got an unexpected argument {name!r}")


def word_list(name: str, words: Iterable[str]) -> tuple[str, ...]:
    """Words of an option.

    Raises:
        ConfigError: It is no list; a str would be taken for its letters.
    """
    if isinstance(words, str) or not isinstance(words, Iterable):
        raise ConfigError(f"{name} is {words!r:.60}; expected a list of words")
    return tuple(words)


def one_text(sentences: object, files: object) -> None:
    """Refuses a text that is given twice, or not at all.

    Raises:
        ConfigError: Both or neither of the two are there.
    """
    if (sentences is None) == (files is None):
        got = "neither" if sentences is None else "both"
        raise ConfigError(f"expected either sentences or corpus_file, got {got}")


def watch(record: bool | Iterable[str] | Watch) -> Watch | None:
    """What to watch along the training; None for nothing.

    Raises:
        ConfigError: It is no list of words.
    """
    if record is False:
        return None
    from lexiscope.inspection.snapshots.recorder import Watch

    if record is True:
        return Watch()
    return record if isinstance(record, Watch) else Watch(words=word_list("record", record))
