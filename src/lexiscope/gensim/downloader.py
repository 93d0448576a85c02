"""gensim.downloader: vectors and texts of gensim-data, in gensim's own folder.

`python -m lexiscope.gensim.downloader -d NAME` fetches, `-i [NAME]` tells what there is.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lexiscope.errors import LexiscopeError
from lexiscope.estimator.gensim_data import LIST_URL, RELEASES_URL, DataFolder
from lexiscope.progress import Progress, ProgressCallback, human_bytes

BASE_DIR = os.environ.get("GENSIM_DATA_DIR", str(Path("~/gensim-data").expanduser()))
base_dir = BASE_DIR
DATA_LIST_URL = LIST_URL
DOWNLOAD_BASE_URL = RELEASES_URL


def _data() -> DataFolder:
    return DataFolder(Path(BASE_DIR), DATA_LIST_URL, DOWNLOAD_BASE_URL)


def info(
    name: str | None = None, show_only_latest: bool = True, name_only: bool = False
) -> dict[str, Any]:
    """What there is: see `DataFolder.info`."""
    return _data().info(name, show_only_latest, name_only)


def load(name: str, return_path: bool = False, *, progress: ProgressCallback | None = None) -> Any:
    """Opens what has a name, fetched if it is not there yet: see `DataFolder.load`."""
    return _data().load(name, return_path, progress)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m lexiscope.gensim.downloader",
        description="Vectors and texts of gensim-data.",
    )
    choice = parser.add_mutually_exclusive_group(required=True)
    choice.add_argument("-d", "--download", metavar="NAME", help="fetch vectors or a text")
    choice.add_argument(
        "-i",
        "--info",
        metavar="NAME",
        nargs="?",
        const="",
        help="tell of one, or of all; name: names",
    )
    given = parser.parse_args(arguments)
    try:
        if given.download is not None:
            answer = load(given.download, return_path=True, progress=_tell)
        elif given.info == "name":
            answer = json.dumps(info(name_only=True), indent=4)
        else:
            answer = json.dumps(info(given.info or None), indent=4)
    except LexiscopeError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    sys.stdout.write(f"{answer}\n")
    return 0


def _tell(progress: Progress) -> None:
    total = "" if progress.total is None else f" of {human_bytes(progress.total)}"
    end = "\n" if progress.done == progress.total else ""
    sys.stderr.write(f"\r{progress.stage}: {human_bytes(progress.done)}{total}{end}")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
