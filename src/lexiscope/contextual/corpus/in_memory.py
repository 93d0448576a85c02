"""Table of words in memory, with the columns that the files have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args

from lexiscope.checks import choice
from lexiscope.contextual.corpus.columns import Columns, Values, arrow_table
from lexiscope.contextual.corpus.fitted_sif import FittedSif
from lexiscope.contextual.corpus.whole_sentences import encode_with_sentences, whole_pooling
from lexiscope.contextual.protocol import WordEncoder
from lexiscope.contextual.text.sentence_pooling import SentenceKind
from lexiscope.contextual.text.words import Sentence


def table_of(
    encoder: WordEncoder,
    sentences: Iterable[Sentence],
    only: frozenset[str] | None,
    whole: SentenceKind | FittedSif | None,
    values: Values,
) -> Any:
    """A table of pyarrow's, a row a word.

    Args:
        encoder: What encodes.
        sentences: Read at once.
        only: Only these words; None for all.
        whole: A row for each sentence too, in front of its words.
        values: "float32" or "float16".

    Raises:
        ConfigError: An option is wrong.
        MissingExtraError: pyarrow is not installed.
    """
    choice("values", values, get_args(Values))
    pooling = whole_pooling(whole, encoder.options, by_parts=False)
    if pooling is None:
        encoded = encoder.encode_words(sentences, only)
    else:
        encoded = encode_with_sentences(encoder, sentences, only, pooling)
    return arrow_table(Columns.of(encoded, 0).stored_as(values), texts=True)
