"""NumPy's archives (`.npz`): a matrix and its words, each a `.npy` in a zip, by any names.

Which array is what: see `named_parts`. Source:
https://numpy.org/doc/stable/reference/generated/numpy.savez.html. Texts of one width and arrays of
objects are read as words; the pickle that the latter are is never run (`npy_words`).
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from lexiscope.errors import FormatError
from lexiscope.files.archives import ZIP_MAGIC, zip_names
from lexiscope.formats.contract import EVERYTHING, Format, ReadOptions, VectorsData
from lexiscope.formats.kinds.export import manifest
from lexiscope.formats.reading import plain_data
from lexiscope.formats.reading.beside_gensim import refuse_array
from lexiscope.formats.reading.named_parts import Parts, add_array, assembled
from lexiscope.formats.reading.npy_file import archived, array_in
from lexiscope.formats.reading.npy_words import object_in, texts_in

_ENDING = ".npy"
_MOST_ARRAYS = 100


def read(path: Path, options: ReadOptions = EVERYTHING) -> VectorsData:
    """Reads the words and vectors of an archive, into memory.

    Raises:
        FormatError: It is not whole and sound, or has no matrix, or nothing tells which is which.
        ConfigError: float16 is asked for and cannot hold a value.
    """
    refuse_array(path)
    names = zip_names(path)
    if len(names) > _MOST_ARRAYS:
        raise FormatError(path, None, f"has {len(names):,} arrays, expected words and a matrix")
    parts = Parts()
    for file in names:
        content = archived(path, file)
        name = file.removesuffix(_ENDING)
        words = texts_in(content, path)
        held = object_in(content, path) if words is None else None
        if words is not None:
            parts.words[name] = words
        elif held is not None:
            plain_data.add_to(parts, name, held, path)
        else:
            try:
                add_array(parts, name, array_in(content, path))
            except FormatError as error:
                parts.others[name] = f"no plain array ({error.reason[:60]})"
    return assembled(path, parts, options, beside=partial(manifest.words_beside, path))


def _sniff(head: bytes, path: Path) -> bool:
    if not head.startswith(ZIP_MAGIC) or not path.is_file():
        return False
    names = zip_names(path)
    return bool(names) and all(name.endswith(_ENDING) for name in names)


FORMAT = Format(
    name="npz",
    description="NumPy archive of words and a matrix (.npz)",
    extensions=(".npz",),
    sniff=_sniff,
    read=read,
    write=None,
)
