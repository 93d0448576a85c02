"""Pickles made to use up time or memory, or to end in a traceback; none of them runs anything.

Each looks like what gensim saves as far as its trick allows, since a reader that looks at the
outside only would be past its checks by then.

    python -m tests.support.hostile_pickles --bytes 40000000

reads each and tells what it took, a line of JSON a file.
"""

from __future__ import annotations

import argparse
import json
import resource
import struct
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from lexiscope.errors import LexiscopeError
from lexiscope.formats.kinds.gensim import format as gensim

# What a process may ask for beside its file and twice that: it makes the files, too.
ADDRESS_BYTES = 1 << 30

# A KeyedVectors, empty, and the mark of its attributes.
_START = b"\x80\x04cgensim.models.keyedvectors\nKeyedVectors\n)\x81}("
_END = b"ub."
_MODULUS = (1 << 61) - 1


def attributes(content: bytes) -> bytes:
    """A KeyedVectors with attributes, whose names and values are given as opcodes."""
    return _START + content + _END


def text(word: str) -> bytes:
    """The opcodes of a string."""
    encoded = word.encode()
    return b"X" + struct.pack("<I", len(encoded)) + encoded


def number(value: int) -> bytes:
    """The opcodes of a whole number of any size."""
    content = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8b" + struct.pack("<I", len(content)) + content


def array(shape: bytes, content: bytes, dtype: bytes = b"f4", order: bytes = b"\x89") -> bytes:
    """The opcodes of a NumPy array as NumPy pickles it.

    Args:
        shape: The opcodes of its shape.
        content: Its bytes.
        dtype: The name of its type.
        order: The opcode of whether columns come first.
    """
    typed = b"cnumpy\ndtype\nX" + struct.pack("<I", len(dtype)) + dtype
    typed += b"\x89\x88\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    made = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R"
    held = b"B" + struct.pack("<I", len(content)) + content
    return made + b"(K\x01" + shape + typed + order + held + b"tb"


def sides(*sizes: bytes) -> bytes:
    """The opcodes of a shape."""
    return b"(" + b"".join(sizes) + b"t"


def vectors(words: list[str], width: int = 2, **wrong: bytes) -> bytes:
    """The opcodes of words and their vectors, with an array that may be wrong."""
    content = bytes(4 * width * len(words))
    given = {"shape": sides(number(len(words)), number(width)), "content": content} | wrong
    return (
        text("index_to_key")
        + b"]("
        + b"".join(map(text, words))
        + b"e"
        + text("vectors")
        + array(**given)
    )


def _colliding_rows(size: int) -> bytes:
    """Words whose rows are multiples of the modulus that Python hashes numbers by."""
    pairs = b"".join(
        text(f"{row:06x}") + b"\x8a\x0b" + (row * _MODULUS).to_bytes(11, "little")
        for row in range(size // 24)
    )
    return attributes(text("key_to_index") + b"}(" + pairs + b"u")


def _colliding_keys(size: int) -> bytes:
    """The same as keys."""
    pairs = b"".join(
        b"\x8a\x0b" + (row * _MODULUS).to_bytes(11, "little") + b"N" for row in range(size // 14)
    )
    return attributes(text("vocab") + b"}(" + pairs + b"u")


def _nested(level: bytes, size: int) -> bytes:
    """A value in which each level holds the one before, once or twice.

    Args:
        level: The opcodes of a level, with BEFORE where the one before is named.
        size: About so many bytes.
    """
    count = size // (len(level.replace(b"BEFORE", b"jxxxx")) + 2)
    levels = b"".join(
        level.replace(b"BEFORE", b"j" + struct.pack("<I", row)) + b"\x940"
        for row in range(1, count)
    )
    start = b"\x80\x04cgensim.x\nA\n\x940N\x940"
    return start + levels + b"j" + struct.pack("<I", count) + b"."


_GOOD = ["sea", "fish"]
_RNG = np.random.default_rng(0)

# Name → the file of about so many bytes.
LARGE: dict[str, Callable[[int], bytes]] = {
    "rows that collide": _colliding_rows,
    "keys that collide": _colliding_keys,
    "empty lists": lambda size: b"\x80\x04" + b"]" * size + b".",
    "empty dicts": lambda size: b"\x80\x04" + b"}" * size + b".",
    "empty sets": lambda size: b"\x80\x04" + b"\x8f" * size + b".",
    "marks": lambda size: b"\x80\x04" + b"(" * size + b".",
    "marks that are taken away": lambda size: b"\x80\x04" + b"(1" * (size // 2) + b"N.",
    "nothings": lambda size: b"\x80\x04" + b"N" * size + b".",
    "numbers": lambda size: b"\x80\x04" + b"M\xff\xff" * (size // 3) + b".",
    "floats": lambda size: b"\x80\x04" + (b"G" + bytes(8)) * (size // 9) + b".",
    "short words": lambda size: b"\x80\x04" + b"\x8c\x02ab\x94" * (size // 5) + b".",
    "empty words": lambda size: b"\x80\x04" + b"\x8c\x00\x94" * (size // 3) + b".",
    "short bytes": lambda size: b"\x80\x04" + b"C\x01a" * (size // 3) + b".",
    "memoized nothings": lambda size: b"\x80\x04N" + b"\x94" * size + b".",
    "lists in lists": lambda size: (
        b"\x80\x04" + b"]" * (size // 2) + b"N" + b"a" * (size // 2) + b"."
    ),
    "tuples in tuples": lambda size: b"\x80\x04N" + b"\x85" * size + b".",
    "instances in instances": lambda size: _nested(b"h\x00BEFORE\x85R", size),
    "states in states": lambda size: (
        b"\x80\x04cgensim.x\nA\n\x94" + b"h\x00)R" * (size // 8) + b"b" * (size // 8 - 1) + b"."
    ),
    "dicts in dicts": lambda size: (
        b"\x80\x04" + b"}U\x01a" * (size // 5) + b"N" + b"s" * (size // 5) + b"."
    ),
    "lists that double": lambda size: _nested(b"](BEFOREBEFOREe", size),
    "tuples that double": lambda size: _nested(b"(BEFOREBEFOREt", size),
    "dicts that double": lambda size: _nested(b"}(U\x01aBEFOREU\x01bBEFOREu", size),
    "one list, often": lambda size: b"\x80\x04]\x94(" + b"h\x00" * (size // 2) + b"e.",
    "one word, often": lambda size: b"\x80\x04(\x8c\x02ab\x94" + b"h\x00" * (size // 2) + b"l.",
    "names": lambda size: b"\x80\x04" + b"cgensim.x\nA\n" * (size // 12) + b".",
    "a wide character at a long word's end": lambda size: attributes(
        text("index_to_key") + b"](" + text("a" * size + "𝔘") + b"e"
    ),
    "huge numbers": lambda size: attributes(
        text("vector_size") + b"](" + number(1 << 160) * (size // 26) + b"e"
    ),
    "a huge number": lambda size: attributes(text("vector_size") + number(1 << 8 * size)),
    "a huge number as word": lambda size: attributes(
        text("index_to_key") + b"](" + number(1 << 8 * size) + b"e"
    ),
    "entries of one word": lambda size: (
        b"\x80\x04\x8c\x02ab\x94" + b"(" * 4 + (b"j\0\0\0\0J\0\0\0\x01") * (size // 10) + b"."
    ),
    "many attributes of one name": lambda size: attributes(
        b"\x8c\x07vectors\x94N" + b"h\x00N" * (size // 3)
    ),
    "many attributes": lambda size: attributes(
        b"".join(b"\x8c\x06%06xK\x01" % row for row in range(size // 10))
    ),
    "columns first, halves": lambda size: attributes(
        vectors(
            [f"w{row}" for row in range(size // 4000)],
            shape=sides(number(size // 4000), number(2000)),
            content=_RNG.bytes(size // 4000 * 4000),
            dtype=b"f2",
            order=b"\x88",
        )
    ),
}

# Name → a small file that ended in a traceback or would have asked for too much.
SMALL: dict[str, bytes] = {
    "superscript digits": attributes(vectors(_GOOD, dtype="f²".encode())),
    "a type of other digits": attributes(vectors(_GOOD, dtype="f٤".encode())),
    "a type of objects": attributes(vectors(_GOOD, dtype=b"O8")),
    "a type of nothing": attributes(vectors(_GOOD, dtype=b"V0")),
    "a type of dates": attributes(vectors(_GOOD, dtype=b"M8[ns]")),
    "a type of fields": attributes(vectors(_GOOD, dtype=b"f4,f4")),
    "an empty type": attributes(vectors(_GOOD, dtype=b"")),
    "a huge side": attributes(vectors(_GOOD, shape=sides(number(1 << 80_000), number(2)))),
    "a huge empty shape": attributes(
        vectors(_GOOD, shape=sides(number(0), number(1 << 62)), content=b"")
    ),
    "two huge empty sides": attributes(
        vectors(_GOOD, shape=sides(number(1 << 62), number(0)), content=b"")
    ),
    "a side that overflows": attributes(
        vectors(_GOOD, shape=sides(number(1 << 63), number(1 << 63)))
    ),
    "sides that are negative": attributes(vectors(_GOOD, shape=sides(number(-2), number(-2)))),
    "a side that is left open": attributes(vectors(_GOOD, shape=sides(number(2), number(-1)))),
    "booleans as sides": attributes(
        vectors(["sea"], 1, shape=sides(b"\x88", b"\x88"))
    ),
    "floats as sides": attributes(
        vectors(_GOOD, shape=sides(b"G" + struct.pack(">d", 2), number(2)))
    ),
    "a list as shape": attributes(vectors(_GOOD, shape=b"]" + number(2) + b"a")),
    "many sides": attributes(vectors(_GOOD, shape=sides(*[number(1)] * 40))),
    "no sides": attributes(vectors(_GOOD, shape=b")", content=bytes(4))),
    "an order that is a list": attributes(vectors(_GOOD, order=b"](NNe")),
    "n-grams of another width": attributes(
        text("index_to_key") + b"](" + text("sea") + b"e"
        + text("vectors_vocab") + array(sides(number(1), number(2)), bytes(8))
        + text("vectors_ngrams") + array(sides(number(3), number(5)), bytes(60))
        + text("min_n") + number(2) + text("max_n") + number(3) + text("bucket") + number(3)
        + text("compatible_hash") + b"\x88"
    ),
    "n-grams of huge lengths": attributes(
        vectors(_GOOD)
        + text("vectors_ngrams") + array(sides(number(3), number(2)), bytes(24))
        + text("min_n") + number(2) + text("max_n") + number(1 << 4000)
        + text("bucket") + number(3)
    ),
    "an option that is huge": attributes(vectors(_GOOD) + text("epochs") + number(1 << 80_000)),
    "an option whose name is huge": attributes(vectors(_GOOD) + number(1 << 80_000) + number(1)),
    "an option without an end": attributes(
        vectors(_GOOD) + text("alpha") + b"G" + struct.pack(">d", float("inf"))
    ),
    "a word that is a huge number": attributes(
        text("index_to_key") + b"](" + number(1 << 80_000) + b"e"
        + text("vectors") + array(sides(number(1), number(2)), bytes(8))
    ),
    "a row that is true": attributes(text("key_to_index") + b"}" + text("a") + b"\x88s"),
    "rows that are negative": attributes(
        text("key_to_index") + b"}" + text("a") + number(-1) + b"s"
    ),
    "two words of one row": attributes(
        text("key_to_index") + b"}(" + text("a") + b"K\x00" + text("b") + b"K\x00u"
    ),
    "itself as its vectors": b"\x80\x04cgensim.x\nA\n)\x81\x94}(" + text("wv") + b"h\x00ub.",
    "its list in its list": attributes(text("index_to_key") + b"]\x94h\x00a"),
    "a name of control characters": (
        b"\x80\x04" + text("gensim.\x1b[2J") + text("\u202eA") + b"\x93)\x81."
    ),
    "a name of many lines": b"\x80\x04" + text("gensim.a\nb") + text("A") + b"\x93)\x81.",
}  # fmt: skip


def _memory() -> tuple[int, int]:
    """What the process has in memory, and the most that it had since the last call."""
    lines = Path("/proc/self/status").read_text().splitlines()
    fields = {name: int(text.split()[0]) for name, _, text in (x.partition(":") for x in lines)
              if name in ("VmRSS", "VmHWM")}  # fmt: skip
    Path("/proc/self/clear_refs").write_text("5")
    return 1024 * fields["VmRSS"], 1024 * fields["VmHWM"]


def _took(path: Path, name: str) -> dict[str, object]:
    """What reading a file took, and what was said of it."""
    said = ""
    before, _ = _memory()
    began = time.process_time()
    try:
        gensim.read(path)
    except LexiscopeError as error:
        said = str(error)
    except Exception as error:  # noqa: BLE001 - whatever else is raised is what is looked for
        said = f"raised {type(error).__name__}"
    seconds = time.process_time() - began
    _, most = _memory()
    return {
        "name": name,
        "bytes": path.stat().st_size,
        "seconds": round(seconds, 3),
        "memory": most - before,
        "said": said,
    }


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--bytes", type=int, default=1 << 21)
    size = parser.parse_args().bytes
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.model"
        path.write_bytes(attributes(vectors(_GOOD)))
        gensim.read(path)  # loads what readers import
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        limit = used + 20 * size + ADDRESS_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (limit, resource.getrlimit(resource.RLIMIT_AS)[1]))
        for name, make in LARGE.items():
            path.write_bytes(make(size))
            print(json.dumps(_took(path, name)), flush=True)
        for name, content in SMALL.items():
            path.write_bytes(content)
            print(json.dumps(_took(path, name)), flush=True)


if __name__ == "__main__":
    main()
