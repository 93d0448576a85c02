"""The compiled scanner against a few lines of Python that do the same."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import regex
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lexiscope.corpus import EncodedCorpus, TokenizerSpec, VocabularyOptions, encode_corpus
from lexiscope.corpus.passes.scan import compile_kernels
from lexiscope.errors import CorpusError

EVERYTHING = VocabularyOptions(min_count=1)
UNHURRIED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
_CORE = r"[\p{L}\p{Nd}][\p{L}\p{M}\p{Nd}]*"
WORDS = regex.compile(rf"{_CORE}(?:['’\u200c\u200d]{_CORE})*")


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    compile_kernels()  # not on a single example's account


def sentences_of(corpus: EncodedCorpus) -> list[list[str]]:
    """An encoded corpus as words again."""
    sentences: list[list[str]] = [[]]
    for number in corpus.ids.tolist():
        if number < 0:
            sentences.append([])
        else:
            sentences[-1].append(corpus.vocabulary.tokens[number])
    assert sentences.pop() == [], "the last sentence is not ended"
    return sentences


def reference(text: str, spec: TokenizerSpec) -> list[list[str]]:
    """What the scanner must find: the sentences with their words, in order."""
    sentences = []
    for line in text.split("\n"):
        if spec.comments and line.lstrip(" \t\r\v\f").startswith("#"):
            continue
        if spec.lowercase:
            line = line.lower()
        # bytes.split() knows exactly the ASCII whitespace
        words = [chunk.decode() for chunk in line.encode().split()]
        if spec.kind == "words":
            words = [word for chunk in words for word in WORDS.findall(chunk)]
        sentences.append([word for word in words if word not in spec.stopwords])
    return [sentence for sentence in sentences if sentence]


def pieces(sentences: list[list[str]], longest: int) -> list[list[str]]:
    return [
        sentence[at : at + longest]
        for sentence in sentences
        for at in range(0, len(sentence), longest)
    ]


ALPHABET = st.sampled_from(
    [*"aaabc  \n\n\t\r\v\f#'’-_*.", *"éΣİ日𝔘", "\u0301", "\u200d", "\xa0", "\x1c"]
)
LONG_CHUNKS = st.builds(
    lambda unit, n: unit * n, st.sampled_from(["ab", "é", "x-"]), st.integers(1, 90)
)
TEXTS = st.lists(st.one_of(st.text(ALPHABET, max_size=12), LONG_CHUNKS), max_size=60).map("".join)


@pytest.mark.slow
@settings(
    max_examples=150,
    suppress_health_check=UNHURRIED,
)
@given(
    text=TEXTS,
    kind=st.sampled_from(["whitespace", "words"]),
    lowercase=st.booleans(),
    comments=st.booleans(),
    stopwords=st.frozensets(st.sampled_from(["a", "b", "aa"])),
    workers=st.integers(1, 3),
    block_bytes=st.integers(1, 300),
    longest=st.integers(1, 9),
)
def test_scanner_agrees_with_split_and_counter(
    tmp_path: Path,
    text: str,
    kind: str,
    lowercase: bool,
    comments: bool,
    stopwords: frozenset[str],
    workers: int,
    block_bytes: int,
    longest: int,
) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(text.encode())
    spec = TokenizerSpec(kind=kind, lowercase=lowercase, comments=comments, stopwords=stopwords)
    expected = reference(text, spec)
    if not expected:
        with pytest.raises(CorpusError):
            encode_corpus(files=path, tokenizer=spec, vocabulary=EVERYTHING)
        return
    with encode_corpus(
        files=path,
        tokenizer=spec,
        vocabulary=EVERYTHING,
        workers=workers,
        block_bytes=block_bytes,
        max_sentence_tokens=longest,
    ) as corpus:
        assert sentences_of(corpus) == pieces(expected, longest)
        counts = Counter(word for sentence in expected for word in sentence)
        assert (
            dict(zip(corpus.vocabulary.tokens, corpus.vocabulary.counts.tolist(), strict=True))
            == counts
        )
        # Counter keeps the order of appearance, and sorted() keeps it among equals.
        assert corpus.vocabulary.tokens == sorted(counts, key=counts.__getitem__, reverse=True)
        report = corpus.report
        assert report.sentences == len(expected)
        assert report.long_lines == sum(len(sentence) > longest for sentence in expected)
        assert report.long_line_pieces == sum(
            -(-len(sentence) // longest) for sentence in expected if len(sentence) > longest
        )
        assert (
            report.tokens
            == report.tokens_in_vocabulary + report.dropped_tokens + report.stopwords_removed
        )


@pytest.mark.slow
@settings(
    max_examples=60,
    suppress_health_check=UNHURRIED,
)
@given(text=TEXTS, block_bytes=st.integers(1, 200), min_count=st.integers(1, 4))
def test_workers_and_blocks_change_nothing(
    tmp_path: Path, text: str, block_bytes: int, min_count: int
) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(("anchor " * 5 + text).encode())
    options = VocabularyOptions(min_count=min_count)
    with encode_corpus(files=path, vocabulary=options) as whole:
        for workers in (1, 2, 3):
            with encode_corpus(
                files=path, vocabulary=options, workers=workers, block_bytes=block_bytes
            ) as corpus:
                assert corpus.vocabulary.tokens == whole.vocabulary.tokens
                assert np.array_equal(corpus.ids, whole.ids)
                assert corpus.fingerprint == whole.fingerprint


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_many_distinct_words_grow_the_table(tmp_path: Path, workers: int) -> None:
    path = tmp_path / "distinct.txt"
    # Of every length around the 8- and 16-byte borders of a slot, each twice, far apart.
    words = [f"{number:x}".rjust(1 + number % 24, "w") for number in range(150_000)]
    assert len(set(words)) == len(words)
    lines = [" ".join(words[at : at + 10]) for at in range(0, len(words), 10)]
    path.write_text("\n".join(lines + lines[::-1]))
    with encode_corpus(files=path, vocabulary=EVERYTHING, workers=workers) as corpus:
        assert corpus.vocabulary.tokens == words
        assert set(corpus.vocabulary.counts.tolist()) == {2}
        expected = np.arange(len(words)).reshape(-1, 10)
        found = corpus.ids.reshape(-1, 11)[:, :10]
        assert np.array_equal(found, np.concatenate([expected, expected[::-1]]))


def test_chunks_that_differ_in_one_byte_anywhere(tmp_path: Path) -> None:
    words = [
        "a" * at + "b" + "a" * (length - at - 1) for length in range(1, 70) for at in range(length)
    ]
    words += ["a" * length for length in range(1, 70)]
    path = tmp_path / "near.txt"
    path.write_text(" ".join(words + words))
    with encode_corpus(files=path, vocabulary=EVERYTHING) as corpus:
        assert corpus.vocabulary.tokens == words
        assert set(corpus.vocabulary.counts.tolist()) == {2}


def test_a_megabyte_long_word(tmp_path: Path) -> None:
    long, longer = "x" * 1_000_000, "x" * 1_000_000 + "y"
    path = tmp_path / "long.txt"
    path.write_text(f"a {long} b\n{longer} {long}\n")
    with encode_corpus(files=path, vocabulary=EVERYTHING, workers=2, block_bytes=4096) as corpus:
        assert sentences_of(corpus) == [["a", long, "b"], [longer, long]]


def test_a_chunk_of_very_many_words(tmp_path: Path) -> None:
    path = tmp_path / "dashes.txt"
    path.write_text("one-" * 50_000 + "two three\n")
    spec = TokenizerSpec(kind="words")
    with encode_corpus(
        files=path, tokenizer=spec, vocabulary=EVERYTHING, max_sentence_tokens=10_000
    ) as corpus:
        assert sentences_of(corpus) == pieces([["one"] * 50_000 + ["two", "three"]], 10_000)
        assert corpus.report.tokens == corpus.report.tokens_in_vocabulary == 50_002


def test_first_seen_breaks_ties_whichever_thread_saw_it(tmp_path: Path) -> None:
    words = [f"w{number}" for number in np.random.default_rng(1).permutation(5_000)]
    path = tmp_path / "ties.txt"
    path.write_text("\n".join(words))
    for _ in range(3):
        with encode_corpus(files=path, vocabulary=EVERYTHING, workers=3, block_bytes=256) as corpus:
            assert corpus.vocabulary.tokens == words
