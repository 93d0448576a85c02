"""What of gensim's modules is not here, each with what to use instead."""

from __future__ import annotations

from collections.abc import Callable

from lexiscope.errors import NotOfferedError

_KEEP = "keep gensim beside lexiscope"
_DOCUMENTS = (
    "take the mean of a text's word vectors (KeyedVectors.get_mean_vector), or vectors of a "
    "transformer (lexiscope contextual)"
)
TOPICS = f"{_KEEP} for topic models"
INDEX = "most_similar(index='hnsw') of KeyedVectors searches large models, indexer= is taken too"
# gensim's name → what to use instead.
CLASSES = {
    "Doc2Vec": _DOCUMENTS,
    "TaggedDocument": _DOCUMENTS,
    "LabeledSentence": _DOCUMENTS,
    "TfidfModel": f"{_KEEP}, or use scikit-learn's TfidfVectorizer",
    "Dictionary": f"{_KEEP}, or use scikit-learn's CountVectorizer",
    "AnnoyIndexer": INDEX,
    "NmslibIndexer": INDEX,
    "PoincareModel": f"{_KEEP} for hyperbolic vectors",
    "TranslationMatrix": "lexiscope.compare lays two models over each other (Procrustes)",
    "LineSentencePath": "its name is PathLineSentences",
    "SaveLoad": "it runs what is in a file; pickle does so too, where a file is trusted",
    "lemmatize": "gensim 4 has it no more; use a lemmatizer (spaCy, NLTK) as tokenizer=",
}
_TOPIC_MODELS = (
    "CoherenceModel", "EnsembleLda", "HdpModel", "LdaModel", "LdaMulticore", "LdaSeqModel",
    "LogEntropyModel", "LsiModel", "Nmf", "NormModel", "RpModel", "AuthorTopicModel",
)  # fmt: skip
CLASSES |= dict.fromkeys(_TOPIC_MODELS, TOPICS)


def refusing(module: str, otherwise: str = _KEEP) -> Callable[[str], object]:
    """The `__getattr__` of a module whose names are not here.

    Args:
        module: Its `__name__`.
        otherwise: What to do for a name of which nothing more is known.
    """

    def find(name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        raise refusal(name, otherwise)

    return find


def refusing_known(module: str) -> Callable[[str], object]:
    """The `__getattr__` of a module that has gensim's names, but for some in `CLASSES`."""

    def find(name: str) -> object:
        if name in CLASSES:
            raise refusal(name)
        raise AttributeError(f"module {module!r} has no attribute {name!r}")

    return find


def refusal(name: str, otherwise: str = _KEEP) -> NotOfferedError:
    """The error for a name of gensim's that is not here."""
    return NotOfferedError(f"gensim's {name} is not offered; {CLASSES.get(name, otherwise)}")
