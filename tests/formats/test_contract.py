"""What every format has to do, tried with each of them."""

from __future__ import annotations

import bz2
import gzip
import lzma
from pathlib import Path

import numpy as np
import pytest
import zstandard

from lexiscope import formats
from lexiscope.errors import ConfigError, FormatError
from lexiscope.formats import FORMATS, Format, ReadOptions, VectorsData
from lexiscope.formats.contract import as_stream

WRITABLE = [known for known in FORMATS if known.write is not None]
STREAMED = [known for known in WRITABLE if known.stream is not None]
FILES = [known for known in WRITABLE if not known.is_folder]
# What a format has no way to say, in words of the nasty kind.
CANNOT_SAY = {
    "parquet": {"cut\udce3\udc81"},
    "model2vec": {"cut\udce3\udc81"},
    "spacy": {"cut\udce3\udc81", ""},
}
WRAP = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": lambda content: zstandard.ZstdCompressor().compress(content),
}


def names(known: Format) -> str:
    return known.name


def target(known: Format, folder: Path) -> Path:
    return (
        folder / f"vectors{'' if known.is_folder or not known.extensions else known.extensions[0]}"
    )


def wide(rows: int = 40, columns: int = 6, counts: bool = True) -> VectorsData:
    rng = np.random.default_rng(3)
    return VectorsData(
        [f"w{row}" for row in range(rows)],
        (rng.normal(size=(rows, columns)) / 3).astype(np.float32),
        counts=np.arange(rows, 0, -1) if counts else None,
    )


def written(known: Format, folder: Path, data: VectorsData) -> Path:
    path = target(known, folder)
    formats.write(path, data, known.name)
    return path


def sayable(known: Format, data: VectorsData) -> VectorsData:
    cannot = CANNOT_SAY.get(known.name, set())
    keep = [row for row, word in enumerate(data.tokens) if word not in cannot]
    return VectorsData([data.tokens[row] for row in keep], data.vectors[keep])


@pytest.mark.parametrize("known", WRITABLE, ids=names)
def test_words_and_values_come_back_to_the_bit(
    known: Format, nasty: VectorsData, tmp_path: Path
) -> None:
    data = sayable(known, nasty)
    back = formats.read(written(known, tmp_path, data))
    assert back.tokens == data.tokens
    assert np.array_equal(back.vectors.view(np.uint32), data.vectors.view(np.uint32))
    assert back.warnings == [w for w in back.warnings if "UTF-8" in w]


@pytest.mark.parametrize("known", WRITABLE, ids=names)
def test_what_is_carried_comes_back_and_nothing_else(known: Format, tmp_path: Path) -> None:
    data = wide()
    data.output = data.vectors[::-1].copy()
    data.metadata = {"window": 5}
    back = formats.read(written(known, tmp_path, data))
    assert (back.counts is not None) == ("counts" in known.carries)
    assert (back.output is not None) == ("output" in known.carries)
    if back.counts is not None:
        assert back.counts.tolist() == list(range(40, 0, -1))
    if back.output is not None:
        assert np.array_equal(back.output, data.output)
    if "metadata" in known.carries:
        assert back.metadata == {"window": 5}


@pytest.mark.parametrize("known", WRITABLE, ids=names)
def test_the_first_rows_only(known: Format, tmp_path: Path) -> None:
    path = written(known, tmp_path, wide())
    back = formats.read(path, ReadOptions(limit=7))
    assert back.tokens == [f"w{row}" for row in range(7)]
    assert np.array_equal(back.vectors, wide().vectors[:7])
    if back.counts is not None:
        assert back.counts.tolist() == list(range(40, 33, -1))


@pytest.mark.parametrize("known", WRITABLE, ids=names)
def test_some_words_only(known: Format, tmp_path: Path) -> None:
    path = written(known, tmp_path, wide())
    back = formats.read(path, ReadOptions(words=frozenset({"w3", "w31", "nowhere"})))
    assert back.tokens == ["w3", "w31"]
    assert np.array_equal(back.vectors, wide().vectors[[3, 31]])
    few = formats.read(path, ReadOptions(words=frozenset({"w3", "w31"}), limit=10))
    assert few.tokens == ["w3"]


@pytest.mark.parametrize("known", WRITABLE, ids=names)
def test_half_the_memory(known: Format, tmp_path: Path) -> None:
    path = written(known, tmp_path, wide())
    back = formats.read(path, ReadOptions(dtype="float16"))
    assert back.vectors.dtype == np.float16
    assert np.array_equal(back.vectors, wide().vectors.astype(np.float16))


@pytest.mark.parametrize("known", WRITABLE, ids=names)
def test_a_value_beyond_float16_is_no_infinity(known: Format, tmp_path: Path) -> None:
    data = wide()
    data.vectors[5, 1] = 70_000
    with pytest.raises(ConfigError, match=r"7e\+04"):
        formats.read(written(known, tmp_path, data), ReadOptions(dtype="float16"))


@pytest.mark.parametrize("suffix", WRAP)
@pytest.mark.parametrize("known", FILES, ids=names)
def test_compressed_files_open_as_they_are(known: Format, suffix: str, tmp_path: Path) -> None:
    path = written(known, tmp_path, wide())
    packed = path.with_name(path.name + suffix)
    packed.write_bytes(WRAP[suffix](path.read_bytes()))
    path.unlink()
    assert formats.detect(packed).name == known.name
    back = formats.read(packed)
    assert back.tokens == wide().tokens
    assert np.array_equal(back.vectors, wide().vectors)
    assert formats.read(packed, ReadOptions(limit=3)).tokens == ["w0", "w1", "w2"]


@pytest.mark.parametrize("known", STREAMED, ids=names)
def test_a_stream_is_the_same_as_reading(known: Format, nasty: VectorsData, tmp_path: Path) -> None:
    path = written(known, tmp_path, sayable(known, nasty))
    whole = formats.read(path)
    assert known.stream is not None
    for options in (ReadOptions(), ReadOptions(limit=4), ReadOptions(words=frozenset({"nan"}))):
        with known.stream(path, options) as stream:
            part = stream.collect()
        same = known.load(path, options)
        assert part.tokens == same.tokens
        if known.name != "model":  # which is mapped: nothing looks at its rows
            assert part.warnings == same.warnings
        assert np.array_equal(part.vectors, same.vectors)
    assert len(whole.tokens) > 4


@pytest.mark.parametrize("known", WRITABLE, ids=names)
def test_a_stream_of_unknown_length_is_written_as_well(known: Format, tmp_path: Path) -> None:
    stream = as_stream(wide(counts=False))
    stream.rows = None
    formats.write(target(known, tmp_path), stream, known.name)
    back = formats.read(target(known, tmp_path))
    assert back.tokens == wide().tokens
    assert np.array_equal(back.vectors, wide().vectors)


@pytest.mark.parametrize("known", WRITABLE, ids=names)
def test_a_failing_stream_leaves_nothing_behind(known: Format, tmp_path: Path) -> None:
    def blocks():  # type: ignore[no-untyped-def]
        yield from as_stream(wide(20)).blocks
        raise FormatError("source", None, "is cut")

    stream = as_stream(wide())
    stream.blocks = blocks()
    with pytest.raises(FormatError, match="is cut"):
        formats.write(target(known, tmp_path), stream, known.name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("known", FILES, ids=names)
def test_no_truncation_gives_wrong_vectors(known: Format, tmp_path: Path) -> None:
    path = written(known, tmp_path, wide(5, 3, counts=False))
    content = path.read_bytes()
    for end in range(len(content)):
        path.write_bytes(content[:end])
        try:
            back = known.load(path, ReadOptions())
        except FormatError as error:
            assert "\n" not in str(error)
            continue
        for word, vector in zip(back.tokens[:-1], back.vectors, strict=False):
            assert np.array_equal(vector, wide(5, 3).vectors[int(word[1:])]), end


@pytest.mark.parametrize("known", [f for f in FORMATS if not f.is_folder], ids=names)
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"<!DOCTYPE html><html>404</html>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "Git-LFS"),
    ],
)
def test_what_is_no_vectors_file_is_named_by_every_reader(
    known: Format, content: bytes, said: str, tmp_path: Path
) -> None:
    path = target(known, tmp_path)
    path.write_bytes(content)
    (tmp_path / "vocabulary.tsv").write_text("a\n")
    (tmp_path / "metadata.tsv").write_text("a\n")
    with pytest.raises(FormatError):
        known.load(path, ReadOptions())
    with pytest.raises(FormatError, match=said):
        formats.read(path)


@pytest.mark.parametrize("known", FORMATS, ids=names)
def test_no_content_makes_a_sniffer_fail(known: Format, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for length in (0, 1, 7, 8, 9, 16, 100, 70_000):
        known.sniff(rng.bytes(length), tmp_path / "x")
        known.sniff(b"\xff" * length, tmp_path / "x")
        known.sniff(b",\n" * length, tmp_path / "x")
    known.sniff(b"", tmp_path)


@pytest.mark.parametrize(
    "wrong",
    [{"limit": 0}, {"limit": -1}, {"words": frozenset()}, {"dtype": "int8"}],
)
def test_options_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match="expected"):
        ReadOptions(**wrong)  # type: ignore[arg-type]
