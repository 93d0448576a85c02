"""Measures of every layer: by plain formulas on a tiny model, and what must not change them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from lexiscope.cli.main import main
from lexiscope.contextual import Encoder
from lexiscope.contextual.uses.layer_report import ReportOptions, compare_models, layer_report
from lexiscope.data import corpus_path
from lexiscope.errors import ConfigError, CorpusError
from lexiscope.vectors.geometry import cka, expected_cosine

RANDOM = np.random.default_rng(3)
SENTENCES = [
    "the king saw the old river",
    "an old king and the queen",
    "the river is old",
    "a queen saw the bank of the river",
    "the bank is near the old castle",
    "the king is near",
    "The queen and the king",
]


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


def test_the_expected_cosine_is_the_mean_over_pairs() -> None:
    rows = RANDOM.normal(size=(40, 6)) + 1
    contexts, words = RANDOM.integers(0, 9, 40), RANDOM.integers(0, 12, 40)
    pairs = [
        (i, j)
        for i in range(40)
        for j in range(40)
        if contexts[i] != contexts[j] and words[i] != words[j]
    ]
    expected = np.mean([cosine(rows[i], rows[j]) for i, j in pairs])
    got = expected_cosine(rows, contexts, words)
    assert got.cosine.value == pytest.approx(expected, abs=1e-12)
    assert got.contributions.sum() == pytest.approx(expected, abs=1e-12)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    third = np.mean([unit[i, 3] * unit[j, 3] for i, j in pairs])
    assert got.contributions[3] == pytest.approx(third, abs=1e-12)


def test_its_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Of 200 samples some 190 must: 178 to 199 is what chance allows (binomial, 10⁻⁵)."""
    shift = np.array([1.0, 0, 0, 0])
    # The truth: the squared length of the mean of many unit vectors.
    many = RANDOM.normal(size=(400_000, 4)) + shift
    truth = np.square((many / np.linalg.norm(many, axis=1, keepdims=True)).mean(axis=0)).sum()
    held = 0
    for _ in range(200):
        rows = RANDOM.normal(size=(80, 4)) + shift
        got = expected_cosine(rows, np.arange(80), np.arange(80)).cosine
        held += abs(got.value - truth) <= got.half
    assert 178 <= held <= 199


def hsic(gram: np.ndarray, other: np.ndarray) -> float:
    """Song et al. 2012, equation 5, as it stands there."""
    n = len(gram)
    k, m = gram - np.diag(np.diag(gram)), other - np.diag(np.diag(other))
    ones = np.ones(n)
    whole = np.trace(k @ m) + (ones @ k @ ones) * (ones @ m @ ones) / ((n - 1) * (n - 2))
    return float((whole - 2 / (n - 2) * (ones @ k @ m @ ones)) / (n * (n - 3)))


def test_cka_is_the_papers() -> None:
    one = RANDOM.normal(size=(50, 7))
    other = one[:, :3] + RANDOM.normal(size=(50, 3))
    k, m = one @ one.T, other @ other.T
    expected = hsic(k, m) / np.sqrt(hsic(k, k) * hsic(m, m))
    assert cka([one], [other])[0, 0] == pytest.approx(expected, rel=1e-9)


def test_cka_does_not_know_turns_scales_and_shifts_nor_unrelated_vectors() -> None:
    rows = RANDOM.normal(size=(700, 20)).astype(np.float32)
    turn, _ = np.linalg.qr(RANDOM.normal(size=(20, 20)))
    assert cka([rows], [rows @ turn * 5 + 3])[0, 0] == pytest.approx(1, abs=1e-6)
    # More dimensions than words in a batch: the biased one would be 0.7 here.
    assert abs(cka([RANDOM.normal(size=(700, 600))], [RANDOM.normal(size=(700, 600))])[0, 0]) < 0.05
    with pytest.raises(ConfigError, match="expected the same words"):
        cka([rows], [rows[1:]])
    with pytest.raises(ConfigError, match="4 at least"):
        cka([rows[:3]], [rows[:3]])


def test_a_report_is_what_plain_loops_say(tiny: dict[str, Path]) -> None:
    encoder = Encoder(tiny["roberta"])
    options = ReportOptions(contexts=3)
    report = layer_report(encoder, [*SENTENCES, SENTENCES[0]], options)
    assert (report.sentences, report.of_sentences) == (7, 8)
    for layer in range(encoder.model.layers + 1):
        rows = [
            (number, word, vector)
            for number, one in enumerate(encoder.with_options(layers=(layer,)).encode(SENTENCES))
            for word, vector in zip(one.words, one.vectors.astype(float), strict=True)
            if not np.isnan(vector).any()
        ]
        measures = report.layers[layer]
        assert report.occurrences == len(rows)
        anisotropy = np.mean(
            [
                cosine(a, b)
                for i, u, a in rows
                for j, v, b in rows
                if i != j and u.casefold() != v.casefold()
            ]
        )
        assert measures.anisotropy.value == pytest.approx(anisotropy, abs=1e-5)
        firsts: dict[str, dict[int, np.ndarray]] = {}
        for number, word, vector in rows:
            firsts.setdefault(word, {}).setdefault(number, vector)
        alike = [
            np.mean([cosine(a, b) for i, a in own.items() for j, b in own.items() if i < j])
            for own in firsts.values()
            if len(own) >= 3
        ]
        assert report.words == len(alike)
        assert measures.self_similarity.value == pytest.approx(np.mean(alike), abs=1e-5)
        inside = []
        for number in range(len(SENTENCES)):
            own = np.array([vector for i, _word, vector in rows if i == number])
            inside.append(np.mean([cosine(one, own.mean(axis=0)) for one in own]))
        assert measures.intra_sentence.value == pytest.approx(np.mean(inside), abs=1e-5)
        assert measures.adjusted_intra_sentence.value == pytest.approx(
            np.mean(inside) - anisotropy, abs=1e-5
        )
    np.testing.assert_allclose(np.diag(report.cka), 1)
    np.testing.assert_allclose(report.cka, report.cka.T)
    np.testing.assert_allclose(compare_models(encoder, encoder, SENTENCES), report.cka, atol=1e-9)


def test_a_seed_gives_the_same_sample(tiny: dict[str, Path]) -> None:
    encoder = Encoder(tiny["roberta"])
    values = [
        layer_report(encoder, SENTENCES, ReportOptions(sentences=4, occurrences=8, seed=seed))
        .layers[-1]
        .anisotropy.value
        for seed in (1, 1, 2)
    ]
    assert values[0] == values[1] != values[2]


def test_what_is_too_little_is_told(tiny: dict[str, Path]) -> None:
    encoder = Encoder(tiny["roberta"])
    with pytest.raises(CorpusError, match="1 different sentences with 2 words"):
        layer_report(encoder, ["the king", "the king"])
    with pytest.raises(ConfigError, match="contexts is 1"):
        ReportOptions(contexts=1)


@pytest.mark.slow
def test_the_commands(
    tiny: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = tmp_path / "text.txt"
    text.write_bytes(corpus_path().read_bytes())
    model = str(tiny["roberta"])
    assert main(["layers", model, str(text), "--json", "--sentences", "30"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["sentences"] == 30
    assert len(document["layers"]) == len(document["cka"])
    assert document["other_cka"] is None
    assert main(["layers", model, str(text), "--sentences", "30", "--other", model]) == 0
    assert "anisotropy" in capsys.readouterr().out

    first, again = tmp_path / "a.parquet", tmp_path / "b.parquet"
    for out, what in ((first, "whitening"), (again, f"{first}.postprocessing.safetensors")):
        assert main(["contextual", model, str(text), "-o", str(out), "--postprocess", what]) == 0
    assert "principal components, each of variance 1" in capsys.readouterr().out
    import pyarrow.parquet as pq

    vectors = [np.array(pq.read_table(out)["vector"].to_pylist()) for out in (first, again)]
    np.testing.assert_array_equal(vectors[0], vectors[1])
    np.testing.assert_allclose(np.cov(vectors[0].T), np.eye(vectors[0].shape[1]), atol=1e-3)
    assert main(["contextual", model, "-", "-o", str(first), "--postprocess", "whitening"]) == 2
    assert "cannot be" in capsys.readouterr().err


def test_static_vectors_by_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from lexiscope.vectors import KeyedVectors, load

    words = [f"w{number}" for number in range(90)]
    KeyedVectors(words, RANDOM.normal(size=(90, 5)).astype(np.float32) + 2).save(tmp_path / "v")
    out, again = tmp_path / "white", tmp_path / "again"
    path = str(tmp_path / "v")
    assert main(["postprocess", path, "--kind", "whitening", "-o", str(out), "--json"]) == 0
    stored = json.loads(capsys.readouterr().out)["file"]
    assert main(["postprocess", path, "--use", stored, "-o", str(again)]) == 0
    assert "5 of 5 principal components" in capsys.readouterr().out
    np.testing.assert_allclose(np.cov(load(out).vectors.T), np.eye(5), atol=1e-4)
    np.testing.assert_array_equal(load(out).vectors, load(again).vectors)
    assert main(["postprocess", path, "-o", str(out)]) == 2
    assert "--kind what to fit" in capsys.readouterr().err
