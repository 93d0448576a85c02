"""Names for the rows of a pretrained model's embedding matrix.

A row's name is its token as people read it. A token that starts a word is that word (GPT-2's
`Ġking` and SentencePiece's `▁king` are `king`); one that continues a word is marked as BERT marks
it (`##ing`); special tokens and bytes that are no whole characters keep their raw form. Where two
tokens would get one name, the one that starts a word has it; the other is marked too, or keeps its
raw form, or its id is added. So all names are distinct, and `raw` has every token as the tokenizer
spells it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from lexiscope.contextual.pretrained.files import Files
from lexiscope.errors import FormatError
from lexiscope.vectors.aligning.token_files import find_token_file, read_token_ids
from lexiscope.vectors.aligning.token_ids import CONTINUES, Kind, TokenIds

# The largest vocabularies have a million tokens; every row gets a name, which takes memory.
_MOST_ROWS = 100_000_000
_TOKEN_FILES = ("tokenizer.json", "vocab.json", "vocab.txt")


@dataclass(frozen=True)
class RowNames:
    """The names of a matrix' rows.

    Attributes:
        names: A distinct name for each row.
        raw: The token of each row as the tokenizer spells it; "" for a row without a token.
        padded: How many rows lie beyond the tokenizer.
        warnings: What the user should know.
    """

    names: list[str]
    raw: list[str]
    padded: int
    warnings: list[str]


def read_tokens(files: Files) -> TokenIds | None:
    """A pretrained model's tokenizer, or None where it has none.

    Raises:
        FormatError: It cannot be read.
    """
    if not files.is_remote:
        folder = Path(files.name)
        file = find_token_file(folder)
        return None if file is None else read_token_ids(file)
    name = next((file for file in _TOKEN_FILES if files.has(file)), None)
    if name is None:
        return None
    with TemporaryDirectory() as folder_name:
        path = Path(folder_name) / name
        path.write_bytes(files.whole(name))
        try:
            return read_token_ids(path)
        except FormatError as error:
            raise FormatError(files.path(name), error.position, error.reason) from error


def row_names(ids: TokenIds | None, rows: int, where: str) -> RowNames:
    """Names the rows of a matrix.

    Args:
        ids: The tokenizer; None where the pretrained model has none.
        rows: The matrix' rows.
        where: The pretrained model, for messages.

    Raises:
        FormatError: The tokenizer has more ids than the matrix has rows, or those are more than any
            vocabulary's.
    """
    if rows > _MOST_ROWS:
        raise FormatError(
            where, None, f"its matrix has {rows:,} rows, expected those of tokens: name another"
        )
    if ids is None:
        warning = "the checkpoint has no tokenizer; rows are named by their numbers"
        return RowNames([f"[id {row}]" for row in range(rows)], [""] * rows, 0, [warning])
    warnings = []
    if len(ids) > rows:
        beyond = [number for number in range(rows, len(ids)) if ids.raw[number] is not None]
        if any(ids.kinds[number] is not Kind.SPECIAL for number in beyond):
            raise FormatError(
                where,
                None,
                f"its tokenizer has {len(ids):,} ids, but the matrix has {rows:,} rows; the "
                "tokenizer is that of another model",
            )
        warnings.append(
            f"{len(beyond):,} special tokens have ids beyond the matrix and so no row "
            f"({', '.join(str(ids.raw[number]) for number in beyond[:3])})"
        )
    count = min(rows, len(ids))
    names = _distinct(ids, count)
    raw = [token or "" for token in ids.raw[:count]]
    padded = rows - count
    names += [f"[pad {row}]" for row in range(count, rows)]
    return RowNames(names, raw + [""] * padded, padded, warnings)


def _distinct(ids: TokenIds, count: int) -> list[str]:
    names = [""] * count
    taken: set[str] = set()
    # Words first, so that theirs are the plain names.
    order = sorted(range(count), key=lambda row: ids.kinds[row] is not Kind.WORD)
    for row in order:
        name = next(name for name in _names_of(ids, row) if name not in taken)
        taken.add(name)
        names[row] = name
    return names


def _names_of(ids: TokenIds, row: int) -> Iterator[str]:
    """What a row may be called, the best name first; the last is no other row's."""
    raw, text, kind = ids.raw[row], ids.texts[row], ids.kinds[row]
    if raw is None:
        yield f"[hole {row}]"
        raw = "[hole]"
    readable = text is not None and text.strip() != "" and text.isprintable()
    if kind is Kind.WORD and readable and text is not None:
        yield text
    if kind is not Kind.SPECIAL and readable and text is not None:
        yield f"{CONTINUES}{text}"
    yield raw
    yield f"{raw} [id {row}]"
    # A vocabulary could hold even that.
    yield from (f"{raw} [id {row}.{number}]" for number in range(1, len(ids) + 2))
