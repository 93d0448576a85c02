"""The manifest of unfinished work, as a kill, a disk or somebody may have left it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lexiscope.contextual.corpus.parts import Part, Parts
from lexiscope.errors import ConfigError, FormatError

WORK = {"model": "x", "layers": (6, 5), "dtype": "float32"}
PART = Part(digest="ab", sentences=3, words=9, missing=0, tokens=12)


def begun(folder: Path) -> Parts:
    parts = Parts(folder / "out.parquet")
    parts.begin(WORK, resume=False)
    parts.add(0, PART, lambda stream: stream.write(b"x") and None)
    return parts


def test_what_was_done_is_taken_up(tmp_path: Path) -> None:
    begun(tmp_path)
    again = Parts(tmp_path / "out.parquet")
    again.begin(WORK, resume=True)
    assert again.done == {0: PART}
    with pytest.raises(ConfigError, match=r"with layers=\[6, 5\], now it is \[6\]"):
        again.begin({**WORK, "layers": (6,)}, resume=True)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is not JSON"),
        (b"[" * 100_000, "nested deeper than 64"),
        (b"\xff", "is not UTF-8 text"),
        (b"[]", "the document is a list; expected an object"),
        (b'{"work": [], "parts": []}', "work is a list; expected an object"),
        (b'{"work": {}, "parts": {}}', "parts is an object; expected a list"),
        (b'{"work": {}, "parts": [3]}', r"parts\[0\] is 3; expected an object"),
        (b'{"work": {}, "parts": [{"digest": "a"}]}', r"parts\[0\].sentences is missing"),
        (b'{"work": {}, "parts": [{"digest": "a", "sentences": NaN}]}', "NaN is none"),
    ],
)
def test_a_damaged_manifest_is_told_in_a_line(content: bytes, said: str, tmp_path: Path) -> None:
    parts = begun(tmp_path)
    (parts.folder / "manifest.json").write_bytes(content)
    with pytest.raises(FormatError, match=said) as caught:
        Parts(tmp_path / "out.parquet").begin(WORK, resume=True)
    assert "to begin anew" in str(caught.value)
    assert "\n" not in str(caught.value)
