"""A notebook that compares sentences by Word Mover's Distance, without their stop words."""

import json
import sys
import warnings
from pathlib import Path

from gensim.models import KeyedVectors

STOP_WORDS = {"the", "in", "to", "a", "of"}

folder = Path(sys.argv[1])
(folder / "vectors.txt").write_text(
    "9 3\n"
    "obama 0.9 0.1 0.0\npresident 0.85 0.2 0.05\nspeaks 0.1 0.9 0.1\ngreets 0.15 0.8 0.2\n"
    "media 0.0 0.2 0.9\npress 0.1 0.15 0.85\nillinois 0.4 0.1 0.6\nchicago 0.45 0.1 0.55\n"
    "oranges -0.7 0.5 -0.4\n"
)
model = KeyedVectors.load_word2vec_format(str(folder / "vectors.txt"), binary=False)


def preprocess(sentence):
    return [word for word in sentence.lower().split() if word not in STOP_WORDS]


first = preprocess("Obama speaks to the media in Illinois")
second = preprocess("The president greets the press in Chicago")
third = preprocess("Oranges oranges unknownword")

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    model.init_sims(replace=True)

print(
    json.dumps(
        {
            "vocabulary": len(model.key_to_index),
            "near": model.wmdistance(first, second, norm=False),
            "far": model.wmdistance(first, third),
            "cosine": 1 - float(model.n_similarity(first, second)),
            "unknown": model.wmdistance(first, ["unknownword"]) == float("inf"),
            "odd one out": model.doesnt_match(["obama", "president", "oranges"]),
            "neighbours": [word for word, _ in model.most_similar("obama", topn=3)],
        }
    )
)
