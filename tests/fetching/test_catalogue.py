"""The catalogue: what stands in it can be asked for, and a slip in a name is told."""

from __future__ import annotations

import re

import pytest

from lexiscope import ConfigError
from lexiscope.fetching import catalogue
from lexiscope.files.opening import is_file_name

GENSIMS = {
    "conceptnet-numberbatch-17-06-300", "fasttext-wiki-news-subwords-300", "glove-twitter-25",
    "glove-twitter-50", "glove-twitter-100", "glove-twitter-200", "glove-wiki-gigaword-50",
    "glove-wiki-gigaword-100", "glove-wiki-gigaword-200", "glove-wiki-gigaword-300",
    "word2vec-google-news-300", "word2vec-ruscorpora-300", "20-newsgroups", "fake-news",
    "patent-2017", "quora-duplicate-questions", "semeval-2016-2017-task3-subtaskA-unannotated",
    "semeval-2016-2017-task3-subtaskBC", "text8", "wiki-english-20171001",
}  # fmt: skip


def test_every_entry_can_be_asked_for() -> None:
    names = list(catalogue.names())
    assert len(names) == len(set(names)) > 600
    for entry in catalogue.entries():
        assert catalogue.find(entry.name) is entry and is_file_name(entry.name)
        assert entry.kind in ("vectors", "text") and entry.about and entry.language
        assert entry.source.startswith("https://")
        assert bool(entry.hub) != bool(entry.file) == bool(entry.parts)
        assert is_file_name(entry.file) or entry.hub.count("/") == 1
        for part in entry.parts:
            assert all(re.fullmatch(r"https://[\w.-]+/[\w./%+-]+", url) for url in part.urls)
            assert part.checksum is None or re.fullmatch("[0-9a-f]{32}", part.checksum)
    assert set(names) >= GENSIMS


def test_gensims_names_have_checksums() -> None:
    for name in GENSIMS:
        entry = catalogue.find(name)
        assert entry.bytes and all(part.checksum for part in entry.parts)
        assert (entry.kind == "text") == (entry.words is None)
    assert len(catalogue.find("wiki-english-20171001").parts) == 4


def test_families_have_every_language() -> None:
    sizes = {one.entry.name: len(one.languages) for one in catalogue.families()}
    assert sizes == {
        "cc.LANGUAGE.300.vec": 158, "cc.LANGUAGE.300.bin": 158, "wiki.LANGUAGE.vec": 294,
        "wiki.LANGUAGE.align.vec": 44,
    }  # fmt: skip
    german = catalogue.find("cc.de.300.bin")
    assert (german.language, german.dimension, german.bytes) == ("de", 300, None)
    assert german.parts[0].urls == [
        "https://dl.fbaipublicfiles.com/fasttext/vectors-crawl/cc.de.300.bin.gz"
    ]
    assert german.file == "cc.de.300.bin.gz" and german.licence == "CC BY-SA 3.0"
    assert catalogue.find("cc.en.300.vec").bytes == 1325960915
    assert catalogue.find("wiki.zh_yue.vec").language == "zh_yue"
    assert catalogue.find("wiki.fr.align.vec").file == "wiki.fr.align.vec"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("glove-wiki-gigaword-120", "near: glove-wiki-gigaword-200, glove-wiki-gigaword-100"),
        ("cc.xx.300.vec", "but not for 'xx'; `lexiscope get cc.LANGUAGE.300.vec` lists them"),
        ("", "nothing is known by the name ''"),
        ("../../etc/passwd", "nothing is known"),
        ("cc.../../x.300.vec", "nothing is known"),
        ("x" * 10_000, "nothing is known"),
    ],
)
def test_a_slip_in_a_name(name: str, said: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(said)) as told:
        catalogue.find(name)
    assert "\n" not in str(told.value)
