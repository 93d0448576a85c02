"""Errors, in a few kinds.

Each message says what was got, what was expected and what to do, in one line, so that the command
line can print it as it is.
"""

from __future__ import annotations

from os import PathLike

from lexiscope.shown import shown

_LONGEST_REASON = 200


def reason_of(error: BaseException) -> str:
    """What another's error says, in one line that is not long, to stand in one of ours."""
    return " ".join(str(error).split())[:_LONGEST_REASON] or type(error).__name__


class LexiscopeError(Exception):
    """Any mistake in input, options or files that a user can mend.

    Args:
        arguments: The message, which is made fit to be shown: it may quote a file, a name or
            another program.
    """

    def __init__(self, *arguments: object) -> None:
        super().__init__(*(shown(one) if isinstance(one, str) else one for one in arguments))


class ConfigError(LexiscopeError, ValueError):
    """An option has a value that it cannot take, or two options contradict each other."""


class StateError(LexiscopeError, RuntimeError):
    """Something is asked of an object that has not come so far: a model without a vocabulary."""


class IncompleteModelError(LexiscopeError, AttributeError):
    """A file holds vectors, but not the whole model that is to be trained further."""


class ArgumentError(ConfigError, TypeError):
    """An argument is of a kind that cannot be used, or contradicts another one that is given."""


class CorpusError(LexiscopeError, RuntimeError):
    """The text cannot be trained on: missing, empty, binary, or in another encoding."""


class UnknownTextError(CorpusError):
    """No word of a text is in the vocabulary that is given.

    Args:
        message: What was found.
        tokens: Words of the text.
    """

    def __init__(self, message: str, tokens: int) -> None:
        super().__init__(message)
        self.tokens = tokens


class SentencesError(CorpusError, TypeError):
    """Sentences from Python are something else than iterables of words."""


class TrainingError(LexiscopeError):
    """A run cannot start or go on: too little memory, or weights that are no longer finite."""


class MissingExtraError(LexiscopeError, ImportError):
    """A feature needs packages that are not installed.

    Args:
        feature: What was asked for, as a noun phrase ("a Hugging Face tokenizer").
        extra: The extra that brings the packages.
    """

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs more packages: pip install 'lexiscope[{extra}]'")
        self.feature = feature
        self.extra = extra


class NotOfferedError(LexiscopeError, ImportError):
    """Something of gensim's is asked for that is not here; the message says what to use."""


class FormatError(LexiscopeError):
    """A file is not what it should be.

    Args:
        path: The file.
        position: Where in it, as a reader would look it up ("row 17", "byte 4096"), or None where
            the fault is of the whole file.
        reason: What was found, what was expected, and what to do.
    """

    def __init__(self, path: str | PathLike[str], position: str | None, reason: str) -> None:
        where = f", {position}" if position is not None else ""
        super().__init__(f"{path}{where}: {reason}")
        self.path = path
        self.position = position
        self.reason = reason


class TruncatedError(FormatError, EOFError):
    """A file ends before all that it declares."""


class MalformedError(FormatError, ValueError):
    """A line of a file is not what its format has there."""
