"""The page in a notebook's cell, as Python sees it; the browser's tests have a JupyterLab."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lexiscope import KeyedVectors, Recording, Word2Vec
from lexiscope.errors import ConfigError, MissingExtraError
from tests.support import harness

pytest.importorskip("anywidget")

WORDS = [f"w{row}" for row in range(60)]


@pytest.fixture
def vectors() -> KeyedVectors:
    rng = np.random.default_rng(1)
    return KeyedVectors(WORDS, rng.normal(size=(60, 6)).astype(np.float32))


@pytest.fixture(autouse=True)
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEXISCOPE_CACHE", str(tmp_path / "cache"))
    if not (harness.STATIC / "page.html").is_file():
        harness.unavailable("the page is not built: `make page` (it needs Node 20)")


def answered(widget: Any, address: str) -> tuple[int, bytes]:
    """What the widget sends when the page asks, and waits for."""
    answer = widget._answering.ask(address).result(60)
    return answer.status, answer.body


def test_vectors_answer_as_a_server_would(vectors: KeyedVectors) -> None:
    widget = vectors.show()
    try:
        status, body = answered(widget, "/api/subject")
        found = json.loads(body)
        assert (status, found["words"], found["features"]["map"]) == (200, 60, True)
        _, body = answered(widget, "/api/explore/neighbors?word=w3&topn=5")
        near = [(one["word"], one["cosine"]) for one in json.loads(body)["nearest"]]
        for (word, cosine), (wanted, value) in zip(
            near, vectors.most_similar("w3", topn=5), strict=True
        ):
            assert word == wanted and cosine == pytest.approx(value, abs=1e-6)
        status, _ = answered(widget, "/api/explore/neighbors?word=nothing")
        assert status == 404
    finally:
        widget.close()


def test_questions_come_as_messages(vectors: KeyedVectors, monkeypatch: pytest.MonkeyPatch) -> None:
    from threading import Event

    widget = vectors.show("explore")
    sent: list[tuple[Any, bytes]] = []
    there = Event()

    def send(content: Any, buffers: Any = None) -> None:
        sent.append((content, bytes(buffers[0])))
        there.set()

    monkeypatch.setattr(widget, "send", send)
    try:
        widget._heard(widget, {"id": "a-1", "ask": "page"}, [])
        content, page = sent.pop()
        text = gzip.decompress(page).decode()
        assert content == {"id": "a-1"}
        assert '{"notebook":true}</script>' in text and '<base href="about:srcdoc" />' in text
        there.clear()
        widget._heard(widget, {"id": "a-2", "ask": "answer", "address": "/api/subject"}, [])
        assert there.wait(60)
        content, body = sent.pop()
        assert (content["id"], content["status"]) == ("a-2", 200)
        assert content["headers"]["content-type"] == "application/json"
        assert json.loads(body)["words"] == 60
        for wrong in ({}, {"id": 3}, {"id": "x", "address": "file:///etc/passwd"}, None):
            widget._heard(widget, wrong, [])
        assert sent == []
    finally:
        widget.close()


def test_what_is_chosen_is_read_and_set(vectors: KeyedVectors) -> None:
    widget = vectors.show("explore?word=w7")
    seen: list[list[str]] = []
    widget.observe(lambda change: seen.append(change["new"]), "selected")
    try:
        assert (widget.address, widget.selected) == ("#/explore?word=w7", ["w7"])
        widget.address = "#/explore?words=w1,w2&word=w7"
        assert widget.selected == ["w1", "w2", "w7"] and seen == [widget.selected]
        widget.selected = ["w5"]
        assert widget.address == "#/explore?word=w5"
        widget.selected = []
        assert widget.address == "#/explore"
        widget.address = "#/map?layout=pca&part=-9,-9_9,9"
        assert sorted(widget.selected) == sorted(WORDS)
    finally:
        widget.close()


def test_a_model_and_a_recording_are_shown(saved: Path) -> None:
    model = Word2Vec([["sea", "fish", "ship"]] * 30, min_count=1, vector_size=7, epochs=1)
    recording = Recording.open(saved)
    for thing, words, steps in ((model, 3, 0), (recording, 96, recording.steps)):
        widget = thing.show("story")
        try:
            found = json.loads(answered(widget, "/api/subject")[1])
            assert (found["words"], found["steps"]) == (words, steps)
            if steps:
                assert answered(widget, "/api/steps/7")[0] == 200
        finally:
            widget.close()
    html = recording._repr_html_()
    assert "skipgram" in html and f"{recording.losses[-1]:.4f}" in html


def test_what_cannot_be_shown_is_said(
    vectors: KeyedVectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match="view is 'mpa'; expected one of story"):
        vectors.show("mpa")
    with pytest.raises(ConfigError, match="height is 3"):
        vectors.show(height=3)
    with pytest.raises(ConfigError, match="no words"):
        KeyedVectors(3).show()
    monkeypatch.setattr("lexiscope.widget.find_spec", lambda _name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'lexiscope\[notebook\]'"):
        vectors.show()


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_notebook_that_shows_vectors_runs(tmp_path: Path) -> None:
    nbclient = pytest.importorskip("nbclient")
    nbformat = pytest.importorskip("nbformat")
    source = (
        "import numpy as np, lexiscope\n"
        "v = lexiscope.KeyedVectors(['a', 'b', 'c'], np.eye(3, dtype=np.float32))\n"
        "widget = v.show('explore?word=b')\nprint(widget.selected)\nwidget"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    nbclient.NotebookClient(
        notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    outputs = notebook.cells[0].outputs
    assert outputs[0].text == "['b']\n"
    shown = outputs[-1].data
    assert "application/vnd.jupyter.widget-view+json" in shown
    kept = json.dumps(notebook)
    assert len(kept) < 60_000  # the page itself is in no notebook
