"""Saving a model with all that its user keeps in it, and opening it to be trained further."""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterable, Mapping
from math import isfinite
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO, Self
from warnings import warn

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError
from lexiscope.estimator.foreign import is_gensim_s, opened
from lexiscope.estimator.model import WORKERS, Model
from lexiscope.estimator.options import KEPT, Options
from lexiscope.formats.kinds import packed_run
from lexiscope.formats.kinds.model_folder import ATTRIBUTES
from lexiscope.training.session import TrainingSession
from lexiscope.vectors.class_only import class_only
from lexiscope.vectors.events import Events

# Where config.json keeps what belongs to the estimator and not to the run.
FACT = "estimator"
# Attributes of ours that are kept elsewhere, or not at all.
_OURS = {*Options.__annotations__, "raw_vocab", "lifecycle_events"}


class Saving(Model, Events):
    """Saving and opening."""

    def save(
        self,
        fname_or_handle: str | PathLike[str] | BinaryIO,
        separately: Iterable[str] | None = None,
        sep_limit: int = 10 * 1024**2,
        ignore: Iterable[str] = frozenset(),
        pickle_protocol: int = 4,
    ) -> None:
        """Writes the model folder, whole or not at all, with the recording if there is one.

        A model folder in its place is replaced. So is a file, by the model as one file, which opens
        like the folder (gensim's scripts save to a temporary file that they remove). What a user
        has put into the model as attributes is kept: numbers, text, lists and dicts of them, and
        arrays of numbers.

        Args:
            fname_or_handle: The folder; a file that is there; or an open file, to which the model
                is pickled.
            separately, sep_limit: Without effect: matrices always stand in a file of their own.
            ignore: Attributes of the user's that are not to be kept.
            pickle_protocol: Of the pickle, where that is what is written.

        Raises:
            ConfigError: The path is taken by a folder that is not a model.
            LexiscopeError: The disk is full or cannot be written to.
        """
        del separately, sep_limit
        self._built()
        self._take_changes()
        self.add_lifecycle_event("saving", fname_or_handle=str(fname_or_handle))
        if not isinstance(fname_or_handle, str | PathLike):
            pickle.dump(self, fname_or_handle, protocol=pickle_protocol)
            return
        facts, arrays = _kept(vars(self), frozenset(ignore))
        facts["lifecycle_events"] = self.lifecycle_events
        facts["options"] = {name: _plain(getattr(self, name)) for name in KEPT}
        facts["running_training_loss"] = self.running_training_loss
        files = {} if self._recorder is None else self._recorder.files()
        files |= {f"{ATTRIBUTES}/{name}.npy": content for name, content in arrays.items()}
        self._session.save(fname_or_handle, files, extra={FACT: facts, **self._word_facts()})

    def _word_facts(self) -> dict[str, Any]:
        """What the user has told about words, as config.json keeps it."""
        if self._wv is None:
            return {}
        metadata = self._wv.to_data().metadata
        return {name: metadata[name] for name in ("vecattrs",) if name in metadata}

    @class_only
    def load(
        cls, fname: str | PathLike[str], mmap: str | None = None, *, rethrow: bool = False
    ) -> Self:
        """Opens a model for further training.

        Args:
            fname: A model folder, or one as one file; or what gensim's own `save` wrote, of any
                version since 0.12, of which nothing is run. What is not gensim's in it is left out,
                with a warning.
            mmap: Without effect: weights that are trained are no map of a file.
            rethrow: Without effect.

        Raises:
            FormatError: It is no model, or a damaged one.
            IncompleteModelError: It lacks what training needs (W′, counts or options), as saved
                KeyedVectors do: an AttributeError, as in gensim.
        """
        del mmap, rethrow
        model = cls.__new__(cls)
        if is_gensim_s(Path(fname)):
            model._open_gensim_s(Path(fname))
            return model
        with packed_run.unpacked(Path(fname)) as folder:
            model._session = TrainingSession.opened(folder, workers=WORKERS, title=fname)
            model._open(folder)
        return model

    def _open_gensim_s(self, path: Path) -> None:
        """Takes up a model that gensim saved, with the options that it kept."""
        self._session, options = opened(path, workers=WORKERS, subwords=self._takes_subwords)
        self._set_config(self._session.config, self._session.vocabulary)
        self._prepare()
        self._restore(path, {"options": options, **options})
        self.add_lifecycle_event("loaded", fname=str(path), version=options["version"])

    def _open(self, path: Path) -> None:
        """Takes up a session that was opened, and what the folder keeps besides."""
        session = self._session
        self._set_config(session.config, session.vocabulary)
        self._prepare()
        facts = session.document().get(FACT, {})
        try:
            self._restore(path, facts)
        except (AttributeError, TypeError, ValueError) as error:
            raise FormatError(
                path, None, f"what it keeps of its model is not as it was written ({error})"
            ) from error
        self.add_lifecycle_event("loaded", fname=str(path))

    def _restore(self, path: Path, facts: Mapping[str, Any]) -> None:
        options = facts.get("options", {})
        vars(self).update({name: options[name] for name in KEPT if name in options})
        self.loss = self._session.config.loss
        if self._loss_by_options() == self.loss:
            self.loss = None
        self._loss_before = float(facts.get("running_training_loss", 0.0))
        events = facts.get("lifecycle_events", [])
        self.lifecycle_events = list(events) if isinstance(events, list) else None
        for name, value in facts.get("attributes", {}).items():
            if name.isidentifier() and not name.startswith("_") and name not in _OURS:
                setattr(self, name, value)
        for name in facts.get("arrays", []):
            if name.isidentifier() and not name.startswith("_") and name not in _OURS:
                setattr(self, name, _array(path / ATTRIBUTES / f"{name}.npy"))


def _kept(
    attributes: Mapping[str, Any], ignore: frozenset[str]
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What a user has put into a model: plain data for config.json, and arrays as `.npy` files."""
    plain: dict[str, Any] = {}
    arrays: dict[str, bytes] = {}
    for name, value in attributes.items():
        if name.startswith("_") or name in _OURS or name in ignore:
            continue
        if isinstance(value, np.ndarray) and value.dtype.kind in "bfiu":
            stream = io.BytesIO()
            np.save(stream, value, allow_pickle=False)
            arrays[name] = stream.getvalue()
            continue
        try:
            plain[name] = _plain(value)
        except TypeError:
            warn(
                f"the attribute {name!r} is a {type(value).__name__}, which is not saved; a model "
                f"keeps numbers, text, lists and dicts of them, and arrays of numbers",
                stacklevel=4,
            )
    return {"attributes": plain, "arrays": list(arrays)}, arrays


def _plain(value: Any) -> Any:
    """A value as JSON can say it.

    Raises:
        TypeError: It cannot.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float) and isfinite(value):
        return value
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: _plain(each) for key, each in value.items()}
    raise TypeError(type(value).__name__)


def _array(path: Path) -> NDArray[Any]:
    """An array that was kept.

    Raises:
        ValueError: The file is missing or damaged.
    """
    try:
        array: NDArray[Any] = np.load(path, allow_pickle=False)
    except OSError as error:
        raise ValueError(f"{path.name}: {error.strerror or error}") from error
    return array
