"""Text read in sections by others: the same ids, report and fingerprint as by one machine."""

from __future__ import annotations

import bz2
import gzip
import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lexiscope.corpus import TokenizerSpec, VocabularyOptions, encode_corpus
from lexiscope.corpus.input import sections as cutting
from lexiscope.corpus.input.sections import Section, sections_of
from lexiscope.corpus.input.text_form import AS_ITS_FILE, TextForm
from lexiscope.corpus.passes.recode import Recoded, Recoding
from lexiscope.corpus.passes.sections import Counted, Form, count_section, recode_section
from lexiscope.corpus.phrases.options import PhraseOptions
from lexiscope.errors import CorpusError


class Here:
    """Readers in this process, that are handed what another would be: pickles."""

    def __init__(self) -> None:
        self.sections = 0
        self._units: list[NDArray[np.uint16]] = []

    def see(self, sections: Sequence[Section]) -> bool:
        self.sections = len(sections)
        return True

    def count(self, sections: Sequence[Section], form: Form) -> Iterator[Counted]:
        for section in sections:
            counted, units = count_section(*pickle.loads(pickle.dumps((section, form))))
            self._units.append(units)
            yield pickle.loads(pickle.dumps(counted))

    def begin_recoding(
        self, tables: Sequence[NDArray[np.int32]], table: Recoding, longest: int
    ) -> None:
        self._recode: Callable[[int], Recoded] = lambda number: recode_section(
            self._units[number], replace(table, codes=tables[number]), longest
        )

    def recoded(self, section: int) -> Recoded:
        return self._recode(section)


def same(files: object, monkeypatch: pytest.MonkeyPatch, size: int = 40, **options: object) -> Here:
    """Compares a text read in sections with the same read whole."""
    given = {"vocabulary": VocabularyOptions(min_count=1), "workers": 2, **options}
    monkeypatch.setattr(cutting, "SECTION_BYTES", size)
    here = Here()
    with (
        encode_corpus(files=files, **given) as whole,  # type: ignore[arg-type]
        encode_corpus(files=files, readers=here, **given) as parts,  # type: ignore[arg-type]
    ):
        assert parts.ids.tolist() == whole.ids.tolist()
        assert parts.vocabulary.tokens == whole.vocabulary.tokens
        assert parts.fingerprint == whole.fingerprint
        assert replace(parts.report, seconds=0.0) == replace(whole.report, seconds=0.0)
    return here


TEXT = "".join(f"line {n} of the text, and word{n % 7}\n" for n in range(60))


@pytest.mark.parametrize(
    "text", [TEXT, TEXT.rstrip("\n"), TEXT.replace("\n", "\r\n"), "\ufeff" + TEXT]
)
def test_a_file_is_cut_between_lines(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(text.encode())
    assert same(path, monkeypatch).sections > 20
    spans = [
        section.span
        for section in sections_of([str(path)], form=AS_ITS_FILE, whole_files=False) or []
    ]
    lines = path.read_bytes().splitlines(keepends=True)
    ends = set(np.cumsum([len(line) for line in lines]).tolist())
    assert all(span is not None and span[1] in ends for span in spans)
    assert spans[0] is not None and spans[0][0] == 0


def test_packed_files_are_whole_and_small_ones_go_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress(TEXT.encode()))
    (tmp_path / "b.bz2").write_bytes(bz2.compress(TEXT.upper().encode()))
    for number in range(30):
        (tmp_path / f"c{number:02}.txt").write_text(f"small {number}")
    (tmp_path / "d.txt").write_bytes(b"")
    here = same(tmp_path, monkeypatch, size=60)
    assert 2 < here.sections < 12


def test_comments_phrases_tokenizers_and_long_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "text.txt"
    path.write_text(
        "# said\n" + "New York is new . I saw New York !\n" * 30 + "a " * 500 + "\n# end\n" + TEXT
    )
    same(path, monkeypatch, tokenizer=TokenizerSpec(comments=True, lowercase=True))
    same(path, monkeypatch, max_sentence_tokens=7)
    same(path, monkeypatch, tokenizer=TokenizerSpec(kind="words"))
    same(path, monkeypatch, phrases=PhraseOptions(min_count=5, threshold=1.0))
    same(path, monkeypatch, vocabulary=VocabularyOptions(min_count=20), size=300)


def test_what_is_converted_is_not_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(("é " + TEXT).encode("latin-1"))
    spec = TokenizerSpec(text=TextForm(encoding="latin-1"))
    assert same(path, monkeypatch, tokenizer=spec).sections == 1


def test_what_is_wrong_is_told_as_by_one_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(TEXT.encode() + b"a \xff b\n" + TEXT.encode() + b"\xfe\n")
    monkeypatch.setattr(cutting, "SECTION_BYTES", 100)
    told = []
    for readers in (None, Here()):
        with pytest.raises(CorpusError) as raised:
            encode_corpus(files=path, readers=readers)
        told.append(str(raised.value).partition(" is not UTF-8")[0])
    assert told[0] == told[1] and f"at offset {len(TEXT) + 2:,}" in told[0]
    path.write_text("  \n \n")
    with pytest.raises(CorpusError, match="the corpus is empty"):
        encode_corpus(files=path, readers=Here())


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text("ab \n\té", max_size=60), max_size=4), st.integers(1, 30))
def test_any_text_in_any_sections(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], size: int
) -> None:
    folder = tmp_path_factory.mktemp("texts")
    (folder / "0.txt").write_text("a b\n")
    for number, text in enumerate(texts, 1):
        (folder / f"{number}.txt").write_text(text, newline="")
    with pytest.MonkeyPatch.context() as monkeypatch:
        same(folder, monkeypatch, size)
