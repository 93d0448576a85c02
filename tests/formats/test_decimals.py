"""Compiled reading of decimals: the same float32 as Python's float, or left to Python."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lexiscope.errors import FormatError
from lexiscope.formats import VectorsData
from lexiscope.formats.kinds import glove
from lexiscope.formats.kinds.word2vec import text as word2vec_text
from lexiscope.formats.reading import text_rows
from lexiscope.formats.reading.decimals import parse_rows

NUMBER = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.floats(width=32, allow_nan=False, allow_infinity=False).map(lambda x: str(np.float32(x))),
    st.from_regex(r"[+-]?[0-9]{1,25}(\.[0-9]{0,25})?([eE][+-]?[0-9]{1,3})?", fullmatch=True),
    st.from_regex(r"[+-]?\.[0-9]{1,25}([eE][+-]?[0-9]{1,3})?", fullmatch=True),
)


def parsed(content: bytes, columns: int) -> tuple[int, int, np.ndarray, np.ndarray]:
    rows = content.count(b"\n")
    out = np.full((rows, columns), np.nan, dtype=np.float32)
    bounds = np.zeros((rows, 2), dtype=np.int64)
    text = np.frombuffer(content, dtype=np.uint8)
    count, position = parse_rows(text, 0, len(content), out, bounds)
    return count, position, out, bounds


@pytest.mark.slow
@settings(max_examples=1500, deadline=None)
@given(NUMBER)
@example("0")
@example("-0.0")
@example("1e-45")
@example("7.006492321624085e-46")
@example("3.4028235677973366e+38")
@example("16777217")
@example("16777219.0000000000000000000001")
@example("1.00000005960464477539062500000000001")
@example("9007199254740993")
@example("00000000000000000000000000000001.5")
@example("0.000000000000000000000000000000000000000000001")
@example("123456789012345678901234567890")
@example("1e400")
def test_a_number_is_what_python_says_or_is_left_to_it(text: str) -> None:
    count, position, out, _bounds = parsed(f"w {text}\n".encode(), 1)
    if count == 0:
        assert position == 0
        return
    with np.errstate(over="ignore"):
        expected = np.float32(float(text))
    assert out[0, 0].view(np.uint32) == expected.view(np.uint32)


def test_usual_numbers_are_not_left_to_python() -> None:
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.normal(size=4000), rng.normal(size=4000) * 1e-6]).astype("f4")
    for fields in (
        values.astype("S32").tolist(),
        [b"%.6f" % value for value in values.tolist()],
        [b"%.5g" % value for value in values.tolist()],
        [repr(float(value)).encode() for value in rng.normal(size=8000)],
    ):
        count, _position, out, _bounds = parsed(b"".join(b"w %b\n" % f for f in fields), 1)
        assert count == 8000
        assert np.array_equal(out[:, 0], np.array([float(f) for f in fields], dtype=np.float32))


@pytest.mark.parametrize(
    "row", [b"a 1 2\n", b"a 1 2 \n", b"a 1 2\r\n", b"a 1 2 \r\n", b"\xff# 1 2\n"]
)
def test_plain_rows_are_read(row: bytes) -> None:
    count, position, out, bounds = parsed(row, 2)
    assert (count, position, out.tolist()) == (1, len(row), [[1, 2]])
    assert row[bounds[0, 0] : bounds[0, 1]] == row.split(b" ")[0]


@pytest.mark.parametrize(
    "row",
    [
        b"a 1\n", b"a 1 2 3\n", b"a b 1 2\n", b"a  1 2\n", b"a\t1 2\n", b"a 1\t2\n", b"\n",
        b" 1 2\n", b"a 1 nan\n", b"a 1 2x\n", b"a 1 .\n", b"a 1 +\n", b"a 1 e5\n", b"a 1 1e\n",
        b"a 1 1e+\n", b"a 1 1..2\n", b"a 1 --1\n", b"a 1 0x10\n", b"a 1,5 2\n", b"a 1 2  \n",
    ],
)  # fmt: skip
def test_anything_unusual_is_left_to_python(row: bytes) -> None:
    count, position, _out, _bounds = parsed(b"x 1 2\n" + row, 2)
    assert (count, position) == (1, 6)


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small files are read as large ones are."""
    monkeypatch.setattr(text_rows, "_COMPILED_FROM_BYTES", 0)
    monkeypatch.setattr(text_rows, "_UNUSUAL_BYTES", 20)


@pytest.mark.parametrize("block", [60, 1 << 20])
def test_large_files_give_the_same_as_small_ones(
    block: int, compiled: None, nasty: VectorsData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_rows, "_BLOCK_BYTES", block)
    words = [*nasty.tokens, ". . .", "new york", "route 66", *(f"w{row}" for row in range(60))]
    vectors = np.random.default_rng(0).normal(size=(len(words), 7)).astype(np.float32)
    data = VectorsData(words, vectors)
    for known in (word2vec_text, glove):
        path = tmp_path / known.__name__
        text_write = known.write
        if known is word2vec_text:
            data = VectorsData([w for w in words if w != "route 66"], vectors[:-1])
        text_write(path, data)
        back = known.FORMAT.load(path)
        assert back.tokens == data.tokens
        assert np.array_equal(back.vectors, data.vectors)
        content = path.read_bytes().replace(b"\n", b" \r\n")
        path.write_bytes(content)
        assert known.FORMAT.load(path).tokens == data.tokens


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"3 2\na 1 2\nb 1 2\nc 1 x\n", "row 3 (line 4): has 'x' as value 2"),
        (b"3 2\na 1 2\nb 1\nc 1 2\n", "row 2 (line 3): has 1 values"),
        (b"4 2\na 10 20\nb 10 20\nc 10 20\n", "row 4"),
        (b"3 2\na 1 2\nb 1 2\nc 1", "truncated"),
    ],
)
def test_damaged_rows_of_large_files_are_named(
    content: bytes, said: str, compiled: None, tmp_path: Path
) -> None:
    path = tmp_path / "v.txt"
    path.write_bytes(content)
    with pytest.raises(FormatError) as caught:
        word2vec_text.FORMAT.load(path)
    assert said in str(caught.value)
