"""The model's lines of PyTorch, as text: to be shown where PyTorch is not installed."""

from __future__ import annotations

import ast
from importlib.resources import files

CLASS = "SkipGram"


def model_source() -> str:
    """The class `lexiscope.reference.SkipGram`, as it stands in its file."""
    source = (files("lexiscope") / "reference.py").read_text(encoding="utf-8")
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef) and node.name == CLASS:
            return "\n".join(source.splitlines()[node.lineno - 1 : node.end_lineno])
    raise LookupError(f"reference.py has no class {CLASS}")
