"""Raw lines cleaned, written a sentence a line, streamed from the file, and averaged."""

import json
import sys
from pathlib import Path

import numpy as np
from gensim import matutils, utils
from gensim.models.word2vec import LineSentence, PathLineSentences, Word2Vec
from gensim.parsing.preprocessing import (
    preprocess_string,
    split_alphanum,
    strip_multiple_whitespaces,
    strip_numeric,
    strip_punctuation,
    strip_tags,
)
from gensim.test.utils import common_texts
from gensim.utils import simple_preprocess

folder = Path(sys.argv[1])
raw = [
    "<p>The Quick-brown fox, Ångström's 3rd, jumped over 12 lazy dogs!</p>",
    "A naïve café — déjà vu: foo_bar  _private supercalifragilisticexpialidocious",
    "",
] * 40
filters = [strip_tags, strip_punctuation, split_alphanum, strip_numeric, strip_multiple_whitespaces]
cleaned = [preprocess_string(line.lower(), filters) for line in raw]
words = [simple_preprocess(line, deacc=True) for line in raw]
place = folder / "texts"
place.mkdir()
with utils.open(str(place / "text.txt"), "wb") as stream:
    for line in words:
        stream.write(utils.to_utf8(" ".join(line) + "\n"))

model = Word2Vec(
    LineSentence(str(place / "text.txt"), limit=90), vector_size=6, min_count=5, window=2, epochs=1
)
titles = Word2Vec(common_texts, vector_size=4, min_count=1, epochs=1)
mean = matutils.unitvec(np.array([1.0, 2.0, 2.0]))

print(
    json.dumps(
        {
            "cleaned": cleaned[:3],
            "words": words[:3],
            "tokens": list(utils.tokenize(raw[1], lowercase=True, deacc=True)),
            "streamed": list(PathLineSentences(str(place)))[:2],
            "vocabulary": sorted(model.wv.key_to_index),
            "counts": [
                int(model.wv.get_vecattr(w, "count")) for w in sorted(model.wv.key_to_index)
            ],
            "titles": sorted(titles.wv.index_to_key),
            "unit": mean.tolist(),
            "cosine": matutils.cossim([(0, 1.0), (2, 2.0)], [(0, 2.0), (1, 1.0)]),
            "dense": matutils.corpus2dense([[(0, 1.0)], [(2, 0.5)]], 3).tolist(),
            "chunks": list(utils.grouper(range(5), 2)),
        }
    )
)
