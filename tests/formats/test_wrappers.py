"""Compressed files: read as they are, bounded, and damage is named."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import sys
import tracemalloc
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import lz4.frame
import numpy as np
import pytest
import zstandard

from lexiscope import formats
from lexiscope.errors import FormatError, MissingExtraError
from lexiscope.files import opening as source
from lexiscope.files import unwrapping
from lexiscope.files.opening import chunks, mapped
from lexiscope.formats import ReadOptions, VectorsData
from lexiscope.formats.kinds.word2vec import binary as word2vec_binary
from lexiscope.formats.kinds.word2vec import text as word2vec_text

PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": partial(lzma.compress, preset=0),  # the readers do the same for any
    "zstd": zstandard.ZstdCompressor(write_checksum=True).compress,
    "lz4": partial(lz4.frame.compress, content_checksum=True),
}
TEXT = b"3 2\nalpha 0.25 0.5\nbeta 0.125 0.75\ngamma 1.5 2.5\n"


def data(rows: int = 3000) -> VectorsData:
    vectors = np.random.default_rng(0).normal(size=(rows, 30)).astype(np.float32)
    return VectorsData([f"w{row}" for row in range(rows)], vectors)


@pytest.mark.parametrize("kind", PACK)
def test_several_members_and_padding_are_one_content(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "v"
    path.write_bytes(PACK[kind](TEXT[:20]) + PACK[kind](TEXT[20:]) + bytes(8))
    assert formats.read(path).tokens == ["alpha", "beta", "gamma"]
    with mapped(path) as content:
        assert content[:] == TEXT


@pytest.mark.parametrize("kind", PACK)
def test_members_that_are_read_in_small_pieces_are_one_content(kind: str, tmp_path: Path) -> None:
    content = "".join(f"w{row} {row / 7:.6f}\n" for row in range(9000)).encode()
    path = tmp_path / "v"
    parts = (content[:1000], b"", content[1000:50_000], content[50_000:])
    path.write_bytes(bytes(8).join(map(PACK[kind], parts)))
    with chunks(path) as stream:
        pieces = []
        while piece := stream.read(1000):
            pieces.append(piece)
    assert b"".join(pieces) == content


def test_zstd_may_begin_with_a_skippable_frame(tmp_path: Path) -> None:
    path = tmp_path / "v"
    path.write_bytes(b"\x50\x2a\x4d\x18\x04\x00\x00\x00abcd" + PACK["zstd"](TEXT))
    assert formats.read(path).tokens == ["alpha", "beta", "gamma"]


@pytest.mark.parametrize("kind", PACK)
def test_no_truncation_passes_unnoticed(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "v"
    packed = PACK[kind](TEXT)
    for end in range(1, len(packed)):
        path.write_bytes(packed[:end])
        with pytest.raises(FormatError):
            formats.read(path)


@pytest.mark.parametrize("kind", PACK)
def test_damage_is_named(kind: str, tmp_path: Path) -> None:
    packed = bytearray(PACK[kind](TEXT))
    path = tmp_path / "v"
    for position in range(12, len(packed) - 1):
        packed[position] ^= 0x55
        path.write_bytes(packed)
        try:
            found = formats.read(path)
        except FormatError as error:
            assert "\n" not in str(error)
        else:
            assert found.tokens == ["alpha", "beta", "gamma"], position
        packed[position] ^= 0x55


@pytest.mark.slow
@pytest.mark.parametrize("kind", PACK)
def test_what_unpacks_to_more_than_vectors_can_is_refused(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unwrapping, "_ALWAYS_ALLOWED", 1 << 16)
    path = tmp_path / "v"
    path.write_bytes(PACK[kind](b"1 9\na " + b"0" * (1 << 24)))
    with pytest.raises(FormatError, match=r"more than 200 times|has no line end"):
        word2vec_text.FORMAT.load(path)
    path.write_bytes(PACK[kind](b"800 5000\n" + (b"a " + b"\x00\x00\x00\x3f" * 5000) * 800))
    with pytest.raises(FormatError, match="more than 200 times"):
        word2vec_binary.read(path)


@pytest.mark.slow
@pytest.mark.parametrize("kind", PACK)
@pytest.mark.parametrize("writer", [word2vec_text, word2vec_binary])
def test_a_limit_unpacks_only_what_it_needs(kind: str, writer: object, tmp_path: Path) -> None:
    path = tmp_path / "v"
    writer.write(path, data(20_000))  # type: ignore[attr-defined]
    packed = PACK[kind](path.read_bytes())
    # Cut in the middle: what a limit asks for comes before.
    path.write_bytes(packed[: len(packed) * 2 // 3])
    back = writer.FORMAT.load(path, ReadOptions(limit=20))  # type: ignore[attr-defined]
    assert back.tokens == [f"w{row}" for row in range(20)]
    assert np.array_equal(back.vectors, data(20_000).vectors[:20])
    with pytest.raises(FormatError, match="damaged or cut"):
        writer.FORMAT.load(path)  # type: ignore[attr-defined]


def test_long_words_under_a_limit_are_unpacked_as_well(tmp_path: Path) -> None:
    words = [f"{row}" * 5000 for row in range(40)]
    long = VectorsData(words, data(40).vectors)
    word2vec_binary.write(tmp_path / "v", long)
    (tmp_path / "v.gz").write_bytes(gzip.compress((tmp_path / "v").read_bytes()))
    assert word2vec_binary.read(tmp_path / "v.gz", ReadOptions(limit=30)).tokens == words[:30]
    with pytest.raises(FormatError, match="is cut"):
        (tmp_path / "c.gz").write_bytes(gzip.compress((tmp_path / "v").read_bytes()[:90_000]))
        word2vec_binary.read(tmp_path / "c.gz", ReadOptions(limit=30))


@pytest.mark.parametrize("kind", PACK)
def test_a_wrapped_header_that_lies_allocates_nothing(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "v"
    path.write_bytes(PACK[kind](b"1000000000000 300\na" + b" 0.5" * 300 + b"\n"))
    binary = tmp_path / "b"
    binary.write_bytes(PACK[kind](b"1000000000000 300\na " + b"\x00\x00\x00\x3f" * 600))
    tracemalloc.start()
    try:
        with pytest.raises(FormatError, match="row 2"):
            word2vec_text.FORMAT.load(path)
        with pytest.raises(FormatError, match="header is wrong"):
            word2vec_binary.read(binary)
        assert tracemalloc.get_traced_memory()[1] < 2**26
    finally:
        tracemalloc.stop()


def test_names_do_not_matter_and_twice_wrapped_is_named(tmp_path: Path) -> None:
    path = tmp_path / "v.txt"
    path.write_bytes(gzip.compress(TEXT))
    assert len(formats.read(path).tokens) == 3
    path.write_bytes(gzip.compress(gzip.compress(TEXT)))
    with pytest.raises(FormatError, match="twice"):
        formats.read(path)
    path.write_bytes(gzip.compress(b"<html>404</html>"))
    with pytest.raises(FormatError, match="web page"):
        formats.read(path)


def test_a_word_that_starts_like_bzip2_is_a_word(tmp_path: Path) -> None:
    path = tmp_path / "v.txt"
    path.write_bytes(b"BZh1 0.5 0.25\nb 1 2\n")
    assert formats.read(path).tokens == ["BZh1", "b"]


def test_pieces_are_as_large_as_asked(tmp_path: Path) -> None:
    path = tmp_path / "v"
    path.write_bytes(zlib.compress(TEXT * 50, wbits=31))
    with chunks(path) as content:
        pieces = []
        while piece := content.read(33):
            pieces.append(piece)
        assert content.progress()[0] == content.progress()[1]
    assert b"".join(pieces) == TEXT * 50
    assert {len(piece) for piece in pieces[:-1]} == {33}


def test_lz4_without_its_package_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "v.txt.lz4"
    path.write_bytes(PACK["lz4"](TEXT))
    assert formats.read(path).tokens == ["alpha", "beta", "gamma"]
    monkeypatch.setitem(sys.modules, "lz4.frame", None)
    with pytest.raises(MissingExtraError, match=r"an LZ4 file needs .*lexiscope\[lz4\]"):
        formats.read(path)


def test_endings() -> None:
    assert source.unwrapped_suffix(Path("a.BIN.gz")) == ".bin"
    assert source.unwrapped_suffix(Path("a.vec")) == ".vec"
    assert source.unwrapped_suffix(Path("a.gz")) == ""
    assert source.unwrapped_stem(Path("a.b.npy.xz")) == "a.b"


@pytest.mark.parametrize("kind", ["word2vec-binary", "word2vec-text", "glove", "csv", "json"])
@pytest.mark.parametrize("wrapper", ["plain", "gzip", "xz"])
def test_a_limit_below_what_a_cut_file_still_has(kind: str, wrapper: str, tmp_path: Path) -> None:
    """As `head` of a download that was broken off; small enough to be unpacked in one piece."""
    whole = data(200)
    path = tmp_path / "x"
    if kind == "json":
        pairs = zip(whole.tokens, whole.vectors.tolist(), strict=True)
        path.write_text(json.dumps(dict(pairs)))
    else:
        formats.write(path, whole, kind)
    content = path.read_bytes()
    if wrapper == "plain":
        path.write_bytes(content[: len(content) * 3 // 5])
        said = "cut|truncated|damaged"
    else:
        packed = PACK[wrapper](content)
        path.write_bytes(packed[: len(packed) * 3 // 5])
        said = f"its {wrapper} wrapper is damaged or cut"
    some = formats.read(path, ReadOptions(limit=50))
    assert some.tokens == whole.tokens[:50]
    assert np.allclose(some.vectors, whole.vectors[:50], rtol=1e-6)
    for limit in (None, 190):
        with pytest.raises(FormatError, match=said):
            formats.read(path, ReadOptions(limit=limit))
