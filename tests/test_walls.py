"""The walls inside the rooms: no circle of imports anywhere, and an order among a room's sub-rooms.

Imports inside functions and under TYPE_CHECKING count: who reads a file has to hold them in mind.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import lexiscope

SOURCE = Path(lexiscope.__file__).parent

# Room → its sub-rooms; each may import those before it and never those behind it. Modules that
# stand in a room beside its sub-rooms find their own places among them: only circles are forbidden.
ORDER: dict[str, tuple[str, ...]] = {
    "corpus": ("input", "passes", "phrases", "survey"),
    "formats": ("reading", "kinds"),
    "vectors": ("kernels", "aligning", "comparing", "postprocessing", "layout"),
    "training": ("kernels", "losses", "loop", "cuda", "watching"),
    "inspection": ("snapshots", "history", "views", "json_steps"),
    "contextual": ("pretrained", "text", "model", "corpus", "uses", "occurrences"),
    "interop": ("exports",),
    "server": ("payloads", "views"),
    "cli": ("shared", "commands"),
    "gensim": ("parsing", "corpora", "models", "similarities", "scripts", "test"),
}

Graph = Mapping[str, set[str]]


def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name; a package stands for its `__init__`."""
    named = {}
    for path in SOURCE.rglob("*.py"):
        parts = [SOURCE.name, *path.relative_to(SOURCE).with_suffix("").parts]
        named[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return named


def imported(source: str, names: Mapping[str, object]) -> set[str]:
    """The package's modules that a source imports, wherever in it the import stands."""
    targets: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        wanted: list[str] = []
        if isinstance(node, ast.Import):
            wanted = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            wanted = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in wanted:
            while name and name not in names:  # the name of a thing inside a module
                name = name.rpartition(".")[0]
            if name:
                targets.add(name)
    return targets


@pytest.fixture(scope="module")
def graph() -> dict[str, set[str]]:
    """Module → the modules that it imports."""
    named = modules()
    return {name: imported(path.read_text(), named) - {name} for name, path in named.items()}


def circles(graph: Graph) -> Iterator[list[str]]:
    """Groups of nodes that reach each other (Tarjan 1972)."""
    numbers: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []

    def visit(node: str) -> Iterator[list[str]]:
        numbers[node] = lowest[node] = len(numbers)
        stack.append(node)
        for other in sorted(graph[node]):
            if other not in numbers:
                yield from visit(other)
                lowest[node] = min(lowest[node], lowest[other])
            elif other in stack:
                lowest[node] = min(lowest[node], numbers[other])
        if lowest[node] == numbers[node]:
            group = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(group) > 1:
                yield sorted(group)

    for node in sorted(graph):
        if node not in numbers:
            yield from visit(node)


def within(graph: Graph, room: str) -> dict[str, set[str]]:
    """The imports of a room among its sub-rooms and the modules beside them."""
    prefix = f"{SOURCE.name}.{room}."

    def part(module: str) -> str:
        return module.removeprefix(prefix).partition(".")[0]

    parts: dict[str, set[str]] = {}
    for module, others in graph.items():
        if module.startswith(prefix):
            inside = {part(other) for other in others if other.startswith(prefix)}
            parts.setdefault(part(module), set()).update(inside - {part(module)})
    return parts


def wrong_ways(parts: Graph, order: tuple[str, ...]) -> list[str]:
    """Imports from a sub-room to one behind it."""
    return [
        f"{lower} imports {upper}"
        for place, lower in enumerate(order)
        for upper in order[place + 1 :]
        if upper in parts.get(lower, ())
    ]


def test_no_circle_of_modules(graph: Graph) -> None:
    assert list(circles(graph)) == []


@pytest.mark.parametrize("room", ORDER)
def test_no_circle_of_sub_rooms(graph: Graph, room: str) -> None:
    assert list(circles(within(graph, room))) == []


@pytest.mark.parametrize("room", ORDER)
def test_sub_rooms_keep_their_order(graph: Graph, room: str) -> None:
    assert wrong_ways(within(graph, room), ORDER[room]) == []


def test_every_sub_room_has_its_place() -> None:
    folders = {(path.parents[1].name, path.parent.name) for path in SOURCE.glob("*/*/__init__.py")}
    modules = {(path.parent.name, path.stem) for path in SOURCE.glob("*/*.py")}
    places = {(room, name) for room, order in ORDER.items() for name in order}
    assert folders <= places <= folders | modules


# Who may read JSON by Python's own reader, and whose JSON it is.
JSON_READERS = {
    "files/json_document.py": "anybody's, within bounds",
    "server/single_file.py": "answers of this very program",
    "widget/page.py": "likewise",
}


def reads_json(source: str) -> bool:
    """Whether a source calls the standard library's reader of JSON, under whatever name."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id == "json" and node.attr in ("load", "loads", "JSONDecoder"):
                return True
        elif isinstance(node, ast.ImportFrom) and node.module in ("json", "json.decoder"):
            return True
        elif isinstance(node, ast.Import):
            names = [(alias.name, alias.asname) for alias in node.names]
            if any(name.split(".")[0] == "json" and called for name, called in names):
                return True
            if any(name in ("orjson", "ujson", "simplejson") for name, _called in names):
                return True
    return False


def test_untrusted_json_has_one_reader() -> None:
    readers = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if reads_json(path.read_text())
    }
    assert readers == set(JSON_READERS)


def test_another_reader_of_json_is_seen() -> None:
    for source in (
        "import json\njson.loads(b'')",
        "import json\nx = json.load",
        "from json import loads",
        "import json as j",
        "import orjson",
    ):
        assert reads_json(source)
    assert not reads_json("import json\njson.dumps({})")


def test_a_circle_is_seen() -> None:
    names = {"lexiscope.a": 1, "lexiscope.b": 1, "lexiscope.c": 1}
    sources = {
        "lexiscope.a": "if TYPE_CHECKING:\n    from lexiscope.b import Thing",
        "lexiscope.b": "def f():\n    from lexiscope import c",
        "lexiscope.c": "import lexiscope.a",
    }
    graph = {name: imported(source, names) for name, source in sources.items()}
    assert list(circles(graph)) == [sorted(names)]
    graph["lexiscope.c"] = set()
    assert list(circles(graph)) == []


def test_a_wrong_way_is_seen() -> None:
    graph = {
        f"{SOURCE.name}.room.low.x": {f"{SOURCE.name}.room.high.y"},
        f"{SOURCE.name}.room.high.y": {f"{SOURCE.name}.room.plain", f"{SOURCE.name}.other"},
        f"{SOURCE.name}.room.plain": set(),
    }
    parts = within(graph, "room")
    assert parts == {"low": {"high"}, "high": {"plain"}, "plain": set()}
    assert wrong_ways(parts, ("low", "high")) == ["low imports high"]
    assert wrong_ways(parts, ("high", "low")) == []
