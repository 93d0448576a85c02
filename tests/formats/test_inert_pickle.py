"""Pickles that want to run something, or to use up memory or time, get neither."""

from __future__ import annotations

import builtins
import mmap
import os
import pickle
import pickletools
import subprocess
import tracemalloc
from pathlib import Path

import pytest

import lexiscope
from lexiscope.errors import FormatError
from lexiscope.formats.kinds.gensim import format as gensim
from lexiscope.formats.kinds.gensim import names
from lexiscope.formats.reading import inert_pickle
from lexiscope.formats.reading.inert import Items


class Runs:
    """Pickles as a call."""

    def __init__(self, function: object, *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return self.call


def read(folder: Path, content: bytes) -> None:
    path = folder / "x.model"
    path.write_bytes(content)
    gensim.read(path)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize(
    ("function", "named"),
    [
        (os.system, "posix.system"),
        (eval, "builtins.eval|__builtin__.eval"),
        (exec, "builtins.exec|__builtin__.exec"),
        (getattr, "getattr"),
        (subprocess.Popen, "Popen"),
        (pickle.loads, "pickle.loads"),
    ],
)
def test_a_call_is_refused_by_name_and_not_made(
    function: object, named: str, protocol: int, tmp_path: Path
) -> None:
    touched = tmp_path / "touched"
    content = pickle.dumps(Runs(function, f"touch {touched}"), protocol=protocol)
    with pytest.raises(FormatError, match=named):
        read(tmp_path, content)
    with pytest.raises(FormatError, match=named):
        lexiscope.load(tmp_path / "x.model")
    assert not touched.exists()


def test_a_call_deep_inside_is_refused_too(tmp_path: Path) -> None:
    content = pickle.dumps({"wv": [({"vectors": Runs(os.system, "false")},)]}, protocol=4)
    with pytest.raises(FormatError, match="system"):
        read(tmp_path, content)


def test_names_are_not_reached_through_allowed_modules(tmp_path: Path) -> None:
    for name in (b"gensim.utils\nos.system", b"gensim.utils\nsubprocess.call"):
        with pytest.raises(FormatError, match="refers to"):
            read(tmp_path, b"\x80\x02c" + name + b"\nU\x01a\x85R.")
    # A name of gensim's is accepted, and is never more than a name.
    with pytest.raises(FormatError, match="without words"):
        read(tmp_path, b"\x80\x02cgensim.utils\ncheck_output\nU\x01a\x85R.")


def test_calling_what_is_no_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="calls something that it has not named"):
        read(tmp_path, b"\x80\x02U\x06system)R.")


@pytest.mark.parametrize(
    "content",
    [
        b"\x80\x04\x8e" + (1 << 60).to_bytes(8, "little") + b"x.",  # BINBYTES8
        b"\x80\x04\x8d" + (1 << 40).to_bytes(8, "little") + b"x.",  # BINUNICODE8
        b"\x80\x05\x96" + (1 << 40).to_bytes(8, "little") + b"x.",  # BYTEARRAY8
        b"\x80\x02T\xff\xff\xff\x7fx.",  # BINSTRING
        b"\x80\x02X\xff\xff\xff\xffx.",  # BINUNICODE
        b"\x80\x02\x8b\xff\xff\xff\x7fx.",  # LONG4
        b"\x80\x04\x95" + (1 << 60).to_bytes(8, "little") + b".",  # FRAME
        b"\x80\x02Nr\xff\xff\xff\x7f.",  # LONG_BINPUT
    ],
)
def test_lengths_that_lie_allocate_nothing(content: bytes, tmp_path: Path) -> None:
    tracemalloc.start()
    with pytest.raises(FormatError):
        read(tmp_path, content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20


def test_multiplying_bytes_is_refused(tmp_path: Path) -> None:
    import operator

    content = pickle.dumps(Runs(operator.mul, b"x", 10**12), protocol=4)
    with pytest.raises(FormatError, match=r"_operator\.mul"):
        read(tmp_path, content)
    # bytearray may be named, and is not called either.
    with pytest.raises(FormatError, match=r"a pickle of 'builtins\.bytearray'"):
        read(tmp_path, pickle.dumps(Runs(bytearray, 10**12), protocol=4))


def test_deep_nesting_is_no_recursion(tmp_path: Path) -> None:
    for opening, closing in ((b"]", b"a"), (b"(", b"t"), (b"}U\x01a", b"s")):
        with pytest.raises(FormatError):
            read(tmp_path, b"\x80\x02" + opening * 200_000 + b"N" + closing * 200_000 + b".")


def test_keys_that_take_for_ever_to_hash_are_not_hashed(tmp_path: Path) -> None:
    # A tuple that holds the one before twice: 2**60 to hash.
    nested = b"N\x85q\x000" + b"".join(b"h%ch%c\x86q%c0" % (i, i, i + 1) for i in range(60))
    # Otherwise this test would not end.
    with pytest.raises(FormatError, match="a pickle of 'dict'"):
        read(tmp_path, b"\x80\x02" + nested + b"}h\x3cNs.")


@pytest.mark.parametrize("code", [b"P1\n", b"Q", b"\x82\x01", b"i", b"o", b"2", b"\x97", b"\xff"])
def test_opcodes_that_gensim_does_not_write_are_refused(code: bytes, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="opcode"):
        read(tmp_path, b"\x80\x04N" + code + b".")


def test_every_opcode_on_an_empty_stack_is_an_error_of_ours(tmp_path: Path) -> None:
    for opcode in pickletools.opcodes:
        with pytest.raises(FormatError):
            read(tmp_path, b"\x80\x04" + opcode.code.encode("latin-1") + b".")


def plain(folder: Path, content: bytes) -> object:
    """What a pickle of strings, numbers, lists and dicts gives."""
    path = folder / "plain.pkl"
    path.write_bytes(content)
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return as_dicts(inert_pickle.read(data, path, lambda _found: False))


def as_dicts(value: object) -> object:
    """The same with `Items` as the dicts that they stand for."""
    if isinstance(value, Items):
        return {key: as_dicts(held) for key, held in value}
    return [as_dicts(held) for held in value] if isinstance(value, list) else value


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("optimized", [False, True])
@pytest.mark.slow
def test_long_lists_and_dicts_come_back_as_pickle_gives_them(
    protocol: int, optimized: bool, tmp_path: Path
) -> None:
    """Words and their rows are read many at a time; others, and odd ones between, one by one."""
    words = [f"wörd{row}" + "x" * (row % 300) for row in range(70_000)]
    words[500] = "\udce3"
    words[65_700:65_702] = ["", "\x94\x8c"]
    rows = {word: row for row, word in enumerate(words)}
    rows[words[66_000]] = -1
    rows[words[66_001]] = 1 << 40
    mixed = {word: (words[row % 100] if row % 7 else float(row)) for word, row in rows.items()}
    value = [words, rows, mixed, {row: word for word, row in rows.items()}]
    content = pickle.dumps(value, protocol=protocol)
    if optimized:
        content = pickletools.optimize(content)
    assert plain(tmp_path, content) == pickle.loads(content) == value


@pytest.mark.slow
def test_a_cut_in_words_or_rows_is_told_with_its_byte(tmp_path: Path) -> None:
    words = [f"w{row}" for row in range(3000)]
    content = pickle.dumps([words, {word: row for row, word in enumerate(words)}], protocol=4)
    for end in range(2, len(content), 101):
        with pytest.raises(FormatError, match="byte"):
            plain(tmp_path, content[:end])
    damaged = content.replace(b"\x05w2500", b"\x05w\xff500")
    near = damaged.index(b"\x05w\xff500")
    with pytest.raises(FormatError, match=f"byte {near:,}"):
        plain(tmp_path, damaged)


def test_entries_that_name_what_was_never_there_or_is_no_word_are_refused(tmp_path: Path) -> None:
    entry = b"j%bJ\x01\x00\x00\x00"
    start = b"\x80\x04]\x940\x8c\x01a\x940}("
    assert plain(tmp_path, start + entry % b"\x01\x00\x00\x00" + b"u.") == {"a": 1}
    with pytest.raises(FormatError, match="no sound pickle"):
        plain(tmp_path, start + entry % b"\x02\x00\x00\x00" + b"u.")
    # What is no word stands there as it is: keys are never hashed.
    kept = start + entry % b"\x00\x00\x00\x00" + b"u."
    (tmp_path / "list.pkl").write_bytes(kept)
    with pytest.raises(FormatError, match="a pickle of 'dict'"):
        gensim.read(tmp_path / "list.pkl")


def test_every_name_that_may_stand_is_one_that_makes_plain_things() -> None:
    """Nothing on the list could run, open or import a thing, were it called after all."""
    for module, name in names._NAMES:
        assert module in _PLAIN_MODULES, module
        assert name not in {"eval", "exec", "open", "getattr", "compile", "__import__", "apply"}
        if module in ("builtins", "__builtin__"):
            known = {"long": int, "unicode": str, "basestring": str, "xrange": range, "hash": hash}
            kind = known.get(name) or getattr(builtins, name)
            assert kind is hash or isinstance(kind, type)


_PLAIN_MODULES = {
    "numpy", "numpy.core.multiarray", "numpy._core.multiarray", "numpy.core.numeric",
    "numpy._core.numeric", "numpy.random", "collections", "UserDict", "UserList", "UserString",
    "copyreg", "copy_reg", "_codecs", "builtins", "__builtin__",
}  # fmt: skip


def test_a_user_s_own_names_pass_in_a_file_of_gensim_s_only(tmp_path: Path) -> None:
    own = b"c__main__\nEpochLogger\n)\x81."
    with pytest.raises(FormatError, match="refers to '__main__"):
        read(tmp_path, b"\x80\x02" + own)
    start = b"\x80\x02cgensim.models.word2vec\nWord2Vec\n0"
    with pytest.raises(FormatError, match=r"a pickle of '__main__\.EpochLogger'"):
        read(tmp_path, start + own)
    for name in (
        b"os\nsystem", b"runpy\nrun_path", b"posix\nsystem", b"nt\nsystem", b"subprocess\nPopen",
        b"commands\ngetoutput",
        b"builtins\neval", b"__builtin__\napply", b"functools\nreduce",
        b"numpy.testing._private.utils\nrunstring", b"numpy.f2py.crackfortran\neval",
        b"__main__\nos.system", b"importlib\nimport_module", b"pip\nmain.x", b"x y\nz",
    ):  # fmt: skip
        with pytest.raises(FormatError, match=r"refers to|no sound"):
            read(tmp_path, start + b"c" + name + b"\n)R.")


def test_a_file_names_no_more_than_some_of_a_user_s_own(tmp_path: Path) -> None:
    many = b"".join(b"cmine.x%d\nA\n0" % number for number in range(200))
    with pytest.raises(FormatError, match=r"refers to 'mine\.x100"):
        read(tmp_path, b"\x80\x02cgensim.models.word2vec\nWord2Vec\n0" + many + b"N.")
