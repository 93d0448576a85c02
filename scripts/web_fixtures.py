"""Writes what the page's own arithmetic is tested against: tiny runs, and the server's answers.

    python scripts/web_fixtures.py

Each file in `web/src/lib/replay/fixtures` is a run with its replay block (only the first and the
last state, so that everything between is the browser's own work) and answers of the server. Each in
`web/src/lib/training/fixtures` is what `lexiscope record --precision float64` makes of a text, for
the page's own trainer. `web/src/views/story/bundled.test-data.json` has answers of the bundled run:
the story's tests choose from what its visitors see.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import asdict
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import numpy as np
from fastapi.testclient import TestClient
from numpy.typing import NDArray

from lexiscope import data
from lexiscope.inspection import RecordConfig, Recording, record_text
from lexiscope.server.app import create_app
from lexiscope.server.options import meanings
from lexiscope.server.views.quiz import replay_block as replaying
from lexiscope.server.wire import BINARY, safetensors_text
from lexiscope.training.losses.registry import LOSSES

PAGE = Path(__file__).parents[1] / "web" / "src"
LIB = PAGE / "lib"
FIXTURES = LIB / "replay" / "fixtures"
TRAINING = LIB / "training" / "fixtures"
BUNDLED = PAGE / "views" / "story" / "bundled.test-data.json"
TOLD = ("/api/weights", "/api/vocabulary", "/api/journey/trajectories", "/api/census")
STEPS = 300
SENTENCES = """\
king queen crown palace
queen king throne crown
dog cat bone barks
cat dog milk bone bone
king dog palace bone
queen cat throne milk
crown throne palace king queen
milk bone cat dog barks
"""
# What readers of texts trip over: comments, blank and one-word lines, other spaces and scripts, a
# word outside the first plane before one of the last letters within it, stop words, rare words.
NASTY = """\
# a comment
The King and the Queen of the Palace
the queen\u00a0and\u3000the KING of the throne\x1cking

   # another comment
dog
dog barks at the cat\r
cat and dog and the bone \U0001f451 \uff21
\U0001f451 \uff21 \u0130 \u0391\u03a3 \u03c3\u03b1\u03c2 dog bone
the king barks \U0001f451 \uff21 \u0391\u03a3 \u03c3\u03b1\u03c2 bone bone
the and of
palace throne once queen king \ufeffcat cat
"""
STOPPED = frozenset({"the", "and", "of", "at"})
EVERYTHING = (
    "/api/subject",
    "/api/vocabulary",
    "/api/census",
    "/api/corpus",
    "/api/sentences",
    "/api/sentences?limit=2&offset=1&search=the",
    "/api/sentences/5",
    "/api/sentences/5?window=1",
    "/api/examples?first=141",
    "/api/examples?count=4&first=3",
    "/api/steps/77",
    "/api/steps/77/gradient-check",
    "/api/journey/loss",
    "/api/journey/words",
    "/api/journey/neighbors?topn=4&word=king",
    "/api/journey/analogies",
    "/api/journey/convergence",
    "/api/journey/matrices",
    "/api/journey/trajectories",
    "/api/journey/trajectories?pca=global_pca",
    "/api/weights",
    "/api/weights?step=31",
    "/api/weights/similarity",
    "/api/weights/similarity?step=31",
    "/api/words?limit=5&search=k",
    "/api/explore/neighbors?topn=4&word=king",
    "/api/explore/norms",
)
WITH_OUTPUT = (
    *EVERYTHING,
    "/api/weights/two-vectors",
    "/api/weights/two-vectors?step=31",
    "/api/explore/neighbors?space=input-output&topn=4&word=king",
)
ASKED = {
    "skipgram-softmax-sgd": WITH_OUTPUT,
    "cbow-hierarchical-adam": EVERYTHING,
    "next-word-softmax-adam": WITH_OUTPUT,
    "skipgram-nce-sgd": WITH_OUTPUT,
    "bundled": (
        "/api/vocabulary",
        "/api/examples?count=3",
        "/api/journey/analogies",
        "/api/journey/neighbors?word=king",
        "/api/weights/two-vectors?step=7001",
    ),
}


def main() -> None:
    """Writes all fixtures anew."""
    for folder in (FIXTURES, TRAINING):
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.json"):
            old.unlink()
    kinds = product(
        ("skipgram", "cbow", "next-word"),
        LOSSES,
        ("sgd", "adam"),
    )
    named: dict[str, dict[str, Any]] = {
        f"{architecture}-{loss}-{optimizer}": {
            "architecture": architecture,
            "loss": loss,
            "optimizer": optimizer,
        }
        for architecture, loss, optimizer in kinds
    }
    named["cbow-classic"] = {
        "architecture": "cbow",
        "loss": "negative",
        "optimizer": "sgd",
        "cbow_update": "classic",
    }
    explained = json.dumps(meanings(RecordConfig), indent=2, ensure_ascii=False)
    (LIB / "training" / "meanings.json").write_text(explained + "\n", encoding="utf-8")
    for name, options in named.items():
        _write(name, **options)
        _train(name, NASTY, steps=STEPS // 2, vector_size=3, min_count=2, seed=7, **options)
    _train("few-steps", NASTY, steps=20, min_count=1, loss="negative", window=1)
    _train("large-seed", NASTY, steps=50, min_count=1, loss="nce", seed=2**40 + 3, ns_exponent=-0.5)
    many = "\n".join(f"w{i % 301} w{i * i % 301} w{i * 7 % 301}" for i in range(900))
    _train("many-words", many, steps=400, min_count=1, vector_size=5, loss="negative")
    _train("bundled", data.corpus_path().read_text(encoding="utf-8"), stopwords=data.stopwords())
    _write_bundled()


def _write(name: str, **options: Any) -> None:
    with TemporaryDirectory() as folder:
        text = Path(folder) / "text.txt"
        text.write_text(SENTENCES, encoding="utf-8")
        config = RecordConfig(
            steps=STEPS, vector_size=3, min_count=2, negative=3, seed=7, **options
        )
        recording = record_text(text, config, stopwords=frozenset())
        recording.save(Path(folder) / "run")
        fixture = {
            "name": name,
            "replay": _replay(recording),
            "answers": _answers(Path(folder) / "run", _asked(name)),
        }
    content = json.dumps(fixture, separators=(",", ":"))
    (FIXTURES / f"{name}.json").write_text(content + "\n", encoding="utf-8")


def _write_bundled() -> None:
    with TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        record_text(data.corpus_path(), RecordConfig()).save(run)
        answers = _answers(run, TOLD)
    content = json.dumps(answers, separators=(",", ":"))
    BUNDLED.write_text(content + "\n", encoding="utf-8")


def _train(name: str, text: str, *, stopwords: frozenset[str] = STOPPED, **options: Any) -> None:
    """Writes what Python makes of a text: its words, its examples and some of its states."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "text.txt"
        file.write_text(text, encoding="utf-8", newline="")
        config = RecordConfig(precision="float64", **options)
        recording = record_text(file, config, stopwords=stopwords)
        recording.save(Path(folder) / "text")
        answers = _answers(Path(folder) / "text", ASKED.get(name, ()))
    run, steps = recording.run, recording.steps
    facts = asdict(recording.corpus) | {"name": "text"}
    chosen = {0, 1, steps} if steps < 1_000 else {0, steps}
    bundled = name == "bundled"  # the page has that text and these words too
    fixture = {
        "name": name,
        "text": None if bundled else text,
        "stopwords": None if bundled else sorted(stopwords),
        "options": options,
        "config": run.config.to_json(),
        "words": run.tokens,
        "counts": run.counts.tolist(),
        "facts": None if bundled else facts,
        "fingerprint": recording.corpus.fingerprint,
        "epoch_length": run.epoch_length,
        "spacing": run.spacing,
        "members": _packed(run.examples.members),
        "starts": _packed(run.examples.starts.astype(np.int32)),
        "targets": _packed(run.examples.targets),
        "order": _packed(run.order),
        "negatives": None if run.negatives is None else _packed(run.negatives),
        "losses": _packed(run.losses),
        "states": {step: _packed(recording.stepper(step).state) for step in sorted(chosen)},
        "answers": answers,
    }
    content = json.dumps(fixture, separators=(",", ":"))
    (TRAINING / f"{name}.json").write_text(content + "\n", encoding="utf-8")


def _packed(array: NDArray[Any]) -> str:
    little = array.astype(array.dtype.newbyteorder("<"))
    return base64.b64encode(little.tobytes()).decode("ascii")


def _replay(recording: Recording) -> str:
    with patch.object(replaying, "STATES_BYTES", 0):
        return safetensors_text(*replaying.replay_block(recording))


def _asked(name: str) -> list[str]:
    asked = [f"/api/steps/{STEPS // 2}", f"/api/steps/{STEPS}", "/api/weights?step=200"]
    asked += [f"/api/steps/{STEPS // 2}/gradient-check"]
    if name == "skipgram-softmax-sgd":
        asked += [
            "/api/subject",
            "/api/vocabulary",
            "/api/weights",
            "/api/weights/similarity",
            "/api/weights/similarity?step=200",
            "/api/weights/two-vectors",
            "/api/weights/two-vectors?step=200",
            "/api/sentences",
            "/api/sentences/3",
            "/api/sentences/3?window=1",
            "/api/sentences?offset=1&limit=2&search=king",
            "/api/journey/neighbors?word=king",
            "/api/words?search=k&limit=5",
            "/api/words?search=n",
            "/api/explore/neighbors?word=king&topn=4",
            "/api/explore/neighbors?word=king&space=output&topn=4",
            "/api/explore/neighbors?word=king&space=input-output&topn=4",
            "/api/explore/neighbors?word=king&space=output-input&topn=4",
            "/api/explore/analogy?positive=king&positive=cat&negative=dog&topn=4",
            "/api/explore/similarity?word=king&word=nothing&word=cat",
            "/api/explore/compare?a=king&b=cat",
        ]
    return asked


def _answers(run: Path, asked: Sequence[str]) -> dict[str, Any]:
    app = create_app(run)
    with TestClient(app, base_url="http://localhost") as client:
        answers = {address: _answer(client, address) for address in asked}
    if subject := answers.get("/api/subject"):
        subject["fingerprint"] = "0"  # of the file, which is new each time
    return answers


def _answer(client: TestClient, address: str) -> Any:
    response = client.get(address)
    response.raise_for_status()
    if response.headers["content-type"] == BINARY:
        return {"base64": base64.b64encode(response.content).decode("ascii")}
    return response.json()


if __name__ == "__main__":
    main()
