"""A saved model's config.json and matrices, checked and turned back into options."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lexiscope.corpus import TokenizerSpec, VocabularyOptions
from lexiscope.errors import FormatError
from lexiscope.formats import VectorsData
from lexiscope.formats.kinds import model_folder
from lexiscope.training.arguments import word_list
from lexiscope.training.config import TrainingConfig
from lexiscope.training.losses.registry import rule_of


def saved_tokenizer(saved: dict[str, Any]) -> TokenizerSpec:
    """How the text was cut into words.

    Raises:
        ConfigError, TypeError, AttributeError: What is there is no tokenizer's options.
    """
    tokenizer = dict(saved.get("tokenizer", {}))
    tokenizer["stopwords"] = frozenset(tokenizer.get("stopwords", ()))
    return TokenizerSpec(**tokenizer)


def saved_vocabulary(saved: dict[str, Any]) -> VocabularyOptions:
    """How the words were chosen.

    Raises:
        ConfigError, TypeError, AttributeError: What is there is no vocabulary's options.
    """
    vocabulary = saved.get("vocabulary", {})
    return VocabularyOptions(
        min_count=vocabulary.get("min_count", 1),
        max_final_vocab=vocabulary.get("max_final_vocab"),
        keep=word_list("keep", vocabulary.get("keep", ())),
        specials=word_list("specials", vocabulary.get("specials", ())),
        order=vocabulary.get("order", "frequency"),
    )


def epochs_trained(saved: dict[str, Any]) -> int:
    """How many epochs the weights have behind them, over all trainings.

    An epoch that was stopped counts: what it drew at random is not to be drawn again.

    Raises:
        TypeError, AttributeError: What is there are no results.
    """
    result = saved.get("result", {})
    finished = len(result.get("epoch_losses", ()))
    under_way = result.get("share", 1.0) * saved["training"]["epochs"] > finished
    return int(result.get("epochs_before", 0)) + finished + int(under_way)


def check_fit(path: Path, config: TrainingConfig, data: VectorsData) -> None:
    """Refuses matrices that the options do not belong to: the kernels trust their shapes.

    Raises:
        FormatError: They do not fit, or no word has a count.
    """
    if data.counts is None or data.output is None or not data.counts.any():
        raise FormatError(path / model_folder.VOCABULARY, None, "has no count above 0")
    words = len(data.tokens)
    rows = rule_of(config.loss).output_rows(words)
    expected = ((words, config.vector_size), (rows, config.vector_size))
    found = (data.vectors.shape, data.output.shape)
    if found != expected:
        raise FormatError(
            path,
            None,
            f"has matrices of shapes {found[0]} and {found[1]}; its options (loss "
            f"{config.loss}, vector_size {config.vector_size}) expect {expected[0]} and "
            f"{expected[1]}",
        )
