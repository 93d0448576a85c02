"""Files fetched from the web, checked by their checksum as they come."""

from __future__ import annotations

import hashlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from lexiscope.errors import LexiscopeError
from lexiscope.progress import Meter, ProgressCallback

TIMEOUT_SECONDS = 60.0
_BLOCK = 1 << 16
_SCHEMES = ("https://", "http://")


class DownloadError(LexiscopeError, OSError, ValueError):
    """A file could not be fetched: no network, no such address, or not what was expected."""


@contextmanager
def _opened(url: str) -> Iterator[Any]:
    if not url.startswith(_SCHEMES):
        raise DownloadError(f"{url}: expected an address that begins with https://")
    request = urllib.request.Request(url, headers={"User-Agent": "lexiscope"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
            yield response
    except urllib.error.HTTPError as error:
        raise DownloadError(f"{url}: the server answers {error.code} {error.reason}") from error
    except urllib.error.URLError as error:
        raise DownloadError(
            f"{url}: cannot be reached ({error.reason}); check the network, or copy the file "
            "by hand"
        ) from error
    except (TimeoutError, ConnectionError, http.client.HTTPException) as error:
        reason = str(error) or type(error).__name__
        raise DownloadError(f"{url}: the connection broke ({reason}); try again") from error


def fetch(url: str, most: int) -> bytes:
    """A small file.

    Args:
        url: Its address.
        most: Bytes that it may have.

    Raises:
        DownloadError: It cannot be fetched, or is larger.
    """
    with _opened(url) as response:
        content: bytes = response.read(most + 1)
    if len(content) > most:
        raise DownloadError(f"{url}: is larger than {most:,} bytes, which is not what was expected")
    return content


def download(
    url: str,
    target: BinaryIO,
    *,
    md5: str,
    progress: ProgressCallback | None = None,
    stage: str = "downloading",
) -> None:
    """A file, written as it comes.

    Args:
        url: Its address.
        target: Takes the bytes.
        md5: Its checksum, in hexadecimal digits.
        progress: Told how far it is, in bytes.
        stage: What it is told.

    Raises:
        DownloadError: It cannot be fetched, is cut, or has another checksum.
        OSError: It cannot be written.
    """
    digest = hashlib.md5(usedforsecurity=False)
    done = 0
    with _opened(url) as response:
        told = response.headers.get("Content-Length", "")
        size = int(told) if told.isdigit() else None
        meter = Meter(stage, size, "bytes", progress)
        while True:
            block = response.read(_BLOCK)
            if not block:
                break
            digest.update(block)
            target.write(block)
            done += len(block)
            meter.update(done)
    if size is not None and done != size:
        raise DownloadError(f"{url}: ends after {done:,} of {size:,} bytes; try again")
    if digest.hexdigest() != md5.lower():
        raise DownloadError(
            f"{url}: has the checksum {digest.hexdigest()}, expected {md5}; try again"
        )
    meter.finish(done)
