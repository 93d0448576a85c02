"""Text read by tasks on the machines of a cluster: the same ids, whatever becomes of them."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import psutil
import pytest

from lexiscope.cluster import Cluster
from lexiscope.cluster import readers as reading
from lexiscope.cluster.readers import ClusterReaders, other_sizes
from lexiscope.corpus import VocabularyOptions, encode_corpus
from lexiscope.corpus.input import sections as cutting
from lexiscope.corpus.input.sections import Section
from lexiscope.corpus.passes.recode import Recoding
from lexiscope.errors import CorpusError
from tests.support.simulated import below

pytest.importorskip("ray", reason="needs the extra `ray`")

pytestmark = pytest.mark.slow
OPTIONS: dict[str, Any] = {"vocabulary": VocabularyOptions(min_count=1)}


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of a plain file and a packed one, which is read in sections of 60 kB."""
    monkeypatch.setattr(reading, "LEAST_BYTES", 0)
    monkeypatch.setattr(cutting, "SECTION_BYTES", 60_000)
    words = np.random.default_rng(5).zipf(1.3, (12_000, 10)) % 500
    lines = [" ".join(f"w{word}" for word in row) for row in words.tolist()]
    (tmp_path / "a.txt").write_text("\n".join(lines[:9_000]))
    (tmp_path / "b.gz").write_bytes(gzip.compress("\n".join(lines[9_000:]).encode()))
    return tmp_path


def test_tasks_read_what_one_machine_would_read(address: str, corpus: Path) -> None:
    told: list[Any] = []
    with (
        Cluster(address=address, machines=2).connected() as machines,
        encode_corpus(files=corpus, **OPTIONS) as alone,
        encode_corpus(
            files=corpus, readers=machines.readers, progress=told.append, **OPTIONS
        ) as there,
    ):
        assert there.fingerprint == alone.fingerprint
        assert there.ids.tolist() == alone.ids.tolist()
        assert there.report.bytes == alone.report.bytes and there.report.files == 2
        read = [report for report in told if report.stage == "reading"]
        assert read[-1].done == sum(path.stat().st_size for path in corpus.iterdir())


class _Killing(ClusterReaders):
    """Kills the processes that keep the numbers, when the vocabulary is chosen."""

    killed = 0

    def begin_recoding(self, tables: Sequence[Any], table: Recoding, longest: int) -> None:
        for process in below("ray::IDLE"):
            with suppress(psutil.NoSuchProcess):  # it has ended by itself
                process.kill()
                self.killed += 1
        super().begin_recoding(tables, table, longest)


def test_what_was_kept_by_processes_that_die_is_read_again(address: str, corpus: Path) -> None:
    with (
        Cluster(address=address, machines=2).connected() as machines,
        encode_corpus(files=corpus, **OPTIONS) as alone,
    ):
        readers = _Killing(machines._connection, machines._connection.nodes()[:2])
        with encode_corpus(files=corpus, readers=readers, **OPTIONS) as there:
            assert there.fingerprint == alone.fingerprint
        assert readers.killed > 0


def test_what_is_no_text_and_what_machines_do_not_see_is_told_in_a_line(
    address: str, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    with Cluster(address=address, machines=1).connected(told.append) as machines:
        with monkeypatch.context() as patch:
            patch.setattr(reading, "other_sizes", _of_another)
            with encode_corpus(files=corpus, readers=machines.readers, **OPTIONS) as there:
                assert there.report.files == 2
        assert len(told) == 1 and "does not have the same" in told[0] and "nor 1 more" in told[0]
        with (corpus / "a.txt").open("ab") as file:
            file.write(b"\nand \xff\n")
        said = "a.txt: byte 0xff at offset .* is not UTF-8"
        with pytest.raises(CorpusError, match=said):
            encode_corpus(files=corpus, readers=machines.readers, **OPTIONS)


def _of_another(sizes: dict[str, int]) -> list[str]:
    """What a machine answers on which none of the files is."""
    return list(sizes)


def test_files_of_another_size_are_other_files(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("four")
    sizes = {str(tmp_path / "a"): 4, str(tmp_path / "b"): 4}
    assert other_sizes(sizes) == [str(tmp_path / "b")]
    assert other_sizes({str(tmp_path / "a"): 5}) == [str(tmp_path / "a")]


def test_a_small_text_is_not_worth_it() -> None:
    there: Any = SimpleNamespace(ray=None)
    small = [Section(paths=("a.txt",), sizes=(1_000,))]
    assert not ClusterReaders(there, []).see(small)
