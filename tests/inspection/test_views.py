"""Each view computed once more, in other words, and compared."""

from __future__ import annotations

from math import log

import numpy as np
import pytest

from lexiscope import data
from lexiscope.errors import ConfigError, FormatError
from lexiscope.inspection import RecordConfig, Recording, StepHistory, record_text
from lexiscope.inspection.chosen_steps import doubling_steps, reference_steps
from lexiscope.inspection.json_steps import model_source
from lexiscope.inspection.questions import read_questions
from lexiscope.inspection.views.census import census, comparisons
from lexiscope.inspection.views.convergence import convergence
from lexiscope.inspection.views.corpus_overview import corpus_overview, sentence_pairs
from lexiscope.inspection.views.gradient_check import gradient_check
from lexiscope.inspection.views.loss_curve import loss_curve
from lexiscope.inspection.views.matrices import matrices_over_time
from lexiscope.inspection.views.neighbors import neighbor_evolution
from lexiscope.inspection.views.prediction import predict
from lexiscope.inspection.views.projection import fit_axes, trajectories
from lexiscope.inspection.views.scorecard import scorecard
from lexiscope.inspection.views.similarity import similarity_matrix
from lexiscope.inspection.views.two_vectors import two_vectors
from lexiscope.vectors import KeyedVectors, UnknownWordError, analogies


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


def test_snapshots_are_dense_at_first() -> None:
    snapshots = doubling_steps(15_000)
    assert (snapshots[0], snapshots[-1], len(snapshots)) == (0, 15_000, 10)
    assert (np.diff(np.diff(snapshots)) >= -1).all()
    assert doubling_steps(1) == [0, 1]
    assert len(reference_steps(15_000, 200, 10)) == 1_681
    assert reference_steps(25, 3, 10) == [0, 1, 2, 3, 10, 20, 25]
    assert reference_steps(2, 200, 10) == [0, 1, 2]


def test_census_counts_what_is_there(bundled: Recording, next_word: Recording) -> None:
    found = census(bundled)
    assert [(one.name, one.shape, one.parameters) for one in found.layers] == [
        ("W", (96, 8), 768),
        ("W′", (96, 8), 768),
    ]
    assert found.total == 1_536
    words = len(next_word.tokens)
    assert census(next_word).total == words * 16 * 2 + words


def test_known_models_have_the_sizes_that_their_papers_give() -> None:
    sizes = {one.name: one.parameters for one in comparisons()}
    assert sizes["GPT-2"] == 124_439_808
    assert sizes["BERT base"] == 109_482_240
    assert sizes["word2vec GoogleNews-300"] == 2 * 3_000_000 * 300
    assert sizes["GPT-3"] == pytest.approx(175e9, rel=0.005)
    assert list(sizes.values()) == sorted(sizes.values())


def test_corpus_overview_accounts_for_every_word(bundled: Recording) -> None:
    found = corpus_overview(bundled)
    assert found.sentences == 545 and len(found.vocabulary) == 96
    kept = sum(count for _, count in found.vocabulary)
    assert kept + found.stopword_tokens + found.rare_tokens == found.tokens
    assert all(count < 3 for _, count in found.rare_removed)
    assert {word for word, _ in found.stopwords_removed} <= data.stopwords()
    assert len(found.samples) == 12 == len(set(found.samples))
    assert found.vocabulary[0][1] == max(bundled.run.counts)


def test_pairs_of_all_sentences_are_the_runs(bundled: Recording) -> None:
    pairs = [sentence_pairs(bundled, i) for i in range(545)]
    assert sum(len(one.pairs) for one in pairs) == bundled.run.epoch_length


def test_pairs_of_a_sentence(bundled: Recording, next_word: Recording) -> None:
    found = sentence_pairs(bundled, "The king and the xylophone queen crown palace", window=1)
    assert [word.removed for word in found.words] == [
        *("stop word", None, "stop word", "stop word", "too rare", None, None, None)
    ]
    assert found.pairs == [(1, 5), (5, 1), (5, 6), (6, 5), (6, 7), (7, 6)]
    assert sentence_pairs(next_word, "most cats begin").pairs == [(0, 1), (1, 2)]
    with pytest.raises(ConfigError):
        sentence_pairs(bundled, 545)


def test_loss_curve(bundled: Recording) -> None:
    found = loss_curve(StepHistory(bundled))
    assert found.smoothed[499] == pytest.approx(bundled.losses[:500].mean(), rel=1e-6)
    assert found.smoothed[9] == pytest.approx(bundled.losses[:10].mean(), rel=1e-6)
    assert found.final == pytest.approx(bundled.losses[-500:].mean(), rel=1e-6)
    assert found.chance == pytest.approx(log(96))
    assert 3.3 <= found.final <= 4.0
    assert np.array_equal(
        loss_curve(StepHistory(bundled), 1).smoothed.astype(np.float32), bundled.losses
    )


def test_neighbors_are_those_of_the_vectors_of_that_snapshot(bundled: Recording) -> None:
    found = neighbor_evolution(StepHistory(bundled), ["king", "dog"], [0, 400, 15_000], topn=4)
    for word in ("king", "dog"):
        for one in found[word]:
            wanted = bundled.vectors(one.snapshot).most_similar(word, topn=4)
            assert [other for other, _ in one.nearest] == [other for other, _ in wanted]
    assert found["king"][-1].nearest[0][0] == "queen"
    with pytest.raises(UnknownWordError):
        neighbor_evolution(StepHistory(bundled), ["xyz"])


def test_scorecard_agrees_with_the_evaluation(bundled: Recording) -> None:
    found = scorecard(StepHistory(bundled))
    assert len(found.scores) == 10 and found.unknown == []
    for score in (found.scores[0], found.scores[-1]):
        report = analogies(bundled.vectors(score.snapshot), data.analogies_path())
        assert score.correct == report.correct
        for answer in score.answers:
            assert answer.correct == (answer.predicted == answer.question[3])
            assert 1 <= answer.rank <= 93
    assert found.scores[-1].correct > found.scores[0].correct


def test_scorecard_leaves_out_unknown_words(bundled: Recording, tmp_path) -> None:
    questions = [("man", "king", "woman", "queen"), ("a", "b", "c", "d")]
    found = scorecard(StepHistory(bundled), questions, [15_000])
    assert found.unknown == [questions[1]] and len(found.scores[0].answers) == 1
    path = tmp_path / "questions.txt"
    path.write_text(": x\na b c\n")
    with pytest.raises(FormatError, match="line 2"):
        read_questions(path)


def test_convergence(bundled: Recording) -> None:
    found = convergence(StepHistory(bundled))
    np.testing.assert_allclose(found.cosines[-1], 1)
    row = bundled.tokens.index("king")
    at = found.snapshots.index(7_500)
    wanted = cosine(bundled.weights(7_500).inputs[row], bundled.weights(15_000).inputs[row])
    assert found.cosines[at, row] == pytest.approx(wanted, rel=1e-5)
    for row, snapshot in enumerate(found.settled.tolist()):
        first = found.snapshots.index(snapshot)
        assert (found.cosines[first:, row] >= 0.9).all()
        assert first == 0 or found.cosines[first - 1, row] < 0.9


def test_matrices_over_time(bundled: Recording) -> None:
    found = matrices_over_time(StepHistory(bundled))
    assert found.outputs is not None
    assert found.inputs.shape == found.outputs.shape == (10, 96, 8)
    assert np.array_equal(found.inputs[-1], bundled.vectors().vectors)
    assert np.array_equal(found.outputs[0], bundled.weights(0).outputs)


def test_similarity_stands_in_the_order_of_the_groups(bundled: Recording) -> None:
    found = similarity_matrix(bundled)
    assert found.words == [word for words in data.groups().values() for word in words]
    assert [name for name, _ in found.groups] == list(data.groups())
    one, other = found.words[3], found.words[70]
    weights = bundled.weights(15_000).inputs
    wanted = cosine(weights[bundled.row(one)], weights[bundled.row(other)])
    assert found.cosines[3, 70] == pytest.approx(wanted, rel=1e-5)
    partly = similarity_matrix(bundled, groups={"some": ["king", "queen", "unknown"]})
    assert partly.groups == [("some", 2), ("others", 94)] and partly.across is None


@pytest.mark.slow
def test_two_vectors(bundled: Recording) -> None:
    found = two_vectors(bundled)
    weights = bundled.weights(15_000)
    assert found.cosines[5] == pytest.approx(cosine(weights.inputs[5], weights.outputs[5]), 1e-5)
    assert found.input_norms[5] == pytest.approx(np.linalg.norm(weights.inputs[5]), rel=1e-6)
    assert found.output_norms[5] == pytest.approx(np.linalg.norm(weights.outputs[5]), rel=1e-6)
    tree = record_text(None, RecordConfig(loss="hierarchical", steps=5))
    with pytest.raises(ConfigError, match="inner nodes"):
        two_vectors(tree)


def test_axes_are_those_of_the_singular_value_decomposition(bundled: Recording) -> None:
    final = bundled.weights(15_000).inputs.astype(np.float64)
    everything = np.concatenate([bundled.weights(m).inputs for m in (0, 100, 15_000)]).astype(float)
    for matrix, axes in (
        (final, fit_axes(StepHistory(bundled))),
        (everything, fit_axes(StepHistory(bundled), "global_pca", [0, 100, 15_000])),
    ):
        _, sizes, wanted = np.linalg.svd(matrix - matrix.mean(axis=0))
        np.testing.assert_allclose(np.abs(axes.axes @ wanted[:2].T), np.eye(2), atol=1e-8)
        np.testing.assert_allclose(axes.explained, (sizes**2 / (sizes**2).sum())[:2])
        for axis in axes.axes:
            assert axis[np.argmax(np.abs(axis))] > 0
    with pytest.raises(ConfigError):
        fit_axes(StepHistory(bundled), "tsne")  # type: ignore[arg-type]


def test_trajectories_end_where_the_picture_is(bundled: Recording) -> None:
    found = trajectories(StepHistory(bundled), [bundled.row("king"), bundled.row("dog")])
    assert found.positions.shape == (len(found.snapshots), 2, 2)
    wanted = fit_axes(StepHistory(bundled)).project(
        bundled.weights(15_000).inputs[[bundled.row("dog")]]
    )
    np.testing.assert_allclose(found.positions[-1, 1], wanted[0])
    assert not np.allclose(found.positions[0], found.positions[-1])


def test_one_dimension_can_be_projected() -> None:
    recording = record_text(None, RecordConfig(vector_size=1, steps=10))
    axes = fit_axes(StepHistory(recording))
    assert axes.explained == (pytest.approx(1.0), 0.0)
    assert (axes.project(recording.weights(10).inputs)[:, 1] == 0).all()


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["skipgram", "cbow", "next-word"])
@pytest.mark.parametrize("loss", ["softmax", "negative", "hierarchical"])
def test_gradients_are_finite_differences(architecture: str, loss: str) -> None:
    config = RecordConfig(architecture=architecture, loss=loss, steps=60, vector_size=5)  # type: ignore[arg-type]
    recording = record_text(None, config)
    for number in (1, 33, 60):
        found = gradient_check(recording, number)
        assert found.worst < 1e-4
        assert {one.name for one in found.matrices} >= {"W", "W′"}
        assert all(np.abs(one.numeric).max() > 1e-3 for one in found.matrices)
        assert (found.classic is None) == (architecture != "cbow")


def test_gradients_in_float64_agree_closely() -> None:
    recording = record_text(None, RecordConfig(precision="float64", steps=20))
    assert gradient_check(recording, 20).worst < 1e-8


def test_few_rows_of_a_large_vocabulary_are_checked(bundled: Recording) -> None:
    w_prime = gradient_check(bundled, 700, most_rows=5).matrices[1]
    step = bundled.step(700)
    assert w_prime.analytic.shape == (5, 8) and step.target in w_prime.rows
    assert np.abs(w_prime.analytic).max() == np.abs(step.output_gradients).max()
    with pytest.raises(ConfigError):
        gradient_check(bundled, 700, width=0)


def test_a_wrong_gradient_is_found(bundled: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    real = bundled.step(10)
    monkeypatch.setattr(
        bundled, "step", lambda _: replace(real, input_gradients=1.01 * real.input_gradients)
    )
    assert gradient_check(bundled, 10).worst > 5e-3


def test_classic_cbow_goes_c_times_too_far() -> None:
    """word2vec.c's update is C times the gradient of the mean (gensim #1873)."""
    for update in ("exact", "classic"):
        config = RecordConfig(architecture="cbow", cbow_update=update, steps=40)  # type: ignore[arg-type]
        recording = record_text(None, config)
        numbers = [n for n in range(1, 41) if len(set(recording.step(n).input_rows)) == 2]
        step = recording.step(numbers[0])
        found = gradient_check(recording, numbers[0]).classic
        assert found is not None and found.ratio == 2
        moved = step.after.inputs - step.before.inputs
        wanted = found.exact if update == "exact" else found.classic
        np.testing.assert_allclose(moved[found.rows[0]], wanted, atol=1e-7)


def test_next_words(next_word: Recording) -> None:
    after_cats = predict(next_word, "cats")
    assert after_cats[0].word == "often"
    assert sum(one.probability for one in predict(next_word, "cats", topn=8)) > 0.95
    (only,) = predict(next_word, "companions", topn=1)
    assert only.word == "to" and only.probability > 0.95
    total = sum(one.probability for one in predict(next_word, "the", topn=1_000))
    assert total == pytest.approx(1)
    with pytest.raises(UnknownWordError, match="not in the vocabulary"):
        predict(next_word, "independence")


@pytest.mark.parametrize("loss", ["negative", "hierarchical"])
def test_predictions_of_the_other_losses_are_probabilities(loss: str) -> None:
    recording = record_text(None, RecordConfig(loss=loss, steps=3_000))  # type: ignore[arg-type]
    found = predict(recording, "king", topn=96)
    assert all(0 <= one.probability <= 1 for one in found)
    if loss == "hierarchical":
        assert sum(one.probability for one in found) == pytest.approx(1, abs=1e-5)


def test_the_models_source_is_short_and_runs() -> None:
    source = model_source()
    assert 10 <= len(source.splitlines()) <= 15
    import torch

    names: dict[str, object] = {"torch": torch, "nn": torch.nn}
    exec(source, names)
    model = names["SkipGram"](96, 8)  # type: ignore[operator]
    assert sum(weights.numel() for weights in model.parameters()) == 1_536


def test_vectors_of_a_snapshot_are_ready_to_search(bundled: Recording) -> None:
    found = bundled.vectors(100)
    assert isinstance(found, KeyedVectors) and found.output_vectors.shape == (96, 8)
    assert np.array_equal(found.vectors, bundled.weights(100).inputs)
