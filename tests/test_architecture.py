"""The house's rules: which room may import which, what an import costs, how long things are."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import lexiscope
from tests.support.patience import PATIENCE

SOURCE = Path(lexiscope.__file__).parent
FILES = sorted(SOURCE.rglob("*.py"))

# Room → the rooms that it may import, besides itself.
BASE = {
    *("errors", "interruption", "lazy", "memory", "notebook", "progress", "checks", "shown"),
    *("control_group", "cores", "one_line", "_version"),
}
_FILES = {*BASE, "files"}
_CORPUS = {*_FILES, "compiled"}
_VECTORS = {*_CORPUS, "formats", "fetching", "drawing"}
_TRAINING = {*_VECTORS, "corpus", "vectors", "data"}
_CLUSTER = {*_TRAINING, "training", "contextual"}
_REPLAY = {*_TRAINING, "training"}
_INSPECTION = {*_REPLAY, "replay"}
_SERVER = {*_INSPECTION, "inspection", "contextual", "interop"}
MAY_IMPORT: dict[str, set[str]] = {
    "shown": set(),
    "errors": {"shown"},
    "interruption": set(),
    "lazy": set(),
    "control_group": set(),
    "memory": {"control_group"},
    "cores": {"control_group"},
    "one_line": set(),
    "notebook": {"shown"},
    "progress": set(),
    "checks": {"errors"},
    "_version": set(),
    "data": BASE,
    "files": BASE,
    "fetching": {*_FILES, "data"},
    "compiled": BASE,
    "drawing": _FILES,
    "corpus": {*_CORPUS, "data"},
    "formats": _CORPUS,
    "vectors": _VECTORS,
    "training": _TRAINING,
    "cluster": _CLUSTER,
    "replay": _REPLAY,
    "inspection": _INSPECTION,
    "estimator": {*_INSPECTION, "inspection", "cluster"},
    "contextual": {*_FILES, "drawing", "corpus", "formats", "vectors"},
    "interop": {*_VECTORS, "vectors"},
    "server": _SERVER,
    "widget": {*_SERVER, "server"},
    "cli": {*_SERVER, "server", "cluster"},
    "gensim": {*_INSPECTION, "inspection", "estimator"},
}
# The public names of the package itself, which any room below may be behind.
ROOT_NAMES = {
    "__version__": "_version",
    **dict.fromkeys(("get", "load", "KeyedVectors"), "vectors"),
}
HEAVY = {
    "fastapi",
    "llvmlite",
    "numba",
    "ray",
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
    ("estimator/fasttext.py", "__init__"),
    ("cli/commands/compare.py", "compare"),
    ("cli/commands/evaluate.py", "evaluate"),
    ("cli/commands/train.py", "train"),
    ("cli/commands/contextual.py", "contextual"),
    ("cli/commands/distill.py", "distill"),
    ("cli/commands/layers.py", "layers"),
    ("cli/commands/postprocess.py", "postprocess"),
    ("cli/commands/stability.py", "stability"),
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


def loaded_after(code: str) -> set[str]:
    """The modules that a fresh interpreter has behind some code."""
    program = f"import sys\n{code}\nprint(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True, text=True, timeout=PATIENCE, check=True,
    )  # fmt: skip
    return set(done.stdout.splitlines()[-1].split())


def heavy_after(code: str) -> set[str]:
    return HEAVY & {name.split(".")[0] for name in loaded_after(code)}


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


# Rooms of which `--help` may load modules; how many, and how many of others beside what NumPy and
# typer load themselves: what a start costs, counted.
LIGHT = {"lexiscope", "cli", "errors", "interruption", "lazy", "progress", "shown", "_version"}
MOST_OWN, MOST_OTHERS = 53, 20


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_version_and_help_load_little(option: str) -> None:
    added = loaded_after(f"from lexiscope.cli.main import main; main([{option!r}])")
    added -= loaded_after("import numpy, typer")
    own = sorted(name for name in added if name.split(".")[0] == "lexiscope")
    assert {(*name.split("."), "lexiscope")[1] for name in own} <= LIGHT
    assert len(own) <= MOST_OWN, own
    assert len(added) - len(own) <= MOST_OTHERS, sorted(added - set(own))


# Kernels are written out, and so exempt from the bounds of length.
KERNELS = {
    "compiled",
    "corpus/passes/scan.py",
    "corpus/phrases/kernels.py",
    "replay/kernel.py",
    "training/kernels",
    "vectors/kernels",
}


def is_kernel(path: Path) -> bool:
    place = path.relative_to(SOURCE).as_posix()
    return any(place == kernel or place.startswith(f"{kernel}/") for kernel in KERNELS)


def test_files_and_functions_are_short() -> None:
    assert [line for path in FILES if not is_kernel(path) for line in too_long(path)] == []


def too_long(path: Path) -> Iterator[str]:
    """A line for the file and for each function of it that is longer than allowed."""
    place, source = path.relative_to(SOURCE).as_posix(), path.read_text()
    if (lines := source.count("\n")) >= MAX_FILE_LINES:
        yield f"{place} has {lines} lines"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            start = node.body[0].lineno if (place, node.name) in WIDE_DOORS else node.lineno
            lines = (node.end_lineno or start) - start + 1 - docstring_lines(node)
            if lines > MAX_FUNCTION_LINES:
                yield f"{place}:{node.lineno}: {node.name} has {lines} lines"


def test_what_is_too_long_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "SOURCE", tmp_path)
    path = tmp_path / "x.py"
    path.write_text("def f():\n" + "    pass\n" * MAX_FUNCTION_LINES)
    assert list(too_long(path)) == [f"x.py:1: f has {MAX_FUNCTION_LINES + 1} lines"]
    path.write_text("\n" * MAX_FILE_LINES)
    assert list(too_long(path)) == [f"x.py has {MAX_FILE_LINES} lines"]


def docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """What a docstring takes: telling more about a function does not make it longer."""
    first = node.body[0]
    if ast.get_docstring(node) is None:
        return 0
    return (first.end_lineno or first.lineno) - first.lineno + 1
