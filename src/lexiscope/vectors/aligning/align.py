"""A matrix in the order of another program's ids, and where each of its rows comes from.

Policies, which `Aligned.sources` tells for every id:

- A token that is a key of the vectors gets that row. Else a word gets the vector of that word, and
  a piece that of the same piece, however either vocabulary marks them (`keys`): as it stands, else
  in another letter case, else with folded digits (`matching`). Words and pieces are told apart in
  `token_ids`; a piece is not the word that is spelled like it.
- What is not found is filled as `oov` says. With "subword" a piece's text is taken for a word of
  its own; what has no n-grams is drawn.
- A token that stands for no text ([CLS], <s>, …) gets what `specials` says for it; else the row
  that the vectors have under that name; else zeros if it is padding, and a draw if it is not.
- A vector with a NaN or an infinity counts as none.
- An id without a token, and rows beyond the last id, are zeros, but where the vectors were
  extracted with these very ids: then they are the rows that stand there.
- A token that several ids have gets its row at each of them. Several tokens of one id are an error.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lexiscope.checks import choice, whole
from lexiscope.errors import ConfigError, LexiscopeError
from lexiscope.formats.kinds.fasttext.subwords import unseen_vector
from lexiscope.one_line import one_line
from lexiscope.vectors.aligning.coverage import Coverage
from lexiscope.vectors.aligning.filling import Filler
from lexiscope.vectors.aligning.matching import FOUND, Matcher, Source
from lexiscope.vectors.aligning.row_names import hole_name, padding_name
from lexiscope.vectors.aligning.token_files import as_token_ids
from lexiscope.vectors.aligning.token_ids import PADDING, Kind, TokenIds
from lexiscope.vectors.table import VectorTable

OOV = Literal["zeros", "normal", "mean", "subword", "error"]
OOV_POLICIES: tuple[OOV, ...] = get_args(OOV)
SPECIAL_POLICIES = ("zeros", "normal", "mean")
_FILLED = {"zeros": Source.ZEROS, "normal": Source.RANDOM, "mean": Source.MEAN}
_NAMED = 5
_BLOCK_ROWS = 8192


class AlignmentError(LexiscopeError):
    """A matrix does not belong to the ids that it is said to belong to."""


@one_line
@dataclass(frozen=True, kw_only=True)
class AlignmentOptions:
    """How rows are made; see `align`."""

    oov: OOV = "zeros"
    specials: Mapping[str, str | ArrayLike] = field(default_factory=dict)
    seed: int = 1
    casefold: bool = True
    digits: bool = True
    rows: int | None = None
    pad_to_multiple_of: int | None = None
    dim: int | None = None

    def __post_init__(self) -> None:
        choice("oov", self.oov, OOV_POLICIES)
        for token, made in self.specials.items():
            if isinstance(made, str):
                choice(f"specials[{token!r}]", made, SPECIAL_POLICIES, note=", or a vector")
        for name in ("rows", "pad_to_multiple_of", "dim"):
            value = getattr(self, name)
            if value is not None:
                whole(name, value, 1, note=", or None")

    def row_count(self, ids: int) -> int:
        """How many rows the matrix has for so many ids.

        Raises:
            ConfigError: `rows` are fewer than the ids.
        """
        count = ids if self.rows is None else self.rows
        if count < ids:
            raise ConfigError(
                f"rows is {count:,}, but the ids go up to {ids - 1:,}; give at least {ids:,}"
            )
        multiple = 1 if self.pad_to_multiple_of is None else self.pad_to_multiple_of
        return -(-count // multiple) * multiple


@dataclass(frozen=True, kw_only=True, repr=False)
class Aligned:
    """A matrix whose row i belongs to id i.

    Attributes:
        matrix: N×D float32.
        ids: The tokens of the ids; rows beyond them are padding.
        sources: Where each of the N rows comes from.
        words: For each row the key whose vector it is, where it is one.
        options: How it was made.
        vectors: What it was made from.
        warnings: What the user should know, a line each.
    """

    matrix: NDArray[np.float32]
    ids: TokenIds
    sources: list[Source]
    words: list[str | None]
    options: AlignmentOptions
    vectors: VectorTable
    warnings: list[str]

    def __repr__(self) -> str:
        rows, columns = self.matrix.shape
        return f"Aligned({rows:,} rows, {columns:,} dimensions, {self.ids.style})"

    def __len__(self) -> int:
        return len(self.matrix)

    @property
    def names(self) -> list[str]:
        """A name for each row: its token, or `[hole 17]`, `[pad 50257]` where it has none."""
        named = [
            hole_name(number) if token is None else token
            for number, token in enumerate(self.ids.raw)
        ]
        return named + [padding_name(number) for number in range(len(self.ids), len(self))]

    @property
    def coverage(self) -> Coverage:
        """How many tokens have a vector, and how much of the text they are."""
        return Coverage.of(self.ids, self.sources, self.words, self.vectors)

    def verify(self, matrix: Any = None) -> int:
        """Checks anew, from the vectors and the tokens alone, that row i is the vector of token i.

        Args:
            matrix: The matrix to check, N×D: the weights of a layer made from this, for example;
                this one where None.

        Returns:
            How many rows are the vector of their token, to the bit. Rows that should be empty were
            found to be zeros; rows that were drawn or given are not looked at.

        Raises:
            AlignmentError: A row is not what it should be, or the shape is another.
        """
        # PyTorch gives the weights that it trains to NumPy only when they are detached.
        detach = getattr(matrix, "detach", None)
        given = (
            self.matrix if matrix is None else np.asarray(matrix if detach is None else detach())
        )
        if given.shape != self.matrix.shape:
            raise AlignmentError(
                f"the matrix has shape {given.shape}, expected {self.matrix.shape} for these ids"
            )
        matcher = Matcher(self.vectors, self.ids, self.options.casefold, self.options.digits)
        rows = [row for row, source in enumerate(self.sources) if source in FOUND]
        for row in rows:
            word = self.words[row]
            if word is None or not matcher.explains(row, word, self.sources[row]):
                raise AlignmentError(
                    f"row {row} is said to be {word!r}, but its token is {self.names[row]!r}"
                )
        self._check_vectors(given, np.array(rows, dtype=np.int64))
        empty = (Source.ZEROS, Source.HOLE, Source.PADDED)
        zeros = [row for row, source in enumerate(self.sources) if source in empty]
        wrong = np.flatnonzero(given[zeros].any(axis=1))
        if len(wrong):
            row = zeros[wrong[0]]
            raise AlignmentError(f"row {row} ({self.names[row]!r}) is not zeros, as it should be")
        return len(rows)

    def _check_vectors(self, given: NDArray[Any], rows: NDArray[np.int64]) -> None:
        for start in range(0, len(rows), _BLOCK_ROWS):
            block = rows[start : start + _BLOCK_ROWS]
            expected = self.vectors[[str(self.words[row]) for row in block]]
            wrong = np.flatnonzero((given[block] != expected).any(axis=1))
            if len(wrong):
                row = int(block[wrong[0]])
                raise AlignmentError(
                    f"row {row} is not the vector of its token {self.names[row]!r}"
                    f"{self._whose(given[row])}; {len(wrong)} of the rows from {block[0]} to "
                    f"{block[-1]} are wrong: the matrix was made for other ids"
                )

    def _whose(self, vector: NDArray[Any]) -> str:
        """Whose vector a wrong row is, if it is one."""
        same = np.flatnonzero(self.vectors.vectors[:, 0] == vector[0])
        for row in same:
            if np.array_equal(self.vectors.vectors[row], vector):
                return f", but that of {self.vectors.index_to_key[row]!r}"
        return ""


def align(
    vectors: VectorTable,
    ids: Any,
    *,
    oov: OOV = "zeros",
    specials: Mapping[str, str | ArrayLike] | None = None,
    seed: int = 1,
    casefold: bool = True,
    digits: bool = True,
    rows: int | None = None,
    pad_to_multiple_of: int | None = None,
    dim: int | None = None,
) -> Aligned:
    """Puts vectors in the order of another program's ids.

    Args:
        vectors: The vectors (V×D).
        ids: Tokens in the order of their ids, a map of token to id, a tokenizer, a Keras layer
            with a vocabulary, or the path of one; see `token_files.as_token_ids`.
        oov: What a token without a vector gets: zeros; a draw from the normal distribution of the
            vectors' columns; their mean; the mean of its subwords (fastText); or an error.
        specials: Token → "zeros", "normal", "mean" or a vector (D), for tokens that stand for no
            text, or any other token that should have a row of its own.
        seed: Of the draws. The same vectors, ids and options give the same matrix.
        casefold: Take a word in another letter case where there is none in the same.
        digits: Take `####` for `1984` where the vectors have folded digits.
        rows: How many rows the matrix has, where that is more than the ids: a language model's
            padded vocabulary.
        pad_to_multiple_of: Round the number of rows up to a multiple of this.
        dim: D as the program that takes the matrix expects it; an error where it is another.

    Raises:
        ConfigError: An option has a wrong value, the dimensions differ, ids are no ids, or `oov` is
            "error" and a token has no vector, or "subword" and the vectors have no subwords.
        FormatError: A tokenizer's file cannot be read.
    """
    options = AlignmentOptions(
        oov=oov,
        specials={} if specials is None else specials,
        seed=seed,
        casefold=casefold,
        digits=digits,
        rows=rows,
        pad_to_multiple_of=pad_to_multiple_of,
        dim=dim,
    )
    return align_with(vectors, ids, options)


def align_with(vectors: VectorTable, ids: Any, options: AlignmentOptions) -> Aligned:
    """`align`, with the options in one.

    Raises:
        ConfigError: As for `align`.
        FormatError: A tokenizer's file cannot be read.
    """
    if options.dim is not None and options.dim != vectors.vector_size:
        raise ConfigError(
            f"the vectors have {vectors.vector_size} dimensions, expected {options.dim}; choose "
            "other vectors, or give the layer that size"
        )
    if options.oov == "subword" and vectors.subwords is None:
        raise ConfigError(
            "oov is 'subword', but these vectors have no subwords (fastText's .bin has); choose "
            "zeros, normal or mean"
        )
    return _Alignment(vectors, as_token_ids(ids), options).run()


class _Alignment:
    """The work of one call: sources and words for each id first, then the rows by source."""

    def __init__(self, vectors: VectorTable, ids: TokenIds, options: AlignmentOptions) -> None:
        self._vectors = vectors
        self._ids = ids
        self._options = options
        self._rows = options.row_count(len(ids))
        self._made = _special_rows(vectors, ids, options.specials)
        self._matcher = Matcher(vectors, ids, options.casefold, options.digits)
        self._subword_rows: dict[int, NDArray[np.float32]] = {}
        self._not_finite = 0

    def run(self) -> Aligned:
        """Makes the matrix."""
        vectors, ids = self._vectors, self._ids
        found = [self._place(number) for number in range(len(ids))]
        found += [self._padded(number) for number in range(len(ids), self._rows)]
        sources = [source for source, _row in found]
        self._refuse_missing(sources)
        matrix = np.zeros((self._rows, vectors.vector_size), dtype=np.float32)
        here = [number for number, (_source, row) in enumerate(found) if row is not None]
        matrix[here] = vectors.vectors[[row for _source, row in found if row is not None]]
        self._fill(matrix, sources)
        words = [None if row is None else vectors.index_to_key[row] for _source, row in found]
        return Aligned(
            matrix=matrix,
            ids=ids,
            sources=sources,
            words=words,
            options=self._options,
            vectors=vectors,
            warnings=self._warnings(),
        )

    def _place(self, number: int) -> tuple[Source, int | None]:
        """Where the row of an id comes from, and the row of the vectors that it is."""
        kind, raw, text = self._ids.kinds[number], self._ids.raw[number], self._ids.texts[number]
        if raw in self._made:
            return Source.SPECIAL, None
        match = self._matcher.find(number)
        if match is not None and self._is_finite(match.row):
            return match.source, match.row
        if kind is None:
            return Source.HOLE, None
        if kind is Kind.SPECIAL:
            return Source.SPECIAL, None
        if self._options.oov != "subword":
            return _FILLED.get(self._options.oov, Source.ZEROS), None
        made = self._from_subwords(text)
        if made is None:
            return Source.RANDOM, None
        self._subword_rows[number] = made
        return Source.SUBWORD, None

    def _padded(self, number: int) -> tuple[Source, int | None]:
        match = self._matcher.find_padding(number)
        if match is None or not self._is_finite(match.row):
            return Source.PADDED, None
        return match.source, match.row

    def _from_subwords(self, text: str | None) -> NDArray[np.float32] | None:
        """The mean of a text's n-grams; None where it has none."""
        if not text or self._vectors.subwords is None:
            return None
        return unseen_vector(text, self._vectors.subwords)

    def _is_finite(self, row: int) -> bool:
        finite = bool(np.isfinite(self._vectors.vectors[row]).all())
        self._not_finite += not finite
        return finite

    def _refuse_missing(self, sources: Sequence[Source]) -> None:
        if self._options.oov != "error":
            return
        missing = [number for number, source in enumerate(sources) if source is Source.ZEROS]
        if missing:
            named = ", ".join(repr(self._ids.raw[number]) for number in missing[:_NAMED])
            more = ", …" if len(missing) > _NAMED else ""
            raise ConfigError(
                f"{len(missing):,} of {len(self._ids):,} tokens have no vector ({named}{more}), "
                "and oov is 'error'; choose zeros, normal, mean or subword for them"
            )

    def _fill(self, matrix: NDArray[np.float32], sources: Sequence[Source]) -> None:
        """Makes the rows that are no word's vector; all draws in the order of the ids."""
        filler = Filler(self._vectors, self._options.seed)
        drawn: list[int] = []
        for number, source in enumerate(sources):
            made = self._recipe(number, source)
            if isinstance(made, np.ndarray):
                matrix[number] = made
            elif made == "mean":
                matrix[number] = filler.mean
            elif made == "normal":
                drawn.append(number)
        if drawn:
            matrix[drawn] = filler.normal(len(drawn))

    def _recipe(self, number: int, source: Source) -> str | NDArray[np.float32]:
        """How a row is made that is no word's vector: a policy's name, or the row itself."""
        if source is Source.SUBWORD:
            return self._subword_rows[number]
        if source is not Source.SPECIAL:
            return {Source.MEAN: "mean", Source.RANDOM: "normal"}.get(source, "zeros")
        raw = self._ids.raw[number] or ""
        return self._made.get(raw, "zeros" if raw in PADDING else "normal")

    def _warnings(self) -> list[str]:
        warnings = []
        if self._not_finite:
            warnings.append(
                f"{self._not_finite:,} tokens have a vector with NaN or infinity; they were "
                "treated as words without a vector"
            )
        if self._ids.repeated:
            warnings.append(
                f"{self._ids.repeated:,} ids repeat the token of a lower id; each has its row"
            )
        if self._ids.holes:
            warnings.append(f"{self._ids.holes:,} ids have no token; their rows are zeros")
        return warnings


def _special_rows(
    vectors: VectorTable, ids: TokenIds, specials: Mapping[str, str | ArrayLike]
) -> dict[str, str | NDArray[np.float32]]:
    """Token → policy or vector, checked.

    Raises:
        ConfigError: No id has the token, or the vector is of another size.
    """
    present = set(ids.raw)
    rows: dict[str, str | NDArray[np.float32]] = {}
    for token, made in specials.items():
        if token not in present:
            raise ConfigError(f"specials names {token!r}, but no id has that token")
        if isinstance(made, str):
            rows[token] = made
            continue
        vector = np.asarray(made, dtype=np.float32)
        if vector.shape != (vectors.vector_size,):
            raise ConfigError(
                f"specials[{token!r}] has shape {vector.shape}, expected a vector of "
                f"{vectors.vector_size} numbers"
            )
        rows[token] = vector
    return rows
