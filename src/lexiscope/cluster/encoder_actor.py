"""Actor that encodes: a worker's process, which holds an encoder and makes what it is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lexiscope.contextual.corpus.freed import give_back_freed
from lexiscope.contextual.recipe import Recipe
from lexiscope.errors import LexiscopeError


class EncoderActor:
    """A worker of the cluster; its methods are called one by one.

    Args:
        cores: It computes with so many.
    """

    def __init__(self, cores: int) -> None:
        self._cores = cores
        self._encoder: Any = None

    def load(self, recipe: Recipe, sample: list[str]) -> NDArray[np.float32]:
        """Loads the encoder, and gives the vectors of the words of a sample."""
        import torch

        torch.set_num_threads(self._cores)
        try:
            self._encoder = recipe.made()
            vectors: NDArray[np.float32] = self._encoder.encode_words(sample).vectors
        except LexiscopeError as error:
            raise sendable(error) from None
        return vectors

    def make(self, make: Callable[[Any, Any], Any], item: Any) -> Any:
        """What is made of an item of the work."""
        try:
            return make(self._encoder, item)
        except LexiscopeError as error:
            raise sendable(error) from None
        finally:
            give_back_freed()


def sendable(error: LexiscopeError) -> LexiscopeError:
    """An error whose pickle gives it again: some kinds are made of more than their message."""
    kind = type(error) if type(error).__init__ is LexiscopeError.__init__ else LexiscopeError
    return kind(str(error))
