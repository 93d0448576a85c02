"""Public names that are imported at their first use, so that a package starts quickly."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module


def lazy_names(
    package: str, homes: Mapping[str, str]
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """A package's `__getattr__` and `__dir__` (PEP 562).

    Args:
        package: Its `__name__`; its `__all__` lists what is public.
        homes: Public name → the module that has it.
    """
    names = vars(sys.modules[package])

    def find(name: str) -> object:
        home = homes.get(name)
        if home is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        names[name] = getattr(import_module(home), name)
        return names[name]

    def listed() -> list[str]:
        return sorted(names["__all__"])

    return find, listed


def lazy_modules(package: str) -> Callable[[str], object]:
    """A package's `__getattr__` that imports its modules as they are asked for.

    Args:
        package: Its `__name__`.
    """

    def find(name: str) -> object:
        full = f"{package}.{name}"
        try:
            return import_module(full)
        except ModuleNotFoundError as error:
            if error.name != full:  # the module is there, and lacks something itself
                raise
            raise AttributeError(f"module {package!r} has no attribute {name!r}") from None

    return find
