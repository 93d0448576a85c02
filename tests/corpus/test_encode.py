"""The encoded corpus: from Python's own sentences, its report, and what it leaves behind."""

from __future__ import annotations

import errno
import gzip
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lexiscope.corpus import TokenizerSpec, VocabularyOptions, encode_corpus
from lexiscope.corpus.passes.spool import Spool
from lexiscope.errors import ConfigError, CorpusError
from lexiscope.progress import Progress
from tests.support.patience import PATIENCE

EVERYTHING = VocabularyOptions(min_count=1)
LINES = ["the king rules", "the queen rules well", "", "one"] * 50


def encode(sentences: Any, **options: Any) -> Any:
    return encode_corpus(sentences=sentences, **{"vocabulary": EVERYTHING, **options})


def test_strings_lists_generators_and_files_agree(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_text("\n".join(LINES))
    with encode_corpus(files=path, vocabulary=EVERYTHING, workers=2) as corpus:
        expected = corpus.fingerprint
    forms: list[Any] = [
        LINES,
        [line.split() for line in LINES],
        [tuple(line.split()) for line in LINES],
        (line for line in LINES),
        (line.split() for line in LINES),
        (iter(line.split()) for line in LINES),
        np.array(LINES),
    ]
    for form in forms:
        with encode(form) as corpus:
            assert corpus.fingerprint == expected
            assert corpus.report.sentences == 150


def test_words_in_lists_are_taken_as_they_are() -> None:
    with encode([["New York", "is big", "a\nb", "x"], ["\ud800"]]) as corpus:
        assert corpus.vocabulary.tokens == ["New York", "is big", "a\nb", "x", "\ud800"]


def test_words_in_lists_are_lowercased_and_stopwords_leave() -> None:
    spec = TokenizerSpec(kind="words", lowercase=True, stopwords=frozenset({"is big"}))
    with encode([["New York", "Is Big"], "New-York"], tokenizer=spec) as corpus:
        assert corpus.vocabulary.tokens == ["new york", "new", "york"]
        assert corpus.report.stopwords_removed == 1


def test_empty_words_in_lists_are_left_out_and_told() -> None:
    with encode([["", "a", ""], [""], ["b"]]) as corpus:
        assert corpus.ids.tolist() == [0, -1, 1, -1]
        assert (corpus.report.tokens, corpus.report.empty_words) == (2, 3)


def test_newlines_inside_a_string_do_not_end_its_sentence() -> None:
    with encode(["a b\nc", "# d"]) as corpus:
        assert corpus.ids.tolist() == [0, 1, 2, -1, 3, 4, -1]
    with encode(["a b\nc", "# d"], tokenizer=TokenizerSpec(comments=True)) as corpus:
        assert corpus.vocabulary.tokens == ["a", "b", "c"]


def test_generator_is_consumed_once_and_streamed() -> None:
    drawn = 0

    def draw() -> Iterator[list[str]]:
        nonlocal drawn
        for _ in range(5_000):
            drawn += 1
            yield ["a", "b", "c"]

    with encode(draw()) as corpus:
        assert drawn == 5_000
        assert corpus.report.tokens == 15_000
        assert corpus.ids.size == 20_000


@pytest.mark.parametrize("sentences", [[], iter(()), (line for line in ())])
def test_empty_iterables_are_refused(sentences: Any) -> None:
    with pytest.raises(CorpusError, match="sentences are empty: a generator can be read only once"):
        encode(sentences)


def test_sentences_without_words_are_refused() -> None:
    with pytest.raises(CorpusError, match="the corpus is empty"):
        encode(["", [], "  "])


@pytest.mark.parametrize("sentences", ["corpus.txt", b"corpus.txt"])
def test_a_string_given_as_sentences(sentences: Any) -> None:
    with pytest.raises(CorpusError, match=r"sentences is one \w+ .*for a file give files="):
        encode(sentences)


def test_something_else_given_as_sentences() -> None:
    with pytest.raises(CorpusError, match="sentences is of type int"):
        encode(3)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (3, "sentence 2 is of type int"),
        (None, "sentence 2 is of type NoneType"),
        (b"bytes", "sentence 2 is of type bytes"),
        ({"a": 1}, "sentence 2 is of type dict"),
        (["a", 3.5], "sentence 2 holds 3.5 at place 1, of type float"),
        (["a", None], "sentence 2 holds None at place 1"),
        (["a", b"b"], "sentence 2 holds b'b' at place 1, of type bytes"),
        ([["a"]], r"sentence 2 holds \['a'\] at place 0, of type list"),
        ("\udc80", "sentence 2 holds a lone surrogate at character 0"),
    ],
)
def test_a_bad_sentence_is_named_by_its_index(bad: Any, said: str) -> None:
    with pytest.raises(CorpusError, match=said):
        encode(["fine", ["fine"], bad])


def test_an_error_inside_the_users_generator_is_not_swallowed() -> None:
    def broken() -> Iterator[list[str]]:
        yield ["a"]
        raise TypeError("theirs")

    with pytest.raises(TypeError, match="theirs"):
        encode(broken())


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"files": "a", "sentences": []},
        {"sentences": ["a"], "workers": 0},
        {"sentences": ["a"], "max_sentence_tokens": 0},
        {"sentences": ["a"], "block_bytes": -1},
        {"sentences": ["a"], "workers": 1.5},
    ],
)
def test_bad_options(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        encode_corpus(**options)


def test_long_sentences_are_split_and_no_word_is_lost() -> None:
    """Silent truncation at 10,000 tokens (gensim #2801)."""
    words = [str(number % 7) for number in range(25_000)]
    with encode([words, words[:10_000]]) as corpus:
        ends = np.flatnonzero(corpus.ids < 0)
        assert np.diff(ends, prepend=-1).tolist() == [10_001, 10_001, 5_001, 10_001]
        report = corpus.report
        assert report.tokens == report.tokens_in_vocabulary == 35_000
        assert (report.sentences, report.long_lines, report.long_line_pieces) == (2, 1, 3)
        assert any("split into 3 pieces; no word lost" in line for line in report.lines())


def test_ids_are_mapped_read_only_and_survive_close() -> None:
    with encode(LINES) as corpus:
        ids = corpus.ids
        assert isinstance(ids, np.memmap)
        assert ids.dtype == np.int32
        with pytest.raises(ValueError, match="read-only"):
            ids[0] = 1
    assert corpus.ids.size == 0
    assert ids[:4].tolist() == [0, 2, 1, -1]


def test_report_as_json_and_lines() -> None:
    with encode(LINES, vocabulary=VocabularyOptions(min_count=60)) as corpus:
        plain = json.loads(json.dumps(corpus.report.to_json()))
        assert plain["tokens"] == 400
        assert plain["tokens_in_vocabulary"] + plain["dropped_tokens"] == 400
        assert plain["coverage"] == 0.5
        assert plain["top"][0] == ["the", 100]
        text = "\n".join(corpus.report.lines())
        assert "400 = 200 in the vocabulary + 200 dropped + 0 stop words" in text
        assert "covering 50.0% of the text" in text
        assert f"({corpus.report.bytes / 1e3:.1f} kB, " in text and "MB/s" not in text
        large = replace(corpus.report, bytes=101_000_000, seconds=2.0)
        assert "(101.0 MB, 2.0 s, 50 MB/s)" in large.lines()[0]


def test_fingerprint_tells_texts_orders_and_options_apart() -> None:
    def fingerprint(sentences: Any, **options: Any) -> str:
        with encode(sentences, **options) as corpus:
            assert len(corpus.fingerprint) == 32
            return str(corpus.fingerprint)

    base = fingerprint(["a b", "c"])
    assert base == fingerprint(["a  b", "", "c"])
    others = [
        fingerprint(["a", "b c"]),
        fingerprint(["c", "a b"]),
        fingerprint(["a d", "c"]),
        fingerprint(["a b", "c"], vocabulary=VocabularyOptions(min_count=1, specials=("<s>",))),
        fingerprint(["a b", "c"], max_sentence_tokens=1),
    ]
    assert len({base, *others}) == 6


def test_progress_counts_stored_bytes(tmp_path: Path) -> None:
    path = tmp_path / "text.gz"
    numbers = " ".join(str(number * 7919 % 100_003) for number in range(200_000))
    path.write_bytes(gzip.compress(numbers.encode()))
    seen: list[Progress] = []
    with encode_corpus(files=path, vocabulary=EVERYTHING, progress=seen.append, workers=2):
        pass
    reading = [report for report in seen if report.stage == "reading"]
    assert reading[-1].done == reading[-1].total == path.stat().st_size
    assert reading[-1].unit == "bytes"
    assert reading[-1].remaining == 0.0
    assert [report.done for report in reading] == sorted(report.done for report in reading)
    encoding = [report for report in seen if report.stage == "encoding"]
    assert encoding[-1].done == encoding[-1].total


def test_an_exception_in_the_callback_stops_the_run(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_text("\n".join(LINES))

    def interrupt(report: Progress) -> None:
        if report.stage == "reading":
            raise KeyboardInterrupt

    cache = tmp_path / "cache"
    with pytest.raises(KeyboardInterrupt):
        encode_corpus(
            files=path, vocabulary=EVERYTHING, progress=interrupt, workers=2, cache_dir=cache
        )
    assert list(cache.iterdir()) == []


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
def test_ctrl_c_while_standard_input_is_silent(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from lexiscope.corpus import encode_corpus\n"
        "def tell(report):\n"
        "    if report.stage == 'reading': print('waiting', flush=True)\n"
        "encode_corpus(files='-', workers=2, cache_dir=Path(sys.argv[1]), progress=tell)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "waiting\n"  # nothing was written to its input
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=PATIENCE) != 0
        assert "KeyboardInterrupt" in process.stderr.read()
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_in_the_cache_folder(tmp_path: Path) -> None:
    cache = tmp_path / "deep" / "cache"
    with encode(LINES, cache_dir=cache) as corpus:
        assert corpus.ids.size > 0
    assert list(cache.iterdir()) == []


def test_spool_gives_back_what_was_written_and_lets_go_of_what_was_read(tmp_path: Path) -> None:
    with Spool(tmp_path, np.uint16, 10) as spool:
        parts = [np.arange(n, n + n % 7, dtype=np.uint16) for n in range(50)]
        positions = [spool.append(part) for part in parts]
        assert spool.size == sum(part.size for part in parts)
        for part, position in zip(parts, positions, strict=True):
            spool.release(position)
            assert np.array_equal(spool.read(position, part.size), part)
        assert len(spool._segments) == 1


def test_a_file_in_place_of_the_cache_folder(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(CorpusError, match="cache: the encoded text cannot be written: File exists"):
        encode(LINES, cache_dir=tmp_path / "cache")


@pytest.mark.parametrize("full_at", [0, 1])
def test_disk_full_is_one_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, full_at: int
) -> None:
    class FullDisk:
        """A file on a disk that takes a few bytes and no more."""

        def __init__(self, real: Any) -> None:
            self._real = real
            self._room = 100

        def write(self, data: Any) -> int:
            if self._room == 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            count: int = self._real.write(data[: self._room])
            self._room -= count
            return count

        def __getattr__(self, name: str) -> Any:
            return getattr(self._real, name)

    made: list[Spool[Any]] = []
    original = Spool.__init__

    def on_full_disk(self: Spool[Any], *args: Any) -> None:
        original(self, *args)
        if len(made) == full_at:
            self._segments[0].file = FullDisk(self._segments[0].file)
        made.append(self)

    monkeypatch.setattr(Spool, "__init__", on_full_disk)
    path = tmp_path / "text"
    path.write_text("\n".join(LINES))
    cache = tmp_path / "cache"
    with pytest.raises(CorpusError, match=r"cache: the encoded text cannot be written: No space"):
        encode_corpus(files=path, vocabulary=EVERYTHING, cache_dir=cache)
    assert list(cache.iterdir()) == []


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs RLIMIT_FSIZE")
def test_a_real_file_size_limit_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_text("some words of a text\n" * 20_000)
    script = (
        "import resource, sys\n"
        "from lexiscope.corpus import encode_corpus\n"
        "from lexiscope.corpus.passes.scan import compile_kernels\n"
        "from lexiscope.errors import CorpusError\n"
        "compile_kernels()\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
        "try:\n"
        "    encode_corpus(files=sys.argv[1], workers=2)\n"
        "except CorpusError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    assert "the encoded text cannot be written: File too large" in done.stdout


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_stays_bounded_whatever_the_size(tmp_path: Path) -> None:
    """100 MB of text with 200,000 distinct words, read in much less than its size."""
    rng = np.random.default_rng(1)
    words = np.array([f"word{number}" for number in range(200_000)])
    line = words[(200_000 * rng.random(300_000) ** 4).astype(int)].reshape(-1, 20)
    part = "\n".join(" ".join(row) for row in line).encode() + b"\n"
    path = tmp_path / "large.txt"
    with path.open("wb") as file:
        for _ in range(100_000_000 // len(part) + 1):
            file.write(part)
    script = (
        "import resource, sys\n"
        "from lexiscope.corpus import encode_corpus\n"
        "from lexiscope.corpus.passes.scan import compile_kernels\n"
        "compile_kernels()\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "before = peak()\n"
        "corpus = encode_corpus(files=sys.argv[1], workers=2)\n"
        "print((peak() - before) // 1024, corpus.report.bytes)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    megabytes, size = map(int, done.stdout.split())
    assert size >= 100_000_000
    assert megabytes < 80


def test_importing_the_room_loads_no_numba() -> None:
    script = (
        "import sys\n"
        "from lexiscope.corpus import TokenizerSpec, Vocabulary, VocabularyOptions, encode_corpus\n"
        "import lexiscope.corpus.input.sources\n"
        "heavy = {'numba', 'regex', 'zstandard', 'tokenizers'} & set(sys.modules)\n"
        "sys.exit(str(heavy) if heavy else 0)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=PATIENCE)
