"""The pages of the documentation are run: their commands and their Python give what they show."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.pages import DOCS, MINILM, Run

# A page → how many commands, statements and sessions it has at least.
PAGES = {
    "tutorials/first-model.md": 8,
    "tutorials/see-it-learn.md": 5,
    "tutorials/pytorch-and-keras.md": 6,
    "tutorials/words-in-context.md": 7,
    "tutorials/your-own-checkpoint.md": 6,
    "tutorials/token-embeddings.md": 30,
    "how-to/raw-text.md": 4,
    "how-to/compare.md": 3,
}


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # PyTorch's and Keras' own
@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_what_it_gives(
    name: str, minilm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    run = Run({MINILM: str(minilm)})
    for _block in run.page((DOCS / name).read_text(encoding="utf-8")):
        pass
    assert not run.failures, "\n\n".join(run.failures)
    assert run.ran >= PAGES[name]
