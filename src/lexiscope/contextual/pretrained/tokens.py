"""Names for the rows of a pretrained model's embedding matrix: its tokens as people read them
(`vectors.aligning.row_names`), and `[pad 50257]` for rows beyond the tokenizer.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from lexiscope.contextual.pretrained.files import Files
from lexiscope.errors import FormatError
from lexiscope.vectors.aligning.row_names import distinct_names, padding_name
from lexiscope.vectors.aligning.token_files import find_token_file, read_token_ids
from lexiscope.vectors.aligning.token_ids import Kind, TokenIds

# The largest vocabularies have a million tokens; every row gets a name, which takes memory.
_MOST_ROWS = 100_000_000
_TOKEN_FILES = ("tokenizer.json", "vocab.json", "vocab.txt", "tokenizer.model", "spiece.model")
# What tells more of the latter: tokens that were added, and how ids are counted.
_BESIDE = ("added_tokens.json", "tokenizer_config.json", "config.json")


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
        # tokenizer.json has everything in it.
        beside = [] if name == _TOKEN_FILES[0] else [file for file in _BESIDE if files.has(file)]
        for part in (name, *beside):
            path.with_name(part).write_bytes(files.whole(part))
        try:
            found = find_token_file(path.parent)
            return None if found is None else read_token_ids(found)
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
    names = distinct_names(ids, count)
    raw = [token or "" for token in ids.raw[:count]]
    padded = rows - count
    names += [padding_name(row) for row in range(count, rows)]
    return RowNames(names, raw + [""] * padded, padded, warnings)
