"""A script that converts GloVe's text, loads it, and writes what it wants of it."""

import json
import sys
import warnings
from pathlib import Path

from gensim.models import KeyedVectors
from gensim.scripts.glove2word2vec import glove2word2vec
from gensim.scripts.word2vec2tensor import word2vec2tensor

folder = Path(sys.argv[1])
glove, word2vec = folder / "glove.txt", folder / "word2vec.txt"
glove.write_text("the 0.5 0.25 -1.5\ncat 1.0 0.75 0.125\ndog 1.0 0.625 0.25\n, 0.0 -1.0 1.0\n")

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    sizes = glove2word2vec(str(glove), str(word2vec))
    direct = KeyedVectors.load_word2vec_format(str(glove), binary=False, no_header=True)
model = KeyedVectors.load_word2vec_format(str(word2vec), limit=3)
model.save_word2vec_format(str(folder / "cut.bin.gz"), binary=True)
cut = KeyedVectors.load_word2vec_format(str(folder / "cut.bin.gz"), binary=True)
word2vec2tensor(str(word2vec), str(folder / "board"))

print(
    json.dumps(
        {
            "sizes": list(sizes),
            "file": word2vec.read_text(),
            "cut": [cut.index_to_key, cut.vectors.tolist()],
            "direct": [direct.index_to_key, direct.vectors.tolist()],
            "counts": [int(direct.get_vecattr(word, "count")) for word in direct.index_to_key],
            "board": (folder / "board_tensor.tsv").read_text(),
            "words": (folder / "board_metadata.tsv").read_text(),
            "neighbours": model.similar_by_word("cat", topn=2),
            "packed": (folder / "cut.bin.gz").read_bytes()[:2].hex(),
        }
    )
)
