"""What an object is shown as: one short line, however much it holds."""

from __future__ import annotations

import pickle
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
from lexiscope.vectors.evaluation import analogies
from lexiscope.vectors.health import examine

LONGEST = 120
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
    yield "Explanation('word1', 'word2', similarity=", vectors.explain_similarity("word1", "word2")
    yield "Phrases(threshold=10, min_count=5, delimiter='_')", lexiscope.Phrases([WORDS] * 3)
    report = analogies(vectors, data.analogies_path())
    yield "AnalogyReport(0 of 0 correct, 3cosadd)", report
    yield "AnalogySection(", report.sections[0]
    yield (
        "TokenizerSpec('words', lowercase=True, 3,000 stop words)",
        TokenizerSpec(kind="words", lowercase=True, stopwords=frozenset(WORDS)),
    )


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
