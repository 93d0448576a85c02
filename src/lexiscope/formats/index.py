"""An index beside a large vectors file, from which it opens at once the next time.

Layout, little-endian: 16 bytes of magic; u64 length of the header; u64 length of the tokens; 16
bytes blake2b over header and tokens; the header, JSON; the tokens, UTF-8 (surrogateescape) with a
newline between; zero bytes up to a multiple of 4096; the matrix, V×D float32, which is mapped.

The header has the file's size, time of change and inode: an index that is not of this very file is
not looked at, and made again. It has a checksum of some rows too, so that an index which lost pages
(in a crash) is found out without reading it all. It is written under another name, synced and then
renamed, so it is whole or not there. Nothing depends on it: where it cannot be written or read, the
file itself is read.
"""

from __future__ import annotations

import atexit
import glob
import hashlib
import json
import mmap
import os
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import LexiscopeError
from lexiscope.files import json_document
from lexiscope.files.maps import rows_of
from lexiscope.files.opening import resolved
from lexiscope.formats.contract import Format, Matrix, VectorsData

SUFFIX = ".lexindex"
# Below this a file opens fast enough, and is not worth a second one beside it.
MIN_BYTES = 1 << 24
_MAGIC = b"lexiscope-index\n"
_VERSION = 1
_PREFIX_BYTES = len(_MAGIC) + 8 + 8 + 16
_MAX_HEADER_BYTES = 1 << 24
_ALIGNMENT = 4096
_SAMPLED_ROWS = 64
_DRAFT_SECONDS = 3600
_STAYS_FREE_BYTES = 1 << 28

_PATIENCE_SECONDS = 0.25
# What is written to the disk at a time when an index is put in its place, and how long its thread
# is waited for when it is not wanted any more.
_SYNCED_BYTES = 1 << 25
_SECONDS_TO_GIVE_UP = 0.5


class _NotWantedError(Exception):
    """Nobody waits for the index any more."""


@dataclass(frozen=True)
class _Identity:
    """What tells one state of a file from every other."""

    size: int
    mtime_ns: int
    inode: int
    device: int

    @classmethod
    def of(cls, path: Path) -> _Identity:
        status = path.stat()
        return cls(status.st_size, status.st_mtime_ns, status.st_ino, status.st_dev)


class Indexes:
    """Finds the indexes of files, and makes them in threads of its own.

    A program that comes to its end waits for them; one that is to stop calls `give_up`.

    Args:
        cache: Gives the folder in which an index lies that cannot lie beside its file.
    """

    def __init__(self, cache: Callable[[], Path]) -> None:
        self._cache = cache
        self._hurry = threading.Event()
        self._unwanted = threading.Event()
        self._writers: dict[Path, threading.Thread] = {}
        # Drafts that are whole, and on their way to the disk.
        self._written: dict[Path, Path] = {}
        self._waits_at_exit = False

    def find(self, path: Path) -> VectorsData | None:
        """What the index of a file has, its matrix mapped; None where there is none that is good.

        Changes to the matrix stay in memory; they never reach the index.
        """
        draft = self._written.get(resolved(path))
        for place in [*([] if draft is None else [draft]), *self._places(path)]:
            try:
                if not _is_trusted(place, path):
                    continue
                data = _open(place, _Identity.of(path))
            except (OSError, ValueError, LexiscopeError):
                # Whatever is wrong with it, the file itself is there.
                continue
            if data is not None:
                return data
        return None

    def keep(self, path: Path, format_: Format, data: VectorsData) -> None:
        """Makes the index of a file that was just read as a whole, if it is large enough.

        What takes time without need goes to a thread.

        Args:
            path: The file.
            format_: Its format.
            data: What `format_` read. Its matrix is not looked at after this call returns.
        """
        place = resolved(path)
        if format_.indexed is None or data.vectors.nbytes < MIN_BYTES or place in self._writers:
            return
        identity = _Identity.of(path)
        names = list(data.tokens)
        header = {"format": format_.name, "identity": vars(identity), "warnings": data.warnings}
        draft = _Draft(self._places(path), names, data.vectors.shape, header, self._unwanted)
        if format_.indexed == "now":
            writing = draft.begin()
            if writing is None or not writing.write(rows_of(data.vectors)):
                return
            self._written[place] = writing.path
            thread = threading.Thread(
                target=self._finish, args=(place, writing, identity), daemon=True
            )
        else:
            thread = threading.Thread(
                target=self._read_again, args=(place, format_, draft, identity), daemon=True
            )
        if not self._waits_at_exit:
            self._waits_at_exit = True
            atexit.register(self._wait_at_exit)
        self._writers[place] = thread
        thread.start()

    def wait(self) -> None:
        """Waits until the indexes that are being written are there."""
        self._hurry.set()
        for thread in list(self._writers.values()):
            thread.join()
        self._hurry.clear()

    def give_up(self) -> None:
        """Lets the indexes that are being written go: the program is to stop at once."""
        self._unwanted.set()
        self._hurry.set()
        deadline = time.monotonic() + _SECONDS_TO_GIVE_UP
        for thread in list(self._writers.values()):
            thread.join(max(0.0, deadline - time.monotonic()))
        self._hurry.clear()
        if not self._writers:
            self._unwanted.clear()

    def _wait_at_exit(self) -> None:
        try:
            while self._writers and not self._unwanted.is_set():
                self.wait()
        except KeyboardInterrupt:
            self.give_up()

    def _places(self, path: Path) -> list[Path]:
        """Where a file's index goes: beside it, or to the user's cache."""
        target = resolved(path)
        name = hashlib.blake2b(os.fsencode(target), digest_size=16).hexdigest()
        return [
            target.with_name(target.name + SUFFIX),
            self._cache() / (name + SUFFIX),
        ]

    def _finish(self, path: Path, writing: _Writing, identity: _Identity) -> None:
        """The thread's work where the rows were written already."""
        try:
            _finish_if_same(path, writing, identity)
        finally:
            self._forget(path)

    def _forget(self, path: Path) -> None:
        self._written.pop(path, None)
        self._writers.pop(path, None)

    def _read_again(self, path: Path, format_: Format, draft: _Draft, identity: _Identity) -> None:
        """The thread's work where the file is read once more."""
        try:
            # The caller has not even got its vectors yet: let it go on first.
            self._hurry.wait(_PATIENCE_SECONDS)
            writing = draft.begin()
            if writing is None:
                return
            try:
                with format_.open(path) as stream:
                    written = writing.write(block.vectors for block in stream.blocks)
            except (OSError, LexiscopeError):
                writing.give_up()
                return
            if written:
                self._written[path] = writing.path
                _finish_if_same(path, writing, identity)
        finally:
            self._forget(path)


def _is_trusted(place: Path, path: Path) -> bool:
    """Whether the index was made by the user, the file's owner or root: in a folder that all may
    write to, anybody could have put one there."""
    if not place.is_file() or not hasattr(os, "geteuid"):
        return place.is_file()
    return place.stat().st_uid in {os.geteuid(), path.stat().st_uid, 0}


def _open(place: Path, identity: _Identity) -> VectorsData | None:
    with place.open("rb") as stream:
        size = os.fstat(stream.fileno()).st_size
        prefix = stream.read(_PREFIX_BYTES)
        if len(prefix) < _PREFIX_BYTES or not prefix.startswith(_MAGIC):
            return None
        header_bytes = int.from_bytes(prefix[16:24], "little")
        token_bytes = int.from_bytes(prefix[24:32], "little")
        start = _aligned(_PREFIX_BYTES + header_bytes + token_bytes)
        if header_bytes > _MAX_HEADER_BYTES or start > size:
            return None
        content = stream.read(header_bytes + token_bytes)
    if hashlib.blake2b(content, digest_size=16).digest() != prefix[32:48]:
        return None
    header = json_document.parse(content[:header_bytes], place)
    shape = header["shape"].wholes(1)
    if header["version"].plain != _VERSION or header["identity"].plain != vars(identity):
        return None
    if len(shape) != 2 or size != start + shape[0] * shape[1] * 4:
        return None
    rows, columns = shape
    # A private map: it may be changed in memory as any matrix that was read.
    mapped = np.memmap(place, dtype="<f4", mode="c", offset=start, shape=(rows, columns))
    vectors: Matrix = np.asarray(mapped)
    if _sample(vectors) != header["sample"].plain:
        return None
    names = content[header_bytes:].decode("utf-8", "surrogateescape").split("\n")
    if len(names) != rows:
        return None
    return VectorsData(names, vectors, warnings=list(header["warnings"].texts()), distinct=True)


def _sample(vectors: Matrix) -> str:
    """A checksum of some rows from the first to the last."""
    return _checksum(vectors[_sampled_rows(len(vectors))])


def _sampled_rows(count: int) -> NDArray[np.int64]:
    return np.linspace(0, count - 1, min(_SAMPLED_ROWS, count), dtype=np.int64)


def _checksum(rows: Matrix) -> str:
    return hashlib.blake2b(rows.astype("<f4").tobytes(), digest_size=16).hexdigest()


def _aligned(position: int) -> int:
    return -(-position // _ALIGNMENT) * _ALIGNMENT


@dataclass(frozen=True)
class _Draft:
    """An index that is to be made.

    Attributes:
        places: Where it may go, the best first.
        names: V words.
        shape: (V, D).
        header: Its header, without what only the rows tell.
        unwanted: Set where nobody waits for it any more.
    """

    places: list[Path]
    names: list[str]
    shape: tuple[int, ...]
    header: dict[str, Any]
    unwanted: threading.Event

    def begin(self) -> _Writing | None:
        """Opens a file at the first place that can be written to; None where there is none."""
        if any("\n" in name for name in self.names):
            return None
        needed = self.shape[0] * self.shape[1] * 4 + sum(map(len, self.names)) * 4
        for place in self.places:
            path = place.with_name(f".{place.name}.tmp-{uuid.uuid4().hex[:12]}")
            try:
                _remove_old_drafts(place)
                place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                if shutil.disk_usage(place.parent).free < needed + _STAYS_FREE_BYTES:
                    continue
                stream = path.open("x+b")
            except OSError:
                continue
            return _Writing(stream, path, place, self)
        return None


@dataclass
class _Writing:
    """An index that is not in its place yet.

    Attributes:
        stream: It, open.
        path: Where it is.
        place: Where it goes.
        draft: What it will hold.
    """

    stream: BinaryIO
    path: Path
    place: Path
    draft: _Draft

    def write(self, blocks: Iterator[Matrix]) -> bool:
        """Writes everything; False, and the draft is gone, where that cannot be done."""
        names = "\n".join(self.draft.names).encode("utf-8", "surrogateescape")
        wanted = _sampled_rows(self.draft.shape[0])
        sampled: list[Matrix] = []
        header = {
            **self.draft.header,
            "version": _VERSION,
            "shape": list(self.draft.shape),
            "sample": "0" * 32,
        }
        room = json.dumps(header).encode()
        start = _aligned(_PREFIX_BYTES + len(room) + len(names))
        done = 0
        try:
            self.stream.seek(start)
            for block in blocks:
                self._go_on()
                here = wanted[(wanted >= done) & (wanted < done + len(block))]
                sampled.append(block[here - done])
                self.stream.write(np.ascontiguousarray(block, dtype="<f4").data)
                done += len(block)
            if done != self.draft.shape[0]:
                raise OSError(f"{done} rows, expected {self.draft.shape[0]}")
            header["sample"] = _checksum(np.concatenate(sampled))
            content = json.dumps(header).encode() + names
            self.stream.seek(0)
            self.stream.write(
                _MAGIC
                + len(room).to_bytes(8, "little")
                + len(names).to_bytes(8, "little")
                + hashlib.blake2b(content, digest_size=16).digest()
                + content
            )
            self.stream.flush()
        except (OSError, LexiscopeError, _NotWantedError):
            self.give_up()
            return False
        except BaseException:
            self.give_up()
            raise
        return True

    def finish(self) -> None:
        """Puts the index in its place."""
        try:
            self._sync()
            self.stream.close()
            self.path.replace(self.place)
        except (OSError, ValueError, _NotWantedError):
            self.give_up()

    def _sync(self) -> None:
        """Writes it to the disk, in parts: a process cannot end in the midst of one."""
        with mmap.mmap(self.stream.fileno(), 0) as mapped:
            for start in range(0, len(mapped), _SYNCED_BYTES):
                self._go_on()
                mapped.flush(start, min(_SYNCED_BYTES, len(mapped) - start))
        self._go_on()
        os.fsync(self.stream.fileno())

    def _go_on(self) -> None:
        if self.draft.unwanted.is_set():
            raise _NotWantedError

    def give_up(self) -> None:
        """Removes the draft."""
        self.stream.close()
        with suppress(OSError):
            self.path.unlink()


def _remove_old_drafts(place: Path) -> None:
    """Removes what a process left that was killed while it wrote."""
    for draft in place.parent.glob(f".{glob.escape(place.name)}.tmp-*"):
        if time.time() - draft.stat().st_mtime > _DRAFT_SECONDS:
            draft.unlink()


def _finish_if_same(path: Path, writing: _Writing, identity: _Identity) -> None:
    """A file that was changed while it was read has no index."""
    try:
        same = _Identity.of(path) == identity
    except OSError:
        same = False
    if same:
        writing.finish()
    else:
        writing.give_up()
