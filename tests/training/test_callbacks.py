from __future__ import annotations

import numpy as np
import pytest

from lexiscope import ConfigError, Word2Vec

SENTENCES = [["the", "king", "rules"], ["the", "queen", "rules"], ["a", "dog", "barks"]] * 40


class Diary:
    def __init__(self) -> None:
        self.turns: list[str] = []
        self.nearest: list[str] = []
        self.losses: list[int] = []

    def on_train_begin(self, model: Word2Vec) -> None:
        self.turns.append("train begin")

    def on_epoch_begin(self, model: Word2Vec) -> None:
        self.turns.append("epoch begin")

    def on_report(self, model: Word2Vec) -> None:
        assert np.isfinite(model.wv.similarity("king", "queen"))

    def on_epoch_end(self, model: Word2Vec) -> None:
        self.turns.append("epoch end")
        self.losses.append(len(model.epoch_losses))
        # The lengths are those of the weights as they stand, not of those at the last turn.
        expected = np.linalg.norm(model.wv.vectors, axis=1)
        assert np.allclose(model.wv.norms, expected)

    def on_train_end(self, model: Word2Vec) -> None:
        self.turns.append("train end")
        self.nearest.append(model.wv.most_similar("king", topn=1)[0][0])


def test_callbacks_are_called_at_gensims_turns_with_a_model_to_read() -> None:
    diary = Diary()
    model = Word2Vec(SENTENCES, min_count=1, vector_size=8, epochs=3, callbacks=[diary])
    epoch = ["epoch begin", "epoch end"]
    assert diary.turns == ["train begin", *epoch * 3, "train end"]
    assert diary.losses == [1, 2, 3]
    assert diary.nearest == [model.wv.most_similar("king", topn=1)[0][0]]


def test_gensims_own_base_class_will_do() -> None:
    from gensim.models.callbacks import CallbackAny2Vec

    class Counter(CallbackAny2Vec):  # type: ignore[misc]
        epochs = 0

        def on_epoch_end(self, model: Word2Vec) -> None:
            self.epochs += 1

    counter = Counter()
    Word2Vec(SENTENCES, min_count=1, vector_size=8, epochs=4, callbacks=[counter])
    assert counter.epochs == 4


def test_callbacks_change_nothing_in_the_result() -> None:
    told = Word2Vec(SENTENCES, min_count=1, vector_size=8, callbacks=[Diary()])
    untold = Word2Vec(SENTENCES, min_count=1, vector_size=8)
    assert told.fingerprint() == untold.fingerprint()


def test_a_callback_without_a_method_is_refused() -> None:
    with pytest.raises(ConfigError, match="no method that would be called"):
        Word2Vec(SENTENCES, min_count=1, callbacks=[print])
