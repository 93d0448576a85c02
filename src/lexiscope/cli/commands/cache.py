"""`lexiscope cache`: what was fetched, and its removal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from lexiscope.cli.shared.arguments import JsonOption, wrong_call
from lexiscope.cli.shared.output import print_json, print_line, print_table
from lexiscope.progress import human_bytes

if TYPE_CHECKING:
    from lexiscope.fetching.store import Kept


def cache(
    remove: Annotated[
        str | None,
        typer.Option("--remove", metavar="NAME", help="Remove what was fetched by this name."),
    ] = None,
    empty: Annotated[bool, typer.Option("--empty", help="Remove everything.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List what `get` has fetched and what it takes, or remove it.

    LEXISCOPE_CACHE names the folder. What gensim or other programs have fetched is not touched.
    """
    from lexiscope.fetching import store

    if remove is not None and empty:
        raise wrong_call("--remove names one thing, --empty removes all; give one of the two")
    if remove is not None:
        removed, kept = [store.remove(remove)], store.kept()
    elif empty:
        removed, kept = store.empty(), []
    else:
        removed, kept = [], store.kept()
    if as_json:
        print_json(
            {
                "folder": str(store.folder()),
                "bytes": sum(one.bytes for one in kept),
                "kept": [_document(one) for one in kept],
                "removed": [_document(one) for one in removed],
            }
        )
    elif remove is not None or empty:
        for one in removed:
            print_line(f"removed {one.name}: {human_bytes(one.bytes)}")
        if not removed:
            print_line(f"nothing was in {store.folder()}")
    else:
        _list(kept)


def _list(kept: list[Kept]) -> None:
    from lexiscope.fetching import store

    if not kept:
        print_line(f"nothing is in {store.folder()}")
        return
    print_table(
        ["name", "size", "whole"],
        [[one.name, human_bytes(one.bytes), "yes" if one.is_whole else "begun"] for one in kept],
    )
    print_line()
    print_line(f"{human_bytes(sum(one.bytes for one in kept))} in {store.folder()}")


def _document(one: Kept) -> dict[str, object]:
    return {"name": one.name, "path": str(one.path), "bytes": one.bytes, "whole": one.is_whole}
