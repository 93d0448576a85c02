"""Class methods that are refused on an instance, where they would not do what they seem to."""

from __future__ import annotations

from collections.abc import Callable
from types import MethodType
from typing import TYPE_CHECKING, Any, NoReturn

from lexiscope.errors import LexiscopeError


class InstanceError(LexiscopeError, AttributeError):
    """A method of the class was called on an instance."""


if TYPE_CHECKING:
    class_only = classmethod
else:

    class class_only:
        """A classmethod refused on an instance: `model.load(path)` would not change `model`.

        Raises:
            InstanceError: It was called on one; an AttributeError, as in gensim.
        """

        def __init__(self, function: Callable[..., Any]) -> None:
            self._function = function
            self.__doc__ = function.__doc__

        def __get__(self, instance: object, owner: type) -> Callable[..., Any]:
            if instance is None:
                return MethodType(self._function, owner)
            name = f"{owner.__name__}.{self._function.__name__}"

            def refuse(*_arguments: object, **_options: object) -> NoReturn:
                raise InstanceError(
                    f"{name} makes a new object; call it as {name}(…), and keep that"
                )

            return refuse
