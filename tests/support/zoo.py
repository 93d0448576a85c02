"""Bad inputs of every kind that a path can lead to, for whatever takes a path."""

from __future__ import annotations

import gzip
import io
import json
import os
import pickle
import socket
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.support import fasttext_bytes, finalfusion_bytes

_BOMB = 64 << 20  # bytes that a few kilobytes inflate to
_JUNK = np.random.default_rng(13).bytes(10_000)
_ROWS = b"king 0.1 0.2\nqueen 0.3 0.4\nman 0.5 0.6\nwoman 0.7 0.8\n"
_PAGE = (
    b"<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head><body>gone</body></html>\n"
)
_POINTER = (
    b"version https://git-lfs.github.com/spec/v1\n"
    b"oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"
)
HOSTILE_WORDS = [
    "\x1b[31mred",
    "\x9b2Jgone",
    "\u202egnik",
    "zero\u200bwidth",
    "zal\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u0309go",
    "long" * 400,
]


class _Command:
    """What a hostile pickle would have done."""

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, ("touch /tmp/lexiscope-was-here",)


def _bytes_of(write: Callable[[io.BytesIO], object]) -> bytes:
    stream = io.BytesIO()
    write(stream)
    return stream.getvalue()


def _zipped(**members: bytes) -> bytes:
    def write(stream: io.BytesIO) -> None:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)

    return _bytes_of(write)


def _safetensors(header: object, data: bytes = b"", length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def _npy(header: str, data: bytes = b"") -> bytes:
    text = header.encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + data


def _hostile_vectors() -> bytes:
    rows = [
        f"{word} {0.1 * row:.2f} {0.2 * row + 0.1:.2f}" for row, word in enumerate(HOSTILE_WORDS)
    ]
    return (f"{len(rows)} 2\n" + "\n".join(rows) + "\n").encode()


_DEEP = 100_000
_TENSOR = {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}

# Name of the file → its content.
FILES: dict[str, bytes] = {
    "empty": b"",
    "empty.bin": b"",
    "empty.txt": b"",
    "empty.safetensors": b"",
    "newlines.txt": b"\n" * 1000,
    "mark.txt": b"\xef\xbb\xbf",
    "zeros.bin": b"\0" * 10_000,
    "junk": _JUNK,
    "junk.bin": _JUNK,
    "junk.txt": _JUNK,
    "junk.npy": _JUNK,
    "junk.npz": _JUNK,
    "junk.kv": _JUNK,
    "junk.safetensors": _JUNK,
    "junk.parquet": _JUNK,
    "junk.json": _JUNK,
    "junk.pt": _JUNK,
    "magic.parquet": b"PAR1" + _JUNK + b"PAR1",
    "magic.fasttext.bin": struct.pack("<ii", 793712314, 12) + _JUNK,
    "short.fasttext.bin": fasttext_bytes.Golden().content()[:200],
    "magic.fifu": b"FiFu" + _JUNK,
    "short.fifu": finalfusion_bytes.simple(["a", "b"], np.eye(2, dtype=np.float32))[:40],
    "huge header.bin": b"999999999999 999999999\nking " + _JUNK[:100],
    "huge header.txt": b"999999999999 300\n" + _ROWS,
    "negative header.txt": b"-4 -2\n" + _ROWS,
    "digits.txt": "²³ ٤\n".encode() + _ROWS,
    "truncated.bin": b"4 50\nking " + _JUNK[:120],
    "truncated.txt": b"4 2\n" + _ROWS[:-20],
    "missing column.txt": b"4 2\nking 0.1 0.2\nqueen 0.3\nman 0.5 0.6\nwoman 0.7 0.8\n",
    "not numbers.txt": b"4 2\nking a b\nqueen c d\nman e f\nwoman g h\n",
    "nan.txt": b"4 2\n" + _ROWS.replace(b"0.5", b"nan"),
    "infinite.txt": b"4 2\n" + _ROWS.replace(b"0.5", b"1e999"),
    "utf16.txt": _ROWS.decode().encode("utf-16"),
    "latin1.txt": b"caf\xe9 na\xefve\n" * 10,
    "nul.txt": b"king\x00queen 0.1 0.2\n" * 4,
    "crlf.txt": b"4 2\r\n" + _ROWS.replace(b"\n", b"\r\n"),
    "cr.txt": b"4 2\r" + _ROWS.replace(b"\n", b"\r"),
    "one line.txt": b"word " * 10_000,
    "one word.txt": b"w" * 100_000,
    "duplicates.txt": b"4 2\n" + _ROWS[:13] * 4,
    "hostile words.txt": _hostile_vectors(),
    "junk.gz": _JUNK,
    "junk.txt.gz": b"\x1f\x8b\x08\x00" + _JUNK,
    "truncated.txt.gz": gzip.compress(_ROWS * 1000)[:-30],
    "bomb.txt.gz": gzip.compress(b"\0" * _BOMB, 1),
    "junk.xz": b"\xfd7zXZ\x00" + _JUNK,
    "junk.bz2": b"BZh9" + _JUNK,
    "junk.zst": b"\x28\xb5\x2f\xfd" + _JUNK,
    "bomb.zip": _zipped(inside=b"\0" * _BOMB),
    "bomb.npz": _zipped(**{"input.npy": b"\0" * _BOMB}),
    "junk.zip": b"PK\x03\x04" + _JUNK,
    "error page.bin": _PAGE,
    "error page.safetensors": _PAGE,
    "error page.txt": _PAGE,
    "pointer.bin": _POINTER,
    "pointer.safetensors": _POINTER,
    "partial.bin.part": b"4000 300\nking " + _JUNK,
    "partial.safetensors.crdownload": _safetensors({"input": _TENSOR}, b"\0" * 7),
    "long header.safetensors": _safetensors({}, length=1 << 62),
    "no header.safetensors": _safetensors(b"{not json"),
    "deep header.safetensors": _safetensors(b'{"a":' * _DEEP),
    "overlapping.safetensors": _safetensors({"a": _TENSOR, "b": _TENSOR}, b"\0" * 16),
    "wrong types.safetensors": _safetensors({"a": [1, 2], "b": "c"}),
    "huge shape.safetensors": _safetensors(
        {"a": {"dtype": "F32", "shape": [1 << 40, 1 << 40], "data_offsets": [0, 16]}}, b"\0" * 16
    ),
    "huge shape.npy": _npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1 << 50, 300)}"),
    "far too many.npy": _npy(
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999, 300)}", b"\0" * 64
    ),
    "no header.npy": _npy("{'descr': __import__('os').system('true')}"),
    "objects.npy": _bytes_of(
        lambda stream: np.save(stream, np.array([{"a": 1}], object), allow_pickle=True)
    ),
    "command.kv": pickle.dumps(_Command()),
    "command.pt": pickle.dumps(_Command()),
    "lists.kv": b"\x80\x04" + b"]" * 200_000 + b".",
    "numbers.kv": pickle.dumps(10**50_000) + b".",
    "deep.json": b"[" * _DEEP,
    "deep objects.json": b'{"a":' * _DEEP,
    "types.json": b'{"model": [], "added_tokens": {"a": 1}, "vocab": 7}',
    "infinity.json": b'{"version": Infinity, "words": NaN, "dim": 1e400}',
    "unclosed.csv": b'word,0,1\n"king,0.1,0.2\nqueen,0.3,0.4\n',
    "no rows.csv": b"word,0,1\n",
    "no rows.tsv": b"\n",
    "vectors.tsv": b"0.1\t0.2\n0.3\n",
    "odd\nname.bin": _JUNK,
    "odd \x1b[31m name.txt": _JUNK,
    "odd \udcff\udcfe name.bin": _JUNK,
    "odd \u202ename.txt": _JUNK,
    "odd 'quotes\" & $(true).txt": _JUNK,
    "n" * 250: _JUNK,
}

_CONFIG = {"format": "lexiscope", "format_version": 1, "words": 2, "vector_size": 2}
_MATRIX = _safetensors({"input": _TENSOR}, b"\0" * 16)


def _model(vocabulary: bytes, matrix: bytes = _MATRIX) -> dict[str, bytes]:
    """Files of a model folder."""
    return {
        "config.json": json.dumps(_CONFIG).encode(),
        "model.safetensors": matrix,
        "vocabulary.tsv": vocabulary,
    }


# Name of the folder → its files.
FOLDERS: dict[str, dict[str, bytes]] = {
    "empty folder": {},
    "folder of junk": {"a.bin": _JUNK, "b": _JUNK},
    "deep model": {"config.json": b'{"a":' * _DEEP, "model.safetensors": _JUNK},
    "model of junk": _model(b"a\t1\nb\t1\n", _JUNK),
    "model of lists": {
        "config.json": b"[1, 2, 3]",
        "model.safetensors": _MATRIX,
        "vocabulary.tsv": b"a\t1\nb\t1\n",
    },
    "model without words": _model(b""),
    "model with other words": _model(b"a\tmany\nb\\q\t1\nc\t1\nd\n"),
    "recording of junk": _model(b"a\t1\nb\t1\n") | {"recording/steps.bin": _JUNK},
    "checkpoint of junk": {
        "config.json": b'{"model_type": "bert", "hidden_size": 4}',
        "pytorch_model.bin": _JUNK,
        "tokenizer.json": _JUNK,
    },
    "checkpoint of lists": {
        "config.json": b'{"model_type": [], "architectures": {"a": 1}, "hidden_size": "x"}',
        "model.safetensors": _safetensors({"embeddings.weight": _TENSOR}, b"\0" * 16),
        "tokenizer.json": b'{"model": {"type": "BPE", "vocab": [], "merges": 7}}',
    },
    "checkpoint in parts": {
        "config.json": b'{"model_type": "llama"}',
        "model.safetensors.index.json": b'{"weight_map": {"a": "../../etc/passwd", "b": 7}}',
    },
    "static model": {
        "config.json": b'{"model_type": "model2vec"}',
        "model.safetensors": _safetensors({"embeddings": _TENSOR}, b"\0" * 16),
        "tokenizer.json": b'{"model": {"vocab": {"a": "b"}}}',
    },
    "export of junk": {"manifest.json": b'{"format": "lexiscope-export", "matrices": 7}'},
}

# Those that some command may take for sound: a text is whatever is text.
MAY_PASS = frozenset({"crlf.txt", "hostile words.txt", "duplicates.txt", "nan.txt", "cr.txt"})


def make(folder: Path) -> dict[str, str]:
    """All bad inputs, in a folder: what each is → the path to give."""
    found = {name: str(folder / name) for name in FILES}
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    for name, files in FOLDERS.items():
        (folder / name).mkdir()
        found[name] = str(folder / name)
        for inside, content in files.items():
            path = folder / name / inside
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
    return {**found, **_special(folder)}


def _special(folder: Path) -> dict[str, str]:
    (folder / "loop").symlink_to(folder / "loop")
    (folder / "dangling.bin").symlink_to(folder / "not there.bin")
    (folder / "around").mkdir()
    (folder / "around" / "again").symlink_to(folder / "around")
    os.mkfifo(folder / "pipe")
    (folder / "pipes").mkdir()
    for name in {inside for files in FOLDERS.values() for inside in files if "/" not in inside}:
        os.mkfifo(folder / "pipes" / name)
    with socket.socket(socket.AF_UNIX) as listening:
        before = Path.cwd()
        os.chdir(folder)  # an address has 107 bytes at most
        listening.bind("socket")
        os.chdir(before)
    forbidden = folder / "forbidden.bin"
    forbidden.write_bytes(_ROWS)
    forbidden.chmod(0)
    return {
        "missing": str(folder / "missing.bin"),
        "missing folder": str(folder / "no" / "such" / "folder" / "x.bin"),
        "inside a file": str(folder / "junk.bin" / "x.bin"),
        "too long a name": str(folder / ("x" * 300)),
        "too long a path": str(folder / ("x/" * 3000) / "y"),
        "loop": str(folder / "loop"),
        "dangling": str(folder / "dangling.bin"),
        "around": str(folder / "around"),
        "pipe": str(folder / "pipe"),
        "socket": str(folder / "socket"),
        "nothing": os.devnull,
        "endless": "/dev/zero",
        "pipes": str(folder / "pipes"),
        "memory": "/proc/self/mem",  # opens, and cannot be read
        "no name": "",
        "forbidden": str(forbidden),
    }
