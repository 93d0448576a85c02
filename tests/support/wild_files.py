"""Small files of the kinds that other programs write, made byte by byte or by the program itself.

Each function writes one into a folder and gives the path to open.
"""

from __future__ import annotations

import io
import json
import pickle
import sqlite3
import struct
import tarfile
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from lexiscope.formats.reading.key_rows import hashes_of

Rows = np.ndarray


def _text(content: str) -> bytes:
    encoded = content.encode("utf-8", "surrogateescape")
    return struct.pack("<Q", len(encoded)) + encoded


def _blocks_of(matrix: Rows, kind: str) -> bytes:
    """A matrix in ggml's blocks of 32 values, each scaled by its largest."""
    blocks = matrix.astype(np.float32).reshape(-1, 32)
    if kind == "Q8_0":
        scales = np.abs(blocks).max(axis=1, keepdims=True) / 127
        values = np.round(blocks / np.where(scales == 0, 1, scales)).astype(np.int8)
        parts = [scales.astype("<f2").view(np.uint8), values.view(np.uint8)]
    elif kind == "Q4_0":
        scales = np.abs(blocks).max(axis=1, keepdims=True) / 7
        values = np.clip(np.round(blocks / np.where(scales == 0, 1, scales)) + 8, 0, 15)
        values = values.astype(np.uint8)
        packed = values[:, :16] | (values[:, 16:] << 4)
        parts = [scales.astype("<f2").view(np.uint8), packed]
    elif kind == "Q4_1":
        least = blocks.min(axis=1, keepdims=True)
        scales = (blocks.max(axis=1, keepdims=True) - least) / 15
        values = np.round((blocks - least) / np.where(scales == 0, 1, scales)).astype(np.uint8)
        packed = values[:, :16] | (values[:, 16:] << 4)
        parts = [scales.astype("<f2").view(np.uint8), least.astype("<f2").view(np.uint8), packed]
    elif kind in ("Q5_0", "Q5_1"):
        least = blocks.min(axis=1, keepdims=True) if kind == "Q5_1" else None
        if least is None:
            scales = np.abs(blocks).max(axis=1, keepdims=True) / 15
            values = np.clip(np.round(blocks / np.where(scales == 0, 1, scales)) + 16, 0, 31)
        else:
            scales = (blocks.max(axis=1, keepdims=True) - least) / 31
            values = np.round((blocks - least) / np.where(scales == 0, 1, scales))
        values = values.astype(np.uint32)
        bits = ((values >> 4) << np.arange(32, dtype=np.uint32)).sum(axis=1, dtype=np.uint32)
        low = (values & 15).astype(np.uint8)
        parts = [scales.astype("<f2").view(np.uint8)]
        parts += [] if least is None else [least.astype("<f2").view(np.uint8)]
        parts += [
            bits.astype("<u4").reshape(-1, 1).view(np.uint8),
            low[:, :16] | (low[:, 16:] << 4),
        ]
    else:
        raise ValueError(kind)
    return np.concatenate(parts, axis=1).tobytes()


GGUF_KINDS = {
    "F32": 0, "F16": 1, "Q4_0": 2, "Q4_1": 3, "Q5_0": 6, "Q5_1": 7, "Q8_0": 8, "F64": 28,
    "BF16": 30,
}  # fmt: skip


def gguf_bytes(words: list[str], matrix: Rows, kind: str = "F32", *, number: int = -1) -> bytes:
    """A GGUF file of version 3 with some metadata, a norm, and the embeddings of some type."""
    plain = {"F32": "<f4", "F16": "<f2", "F64": "<f8"}
    if kind in plain:
        content = matrix.astype(plain[kind]).tobytes()
    elif kind == "BF16":
        content = (matrix.astype("<f4").view("<u4") >> 16).astype("<u2").tobytes()
    else:
        content = _blocks_of(matrix, kind)
    listed = b"".join(map(_text, words))
    entries = [
        _text("general.architecture") + struct.pack("<I", 8) + _text("llama"),
        _text("general.alignment") + struct.pack("<II", 4, 64),
        _text("llama.rope.freq_base") + struct.pack("<If", 6, 10000.0),
        _text("tokenizer.ggml.model") + struct.pack("<I", 8) + _text("gpt2"),
        _text("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, len(words)) + listed,
        _text("tokenizer.ggml.scores")
        + struct.pack("<IIQ", 9, 6, len(words))
        + bytes(4 * len(words)),
        _text("tokenizer.ggml.merges") + struct.pack("<IIQ", 9, 8, 1) + _text("a b"),
    ]
    rows, columns = matrix.shape
    known = GGUF_KINDS[kind] if number < 0 else number
    tensors = [
        _text("output_norm.weight") + struct.pack("<IQIQ", 1, columns, 0, 0),
        _text("token_embd.weight") + struct.pack("<IQQIQ", 2, columns, rows, known, 4096),
    ]
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(entries))
    head += b"".join(entries) + b"".join(tensors)
    return head + bytes(-len(head) % 64) + bytes(4096) + content


def magnitude(folder: Path, words: list[str], matrix: Rows, precision: int = 7) -> Path:
    """A database of Magnitude's."""
    path = folder / "case.magnitude"
    columns = [f"dim_{column}" for column in range(matrix.shape[1])]
    with closing(sqlite3.connect(path)) as database:
        database.execute(
            f"CREATE TABLE `magnitude` (key TEXT COLLATE NOCASE, "
            f"{', '.join(f'{column} INTEGER' for column in columns)})"
        )
        database.execute("CREATE TABLE `magnitude_format` (key TEXT COLLATE NOCASE, value INTEGER)")
        facts = [("size", len(words)), ("dim", matrix.shape[1]), ("precision", precision)]
        facts += [("subword", 0), ("entropy", 1), ("entropy", 0)]
        database.executemany("INSERT INTO magnitude_format VALUES (?, ?)", facts)
        scaled = np.round(matrix.astype(np.float64) * 10**precision).astype(int).tolist()
        marks = ", ".join("?" for _ in range(1 + matrix.shape[1]))
        rows = [(word, *row) for word, row in zip(words, scaled, strict=True)]
        database.executemany(f"INSERT INTO magnitude VALUES ({marks})", rows)
        database.execute("CREATE INDEX `magnitude_key_idx` ON `magnitude` (key)")
        database.commit()
    return path


def _packed_map(pairs: dict[int, int]) -> bytes:
    """MessagePack's bytes of a map from uint64 to whole numbers, each in the fewest bytes."""
    content = b"\xde" + struct.pack(">H", len(pairs))
    for key, row in pairs.items():
        content += b"\xcf" + struct.pack(">Q", key)
        if row < 0:
            content += struct.pack(">b", row)
        elif row < 128:
            content += bytes([row])
        else:
            content += b"\xcd" + struct.pack(">H", row)
    return content


def spacy(
    folder: Path, words: list[str], matrix: Rows, rows: list[int] | None = None, *, mode: str = ""
) -> Path:
    """The folder of a spaCy pipeline: its strings in another order, and one that has no row."""
    place = folder / "vocab"
    place.mkdir(parents=True)
    with (place / "vectors").open("wb") as file:
        np.save(file, matrix)
    keys = hashes_of([word.encode() for word in words]).tolist()
    numbered = zip(keys, rows or range(len(words)), strict=True)
    (place / "key2row").write_bytes(_packed_map(dict(numbered)))
    strings = [*sorted(words), "nsubj"]
    (place / "strings.json").write_text(json.dumps(strings, ensure_ascii=False))
    if mode:
        (place / "vectors.cfg").write_text(json.dumps({"mode": mode}))
    (folder / "meta.json").write_text('{"lang": "en", "name": "core_web_md"}')
    return folder


def sense2vec(folder: Path, words: list[str], matrix: Rows, counts: list[int]) -> Path:
    """A folder of sense2vec's, with counts."""
    spacy(folder, words, matrix)
    place = folder / "vocab"
    for path in place.iterdir():
        path.rename(folder / path.name)
    place.rmdir()
    (folder / "meta.json").unlink()
    keys = hashes_of([word.encode() for word in words]).tolist()
    (folder / "freqs.json").write_text(json.dumps(list(zip(keys, counts, strict=True))))
    (folder / "cfg").write_text('{"senses": ["NOUN"]}')
    return folder


def spark(folder: Path, words: list[str], matrix: Rows, *, structs: bool = False) -> Path:
    """A saved Word2VecModel of Spark's in three parts, the middle one empty."""
    data = folder if structs else folder / "data"
    data.mkdir(parents=True)
    (data / "_SUCCESS").write_bytes(b"")
    if not structs:
        (folder / "metadata").mkdir()
        (folder / "metadata" / "part-00000").write_text('{"class": "…feature.Word2VecModel"}\n')
    half = len(words) // 2
    dense = pa.struct(
        [
            pa.field("type", pa.int8()), pa.field("size", pa.int32()),
            pa.field("indices", pa.list_(pa.int32())), pa.field("values", pa.list_(pa.float64())),
        ]
    )  # fmt: skip
    for number, (start, end) in enumerate([(0, half), (half, half), (half, len(words))]):
        rows = matrix[start:end].tolist()
        if structs:
            values = [{"type": 1, "size": None, "indices": None, "values": row} for row in rows]
            vectors = pa.array(values, type=dense)
        else:
            vectors = pa.array(rows, type=pa.list_(pa.float32()))
        table = pa.table({"word": pa.array(words[start:end], pa.string()), "vector": vectors})
        pa.parquet.write_table(table, data / f"part-{number:05}-abc-c000.snappy.parquet")
    return folder


def zipped(path: Path, files: dict[str, bytes]) -> Path:
    """A zip archive."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def tarred(path: Path, files: dict[str, bytes], mode: str = "w:gz") -> Path:
    """A tar archive, packed or not."""
    with tarfile.open(path, mode) as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def hdf5(path: Path, words: list[str], matrix: Rows, *, packed: bool = False) -> Path:
    """Words and a matrix as data sets."""
    import h5py

    with h5py.File(path, "w") as file:
        how = {"compression": "gzip", "chunks": True} if packed else {}
        file.create_dataset("words", data=np.array([w.encode() for w in words], "S"), **how)
        file.create_dataset("vectors", data=matrix, **how)
    return path


# Objects that scripts pickle: name → words and matrix → object.
PICKLED: dict[str, Callable[[list[str], Rows], object]] = {
    "polyglot's pair": lambda words, matrix: (tuple(words), matrix),
    "word → array": lambda words, matrix: dict(zip(words, matrix, strict=True)),
    "word → list": lambda words, matrix: dict(zip(words, matrix.tolist(), strict=True)),
    "named": lambda words, matrix: {"vocab": words, "embeddings": matrix, "epochs": 5},
    "rows by word": lambda words, matrix: (
        {word: row for row, word in enumerate(words)},
        matrix.astype(np.float64),
    ),
    "words by row": lambda words, matrix: [dict(enumerate(words)), matrix],
    "pairs": lambda words, matrix: list(zip(words, matrix, strict=True)),
}


def pickled(path: Path, content: object, protocol: int = 4) -> Path:
    """A pickle."""
    path.write_bytes(pickle.dumps(content, protocol=protocol))
    return path
