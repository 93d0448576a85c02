"""Words in other encodings than UTF-8: named, they are read; not named, the likeliest is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import lexiscope
from lexiscope import formats
from lexiscope.errors import ConfigError
from lexiscope.formats import ReadOptions, VectorsData
from lexiscope.formats.conversion import convert

WORDS = {
    "cp1252": "café naïve über señor façade straße élève garçon crème año",
    "cp1251": "король королева москва человек время год рука дело жизнь день",
    "koi8_r": "король королева москва человек время год рука дело жизнь день",
    "gb18030": "国王 女王 中国 人民 我们 时间 大学 生活 学习 可以",
    "shift_jis": "日本 東京 この ある ない する コンピュータ テレビ 学校 私",
    "euc_jp": "日本の海。 これは城です、 そして犬が「吠えます」",
    "big5": "國王住在海邊。 王后說：「這是我們的城」，",
    "euc_kr": "한국 사람 시간 대학 생활 학교 서울 나라 우리 이름",
    "cp1250": "król królowa żona mąż łódź świat życie dzień ręka noć",
    "cp1253": "βασιλιάς βασίλισσα άνθρωπος χρόνος ημέρα ζωή χέρι",
}


def written(folder: Path, encoding: str, *, header: bool = True) -> Path:
    words = WORDS[encoding].split()
    rows = [f"{word} {row}.5 1" for row, word in enumerate(words)]
    lines = [f"{len(rows)} 2", *rows] if header else rows
    path = folder / "v.txt"
    path.write_bytes("".join(f"{line}\n" for line in lines).encode(encoding))
    return path


@pytest.mark.parametrize("encoding", WORDS)
def test_the_likeliest_is_told_and_the_named_is_read(encoding: str, tmp_path: Path) -> None:
    path = written(tmp_path, encoding)
    (told,) = formats.read(path).warnings
    assert f"not whole UTF-8; kept as bytes; in {encoding} they would be '" in told
    assert WORDS[encoding].split()[0] in told
    back = formats.read(path, ReadOptions(encoding=encoding))
    assert back.tokens == WORDS[encoding].split() and back.warnings == []


def test_words_that_are_wanted_are_looked_up_as_they_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, "cp1252", header=False)
    assert lexiscope.load(path, words=["naïve", "año"], encoding="latin-1").index_to_key == [
        "naïve",
        "año",
    ]
    done = convert(path, tmp_path / "v.csv", options=ReadOptions(encoding="cp1252", limit=3))
    assert formats.read(tmp_path / "v.csv").tokens == ["café", "naïve", "über"]
    assert done.warnings == []


def test_words_that_were_cut_are_of_no_encoding(tmp_path: Path) -> None:
    words = ["naïve", "café", "über", "日本", "cut\udce3"]
    formats.write(
        tmp_path / "v.txt", VectorsData(words, np.ones((5, 2), np.float32)), "word2vec-text"
    )
    (told,) = formats.read(tmp_path / "v.txt").warnings
    assert told == "1 words are not whole UTF-8 (cut in mid-character); kept as bytes"


@pytest.mark.parametrize("name", ["utf-16", "klingon", "rot13", "base64"])
def test_encodings_that_no_line_can_be_told_in(name: str) -> None:
    with pytest.raises(ConfigError, match=f"encoding is '{name}'"):
        ReadOptions(encoding=name)
