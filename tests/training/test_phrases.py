"""Training sessions whose text has phrases joined."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from lexiscope.corpus import VocabularyOptions
from lexiscope.corpus.phrases.options import PhraseOptions
from lexiscope.errors import ConfigError
from lexiscope.training import TrainingConfig, TrainingSession
from lexiscope.training.checkpoint import newest_checkpoint
from lexiscope.training.loop.state import Observer, TrainingState

SENTENCES = [
    ["new", "york", f"w{(7 * line) % 11}", "machine", "learning", f"w{line % 5}"]
    for line in range(200)
]
PHRASES = PhraseOptions(passes=2, threshold=0.1)


class Press(Observer):
    """Presses Ctrl-C at the end of the second epoch."""

    def on_epoch_end(self, state: TrainingState) -> None:
        if state.epoch == 2:
            signal.raise_signal(signal.SIGINT)


def session(**options: Any) -> TrainingSession:
    return TrainingSession(
        TrainingConfig(vector_size=4, epochs=4, sample=0),
        vocabulary=VocabularyOptions(min_count=1),
        phrases=PHRASES,
        **options,
    )


def fingerprint(trained: TrainingSession) -> str:
    run = trained.run
    assert run is not None
    return run.fingerprint()


def test_a_run_that_goes_on_finds_the_same_phrases(tmp_path: Path) -> None:
    unbroken = session()
    with unbroken.read(sentences=SENTENCES) as corpus:
        assert corpus.report.phrases[0] > 0
        unbroken.begin()
        unbroken.train()
    stopped = session()
    with stopped.read(sentences=SENTENCES):
        stopped.begin()
        with pytest.raises(KeyboardInterrupt):
            stopped.train([Press()], checkpoints=tmp_path / "model")
    resumed = TrainingSession.resumed(newest_checkpoint(tmp_path / "model"))
    assert resumed.phrases == PHRASES
    with resumed.read(sentences=SENTENCES):
        resumed.begin()
        resumed.train()
    assert fingerprint(resumed) == fingerprint(unbroken)
    assert resumed.document()["phrases"] == PHRASES.to_json()
    other = TrainingSession.resumed(newest_checkpoint(tmp_path / "model"))
    with (
        other.read(sentences=[[*sentence, "new"] for sentence in SENTENCES]),
        pytest.raises(ConfigError, match="text"),
    ):
        other.begin()


@pytest.mark.slow
def test_a_text_to_measure_on_has_the_models_phrases(tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("new york w1 machine learning\n" * 20)
    measured = session(validation=str(other))
    with measured.read(sentences=SENTENCES) as corpus:
        assert any("_" in token for token in corpus.vocabulary.tokens)
        assert "new" not in corpus.vocabulary.tokens
        measured.begin()
        measured.train()
    assert measured.validation_losses[-1] is not None
