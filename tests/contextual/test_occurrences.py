"""A word's occurrences out of a corpus' table: read, clustered, told, laid out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lexiscope.contextual.corpus.columns import TEXT
from lexiscope.contextual.occurrences import reader
from lexiscope.contextual.occurrences.places import places_of
from lexiscope.contextual.occurrences.reader import OccurrencesFile
from lexiscope.contextual.occurrences.telling import telling_words
from lexiscope.contextual.occurrences.word_senses import word_senses
from lexiscope.contextual.uses.senses import sense_clusters
from lexiscope.errors import ConfigError, CorpusError, FormatError
from lexiscope.vectors import UnknownWordError
from tests.support.occurring import Corpus, corpus_of_banks


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return corpus_of_banks(tmp_path_factory.mktemp("banks"))


def test_occurrences_come_with_their_sentences_and_vectors(corpus: Corpus) -> None:
    file = OccurrencesFile(corpus.path)
    assert (file.dimension, file.model) == (16, "a/model")
    found = file.of("bank")
    assert found.total == len(found) == len(corpus.texts)
    assert found.texts == corpus.texts
    assert found.sentences.tolist() == list(range(len(corpus.texts)))
    assert np.array_equal(found.vectors, corpus.vectors)
    for text, place, (start, end) in zip(found.texts, found.places, found.spans, strict=True):
        assert text[start:end] == text.split()[place] == "bank"


def test_counts_are_of_words_that_have_a_vector(corpus: Corpus) -> None:
    counts = OccurrencesFile(corpus.path).counts
    split = [word for text in corpus.texts for word in text.split()]
    assert counts == {word: split.count(word) for word in {*split} - {"fee"}}
    assert list(counts.values()) == sorted(counts.values(), reverse=True)


def test_of_many_some_are_taken_evenly(corpus: Corpus) -> None:
    found = OccurrencesFile(corpus.path).of("bank", 7)
    assert found.total == 60 and len(found) == 7
    steps = np.diff(found.sentences)
    assert found.sentences[0] == 0 and found.sentences[-1] == 59 and set(steps) <= {9, 10}
    assert np.array_equal(found.vectors, corpus.vectors[found.sentences])


def test_few_vectors_are_in_memory_at_a_time(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = OccurrencesFile(corpus.path).of("bank")
    monkeypatch.setattr(reader, "_VECTOR_ROWS", 5)
    assert np.array_equal(OccurrencesFile(corpus.path).of("bank").vectors, whole.vectors)


def test_the_words_of_a_list_have_their_sentences_too(tmp_path: Path) -> None:
    corpus = corpus_of_banks(tmp_path, only="bank")
    file = OccurrencesFile(corpus.path)
    assert file.rows == 60 and file.of("bank").texts == corpus.texts


def test_a_sentence_stands_once_in_a_row_group(corpus: Corpus) -> None:
    column = pq.read_table(corpus.path)[TEXT]
    assert pa.types.is_dictionary(column.type)
    assert sum(len(chunk.dictionary) for chunk in column.chunks) <= len(corpus.texts)
    # Programs that know nothing of dictionaries read plain strings.
    assert pq.ParquetFile(corpus.path).schema.column(6).physical_type == "BYTE_ARRAY"


def test_means_are_of_each_words_vectors(corpus: Corpus) -> None:
    words, means = OccurrencesFile(corpus.path).means(3)
    assert words == list(OccurrencesFile(corpus.path).counts)[:3]
    table = pq.read_table(corpus.path, columns=["word", "vector"]).to_pydict()
    for word, mean in zip(words, means, strict=True):
        own = [
            vector
            for found, vector in zip(table["word"], table["vector"], strict=True)
            if found == word
        ]
        assert mean == pytest.approx(np.mean(own, axis=0), abs=1e-5)


def test_senses_are_found_and_told_apart(corpus: Corpus) -> None:
    found = word_senses(corpus.path, "bank")
    assert found.by_silhouette and found.clusters.count == 2
    # The larger sense, money, is the first.
    assert np.array_equal(found.clusters.labels, corpus.senses)
    money, river = ({one.word: one for one in sense.telling} for sense in found.senses)
    assert "water" in river and "water" not in money and "bank" not in {*money, *river}
    sentences = [sum("water" in text.split() for text in corpus.texts)]
    assert [river["water"].inside, river["water"].elsewhere] == [*sentences, 0]
    for number, sense in enumerate(found.senses):
        assert sorted(sense.rows) == np.flatnonzero(corpus.senses == number).tolist()


def test_as_many_clusters_as_are_asked_for(corpus: Corpus) -> None:
    found = word_senses(corpus.path, "bank", clusters=5)
    assert not found.by_silhouette and found.clusters.count == 5 == len(found.senses)
    assert set(found.clusters.silhouettes) >= {2, 5}
    sizes = [len(sense.rows) for sense in found.senses]
    assert sizes == sorted(sizes, reverse=True) and sum(sizes) == 60
    one = word_senses(corpus.path, "bank", clusters=1)
    assert one.clusters.count == 1 and one.senses[0].telling == []


def test_the_silhouette_is_scikit_learns() -> None:
    from sklearn.metrics import silhouette_score

    rng = np.random.default_rng(2)
    points = rng.normal(size=(50, 6)).astype(np.float32)
    points[:30] += 2
    found = sense_clusters(points, 4)
    for count, value in found.silhouettes.items():
        labels = sense_clusters(points, 1, count=count).labels
        wanted = silhouette_score(points, labels, metric="cosine")
        assert value == pytest.approx(wanted, abs=1e-4)
    assert found.silhouette == max(found.silhouettes.values())


def test_a_log_likelihood_ratio_is_dunnings() -> None:
    from scipy.stats import chi2_contingency

    texts = ["x water"] * 18 + ["x sand"] * 4 + ["x money"] * 20 + ["x water"] * 2
    labels = np.array([0] * 22 + [1] * 22)
    (water,) = telling_words(texts, labels, "x")[0]
    assert (water.word, water.inside, water.elsewhere) == ("water", 18, 2)
    table = [[18, 4], [2, 20]]
    wanted = chi2_contingency(table, correction=False, lambda_="log-likelihood").statistic
    assert water.ratio == pytest.approx(wanted)


@pytest.mark.parametrize("method", ["pca", "neighbors"])
def test_places_are_the_same_each_time_and_say_what_they_keep(corpus: Corpus, method: str) -> None:
    one, other = (places_of(corpus.vectors, method) for _ in range(2))  # type: ignore[arg-type]
    assert np.array_equal(one.at, other.at) and one.at.shape == (60, 2)
    units = corpus.vectors / np.linalg.norm(corpus.vectors, axis=1, keepdims=True)
    true = np.argsort(-(units @ units.T), axis=1)[:, 1:11]
    apart = np.linalg.norm(one.at[:, None] - one.at[None], axis=2)
    found = np.argsort(apart, axis=1)[:, 1:11]
    kept = np.mean([len({*a} & {*b}) / 10 for a, b in zip(true, found, strict=True)])
    assert one.kept == pytest.approx(kept, abs=0.01)


def test_too_few_for_neighbours_are_laid_out_by_components(corpus: Corpus) -> None:
    few = places_of(corpus.vectors[:5], "neighbors")
    assert (few.method, few.kept) == ("pca", None) and np.isfinite(few.at).all()
    same = np.ones((3, 4), np.float32)
    assert np.isfinite(places_of(same, "pca").at).all()


def test_wrong_words_are_told_in_a_line(corpus: Corpus) -> None:
    with pytest.raises(UnknownWordError, match="close spellings that are: bank") as caught:
        word_senses(corpus.path, "bnk")
    assert caught.value.suggestions == ("bank",)
    with pytest.raises(CorpusError, match="'Once' occurs once in "):
        word_senses(corpus.path, "Once")
    with pytest.raises(UnknownWordError):
        word_senses(corpus.path, "fee")  # it has no vector
    with pytest.raises(ConfigError, match="clusters is 9"):
        word_senses(corpus.path, "bank", clusters=9)


def _vectors_of_words(path: Path) -> None:
    table = pa.table({"word": ["a", "b"], "vector": [[1.0, 2.0], [3.0, 4.0]]})
    pq.write_table(table, path)


def _something_else(path: Path) -> None:
    pq.write_table(pa.table({"x": [1, 2]}), path)


def _text(path: Path) -> None:
    path.write_text("the bank\n" * 20)


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (_vectors_of_words, "is a Parquet file of word vectors: it has no column 'sentence'"),
        (_something_else, "is a Parquet file of something else"),
        (_text, "is not a whole and sound Parquet file"),
        (Path.mkdir, "is a folder"),
    ],
)
def test_other_files_are_refused(write: object, message: str, tmp_path: Path) -> None:
    path = tmp_path / "other.parquet"
    write(path)  # type: ignore[operator]
    with pytest.raises(FormatError, match=message):
        OccurrencesFile(path)
    assert OccurrencesFile.at(path) is None


def test_a_table_without_sentences_is_refused(corpus: Corpus, tmp_path: Path) -> None:
    path = tmp_path / "older.parquet"
    pq.write_table(pq.read_table(corpus.path).drop_columns(TEXT), path)
    with pytest.raises(FormatError, match="has no column 'text' with the words' sentences"):
        OccurrencesFile(path)


@pytest.mark.parametrize("share", [0.3, 0.8, 0.99])
def test_a_file_that_was_cut_is_refused(corpus: Corpus, tmp_path: Path, share: float) -> None:
    path = tmp_path / "cut.parquet"
    content = corpus.path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(FormatError):
        OccurrencesFile(path).of("bank")
