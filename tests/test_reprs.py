"""What an object is shown as: one short line, however much it holds."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pickle
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lexiscope
from lexiscope import data
from lexiscope.corpus import TokenizerSpec, encode_corpus
from lexiscope.corpus.survey.survey import survey
from lexiscope.inspection import RecordConfig, record_text
from lexiscope.one_line import one_line
from lexiscope.vectors.evaluation import analogies
from lexiscope.vectors.health import examine

LONGEST = 120
# Held inside, or of a few numbers each.
INSIDE = {"Losses", "Scan", "Layer"}
WORDS = [f"word{number}" for number in range(3000)]


def objects(folder: Path) -> Iterator[tuple[str, Any]]:
    text = folder / "text.txt"
    text.write_text("".join(f"{' '.join(WORDS[n : n + 30])}\n" for n in range(0, 3000, 5)))
    vectors = lexiscope.KeyedVectors(WORDS, np.random.default_rng(1).normal(size=(3000, 20)))
    yield "KeyedVectors(3,000 words, 20 dimensions)", vectors
    vectors.save(folder / "model")
    yield "Health('", examine(folder / "model")
    yield "Word2Vec(2,9", lexiscope.Word2Vec(corpus_file=text, min_count=2, epochs=1, workers=1)
    with encode_corpus(files=text) as encoded:
        yield "EncodedCorpus(", encoded
        yield "CorpusReport(17,925 words read, ", encoded.report
        yield "Vocabulary(", encoded.vocabulary
    yield "Survey(17,925 words, ", survey(text)
    yield "Recording(20 steps, ", record_text(None, RecordConfig(steps=20))
    yield "Aligned(2,000 rows, 20 dimensions, ", lexiscope.align(vectors, WORDS[:2000])
    yield "Comparison(", lexiscope.compare(vectors, vectors)
    yield (
        "WordMap(words=3,000 items, places=3,000 × 2, ",
        lexiscope.word_map(vectors, method="pca", cache=False),
    )
    yield "Explanation('word1', 'word2', similarity=", vectors.explain_similarity("word1", "word2")
    yield "Phrases(threshold=10, min_count=5, delimiter='_')", lexiscope.Phrases([WORDS] * 3)
    report = analogies(vectors, data.analogies_path())
    yield "AnalogyReport(0 of 0 correct, 3cosadd)", report
    yield "AnalogySection(", report.sections[0]
    yield (
        "TokenizerSpec('words', lowercase=True, 3,000 stop words)",
        TokenizerSpec(kind="words", lowercase=True, stopwords=frozenset(WORDS)),
    )


def dataclasses_of(package: str) -> Iterator[type[Any]]:
    """The public dataclasses of a package's modules."""
    home = importlib.import_module(package)
    for module in pkgutil.walk_packages(home.__path__, f"{package}."):
        for name, found in vars(importlib.import_module(module.name)).items():
            is_here = getattr(found, "__module__", "") == module.name and not name.startswith("_")
            if is_here and inspect.isclass(found) and dataclasses.is_dataclass(found):
                yield found


@pytest.mark.parametrize(
    "package", ["inspection", "contextual.uses", "contextual.occurrences", "vectors.comparing"]
)
def test_what_holds_lists_and_arrays_does_not_write_them_out(package: str) -> None:
    """`dataclass` writes every field: of what is given to a user, it may not."""
    large = re.compile(r"NDArray|list\[|dict\[|Mapping|Sequence|, \.\.\.\]")
    found = list(dataclasses_of(f"lexiscope.{package}"))
    assert found
    for cls in found:
        if any(field.repr and large.search(str(field.type)) for field in dataclasses.fields(cls)):
            is_written_out = hasattr(cls.__repr__, "__wrapped__")
            assert not is_written_out or cls.__name__ in INSIDE, f"{cls}: see lexiscope.one_line"


def test_a_line_has_sizes_of_what_is_large_and_the_rest_as_it_is() -> None:
    @one_line
    @dataclasses.dataclass
    class Held:
        name: str
        rows: Any = None
        more: Any = ()
        hidden: int = dataclasses.field(default=0, repr=False)

    assert (
        repr(Held("a", np.ones((30, 2)), [1, 2, 3])) == "Held(name='a', rows=30 × 2, more=3 items)"
    )
    assert repr(Held("a", [1], {})) == "Held(name='a', rows=[1], more={})"
    assert repr(Held("b" * 99)) == f"Held(name='{'b' * 38}…', rows=None, more=())"
    assert repr(Held("b" * 30, "c" * 35, "d" * 35)).endswith("c', …)")
    assert repr(Held("a", np.float32(0.5))).endswith("rows=np.float32(0.5), more=())")


def test_every_object_is_shown_as_one_short_line(tmp_path: Path) -> None:
    for begin, found in objects(tmp_path):
        line = repr(found).replace(str(tmp_path), "")
        assert line.startswith(begin), line
        assert len(line) <= LONGEST and "\n" not in line


def test_objects_come_out_of_a_pickle(tmp_path: Path) -> None:
    for begin, found in objects(tmp_path):
        if begin.startswith("Recording"):
            with pytest.raises(TypeError, match="lock"):  # it is saved and opened by its own
                pickle.dumps(found)
            continue
        assert repr(pickle.loads(pickle.dumps(found))) == repr(found)
