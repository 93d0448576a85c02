"""Notebooks of the documentation, run: their cells give what they show.

    python -m tests.support.notebooks docs/notebooks/first-model.ipynb

runs a notebook and keeps what it got as its outputs.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.pages import DOCS, same

NOTEBOOKS = DOCS / "notebooks"
_PATIENCE = 300  # seconds a cell


def executed(path: Path, folder: Path, replaced: Mapping[str, str]) -> Any:
    """A notebook that has been run in a folder; a cell that fails is an error.

    Args:
        path: The notebook.
        folder: Where its files go.
        replaced: What stands for names of the hub, which tests do not ask.
    """
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    sources = [cell.source for cell in notebook.cells]
    for cell in notebook.cells:
        for name, other in replaced.items():
            cell.source = cell.source.replace(name, other)
    client = NotebookClient(
        notebook, timeout=_PATIENCE, resources={"metadata": {"path": str(folder)}},
        record_timing=False,
    )  # fmt: skip
    client.execute()
    for cell, source in zip(notebook.cells, sources, strict=True):
        cell.source = source
    return notebook


def printed(cell: Any) -> str:
    """What a cell has printed, and what its last line is."""
    streamed, results = [], []
    for output in cell.get("outputs", ()):
        if output.output_type == "stream" and output.name == "stdout":
            streamed.append(output.text)  # of what is printed a kernel sends part after part
        elif output.output_type == "execute_result":
            results.append(output.data["text/plain"])
    return "\n".join(["".join(streamed), *results])


def pictures(cell: Any) -> int:
    """How many pictures a cell shows."""
    return sum("image/png" in output.get("data", {}) for output in cell.get("outputs", ()))


def differences(shown: Any, found: Any) -> list[str]:
    """Cells that give something else than the notebook shows."""
    wrong = []
    for before, after in zip(shown.cells, found.cells, strict=True):
        told, got = printed(before), printed(after)
        if not same(told, got) or pictures(before) != pictures(after):
            wrong.append(f"{before.source}\nshows:\n{told}\ngot:\n{got}")
    return wrong


def main(names: list[str]) -> None:
    """Runs notebooks and keeps their outputs, without what programs say of themselves."""
    import nbformat

    replaced = {}
    if "MINILM" in os.environ:
        replaced["sentence-transformers/all-MiniLM-L6-v2"] = os.environ["MINILM"]
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            notebook = executed(Path(name), Path(folder), replaced)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs = [one for one in cell.outputs if one.get("name") != "stderr"]
        nbformat.write(notebook, name)


if __name__ == "__main__":
    main(sys.argv[1:])
