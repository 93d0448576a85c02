"""Compiled kernels that outlive a fresh copy of the source, for machines that test many of them.

    python scripts/kernels.py take FOLDER     # before the tests
    python scripts/kernels.py keep FOLDER     # after them

Numba keeps machine code beside each source, and drops it where the source has another time or size;
a fresh copy has other times, and compiles everything anew, which takes minutes. Here the code lies
in FOLDER under a name that tells all that it depends on: the text of every file that a kernel can
see, the versions of Python, NumPy, Numba and LLVM, the processor and its features. Taken, the
sources get the times that they had when it was kept. Where any of that differs, or the copy has
machine code of its own, nothing is done.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src"
PACKAGE = SOURCE / "lexiscope"
KERNELS = (
    "compiled",
    "corpus/passes",
    "corpus/phrases",
    "formats/reading",
    "replay",
    "training",
    "vectors/kernels",
)
MOST_KEPT = 4
_TIMES = "times.json"


def modules_of(path: Path) -> Iterator[Path]:
    """Files of the package that a file imports, in functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = path.parents[node.level - 1].relative_to(SOURCE).parts if node.level else ()
            module = ".".join([*base, *([node.module] if node.module else [])])
            names = [module, *(f"{module}.{alias.name}" for alias in node.names)]
        for name in names:
            stem = SOURCE.joinpath(*name.split("."))
            yield from filter(Path.is_file, (stem.with_suffix(".py"), stem / "__init__.py"))


def sources() -> list[Path]:
    """The files of kernels, and all of the package that these import, near or far."""
    waiting = [path for room in KERNELS for path in (PACKAGE / room).rglob("*.py")]
    reached = set(waiting)
    while waiting:
        new = set(modules_of(waiting.pop())) - reached
        reached |= new
        waiting += new
    return sorted(reached)


def key() -> str:
    """The name of all that machine code depends on."""
    import llvmlite
    import numba
    import numpy as np
    from llvmlite import binding

    versions = (sys.version, np.__version__, numba.__version__, llvmlite.__version__)
    told = hashlib.sha256(repr(versions).encode())
    told.update(binding.get_host_cpu_name().encode())
    told.update(binding.get_host_cpu_features().flatten().encode())
    for path in sources():
        told.update(f"\0{path.relative_to(SOURCE)}\0".encode() + path.read_bytes())
    return told.hexdigest()[:32]


def compiled() -> list[Path]:
    """Machine code that lies beside the sources."""
    return sorted(PACKAGE.rglob("__pycache__/*.nb[ci]"))


def take(folder: Path) -> int:
    """Puts machine code beside the sources. Gives the number of files."""
    kept = folder / key()
    if not (kept / _TIMES).is_file() or compiled():
        return 0
    os.utime(kept)  # the last that is used is the last that is dropped
    for name, nanoseconds in json.loads((kept / _TIMES).read_text()).items():
        os.utime(SOURCE / name, ns=(nanoseconds, nanoseconds))
    files = sorted(kept.rglob("*.nb[ci]"))
    for file in files:
        place = SOURCE / file.relative_to(kept)
        place.parent.mkdir(exist_ok=True)
        shutil.copyfile(file, place)
    return len(files)


def keep(folder: Path) -> int:
    """Copies machine code from beside the sources, and drops what was used long ago."""
    kept, files = folder / key(), compiled()
    if len(files) <= len(list(kept.rglob("*.nb[ci]"))):
        return 0
    draft = folder / f".{kept.name}.{os.getpid()}"
    for file in files:
        place = draft / file.relative_to(SOURCE)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, place)
    times = {str(path.relative_to(SOURCE)): path.stat().st_mtime_ns for path in sources()}
    (draft / _TIMES).write_text(json.dumps(times))
    shutil.rmtree(kept, ignore_errors=True)
    draft.rename(kept)
    for old in sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)[:-MOST_KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    return len(files)


def main(arguments: Sequence[str] | None = None) -> int:
    """Takes or keeps, and says how much."""
    parser = argparse.ArgumentParser(
        description="Compiled kernels that outlive a fresh copy of the source."
    )
    parser.add_argument("what", choices=("take", "keep"))
    parser.add_argument("folder", type=Path, help="where machine code is kept")
    options = parser.parse_args(arguments)
    files = {"take": take, "keep": keep}[options.what](options.folder)
    done = "taken from" if options.what == "take" else "kept in"
    sys.stdout.write(f"compiled kernels: {files} files {done} {options.folder}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
