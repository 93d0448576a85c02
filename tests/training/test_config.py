"""The options of a run: their ranges, and that each is documented and can be set from anywhere."""

from __future__ import annotations

import inspect
import json
import re
from dataclasses import FrozenInstanceError, fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lexiscope import Word2Vec
from lexiscope.cli import main as cli
from lexiscope.cli.commands import train as train_command
from lexiscope.cli.shared.job import Fresh, Job
from lexiscope.errors import ConfigError
from lexiscope.training import TrainingConfig
from lexiscope.training.config import check_workers

FIELDS = [field.name for field in fields(TrainingConfig)]
# A value other than the default for each field, and the words that say so on the command line.
OTHER: dict[str, tuple[Any, list[str]]] = {
    "architecture": ("cbow", ["--architecture", "cbow"]),
    "loss": ("hierarchical", ["--loss", "hierarchical"]),
    "vector_size": (7, ["--vector-size", "7"]),
    "window": (3, ["--window", "3"]),
    "shrink_windows": (False, ["--no-shrink-windows"]),
    "negative": (9, ["--negative", "9"]),
    "ns_exponent": (0.5, ["--ns-exponent", "0.5"]),
    "sample": (0.0, ["--sample", "0"]),
    "epochs": (2, ["--epochs", "2"]),
    "alpha": (0.1, ["--alpha", "0.1"]),
    "min_alpha": (0.01, ["--min-alpha", "0.01"]),
    "cbow_mean": (False, ["--cbow-sum"]),
    "cbow_update": ("exact", ["--cbow-update", "exact"]),
    "schedule": ("hogwild", ["--schedule", "hogwild"]),
    "seed": (42, ["--seed", "42"]),
    "subwords": ((2, 5), ["--subwords", "2-5"]),
    "buckets": (100, ["--buckets", "100"]),
    "exchange_every": (500, ["--exchange-every", "500"]),
    "parts": (4, ["--parts", "4"]),
}
# What parts do not go with.
APART = "parts"


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("vector_size", 1, 100_000),
        ("window", 1, 10_000),
        ("epochs", 1, 1_000_000),
        ("negative", 1, 1_000),
        ("seed", 0, 2**63 - 1),
    ],
)
def test_whole_numbers(name: str, least: int, most: int) -> None:
    for good in (least, most):
        assert getattr(TrainingConfig(**{name: good}), name) == good
    for bad in (least - 1, most + 1, -5, 2.0, "3", None, True, float("nan")):
        with pytest.raises(ConfigError) as caught:
            TrainingConfig(**{name: bad})
        shown = repr(bad) if isinstance(bad, str) else str(bad)
        assert str(caught.value) == (
            f"{name} is {shown}; expected a whole number from {least} to {most:,}"
        )


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [("ns_exponent", -10, 10), ("sample", 0, 1), ("alpha", 1e-3, 100), ("min_alpha", 0, 0.025)],
)
def test_numbers(name: str, least: float, most: float) -> None:
    for good in (least, most):
        assert getattr(TrainingConfig(**{"min_alpha": 0, name: good}), name) == good
    for bad in (-10.5, most * 1.01, float("nan"), float("inf"), "3", None, True):
        if (name, bad) == ("alpha", None):  # that is the architecture's
            continue
        with pytest.raises(ConfigError) as caught:
            TrainingConfig(**{"min_alpha": 0, name: bad})
        shown = repr(bad) if isinstance(bad, str) else str(bad)
        assert str(caught.value).startswith(f"{name} is {shown}; expected a number from ")


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("architecture", ["skipgram", "cbow"]),
        ("loss", ["negative", "hierarchical", "softmax", "nce", "negative+hierarchical"]),
        ("cbow_update", ["classic", "exact"]),
        ("schedule", ["reproducible", "hogwild"]),
    ],
)
def test_choices(name: str, allowed: list[str]) -> None:
    for good in allowed:
        assert getattr(TrainingConfig(**{name: good}), name) == good
    for bad in ("Skipgram", "", None, 1):
        with pytest.raises(ConfigError) as caught:
            TrainingConfig(**{name: bad})
        assert str(caught.value) == f"{name} is {bad!r}; expected one of {', '.join(allowed)}"


@pytest.mark.parametrize("name", ["cbow_mean", "shrink_windows"])
def test_switches(name: str) -> None:
    for good in (0, 1, True, False, np.bool_(1), np.int64(0)):
        value = getattr(TrainingConfig(**{name: good}), name)
        assert type(value) is bool and value == bool(good)
    for bad in ("0", 2, -1, None, "yes", 0.5):
        with pytest.raises(ConfigError, match=f"{name} is .*expected True or False"):
            TrainingConfig(**{name: bad})


def test_an_alpha_of_zero_would_learn_nothing() -> None:
    with pytest.raises(ConfigError, match=r"alpha is 0.*above 0"):
        TrainingConfig(alpha=0, min_alpha=0)


def test_min_alpha_is_told_the_alpha_that_bounds_it() -> None:
    with pytest.raises(ConfigError, match=r"min_alpha is 0.02; .* to 0.01 \(alpha is 0.01\)"):
        TrainingConfig(alpha=0.01, min_alpha=0.02)
    assert TrainingConfig(alpha=0.01, min_alpha=0.01).min_alpha == 0.01


def test_no_negatives_are_needed_without_negative_sampling() -> None:
    assert TrainingConfig(loss="hierarchical", negative=0).negative == 0
    with pytest.raises(ConfigError, match="negative is 0; expected a whole number from 1"):
        TrainingConfig(loss="negative", negative=0)


def test_numpys_numbers_are_taken_and_saved_as_pythons() -> None:
    config = TrainingConfig(
        vector_size=np.int64(8), alpha=np.float32(0.5), window=np.uint8(3), cbow_mean=np.bool_(0)
    )
    assert TrainingConfig(**json.loads(json.dumps(config.to_json()))) == config
    assert [type(value) for value in (config.vector_size, config.alpha, config.cbow_mean)] == [
        int,
        float,
        bool,
    ]
    assert type(TrainingConfig(alpha=1).alpha) is float


def test_it_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        TrainingConfig().window = 3  # type: ignore[misc]


def test_workers() -> None:
    assert check_workers(1) == 1 and check_workers(np.int64(1024)) == 1024
    for bad in (0, -1, 1025, 1.5, "2", True):
        with pytest.raises(ConfigError, match=r"workers is .*; expected a whole number from 1 to"):
            check_workers(bad)


# Documented, and within reach


@pytest.mark.parametrize("name", FIELDS)
def test_every_option_is_documented(name: str) -> None:
    assert re.search(rf"^ +{name}: \S", inspect.getdoc(TrainingConfig) or "", re.MULTILINE)


@pytest.mark.parametrize("name", FIELDS)
def test_every_option_has_another_value_here(name: str) -> None:
    value, _ = OTHER[name]
    assert value != getattr(TrainingConfig(), name)


def test_every_option_can_be_set_on_the_command_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: list[TrainingConfig] = []

    def instead(job: Job) -> dict[str, Any]:
        assert isinstance(job.start, Fresh)
        seen.append(job.start.config)
        return {}

    monkeypatch.setattr(train_command, "run_job", instead)
    together = {name: other for name, other in OTHER.items() if name != APART}
    words = [word for _, given in together.values() for word in given]
    out = str(tmp_path / "model")
    assert cli.main(["train", "text", "-o", out, *words]) == 0
    assert cli.main(["train", "text", "-o", out]) == 0
    assert cli.main(["train", "text", "-o", out, "--architecture", "cbow"]) == 0
    assert cli.main(["train", "text", "-o", out, *OTHER[APART][1]]) == 0
    assert seen[0] == TrainingConfig(**{name: value for name, (value, _) in together.items()})
    assert seen[1] == TrainingConfig()
    assert seen[2] == TrainingConfig(architecture="cbow", alpha=0.05)
    assert seen[3] == TrainingConfig(parts=4)


def test_every_option_can_be_set_from_python() -> None:
    others = ("architecture", "subwords", "buckets", APART)
    given = {name: value for name, (value, _) in OTHER.items() if name not in others}
    assert Word2Vec(sg=0, **given).config == TrainingConfig(architecture="cbow", **given)
    assert Word2Vec(sg=1).config == TrainingConfig()
    assert Word2Vec(sg=1, parts=4).config == TrainingConfig(parts=4)


def test_every_argument_of_word2vec_is_documented() -> None:
    text = inspect.getdoc(Word2Vec) or ""
    for name in inspect.signature(Word2Vec.__init__).parameters:
        if name != "self":
            assert re.search(rf"^ +{name}: \S", text, re.MULTILINE), name


def test_the_learning_rate_is_the_architectures() -> None:
    assert TrainingConfig().alpha == 0.025
    assert TrainingConfig(architecture="cbow").alpha == 0.05
    assert TrainingConfig(architecture="cbow", alpha=0.01).alpha == 0.01
    # gensim has one for both.
    assert Word2Vec(sg=0).config.alpha == Word2Vec(sg=1).config.alpha == 0.025


def test_options_from_plain_data() -> None:
    config = TrainingConfig(architecture="cbow", window=3, schedule="hogwild")
    assert TrainingConfig.from_json(config.to_json()) == config
    assert TrainingConfig.from_json({"window": 3}) == TrainingConfig(window=3)
    with pytest.raises(TypeError, match="colour"):
        TrainingConfig.from_json({"colour": "red"})
