"""`lexiscope info`: what a file or a model is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lexiscope.cli.shared.arguments import (
    EncodingOption,
    JsonOption,
    OutputVectorsOption,
    PathArgument,
)
from lexiscope.cli.shared.output import (
    Cell,
    print_facts,
    print_json,
    print_line,
    print_table,
    print_warnings,
)
from lexiscope.progress import human_bytes

if TYPE_CHECKING:
    from lexiscope.vectors import KeyedVectors

_WORDS_SHOWN = 10


def info(
    path: PathArgument,
    encoding: EncodingOption = None,
    output_vectors: OutputVectorsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what PATH is: words, dimensions, counts, training options.

    Of a language model's checkpoint (a folder, or OWNER/NAME on the hub): how its parameters are
    shared out.
    """
    from lexiscope import formats
    from lexiscope.errors import FormatError
    from lexiscope.formats.contract import ReadOptions
    from lexiscope.vectors import KeyedVectors

    try:
        format_ = formats.detect(path)
    except FormatError:
        # Vectors come first: a folder of them may have the same files as a language model.
        if not _is_checkpoint(path):
            raise
        _tell_checkpoint(path, as_json=as_json)
        return
    data = formats.read(path, ReadOptions(encoding=encoding), output_vectors)
    vectors = KeyedVectors.from_data(data).in_words()
    document = _document(path, format_.name, vectors)
    if as_json:
        print_json(document)
        return
    print_warnings(vectors.warnings)
    print_facts(_facts(document, format_.description))


def _is_checkpoint(path: str) -> bool:
    from lexiscope.contextual.pretrained.census import looks_like_pretrained

    return looks_like_pretrained(path)


def _document(path: str, format_name: str, vectors: KeyedVectors) -> dict[str, Any]:
    output = vectors.output_vectors if vectors.has_output else None
    counts = vectors.counts
    rows = range(min(_WORDS_SHOWN, len(vectors)))
    if counts is not None:
        rows = (-counts).argsort(kind="stable")[:_WORDS_SHOWN].tolist()
    return {
        "path": path,
        "format": format_name,
        "words": len(vectors),
        "dimensions": vectors.vector_size,
        "output": None if output is None else list(output.shape),
        "occurrences": None if counts is None else int(counts.sum()),
        "matrix_bytes": vectors.vectors.nbytes + (0 if output is None else output.nbytes),
        "commonest": [
            {
                "word": vectors.index_to_key[row],
                "count": None if counts is None else int(counts[row]),
            }
            for row in rows
        ],
        "recording": _recording(Path(path)),
        "config": vectors.metadata,
        "warnings": vectors.warnings,
    }


def _recording(path: Path) -> str | None:
    """What a model folder's recording holds, or what is wrong with it; None where there is none."""
    from lexiscope.errors import FormatError
    from lexiscope.formats.kinds import packed_run

    try:
        with packed_run.unpacked(path) as folder:
            return _held(folder)
    except FormatError as error:
        return f"cannot be read: {error}"


def _held(path: Path) -> str | None:
    from lexiscope.replay import storage

    if (path / storage.SNAPSHOTS_FILE).is_file():
        from lexiscope.inspection.snapshots.snapshots import Snapshots

        found = Snapshots.open(path)
        return f"{len(found)} snapshots of {len(found.rows)} watched words"
    if (path / storage.STEPS_FILE).is_file():
        _, arrays = storage.decode(path / storage.STEPS_FILE)
        return f"all {len(arrays['order']):,} steps"
    return None


def _facts(document: dict[str, Any], description: str) -> list[tuple[str, Cell]]:
    output = document["output"]
    occurrences = document["occurrences"]
    named = "commonest words" if occurrences is not None else "first words"
    facts: list[tuple[str, Cell]] = [
        ("path", document["path"]),
        ("format", description),
        ("words", document["words"]),
        ("dimensions", document["dimensions"]),
        ("output matrix", "none" if output is None else f"{output[0]:,} × {output[1]:,}"),
        ("occurrences counted", "no counts" if occurrences is None else occurrences),
        ("matrices", human_bytes(document["matrix_bytes"])),
        (
            named,
            ", ".join(
                entry["word"] if entry["count"] is None else f"{entry['word']} {entry['count']:,}"
                for entry in document["commonest"]
            ),
        ),
    ]
    if document["recording"] is not None:
        facts.append(("recording", document["recording"]))
    return facts + [(name, _shown(value)) for name, value in _flat(document["config"])]


def _flat(config: dict[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Names and values of a nested configuration, in its order: "training.window"."""
    flat: list[tuple[str, Any]] = []
    for name, value in config.items():
        if isinstance(value, dict):
            flat += _flat(value, f"{prefix}{name}.")
        else:
            flat.append((f"{prefix}{name}", value))
    return flat


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _tell_checkpoint(path: str, *, as_json: bool) -> None:
    """Prints the parameter census of a checkpoint.

    Raises:
        LexiscopeError: It is no checkpoint, is damaged, or cannot be reached.
    """
    from lexiscope.contextual.pretrained.census import census

    counted = census(path)
    if as_json:
        print_json(counted.to_json())
        return
    rows, columns = counted.embedding.shape
    padded = 0 if counted.tokens is None else max(0, rows - counted.tokens)
    stored, wide = counted.embedding.bytes, 4 * counted.embedding.values
    memory = human_bytes(stored) + (f" ({human_bytes(wide)} as float32)" if stored != wide else "")
    facts: list[tuple[str, Cell]] = [
        ("path", path),
        ("format", "language model checkpoint (its embeddings: `lexiscope extract`)"),
        ("architecture", "not told" if counted.architecture is None else counted.architecture),
        ("vocabulary", f"{rows:,} rows" + (f", {padded:,} of them padding" if padded else "")),
        ("dimensions", columns),
        ("tensor", f"{counted.embedding.name} ({counted.embedding.dtype})"),
        ("matrix", memory),
        ("output matrix", str(counted.tied)),
    ]
    print_facts(facts)
    print_line()
    output = round(counted.output_share * counted.parameters)
    parts = [("embeddings", counted.embedding.values), ("output matrix", output)]
    rest = counted.parameters - counted.embedding.values - output
    table = [
        (name, count, f"{100 * count / counted.parameters:.1f} %")
        for name, count in [*parts, ("everything else", rest), ("all", counted.parameters)]
        if count
    ]
    print_table(["parameters", "number", "share"], table)
