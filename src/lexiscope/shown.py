r"""Text out of files, made fit to be shown: on a terminal, in a message, on the page.

A word, a name or another program's message may hold what a terminal obeys (escape sequences), what
turns the order of letters round (direction overrides), what cannot be seen (zero-width characters)
or is no character at all (bytes that are no UTF-8), and it may be a megabyte long. All of that is
shown as an escape (`\x1b`, `\u202e`) or cut; ordinary words of every script stay as they are, the
joiners of Persian, Hindi and emoji among them.

What has no ink: `Default_Ignorable_Code_Point` of Unicode Standard Annex 44. Where joiners belong:
Unicode Standard Annex 31, section 2.3.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

# Columns, of what stands between spaces and slashes (a word, a file's name), of a table's cell, and
# of a message, which has room for a path of 4,096 bytes.
LONGEST_WORD = 120
LONGEST_CELL = 240
LONGEST_TEXT = 4_800

_CUT = "…"
# More than any script stacks on a letter (Tibetan six): then they run over the lines around.
_MOST_MARKS = 6
# Characters of a letter with all that hangs on it; an emoji of a family has eleven.
_LONGEST_CLUSTER = 32
_NAMED = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}

_JOINERS = "\u200c\u200d"
_CONTROLS = "\x00-\x1f"
_UNSEEN = (
    "\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
)
_SELECTORS = "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
_SUSPECT = re.compile(f"[{_CONTROLS}{_UNSEEN}{_SELECTORS}{_JOINERS}]")
_SELECTOR = re.compile(f"[{_SELECTORS}]")
_IN_JSON = re.compile(f"[{_UNSEEN}]")
# A region's flag (a black flag, its name in invisible tags, their end), and a digit on a key.
_SEQUENCE = re.compile("\U0001f3f4[\U000e0020-\U000e007e]{1,6}\U000e007f|[0-9#*]\ufe0f\u20e3")
# What a selector chooses a form of.
_SELECTED = frozenset({"Lo", "Nl", "No", "Pd", "Po", "Sm", "So"})


def shown(text: str, most: int = LONGEST_TEXT) -> str:
    """A text as it can be shown: without anything that hides, moves or commands, and not too long.

    What is shown once is the same when it is shown again.

    Args:
        text: Any text.
        most: Columns, at most; what is more is left out of its middle.
    """
    if len(text) <= min(most, LONGEST_WORD) and text.isascii() and text.isprintable():
        return text
    if len(text) > 16 * most:
        text = f"{text[: 8 * most]}{_CUT}{text[-8 * most :]}"
    pieces: list[str] = []
    word: list[str] = []
    for cluster in [*_clusters(text), " "]:
        if cluster == "/" or cluster.isspace():
            pieces += [*_cut(word, LONGEST_WORD), cluster]
            word = []
        else:
            word.append(cluster)
    return "".join(_cut(pieces[:-1], most))


def quoted(word: str) -> str:
    """The same between quotation marks, for a message that names a word."""
    return f"'{shown(word, LONGEST_WORD)}'"


def in_json(document: str) -> str:
    r"""A JSON document that says the same, with `\uNNNN` for what `shown` would not let through."""
    return _IN_JSON.sub(_json_escape, document)


def width(text: str) -> int:
    """Columns that a text takes on a terminal: wide East Asian characters two, marks none."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me") or character in _JOINERS:
        return 0
    return 1 + (unicodedata.east_asian_width(character) in "WF")


def _clusters(text: str) -> Iterable[str]:
    """The text in parts that may be cut between: letters with what hangs on them, and escapes."""
    if text.isascii():
        return [_escape(one) if _SUSPECT.match(one) else one for one in text]
    clusters: list[str] = []
    sequences = {match.start(): match.end() for match in _SEQUENCE.finditer(text)}
    place = marks = 0
    while place < len(text):
        end = sequences.get(place, place + 1)
        part, before = text[place:end], clusters[-1] if clusters else ""
        is_mark = unicodedata.category(part[-1]) in ("Mn", "Me") and len(part) == 1
        marks = marks + 1 if is_mark else 0 if part not in _JOINERS else marks
        joined = before[-1:] in ("\u200c", "\u200d") and not is_mark
        is_hidden = _SUSPECT.match(part) and not _belongs(part, before, text[end : end + 1])
        if is_hidden or marks > _MOST_MARKS:
            clusters.append(_escape(part))
        elif before and not before.isspace() and (joined or is_mark or _SUSPECT.match(part)):
            clusters[-1] += part
        else:
            clusters.append(part)
        place = end
    return clusters


def _belongs(character: str, before: str, after: str) -> bool:
    """Whether a joiner or a selector stands where a script or an emoji has one.

    Args:
        character: A joiner or a selector, or what never belongs anywhere.
        before: The letter or emoji before it, with what hangs on that.
        after: The character after it.
    """
    if not before or len(before) >= _LONGEST_CLUSTER:
        return False
    if _SELECTOR.match(character):
        return before[-1] >= "\x80" and unicodedata.category(before[-1]) in _SELECTED
    if character not in _JOINERS:
        return False
    # After a virama it tells how the consonant is drawn, at a word's end too.
    if unicodedata.combining(before[-1]) == 9:
        return True
    return _may_join(before[-1], "Mc", "Mn") and _may_join(after)


def _may_join(character: str, *marks: str) -> bool:
    """Whether it is a letter of a script that has joiners, or (a part of) an emoji."""
    if character < "\u0600" or _SUSPECT.match(character):
        return character == "\ufe0f" and "Mn" in marks
    kind = unicodedata.category(character)
    if kind == "So" or "\U0001f3fb" <= character <= "\U0001f3ff":
        return True
    return kind in ("Lo", "Lm", *marks) and unicodedata.east_asian_width(character) not in "WF"


def _escape(character: str) -> str:
    if character in _NAMED:
        return _NAMED[character]
    number = ord(character)
    if 0xDC80 <= number <= 0xDCFF:  # a byte that is no UTF-8
        number -= 0xDC00
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _json_escape(match: re.Match[str]) -> str:
    number = ord(match[0])
    if number < 0x10000:
        return f"\\u{number:04x}"
    number -= 0x10000
    return f"\\u{0xD800 + (number >> 10):04x}\\u{0xDC00 + (number & 0x3FF):04x}"


def _cut(pieces: list[str], most: int) -> list[str]:
    """Pieces of at most so many columns; of more, those in the middle are left out."""
    if 2 * sum(map(len, pieces)) <= most or sum(map(width, pieces)) <= most:
        return pieces
    room = most - 1
    head = _fitting(pieces, room - room // 3)
    tail = _fitting(pieces[::-1], room // 3)[::-1]
    return [*head, _CUT, *tail]


def _fitting(pieces: list[str], most: int) -> list[str]:
    """The first pieces, as many as fit into so many columns."""
    taken = 0
    for place, piece in enumerate(pieces):
        taken += width(piece)
        if taken > most:
            return pieces[:place]
    return pieces
