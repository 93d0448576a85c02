"""One model on several devices: two copies on the CPU stand for two GPUs."""

from __future__ import annotations

import pickle
import threading
from pathlib import Path

import numpy as np
import pytest

from lexiscope.contextual import Encoder, EncoderOptions
from lexiscope.contextual.model.hidden_states import HiddenStates
from lexiscope.contextual.model.replicas import Replicas
from lexiscope.errors import ConfigError
from tests.support import tiny_models

TEXTS = [f"{'word ' * (n % 7)}number {n} of the river bank" for n in range(40)]


def test_names_of_devices() -> None:
    for given, names in (
        (None, (None,)),
        ("cuda", ("cuda",)),
        ("cuda:0,1", ("cuda:0", "cuda:1")),
        ("cuda:0, cuda:2", ("cuda:0", "cuda:2")),
        ("cpu,cpu", ("cpu", "cpu")),
    ):
        assert EncoderOptions(device=given).devices == names
    with pytest.raises(ConfigError, match="one kind"):
        EncoderOptions(device="cpu,cuda:0")
    for wrong in ("", "cuda:0,", ",", 3):
        with pytest.raises(ConfigError, match="expected a name"):
            EncoderOptions(device=wrong)  # type: ignore[arg-type]


def test_each_takes_batches_and_results_stay_in_order(
    tiny: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = Encoder(tiny["roberta"], device="cpu", batch_tokens=40)
    both = Encoder(tiny["roberta"], device="cpu,cpu", batch_tokens=40)
    assert isinstance(both._states, Replicas)
    used: set[int] = set()
    together = threading.Barrier(2, timeout=30)
    first = threading.local()
    run = HiddenStates.run

    def watched(self: HiddenStates, *given: object) -> object:
        used.add(id(self))
        if not getattr(first, "met", False):
            first.met = True
            together.wait()  # both threads are at work at the same time, on two copies
        return run(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(HiddenStates, "run", watched)
    found = both.encode(TEXTS)
    monkeypatch.undo()
    assert len(used) == 2
    np.testing.assert_allclose(found.vectors, plain.encode(TEXTS).vectors, atol=1e-6)
    parts = [one._loaded.module for one in (both._states._free.get() for _ in range(2))]
    assert parts[0] is not parts[1]
    assert not {id(p) for p in parts[0].parameters()} & {id(p) for p in parts[1].parameters()}


def test_copies_are_made_again_from_a_pickle(tiny: dict[str, Path]) -> None:
    both = pickle.loads(pickle.dumps(Encoder(tiny["gpt2"], device="cpu,cpu")))
    plain = Encoder(tiny["gpt2"], device="cpu")
    np.testing.assert_allclose(
        both.with_options(layers=(1,)).encode(TEXTS).vectors,
        plain.with_options(layers=(1,)).encode(TEXTS).vectors,
        atol=1e-6,
    )


def test_what_has_one_device_says_so(tiny: dict[str, Path]) -> None:
    with pytest.raises(ConfigError, match="cannot be used here"):
        Encoder(tiny["gpt2"], device="cuda:70,71")
    one = Encoder(tiny["gpt2"])
    with pytest.raises(ConfigError, match="in memory is on one device"):
        Encoder(one.model.module, tokenizer=one.model.tokenizer, device="cpu,cpu")
    from lexiscope.contextual import Surprisal

    with pytest.raises(ConfigError, match="runs on one device"):
        Surprisal(tiny_models.__file__, device="cpu,cpu")
