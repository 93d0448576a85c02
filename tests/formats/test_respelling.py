"""Words that a format cannot hold: one of them stops no conversion, and none is lost unsaid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lexiscope import formats
from lexiscope.files import tokens
from lexiscope.formats import FORMATS, VectorsData
from lexiscope.formats.conversion import convert
from lexiscope.formats.respelling import escaped

WORDS = ["the", "new york", "line\nend", "", "tab\tbed", "route 66", "cut\udce3", "NUL\0", "of"]
MATRIX = np.arange(2 * len(WORDS), dtype=np.float32).reshape(-1, 2) + np.float32(0.5)
WRITABLE = [known.name for known in FORMATS if known.write is not None and known.name != "parquet"]


@pytest.fixture
def model(tmp_path: Path) -> Path:
    formats.write(tmp_path / "m", VectorsData(list(WORDS), MATRIX), "model")
    return tmp_path / "m"


@pytest.mark.parametrize("name", WRITABLE)
def test_one_word_stops_no_conversion(name: str, model: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.npy" if name == "npy" else tmp_path / "out"
    done = convert(model, target, to=name)
    back = formats.read(target)
    assert len(back.tokens) == done.words
    found = dict(zip(back.tokens, back.vectors.tolist(), strict=True))
    rule = formats.FORMATS[[known.name for known in FORMATS].index(name)].tokens
    for word, row in zip(WORDS, MATRIX.tolist(), strict=True):
        if rule.fault(word) is None:
            assert found.pop(word) == row
        elif word:
            assert found.pop(escaped(word)) == row
    assert not found
    changed = [word for word in WORDS if word and rule.fault(word) is not None]
    told = "; ".join(done.lost)
    assert (f"{len(changed)} words escaped that {name} cannot hold" in told) == bool(changed)
    is_empty_lost = rule.fault("") is not None
    assert (f"1 rows left out whose words {name} cannot hold ('': is empty)" in told) == (
        is_empty_lost
    )
    assert done.words == len(WORDS) - is_empty_lost


def test_what_is_escaped_can_be_had_back() -> None:
    spelling = escaped("a b\\\n\t\r\udce3")
    assert spelling == r"a\x20b\\\n\t\r\xe3"
    assert tokens.unescape(spelling.replace(r"\x20", " ")) == "a b\\\n\t\r\udce3"


def test_a_spelling_that_is_taken_is_given_once(tmp_path: Path) -> None:
    words = ["a b", r"a\x20b", "c"]
    formats.write(tmp_path / "m", VectorsData(words, MATRIX[:3]), "model")
    done = convert(tmp_path / "m", tmp_path / "v.bin")
    assert formats.read(tmp_path / "v.bin").tokens == [r"a\x20b", r"a\\x20b", "c"]
    assert done.words == 3 and "2 words escaped" in done.lost[0]
