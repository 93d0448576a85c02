"""Lines of text files, one after another, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lexiscope.corpus.input.sources import (
    BlockReader,
    PathLike,
    TextBuffer,
    check_text,
    find_files,
    stored_bytes,
)
from lexiscope.corpus.input.text_form import AS_IT_IS, TextForm


def lines_of(reader: BlockReader) -> Iterator[str]:
    """The lines that a reader hands out, but for blank ones, without their ends.

    Raises:
        CorpusError: A file is missing, damaged, or no text in UTF-8.
    """
    buffer = TextBuffer(reader.block_bytes)
    unfinished = ""
    while (block := reader.fill(buffer)) is not None:
        data = bytes(memoryview(buffer.data)[: block.size])
        check_text(data, block.file_name, [block.file_position], [0])
        lines = (unfinished + data.decode("utf-8")).split("\n")
        unfinished = lines.pop()
        for line in lines:
            if line and not line.isspace():
                yield line.rstrip("\r")


class TextLines:
    """The lines of files, compressed or not, to be read once.

    Args:
        files: Files, folders, globs, or "-" for standard input.
        form: What each file's text is kept in.

    Attributes:
        total: The files' bytes on disk, or None where nobody knows.
        unit: What `total` and `consumed` count.

    Raises:
        CorpusError: There is no such file.
    """

    unit = "bytes"

    def __init__(self, files: PathLike | Sequence[PathLike], form: TextForm = AS_IT_IS) -> None:
        paths = find_files(files)
        self.total = stored_bytes(paths)
        self._reader = BlockReader(paths, form=form)

    @property
    def consumed(self) -> int:
        """Bytes read so far."""
        return self._reader.consumed

    def __iter__(self) -> Iterator[str]:
        try:
            yield from lines_of(self._reader)
        finally:
            self._reader.close()
