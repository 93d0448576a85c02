"""Post-processing: what the papers say of it holds, by plain NumPy, in a stream, from a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lexiscope.errors import ConfigError, FormatError
from lexiscope.vectors import KeyedVectors, load
from lexiscope.vectors.postprocessing import (
    KINDS,
    AllButTheTop,
    FitOptions,
    Moments,
    OutlierDimensions,
    Standardising,
    Whitening,
    beside,
    fit,
    fit_vectors,
    processed,
    read,
    write,
)

RANDOM = np.random.default_rng(7)
# Dimensions that depend on one another, of different widths, far from zero.
ROWS = (RANDOM.normal(size=(600, 12)) @ RANDOM.normal(size=(12, 12)) + 5).astype(np.float32)


def fitted(kind: str, rows: np.ndarray = ROWS, **options: int) -> object:
    return fit([rows], FitOptions(kind=kind, **options))  # type: ignore[arg-type]


def test_moments_of_a_stream_are_numpys() -> None:
    moments, variances = Moments(12), Moments(12, covariances=False)
    for block in np.split(ROWS, [1, 7, 300, 301]):
        moments.add(block)
        variances.add(block)
    wide = ROWS.astype(np.float64)
    assert moments.count == variances.count == 600
    np.testing.assert_allclose(moments.mean, wide.mean(axis=0), rtol=1e-13)
    np.testing.assert_allclose(moments.covariance(), np.cov(wide.T), rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(variances.variances(), wide.var(axis=0, ddof=1), rtol=1e-12)
    np.testing.assert_allclose(moments.variances(), variances.variances(), rtol=1e-12)
    with pytest.raises(ConfigError, match="variances only"):
        variances.covariance()


def test_a_large_mean_costs_no_digits() -> None:
    """Sums of squares would lose all of a spread of 1 beside 10⁸: its square is 10¹⁶."""
    rows = RANDOM.normal(size=(5_000, 2)) + 1e8
    moments = Moments(2)
    for block in np.split(rows, 50):
        moments.add(block)
    np.testing.assert_allclose(moments.variances(), rows.var(axis=0, ddof=1), rtol=1e-9)


def test_words_without_a_vector_are_left_out_and_stay_so() -> None:
    rows = ROWS.copy()
    rows[[0, 50]] = np.nan
    moments = Moments(12)
    moments.add(rows)
    assert (moments.count, moments.left_out) == (598, 2)
    out = FitOptions(kind="whitening").of(moments).apply(rows)
    assert np.isnan(out[[0, 50]]).all()
    assert np.isfinite(np.delete(out, [0, 50], axis=0)).all()


def test_whitened_vectors_have_the_identity_as_covariance() -> None:
    whitening = fitted("whitening")
    assert isinstance(whitening, Whitening)
    out = whitening.apply(ROWS)
    np.testing.assert_allclose(np.cov(out.T), np.eye(12), atol=1e-5)
    np.testing.assert_allclose(out.mean(axis=0), 0, atol=1e-5)
    few = fitted("whitening", components=3)
    assert isinstance(few, Whitening)
    np.testing.assert_allclose(few.apply(ROWS), out[:, :3], atol=1e-6)


def test_whitening_does_not_know_how_its_input_was_turned() -> None:
    """Cosines of whitened vectors are the same for any basis of the vectors before."""
    turn, _ = np.linalg.qr(RANDOM.normal(size=(12, 12)))
    wide = ROWS.astype(np.float64)
    here, turned = fitted("whitening", wide), fitted("whitening", wide @ turn * 3)
    assert isinstance(here, Whitening)
    assert isinstance(turned, Whitening)
    products = [one @ one.T for one in (here.apply(wide), turned.apply(wide @ turn * 3))]
    np.testing.assert_allclose(products[0], products[1], atol=1e-4)


def test_whitening_of_fewer_vectors_than_dimensions_keeps_what_varies() -> None:
    whitening = fitted("whitening", ROWS[:6])
    assert isinstance(whitening, Whitening)
    assert whitening.out == 5
    np.testing.assert_allclose(np.cov(whitening.apply(ROWS[:6]).T), np.eye(5), atol=1e-4)
    with pytest.raises(ConfigError, match="8 components: the 6 vectors vary in 5 only"):
        fitted("whitening", ROWS[:6], components=8)


def test_all_but_the_top_is_the_papers() -> None:
    top = fitted("all-but-the-top", directions=2)
    assert isinstance(top, AllButTheTop)
    wide = ROWS.astype(np.float64)
    centred = wide - wide.mean(axis=0)
    _u, _s, axes = np.linalg.svd(centred, full_matrices=False)
    expected = centred - centred @ axes[:2].T @ axes[:2]
    np.testing.assert_allclose(top.apply(ROWS), expected, atol=1e-5)
    wide_rows = RANDOM.normal(size=(500, 300))
    assert fitted("all-but-the-top", wide_rows).directions.shape == (3, 300)  # type: ignore[attr-defined]


def test_standardised_dimensions_have_mean_0_and_variance_1() -> None:
    rows = ROWS.copy()
    rows[:, 4] = 2.5
    standardising = fitted("standardising", rows)
    assert isinstance(standardising, Standardising)
    out = standardising.apply(rows)
    np.testing.assert_allclose(out.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(np.delete(out, 4, axis=1).var(axis=0, ddof=1), 1, rtol=1e-5)
    assert (out[:, 4] == 0).all()
    assert "1 do not vary" in standardising.told()


def test_outlier_dimensions_are_the_ones_that_stand_out() -> None:
    rows = RANDOM.normal(size=(400, 64)).astype(np.float32)
    rows[:, 9] += 30
    rows[:, 40] *= 20
    outliers = fitted("outlier-dimensions", rows)
    assert isinstance(outliers, OutlierDimensions)
    assert outliers.dimensions == [9, 40]
    out = outliers.apply(rows)
    assert (out[:, [9, 40]] == 0).all()
    np.testing.assert_array_equal(np.delete(out, [9, 40], 1), np.delete(rows, [9, 40], 1))


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_gives_the_same_to_the_bit(kind: str, tmp_path: Path) -> None:
    before = fitted(kind)
    path = beside(tmp_path / "vectors")
    write(before, path, {"text": "corpus.txt"})  # type: ignore[arg-type]
    after = read(path)
    assert after.kind == kind
    np.testing.assert_array_equal(after.apply(ROWS), before.apply(ROWS))  # type: ignore[attr-defined]


def test_files_of_others_are_told(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    other = tmp_path / "other.safetensors"
    save_file({"mean": np.zeros(3)}, other)
    with pytest.raises(FormatError, match="names no post-processing"):
        read(other)
    texts = {"format": "lexiscope-postprocessing", "kind": "whitening"}
    save_file({"mean": np.zeros(3), "matrix": np.ones((4, 2))}, other, metadata=texts)
    with pytest.raises(FormatError, match="do not fit together"):
        read(other)
    save_file({"mean": np.zeros(3), "matrix": np.ones((3, 2), np.float32)}, other, metadata=texts)
    with pytest.raises(FormatError, match="expected float64 of 2 axes"):
        read(other)
    save_file({"mean": np.zeros(3), "matrix": np.full((3, 2), np.nan)}, other, metadata=texts)
    with pytest.raises(FormatError, match="no number"):
        read(other)
    other.write_bytes(other.read_bytes()[:-5])
    with pytest.raises(FormatError, match="not a whole safetensors file"):
        read(other)


def test_wrong_options_and_widths_are_told() -> None:
    with pytest.raises(ConfigError, match="kind is 'zca'"):
        FitOptions(kind="zca")
    with pytest.raises(ConfigError, match="directions=2 belongs to all-but-the-top"):
        FitOptions(kind="whitening", directions=2)
    with pytest.raises(ConfigError, match="threshold=2 belongs to outlier-dimensions"):
        FitOptions(kind="whitening", threshold=2)
    with pytest.raises(ConfigError, match="fitted on 12 dimensions"):
        fitted("whitening").apply(ROWS[:, :5])  # type: ignore[attr-defined]
    with pytest.raises(ConfigError, match="0 vectors to fit on"):
        fit([], FitOptions(kind="standardising"))
    with pytest.raises(ConfigError, match="all alike"):
        fitted("whitening", np.ones((9, 3)))
    with pytest.raises(ConfigError, match="16,384 at most"):
        Moments(100_000)


def test_static_vectors_are_processed_and_say_so(tmp_path: Path) -> None:
    words = [f"w{number}" for number in range(600)]
    vectors = KeyedVectors(words, ROWS, counts=np.arange(600, 0, -1))
    whitening = fit_vectors(vectors, FitOptions(kind="whitening"))
    out = processed(vectors, whitening)
    np.testing.assert_allclose(np.cov(out.vectors.T), np.eye(12), atol=1e-5)
    assert out.index_to_key == words
    out.save(tmp_path / "white")
    told = load(tmp_path / "white").metadata["postprocessing"]
    assert [one["kind"] for one in told] == ["whitening"]
    drawn = [
        fit_vectors(vectors, FitOptions(kind="whitening"), sample=90, seed=s) for s in (1, 1, 2)
    ]
    matrices = [one.matrix for one in drawn]  # type: ignore[attr-defined]
    assert np.array_equal(matrices[0], matrices[1])
    assert not np.array_equal(matrices[0], matrices[2])
