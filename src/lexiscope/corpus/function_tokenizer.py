"""Tokenizers that are functions of Python's: of a text, the words.

One that a user names or gives is called; one that a model's file names is not, before a user has
named it too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from lexiscope.errors import ConfigError, SentencesError, reason_of

TokenizerFunction = Callable[[str], Iterable[str]]

_NAME = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*:[^\W\d]\w*(?:\.[^\W\d]\w*)*")


def is_function_name(kind: str) -> bool:
    """Whether a tokenizer's name is a function's, `module:function`, and no file's."""
    return _NAME.fullmatch(kind) is not None and not Path(kind).exists()


def name_of(function: TokenizerFunction) -> str:
    """What a function is called in a model's options: `module:function`."""
    named: Any = function if hasattr(function, "__qualname__") else type(function)
    # Methods of built-in types have no module of their own.
    home = named if getattr(named, "__module__", None) else getattr(named, "__objclass__", object)
    return f"{home.__module__}:{named.__qualname__}"


def function_named(name: str) -> TokenizerFunction:
    """The function that `module:function` names; its module is imported.

    Raises:
        ConfigError: There is no such module, it cannot be imported, or it has no such function.
    """
    module, _, path = name.partition(":")
    try:
        found: Any = import_module(module)
    except Exception as error:  # what a module raises that is not sound is anything at all
        raise ConfigError(
            f"tokenizer {name!r}: the module {module!r} cannot be imported: {reason_of(error)}"
        ) from error
    for part in path.split("."):
        if not hasattr(found, part):
            raise ConfigError(f"tokenizer {name!r}: the module {module!r} has no {path!r}")
        found = getattr(found, part)
    if not callable(found):
        raise ConfigError(
            f"tokenizer {name!r}: is a {type(found).__name__}, expected a function of a text"
        )
    function: TokenizerFunction = found
    return function


class FunctionTokenizer:
    """A function as a tokenizer of whole sentences.

    Args:
        function: Gives a text's words.
        name: What to call it in messages.
        lowercase: Whether the text is lower-cased first.
    """

    def __init__(self, function: TokenizerFunction, name: str, *, lowercase: bool) -> None:
        self._function, self._name = function, name
        self._lowercase = lowercase

    def tokenize(self, sentences: Sequence[str]) -> list[list[str]]:
        """The words of each sentence; empty ones are left out.

        Raises:
            SentencesError: The function fails, or gives something else than words.
        """
        return [self._words(text.lower() if self._lowercase else text) for text in sentences]

    def _words(self, text: str) -> list[str]:
        try:
            given = self._function(text)
            words = [given] if isinstance(given, str) else list(given)
        except Exception as error:  # what a user's function raises is anything at all
            raise SentencesError(
                f"the tokenizer {self._name} fails on {text!r:.60}: {reason_of(error)}"
            ) from error
        if isinstance(given, str) or not all(isinstance(word, str) for word in words):
            odd = next((word for word in words if not isinstance(word, str)), given)
            raise SentencesError(
                f"the tokenizer {self._name} gives {odd!r:.40} for {text!r:.40}, expected a list "
                f"of strings"
            )
        return [word for word in words if word]
