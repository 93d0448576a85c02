"""The routes of a word's occurrences, against what the library finds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from lexiscope.contextual.occurrences.places import places_of
from lexiscope.contextual.occurrences.reader import OccurrencesFile
from lexiscope.contextual.occurrences.word_senses import word_senses
from lexiscope.server.app import create_app
from lexiscope.server.views.senses.routes import told_texts
from tests.support.occurring import Corpus, corpus_of_banks
from tests.support.server_pages import LOCAL, Page


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return corpus_of_banks(tmp_path_factory.mktemp("banks"))


@pytest.fixture(scope="module")
def banks(corpus: Corpus) -> Iterator[Page]:
    with TestClient(create_app(corpus.path), base_url=LOCAL) as client:
        yield Page(client)


def test_the_file_is_told_and_its_words_are_found_with_their_counts(
    banks: Page, corpus: Corpus
) -> None:
    subject = banks.json("/api/subject")
    assert subject["features"]["senses"] and subject["features"]["counts"]
    assert subject["format"] == "words in their sentences"
    split = [word for text in corpus.texts for word in text.split()]
    found = banks.json("/api/senses")
    assert (found["rows"], found["words"]) == (len(split), len({*split} - {"fee"}))
    assert (found["model"], found["start"]) == ("a/model", "bank")
    (word,) = banks.json("/api/words?search=ban")["words"]
    assert (word["word"], word["count"]) == ("bank", 60)


def test_other_views_have_the_words_mean_vectors(banks: Page, corpus: Corpus) -> None:
    found = banks.json("/api/explore/neighbors?word=bank&topn=1")
    words, means = OccurrencesFile(corpus.path).means(1_000)
    units = means / np.linalg.norm(means, axis=1, keepdims=True)
    cosines = units @ units[words.index("bank")]
    nearest = int(np.argsort(-cosines)[1])
    assert found["nearest"][0]["word"] == words[nearest]
    assert found["nearest"][0]["cosine"] == pytest.approx(cosines[nearest], abs=1e-5)


def test_occurrences_come_in_clusters_with_their_sentences(banks: Page, corpus: Corpus) -> None:
    payload, arrays = banks.binary("/api/senses/word?word=bank")
    wanted = word_senses(corpus.path, "bank")
    assert (payload["total"], payload["by_silhouette"], payload["least"]) == (60, True, 0.12)
    assert np.array_equal(arrays["labels"], wanted.clusters.labels)
    assert np.array_equal(arrays["order"], np.concatenate([one.rows for one in wanted.senses]))
    assert [one["size"] for one in payload["clusters"]] == [len(one.rows) for one in wanted.senses]
    for told, sense in zip(payload["clusters"], wanted.senses, strict=True):
        assert [one["word"] for one in told["telling"]] == [one.word for one in sense.telling]
    for one, text in zip(payload["occurrences"], corpus.texts, strict=True):
        assert one["before"] + one["word"] + one["after"] == text and one["word"] == "bank"
    values = {one["clusters"]: one["value"] for one in payload["silhouettes"]}
    assert values == pytest.approx(wanted.clusters.silhouettes)
    chosen, _ = banks.binary("/api/senses/word?word=bank&clusters=4")
    assert len(chosen["clusters"]) == 4 and not chosen["by_silhouette"]


@pytest.mark.parametrize("layout", ["pca", "neighbors"])
def test_places_are_the_librarys(banks: Page, corpus: Corpus, layout: str) -> None:
    payload, arrays = banks.binary(f"/api/senses/places?word=bank&layout={layout}")
    wanted = places_of(corpus.vectors, layout)  # type: ignore[arg-type]
    assert np.array_equal(arrays["places"], wanted.at)
    wanted_kept = pytest.approx(wanted.kept)
    assert payload == {"word": "bank", "layout": layout, "kept": wanted_kept}


def test_wrong_questions_are_told(banks: Page) -> None:
    assert "'bnk' is not in the vocabulary" in banks.refused("/api/senses/word?word=bnk", 404)
    assert "occurs once" in banks.refused("/api/senses/word?word=Once", 422)
    assert "clusters" in banks.refused("/api/senses/word?word=bank&clusters=9", 422)


def test_a_long_sentence_is_cut_around_its_word(tmp_path: Path) -> None:
    corpus = corpus_of_banks(tmp_path, many=12, parts=1)
    found = word_senses(corpus.path, "bank").occurrences
    found.texts[0] = f"{'ab ' * 333} bank {'yz ' * 333}"
    found.spans[0] = [1000, 1004]
    told = told_texts(found)[0]
    assert told.before == f"…b {'ab ' * 99} " and told.after == f" {'yz ' * 99}yz…"


def test_of_other_files_the_commands_are_told(plain: Page) -> None:
    assert not plain.json("/api/subject")["features"]["senses"]
    for address in ("", "/word?word=w1", "/places?word=w1"):
        assert "lexiscope contextual" in plain.refused(f"/api/senses{address}", 404)
