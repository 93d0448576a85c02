"""Saving, loading, training on, and words added to a model later."""

import json
import sys
from pathlib import Path

import numpy as np
from gensim.models import KeyedVectors, Word2Vec

folder = Path(sys.argv[1])
rng = np.random.default_rng(6)
topics = [["cat", "dog", "cow"], ["sun", "moon", "star"]]
sentences = [list(map(str, rng.choice(topics[number % 2], 6))) for number in range(600)]
model = Word2Vec(sentences, vector_size=8, window=4, min_count=2, negative=3, workers=2, seed=9)
model.comment = "of two topics"
model.author = {"name": "someone", "year": 2024}
path = str(folder / "word2vec.model")
model.save(path)
model.save(path)

opened = Word2Vec.load(path)
kept = bool(np.array_equal(opened.wv.vectors, model.wv.vectors))
opened.window = 2
opened.alpha = 0.01
opened.train(sentences, total_examples=opened.corpus_count, epochs=3, start_alpha=0.02)
moved = not np.array_equal(opened.wv["cat"], model.wv["cat"])

more = [["cat", "lion", "tiger"], ["star", "comet"]] * 10
words = opened.wv
opened.build_vocab(more, update=True)
opened.train(more, total_examples=opened.corpus_count, total_words=0, epochs=opened.epochs)

frozen = Word2Vec(vector_size=8, min_count=1, seed=3)
frozen.build_vocab(sentences)
frozen.wv.vectors_lockf = np.ones(len(frozen.wv), dtype=np.float32)
frozen.wv.vectors_lockf[frozen.wv.key_to_index["cat"]] = 0.0
before = {word: frozen.wv[word].copy() for word in ("cat", "dog")}
frozen.train(sentences, total_examples=len(sentences), epochs=2)

copied = Word2Vec(vector_size=8, min_count=1)
copied.reset_from(model)
counted = Word2Vec(vector_size=5, min_count=2)
counted.build_vocab_from_freq({"rain": 5, "snow": 3, "hail": 1}, corpus_count=9)


def rule(word, count, min_count):
    return 1 if word == "sun" and count >= min_count else 0


trimmed = Word2Vec(vector_size=5, min_count=1)
trimmed.build_vocab(sentences, trim_rule=rule)
pruned = Word2Vec(vector_size=5, min_count=1, max_vocab_size=3)
pruned.build_vocab([["a", "b"], ["a", "c"], ["a", "d", "e"], ["a", "b", "b", "b"]] * 3)

model.wv.save(str(folder / "vectors.kv"))
vectors = KeyedVectors.load(str(folder / "vectors.kv"), mmap="r")
errors = {}
for name, call in {
    "load on a model": lambda: model.load(path),
    "load of vectors": lambda: Word2Vec.load(str(folder / "vectors.kv")),
    "no epochs": lambda: model.train(sentences, total_examples=5),
    "no totals": lambda: model.train(sentences, epochs=5),
    "no vocabulary": lambda: Word2Vec().train(sentences, total_examples=5, epochs=5),
    "no words": lambda: Word2Vec(sentences, min_count=10**6),
    "no sentences": lambda: Word2Vec([]),
    "no text": lambda: model.build_vocab(),
    "no iterable": lambda: Word2Vec(5),
    "lists of lists": lambda: Word2Vec([[["cat"]]]),
}.items():
    kinds = (AttributeError, RuntimeError, TypeError, ValueError)
    try:
        call()
    except kinds as error:
        errors[name] = [kind.__name__ for kind in kinds if isinstance(error, kind)]
expected = {
    "load on a model": "AttributeError", "load of vectors": "AttributeError",
    "no epochs": "ValueError", "no totals": "ValueError", "no vocabulary": "RuntimeError",
    "no words": "RuntimeError", "no sentences": "RuntimeError", "no text": "TypeError",
    "no iterable": "TypeError", "lists of lists": "TypeError",
}  # fmt: skip
print(
    json.dumps(
        {
            "kept": kept,
            "moved": moved,
            "options": [opened.window, opened.negative, opened.sg, opened.hs, opened.min_count],
            "options of floats": [opened.sample, opened.ns_exponent, opened.alpha],
            "own": [opened.comment, opened.author],
            "grown": sorted(opened.wv.index_to_key),
            "same object": words is opened.wv,
            "shapes": [list(opened.wv.vectors.shape), list(opened.syn1neg.shape)],
            "counts": [opened.wv.get_vecattr(word, "count") for word in ("lion", "comet")],
            "frozen": bool(np.array_equal(frozen.wv["cat"], before["cat"])),
            "not frozen": bool(np.array_equal(frozen.wv["dog"], before["dog"])),
            "reset": [sorted(copied.wv.index_to_key), list(copied.syn1neg.shape)],
            "counted": [counted.wv.index_to_key, counted.corpus_count],
            "trimmed": sorted(trimmed.wv.index_to_key),
            "pruned": [sorted(pruned.wv.index_to_key), pruned.wv.get_vecattr("a", "count")],
            "vectors": bool(np.array_equal(vectors["cat"], model.wv["cat"])),
            "errors": {name: expected[name] in errors.get(name, ()) for name in expected},
            "memory": counted.estimate_memory(),
        },
        default=lambda value: value.item(),
    )
)
