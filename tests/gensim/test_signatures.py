"""Public names and signatures beside gensim's; docs/from-gensim.md lists each difference."""

from __future__ import annotations

import inspect
import re
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from lexiscope import KeyedVectors, Word2Vec

PAGE = Path(__file__).parents[2] / "docs" / "from-gensim.md"
_ROW = re.compile(r"^\| (`\w+\.\w+`(?:, `\w+\.\w+`)*) \|", re.MULTILINE)

# gensim's module → its classes that are offered.
CLASSES = {
    "models.callbacks": ("CallbackAny2Vec",),
    "models.fasttext": ("FastText", "FastTextKeyedVectors"),
    "models.keyedvectors": ("KeyedVectors",),
    "models.phrases": ("FrozenPhrases", "Phrases"),
    "models.word2vec": (
        "BrownCorpus",
        "LineSentence",
        "PathLineSentences",
        "Text8Corpus",
        "Word2Vec",
    ),
}
PAIRS = [(module, name) for module, names in CLASSES.items() for name in names]


def listed() -> set[str]:
    """The names in the migration page's table of differences."""
    _, _, rest = PAGE.read_text().partition("\n## Signatures\n")
    cells = _ROW.findall(rest.partition("\n## ")[0])
    return {name.strip("`") for cell in cells for name in cell.split(", ")}


def parameters(method: Any) -> list[tuple[str, str, str]]:
    """Name, kind and default of each parameter; annotations make no difference."""
    return [
        (each.name, each.kind.name, "" if each.default is each.empty else repr(each.default))
        for each in inspect.signature(method).parameters.values()
    ]


def differences(theirs: type, ours: type) -> set[str]:
    """Names of gensim's class that ours has not, or with other parameters."""
    found = set()
    for name in dir(theirs):
        if name.startswith("_") and name != "__init__":
            continue
        if not hasattr(ours, name):
            found.add(name)
            continue
        there, here = getattr(theirs, name), getattr(ours, name)
        if callable(there) != callable(here):
            found.add(name)
        elif isinstance(there, type) or not callable(there):
            continue
        elif parameters(there) != parameters(here):
            found.add(name)
    return found


def bases(ours: type, name: str) -> set[str]:
    """Those of our classes from which a class has a method."""
    return {
        base.__name__
        for base in (KeyedVectors, Word2Vec)
        if base is not ours and issubclass(ours, base) and name not in vars(ours)
    }


def classes(module: str, name: str) -> tuple[type, type] | None:
    """gensim's class and ours; None where ours is not there."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = getattr(import_module(f"gensim.{module}"), name)
        try:
            ours = getattr(import_module(f"lexiscope.gensim.{module}"), name, None)
        except ModuleNotFoundError:
            return None
    return None if ours is None else (theirs, ours)


def test_each_difference_is_in_the_migration_page_and_no_other() -> None:
    found = set()
    for module, name in sorted(PAIRS, key=lambda pair: pair[1] not in ("KeyedVectors", "Word2Vec")):
        pair = classes(module, name)
        for method in set() if pair is None else differences(*pair):
            # What differs in a base is listed there.
            if not {f"{base}.{method}" for base in bases(pair[1], method)} & found:
                found.add(f"{name}.{method}")
    assert sorted(found) == sorted(listed())


@pytest.mark.parametrize("name", ["Word2Vec", "KeyedVectors"])
def test_a_class_is_the_same_by_every_way_to_it(name: str) -> None:
    import lexiscope
    from lexiscope.gensim import models
    from lexiscope.gensim.models import keyedvectors, word2vec

    home = word2vec if name == "Word2Vec" else keyedvectors
    assert getattr(models, name) is getattr(home, name) is getattr(lexiscope, name)


def test_a_missing_parameter_is_seen() -> None:
    class Theirs:
        def same(self, a: int = 1) -> None: ...
        def other(self, a: int = 1) -> None: ...
        def gone(self) -> None: ...

    class Ours:
        def same(self, a: float = 1) -> None: ...
        def other(self, a: int = 2) -> None: ...

    assert differences(Theirs, Ours) == {"other", "gone"}


def test_what_is_not_offered_says_what_to_use() -> None:
    from lexiscope.gensim import models

    with pytest.raises(ImportError, match=r"Doc2Vec is not offered.*get_mean_vector"):
        models.Doc2Vec  # noqa: B018 (looking it up is what fails)
    with pytest.raises(ImportError, match="Doc2Vec is not offered"):
        from lexiscope.gensim.models import Doc2Vec  # noqa: F401
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        models.Nothing  # noqa: B018
