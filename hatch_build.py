"""Builds the page into the package when a wheel or a source archive is made.

An editable installation takes the page from where `make` (or `npm run build` in web/) puts it.
What is missing is told in a line: pip would show the traceback of an exception.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

STATIC = Path("src/lexiscope/server/static")
NEEDED = ("index.html", "page.html")
WITHOUT_PAGE = "LEXISCOPE_WITHOUT_PAGE"


class PageBuildHook(BuildHookInterface[Any]):
    """Runs the front end's build, unless the source archive brings its result along."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Sees to it that the built page is there before files are collected."""
        del build_data
        if version == "editable" or os.environ.get(WITHOUT_PAGE):
            return
        root = Path(self.root)
        if (root / "PKG-INFO").is_file() and not _missing(root):
            return  # a source archive: its page was built with it
        web = root / "web"
        if not (web / "package.json").is_file():
            raise SystemExit(
                f"neither web/ nor the built page ({STATIC}) is here; build from the repository, "
                f"or set {WITHOUT_PAGE}=1 for a package without the page"
            )
        npm = shutil.which("npm")
        if npm is None:
            raise SystemExit(
                "npm was not found: the page is built by Node 20 (https://nodejs.org). All else "
                f"works without the page: {WITHOUT_PAGE}=1 pip install ."
            )
        for arguments in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
            done = subprocess.run([npm, *arguments], cwd=web, check=False)
            if done.returncode != 0:
                raise SystemExit(f"`npm {' '.join(arguments)}` in web/ failed; see above")
        if missing := _missing(root):
            raise SystemExit(f"the build of web/ made no {' and no '.join(missing)}")


def _missing(root: Path) -> list[str]:
    return [name for name in NEEDED if not (root / STATIC / name).is_file()]
