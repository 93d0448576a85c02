"""Where text comes from, and what is refused."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from lexiscope.corpus import (
    EncodedCorpus,
    TextForm,
    TokenizerSpec,
    VocabularyOptions,
    encode_corpus,
)
from lexiscope.errors import ConfigError, CorpusError
from tests.support.patience import PATIENCE

EVERYTHING = VocabularyOptions(min_count=1)
TEXT = "the king rules\nthe queen rules\nmany words of a longer line é ü\n" * 2_000


def encode(files: object, **options: object) -> EncodedCorpus:
    return encode_corpus(files=files, vocabulary=EVERYTHING, **options)  # type: ignore[arg-type]


def _zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": _zstd,
}


@pytest.fixture(scope="module")
def plain_fingerprint() -> str:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plain"
        path.write_text(TEXT, encoding="utf-8")
        with encode(path) as corpus:
            return corpus.fingerprint


@pytest.mark.parametrize("kind", COMPRESSORS)
@pytest.mark.parametrize("name", ["text.txt", "text.gz"], ids=["named-txt", "named-gz"])
def test_compression_is_told_by_content_not_by_name(
    tmp_path: Path, kind: str, name: str, plain_fingerprint: str
) -> None:
    path = tmp_path / name
    path.write_bytes(COMPRESSORS[kind](TEXT.encode()))
    with encode(path, workers=2) as corpus:
        assert corpus.fingerprint == plain_fingerprint
        assert corpus.report.bytes == len(TEXT.encode())


def test_plain_text_named_gz(tmp_path: Path, plain_fingerprint: str) -> None:
    path = tmp_path / "text.gz"
    path.write_text(TEXT, encoding="utf-8")
    with encode(path) as corpus:
        assert corpus.fingerprint == plain_fingerprint


@pytest.mark.parametrize("kind", COMPRESSORS)
def test_several_members_in_one_file(tmp_path: Path, kind: str, plain_fingerprint: str) -> None:
    data, compress = TEXT.encode(), COMPRESSORS[kind]
    path = tmp_path / "members"
    path.write_bytes(compress(data[:1000]) + compress(data[1000:50_000]) + compress(data[50_000:]))
    with encode(path) as corpus:
        assert corpus.fingerprint == plain_fingerprint


def test_zstd_skippable_frame_first(tmp_path: Path, plain_fingerprint: str) -> None:
    path = tmp_path / "skippable"
    path.write_bytes(b"\x50\x2a\x4d\x18\x04\x00\x00\x00abcd" + _zstd(TEXT.encode()))
    with encode(path) as corpus:
        assert corpus.fingerprint == plain_fingerprint


@pytest.mark.parametrize("kind", COMPRESSORS)
@pytest.mark.parametrize("kept", [0.3, 0.9, 0.999])
def test_truncated_compressed_file_is_refused(tmp_path: Path, kind: str, kept: float) -> None:
    # Text that does not compress to a few bytes, so that every cut is inside the data.
    text = " ".join(str(number * 7919 % 100_003) for number in range(20_000)).encode()
    data = COMPRESSORS[kind](text)
    path = tmp_path / "cut"
    path.write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(CorpusError, match=rf"cut: the {kind} data end too early.*truncated"):
        encode(path)


@pytest.mark.parametrize("kind", COMPRESSORS)
def test_corrupt_compressed_file_is_refused(tmp_path: Path, kind: str) -> None:
    text = " ".join(str(number * 7919 % 100_003) for number in range(20_000)).encode()
    data = bytearray(COMPRESSORS[kind](text))
    middle = len(data) // 2
    data[middle : middle + 40] = bytes(40)
    path = tmp_path / "bad"
    path.write_bytes(data)
    with pytest.raises(CorpusError, match=rf"bad: the {kind} data are damaged"):
        encode(path)


def test_damage_wins_over_nothing_that_stands_behind_it(tmp_path: Path) -> None:
    """Threads that go on reading after a failure must not report what they find there."""
    data = " ".join(str(number * 7919 % 100_003) for number in range(50_000)).encode()
    (tmp_path / "1").write_bytes(gzip.compress(data)[:-100])
    (tmp_path / "2").write_bytes(b"bad \xff\n")
    for _ in range(10):
        with pytest.raises(CorpusError, match="1: the gzip data end too early"):
            encode(tmp_path, workers=3, block_bytes=256)


def test_several_files_in_the_given_order(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("bee\n")
    (tmp_path / "a").write_text("ay")  # no newline at its end
    with encode([tmp_path / "b", str(tmp_path / "a")]) as corpus:
        assert corpus.vocabulary.tokens == ["bee", "ay"]
        assert corpus.ids.tolist() == [0, -1, 1, -1]
        assert corpus.report.files == 2


def test_splitting_over_files_keeps_the_fingerprint(tmp_path: Path, plain_fingerprint: str) -> None:
    lines = TEXT.splitlines(keepends=True)
    for part in range(5):
        (tmp_path / f"part-{part}").write_text("".join(lines[part * 1200 : (part + 1) * 1200]))
    with encode(tmp_path, workers=3) as corpus:
        assert corpus.fingerprint == plain_fingerprint


def test_folder_is_walked_sorted_and_hidden_files_are_skipped(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.txt", "a/b/y.txt", ".hidden", ".git/config", "a/.cache"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name.replace("/", "-") + "\n")
    with encode(tmp_path) as corpus:
        assert corpus.vocabulary.tokens == ["a-b-y.txt", "a-z.txt", "b.txt"]


def test_glob(tmp_path: Path) -> None:
    for name in ("2.txt", "1.txt", "1.csv", "deep/3.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
    with encode(str(tmp_path / "*.txt")) as corpus:
        assert corpus.vocabulary.tokens == ["1.txt", "2.txt"]
    with encode(str(tmp_path / "**" / "*.txt")) as corpus:
        assert corpus.vocabulary.tokens == ["1.txt", "2.txt", "deep/3.txt"]
    with pytest.raises(CorpusError, match="the glob matches no file"):
        encode(str(tmp_path / "*.tsv"))


def test_a_file_whose_name_looks_like_a_glob(tmp_path: Path) -> None:
    path = tmp_path / "text[1].txt"
    path.write_text("word")
    with encode(path) as corpus:
        assert corpus.vocabulary.tokens == ["word"]


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"absent\.txt: no such file"):
        encode(tmp_path / "absent.txt")


def test_folder_without_files(tmp_path: Path) -> None:
    (tmp_path / ".hidden").write_text("x")
    with pytest.raises(CorpusError, match="holds no file"):
        encode(tmp_path)


def test_no_path_at_all() -> None:
    with pytest.raises(CorpusError, match="no file was given"):
        encode([])


def test_broken_link_in_a_folder_is_reported(tmp_path: Path) -> None:
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    with pytest.raises(CorpusError, match="gone: no such file"):
        encode(tmp_path)


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b" \t\r\n \n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"]
)
def test_empty_corpus(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "empty.txt").write_bytes(content)
    with pytest.raises(CorpusError, match="the corpus is empty"):
        encode(tmp_path / "empty.txt")


def test_empty_files_among_others_are_fine(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    (tmp_path / "b").write_bytes(b"word")
    (tmp_path / "c").write_bytes(gzip.compress(b""))
    with encode(tmp_path) as corpus:
        assert corpus.ids.tolist() == [0, -1]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "a PNG image"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "a PDF document"),
        (b"{\\rtf1\\ansi The king.}", "a rich text document"),
        (b"\x7fELF\x02\x01\x01\x00", "an ELF program"),
        (b"PK\x03\x04\x14\x00", "a zip archive"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "a JPEG image"),
        (b"MZ\x90\x00\x03\x00", "a Windows program"),
        (b"\x93NUMPY\x01\x00", "a NumPy array"),
        (gzip.compress(gzip.compress(b"words", mtime=0), mtime=0), "a gzip file"),
        (b"name".ljust(257, b"\0") + b"ustar\x0000", "a tar archive"),
    ],
)
def test_binary_file_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(content)
    with pytest.raises(CorpusError, match=rf"text\.txt: this is {said}") as caught:
        encode(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_wide_encodings_are_named(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "wide.txt"
    path.write_text("the king and the queen\n" * 9, encoding=encoding)
    with pytest.raises(CorpusError, match=rf"the text is in {encoding[:6].upper()}") as caught:
        encode(path)
    # What is told reads it, with a byte order mark and without.
    told = re.search(r"--encoding (\S+)", str(caught.value))
    assert told is not None
    form = TextForm(encoding=told[1])
    with encode_corpus(
        files=path,
        tokenizer=TokenizerSpec(text=form),
        vocabulary=VocabularyOptions(min_count=1),
    ) as corpus:
        assert sorted(corpus.vocabulary.tokens) == ["and", "king", "queen", "the"]


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_invalid_utf8_is_refused_with_its_exact_offset(
    tmp_path: Path, workers: int, bom: bytes
) -> None:
    good = bom + "ein großes Haus\n".encode() * 3_000
    path = tmp_path / "latin1.txt"
    path.write_bytes(good + "plain café\n".encode("latin-1") + b"na\xefve \xff\n" * 2_000)
    with pytest.raises(CorpusError) as caught:
        encode(path, workers=workers, block_bytes=512)
    message = str(caught.value)
    assert f"{path}: byte 0xe9 at offset {len(good) + 9:,} is not UTF-8" in message
    assert "name it with --encoding" in message


def test_offset_counts_from_the_start_of_its_own_decompressed_file(tmp_path: Path) -> None:
    (tmp_path / "1").write_bytes(b"fine\n" * 1000)
    (tmp_path / "2.gz").write_bytes(gzip.compress(b"fine too\nbad \x80\n"))
    with pytest.raises(CorpusError, match=r"2\.gz: byte 0x80 at offset 13 is not UTF-8"):
        encode(tmp_path)


@pytest.mark.parametrize(
    "sequence",
    [b"\xc3", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"\xe2\x82"],
    ids=["cut", "surrogate", "overlong", "beyond", "cut-3"],
)
def test_every_kind_of_bad_utf8(tmp_path: Path, sequence: bytes) -> None:
    path = tmp_path / "bad.txt"
    path.write_bytes(b"one two" + sequence + b" three\n")
    with pytest.raises(CorpusError, match="at offset 7 is not UTF-8"):
        encode(path)


def test_nul_byte_past_the_first_block(tmp_path: Path) -> None:
    path = tmp_path / "late.bin"
    path.write_bytes(b"some words\n" * 1000 + b"a\x00b\n")
    with pytest.raises(CorpusError, match="NUL byte at offset 11,001"):
        encode(path)


def test_byte_order_mark_and_crlf(tmp_path: Path) -> None:
    path = tmp_path / "windows.txt"
    path.write_bytes(b"\xef\xbb\xbfthe king\r\n\r\n  \r\nthe end")
    with encode(path) as corpus:
        assert corpus.vocabulary.tokens == ["the", "king", "end"]
        assert corpus.ids.tolist() == [0, 1, -1, 0, 2, -1]
        assert corpus.report.sentences == 2


def test_only_ascii_whitespace_separates(tmp_path: Path) -> None:
    path = tmp_path / "spaces.txt"
    path.write_text("a\tb\vc\fd\re f\xa0g\u2003h\u2028i\x1cj\x85k\n", encoding="utf-8", newline="")
    with encode(path) as corpus:
        assert corpus.vocabulary.tokens == [*"abcde", "f\xa0g\u2003h\u2028i\x1cj\x85k"]


def test_line_much_longer_than_a_block_is_one_sentence(tmp_path: Path) -> None:
    words = [f"w{number % 50}" for number in range(20_000)]
    path = tmp_path / "line.txt"
    path.write_text("short line\n" + " ".join(words) + " \nlast line")
    with encode(path, workers=3, block_bytes=64, max_sentence_tokens=30_000) as corpus:
        assert (corpus.ids < 0).sum() == 3
        assert corpus.report.tokens_in_vocabulary == 20_004
        assert corpus.report.long_lines == 0
    with encode(path, workers=2, block_bytes=64, max_sentence_tokens=9_000) as corpus:
        ends = (corpus.ids < 0).nonzero()[0]
        assert ends.tolist() == [2, 9_003, 18_004, 20_005, 20_008]
        assert (corpus.report.long_lines, corpus.report.long_line_pieces) == (1, 3)


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lzma.compress(b"from a pipe"))))
    with encode("-") as corpus:
        assert corpus.vocabulary.tokens == ["from", "a", "pipe"]


@pytest.mark.slow
def test_standard_input_as_a_real_pipe(tmp_path: Path) -> None:
    script = (
        "from lexiscope.corpus import *\n"
        "c = encode_corpus(files='-', vocabulary=VocabularyOptions(min_count=1), workers=2)\n"
        "print(len(c.vocabulary), c.report.tokens)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        input=gzip.compress(TEXT.encode()),
        capture_output=True,
        check=True,
        timeout=PATIENCE,
    )
    assert done.stdout.split() == [
        str(len(set(TEXT.split()))).encode(),
        str(len(TEXT.split())).encode(),
    ]


def test_standard_input_twice_is_refused() -> None:
    with pytest.raises(ConfigError, match="named twice"):
        encode(["-", "-"])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_named_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(b"through a pipe\n",))
    writer.start()
    seen = []
    with encode(pipe, progress=seen.append) as corpus:
        assert corpus.vocabulary.tokens == ["through", "a", "pipe"]
    writer.join()
    totals = [report.total for report in seen if report.stage == "reading"]
    assert totals and set(totals) == {None}


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_unreadable_file(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("x")
    path.chmod(0)
    with pytest.raises(CorpusError, match="secret: cannot be opened"):
        encode(path)


def test_comments_are_skipped_only_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("# a title\nking\n  # indented\nqueen # not a comment\n")
    with encode(path, tokenizer=TokenizerSpec(comments=True)) as corpus:
        assert corpus.vocabulary.tokens == ["king", "queen", "#", "not", "a", "comment"]
    with encode(path) as corpus:
        assert "title" in corpus.vocabulary
