"""Targets of a command, claimed at its start and held until it ends.

A command names what it will write before it does anything else. Then a target that cannot be
written, or that another run is writing, stops it at once and not after hours.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer

from lexiscope.cli.shared.output import print_note
from lexiscope.errors import ConfigError

_CLAIMED = ExitStack()

OverwriteOption = Annotated[
    bool,
    typer.Option(
        "--overwrite",
        help="Replace what is there, once the new one is whole; until then, and if the command "
        "fails, the old one stays.",
    ),
]


def claim(
    target: str | Path,
    *,
    overwrite: bool,
    is_folder: bool = True,
    inside: str | Path | None = None,
    check: Callable[[Any], None] | None = None,
) -> None:
    """Keeps a target for this command, and says what killed runs have left beside it.

    Args:
        target: The file or folder that the command will write.
        overwrite: Whether what is there already may be replaced.
        is_folder: Which of the two.
        inside: The folder where the command keeps its unfinished work.
        check: Refuses a target that may not be replaced by this command, `overwrite` or not.

    Raises:
        ConfigError: It cannot be written, or something finished is there.
        BusyError: Another run is writing it.
    """
    from lexiscope.files.reserving import reserved_early

    folders = [] if inside is None else [Path(inside)]
    early = reserved_early(Path(target), is_folder=is_folder, inside=folders)
    for line in _CLAIMED.enter_context(early):
        print_note(f"lexiscope: {line}")
    if check is not None:
        check(Path(target))
    if not overwrite and _holds_something(Path(target)):
        raise ConfigError(
            f"{target} is there already; give --overwrite to replace it once the new one is whole, "
            f"or name another {'folder' if is_folder else 'file'}"
        )


def _holds_something(target: Path) -> bool:
    """Whether something would be lost: no empty file or folder, nor what a killed run has left."""
    from lexiscope.formats.kinds import model_folder

    if target.is_dir():
        return not model_folder.is_barren(target)
    return target.exists() and target.stat().st_size > 0


def claim_model(target: str | Path, *, overwrite: bool) -> None:
    """`claim` of a model folder, where nothing else may be replaced.

    Raises:
        ConfigError, BusyError: As `claim`; or something that is not a model is there.
    """
    from lexiscope.formats.kinds import model_folder

    claim(target, overwrite=overwrite, check=model_folder.check_target)


def give_up_claims() -> None:
    """Lets all targets go, at the command's end."""
    _CLAIMED.close()
