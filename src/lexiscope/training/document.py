"""config.json of a run: its one writer, and its one reader.

What older versions did not write yet takes its default; an option that this version does not know
is refused, since a run that went on without it would be another run.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope._version import __version__
from lexiscope.corpus import CorpusReport, TokenizerSpec, Vocabulary, VocabularyOptions
from lexiscope.corpus.phrases.options import PhraseOptions
from lexiscope.errors import ConfigError, FormatError
from lexiscope.formats import VectorsData
from lexiscope.formats.kinds import model_folder
from lexiscope.formats.reading.spread import SpreadRows
from lexiscope.training.config import TrainingConfig
from lexiscope.training.initial import InitialReport, saved_frozen
from lexiscope.training.loop.state import Totals, TrainingState
from lexiscope.training.losses.registry import rule_of
from lexiscope.training.run import Run, ngrams_of
from lexiscope.training.watching.held_out import Validation

# Shares are sums and quotients of integers.
_ROUNDING = 1e-9


def run_document(
    run: Run,
    corpus: CorpusReport | None,
    tokenizer: TokenizerSpec,
    vocabulary: VocabularyOptions,
    phrases: PhraseOptions | None = None,
    *,
    validation: Validation = None,
    validation_losses: Sequence[float | None] = (),
    initial: InitialReport | None = None,
) -> dict[str, Any]:
    """What config.json keeps of a run as it stands; plain data that `json.dumps` takes.

    Args:
        run: The run.
        corpus: Of the text that was read, or None where the words were counted elsewhere.
        tokenizer, vocabulary, phrases: How it was read.
        validation: What the held-out loss was measured on.
        validation_losses: Mean held-out loss a pair at each epoch's end; None where there was none.
        initial: What the weights began with, if not at random.
    """
    result = _result(run)
    if validation is not None:
        losses = _finite(validation_losses)
        result["validation_losses"] = losses
        result["final_validation_loss"] = losses[-1] if losses else None
    document = {
        "lexiscope": __version__,
        "training": run.config.to_json(),
        "tokenizer": tokenizer.to_json(),
        "vocabulary": {
            "words": len(run.vocabulary),
            "effective_min_count": None if corpus is None else corpus.effective_min_count,
            **vocabulary.to_json(),
        },
        "corpus": {
            "fingerprint": run.corpus_fingerprint,
            **({} if corpus is None else corpus.to_json()),
        },
        "result": result,
        "validation": validation,
    }
    if phrases is not None:
        document["phrases"] = phrases.to_json()
    if initial is not None:
        document["initial"] = initial.to_json(run.weights.frozen)
    if run.integers:
        document["keys"] = key_types(run.vocabulary.tokens, run.integers)
    return document


def key_types(tokens: Sequence[str], integers: frozenset[str]) -> dict[str, Any]:
    """Which words are whole numbers to whoever asks for them, as config.json keeps it."""
    numbers = [token for token in tokens if token in integers]
    return {"integers": True if len(numbers) == len(tokens) else numbers}


def saved_integers(document: Mapping[str, Any], tokens: Sequence[str]) -> frozenset[str]:
    """The words that are whole numbers, by what config.json says.

    Raises:
        AttributeError, TypeError, ValueError: What is there says no such thing.
    """
    numbers = document.get("keys", {}).get("integers", ())
    numbers = frozenset(tokens if numbers is True else numbers)
    for number in numbers:
        int(number)
    return numbers


def checkpoint_document(
    document: Mapping[str, Any], state: TrainingState, words: Vocabulary, *, words_given: bool
) -> dict[str, Any]:
    """A checkpoint's config.json: that of its run, and where the run stands.

    Args:
        document: The run's.
        state: The run's.
        words: The run's.
        words_given: Whether the text was read with words that another one had chosen.
    """
    totals = asdict(state.totals)
    place = {
        "epoch": state.epoch,
        "position": state.position,
        "totals": {**totals, "epoch_losses": _finite(totals["epoch_losses"])},
        "words_given": words_given,
    }
    whole = {**document, "checkpoint": place}
    return {**whole, "checkpoint": {**place, "checksum": checksum_of(whole, words)}}


def checksum_of(document: Mapping[str, Any], words: Vocabulary) -> str:
    """Sixteen hex digits of all that a checkpoint says beside its matrices.

    Args:
        document: Its config.json; a checksum in it does not count.
        words: Its vocabulary.
    """
    place = {name: value for name, value in document["checkpoint"].items() if name != "checksum"}
    content = json.dumps({**document, "checkpoint": place}, sort_keys=True)
    digest = hashlib.blake2b(content.encode(), digest_size=8)
    digest.update("\0".join(words.tokens).encode("utf-8", "surrogatepass"))
    digest.update(np.ascontiguousarray(words.counts, "<i8").data)
    return digest.hexdigest()


def _result(run: Run) -> dict[str, Any]:
    totals = run.totals
    losses = _finite(totals.epoch_losses)
    return {
        "finished": run.share >= 1.0,
        "share": run.share,
        "epochs_before": run.epochs_before,
        "pairs": totals.all_pairs,
        "windows": totals.centers,
        "epoch_losses": losses,
        "final_loss": losses[-1] if losses else None,
        "seconds": totals.seconds,
        "fingerprint": run.fingerprint(),
    }


def _finite(losses: Sequence[float | None]) -> list[float | None]:
    """Without a pair there is no mean loss; JSON has no NaN."""
    return [loss if loss is not None and math.isfinite(loss) else None for loss in losses]


@dataclass(frozen=True, kw_only=True)
class SavedRun:
    """A run out of a model folder, checked.

    Attributes:
        document: Its whole config.json.
        words: The vocabulary, with counts.
        inputs: W, float32 (V, D); with subwords in two parts, the words' own rows and the n-grams'.
        outputs: W′, float32 (V or V − 1, D).
        buckets: int32 (N), whose the n-grams' rows are, with subwords.
        config, tokenizer, vocabulary, phrases: The options that it began with.
        effective_min_count: The least count that let a word in.
        corpus_fingerprint: Of the text; "" where it is not told.
        share: How much of the run was done.
        epochs_before: Epochs of earlier trainings of the same weights.
        epochs_trained: All epochs that the weights have behind them. One that was stopped counts:
            what it drew at random is not to be drawn again.
        validation: What the held-out loss was measured on.
        validation_losses: Mean held-out loss a pair of each finished epoch, None where unknown.
        initial: What the weights began with, if not at random.
        frozen: uint8 (V,), 1 for a word whose row of W does not change; None for none.
        integers: Words that are whole numbers to whoever asks for them, as text.
        fingerprint: Of W and W′; None where it is not told.
        words_given: Whether a checkpoint's text was read with words that another one had chosen.
        state: (epochs finished, position in the next, totals) of a checkpoint, else None.
    """

    document: dict[str, Any]
    words: Vocabulary
    inputs: tuple[NDArray[np.float32], ...]
    outputs: NDArray[np.float32]
    buckets: NDArray[np.int32] | None
    config: TrainingConfig
    tokenizer: TokenizerSpec
    vocabulary: VocabularyOptions
    phrases: PhraseOptions | None
    effective_min_count: int | None
    corpus_fingerprint: str
    share: float
    epochs_before: int
    epochs_trained: int
    validation: Validation
    validation_losses: list[float | None]
    initial: InitialReport | None
    frozen: NDArray[np.uint8] | None
    integers: frozenset[str]
    fingerprint: str | None
    words_given: bool
    state: tuple[int, int, Totals] | None

    def run(self) -> Run:
        """The run where it stood, its weights a copy; a finished one can be trained again."""
        run = Run.restored(
            self.config,
            self.words,
            self.inputs,
            self.outputs,
            self.epochs_trained,
            ngrams_of(self.words, self.config, self.buckets),
        )
        run.freeze(self.frozen)
        run.integers = self.integers
        if self.state is not None:
            run.epochs_before = self.epochs_before
            run.corpus_fingerprint = self.corpus_fingerprint
            run.state.epoch, run.state.position, run.state.totals = self.state
            run.state.share = self.share
        return run


def read_run(path: Path, data: VectorsData) -> SavedRun:
    """What a model folder tells of its run.

    Args:
        path: The folder, for messages.
        data: What it holds, the whole config.json as its metadata.

    Raises:
        FormatError: It lacks W′ or counts; an option is missing that has no default, is out of
            range or unknown; or the matrices do not fit the options.
    """
    if data.counts is None or data.output is None or not data.counts.any():
        raise FormatError(path / model_folder.VOCABULARY, None, "has no count above 0")
    document, words = data.metadata, Vocabulary(data.tokens, data.counts)
    try:
        options, progress = _options(document), _progress(document, len(words))
        integers = saved_integers(document, words.tokens)
    except (AttributeError, ConfigError, KeyError, TypeError, ValueError) as error:
        raise FormatError(
            path / model_folder.CONFIG,
            None,
            f"its options are not a model's ({error}); it was written by version "
            f"{document.get('lexiscope', '?')} of lexiscope, this is {__version__}",
        ) from error
    saved = SavedRun(
        document=document,
        words=words,
        outputs=data.output,
        integers=integers,
        **_inputs(path, data, options["config"]),
        **options,
        **progress,
    )
    _check_fit(path, saved)
    _check_state(path, saved)
    return saved


def _inputs(path: Path, data: VectorsData, config: TrainingConfig) -> dict[str, Any]:
    """W in its parts, by the names of `SavedRun`.

    Raises:
        FormatError: There should be n-grams, and there are none.
    """
    if config.subwords is None:
        return {"inputs": (data.vectors,), "buckets": None}
    subwords = data.subwords
    if subwords is None or subwords.own is None or not isinstance(subwords.rows, SpreadRows):
        raise FormatError(
            path,
            None,
            f"has no {model_folder.SUBWORDS}, which a model with subwords needs to train",
        )
    return {"inputs": (subwords.own, subwords.rows.rows), "buckets": subwords.rows.used}


def _options(document: Mapping[str, Any]) -> dict[str, Any]:
    """What the run began with, by the names of `SavedRun`."""
    # Where nothing is said of the vocabulary, every word was kept that the model has.
    chosen = {"min_count": 1, **document.get("vocabulary", {})}
    chosen.pop("words", None)
    effective = chosen.pop("effective_min_count", 1)
    phrases = document.get("phrases")
    return {
        "config": TrainingConfig.from_json(document["training"]),
        "tokenizer": TokenizerSpec.from_json(document.get("tokenizer", {})),
        "vocabulary": VocabularyOptions.from_json(chosen),
        "phrases": None if phrases is None else PhraseOptions.from_json(phrases),
        "effective_min_count": None if effective is None else int(effective),
        "validation": _validation(document.get("validation")),
        "corpus_fingerprint": str(document.get("corpus", {}).get("fingerprint", "")),
    }


def _progress(document: Mapping[str, Any], words: int) -> dict[str, Any]:
    """How far the run had come, by the names of `SavedRun`."""
    result = document.get("result", {})
    share = float(result.get("share", 1.0))
    finished = len(result.get("epoch_losses", ()))
    before = int(result.get("epochs_before", 0))
    under_way = share * int(document["training"].get("epochs", 0)) > finished
    losses = list(result.get("validation_losses", ()))
    initial = document.get("initial")
    place = document.get("checkpoint")
    if place is None and "checkpoint" in document:
        raise TypeError("checkpoint is null")
    return {
        "share": share,
        "epochs_before": before,
        "epochs_trained": before + finished + int(under_way),
        "validation_losses": [*losses, *[None] * finished][:finished],
        "initial": None if initial is None else InitialReport.from_json(initial),
        "frozen": saved_frozen(document, words),
        "fingerprint": result.get("fingerprint"),
        "words_given": place is not None and bool(place.get("words_given", False)),
        "state": _state(place),
    }


def _validation(saved: object) -> Validation:
    """As first versions wrote it, a share is a str too."""
    if saved is None:
        return None
    try:
        return float(str(saved))
    except ValueError:
        return str(saved)


def _state(place: Mapping[str, Any] | None) -> tuple[int, int, Totals] | None:
    if place is None:
        return None
    totals = Totals(**place["totals"])
    # An epoch without a pair has no mean loss.
    losses = [math.nan if loss is None else float(loss) for loss in totals.epoch_losses]
    return int(place["epoch"]), int(place["position"]), replace(totals, epoch_losses=losses)


def _check_fit(path: Path, saved: SavedRun) -> None:
    """Refuses matrices that the options do not belong to: the kernels trust their shapes."""
    config, words = saved.config, len(saved.words)
    rows = words + (0 if saved.buckets is None else len(saved.buckets))
    expected = (
        (rows, config.vector_size),
        (rule_of(config.loss).output_rows(words), config.vector_size),
    )
    columns = {part.shape[1] for part in saved.inputs}
    shapes = ((sum(map(len, saved.inputs)), max(columns)), saved.outputs.shape)
    if shapes != expected:
        raise FormatError(
            path,
            None,
            f"has matrices of shapes {shapes[0]} and {shapes[1]}; its options (loss "
            f"{config.loss}, vector_size {config.vector_size}) expect {expected[0]} and "
            f"{expected[1]}",
        )


def _check_state(path: Path, saved: SavedRun) -> None:
    """Refuses a place that no run can stand at."""
    if saved.state is None:
        return
    epoch, position, totals = saved.state
    epochs = saved.config.epochs
    possible = (
        0 <= epoch <= epochs
        and position >= 0
        and len(totals.epoch_losses) == epoch
        and epoch <= saved.share * epochs + _ROUNDING
        and saved.share * epochs <= min(epoch + 1, epochs) + _ROUNDING
    )
    if not possible:
        raise FormatError(
            path / model_folder.CONFIG,
            None,
            f"says that {epoch:,} of {epochs:,} epochs, {position:,} positions of the next and "
            f"{saved.share:.2%} of the run are done, with {len(totals.epoch_losses):,} epochs' "
            f"losses, which do not fit each other",
        )
