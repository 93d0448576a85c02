"""`python -m benchmarks.server`: how fast the page's server answers, and whether it grows.

The server is a process of its own, started as a user starts it; this one asks. Both share the
machine's cores.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import psutil

from benchmarks import machine
from lexiscope.inspection import RecordConfig, record_text
from lexiscope.vectors import KeyedVectors

_CONNECTIONS = 8
_WARM_UP_SECONDS = 5.0


@dataclass
class Load:
    """What was asked and how it was answered.

    Attributes:
        milliseconds: Of each answered request, from when it was due.
        errors: Requests with another status than 200, or none.
        seconds: From the first request to the last answer.
    """

    milliseconds: list[float] = field(default_factory=list)
    errors: int = 0
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.milliseconds) / max(self.seconds, 1e-9)

    def percentile(self, share: float) -> float:
        """Milliseconds within which so many answers came, 0 … 100."""
        return float(np.percentile(self.milliseconds, share))

    def line(self) -> str:
        """For people."""
        return (
            f"{len(self.milliseconds):,} answers, {self.rate:,.0f}/s, {self.errors} errors; "
            f"p50 {self.percentile(50):.1f} ms, p99 {self.percentile(99):.1f} ms, "
            f"longest {self.percentile(100):.1f} ms"
        )


@dataclass(frozen=True)
class Running:
    """A server that runs.

    Attributes:
        host, port: Where.
        process: To ask for its memory.
    """

    host: str
    port: int
    process: psutil.Process

    def megabytes(self) -> float:
        """Its resident memory."""
        return float(self.process.memory_info().rss) / 1e6

    def cpu_seconds(self) -> float:
        """Processor time that it has used."""
        times = self.process.cpu_times()
        return float(times.user + times.system)


@contextmanager
def serving(path: Path) -> Iterator[Running]:
    """`lexiscope serve` on a free port, ended behind the block."""
    command = [sys.executable, "-m", "lexiscope", "serve", str(path), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            said = process.stdout.readline() if process.stdout is not None else ""
            at = next((word for word in said.split() if word.startswith("http://")), None)
            if at is None:
                raise RuntimeError(f"the server said {said!r}, expected its address")
            address = urlsplit(at)
            yield Running(
                str(address.hostname), int(address.port or 0), psutil.Process(process.pid)
            )
        finally:
            process.terminate()


class Connection:
    """One kept-alive connection that asks and waits, as cheaply as can be."""

    def __init__(self, server: Running) -> None:
        self._server = server
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, address: str) -> int:
        """The answer's status; its body is read to the end."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._server.host, self._server.port)
        reader, writer = self._streams
        writer.write(f"GET {address} HTTP/1.1\r\nHost: {self._server.host}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = head.lower().split(b"content-length:", 1)[1].split(b"\r\n", 1)[0]
        await reader.readexactly(int(length))
        return int(head.split(b" ", 2)[1])

    def close(self) -> None:
        """Hangs up."""
        if self._streams is not None:
            self._streams[1].close()


async def _paced(server: Running, rate: float, seconds: float, address: Callable[[], str]) -> Load:
    """Asks at a rate, whether or not earlier answers have come: late ones are not hidden."""
    load = Load()
    began = time.perf_counter()

    async def ask(number: int) -> None:
        connection = Connection(server)
        due = began + number / rate
        while due < began + seconds:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            await _measured(connection, address(), load, due)
            due += _CONNECTIONS / rate
        connection.close()

    await asyncio.gather(*(ask(number) for number in range(_CONNECTIONS)))
    load.seconds = time.perf_counter() - began
    return load


async def _all(server: Running, addresses: Sequence[str]) -> Load:
    """Asks everything, so many at a time as there are connections."""
    load = Load()
    waiting = list(addresses)
    began = time.perf_counter()

    async def ask() -> None:
        connection = Connection(server)
        while waiting:
            await _measured(connection, waiting.pop(), load, time.perf_counter())
        connection.close()

    await asyncio.gather(*(ask() for _ in range(_CONNECTIONS)))
    load.seconds = time.perf_counter() - began
    return load


async def _measured(connection: Connection, address: str, load: Load, due: float) -> None:
    try:
        status = await connection.get(address)
    except (OSError, asyncio.IncompleteReadError):
        status = 0
    if status == 200:
        load.milliseconds.append(1e3 * (time.perf_counter() - due))
    else:
        load.errors += 1


@dataclass(frozen=True)
class StepsMeasured:
    """The step route under load.

    Attributes:
        load: What was asked.
        before, after: The server's memory in MB, once warm and at the end.
        cpu: The server's processor time, milliseconds an answer: unlike the others, this hardly
            depends on what else the machine does.
    """

    load: Load
    before: float
    after: float
    cpu: float


def measure_steps(
    run: Path, *, rate: float, seconds: float, warm_up: float = _WARM_UP_SECONDS
) -> StepsMeasured:
    """Asks for random steps of a recorded run.

    Args:
        run: Its folder.
        rate: Requests a second.
        seconds: For how long.
        warm_up: Seconds before, after which the server's memory is taken for the first time.
    """
    rng = random.Random(1)
    with serving(run) as server:

        async def ask() -> StepsMeasured:
            steps = await _steps(server)

            def address() -> str:
                return f"/api/steps/{rng.randint(1, steps)}"

            await _paced(server, rate, warm_up, address)
            before, worked = server.megabytes(), server.cpu_seconds()
            load = await _paced(server, rate, seconds, address)
            cpu = 1e3 * (server.cpu_seconds() - worked) / max(len(load.milliseconds), 1)
            return StepsMeasured(load, before, server.megabytes(), cpu)

        return asyncio.run(ask())


def measure_growth(run: Path, requests: int) -> StepsMeasured:
    """Asks for random steps of a recorded run, eight at a time, as fast as they are answered.

    Args:
        run: Its folder.
        requests: How many, behind half as many for warming up.
    """
    rng = random.Random(1)
    with serving(run) as server:

        async def ask() -> StepsMeasured:
            steps = await _steps(server)
            addresses = [f"/api/steps/{rng.randint(1, steps)}" for _ in range(requests)]
            await _all(server, addresses[: requests // 2])
            before, worked = server.megabytes(), server.cpu_seconds()
            load = await _all(server, addresses)
            cpu = 1e3 * (server.cpu_seconds() - worked) / max(len(load.milliseconds), 1)
            return StepsMeasured(load, before, server.megabytes(), cpu)

        return asyncio.run(ask())


async def _steps(server: Running) -> int:
    reader, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(
        f"GET /api/subject HTTP/1.1\r\nHost: {server.host}\r\nConnection: close\r\n\r\n".encode()
    )
    content = await reader.read()
    writer.close()
    return int(json.loads(content.split(b"\r\n\r\n", 1)[1])["steps"])


def measure_explore(model: Path, words: Sequence[str], requests: int) -> dict[str, Load]:
    """Neighbours and searches in a large model, eight at a time.

    Args:
        model: Its folder.
        words: To ask for.
        requests: Of each kind.
    """
    rng = random.Random(2)
    asked = rng.sample(list(words), requests + 1)
    neighbors = [f"/api/explore/neighbors?word={word}&topn=20" for word in asked]
    pieces = [word[: rng.randint(1, 4)] + f"&limit={10 + i % 90}" for i, word in enumerate(asked)]
    with serving(model) as server:

        async def ask() -> dict[str, Load]:
            await _all(server, [neighbors[-1], f"/api/words?search={pieces[-1]}"])
            return {
                "neighbours": await _all(server, neighbors[:-1]),
                "search": await _all(server, [f"/api/words?search={one}" for one in pieces[:-1]]),
            }

        return asyncio.run(ask())


def write_model(path: Path, words: int, dim: int) -> list[str]:
    """A model of random vectors and made-up words.

    Returns:
        Its words.
    """
    rng = np.random.default_rng(3)
    letters = np.array(list("etaoinshrdlucmfw"))
    made = ["".join(rng.choice(letters, size)) for size in rng.integers(2, 12, words)]
    names = [f"{name}{number}" for number, name in enumerate(made)]
    vectors = rng.standard_normal((words, dim), dtype=np.float32)
    counts = (1e7 / np.arange(1, words + 1)).astype(np.int64) + 1
    KeyedVectors(names, vectors, counts=counts).save(path)
    return names


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints.

    Returns:
        0; 1 where a request failed.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.server", description=__doc__)
    parser.add_argument("--rate", type=float, default=1000.0, help="steps a second")
    parser.add_argument("--seconds", type=float, default=30.0, help="of steps")
    parser.add_argument("--words", type=int, default=300_000, help="of the large model")
    parser.add_argument("--dim", type=int, default=300, help="of the large model")
    parser.add_argument("--requests", type=int, default=200, help="to the large model, each kind")
    options = parser.parse_args(arguments)
    print(f"{machine.describe()}; {machine.system()}; load average {machine.load()}")
    with tempfile.TemporaryDirectory(prefix="lexiscope-server-") as folder:
        run = Path(folder) / "run"
        record_text(None, RecordConfig()).save(run)
        found = measure_steps(run, rate=options.rate, seconds=options.seconds)
        print(f"random steps of the bundled run, {options.rate:g}/s for {options.seconds:g} s:")
        print(f"  {found.load.line()}")
        print(
            f"  memory {found.before:.1f} MB → {found.after:.1f} MB; "
            f"{found.cpu:.2f} ms of processor time an answer"
        )
        model = Path(folder) / "model"
        words = write_model(model, options.words, options.dim)
        print(
            f"{options.words:,} × {options.dim} vectors, {options.requests} requests, "
            f"{_CONNECTIONS} at a time:"
        )
        loads = measure_explore(model, words, options.requests)
        for name, load in loads.items():
            print(f"  {name}: {load.line()}")
    return int(any(load.errors for load in (found.load, *loads.values())))


if __name__ == "__main__":
    sys.exit(main())
