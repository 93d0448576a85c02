"""DeepWalk: random walks over a graph whose nodes are whole numbers."""

import json
import random
import sys
from pathlib import Path

import numpy as np
from gensim.models import KeyedVectors, Word2Vec

folder = Path(sys.argv[1])
random.seed(1)
# Two cliques, held together by one edge.
cliques = [list(range(8)), list(range(8, 16))]
graph = {
    node: [other for other in clique if other != node] for clique in cliques for node in clique
}
graph[7].append(8)
graph[8].append(7)


def walk(node, length=20):
    path = [node]
    while len(path) < length:
        path.append(random.choice(graph[path[-1]]))
    return path


walks = [walk(node) for _ in range(60) for node in graph]
model = Word2Vec(
    walks,
    vector_size=16,
    window=4,
    min_count=0,
    sg=1,
    hs=1,
    negative=0,
    workers=1,
    epochs=3,
    seed=2,
)
matrix = np.array([model.wv[node] for node in sorted(graph)])
same = [node < 8 for node in graph]
near = [other for other, _ in model.wv.most_similar(3, topn=5)]

model.wv.save_word2vec_format(str(folder / "nodes.txt"))
back = KeyedVectors.load_word2vec_format(str(folder / "nodes.txt"))
model.save(str(folder / "model"))
opened = Word2Vec.load(str(folder / "model"))
print(
    json.dumps(
        {
            "nodes": sorted(model.wv.index_to_key),
            "types": sorted({type(node).__name__ for node in model.wv.index_to_key}),
            "matrix": list(matrix.shape),
            "neighbours": sum(node < 8 for node in near),
            "apart": model.wv.similarity(0, 1) > model.wv.similarity(0, 15),
            "as text": sorted(back.index_to_key, key=int),
            "text's vector": bool(np.allclose(back["3"], model.wv[3], atol=1e-5)),
            "opened": sorted(opened.wv.index_to_key),
            "same vector": bool(np.array_equal(opened.wv[3], model.wv[3])),
            "tree": [list(opened.syn1.shape), len(model.wv.get_vecattr(3, "code")) > 0],
            "counts": sum(model.wv.get_vecattr(node, "count") for node in graph),
            "nodes of cliques": sum(same),
        },
        default=lambda value: value.item(),
    )
)
