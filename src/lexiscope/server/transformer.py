"""A pretrained transformer beside what is open: loaded when it is first asked, one question at a
time, in a thread of its own.

What a sentence becomes in every layer is kept for a while, so that other layers, another way to
combine them, another word cost no second run; so are the words of the model's vocabulary, each
alone.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.model.presence import find_model
from lexiscope.contextual.uses.all_layers import AllLayers, encode_all_layers
from lexiscope.contextual.uses.vocabulary_words import whole_words, words_alone
from lexiscope.errors import ConfigError, FormatError, MissingExtraError
from lexiscope.server.problems import BusyError, ModelNotLoadedError
from lexiscope.server.workers import Workers

if TYPE_CHECKING:
    from lexiscope.contextual.encoder import Encoder

Floats = NDArray[np.float32]
T = TypeVar("T")

MOST_CHARACTERS = 2_000
MOST_TOKENS = 1_000
MOST_WORDS = 4_000
MOST_WAITING = 16
# Of one sentence's states; of all that are kept; of the vocabulary's.
_SENTENCE_BYTES = 256 * 2**20
_KEPT_BYTES = 256 * 2**20
_WORDS_BYTES = 128 * 2**20
# However large they are, two sentences that are compared must not push out each other.
_LEAST_KEPT = 2
_PART = 256
_BYTES = 4


@dataclass(frozen=True)
class StaticWords:
    """Words of the model's vocabulary with what every layer makes of each alone.

    Attributes:
        words: n spellings.
        states: n × (L + 1) × D.
    """

    words: list[str]
    states: Floats


class Transformer:
    """A model by its name, and what it was asked before.

    Args:
        name: A folder, or a model's id on the Hugging Face hub.

    Attributes:
        name: As given.
        title: The folder's own name, or the id.
        fingerprint: Changes whenever an answer could, as far as that can be told beforehand.

    Raises:
        MissingExtraError: PyTorch or transformers is not installed.
        FormatError: The folder holds no model, there is no such model, or the hub cannot be asked.
    """

    def __init__(self, name: str | PathLike[str]) -> None:
        self.name = fspath(name)
        folder = find_model(self.name)
        named = Path(self.name)
        self.title = named.resolve().name if named.exists() else self.name
        self.fingerprint = _fingerprint(self.name, folder)
        self._encoder: Encoder | None = None
        self._sentences: OrderedDict[str, AllLayers] = OrderedDict()
        self._static: StaticWords | None = None
        self._growing: _Growing | None = None
        self._start()

    def _start(self) -> None:
        self._thread = Workers(1, "lexiscope-transformer")
        self._waiting = 0

    def close(self) -> None:
        """Lets the thread end; a server that is started again has a new one."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._start()

    async def ask(self, work: Callable[[], T]) -> T:
        """Runs work in the model's thread, after what was asked before.

        Args:
            work: May call `encoder` and `sentence`, which nothing else may.

        Raises:
            BusyError: Too many wait already.
        """
        if self._waiting >= MOST_WAITING:
            raise BusyError(
                f"{self._waiting} questions wait for the model already; ask again in a moment"
            )
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        finally:
            self._waiting -= 1

    async def static_words(self) -> StaticWords:
        """The vocabulary's words, which are put through the model when first asked for.

        They are taken in parts, so that a sentence need not wait for all of them.
        """
        while True:
            found = await self.ask(self._grow)
            if found is not None:
                return found

    def encoder(self) -> Encoder:
        """The model, loaded now if it is not yet.

        Raises:
            ModelNotLoadedError: It cannot be; it is tried again next time.
        """
        if self._encoder is None:
            from lexiscope.contextual.encoder import Encoder

            try:
                self._encoder = Encoder(self.name)
            except (ConfigError, FormatError, MissingExtraError) as error:
                raise ModelNotLoadedError(str(error)) from error
        return self._encoder

    def sentence(self, text: str) -> AllLayers:
        """What every layer makes of a sentence.

        Raises:
            ConfigError: It is too long for the model to be shown whole.
            CorpusError: It is no text.
        """
        found = self._sentences.pop(text, None)
        if found is None:
            found = encode_all_layers(
                self.encoder(), text, most_tokens=MOST_TOKENS, most_bytes=_SENTENCE_BYTES
            )
        self._sentences[text] = found
        while (
            len(self._sentences) > _LEAST_KEPT
            and sum(one.states.nbytes for one in self._sentences.values()) > _KEPT_BYTES
        ):
            self._sentences.popitem(last=False)
        return found

    def _grow(self) -> StaticWords | None:
        """Takes the next words; gives all of them once they are there."""
        if self._static is not None:
            return self._static
        if self._growing is None:
            self._growing = _Growing(self.encoder())
        growing, self._growing = self._growing, None
        if growing.take():  # else it is not kept: after an error it starts anew
            self._growing = growing
        else:
            self._static = growing.all()
        return self._static


class _Growing:
    """Words that are put through a model part by part.

    Args:
        encoder: The model.
    """

    def __init__(self, encoder: Encoder) -> None:
        model = encoder.model
        width = (model.layers + 1) * model.hidden_size * _BYTES
        words = whole_words(model.tokenizer, min(MOST_WORDS, max(_WORDS_BYTES // width, 1)))
        self._parts: Iterator[tuple[list[str], Floats]] = words_alone(encoder, words, _PART)
        self._words: list[str] = []
        self._states: list[Floats] = [
            np.empty((0, model.layers + 1, model.hidden_size), np.float32)
        ]

    def take(self) -> bool:
        """Puts the next part through; False where there is none."""
        part = next(self._parts, None)
        if part is None:
            return False
        self._words += part[0]
        self._states.append(part[1])
        return True

    def all(self) -> StaticWords:
        return StaticWords(self._words, np.concatenate(self._states))


def _fingerprint(name: str, folder: Path | None) -> str:
    """Of the libraries and of the model's files, of large ones by size and time of change."""
    digest = hashlib.blake2b(name.encode("utf-8", "surrogateescape"), digest_size=8)
    for library in ("torch", "transformers"):
        try:
            digest.update(version(library).encode())
        except PackageNotFoundError:
            digest.update(b"?")
    for file in sorted(folder.iterdir()) if folder is not None else ():
        if file.is_file():
            facts = file.stat()
            digest.update(
                f"{file.name} {facts.st_size} {facts.st_mtime_ns}".encode(errors="replace")
            )
    return digest.hexdigest()
