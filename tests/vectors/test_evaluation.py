"""Word pairs and analogies score as gensim scores them."""

from __future__ import annotations

from pathlib import Path

import gensim
import numpy as np
import pytest
from scipy import stats

from lexiscope.errors import ConfigError, FormatError
from lexiscope.vectors import KeyedVectors, analogies, evaluation, word_pairs
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
def test_analogies_are_gensims(
    case_insensitive: bool,
    restrict: int,
    unknown_is_wrong: bool,
    analogies_file: Path,
    regular: np.ndarray,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(evaluation, "_ROWS", 64)
    monkeypatch.setattr(evaluation, "_QUESTIONS", 100)
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
    unit_rows = evaluation._unit_rows

    def counted(vectors: KeyedVectors, rows: np.ndarray) -> np.ndarray:
        touched.append(len(rows))
        return unit_rows(vectors, rows)

    monkeypatch.setattr(evaluation, "_unit_rows", counted)
    _score, sections = ours.evaluate_word_analogies(path)
    assert len(sections[-1]["incorrect"]) == 1000
    passes = (sum(touched) - 3 * len(questions)) / len(words)
    assert passes <= 10, "gensim goes through it 1,000 times"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a\tb\n", "line 1: is 'a\\\\tb', expected two words and a number"),
        ("a\tb\t1\na\tb\tx\n", "line 2"),
    ],
)
def test_broken_pairs_name_the_line(
    content: str, said: str, ours: KeyedVectors, tmp_path: Path
) -> None:
    path = tmp_path / "p.tsv"
    path.write_text(content)
    with pytest.raises(FormatError, match=said):
        word_pairs(ours, path)


def test_broken_analogies_name_the_line(ours: KeyedVectors, tmp_path: Path) -> None:
    path = tmp_path / "q.txt"
    with pytest.raises(FileNotFoundError):
        analogies(ours, path)
    with pytest.raises(FormatError, match="is a folder"):
        analogies(ours, tmp_path)
    path.write_text(": section\na b c\n")
    with pytest.raises(FormatError, match="line 2: is 'a b c', expected four words"):
        analogies(ours, path)
    path.write_text(": section\n")
    with pytest.raises(FormatError, match="no line of four words"):
        analogies(ours, path)
    path.write_bytes(b"a1 b1 c1 d\xff\n")
    with pytest.raises(FormatError, match="byte 10: is not UTF-8"):
        analogies(ours, path)


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
