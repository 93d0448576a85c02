"""The texts that come with the package, all small enough to read, and what is in them.

corpus.txt
    545 short sentences, one a line, lower-case ASCII without punctuation; lines that start with
    ``#`` and blank lines are skipped. Without the stop words and with min_count 3 they give 96
    words and 1,752 (center, context) pairs. No sentence keeps more than three of those words, so
    windows of 2 and of 3 see the same pairs.
groups.tsv
    ``group TAB word``, one line for each of the 96 words.
analogies.txt
    Five questions ``a b c d`` (a is to b as c is to d), with ``: section`` lines.
facts.txt
    Some 1,500 questions made from plain facts: capitals, currencies, families, plurals,
    comparatives, and the like. Written by ``scripts/analogies_from_facts.py``.
english_stopwords.txt
    Common English words, one a line.
paragraph.txt
    One line of running text about cats, for next-word prediction.
catalogue.json
    Vectors and texts that can be fetched by name: where they are, and what their publishers say of
    them (`lexiscope.fetching.catalogue`).
deerwester.txt
    Nine titles, the example of Deerwester et al. 1990 (table 2): one a line, in lower case, with
    the twelve words that occur more than once.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path


def corpus_path() -> Path:
    """The teaching corpus: one sentence a line, ``#`` lines and blank lines to be skipped."""
    return _path("corpus.txt")


def analogies_path() -> Path:
    """The five analogies of the teaching corpus, in the questions-words format."""
    return _path("analogies.txt")


ANALOGIES = {"facts": "facts.txt", "teaching": "analogies.txt"}
"""Names of the bundled sets of analogies."""


def named_analogies(name: str) -> Path:
    """A bundled set of analogies: "facts", or "teaching" for the five of the teaching corpus.

    Raises:
        KeyError: There is none of that name.
    """
    return _path(ANALOGIES[name])


def paragraph_path() -> Path:
    """About 200 words on one line, for next-word prediction."""
    return _path("paragraph.txt")


def groups() -> dict[str, list[str]]:
    """The semantic groups of the teaching corpus' vocabulary.

    Returns:
        Group name to its words, both in the file's order. Each of the 96 words is in one group.
    """
    by_group: dict[str, list[str]] = {}
    for line in _path("groups.tsv").read_text(encoding="ascii").splitlines():
        group, word = line.split("\t")
        by_group.setdefault(group, []).append(word)
    return by_group


def stopwords() -> frozenset[str]:
    """Common English words that say little of what a sentence is about, lower-case."""
    return frozenset(_path("english_stopwords.txt").read_text(encoding="ascii").split())


def catalogue_path() -> Path:
    """What can be fetched by name, as JSON."""
    return _path("catalogue.json")


def deerwester_titles() -> list[list[str]]:
    """Nine titles as lists of words, five about people and computers, four about graphs."""
    lines = _path("deerwester.txt").read_text(encoding="ascii").splitlines()
    return [line.split() for line in lines]


def _path(name: str) -> Path:
    # A wheel is always unpacked on installation, so the resource is a file that can be opened.
    return Path(str(files(__name__) / name))
