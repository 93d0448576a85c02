"""`lexiscope align`: vectors in the order of another program's ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from lexiscope.cli.commands.export import MATRICES
from lexiscope.cli.shared.arguments import JsonOption, PathArgument, wrong_call
from lexiscope.cli.shared.claims import OverwriteOption, claim
from lexiscope.cli.shared.output import (
    Cell,
    print_facts,
    print_json,
    print_line,
    print_table,
    print_warnings,
)

if TYPE_CHECKING:
    from lexiscope.vectors.aligning.align import Aligned, AlignmentOptions

TokenizerOption = Annotated[
    str,
    typer.Option(
        "--tokenizer",
        "-t",
        metavar="T",
        help="A Hugging Face tokenizer (tokenizer.json, or its folder), vocab.txt, vocab.json, "
        "tokenizer.model, or any list of tokens: a token a line, with a count or an id behind it, "
        "JSON. What it was read as is told.",
    ),
]
OutOption = Annotated[str, typer.Option("--out", "-o", metavar="OUT", help="The folder to write.")]
ToOption = Annotated[
    str, typer.Option("--to", metavar="FORMAT", help=f"The matrix' file: {', '.join(MATRICES)}.")
]
OovOption = Annotated[
    str,
    typer.Option(
        "--oov",
        help="Rows of tokens without a vector: zeros, normal (drawn), mean, subword (fastText's), "
        "or error.",
    ),
]
SpecialOption = Annotated[
    list[str] | None,
    typer.Option(
        "--special",
        metavar="TOKEN=ROW",
        show_default=False,
        help="The row of a token that stands for no text: zeros, normal or mean; may be repeated. "
        "Padding is zeros, others are drawn.",
    ),
]


def align(
    path: PathArgument,
    tokenizer: TokenizerOption,
    out: OutOption,
    to: ToOption = "npy",
    oov: OovOption = "zeros",
    special: SpecialOption = None,
    seed: Annotated[int, typer.Option(help="Of drawn rows.")] = 1,
    casefold: Annotated[
        bool, typer.Option(help="Take a word in another letter case where there is no other.")
    ] = True,
    digits: Annotated[
        bool, typer.Option(help="Take #### for 1984 where the vectors have folded digits.")
    ] = True,
    rows: Annotated[
        int | None, typer.Option(help="Rows of the matrix, where there are more than ids.")
    ] = None,
    pad_to_multiple_of: Annotated[
        int | None, typer.Option(help="Round the number of rows up to a multiple.")
    ] = None,
    dim: Annotated[
        int | None, typer.Option(help="Refuse vectors that have not so many dimensions.")
    ] = None,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Put the vectors of PATH in the order of a tokenizer's ids, and say where each row comes from.

    Example: lexiscope align model --tokenizer vocab.txt -o aligned
    """
    from lexiscope.vectors.aligning.align import OOV_POLICIES, AlignmentOptions

    if to not in MATRICES:
        raise wrong_call(f"no such format: {to}; expected one of {', '.join(MATRICES)}")
    policy = next((name for name in OOV_POLICIES if name == oov), None)
    if policy is None:
        raise wrong_call(f"no such --oov: {oov}; expected one of {', '.join(OOV_POLICIES)}")
    options = AlignmentOptions(
        oov=policy,
        specials=dict(_special(given) for given in special or []),
        seed=seed,
        casefold=casefold,
        digits=digits,
        rows=rows,
        pad_to_multiple_of=pad_to_multiple_of,
        dim=dim,
    )
    _claim(out, overwrite=overwrite)
    aligned, verified = _align(path, tokenizer, options, out, to)
    document = {
        "path": path,
        "tokenizer": tokenizer,
        "style": aligned.ids.style,
        "read_as": aligned.ids.shape,
        "out": out,
        "dimensions": aligned.vectors.vector_size,
        "verified": verified,
        "coverage": aligned.coverage.to_json(),
    }
    if as_json:
        print_json(document)
    else:
        _tell(aligned, document)


def _claim(out: str, *, overwrite: bool) -> None:
    from lexiscope.interop import exports

    claim(out, overwrite=overwrite, check=exports.check_target)


def _align(
    path: str, tokenizer: str, options: AlignmentOptions, out: str, to: str
) -> tuple[Aligned, int]:
    """What was written, and how many rows of it, read back, are the vector of their token."""
    from lexiscope.interop import exports
    from lexiscope.vectors import load
    from lexiscope.vectors.aligning.align import align_with
    from lexiscope.vectors.aligning.token_files import read_token_ids

    ids = read_token_ids(tokenizer)
    vectors = load(path).in_words()
    aligned = align_with(vectors, ids, options)
    print_warnings([*vectors.warnings, *aligned.warnings])
    exports.export(aligned, out, to)
    return aligned, aligned.verify(exports.load_export(out).matrices["input"])


def _special(given: str) -> tuple[str, str]:
    token, equals, made = given.rpartition("=")
    if not equals:
        raise wrong_call(f"--special {given}: expected TOKEN=ROW, such as [PAD]=zeros")
    return token, made


def _tell(aligned: Aligned, document: dict[str, Any]) -> None:
    coverage = aligned.coverage
    facts: list[tuple[str, Cell]] = [
        ("tokens", aligned.ids.shape),
        ("ids", f"{len(aligned.ids):,} ({document['style']} tokens)"),
        ("matrix", f"{len(aligned):,} × {document['dimensions']:,}"),
        ("ids with a vector", _of(coverage.tokens_found, coverage.tokens)),
    ]
    parts = (
        ("words", coverage.words_found, coverage.words),
        ("pieces", coverage.pieces_found, coverage.pieces),
        ("special tokens", coverage.specials_found, coverage.specials),
    )
    facts += [(f"{name} with one", _of(found, there)) for name, found, there in parts if there]
    if coverage.mass is not None:
        of = "running words" if coverage.mass_of == "ids" else "the vectors' training text"
        facts.append(("weighted by count", f"{100 * coverage.mass:.1f} % of {of}"))
    for name, some, count in (
        ("without a vector", coverage.missing, coverage.missing_in_all),
        ("signs without one", coverage.missing_signs, coverage.missing_signs_in_all),
    ):
        if some:
            more = ", …" if count > len(some) else ""
            facts.append((name, f"{count:,}: {', '.join(some)}{more}"))
    facts.append(
        ("checked", f"{document['verified']:,} rows read back are the vector of their token")
    )
    print_facts(facts)
    print_line()
    print_table(
        ["rows", "where they come from"],
        [(count, str(source)) for source, count in coverage.by_source.items()],
    )


def _of(found: int, there: int) -> str:
    """Some of so many, in hundredths; 100.0 % is said of all only."""
    if not there:
        return "none"
    share = 100.0 if found == there else min(99.9, 100 * found / there)
    return f"{found:,} of {there:,} ({share:.1f} %)"
