"""The folder for what can be fetched or made again, and what its user may say of it.

`LEXISCOPE_CACHE` names it; else it is `lexiscope` in the user's cache, by the XDG convention
(https://specifications.freedesktop.org/basedir-spec).
"""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "LEXISCOPE_CACHE"


def user_cache() -> Path:
    """The user's folder for what can be made again."""
    given = os.environ.get("XDG_CACHE_HOME", "")
    return Path(given) if Path(given).is_absolute() else Path("~/.cache").expanduser()


def cache_folder() -> Path:
    """This program's folder, which need not be there yet."""
    given = os.environ.get(VARIABLE, "")
    return Path(given).expanduser().absolute() if given else user_cache() / "lexiscope"
