"""A program that makes vectors itself (here of an alignment) and puts them into KeyedVectors."""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
from gensim.models import KeyedVectors

folder = Path(sys.argv[1])
rng = np.random.default_rng(7)
words = ["apple", "pear", "plum", "train", "tram", "bus"]
rows = np.repeat([[1.0, 0, 0, 0], [0, 1.0, 0, 0]], 3, axis=0) + 0.2 * rng.normal(size=(6, 4))

vectors = KeyedVectors(vector_size=4)
vectors.add_vectors(words, rows)
vectors.fill_norms(force=True)
vectors["kiwi"] = np.array([0.9, 0.1, 0.1, 0.0])
vectors[["bus", "ship"]] = np.array([[0.0, 1.0, 0.0, 0.1], [0.1, 0.8, 0.3, 0.0]])

turn, _ = np.linalg.qr(rng.normal(size=(4, 4)))
turned = KeyedVectors(vector_size=vectors.vector_size, count=0, dtype=np.float32)
turned.add_vectors(vectors.index_to_key, vectors.vectors @ turn)
for word in turned.index_to_key:
    turned.set_vecattr(word, "length", len(word))

filled = KeyedVectors(4, count=2)
with warnings.catch_warnings():
    warnings.simplefilter("ignore", UserWarning)
    rows_of = [filled.add_vector(word, vectors[word]) for word in ("pear", "tram", "kiwi")]

turned.save(str(folder / "turned.kv"))
turned.save(str(folder / "turned.kv"))
back = KeyedVectors.load(str(folder / "turned.kv"), mmap="r")
part = back.vectors_for_all(["ship", "nothing", "apple"])

print(
    json.dumps(
        {
            "words": vectors.index_to_key,
            "rows": rows_of,
            "same after turning": [
                [float(kv.similarity(one, other)) for kv in (vectors, turned, back)]
                for one, other in (("apple", "kiwi"), ("bus", "ship"), ("apple", "ship"))
            ],
            "neighbours": turned.most_similar("kiwi", topn=3),
            "mixed": back.most_similar(positive=["apple", vectors["pear"] @ turn], topn=2),
            "lengths": [int(back.get_vecattr(word, "length")) for word in back.index_to_key],
            "part": [
                part.index_to_key,
                [int(part.get_vecattr(w, "count")) for w in part.index_to_key],
            ],
            "rank": [int(back.rank("apple", other)) for other in ("pear", "bus")],
            "ranked": [word for _, word in back.rank_by_centrality(["apple", "pear", "bus"])],
            "mean": vectors.get_mean_vector(["apple", "pear", "nothing"]).tolist(),
        }
    )
)
