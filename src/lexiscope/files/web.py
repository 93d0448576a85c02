"""Addresses on the web: opened as the user's variables say, every fault in one line.

`LEXISCOPE_OFFLINE=1` forbids the network. `LEXISCOPE_MIRROR` is an address under which copies lie
by host and path, as `wget -x` lays them: `https://a.org/b.gz` is asked for as `MIRROR/a.org/b.gz`.
Proxies are those of `http_proxy` and `https_proxy`.
"""

from __future__ import annotations

import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from lexiscope.errors import LexiscopeError, reason_of

OFFLINE, MIRROR = "LEXISCOPE_OFFLINE", "LEXISCOPE_MIRROR"
TIMEOUT_SECONDS = 60.0
_SCHEMES = ("https://", "http://")
_TRUE = ("1", "TRUE", "YES", "ON")
_PASSING = (408, 425, 429, 500, 502, 503, 504)


class DownloadError(LexiscopeError, OSError, ValueError):
    """A file could not be fetched: no network, no such address, or not what was expected."""


class BrokenError(DownloadError):
    """A connection broke, or a server has no time: the next try may do."""


def offline(*more: str) -> str | None:
    """The variable that forbids the network; None where none does.

    Args:
        more: Names of variables that forbid it beside LEXISCOPE_OFFLINE.
    """
    for name in (OFFLINE, *more):
        if os.environ.get(name, "").strip().upper() in _TRUE:
            return name
    return None


def mirrored(url: str) -> str:
    """Where an address is asked for.

    Raises:
        DownloadError: It, or the mirror, is no address of the web.
    """
    mirror = os.environ.get(MIRROR, "").strip().rstrip("/")
    if mirror and not mirror.startswith(_SCHEMES):
        raise DownloadError(f"{MIRROR} is {mirror}, expected an address that begins with https://")
    if not url.startswith(_SCHEMES):
        raise DownloadError(f"{url}: expected an address that begins with https://")
    return f"{mirror}/{url.partition('://')[2]}" if mirror else url


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Goes on where a server sends, but never from https to anything else."""

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        """See the base class.

        Raises:
            DownloadError: The new address is not as safe as the old one.
        """
        kept = _SCHEMES[:1] if req.full_url.startswith(_SCHEMES[0]) else _SCHEMES
        if not newurl.startswith(kept):
            fp.close()
            raise DownloadError(
                f"{req.full_url}: the server sends on to {newurl}, which is not followed"
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


@contextmanager
def opened(
    url: str,
    headers: Mapping[str, str] | None = None,
    also: Collection[int] = (),
    *,
    token: str = "",
    is_mirrored: bool = True,
) -> Iterator[http.client.HTTPResponse]:
    """A server's answer, to be read within the block.

    Args:
        url: The address, before any mirror.
        headers: More of the question.
        also: Codes of failure that the caller wants to look at.
        token: Says who asks; not for the servers that this one sends on to.
        is_mirrored: Whether the address is asked for at the user's mirror.

    Raises:
        BrokenError: The connection broke, here or within the block.
        DownloadError: The network is forbidden or cannot be reached, or the server refuses.
    """
    place = mirrored(url) if is_mirrored else url
    forbidden = offline()
    if forbidden is not None:
        raise DownloadError(f"{place}: is not fetched, because {forbidden} is set")
    asked = {"User-Agent": "lexiscope", "Accept-Encoding": "identity", **(headers or {})}
    request = urllib.request.Request(place, headers=asked)
    if token:
        request.add_unredirected_header("Authorization", f"Bearer {token}")
    opener = urllib.request.build_opener(_Redirects)
    try:
        try:
            response = opener.open(request, timeout=TIMEOUT_SECONDS)
        except urllib.error.HTTPError as error:
            if error.code not in also:
                error.close()
                raise
            response = error
        with response:
            yield response
    except urllib.error.HTTPError as error:
        kind = BrokenError if error.code in _PASSING else DownloadError
        raise kind(f"{place}: the server answers {error.code} {reason_of(_Said(error))}") from error
    except urllib.error.URLError as error:
        if isinstance(error.reason, TimeoutError | ConnectionResetError):
            raise _broken(place, error.reason) from error
        raise DownloadError(
            f"{place}: cannot be reached ({error.reason}); check the network, or copy the file "
            "by hand"
        ) from error
    except (TimeoutError, ConnectionError, http.client.HTTPException) as error:
        raise _broken(place, error) from error


class _Said(Exception):
    """What a server says of its refusal."""

    def __init__(self, error: urllib.error.HTTPError) -> None:
        super().__init__(str(error.reason))


def _broken(url: str, error: BaseException) -> BrokenError:
    return BrokenError(f"{url}: the connection broke ({reason_of(error)}); try again")
