"""Lines of a text, gone through for what is unlike sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from lexiscope.corpus.input.sentence_ends import split
from lexiscope.corpus.input.streams import TextInput
from lexiscope.corpus.input.text_form import AS_IT_IS, TextForm
from lexiscope.corpus.survey.line_kinds import LINE_KINDS, LineKind
from lexiscope.one_line import one_line

MOST_BYTES = 32 << 20
_PIECE = 1 << 20
_LONGEST_LOOKED_AT = 1 << 14
_SHORT_WORDS = 3
_LOOKED_INTO_EVERY = 8
_SENTENCE_ENDS = tuple(mark.encode() for mark in '.!?…。！？:;"”’»')
# Of repeated lines that many may be remembered: 8 bytes of each.
_MOST_REMEMBERED = 1 << 21


@dataclass
class Finding:
    """Lines of one kind.

    Attributes:
        kind: Which.
        lines: How many.
        place: File and number of the first, "FILE:LINE".
        example: The first one's beginning.
    """

    kind: LineKind
    lines: int
    place: str
    example: str


@one_line
@dataclass
class LineSurvey:
    """What was seen in a text's lines.

    Attributes:
        bytes: How much of the text was looked at.
        is_whole: Whether that was all of it.
        lines: Lines with something in them.
        blank: Lines without.
        words: Pieces between blanks.
        short: Lines of one to three words.
        repeated: Lines that are the same as one before.
        capital: Lines that begin with a capital.
        broken: Lines before which a sentence has not ended, and that begin with a small letter.
        looked_into: Lines that were looked into for the ends of sentences: one of eight.
        several: Those of them that hold more than one sentence.
        longest_words: Words of the longest line.
        longest_place: Where it stands, "FILE:LINE".
        findings: Kinds of lines that are no sentences, the commonest first.
    """

    bytes: int = 0
    is_whole: bool = True
    lines: int = 0
    blank: int = 0
    words: int = 0
    short: int = 0
    repeated: int = 0
    capital: int = 0
    broken: int = 0
    looked_into: int = 0
    several: int = 0
    longest_words: int = 0
    longest_place: str = ""
    findings: list[Finding] = field(default_factory=list)

    @property
    def mean_words(self) -> float:
        """Words a line, of lines with something in them."""
        return self.words / self.lines if self.lines else 0.0


def survey_lines(
    files: Sequence[str], most_bytes: int = MOST_BYTES, form: TextForm = AS_IT_IS
) -> LineSurvey:
    """Goes through the lines of some files, up to so many bytes in all.

    Args:
        files: As `find_files` gives them.
        most_bytes: Where to stop.
        form: What the text is kept in.

    Raises:
        CorpusError: A file cannot be read.
    """
    seen = LineSurvey()
    found: dict[str, Finding] = {}
    hashes: set[bytes] = set()
    for name in files:
        left = most_bytes - seen.bytes
        if left <= 0:
            seen.is_whole = False
            break
        previous = b""
        for number, line in enumerate(_lines(TextInput(name, form), left, seen), 1):
            _look_at(line, previous, f"{name}:{number:,}", seen, found, hashes)
            previous = line
    seen.findings = sorted(found.values(), key=lambda one: -one.lines)
    return seen


def _look_at(
    line: bytes,
    previous: bytes,
    place: str,
    seen: LineSurvey,
    found: dict[str, Finding],
    hashes: set[bytes],
) -> None:
    words = len(line.split())
    if not words:
        seen.blank += 1
        return
    first = line.lstrip()[:4].decode(errors="ignore")[:1]
    seen.capital += first.isupper()
    seen.broken += first.islower() and _is_open(previous)
    if seen.lines % _LOOKED_INTO_EVERY == 0:
        seen.looked_into += 1
        seen.several += len(split(line[:_LONGEST_LOOKED_AT].decode(errors="replace"))) > 1
    seen.lines += 1
    seen.words += words
    seen.short += words <= _SHORT_WORDS
    if words > seen.longest_words:
        seen.longest_words, seen.longest_place = words, place
    if words > _SHORT_WORDS:
        digest = blake2b(line.strip(), digest_size=8).digest()
        seen.repeated += digest in hashes
        if len(hashes) < _MOST_REMEMBERED:
            hashes.add(digest)
    start = line[:_LONGEST_LOOKED_AT]
    kind = next((one for one in LINE_KINDS if one.pattern.search(start)), None)
    if kind is None:
        return
    if kind.name in found:
        found[kind.name].lines += 1
    else:
        example = start[:120].decode(errors="replace").strip()
        found[kind.name] = Finding(kind, 1, place, example)


def _is_open(line: bytes) -> bool:
    """Whether a line has something in it, and no sentence's end behind that."""
    filled = line.rstrip()
    return bool(filled) and not filled.endswith(_SENTENCE_ENDS)


def _lines(stream: TextInput, most: int, seen: LineSurvey) -> Iterator[bytes]:
    """The lines of a file, up to so many bytes; the last one may be cut there."""
    buffer = bytearray(_PIECE)
    rest, left = b"", most
    try:
        while left > 0 and (size := stream.readinto(memoryview(buffer)[: min(_PIECE, left)])):
            left -= size
            seen.bytes += size
            lines = (rest + bytes(buffer[:size])).split(b"\n")
            rest = lines.pop()
            yield from lines
        if left <= 0 and stream.readinto(memoryview(buffer)[:1]):
            seen.is_whole = False
            rest = b""
        if rest:
            yield rest
    finally:
        stream.close()
