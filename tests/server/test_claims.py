"""Every sentence with a figure that the page says of a run, against the run's own arrays.

The figures are computed here, from W, W′ and the losses, by `tests/support/claims.py`; the page's
own components are given the server's answers and say their sentences in Node, where
`web/src/views/said.claims.ts` reads the numbers and the words back out of the text.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

import lexiscope
from lexiscope import data
from lexiscope.cli import main as cli
from lexiscope.inspection import RecordConfig, Recording, record_text
from lexiscope.server.app import create_app
from lexiscope.server.subject import OpenSubject
from lexiscope.server.wire import BINARY
from tests.support import claims
from tests.support.patience import PATIENCE

WEB = Path(__file__).parents[2] / "web"
STEPS, STEP = 3_000, 1_777
KINDS = [
    (architecture, loss)
    for architecture in ("skipgram", "cbow")
    for loss in ("softmax", "negative", "hierarchical")
]
ASKED = (
    "/api/subject",
    "/api/vocabulary",
    "/api/corpus",
    "/api/census",
    "/api/journey/loss",
    "/api/journey/convergence",
    "/api/journey/analogies",
    "/api/weights/similarity",
    "/api/explore/norms",
)


def answers_of(path: Path, asked: tuple[str, ...]) -> dict[str, Any]:
    """The server's answers, as the page gets them."""
    answers: dict[str, Any] = {}
    with TestClient(create_app(path), base_url="http://localhost") as client:
        for address in asked:
            response = client.get(address)
            assert response.status_code == 200, (address, response.text)
            binary = response.headers["content-type"] == BINARY
            content = base64.b64encode(response.content).decode("ascii")
            answers[address] = {"base64": content} if binary else response.json()
    return answers


def convergence_times(answers: dict[str, Any]) -> list[float]:
    """The snapshots that the page draws: which ones is its choice, what they hold is not."""
    document = base64.b64decode(answers["/api/journey/convergence"]["base64"])
    size = int.from_bytes(document[:8], "little")
    payload = json.loads(document[8 : 8 + size])["__metadata__"]["payload"]
    times: list[float] = json.loads(payload)["snapshots"]
    return times


def recorded(folder: Path, architecture: Any, loss: Any) -> dict[str, Any]:
    """A recorded run: the server's answers, and the figures from its arrays."""
    config = RecordConfig(architecture=architecture, loss=loss, steps=STEPS, seed=5)
    recording: Recording = record_text(None, config)
    recording.save(folder)
    answers = answers_of(folder, (*ASKED, f"/api/steps/{STEP}"))
    end = recording.weights(STEPS)
    counts = recording.run.counts
    bias = 0 if end.bias is None else end.bias.size
    times = convergence_times(answers)
    states = {time: recording.weights(int(time)).inputs for time in times}
    figures = {
        "unit": "step",
        "loss": claims.loss_figures(recording.losses),
        "chance": None if loss == "negative" else float(np.log(len(recording.tokens))),
        "rest": claims.rest_figures(states, counts, now=STEPS // 20),
        "groups": claims.group_figures(recording.tokens, end.inputs),
        "lengths": claims.rank_correlation(counts, np.linalg.norm(end.inputs, axis=1)),
        "parameters": end.inputs.size + end.outputs.size + bias,
        "examples": recording.run.epoch_length,
        "kept": int(counts.sum()),
        "analogies": claims.analogy_figures(
            recording.tokens, end.inputs, answers["/api/journey/analogies"]["questions"]
        ),
        "step": claims.step_figures(recording, STEP),
    }
    return {"name": f"{architecture}-{loss}", "answers": answers, "figures": figures}


def trained(folder: Path) -> dict[str, Any]:
    """A model of `train --record`: the same of its snapshots."""
    watch = ["--watch-words", "king", "--watch-words", "dog"]
    watch += ["--vector-size", "12", "--min-count", "3"]
    text = str(data.corpus_path())
    assert cli.main(["train", text, "-o", str(folder), "--record", *watch, "--epochs", "20"]) == 0
    answers = answers_of(folder, tuple(one for one in ASKED if one != "/api/corpus"))
    subject = OpenSubject.open(folder)
    history = subject.history
    assert history is not None
    shares = convergence_times(answers)
    snapshots = history.many(len(shares))
    assert history.at(snapshots) == pytest.approx(shares)
    states = {at: history.inputs(one) for at, one in zip(shares, snapshots, strict=True)}
    last = history.inputs(history.last)
    model = lexiscope.load(folder)
    counts = np.array([model.get_vecattr(word, "count") for word in model.index_to_key])
    figures = {
        "unit": "share",
        "rest": claims.rest_figures(states, history.counts, now=shares[len(shares) // 3]),
        "groups": claims.group_figures(model.index_to_key, model.vectors),
        "lengths": claims.rank_correlation(counts, np.linalg.norm(model.vectors, axis=1)),
        "analogies": claims.analogy_figures(
            history.words, last, answers["/api/journey/analogies"]["questions"]
        ),
    }
    return {"name": "trained", "answers": answers, "figures": figures}


@pytest.mark.slow
def test_every_claim_of_the_page_is_so(tmp_path: Path) -> None:
    vitest = WEB / "node_modules" / ".bin" / "vitest"
    if shutil.which("node") is None or not vitest.exists():
        if os.environ.get("CI") == "true":
            pytest.fail("there is no vitest: `npm ci` in web/ (it needs Node 20)")
        pytest.skip("there is no vitest: `npm ci` in web/ (it needs Node 20)")
    models = [recorded(tmp_path / f"{a}-{loss}", a, loss) for a, loss in KINDS]
    models.append(trained(tmp_path / "trained"))
    file = tmp_path / "claims.json"
    file.write_text(json.dumps(models), encoding="utf-8")
    done = subprocess.run(
        [str(vitest), "run", "src/views/said.claims.ts"],
        cwd=WEB,
        env={**os.environ, "LEXISCOPE_CLAIMS": str(file)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]
