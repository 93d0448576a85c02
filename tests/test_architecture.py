"""The house's rules: which room may import which, what an import costs, how long things are."""

from __future__ import annotations

import ast
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import lexiscope

SOURCE = Path(lexiscope.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))

# Room → the rooms that it may import, besides itself.
BASE = {"errors", "lazy", "progress", "checks", "_version"}
_FILES = {*BASE, "files"}
_CORPUS = {*_FILES, "compiled"}
_VECTORS = {*_CORPUS, "formats"}
_TRAINING = {*_VECTORS, "corpus", "vectors", "data"}
_REPLAY = {*_TRAINING, "training"}
_INSPECTION = {*_REPLAY, "replay"}
_SERVER = {*_INSPECTION, "inspection", "contextual", "interop"}
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "lazy": set(),
    "progress": set(),
    "checks": {"errors"},
    "_version": set(),
    "data": BASE,
    "files": BASE,
    "compiled": BASE,
    "corpus": _CORPUS,
    "formats": _CORPUS,
    "vectors": _VECTORS,
    "training": _TRAINING,
    "replay": _REPLAY,
    "inspection": _INSPECTION,
    "estimator": {*_INSPECTION, "inspection"},
    "contextual": {*_FILES, "corpus", "formats", "vectors"},
    "interop": {*_VECTORS, "vectors"},
    "server": _SERVER,
    "cli": {*_SERVER, "server"},
}
# The public names of the package itself, which any room below may be behind.
ROOT_NAMES = {"__version__": "_version", **dict.fromkeys(("load", "KeyedVectors"), "vectors")}
HEAVY = {
    "fastapi",
    "llvmlite",
    "numba",
    "rich",
    "safetensors",
    "scipy",
    "tokenizers",
    "torch",
    "transformers",
    "typer",
}
MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 60
# Functions whose parameters are the product's own list of options; only their bodies count.
WIDE_DOORS = {
    ("estimator/word2vec.py", "__init__"),
    ("cli/commands/train.py", "train"),
    ("cli/commands/contextual.py", "contextual"),
    ("cli/commands/distill.py", "distill"),
}


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported_rooms(path: Path, tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and room of every import of the package's own, inside functions too."""
    package = ("lexiscope", *path.relative_to(SOURCE).parent.parts)
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            parts = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*parts, *([node.module] if node.module else [])])
            names = [f"{module}.{alias.name}" for alias in node.names]
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "import_module"
            and node.args
            and isinstance(node.args[0], ast.Constant)
        ):
            names = [str(node.args[0].value)]
        for name in names:
            first, _, rest = name.partition(".")
            if first == "lexiscope":
                room = rest.partition(".")[0]
                yield node.lineno, ROOT_NAMES.get(room, room or "the whole package")


def violations(path: Path, source: str) -> list[str]:
    room = room_of(path)
    allowed = {*MAY_IMPORT[room], room}
    return [
        f"{path.relative_to(SOURCE)}:{line}: {room} imports {other}"
        for line, other in imported_rooms(path, ast.parse(source))
        if other not in allowed
    ]


def test_imports_run_one_way() -> None:
    found = [
        wrong
        for path in FILES
        if path.parent != SOURCE or path.stem in MAY_IMPORT
        for wrong in violations(path, path.read_text())
    ]
    assert found == []


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("formats", "from lexiscope.vectors import KeyedVectors"),
        ("formats", "import lexiscope.vectors.search"),
        ("formats", "from lexiscope import vectors"),
        ("formats", "from lexiscope import load"),
        ("formats", "from ..vectors import search"),
        ("formats", "from .. import vectors"),
        ("vectors", "def f():\n    from lexiscope.training import TrainingConfig"),
        ("corpus", "import_module('lexiscope.formats')"),
        ("training", "import lexiscope"),
    ],
)
def test_a_wrong_import_is_found(room: str, line: str) -> None:
    assert len(violations(SOURCE / room / "x.py", line)) == 1


@pytest.mark.parametrize(
    "line", ["from . import data", "from lexiscope.errors import LexiscopeError", "import numpy"]
)
def test_a_right_import_is_none(line: str) -> None:
    assert violations(SOURCE / "formats" / "x.py", line) == []


def heavy_after(code: str) -> set[str]:
    program = f"import sys\n{code}\nprint(*sorted({{n.split('.')[0] for n in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    return HEAVY & set(done.stdout.split())


@pytest.mark.parametrize(
    ("code", "allowed"),
    [
        ("import lexiscope", set()),
        ("import lexiscope.formats, lexiscope.vectors, lexiscope.corpus", set()),
        ("import lexiscope; lexiscope.KeyedVectors, lexiscope.load", set()),
        ("from lexiscope.training.loop.state import Observer", set()),
        ("from lexiscope.cli.main import main; main(['--version'])", {"typer"}),
        ("from lexiscope.cli.main import main; main(['--help'])", {"typer"}),
        ("from lexiscope.cli.main import main; main(['info', '--help'])", {"typer"}),
    ],
)
def test_nothing_heavy_is_loaded_before_it_is_needed(code: str, allowed: set[str]) -> None:
    assert heavy_after(code) <= allowed


def seconds(*arguments: str) -> float:
    """The median time of a few runs of the interpreter."""
    times = []
    for _ in range(5):
        started = time.perf_counter()
        subprocess.run(
            [sys.executable, *arguments], stdout=subprocess.DEVNULL, timeout=60, check=True
        )
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def test_version_and_help_start_fast() -> None:
    bound = 5 * (seconds("-c", "pass") + seconds("-c", "import numpy"))
    for option in ("--version", "--help"):
        assert seconds("-m", "lexiscope.cli.main", option) < bound


# Kernels are written out, and so exempt from the bounds of length.
KERNELS = {"compiled", "training/kernels", "corpus/passes/scan.py", "replay/kernel.py"}


def is_kernel(path: Path) -> bool:
    place = path.relative_to(SOURCE).as_posix()
    return any(place == kernel or place.startswith(f"{kernel}/") for kernel in KERNELS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: os.fspath(path.relative_to(SOURCE)))
def test_files_and_functions_are_short(path: Path) -> None:
    if is_kernel(path):
        return
    source = path.read_text()
    assert source.count("\n") < MAX_FILE_LINES
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            wide = (path.relative_to(SOURCE).as_posix(), node.name) in WIDE_DOORS
            start = node.body[0].lineno if wide else node.lineno
            lines = (node.end_lineno or start) - start + 1 - docstring_lines(node)
            assert lines <= MAX_FUNCTION_LINES, f"{node.name} has {lines} lines"


def docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """What a docstring takes: telling more about a function does not make it longer."""
    first = node.body[0]
    if ast.get_docstring(node) is None:
        return 0
    return (first.end_lineno or first.lineno) - first.lineno + 1
