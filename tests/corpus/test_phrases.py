"""Phrases joined as a text is encoded: what gensim's passes make of it, and what is told of it."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gensim.models.phrases import Phrases as Peer

from lexiscope.corpus import EncodedCorpus, TokenizerSpec, VocabularyOptions, encode_corpus
from lexiscope.corpus.phrases import joining, kernels
from lexiscope.corpus.phrases.counting import PairCounter
from lexiscope.corpus.phrases.options import PhraseOptions
from lexiscope.errors import ConfigError

EVERYTHING = VocabularyOptions(min_count=1)
CONNECTORS = ("of", "the")


def sentences() -> list[list[str]]:
    """Words that like to stand together, some of them written like phrases."""
    rng = random.Random(7)
    groups = [["new", "york", "city"], ["bank", "of", "the", "west"], ["a_b"], ["a", "b"]]
    words = ["the", "of", "is", "was", "new", "city", "_", "x_", "é"]
    text = []
    for _ in range(400):
        sentence: list[str] = []
        for _ in range(rng.randint(0, 5)):
            sentence += rng.choice(groups) if rng.random() < 0.4 else [rng.choice(words)]
        text.append(sentence)
    return text


def spelled(corpus: EncodedCorpus) -> list[list[str]]:
    """The sentences of an encoded text."""
    ends = np.flatnonzero(corpus.ids < 0)
    parts = np.split(corpus.ids, ends + 1)[:-1]
    return [[corpus.vocabulary.tokens[number] for number in part[:-1]] for part in parts]


def joined_by_gensim(text: list[list[str]], options: PhraseOptions) -> list[list[str]]:
    for _ in range(options.passes):
        peer = Peer(
            text,
            min_count=options.min_count,
            threshold=options.threshold,
            scoring=options.scoring,
            connector_words=frozenset(options.connectors),
            delimiter=options.delimiter,
        )
        text = list(peer[text])
    return [sentence for sentence in text if sentence]


@pytest.mark.parametrize(
    "options",
    [
        PhraseOptions(threshold=1.0),
        PhraseOptions(passes=2, threshold=1.0, connectors=CONNECTORS),
        PhraseOptions(passes=3, scoring="npmi", threshold=0.2, connectors=CONNECTORS, min_count=2),
        PhraseOptions(passes=2, threshold=0.5, delimiter="--"),
    ],
    ids=["one", "connectors", "npmi", "delimiter"],
)
def test_passes_are_gensims(tmp_path: Path, options: PhraseOptions) -> None:
    text = sentences()
    path = tmp_path / "text.txt"
    path.write_text("\n".join(map(" ".join, text)))
    expected = joined_by_gensim(text, options)
    with encode_corpus(sentences=expected, vocabulary=EVERYTHING) as corpus:
        fingerprint = corpus.fingerprint
    for given in ({"files": path, "workers": 2}, {"sentences": text}, {"sentences": iter(text)}):
        with encode_corpus(vocabulary=EVERYTHING, phrases=options, **given) as corpus:  # type: ignore[arg-type]
            assert spelled(corpus) == expected
            assert corpus.fingerprint == fingerprint
            report = corpus.report
    assert len(report.phrases) == options.passes and report.phrases[0] > 0
    assert report.words_joined == sum(map(len, text)) - sum(map(len, expected))
    assert report.tokens == sum(map(len, expected))
    assert any(line.startswith("phrases: ") for line in report.lines())
    assert report.to_json()["phrases"] == list(report.phrases)


def test_a_text_in_many_stretches_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    options = PhraseOptions(passes=2, threshold=1.0, connectors=CONNECTORS)
    text = sentences()
    with encode_corpus(sentences=text, vocabulary=EVERYTHING, phrases=options) as corpus:
        fingerprint = corpus.fingerprint
    monkeypatch.setattr(joining, "_SLICE", 5)
    monkeypatch.setattr(joining, "_SEARCHED", 2)
    with encode_corpus(sentences=text, vocabulary=EVERYTHING, phrases=options) as corpus:
        assert corpus.fingerprint == fingerprint


def test_stop_words_leave_the_text_before_phrases_are_looked_for() -> None:
    text = [["new", "THE", "york"]] * 20
    spec = TokenizerSpec(stopwords=frozenset({"the"}), lowercase=True)
    options = PhraseOptions(threshold=0.01)
    with encode_corpus(sentences=text, tokenizer=spec, phrases=options) as corpus:
        assert corpus.vocabulary.tokens == ["new_york"]
        report = corpus.report
        assert (report.stopwords_removed, report.tokens) == (20, 40)
        assert report.tokens == report.tokens_in_vocabulary + report.stopwords_removed


def test_words_that_are_given_say_which_phrases_there_are() -> None:
    options = PhraseOptions(threshold=0.01, passes=2)
    text = [["new", "york", "city"]] * 10
    with encode_corpus(sentences=text, vocabulary=EVERYTHING, phrases=options) as corpus:
        words = corpus.vocabulary
    assert words.tokens == ["new_york_city"]
    other = [["new", "york", "city"], ["york", "city"]]
    with encode_corpus(sentences=other, vocabulary=words, phrases=options) as corpus:
        # "new_york" and "york_city" are no words: one is on the way, the other is undone.
        assert spelled(corpus) == [["new_york_city"]]
        assert corpus.report.tokens == 3
    with encode_corpus(sentences=text, vocabulary=VocabularyOptions(
        min_count=1, specials=("new_york", "new_york_city", "york", "city"),
    )) as corpus:  # fmt: skip
        words = corpus.vocabulary
    with encode_corpus(sentences=other, vocabulary=words, phrases=options) as corpus:
        assert spelled(corpus) == [["new_york_city"], ["york", "city"]]


def test_without_phrases_a_report_says_nothing_of_them() -> None:
    with encode_corpus(sentences=[["a", "b"]], vocabulary=EVERYTHING) as corpus:
        told = corpus.report.to_json()
    assert "phrases" not in told and "words_joined" not in told


@pytest.mark.parametrize(
    "wrong",
    [
        {"passes": 0},
        {"passes": 11},
        {"min_count": 0},
        {"threshold": 0},
        {"threshold": 1.5, "scoring": "npmi"},
        {"scoring": "best"},
        {"delimiter": ""},
        {"connectors": "of"},
    ],
)
def test_options_out_of_range(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        PhraseOptions(**wrong)


def test_options_as_plain_data() -> None:
    options = PhraseOptions(passes=2, connectors=("the", "of"))
    assert PhraseOptions.from_json(options.to_json()) == options
    with pytest.raises(TypeError):
        PhraseOptions.from_json({"passess": 1})


def counts_by_python(
    text: list[list[str]], connectors: frozenset[str]
) -> tuple[dict[tuple[str, ...], int], dict[str, int]]:
    """The readable twin of `count_pairs`."""
    pairs: dict[tuple[str, ...], int] = {}
    words: dict[str, int] = {}
    for sentence in text:
        start: list[str] = []
        for word in sentence:
            if word in connectors:
                if start:
                    start.append(word)
                continue
            words[word] = words.get(word, 0) + 1
            if start:
                pair = (*start, word)
                pairs[pair] = pairs.get(pair, 0) + 1
            start = [word]
    return pairs, words


def test_the_kernel_counts_as_its_twin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lexiscope.corpus.phrases.counting._FIRST_CAPACITY", 2048)
    text = [
        [*map(str, sentence)] for sentence in np.random.default_rng(3).integers(0, 90, (900, 9))
    ]
    connectors = frozenset({"1", "2", "3"})
    numbers = {word: n for n, word in enumerate(dict.fromkeys(w for s in text for w in s))}
    ids = np.array([n for s in text for n in [*(numbers[w] for w in s), -1]], np.int32)
    words = list(numbers)
    counter = PairCounter(connectors=connectors)
    for begin in range(0, ids.size, 1000):
        counter.add(ids[begin : begin + 1000], words)
    counted = counter.finish(words)
    pairs, singles = counts_by_python(text, connectors)
    assert counted.keys.size == len(pairs) > 2048
    spelled_pairs = counted.spell(np.arange(counted.keys.size))
    assert spelled_pairs == ["_".join(pair) for pair in pairs]
    assert counted.key_counts.tolist() == list(pairs.values())
    present = np.flatnonzero(counted.counts)
    assert {words[n]: int(counted.counts[n]) for n in present} == singles
    assert counted.tokens == 8100 and counted.alike == []
    assert len(pairs) > kernels.BATCH
