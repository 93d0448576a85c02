"""gensim's arrays given by themselves: `FILE.vectors.npy` is part of FILE, which has the words."""

from __future__ import annotations

from pathlib import Path

from lexiscope.errors import FormatError
from lexiscope.files.compression import MAGIC_BYTES, compression_of

# What gensim keeps outside of its pickles, of 0.12 to 4.4; `wv` and `trainables` stand before some.
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


def refuse_array(path: Path) -> None:
    """Refuses an array that gensim keeps beside a file, and names that file.

    Args:
        path: Any `.npy` or `.npz`.

    Raises:
        FormatError: It is one, and the file that it belongs to is there, or its name says that
            there was one.
    """
    parts = path.stem.split(".")
    if len(parts) < 2 or parts[-1] not in _ATTRIBUTES:
        return
    named = parts[:-1]
    places = [path.with_name(".".join(named))]
    if len(named) > 1 and named[-1] in _PARTS:
        places.append(path.with_name(".".join(named[:-1])))
    for main in places:
        if _is_pickle(main):
            attribute = ".".join(parts[len(main.name.split(".")) :])
            raise FormatError(
                path,
                None,
                f"is the array {attribute!r} that gensim keeps beside {main.name}, which has the "
                f"words: open {main}",
            )
    if named[-1] in _NO_ENDINGS:
        main = places[-1]
        raise FormatError(
            path,
            None,
            f"is an array ({'.'.join(parts[-2:])!r}) that gensim keeps beside {main.name}, which "
            f"has the words and is not there; copy all files that gensim wrote, and open {main}",
        )


def _is_pickle(path: Path) -> bool:
    """Whether there is such a file and it is a pickle, packed or not."""
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        head = stream.read(MAGIC_BYTES)
    return head[:1] == bytes([_PICKLE]) or compression_of(head) is not None
