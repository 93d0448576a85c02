"""Positions: how many tokens a model can take, where it says so."""

from __future__ import annotations

from typing import Any

# What configurations call it, the likeliest first.
_NAMES = (
    "max_position_embeddings",
    "n_positions",
    "max_encoder_position_embeddings",
    "max_seq_len",
    "max_sequence_length",
    "max_seq_length",
    "max_source_positions",
    "seq_length",
    "n_ctx",
    "context_length",
)
_TABLES = ("position_embeddings", "wpe", "positions_embed", "embed_positions")


def positions_of(module: Any) -> int | None:
    """The most tokens that a model can take, special ones included; None where it says none.

    RoBERTa's table of positions starts behind the padding's id, so that some of its rows are never
    used; the table says so by having an index for padding.

    Args:
        module: A model of transformers.
    """
    told = (getattr(module.config, name, None) for name in _NAMES)
    limit = next((value for value in told if type(value) is int and value > 0), None)
    for name, part in module.named_modules():
        if name.rpartition(".")[2] in _TABLES and _is_table(part):
            unused = 0 if part.padding_idx is None else part.padding_idx + 1
            rows = int(part.weight.shape[0]) - unused
            return rows if limit is None else min(limit, rows)
    return limit


def _is_table(part: Any) -> bool:
    """Whether a module is a learned table; I-BERT's is of a class of its own."""
    return hasattr(part, "padding_idx") and getattr(part, "weight", None) is not None
