"""Which words a vocabulary has, and in what order."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from gensim.models import Word2Vec

from lexiscope.corpus import Vocabulary, VocabularyOptions, encode_corpus
from lexiscope.errors import ConfigError, CorpusError

# c 4, a 3, b 3, d 2, e 1; b is seen before a
SENTENCE = list("cbadbacbaccde")


def vocabulary_of(**options: Any) -> Vocabulary:
    with encode_corpus(sentences=[SENTENCE], vocabulary=VocabularyOptions(**options)) as corpus:
        return corpus.vocabulary


def test_by_frequency_ties_as_first_seen() -> None:
    vocabulary = vocabulary_of(min_count=1)
    assert vocabulary.tokens == ["c", "b", "a", "d", "e"]
    assert vocabulary.counts.tolist() == [4, 3, 3, 2, 1]
    assert vocabulary.counts.dtype == np.int64


def test_alphabetical_by_code_point() -> None:
    words = ["é", "z", "Z", "a", "日"]
    options = VocabularyOptions(min_count=1, order="alphabetical")
    with encode_corpus(sentences=[words], vocabulary=options) as corpus:
        assert corpus.vocabulary.tokens == ["Z", "a", "z", "é", "日"]


@pytest.mark.parametrize(
    ("min_count", "kept"), [(0, "cbade"), (1, "cbade"), (2, "cbad"), (3, "cba"), (4, "c")]
)
def test_min_count(min_count: int, kept: str) -> None:
    assert vocabulary_of(min_count=min_count).tokens == list(kept)


@pytest.mark.parametrize("most", range(1, 7))
@pytest.mark.parametrize("min_count", [1, 2])
def test_max_final_vocab_is_gensims(most: int, min_count: int) -> None:
    peer = Word2Vec(min_count=min_count, max_final_vocab=most)
    peer.build_vocab([SENTENCE])
    vocabulary = vocabulary_of(min_count=min_count, max_final_vocab=most)
    assert dict(zip(vocabulary.tokens, vocabulary.counts, strict=True)) == {
        word: peer.wv.get_vecattr(word, "count") for word in peer.wv.index_to_key
    }
    assert len(vocabulary) <= most


def test_max_final_vocab_raises_the_effective_min_count() -> None:
    options = VocabularyOptions(min_count=1, max_final_vocab=2)
    with encode_corpus(sentences=[SENTENCE], vocabulary=options) as corpus:
        assert corpus.vocabulary.tokens == ["c"]  # a and b are equally common: both stay or both go
        assert corpus.report.effective_min_count == 4


def test_specials_and_kept_words() -> None:
    vocabulary = vocabulary_of(
        min_count=3, specials=("<pad>", "d", "<mask>"), keep=("e", "unseen", "c", "d")
    )
    assert vocabulary.tokens == ["<pad>", "d", "<mask>", "c", "b", "a", "e", "unseen"]
    assert vocabulary.counts.tolist() == [0, 2, 0, 4, 3, 3, 1, 0]
    alphabetical = vocabulary_of(
        min_count=3, specials=("<pad>",), keep=("e", "0"), order="alphabetical"
    )
    assert alphabetical.tokens == ["<pad>", "0", "a", "b", "c", "e"]


def test_specials_and_kept_words_count_towards_max_final_vocab() -> None:
    vocabulary = vocabulary_of(min_count=1, max_final_vocab=3, specials=("<pad>",), keep=("e",))
    assert vocabulary.tokens == ["<pad>", "c", "e"]
    with pytest.raises(ConfigError, match="more than max_final_vocab"):
        VocabularyOptions(max_final_vocab=1, specials=("<pad>",), keep=("e",))


def test_a_kept_stopword_stays() -> None:
    from lexiscope.corpus import TokenizerSpec

    with encode_corpus(
        sentences=[SENTENCE],
        tokenizer=TokenizerSpec(stopwords=frozenset("cd")),
        vocabulary=VocabularyOptions(min_count=1, keep=("c",)),
    ) as corpus:
        assert set(corpus.vocabulary.tokens) == set("abce")
        assert corpus.report.stopwords_removed == 2
        assert corpus.report.tokens == 13 == corpus.report.tokens_in_vocabulary + 2


def test_no_word_above_min_count_says_the_top_counts_and_what_to_set() -> None:
    with pytest.raises(CorpusError) as caught:
        vocabulary_of(min_count=5)
    message = str(caught.value)
    assert "no word occurs at least 5 times" in message
    assert "'c' 4×, 'b' 3×, 'a' 3×" in message
    assert "set min_count to 4 or less" in message


def test_max_final_vocab_that_leaves_nothing() -> None:
    with pytest.raises(CorpusError, match="max_final_vocab 2 leaves no word"):
        encode_corpus(
            sentences=[["a", "b", "c"]],
            vocabulary=VocabularyOptions(min_count=1, max_final_vocab=2),
        )


def test_specials_alone_are_no_vocabulary() -> None:
    with pytest.raises(CorpusError, match="no word occurs at least 9"):
        vocabulary_of(min_count=9, specials=("<pad>",))


def test_dropped_words_are_accounted_for() -> None:
    with encode_corpus(
        sentences=[SENTENCE, ["e2"], ["c"]], vocabulary=VocabularyOptions(min_count=3)
    ) as corpus:
        counts = Counter(SENTENCE)
        report = corpus.report
        assert report.tokens == len(SENTENCE) + 2
        assert report.tokens_in_vocabulary == counts["a"] + counts["b"] + counts["c"] + 1
        assert report.dropped_tokens == 4
        assert (report.distinct, report.dropped_distinct) == (6, 3)
        assert (report.sentences, report.empty_sentences) == (2, 1)
        assert report.coverage == pytest.approx(11 / 15)
        assert report.top[0] == ("c", 5)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"min_count": -1}, "min_count is -1"),
        ({"min_count": 2.5}, "min_count is 2.5"),
        ({"min_count": True}, "min_count is True"),
        ({"max_final_vocab": 0}, "max_final_vocab is 0"),
        ({"order": "random"}, "order is 'random'"),
        ({"keep": "word"}, "keep is the string 'word'"),
        ({"specials": ("a", "")}, "specials holds something that is no word"),
        ({"specials": ("a", "b", "a")}, "specials names 'a' twice"),
    ],
)
def test_bad_options(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        VocabularyOptions(**options)


def test_vocabulary_looks_words_up() -> None:
    vocabulary = Vocabulary(["king", "queen"], [2, 1])
    assert len(vocabulary) == 2
    assert "queen" in vocabulary
    assert "jack" not in vocabulary
    assert vocabulary["queen"] == vocabulary.index["queen"] == 1
    with pytest.raises(KeyError):
        vocabulary["jack"]
    with pytest.raises(ValueError, match="read-only"):
        vocabulary.counts[0] = 3


def test_vocabulary_refuses_duplicates_and_wrong_lengths() -> None:
    with pytest.raises(ConfigError, match="names 'a' twice"):
        Vocabulary(["a", "b", "a"], [1, 1, 1])
    with pytest.raises(ConfigError, match="2 words but 1 counts"):
        Vocabulary(["a", "b"], [1])
