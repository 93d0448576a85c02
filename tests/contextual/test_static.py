"""From contextual to static: vectors of words and senses that every other command opens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lexiscope
from lexiscope.contextual import Encoder
from lexiscope.contextual.uses.senses import senses_of
from lexiscope.errors import ConfigError, CorpusError
from tests.support.tiny_models import byte_level, fast, save

RIVER = [
    "They sat on the grassy bank of the river and fished.",
    "The river burst its bank after the heavy rain.",
    "Willows grow on the muddy bank of the stream.",
    "We walked along the bank of the river at dusk.",
    "The canoe drifted to the bank of the lake.",
]
MONEY = [
    "She took a loan from the bank to buy a house.",
    "The bank raised its interest rates on deposits.",
    "He works as a clerk in a bank in the city.",
    "My bank charged me a fee for the account.",
    "The central bank printed more money.",
    "Thieves robbed the bank and stole the cash.",
]


def test_the_mean_of_a_words_occurrences(encoder: Encoder) -> None:
    vectors = encoder.static(RIVER, ["bank", "river", "zebra"])
    expected = np.mean([encoder.word(text, "bank") for text in RIVER], axis=0)
    np.testing.assert_allclose(vectors["bank"], expected, atol=1e-5)
    assert vectors.index_to_key == ["bank", "river"] and vectors.counts is not None
    assert vectors.counts.tolist() == [5, 3]
    assert vectors.warnings == ["not in the corpus, so left out: zebra"]


@pytest.mark.slow
@pytest.mark.parametrize("reduce", ["median", "medoid"])
def test_median_and_medoid(encoder: Encoder, reduce: Any) -> None:
    rows = np.array([encoder.word(text, "bank") for text in MONEY])
    found = encoder.static(MONEY, ["bank"], reduce=reduce)["bank"]
    if reduce == "median":
        np.testing.assert_allclose(found, np.median(rows, axis=0), atol=1e-5)
    else:
        unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        best = int((unit @ unit.T).sum(axis=0).argmax())
        np.testing.assert_allclose(found, rows[best], atol=1e-5)


def test_senses_tell_the_river_from_the_money(encoder: Encoder) -> None:
    vectors = encoder.static(RIVER + MONEY, ["bank", "the"], reduce="senses")
    assert vectors.index_to_key[:2] == ["bank#1", "bank#2"] and "bank#3" not in vectors
    assert vectors.counts is not None and vectors.counts[:2].tolist() == [6, 5]
    for text in RIVER:
        found = encoder.word(text, "bank")
        assert vectors.similar_by_vector(found, topn=1)[0][0] == "bank#2"


def test_a_word_of_one_sense_keeps_its_name(encoder: Encoder) -> None:
    assert encoder.static(RIVER, ["river"], reduce="senses").index_to_key == ["river"]


def test_senses_of_clear_clusters_and_of_noise() -> None:
    random = np.random.default_rng(3)
    centres = random.standard_normal((3, 16))
    labels = np.repeat([0, 1, 2], [12, 20, 8])
    points = centres[labels] + 0.2 * random.standard_normal((40, 16))
    found = senses_of(points.astype(np.float32), 5)
    assert found.tolist() == np.array([1, 0, 2])[labels].tolist()
    noise = 4 + random.standard_normal((40, 16))
    assert not senses_of(noise.astype(np.float32), 5).any()
    assert senses_of(np.ones((1, 4), np.float32), 3).tolist() == [0]
    assert not senses_of(np.zeros((6, 4), np.float32), 3).any()


def test_full_words_are_not_encoded_again(encoder: Encoder) -> None:
    reports: list[int] = []
    corpus = iter(RIVER * 1000)
    vectors = encoder.static(
        corpus, ["bank"], max_occurrences=3, progress=lambda p: reports.append(p.done)
    )
    assert vectors.counts is not None and vectors.counts.tolist() == [3]
    assert len(reports) == 1 and sum(1 for _ in corpus) > 3000


@pytest.mark.parametrize(
    ("words", "options", "error", "message"),
    [
        ([], {}, ConfigError, "words is empty"),
        ("bank", {}, ConfigError, "words is the string"),
        (["bank"], {"reduce": "mode"}, ConfigError, "expected one of mean"),
        (
            ["bank"],
            {"max_occurrences": 0},
            ConfigError,
            "max_occurrences is 0; expected a whole",
        ),
        (["zebra"], {}, CorpusError, "none of the 1 words"),
    ],
)
def test_wrong_calls(
    encoder: Encoder, words: Any, options: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        encoder.static(RIVER, words, **options)


def test_a_vocabulary_alone_gives_words_that_find_their_like(encoder: Encoder) -> None:
    words = ["the", "dog", "cat", "puppy", "car", "truck", "New York", "London", "unbelievable"]
    vectors = encoder.distill(words, dimension=6)
    assert vectors.vectors.shape == (9, 6) and vectors.index_to_key == words
    assert vectors.most_similar("car", topn=1)[0][0] == "truck"
    assert vectors.most_similar("dog", topn=2)[0][0] in ("puppy", "cat")
    assert 0.5 < vectors.metadata["variance_kept"] <= 1


def test_frequent_words_are_short_by_counts_or_by_rank(encoder: Encoder) -> None:
    words, counts = ["the", "dog", "puppy"], [9000, 900, 100]
    plain = encoder.distill(words, dimension=None, sif=None)
    weighted = encoder.distill(words, counts=counts, dimension=None, sif=1e-2)
    expected = 1e-2 / (1e-2 + np.array([0.9, 0.09, 0.01]))
    np.testing.assert_allclose(weighted.vectors, plain.vectors * expected[:, None], rtol=1e-4)
    np.testing.assert_allclose(plain["dog"], encoder.word(["dog"], "dog"), atol=1e-5)
    ranked = encoder.distill(words, dimension=None, sif=1e-2)
    share = np.array([1, 1 / 2, 1 / 3]) / (1 + 1 / 2 + 1 / 3)
    np.testing.assert_allclose(
        ranked.vectors, plain.vectors * (1e-2 / (1e-2 + share))[:, None], rtol=1e-4
    )


def test_a_word_without_a_token_is_left_out_of_the_distillation(encoder: Encoder) -> None:
    vectors = encoder.distill(["dog", "\u00ad", "cat"], dimension=None)
    assert vectors.index_to_key == ["dog", "cat"] and "left out" in vectors.warnings[0]
    with pytest.raises(ConfigError, match="2 counts for 1"):
        encoder.distill(["dog"], counts=[1, 2])
    with pytest.raises(ConfigError, match="no token for any"):
        encoder.distill(["\u00ad"])


def test_fewer_dimensions_than_were_asked_for_are_told(encoder: Encoder) -> None:
    vectors = encoder.distill(["dog", "cat", "puppy"])
    assert vectors.vectors.shape == (3, 3)
    assert vectors.warnings == ["3 dimensions, not 256: there are 3 words, and no more components"]
    assert encoder.distill(["dog", "cat"], dimension=2).warnings == []


def test_a_decoders_words_stand_behind_the_token_of_a_texts_beginning(tmp_path: Path) -> None:
    plain = Encoder(save("gpt2", tmp_path / "plain"))
    words = ["words", "and", "river"]
    alone = plain.distill(words, dimension=None, sif=None)
    assert "stood first" in alone.warnings[0] and "behind" not in alone.metadata
    begun = fast(byte_level(trim=False, special=False), bos_token="<s>")
    behind = Encoder(plain.model.module, tokenizer=begun)
    vectors = behind.distill(words, dimension=None, sif=None)
    assert vectors.warnings == [] and vectors.metadata["behind"] == "<s>"
    for word in words:
        wanted = behind.word(f"<s> {word}", word)
        np.testing.assert_allclose(vectors[word], wanted, atol=1e-5)


def test_both_open_like_any_other_vectors(encoder: Encoder, tmp_path: Path) -> None:
    for name, vectors in (
        ("static", encoder.static(RIVER + MONEY, ["bank", "river"], reduce="senses")),
        ("distilled", encoder.distill(["dog", "cat", "New York"], dimension=2)),
    ):
        vectors.save(tmp_path / name)
        again = lexiscope.load(tmp_path / name)
        assert again.index_to_key == vectors.index_to_key
        np.testing.assert_array_equal(again.vectors, vectors.vectors)
