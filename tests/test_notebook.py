"""Objects in a notebook's cell."""

from __future__ import annotations

import numpy as np

import lexiscope
from lexiscope import KeyedVectors, Word2Vec
from lexiscope.notebook import facts_html


def test_html_is_escaped_cut_and_short() -> None:
    html = facts_html("<b>", [("a&b", "\x1b[31m" + "x" * 10_000)])
    assert "<b>" not in html and "&lt;b&gt;" in html and "a&amp;b" in html
    assert "\x1b" not in html and len(html) < 1000


def test_vectors_say_what_they_are() -> None:
    vectors = KeyedVectors([f"w{row}<" for row in range(50)], np.ones((50, 3), np.float32))
    html = vectors._repr_html_()
    assert "w0&lt;, w1&lt;" in html and "w8" not in html and "(50)" in html
    assert "3, float32" in html and "600" in html and "<th" in html
    assert "none" in KeyedVectors(3)._repr_html_()


def test_a_model_says_how_it_was_trained() -> None:
    assert "cbow, negative" in Word2Vec(vector_size=7)._repr_html_()
    model = Word2Vec([["sea", "fish"]] * 30, min_count=1, vector_size=7, hs=1, negative=0, epochs=2)
    html = model._repr_html_()
    assert "cbow, hierarchical" in html and "sea, fish" in html
    assert all(f"{loss:.4f}" in html for loss in model.epoch_losses)
    assert len(model.epoch_losses) == 2


def test_every_public_object_has_a_short_text() -> None:
    words = [f"w{row}" for row in range(5000)]
    vectors = KeyedVectors(words, np.random.default_rng(1).normal(size=(5000, 8)).astype("f4"))
    model = Word2Vec([words] * 2, min_count=1, vector_size=8, epochs=1)
    phrases = lexiscope.Phrases([["new", "york"]] * 9, min_count=1, threshold=0.1)
    for one in (
        vectors, model, model.wv, model.config, phrases, phrases.freeze(),
        lexiscope.FastText([["sea", "fish"]] * 9, min_count=1, vector_size=8, bucket=100).wv,
        lexiscope.compare(vectors, vectors),
    ):  # fmt: skip
        assert len(repr(one)) < 500 and "\n" not in repr(one), type(one)
