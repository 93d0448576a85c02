"""Options of commands that encode on a cluster, and what they become."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated, Any

import typer

from lexiscope.cli.shared.arguments import wrong_call
from lexiscope.cli.shared.output import print_warnings

EncodingClusterOption = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="auto|ADDRESS",
        show_default=False,
        help="Encode on the machines of a cluster of Ray, which read the model, not INPUT.",
    ),
]
EncodingMachinesOption = Annotated[
    int | None,
    typer.Option(
        "--machines",
        metavar="N",
        show_default="all there are",
        help="With --cluster: machines at most.",
    ),
]
EncodingWorkersOption = Annotated[
    int | None,
    typer.Option(
        "--workers",
        metavar="N",
        show_default="one a machine, or a GPU",
        help="With --cluster: processes at most, which share a machine's cores evenly or have a "
        "GPU each.",
    ),
]


def encoding_cluster(address: str | None, machines: int | None, workers: int | None) -> Any:
    """The cluster that options name; None where they name none.

    Raises:
        ConfigError: A number is out of range, or is of no cluster.
    """
    from lexiscope.checks import whole
    from lexiscope.cluster.choice import chosen

    if workers is not None:
        whole("workers", workers, 1)
        if address is None:
            raise wrong_call(f"--workers {workers} is of a cluster; name it with --cluster")
    return chosen(address, machines)


@contextmanager
def encoders_of(cluster: Any, workers: int | None, options: Any) -> Iterator[tuple[Any, Any]]:
    """Who encodes, while a `with` block runs; and the options of this process's own encoder.

    On a cluster the encoder here only says what the others are to be like, and what they are
    compared with: it stays on the CPU.

    Args:
        cluster: As `encoding_cluster` gives it.
        workers: Processes there at most.
        options: The encoder's.
    """
    if cluster is None:
        yield None, options
        return
    there = cluster.encoders(
        workers,
        device=options.device,
        compile=options.compile,
        tell=lambda line: print_warnings([line]),
    )
    with there as encoders:
        yield encoders, replace(options, device="cpu", compile=False)
