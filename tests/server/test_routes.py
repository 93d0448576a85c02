"""What the views' routes answer is what `inspection` computes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from lexiscope import load
from lexiscope.inspection import Recording, SnapshotHistory, Snapshots, StepHistory
from lexiscope.inspection.views.convergence import convergence
from lexiscope.inspection.views.gradient_check import gradient_check
from lexiscope.inspection.views.loss_curve import loss_curve
from lexiscope.inspection.views.neighbors import neighbor_evolution
from lexiscope.inspection.views.projection import trajectories
from lexiscope.inspection.views.scorecard import scorecard
from lexiscope.inspection.views.similarity import similarity_matrix
from lexiscope.inspection.views.two_vectors import two_vectors
from lexiscope.server.app import create_app
from lexiscope.vectors import KeyedVectors
from tests.support.server_pages import KINDS, LOCAL, Page

# What is open


def test_a_recorded_run_says_what_it_is(page: Page) -> None:
    found = page.json("/api/subject")
    assert (found["name"], found["kind"], found["steps"]) == ("run", "recording", 15_000)
    assert (found["words"], found["vector_size"]) == (96, 8)
    assert (found["architecture"], found["loss"], found["optimizer"]) == (
        "skipgram",
        "softmax",
        "sgd",
    )
    assert found["features"] == {
        "steps": True,
        "snapshots": False,
        "corpus": True,
        "output": True,
        "counts": True,
        "map": True,
        "senses": False,
        "comparison": False,
        "contextual": False,
    }
    options = {one["name"]: one for one in found["options"]}
    assert options["alpha"]["value"] == 0.1
    assert options["alpha"]["meaning"].startswith("Learning rate")
    assert all(one["meaning"] for one in found["options"])


def test_a_trained_model_says_what_it_is(watched: Page) -> None:
    found = watched.json("/api/subject")
    assert (found["kind"], found["steps"], found["features"]["snapshots"]) == ("model", 0, True)
    assert (found["architecture"], found["loss"]) == ("skipgram", "negative")
    assert all(one["meaning"] for one in found["options"])
    assert len(found["options"]) > 10


def test_a_file_of_vectors_says_what_it_is(plain: Page) -> None:
    found = plain.json("/api/subject")
    assert (found["name"], found["kind"], found["options"]) == ("vectors.bin", "vectors", [])
    assert [name for name, there in found["features"].items() if there] == ["map"]
    assert found["architecture"] is None and found["optimizer"] is None


def test_the_fingerprint_is_of_the_content(bundled_run: Path, tmp_path: Path) -> None:
    from lexiscope.server.subject import OpenSubject

    first = OpenSubject.open(bundled_run).fingerprint
    copy = tmp_path / "copy"
    Recording.open(bundled_run).save(copy)
    assert OpenSubject.open(copy).fingerprint == first
    config = copy / "config.json"
    config.write_text(config.read_text().replace("545", "546"))
    assert OpenSubject.open(copy).fingerprint != first


def test_context_vectors_of_a_file_of_their_own_are_shown(tmp_path: Path) -> None:
    from lexiscope.server.subject import OpenSubject

    own, contexts = tmp_path / "v.txt", tmp_path / "c.txt"
    own.write_text("2 2\na 0.1 0.2\nb 0.3 0.4\n")
    contexts.write_text("2 2\nb 3 4\na 1 2\n")
    plain = OpenSubject.open(own)
    subject = OpenSubject.open(own, output_vectors=contexts)
    assert not plain.has_output_words and subject.has_output_words
    assert subject.vectors.output_vectors.tolist() == [[1, 2], [3, 4]]
    assert subject.fingerprint != plain.fingerprint


# Blueprint


def test_the_vocabulary_has_its_groups(page: Page, recording: Recording) -> None:
    found = page.json("/api/vocabulary")
    assert found["words"] == recording.tokens
    assert found["counts"] == recording.run.counts.tolist()
    rows = sorted(row for group in found["groups"] for row in group["rows"])
    assert rows == list(range(96))


def test_the_census_adds_up(page: Page, plain: Page) -> None:
    found = page.json("/api/census")
    assert found["parameters"] == sum(layer["parameters"] for layer in found["layers"]) == 1536
    assert {"GPT-2", "word2vec GoogleNews-300"} <= {one["name"] for one in found["comparisons"]}
    assert plain.json("/api/census")["parameters"] == 300 * 7


def test_the_corpus_is_told(page: Page) -> None:
    found = page.json("/api/corpus")
    assert (found["sentences"], found["pairs"], found["window"]) == (545, 1752, 3)
    assert len(found["vocabulary"]) == 96
    assert found["stopwords_removed"][0]["word"] == "the"


def test_sentences_are_found_and_paged(page: Page) -> None:
    everything = page.json("/api/sentences?limit=200")
    assert everything["total"] == 545 and len(everything["sentences"]) == 200
    later = page.json("/api/sentences?offset=199&limit=2")
    assert later["sentences"][0] == everything["sentences"][199]
    found = page.json("/api/sentences?search=CROWN&limit=3")
    assert found["total"] > 3 and all("crown" in one["text"] for one in found["sentences"])


def test_a_sentences_pairs_follow_the_window(page: Page) -> None:
    found = page.json("/api/sentences/0?window=1")
    words = [one["word"] for one in found["words"]]
    assert words == ["the", "king", "wears", "a", "crown"]
    assert found["words"][0]["removed"] == "stop word"
    assert found["pairs"] == [[1, 2], [2, 1], [2, 4], [4, 2]]
    assert page.json("/api/sentences/0")["window"] == 3
    assert "0 … 544" in page.refused("/api/sentences/545", 404)


# Walkthrough


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_step_is_the_recordings(kind: str, record_kind: Callable[[str], Path]) -> None:
    path = record_kind(kind)
    recording = Recording.open(path)
    page = Page(TestClient(create_app(path), base_url=LOCAL))
    for number in (1, 2, 350, recording.steps):
        payload, arrays = page.binary(f"/api/steps/{number}")
        step = recording.step(number)
        members = list(step.input_rows)
        assert (payload["number"], payload["center"]) == (number, step.center)
        assert payload["context"] == list(step.context)
        assert payload["loss"] == step.loss and payload["rank"] == step.rank
        assert payload["negatives"] == list(step.negatives)
        expected = {
            "hidden": step.hidden,
            "logits": step.logits,
            "probabilities": step.probabilities,
            "labels": step.labels,
            "output_rows": step.output_rows,
            "input_rows": members,
            "hidden_gradient": step.hidden_gradient,
            "input_gradients": step.input_gradients,
            "output_gradients": step.output_gradients,
            "attractive": step.attractive,
            "repulsive": step.repulsive,
            "input_before": step.before.inputs[members],
            "input_after": step.after.inputs[members],
            "output_before": step.before.outputs[step.output_rows],
            "output_after": step.after.outputs[step.output_rows],
        }
        if step.before.bias is not None and step.after.bias is not None:
            expected["bias_before"] = step.before.bias
            expected["bias_after"] = step.after.bias
            expected["bias_gradient"] = step.bias_gradient
        if "adam" in kind or kind == "next-word":
            moments = step.after.moments
            for order in ("first", "second"):
                expected[f"input_{order}"] = moments[f"{order}_in"][members]
                expected[f"output_{order}"] = moments[f"{order}_out"][step.output_rows]
        assert set(arrays) == set(expected)
        for name, array in expected.items():
            assert np.array_equal(arrays[name], np.asarray(array, arrays[name].dtype)), name
    assert ("bias_before" in expected) == (kind == "next-word")


def test_adams_change_follows_from_what_a_step_says(
    record_kind: Callable[[str], Path],
) -> None:
    page = Page(TestClient(create_app(record_kind("cbow-classic-adam")), base_url=LOCAL))
    payload, arrays = page.binary("/api/steps/350")
    for side in ("input", "output"):
        mean = arrays[f"{side}_first"] / (1 - payload["beta1"] ** 350)
        square = arrays[f"{side}_second"] / (1 - payload["beta2"] ** 350)
        change = -payload["learning_rate"] * mean / (np.sqrt(square) + payload["epsilon"])
        moved = arrays[f"{side}_after"] - arrays[f"{side}_before"]
        assert np.abs(moved).max() > 0
        np.testing.assert_allclose(moved, change, rtol=1e-3, atol=1e-6)


def test_plain_descent_has_no_constants_of_adam(page: Page) -> None:
    payload, arrays = page.binary("/api/steps/350")
    assert payload["beta1"] is payload["beta2"] is payload["epsilon"] is None
    assert not any(name.endswith(("_first", "_second")) for name in arrays)


def test_the_examples_name_each_steps_words(page: Page, recording: Recording) -> None:
    payload, arrays = page.binary("/api/examples")
    assert payload["steps"] == 15_000 == len(arrays["center"])
    for number in (1, 777, 15_000):
        step = recording.step(number)
        assert arrays["center"][number - 1] == step.center
        assert arrays["target"][number - 1] == step.target
        assert arrays["epoch"][number - 1] == step.epoch
        assert arrays["loss"][number - 1] == np.float32(step.loss)
    part, some = page.binary("/api/examples?first=1000&count=5")
    assert part["first"] == 1000
    assert some["center"].tolist() == arrays["center"][999:1004].tolist()


def test_the_bookmarks_are_one_example_learned(page: Page, recording: Recording) -> None:
    marks = page.binary("/api/examples")[0]["bookmarks"]
    early, middle, late = (marks[name] for name in ("early", "middle", "late"))
    assert 1 <= early < middle < late <= 15_000
    pairs = {(recording.step(n).center, recording.step(n).target) for n in (early, middle, late)}
    assert len(pairs) == 1
    assert recording.step(late).loss < recording.step(early).loss - 1


def test_cbows_center_is_its_target(record_kind: Callable[[str], Path]) -> None:
    page = Page(TestClient(create_app(record_kind("cbow")), base_url=LOCAL))
    _, arrays = page.binary("/api/examples")
    assert np.array_equal(arrays["center"], arrays["target"])


def test_the_gradient_check_agrees(page: Page, recording: Recording) -> None:
    found = page.json("/api/steps/42/gradient-check")
    expected = gradient_check(recording, 42)
    assert found["largest_difference"] == expected.worst < 1e-3
    assert [one["name"] for one in found["matrices"]] == ["W", "W′"]
    assert found["matrices"][1]["numeric"] == expected.matrices[1].numeric.tolist()
    assert found["classic"] is None


# Journey


def test_the_loss_of_every_step(page: Page, recording: Recording) -> None:
    payload, arrays = page.binary("/api/journey/loss")
    expected = loss_curve(StepHistory(recording))
    assert payload == {
        "unit": "step",
        "window": 500,
        "chance": expected.chance,
        "final": pytest.approx(float(np.mean(recording.losses[-500:].astype(float)))),
    }
    assert np.array_equal(arrays["loss"], expected.losses)
    assert np.array_equal(arrays["at"], np.arange(1, 15_001))
    assert np.allclose(arrays["smoothed"], expected.smoothed)


def test_where_no_word_is_found_those_spelled_alike_are_told(page: Page, large: Page) -> None:
    answer = page.json("/api/words?search=prinse")
    assert answer["words"] == [] and answer["near"][0]["word"] == "prince"
    assert page.json("/api/words?search=prin")["near"] == []
    assert page.json("/api/words?search=zzzzzzzzzz")["near"] == []


def test_teaching_groups_are_not_put_on_another_text(page: Page, tmp_path: Path) -> None:
    assert len(page.json("/api/vocabulary")["groups"]) > 5
    known = page.json("/api/vocabulary")["words"]
    # All of the teaching words, among twice as many others.
    words = [*known, *(f"other{number}" for number in range(2 * len(known)))]
    rows = np.random.default_rng(1).normal(size=(len(words), 4)).round(3)
    lines = [f"{word} {' '.join(map(str, row))}" for word, row in zip(words, rows, strict=True)]
    (tmp_path / "v.txt").write_text("\n".join([f"{len(words)} 4", *lines]) + "\n")
    with TestClient(create_app(tmp_path / "v.txt"), base_url=LOCAL) as client:
        other = Page(client)
        assert other.json("/api/vocabulary")["groups"] == []
        likeness, _ = other.binary("/api/weights/similarity")
        assert len(likeness["groups"]) <= 1 and likeness["within"] is None


def test_neighbours_over_the_run(page: Page, recording: Recording) -> None:
    found = page.json("/api/journey/neighbors?word=king&topn=4")
    expected = neighbor_evolution(StepHistory(recording), ["king"], topn=4)["king"]
    assert [one["snapshot"] for one in found["snapshots"]] == [one.snapshot for one in expected]
    last = found["snapshots"][-1]["nearest"]
    assert [(one["word"], one["cosine"]) for one in last] == expected[-1].nearest
    assert all(recording.tokens[one["row"]] == one["word"] for one in last)
    assert "king" in page.json("/api/journey/words")["words"]


def test_analogies_over_the_run(page: Page, recording: Recording) -> None:
    found = page.json("/api/journey/analogies")
    expected = scorecard(StepHistory(recording))
    assert found["snapshots"] == [score.snapshot for score in expected.scores]
    for place, question in enumerate(found["questions"]):
        asked = (question["a"], question["b"], question["c"], question["expected"])
        answers = [score.answers[place] for score in expected.scores]
        assert all(answer.question == asked for answer in answers)
        assert [one["rank"] for one in question["answers"]] == [one.rank for one in answers]


def test_convergence_matrices_and_ways(page: Page, recording: Recording) -> None:
    payload, arrays = page.binary("/api/journey/convergence")
    expected = convergence(StepHistory(recording))
    assert payload["words"] == recording.tokens
    assert np.allclose(arrays["cosines"], expected.cosines, atol=1e-6)
    assert np.array_equal(arrays["settled"], expected.settled)
    payload, arrays = page.binary("/api/journey/matrices")
    assert payload["rows"] == list(range(96))
    for place, snapshot in enumerate(payload["snapshots"]):
        weights = recording.weights(int(snapshot))
        assert np.array_equal(arrays["inputs"][place], weights.inputs)
        assert np.array_equal(arrays["outputs"][place], weights.outputs)
    for method in ("final_pca", "global_pca"):
        payload, arrays = page.binary(f"/api/journey/trajectories?pca={method}")
        ways = trajectories(StepHistory(recording), method=method)  # type: ignore[arg-type]
        assert payload["explained"] == pytest.approx(ways.axes.explained)
        assert np.allclose(arrays["positions"], ways.positions, atol=1e-5)
        assert min(payload["groups"]) == 0


def test_a_tree_has_no_output_words(record_kind: Callable[[str], Path]) -> None:
    page = Page(TestClient(create_app(record_kind("tree")), base_url=LOCAL))
    assert page.json("/api/subject")["features"]["output"] is False
    assert "outputs" not in page.binary("/api/weights")[1]
    payload, arrays = page.binary("/api/journey/matrices")
    assert set(arrays) == {"inputs"} and len(payload["rows"]) == arrays["inputs"].shape[1]
    assert "tree" in page.refused("/api/weights/two-vectors", 404)
    assert "tree" in page.refused("/api/explore/neighbors?word=king&space=output", 404)


def test_the_journey_of_a_large_run(watched: Page, watched_model: Path) -> None:
    snapshots = Snapshots.open(watched_model)
    payload, arrays = watched.binary("/api/journey/loss")
    # What `lexiscope train` printed: the mean of the last epoch.
    printed = KeyedVectors.load(watched_model).metadata["result"]["epoch_losses"][-1]
    assert payload["final"] == pytest.approx(printed)
    assert payload["unit"] == "share"
    assert np.array_equal(arrays["at"], loss_curve(SnapshotHistory(snapshots)).at)
    assert "queen" in watched.json("/api/journey/words")["words"]
    found = watched.json("/api/journey/neighbors?word=queen&topn=3")
    expected = neighbor_evolution(SnapshotHistory(snapshots), ["queen"], topn=3)["queen"]
    assert [one["word"] for one in found["snapshots"][-1]["nearest"]] == [
        word for word, _ in expected[-1].nearest
    ]
    card = watched.json("/api/journey/analogies")
    answers = [one for question in card["questions"] for one in question["answers"]]
    assert answers and all(one["similarity"] is None for one in answers)
    payload, arrays = watched.binary("/api/journey/convergence")
    assert np.allclose(arrays["cosines"][-1], 1)
    payload, arrays = watched.binary("/api/journey/trajectories")
    assert arrays["positions"].shape == (len(snapshots), len(snapshots.words), 2)
    payload, arrays = watched.binary("/api/journey/matrices")
    assert np.array_equal(arrays["inputs"][-1], snapshots.inputs[-1][: len(payload["rows"])])
    assert "queen" not in watched.refused("/api/journey/neighbors?word=nothere", 404)


def test_without_a_recording_the_page_is_told_how_to_make_one(large: Page, watched: Page) -> None:
    for view in ("loss", "words", "analogies", "convergence", "matrices", "trajectories"):
        assert "lexiscope train" in large.refused(f"/api/journey/{view}", 404)
    for address in ("/api/corpus", "/api/steps/1", "/api/examples", "/api/sentences/0"):
        assert "lexiscope record" in watched.refused(address, 404)
    assert "lexiscope record" in large.refused("/api/weights?step=3", 404)


# Weights


@pytest.mark.parametrize("step", [None, 0, 500])
def test_the_weights_at_a_step(page: Page, recording: Recording, step: int | None) -> None:
    query = "" if step is None else f"?step={step}"
    snapshot = 15_000 if step is None else step
    payload, arrays = page.binary(f"/api/weights{query}")
    weights = recording.weights(snapshot)
    assert payload["step"] == snapshot and payload["of"] == 96
    assert np.array_equal(arrays["inputs"], weights.inputs)
    assert np.array_equal(arrays["outputs"], weights.outputs)
    payload, arrays = page.binary(f"/api/weights/similarity{query}")
    expected = similarity_matrix(recording, snapshot)
    assert payload["words"] == expected.words and payload["within"] == expected.within
    assert np.allclose(arrays["cosines"], expected.cosines, atol=1e-6)
    faces = page.json(f"/api/weights/two-vectors{query}")
    both = two_vectors(recording, snapshot)
    assert faces["cosines"] == sorted(both.cosines.tolist(), reverse=True)
    place = both.words.index(faces["words"][0])
    assert faces["input_norms"][0] == both.input_norms[place]


def test_a_large_model_shows_its_commonest_words(large: Page, large_model: Path) -> None:
    payload, arrays = large.binary("/api/weights")
    assert payload["of"] == 5_000 and len(payload["words"]) == 400
    assert payload["words"][0] == "w4999"
    vectors = load(large_model)
    assert np.array_equal(arrays["inputs"][0], vectors["w4999"])
    assert large.binary("/api/weights/similarity")[1]["cosines"].shape == (400, 400)
    assert len(large.json("/api/weights/two-vectors")["words"]) == 400


def test_a_large_recording_shows_its_commonest_words(
    bundled_run: Path, recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lexiscope.server.views.weights.routes.WEIGHTS_LIMIT", 10)
    monkeypatch.setattr("lexiscope.server.views.journey.routes.WEIGHTS_LIMIT", 10)
    monkeypatch.setattr("lexiscope.server.views.journey.routes.SHOWN_WORDS", 12)
    monkeypatch.setattr("lexiscope.server.views.journey.routes.LOSS_POINTS", 100)
    small = Page(TestClient(create_app(bundled_run), base_url=LOCAL))
    rows = np.argsort(-recording.run.counts, kind="stable")
    words = [recording.tokens[row] for row in rows]
    payload, arrays = small.binary("/api/weights")
    assert (payload["words"], payload["rows"]) == (words[:10], rows[:10].tolist())
    weights = recording.weights(15_000)
    assert np.array_equal(arrays["outputs"], weights.outputs[rows[:10]])
    payload, arrays = small.binary("/api/weights/similarity")
    everything = similarity_matrix(recording)
    places = [everything.words.index(word) for word in payload["words"]]
    assert sorted(payload["words"]) == sorted(words[:10])
    assert np.allclose(arrays["cosines"], everything.cosines[np.ix_(places, places)], atol=1e-6)
    assert sorted(small.json("/api/weights/two-vectors")["words"]) == sorted(words[:10])
    payload, arrays = small.binary("/api/journey/matrices")
    assert np.array_equal(arrays["inputs"][-1], weights.inputs[rows[:10]])
    payload, arrays = small.binary("/api/journey/convergence")
    assert payload["words"] == words[:12]
    expected = convergence(StepHistory(recording), places=rows[:12])
    assert np.allclose(arrays["cosines"], expected.cosines, atol=1e-6)
    assert small.binary("/api/journey/trajectories")[0]["words"] == words[:12]
    payload, arrays = small.binary("/api/journey/loss")
    assert len(arrays["at"]) == 100 and arrays["at"][-1] == 15_000
    assert arrays["loss"][-1] == recording.losses[-1]


def test_vectors_alone_show_what_they_have(plain: Page) -> None:
    payload, arrays = plain.binary("/api/weights")
    assert len(payload["words"]) == 300 and set(arrays) == {"inputs"}
    assert "no output matrix" in plain.refused("/api/weights/two-vectors", 404)
    assert plain.json("/api/vocabulary")["counts"] == []
