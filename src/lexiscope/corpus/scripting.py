"""Small things that scripts around word vectors use, by gensim's names (`gensim.utils`)."""

from __future__ import annotations

import bz2
import gzip
import heapq
import lzma
import os
import random
import tempfile
from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sequence, Sized
from contextlib import contextmanager
from itertools import chain, cycle, islice
from numbers import Integral
from pathlib import Path
from typing import IO, Any, NoReturn

import numpy as np

from lexiscope.cores import cores_allowed
from lexiscope.corpus.input.streams import MissingTextError
from lexiscope.errors import ConfigError
from lexiscope.files.compression import MAGIC_BYTES, compression_of

RULE_DEFAULT = 0
RULE_DISCARD = 1
RULE_KEEP = 2

TrimRule = Callable[[str, int, int], int | None]

_WRITERS: dict[str, Callable[..., Any]] = {
    ".gz": gzip.open,
    ".bz2": bz2.open,
    ".xz": lzma.open,
}


class ChunkSizeError(ConfigError, AssertionError):
    """Chunks of no size."""


def identity(p: Any) -> Any:
    """What was given."""
    return p


def call_on_class_only(*args: object, **kwargs: object) -> NoReturn:
    """What stands for a method that is only to be called on a class.

    Raises:
        AttributeError: Always.
    """
    raise AttributeError("call this method on the class, not on one of its objects")


def get_random_state(seed: Any) -> np.random.RandomState:
    """NumPy's generator for a seed: a number, one that exists already, or None for the global one.

    Raises:
        ConfigError: It is neither; a ValueError.
    """
    if seed is None or seed is np.random:
        return np.random.mtrand._rand
    if isinstance(seed, Integral):
        return np.random.RandomState(int(seed))
    if isinstance(seed, np.random.RandomState):
        return seed
    raise ConfigError(f"seed is {seed!r:.60}; expected a number, a RandomState or None")


def effective_n_jobs(n_jobs: int | None) -> int:
    """How many threads are meant: negative numbers count down from all cores.

    Raises:
        ConfigError: It is 0; a ValueError.
    """
    if n_jobs == 0:
        raise ConfigError("n_jobs is 0; expected a number of threads, or -1 for one a core")
    if n_jobs is None:
        return 1
    return n_jobs if n_jobs > 0 else max(cores_allowed() + 1 + n_jobs, 1)


def keep_vocab_item(
    word: str, count: int, min_count: int, trim_rule: TrimRule | None = None
) -> bool:
    """Whether a word is kept.

    Args:
        word: The word.
        count: How often it occurs.
        min_count: The least count, where the rule says nothing else.
        trim_rule: Gives `RULE_KEEP`, `RULE_DISCARD` or `RULE_DEFAULT` for (word, count, min_count).
    """
    said = RULE_DEFAULT if trim_rule is None else trim_rule(word, count, min_count)
    if said in (RULE_KEEP, RULE_DISCARD):
        return said == RULE_KEEP
    return count >= min_count


def prune_vocab(
    vocab: MutableMapping[str, int], min_reduce: int, trim_rule: TrimRule | None = None
) -> int:
    """Takes words out that are rarer than `min_reduce`. Returns how often all of them occurred."""
    gone = [
        word
        for word, count in vocab.items()
        if not keep_vocab_item(word, count, min_reduce, trim_rule)
    ]
    return sum(vocab.pop(word) for word in gone)


def trim_vocab_by_freq(
    vocab: MutableMapping[str, int], topk: int, trim_rule: TrimRule | None = None
) -> None:
    """Takes words out but for the commonest, and those as common as the last of them."""
    if topk < len(vocab):
        prune_vocab(vocab, heapq.nlargest(topk, vocab.values())[-1], trim_rule)


def merge_counts(dict1: dict[Any, Any], dict2: dict[Any, Any]) -> dict[Any, Any]:
    """The first counts with the second ones added to them."""
    for word, count in dict2.items():
        dict1[word] = dict1[word] + count if word in dict1 else count
    return dict1


def revdict(d: Any) -> dict[Any, Any]:
    """A dict with keys and values changed over."""
    return {value: key for key, value in dict(d).items()}


def sample_dict(d: dict[Any, Any], n: int = 10, use_random: bool = True) -> list[tuple[Any, Any]]:
    """Some entries of a dict, chosen at random or the first ones."""
    keys = random.sample(list(d), min(len(d), n)) if use_random else islice(d, n)
    return [(key, d[key]) for key in keys]


def lazy_flatten(nested_list: Iterable[Any]) -> Iterator[Any]:
    """The items of lists of lists, however deep; strings are items."""
    for item in nested_list:
        if isinstance(item, Iterable) and not isinstance(item, str):
            yield from lazy_flatten(item)
        else:
            yield item


def flatten(nested_list: Iterable[Any]) -> list[Any]:
    """`lazy_flatten`, as a list."""
    return list(lazy_flatten(nested_list))


def chunkize_serial(
    iterable: Iterable[Any], chunksize: int, as_numpy: bool = False, dtype: Any = np.float32
) -> Iterator[list[Any]]:
    """An iterable in lists of `chunksize` items, the last of what is left.

    Args:
        iterable: The items.
        chunksize: Items of a list.
        as_numpy: Whether to make each item an array of `dtype`.
        dtype: Of the arrays.
    """
    items = iter(iterable)
    while chunk := list(islice(items, int(chunksize))):
        yield [np.array(item, dtype=dtype) for item in chunk] if as_numpy else chunk


grouper = chunkize_serial


def chunkize(
    corpus: Iterable[Any], chunksize: int, maxsize: int = 0, as_numpy: bool = False
) -> Iterator[list[Any]]:
    """`chunkize_serial`; `maxsize`, for which gensim starts a process that reads ahead, changes
    nothing.

    Raises:
        ChunkSizeError: `chunksize` is not above 0; an AssertionError.
    """
    if chunksize <= 0:
        raise ChunkSizeError(f"chunksize is {chunksize}; expected a number above 0")
    yield from chunkize_serial(corpus, chunksize, as_numpy)


class RepeatCorpus:
    """The first `reps` items of a corpus that begins again at its end."""

    def __init__(self, corpus: Iterable[Any], reps: int) -> None:
        self.corpus = corpus
        self.reps = reps

    def __iter__(self) -> Iterator[Any]:
        return islice(cycle(self.corpus), self.reps)


class RepeatCorpusNTimes:
    """A corpus `n` times over."""

    def __init__(self, corpus: Iterable[Any], n: int) -> None:
        self.corpus = corpus
        self.n = n

    def __iter__(self) -> Iterator[Any]:
        return chain.from_iterable(self.corpus for _ in range(self.n))


class ClippedCorpus:
    """The first items of a corpus."""

    def __init__(self, corpus: Iterable[Any], max_docs: int | None = None) -> None:
        self.corpus = corpus
        self.max_docs = max_docs

    def __iter__(self) -> Iterator[Any]:
        return islice(self.corpus, self.max_docs)

    def __len__(self) -> int:
        size = len(self.corpus)  # type: ignore[arg-type]
        return size if self.max_docs is None else min(self.max_docs, size)


class SlicedCorpus:
    """The items of a corpus that a slice chooses."""

    def __init__(self, corpus: Iterable[Any], slice_: slice) -> None:
        self.corpus = corpus
        self.slice_ = slice_

    def __iter__(self) -> Iterator[Any]:
        return islice(self.corpus, self.slice_.start, self.slice_.stop, self.slice_.step)

    def __len__(self) -> int:
        if isinstance(self.corpus, Sized):
            return len(range(*self.slice_.indices(len(self.corpus))))
        return sum(1 for _ in self)


def is_empty(corpus: Any) -> bool:
    """Whether there is nothing in a corpus; of a generator nobody knows, so it is none that is."""
    if isinstance(corpus, Iterator):
        return False
    shape = getattr(corpus, "shape", None)
    if shape is not None and len(shape) == 2 and hasattr(corpus, "nnz"):
        return bool(shape[1] == 0)
    return next(iter(corpus), _NOTHING) is _NOTHING


_NOTHING = object()


def is_corpus(obj: Any) -> tuple[bool, Any]:
    """Whether it is a corpus: an iterable of lists of (number, weight). With it the same again.

    Of an iterator the first item is taken and put back in front.
    """
    if "Corpus" in type(obj).__name__:
        return True, obj
    try:
        items = iter(obj)
        first = next(items)
        if items is obj:
            obj = chain([first], items)
        if len(first) == 0:
            return True, obj
        number, weight = next(iter(first))
        int(number), float(weight)
    except (StopIteration, TypeError, ValueError):
        return False, obj
    return True, obj


def get_max_id(corpus: Iterable[Sequence[tuple[int, float]]]) -> int:
    """The greatest number in a corpus, −1 of an empty one."""
    return max((number for document in corpus for number, _ in document), default=-1)


def open_path(uri: str | os.PathLike[str], mode: str = "r", **options: Any) -> IO[Any]:
    """A file, unpacked as it is read where it is packed, and packed as it is written where its name
    ends in .gz, .bz2 or .xz.

    Args:
        uri: The path.
        mode: As for `open`: text, unless there is a "b" in it.
        options: encoding, errors and newline, as for `open`.

    Raises:
        MissingTextError: There is no such file; a FileNotFoundError.
        OSError: It cannot be opened.
    """
    path = Path(uri)
    if "b" not in mode:
        options = {"encoding": "utf-8", **options}
    if set(mode) & set("wax+"):
        writer = _WRITERS.get(path.suffix)
    else:
        if not path.exists():
            raise MissingTextError(f"{path}: no such file")
        with path.open("rb") as stream:
            kind = compression_of(stream.read(MAGIC_BYTES))
        names = {"gzip": ".gz", "bzip2": ".bz2", "xz": ".xz"}
        if kind is not None and kind.name not in names:
            raise ConfigError(f"{path}: is packed by {kind.name}, which open does not unpack")
        writer = None if kind is None else _WRITERS[names[kind.name]]
    if writer is None:
        return path.open(mode, **options)
    opened: IO[Any] = writer(path, mode if "b" in mode else f"{mode.replace('t', '')}t", **options)
    return opened


def file_or_filename(input: Any) -> Any:
    """A file open for bytes: that of a path, or one that is open already, at its start."""
    if isinstance(input, str):
        return open_path(input, "rb")
    input.seek(0)
    return input


@contextmanager
def open_file(input: Any) -> Iterator[Any]:
    """`file_or_filename`; what was opened here is closed behind the block."""
    stream = file_or_filename(input)
    try:
        yield stream
    finally:
        if isinstance(input, str):
            stream.close()


def save_as_line_sentence(
    corpus: Iterable[Iterable[str]], filename: str | os.PathLike[str]
) -> None:
    """Writes sentences to a file, one a line, a space between words."""
    with open_path(filename, "w") as stream:
        for sentence in corpus:
            stream.write(" ".join(sentence) + "\n")


def datapath(fname: str) -> str:
    """The path of a file of gensim's test data, which are not part of this package.

    Raises:
        MissingTextError: Always; a FileNotFoundError.
    """
    raise MissingTextError(
        f"{fname}: gensim's test data are not part of lexiscope; give the path of a file "
        "of your own"
    )


def get_tmpfile(suffix: str) -> str:
    """A path in a new temporary folder, which stays."""
    return str(Path(tempfile.mkdtemp()) / suffix)


@contextmanager
def temporary_file(name: str = "") -> Iterator[str]:
    """A path in a temporary folder, which is gone after the block with all that is in it."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield str(Path(folder) / name)
