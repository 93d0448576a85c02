"""The compiled kernels of reading: raw bytes to counted chunks, and chunks to word ids.

A *chunk* is a maximal run of bytes that are not ASCII whitespace. Every tokenizer that works inside
a chunk can be applied to the distinct chunks after the text was read, so these kernels know nothing
of tokenizers, nor of encodings: whitespace is ASCII, and UTF-8 never uses ASCII bytes for anything
else.

**The table.** One open-addressing table a thread, probed linearly, of 32-byte slots: two to a cache
line, so that a chunk that was seen before costs one line. A slot is four 64-bit words:

====  =========================================================================
word  holds
====  =========================================================================
0     bytes 0–7 of the chunk (short), or its 64-bit hash (long)
1     bytes 8–15 of the chunk (short), or its last 8 bytes (long)
2     how often it was seen
3     its number, shifted left by 32 bits, plus its length; 0 where the slot is free
====  =========================================================================

A chunk is short up to 16 bytes; a short chunk is compared as a whole without leaving its slot, a
long one is compared byte for byte with its copy in the arena. All chunks stand in the arena in the
order of their numbers, each followed by a space, which is what makes a stretch of the arena text.

**The scan.** Whitespace is found 64 bytes at a time as a bit mask. Chunks are gathered in batches:
bounds, then keys, hashes and prefetches, then probes, so that the misses of a batch overlap. There
is no check for room inside a batch: a kernel that may run out of room says so before it starts one,
and its caller grows the table and calls it again.

**The spool.** The first pass writes the number of every chunk for the second one. Numbers are
given in the order of appearance, so the common ones are small: a line's end is the 16-bit unit 0, a
number n below 32,767 is the unit n + 1, and any other is two units, the upper bits of n + 1 with
the top bit set, then its lower 16 bits.

Words are loaded little-endian, as on every machine that Numba compiles for today.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.compiled.decorators import allocating_kernel, kernel, macro
from lexiscope.compiled.intrinsics import (
    bits_set,
    fold_product,
    load64,
    newline_mask,
    prefetch,
    trailing_zeros,
    whitespace_mask,
)
from lexiscope.corpus.input.sources import PADDING

BATCH = 256
"""Most chunks in a batch. Its scratch arrays stay in the first-level cache beside the hot slots."""

SHORT = 16
"""Longest chunk, in bytes, that is kept whole in its slot."""

DONE, NEEDS_ROOM = 0, 1
"""What `scan_text` answers: the text is used up, or the table must grow by `state[NEEDED_…]`."""

POSITION, ENTRIES, ARENA_USED, WRITTEN, IN_LINE, NEEDED_ENTRIES, NEEDED_BYTES = 0, 1, 2, 3, 4, 5, 6
STATE_SIZE = 7

DROPPED = -2
"""In a recoding table: the chunk has no word in the vocabulary."""

RUN, IDS_IN_LINE, CHUNKS_IN_LINE = 0, 1, 2
SENTENCES, EMPTY_LINES, LONG_LINES, LONG_PIECES, IDS = 3, 4, 5, 6, 7
RECODE_STATE_SIZE = 8

_SENTENCE_END = np.int32(-1)
_LINE_END = np.uint16(0)
_WIDE = 0x8000  # the first unit of a number of two units
# No chunk of valid UTF-8 is equal to a seed, so no factor of a product is ever made 0 by a text.
_KEY_SEED = np.uint64(0x9E3779B97F4A7C15)
_TAIL_SEED = np.uint64(0xD6E8FEB86659FD93)
_LENGTH_MASK = np.uint64(0xFFFFFFFF)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)


@macro
def _low_bytes(count: Any) -> Any:
    """A mask of the lowest `count` bytes of a word, 0 to 8."""
    if count >= 8:
        return _ALL
    return (np.uint64(1) << np.uint64(8 * count)) - np.uint64(1)


@macro
def _hash_short(head: Any, tail: Any, length: Any) -> Any:
    return fold_product(head ^ _KEY_SEED, tail ^ _TAIL_SEED ^ np.uint64(length))


@kernel
def _hash_long(address: Any, length: Any) -> Any:
    """The hash of a chunk of more than 8 bytes, eight at a time; the last eight may overlap."""
    value = _TAIL_SEED ^ np.uint64(length)
    for at in range(0, length - 8, 8):
        value = fold_product(load64(address + at) ^ _KEY_SEED, value ^ _TAIL_SEED)
    return fold_product(load64(address + length - 8) ^ _KEY_SEED, value ^ _TAIL_SEED)


@kernel
def _same_bytes(left: Any, right: Any, length: Any) -> bool:
    """Whether two stretches of at least 8 bytes are equal."""
    for at in range(0, length - 8, 8):
        if load64(left + at) != load64(right + at):
            return False
    return bool(load64(left + length - 8) == load64(right + length - 8))


@macro
def _put_number(number: Any, out: NDArray[np.uint16], written: Any) -> Any:
    """Write a chunk's number; where the next unit goes."""
    code = number + 1
    if code < _WIDE:
        out[written] = np.uint16(code)
        return written + 1
    out[written] = np.uint16(_WIDE | (code >> 16))
    out[written + 1] = np.uint16(code & 0xFFFF)
    return written + 2


@macro
def _take_number(units: NDArray[np.uint16], at: Any) -> Any:
    """Read a chunk's number, or −1 at a line's end; its width is 2 from 32,767 on, else 1."""
    unit = np.int64(units[at])
    if unit < _WIDE:
        return unit - 1
    return (((unit - _WIDE) << 16) | np.int64(units[at + 1])) - 1


@kernel
def pack_numbers(numbers: NDArray[np.int32], out: NDArray[np.uint16]) -> int:
    """Write numbers (−1 at the ends of lines) as units.

    Args:
        numbers: The numbers.
        out: Takes the units; at least twice as long.

    Returns:
        How many units were written.
    """
    written = 0
    for number in numbers:
        written = _put_number(np.int64(number), out, written)
    return written


@kernel
def _gather_bounds(
    address: Any,
    position: Any,
    stop: Any,
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    breaks: NDArray[np.uint8],
) -> tuple[int, int, int]:
    """The bounds of the next chunks, up to a batch.

    `position` must stand on whitespace or at the start of a chunk. Sets `breaks[k]` where a newline
    stands between chunk k and the next.

    Returns:
        How many chunks were found whole; where to go on; whether a newline stands before them.
    """
    found_starts, found_ends, leading = 0, 0, 0
    before = np.uint64(1)  # is the byte before this word whitespace?
    one = np.uint64(1)
    while position < stop and found_ends <= BATCH - 32:
        space = whitespace_mask(address + position)
        shifted = (space << one) | before
        before = space >> np.uint64(63)
        opening = ~space & shifted
        closing = space & ~shifted
        newline = newline_mask(address + position)
        while newline != 0:
            through = newline ^ (newline - one)  # the bits up to the lowest newline
            index = found_ends + bits_set(closing & through) - 1
            if index >= 0:
                breaks[index] = 1
            else:
                leading = 1
            newline &= newline - one
        while opening != 0:
            starts[found_starts] = position + trailing_zeros(opening)
            found_starts += 1
            opening &= opening - one
        while closing != 0:
            ends[found_ends] = position + trailing_zeros(closing)
            found_ends += 1
            closing &= closing - one
        position += 64
    if found_starts > found_ends:
        position = starts[found_ends]
    return found_ends, position, leading


@allocating_kernel
def scan_text(
    text: NDArray[np.uint8],
    stop: int,
    origin: int,
    slots: NDArray[np.uint64],
    offsets: NDArray[np.int64],
    firsts: NDArray[np.int64],
    arena: NDArray[np.uint8],
    out: NDArray[np.uint16],
    state: NDArray[np.int64],
) -> int:
    """Count the chunks of a text and spool the number of each, and the ends of lines.

    Args:
        text: The bytes; `text[:stop]` ends in whitespace and at least `PADDING` spaces follow it.
        stop: How many of them there are.
        origin: What to add to a position in `text` to get the position that `firsts` records.
        slots: The table, shape (a power of two, 4), 64-byte aligned.
        offsets: Of each chunk by number, where in the arena it starts; one more, where it ends.
        firsts: Of each chunk by number, where it was first seen.
        arena: The chunks' bytes.
        out: Takes the units; at least `stop` + 8 long.
        state: `STATE_SIZE` integers that last from call to call (`POSITION`, `ENTRIES`, …).

    Returns:
        `DONE`, or `NEEDS_ROOM`: then no chunk at `state[POSITION]` or after it was counted yet.
    """
    starts = np.empty(BATCH + 64, np.int64)
    ends = np.empty(BATCH + 64, np.int64)
    breaks = np.zeros(BATCH + 64, np.uint8)
    heads = np.empty(BATCH + 64, np.uint64)
    tails = np.empty(BATCH + 64, np.uint64)
    places = np.empty(BATCH + 64, np.int64)
    address = text.ctypes.data
    arena_address = arena.ctypes.data
    table_address = slots.ctypes.data
    mask = slots.shape[0] - 1
    limit = _entry_limit(slots.shape[0])
    position, entries, used, written, in_line = state[0], state[1], state[2], state[3], state[4]
    while position < stop:
        found, following, leading = _gather_bounds(address, position, stop, starts, ends, breaks)
        if found > 0:
            length_bound = ends[found - 1] - starts[0] + found + 8
            if entries + found > limit or used + length_bound > arena.shape[0]:
                state[0], state[1], state[2], state[3] = position, entries, used, written
                state[4], state[5], state[6] = in_line, found, length_bound
                return NEEDS_ROOM
        if leading == 1 and in_line == 1:
            out[written] = _LINE_END
            written += 1
            in_line = 0
        for k in range(found):
            start = address + starts[k]
            length = ends[k] - starts[k]
            if length <= SHORT:
                head = load64(start) & _low_bytes(length)
                tail = load64(start + 8) & _low_bytes(max(length - 8, 0))
                hashed = _hash_short(head, tail, length)
            else:
                hashed = _hash_long(start, length)
                head = hashed
                tail = load64(start + length - 8)
            place = np.int64(hashed) & mask
            prefetch(table_address + place * 32)
            heads[k], tails[k], places[k] = head, tail, place
        for k in range(found):
            head, tail, place = heads[k], tails[k], places[k]
            length = ends[k] - starts[k]
            number = np.int64(-1)
            while number < 0:
                meta = slots[place, 3]
                differs = (slots[place, 0] ^ head) | (slots[place, 1] ^ tail)
                differs |= (meta & _LENGTH_MASK) ^ np.uint64(length)
                if differs == 0:
                    candidate = np.int64(meta >> np.uint64(32))
                    if length <= SHORT or _same_bytes(
                        address + starts[k], arena_address + offsets[candidate], length
                    ):
                        number = candidate
                        slots[place, 2] += np.uint64(1)
                        break
                elif meta == 0:
                    number = entries
                    slots[place, 0], slots[place, 1] = head, tail
                    slots[place, 2] = np.uint64(1)
                    slots[place, 3] = (np.uint64(number) << np.uint64(32)) | np.uint64(length)
                    firsts[number] = origin + starts[k]
                    offsets[number] = used
                    for at in range(length):
                        arena[used + at] = text[starts[k] + at]
                    used += length
                    arena[used] = 32
                    used += 1
                    entries += 1
                    offsets[entries] = used
                    break
                place = (place + 1) & mask
            written = _put_number(number, out, written)
            out[written] = _LINE_END
            ended = np.int64(breaks[k])
            written += ended
            in_line = 1 - ended
            breaks[k] = 0
        position = following
    state[0], state[1], state[2], state[3], state[4] = position, entries, used, written, in_line
    return DONE


@kernel
def _entry_limit(capacity: Any) -> Any:
    """How many chunks a table of so many slots takes before its probes grow long (70 %)."""
    return capacity * 7 // 10


@kernel
def rebuild_slots(old: NDArray[np.uint64], new: NDArray[np.uint64]) -> None:
    """Put every chunk of one table into a larger one that is all zeros."""
    mask = new.shape[0] - 1
    for at in range(old.shape[0]):
        meta = old[at, 3]
        if meta == 0:
            continue
        length = np.int64(meta & _LENGTH_MASK)
        hashed = old[at, 0]
        if length <= SHORT:
            hashed = _hash_short(old[at, 0], old[at, 1], length)
        place = np.int64(hashed) & mask
        while new[place, 3] != 0:
            place = (place + 1) & mask
        for word in range(4):
            new[place, word] = old[at, word]


@kernel
def merge_slots(
    source: NDArray[np.uint64],
    source_offsets: NDArray[np.int64],
    source_firsts: NDArray[np.int64],
    source_arena: NDArray[np.uint8],
    slots: NDArray[np.uint64],
    offsets: NDArray[np.int64],
    firsts: NDArray[np.int64],
    arena: NDArray[np.uint8],
    state: NDArray[np.int64],
    numbers: NDArray[np.int32],
) -> None:
    """Add one table to another that has room for all of it.

    Counts are summed, the earlier first position is kept, and `numbers[n]` becomes the number in
    the target of the source's chunk n.
    """
    mask = slots.shape[0] - 1
    entries, used = state[1], state[2]
    arena_address, source_address = arena.ctypes.data, source_arena.ctypes.data
    for at in range(source.shape[0]):
        meta = source[at, 3]
        if meta == 0:
            continue
        length = np.int64(meta & _LENGTH_MASK)
        from_number = np.int64(meta >> np.uint64(32))
        begin = source_offsets[from_number]
        hashed = source[at, 0]
        if length <= SHORT:
            hashed = _hash_short(source[at, 0], source[at, 1], length)
        place = np.int64(hashed) & mask
        number = np.int64(-1)
        while slots[place, 3] != 0:
            differs = (slots[place, 0] ^ source[at, 0]) | (slots[place, 1] ^ source[at, 1])
            differs |= (slots[place, 3] ^ meta) & _LENGTH_MASK
            if differs == 0:
                candidate = np.int64(slots[place, 3] >> np.uint64(32))
                if length <= SHORT or _same_bytes(
                    source_address + begin, arena_address + offsets[candidate], length
                ):
                    number = candidate
                    break
            place = (place + 1) & mask
        if number >= 0:
            slots[place, 2] += source[at, 2]
            firsts[number] = min(firsts[number], source_firsts[from_number])
        else:
            number = entries
            for word in range(3):
                slots[place, word] = source[at, word]
            slots[place, 3] = (np.uint64(number) << np.uint64(32)) | np.uint64(length)
            firsts[number] = source_firsts[from_number]
            for byte in range(length + 1):
                arena[used + byte] = source_arena[begin + byte]
            offsets[number] = used
            used += length + 1
            entries += 1
            offsets[entries] = used
        numbers[from_number] = number
    state[1], state[2] = entries, used


@kernel
def collect_counts(slots: NDArray[np.uint64], counts: NDArray[np.int64]) -> None:
    """Write the counts of a table's chunks in the order of their numbers."""
    for at in range(slots.shape[0]):
        meta = slots[at, 3]
        if meta != 0:
            counts[np.int64(meta >> np.uint64(32))] = np.int64(slots[at, 2])


@kernel
def copy_chunks(
    arena: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    numbers: NDArray[np.int64],
    separator: int,
    out: NDArray[np.uint8],
) -> None:
    """Write the chunks of these numbers one after another, each followed by a separator byte."""
    at = 0
    for number in numbers:
        for byte in range(offsets[number], offsets[number + 1] - 1):
            out[at] = arena[byte]
            at += 1
        out[at] = separator
        at += 1


@kernel
def recoded_length(
    units: NDArray[np.uint16], recode: NDArray[np.int32], bounds: NDArray[np.int64]
) -> int:
    """How many words the spooled chunks become, counting each line's end as one."""
    total, at = 0, 0
    while at < units.size:
        chunk = _take_number(units, at)
        at += 1 if chunk < _WIDE - 1 else 2
        code = np.int64(recode[chunk]) if chunk >= 0 else np.int64(_SENTENCE_END)
        if code >= DROPPED:
            total += 1
        else:
            expansion = DROPPED - 1 - code
            total += bounds[expansion + 1] - bounds[expansion]
    return total


@macro
def _put_word(word: Any, longest: int, out: NDArray[np.int32], written: Any, run: Any) -> Any:
    """Write a word's id, after the end of a piece where the sentence is full."""
    if run == longest:
        out[written] = _SENTENCE_END
        written += 1
        run = 0
    out[written] = word
    return written + 1, run + 1


@kernel
def recode_chunks(
    units: NDArray[np.uint16],
    recode: NDArray[np.int32],
    bounds: NDArray[np.int64],
    words: NDArray[np.int32],
    longest: int,
    out: NDArray[np.int32],
    state: NDArray[np.int64],
) -> int:
    """Replace chunks by the ids of their words; drop what has none; split what is too long.

    Args:
        units: Spooled numbers of chunks and ends of lines.
        recode: Of each chunk: a word's id, or `DROPPED`, or `DROPPED` − 1 − e for expansion e.
        bounds: Expansion e is `words[bounds[e]:bounds[e + 1]]`.
        words: Ids of words.
        longest: Most words between two −1.
        out: Takes the ids, −1 at the end of each sentence that has a word.
        state: `RECODE_STATE_SIZE` integers that last from call to call (`RUN`, `IDS_IN_LINE`, …).

    Returns:
        How many integers were written.
    """
    written, at = 0, 0
    run, ids_in_line, chunks_in_line = state[0], state[1], state[2]
    while at < units.size:
        chunk = _take_number(units, at)
        at += 1 if chunk < _WIDE - 1 else 2
        if chunk < 0:
            if ids_in_line > 0:
                out[written] = _SENTENCE_END
                written += 1
                state[3] += 1
                state[7] += ids_in_line
                if ids_in_line > longest:
                    state[5] += 1
                    state[6] += (ids_in_line + longest - 1) // longest
            elif chunks_in_line > 0:
                state[4] += 1
            run, ids_in_line, chunks_in_line = 0, 0, 0
            continue
        chunks_in_line += 1
        code = np.int64(recode[chunk])
        if code >= 0:
            written, run = _put_word(np.int32(code), longest, out, written, run)
            ids_in_line += 1
        elif code < DROPPED:
            expansion = DROPPED - 1 - code
            for place in range(bounds[expansion], bounds[expansion + 1]):
                written, run = _put_word(words[place], longest, out, written, run)
                ids_in_line += 1
    state[0], state[1], state[2] = run, ids_in_line, chunks_in_line
    return written


def compile_kernels() -> None:
    """Compile every kernel of this module, or load it from Numba's cache; the second call is free.

    Compiling takes some seconds, once a machine. Whoever shows progress should say so first.
    """
    text = np.full(PADDING + 8, 32, np.uint8)
    text[0] = 97
    slots, larger = np.zeros((64, 4), np.uint64), np.zeros((128, 4), np.uint64)
    offsets, firsts = np.zeros(65, np.int64), np.zeros(64, np.int64)
    arena, out = np.zeros(64, np.uint8), np.zeros(16, np.int32)
    units = np.zeros(32, np.uint16)
    state = np.zeros(STATE_SIZE, np.int64)
    scan_text(text, 8, 0, slots, offsets, firsts, arena, units, state)
    rebuild_slots(slots, larger)
    numbers = np.zeros(64, np.int32)
    merge_slots(slots, offsets, firsts, arena, larger, offsets, firsts, arena, state, numbers)
    collect_counts(slots, firsts)
    copy_chunks(arena, offsets, firsts[:0], 10, arena)
    recode_state = np.zeros(RECODE_STATE_SIZE, np.int64)
    pack_numbers(numbers[:1], units)
    recoded_length(units[:0], out, offsets)
    recode_chunks(units[:0], out, offsets, out, 1, out, recode_state)
