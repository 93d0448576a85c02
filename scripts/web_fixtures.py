"""Writes what the page's own arithmetic is tested against: tiny runs, and the server's answers.

    python scripts/web_fixtures.py

Each file in `web/src/lib/replay/fixtures` is a run with its replay block (only the first and the
last state, so that everything between is the browser's own work) and answers of the server.
"""

from __future__ import annotations

import base64
import json
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from fastapi.testclient import TestClient

from lexiscope.inspection import RecordConfig, Recording, record_text
from lexiscope.server import single_file as page
from lexiscope.server.app import create_app
from lexiscope.server.wire import BINARY, safetensors_text

FIXTURES = Path(__file__).parents[1] / "web" / "src" / "lib" / "replay" / "fixtures"
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


def main() -> None:
    """Writes all fixtures anew."""
    FIXTURES.mkdir(parents=True, exist_ok=True)
    for old in FIXTURES.glob("*.json"):
        old.unlink()
    kinds = product(
        ("skipgram", "cbow", "next-word"),
        ("softmax", "negative", "hierarchical"),
        ("sgd", "adam"),
    )
    for architecture, loss, optimizer in kinds:
        _write(
            f"{architecture}-{loss}-{optimizer}",
            architecture=architecture,
            loss=loss,
            optimizer=optimizer,
        )
    _write(
        "cbow-classic", architecture="cbow", loss="negative", optimizer="sgd", cbow_update="classic"
    )


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
            "answers": _answers(Path(folder) / "run", name),
        }
    content = json.dumps(fixture, separators=(",", ":"))
    (FIXTURES / f"{name}.json").write_text(content + "\n", encoding="utf-8")


def _replay(recording: Recording) -> str:
    with patch.object(page, "STATES_BYTES", 0):
        return safetensors_text(*page.replay_block(recording))


def _answers(run: Path, name: str) -> dict[str, Any]:
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
