"""The pages of the documentation are run: their commands and their Python give what they show."""

from __future__ import annotations

from pathlib import Path

import pytest

from lexiscope.data import corpus_path
from tests.support.pages import DOCS, MINILM, Run, blocks

# A page → how many commands, statements and sessions it has at least.
PAGES = {
    "index.md": 1,
    "tutorials/first-model.md": 8,
    "tutorials/see-it-learn.md": 5,
    "tutorials/pytorch-and-keras.md": 6,
    "tutorials/words-in-context.md": 7,
    "tutorials/your-own-checkpoint.md": 6,
    "tutorials/token-embeddings.md": 30,
    "how-to/raw-text.md": 2,
    "how-to/compare.md": 4,
    "how-to/map.md": 2,
    "how-to/notebook.md": 2,
    "how-to/plot.md": 2,
    "how-to/senses.md": 2,
    "how-to/continue-gensim.md": 4,
}
# Older pages: what they show is held by tests of their own, or is an outline without output.
OUTLINES = {
    "architecture.md",
    "cluster.md",
    "explanation/bank.md",
    "explanation/recording.md",
    "from-gensim.md",
    "how-to/contextual.md",
    "how-to/get.md",
    "how-to/gpu.md",
    "how-to/matrices.md",
    "reference/formats.md",
    "tutorials/lesson.md",
}


def test_every_page_with_something_to_run_is_run() -> None:
    with_blocks = {
        path.relative_to(DOCS).as_posix()
        for path in DOCS.rglob("*.md")
        if blocks(path.read_text(encoding="utf-8"))
    }
    assert with_blocks - OUTLINES == set(PAGES)


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # PyTorch's and Keras' own
@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_what_it_gives(
    name: str, minilm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("LEXISCOPE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    run = Run({MINILM: str(minilm), "books.txt": str(corpus_path())})
    for _block in run.page((DOCS / name).read_text(encoding="utf-8")):
        pass
    assert not run.failures, "\n\n".join(run.failures)
    assert run.ran >= PAGES[name]
