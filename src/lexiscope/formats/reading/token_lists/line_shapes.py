"""Lists of a token a line, with and without numbers beside them."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError
from lexiscope.files import tokens as escapes
from lexiscope.formats.reading.token_lists.contract import Source, TokenList, by_ids
from lexiscope.formats.reading.token_lists.fields import (
    COUNT_NAMES,
    ID_NAMES,
    TOKEN_NAMES,
    Table,
    are_counts,
    are_ids,
    is_natural,
    is_number,
)

OWN = "vocabulary.tsv"
PLAIN = "a token a line"
WITH_COUNT = "token and count"
WITH_ID = "token and id"
WITH_SCORE = "token and score"
WITH_NAMES = "table with names of columns"
FAIRSEQ = "fairseq dictionary"
ALLENNLP = "AllenNLP vocabulary"
FASTTEXT = "fastText dictionary"
VECTORS = "words of a table of vectors"
OWN_SHAPE = "Lexiscope vocabulary"

_FAIRSEQ_FIRST = ("<s>", "<pad>", "</s>", "<unk>")
_UNKNOWN, _PADDING, _NEWLINE = "@@UNKNOWN@@", "@@PADDING@@", "@@NEWLINE@@"
# Of a table of vectors the values of so many rows are looked at; of the others, how many there are.
_LOOKED_AT = 100
# A list is no token a line where so many of its lines end with a number behind a space.
_ENDS_WITH_NUMBER = re.compile(r"\S[ \t][+-]?\d[\d.eE+-]*$")
_ENOUGH_LINES, _NEARLY = 10, 0.9
_FEW = 3
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_QUOTES, _SPACES = "quotes around each line are left out", "a space behind each line is left out"
_PYTHON = re.compile(r"""[\[{(]\s*['"].*['"\d]\s*,?\s*[\]})]""")
_WITH_SIGN = re.compile(r"\d+\s*[:=]\s*\S+|[^\s:=]+\s*[:=]\s*\d+")


def is_own(path: Path) -> bool:
    """Whether the name is one that this package's own layout goes with."""
    return path.name == OWN or path.name.endswith(".vocab.tsv")


def read_own(source: Source) -> TokenList | None:
    """`vocabulary.tsv`: tokens with escapes, and counts in all lines or none."""
    if not is_own(source.path):
        return None
    counted = bool(source.lines) and "\t" in source.lines[0]
    found: list[str | None] = []
    counts: list[int] = []
    for row, line in enumerate(source.lines):
        field, tab, count = line.partition("\t")
        try:
            found.append(escapes.unescape(field))
        except ValueError as error:
            raise FormatError(source.path, f"line {row + 1:,}", f"is no token ({error})") from error
        if bool(tab) != counted or (counted and not is_natural(count)):
            raise FormatError(
                source.path, f"line {row + 1:,}", f"is no token and count ({count!r:.40})"
            )
        if counted:
            counts.append(int(count))
    return TokenList(tokens=found, shape=OWN_SHAPE, counts=_counts(counts) if counted else None)


def read_allennlp(source: Source) -> TokenList | None:
    """AllenNLP's `tokens.txt`: the unknown token first, at id 1; id 0 is padding, not written."""
    if not source.lines or source.lines[0] != _UNKNOWN:
        return None
    listed: list[str | None] = [line.replace(_NEWLINE, "\n") for line in source.lines]
    if source.rows == len(listed):
        return TokenList(tokens=listed, shape=ALLENNLP)
    note = f"id 0 is {_PADDING}, which the file leaves out"
    return TokenList(tokens=[_PADDING, *listed], shape=ALLENNLP, note=note)


def read_fairseq(source: Source) -> TokenList | None:
    """fairseq's `dict.txt`: a token and its count with a space between, from id 4 on.

    PhoBERT's and BERTweet's `vocab.txt` beside `bpe.codes` is one too, with <mask> behind it.
    """
    beside_codes = source.name == "vocab.txt" and source.path.with_name("bpe.codes").is_file()
    named = source.name.startswith("dict.") and source.name.endswith(".txt")
    table = source.table if named or beside_codes else None
    if table is None or table.separator != " ":
        return None
    places = _token_and_numbers(table)
    if places is None or places[0] != 0:
        return None
    listed = table.columns[0]
    if source.rows == len(listed) or set(_FAIRSEQ_FIRST) & set(listed):
        return None  # ids as the lines are
    last = ["<mask>"] if beside_codes else []
    return TokenList(
        tokens=[*_FAIRSEQ_FIRST, *listed, *last],
        shape=FAIRSEQ,
        counts=_counts([0] * 4 + table.numbers(1) + [0] * len(last)),
        specials=frozenset([*_FAIRSEQ_FIRST, *last]),
        note="ids 0 to 3 are <s>, <pad>, </s>, <unk>, which the file leaves out",
    )


def read_vectors(source: Source) -> TokenList | None:
    """GloVe's and word2vec's text: the words in front of the values, row by row."""
    if source.table is not None and source.table.separator != " ":
        return _of_table(source.table)
    lines = source.lines
    if len(lines) > 1 and len(lines[0].split()) == 2 and all(map(is_natural, lines[0].split())):
        rows, columns = map(int, lines[0].split())
        lines = lines[1:] if rows == len(lines) - 1 and columns > 1 else lines
    separator = "\t" if lines and lines[0].count("\t") > 1 else " "
    looked_at = [line.rstrip(" ").split(separator) for line in lines[:_LOOKED_AT]]
    columns = min(map(len, looked_at), default=0) - 1
    if columns < 2 or not all(all(map(is_number, entry[-columns:])) for entry in looked_at):
        return None
    # Whole numbers all through are no vectors: ids, counts, edges of a graph.
    if not any("." in field or "e" in field for entry in looked_at for field in entry[-columns:]):
        return None
    words: list[str | None] = []
    for line in lines:
        entry = line.rstrip(" ").rsplit(separator, columns)
        if len(entry) <= columns or not (is_number(entry[1]) and is_number(entry[-1])):
            return None
        words.append(entry[0])
    return TokenList(tokens=words, shape=VECTORS, note=f"{columns:,} values a row are passed over")


def _of_table(table: Table) -> TokenList | None:
    """The words of a table of vectors with columns, which a line may name."""
    token = table.named(TOKEN_NAMES)
    token = token if token is not None else next(iter(table.texts), None)
    told = {table.named(ID_NAMES), table.named(COUNT_NAMES), token}
    values = [
        place
        for place in range(len(table.columns))
        if place not in told and place not in table.texts
    ]
    broken = [place for place in values if place not in table.naturals]
    if token is None or len(values) < 2 or not broken:
        return None
    note = f"{len(values):,} values a row are passed over"
    return TokenList(tokens=list(table.columns[token]), shape=VECTORS, note=note)


def read_fasttext(source: Source) -> TokenList | None:
    """fastText's `dump MODEL.bin dict`: a number, then token, count, and `word` or `label`."""
    lines = source.lines
    if lines and lines[0] == str(len(lines) - 1):
        lines = lines[1:]
    entries = [line.rsplit(" ", 2) for line in lines]
    if not entries or not all(
        len(entry) == 3 and is_natural(entry[1]) and entry[2] in ("word", "label")
        for entry in entries
    ):
        return None
    return TokenList(
        tokens=[entry[0] for entry in entries],
        shape=FASTTEXT,
        counts=_counts([int(entry[1]) for entry in entries]),
    )


def read_counted(source: Source) -> TokenList | None:
    """A token and how often it occurs."""
    table = source.table
    places = None if table is None else _token_and_numbers(table)
    if table is None or places is None:
        return None
    token, numbers = places
    counts = [place for place in numbers if are_counts(table.numbers(place))]
    ids = [place for place in numbers if place not in counts]
    if ids or not counts or not _are_entries(table.columns[token]):
        return None
    return TokenList(
        tokens=list(table.columns[token]),
        shape=WITH_COUNT,
        counts=_counts(table.numbers(counts[0])),
    )


def read_numbered(source: Source) -> TokenList | None:
    """A token and its id, in any order of lines and fields; a count may stand beside them."""
    table = source.table
    places = None if table is None else _token_and_numbers(table)
    if table is None or places is None:
        return None
    token, numbers = places
    ids = [place for place in numbers if are_ids(table.numbers(place))]
    certain = [place for place in ids if not are_counts(table.numbers(place))]
    if not ids or not _are_entries(table.columns[token]):
        return None
    chosen = certain[0] if len(certain) == 1 else ids[0]
    others = [place for place in numbers if place != chosen]
    return _numbered(source, table, token, chosen, others[0] if others else None, WITH_ID)


def read_scored(source: Source) -> TokenList | None:
    """SentencePiece's `.vocab`: a token and its score, a negative or a broken number."""
    table = source.table
    if table is None or table.names is not None or len(table.columns) != 2:
        return None
    texts = table.texts
    # Tokens that are numbers all through are told by the names of no columns: the first has them.
    token = texts[0] if len(texts) == 1 else 0
    score = 1 - token
    if score in texts or score in table.naturals or not _are_entries(table.columns[token]):
        return None
    if not all(map(is_number, table.columns[score])):
        return None
    return TokenList(tokens=list(table.columns[token]), shape=WITH_SCORE)


def read_named(source: Source) -> TokenList | None:
    """Several columns whose names stand in the first line: the projector's `metadata.tsv`."""
    table = source.table
    if table is None or table.names is None:
        return None
    token = table.named(TOKEN_NAMES)
    if token is None:
        token = next(iter(table.texts), 0)
    naturals = [place for place in table.naturals if place != token]
    number, count = table.named(ID_NAMES), table.named(COUNT_NAMES)
    if number is None and count is None and len(naturals) == 1:
        # Names in another language: the numbers tell what they are.
        numbers = table.numbers(naturals[0])
        number = naturals[0] if not are_counts(numbers) else None
        count = naturals[0] if not are_ids(numbers) else None
    counts = count if count in naturals else None
    if number is not None and number in naturals and are_ids(table.numbers(number)):
        return _numbered(source, table, token, number, counts, WITH_NAMES)
    return TokenList(
        tokens=list(table.columns[token]),
        shape=WITH_NAMES,
        counts=None if counts is None else _counts(table.numbers(counts)),
        note=f"tokens are in the column {table.names[token]!r}",
    )


def read_plain(source: Source) -> TokenList | None:
    """A token a line in the order of their ids; an empty line is the empty token."""
    lines, note = _bare(source.lines)
    quoted_names = source.rows is None and note == _QUOTES and source.name.endswith(".csv")
    if quoted_names and lines[0].strip().lower() in (*TOKEN_NAMES, "x"):  # as R names a column
        lines = lines[1:]
    if source.rows is not None and source.rows == len(lines) - 1:
        first = lines[0].strip()
        if first.lower() in TOKEN_NAMES or first == str(source.rows):
            lines = lines[1:]  # a name of the column, or the number of words
    _refuse_nearly(source, lines)
    return TokenList(tokens=list(lines), shape=PLAIN, note=note)


def _bare(lines: list[str]) -> tuple[list[str], str]:
    """Lines without what a program put around each of them, and what that was."""
    if len(lines) > 1 and all(map(_QUOTED.fullmatch, lines)):
        return [line[1:-1].replace('""', '"') for line in lines], _QUOTES
    if len(lines) > 1 and all(line.endswith(" ") and line.strip() for line in lines):
        return [line.rstrip(" ") for line in lines], _SPACES
    return lines, ""


def _refuse_nearly(source: Source, lines: list[str]) -> None:
    """Refuses what is no token a line, though it fits no other shape either.

    Raises:
        FormatError: The lines are columns, or all but a few end with a number; or there is a NUL.
    """
    tabs = lines[0].count("\t") if lines else 0
    if len(lines) > 1 and tabs and all(line.count("\t") == tabs for line in lines):
        raise FormatError(
            source.path,
            None,
            f"has {tabs + 1} columns with tabs between, and none is told to be the tokens; name "
            "it `word` in a first line, or give a token a line",
        )
    if source.name.endswith(".csv") and 2 * sum("," in line for line in lines) > len(lines):
        raise FormatError(
            source.path, None, "is no CSV with as many fields in each line; give a token a line"
        )
    shaped = _other_shape(lines)
    if shaped and source.rows != len(lines):
        raise FormatError(source.path, None, f"{shaped}; give a token a line, or JSON")
    ends = [_ENDS_WITH_NUMBER.search(line) is not None for line in lines]
    if len(lines) >= _ENOUGH_LINES and sum(ends) >= _NEARLY * len(lines):
        odd = ends.index(False) + 1 if False in ends else 1
        raise FormatError(
            source.path,
            f"line {odd:,}",
            "is not a token and its number, or its numbers, as nearly all lines are; mend it, or "
            "give a token a line",
        )
    if source.rows is None and b"\0" in source.content:
        at = source.content.index(0)
        raise FormatError(source.path, f"byte {at:,}", "is NUL; expected a token a line")


def _other_shape(lines: list[str]) -> str | None:
    """What lines are that are no tokens, though no shape has them; None where they may be some."""
    if len(lines) == 1 and _PYTHON.fullmatch(lines[0]):
        return "is a list or a dict as Python prints it"
    if lines and lines[0] == "\\data\\":
        return "is a language model (ARPA)"
    if len(lines) < _FEW:
        return None
    if all(map(_WITH_SIGN.fullmatch, lines)):
        return "has numbers behind or before a sign in each line"
    fields = [line.split() for line in lines]
    if len(fields[0]) < _FEW or len({*map(len, fields)}) > 1:
        return None
    numbers = [all(is_number(entry[n]) for entry in fields) for n in range(len(fields[0]))]
    return f"has {len(fields[0])} columns, some of numbers" if any(numbers) else None


def _token_and_numbers(table: Table) -> tuple[int, list[int]] | None:
    """The column of tokens and those of whole numbers; None for a table with names.

    Where tokens are numbers themselves, as some vocabularies' are, the first column has them unless
    it rises by one from line to line.
    """
    if table.names is not None:
        return None
    naturals, texts = table.naturals, table.texts
    if len(table.columns) > 3 or len(texts) > 1 or len(naturals) < len(table.columns) - 1:
        return None
    if texts:
        token = texts[0]
    else:
        first = table.numbers(0)
        rises = first == list(range(first[0], first[0] + len(first)))
        second = table.numbers(1)
        if rises and second == list(range(second[0], second[0] + len(second))):
            return None
        token = 1 if rises and len(first) > 1 else 0
    return token, [place for place in naturals if place != token]


def _numbered(
    source: Source, table: Table, token: int, number: int, count: int | None, shape: str
) -> TokenList:
    ids: dict[str, int] = {}
    for field, place in zip(table.columns[token], table.numbers(number), strict=True):
        if field in ids:
            raise FormatError(source.path, None, f"gives the token {field!r} two ids")
        ids[field] = place
    listed = by_ids(ids, source.path)
    counts = None
    if count is not None:
        of_token = dict(zip(table.columns[token], table.numbers(count), strict=True))
        counts = _counts([0 if one is None else of_token[one] for one in listed])
    return TokenList(tokens=listed, shape=shape, counts=counts)


def _are_entries(fields: list[str]) -> bool:
    """Whether fields are tokens with a number each, not one word before many (`page 1`)."""
    return 2 * len(set(fields)) > len(fields)


def _counts(numbers: list[int]) -> NDArray[np.int64]:
    return np.array(numbers, dtype=np.int64)
