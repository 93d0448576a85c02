"""Disguised files: what a file is instead of the text or the vectors that it was taken for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lexiscope.files.compression import compression_of

_ZIP = b"PK\x03\x04"
RICH_TEXT = "a rich text document (RTF)"
_PICKLE = "but not of word vectors that can be read safely"


@dataclass(frozen=True)
class _Kind:
    """A kind of file that is known by its first bytes.

    Attributes:
        magic: The first bytes.
        name: What it is, as a noun phrase.
        instead_of: What it is refused as: a text, or vectors too, however it is read. "text with
            NUL" where a text may begin so as well.
        of_vectors: What to say of it where vectors were expected; None for the name.
    """

    magic: bytes
    name: str
    instead_of: Literal["text", "text with NUL", "vectors", "both"] = "text"
    of_vectors: str | None = None


_KINDS = (
    _Kind(b"\x89PNG\r\n\x1a\n", "a PNG image"),
    _Kind(b"\xff\xd8\xff", "a JPEG image"),
    _Kind(b"GIF87a", "a GIF image"),
    _Kind(b"GIF89a", "a GIF image"),
    _Kind(b"%PDF-", "a PDF document"),
    _Kind(b"{\\rtf", RICH_TEXT),
    _Kind(b"\x7fELF", "an ELF program"),
    _Kind(b"\xcf\xfa\xed\xfe", "a Mach-O program"),
    _Kind(b"\xca\xfe\xba\xbe", "a Java class or Mach-O program"),
    _Kind(b"\x00asm", "a WebAssembly program"),
    _Kind(_ZIP, "a zip archive", "both", "a zip archive; unpack it first"),
    _Kind(b"PK\x05\x06", "an empty zip archive"),
    _Kind(b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    _Kind(b"Rar!\x1a\x07", "a RAR archive"),
    _Kind(b"\x1f\x9d", "a compress (.Z) file"),
    _Kind(b"\x93NUMPY", "a NumPy array"),
    _Kind(b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    _Kind(b"SQLite format 3\x00", "an SQLite database"),
    _Kind(b"PAR1", "a Parquet file"),
    _Kind(b"ARROW1\x00\x00", "an Arrow file"),
    _Kind(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Microsoft Office document"),
    *(_Kind(bytes([0x80, protocol]), "a pickle", "both", f"a Python pickle, {_PICKLE}")
      for protocol in range(2, 6)),
    _Kind(b"MZ", "a Windows program", "text with NUL"),
    _Kind(b"RIFF", "a RIFF file (WAV, AVI, WebP)", "text with NUL"),
    _Kind(b"OggS", "an Ogg recording", "text with NUL"),
    _Kind(b"ID3", "an MP3 recording", "text with NUL"),
    _Kind(b"BM", "a BMP image", "text with NUL"),
    _Kind(b"II*\x00", "a TIFF image", "text with NUL"),
    _Kind(b"MM\x00*", "a TIFF image", "text with NUL"),
    _Kind(b"ORC", "an ORC file", "text with NUL"),
    *(_Kind(magic, "an index of FAISS, which keeps no words", "text with NUL")
      for magic in (b"IxF2", b"IxFI", b"IxFl", b"IwFl", b"IHNf")),
    _Kind(b"\xff\xff\xff\xff", "an Arrow stream", "text with NUL"),
    _Kind(b"\xff\x06\x00\x00sNaPpY", "a Snappy file", "both", "a Snappy file; unpack it first"),
    _Kind(b"MATLAB 5.0 MAT-file", "a MATLAB file", "vectors",
          "a MATLAB file; open it with scipy.io.loadmat and save it with numpy.savez"),
    *(_Kind(magic, "a file of R's", "vectors",
            "a file of R's; open it in R and save it with `write.csv`")
      for magic in (b"X\n\x00\x00\x00", b"RDX2\nX\n", b"RDX3\nX\n", b"A\n2\n", b"A\n3\n")),
    # These are text, and may be trained on.
    _Kind(b"version https://git-lfs.github.com/spec/", "a Git-LFS pointer", "vectors",
          "a Git-LFS pointer, not the file itself; run `git lfs pull` where it came from"),
    _Kind(b"%%MatrixMarket", "a Matrix Market file", "vectors",
          "a Matrix Market file, which has no words; open it with scipy.io.mmread and save its "
          "array with numpy.save, beside a list of its words"),
    *(_Kind(start, "a web page", "vectors",
            "a web page, not vectors; the download gave an error or a login page")
      for start in (b"<!doctype html", b"<html", b"<head", b"<?xml")),
)  # fmt: skip

_BYTE_ORDER_MARKS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
OFFICE_DOCUMENT = "an office document (.docx, .xlsx or .pptx)"
OPEN_DOCUMENT = "an office document (.odt, .ods or .odp)"
EPUB = "an e-book (EPUB)"
_BY_MIME = (
    (b"application/epub+zip", EPUB),
    (b"application/vnd.oasis.opendocument", OPEN_DOCUMENT),
)
_VECTORS = (
    (b"\xba\x16\x4f\x2f", "a fastText model"),
    (b"GGUF", "a GGUF model"),
    (b"FiFu", "a file of word vectors (finalfusion)"),
)
_WORD2VEC = re.compile(rb"\d{1,12} (\d{1,6}) ?\r?\n[^\s]{1,400} ")
_LARGEST_VALUE = 1e6
_LONGEST_HEADER = 1 << 27
_LEAST_ROWS, _LEAST_NUMBERS, _MANY_NUMBERS = 3, 8, 50
_DECIMAL = re.compile(rb"[-+]?(?:\d++\.?\d*+|\.\d++)(?:[eE][-+]?\d++)?")
_BEFORE_A_PAGE = b"\xef\xbb\xbf \t\r\n"


def describe_encoding(head: bytes) -> str | None:
    """The name of the wide encoding that a text's first bytes show, or None."""
    for mark, name in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return name
    # Without a mark: in UTF-16 of most European text every other byte is NUL, and only those.
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if half >= 8 and max(even, odd) > 0.4 * half and min(even, odd) < 0.05 * half:
        return "UTF-16BE" if even > odd else "UTF-16LE"
    return None


def describe_binary(head: bytes) -> str | None:
    """What a file is, as a noun phrase, where its first bytes show that it is no text, or None."""
    for kind in _KINDS:
        if kind.instead_of in ("text", "both") and head.startswith(kind.magic):
            return _in_zip(head) or kind.name
    if head[257:262] == b"ustar":
        return "a tar archive"
    compression = compression_of(head)
    if compression is not None:
        return f"a {compression.name} file"
    if b"\x00" in head:
        for kind in _KINDS:
            if kind.instead_of == "text with NUL" and head.startswith(kind.magic):
                return kind.name
    return None


def _in_zip(head: bytes) -> str | None:
    """What a zip archive is, by its first entry, where that is a document or arrays, or None."""
    if not head.startswith(_ZIP):
        return None
    size = int.from_bytes(head[26:28], "little")
    skipped = int.from_bytes(head[28:30], "little")
    name, content = head[30 : 30 + size], head[30 + size + skipped :][:80]
    if name == b"mimetype":
        return next((what for start, what in _BY_MIME if content.startswith(start)), None)
    if name.endswith(b".npy"):
        return "an archive of NumPy arrays (.npz)"
    if name == b"[Content_Types].xml" or name.startswith((b"_rels/", b"docProps/", b"word/")):
        return OFFICE_DOCUMENT
    return None


def describe_vectors(head: bytes) -> str | None:
    """What a file of vectors is, as a noun phrase, where its first bytes are one's, or None.

    Rows of decimals: lines with one word and equally many numbers behind it, three lines of eight
    or more, or one of fifty. safetensors: the length of a header, then its JSON. word2vec's binary
    files: a line of two numbers, a word, and as many float32 as the second number says.
    """
    named = next((name for magic, name in _VECTORS if head.startswith(magic)), None)
    if named is not None or _is_word2vec_binary(head):
        return named or "a file of word vectors (word2vec's binary format)"
    if head[8:10] == b'{"' and int.from_bytes(head[:8], "little") < _LONGEST_HEADER:
        return "a safetensors file"
    rows = [line.split() for line in head.split(b"\n")[:-1]]
    if rows and len(rows[0]) == 2 and all(map(bytes.isdigit, rows[0])):
        rows = rows[1:]
    sizes = {len(row) - 1 for row in rows}
    if len(sizes) != 1 or (size := sizes.pop()) < _LEAST_NUMBERS:
        return None
    if len(rows) < _LEAST_ROWS and size < _MANY_NUMBERS:
        return None
    if not all(_DECIMAL.fullmatch(field) for row in rows for field in row[1:]):
        return None
    return f"a file of word vectors (a word and {size:,} numbers a line)"


def _is_word2vec_binary(head: bytes) -> bool:
    match = _WORD2VEC.match(head)
    if match is None:
        return False
    values = head[match.end() :][: 4 * int(match[1])]
    if len(values) < 4 * _LEAST_NUMBERS or _is_utf8(values):
        return False
    numbers = np.frombuffer(values[: len(values) // 4 * 4], "<f4")
    return bool((np.abs(numbers) < _LARGEST_VALUE).all())  # False where one is not a number


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return b"\x00" not in content


def describe_no_vectors(head: bytes) -> str | None:
    """What a file is, and what to do, where no reader of vectors can make use of it, or None.

    Args:
        head: The first bytes of its content, unpacked.
    """
    if not head:
        return "empty; download or write it again"
    compression = compression_of(head)
    if compression is not None:
        return f"compressed with {compression.name} twice; unpack it first"
    start = head[:1024].lstrip(_BEFORE_A_PAGE).lower()
    for kind in _KINDS:
        if kind.instead_of not in ("both", "vectors"):
            continue
        if head.startswith(kind.magic) or (
            kind.magic.startswith(b"<") and start.startswith(kind.magic)
        ):
            return kind.of_vectors or kind.name
    for mark, _name in _BYTE_ORDER_MARKS[2:]:
        if head.startswith(mark):
            return "UTF-16 text; expected UTF-8"
    if _has_old_line_ends(head):
        return (
            "text whose lines end in carriage returns alone, as on the first Macs; turn them into "
            "newlines first (`tr '\\r' '\\n'`)"
        )
    return None


def _has_old_line_ends(head: bytes) -> bool:
    """Whether lines end with `\\r` and nothing else: numbers and words in plain text between."""
    if b"\n" in head or b"\0" in head or head.count(b"\r") < _LEAST_ROWS - 1:
        return False
    lines = head.split(b"\r")[:-1]
    return all(len(line.split()) > 1 and _DECIMAL.fullmatch(line.split()[-1]) for line in lines)
