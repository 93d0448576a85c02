"""Actors of a cluster, as plain objects in threads: what they do needs no Ray."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import numpy as np
import pytest

from lexiscope.cluster.actor import Actor, Report
from lexiscope.cluster.machines import share_out
from lexiscope.cluster.mesh import TOKEN_BYTES
from lexiscope.corpus import EncodedCorpus, VocabularyOptions, encode_corpus
from lexiscope.training import TrainingConfig
from lexiscope.training.kernels.changes import set_rows
from lexiscope.training.loop.machine import ThisMachine
from lexiscope.training.loop.parts import Exchange, PartsJob, Stretch, cut
from lexiscope.training.loop.state import Pace
from lexiscope.training.loop.weights import Weights
from lexiscope.training.run import start_run

PARTS, EVERY = 5, 6_000


@pytest.fixture(scope="module")
def text() -> Iterator[EncodedCorpus]:
    words = np.random.default_rng(3).zipf(1.4, (5_000, 10)) % 300
    sentences = [[f"w{word}" for word in row] for row in words.tolist()]
    with encode_corpus(sentences=sentences, vocabulary=VocabularyOptions(min_count=1)) as corpus:
        yield corpus


class _Machines:
    """Some actors, and the weights that they are given."""

    def __init__(self, text: EncodedCorpus, workers: list[int]) -> None:
        config = TrainingConfig(vector_size=10, parts=PARTS, exchange_every=EVERY)
        self.weights: Weights = start_run(text, config).weights
        self.job = PartsJob(
            config=config,
            counts=text.vocabulary.counts,
            frozen=None,
            tokens=len(text.ids),
            exchange=Exchange(every=EVERY),
        )
        self.texts = cut(text.ids, PARTS)
        rows = (len(self.weights.rows), len(self.weights.outputs))
        self.actors = [Actor(self.job, rows, each, "127.0.0.1") for each in workers]
        self._begun = self.actors
        self.take_up(self.actors, workers)

    def close(self) -> None:
        """Ends their connections and threads, as a process' end does."""
        for actor in self._begun:
            actor._mesh.close()
            actor._machine.close()

    def take_up(self, actors: list[Actor], workers: list[int]) -> None:
        """Begins with some actors from the weights as they stand."""
        self.actors = actors
        parts = share_out(PARTS, workers)
        for actor, numbers in zip(actors, parts, strict=True):
            actor.take_parts(numbers, *(self.texts[part] for part in numbers))
            dimension = self.weights.dimension
            actor.take_weights(self.weights.rows[:, :dimension], self.weights.output_vectors)
        token, addresses = secrets.token_bytes(TOKEN_BYTES), [each.address() for each in actors]
        with ThreadPoolExecutor(len(actors)) as pool:
            joining = [
                pool.submit(actor.join, place, parts, addresses, token)
                for place, actor in enumerate(actors)
            ]
            for done in joining:
                done.result(30)

    def train(self, stretches: list[Stretch]) -> list[Report]:
        """Rounds of all actors; the weights follow."""
        with ThreadPoolExecutor(len(self.actors)) as pool:
            running = [pool.submit(actor.train, stretches) for actor in self.actors]
            reports = [one.result(60) for one in running]
        for actor in self.actors:
            inputs, outputs = actor.take_untold()
            set_rows(*inputs, self.weights.trained)
            set_rows(*outputs, self.weights.outputs)
        return reports


def rounds(text: EncodedCorpus) -> list[Stretch]:
    pace, total = Pace(0.025, -1e-7, 1e-4), len(text.ids)
    return [
        Stretch(begin, min(begin + EVERY, total), np.uint64(5), pace)
        for begin in range(0, total, EVERY)
    ]


@pytest.fixture(scope="module")
def expected(text: EncodedCorpus) -> tuple[bytes, bytes]:
    """W and W′ behind the rounds, trained by this process."""
    with closing(_Machines(text, [1])) as machines, closing(ThisMachine(2)) as here:
        here.begin(machines.job, machines.texts, machines.weights)
        here.take_weights()
        assert len(here.rounds(rounds(text), lambda: False)) == len(rounds(text))
        return bits(machines.weights)


def bits(weights: Weights) -> tuple[bytes, bytes]:
    return weights.trained.tobytes(), weights.outputs.tobytes()


@pytest.mark.slow
@pytest.mark.parametrize("workers", [[1], [2, 1], [1, 1, 1, 1, 1, 1]])
def test_actors_train_to_the_bits_of_one_process(
    text: EncodedCorpus, expected: tuple[bytes, bytes], workers: list[int]
) -> None:
    stretches = rounds(text)
    with closing(_Machines(text, workers)) as machines:
        before = bits(machines.weights)
        reports = machines.train(stretches[:3])
        assert bits(machines.weights) not in (before, expected)
        machines.train(stretches[3:])
        assert bits(machines.weights) == expected
    told = sorted(each.part for report in reports for each in report.outcomes[0])
    assert told == list(range(PARTS))
    assert all((report.sent > 0) == (len(workers) > 1) for report in reports)


@pytest.mark.slow
def test_the_rest_goes_on_from_weights_that_were_fetched(
    text: EncodedCorpus, expected: tuple[bytes, bytes]
) -> None:
    stretches = rounds(text)
    with closing(_Machines(text, [1, 1, 1])) as machines:
        machines.train(stretches[:3])
        rest = machines.actors[:2]
        with ThreadPoolExecutor(2) as pool:
            running = [pool.submit(actor.train, stretches[3:]) for actor in rest]
            machines.actors[2]._mesh.leave()  # as the system does for a process that is killed
            for one in running:
                with pytest.raises(ConnectionError, match="has gone"):
                    one.result(60)
        machines.take_up(rest, [1, 1])
        machines.train(stretches[3:])
        assert bits(machines.weights) == expected


@pytest.mark.slow
def test_a_stop_comes_behind_a_round(text: EncodedCorpus) -> None:
    with closing(_Machines(text, [1])) as machines, closing(ThisMachine(1)) as here:
        here.begin(machines.job, machines.texts, machines.weights)
        here.take_weights()
        assert len(here.rounds(rounds(text), lambda: True)) == 1
