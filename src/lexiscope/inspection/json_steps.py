"""A recording as the reference program's tree of JSON files, written as it is computed.

Layout (field names are the reference's; what it does not name is ours):
    run_metadata.json         vocabulary, options, word frequencies, raw sentences
    loss_curve.json           [{step, loss}] of every step
    step_index.json           the snapshots that have a file in steps/
    embeddings_timeline.json  [{step, positions: {word: [x, y]}, loss, center_word, context_word}]
    model_definition.json     source, layers, comparisons
    corpus_stats.json         frequencies, sample sentences
    similarity_matrix.json    cosines in the order of the groups
    weight_snapshots.json     [{step, W, W_prime}] at ten snapshots
    w_vs_wprime.json          [{word, cosine_similarity, w_norm, wprime_norm}]
    neighbor_evolution.json   {word: [{step, neighbors: [{word, similarity}]}]}
    analogy_evolution.json    [{step, correct, total, results: […]}]
    word_convergence.json     {steps, words: [{word, frequency, settled_step, similarity}]}
    steps/N.json              the whole state of step N; 0 is the start, which has no example

W and W_prime of step N are those after it; forces and gradients are of the weights before it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from lexiscope import data
from lexiscope.errors import ConfigError
from lexiscope.files.atomic import atomic_folder
from lexiscope.inspection.views.census import census
from lexiscope.inspection.views.convergence import convergence
from lexiscope.inspection.views.corpus_overview import corpus_overview
from lexiscope.inspection.views.matrices import matrices_over_time
from lexiscope.inspection.views.model_source import model_source
from lexiscope.inspection.views.neighbors import neighbor_evolution
from lexiscope.inspection.views.projection import Axes, fit_axes
from lexiscope.inspection.views.scorecard import scorecard
from lexiscope.inspection.views.selection import recorded_snapshots
from lexiscope.inspection.views.similarity import similarity_matrix
from lexiscope.inspection.views.two_vectors import two_vectors
from lexiscope.progress import Progress, ProgressCallback
from lexiscope.replay.config import FORMER_NAMES
from lexiscope.replay.recording import Recording
from lexiscope.replay.step import Step

METADATA = "run_metadata.json"
STEPS = "steps"
_KEY_WORDS = 12
_TELL_SECONDS = 0.2


def export(
    recording: Recording, out: str | PathLike[str], progress: ProgressCallback | None = None
) -> None:
    """Writes the tree, whole or not at all, over an earlier export if there is one.

    Args:
        recording: The run; its dense_steps, record_interval and pca say which steps, and how they
            are projected.
        out: The folder; folders above it are made.
        progress: Told a few times a second.

    Raises:
        ConfigError: Something that is no such export is in the way.
        OSError: The disk is full or cannot be written to.
    """
    target = Path(out)
    check_target(target)
    target.resolve().parent.mkdir(parents=True, exist_ok=True)
    config = recording.config
    snapshots = recorded_snapshots(recording.steps, config.dense_steps, config.record_interval)
    with atomic_folder(target) as folder:
        (folder / STEPS).mkdir()
        _write(folder / METADATA, _metadata(recording, len(snapshots)), indent=2)
        _write_list(folder / "loss_curve.json", _losses(recording))
        _write(folder / "step_index.json", snapshots)
        for name, document in _views(recording).items():
            _write(folder / f"{name}.json", document)
        _write_steps(recording, folder, snapshots, progress)


def check_target(target: Path) -> None:
    """Refuses a path that holds something else than an earlier export.

    Raises:
        ConfigError: Saying so.
    """
    if not target.exists() and not target.is_symlink():
        return
    ours = (target / METADATA).is_file() and (target / STEPS).is_dir()
    if not target.is_dir() or (any(target.iterdir()) and not ours):
        raise ConfigError(f"{target} exists and is no export of a run; name a new folder")


def _write(path: Path, document: Any, indent: int | None = None) -> None:
    path.write_text(json.dumps(document, indent=indent), encoding="ascii")


def _write_list(path: Path, entries: Iterable[Any]) -> None:
    """A JSON list, entry by entry."""
    with path.open("w", encoding="ascii") as stream:
        stream.write("[")
        for number, entry in enumerate(entries):
            stream.write((", " if number else "") + json.dumps(entry))
        stream.write("]")


def _metadata(recording: Recording, recorded: int) -> dict[str, Any]:
    config = recording.config
    counts = recording.run.counts.tolist()
    former = {now: before for before, now in FORMER_NAMES.items()}
    options = {former.get(name, name): value for name, value in config.to_json().items()}
    return {
        "topic": "word2vec",
        "corpus_name": recording.corpus.name,
        "vocab": recording.tokens,
        "vocab_size": len(recording.tokens),
        "embed_dim": config.vector_size,
        "config": {"embed_dim": config.vector_size, "num_steps": recording.steps, **options},
        "total_steps": recording.steps,
        "recorded_steps": recorded,
        "word_frequencies": dict(zip(recording.tokens, counts, strict=True)),
        "raw_sentences": recording.corpus.sentences,
    }


def _losses(recording: Recording) -> Iterator[dict[str, Any]]:
    for number, loss in enumerate(recording.losses.tolist(), 1):
        yield {"step": number, "loss": round(loss, 6)}


def _views(recording: Recording) -> dict[str, Any]:
    """The files that are small: name → document."""
    return {
        "model_definition": _model(recording),
        "corpus_stats": _corpus(recording),
        "similarity_matrix": _similarity(recording),
        "weight_snapshots": _matrices(recording),
        "w_vs_wprime": _two_vectors(recording),
        "neighbor_evolution": _neighbors(recording),
        "analogy_evolution": _analogies(recording),
        "word_convergence": _convergence(recording),
    }


def _model(recording: Recording) -> dict[str, Any]:
    counted = census(recording)
    return {
        "source": model_source(),
        "layers": [
            {"name": one.name, "shape": list(one.shape), "params": one.parameters, "role": one.role}
            for one in counted.layers
        ],
        "total_params": counted.total,
        "comparisons": [
            {"name": one.name, "params": one.parameters, "shape": one.shape, "source": one.source}
            for one in counted.comparisons
        ],
    }


def _corpus(recording: Recording) -> dict[str, Any]:
    overview = corpus_overview(recording)
    return {
        "num_sentences": overview.sentences,
        "num_sentences_used": overview.used_sentences,
        "num_tokens": overview.tokens,
        "vocab_size": len(overview.vocabulary),
        "num_pairs": recording.run.epoch_length,
        "frequencies": [{"word": word, "count": count} for word, count in overview.vocabulary],
        "stopwords_removed": [
            {"word": word, "count": count} for word, count in overview.stopwords_removed
        ],
        "rare_removed": [{"word": word, "count": count} for word, count in overview.rare_removed],
        "sample_sentences": overview.samples,
    }


def _similarity(recording: Recording) -> dict[str, Any]:
    found = similarity_matrix(recording)
    return {
        "words": found.words,
        "groups": [{"name": name, "size": size} for name, size in found.groups],
        "matrix": found.cosines.round(4).tolist(),
    }


def _matrices(recording: Recording) -> list[dict[str, Any]]:
    found = matrices_over_time(recording)
    return [
        {
            "step": snapshot,
            "W": found.inputs[i].astype(np.float64).round(6).tolist(),
            "W_prime": found.outputs[i].astype(np.float64).round(6).tolist(),
        }
        for i, snapshot in enumerate(found.snapshots)
    ]


def _two_vectors(recording: Recording) -> list[dict[str, Any]]:
    if recording.config.loss == "hierarchical":  # its W′ has no rows of words
        return []
    found = two_vectors(recording)
    columns = (found.cosines, found.input_norms, found.output_norms)
    numbers = np.stack(columns, axis=1).round(6).tolist()
    return [
        {"word": word, "cosine_similarity": cosine, "w_norm": first, "wprime_norm": second}
        for word, (cosine, first, second) in zip(found.words, numbers, strict=True)
    ]


def key_words(recording: Recording) -> list[str]:
    """Words to watch: the first of each bundled group that the run knows, else the commonest."""
    firsts = [words[0] for words in data.groups().values() if words[0] in recording.tokens]
    if len(firsts) >= _KEY_WORDS // 2:
        return firsts
    commonest = np.argsort(-recording.run.counts, kind="stable")[:_KEY_WORDS]
    return [recording.tokens[row] for row in commonest]


def _neighbors(recording: Recording) -> dict[str, Any]:
    found = neighbor_evolution(recording, key_words(recording))
    return {
        word: [
            {
                "step": one.snapshot,
                "neighbors": [
                    {"word": other, "similarity": round(cosine, 6)} for other, cosine in one.nearest
                ],
            }
            for one in evolution
        ]
        for word, evolution in found.items()
    }


def _analogies(recording: Recording) -> list[dict[str, Any]]:
    return [
        {
            "step": score.snapshot,
            "correct": score.correct,
            "total": len(score.answers),
            "results": [
                {
                    "analogy": list(answer.question),
                    "expected": answer.question[3],
                    "predicted": answer.predicted,
                    "similarity": round(answer.similarity, 6),
                    "rank": answer.rank,
                    "correct": answer.correct,
                }
                for answer in score.answers
            ],
        }
        for score in scorecard(recording).scores
    ]


def _convergence(recording: Recording) -> dict[str, Any]:
    found = convergence(recording)
    cosines = found.cosines.T.round(4).tolist()
    columns = (recording.tokens, found.counts.tolist(), found.settled.tolist(), cosines)
    return {
        "steps": found.snapshots,
        "words": [
            {"word": word, "frequency": count, "settled_step": settled, "similarity": row}
            for word, count, settled, row in zip(*columns, strict=True)
        ],
    }


def _write_steps(
    recording: Recording, folder: Path, snapshots: list[int], progress: ProgressCallback | None
) -> None:
    """steps/N.json and the timeline, in one pass over the run."""
    axes = fit_axes(recording)
    began = told = time.monotonic()

    def entries() -> Iterator[dict[str, Any]]:
        nonlocal told
        for number, snapshot in enumerate(snapshots, 1):
            document = _step_document(recording, snapshot, axes)
            _write(folder / STEPS / f"{snapshot}.json", document)
            yield _timeline_entry(document)
            now = time.monotonic()
            if progress is not None and (now - told > _TELL_SECONDS or number == len(snapshots)):
                told = now
                progress(_progress(number, len(snapshots), now - began))

    _write_list(folder / "embeddings_timeline.json", entries())


def _progress(done: int, total: int, seconds: float) -> Progress:
    rate = done / max(seconds, 1e-9)
    return Progress(
        stage="writing",
        done=done,
        total=total,
        unit="steps",
        rate=rate,
        remaining=(total - done) / rate,
    )


def _timeline_entry(document: dict[str, Any]) -> dict[str, Any]:
    entry = {"step": document["step"], "positions": document["embeddings_2d"]}
    if document["loss"] is not None:
        entry["loss"] = round(document["loss"], 6)
        entry["center_word"] = document["center_word"]
        entry["context_word"] = document["context_word"]
    return entry


_NO_EXAMPLE = (
    *("hidden", "logits", "probabilities", "grad_v_c", "grad_u_o", "attractive_force"),
    *("repulsive_force", "cosine_center_context", "context_rank", "context_prob"),
)


def _step_document(recording: Recording, snapshot: int, axes: Axes) -> dict[str, Any]:
    step = recording.step(snapshot) if snapshot else None
    weights = recording.weights(0) if step is None else step.after
    positions = axes.project(weights.inputs).tolist()
    return {
        "step": snapshot,
        "center_word": None if step is None else step.center_word,
        "context_word": None if step is None else " ".join(step.context_words),
        "loss": None if step is None else step.loss,
        "W": weights.inputs.tolist(),
        "W_prime": weights.outputs.tolist(),
        **(dict.fromkeys(_NO_EXAMPLE) if step is None else _example(recording, step)),
        "embeddings_2d": dict(zip(recording.tokens, positions, strict=True)),
        "pca_variance_explained": list(axes.explained),
    }


def _example(recording: Recording, step: Step) -> dict[str, Any]:
    """The fields that only a step with an example has."""
    rows = step.output_rows.tolist()
    names = [f"node {row}" if step.tree else recording.tokens[row] for row in rows]
    of_target = step.target_gradient
    return {
        "hidden": step.hidden.tolist(),
        "logits": dict(zip(names, step.logits.tolist(), strict=True)),
        "probabilities": dict(zip(names, step.probabilities.tolist(), strict=True)),
        "grad_v_c": step.hidden_gradient.tolist(),
        "grad_u_o": None if of_target is None else of_target.tolist(),
        "attractive_force": step.attractive.tolist(),
        "repulsive_force": step.repulsive.tolist(),
        "cosine_center_context": step.cosine,
        "context_rank": step.rank,
        "context_prob": step.probability,
    }
