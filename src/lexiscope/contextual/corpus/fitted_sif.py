"""SIF fitted on a text before it is written part by part: words' shares, and what is common.

The shares are of the whole text; the common directions of some sentences, drawn by a seed, since
they would otherwise be known only when all of them have been through the model.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lexiscope.contextual.protocol import WordEncoder
from lexiscope.contextual.sampling import sample
from lexiscope.contextual.text.sentence_pooling import SentencePooling, found_common
from lexiscope.contextual.text.words import Sentence, Splitter
from lexiscope.corpus.tokenizers import batches
from lexiscope.errors import ConfigError, CorpusError
from lexiscope.progress import Meter, ProgressCallback

FIT_SENTENCES = 2_000
_CHUNK = 256


@dataclass(frozen=True)
class FittedSif:
    """SIF with all that it takes to be applied to one sentence at a time.

    Attributes:
        pooling: With `probabilities` and `common`.
        facts: What it was fitted on, as plain data; equal where the text is, on any device.
    """

    pooling: SentencePooling
    facts: dict[str, Any]


def fit_sif(
    encoder: WordEncoder,
    sentences: Iterable[Sentence],
    pooling: SentencePooling | None = None,
    *,
    most: int = FIT_SENTENCES,
    seed: int = 1,
    progress: ProgressCallback | None = None,
) -> FittedSif:
    """Fits SIF on a text, which is read once; its distinct words are counted in memory.

    Args:
        encoder: Its layers, how they are combined, its pooling and what it takes for a word count.
        sentences: The text.
        pooling: SIF's a and how many directions; probabilities, where given, are kept.
        most: Directions are found in so many sentences at most, drawn by `seed`.
        seed: Of the draw.
        progress: Whom to tell.

    Raises:
        ConfigError: It is another kind of pooling, or the sentences drawn are too few.
        CorpusError: The text has no word.
    """
    pooling = SentencePooling(kind="sif") if pooling is None else pooling
    if pooling.kind != "sif":
        raise ConfigError(f"sentence={pooling.kind!r}: 'sif' alone is fitted")
    counts: Counter[str] = Counter()
    drawn = sample(_counted(sentences, encoder.options.words, counts), most, seed)
    total = counts.total()
    if not total:
        raise CorpusError("there is no word to fit SIF on: expected text, a sentence a line")
    shares = pooling.probabilities
    if shares is None:
        shares = {word: count / total for word, count in counts.items()}
    plain = replace(pooling, probabilities=shares, components=0, common=None)
    rows = []
    meter, done = Meter("fitting", len(drawn.drawn), "sentences", progress, every=0), 0
    for chunk in batches(drawn.drawn, _CHUNK):
        own: Any = encoder.encode(chunk, sentence=plain).sentence_vectors
        rows.append(own[np.isfinite(own[:, 0])])
        done += len(chunk)
        meter.update(done)
    common = None
    if pooling.components:
        common = found_common(np.concatenate(rows).astype(np.float64), pooling.components)
    listed = "\0".join(f"{word}\0{share!r}" for word, share in sorted(shares.items()))
    return FittedSif(
        replace(plain, common=common),
        {
            "a": pooling.a,
            "components": pooling.components,
            "sentences": len(drawn.drawn),
            "of_sentences": drawn.seen,
            "seed": seed,
            "words": hashlib.blake2b(
                listed.encode("utf-8", "surrogatepass"), digest_size=16
            ).hexdigest(),
        },
    )


def _counted(sentences: Iterable[Sentence], words: Any, counts: Counter[str]) -> Iterator[Sentence]:
    splitter = Splitter(words)
    for number, sentence in enumerate(sentences):
        text = splitter.split(sentence, number)
        counts.update(text.words)
        yield sentence
