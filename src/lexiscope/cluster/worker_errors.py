"""Errors of workers, and of Ray, in one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lexiscope.errors import LexiscopeError, TrainingError, reason_of


def gone(ray: Any) -> tuple[type[BaseException], ...]:
    """What is raised where a worker, or its machine, has gone."""
    kinds = ray.exceptions
    return (
        kinds.RayActorError,
        kinds.ActorUnschedulableError,
        kinds.ObjectLostError,
        kinds.WorkerCrashedError,
        kinds.NodeDiedError,
        kinds.OutOfMemoryError,
    )


def why(error: BaseException) -> str:
    """The first line of what Ray says, behind which come identifiers and places of logs."""
    lines = str(error).strip().splitlines()
    return lines[0][:200].rstrip(".") if lines else type(error).__name__


def told(ray: Any, error: BaseException, address: str | None = None) -> LexiscopeError:
    """An error to raise in the place of Ray's.

    Args:
        ray: Ray.
        error: What it has raised.
        address: Of the machine that it comes from, where that is known.
    """
    where = "the cluster" if address is None else f"a worker on {address} of the cluster"
    cause = error.cause if isinstance(error, ray.exceptions.RayTaskError) else error
    if isinstance(cause, LexiscopeError):
        return cause
    if isinstance(cause, ray.exceptions.ObjectStoreFullError):
        return TrainingError(
            f"{where}: Ray's object store is full; start Ray with more (`ray start "
            f"--object-store-memory BYTES`), or take fewer workers"
        )
    if isinstance(cause, ray.exceptions.OutOfDiskError):
        return TrainingError(
            f"{where}: the disk is full on which Ray keeps what its object store cannot hold; make "
            f"room there (/tmp/ray unless `ray start --temp-dir` says otherwise)"
        )
    if isinstance(cause, ray.exceptions.RayError):
        return TrainingError(f"{where} failed: {why(cause)}; see `ray status`")
    return TrainingError(f"{where} failed: {type(cause).__name__}: {reason_of(cause)}")


@contextmanager
def told_in_a_line(ray: Any) -> Iterator[None]:
    """What a machine that trains, or Ray, raises becomes one line."""
    try:
        yield
    except ray.exceptions.RayError as error:
        cause = error.cause if isinstance(error, ray.exceptions.RayTaskError) else error
        if isinstance(cause, ray.exceptions.ObjectStoreFullError):
            raise TrainingError(
                "the object store of a machine of the cluster is full; start Ray with more "
                "(`ray start --object-store-memory BYTES`), or train with a smaller vector_size"
            ) from error
        raise told(ray, error) from error
