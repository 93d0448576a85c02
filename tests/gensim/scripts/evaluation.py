"""Evaluation: analogies and pairs out of files, and the probability of sentences."""

import json
import sys
from pathlib import Path

import numpy as np
from gensim.models import Word2Vec

folder = Path(sys.argv[1])
rng = np.random.default_rng(8)
topics = [["wine", "beer", "milk", "juice"], ["nail", "saw", "drill", "hammer"]]
sentences = [list(map(str, rng.choice(topics[number % 2], 8))) for number in range(2_000)]
(folder / "pairs.tsv").write_text(
    "wine\tbeer\t9\nmilk\tjuice\t8\nwine\tsaw\t1\nnail\tmilk\t2\nsaw\tdrill\t9\nowl\tsaw\t1\n"
)
(folder / "questions.txt").write_text(
    ": drinks\nwine beer milk juice\nbeer wine juice milk\nowl wine milk juice\n"
    ": tools\nnail saw drill hammer\n"
)
answers = {}
for name, options in {
    "cbow": {"sg": 0},
    "skip-gram": {"sg": 1},
    "tree": {"hs": 1, "negative": 0},
}.items():
    model = Word2Vec(
        sentences, vector_size=12, min_count=1, workers=1, epochs=6, seed=3, alpha=0.05, **options
    )
    pearson, spearman, unknown = model.wv.evaluate_word_pairs(str(folder / "pairs.tsv"))
    score, sections = model.wv.evaluate_word_analogies(str(folder / "questions.txt"))
    answers[name] = {
        "pearson": bool(pearson[0] > 0.8),
        "spearman": bool(spearman[0] > 0),
        "unknown": float(unknown),
        "score": 0.0 <= score <= 1.0,
        "sections": [section["section"] for section in sections],
        "asked": [len(section["correct"]) + len(section["incorrect"]) for section in sections],
        "order": [len(pearson), len(spearman)],
    }
tree = model.score([["wine", "beer", "milk"], ["wine", "saw", "milk"], ["owl"]], total_sentences=3)
answers["probability"] = [
    list(tree.shape),
    str(tree.dtype),
    bool(tree[0] > tree[1]),
    float(tree[2]),
]
print(json.dumps(answers, default=lambda value: value.item()))
