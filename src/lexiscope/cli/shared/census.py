"""What `lexiscope info` tells of a language model's checkpoint."""

from __future__ import annotations

from lexiscope.cli.shared.output import (
    Cell,
    print_facts,
    print_json,
    print_line,
    print_table,
)
from lexiscope.progress import human_bytes


def tell_checkpoint(path: str, *, as_json: bool) -> None:
    """Prints the parameter census of a checkpoint.

    Raises:
        LexiscopeError: It is no checkpoint, is damaged, or cannot be reached.
    """
    from lexiscope.contextual.pretrained.census import census

    found = census(path)
    if as_json:
        print_json(found.to_json())
        return
    rows, columns = found.embedding.shape
    padded = 0 if found.tokens is None else max(0, rows - found.tokens)
    stored, wide = found.embedding.bytes, 4 * found.embedding.values
    memory = human_bytes(stored) + (f" ({human_bytes(wide)} as float32)" if stored != wide else "")
    facts: list[tuple[str, Cell]] = [
        ("path", path),
        ("format", "language model checkpoint (its embeddings: `lexiscope extract`)"),
        ("architecture", "not told" if found.architecture is None else found.architecture),
        ("vocabulary", f"{rows:,} rows" + (f", {padded:,} of them padding" if padded else "")),
        ("dimensions", columns),
        ("tensor", f"{found.embedding.name} ({found.embedding.dtype})"),
        ("matrix", memory),
        ("output matrix", str(found.tied)),
    ]
    print_facts(facts)
    print_line()
    output = round(found.output_share * found.parameters)
    parts = [("embeddings", found.embedding.values), ("output matrix", output)]
    rest = found.parameters - found.embedding.values - output
    table = [
        (name, count, f"{100 * count / found.parameters:.1f} %")
        for name, count in [*parts, ("everything else", rest), ("all", found.parameters)]
        if count
    ]
    print_table(["parameters", "number", "share"], table)
