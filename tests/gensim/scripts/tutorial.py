"""The tutorial: a text file, streamed, a model built and trained in steps, and asked."""

import json
import sys
from pathlib import Path

import numpy as np
from gensim.models import Word2Vec
from gensim.models.word2vec import LineSentence
from gensim.utils import simple_preprocess

folder = Path(sys.argv[1])
rng = np.random.default_rng(3)
topics = [["Apple", "pear", "plum", "cherry", "grape"], ["Train", "tram", "bus", "ship", "plane"]]
lines = [" ".join(rng.choice(topics[number % 2], 6)) + "." for number in range(3_000)]
(folder / "text.txt").write_text(
    "".join(" ".join(simple_preprocess(line)) + "\n" for line in lines)
)

sentences = LineSentence(str(folder / "text.txt"))
model = Word2Vec(vector_size=20, window=3, min_count=1, workers=1, seed=5, alpha=0.05)
model.build_vocab(sentences, progress_per=1_000)
untrained = model.wv["apple"].copy()
trained, raw = model.train(sentences, total_examples=model.corpus_count, epochs=model.epochs)

fruits = {word.lower() for word in topics[0]}
near = model.wv.most_similar("apple", topn=4)
print(
    json.dumps(
        {
            "words": sorted(model.wv.index_to_key),
            "counts": sorted(model.wv.get_vecattr(word, "count") for word in model.wv.index_to_key),
            "shape": list(model.wv.vectors.shape),
            "output": list(model.syn1neg.shape),
            "counted": [model.corpus_count, model.corpus_total_words, raw],
            "trained": 0 < trained <= raw,
            "changed": not np.allclose(model.wv["apple"], untrained),
            "neighbours": sorted(word for word, _ in near),
            "sorted": near == sorted(near, key=lambda pair: -pair[1]),
            "odd one out": model.wv.doesnt_match(["apple", "pear", "bus", "plum"]),
            "analogy": model.wv.most_similar(positive=["pear", "plum"], negative=["bus"])[0][0]
            in fruits,
            "far": model.wv.similarity("apple", "bus") < model.wv.similarity("apple", "pear"),
            "guessed": len(model.predict_output_word(["pear", "plum"], topn=3)),
            "unknown": "banana" in model.wv,
            "told": str(model),
        },
        default=lambda value: value.item(),
    )
)
