"""Every sentence of the story and of Blueprint, against the run that it is said of.

The page as one file is made of each run; its own components say their sentences in Node
(`web/src/views/told.claims.ts` writes them down), and `tests/support/told.py` and
`tests/support/told_blueprint.py` hold each of them against W, W′, the losses and the text.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lexiscope
from lexiscope import data
from lexiscope.cli import main as cli
from lexiscope.inspection import RecordConfig, Recording, record_text
from lexiscope.server import single_file, site
from lexiscope.server.subject import OpenSubject
from tests.server.test_claims import KINDS, STEPS, WEB, convergence_times
from tests.support import told, told_blueprint
from tests.support.patience import PATIENCE


def film_times(document: Mapping[str, Any]) -> list[float]:
    """The snapshots of the map: which ones is the page's choice, what they hold is not."""
    answer = document["responses"]["/api/journey/trajectories"]
    return convergence_times({"/api/journey/convergence": answer})


def written(path: Path, folder: Path) -> dict[str, Any]:
    """The page of a run, with nothing in it but its data."""
    single_file.write_page(path, folder / f"{path.name}.html")
    html = (folder / f"{path.name}.html").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(html.partition(">")[2].rpartition("</script>")[0])
    return document


def largest(document: Mapping[str, Any]) -> tuple[str, int]:
    known = document["responses"]["/api/census"]["comparisons"]
    return max(((one["name"], one["parameters"]) for one in known), key=lambda one: one[1])


def recorded(folder: Path, architecture: Any, loss: Any) -> told.Facts:
    """A run of which every step was recorded."""
    config = RecordConfig(architecture=architecture, loss=loss, steps=STEPS, seed=5)
    recording: Recording = record_text(None, config)
    path = folder / f"{architecture}-{loss}"
    recording.save(path)
    return recorded_facts(recording, written(path, folder))


def recorded_facts(recording: Recording, document: Mapping[str, Any]) -> told.Facts:
    end = recording.weights(recording.steps)
    bias = 0 if end.bias is None else end.bias.size
    return told.Facts(
        words=recording.tokens,
        counts=recording.run.counts,
        inputs=end.inputs,
        outputs=end.outputs if len(end.outputs) == len(end.inputs) else None,
        path={time: recording.weights(int(time)).inputs for time in film_times(document)},
        film_words=recording.tokens,
        steps=recording.steps,
        parameters=end.inputs.size + end.outputs.size + bias,
        recording=recording,
        largest=largest(document),
        window=recording.config.window,
        dim=recording.config.vector_size,
    )


def trained(folder: Path) -> told.Facts:
    """A model of `train --record`."""
    path = folder / "trained"
    watch = ["--watch-words", "king", "--watch-words", "dog"]
    watch += ["--vector-size", "12", "--min-count", "3"]
    text = str(data.corpus_path())
    assert cli.main(["train", text, "-o", str(path), "--record", *watch, "--epochs", "150"]) == 0
    return trained_facts(path, written(path, folder))


def trained_facts(path: Path, document: Mapping[str, Any]) -> told.Facts:
    history = OpenSubject.open(path).history
    assert history is not None
    shares = film_times(document)
    numbers = dict(
        zip(history.at(history.many(len(shares))), history.many(len(shares)), strict=True)
    )
    model = lexiscope.load(path)
    return told.Facts(
        words=model.index_to_key,
        counts=np.array([model.get_vecattr(word, "count") for word in model.index_to_key]),
        inputs=model.vectors,
        outputs=model.output_vectors,
        path={share: history.inputs(numbers[share]) for share in shares},
        film_words=list(history.words),
        steps=0,
        parameters=model.vectors.size + model.output_vectors.size,
        recording=None,
        largest=largest(document),
        window=int(model.metadata["training"]["window"]),
        dim=12,
    )


@pytest.mark.slow
def test_every_sentence_of_story_and_blueprint_is_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vitest = WEB / "node_modules" / ".bin" / "vitest"
    if shutil.which("node") is None or not vitest.exists():
        if os.environ.get("CI") == "true":
            pytest.fail("there is no vitest: `npm ci` in web/ (it needs Node 20)")
        pytest.skip("there is no vitest: `npm ci` in web/ (it needs Node 20)")
    # The data alone are asked for here, not the built page around them.
    (tmp_path / site.TEMPLATE).write_text(single_file.PLACEHOLDER, encoding="utf-8")
    monkeypatch.setattr(site, "folder", lambda: tmp_path)
    runs = {f"{a}-{loss}": recorded(tmp_path, a, loss) for a, loss in KINDS}
    runs["trained"] = trained(tmp_path)
    asked = [{"name": name, "file": str(tmp_path / f"{name}.html")} for name in runs]
    (tmp_path / "asked.json").write_text(json.dumps(asked), encoding="utf-8")
    done = subprocess.run(
        [str(vitest), "run", "src/views/told.claims.ts"],
        cwd=WEB,
        env={
            **os.environ,
            "LEXISCOPE_CLAIMS": str(tmp_path / "asked.json"),
            "LEXISCOPE_TOLD": str(tmp_path / "told.json"),
        },
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]
    said = json.loads((tmp_path / "told.json").read_text(encoding="utf-8"))
    assert set(said) == set(runs)
    for name, facts in runs.items():
        scenes = {scene["scene"] for scene in said[name]["scenes"]}
        # What is left out is what the run lacks: its steps, or a word that is oddly placed.
        assert scenes | set(said[name]["missing"]) == set(range(10)), name
        assert {0, 1, 2, 3, 6, 7, 9} <= scenes, (name, said[name]["missing"])
        assert ({4, 5} <= scenes) == (facts.recording is not None), name
        for scene in said[name]["scenes"]:
            told.check_scene(facts, scene)
        told_blueprint.check(facts, said[name]["blueprint"])
