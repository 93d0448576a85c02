"""`KeyedVectors`: word vectors to search, score, change, load and save, by gensim's names."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Literal, Self, overload

import numpy as np
from numpy.typing import NDArray

from lexiscope import fetching, formats
from lexiscope.checks import choice, whole
from lexiscope.drawing.figures import axes_for
from lexiscope.files.maps import map_under
from lexiscope.formats import VectorsData
from lexiscope.formats.contract import Matrix, ReadOptions, Subwords
from lexiscope.formats.kinds import model_folder, packed_run
from lexiscope.notebook import FIRST_WORDS, Showable, facts_html
from lexiscope.progress import human_bytes
from lexiscope.vectors import plots, saved_attributes
from lexiscope.vectors.class_only import class_only
from lexiscope.vectors.earlier_names import EarlierNames
from lexiscope.vectors.errors import KeyTypeError
from lexiscope.vectors.events import Events
from lexiscope.vectors.keys import Key
from lexiscope.vectors.word2vec_files import Word2VecFiles


class KeyedVectors(Word2VecFiles, EarlierNames, Events, Showable):
    """Words and their vectors, to search, score and change.

    Made of words and a matrix, `KeyedVectors(words, vectors)`, or by gensim's arguments,
    `KeyedVectors(vector_size, count)`, as a table to be filled.

    A row of zeros, or with a NaN or an infinity, has no direction: `similarity` with it is 0, and
    it is never a neighbour. No query answers NaN.

    Queries keep the rows' lengths (V floats), never a second matrix. Where the matrix is changed
    from outside, `fill_norms(force=True)` brings the lengths up to date.

    Args:
        vector_size: D; or V distinct words, row by row.
        count: Rows of zeros without a key, for `add_vector` to fill; or W, the words' vectors.
        dtype: Of a table to be filled: float32, float16 or float64.
        mapfile_path: Nothing; gensim has it.
        parts: What else words and a matrix come with: `VectorTable`'s further arguments.
    """

    @overload
    def __init__(
        self,
        vector_size: int,
        count: int = 0,
        dtype: Any = np.float32,
        mapfile_path: str | None = None,
    ) -> None: ...
    @overload
    def __init__(
        self,
        vector_size: Iterable[Key],
        count: Matrix,
        *,
        counts: NDArray[np.int64] | None = None,
        output: Matrix | None = None,
        metadata: dict[str, Any] | None = None,
        warnings: Iterable[str] = (),
        subwords: Subwords | None = None,
        distinct: bool = False,
    ) -> None: ...
    def __init__(
        self,
        vector_size: int | Iterable[Key],
        count: int | Matrix = 0,
        dtype: Any = np.float32,
        mapfile_path: str | None = None,
        **parts: Any,
    ) -> None:
        self.mapfile_path = mapfile_path
        if not isinstance(vector_size, (int, np.integer)):
            super().__init__(vector_size, np.asarray(count), **parts)
            return
        rows = whole("count", count, 0)
        columns = whole("vector_size", vector_size, 1)
        if parts:
            raise KeyTypeError(f"{next(iter(parts))} belongs to words and a matrix, got sizes")
        keys: list[Any] = [None] * rows
        self._hold(VectorsData(keys, np.zeros((rows, columns), dtype=dtype), distinct=True))
        self.next_index = 0

    mapfile_path: str | None = None

    # Opening and saving

    @class_only
    def load(
        cls,
        fname: str | PathLike[str],
        mmap: Literal["r", "c"] | None = None,
        *,
        limit: int | None = None,
        words: Iterable[str] | None = None,
        dtype: Literal["float32", "float16"] = "float32",
        encoding: str | None = None,
        output_vectors: str | PathLike[str] | None = None,
    ) -> Self:
        """Opens a model folder (mapped, not read) or any supported vectors file.

        A large file that takes time to read gets an index beside it, or in the user's cache where
        its folder cannot be written to, and is mapped from there the next time.

        Args:
            fname: What to open; "hf://OWNER/NAME" for a static model of the Hugging Face hub, which
                is fetched unless it is in the cache: see `lexiscope.get`.
            mmap: "r" for a matrix that cannot be written to. Else it can be wherever the file
                allows it, and what is written stays in memory.
            limit: Only the first rows, at most so many; reading stops there.
            words: Only rows of these words; with `limit`, those among the first rows.
            dtype: "float16" for half the memory, rounded; answers are float32 all the same.
            encoding: Of the words, where that is not UTF-8 ("latin-1").
            output_vectors: Another file, whose vectors are W′ of the same words: context vectors,
                as word2vecf's `-dumpcv` writes them.

        Raises:
            FormatError: It is missing, of no known format, or damaged; `output_vectors` has other
                words or dimensions.
            ConfigError: An argument is out of its range, or a value does not fit into float16.
            DownloadError: The hub cannot be asked.
        """
        if isinstance(fname, str) and fetching.is_reference(fname):
            fname = fetching.path_of(fname)
        if mmap is not None:
            choice(
                "mmap", mmap, ("r", "c"), note=", or None; a saved file is never written through"
            )
        wanted = None if words is None else frozenset(words)
        options = ReadOptions(
            limit=limit, words=wanted, dtype=dtype, encoding=encoding, writable=mmap != "r"
        )
        data = formats.read(fname, options, output_vectors)
        if options.writable and not data.vectors.flags.writeable and not map_under(data.vectors):
            data.vectors = data.vectors.copy()
        table = cls.from_data(data)
        if limit is None and words is None and encoding is None:
            table._source = Path(fname)
        return table

    def save(
        self,
        fname_or_handle: str | PathLike[str],
        separately: Iterable[str] | None = None,
        sep_limit: int = 10 * 1024**2,
        ignore: Collection[str] = frozenset(),
        pickle_protocol: int = 4,
    ) -> None:
        """Writes a model folder, whole or not at all, in place of a model; over a file, one file.

        Args:
            fname_or_handle: The folder; or a file that is there, which becomes the vectors as one
                file.
            separately, sep_limit, pickle_protocol: As gensim has them; a folder needs none of them.
            ignore: Names of attributes that are not to be saved, of those in `expandos`.

        Raises:
            ConfigError: The path is taken by a folder that is not a model.
            OSError: The disk is full or cannot be written to.
        """
        del separately, sep_limit, pickle_protocol
        if not isinstance(fname_or_handle, str | PathLike):
            raise KeyTypeError(
                f"got a {type(fname_or_handle).__name__}, expected a path: a model is a folder"
            )
        data = self.to_data()
        attributes = data.metadata.get(saved_attributes.FACT, {})
        for name in ignore:
            attributes.pop(name, None)
        if "training" in data.metadata:
            # Not the model that they were taken from, as `Word2Vec.load` is to know.
            data.metadata[model_folder.HOLDS] = model_folder.VECTORS_ONLY
        packed_run.save(fname_or_handle, data)

    # Looking

    def plot(
        self,
        kind: plots.Kind = "words",
        words: Sequence[str] | None = None,
        *,
        topn: int | None = None,
        ax: Any = None,
    ) -> Any:
        """Draws a picture of the vectors (extra `plot`).

        Args:
            kind: "words" in the plane of their two directions of the largest variance, their names
                beside them; "similarity", the cosines of words with each other; "norms", the
                lengths of all vectors against how often the words occur; "loss", of the epochs of
                the training that a model comes from.
            words: The words that are drawn, or in "norms" named; by default the most frequent.
            topn: Of "words": how many of each named word's nearest are drawn beside it, by default
                8.
            ax: matplotlib's Axes to draw on; by default new ones, which a notebook shows.

        Returns:
            The Axes.

        Raises:
            ConfigError: An argument is out of its range, or there is nothing to draw.
            MissingAttributeError: "norms" of vectors without counts.
            MissingExtraError: matplotlib is not installed.
            UnknownWordError: A word has no vector.
        """
        choice("kind", kind, plots.KINDS)
        axes = axes_for(ax, *plots.SIZES[kind], plots.PLACES[kind])
        plots.draw(axes, self, kind, words, topn)
        return axes

    def _repr_html_(self) -> str:
        """A small table, for a notebook's cell."""
        words = ", ".join(map(str, self.index_to_key[:FIRST_WORDS]))
        more = f", … ({len(self):,})" if len(self) > FIRST_WORDS else ""
        counts = "none" if self.counts is None else f"{int(self.counts.sum()):,} in all"
        facts = [
            ("words", (words + more) or "none"),
            ("dimensions", f"{self.vector_size:,}, {self.vectors.dtype}"),
            ("matrix", human_bytes(self.vectors.nbytes)),
            ("counts", counts),
        ]
        return facts_html(repr(self), facts)


def load(
    path: str | PathLike[str],
    *,
    limit: int | None = None,
    words: Iterable[str] | None = None,
    dtype: Literal["float32", "float16"] = "float32",
    encoding: str | None = None,
    output_vectors: str | PathLike[str] | None = None,
) -> KeyedVectors:
    """Opens a model folder, any supported vectors file, or hf://OWNER/NAME: `KeyedVectors.load`.

    Raises:
        FormatError: It is missing, of no known format, or damaged.
        ConfigError: An argument is out of its range, or a value does not fit into float16.
        DownloadError: The hub cannot be asked.
    """
    return KeyedVectors.load(
        path,
        limit=limit,
        words=words,
        dtype=dtype,
        encoding=encoding,
        output_vectors=output_vectors,
    )
