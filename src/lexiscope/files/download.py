"""Files fetched from the web: resumed where they were cut, checked, and put in place when whole.

Beside the target stands NAME.part while it is not whole, and NAME.part.notes: which part of the
file is being fetched, at which byte it begins, the address, and the tag that the server has given
that state of the file. What is there already is not asked for again (RFC 9110: Range, If-Range):
where there is a checksum from any address, else only while the server's tag is the same.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar

from lexiscope.files.reserving import reserved
from lexiscope.files.space import check_room, full_disk_named
from lexiscope.files.web import BrokenError, DownloadError, opened
from lexiscope.progress import Meter, ProgressCallback, human_bytes

__all__ = ["BrokenError", "DownloadError", "Part", "download", "fetch"]

PART, NOTES = ".part", ".part.notes"
# Pauses before the tries that follow a broken connection, in seconds.
PAUSES = (0.5, 2.0, 5.0)
_MOST_TRIES = 50
_BLOCK = 1 << 16
_MOST_NOTES = 1 << 14
_PARTIAL, _WHOLE, _NO_SUCH_RANGE = 206, 200, 416
_RANGE = re.compile(r"bytes (?:(\d{1,18})-\d{1,18}|\*)/(\d{1,18}|\*)")

_Result = TypeVar("_Result")


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of a file, which has an address of its own.

    Attributes:
        urls: Where it is, the first one that answers.
        checksum: In hexadecimal digits; md5 or sha256 by their number; None where nobody tells.
        size: Bytes, where that is known for certain; looked at where there is no checksum.
        token: Says who asks, where the server wants to know.
        is_mirrored: Whether the user's mirror (`files.web`) is asked instead.
    """

    urls: Sequence[str]
    checksum: str | None = None
    size: int | None = None
    token: str = ""
    is_mirrored: bool = True


def fetch(url: str, most: int) -> bytes:
    """A small file.

    Args:
        url: Its address.
        most: Bytes that it may have.

    Raises:
        DownloadError: It cannot be fetched, or is larger.
    """

    def read() -> bytes:
        with opened(url) as response:
            content: bytes = response.read(most + 1)
        return content

    content = _tried(read, lambda: 0)
    if len(content) > most:
        raise DownloadError(f"{url}: is larger than {most:,} bytes, which is not what was expected")
    return content


def download(
    parts: Sequence[Part],
    target: Path,
    *,
    progress: ProgressCallback | None = None,
    stage: str = "downloading",
) -> None:
    """A file, fetched from where an earlier run was stopped; nothing where it is there already.

    Args:
        parts: Its parts, one behind the other.
        target: Where it will be, whole or not at all; its folder is there.
        progress: Told how far it is, in bytes.
        stage: What it is told.

    Raises:
        DownloadError: It cannot be fetched, is cut, or has another checksum.
        BusyError: Another process is fetching it.
        NoRoomError: The disk has no room for it.
        OSError: It cannot be written.
    """
    with reserved(target):
        if target.exists():
            return
        draft = _Draft(target, progress, stage)
        with full_disk_named(target, lambda: draft.size):
            for number in range(draft.first(len(parts)), len(parts)):
                draft.bring(number, parts[number], is_last=number == len(parts) - 1)
        draft.finish()


def _tried(action: Callable[[], _Result], gained: Callable[[], int]) -> _Result:
    """What an action gives, tried again where a connection broke.

    Args:
        action: What to do.
        gained: How many bytes there are; more of them than before make a try count as the first.
    """
    tries = 0
    for _try in range(_MOST_TRIES):
        before = gained()
        try:
            return action()
        except BrokenError:
            tries = 0 if gained() > before else tries + 1
            if tries >= len(PAUSES):
                raise
            time.sleep(PAUSES[tries])
    return action()


class _Draft:
    """A file that is not whole yet.

    Args:
        target: Where it will be.
        progress: Told how far it is.
        stage: What it is told.
    """

    def __init__(self, target: Path, progress: ProgressCallback | None, stage: str) -> None:
        self._target = target
        self._path = target.with_name(target.name + PART)
        self._notes = target.with_name(target.name + NOTES)
        self._meter = Meter(stage, None, "bytes", progress)
        self._number, self._start, self._url, self._tag = self._noted()

    @property
    def size(self) -> int:
        """Bytes that are there."""
        return self._path.stat().st_size if self._path.exists() else 0

    def first(self, parts: int) -> int:
        """The part to go on with."""
        if self._number >= parts or self._start > self.size:
            self._number = self._start = 0
            self._url = self._tag = ""
            self._cut(0)
        self._meter.skip(self.size)
        return self._number

    def bring(self, number: int, part: Part, *, is_last: bool) -> None:
        """Fetches what is missing of a part, and checks it.

        Raises:
            DownloadError: As `download`.
        """
        had = self.size - self._start
        self._fetch(number, part)
        try:
            self._check(part)
        except DownloadError:
            self._cut(self._start)
            if not had:
                self.remove()
                raise
            # What an earlier run had left may have been of another state of the file.
            self._fetch(number, part)
            try:
                self._check(part)
            except DownloadError:
                self.remove()
                raise
        if not is_last:
            with self._path.open("r+b") as stream:
                os.fsync(stream.fileno())
            self._number, self._start, self._url, self._tag = number + 1, self.size, "", ""
            self._note()

    def finish(self) -> None:
        """Puts the file in its place."""
        done = self.size
        with self._path.open("r+b") as stream:
            os.fsync(stream.fileno())
        self._path.replace(self._target)
        self._notes.unlink(missing_ok=True)
        self._meter.total = done
        self._meter.finish(done)

    def remove(self) -> None:
        """Leaves nothing of it."""
        self._path.unlink(missing_ok=True)
        self._notes.unlink(missing_ok=True)

    def _fetch(self, number: int, part: Part) -> None:
        """Goes from address to address until one gives the part."""
        faults: list[DownloadError] = []
        for url in part.urls:
            try:
                _tried(lambda url=url: self._ask(number, part, url), lambda: self.size)  # type: ignore[misc]
                return
            except DownloadError as error:
                faults.append(error)
        kept = self.size
        if not kept:
            self.remove()
        elif isinstance(faults[-1], BrokenError):
            raise BrokenError(
                f"{faults[-1]}; {human_bytes(kept)} are kept, from which the next try goes on"
            ) from faults[-1]
        raise faults[-1]

    def _ask(self, number: int, part: Part, url: str) -> None:
        """One question for all that is missing of a part, and what comes of it."""
        tag = self._tag if url == self._url else ""
        if not (tag or part.checksum):
            self._cut(self._start)
        have = self.size - self._start
        headers = {}
        if have:
            headers["Range"] = f"bytes={have}-"
            if tag:
                headers["If-Range"] = tag
        with opened(
            url,
            headers,
            also=(_NO_SUCH_RANGE,),
            token=part.token,
            is_mirrored=part.is_mirrored,
        ) as response:
            total = self._begin(url, response, have)
            if total is None and response.status == _NO_SUCH_RANGE:
                raise BrokenError(f"{url}: has another size than before; try again")
            if part.checksum is None and part.size not in (None, total):
                raise DownloadError(
                    f"{url}: has {_count(total)} bytes, expected {part.size:,}; it is not what was "
                    "asked for"
                )
            have = self.size - self._start
            if total is not None:
                check_room(self._target, total - have)
                self._meter.total = self._start + total
            self._number, self._url, self._tag = number, url, _tag_of(response)
            self._note()
            if response.status != _NO_SUCH_RANGE:
                self._take(response)
        got = self.size - self._start
        if total is not None and got < total:
            raise BrokenError(f"{url}: ends after {got:,} of {total:,} bytes; try again")
        if total is not None and got > total:
            self._cut(self._start)
            raise BrokenError(f"{url}: has more than the {total:,} bytes that it tells; try again")

    def _begin(self, url: str, response: http.client.HTTPResponse, have: int) -> int | None:
        """Makes the draft end where the answer begins; gives the part's bytes, if they are told.

        Raises:
            DownloadError: The answer is a web page.
            BrokenError: It is another range than was asked for.
        """
        if response.headers.get_content_type() in ("text/html", "application/xhtml+xml") and (
            response.status != _NO_SUCH_RANGE
        ):
            raise DownloadError(
                f"{url}: a web page comes instead of the file: an error, or a form to log in"
            )
        if response.status == _WHOLE:
            self._cut(self._start)
            told = response.headers.get("Content-Length", "")
            return int(told) if re.fullmatch(r"\d{1,18}", told) else None
        given = _RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
        total = int(given[2]) if given is not None and given[2] != "*" else None
        if response.status == _NO_SUCH_RANGE:
            if total != have:
                self._cut(self._start)
                return None
            return total
        if (
            response.status != _PARTIAL
            or given is None
            or given[1] is None
            or int(given[1]) != have
        ):
            self._cut(self._start)
            raise BrokenError(f"{url}: answers {response.status} to a range of bytes; try again")
        return total

    def _take(self, response: http.client.HTTPResponse) -> None:
        with self._path.open("ab", buffering=0) as target:
            done = target.tell()
            while block := response.read(_BLOCK):
                _write(target, block)
                done += len(block)
                self._meter.update(done)

    def _check(self, part: Part) -> None:
        """Compares the part's checksum with what has come.

        Raises:
            DownloadError: It is another one.
        """
        if part.checksum is None:
            return
        name = "md5" if len(part.checksum) == 32 else "sha256"
        with self._path.open("rb") as stream:
            stream.seek(self._start)
            digest = hashlib.file_digest(
                stream, lambda: hashlib.new(name, usedforsecurity=False)
            ).hexdigest()
        if digest != part.checksum.lower():
            raise DownloadError(
                f"{self._url}: has the checksum {digest}, expected {part.checksum}; try again"
            )

    def _cut(self, size: int) -> None:
        if self.size > size:
            os.truncate(self._path, size)

    def _note(self) -> None:
        lines = [str(self._number), str(self._start), self._url, self._tag]
        self._notes.write_text("\n".join(lines), encoding="utf-8")

    def _noted(self) -> tuple[int, int, str, str]:
        """What is noted of an earlier run's draft; where it makes no sense, that of a new one."""
        try:
            with self._notes.open(encoding="utf-8") as stream:
                number, start, url, tag = stream.read(_MOST_NOTES).split("\n")
            if re.fullmatch(r"\d{1,18}", number) and re.fullmatch(r"\d{1,18}", start):
                return int(number), int(start), url, tag
        except (OSError, ValueError):
            pass
        return 0, 0, "", ""


def _write(target: BinaryIO, block: bytes) -> None:
    view = memoryview(block)
    while len(view):
        view = view[target.write(view) :]


def _tag_of(response: http.client.HTTPResponse) -> str:
    """What tells a state of a file, as If-Range takes it: a strong ETag, else a date."""
    tag = response.headers.get("ETag", "").strip()
    if not tag or tag.startswith("W/"):
        tag = response.headers.get("Last-Modified", "").strip()
    return "" if "\n" in tag or "\r" in tag or len(tag) > 1000 else tag


def _count(total: int | None) -> str:
    return "an unknown number of" if total is None else f"{total:,}"
