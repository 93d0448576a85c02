"""Pickles of plain data: dicts and tuples of words and vectors, read without running them.

polyglot's (words, matrix), a dict word → vector, words and a matrix by name, with NumPy's arrays
or Python's lists, of every protocol, and what joblib wrote, whose arrays stand between the opcodes,
and which may be deflated as a whole (`deflated`). See `inert_pickle` for how it is read, and
`plain_data` for what is in it. gensim's own files are `kinds.gensim`'s.
"""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from lexiscope.errors import FormatError
from lexiscope.files.opening import mapped
from lexiscope.formats.contract import EVERYTHING, Format, ReadOptions, VectorsData
from lexiscope.formats.kinds.export import manifest
from lexiscope.formats.reading import deflated, inert_pickle, plain_data
from lexiscope.formats.reading.inert import Global, Instance, Items
from lexiscope.formats.reading.inert_arrays import INLINE_ARRAY, array_or_none, is_plain_name
from lexiscope.formats.reading.named_parts import assembled

_PROTOCOLS = (2, 3, 4, 5)
# What a pickle of protocol 0 of a dict, a list or a tuple of either begins with.
_EARLY = re.compile(rb"""\({1,3}(?:[dl]p\d+\n|V[^\n]{0,200}\np\d+\n|S['"][^\n]{0,200}\np\d+\n)""")
_LOOKED_AT = 512
# Objects of other programs → what to do.
_ADVICE = {
    "gensim": "unpack it, or save it in gensim without compressing it",
    "pandas": "open it in pandas and save it with `to_csv`",
    "torch": "open it in PyTorch and save it with `torch.save`",
    "sklearn": "open it in scikit-learn and save words and matrix with numpy.savez",
    "scipy": "open it in Python and save words and matrix with numpy.savez",
    "spacy": "open it in spaCy and save it with `to_disk`",
    "tensorflow": "open it in TensorFlow and save words and matrix with numpy.savez",
    "wikipedia2vec": "open it in wikipedia2vec and save it with `save_text`",
}
_OTHERWISE = "open it in the program that wrote it and save words and matrix with numpy.savez"


def read(path: Path, options: ReadOptions = EVERYTHING) -> VectorsData:
    """Reads the words and vectors of a pickle of plain data; nothing in it is run.

    Raises:
        FormatError: It names what is no plain data, is damaged, or has no words and vectors.
        ConfigError: float16 is asked for and cannot hold a value.
    """

    def allowed(found: Global) -> bool:
        if is_plain_name(found) or found == INLINE_ARRAY:
            return True
        raise FormatError(path, None, _foreign(found))

    with mapped(path, disguises=False) as packed, deflated.inflated(packed, path) as data:
        root = inert_pickle.read(data, path, allowed)
    _refuse_wikipedia2vec(path, root)
    parts = plain_data.parts_of(root, path, _to_array(path))
    if not parts.matrices:
        raise FormatError(
            path,
            None,
            f"is a pickle of {_kind(root)} without words and vectors ({parts.listed()}), expected "
            "a dict word → vector, or words and a matrix",
        )
    return assembled(path, parts, options, beside=partial(manifest.words_beside, path))


def _to_array(path: Path) -> plain_data.ToArray:
    def to_array(value: Any) -> NDArray[Any] | None:
        return array_or_none(value, path)

    return to_array


def _foreign(found: Global) -> str:
    package = found.module.partition(".")[0]
    advice = _ADVICE.get(package, _OTHERWISE)
    return (
        f"is a Python pickle that refers to {str(found)[:100]!r}, whose code would have to be run "
        f"to read it, so nothing was loaded; {advice}"
    )


def _kind(root: Any) -> str:
    if plain_data.items_of(root) is not None:
        return "a dict"
    if isinstance(root, Instance):
        return f"an object of {str(root.kind)[:60]!r}"
    return f"{'an' if isinstance(root, int) else 'a'} {type(root).__name__}"


def _refuse_wikipedia2vec(path: Path, root: Any) -> None:
    """Names wikipedia2vec's model, whose words stand in a trie of another library's."""
    fields = plain_data.items_of(root)
    dictionary = fields.get("dictionary") if isinstance(fields, Items) else None
    if isinstance(dictionary, Items) and dictionary.get("word_dict") is not None:
        raise FormatError(
            path,
            None,
            "is wikipedia2vec's model, whose words are in a trie of marisa-trie's; save it there "
            "with `save_text(…, out_format='word2vec')`, or download its .txt",
        )


def is_pickle(head: bytes) -> bool:
    """Whether a file's first bytes are those of a pickle of protocol 2 on, or of an early one."""
    if len(head) > 2 and head[0] == 0x80 and head[1] in _PROTOCOLS:
        return True
    return _EARLY.match(head) is not None


def _sniff(head: bytes, _path: Path) -> bool:
    # gensim's objects are named at once; torch's old files begin with a number.
    if is_pickle(head):
        return b"gensim" not in head[:_LOOKED_AT]
    return is_pickle(deflated.first_bytes(head))


FORMAT = Format(
    name="pickle",
    description="pickle of plain words and vectors (.pkl)",
    extensions=(".pkl", ".pickle", ".joblib"),
    sniff=_sniff,
    read=read,
    write=None,
)
