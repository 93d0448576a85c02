"""Connections between machines: what is sent arrives, and a machine that goes is noticed by all."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from lexiscope.cluster import mesh as module
from lexiscope.cluster.mesh import TOKEN_BYTES, Mesh, frame_bytes
from lexiscope.training.loop.machine import Changes

ROW_BYTES = 9


@pytest.fixture
def meshes() -> Iterator[list[Mesh]]:
    made = [Mesh("127.0.0.1", ROW_BYTES) for _ in range(3)]
    joined(made)
    yield made
    for mesh in made:
        mesh.close()


def joined(meshes: list[Mesh]) -> None:
    token = secrets.token_bytes(TOKEN_BYTES)
    addresses = [mesh.address for mesh in meshes]
    with ThreadPoolExecutor(len(meshes)) as pool:
        for done in [
            pool.submit(mesh.join, place, addresses, token) for place, mesh in enumerate(meshes)
        ]:
            done.result(20)


def frame(sender: int, receiver: int, length: int) -> list[Changes]:
    """Changes that only this pair of machines sends; some are empty, one is large."""
    rng = np.random.default_rng([sender, receiver])
    counts = [int(count) for count in rng.integers(0, 5, length)]
    counts[-1:] = [40_000] if length else []
    return [
        Changes(
            np.sort(rng.integers(0, 10**6, count, np.int32)),
            rng.integers(0, 2**8, (count, ROW_BYTES), np.uint8),
        )
        for count in counts
    ]


@pytest.mark.parametrize("length", [0, 1, 8])
def test_each_machine_gets_what_was_sent_to_it(meshes: list[Mesh], length: int) -> None:
    places = range(len(meshes))
    frames = [{other: frame(place, other, length) for other in places} for place in places]
    with ThreadPoolExecutor(len(meshes)) as pool:
        for _ in range(3):
            found = list(pool.map(Mesh.swap, meshes, frames))
    for place, received in enumerate(found):
        assert sorted(received) == [other for other in places if other != place]
        for sender, changes in received.items():
            expected = frames[sender][place]
            assert len(changes) == len(expected)
            for one, other in zip(changes, expected, strict=True):
                np.testing.assert_array_equal(one.rows, other.rows)
                np.testing.assert_array_equal(one.values, other.values)
    sent = frames[0][1]
    assert frame_bytes(sent) == sum(len(one.rows) for one in sent) * (4 + ROW_BYTES)


def test_a_machine_that_goes_is_noticed_and_the_others_go_on(meshes: list[Mesh]) -> None:
    frames = [{other: frame(place, other, 2) for other in range(3)} for place in range(3)]
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(meshes[place].swap, frames[place]) for place in (0, 1)]
        meshes[2].leave()
        for one in waiting:
            with pytest.raises(ConnectionError, match="has gone"):
                one.result(20)
    rest = meshes[:2]
    joined(rest)
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(Mesh.swap, rest, frames))
    np.testing.assert_array_equal(found[0][1][1].values, frames[1][0][1].values)


def test_who_does_not_know_the_token_is_left_out(meshes: list[Mesh]) -> None:
    with (
        socket.create_connection(meshes[0].address) as stranger,
        socket.create_connection(meshes[0].address) as silent,
    ):
        stranger.sendall(bytes(TOKEN_BYTES) + (1).to_bytes(4, "big"))
        silent.shutdown(socket.SHUT_WR)
        joined(meshes)
        assert stranger.recv(1) == b""
    frames = [{other: frame(place, other, 1) for other in range(3)} for place in range(3)]
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(Mesh.swap, meshes, frames))
    np.testing.assert_array_equal(found[0][1][0].rows, frames[1][0][0].rows)


def test_a_machine_that_never_comes_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SILENT_AFTER", 0.2)
    mesh = Mesh("127.0.0.1", ROW_BYTES)
    with pytest.raises(ConnectionError, match="is not there"):
        mesh.join(0, [mesh.address, ("127.0.0.1", 1)], bytes(TOKEN_BYTES))
    with pytest.raises(ConnectionError, match="is not there"):
        mesh.join(1, [("127.0.0.1", 1), mesh.address], bytes(TOKEN_BYTES))
    mesh.close()
