"""The notebooks are run: each cell gives what it shows, and each opens elsewhere."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

from tests.support.notebooks import NOTEBOOKS, differences, executed, pictures, printed

NAMES = sorted(path.name for path in NOTEBOOKS.glob("*.ipynb"))


def test_there_are_the_five_that_the_site_has() -> None:
    nav = (NOTEBOOKS.parents[1] / "mkdocs.yml").read_text(encoding="utf-8")
    assert len(NAMES) == 5
    assert all(f"notebooks/{Path(name).stem}.md" in nav for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_installs_what_it_needs_where_that_is_not_there(name: str) -> None:
    nbformat = pytest.importorskip("nbformat")
    notebook = nbformat.read(NOTEBOOKS / name, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert '%pip install -q "lexiscope[' in code[0].source
    assert any(printed(cell) for cell in code) and sum(map(pictures, code)) >= (
        0 if name.startswith("pytorch") else 1
    )
    # Nothing that the machine decides, nor where somebody ran it.
    assert "/home/" not in json.dumps(notebook) and "/tmp/" not in json.dumps(notebook)


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_shows_what_it_gives(
    name: str, minilm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    shown = nbformat.read(NOTEBOOKS / name, as_version=4)
    replaced = {"sentence-transformers/all-MiniLM-L6-v2": str(minilm)}
    found = executed(NOTEBOOKS / name, tmp_path, replaced)
    assert differences(shown, found) == []


def test_what_a_cell_gives_otherwise_is_found() -> None:
    nbformat = pytest.importorskip("nbformat")
    shown = nbformat.read(NOTEBOOKS / NAMES[0], as_version=4)
    other = copy.deepcopy(shown)
    assert differences(shown, other) == []
    cell = next(cell for cell in other.cells if printed(cell))
    cell.outputs[0]["text"] = "something else\n"
    assert len(differences(shown, other)) == 1
    drawing = next(cell for cell in other.cells if cell.cell_type == "code" and pictures(cell))
    drawing.outputs = []
    assert len(differences(shown, other)) == 2
