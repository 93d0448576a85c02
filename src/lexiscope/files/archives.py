"""Archives (zip, tar) with one file of vectors in them, which then stands for the archive.

Word vectors are handed out as `vectors.zip` and `vectors.tar.gz`, with a README or a word list
beside. The one file that can be vectors is found by its name and its first bytes; where two can,
or none, the archive stays one, and whoever reads says what is in it. Nothing is unpacked to disk by
the names in an archive, and no size that it declares is believed.

zip: `PK 03 04`; the list of files is at its end. tar: blocks of 512 bytes, a header (of 1988's
"ustar", or older with a sum) and a file by turns, so that only going through it tells what is in
it. Sources: APPNOTE.TXT of PKWARE; POSIX.1-2017, pax.
"""

from __future__ import annotations

import lzma
import re
import struct
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, Literal, cast
from zipfile import BadZipFile, ZipFile, ZipInfo

from lexiscope.errors import FormatError, reason_of

ZIP_MAGIC = b"PK\x03\x04"
TAR_BLOCK = 512

FAULTS = (
    BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, OverflowError, KeyError,
    IndexError, struct.error, zlib.error, lzma.LZMAError, tarfile.TarError,
)  # fmt: skip
"""What reading a damaged or locked archive may raise, besides OSError."""

_HEAD_BYTES = 1 << 12
_MOST_MEMBERS = 10_000
_MOST_HEADS = 64
# What stands beside vectors and is none: papers, programs, settings, sums, pictures, lists.
_NO_VECTORS = frozenset(
    {
        ".md", ".rst", ".html", ".htm", ".pdf", ".json", ".yml", ".yaml", ".toml", ".xml", ".py",
        ".sh", ".c", ".h", ".java", ".ipynb", ".log", ".sha1", ".sha256", ".md5", ".asc", ".png",
        ".jpg", ".jpeg", ".gif", ".svg", ".doc", ".docx", ".cfg", ".ini", ".license", ".bib",
    }
)  # fmt: skip
_NO_VECTORS_NAMED = re.compile(
    r"(?i)(?:readme|licen[cs]e|copying|notice|changelog|authors|citation|about|checksums?|"
    r"(?:.*[._-])?(?:vocab|vocabulary|words?|wordlist|tokens|counts?|freqs?|frequencies|metadata|"
    r"questions-words|stopwords))(?:[._-].*)?"
)
_JUNK = ("__MACOSX/", ".", "._")
# A zip that is a document or a program's own file; `NAME/data.pkl` is PyTorch's, `syn0.txt`
# deeplearning4j's.
_OWN_ZIPS = re.compile(
    r"\[Content_Types\]\.xml|mimetype|META-INF/.*|[^/]+/data\.pkl|data\.pkl|"
    r"syn0\.txt"
)
# A model folder of ours, which is opened as a whole.
_OWN_FOLDER = frozenset({"model.safetensors", "vocabulary.tsv", "config.json"})
_NUMBERS = re.compile(rb"(?:[ \t,;|]+[+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][+-]?\d+)?){2}\s*$")


@dataclass(frozen=True)
class Archive:
    """What is in an archive.

    Attributes:
        kind: Which one.
        names: Its files, without what systems put there.
        vectors: Those that can be vectors.
    """

    kind: Literal["zip", "tar"]
    names: tuple[str, ...]
    vectors: tuple[str, ...]

    @property
    def member(self) -> str | None:
        """The one file that stands for the archive; None where it is not one."""
        return self.vectors[0] if len(self.vectors) == 1 else None


def kind_of(head: bytes) -> Literal["zip", "tar"] | None:
    """The kind of an archive, by the first 512 bytes of its content; None where it is none."""
    if head.startswith(ZIP_MAGIC):
        return "zip"
    return "tar" if is_tar(head) else None


def is_tar(head: bytes) -> bool:
    """Whether bytes begin with the header of a tar archive, by its sum."""
    if len(head) < TAR_BLOCK or not head[0]:
        return False
    digits = head[148:156].strip(b" \0")
    if not digits or not all(48 <= digit < 56 for digit in digits):
        return False
    return int(digits, 8) == sum(head[:148]) + 8 * 32 + sum(head[156:TAR_BLOCK])


def zip_names(path: Path) -> list[str]:
    """The names of the files in a zip archive; none where it is no sound one."""
    try:
        with _zip(path) as archive:
            return [entry.filename for entry in archive.infolist() if not entry.is_dir()]
    except (*FAULTS, OSError):
        return []


@contextmanager
def opened_zip(path: Path) -> Iterator[ZipFile]:
    """A zip archive, while its parts are read.

    Raises:
        FormatError: It is damaged, or locked, or has a part packed in a way that Python does not
            know: also when a part is read.
    """
    try:
        with _zip(path) as archive:
            yield archive
    except FAULTS as error:
        raise FormatError(
            path, None, f"is a damaged zip archive ({reason_of(error)}); copy it again"
        ) from error


def look_into_zip(stream: BinaryIO) -> Archive:
    """What is in a zip archive.

    Raises:
        One of `FAULTS`: It is damaged.
    """
    with _zip(stream) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        names = [entry.filename for entry in entries]
        own = any(map(_OWN_ZIPS.fullmatch, names)) or all(map(_is_array, names))
        own = own or {PurePosixPath(name).name for name in names} >= _OWN_FOLDER
        if own or len(names) > _MOST_MEMBERS:
            return Archive("zip", tuple(names[:_MOST_MEMBERS]), ())
        entries = [entry for entry in entries if not _is_junk(entry.filename)]

        def heads() -> Iterator[tuple[str, bytes]]:
            for entry in entries[:_MOST_HEADS]:
                yield entry.filename, _head(archive, entry)

        named = tuple(entry.filename for entry in entries)
        return Archive("zip", named, _vectors(named, heads()))


def _zip(file: Path | BinaryIO) -> ZipFile:
    """An archive whose parts lie in it: going to another place is an error of the system's.

    Raises:
        BadZipFile: One does not.
    """
    archive = ZipFile(file)
    if any(entry.header_offset < 0 for entry in archive.infolist()):
        archive.close()
        raise BadZipFile("a part is said to begin before the archive")
    return archive


def _head(archive: ZipFile, entry: ZipInfo) -> bytes:
    with archive.open(entry) as member:
        return member.read(_HEAD_BYTES)


def look_into_tar(content: IO[bytes]) -> Archive:
    """What is in a tar archive.

    Args:
        content: Its bytes, read forward.

    Raises:
        One of `FAULTS`: It is damaged.
    """
    heads: list[tuple[str, bytes]] = []
    with tarfile.open(fileobj=content, mode="r|") as archive:
        for entry in archive:
            if not entry.isreg() or entry.issparse() or _is_junk(entry.name):
                continue
            member = archive.extractfile(entry)
            head = b"" if member is None else member.read(_HEAD_BYTES)
            heads.append((entry.name, head if len(heads) < _MOST_HEADS else b""))
            if len(heads) > _MOST_MEMBERS:
                return Archive("tar", tuple(name for name, _head in heads), ())
            _forget(archive)
    names = tuple(name for name, _head in heads)
    return Archive("tar", names, _vectors(names, iter(heads)))


def open_in_zip(stream: BinaryIO, name: str) -> Callable[[int], bytes]:
    """What reads a file of a zip archive.

    Raises:
        One of `FAULTS`: It is damaged, or locked by a password.
    """
    return _zip(stream).open(name).read


def open_in_tar(content: IO[bytes], name: str) -> Callable[[int], bytes]:
    """What reads a file of a tar archive.

    Raises:
        One of `FAULTS`: It is damaged, or another than when it was looked into.
    """
    archive = tarfile.open(fileobj=content, mode="r|")  # noqa: SIM115 - read from further on
    for entry in archive:
        if entry.name == name and entry.isreg():
            member = archive.extractfile(entry)
            if member is not None:
                return cast("Callable[[int], bytes]", member.read)
        _forget(archive)
    raise KeyError(name)


def _forget(archive: tarfile.TarFile) -> None:
    """Lets go of the headers so far, which a stream is not asked for again."""
    archive.members = []  # type: ignore[attr-defined]


def _is_array(name: str) -> bool:
    return name.endswith(".npy")


def _is_junk(name: str) -> bool:
    """Whether a file is what systems put beside others."""
    return name.startswith(_JUNK[0]) or PurePosixPath(name).name.startswith(_JUNK[1:])


def _vectors(names: tuple[str, ...], heads: Iterator[tuple[str, bytes]]) -> tuple[str, ...]:
    """The files that can be vectors; one that is alone is taken for what it is."""
    if len(names) == 1:
        return names
    return tuple(name for name, head in heads if _may_be_vectors(name, head))


def _may_be_vectors(name: str, head: bytes) -> bool:
    file = PurePosixPath(name)
    if file.suffix.lower() in _NO_VECTORS or not head:
        return False
    if _NO_VECTORS_NAMED.fullmatch(file.name) and file.suffix.lower() in ("", ".txt", ".tsv"):
        return False
    if b"\0" in head:
        return True
    # A text: some row of it is a word and numbers.
    lines = head.split(b"\n")
    whole = lines[:-1] if len(lines) > 1 and len(head) == _HEAD_BYTES else lines
    return any(map(_NUMBERS.search, whole)) or (len(lines) == 1 and _is_binary(head))


def _is_binary(head: bytes) -> bool:
    try:
        head[:-4].decode()
    except UnicodeDecodeError:
        return True
    return False
