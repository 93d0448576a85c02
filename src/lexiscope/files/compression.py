"""Compressed files: gzip, bzip2, xz, Zstandard and LZ4, told by their first bytes, read forward.

====== ============================== ================
kind   first bytes                    decoder
====== ============================== ================
gzip   1f 8b                          `zlib`
bzip2  "BZh", a digit, a block magic  `bz2`
xz     fd "7zXZ" 00                   `lzma`
zstd   28 b5 2f fd, or 5? 2a 4d 18    `zstandard`
lz4    04 22 4d 18                    `lz4` (extra)
====== ============================== ================

A file may have several members (frames) one after another, with zero bytes between. The name of a
file is never looked at. What is damaged is told by `DamagedDataError`, which whoever reads turns
into an error that names the file.
"""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from lexiscope.errors import MissingExtraError

SUFFIXES = frozenset({".gz", ".bz2", ".xz", ".zst", ".lz4"})

MAGIC_BYTES = 10
"""So many first bytes tell how a file is compressed."""

CompressionName = Literal["gzip", "bzip2", "xz", "zstd", "lz4"]

_PACKED_BYTES = 1 << 16
# The first is of a stream with blocks, the second of an empty one.
_BZIP2_BLOCKS = (b"\x31\x41\x59\x26\x53\x59", b"\x17\x72\x45\x38\x50\x90")


class DamagedDataError(Exception):
    """Compressed data that cannot be unpacked.

    Args:
        reason: Why, for people.
        is_cut: Whether they end too early, but are sound so far.
    """

    def __init__(self, reason: str, *, is_cut: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_cut = is_cut


@dataclass(frozen=True, kw_only=True)
class Memory:
    """How much memory unpacking may take.

    Attributes:
        zstd_window: Bytes that a Zstandard frame may look back.
        zstd_input: Bytes decoded at once. The decoder gives all that they stand for, which is up to
            128 KiB for 4 of them.
        xz: Bytes in all that an xz decoder may take; None for whatever the file asks for.
    """

    zstd_window: int
    zstd_input: int
    xz: int | None


@dataclass(frozen=True)
class Compression:
    """A way of compressing.

    Attributes:
        name: For messages.
        magics: What a member begins with: one of them.
    """

    name: CompressionName
    magics: tuple[bytes, ...]

    def begins(self, head: bytes) -> bool:
        """Whether bytes are the start of a member; `MAGIC_BYTES` of them, or all there are."""
        if self.name == "bzip2":
            # Three letters and a digit could start a word as well, so the next ones are asked.
            block = head[4:MAGIC_BYTES]
            return (
                head.startswith(self.magics)
                and head[3:4].isdigit()
                and bool(block)
                and any(magic.startswith(block) for magic in _BZIP2_BLOCKS)
            )
        return head.startswith(self.magics)

    def decoder(self, memory: Memory) -> Any:
        """A fresh decoder of one member, with `decompress`, `eof` and `unused_data`.

        Raises:
            MissingExtraError: The lz4 package is needed, and not installed.
        """
        if self.name == "gzip":
            return zlib.decompressobj(wbits=31)
        if self.name == "bzip2":
            return bz2.BZ2Decompressor()
        if self.name == "xz":
            return lzma.LZMADecompressor(memlimit=memory.xz)
        if self.name == "lz4":
            return _lz4_decoder()
        import zstandard

        return zstandard.ZstdDecompressor(max_window_size=memory.zstd_window).decompressobj()


def inflate(content: bytes | memoryview, size: int) -> bytearray:
    """What zlib's deflated bytes stand for, where its size is known; never more is unpacked.

    Args:
        content: The deflated bytes.
        size: The bytes that they must stand for.

    Raises:
        DamagedDataError: They are damaged, or stand for more or for fewer.
    """
    decoder = zlib.decompressobj()
    plain = bytearray()
    packed: bytes | memoryview = content
    try:
        while len(plain) <= size and not decoder.eof:
            piece = decoder.decompress(packed, _PACKED_BYTES)
            packed = decoder.unconsumed_tail
            if not piece and not packed:
                break
            plain += piece
    except zlib.error as error:
        raise DamagedDataError(str(error)) from error
    if len(plain) != size or not decoder.eof:
        more = "more" if len(plain) > size else f"{len(plain):,}"
        raise DamagedDataError(f"it holds {more} bytes, expected {size:,}")
    return plain


def _lz4_decoder() -> Any:
    try:
        import lz4.frame
    except ImportError as error:
        raise MissingExtraError("an LZ4 file", "lz4") from error
    return lz4.frame.LZ4FrameDecompressor()


COMPRESSIONS = (
    Compression("gzip", (b"\x1f\x8b",)),
    Compression("bzip2", (b"BZh",)),
    Compression("xz", (b"\xfd7zXZ\x00",)),
    # Parallel compressors write a skippable frame first.
    Compression(
        "zstd", (b"\x28\xb5\x2f\xfd", *(bytes([low]) + b"\x2a\x4d\x18" for low in range(80, 96)))
    ),
    Compression("lz4", (b"\x04\x22\x4d\x18",)),
)


def compression_of(head: bytes) -> Compression | None:
    """How the first `MAGIC_BYTES` bytes of a file, or more, say it is compressed; None: not."""
    return next((kind for kind in COMPRESSIONS if kind.begins(head)), None)


class Unpacked:
    """The content of compressed data, read forward.

    Args:
        read: Gives the next compressed bytes, at most so many; none at the end.
        compression: How they are compressed.
        memory: What unpacking may take.
        refuses_rest: Whether bytes behind the last member, zeros aside, are damage; else they are
            left out, as most tools do.

    Attributes:
        given: Bytes of content read so far.
    """

    def __init__(
        self,
        read: Callable[[int], bytes],
        compression: Compression,
        memory: Memory,
        *,
        refuses_rest: bool = False,
    ) -> None:
        self._read_packed = read
        self._compression = compression
        self._memory = memory
        self._refuses_rest = refuses_rest
        # zstandard's decoder cannot be told how much to give at most.
        self._bounded = compression.name != "zstd"
        self._input_bytes = _PACKED_BYTES if self._bounded else memory.zstd_input
        self._decoder: Any = compression.decoder(memory)
        self._ready = memoryview(b"")  # unpacked and not given yet (zstd only)
        self._packed = b""  # read and not unpacked yet
        self._ended = False
        self.given = 0

    def read(self, size: int) -> bytes:
        """Some of the next bytes, at most `size`; none at the end.

        Raises:
            DamagedDataError: The data are damaged or cut.
            OSError: Reading them failed.
        """
        piece = b""
        if self._bounded:
            while not piece and not self._ended:
                piece = self._unpack(size)
        else:
            while not self._ready and not self._ended:
                self._ready = memoryview(self._unpack(size))
            piece = bytes(self._ready[:size])
            self._ready = self._ready[size:]
        self.given += len(piece)
        return piece

    def readinto(self, view: memoryview) -> int:
        """`read` into a buffer; gives how many bytes.

        Raises:
            DamagedDataError, OSError: As `read`.
        """
        piece = self.read(len(view))
        view[: len(piece)] = piece
        return len(piece)

    def _unpack(self, size: int) -> bytes:
        """What the next packed bytes unpack to; possibly nothing yet."""
        if self._decoder.eof and not self._next_member():
            self._ended = True
            return b""
        if not self._packed and getattr(self._decoder, "needs_input", True):
            self._packed = self._read_packed(self._input_bytes)
            if not self._packed:
                raise DamagedDataError("it ends too early", is_cut=True)
        piece = self._decoded(size)
        # zlib gives back what it did not come to (at the end a second time, in both attributes);
        # the others keep it.
        self._packed = b"" if self._decoder.eof else getattr(self._decoder, "unconsumed_tail", b"")
        return piece

    def _decoded(self, size: int) -> bytes:
        try:
            if self._bounded:
                return bytes(self._decoder.decompress(self._packed, size))
            return bytes(self._decoder.decompress(self._packed))
        except (zlib.error, OSError, lzma.LZMAError, EOFError, ValueError) as error:
            raise DamagedDataError(str(error)) from error
        except RuntimeError as error:
            if self._compression.name != "lz4":
                raise
            raise DamagedDataError(str(error)) from error
        except Exception as error:
            # The library's error has no base that could be named without loading it.
            if type(error).__name__ != "ZstdError":
                raise
            raise DamagedDataError(str(error)) from error

    def _next_member(self) -> bool:
        """Starts on the member after this one; False where there is none."""
        rest: bytes = (self._decoder.unused_data or b"").lstrip(b"\x00")
        while len(rest) < MAGIC_BYTES:
            more = self._read_packed(self._input_bytes)
            if not more:
                break
            rest = (rest + more).lstrip(b"\x00")
        if not self._compression.begins(rest):
            if rest and self._refuses_rest:
                raise DamagedDataError(f"what follows its end is no {self._compression.name} data")
            return False
        self._decoder = self._compression.decoder(self._memory)
        self._packed = rest
        return True
