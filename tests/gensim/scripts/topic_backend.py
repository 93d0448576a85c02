"""A topic model's back end: documents as means of word vectors, as BERTopic's `GensimBackend`."""

import json
import sys

import numpy as np
from gensim.models import KeyedVectors, Word2Vec
from gensim.utils import simple_preprocess

assert sys.argv[1]


class Backend:
    def __init__(self, embedding_model):
        if not isinstance(embedding_model, KeyedVectors):
            raise ValueError("expected KeyedVectors")
        self.embedding_model = embedding_model

    def embed(self, documents):
        size = self.embedding_model.get_vector(self.embedding_model.index_to_key[0]).shape[0]
        empty = np.zeros(size)
        embeddings = []
        for document in documents:
            vectors = [
                self.embedding_model.get_vector(word)
                for word in document.split()
                if word in self.embedding_model.key_to_index
            ]
            embeddings.append(np.mean(vectors, axis=0) if vectors else empty)
        return np.array(embeddings)


rng = np.random.default_rng(4)
topics = [["goal", "match", "team", "coach"], ["oven", "salt", "flour", "recipe"]]
documents = [" ".join(rng.choice(topics[number % 2], 8)) for number in range(1_000)]
texts = [simple_preprocess(document) for document in documents]
model = Word2Vec(texts, vector_size=12, min_count=1, epochs=8, workers=1, seed=1, alpha=0.05)

backend = Backend(model.wv)
embeddings = backend.embed([*documents[:6], "nothing known"])
unit = embeddings / np.maximum(np.linalg.norm(embeddings, axis=1, keepdims=True), 1e-9)
cosines = unit @ unit.T
print(
    json.dumps(
        {
            "shape": list(embeddings.shape),
            "empty": bool((embeddings[-1] == 0).all()),
            "like": [
                bool(cosines[row, row % 2] > cosines[row, 1 - row % 2]) for row in range(2, 6)
            ],
            "apart": bool(
                model.wv.n_similarity(texts[0], texts[2])
                > model.wv.n_similarity(texts[0], texts[1])
            ),
            "mean": list(model.wv.get_mean_vector(texts[0]).shape),
        },
        default=lambda value: value.item(),
    )
)
