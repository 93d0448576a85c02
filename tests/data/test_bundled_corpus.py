"""The bundled corpus keeps its promises: counted here in plain Python, apart from the product."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from lexiscope import data

SENTENCES = 545
VOCABULARY = 96
PAIRS = 1752
MIN_COUNT = 3


def read_sentences() -> list[list[str]]:
    """The corpus' sentences as lists of words, comments and blank lines skipped."""
    lines = data.corpus_path().read_text(encoding="ascii").splitlines()
    return [line.split() for line in lines if line.strip() and not line.startswith("#")]


def without_stopwords(sentences: list[list[str]]) -> list[list[str]]:
    """Each sentence's words that are not stop words."""
    stop = data.stopwords()
    return [[word for word in sentence if word not in stop] for sentence in sentences]


def vocabulary_of(sentences: list[list[str]]) -> set[str]:
    """The words that occur at least MIN_COUNT times."""
    counts = Counter(word for sentence in sentences for word in sentence)
    return {word for word, count in counts.items() if count >= MIN_COUNT}


def count_pairs(sentences: list[list[str]], window: int) -> int:
    """How many (center, context) pairs a full symmetric window gives."""
    total = 0
    for sentence in sentences:
        for center in range(len(sentence)):
            for context in range(len(sentence)):
                total += 0 < abs(center - context) <= window
    return total


def read_analogies() -> list[list[str]]:
    """The questions, section lines left out."""
    lines = data.analogies_path().read_text(encoding="ascii").splitlines()
    return [line.split() for line in lines if not line.startswith(":")]


def test_number_of_sentences() -> None:
    assert len(read_sentences()) == SENTENCES


def test_sentences_are_lower_case_ascii_words() -> None:
    for sentence in read_sentences():
        assert all(word.isascii() and word.isalpha() and word.islower() for word in sentence)


def test_no_sentence_twice() -> None:
    counts = Counter(" ".join(sentence) for sentence in read_sentences())
    assert [sentence for sentence, count in counts.items() if count > 1] == []


def test_lines_hold_one_sentence_with_single_spaces() -> None:
    lines = data.corpus_path().read_text(encoding="ascii").splitlines()
    for line in lines:
        assert line == " ".join(line.split())


def test_vocabulary_size() -> None:
    assert len(vocabulary_of(without_stopwords(read_sentences()))) == VOCABULARY


@pytest.mark.parametrize("window", [2, 3])
@pytest.mark.parametrize("drop_short_first", [False, True])
def test_number_of_pairs(window: int, drop_short_first: bool) -> None:
    """The same whether one-word sentences go before the counting, as the reference does, or not."""
    content = without_stopwords(read_sentences())
    if drop_short_first:
        content = [sentence for sentence in content if len(sentence) >= 2]
    vocabulary = vocabulary_of(content)
    kept = [[word for word in sentence if word in vocabulary] for sentence in content]
    assert len(vocabulary) == VOCABULARY
    assert count_pairs(kept, window) == PAIRS


def test_no_sentence_keeps_more_than_three_words() -> None:
    content = without_stopwords(read_sentences())
    vocabulary = vocabulary_of(content)
    assert max(sum(word in vocabulary for word in sentence) for sentence in content) == 3


def test_some_words_are_too_rare() -> None:
    """The page shows what min_count removes, so there must be something to show."""
    content = without_stopwords(read_sentences())
    counts = Counter(word for sentence in content for word in sentence)
    assert sum(count < MIN_COUNT for count in counts.values()) >= 5


def test_groups_cover_the_vocabulary_exactly_once() -> None:
    groups = data.groups()
    words = [word for group in groups.values() for word in group]
    assert 8 <= len(groups) <= 12
    assert len(words) == len(set(words))
    assert set(words) == vocabulary_of(without_stopwords(read_sentences()))


def test_analogies() -> None:
    questions = read_analogies()
    vocabulary = vocabulary_of(without_stopwords(read_sentences()))
    assert len(questions) == 5
    assert questions[0] == ["man", "king", "woman", "queen"]
    for question in questions:
        assert len(question) == len(set(question)) == 4
        assert set(question) <= vocabulary


def test_analogies_start_with_a_section() -> None:
    assert data.analogies_path().read_text(encoding="ascii").startswith(": ")


def test_stopwords_and_vocabulary_are_apart() -> None:
    stop = data.stopwords()
    assert {"the", "his", "her", "near"} <= stop
    assert not stop & {word for group in data.groups().values() for word in group}


def test_paragraph_length() -> None:
    words = data.paragraph_path().read_text(encoding="ascii").split()
    assert 180 <= len(words) <= 230


def test_paragraph_has_a_free_and_a_fixed_next_word() -> None:
    """After "cats" come several words, most often "often"; after "companions" only "to"."""
    words = data.paragraph_path().read_text(encoding="ascii").lower().split()
    after_cats = Counter(b for a, b in pairwise(words) if a == "cats")
    after_companions = {b for a, b in pairwise(words) if a == "companions"}
    assert len(after_cats) >= 4
    assert after_cats.most_common(1)[0] == ("often", 2)
    assert after_companions == {"to"}
