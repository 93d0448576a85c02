"""What a saved gensim object says of itself beside its words and arrays.

Options have today's names, whatever the version called them (`size`, `iter`), and stand together,
though those of 3.3 to 3.8 are in `vocabulary` and `trainables`. Before 4.0 no file tells its
version; the attributes that it has and has not tell about which it was. Attributes that no version
of gensim sets are the user's own; they are left out, and named.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from numpy.typing import NDArray

from lexiscope.formats.kinds.gensim.objects import Saved
from lexiscope.formats.reading.inert import Items
from lexiscope.formats.reading.inert_arrays import number_of

_LARGEST = 1 << 62
# gensim's classes have some forty.
_MOST_OPTIONS = 200
_MOST_NAMED = 5
_LONGEST_VERSION = 40
_TODAY = {"size": "vector_size", "iter": "epochs"}
_PARTS = ("vocabulary", "trainables")
# What gensim's models of words have had for attributes from 0.12 to 4.4, but for numbers of theirs.
_KNOWN = frozenset(
    {
        "alpha", "batch_words", "bucket", "callbacks", "cbow_mean", "comment", "compute_loss",
        "corpus_count", "corpus_total_words", "cum_table", "dbow_words", "dm", "dm_concat",
        "dm_tag_count", "docvecs", "dv", "effective_min_count", "epochs", "file_name", "hashfxn",
        "hs", "index2word", "iter", "kv", "layer1_size", "lifecycle_events", "load",
        "load_fasttext_format", "load_word2vec_format", "max_final_vocab", "max_n",
        "max_vocab_size", "min_alpha", "min_alpha_yet_reached", "min_count", "min_n",
        "model_trimmed_post_training", "neg_labels", "negative", "new_format", "ns_exponent",
        "null_word", "num_ngram_vectors", "num_original_vectors", "nwords", "random", "raw_vocab",
        "running_training_loss", "sample", "seed", "sg", "shrink_windows", "size", "sorted_vocab",
        "syn0", "syn0_lockf", "syn0_ngrams_lockf", "syn0_vocab_lockf", "syn0norm", "syn1",
        "syn1neg", "table", "total_train_time", "train_count", "trainables", "vector_size",
        "vectors_lockf", "vectors_ngrams_lockf", "vectors_vocab_lockf", "vocab", "vocab_size",
        "vocabulary", "window", "word_ngrams", "workers", "wv",
    }
)  # fmt: skip
_MODELS = ("Word2Vec", "FastText", "Doc2Vec")


def options_of(model: Saved) -> dict[str, Any]:
    """The class, the version as far as it can be told, and the options that are plain numbers."""
    options: dict[str, Any] = {}
    for part in (*(model.part(name) for name in _PARTS), model):
        if part is not None:
            options |= {_TODAY.get(name, name): value for name, value in _numbers(part)}
    return {"class": model.name, "version": version_of(model), **options}


def lockf_of(model: Saved, saved: Saved) -> NDArray[Any] | None:
    """What gensim multiplies the steps of each word's row with, V floats; None where it is 1."""
    for part in (model.part("trainables"), model, saved):
        if part is None:
            continue
        found = part.array("vectors_lockf", "syn0_lockf", needed=False)
        if found is not None and found.ndim == 1 and found.dtype.kind == "f" and len(found) > 1:
            return None if bool((found == 1).all()) else found
    return None


def version_of(model: Saved) -> str:
    """The version of gensim that saved an object, or between which it was."""
    events = model.get("lifecycle_events")
    if isinstance(events, list):
        for event in reversed(events):
            version = event.get("gensim") if isinstance(event, Items) else None
            if isinstance(version, str) and len(version) <= _LONGEST_VERSION:
                return version
    vectors = model.part("wv") or model.part("kv") or model
    if vectors.get("key_to_index") is not None:
        return "4.0 or later"
    if model.get("vocabulary") is not None or vectors.name in ("Word2VecKeyedVectors",):
        return "3.3 to 3.8"
    if vectors.name == "EuclideanKeyedVectors":
        return "3.2"
    if vectors.name == "FastTextKeyedVectors":
        return "3.0 to 3.8" if vectors is model else "3.0 to 3.2"
    if vectors is not model or vectors.name == "KeyedVectors":
        return "0.13.4 to 3.2"
    return "before 0.13.4"


def own_attributes(model: Saved) -> list[str]:
    """A line on what a user gave a model, which is left out; no line where that is nothing."""
    if model.name not in _MODELS or not model.kind.module.startswith("gensim."):
        return []
    state = model.instance.state
    own = [
        name
        for name, _value in (state if isinstance(state, Items) else ())
        if isinstance(name, str) and name not in _KNOWN and not name.startswith("_")
    ]
    return [f"left out what is not gensim's: {_listed(own)}"] if own else []


def foreign_objects(names: list[str]) -> list[str]:
    """A line on objects of other programs, which are left out; none where there are none."""
    if not names:
        return []
    return [f"left out objects of other programs, whose code was not run: {_listed(names)}"]


def _listed(names: list[str]) -> str:
    more = ", …" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


def _numbers(part: Saved) -> Iterator[tuple[str, Any]]:
    """Attributes that are plain numbers."""
    state = part.instance.state
    found = (
        (name, number)
        for name, value in (state if isinstance(state, Items) else ())
        if isinstance(name, str) and name.isidentifier() and not name.startswith("_")
        if (number := _plain(value)) is not None and abs(number) < _LARGEST  # false for NaN
    )
    return islice(found, _MOST_OPTIONS)


def _plain(value: Any) -> bool | int | float | None:
    return value if type(value) is bool else number_of(value)
