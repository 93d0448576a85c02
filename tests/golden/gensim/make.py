# -*- coding: utf-8 -*-
# ruff: noqa
"""Writes what the installed gensim's `save` writes, and beside it what the model holds.

    python make.py FOLDER VERSION

Runs under Python 2.7 and 3, with gensim 0.12 to 4.4 on the path (its sources will do; they need NumPy,
SciPy, six and smart_open of their time). `models.zip` was made by it.
"""

from __future__ import print_function, unicode_literals

import json
import os
import pickle
import sys

import numpy as np
import scipy.misc
import scipy.special

if not hasattr(scipy.misc, "logsumexp"):  # as gensim before 1.0 wants it
    scipy.misc.logsumexp = scipy.special.logsumexp
import gensim
from gensim.models import word2vec

FOLDER = sys.argv[1]
VERSION = tuple(int(part) for part in sys.argv[2].split(".")[:2])
IS_4 = VERSION >= (4, 0)
TEXT = [
    sentence.split()
    for sentence in ("the sea is blue", "the naïve sea has 日本 fish", "fish swim in the sea")
] * 6


def trained(cls=word2vec.Word2Vec, text=None, **options):
    given = {"min_count": 1, "workers": 1, "seed": 7, "window": 3, "hs": 0, "negative": 5}
    given.update({"vector_size" if IS_4 else "size": 4, "epochs" if IS_4 else "iter": 2})
    given.update(options)
    return cls(TEXT if text is None else text, **given)


def attribute(model, *names):
    for part in (model, getattr(model, "wv", None), getattr(model, "trainables", None)):
        for name in names:
            if part is not None and part.__dict__.get(name) is not None:
                return part.__dict__[name]
    return None


def plain(matrix):
    if matrix is None:
        return None
    return [[float("%.9g" % value) for value in row] for row in np.asarray(matrix, float)]


def content(model):
    words = attribute(model, "index_to_key", "index2word")
    if IS_4:
        counts = [int(model.wv.get_vecattr(word, "count")) for word in words]
    else:
        counts = [int(attribute(model, "vocab")[word].count) for word in words]
    texts = [word.decode("utf-8") if isinstance(word, bytes) else word for word in words]
    return {
        "words": texts,
        "counts": counts,
        "vectors": plain(attribute(model, "vectors", "syn0")),
        "syn1neg": plain(attribute(model, "syn1neg")),
        "syn1": plain(attribute(model, "syn1")),
    }


def keep(name, model, saved=None, **facts):
    facts.update(content(model))
    path = os.path.join(FOLDER, name)
    with open(path + ".json", "wb") as stream:
        stream.write(json.dumps(facts, sort_keys=True).encode("ascii"))
    if saved is None:
        model.save(path)
    else:
        saved(path)


def fasttext():
    from gensim.models.fasttext import FastText

    model = trained(FastText, bucket=40, min_n=2, max_n=4)
    unseen = {}
    for word in ("seal", "日本人", "naïvely", "zzz"):
        try:
            unseen[word] = plain([model.wv[word]])[0]
        except KeyError:
            unseen[word] = None
    keep("fasttext.model", model, unseen=unseen)


def dumped(path, model):
    with open(path, "wb") as stream:
        pickle.dump(model, stream, 0)


if not os.path.isdir(FOLDER):
    os.makedirs(FOLDER)
keep("negative.model", trained(sg=1))
tree = trained(hs=1, negative=0)
keep("tree.model", tree)
model = trained()
keep("packed.model.gz", model, lambda path: model.save(path, sep_limit=1))
if sys.version_info[0] == 2:
    byte_text = [[word.encode("utf-8") for word in sentence] for sentence in TEXT]
    keep("bytes.model", trained(text=byte_text))
    keep("dumped.pkl", model, lambda path: dumped(path, model))
if VERSION >= (3, 0):
    fasttext()
if VERSION >= (3, 3):
    from gensim.models.callbacks import CallbackAny2Vec

    class EpochLogger(CallbackAny2Vec):
        epoch = 3

    own = trained(callbacks=[EpochLogger()])
    own.my_note = {"author": "me", (1, 2): 3.5}
    keep("own.model", own)
