"""Mixes of layers: as given, and learned on usage pairs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from lexiscope.cli.main import main
from lexiscope.contextual import Encoder
from lexiscope.contextual.corpus.run import run_corpus
from lexiscope.contextual.uses.layer_mix import _Products, _weights, learn_mix, read_mix, write_mix
from lexiscope.contextual.uses.usage import UsagePair, read_pairs, states_of_pairs
from lexiscope.errors import ConfigError, CorpusError, FormatError

TEXTS = ["The bank of the river.", "A loan from the bank."]
BANK = Path(__file__).parents[2] / "docs" / "explanation" / "bank" / "usage.tsv"


def test_a_mix_is_the_weighed_sum(encoder: Encoder, tmp_path: Path) -> None:
    weights = [0.5, -1.0, 2.0]
    mixed = encoder.with_options(layers=(0, 3, 6), combine="mix", layer_weights=weights)
    expected = sum(
        weight * encoder.with_options(layers=(layer,)).encode(TEXTS).vectors
        for layer, weight in zip((0, 3, 6), weights, strict=True)
    )
    np.testing.assert_allclose(mixed.encode(TEXTS).vectors, expected, atol=1e-5)
    assert mixed.vector_size == 384
    # What compares all layers drops the weights.
    assert len(mixed.layer_similarity(*TEXTS, "bank").cosines) == 7
    run_corpus(mixed, TEXTS, tmp_path / "out.parquet")
    table = pq.read_table(tmp_path / "out.parquet")
    np.testing.assert_allclose(np.array(table["vector"].to_pylist()), expected, atol=1e-5)
    assert json.loads(table.schema.metadata[b"lexiscope"])["layer_weights"] == weights
    static = mixed.static(TEXTS, ["bank"])
    assert static.metadata["layer_weights"] == weights and static.metadata["combine"] == "mix"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"combine": "mix"}, "go together"),
        ({"layer_weights": [1.0]}, "go together"),
        ({"combine": "mix", "layer_weights": [1.0, 2.0]}, "2 numbers for 1 layers"),
        ({"combine": "mix", "layer_weights": [np.nan]}, "is no number"),
        ({"combine": "mix", "layer_weights": [True]}, "is no number"),
        ({"combine": "mix", "layer_weights": [0, 0], "layers": (0, 1)}, "all are 0"),
        ({"combine": "mix", "layer_weights": "ab"}, "expected numbers"),
    ],
)
def test_wrong_weights_are_refused(
    encoder: Encoder, given: dict[str, object], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        encoder.with_options(**given)


def made_pairs(count: int, layers: int, told_by: int) -> tuple[_Products, np.ndarray]:
    """States whose cosines follow the scores in one layer alone, and noise in the others."""
    random = np.random.default_rng(5)
    scores = random.uniform(-1, 1, count)
    one, two = random.normal(size=(2, count, layers, 24))
    unit = one[:, told_by] / np.linalg.norm(one[:, told_by], axis=1, keepdims=True)
    aside = two[:, told_by] - (two[:, told_by] * unit).sum(1, keepdims=True) * unit
    aside /= np.linalg.norm(aside, axis=1, keepdims=True)
    angle = scores[:, None]
    two[:, told_by] = 5 * (angle * unit + np.sqrt(1 - angle**2) * aside)
    return _Products.of(one, two), scores


def test_weights_find_the_layer_that_tells_and_the_penalty_draws_them_back() -> None:
    products, scores = made_pairs(60, 4, told_by=2)
    free = _weights(products, scores, 0.03)
    assert free.argmax() == 2 and free[2] > 0.5
    assert free.sum() == pytest.approx(1) and (free >= 0).all()
    held = _weights(products, scores, 1e6)
    np.testing.assert_allclose(held, 0.25, atol=1e-3)


def test_cosines_of_a_mix_are_those_of_mixed_vectors(encoder: Encoder) -> None:
    pairs = read_pairs(BANK)[:4]
    one, two = states_of_pairs(encoder, pairs)
    weights = np.arange(1.0, 8)
    mixed = [np.einsum("l,pld->pd", weights, side.astype(np.float64)) for side in (one, two)]
    expected = (mixed[0] * mixed[1]).sum(1)
    expected /= np.linalg.norm(mixed[0], axis=1) * np.linalg.norm(mixed[1], axis=1)
    np.testing.assert_allclose(_Products.of(one, two).cosines(weights), expected, atol=1e-12)


def test_noise_is_not_told_as_learned() -> None:
    """What is held out must not follow scores that nothing tells; what was fitted does."""
    from lexiscope.contextual.uses import layer_mix

    random = np.random.default_rng(3)
    one, two = random.normal(size=(2, 40, 8, 24))
    scores = random.normal(size=40)
    products = _Products.of(one, two)
    parts = np.arange(40) % 5
    told = layer_mix._held_out(products, scores, parts, layer_mix._chosen_weights)
    fitted = products.cosines(_weights(products, scores, 0.03))
    assert abs(np.corrcoef(told, scores)[0, 1]) < 0.3 < np.corrcoef(fitted, scores)[0, 1]


def test_too_little_to_learn_on_is_refused(encoder: Encoder) -> None:
    pairs = read_pairs(BANK)
    with pytest.raises(CorpusError, match="10 at least"):
        learn_mix(encoder, pairs[:9])
    same = [UsagePair(word=p.word, first=p.first, second=p.second, score=2.0) for p in pairs]
    with pytest.raises(CorpusError, match="not all the same"):
        learn_mix(encoder, same)
    with pytest.raises(ConfigError, match="folds"):
        learn_mix(encoder, pairs, folds=1)


@pytest.mark.slow
def test_learned_and_used_at_the_command_line(
    minilm: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, mix, out = (tmp_path / name for name in ("text.txt", "mix.json", "out.parquet"))
    text.write_text("\n".join(TEXTS))
    call = ["layers", str(minilm), str(text), "--pairs", str(BANK), "--mix", str(mix)]
    assert main(call) == 0
    shown = capsys.readouterr().out
    assert "the mix, held out" in shown and "16 usage pairs, 5 folds" in shown
    assert main([*call, "--overwrite", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert set(answer["spearman"]) == {"held_out", "uniform", "best_layer", "fitted"}
    layers, weights = read_mix(mix)
    assert layers == tuple(range(7)) and sum(weights) == pytest.approx(1, abs=1e-5)
    use = ["contextual", str(minilm), str(text), "-o", str(out), "--overwrite", "--layer-weights"]
    assert main([*use, str(mix)]) == 0
    metadata = json.loads(pq.read_schema(out).metadata[b"lexiscope"])
    assert metadata["combine"] == "mix" and metadata["layer_weights"] == list(weights)
    assert main([*use, "1,2", "--layers", "0,6"]) == 0
    capsys.readouterr()
    for more, code, message in (
        (["nothing.json"], 2, "there is no such file"),
        (["1,2,3"], 1, "3 numbers for 1 layers"),
        ([str(mix), "--layers", "3"], 2, "leave --layers out"),
        ([str(text)], 1, "is not JSON"),
    ):
        assert main([*use, *more]) == code
        error = capsys.readouterr().err
        assert message in error and error.count("\n") == 1
    assert main(["layers", str(minilm), str(text), "--mix", str(mix)]) == 2


def test_a_mix_of_another_shape_is_refused(encoder: Encoder, tmp_path: Path) -> None:
    path = tmp_path / "mix.json"
    path.write_text('{"layers": [0, 1], "layer_weights": [1.0]}')
    with pytest.raises(FormatError, match="1 weights of 2 layers"):
        read_mix(path)
    learned = learn_mix(encoder, read_pairs(BANK), folds=2)
    write_mix(learned, "x", path)
    np.testing.assert_allclose(read_mix(path)[1], learned.weights, atol=1e-6)
