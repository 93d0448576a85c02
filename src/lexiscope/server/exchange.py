"""A request's way to its answer: its address's tag, the cache, and what the client takes."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Annotated, Any, TypeVar
from urllib.parse import unquote

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from lexiscope.server.cache import AnswerCache
from lexiscope.server.maps import Maps
from lexiscope.server.neighborhood import Neighborhood
from lexiscope.server.payloads.base import BinaryPayload
from lexiscope.server.payloads.program import CommandOption
from lexiscope.server.problems import AnotherSubjectError
from lexiscope.server.subject import OpenSubject
from lexiscope.server.wire import BINARY, Encoded
from lexiscope.server.workers import Workers

T = TypeVar("T")

FOREVER = "public, max-age=31536000, immutable"
CHECK = "no-cache"

# More at a time would only wait for each other, and each may need its share of memory.
_THREADS = 4


class Service:
    """What all requests share.

    Args:
        subject: What is open.
        options: The commands' options, for the code view.

    Attributes:
        subject, options: As given.
        cache: Answers given before.
        maps: Maps of the words.
        executor: Where what takes longer than a millisecond is computed.
    """

    def __init__(self, subject: OpenSubject, options: Sequence[CommandOption] = ()) -> None:
        self.subject = subject
        self.options = list(options)
        self.cache = AnswerCache()
        self.maps = Maps(subject)
        self._start()

    def _start(self) -> None:
        self.executor = Workers(_THREADS, "lexiscope")
        # Passes over a matrix use all cores; two at a time would only be slower.
        self._passes = Workers(1, "lexiscope-nearest")
        self._neighborhoods: dict[str, Neighborhood] = {}

    def neighborhood(self, matrix: str) -> Neighborhood:
        """The rows of W ("input") or W′ ("output"), to search.

        Raises:
            NothingToShowError: There is no such matrix.
        """
        found = self._neighborhoods.get(matrix)
        if found is None:
            vectors = self.subject.vectors
            if matrix == "input":
                found = Neighborhood(vectors.vectors, vectors.norms, self._passes)
            else:
                rows = self.subject.output()
                found = Neighborhood(rows, self.subject.output_norms, self._passes)
            self._neighborhoods[matrix] = found
        return found

    def close(self) -> None:
        """Lets the threads end; a server that is started again has new ones."""
        self.executor.shutdown(wait=False, cancel_futures=True)
        self._passes.shutdown(wait=False, cancel_futures=True)
        self.maps.close()
        if self.subject.transformer is not None:
            self.subject.transformer.close()
        self._start()


class Exchange:
    """One request and its answer.

    An address that names a fingerprint (`v`) was made by a page that had that subject open. Answers
    to it out of another subject would be mixed, on that page, with what it already shows.

    Raises:
        AnotherSubjectError: The address names another subject's fingerprint.

    Attributes:
        service: What all requests share.
        subject: What is open.
    """

    def __init__(self, request: Request, service: Service) -> None:
        self._request = request
        self.service = service
        self.subject = service.subject
        query = request.scope["query_string"].decode("latin-1")
        parts = [part for part in query.split("&") if part]
        versions = {unquote(part[2:]) for part in parts if part.startswith("v=")} - {""}
        if versions - {self.subject.fingerprint}:
            raise AnotherSubjectError(
                f"this address was made for another model, or for another version of Lexiscope; "
                f"{self.subject.name} is served here now: open the page anew"
            )
        self._forever = bool(versions)
        rest = "&".join(part for part in parts if not part.startswith("v="))
        self._address = f"{request.scope['path']}?{rest}"

    async def reply(self, make: Callable[[], Encoded]) -> Response:
        """Answers with what takes a while to compute: it is computed in a thread."""
        loop = asyncio.get_running_loop()

        async def computed() -> Encoded:
            return await loop.run_in_executor(self.service.executor, make)

        return await self.reply_async(computed)

    async def apart(self, work: Callable[[], T]) -> T:
        """What some work gives, which is done in a thread; for answers that are never kept."""
        return await asyncio.get_running_loop().run_in_executor(self.service.executor, work)

    def reply_now(self, make: Callable[[], Encoded]) -> Response:
        """Answers with what takes less than a millisecond.

        A thread's turn would cost more, and keeping all of a run's steps would take hundreds of
        megabytes to spare what a replay does as fast.
        """
        tag = self._tag()
        return self._unchanged(tag) if self._known(tag) else self._send(make(), tag)

    async def reply_async(self, make: Callable[[], Awaitable[Encoded]]) -> Response:
        """Answers with what waits for others while it is computed."""
        tag = self._tag()
        if self._known(tag):
            return self._unchanged(tag)
        found = self.service.cache.find(self._address)
        if found is None:
            found = await self.service.cache.make(self._address, make)
        return self._send(found, tag)

    def _tag(self) -> str:
        # Weak: the same answer may come zipped or not.
        digest = hashlib.blake2b(self._address.encode("utf-8", "replace"), digest_size=8)
        return f'W/"{self.subject.fingerprint}-{digest.hexdigest()}"'

    def _known(self, tag: str) -> bool:
        return tag_matches(self._request.headers.get("if-none-match"), tag)

    def _unchanged(self, tag: str) -> Response:
        return Response(status_code=304, headers=self._headers(tag))

    def _headers(self, tag: str) -> dict[str, str]:
        return {
            "ETag": tag,
            "Cache-Control": FOREVER if self._forever else CHECK,
            "Vary": "Accept-Encoding",
        }

    def _send(self, answer: Encoded, tag: str) -> Response:
        return encoded_response(self._request, answer, self._headers(tag))


def tag_matches(header: str | None, tag: str) -> bool:
    """Whether an If-None-Match header names a tag, by weak comparison (RFC 9110, 13.1.2)."""
    if header is None:
        return False
    bare = tag.removeprefix("W/")
    return any(one.strip().removeprefix("W/") in (bare, "*") for one in header.split(","))


def encoded_response(request: Request, answer: Encoded, headers: dict[str, str]) -> Response:
    """An answer's bytes, zipped where the client takes that."""
    body = answer.body
    if answer.zipped is not None and takes_gzip(request.headers.getlist("accept-encoding")):
        body, headers = answer.zipped, {**headers, "Content-Encoding": "gzip"}
    return Response(body, media_type=answer.media, headers=headers)


def takes_gzip(headers: Iterable[str]) -> bool:
    """Whether Accept-Encoding headers allow gzip."""
    for one in ",".join(headers).split(","):
        name, _, rest = one.partition(";")
        if name.strip().lower() in ("gzip", "*"):
            quality = rest.strip().lower().removeprefix("q=").strip()
            return quality.strip("0.") != "" or quality == ""
    return False


async def _exchange(request: Request) -> Exchange:
    return Exchange(request, request.app.state.service)


ExchangeDependency = Annotated[Exchange, Depends(_exchange)]


def binary(payload: type[BinaryPayload]) -> dict[str, Any]:
    """How a route that answers with a safetensors document is declared."""
    content = {BINARY: {"schema": {"type": "string", "format": "binary"}}}
    content[BINARY]["x-payload"] = payload.__name__  # type: ignore[assignment]
    described = {"description": f"A {payload.__name__} and its arrays", "content": content}
    return {"response_class": Response, "responses": {200: described}}
