"""A hub on this machine: the two questions that a model's files take."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from tests.support.web_server import Server, Thing

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LARGE = 100


def publish(server: Server, model: str, files: dict[str, bytes], revision: str = "main") -> None:
    """Puts a model on a server.

    Args:
        server: The server, which HF_ENDPOINT is to name.
        model: OWNER/NAME.
        files: Its files; those of 100 bytes or more have a sha256, as those in Git LFS have.
        revision: Under which it is found.
    """
    siblings = []
    for name, content in files.items():
        one: dict[str, object] = {"rfilename": name, "size": len(content), "blobId": "0" * 40}
        if len(content) >= LARGE:
            digest = hashlib.sha256(content).hexdigest()
            one["lfs"] = {"sha256": digest, "size": len(content), "pointerSize": 130}
        siblings.append(one)
        server.things[f"/{model}/resolve/{COMMIT}/{name}"] = Thing(content, etag=f'"{name}"')
    told = {
        "id": model,
        "sha": COMMIT,
        "siblings": siblings,
        "tags": [],
        "private": False,
        "cardData": {"license": "mit"},
    }
    answer = Thing(json.dumps(told).encode(), kind="application/json", ranges=False)
    server.things[f"/api/models/{model}/revision/{revision}"] = answer


def files_of(folder: Path) -> dict[str, bytes]:
    """A folder's files by name."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
