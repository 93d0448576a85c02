"""Files that gensim's `save` wrote: `.model` and `.kv`, of every version since 0.12.

Layout: a pickle of the object, whose larger arrays stand beside it as FILE.….npy; see
`inert_pickle` for how it is read without running it, `names` for what it may name, and `objects`
for what is in it. W is `wv.vectors` (before 3.3 `syn0`, before 0.13.4 the model's own), W′ is
`syn1neg` or `syn1` (in 3.3 to 3.8 of `trainables`). FastText saves the words' own rows as
`vectors_vocab` and its n-grams' as `vectors_ngrams` (see `ngrams`). Doc2Vec's words are read, its
documents are not, unless they were saved by themselves. A Poincaré model has its vectors in `kv`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import FormatError
from lexiscope.files import tokens
from lexiscope.files.opening import mapped
from lexiscope.formats.contract import (
    EVERYTHING,
    Format,
    Matrix,
    ReadOptions,
    Subwords,
    VectorsData,
)
from lexiscope.formats.kinds.fasttext.subwords import compose
from lexiscope.formats.kinds.gensim.names import Names
from lexiscope.formats.kinds.gensim.ngrams import ROWS, check_width, subwords_of
from lexiscope.formats.kinds.gensim.objects import Saved, bytes_beside, class_of
from lexiscope.formats.kinds.gensim.options import (
    foreign_objects,
    lockf_of,
    options_of,
    own_attributes,
)
from lexiscope.formats.kinds.gensim.tree import Paths, paths_of
from lexiscope.formats.kinds.gensim.words import counts_of, integers_of, words_of
from lexiscope.formats.reading import inert_pickle
from lexiscope.formats.reading.inert import Instance, Items, LongText
from lexiscope.formats.reading.intake import assemble, select

_PROTOCOLS = (2, 3, 4, 5)
_LOOKED_AT = 512
# What a pickle of protocol 0 or 1 begins with, if it is of an object: what makes it, or its class.
_EARLY = (b"ccopy_reg\n_reconstructor\n", b"ccopyreg\n_reconstructor\n", b"(igensim.", b"(cgensim.")
# gensim's classes that hold no vectors of words, and what they are.
_OTHERS = {
    "Phrases": "which finds phrases in a text",
    "Phraser": "which finds phrases in a text",
    "FrozenPhrases": "which finds phrases in a text",
    "Dictionary": "which numbers words",
    "TfidfModel": "which weighs words",
    "LogEntropyModel": "which weighs words",
    "NormModel": "which scales documents",
    "OkapiBM25Model": "which weighs words",
    "LuceneBM25Model": "which weighs words",
    "AtireBM25Model": "which weighs words",
    "RpModel": "which projects documents",
    "Similarity": "an index of documents",
    "MatrixSimilarity": "an index of documents",
    "SparseMatrixSimilarity": "an index of documents",
    "TranslationMatrix": "which maps one language's vectors to another's",
    **dict.fromkeys(
        (
            "AuthorTopicModel", "AuthorTopicState", "EnsembleLda", "HdpModel", "LdaModel",
            "LdaMulticore", "LdaPost", "LdaSeqModel", "LdaState", "LdaVowpalWabbit", "LsiModel",
            "Nmf", "Projection",
        ),
        "a model of topics",
    ),
}  # fmt: skip
_KINDS = {Items: "dict", memoryview: "bytes", LongText: "str"}


@dataclass(frozen=True, kw_only=True)
class Trained:
    """A model with what its training needs to go on.

    Attributes:
        data: Its words, W, counts and options; without W′.
        integers: Words that are whole numbers to the program that trained them, as text.
        outputs: W′ of the words (`syn1neg`), V×D, after negative sampling.
        nodes: W′ of the tree (`syn1`), V×D, whose last row is never used, after hierarchical
            softmax.
        paths: The tree.
        own: FastText's own rows of the words, V×D.
        lockf: What the steps of each word's row are multiplied with, V floats; None where it is 1.
    """

    data: VectorsData
    integers: frozenset[str]
    outputs: Matrix | None
    nodes: Matrix | None
    paths: Paths | None
    own: Matrix | None
    lockf: NDArray[Any] | None


def read(path: Path, options: ReadOptions = EVERYTHING) -> VectorsData:
    """Reads a gensim model or its vectors; nothing in the file is run.

    Raises:
        FormatError: It refers to something that gensim's files do not, is damaged, holds no word
            vectors, or an array's file is missing.
    """
    model, saved, names = _opened(path, writable=options.writable)
    result, rows = _as_data(model, saved)
    if len(result.tokens) == rows:
        _add_output(result, model)
    result.warnings += own_attributes(model) + foreign_objects(names.foreign)
    return select(result, options)


def read_trained(path: Path) -> Trained:
    """Reads a gensim model to be trained further; nothing in the file is run.

    Raises:
        FormatError: As `read`.
    """
    model, saved, names = _opened(path)
    data, rows = _as_data(model, saved)
    if len(data.tokens) != rows:
        raise FormatError(
            path,
            None,
            f"has {rows - len(data.tokens):,} words twice, so that no row of W′ is one's",
        )
    data.warnings += own_attributes(model) + foreign_objects(names.foreign)
    trainables = model.part("trainables") or model
    nodes = trainables.matrix("syn1")
    return Trained(
        data=data,
        integers=integers_of(saved),
        outputs=trainables.matrix("syn1neg"),
        nodes=nodes,
        paths=None if nodes is None else paths_of(saved, len(data.tokens)),
        own=saved.matrix("vectors_vocab", "syn0_vocab"),
        lockf=lockf_of(model, saved),
    )


def _opened(path: Path, *, writable: bool = False) -> tuple[Saved, Saved, Names]:
    """What a file holds, its vectors, and the names that it names.

    Args:
        path: The file.
        writable: Whether maps of arrays can be written to.

    Raises:
        FormatError: It is no sound pickle, or not of vectors that gensim saved.
    """
    names = Names()
    with mapped(path, disguises=False) as data:
        root = inert_pickle.read(data, path, names.allows, bytes_beside(path), names.may_call)
    if not isinstance(root, Instance) or not class_of(root).module.startswith("gensim."):
        shown = str(class_of(root)) if isinstance(root, Instance) else _kind(root)
        raise FormatError(
            path, None, f"is a pickle of {shown!r}, expected a model or vectors that gensim saved"
        )
    model = Saved(root, path, path, writable)
    if model.name in _OTHERS:
        raise FormatError(
            path,
            None,
            f"is gensim's {model.name}, {_OTHERS[model.name]} and holds no vectors of words",
        )
    return model, model.part("wv") or model.part("kv") or model, names


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), type(value).__name__)


def _as_data(model: Saved, saved: Saved) -> tuple[VectorsData, int]:
    """All but W′, and how many words there were, repeated ones counted."""
    path = model.path
    words = words_of(saved)
    vectors, subwords = _vectors(model, saved, words)
    if len(vectors) < len(words):
        raise FormatError(
            path,
            None,
            f"has {len(words):,} words and {len(vectors):,} rows; the file is damaged, or an array "
            "beside it is of another model",
        )
    warnings = []
    if len(vectors) > len(words):
        warnings.append(f"{len(vectors) - len(words):,} rows have no word; they were left out")
    result = assemble(words, vectors[: len(words)], counts=counts_of(saved, len(words)))
    result.warnings = warnings + result.warnings
    result.subwords = subwords
    result.metadata = {"gensim": options_of(model)}
    integers = integers_of(saved)
    if integers:
        named = [token for token in result.tokens if token in integers]
        result.metadata["keys"] = {"integers": len(named) == len(result.tokens) or named}
    if saved.name == "PoincareKeyedVectors":
        result.warnings.append(
            "of a Poincaré model, whose distances are hyperbolic; neighbours here are by cosine"
        )
    return result, len(words)


def _add_output(result: VectorsData, model: Saved) -> None:
    """Gives the result its output matrix, where there is one that fits."""
    words, columns = result.vectors.shape
    for part in (model, model.part("trainables")):
        output = None if part is None else _output(part, words)
        if output is None:
            continue
        if output.shape[1] == columns and len(output) in (words, words - 1):
            result.output = output
        else:
            result.warnings.append(
                f"the output matrix is of shape {output.shape}, which does not fit, and was left "
                "out"
            )


def _output(part: Saved, words: int) -> NDArray[Any] | None:
    """W′: a row a word, or after hierarchical softmax a row an inner node of the Huffman tree."""
    output = part.matrix("syn1neg")
    if output is not None:
        return output
    nodes = part.matrix("syn1")
    # The tree has a node less than words; gensim keeps a row too many, never used.
    return None if nodes is None else nodes[: words - 1] if len(nodes) == words else nodes


def _vectors(model: Saved, saved: Saved, words: list[str]) -> tuple[Matrix, Subwords | None]:
    """W, and the n-grams' part where there is one."""
    subwords = subwords_of(model, saved)
    vectors = saved.matrix("vectors", "syn0", "vectors_docs", "doctag_syn0")
    if vectors is not None and not len(vectors):
        vectors = saved.matrix("vectors_docs")
    own = saved.matrix("vectors_vocab", "syn0_vocab") if vectors is None else None
    rows = vectors if own is None else own
    if rows is not None and subwords is not None:
        check_width(saved, rows, subwords)
    if own is not None and subwords is None and saved.array(*ROWS) is None:
        vectors = own
    elif own is not None and subwords is not None and len(own) >= len(words):
        encoded = [tokens.encode(word) for word in words]
        vectors = compose(encoded, own, np.arange(len(words)), subwords)
    if vectors is None:
        raise FormatError(
            saved.path,
            None,
            f"is gensim's {saved.name} without vectors, in it or in a file beside it; save the "
            "vectors in gensim with save_word2vec_format",
        )
    return vectors, subwords


def _sniff(head: bytes, _path: Path) -> bool:
    # A zip (torch's files) or a text never starts so; an object's class is named at once.
    if len(head) > 2 and head[0] == 0x80 and head[1] in _PROTOCOLS:
        return b"gensim" in head[:_LOOKED_AT]
    return head.startswith(_EARLY)


FORMAT = Format(
    name="gensim",
    description="gensim's own save (.model, .kv)",
    extensions=(".model", ".kv"),
    sniff=_sniff,
    read=read,
    write=None,
)
