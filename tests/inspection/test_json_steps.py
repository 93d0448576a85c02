"""The reference program's tree, file by file and field by field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lexiscope.errors import ConfigError
from lexiscope.inspection import RecordConfig, Recording, json_steps, record_text
from lexiscope.progress import Progress

TREE = {
    "analogy_evolution.json",
    "corpus_stats.json",
    "embeddings_timeline.json",
    "loss_curve.json",
    "model_definition.json",
    "neighbor_evolution.json",
    "run_metadata.json",
    "similarity_matrix.json",
    "step_index.json",
    "steps",
    "w_vs_wprime.json",
    "weight_snapshots.json",
    "word_convergence.json",
}
STEP_FIELDS = {
    *("step", "center_word", "context_word", "loss", "W", "W_prime", "hidden", "logits"),
    *("probabilities", "grad_v_c", "grad_u_o", "attractive_force", "repulsive_force"),
    *("cosine_center_context", "context_rank", "context_prob"),
    *("embeddings_2d", "pca_variance_explained"),
}


@pytest.fixture(scope="module")
def recording() -> Recording:
    return record_text(None, RecordConfig(steps=95, dense_steps=20, record_interval=10))


@pytest.fixture(scope="module")
def tree(recording: Recording, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("exported") / "steps"
    json_steps.export(recording, path)
    return path


def load(path: Path) -> Any:
    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    return json.loads(path.read_text(), parse_constant=refuse)


def test_the_tree_is_the_references(tree: Path) -> None:
    assert {path.name for path in tree.iterdir()} == TREE
    index = load(tree / "step_index.json")
    assert index == [*range(21), 30, 40, 50, 60, 70, 80, 90, 95]
    assert {path.name for path in (tree / "steps").iterdir()} == {f"{n}.json" for n in index}


def test_metadata_and_losses(tree: Path, recording: Recording) -> None:
    meta = load(tree / "run_metadata.json")
    assert list(meta) == [
        *("topic", "corpus_name", "vocab", "vocab_size", "embed_dim", "config", "total_steps"),
        *("recorded_steps", "word_frequencies", "raw_sentences", "weights_as_of"),
    ]
    assert meta["topic"] == "word2vec" and meta["vocab_size"] == 96 and meta["embed_dim"] == 8
    assert meta["config"]["embed_dim"] == 8 and meta["config"]["num_steps"] == 95
    assert meta["total_steps"] == 95 and meta["recorded_steps"] == 29
    assert len(meta["raw_sentences"]) == 545 and meta["raw_sentences"][0].startswith("the ")
    assert meta["word_frequencies"] == dict(
        zip(recording.tokens, recording.run.counts.tolist(), strict=True)
    )
    losses = load(tree / "loss_curve.json")
    assert [one["step"] for one in losses] == list(range(1, 96))
    assert losses[4] == {"step": 5, "loss": round(float(recording.losses[4]), 6)}


def test_of_which_weights_a_field_is_is_said_and_so(tree: Path, recording: Recording) -> None:
    said = load(tree / "run_metadata.json")["weights_as_of"]
    after, before = set(said["after_the_step"]), set(said["before_the_step"])
    about = {"step", "center_word", "context_word", "pca_variance_explained"}
    assert after | before | about == STEP_FIELDS and not after & before
    here, previous = (load(tree / "steps" / f"{number}.json") for number in (20, 19))
    center = recording.tokens.index(here["center_word"])
    # `hidden` is the center's row of W as the step before left it.
    assert here["hidden"] == previous["W"][center] != here["W"][center]
    scores = np.array(previous["W_prime"]) @ np.array(here["hidden"])
    assert np.allclose(list(here["logits"].values()), scores, atol=1e-5)


def test_sizes_are_told_before_anything_is_written(tree: Path, recording: Recording) -> None:
    for one in json_steps.sizes(recording):
        path = tree / one.name
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        written = sum(file.stat().st_size for file in files)
        assert one.bytes == pytest.approx(written, rel=0.03), one.name
        assert one.files == len(files) and one.holds
    assert {one.name.rstrip("/") for one in json_steps.sizes(recording)} == {
        path.name for path in tree.iterdir()
    }


def test_a_step_has_every_field(tree: Path, recording: Recording) -> None:
    document = load(tree / "steps" / "30.json")
    assert set(document) == STEP_FIELDS
    step = recording.step(30)
    assert document["center_word"] == step.center_word
    assert document["context_word"] == recording.tokens[step.target]
    assert document["loss"] == pytest.approx(-np.log(document["context_prob"]), rel=1e-5)
    assert document["loss"] == pytest.approx(recording.losses[29], rel=1e-6)
    assert np.array_equal(np.array(document["W"], np.float32), step.after.inputs)
    assert np.array_equal(np.array(document["W_prime"], np.float32), step.after.outputs)
    assert set(document["probabilities"]) == set(document["logits"]) == set(recording.tokens)
    assert sum(document["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    ordered = sorted(document["probabilities"].values(), reverse=True)
    assert ordered[document["context_rank"] - 1] == document["context_prob"]
    pull, push = (np.array(document[f"{name}_force"]) for name in ("attractive", "repulsive"))
    np.testing.assert_allclose(document["grad_v_c"], push - pull, atol=1e-7)
    expected = (document["context_prob"] - 1) * np.array(document["hidden"])
    np.testing.assert_allclose(document["grad_u_o"], expected, rtol=1e-5)
    assert set(document["embeddings_2d"]) == set(recording.tokens)
    assert len(document["pca_variance_explained"]) == 2


def test_the_start_has_no_example(tree: Path, recording: Recording) -> None:
    document = load(tree / "steps" / "0.json")
    assert set(document) == STEP_FIELDS
    assert document["loss"] is None and document["center_word"] is None
    assert np.array_equal(np.array(document["W"], np.float32), recording.weights(0).inputs)


def test_timeline(tree: Path) -> None:
    timeline = load(tree / "embeddings_timeline.json")
    assert [one["step"] for one in timeline] == load(tree / "step_index.json")
    assert list(timeline[0]) == ["step", "positions"]
    assert list(timeline[1]) == ["step", "positions", "loss", "center_word", "context_word"]
    for entry in (timeline[0], timeline[-1]):
        document = load(tree / "steps" / f"{entry['step']}.json")
        assert entry["positions"] == document["embeddings_2d"]
        if "loss" in entry:
            assert entry["loss"] == round(document["loss"], 6)


def test_the_other_files_are_full(tree: Path, recording: Recording) -> None:
    model = load(tree / "model_definition.json")
    assert model["total_params"] == 1_536 and "nn.Embedding" in model["source"]
    assert load(tree / "corpus_stats.json")["num_pairs"] == 1_752
    assert np.array(load(tree / "similarity_matrix.json")["matrix"]).shape == (96, 96)
    snapshots = load(tree / "weight_snapshots.json")
    assert snapshots[0]["step"] == 0 and snapshots[-1]["step"] == 95
    assert np.array(snapshots[-1]["W_prime"]).shape == (96, 8)
    assert [one["word"] for one in load(tree / "w_vs_wprime.json")] == recording.tokens
    assert len(load(tree / "neighbor_evolution.json")["king"][-1]["neighbors"]) == 5
    assert load(tree / "analogy_evolution.json")[-1]["total"] == 5
    assert len(load(tree / "word_convergence.json")["words"]) == 96


def test_progress_and_the_folder_above(recording: Recording, tmp_path: Path) -> None:
    told: list[Progress] = []
    json_steps.export(recording, tmp_path / "new" / "steps", told.append)
    assert told[-1].done == told[-1].total == 29
    json_steps.export(recording, tmp_path / "new" / "steps")  # over an earlier one
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["steps"]


def test_something_else_in_the_way_is_left_alone(recording: Recording, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("precious")
    (tmp_path / "plain").write_text("precious")
    for name in ("mine", "plain"):
        with pytest.raises(ConfigError, match="no export"):
            json_steps.export(recording, tmp_path / name)
    assert (tmp_path / "mine" / "file").read_text() == "precious"


@pytest.mark.slow
@pytest.mark.parametrize("loss", ["softmax", "negative", "hierarchical"])
@pytest.mark.parametrize("architecture", ["skipgram", "cbow", "next-word"])
def test_every_variant_can_be_exported(architecture: str, loss: str, tmp_path: Path) -> None:
    config = RecordConfig(architecture=architecture, loss=loss, steps=12)  # type: ignore[arg-type]
    json_steps.export(record_text(None, config), tmp_path / "steps")
    assert set(load(tmp_path / "steps" / "steps" / "12.json")) == STEP_FIELDS
