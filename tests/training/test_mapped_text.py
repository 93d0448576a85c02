"""The encoded text while it is trained on: read from disk, and not kept in memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lexiscope.corpus import VocabularyOptions, encode_corpus
from lexiscope.training import TrainingConfig
from lexiscope.training.loop import trainer
from lexiscope.training.loop.state import Observer, TrainingState
from lexiscope.training.run import start_run, train_run

SMAPS = Path("/proc/self/smaps")


def resident(array: NDArray[np.int32]) -> int:
    """Bytes of a mapped array that are in the process's memory."""
    inside = False
    for line in SMAPS.read_text().splitlines():
        name, *rest = line.split()
        if not name.endswith(":"):
            start, end = (int(number, 16) for number in name.split("-"))
            inside = start <= array.ctypes.data < end
        elif inside and name == "Rss:":
            return int(rest[0]) * 1024
    raise AssertionError("the array is not in the list of maps")


@pytest.mark.slow
@pytest.mark.skipif(not SMAPS.exists(), reason="no list of maps on this system")
@pytest.mark.parametrize("schedule", ["reproducible", "hogwild"])
def test_a_stretch_of_text_leaves_memory_once_it_is_trained(
    schedule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer, "REPORT_SECONDS", 0.0)
    rng = np.random.default_rng(1)
    words = [f"w{number}" for number in range(50)]
    sentences = [
        [words[n] for n in row] for row in rng.integers(0, len(words), (160_000, 9)).tolist()
    ]
    with encode_corpus(sentences=sentences, vocabulary=VocabularyOptions(min_count=1)) as corpus:
        config = TrainingConfig(vector_size=4, schedule=schedule, epochs=2)  # type: ignore[arg-type]
        kept: list[int] = []

        class Watch(Observer):
            def on_epoch_end(self, state: TrainingState) -> None:
                kept.append(resident(corpus.ids))

        size = corpus.ids.nbytes
        assert corpus.ids.sum() > 0 and resident(corpus.ids) > 0.9 * size
        train_run(start_run(corpus, config), corpus, workers=2, observers=[Watch()])
    assert len(kept) == 2 and max(kept) < 0.5 * size
