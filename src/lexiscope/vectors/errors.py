"""Errors of what is asked of vectors; each is also the built-in one that gensim raises there."""

from __future__ import annotations

from lexiscope.errors import ConfigError


class KeyTypeError(ConfigError, TypeError):
    """Something is given as a word or vector that can be neither."""


class AttributeTypeError(ConfigError, TypeError):
    """A fact about a word is of another type than those about the words before it."""


class MissingAttributeError(ConfigError, KeyError):
    """The words have no such fact, or no counts."""

    def __str__(self) -> str:
        # KeyError's own shows the repr of its argument, quotes and all.
        return str(self.args[0])


class EmptySetError(ConfigError, ZeroDivisionError):
    """The mean is asked for of no words."""


class UnsupportedError(ConfigError, NotImplementedError):
    """Two options are not offered together, or what is asked for is not offered at all."""
