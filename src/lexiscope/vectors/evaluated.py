"""Evaluation with gensim's names and return shapes; `vectors.evaluation` gives plain reports."""

from __future__ import annotations

import codecs
import logging
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any

from lexiscope.checks import choice
from lexiscope.vectors import evaluation
from lexiscope.vectors.answering import Method
from lexiscope.vectors.errors import UnsupportedError
from lexiscope.vectors.explaining import Explaining

Correlation = tuple[float, float]
# gensim's names of queries → how they answer analogies.
_METHODS: dict[str, Method] = {"most_similar": "3cosadd", "most_similar_cosmul": "3cosmul"}


class Evaluated(Explaining):
    """A table that is compared with what people say."""

    def evaluate_word_pairs(
        self,
        pairs: str | PathLike[str],
        delimiter: str = "\t",
        encoding: str = "utf8",
        restrict_vocab: int | None = 300_000,
        case_insensitive: bool = True,
        dummy4unknown: bool = False,
    ) -> tuple[Correlation, Correlation, float]:
        """Correlation with people's judgements: see `evaluation.word_pairs`.

        Args:
            pairs: The file, UTF-8.
            delimiter: What stands between the fields of a line.
            encoding: Of the file; UTF-8 is the only one.
            restrict_vocab: Words beyond the first so many rows count as unknown.
            case_insensitive: Whether letter case counts.
            dummy4unknown: Whether a pair with an unknown word counts as one of cosine 0.

        Returns:
            (Pearson's r, its p), (Spearman's ρ, its p), percentage of pairs with unknown words.
        """
        if codecs.lookup(encoding).name != "utf-8":
            raise UnsupportedError(f"encoding is {encoding!r}; pairs are read as UTF-8")
        score = evaluation.word_pairs(
            self,
            pairs,
            delimiter=delimiter,
            restrict_vocab=restrict_vocab,
            case_insensitive=case_insensitive,
            unknown_is_zero=dummy4unknown,
        )
        unknown = 100.0 * (score.total - score.used) / score.total
        return (score.pearson, score.pearson_p), (score.spearman, score.spearman_p), unknown

    def evaluate_word_analogies(
        self,
        analogies: str | PathLike[str],
        restrict_vocab: int | None = 300_000,
        case_insensitive: bool = True,
        dummy4unknown: bool = False,
        similarity_function: str = "most_similar",
    ) -> tuple[float, list[dict[str, Any]]]:
        """Accuracy in analogies: see `evaluation.analogies`.

        Returns:
            Share of right answers, and a dict a section ("section", "correct", "incorrect"), the
            last of which is the total.
        """
        choice("similarity_function", similarity_function, tuple(_METHODS))
        report = evaluation.analogies(
            self,
            analogies,
            restrict_vocab=restrict_vocab,
            case_insensitive=case_insensitive,
            unknown_is_wrong=dummy4unknown,
            method=_METHODS[similarity_function],
        )
        return report.accuracy, report.as_gensim()

    @staticmethod
    def log_accuracy(section: Mapping[str, Any]) -> None:
        """Logs how many of a section's questions were answered rightly.

        Args:
            section: As `evaluate_word_analogies` gives it.
        """
        right, wrong = len(section["correct"]), len(section["incorrect"])
        if right + wrong:
            share = 100.0 * right / (right + wrong)
            logging.getLogger(__name__).info(
                "%s: %.1f%% (%d/%d)", section["section"], share, right, right + wrong
            )

    @staticmethod
    def log_evaluate_word_pairs(
        pearson: Sequence[float], spearman: Sequence[float], oov: float, pairs: object
    ) -> None:
        """Logs what `evaluate_word_pairs` gave.

        Args:
            pearson, spearman: Coefficient and p.
            oov: Percentage of pairs with unknown words.
            pairs: What was compared with.
        """
        log = logging.getLogger(__name__)
        log.info("%s: Pearson %.4f, Spearman %.4f", pairs, pearson[0], spearman[0])
        log.info("%s: %.1f%% of the pairs have unknown words", pairs, oov)
