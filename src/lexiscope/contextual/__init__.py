"""Vectors of words in their context, and embedding matrices out of language models."""

from __future__ import annotations
