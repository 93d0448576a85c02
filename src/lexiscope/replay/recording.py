"""Recording of every step of a run: opened, looked at step by step, saved."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import asdict
from os import PathLike
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope._version import __version__
from lexiscope.checks import choice
from lexiscope.drawing.figures import axes_for
from lexiscope.errors import ConfigError, FormatError
from lexiscope.files.json_document import Value
from lexiscope.files.maps import rows_of
from lexiscope.formats import VectorsData
from lexiscope.formats.kinds import model_folder, packed_run
from lexiscope.notebook import FIRST_WORDS, Showable, facts_html
from lexiscope.replay import plots, storage
from lexiscope.replay.config import RecordConfig
from lexiscope.replay.examples import ExampleSet
from lexiscope.replay.run import Layout, RecordedRun, Stepper
from lexiscope.replay.step import Step, Weights, take_step, weights_of
from lexiscope.replay.text import CorpusFacts
from lexiscope.vectors import KeyedVectors, UnknownWordError
from lexiscope.vectors.search import unit_rows
from lexiscope.vectors.spelling import close_spellings


class Recording(Showable):
    """A run of which any step can be looked at.

    Steps are counted from 1; the state "after n steps" is that at the start for n = 0. A look at
    another step replays from the keyframe before it, or goes on from the last look where that is
    nearer; threads that share a recording take turns.

    Args:
        run: The run.
        corpus: Its text.

    Attributes:
        run, corpus: As given.
    """

    def __init__(self, run: RecordedRun, corpus: CorpusFacts) -> None:
        self.run = run
        self.corpus = corpus
        self._index: dict[str, int] = {word: row for row, word in enumerate(run.tokens)}
        self._stepper: Stepper | None = None
        self._at = 0
        self._turn = Lock()

    def __repr__(self) -> str:
        size = self.run.config.vector_size
        return f"Recording({self.steps:,} steps, {len(self.tokens):,} words, vector_size={size})"

    @classmethod
    def open(cls, path: str | PathLike[str]) -> Recording:
        """Opens a run folder, or a zip archive of one; every byte of its recording is checked.

        Raises:
            FormatError: It holds no recording, or a damaged one, or one of another version.
        """
        with packed_run.unpacked(Path(path)) as folder:
            return cls._open(folder)

    @classmethod
    def _open(cls, folder: Path) -> Recording:
        file = folder / storage.STEPS_FILE
        if not folder.exists():
            raise FormatError(folder, None, "is not there; expected the folder of a recorded run")
        if packed_run.is_archive(folder):
            raise FormatError(
                folder, None, "is a zip archive, but of no run or not whole; download it again"
            )
        facts, arrays = storage.decode(file)
        data = model_folder.read(folder, mmap=False)
        try:
            told = Value(facts, "facts", file, "the header")
            run = _restore(told, arrays, data)
            corpus = _corpus_facts(told["corpus"])
        except (KeyError, TypeError, ValueError) as error:
            raise FormatError(
                file, None, f"has parts missing or wrong ({type(error).__name__}: {error})"
            ) from error
        except _MismatchError as error:
            raise FormatError(file, None, str(error)) from error
        return cls(run, corpus)

    def save(self, path: str | PathLike[str]) -> None:
        """Writes the run folder: the trained model, and `recording/`.

        Raises:
            ConfigError: Something that is not a model folder is in the way.
            OSError: The disk is full or cannot be written to.
        """
        model_folder.write(
            path, self.model_data(), extra_files={storage.STEPS_FILE: self.to_bytes()}
        )

    def to_bytes(self) -> bytes:
        """The recording's file."""
        run = self.run
        facts = {
            "lexiscope": __version__,
            "config": run.config.to_json(),
            "words": len(run.tokens),
            "vocabulary_crc32": _vocabulary_crc(run.tokens, run.counts),
            "epoch_length": run.epoch_length,
            "spacing": run.spacing,
            "seconds": run.seconds,
            "corpus": asdict(self.corpus),
        }
        arrays: dict[str, NDArray[Any]] = {
            "order": run.order,
            "members": run.examples.members,
            "starts": run.examples.starts,
            "targets": run.examples.targets,
            "losses": run.losses,
        }
        if run.negatives is not None:
            arrays["negatives"] = run.negatives
        return storage.encode(facts, {**arrays, "states": run.states})

    def model_data(self) -> VectorsData:
        """The trained model, as a model folder keeps it."""
        run = self.run
        final = weights_of(run.layout, run.states[-1])
        corpus = asdict(self.corpus)
        for large in ("sentences", "stopwords", "rare"):
            del corpus[large]
        metadata = {
            "lexiscope": __version__,
            "recorded": run.config.to_json(),
            "vocabulary": {"words": len(run.tokens), "order": "alphabetical"},
            "corpus": corpus,
            "result": {
                "steps": self.steps,
                "examples": run.epoch_length,
                "final_loss": float(np.mean(run.losses[-min(500, self.steps) :])),
                "seconds": run.seconds,
            },
        }
        return VectorsData(
            run.tokens,
            final.inputs.astype(np.float32),
            run.counts,
            final.outputs.astype(np.float32),
            metadata,
        )

    @property
    def config(self) -> RecordConfig:
        """The options."""
        return self.run.config

    @property
    def tokens(self) -> list[str]:
        """The words, row by row."""
        return self.run.tokens

    @property
    def steps(self) -> int:
        """How many steps there are."""
        return len(self.run.order)

    @property
    def losses(self) -> NDArray[np.float32]:
        """Each step's loss, (steps,): entry 0 is step 1's."""
        return self.run.losses

    def row(self, word: str) -> int:
        """A word's row.

        Raises:
            UnknownWordError: It has none.
        """
        row = self._index.get(word)
        if row is None:
            raise UnknownWordError(word, close_spellings(word, self.tokens))
        return row

    def step(self, number: int) -> Step:
        """A step with every number of it.

        Args:
            number: 1 … `steps`.

        Raises:
            ConfigError: There is no such step.
        """
        self._check(number, 1)
        with self._turn:
            step = take_step(self.run, self._state_at(number - 1), number)
            self._at = number
        return step

    def weights(self, step: int) -> Weights:
        """All weights after some steps.

        Args:
            step: 0 (the start) … `steps`.

        Raises:
            ConfigError: There is no such step.
        """
        self._check(step, 0)
        with self._turn:
            state = self._state_at(step).state.copy()
        return weights_of(self.run.layout, state)

    def vectors(self, step: int | None = None) -> KeyedVectors:
        """W and W′ after some steps (None: all), to search and evaluate; in float32."""
        weights = self.weights(self.steps if step is None else step)
        return KeyedVectors(
            self.tokens,
            weights.inputs.astype(np.float32),
            counts=self.run.counts,
            output=weights.outputs.astype(np.float32),
        )

    def stepper(self, step: int) -> Stepper:
        """A stepper of its own whose state stands after some steps, to try things on."""
        self._check(step, 0)
        own = self._new_stepper()
        with self._turn:
            own.state[:] = self._state_at(step).state
        return own

    def plot(self, kind: plots.Kind = "loss", word: str | None = None, *, ax: Any = None) -> Any:
        """Draws a picture of the run (extra `plot`); for one of its vectors, `vectors().plot`.

        Args:
            kind: "loss" of every step and its mean; "neighbors", the cosines over the run of a
                word with those that end as its nearest, and with each that was once the first.
            word: Whose neighbours; by default the most frequent word's.
            ax: matplotlib's Axes to draw on; by default new ones, which a notebook shows.

        Returns:
            The Axes.

        Raises:
            ConfigError: `kind` is neither.
            MissingExtraError: matplotlib is not installed.
            UnknownWordError: The word has no row.
        """
        choice("kind", kind, plots.KINDS)
        row = int(np.argmax(self.run.counts)) if word is None else self.row(word)
        axes = axes_for(ax, *plots.SIZE, plots.PLACE)
        if kind == "loss":
            at = np.arange(1, self.steps + 1)
            chance = self.run.rule.chance(len(self.tokens))
            plots.draw_loss(axes, at, self.losses, plots.SMOOTHED_STEPS, chance)
            return axes
        steps = plots.looks(self.steps)
        units = (unit_rows(self.weights(step).inputs.astype(np.float64)) for step in steps)
        cosines = np.array([unit @ unit[row] for unit in units])
        others = {
            other: cosines[:, place] for place, other in enumerate(self.tokens) if place != row
        }
        title = f"The words nearest to {self.tokens[row]}"
        plots.draw_neighbours(axes, title, steps, others, "step")
        return axes

    def _repr_html_(self) -> str:
        """A small table, for a notebook's cell."""
        config = self.config
        facts = [
            ("architecture, loss", f"{config.architecture}, {config.loss}"),
            ("words", ", ".join(self.tokens[:FIRST_WORDS])),
            ("dimensions", f"{config.vector_size:,}"),
        ]
        if self.steps:
            facts.append(("loss of the last step", f"{float(self.losses[-1]):.4f}"))
        return facts_html(repr(self), facts)

    def verify(self) -> None:
        """Replays the whole run and compares each keyframe, to the bit.

        Raises:
            ConfigError: One differs.
        """
        stepper = self._new_stepper()
        stepper.state[:] = self.run.states[0]
        for number in range(1, len(self.run.states)):
            first = (number - 1) * self.run.spacing
            last = min(number * self.run.spacing, self.steps)
            stepper.advance(first, last)
            if stepper.state.tobytes() != self.run.states[number].tobytes():
                raise ConfigError(
                    f"the replay of the steps {first + 1:,} to {last:,} differs from the "
                    "recording; it was made by another version of the program"
                )

    def _check(self, number: int, least: int) -> None:
        if isinstance(number, bool) or not isinstance(number, int | np.integer):
            raise ConfigError(f"step is {number!r}; expected a whole number")
        if not least <= number <= self.steps:
            raise ConfigError(f"step {number:,} is not there; the run has {least} … {self.steps:,}")

    def _new_stepper(self) -> Stepper:
        run = self.run
        return Stepper(run.layout, run.examples, run.order, run.tables)

    def _state_at(self, step: int) -> Stepper:
        """The stepper, its state after some steps."""
        if self._stepper is None:
            self._stepper = self._new_stepper()
            self._at = -1
        last = len(self.run.states) - 1
        keyframe = last if step == self.steps else step // self.run.spacing
        start = min(keyframe * self.run.spacing, self.steps)
        if not start <= self._at <= step:
            self._stepper.state[:] = self.run.states[keyframe]
            self._at = start
        self._stepper.advance(self._at, step)
        self._at = step
        return self._stepper


class _MismatchError(Exception):
    """Parts of a run folder that do not fit each other."""


def _vocabulary_crc(tokens: list[str], counts: NDArray[np.int64]) -> int:
    words = "\n".join(tokens).encode("utf-8", "surrogateescape")
    return zlib.crc32(counts.astype("<i8").tobytes(), zlib.crc32(words))


def _corpus_facts(facts: Value) -> CorpusFacts:
    return CorpusFacts(
        name=facts["name"].text(),
        sentences=facts["sentences"].texts(),
        sentence_count=facts["sentence_count"].whole(),
        used_sentences=facts["used_sentences"].whole(),
        tokens=facts["tokens"].whole(),
        distinct=facts["distinct"].whole(),
        stopword_tokens=facts["stopword_tokens"].whole(),
        stopwords=_counted(facts["stopwords"]),
        rare_tokens=facts["rare_tokens"].whole(),
        rare=_counted(facts["rare"]),
        fingerprint=facts["fingerprint"].text(),
    )


def _counted(words: Value) -> list[tuple[str, int]]:
    pairs = []
    for pair in words.entries():
        if len(pair.plain_entries()) != 2:
            raise pair.fault("a word and its count")
        word, count = pair.entries()
        pairs.append((word.text(), count.whole()))
    return pairs


def _restore(facts: Value, arrays: Mapping[str, NDArray[Any]], data: VectorsData) -> RecordedRun:
    """A run from its file; the kernels trust every index, so all are checked here.

    Raises:
        _MismatchError: The parts do not fit each other.
        KeyError, TypeError, ValueError: One is missing or of another kind.
    """
    config = RecordConfig.from_json(facts["config"].plain_fields())
    if (
        data.counts is None
        or _vocabulary_crc(data.tokens, data.counts) != facts["vocabulary_crc32"].whole()
    ):
        raise _MismatchError(
            "belongs to another vocabulary than the folder's vocabulary.tsv; the folder's files "
            "are not of one run"
        )
    run = RecordedRun(
        config=config,
        tokens=data.tokens,
        counts=data.counts,
        examples=ExampleSet(arrays["members"], arrays["starts"], arrays["targets"]),
        order=arrays["order"],
        epoch_length=facts["epoch_length"].whole(),
        negatives=arrays.get("negatives"),
        losses=arrays["losses"],
        spacing=facts["spacing"].whole(),
        states=arrays["states"],
        seconds=facts["seconds"].number(),
    )
    _check_shapes(run)
    _check_indices(run)
    _check_finite(run)
    final = weights_of(run.layout, run.states[-1])
    same = data.output is not None and (
        final.inputs.astype(np.float32).tobytes() == np.ascontiguousarray(data.vectors).tobytes()
        and final.outputs.astype(np.float32).tobytes()
        == np.ascontiguousarray(data.output).tobytes()
    )
    if not same:
        raise _MismatchError(
            "ends with other weights than the folder's model.safetensors; the folder's files are "
            "not of one run"
        )
    return run


def _check_shapes(run: RecordedRun) -> None:
    steps = run.config.steps
    if steps is None:
        raise _MismatchError("has options without a number of steps")
    layout = Layout(run.config, len(run.tokens))
    wanted: dict[str, tuple[NDArray[Any] | None, str, tuple[int, ...]]] = {
        "order": (run.order, "int32", (steps,)),
        "losses": (run.losses, "float32", (steps,)),
        "targets": (run.examples.targets, "int32", (len(run.examples.targets),)),
        "starts": (run.examples.starts, "int64", (len(run.examples.targets) + 1,)),
        "members": (run.examples.members, "int32", (len(run.examples.members),)),
    }
    if run.spacing < 1 or run.epoch_length < 1:
        raise _MismatchError(f"has a spacing of {run.spacing} and epochs of {run.epoch_length}")
    keyframes = -(-steps // run.spacing) + 1
    wanted["states"] = (run.states, run.config.precision, (keyframes, layout.size))
    if run.rule.draws_negatives:
        wanted["negatives"] = (run.negatives, "int32", (steps, run.config.negative))
    for name, (array, dtype, shape) in wanted.items():
        if array is None or array.dtype != dtype or array.shape != shape:
            got = "missing" if array is None else f"{array.dtype} of shape {array.shape}"
            raise _MismatchError(f"part {name!r} is {got}, expected {dtype} of shape {shape}")


def _check_finite(run: RecordedRun) -> None:
    """A run stops where its weights are no longer finite, so such a recording is nobody's."""
    for rows in rows_of(run.states):
        if not np.isfinite(rows).all():
            raise _MismatchError("part 'states' has numbers that are not finite")


def _check_indices(run: RecordedRun) -> None:
    words, examples = len(run.tokens), run.examples
    sizes = np.diff(examples.starts)
    ranges = [
        ("order", run.order, 0, len(examples.targets)),
        ("members", examples.members, 0, words),
        ("targets", examples.targets, 0, words),
    ]
    if run.negatives is not None:
        ranges.append(("negatives", run.negatives, -1, words))
    for name, array, least, end in ranges:
        if array.size and (array.min() < least or array.max() >= end):
            raise _MismatchError(f"part {name!r} has numbers outside {least} … {end - 1}")
    whole = len(sizes) > 0 and examples.starts[0] == 0 and sizes.min() >= 1
    if not whole or examples.starts[-1] != len(examples.members):
        raise _MismatchError("part 'starts' does not divide the examples' words")
