"""Models other than the bundled run, and how numbers are read off the page."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from playwright.sync_api import Locator

from lexiscope import data
from tests.support import harness

WATCHED = ("king", "queen", "man", "woman", "dog", "cat")


def model_with_snapshots(folder: Path) -> Path:
    """A model of the bundled text, trained with `--record`: its journey is at snapshots."""
    model = folder / "watched"
    watch = [part for word in WATCHED for part in ("--watch-words", word)]
    harness.run_lexiscope(
        *("train", data.corpus_path(), "-o", model, "--record", *watch),
        *("--vector-size", "12", "--min-count", "3", "--epochs", "20", "--sample", "0"),
    )
    return model


def plain_vectors(folder: Path, words: int, dim: int = 6) -> tuple[Path, np.ndarray]:
    """A text file of vectors w0, w1, … and nothing else."""
    matrix = np.random.default_rng(7).normal(size=(words, dim)).round(3).astype(np.float32)
    lines = [f"{words} {dim}"]
    lines += [f"w{row} {' '.join(map(str, vector))}" for row, vector in enumerate(matrix)]
    file = folder / "plain.txt"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file, matrix


def value_of(shown: Locator) -> float:
    """The number behind what is shown, with all its digits, once nothing is still to come."""
    harness.settle(shown.page)
    return float(shown.get_attribute("data-value") or "nan")


def assert_shows(shown: Locator, expected: float, digits: int = 3) -> None:
    """The number is on the page, and its shown digits are those of the expected one."""
    assert np.isclose(value_of(shown), expected, rtol=1e-5, atol=1e-6), (
        f"{shown.get_attribute('data-testid')}: {value_of(shown)}, expected {expected}"
    )
    text = shown.inner_text().replace("\N{MINUS SIGN}", "-").replace(",", "")
    if "×" in text:  # smaller than its digits could show
        assert abs(expected) < 10**-digits, f"{text} for {expected}"
        return
    # A last digit may fall on either side where float32 and float64 round apart.
    assert abs(float(text) - expected) <= 0.5001 * 10**-digits, f"{text} for {expected}"
