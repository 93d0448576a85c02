"""Encoders of a cluster: workers that hold a model each, and what becomes of the dead.

The program that began the work owns it: it reads the text, hands out items, two to a worker at
most, and takes what comes. What a worker that has gone was at is handed out again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.cluster.connection import Connection, Node
from lexiscope.cluster.encoder_actor import EncoderActor
from lexiscope.cluster.handing_out import HandedOut
from lexiscope.cluster.placement import Slot, capacity, placed
from lexiscope.cluster.worker_errors import gone, told, why
from lexiscope.contextual.protocol import WordEncoder
from lexiscope.contextual.recipe import Recipe
from lexiscope.errors import ConfigError, LexiscopeError, TrainingError, reason_of

# What decides the vectors, beside the model and the options, and what brings them to a file.
PACKAGES = ("lexiscope", "numpy", "torch", "transformers", "tokenizers", "pyarrow", "ray")
DEVICES = ("cpu", "cuda")
# Workers that may fail to begin, one after another, before the work is given up.
MOST_FAILURES = 3
# Words by which a worker's model is known to be this program's. Devices and precisions round
# differently; another model's vectors are nowhere near.
_SAMPLE = ["The quick brown fox jumps over the lazy dog."]
_LEAST_COSINE = 0.9


@dataclass(eq=False)
class Worker:
    """A worker.

    Attributes:
        slot: Where it is.
        actor: Ray's handle.
        loading: What it answers when it has its model; None once it has.
        sent: What it is at, and what it is to do next.
    """

    slot: Slot
    actor: Any
    loading: Any
    sent: list[Any] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Its machine's."""
        return self.slot.node.address


class ClusterEncoders:
    """The workers of a cluster of Ray (see `contextual.encoders.Encoders`).

    Args:
        address, machines: See `Cluster`.
        workers, device, compile, tell: See `Cluster.encoders`.

    Raises:
        ConfigError: A value is out of range, or there are not so many machines.
        MissingExtraError: Ray is not installed.
        TrainingError: There is no such cluster, or its machines are not alike.
    """

    elsewhere = True

    def __init__(
        self,
        address: str,
        machines: int | None = None,
        workers: int | None = None,
        *,
        device: str | None = None,
        compile: bool = False,
        tell: Callable[[str], None] | None = None,
    ) -> None:
        if device not in (None, *DEVICES):
            raise ConfigError(
                f"device={device!r} on a cluster: expected cpu or cuda, which is one GPU for each "
                f"worker; Ray says which"
            )
        self._most_machines = machines
        self._most = workers
        self._device = device
        self._compile = compile
        self._tell = tell
        self._workers: list[Worker] = []
        self._encoder: WordEncoder | None = None
        self._title = ""
        self._recipe: Any = None
        self._vectors: NDArray[np.float32] = np.empty((0, 0), np.float32)
        self._on_gpus = False
        self._failures = 0
        self._connection = Connection(address, tell)
        self.ray = self._connection.ray
        try:
            self._connection.check_versions(self._nodes(), PACKAGES)
        except BaseException:
            self.close()
            raise

    def begin(self, encoder: WordEncoder) -> None:
        """See `Encoders`.

        Raises:
            ConfigError: There is no such device, or no room for so many workers.
            TrainingError: A worker did not start, or cannot load the model, or has another one.
        """
        if encoder is self._encoder:
            return
        self._encoder, self._title = None, encoder.model.title
        nodes, before = self._nodes(), self._on_gpus
        self._on_gpus = self._wants_gpus(nodes, encoder.options.dtype)
        self._check_room(nodes)
        if self._on_gpus != before:
            self._stop_workers()
        recipe = Recipe.of(encoder, "cuda" if self._on_gpus else "cpu", compile=self._compile)
        self._vectors = encoder.encode_words(_SAMPLE).vectors
        try:
            self._recipe = self.ray.put(recipe)
            for worker in self._workers:
                worker.loading = worker.actor.load.remote(self._recipe, _SAMPLE)
            self._fill(nodes)
            self._await_all()
        except self.ray.exceptions.RayError as error:
            raise told(self.ray, error) from error
        self._encoder = encoder

    def run(
        self,
        make: Callable[[WordEncoder, Any], Any],
        items: Iterable[Any],
        *,
        in_order: bool = True,
    ) -> Iterator[Any]:
        """See `Encoders`.

        Raises:
            LexiscopeError: As `make`.
            TrainingError: Workers have gone too often, or Ray has no room left.
        """
        if self._encoder is None:
            raise TrainingError("the workers have no encoder yet; begin with one")
        handed = HandedOut(self, make, items, in_order=in_order)
        try:
            yield from handed.results()
        except self.ray.exceptions.RayError as error:
            raise told(self.ray, error) from error
        finally:
            handed.abandon()

    def values(self) -> Mapping[str, float]:
        """See `Encoders`."""
        return {"workers": len(self.ready)}

    def close(self) -> None:
        """Ends the workers, and leaves the cluster unless the connection was there before."""
        self._stop_workers()
        self._connection.close()

    # What is asked of the workers while items are handed out

    @property
    def ready(self) -> list[Worker]:
        """The workers that have the encoder."""
        return [worker for worker in self._workers if worker.loading is None]

    @property
    def loading(self) -> list[Any]:
        """What workers answer that are still loading it."""
        return [worker.loading for worker in self._workers if worker.loading is not None]

    def loaded(self, answer: Any) -> None:
        """Takes the answer of a worker that was loading."""
        worker = next(one for one in self._workers if one.loading is answer)
        try:
            self._check_loaded(worker)
        except TrainingError as error:
            self._failures += 1
            self._remove(worker)
            if self._failures == MOST_FAILURES:
                raise
            self._say(f"{error}; the work goes on without it")
            self.revive()
        else:
            self._failures = 0

    def lost(self, worker: Worker, error: BaseException) -> None:
        """A worker has gone: another takes its place, or a machine that has come since."""
        self._remove(worker)
        self._say(
            f"a worker on {worker.address} of the cluster has gone ({why(error)}); what it "
            f"was at is done again"
        )
        self.revive()

    def revive(self) -> None:
        """Starts workers where there is room for them.

        Raises:
            TrainingError: There is none left, and no room.
        """
        self._fill(self._nodes())
        if not self._workers:
            raise TrainingError("no worker of the cluster is left, and no room; see `ray status`")

    def _nodes(self) -> list[Node]:
        """The machines that may be used, first those that are."""
        nodes = self._connection.nodes()
        most = self._most_machines
        if most is not None and most > len(nodes) and not self._workers:
            raise ConfigError(
                f"machines is {most}, but the cluster has {len(nodes)} with a core to use; see "
                f"`ray status`"
            )
        used = {worker.slot.node.name for worker in self._workers}
        return sorted(nodes, key=lambda node: (node.name not in used, node))[:most]

    def _wants_gpus(self, nodes: list[Node], dtype: str) -> bool:
        there_are = any(node.gpus for node in nodes)
        if self._device == "cuda" and not there_are:
            raise ConfigError(
                "device='cuda': no machine of the cluster has a GPU; see `ray status`"
            )
        if self._device is None:
            return there_are and dtype != "int8"
        return self._device == "cuda"

    def _check_room(self, nodes: list[Node]) -> None:
        room = capacity(nodes, on_gpus=self._on_gpus)
        if self._most is not None and self._most > room:
            what = "GPUs" if self._on_gpus else "cores"
            raise ConfigError(
                f"workers is {self._most}, but the cluster's machines have {room} {what}; see "
                f"`ray status`"
            )

    def _fill(self, nodes: list[Node]) -> None:
        """Starts the workers that are wanted, where there is room beside those that there are."""
        wanted = placed(nodes, self._most, on_gpus=self._on_gpus)
        here = Counter(worker.slot.node.name for worker in self._workers)
        for slot in wanted:
            if here[slot.node.name]:
                here[slot.node.name] -= 1
            elif len(self._workers) < len(wanted) and self._has_room(slot):
                self._workers.append(self._started(slot))

    def _has_room(self, slot: Slot) -> bool:
        beside = [one.slot for one in self._workers if one.slot.node.name == slot.node.name]
        cores = slot.cores + sum(one.cores for one in beside)
        gpus = slot.gpus + sum(one.gpus for one in beside)
        return cores <= slot.node.cores and gpus <= slot.node.gpus

    def _started(self, slot: Slot) -> Worker:
        actor = self._connection.on(
            slot.node, EncoderActor, num_cpus=slot.cores, num_gpus=slot.gpus, max_concurrency=1
        ).remote(slot.cores)
        return Worker(slot, actor, actor.load.remote(self._recipe, _SAMPLE))

    def _await_all(self) -> None:
        """Waits until all workers have the encoder; loading may take its time, starting not."""
        ready = [worker.actor.__ray_ready__.remote() for worker in self._workers]
        self._connection.await_started(ready, "workers did not start")
        for worker in self._workers:
            self._check_loaded(worker)

    def _check_loaded(self, worker: Worker) -> None:
        """Waits until a worker has the encoder, and sees that it is the same.

        Raises:
            TrainingError: It cannot load it, or it is another.
        """
        try:
            vectors = self.ray.get(worker.loading)
        except self.ray.exceptions.RayTaskError as error:
            if not isinstance(error.cause, LexiscopeError):
                raise told(self.ray, error, worker.address) from error
            raise TrainingError(
                f"{worker.address} of the cluster cannot load the model: {reason_of(error.cause)} "
                f"(each machine must have it under the same name)"
            ) from error
        except gone(self.ray) as error:
            raise told(self.ray, error, worker.address) from error
        if not alike(self._vectors, vectors):
            raise TrainingError(
                f"{worker.address} of the cluster has another model under the name {self._title}: "
                f"the same words get other vectors there; each machine must have the same"
            )
        worker.loading = None

    def _remove(self, worker: Worker) -> None:
        self._workers.remove(worker)
        with suppress(Exception):  # it may be gone, and Ray with it
            self.ray.kill(worker.actor)

    def _stop_workers(self) -> None:
        for worker in list(self._workers):
            self._remove(worker)

    def _say(self, line: str) -> None:
        if self._tell is not None:
            self._tell(line)


def alike(here: NDArray[np.float32], there: NDArray[np.float32]) -> bool:
    """Whether the same words' vectors come from the same model, rounding apart."""
    if here.shape != there.shape:
        return False
    rows = np.isfinite(here).all(axis=1) & np.isfinite(there).all(axis=1)
    ours, theirs = here[rows].astype(np.float64), there[rows].astype(np.float64)
    lengths = np.linalg.norm(ours, axis=1) * np.linalg.norm(theirs, axis=1)
    return bool((np.einsum("nd,nd->n", ours, theirs) >= _LEAST_COSINE * lengths).all())
