"""Sentences a second of a corpus through an encoder: one process beside workers of a cluster.

    python -m benchmarks.encoding_cluster --model FOLDER [--corpus TEXT] [--sentences 1500]
                                          [--part 250] [--rounds 2] [--ways plain,1,2]

Ways take turns within a round: `plain` is this process with all cores, a number so many workers
that share them on Ray. The cluster is one machine of Ray's own `Cluster`, here. Shown are sentences
a second behind the start, what that is of plain in the same round, processor seconds of all
processes, Ray's own included, and the seconds until workers had the model. Files are compared byte
by byte.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median

from benchmarks.cluster_overhead import on_cores
from benchmarks.machine import describe
from benchmarks.report import table
from lexiscope.cluster import Cluster
from lexiscope.contextual import Encoder
from lexiscope.contextual.corpus import run as corpus_run
from lexiscope.contextual.corpus.run import run_corpus
from lexiscope.contextual.encoders import Encoders
from lexiscope.cores import cores_allowed
from lexiscope.corpus.input.lines import TextLines
from tests.support.simulated import simulated

HEAD = ("way", "sentences/s", "of plain", "CPU seconds", "start, s", "file")


@dataclass(frozen=True)
class Took:
    """What a way took: seconds of the work and of the start, processor seconds of the work."""

    seconds: float
    started: float
    cpu: float
    content: bytes


def cpu_seconds() -> float:
    """Processor seconds of this process and of all that it has started and that live."""
    return sum(on_cores().values())


def took_by(
    encoder: Encoder, lines: list[str], out: Path, encoders: Encoders | None = None
) -> Took:
    """By `run_corpus`, here or by a cluster's workers."""
    began = time.perf_counter()
    if encoders is not None:
        encoders.begin(encoder)
    started, cpu = time.perf_counter() - began, cpu_seconds()
    run = run_corpus(encoder, lines, out, encoders=encoders)
    return Took(run.seconds, started, cpu_seconds() - cpu, out.read_bytes())


def main() -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--model", required=True)
    parser.add_argument("--corpus", default="books.txt")
    parser.add_argument("--sentences", type=int, default=1500)
    parser.add_argument("--part", type=int, default=250)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--ways", default="plain,1,2")
    given = parser.parse_args()
    print(describe())
    corpus_run._PART_SENTENCES = given.part
    encoder = Encoder(given.model, device="cpu")
    lines = list(islice(TextLines(given.corpus), given.sentences))
    found: dict[str, list[Took]] = {way: [] for way in given.ways.split(",")}
    with (
        tempfile.TemporaryDirectory(prefix="lexiscope-benchmarks-") as folder,
        simulated(1, cores_allowed()) as address,
        Cluster(address=address).encoders() as _connected,  # Ray's start is nobody's
    ):
        encoder.encode_words(lines[: given.part])  # what is slow once only
        for number in range(given.rounds):
            for way, took in found.items():
                out = Path(folder) / f"{way}-{number}.parquet"
                took.append(_measured(way, address, encoder, lines, out))
                print(f"{way}: {took[-1].seconds:.1f} s", flush=True)
    print(table(HEAD, [_line(way, took, found, given.sentences) for way, took in found.items()]))
    return 0


def _measured(way: str, address: str, encoder: Encoder, lines: list[str], out: Path) -> Took:
    if way == "plain":
        return took_by(encoder, lines, out)
    with Cluster(address=address).encoders(int(way)) as there:
        return took_by(encoder, lines, out, there)


def _line(way: str, took: list[Took], found: dict[str, list[Took]], sentences: int) -> list[str]:
    peers = found.get("plain", took)
    shares = [peer.seconds / own.seconds for own, peer in zip(took, peers, strict=True)]
    same = all(own.content == peer.content for own, peer in zip(took, peers, strict=True))
    return [
        way,
        f"{sentences / median(one.seconds for one in took):,.0f}",
        f"{median(shares):.2f}× ({min(shares):.2f}–{max(shares):.2f})",
        f"{median(one.cpu for one in took):.1f}",
        f"{median(one.started for one in took):.1f}",
        "the same bytes" if same else "other bytes",
    ]


if __name__ == "__main__":
    sys.exit(main())
