"""A text in parts: the same bits for any number of threads, and what becomes of shared rows."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest

from lexiscope import ConfigError
from lexiscope.compiled.bfloat16 import from_bfloat16, to_bfloat16
from lexiscope.corpus import EncodedCorpus, VocabularyOptions, encode_corpus
from lexiscope.training import TrainingConfig, TrainingSession
from lexiscope.training import run as training_run
from lexiscope.training.checkpoint import newest_checkpoint
from lexiscope.training.kernel_setup import kernel_setup
from lexiscope.training.kernels import changes as kernels
from lexiscope.training.loop.machine import ThisMachine
from lexiscope.training.loop.parts import Exchange, PartOutcome, Parts, PartsJob, Stretch, cut
from lexiscope.training.loop.state import Observer, Pace, TrainingState
from lexiscope.training.run import Run, start_run, train_run
from tests.support.kernel_cases import make_text

RULES = [
    kernels.SUM,
    kernels.MEAN,
    kernels.TOUCHING,
    kernels.AGREEMENT,
    kernels.SATURATION,
]

SMALL: dict[str, Any] = {"vector_size": 20, "epochs": 2, "exchange_every": 4_000}


@pytest.fixture
def short_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts of these lengths have an opening and some dozens of rounds."""
    monkeypatch.setattr(training_run, "Exchange", partial(Exchange, opening=8_000))


@pytest.fixture(scope="module")
def text() -> Iterator[EncodedCorpus]:
    rng = np.random.default_rng(3)
    words = rng.zipf(1.4, (6_000, 10)) % 400
    sentences = [[f"w{word}" for word in row] for row in words.tolist()]
    with encode_corpus(sentences=sentences, vocabulary=VocabularyOptions(min_count=1)) as corpus:
        yield corpus


def trained(corpus: EncodedCorpus, workers: int = 1, **options: Any) -> Run:
    run = start_run(
        corpus,
        TrainingConfig(**{"vector_size": 20, "epochs": 2, "exchange_every": 4_000, **options}),
    )
    train_run(run, corpus, workers=workers)
    return run


# Cutting


@pytest.mark.parametrize("parts", [1, 2, 3, 16])
def test_a_text_is_cut_between_sentences(parts: int, text: EncodedCorpus) -> None:
    pieces = cut(text.ids, parts)
    assert len(pieces) == parts
    assert np.array_equal(np.concatenate(pieces), text.ids)
    assert all(piece[-1] == -1 for piece in pieces)
    lengths = [len(piece) for piece in pieces]
    assert max(lengths) - min(lengths) <= 2 * 11


def test_a_short_text_leaves_parts_empty() -> None:
    ids = np.array([0, 1, -1, 2, -1], np.int32)
    pieces = cut(ids, 8)
    assert len(pieces) == 8
    assert [piece.tolist() for piece in pieces if len(piece)] == [[0, 1, -1], [2, -1]]


def test_the_rounds_of_an_epoch_cover_a_part_once() -> None:
    key, pace, length, total = np.uint64(5), Pace(0.025, -1e-6, 1e-4), 1_237, 5_003
    ends = [*range(0, total, 400), total]
    spans = [Stretch(begin, end, key, pace).span(1, length, total) for begin, end in pairwise(ends)]
    assert spans[0].begin == 0 and spans[-1].end == length
    assert all(one.end == other.begin for one, other in pairwise(spans))
    assert spans[0].alpha + spans[0].slope * length == pytest.approx(
        pace.start + pace.slope * total
    )
    assert spans[0].key != Stretch(0, 400, key, pace).span(2, length, total).key


class _Told(ThisMachine):
    """Machines that train nothing: of each round they tell what they are to tell."""

    def __init__(self, bad_in: int | None, most: int) -> None:
        super().__init__(1)
        self._bad_in, self._most = bad_in, most

    def take_weights(self) -> None:
        """Nobody asks for them."""

    def rounds(self, stretches: Any, stopped: Any) -> list[list[PartOutcome]]:
        """Rounds of 10 pairs a part."""
        del stopped
        return [
            [
                PartOutcome(part, 1.0, 10, 2, 7 if (number, part) == (self._bad_in, 1) else None)
                for part in range(3)
            ]
            for number in range(min(self._most, len(stretches)))
        ]


@pytest.mark.parametrize(
    ("bad_in", "most", "position", "bad"),
    [(None, 9, 9_000, None), (None, 2, 8_000, None), (1, 2, 8_000, True)],
)
def test_a_stretch_ends_behind_its_last_round(
    text: EncodedCorpus, bad_in: int | None, most: int, position: int, bad: bool | None
) -> None:
    config = TrainingConfig(**SMALL, parts=3)
    job = PartsJob(
        config=config,
        counts=text.vocabulary.counts,
        frozen=None,
        tokens=len(text.ids),
        exchange=Exchange(every=4_000),
    )
    run = start_run(text, config)
    schedule = Parts(text.ids, job, run.weights, _Told(bad_in, most))
    outcome = schedule.advance(0, 9_000, np.uint64(3), Pace(0.025, 0.0, 0.025))
    assert outcome.position == position
    assert outcome.pairs == 30 * min(most, 3)
    # The place in the part is told as one of the text.
    assert outcome.bad == (len(cut(text.ids, 3)[0]) + 7 if bad else None)


# What becomes of rows that several parts have touched


def weights_of(rule: int, changes: np.ndarray, learned: float, parts: int) -> float:
    """The weight of a row's summed changes, (n, D), written down plainly."""
    count = len(changes)
    if rule == kernels.MEAN:
        return 1 / parts
    if rule == kernels.SUM or count == 1:
        return 1.0
    if rule == kernels.TOUCHING:
        return 1 / count
    if rule == kernels.AGREEMENT:
        return min(1.0, np.sqrt((changes**2).sum() / (changes.sum(axis=0) ** 2).sum()))
    return (1 - np.exp(-count * learned)) / (count * (1 - np.exp(-learned)))


def as_float32(values: np.ndarray) -> np.ndarray:
    """What bfloat16 stands for: the upper halves of float32."""
    found: np.ndarray = (values.astype(np.uint32) << 16).view(np.float32)
    return found


def unpacked(packed: np.ndarray) -> np.ndarray:
    """What packed rows stand for: a bfloat16, the lower byte first, times a whole number each."""
    scales = as_float32(np.ascontiguousarray(packed[:, :2]).view("<u2"))
    found: np.ndarray = scales * packed[:, 2:].view(np.int8).astype(np.float32)
    return found


def rounded(changes: np.ndarray) -> np.ndarray:
    """Rows of changes as they come out of packing, written down plainly."""
    scales, back = np.zeros((len(changes), 1), np.float32), np.zeros(len(changes), np.float32)
    _there_and_back(np.abs(changes).max(1) / np.float32(127), np.zeros(len(back), np.uint16), back)
    scales[:, 0] = back
    whole: np.ndarray = np.rint(changes / scales)
    return whole * scales


@numba.njit
def _there_and_back(numbers: np.ndarray, bits: np.ndarray, back: np.ndarray) -> None:
    for at in range(len(numbers)):
        bits[at] = to_bfloat16(numbers[at])
        back[at] = from_bfloat16(bits[at])


def test_a_bfloat16_is_the_nearest_upper_half() -> None:
    step = 2**-7
    halves = [1 + step / 2, 1 + 1.5 * step]
    given = [0, -0.0, 1, -3.5, np.inf, -np.inf, np.nan, *halves]
    numbers = np.array([*given, *np.random.default_rng(1).normal(size=1_000)], np.float32)
    bits, back = np.zeros(len(numbers), np.uint16), np.zeros(len(numbers), np.float32)
    _there_and_back(numbers, bits, back)
    np.testing.assert_array_equal(back, as_float32(bits))
    assert back[:6].tobytes() == numbers[:6].tobytes() and np.isnan(back[6])
    assert back[7:9].tolist() == [1, 1 + 2 * step]  # of two equally near, the even one
    np.testing.assert_allclose(back[9:], numbers[9:], rtol=2**-8)


@pytest.mark.slow
def test_rows_are_packed_as_written_down_plainly() -> None:
    rng = np.random.default_rng(3)
    rows, columns = 2_000, 19
    sizes = (10.0 ** rng.uniform(-30, 30, (rows, 1))).astype(np.float32)
    changes = (rng.normal(size=(rows, columns)) * sizes).astype(np.float32)
    changes[rng.random((rows, columns)) < 0.3] = 0
    changes[0] = 0
    changes[1] = 1e-45
    changes[2, :2] = [np.inf, 1]
    changes[3, 1] = np.nan
    work = np.zeros((rows, 32), np.float32)
    work[:, :columns] = changes
    told, packed = np.zeros(rows, np.int32), np.zeros((rows, 2 + columns), np.uint8)
    marks = np.ones(rows, np.uint8)
    count = kernels.take_changes(work, np.zeros_like(work), marks, told, packed)
    assert not work.any()
    assert told[:count].tolist() == [2, 3, *np.flatnonzero(changes[4:].any(1)) + 4]
    found = unpacked(packed[:count])
    assert np.isnan(found[:2]).all()
    sound = changes[told[2:count]]
    np.testing.assert_array_equal(found[2:], rounded(sound))
    error = np.abs(found[2:] - sound).max(1) / np.abs(sound).max(1)
    assert 0.003 < error.max() < 1 / 250


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
def test_changes_are_gathered_as_written_down_plainly(rule: int) -> None:
    rng = np.random.default_rng(rule)
    rows, columns, parts = 50, 12, 4
    base = np.zeros((rows, 16), np.float32)
    base[:, :columns] = rng.normal(size=(rows, columns))
    learned = rng.uniform(0.01, 3, rows).astype(np.float32)
    gathered = kernels.new_gathered(rows - 10, columns)
    by_row: dict[int, list[np.ndarray]] = {}
    for part in range(parts):
        work, marks = base.copy(), np.zeros(rows, np.uint8)
        touched = np.sort(rng.choice(rows, 5 + 8 * part, replace=False))
        work[touched, :columns] += rng.normal(size=(len(touched), columns)).astype(np.float32)
        marks[touched] = marks[0] = 1
        told, values = np.zeros(rows, np.int32), np.zeros((rows, 2 + columns), np.uint8)
        count = kernels.take_changes(work, base, marks, told, values)
        assert told[:count].tolist() == touched.tolist()
        assert np.array_equal(work, base) and not marks.any()
        for row, value in zip(touched.tolist(), unpacked(values[:count]), strict=True):
            by_row.setdefault(row, []).append(value)
        kernels.gather_changes(told[:count], values[:count], 10, rule, gathered)
    told, values = np.zeros(rows, np.int32), np.zeros((rows, 2 + columns), np.uint8)
    scale = np.float32(0.5)
    count = kernels.finish_changes(gathered, 10, rule, parts, learned, scale, told, values)
    expected = {row: np.array(made) for row, made in by_row.items() if row >= 10}
    assert told[:count].tolist() == sorted(expected)
    for row, value in zip(told[:count].tolist(), unpacked(values[:count]), strict=True):
        weight = weights_of(rule, expected[row], 0.5 * float(learned[row]), parts)
        total = weight * expected[row].sum(axis=0)
        np.testing.assert_allclose(value, total, 0, np.abs(total).max() / 250)
    assert not gathered.sums.any() and not gathered.touching.any()
    matrix, copy = base.copy(), base.copy()
    others, marks = copy.copy(), np.zeros(rows, np.uint8)
    kernels.put_changes(told[:count], values[:count], matrix, copy, marks)
    kernels.copy_rows(told[:count], matrix, others)
    assert np.array_equal(matrix, copy) and np.array_equal(matrix, others)
    changed = np.flatnonzero((matrix != base).any(axis=1))
    assert changed.tolist() == np.flatnonzero(marks).tolist() == sorted(expected)
    # Whoever has missed them takes what the rows have come to.
    told, taken = np.zeros(rows - 15, np.int32), np.zeros((rows - 15, columns), np.float32)
    count = kernels.take_rows(marks[15:], 15, matrix, told, taken)
    assert told[:count].tolist() == [row for row in changed.tolist() if row >= 15]
    assert not marks[15:].any()
    kernels.set_rows(told[:count], taken[:count], base)
    assert np.array_equal(base[15:], matrix[15:])


@pytest.mark.parametrize("loss", ["negative", "hierarchical", "nce", "negative+hierarchical"])
def test_windows_a_row_are_those_that_a_loss_draws(loss: str) -> None:
    """Rows of W′ are counted in the windows of many centers, drawn as the kernels draw them."""
    from tests.support.drawn import drawn_rows

    _, counts = make_text(words=400, tokens=40_000)
    setup = kernel_setup(TrainingConfig(loss=loss, sample=0, vector_size=4), counts)
    kept = counts.astype(np.float64)
    expected = setup.rule.windows_a_row(setup.tables, kept)
    found = drawn_rows(setup, counts)
    assert len(expected) == setup.output_rows
    # A negative that clashes is drawn anew, which shifts a little from frequent words to others.
    assert np.abs(found - expected).sum() < 0.12 * expected.sum()


# Runs


@pytest.mark.slow
@pytest.mark.usefixtures("short_rounds")
@pytest.mark.parametrize(
    ("architecture", "loss"), [("skipgram", "negative"), ("cbow", "hierarchical")]
)
def test_the_same_bits_for_any_number_of_threads(
    text: EncodedCorpus, architecture: Any, loss: Any
) -> None:
    options = {"architecture": architecture, "loss": loss, "parts": 4}
    alone = trained(text, **options)
    assert [trained(text, workers, **options).fingerprint() for workers in (2, 3, 9)] == (
        [alone.fingerprint()] * 3
    )
    assert trained(text, **{**options, "parts": 3}).fingerprint() != alone.fingerprint()
    assert alone.totals.epoch_losses[-1] < alone.totals.epoch_losses[0]


@pytest.mark.slow
@pytest.mark.usefixtures("short_rounds")
def test_parts_learn_as_much_as_the_text_in_order(text: EncodedCorpus) -> None:
    in_order = trained(text, schedule="hogwild").totals.epoch_losses[-1]
    assert trained(text, parts=4).totals.epoch_losses[-1] == pytest.approx(in_order, abs=0.02)


class _StopAt(Observer):
    def __init__(self, share: float) -> None:
        self._share = share

    def wanted_share(self, state: TrainingState) -> float | None:
        return self._share

    def on_share(self, state: TrainingState) -> None:
        raise KeyboardInterrupt


@pytest.mark.slow
@pytest.mark.usefixtures("short_rounds")
@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_a_run_that_was_stopped_goes_on_to_the_same_bits(
    text: EncodedCorpus, share: float, tmp_path: Path
) -> None:
    config = TrainingConfig(**SMALL, parts=4)
    whole = trained(text, parts=4).fingerprint()
    session = TrainingSession(config, vocabulary=VocabularyOptions(min_count=1))
    session.take(text)
    session.begin()
    with pytest.raises(KeyboardInterrupt):
        session.train([_StopAt(share)], checkpoints=tmp_path / "model")
    resumed = TrainingSession.resumed(newest_checkpoint(tmp_path / "model"), workers=2)
    assert resumed.config.parts == 4
    resumed.take(text)
    run = resumed.begin()
    assert 0 < run.share < 1
    resumed.train()
    assert run.fingerprint() == whole


def test_frozen_words_stay(text: EncodedCorpus) -> None:
    run = start_run(text, TrainingConfig(vector_size=20, epochs=1, parts=2))
    frozen = np.zeros(len(text.vocabulary), np.uint8)
    frozen[:5] = 1
    run.freeze(frozen)
    before = run.weights.rows.copy()
    train_run(run, text, workers=2)
    assert np.array_equal(run.weights.rows[:5], before[:5])
    assert not np.array_equal(run.weights.rows[5:], before[5:])


# Options


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"loss": "softmax"}, "softmax"),
        ({"subwords": (3, 6)}, "subwords"),
        ({"schedule": "hogwild"}, "hogwild"),
        ({"parts": 0}, "parts is 0"),
    ],
)
def test_what_parts_do_not_serve_is_refused(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        TrainingConfig(**{"parts": 4, **options})


def test_parts_are_kept_only_where_there_are_any() -> None:
    assert "parts" not in TrainingConfig().to_json()
    config = TrainingConfig(parts=4)
    assert TrainingConfig.from_json(config.to_json()) == config
