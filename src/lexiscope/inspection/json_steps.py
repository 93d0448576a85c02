"""Tree of JSON files of a recording, the reference program's, written as it is computed.

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

W, W_prime and embeddings_2d of step N are those after it; all else is of the weights before it:
hidden, logits, probabilities, forces, gradients, cosine, rank. run_metadata.json says so, too,
under `weights_as_of`.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from lexiscope import data
from lexiscope.errors import ConfigError
from lexiscope.files.atomic import atomic_folder
from lexiscope.inspection.history import StepHistory
from lexiscope.inspection.views.census import census
from lexiscope.inspection.views.convergence import convergence
from lexiscope.inspection.views.corpus_overview import corpus_overview
from lexiscope.inspection.views.neighbors import neighbor_evolution
from lexiscope.inspection.views.projection import Axes, fit_axes
from lexiscope.inspection.views.scorecard import scorecard
from lexiscope.inspection.views.similarity import similarity_matrix
from lexiscope.inspection.views.two_vectors import two_vectors
from lexiscope.progress import Meter, ProgressCallback
from lexiscope.replay.config import FORMER_NAMES
from lexiscope.replay.recording import Recording
from lexiscope.replay.step import Step

# Fields of steps/N.json by the weights that they are of: after the step's update, or before it.
AFTER = ("W", "W_prime", "embeddings_2d")
BEFORE = (
    *("hidden", "logits", "probabilities", "grad_v_c", "grad_u_o", "attractive_force"),
    *("repulsive_force", "cosine_center_context", "context_rank", "context_prob"),
)
METADATA = "run_metadata.json"
STEPS = "steps"
_MODEL = "SkipGram"
_KEY_WORDS = 12


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
    snapshots = StepHistory(recording).pooled()
    with atomic_folder(target) as folder:
        (folder / STEPS).mkdir()
        _write(folder / METADATA, _metadata(recording, len(snapshots)), indent=2)
        _write_list(folder / "loss_curve.json", _losses(recording))
        _write(folder / "step_index.json", snapshots)
        for name, document in _views(recording).items():
            _write(folder / f"{name}.json", document)
        _write_steps(recording, folder, snapshots, progress)


@dataclass(frozen=True, kw_only=True)
class FileSize:
    """A file of an export, before it is written.

    Attributes:
        name: In the folder; `steps/` stands for all of its files.
        holds: In a few words.
        bytes: Of all; of what has an entry a step reckoned from a few; None where only writing it
            would tell.
        files: How many.
    """

    name: str
    holds: str
    bytes: int | None
    files: int = 1


_SAMPLED = 5
# Of more words the cosine of every two takes too long to be made only to be measured.
_MEASURED_WORDS = 1_000


def sizes(recording: Recording) -> list[FileSize]:
    """What `export` writes, and how large it becomes; nothing is written."""
    snapshots = StepHistory(recording).pooled()
    axes = fit_axes(StepHistory(recording))
    places = np.linspace(0, len(snapshots) - 1, min(_SAMPLED, len(snapshots))).round().astype(int)
    documents = [_step_document(recording, snapshots[place], axes) for place in places]
    step = float(np.mean([_length(document) for document in documents]))
    entry = float(np.mean([_length(_timeline_entry(document)) + 2 for document in documents]))
    losses = sum(_length(one) + 2 for one in _losses(recording))
    small = len(recording.tokens) <= _MEASURED_WORDS
    views = {
        f"{name}.json": _length(document)
        for name, document in (_views(recording).items() if small else ())
    }
    known = {
        METADATA: len(json.dumps(_metadata(recording, len(snapshots)), indent=2)),
        "loss_curve.json": losses,
        "step_index.json": _length(snapshots),
        "embeddings_timeline.json": round(entry * len(snapshots)),
        **views,
        f"{STEPS}/": round(step * len(snapshots)),
    }
    return [
        FileSize(
            name=name,
            holds=holds,
            bytes=known.get(name),
            files=len(snapshots) if name.endswith("/") else 1,
        )
        for name, holds in _HOLDS.items()
    ]


_HOLDS = {
    METADATA: "words, options, counts, the sentences",
    "loss_curve.json": "every step's loss",
    "step_index.json": "which steps have a file",
    "embeddings_timeline.json": "the words' places on the flat picture, at each of those",
    "model_definition.json": "source, matrices, models to compare with",
    "corpus_stats.json": "counts, what was taken out, sample sentences",
    "similarity_matrix.json": "the cosine of every two words",
    "weight_snapshots.json": "W and W′ at ten moments",
    "w_vs_wprime.json": "each word's two rows: cosine and lengths",
    "neighbor_evolution.json": "nearest words over the run, of some words",
    "analogy_evolution.json": "the analogies over the run",
    "word_convergence.json": "how near each word is to its end, over the run",
    f"{STEPS}/": "a file a step, with all that is listed above",
}


def _length(document: Any) -> int:
    return len(json.dumps(document))


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
        "weights_as_of": {"after_the_step": list(AFTER), "before_the_step": ["loss", *BEFORE]},
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
            {
                "name": layer.name,
                "shape": list(layer.shape),
                "params": layer.parameters,
                "role": layer.role,
            }
            for layer in counted.layers
        ],
        "total_params": counted.total,
        "comparisons": [
            {
                "name": model.name,
                "params": model.parameters,
                "shape": model.shape,
                "source": model.source,
            }
            for model in counted.comparisons
        ],
    }


def model_source() -> str:
    """The class `lexiscope.reference.SkipGram` as it stands in its file; needs no PyTorch."""
    source = (files("lexiscope") / "reference.py").read_text(encoding="utf-8")
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef) and node.name == _MODEL:
            return "\n".join(source.splitlines()[node.lineno - 1 : node.end_lineno])
    raise LookupError(f"reference.py has no class {_MODEL}")


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
    similar = similarity_matrix(recording)
    return {
        "words": similar.words,
        "groups": [{"name": name, "size": size} for name, size in similar.groups],
        "matrix": similar.cosines.round(4).tolist(),
    }


def _matrices(recording: Recording) -> list[dict[str, Any]]:
    history = StepHistory(recording)
    return [
        {
            "step": snapshot,
            "W": history.inputs(snapshot).astype(np.float64).round(6).tolist(),
            "W_prime": history.outputs(snapshot).astype(np.float64).round(6).tolist(),
        }
        for snapshot in history.few()
    ]


def _two_vectors(recording: Recording) -> list[dict[str, Any]]:
    if not recording.run.rule.words_have_rows:  # its W′ has no rows of words
        return []
    pairs = two_vectors(recording)
    columns = (pairs.cosines, pairs.input_norms, pairs.output_norms)
    numbers = np.stack(columns, axis=1).round(6).tolist()
    return [
        {"word": word, "cosine_similarity": cosine, "w_norm": first, "wprime_norm": second}
        for word, (cosine, first, second) in zip(pairs.words, numbers, strict=True)
    ]


def key_words(recording: Recording) -> list[str]:
    """Words to watch: the first of each bundled group that the run knows, else the commonest."""
    firsts = [words[0] for words in data.groups().values() if words[0] in recording.tokens]
    if len(firsts) >= _KEY_WORDS // 2:
        return firsts
    commonest = np.argsort(-recording.run.counts, kind="stable")[:_KEY_WORDS]
    return [recording.tokens[row] for row in commonest]


def _neighbors(recording: Recording) -> dict[str, Any]:
    evolutions = neighbor_evolution(StepHistory(recording), key_words(recording))
    return {
        word: [
            {
                "step": around.snapshot,
                "neighbors": [
                    {"word": other, "similarity": round(cosine, 6)}
                    for other, cosine in around.nearest
                ],
            }
            for around in evolution
        ]
        for word, evolution in evolutions.items()
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
        for score in scorecard(StepHistory(recording)).scores
    ]


def _convergence(recording: Recording) -> dict[str, Any]:
    settling = convergence(StepHistory(recording))
    cosines = settling.cosines.T.round(4).tolist()
    columns = (recording.tokens, settling.counts.tolist(), settling.settled.tolist(), cosines)
    return {
        "steps": settling.snapshots,
        "words": [
            {"word": word, "frequency": count, "settled_step": settled, "similarity": row}
            for word, count, settled, row in zip(*columns, strict=True)
        ],
    }


def _write_steps(
    recording: Recording, folder: Path, snapshots: list[int], progress: ProgressCallback | None
) -> None:
    """steps/N.json and the timeline, in one pass over the run."""
    axes = fit_axes(StepHistory(recording))
    meter = Meter("writing", len(snapshots), "steps", progress)

    def entries() -> Iterator[dict[str, Any]]:
        for number, snapshot in enumerate(snapshots, 1):
            document = _step_document(recording, snapshot, axes)
            _write(folder / STEPS / f"{snapshot}.json", document)
            yield _timeline_entry(document)
            meter.update(number)
        meter.finish(len(snapshots))

    _write_list(folder / "embeddings_timeline.json", entries())


def _timeline_entry(document: dict[str, Any]) -> dict[str, Any]:
    entry = {"step": document["step"], "positions": document["embeddings_2d"]}
    if document["loss"] is not None:
        entry["loss"] = round(document["loss"], 6)
        entry["center_word"] = document["center_word"]
        entry["context_word"] = document["context_word"]
    return entry


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
        **(dict.fromkeys(BEFORE) if step is None else _example(recording, step)),
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
