"""Names of gensim 3 on the model, each with one DeprecationWarning that names today's."""

from __future__ import annotations

import warnings
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.estimator.arguments import deprecated
from lexiscope.estimator.model import Model
from lexiscope.vectors import KeyedVectors

# Methods and attributes that are the vectors', with what they are called there today.
_OF_VECTORS = {
    **{
        name: name
        for name in (
            "cosine_similarities", "distance", "distances", "doesnt_match",
            "evaluate_word_analogies", "evaluate_word_pairs", "intersect_word2vec_format",
            "log_accuracy", "log_evaluate_word_pairs", "most_similar", "most_similar_cosmul",
            "n_similarity", "rank", "save_word2vec_format", "similar_by_vector", "similar_by_word",
            "similarity", "vectors", "vectors_lockf", "wmdistance",
        )
    },
    "index2entity": "index_to_key",
    "index2word": "index_to_key",
    "syn0": "vectors",
    "syn0_lockf": "vectors_lockf",
    "word_vec": "get_vector",
    "words_closer_than": "closer_than",
}  # fmt: skip
_NORMED = ("syn0norm", "vectors_norm")
# Attributes of the model that have other names today.
_RENAMED = {"iter": "epochs", "size": "vector_size", "neg_labels": "negative"}
# The parts into which gensim 3 divided a model; today the model itself has what was in them.
_PARTS = ("vocabulary", "trainables")


class Gensim3Names(Model):
    """What scripts for gensim 3 ask of a model."""

    if not TYPE_CHECKING:  # for a type checker there are no such names

        def __getattr__(self, name: str) -> Any:
            if isinstance(getattr(type(self), name, None), property):
                # It raised an AttributeError itself; this raises it again.
                return object.__getattribute__(self, name)
            if name in _PARTS:
                deprecated(f"model.{name}", "what was in it as an attribute of the model")
                return self
            if name in _RENAMED:
                deprecated(f"model.{name}", f"model.{_RENAMED[name]}")
                return getattr(self, _RENAMED[name])
            if name in _OF_VECTORS:
                deprecated(f"model.{name}", f"model.wv.{_OF_VECTORS[name]}")
                return getattr(self.wv, _OF_VECTORS[name])
            if name in _NORMED:
                deprecated(f"model.{name}", "model.wv.get_normed_vectors()")
                return self.wv.get_normed_vectors()
            if name == "vocab":
                deprecated("model.vocab", "model.wv.key_to_index and model.wv.get_vecattr")
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", DeprecationWarning)
                    return self.wv.vocab
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

        def __setattr__(self, name: str, value: Any) -> None:
            if name in _RENAMED:
                deprecated(f"model.{name}", f"model.{_RENAMED[name]}")
                name = _RENAMED[name]
            elif name in ("syn0", "vectors_lockf", "syn0_lockf"):
                today = _OF_VECTORS[name]
                deprecated(f"model.{name}", f"model.wv.{today}")
                setattr(self.wv, today, value)
                return
            super().__setattr__(name, value)

    def __getitem__(self, words: Any) -> NDArray[np.float32]:
        deprecated("model[word]", "model.wv[word]")
        return self.wv[words]

    def __contains__(self, word: object) -> bool:
        deprecated("word in model", "word in model.wv")
        return word in self.wv

    def accuracy(
        self,
        questions: str | PathLike[str],
        restrict_vocab: int | None = 30_000,
        most_similar: Any = None,
        case_insensitive: bool = True,
    ) -> list[dict[str, Any]]:
        """The sections of an analogy file, each with its right and wrong answers.

        Args:
            questions, restrict_vocab, case_insensitive: As for `evaluate_word_analogies`.
            most_similar: Without effect.
        """
        del most_similar
        deprecated("model.accuracy", "model.wv.evaluate_word_analogies")
        return self.wv.evaluate_word_analogies(questions, restrict_vocab, case_insensitive)[1]

    def init_sims(self, replace: bool = False) -> None:
        """Scales all vectors to length 1 with `replace`; else without effect."""
        deprecated("model.init_sims", "model.wv.fill_norms() or wv.unit_normalize_all()")
        if replace:
            self.wv.unit_normalize_all()

    def clear_sims(self) -> None:
        """Forgets the vectors' lengths."""
        deprecated("model.clear_sims", "model.wv.fill_norms(force=True)")
        self.wv.fill_norms(force=True)

    def delete_temporary_training_data(
        self, replace_word_vectors_with_normalized: bool = False
    ) -> None:
        """Without effect: what trains is kept; with the argument, as `init_sims(replace=True)`."""
        deprecated("model.delete_temporary_training_data", "model.wv for the vectors alone")
        if replace_word_vectors_with_normalized:
            self.wv.unit_normalize_all()

    def reset_weights(self) -> None:
        """Fresh weights for the vocabulary there is."""
        deprecated("model.reset_weights", "model.init_weights()")
        self.init_weights()  # type: ignore[attr-defined]

    def scale_vocab(self, **options: Any) -> dict[str, int]:
        """Makes the vocabulary out of `raw_vocab`."""
        deprecated("model.scale_vocab", "model.prepare_vocab")
        report: dict[str, int] = self.prepare_vocab(**options)  # type: ignore[attr-defined]
        return report

    def finalize_vocab(self, update: bool = False) -> None:
        """Makes the weights after `scale_vocab`."""
        deprecated("model.finalize_vocab", "model.prepare_weights")
        self.prepare_weights(update)  # type: ignore[attr-defined]

    def seeded_vector(self, seed_string: Any, vector_size: int) -> NDArray[np.float32]:
        """A random vector that follows from a text: uniform in ±1/(2·vector_size).

        Args:
            seed_string: What `hashfxn` makes the random generator's seed of.
            vector_size: Its length.
        """
        deprecated("model.seeded_vector", "numpy.random.default_rng(seed).random(size)")
        rng = np.random.default_rng(self.hashfxn(seed_string) & 0xFFFFFFFF)
        values = rng.random(vector_size, dtype=np.float32)
        vector: NDArray[np.float32] = (values - np.float32(0.5)) / np.float32(vector_size)
        return vector

    @classmethod
    def load_word2vec_format(
        cls,
        fname: str | PathLike[str],
        fvocab: str | PathLike[str] | None = None,
        binary: bool = False,
        **options: Any,
    ) -> KeyedVectors:
        """The vectors of a word2vec file."""
        deprecated(f"{cls.__name__}.load_word2vec_format", "KeyedVectors.load_word2vec_format")
        return KeyedVectors.load_word2vec_format(fname, fvocab, binary, **options)
