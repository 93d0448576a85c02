"""What the server's tests ask with, and kinds of runs and vectors to ask about."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from fastapi.testclient import TestClient
from safetensors.numpy import load as read_safetensors

from lexiscope.vectors import KeyedVectors

LOCAL = "http://127.0.0.1:8765"

# Every way in which a small run is trained: name → options.
KINDS: dict[str, dict[str, Any]] = {
    "softmax": {},
    "negative": {"loss": "negative", "negative": 3},
    "tree": {"loss": "hierarchical"},
    "cbow": {"architecture": "cbow", "window": 2},
    "cbow-classic-adam": {
        "architecture": "cbow",
        "cbow_update": "classic",
        "loss": "negative",
        "optimizer": "adam",
    },
    "next-word": {"architecture": "next-word"},
    "adam": {"optimizer": "adam"},
    "float64": {"precision": "float64"},
}


class Page:
    """A client that reads answers of both kinds."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def get(self, address: str, **headers: str) -> Any:
        return self.client.get(address, headers=headers)

    def json(self, address: str) -> Any:
        answer = self.get(address)
        assert answer.status_code == 200, (address, answer.text)
        assert answer.headers["content-type"] == "application/json"
        return answer.json()

    def binary(self, address: str) -> tuple[dict[str, Any], dict[str, np.ndarray[Any, Any]]]:
        answer = self.get(address)
        assert answer.status_code == 200, (address, answer.text)
        assert answer.headers["content-type"] == "application/vnd.safetensors"
        return unpacked(answer.content)

    def refused(self, address: str, status: int) -> str:
        answer = self.get(address)
        assert answer.status_code == status, (address, answer.text)
        found = answer.json()
        assert set(found) == {"error", "suggestions"}
        assert found["error"] and "\n" not in found["error"]
        return str(found["error"])


def unpacked(content: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray[Any, Any]]]:
    """A binary answer's payload and arrays, read as the format's specification says."""
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + size])
    return json.loads(header["__metadata__"]["payload"]), read_safetensors(content)


def vectors(words: int, dim: int, *, counts: bool = True, output: bool = True) -> KeyedVectors:
    """Random vectors of words w0, w1, …, the last the most frequent."""
    rng = np.random.default_rng(words)
    return KeyedVectors(
        [f"w{number}" for number in range(words)],
        rng.standard_normal((words, dim), dtype=np.float32),
        counts=np.arange(1, words + 1) if counts else None,
        output=rng.standard_normal((words, dim), dtype=np.float32) if output else None,
    )
