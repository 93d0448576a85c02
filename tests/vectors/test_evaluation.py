"""Word pairs and analogies score as gensim scores them."""

from __future__ import annotations

from pathlib import Path

import gensim
import numpy as np
import pytest
from scipy import stats

from lexiscope.errors import ConfigError, FormatError
from lexiscope.vectors import KeyedVectors, analogies, answering, word_pairs
from lexiscope.vectors.judgements import read_pairs
from lexiscope.vectors.statistics import average_ranks, pearson, spearman
from tests.support.some_words import WORDS


@pytest.fixture
def pairs_file(tmp_path: Path) -> Path:
    rng = np.random.default_rng(9)
    lines = ["# a comment", "# another\twith\ttabs"]
    for _ in range(150):
        one, other = rng.choice(WORDS, size=2)
        lines.append(f"{one}\t{other}\t{rng.integers(0, 10)}")  # whole numbers: many ties
    lines.append("missing\ta1\t3.5")
    path = tmp_path / "pairs.tsv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def analogies_file(tmp_path: Path) -> Path:
    """Questions of random words; `regular` makes a part of them hold."""
    rng = np.random.default_rng(10)
    lines = []
    for section in ("first one", "second"):
        lines.append(f": {section}")
        lines += [" ".join(rng.choice(WORDS, size=4, replace=False)) for _ in range(150)]
    lines.append("a1 missing b1 b2")
    path = tmp_path / "questions.txt"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def regular(analogies_file: Path) -> np.ndarray:
    """Vectors in which many of the file's questions hold."""
    matrix = np.random.default_rng(11).normal(size=(len(WORDS), 24)).astype(np.float32)
    index = {word: row for row, word in enumerate(WORDS)}
    for line in analogies_file.read_text().splitlines()[::2]:
        words = line.split()
        if len(words) == 4 and all(word in index for word in words):
            a, b, c, d = (index[word] for word in words)
            matrix[d] = matrix[b] - matrix[a] + matrix[c]
    return matrix


def peer_of(matrix: np.ndarray) -> gensim.models.KeyedVectors:
    peer = gensim.models.KeyedVectors(matrix.shape[1])
    peer.add_vectors(WORDS, matrix.copy())
    return peer


@pytest.mark.parametrize("case_insensitive", [True, False])
@pytest.mark.parametrize("restrict", [300_000, 400])
def test_word_pairs_are_gensims(
    case_insensitive: bool,
    restrict: int,
    pairs_file: Path,
    ours: KeyedVectors,
    theirs: gensim.models.KeyedVectors,
) -> None:
    options = {"case_insensitive": case_insensitive, "restrict_vocab": restrict}
    expected = theirs.evaluate_word_pairs(str(pairs_file), **options)
    found = ours.evaluate_word_pairs(pairs_file, **options)
    np.testing.assert_allclose(found[0], tuple(expected[0]), rtol=1e-5)
    np.testing.assert_allclose(found[1], tuple(expected[1]), rtol=1e-5)
    assert found[2] == pytest.approx(expected[2])


def test_word_pairs_from_python(ours: KeyedVectors) -> None:
    triples = [("a1", "b1", 3.0), ("A1", "b2", 2.0), ("c1", "d1", 1.0), ("x", "y", 9.0)]
    score = word_pairs(ours, triples)
    assert (score.used, score.total) == (3, 4)
    with pytest.raises(ConfigError, match="none of the 1 pairs"):
        word_pairs(ours, [("x", "y", 9.0)])


@pytest.mark.parametrize("case_insensitive", [True, False])
@pytest.mark.parametrize("restrict", [300_000, 700])
@pytest.mark.parametrize("unknown_is_wrong", [True, False])
@pytest.mark.parametrize("many", [0, 10**9])
def test_analogies_are_gensims(
    many: int,
    case_insensitive: bool,
    restrict: int,
    unknown_is_wrong: bool,
    analogies_file: Path,
    regular: np.ndarray,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(answering, "_ROWS", 64)
    monkeypatch.setattr(answering, "_QUESTIONS", 3)
    monkeypatch.setattr(answering, "_MANY_SUMS", many)
    options = {
        "case_insensitive": case_insensitive,
        "restrict_vocab": restrict,
        "dummy4unknown": unknown_is_wrong,
    }
    expected_score, expected = peer_of(regular).evaluate_word_analogies(
        str(analogies_file), **options
    )
    score, sections = KeyedVectors(WORDS, regular).evaluate_word_analogies(
        analogies_file, **options
    )
    assert score == pytest.approx(expected_score)
    assert 0.02 < score < 0.9
    for section, other in zip(sections, expected, strict=True):
        assert section["section"] == other["section"]
        assert sorted(section["correct"]) == sorted(other["correct"])
        assert sorted(section["incorrect"]) == sorted(other["incorrect"])


def test_analogies_never_answer_with_a_dead_row(tmp_path: Path) -> None:
    path = tmp_path / "q.txt"
    path.write_text("a b c d\n# a comment\n\n")
    matrix = np.array([[1, 0], [0, 1], [1, 1], [-1, 2], [0, 0], [np.nan, 1]], dtype=np.float32)
    report = analogies(KeyedVectors(list("abcdef"), matrix), path)
    assert (report.correct, report.total, report.unknown) == (1, 1, 0)
    assert report.sections[0].name == ""
    assert report.sections[0].accuracy == 1


@pytest.mark.slow
def test_analogies_are_answered_many_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The matrix is gone through once for many questions; `benchmarks.bounds` has the seconds."""
    rng = np.random.default_rng(12)
    words = [f"w{row}" for row in range(60_000)]
    matrix = rng.normal(size=(len(words), 100)).astype(np.float32)
    path = tmp_path / "q.txt"
    questions = rng.choice(words, size=(1000, 4)).tolist()
    path.write_text(": all\n" + "".join(" ".join(words) + "\n" for words in questions))
    ours = KeyedVectors(words, matrix)
    touched = []
    units = answering._units

    def counted(vectors: KeyedVectors, rows: np.ndarray) -> np.ndarray:
        touched.append(len(rows))
        return units(vectors, rows)

    monkeypatch.setattr(answering, "_units", counted)
    _score, sections = ours.evaluate_word_analogies(path)
    assert len(sections[-1]["incorrect"]) == 1000
    passes = (sum(touched) - 3 * len(questions)) / len(words)
    assert passes <= 1, "gensim goes through it 1,000 times"


PUBLISHED = {
    "tabs": ("a1\tb1\t7.5\nc1\td1\t2\n", 0),
    "commas and a header": ("Word 1,Word 2,Human (mean)\na1,b1,7.5\nc1,d1,2\n", 0),
    "spaces": ("a1 b1 7.500\nc1  d1  2\n", 0),
    "semicolons, Windows": ("a1;b1;7.5\r\nc1;d1;2\r\n", 0),
    "SimLex-999's columns": (
        "word1\tword2\tPOS\tSimLex999\tconc(w1)\na1\tb1\tA\t7.5\t3\nc1\td1\tN\t2\t4\n",
        0,
    ),
    "ratings after the mean": ("a1\tb1\t7.5\t10\t5\nc1\td1\t2\t1\t3\n", 0),
    "the mean by its name": ("w1,w2,n,mean\na1,b1,10,7.5\nc1,d1,12,2\n", 0),
    "odd lines": ("# note\na1\tb1\t7.5\nalone\na1\tb1\tnan\n\nc1\td1\t2\n\tx\t3\n", 3),
}


@pytest.mark.parametrize("name", list(PUBLISHED))
def test_pairs_are_read_as_they_are_published(name: str, tmp_path: Path) -> None:
    text, skipped = PUBLISHED[name]
    path = tmp_path / "p"
    path.write_bytes(text.encode())
    read = read_pairs(path)
    assert read.pairs == [("a1", "b1", 7.5), ("c1", "d1", 2.0)]
    assert read.skipped == skipped


def test_files_without_any_judgement_or_question_say_so(ours: KeyedVectors, tmp_path: Path) -> None:
    path = tmp_path / "q.txt"
    with pytest.raises(FileNotFoundError):
        analogies(ours, path)
    with pytest.raises(FormatError, match="is a folder"):
        analogies(ours, tmp_path)
    path.write_text(": section\na b c\n")
    with pytest.raises(FormatError, match="no line of four words"):
        analogies(ours, path)
    with pytest.raises(FormatError, match="no line of two words and a number"):
        word_pairs(ours, path)
    path.write_bytes(b"a1 b1 c1 d\xff\n")
    with pytest.raises(FormatError, match="byte 10: is not UTF-8"):
        analogies(ours, path)


def test_odd_lines_of_analogies_are_skipped_and_counted(
    ours: KeyedVectors, theirs: gensim.models.KeyedVectors, tmp_path: Path
) -> None:
    path = tmp_path / "q.txt"
    path.write_text(": one\na1 b1 c1 d1\na1 b1 c1\n: two\na1 b1 c1 d1 e1\nb1 c1 d1 zz\n")
    report = analogies(ours, path)
    assert (report.total, report.unknown, report.skipped) == (1, 1, 2)
    assert report.coverage == 0.5
    _score, expected = theirs.evaluate_word_analogies(str(path))
    assert [section["section"] for section in report.as_gensim()] == [
        section["section"] for section in expected
    ]


@pytest.mark.filterwarnings("ignore:Call to deprecated")
@pytest.mark.parametrize("many", [0, 10**9])
def test_3cosmul_is_gensims_most_similar_cosmul(
    many: int, analogies_file: Path, regular: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "_MANY_SUMS", many)
    peer = peer_of(regular)
    ours = KeyedVectors(WORDS, regular)
    expected = []
    for line in analogies_file.read_text().splitlines():
        words = line.split()
        if len(words) == 4 and all(word in ours for word in words):
            a, b, c, d = words
            # Without letter case, rows that are the same word in other letters are no answers.
            near = peer.most_similar_cosmul(positive=[b, c], negative=[a], topn=1)[0][0]
            expected.append((near == d, tuple(words)))
    report = analogies(
        ours, analogies_file, method="3cosmul", case_insensitive=False, resamples=200
    )
    assert report.method == "3cosmul"
    right = {question for section in report.sections for question in section.correct}
    assert right == {question for is_right, question in expected if is_right}
    assert 0.02 < report.accuracy < 0.9
    assert report.interval is not None
    assert report.interval.low < report.accuracy < report.interval.high
    score, _sections = ours.evaluate_word_analogies(
        analogies_file, case_insensitive=False, similarity_function="most_similar_cosmul"
    )
    assert score == report.accuracy


def test_intervals_hold_the_figure(pairs_file: Path, ours: KeyedVectors) -> None:
    score = word_pairs(ours, pairs_file, resamples=300)
    assert score.spearman_interval is not None and score.pearson_interval is not None
    assert score.spearman_interval.low < score.spearman < score.spearman_interval.high
    # By Fisher's z the interval of n pairs is about 2 · 1.96 / √(n − 3) wide where r is near 0.
    width = score.pearson_interval.high - score.pearson_interval.low
    assert width == pytest.approx(3.92 / np.sqrt(score.used - 3), rel=0.25)
    assert word_pairs(ours, pairs_file).spearman_interval is None
    assert score.coverage == pytest.approx(150 / 151)


def test_unknown_words_can_count_as_unlike(
    pairs_file: Path, ours: KeyedVectors, theirs: gensim.models.KeyedVectors
) -> None:
    found = ours.evaluate_word_pairs(pairs_file, dummy4unknown=True)
    expected = theirs.evaluate_word_pairs(str(pairs_file), dummy4unknown=True)
    np.testing.assert_allclose(found[0], tuple(expected[0]), rtol=1e-5)
    assert found[2] == pytest.approx(expected[2])


@pytest.mark.parametrize("count", [2, 3, 4, 20, 500])
@pytest.mark.parametrize("levels", [3, 1000])
def test_correlations_are_scipys(count: int, levels: int) -> None:
    rng = np.random.default_rng(count + levels)
    one = rng.integers(0, levels, size=count).astype(float)
    other = one * 0.3 + rng.normal(size=count)
    one[:2] = [0, 1]  # never constant
    for ours, theirs in ((pearson, stats.pearsonr), (spearman, stats.spearmanr)):
        if count == 2 and theirs is stats.spearmanr:
            continue  # scipy answers nan
        found, expected = ours(one, other), theirs(one, other)
        assert found.value == pytest.approx(expected[0], abs=1e-12)
        assert found.p == pytest.approx(expected[1], rel=1e-8, abs=1e-300)
    np.testing.assert_array_equal(average_ranks(one), stats.rankdata(one))


def test_correlation_of_a_constant_is_nan() -> None:
    assert np.isnan(pearson(np.ones(5), np.arange(5.0)).value)
    assert np.isnan(spearman(np.ones(1), np.ones(1)).p)
    assert pearson(np.arange(5.0), np.arange(5.0)).p == 0
