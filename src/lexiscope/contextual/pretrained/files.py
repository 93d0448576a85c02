"""Files of a pretrained model, here or on a hub, read by ranges of bytes.

On a hub a file is at `<endpoint>/<model>/resolve/<revision>/<file>`
(https://huggingface.co/docs/hub). A range is asked for with the Range header of HTTP (RFC 9110,
14.2), so that a few megabytes of embeddings never cost the download of a whole model. The endpoint
is that of the variable HF_ENDPOINT, and HF_TOKEN is sent to it for models that need one, as Hugging
Face's own programs have it; HF_HUB_OFFLINE=1 or LEXISCOPE_OFFLINE=1 forbids asking.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from lexiscope.errors import FormatError
from lexiscope.files import tokens
from lexiscope.files.opening import MissingPathError
from lexiscope.files.web import offline

if TYPE_CHECKING:
    from http.client import HTTPResponse

_HUB = "https://huggingface.co"
_SECONDS = 30.0
# The largest tokenizers take some 40 MB; nothing else is read whole.
_MOST_WHOLE = 1 << 27
_MODEL_ID = re.compile(r"[\w.-]+(?:/[\w.-]+)?")
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
_PARTIAL, _WHOLE, _NEEDS_ACCESS, _NOT_FOUND = 206, 200, (401, 403), 404


class Files(Protocol):
    """The files of one pretrained model."""

    @property
    def name(self) -> str:
        """What the user calls it."""

    @property
    def is_remote(self) -> bool:
        """Whether every byte costs network time."""

    def path(self, file: str) -> str:
        """Where a file is, for messages."""

    def has(self, file: str) -> bool:
        """Whether there is such a file."""

    def size(self, file: str) -> int:
        """A file's bytes."""

    def read(self, file: str, start: int, end: int) -> bytes:
        """The bytes from `start` up to `end`.

        Raises:
            FormatError: The file has fewer, or cannot be reached.
        """

    def whole(self, file: str) -> bytes:
        """All bytes of a small file.

        Raises:
            FormatError: It is larger than any tokenizer, or cannot be reached.
        """


def open_files(name: str) -> tuple[Files, str | None]:
    """The files behind what a user has named.

    Args:
        name: A folder, a file in one, or the id of a model on the hub ("openai-community/gpt2",
            with "@" and a revision behind it where that is not "main").

    Returns:
        The files, and the one that was named, if a file was.

    Raises:
        MissingPathError: It is no path and cannot be an id.
    """
    path = Path(name)
    if path.is_dir():
        return Folder(path), None
    if path.is_file():
        return Folder(path.parent), path.name
    model, _at, revision = name.partition("@")
    if _MODEL_ID.fullmatch(model) is None or path.suffix in (".safetensors", ".bin"):
        raise MissingPathError(name, None, "no such folder, and no model's id; check the path")
    return Hub(model, revision or "main"), None


@dataclass(frozen=True)
class Folder:
    """A pretrained model on disk."""

    folder: Path
    is_remote: bool = False

    @property
    def name(self) -> str:
        """The folder's path."""
        return str(self.folder)

    def path(self, file: str) -> str:
        """See `Files`."""
        return str(self.folder / file)

    def has(self, file: str) -> bool:
        """See `Files`."""
        return (self.folder / file).is_file()

    def size(self, file: str) -> int:
        """See `Files`."""
        return (self.folder / file).stat().st_size

    def read(self, file: str, start: int, end: int) -> bytes:
        """See `Files`."""
        with (self.folder / file).open("rb", buffering=0) as stream:
            stream.seek(start)
            content = stream.read(end - start)
        if len(content) != end - start:
            raise FormatError(
                self.path(file), f"byte {start + len(content)}", "ends too early; copy it again"
            )
        return content

    def whole(self, file: str) -> bytes:
        """See `Files`."""
        size = self.size(file)
        if size > _MOST_WHOLE:
            raise FormatError(self.path(file), None, f"has {size:,} bytes, too many for what it is")
        return self.read(file, 0, size)


class Hub:
    """A pretrained model on a hub.

    Args:
        model: Its id.
        revision: A branch, tag or commit.
    """

    is_remote = True

    def __init__(self, model: str, revision: str) -> None:
        self.name = model
        self._revision = revision
        self._endpoint = os.environ.get("HF_ENDPOINT", _HUB).rstrip("/")
        self._sizes: dict[str, int | None] = {}

    def path(self, file: str) -> str:
        """See `Files`."""
        place = f"{self.name}/resolve/{self._revision}/{file}"
        return f"{self._endpoint}/{quote(tokens.encode(place))}"

    def has(self, file: str) -> bool:
        """See `Files`."""
        if file not in self._sizes:
            # A range of one byte tells whether it is there and how large, whatever the server
            # thinks of HEAD.
            self._request(file, 0, 1)
        return self._sizes[file] is not None

    def size(self, file: str) -> int:
        """See `Files`."""
        size = self._sizes[file] if self.has(file) else None
        if size is None:
            raise FormatError(self.path(file), None, f"there is no such file in {self.name}")
        return size

    def read(self, file: str, start: int, end: int) -> bytes:
        """See `Files`."""
        if end <= start:
            return b""
        content = self._request(file, start, end)
        if content is None or len(content) != end - start:
            raise FormatError(
                self.path(file),
                f"byte {start}",
                f"gave {len(content or b'')} bytes of {end - start}; try again",
            )
        return content

    def whole(self, file: str) -> bytes:
        """See `Files`."""
        size = self.size(file)
        if size > _MOST_WHOLE:
            raise FormatError(self.path(file), None, f"has {size:,} bytes, too many for what it is")
        return self.read(file, 0, size)

    def _request(self, file: str, start: int, end: int) -> bytes | None:
        """The bytes of a range, fewer at the file's end; None where there is no such file."""
        from urllib.error import HTTPError, URLError
        from urllib.request import Request, urlopen

        url = self.path(file)
        if not url.startswith(("http://", "https://")):
            raise self._unreachable("HF_ENDPOINT is no http address")
        forbidden = offline("HF_HUB_OFFLINE")
        if forbidden is not None:
            raise self._unreachable(f"{forbidden} is set")
        request = Request(url, headers={"Range": f"bytes={start}-{end - 1}"})
        token = os.environ.get("HF_TOKEN")
        if token:
            # Not for the servers that the hub sends on to.
            request.add_unredirected_header("Authorization", f"Bearer {token}")
        try:
            with urlopen(request, timeout=_SECONDS) as response:
                return self._content(file, response, start, end)
        except HTTPError as error:
            error.close()
            if error.code == _NOT_FOUND:
                self._sizes[file] = None
                return None
            raise self._refused(url, error.code) from error
        except (URLError, HTTPException, OSError) as error:
            raise self._unreachable(str(getattr(error, "reason", error))) from error

    def _content(self, file: str, response: HTTPResponse, start: int, end: int) -> bytes:
        if response.status == _WHOLE:
            return self._start_of_whole(file, response, start, end)
        given = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        if response.status != _PARTIAL or given is None or int(given[1]) != start:
            raise FormatError(
                self.path(file), None, f"answered {response.status} to a range of bytes; try again"
            )
        self._sizes[file] = int(given[3])
        return response.read(end - start)

    def _start_of_whole(self, file: str, response: HTTPResponse, start: int, end: int) -> bytes:
        """The first bytes of a file that comes whole, as small ones may.

        Raises:
            FormatError: It is large, or another part of it is wanted.
        """
        told = response.headers.get("Content-Length", "")
        size = int(told) if told.isdecimal() else None
        content = b""
        if start == 0 and (size is None or size <= _MOST_WHOLE):
            content = response.read(_MOST_WHOLE + 1 if size is None else end)
            size = len(content) if size is None else size
        if start > 0 or size is None or size > _MOST_WHOLE:
            raise FormatError(
                self.path(file), None, "this server gives no ranges of bytes; download the file"
            )
        self._sizes[file] = size
        return content[:end]

    def _refused(self, url: str, code: int) -> FormatError:
        if code in _NEEDS_ACCESS:
            reason = (
                f"answered {code}: there is no such model, or it needs a token in HF_TOKEN and its "
                "terms accepted"
            )
        else:
            reason = f"answered {code}; try again, or download the checkpoint"
        return FormatError(url, None, reason)

    def _unreachable(self, why: str) -> FormatError:
        return FormatError(
            self.name,
            None,
            f"is no folder here, and the hub at {self._endpoint} cannot be asked for it ({why}); "
            "check the path, or download the checkpoint",
        )
