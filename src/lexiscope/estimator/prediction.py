"""What a trained model says of words in context: sentences' probabilities, and likely centers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.errors import StateError
from lexiscope.estimator.model import Model
from lexiscope.training.losses.hierarchical import Tree, huffman_tree

_MOST_SENTENCES = int(1e6)


class Prediction(Model):
    """Answers out of W and W′ together."""

    def score(
        self,
        sentences: Iterable[Sequence[Any]],
        total_sentences: int = _MOST_SENTENCES,
        chunksize: int = 100,
        queue_factor: int = 2,
        report_delay: float = 1,
    ) -> NDArray[np.float32]:
        """The log probability of sentences, after hierarchical softmax (Taddy 2015).

        Skip-gram adds up log P(word | neighbour) over all pairs within `window`, CBOW log P(word |
        its neighbours) over all words; unknown words are left out.

        Args:
            sentences: Lists of words.
            total_sentences: How many to score at most.
            chunksize, queue_factor, report_delay: Without effect.

        Returns:
            float32, one a sentence.

        Raises:
            StateError: There is no vocabulary, or no tree.
        """
        del chunksize, queue_factor, report_delay
        run = self._built()
        if run.config.loss not in ("hierarchical", "negative+hierarchical"):
            raise StateError(
                f"score needs the tree of hierarchical softmax, and the model was trained with "
                f"loss {run.config.loss!r}; train with hs=1, negative=0"
            )
        tree, nodes = huffman_tree(run.vocabulary.counts), self._nodes()
        scores = []
        for sentence in islice(sentences, total_sentences):
            words = sentence.split() if isinstance(sentence, str) else sentence
            known = [run.vocabulary.index.get(str(word), -1) for word in words]
            rows = np.array([row for row in known if row >= 0], np.int64)
            scores.append(self._score_of(rows, tree, nodes))
        return np.array(scores, np.float32)

    def _score_of(self, rows: NDArray[np.int64], tree: Tree, nodes: NDArray[np.float32]) -> float:
        """The log probability of one sentence, its words given by their rows."""
        vectors, window, total = self.input_vectors, self.window, 0.0
        for place, center in enumerate(rows.tolist()):
            context = np.concatenate(
                [rows[max(0, place - window) : place], rows[place + 1 : place + 1 + window]]
            )
            if not len(context):
                continue
            hidden = vectors[context].astype(np.float64)
            if not self.sg:
                hidden = hidden.sum(axis=0, keepdims=True)
                hidden /= len(context) if self.cbow_mean else 1
            path = slice(int(tree.starts[center]), int(tree.starts[center + 1]))
            turns = hidden @ nodes[tree.nodes[path]].T * tree.signs[path]
            total -= float(np.logaddexp(0, -turns).sum())
        return total

    def predict_output_word(
        self, context_words_list: Iterable[Any], topn: int = 10
    ) -> list[tuple[Any, Any]] | None:
        """The likeliest words between some others, after negative sampling.

        The mean of the context's vectors (their sum without `cbow_mean`) is multiplied with W′, and
        the softmax taken over all words; so too after skip-gram.

        Args:
            context_words_list: Words, or numbers of rows; unknown ones are left out.
            topn: How many.

        Returns:
            [(word, probability), …], the likeliest first; None where no word is known.

        Raises:
            StateError: The model has no rows of W′ for words.
        """
        if not self.negative or self._loss() not in ("negative", "negative+hierarchical"):
            raise StateError(
                f"predict_output_word needs the output vectors of negative sampling, and the "
                f"model's loss is {self._loss()!r}; train with negative above 0"
            )
        outputs = self.syn1neg
        vectors = self.wv
        rows = [vectors.get_index(word) for word in context_words_list if word in vectors]
        if not rows:
            return None
        hidden = self.input_vectors[rows].sum(axis=0, dtype=np.float64)
        if self.cbow_mean:
            hidden /= len(rows)
        scores = (outputs @ hidden.astype(np.float32)).astype(np.float64)
        shares = np.exp(scores - scores.max())
        shares = (shares / shares.sum()).astype(np.float32)
        best = np.argsort(-shares, kind="stable")[:topn]
        return [(vectors.index_to_key[row], shares[row]) for row in best.tolist()]
