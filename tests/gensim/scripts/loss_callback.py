"""A callback that prints each epoch's loss, as differences of the running sum."""

import json
import sys
from pathlib import Path

import numpy as np
from gensim.models import Word2Vec
from gensim.models.callbacks import CallbackAny2Vec

folder = Path(sys.argv[1])


class LossLogger(CallbackAny2Vec):
    """Collects the loss of each epoch, and saves the model when it is the least."""

    def __init__(self):
        self.epoch = 0
        self.before = 0.0
        self.losses = []
        self.turns = []

    def on_train_begin(self, model):
        self.turns.append("train begin")

    def on_epoch_begin(self, model):
        self.turns.append("epoch begin")

    def on_epoch_end(self, model):
        total = model.get_latest_training_loss()
        self.losses.append(total - self.before)
        self.before = total
        self.epoch += 1
        if self.losses[-1] <= min(self.losses):
            model.save(str(folder / "best.model"))
        self.turns.append("epoch end")

    def on_train_end(self, model):
        self.turns.append("train end")


rng = np.random.default_rng(5)
topics = [["one", "two", "three"], ["red", "green", "blue"]]
sentences = [list(map(str, rng.choice(topics[number % 2], 8))) for number in range(2_000)]
logger = LossLogger()
model = Word2Vec(
    sentences, vector_size=10, window=2, min_count=1, epochs=6, sg=1, workers=1, seed=1, sample=0,
    compute_loss=True, callbacks=[logger],
)  # fmt: skip
more = LossLogger()
model.train(
    sentences, total_examples=model.corpus_count, epochs=2, compute_loss=True, callbacks=[more]
)
best = Word2Vec.load(str(folder / "best.model"))
print(
    json.dumps(
        {
            "turns": logger.turns,
            "epochs": [logger.epoch, more.epoch, model.epochs],
            "positive": all(loss > 0 for loss in logger.losses + more.losses),
            "falls": logger.losses[-1] < logger.losses[0],
            "begins anew": more.before < logger.before,
            "saved": sorted(best.wv.index_to_key),
            "sum": abs(sum(more.losses) - model.get_latest_training_loss()) < 1e-3 * more.before,
        },
        default=lambda value: value.item(),
    )
)
