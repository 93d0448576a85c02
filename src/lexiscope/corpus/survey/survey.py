"""`survey`: what a training would see of a text, without training.

The words are counted by the pass that training makes too, so that its numbers are those of the run;
lines are looked at besides.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lexiscope.corpus.encode import encode_corpus
from lexiscope.corpus.input.sources import PathLike, find_files
from lexiscope.corpus.input.streams import STDIN
from lexiscope.corpus.input.text_form import AS_ITS_FILE
from lexiscope.corpus.report import CorpusReport
from lexiscope.corpus.survey.line_survey import LineSurvey, survey_lines
from lexiscope.corpus.tokenizers import TokenizerSpec
from lexiscope.corpus.vocabulary import VocabularyOptions
from lexiscope.errors import ConfigError
from lexiscope.progress import ProgressCallback

MIN_COUNTS = (1, 2, 5, 10, 20, 50, 100)
# Thai, Lao, Tibetan, Burmese, Khmer; kana and Han.
_UNSPACED = re.compile(r"\W*[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_TRAILING = frozenset(".,;:!?\"'()[]{}…«»„“”‘’—–")


@dataclass(frozen=True)
class Kept:
    """What a least count leaves.

    Attributes:
        min_count: The least count.
        words: Words of the vocabulary.
        tokens: How often they occur in all.
        median: How often the word in the vocabulary's middle occurs.
    """

    min_count: int
    words: int
    tokens: int
    median: int


@dataclass(frozen=True, kw_only=True, repr=False)
class Survey:
    """What a training would see of a text.

    Attributes:
        report: The account of reading it, with every word.
        kept: What each of some least counts leaves, and the one that was asked for.
        chosen: That one.
        commonest, rarest: Words with their counts: the commonest, and the commonest of those that
            the least count leaves out.
        punctuated: Share of the words read, 0 to 1, that have punctuation at an end.
        capitalised: Share of the words read that are spelled in another case elsewhere in the text.
        case_pairs: How many words of the vocabulary would be fewer without letter case.
        numbers: Share of the words read that are digits.
        unspaced: Share of the words read that begin in a script without spaces between words.
        unspaced_length: Their mean length in characters, 0 where there are none.
        lines: What was seen in the lines; None for standard input, which is read once.
    """

    report: CorpusReport
    kept: list[Kept]
    chosen: Kept
    commonest: list[tuple[str, int]]
    rarest: list[tuple[str, int]]
    punctuated: float
    capitalised: float
    case_pairs: int
    numbers: float
    unspaced: float
    unspaced_length: float
    lines: LineSurvey | None

    def __repr__(self) -> str:
        kept = f"{self.chosen.words:,} of {self.report.distinct:,} words kept"
        return f"Survey({self.report.tokens:,} words, {kept})"


def survey(
    files: PathLike | Sequence[PathLike],
    *,
    tokenizer: TokenizerSpec | None = None,
    min_count: int = 5,
    shown: int = 20,
    workers: int = 1,
    progress: ProgressCallback | None = None,
) -> Survey:
    """Reads a text as training would, and tells what there is.

    Args:
        files: Files, folders, globs, or "-".
        tokenizer: How words are made; None for whitespace.
        min_count: The least count to tell of.
        shown: How many of the commonest and of the dropped words to name.
        workers: Threads.
        progress: Is told how far it is.

    Raises:
        CorpusError: There is no text, or it cannot be read.
        ConfigError: `min_count` is out of range.
    """
    options = VocabularyOptions(min_count=min_count)
    paths = find_files(files)
    form = AS_ITS_FILE if tokenizer is None else tokenizer.text
    lines = None if STDIN in paths else survey_lines(paths, form=form)
    with encode_corpus(
        files=paths,
        tokenizer=tokenizer,
        vocabulary=VocabularyOptions(min_count=1),
        workers=workers,
        progress=progress,
    ) as encoded:
        words, report = encoded.vocabulary.tokens, encoded.report
        counts = np.asarray(encoded.vocabulary.counts, np.int64)
    if not len(words):
        raise ConfigError("the text has no word that counts; is everything a stop word?")
    dropped = np.flatnonzero(counts < options.min_count)
    chosen = _kept(counts, options.min_count)
    return Survey(
        report=report,
        kept=[_kept(counts, least) for least in sorted({*MIN_COUNTS, chosen.min_count})],
        chosen=chosen,
        commonest=_named(words, counts, np.arange(min(shown, len(words)))),
        rarest=_named(words, counts, dropped[:shown]),
        lines=lines,
        case_pairs=_case_pairs(words, counts, options.min_count),
        **_spelling(words, counts),
        **_unspaced(words, counts),
    )


def _kept(counts: NDArray[np.int64], least: int) -> Kept:
    kept = counts[counts >= least]
    median = int(np.median(kept)) if len(kept) else 0
    return Kept(least, len(kept), int(kept.sum()), median)


def _named(
    words: Sequence[str], counts: NDArray[np.int64], rows: NDArray[np.int64]
) -> list[tuple[str, int]]:
    return [(words[row], int(counts[row])) for row in rows.tolist()]


def _case_pairs(words: Sequence[str], counts: NDArray[np.int64], least: int) -> int:
    """How many words of the vocabulary are another one's, but for letter case."""
    kept = [words[row].lower() for row in np.flatnonzero(counts >= least).tolist()]
    return len(kept) - len(set(kept))


def _spelling(words: Sequence[str], counts: NDArray[np.int64]) -> dict[str, float]:
    """Shares of the words read that are spelled in some way."""
    lowered = [word.lower() for word in words]
    spellings = Counter(lowered)
    signs = {
        "punctuated": [_is_punctuated(word) for word in words],
        "capitalised": [spellings[word] > 1 for word in lowered],
        "numbers": [word.isdigit() for word in words],
    }
    total = max(1, int(counts.sum()))
    return {name: float(counts[np.array(sign)].sum()) / total for name, sign in signs.items()}


def _unspaced(words: Sequence[str], counts: NDArray[np.int64]) -> dict[str, float]:
    """Words of scripts without spaces: their share of those read, and their mean length."""
    rows = [row for row, word in enumerate(words) if _UNSPACED.match(word)]
    read = counts[rows]
    lengths = np.array([len(words[row]) for row in rows], np.int64)
    total, found = max(1, int(counts.sum())), max(1, int(read.sum()))
    return {"unspaced": int(read.sum()) / total, "unspaced_length": int(lengths @ read) / found}


def _is_punctuated(word: str) -> bool:
    """Whether a mark stands at an end of something that is no mark itself."""
    return (
        len(word) > 1
        and (word[-1] in _TRAILING or word[0] in _TRAILING)
        and any(character.isalnum() for character in word)
    )
