"""The page in one file: its data is the server's, and enough to do every step again."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lexiscope.errors import ConfigError, LexiscopeError
from lexiscope.inspection import Recording
from lexiscope.progress import Progress
from lexiscope.server import single_file as pages
from lexiscope.server import site
from lexiscope.server.views.quiz import replay_block as replaying
from tests.support.occurring import corpus_of_banks
from tests.support.server_pages import KINDS, Page, unpacked, vectors

TEMPLATE = f"""<!doctype html><html><head><title>Lexiscope</title>
{pages.PLACEHOLDER}</head><body><script>let x = "<title>";</script></body></html>"""
MOST_BYTES = 5_000_000


@pytest.fixture
def template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A built template, as small as can be."""
    folder = tmp_path / "static"
    folder.mkdir()
    (folder / "page.html").write_text(TEMPLATE)
    monkeypatch.setattr(site, "folder", lambda: folder)
    return folder / "page.html"


def data_of(file: Path) -> dict[str, Any]:
    text = file.read_text(encoding="utf-8")
    found = re.findall(
        r'<script type="application/json" id="lexiscope-data">(.*?)</script>', text, re.DOTALL
    )
    assert len(found) == 1
    document: dict[str, Any] = json.loads(found[0])
    return document


def unpacked_text(text: str) -> tuple[dict[str, Any], dict[str, np.ndarray[Any, Any]]]:
    return unpacked(base64.b64decode(text))


@pytest.mark.slow
def test_the_file_has_what_the_server_answers(
    template: Path, bundled_run: Path, page: Page, tmp_path: Path
) -> None:
    seen: list[Progress] = []
    out = tmp_path / "page.html"
    facts = pages.write_page(bundled_run, out, title="A </title> & b", progress=seen.append)
    assert facts.bytes == out.stat().st_size
    assert seen[-1].done == seen[-1].total
    text = out.read_text(encoding="utf-8")
    assert "<title>A &lt;/title&gt; &amp; b</title>" in text
    assert text.endswith('<script>let x = "<title>";</script></body></html>')
    data = data_of(out)
    assert data["title"] == "A </title> & b"
    for address, answer in data["responses"].items():
        if address == "/api/sentences":
            assert len(answer["sentences"]) == answer["total"] == 545
            continue
        expected = page.get(address)
        assert expected.status_code == 200
        if "base64" in answer:
            assert base64.b64decode(answer["base64"]) == expected.content
        elif address == "/api/subject":  # its fingerprint is of the source as well
            assert {**answer, "fingerprint": ""} == {**expected.json(), "fingerprint": ""}
        else:
            assert answer == expected.json()
    views = {address.partition("?")[0] for address in data["responses"]}
    assert {"/api/subject", "/api/program", "/api/explore/norms", "/api/sentences/544"} <= views
    assert "/api/journey/neighbors?word=king" in data["responses"]
    assert len([one for one in data["responses"] if "neighbors?" in one]) == 96
    payload, arrays = unpacked_text(data["vectors"])
    assert payload == {"words": 96, "vector_size": 8}
    assert arrays["outputs"].shape == (96, 8)


def test_no_text_can_end_the_data(template: Path, tmp_path: Path) -> None:
    from lexiscope.vectors import KeyedVectors

    words = ["</script>", "<!--", "näher", "a&b", "caf\udce9"]
    KeyedVectors(words, np.eye(5, 3, dtype=np.float32) + 1).save(tmp_path / "model")
    pages.write_page(tmp_path / "model", tmp_path / "page.html")
    assert data_of(tmp_path / "page.html")["responses"]["/api/vocabulary"]["words"] == [
        *words[:4],
        "caf\\xe9",
    ]


@pytest.mark.slow
def test_the_same_run_gives_the_same_file(
    template: Path, record_kind: Callable[[str], Path], tmp_path: Path
) -> None:
    for name in ("a", "b"):
        pages.write_page(record_kind("negative"), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_large_runs_watched_words_are_there(
    template: Path, watched_model: Path, tmp_path: Path
) -> None:
    facts = pages.write_page(watched_model, tmp_path / "page.html")
    assert facts.keyframes == 0
    data = data_of(tmp_path / "page.html")
    assert data["replay"] is None
    assert "/api/journey/neighbors?word=queen" in data["responses"]
    assert "/api/corpus" not in data["responses"]


def test_a_model_that_is_too_large_is_refused_with_its_size(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors(2_000, 50).save(tmp_path / "model")
    monkeypatch.setattr(pages, "LARGEST_PAGE", 500_000)
    with pytest.raises(ConfigError, match=r"2,000 words.*1 MB.*lexiscope serve"):
        pages.write_page(tmp_path / "model", tmp_path / "page.html")
    monkeypatch.setattr(pages, "LARGEST_PAGE", 1_200_000)
    with pytest.raises(ConfigError, match="serve"):
        pages.write_page(tmp_path / "model", tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()


def test_without_the_built_page_the_way_to_it_is_told(
    bundled_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "folder", lambda: tmp_path / "nothing")
    with pytest.raises(LexiscopeError, match="npm ci"):
        pages.write_page(bundled_run, tmp_path / "page.html")
    (tmp_path / "page.html").write_text("no place")
    monkeypatch.setattr(site, "folder", lambda: tmp_path)
    with pytest.raises(LexiscopeError, match="0 places"):
        pages.write_page(bundled_run, tmp_path / "out.html")


def test_the_bundled_runs_page_is_small(bundled_run: Path, tmp_path: Path) -> None:
    if not (site.folder() / site.TEMPLATE).is_file():
        pytest.skip("the page has not been built; `make test` builds it where Node is there")
    facts = pages.write_page(bundled_run, tmp_path / "page.html")
    assert facts.bytes <= MOST_BYTES


def test_components_are_written_as_javascript_does() -> None:
    assert pages.encode_component("a b/c&d=é'!") == "a%20b%2Fc%26d%3D%C3%A9'!"


@pytest.mark.parametrize(
    ("count", "size", "most"),
    [(18, 1536, 2_000_000), (200, 1536, 100_000), (2, 9, 1), (1, 5, 1), (7, 10, 200)],
)
def test_the_keyframes_that_fit_have_both_ends(count: int, size: int, most: int) -> None:
    chosen = replaying.keyframes_kept((count, size), most)
    assert chosen[0] == 0 and chosen[-1] == count - 1
    assert len(chosen) * size * 4 <= most or len(chosen) <= 2


# The replay


class Browser:
    """The module's description of the replay block, followed to the letter in float64."""

    def __init__(self, text: str) -> None:
        self.run, self.arrays = unpacked_text(text)

    def state(self, step: int) -> dict[str, np.ndarray[Any, Any]]:
        """The state after so many steps, from the keyframe before."""
        names = (
            "inputs",
            "outputs",
            "bias",
            "first_in",
            "second_in",
            "first_out",
            "second_out",
            "first_bias",
            "second_bias",
        )
        keyframes = self.run["keyframes"]
        place = max(i for i, one in enumerate(keyframes) if one <= step)
        state = {
            name: self.arrays[name][place].astype(np.float64)
            for name in names
            if name in self.arrays
        }
        for number in range(keyframes[place] + 1, step + 1):
            self.advance(state, number)
        return state

    def example(self, step: int) -> tuple[np.ndarray[Any, Any], int]:
        example = self.arrays["order"][step - 1]
        starts = self.arrays["starts"]
        members = self.arrays["members"][starts[example] : starts[example + 1]]
        return members, int(self.arrays["targets"][example])

    def rows(self, step: int, target: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        if self.run["loss"] == "softmax":
            rows = np.arange(self.run["words"])
            return rows, (rows == target).astype(float)
        if self.run["loss"] == "negative":
            drawn = self.arrays["negatives"][step - 1]
            rows = np.concatenate([[target], drawn[drawn >= 0]])
            return rows, np.array([1.0] + [0.0] * (len(rows) - 1))
        path = slice(self.arrays["tree_starts"][target], self.arrays["tree_starts"][target + 1])
        signs = self.arrays["tree_signs"][path]
        return self.arrays["tree_nodes"][path], (signs > 0).astype(float)

    def advance(self, state: dict[str, np.ndarray[Any, Any]], step: int) -> None:
        members, target = self.example(step)
        hidden = state["inputs"][members].mean(axis=0)
        rows, labels = self.rows(step, target)
        scores = state["outputs"][rows] @ hidden
        if "bias" in state:
            scores += state["bias"]
        if self.run["loss"] == "softmax":
            exponentials = np.exp(scores - scores.max())
            errors = exponentials / exponentials.sum() - labels
        else:
            errors = 1 / (1 + np.exp(-scores)) - labels
        slope = errors @ state["outputs"][rows]
        share = 1 if self.run["cbow_update"] == "classic" else len(members)
        gradients = {name: np.zeros_like(state[name]) for name in ("inputs", "outputs")}
        gradients["outputs"][rows] = errors[:, None] * hidden
        np.add.at(gradients["inputs"], members, slope / share)
        if "bias" in state:
            gradients["bias"] = errors
        for name, gradient in gradients.items():
            self.update(state, name, gradient, step)

    def update(
        self, state: dict[str, np.ndarray[Any, Any]], name: str, gradient: Any, t: int
    ) -> None:
        run = self.run
        rate, beta1, beta2 = run["learning_rate"], run["beta1"], run["beta2"]
        if run["optimizer"] == "sgd":
            state[name] -= rate * gradient
            return
        ending = {"inputs": "in", "outputs": "out", "bias": "bias"}[name]
        first, second = state[f"first_{ending}"], state[f"second_{ending}"]
        first[:] = beta1 * first + (1 - beta1) * gradient
        second[:] = beta2 * second + (1 - beta2) * gradient**2
        root = np.sqrt(second) / np.sqrt(1 - beta2**t) + run["epsilon"]
        state[name] -= rate / (1 - beta1**t) * first / root


@pytest.mark.parametrize("kind", KINDS)
def test_any_step_can_be_done_again_from_the_file(
    kind: str, record_kind: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = Recording.open(record_kind(kind))
    # Few keyframes, so that the way to a step is long.
    monkeypatch.setattr(replaying, "STATES_BYTES", 3 * 4 * recording.run.layout.size)
    browser = Browser(pages.safetensors_text(*replaying.replay_block(recording)))
    keyframes = browser.run["keyframes"]
    assert keyframes[0] == 0 and keyframes[-1] == recording.steps
    for after in (0, 1, 300, 699, recording.steps):
        weights = recording.weights(after)
        state = browser.state(after)
        assert np.allclose(state["inputs"], weights.inputs, atol=1e-5)
        assert np.allclose(state["outputs"], weights.outputs, atol=1e-5)
        if weights.bias is not None:
            assert np.allclose(state["bias"], weights.bias, atol=1e-5)
        for name, moments in weights.moments.items():
            assert np.allclose(state[name], moments, atol=1e-5)
    step = recording.step(333)
    members, target = browser.example(333)
    assert tuple(members) == step.input_rows and target == step.target
    rows, labels = browser.rows(333, target)
    assert np.array_equal(rows, step.output_rows) and np.array_equal(labels, step.labels)


def test_of_words_in_their_sentences_it_has_the_means_alone(template: Path, tmp_path: Path) -> None:
    corpus = corpus_of_banks(tmp_path)
    out = tmp_path / "banks.html"
    pages.write_page(corpus.path, out)
    subject = data_of(out)["responses"]["/api/subject"]
    assert not subject["features"]["senses"] and subject["words"] > 20
