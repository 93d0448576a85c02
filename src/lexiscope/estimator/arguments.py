"""Arguments as scripts for gensim write them, and what becomes of those that are not ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from warnings import warn

from lexiscope.corpus import TokenizerSpec
from lexiscope.corpus.function_tokenizer import TokenizerFunction
from lexiscope.corpus.input.text_form import AUTO, TextForm
from lexiscope.errors import ArgumentError, ConfigError

if TYPE_CHECKING:
    from lexiscope.inspection.snapshots.recorder import Watch

# gensim 3's names of today's arguments.
_CONSTRUCTOR = {"size": "vector_size", "iter": "epochs"}
_SENTENCES = {"sentences": "corpus_iterable"}


def renamed(call: str, options: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Arguments of gensim 3 by today's names, each with a DeprecationWarning.

    Args:
        call: What got them, for the message.
        options: What no parameter has taken.
        names: gensim 3's name → today's.

    Raises:
        TypeError: One is none of them.
    """
    for name in options:
        if name not in names:
            raise TypeError(f"{call} got an unexpected argument {name!r}")
    for name in options:
        deprecated(f"{call}({name}=)", f"{names[name]}=", stacklevel=5)
    return {names[name]: value for name, value in options.items()}


def constructor_options(call: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """`size` and `iter`; see `renamed`."""
    return renamed(call, options, _CONSTRUCTOR)


def text_options(call: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """`sentences`; see `renamed`."""
    return renamed(call, options, _SENTENCES)


def deprecated(old: str, new: str, *, stacklevel: int = 3) -> None:
    """Warns that a name of gensim 3 was used, and names today's."""
    message = f"{old} is a name of gensim 3; write {new}"
    warn(message, DeprecationWarning, stacklevel=stacklevel)


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
        ArgumentError: Both or neither of the two are there.
    """
    if (sentences is None) == (files is None):
        got = "neither" if sentences is None else "both"
        raise ArgumentError(f"expected either sentences or corpus_file, got {got}")


def text_form(
    read_as: str,
    column: str | None,
    encoding: str | None,
    split_sentences: bool,
    sentences: object,
) -> TextForm:
    """What a text is kept in, by the constructor's arguments.

    Raises:
        ConfigError: There is no such form, column or encoding.
        ArgumentError: Something is said of files, and sentences are given.
    """
    form = TextForm(kind=read_as, column=column, encoding=encoding, split_sentences=split_sentences)
    said = {"read_as": form.kind != AUTO, "column": form.column, "encoding": form.encoding}
    for name, value in said.items():
        if value and sentences is not None:
            raise ArgumentError(
                f"{name} is of a file's text, but sentences are given; give the file by corpus_file"
            )
    return form


def tokenizer_spec(
    tokenizer: str | TokenizerFunction, lowercase: bool, stopwords: Iterable[str], form: TextForm
) -> TokenizerSpec:
    """How a text becomes words, by the constructor's arguments.

    Raises:
        ConfigError: There is no such tokenizer, or the stop words are no list.
    """
    words = frozenset(word_list("stopwords", stopwords))
    return TokenizerSpec(lowercase=lowercase, stopwords=words, text=form).by(tokenizer)


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
