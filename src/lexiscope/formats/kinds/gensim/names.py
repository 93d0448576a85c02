"""The names that may stand in gensim's pickles, of every version since 0.12 and both Pythons.

A name is never imported, whatever it is; the list is for the user, who is told of a file that
names what no model needs. Python 3 writes the names of Python 2 where a protocol below 3 is asked
for, and took the wrong module for some (`UserString.defaultdict`). What a script has put into a
model (its callbacks, a hash function, attributes of its own) is of any module, its own or
Python's: such a name passes once the file has shown itself to be gensim's, is noted, and what it
made is left out, since nothing is run. A file that has something of Python's *called* was made to
do harm, unless it is what plain objects are made with.
"""

from __future__ import annotations

import sys

from lexiscope.formats.reading.inert import Global
from lexiscope.formats.reading.inert_arrays import FROM_BUFFER_MODULES, RECONSTRUCT_MODULES

_MODULES = ("gensim.", "numpy.random.")
_NUMPY = (
    "dtype", "ndarray", "bool_", "float16", "float32", "float64", "int8", "int16", "int32", "int64",
    "uint8", "uint16", "uint32", "uint64",
)  # fmt: skip
_COLLECTIONS = ("OrderedDict", "defaultdict", "Counter", "deque")
_BUILTINS = (
    "hash", "object", "int", "long", "float", "complex", "bool", "str", "unicode", "basestring",
    "bytes", "bytearray", "tuple", "list", "dict", "set", "frozenset", "range", "xrange", "slice",
)  # fmt: skip
_NAMES = frozenset(
    {
        *((module, name) for module in RECONSTRUCT_MODULES for name in ("_reconstruct", "scalar")),
        *((module, "_frombuffer") for module in FROM_BUFFER_MODULES),
        *(("numpy", name) for name in _NUMPY),
        # What makes the random state of NumPy before 1.17.
        ("numpy.random", "__RandomState_ctor"),
        # Python 3.4 and 3.5 had three names to choose from for Python 2's module of these.
        *((module, name)
          for module in ("collections", "UserDict", "UserList", "UserString")
          for name in _COLLECTIONS),
        *((module, name)
          for module in ("copyreg", "copy_reg")
          for name in ("_reconstructor", "__newobj__")),
        ("_codecs", "encode"),
        # Models keep the function that hashes words; Python 2 and 3 call it differently.
        *((module, name) for module in ("builtins", "__builtin__") for name in _BUILTINS),
    }
)  # fmt: skip
# What Python makes plain objects with, which a model may keep; none of these runs what it is given.
_MAKERS = frozenset(
    {
        ("argparse", "Namespace"),
        # A method that is bound to an object.
        ("builtins", "getattr"), ("__builtin__", "getattr"),
        *(("datetime", name) for name in ("date", "datetime", "time", "timedelta", "timezone")),
        ("decimal", "Decimal"),
        ("fractions", "Fraction"),
        ("functools", "partial"),
        ("itertools", "count"),
        ("logging", "Logger"), ("logging", "getLogger"),
        *(("operator", name) for name in ("attrgetter", "itemgetter", "methodcaller")),
        *(("pathlib", name)
          for name in ("Path", "PosixPath", "PurePath", "PurePosixPath", "WindowsPath")),
        ("random", "Random"),
        ("re", "_compile"),
        ("types", "SimpleNamespace"),
        ("uuid", "UUID"),
    }
)  # fmt: skip
# Modules of Python 2's own that Python 3 has not.
_PYTHON_2 = frozenset(
    {
        "__builtin__", "anydbm", "cPickle", "cStringIO", "commands", "compiler", "copy_reg", "dl",
        "exceptions", "execfile", "imputil", "os2", "popen2", "sets", "thread", "urllib2",
    }
)  # fmt: skip
_MOST_FOREIGN = 100


class Names:
    """The names of one file, as they come.

    Attributes:
        foreign: Those that are neither gensim's nor Python's or NumPy's own, in order.
    """

    def __init__(self) -> None:
        self.foreign: list[str] = []
        self._is_gensim = False

    def allows(self, found: Global) -> bool:
        """Whether a name may stand in the file; it is never imported all the same."""
        if (found.module, found.name) in _NAMES:
            return True
        if not _is_spelled_as_a_name(found):
            return False
        if found.module.startswith(_MODULES):
            self._is_gensim |= found.module.startswith("gensim.")
            return True
        if not self._is_gensim:
            return False
        name = str(found)
        if name not in self.foreign:
            if len(self.foreign) == _MOST_FOREIGN:
                return False
            self.foreign.append(name)
        return True

    def may_call(self, found: Global) -> bool:
        """Whether a name may be called, as the file has it; it never is all the same."""
        known = (found.module, found.name)
        if known in _NAMES or known in _MAKERS or found.module.startswith(_MODULES):
            return True
        return not _is_python_s(found.module)


def _is_spelled_as_a_name(found: Global) -> bool:
    parts = (*found.module.split("."), found.name)
    return str(found).isascii() and all(part.isidentifier() for part in parts)


def _is_python_s(module: str) -> bool:
    """Whether a module comes with Python or NumPy, whose names are those of the list or none."""
    package = module.split(".", 1)[0]
    return package == "numpy" or package in sys.stdlib_module_names or package in _PYTHON_2
