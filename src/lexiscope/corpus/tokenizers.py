"""Tokenizers: what a word is.

Tokenizers work on *chunks*, the runs of characters between ASCII whitespace (space, tab, newline,
carriage return, vertical tab, form feed), so that each distinct chunk of a text is tokenized once,
however often it occurs:

``whitespace``
    A chunk is a word. Only ASCII whitespace separates: a no-break space, say, stays inside a word,
    and no word ever holds a byte that would tear a line of a text file of vectors.
``unicode-whitespace``
    What stands between whitespace of any kind, no-break and ideographic spaces too: Python's
    `str.split`, by which gensim's readers of files go.
``words``
    Unicode words: letters, marks and digits, with an apostrophe (' or ’) or a zero-width joiner
    or non-joiner kept where letters or digits stand on both sides. Everything else separates.
a function
    Of a text its words: given as such, or named ``module:function``.
a path
    A Hugging Face ``tokenizer.json``, or the folder that has one, which reads whole sentences; its
    special tokens are left out.

Lowercasing comes before splitting, stop words after both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import compress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.checks import flag
from lexiscope.corpus.function_tokenizer import (
    FunctionTokenizer,
    TokenizerFunction,
    function_named,
    is_function_name,
    name_of,
)
from lexiscope.corpus.input.text_form import AS_ITS_FILE, TextForm
from lexiscope.errors import ConfigError, MissingExtraError, reason_of
from lexiscope.files import json_document

WHITESPACE = "whitespace"
UNICODE_WHITESPACE = "unicode-whitespace"
WORDS = "words"
_KINDS = (WHITESPACE, UNICODE_WHITESPACE, WORDS)

_FILE = "tokenizer.json"
_HOW_TO_SAVE = (
    "transformers writes one: AutoTokenizer.from_pretrained('FOLDER').save_pretrained('NEW')"
)
_LOOKED_AT = 1 << 12
_MARK = b"\xef\xbb\xbf"

_CORE = r"[\p{L}\p{Nd}][\p{L}\p{M}\p{Nd}]*"
WORD_PATTERN = rf"{_CORE}(?:['’\u200c\u200d]{_CORE})*"


@dataclass(frozen=True, kw_only=True, repr=False)
class TokenizerSpec:
    """How a text becomes words.

    Attributes:
        kind: "whitespace", "unicode-whitespace", "words", the path of a Hugging Face
            ``tokenizer.json`` or of a folder with one, or a function's name, "module:function".
        lowercase: Lowercase the text first.
        stopwords: Words to leave out. Where `lowercase` is set they are lowercased too.
        comments: Skip lines whose first character that is no space is "#".
        text: What the text of files is kept in (`TextForm`, or its options as a mapping).
        function: What `kind` names, where that is a function; no file keeps it.

    Raises:
        ConfigError: `stopwords` is a plain string, or `kind` is empty.
    """

    kind: str = WHITESPACE
    lowercase: bool = False
    stopwords: frozenset[str] = frozenset()
    comments: bool = False
    text: TextForm = AS_ITS_FILE
    function: TokenizerFunction | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.kind, str) or not self.kind:
            raise ConfigError(
                f"tokenizer {self.kind!r}: expected 'whitespace', 'words', the path of a "
                "tokenizer.json or module:function"
            )
        if isinstance(self.stopwords, str):
            raise ConfigError(
                f"stopwords is the string {self.stopwords[:40]!r}: expected a set of words"
            )
        words = frozenset(self.stopwords)
        for word in words:
            if not isinstance(word, str):
                raise ConfigError(f"stopwords has {word!r:.60}; expected words")
        object.__setattr__(self, "stopwords", words)
        if isinstance(self.text, Mapping):
            object.__setattr__(self, "text", TextForm.from_json(self.text))
        for name in ("lowercase", "comments"):
            object.__setattr__(self, name, flag(name, getattr(self, name)))

    def __repr__(self) -> str:
        told = [repr(self.kind)]
        told += [f"{name}=True" for name in ("lowercase", "comments") if getattr(self, name)]
        told += [f"{len(self.stopwords):,} stop words"] if self.stopwords else []
        told += [f"text={self.text!r}"] if self.text != AS_ITS_FILE else []
        return f"TokenizerSpec({', '.join(told)})"

    @property
    def splits_chunks(self) -> bool:
        """Whether it is a function of the chunk, so that no sentence need be seen as a whole."""
        return self.kind in _KINDS

    @property
    def keeps_chunks(self) -> bool:
        """Whether each chunk is a word just as it stands."""
        return self.kind == WHITESPACE and not self.lowercase

    def by(self, tokenizer: str | TokenizerFunction) -> TokenizerSpec:
        """The same options with a tokenizer that its user has given: a kind, or a function.

        Raises:
            ConfigError: It names a function that is not there.
        """
        if not isinstance(tokenizer, str):
            if not callable(tokenizer):
                raise ConfigError(
                    f"tokenizer is a {type(tokenizer).__name__}; expected a name, a path or a "
                    f"function of a text"
                )
            return replace(self, kind=name_of(tokenizer), function=tokenizer)
        named = function_named(tokenizer) if is_function_name(tokenizer) else None
        return replace(self, kind=tokenizer, function=named)

    def stopword_set(self) -> frozenset[str]:
        """The stop words in the form in which they meet the text's words."""
        if not self.lowercase:
            return self.stopwords
        return frozenset(word.lower() for word in self.stopwords)

    def to_json(self) -> dict[str, Any]:
        """The options as plain data that `json.dumps` takes."""
        plain: dict[str, Any] = {
            "kind": self.kind,
            "lowercase": self.lowercase,
            "stopwords": sorted(self.stopwords),
            "comments": self.comments,
        }
        if self.text != AS_ITS_FILE:
            plain["text"] = self.text.to_json()
        return plain

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> TokenizerSpec:
        """The options from plain data; what is not said takes its default.

        Raises:
            ConfigError: A value is out of range.
            TypeError: An option has a name that is none, or the stop words are no list.
        """
        return cls(**saved)


class ChunkSplitter:
    """Splits chunks into words, many at a time.

    Args:
        spec: A spec whose `splits_chunks` is true.
    """

    def __init__(self, spec: TokenizerSpec) -> None:
        self._lowercase = spec.lowercase
        self._find: Callable[[str], list[str]] | None = None
        if spec.kind == WORDS:
            import regex

            self._find = regex.compile(WORD_PATTERN + r"|\n").findall
        elif spec.kind == UNICODE_WHITESPACE:
            self._find = re.compile(r"\S+|\n").findall

    def split(self, text: str) -> tuple[list[str], NDArray[np.int64]]:
        """Split chunks that stand one after another, a newline behind each.

        Returns:
            The words of all chunks in order, and how many each chunk has.
        """
        if self._lowercase:
            text = text.lower()
        if self._find is None:
            words = text.split("\n")
            words.pop()
            return words, np.ones(len(words), np.int64)
        found = self._find(text)
        is_word = np.fromiter(map("\n".__ne__, found), np.bool_, len(found))
        ends = np.flatnonzero(~is_word)
        sizes = np.diff(ends, prepend=-1) - 1
        return list(compress(found, is_word)), sizes.astype(np.int64)


class WordNumbers(dict[str, int]):
    """Numbers words in the order in which they are first asked for."""

    def __missing__(self, word: str) -> int:
        number = self[word] = len(self)
        return number

    def of(self, words: Sequence[str]) -> NDArray[np.int64]:
        """The numbers of some words."""
        return np.fromiter(map(self.__getitem__, words), np.int64, len(words))


class SentenceTokenizer:
    """A Hugging Face tokenizer, for whole sentences.

    Args:
        spec: A spec whose `kind` is the path of a ``tokenizer.json`` or of its folder.

    Raises:
        MissingExtraError: The package ``tokenizers`` is not installed.
        ConfigError: There is no such file, or it holds no tokenizer.
    """

    def __init__(self, spec: TokenizerSpec) -> None:
        path = tokenizer_file(spec.kind)
        try:
            from tokenizers import Tokenizer
        except ImportError as error:
            raise MissingExtraError("a Hugging Face tokenizer", "tokenizers") from error
        json_document.read(path, json_document.TABLE)
        try:
            self._tokenizer: Any = Tokenizer.from_file(str(path))
        except BaseException as error:
            # The package raises nothing narrower, and Rust's panics are no `Exception`.
            if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
                raise
            reason = reason_of(error)
            raise ConfigError(f"{path}: not a Hugging Face tokenizer.json: {reason}") from error
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._lowercase = spec.lowercase
        decoder = self._tokenizer.get_added_tokens_decoder()
        self._special = {number for number, token in decoder.items() if token.special}

    def tokenize(self, sentences: Sequence[str]) -> list[list[str]]:
        """The tokens of each sentence, without special ones such as [CLS] and [UNK]."""
        texts = [text.lower() for text in sentences] if self._lowercase else list(sentences)
        encodings = self._tokenizer.encode_batch(texts, add_special_tokens=False)
        special = self._special
        return [
            [
                token
                for token, number in zip(encoding.tokens, encoding.ids, strict=True)
                if number not in special
            ]
            for encoding in encodings
        ]


def sentence_tokenizer(spec: TokenizerSpec) -> SentenceTokenizer | FunctionTokenizer:
    """The tokenizer of whole sentences that a spec names.

    Raises:
        MissingExtraError: The package ``tokenizers`` is not installed.
        ConfigError: As `check_kind`.
    """
    check_kind(spec)
    if spec.function is None:
        return SentenceTokenizer(spec)
    return FunctionTokenizer(spec.function, spec.kind, lowercase=spec.lowercase)


def check_kind(spec: TokenizerSpec) -> None:
    """Refuse a tokenizer that is neither a known name nor a file that says how text is cut.

    Raises:
        ConfigError: Saying what the names are, or what the file is not; or it is a function that
            only a file has named.
    """
    if spec.splits_chunks or spec.function is not None:
        return
    if is_function_name(spec.kind):
        raise ConfigError(
            f"the tokenizer is the function {spec.kind}, which is not run because a file says so; "
            f"name it too: --tokenizer {spec.kind}, in Python tokenizer="
        )
    tokenizer_file(spec.kind)


def tokenizer_file(kind: str) -> Path:
    """The ``tokenizer.json`` that a path names: itself, or the one in a folder.

    Lists of tokens and SentencePiece models, from which Hugging Face's library makes one, are named
    with how: which options belong to them stands elsewhere.

    Raises:
        ConfigError: There is none, or the path is of another file.
    """
    path = Path(kind)
    if path.is_dir():
        inside = path / _FILE
        if inside.is_file():
            return inside
        raise ConfigError(f"tokenizer {kind!r}: is a folder without {_FILE}; {_HOW_TO_SAVE}")
    if not path.is_file():
        raise ConfigError(
            f"tokenizer {kind!r}: expected 'whitespace', 'words', the path of a {_FILE} or "
            "module:function; there is no such file"
        )
    with path.open("rb") as stream:
        begin = stream.read(_LOOKED_AT).removeprefix(_MARK).lstrip()
    if not begin.startswith(b"{"):
        raise ConfigError(
            f"tokenizer {kind!r}: does not say how text is cut into tokens, expected a {_FILE}; "
            f"{_HOW_TO_SAVE}"
        )
    return path


def batches(items: Iterable[Any], size: int) -> Iterable[list[Any]]:
    """Cut an iterable into lists of at most `size`."""
    iterator = iter(items)
    for first in iterator:
        batch = [first]
        batch.extend(item for _, item in zip(range(size - 1), iterator, strict=False))
        yield batch
