"""Attention between words: what each head of each layer looks at, tokens joined to words.

From word to word it is the sum over the attended word's tokens, and the mean over the attending
word's (Clark, Khandelwal, Levy and Manning 2019).
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.model.forward import Forward
from lexiscope.contextual.model.library_errors import first_line, is_of_a_library
from lexiscope.contextual.model.loading import LoadedModel
from lexiscope.contextual.protocol import WordEncoder
from lexiscope.contextual.results import Segmented
from lexiscope.contextual.text.pieces import Pieces
from lexiscope.contextual.text.words import Sentence
from lexiscope.errors import ConfigError

Floats = NDArray[np.float32]

_EAGER = "eager"  # the one implementation that keeps its weights
_MOST_VALUES = 1 << 28


@dataclass(frozen=True, kw_only=True)
class WordAttention(Segmented):
    """A sentence of n words and t tokens (see `Segmented`), in L layers of H heads.

    Attributes:
        words_to_words: L × H × n × n; row i is what word i attends to. NaN for a word without a
            token.
        elsewhere: What word i attends to that is no word: special tokens and signs (L × H × n).
            With its row it sums to 1, where the model's weights do.
        tokens_to_tokens: L × H × t × t, as the model gives it.
    """

    words_to_words: Floats
    elsewhere: Floats
    tokens_to_tokens: Floats

    def document(self) -> dict[str, Any]:
        """The words' attention as plain data; what is not there is None."""
        words = self.segmentation.words
        return {
            "text": words.texts[0],
            "words": list(self.words),
            "spans": self.spans.tolist(),
            "pieces": self.segmentation.pieces.counts.tolist(),
            "layers": self.words_to_words.shape[0],
            "heads": self.words_to_words.shape[1],
            "attention": _plain(self.words_to_words),
            "elsewhere": _plain(self.elsewhere),
        }


def word_attention(encoder: WordEncoder, sentence: Sentence) -> WordAttention:
    """What the words of a sentence attend to.

    Args:
        encoder: Its model and its way to find words count.
        sentence: As for `Encoder.encode`; no longer than a window.

    Raises:
        ConfigError: The model gives no attention weights, or the sentence is too long.
    """
    lowest = encoder.with_options(layers=(-1,), combine="last", pooling="first")
    found = lowest.encode([sentence])
    loaded, count = encoder.model, len(found.tokens)
    heads = int(getattr(loaded.module.config, "num_attention_heads", 1) or 1)
    most = int((_MOST_VALUES // max(1, loaded.layers * heads)) ** 0.5)
    if loaded.positions is not None:
        most = min(most, loaded.positions)
    if not 0 < count <= most:
        raise ConfigError(
            f"the sentence has {count:,} tokens: expected 1 to {most:,}, as attention is kept from "
            "each to each in all layers and heads"
        )
    weights = _weights(loaded, found.token_ids)
    to_words, elsewhere = joined(weights, found.segmentation.pieces)
    return WordAttention(
        segmentation=found.segmentation,
        spelled=found.spelled,
        words_to_words=to_words,
        elsewhere=elsewhere,
        tokens_to_tokens=weights,
    )


def joined(weights: Floats, pieces: Pieces) -> tuple[Floats, Floats]:
    """From tokens to words: L × H × t × t to L × H × n × n, and what goes elsewhere (L × H × n).

    A token of several words is shared among them, so that nothing counts twice.
    """
    count, tokens = len(pieces.words), weights.shape[-1]
    belongs = np.zeros((count, tokens), np.float32)
    belongs[pieces.words.owner(), pieces.tokens] = 1
    shares = belongs / np.maximum(belongs.sum(axis=0), 1)
    means = belongs / np.maximum(belongs.sum(axis=1, keepdims=True), 1)
    rows = means @ weights  # L × H × n × t
    to_words = (rows @ shares.T).astype(np.float32)
    elsewhere = (rows @ (1 - shares.sum(axis=0))).astype(np.float32)
    to_words[..., pieces.missing, :] = np.nan
    elsewhere[..., pieces.missing] = np.nan
    return to_words, elsewhere


def _weights(loaded: LoadedModel, ids: NDArray[np.int64]) -> Floats:
    import torch

    shown = f"model {loaded.title!r} ({loaded.kind})"
    try:
        forward = Forward(_eager(loaded.module), loaded.tokenizer, loaded.positions)
        with torch.inference_mode():
            given = forward.call(forward.batch([ids]), attentions=True)
    except Exception as error:
        if not is_of_a_library(error):
            raise
        raise ConfigError(f"{shown} gives no attention weights: {first_line(error)}") from error
    layers = getattr(given, "attentions", None) or ()
    square = (len(ids), len(ids))
    if not layers or any(
        layer is None or layer.ndim != 4 or tuple(layer.shape[2:]) != square for layer in layers
    ):
        raise ConfigError(
            f"{shown} gives no attention weights from each token to each; take a model with full "
            "attention, such as BERT or GPT-2"
        )
    if len({int(layer.shape[1]) for layer in layers}) > 1:
        raise ConfigError(f"{shown} has other numbers of heads in other layers")
    weights: Floats = torch.stack([layer[0].float().cpu() for layer in layers]).numpy()
    return weights


def _eager(module: Any) -> Any:
    """A model that attends in the way that keeps weights: a copy, whose tensors are the same ones.

    Others may use the model meanwhile, and none of its settings change.
    """
    if getattr(module.config, "_attn_implementation", None) in (None, _EAGER):
        return module
    tensors = [*module.parameters(), *module.buffers()]
    copied = copy.deepcopy(module, {id(tensor): tensor for tensor in tensors})
    copied.set_attn_implementation(_EAGER)
    return copied


def _plain(values: Floats) -> Any:
    """Nested lists; None where a value is NaN."""
    rounded: NDArray[Any] = values.astype(np.float64).round(6).astype(object)
    rounded[np.isnan(values)] = None
    return rounded.tolist()
