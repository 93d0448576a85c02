"""Training session, and `Word2Vec` as its door: checkpoints, resuming, validation, recording."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lexiscope
from lexiscope import Word2Vec
from lexiscope.corpus import TokenizerSpec, Vocabulary, VocabularyOptions, encode_corpus
from lexiscope.errors import ConfigError, CorpusError, FormatError, LexiscopeError
from lexiscope.files import space
from lexiscope.files.locks import BusyError
from lexiscope.files.space import NoRoomError
from lexiscope.inspection.snapshots.snapshots import Snapshots
from lexiscope.training import Interrupted, TrainingConfig, TrainingSession, session
from lexiscope.training.events import Kept, MemoryEstimated, Stopped, TakenUp
from lexiscope.training.loop import trainer
from lexiscope.training.loop.weights import initial_weights
from lexiscope.training.watching.held_out import HeldOutLoss, validation_source
from tests.support.holding import held

OPTIONS: dict[str, Any] = {"vector_size": 16, "min_count": 1, "epochs": 4, "sg": 1, "workers": 2}


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random sentences, 30,000 tokens: enough for rounds, and for several stretches an epoch."""
    rng = np.random.default_rng(3)
    weights = 1 / np.arange(1, 501)
    words = rng.choice(500, size=30_000, p=weights / weights.sum())
    path = tmp_path_factory.mktemp("session") / "text.txt"
    lines = [" ".join(f"w{word}" for word in words[i : i + 10]) for i in range(0, len(words), 10)]
    path.write_text("\n".join(lines) + "\n")
    return path


class CtrlC:
    """Presses it at a turn, once so much of the run is done."""

    def __init__(self, turn: str, share: float) -> None:
        setattr(self, turn, self.press)
        self.share = share

    def press(self, model: Word2Vec) -> None:
        run = model._session.run
        assert run is not None
        if run.share >= self.share:
            signal.raise_signal(signal.SIGINT)


# The folder that a run keeps its states in


def test_a_folder_that_cannot_hold_the_model_is_refused_before_training(
    text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: list[Any] = []
    monkeypatch.setattr(session, "train_run", lambda *run, **_: trained.append(run))
    model = tmp_path / "model"
    with held(model), pytest.raises(BusyError, match="being written by another run"):
        Word2Vec(corpus_file=text, checkpoint_path=model, **OPTIONS)
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConfigError, match="expected a folder"):
        Word2Vec(corpus_file=text, checkpoint_path=tmp_path / "file" / "model", **OPTIONS)
    # 500 words at most, two matrices of 16 values.
    monkeypatch.setattr(space, "free_bytes", lambda _path: 30_000)
    with pytest.raises(NoRoomError, match=r"it takes 6\d\.\d kB, but 30\.0 kB are free"):
        Word2Vec(corpus_file=text, checkpoint_path=model, **OPTIONS)
    assert not trained


def test_a_run_that_stopped_keeps_nobody_from_its_folder(text: Path, tmp_path: Path) -> None:
    """Not even while somebody holds its error, as a notebook does."""
    folder = tmp_path / "model"
    with pytest.raises(Interrupted) as caught:
        Word2Vec(
            corpus_file=text,
            checkpoint_path=folder,
            callbacks=[CtrlC("on_epoch_end", 0.2)],
            **OPTIONS,
        )
    with held(folder):
        assert caught.value.__traceback__ is not None


# Stopped and resumed


@pytest.mark.parametrize(("turn", "share"), [("on_report", 0.3), ("on_epoch_end", 0.5)])
def test_a_run_stopped_by_ctrl_c_ends_as_the_unbroken_one(
    text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, turn: str, share: float
) -> None:
    monkeypatch.setattr(trainer, "REPORT_SECONDS", 0.0)  # a report after every stretch
    unbroken = Word2Vec(corpus_file=text, validation=0.1, **OPTIONS)
    folder = tmp_path / "model"
    with pytest.raises(Interrupted):
        Word2Vec(
            corpus_file=text,
            validation=0.1,
            checkpoint_path=folder,
            callbacks=[CtrlC(turn, share)],
            **OPTIONS,
        )
    assert [path.name for path in folder.iterdir()] == ["checkpoint"]
    with pytest.raises(ConfigError, match=r"Word2Vec.resume"):
        Word2Vec(corpus_file=text, checkpoint_path=folder, **OPTIONS)
    model = Word2Vec.resume(folder, corpus_file=text, workers=1)
    assert model.fingerprint() == unbroken.fingerprint()
    assert model.validation_losses == unbroken.validation_losses
    # Sums of losses round by the stretches that they are added up from.
    assert model.epoch_losses == pytest.approx(unbroken.epoch_losses, rel=1e-7)
    assert model.config == unbroken.config and model.wv.most_similar("w1", topn=1)
    # The finished model has taken the place of its checkpoints.
    assert sorted(path.name for path in folder.iterdir()) == [
        "config.json",
        "model.safetensors",
        "vocabulary.tsv",
    ]
    saved = json.loads((folder / "config.json").read_text())
    assert saved["result"]["fingerprint"] == unbroken.fingerprint()
    expected = unbroken.wv.metadata
    assert saved.pop("estimator")["options"]["train_count"] == 1
    for document in (saved, expected):
        document["corpus"].pop("seconds")
        for name in ("seconds", "epoch_losses", "final_loss"):
            document["result"].pop(name)
    assert saved == expected


def test_ctrl_c_while_the_held_out_loss_is_measured_loses_no_measurement(
    text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unbroken = Word2Vec(corpus_file=text, validation=0.1, **OPTIONS)
    measure = HeldOutLoss.measure
    calls: list[int] = []

    def pressed(self: HeldOutLoss) -> float:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return measure(self)

    monkeypatch.setattr(HeldOutLoss, "measure", pressed)
    with pytest.raises(Interrupted):
        Word2Vec(corpus_file=text, validation=0.1, checkpoint_path=tmp_path / "m", **OPTIONS)
    model = Word2Vec.resume(tmp_path / "m", corpus_file=text)
    assert model.validation_losses == unbroken.validation_losses
    assert model.fingerprint() == unbroken.fingerprint()


def test_checkpoints_are_written_on_the_way_and_change_nothing(
    text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer, "REPORT_SECONDS", 0.0)
    counts: list[int] = []

    class Look:
        def on_report(self, model: Word2Vec) -> None:
            counts.append(len(list((tmp_path / "m" / "checkpoint").glob("0*"))))

    options = {"checkpoint_path": tmp_path / "m", "checkpoint_every": 1e-6, "callbacks": [Look()]}
    kept = Word2Vec(corpus_file=text, **options, **OPTIONS)
    assert set(counts[2:]) == {2}
    assert kept.fingerprint() == Word2Vec(corpus_file=text, **OPTIONS).fingerprint()
    assert not (tmp_path / "m" / "checkpoint").exists()


def test_further_training_can_be_stopped_and_resumed_too(text: Path, tmp_path: Path) -> None:
    """Other epochs lie behind its weights, and its text is not the one that chose the words."""
    more = [["w1", "w2", "w3", "unknown"], ["w2", "w4", "w1"]] * 500
    unbroken, stopped = (
        Word2Vec(corpus_file=text, checkpoint_path=folder, **OPTIONS)
        for folder in (None, tmp_path / "m")
    )
    unbroken.train(more, total_examples=1, epochs=6, start_alpha=0.01)
    stopped._callbacks = (CtrlC("on_epoch_end", 0.5),)
    with pytest.raises(Interrupted):
        stopped.train(more, total_examples=1, epochs=6, start_alpha=0.01)
    model = Word2Vec.resume(tmp_path / "m", more)
    assert model.fingerprint() == unbroken.fingerprint()
    assert model.epoch_losses == unbroken.epoch_losses and len(model.epoch_losses) == 6
    assert model.config.alpha == 0.01


def test_another_text_is_refused(text: Path, tmp_path: Path) -> None:
    folder = tmp_path / "m"
    with pytest.raises(Interrupted):
        Word2Vec(
            corpus_file=text,
            checkpoint_path=folder,
            callbacks=[CtrlC("on_epoch_end", 0)],
            **OPTIONS,
        )
    longer = [*text.read_text().splitlines(), "one more sentence of unknown words"]
    for other in ([["w1", "w2"]] * 30, [["quite", "another"]], longer):
        with pytest.raises(ConfigError, match=r"the text is not the one that .* was trained on"):
            Word2Vec.resume(folder, other)
    with pytest.raises(LexiscopeError, match="has no checkpoint to resume from"):
        Word2Vec.resume(tmp_path / "nowhere", [["w1", "w2"]])


# Validation


def test_what_is_held_out_is_not_trained_on(text: Path) -> None:
    """Words that stand in no other sentence keep the vectors that they began with."""
    # Every sentence has a word of its own.
    lines = [f"own{n} w1 w2 other{n}".split() for n in range(400)]
    model = Word2Vec(lines, validation=0.25, **{**OPTIONS, "sample": 0, "epochs": 1})
    start = initial_weights(model.config, len(model.wv), len(model.wv)).input_vectors
    moved = (model.input_vectors != start).any(axis=1)
    numbers = {"own": set(), "other": set()}
    for word, row in model.wv.key_to_index.items():
        for stem, chosen in numbers.items():
            if word.startswith(stem) and not moved[row]:
                chosen.add(int(word.removeprefix(stem)))
    assert numbers["own"] == numbers["other"]
    assert 60 < len(numbers["own"]) < 140
    assert moved[model.wv.key_to_index["w1"]]
    # The account is of the whole text, which was read.
    assert (model.corpus_count, model.corpus_total_words) == (400, 1_600)


def test_a_text_of_its_own_is_measured_on_and_not_trained_on(text: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("w1 w2 w3 unknown\nw4 w1 w2\n" * 50)
    plain = Word2Vec(corpus_file=text, **OPTIONS)
    model = Word2Vec(corpus_file=text, validation=other, **OPTIONS)
    assert model.fingerprint() == plain.fingerprint()
    losses = model.validation_losses
    assert len(losses) == 4 and all(loss is not None and 0 < loss < 10 for loss in losses)
    result = model.wv.metadata["result"]
    assert result["validation_losses"] == losses and result["final_validation_loss"] == losses[-1]
    assert model.wv.metadata["validation"] == str(other)
    assert plain.validation_losses == [] and "validation_losses" not in plain.wv.metadata["result"]


def test_the_encoded_text_stays_what_its_report_says(text: Path) -> None:
    config = TrainingConfig(vector_size=8, epochs=1)
    session = TrainingSession(config, vocabulary=VocabularyOptions(min_count=1), validation=0.5)
    with session.read(files=text) as corpus:
        before = corpus.ids
        session.begin()
        session.train()
        assert corpus.ids is before
        assert np.count_nonzero(before >= 0) == corpus.report.tokens_in_vocabulary
        with pytest.raises(AttributeError):
            corpus.ids = before  # type: ignore[misc]


@pytest.mark.parametrize(
    ("given", "meant"), [(None, None), ("0.1", 0.1), (np.float64(0.25), 0.25), (Path("a"), "a")]
)
def test_validation_as_its_user_writes_it(given: object, meant: object) -> None:
    assert validation_source(given) == meant


# Recording


def test_a_recording_is_saved_with_the_model(text: Path, tmp_path: Path) -> None:
    plain = Word2Vec(corpus_file=text, **OPTIONS)
    model = Word2Vec(corpus_file=text, record=["w300", "unknown"], **OPTIONS)
    model.save(tmp_path / "m")
    assert model.fingerprint() == plain.fingerprint()
    snapshots = Snapshots.open(tmp_path / "m")
    assert snapshots.words[0] == "w300" and snapshots.shares[-1] == 1.0
    # Further training has a recording of its own; a changed vocabulary has none.
    model.train(corpus_file=text, total_examples=1, epochs=1)
    model.save(tmp_path / "m")
    assert Snapshots.open(tmp_path / "m").config["epochs"] == 1
    model.build_vocab([["w1", "new"]], update=True)
    model.save(tmp_path / "m")
    assert not (tmp_path / "m" / "recording").exists()


def test_a_resumed_run_is_recorded_from_where_it_goes_on(text: Path, tmp_path: Path) -> None:
    options = {"checkpoint_path": tmp_path / "m", "record": True}
    with pytest.raises(Interrupted):
        Word2Vec(corpus_file=text, callbacks=[CtrlC("on_epoch_end", 0.5)], **options, **OPTIONS)
    Word2Vec.resume(tmp_path / "m", corpus_file=text, record=True)
    shares = Snapshots.open(tmp_path / "m").shares
    assert shares[0] == 0.5 and shares[-1] == 1.0


# Wrong calls


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"checkpoint_every": "5m"}, "there is no place for checkpoints; name a model folder"),
        ({"checkpoint_every": "5", "checkpoint_path": "m"}, "expected a duration such as 30s"),
        ({"checkpoint_every": 0, "checkpoint_path": "m"}, "expected a duration such as 30s"),
        ({"checkpoint_every": True, "checkpoint_path": "m"}, "expected a duration such as 30s"),
        ({"checkpoint_path": "."}, "is not a model folder"),
        ({"validation": 1.5}, "validation is 1.5; expected a share of the sentences between"),
        ({"validation": True}, "validation is True; expected a share"),
        ({"validation": ["a"]}, r"validation is \['a'\]; expected a share"),
        ({"validation": "0"}, "validation is 0.0; expected a share"),
        ({"record": "king"}, "record is 'king'; expected a list of words"),
        ({"record": 3}, "record is 3; expected a list of words"),
    ],
)
def test_options_are_checked_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes").touch()

    def unread() -> Any:
        raise AssertionError("the text was read")
        yield []

    with pytest.raises(ConfigError, match=message):
        Word2Vec(unread(), **options)


# The session itself


def test_a_session_tells_by_events_and_prints_nothing(
    text: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    told: list[object] = []
    config = TrainingConfig(vector_size=8, epochs=3)
    session = TrainingSession(config, tell=told.append, workers=1)

    class Press(trainer.Observer):
        def on_epoch_end(self, state: trainer.TrainingState) -> None:
            raise KeyboardInterrupt

    with session.read(files=text):
        session.begin()
        with pytest.raises(Interrupted):
            session.train([Press()], checkpoints=tmp_path / "m")
    written = tmp_path / "m" / "checkpoint" / "000001"
    assert [type(event) for event in told] == [MemoryEstimated, Stopped, Kept]
    assert told[1:] == [Stopped(1 / 3, True), Kept(written, True)]

    from lexiscope.training.checkpoint import newest_checkpoint

    told.clear()
    again = TrainingSession.resumed(newest_checkpoint(tmp_path / "m"), tell=told.append)
    with again.read(files=text):
        again.begin()
        again.train()
    assert told[-1] == TakenUp(written, 1 / 3, ())
    assert again.document()["result"]["finished"] is True
    assert capfd.readouterr() == ("", "")


def test_what_is_out_of_order_is_refused() -> None:
    session = TrainingSession(TrainingConfig(vector_size=4))
    for wrong in (session.begin, session.train, session.document):
        with pytest.raises(LexiscopeError, match=r"no open text|no weights yet"):
            wrong()
    with session.read(sentences=[["a", "b"] * 5] * 5):
        session.begin()
    with pytest.raises(LexiscopeError, match="no open text"):
        session.train()


# A vocabulary that is given


def test_a_text_encoded_with_a_given_vocabulary() -> None:
    words = Vocabulary(["c", "a", "unseen"], [9, 9, 9])
    spec = TokenizerSpec(stopwords=frozenset({"a", "the"}))
    lines = ["a b c", "the a", "b"]
    with encode_corpus(sentences=lines, tokenizer=spec, vocabulary=words) as corpus:
        assert corpus.ids.tolist() == [1, 0, -1, 1, -1]
        assert corpus.vocabulary.tokens == words.tokens
        assert corpus.vocabulary.counts.tolist() == [1, 2, 0]
        assert corpus.report.effective_min_count is None
        assert "(given)" in corpus.report.lines()[2]
        chosen = VocabularyOptions(min_count=2**62, specials=tuple(words.tokens))
        with encode_corpus(sentences=lines, tokenizer=spec, vocabulary=chosen) as other:
            assert other.fingerprint == corpus.fingerprint
    with pytest.raises(CorpusError, match=r"no word of the text is in the vocabulary .*'x' 2×"):
        encode_corpus(sentences=["x x"], vocabulary=words)
    with pytest.raises(CorpusError, match="no word but stop words"):
        encode_corpus(sentences=["the the"], tokenizer=spec, vocabulary=Vocabulary(["q"], [1]))


def test_options_of_the_text_from_plain_data() -> None:
    spec = TokenizerSpec(kind="words", lowercase=True, stopwords=frozenset({"b", "a"}))
    assert json.loads(json.dumps(spec.to_json())) == spec.to_json()
    assert TokenizerSpec.from_json(spec.to_json()) == spec
    assert TokenizerSpec.from_json({}) == TokenizerSpec()
    options = VocabularyOptions(min_count=np.int64(3), keep=("k",), specials=("s",))  # type: ignore
    assert json.loads(json.dumps(options.to_json())) == options.to_json()
    assert VocabularyOptions.from_json(options.to_json()) == options
    for wrong in ({"keep": "word"}, {"specials": "word"}):
        with pytest.raises(ConfigError, match="expected a list of words"):
            VocabularyOptions.from_json(wrong)
    for kind in (TokenizerSpec, VocabularyOptions):
        with pytest.raises(TypeError, match="colour"):
            kind.from_json({"colour": "red"})


def test_a_checkpoint_of_an_unknown_option_is_passed_over(text: Path, tmp_path: Path) -> None:
    options = {"checkpoint_path": tmp_path / "m", "callbacks": [CtrlC("on_epoch_end", 0)]}
    with pytest.raises(Interrupted):
        Word2Vec(corpus_file=text, **options, **OPTIONS)
    file = tmp_path / "m" / "checkpoint" / "000001" / "config.json"
    document = json.loads(file.read_text())
    document["training"]["colour"] = "red"
    document["lexiscope"] = "9.9"
    file.write_text(json.dumps(document))
    with pytest.raises(LexiscopeError, match=r"colour.*written by version 9\.9") as caught:
        Word2Vec.resume(tmp_path / "m", corpus_file=text)
    assert not isinstance(caught.value, FormatError) and lexiscope.__version__ in str(caught.value)
