"""gensim's arrays given by themselves: `FILE.vectors.npy` is part of FILE, which has the words."""

from __future__ import annotations

from pathlib import Path

from lexiscope.errors import FormatError
from lexiscope.files.compression import MAGIC_BYTES, compression_of

# What gensim keeps outside of its pickles of vectors, of 0.12 to 4.4; `wv` and `trainables` stand
# before some. Other models of its have arrays of other names, told by the pickle beside them.
_ATTRIBUTES = frozenset(
    {
        "cum_table", "doctag_syn0", "syn0", "syn0_lockf", "syn0_ngrams", "syn0_vocab", "syn0norm",
        "syn1", "syn1neg", "vectors", "vectors_docs", "vectors_lockf", "vectors_ngrams",
        "vectors_ngrams_lockf", "vectors_norm", "vectors_vocab", "vectors_vocab_lockf",
    }
)  # fmt: skip
_PARTS = frozenset({"docvecs", "dv", "kv", "trainables", "vocabulary", "wv"})
# Those of them that are no ending of a file that gensim's users choose.
_NO_ENDINGS = _PARTS - {"kv"}
_PICKLE = 0x80
# Its class is named at a pickle's beginning.
_LOOKED_AT = 512


def refuse_array(path: Path) -> None:
    """Refuses an array that gensim keeps beside a file, and names that file.

    Args:
        path: Any `.npy` or `.npz`.

    Raises:
        FormatError: It is one, and the file that it belongs to is there, or its name says that
            there was one.
    """
    parts = path.stem.split(".")
    for many in range(len(parts) - 1, 0, -1):
        main = path.with_name(".".join(parts[:many]))
        attribute = parts[many:]
        if not all(map(str.isidentifier, attribute)):
            return
        is_known = attribute[-1] in _ATTRIBUTES
        if _is_pickle(main, of_gensim=not is_known):
            what = "which has the words" if is_known else "and nothing by itself"
            raise FormatError(
                path,
                None,
                f"is the array {'.'.join(attribute)!r} that gensim keeps beside {main.name}, "
                f"{what}: open {main}",
            )
    named = parts[:-1]
    if not named or parts[-1] not in _ATTRIBUTES:
        return
    if named[-1] in _NO_ENDINGS:
        main = path.with_name(".".join(named[:-1]) if len(named) > 1 else named[0])
        raise FormatError(
            path,
            None,
            f"is an array ({'.'.join(parts[-2:])!r}) that gensim keeps beside {main.name}, which "
            f"has the words and is not there; copy all files that gensim wrote, and open {main}",
        )


def _is_pickle(path: Path, *, of_gensim: bool) -> bool:
    """Whether there is such a file and it is a pickle, packed or not; perhaps one of gensim's."""
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        head = stream.read(_LOOKED_AT)
    if compression_of(head[:MAGIC_BYTES]) is not None:
        return True
    return head[:1] == bytes([_PICKLE]) and (not of_gensim or b"gensim" in head)
