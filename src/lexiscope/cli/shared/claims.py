"""Targets of a command, claimed at its start and held until it ends.

A command names what it will write before it does anything else. Then a target that cannot be
written, or that another run is writing, stops it at once and not after hours.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from lexiscope.cli.shared.output import print_note

_CLAIMED = ExitStack()


def claim(target: str | Path, *, is_folder: bool = True, inside: str | Path | None = None) -> None:
    """Keeps a target for this command, and says what killed runs have left beside it.

    Args:
        target: The file or folder that the command will write.
        is_folder: Which of the two.
        inside: The folder where the command keeps its unfinished work.

    Raises:
        ConfigError: It cannot be written.
        BusyError: Another run is writing it.
    """
    from lexiscope.files.reserving import reserved_early

    folders = [] if inside is None else [Path(inside)]
    early = reserved_early(Path(target), is_folder=is_folder, inside=folders)
    for line in _CLAIMED.enter_context(early):
        print_note(f"lexiscope: {line}")


def claim_model(target: str | Path) -> None:
    """`claim` of a model folder, where nothing else may be replaced.

    Raises:
        ConfigError, BusyError: As `claim`; or something that is not a model is there.
    """
    from lexiscope.formats.kinds import model_folder

    claim(target)
    model_folder.check_target(target)


def give_up_claims() -> None:
    """Lets all targets go, at the command's end."""
    _CLAIMED.close()
