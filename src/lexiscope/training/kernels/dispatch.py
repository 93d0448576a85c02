"""The losses' kernel parts, found by the type of their tables when Numba compiles.

A loss is one of two kinds. Most ask questions of yes or no about a few rows of W′, the slots of a
window; such a loss says which rows (`draws`), and may say by how much each score is shifted
(`shifts`); the rest is the same for all (see `groups`). A loss that goes through all of W′ brings
the step of one example itself (`learns`, `measures`).

Each part is a plain function with the parameters of its namesake below; it may call compiled ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import types
from numba.core.errors import TypingError

from lexiscope.compiled.decorators import overload

Part = Callable[..., Any]

_PARTS: dict[str, dict[type, Part]] = {"draws": {}, "shifts": {}, "learns": {}, "measures": {}}


def _registering(kind: str) -> Callable[[type], Callable[[Part], Part]]:
    def of(tables: type) -> Callable[[Part], Part]:
        def register(part: Part) -> Part:
            _PARTS[kind][tables] = part
            return part

        return register

    return of


draws = _registering("draws")
shifts = _registering("shifts")
learns = _registering("learns")
measures = _registering("measures")


def type_of(argument: Any) -> type | None:
    """The NamedTuple class of an argument, given its Numba type; None for anything else."""
    if not isinstance(argument, types.BaseNamedTuple):
        return None
    found: type | None = getattr(argument, "instance_class", None)
    return found


def member(argument: Any, name: str) -> Any:
    """The Numba type of a member of a named tuple, given its own."""
    return argument[argument.fields.index(name)]


def innermost(argument: Any) -> Any:
    """The Numba type of a loss's tables, which may stand within a `Planned` or the like."""
    while type_of(argument) is not None and "tables" in argument.fields:
        argument = member(argument, "tables")
    return argument


def has_part(kind: str, argument: Any) -> bool:
    """Whether the loss of the tables has registered a part of a kind."""
    return type_of(innermost(argument)) in _PARTS[kind]


def part_of(kind: str, argument: Any) -> Part:
    """A part of the loss of the tables.

    Raises:
        TypingError: It has registered none, or the argument is no loss's tables.
    """
    tables = type_of(innermost(argument))
    if tables is None or tables not in _PARTS[kind]:
        losses = ", ".join(each.__name__ for each in _PARTS[kind])
        raise TypingError(f"{argument} are no tables of a loss that {kind}; expected {losses}")
    return _PARTS[kind][tables]


def draw_targets(tables, center, key, position, share, targets, signs):
    """Writes a center's rows of W′ and their signs; an empty slot has the sign 0.

    Args:
        tables: The loss's.
        center: The word.
        key, position: Of the random decisions (see `common`).
        share: Which share of the words to draw from, in a round of several shards.
        targets: int32 (slots), written.
        signs: float32 (slots), written.

    Returns:
        How many there are.
    """
    raise NotImplementedError


@overload(draw_targets)
def _draw_targets(tables, center, key, position, share, targets, signs):
    return part_of("draws", tables)


def shift_of(tables, row):
    """What is taken off the score of a row of W′ before it is judged, float32."""
    raise NotImplementedError


@overload(shift_of)
def _shift_of(tables, row):
    return part_of("shifts", tables)


def learn_pair(tables, hidden, outputs, target, alpha, change):
    """Learns one example against all of W′.

    Args:
        tables: The loss's, with buffers of this thread's own.
        hidden: (D,).
        outputs: W′, updated in place.
        target: The word that should have been predicted.
        alpha: Learning rate.
        change: (D,), left holding the step that the hidden vector should take.

    Returns:
        The loss, in float64.
    """
    raise NotImplementedError


@overload(learn_pair)
def _learn_pair(tables, hidden, outputs, target, alpha, change):
    return part_of("learns", tables)


def measure_pair(tables, hidden, outputs, target):
    """The loss of `learn_pair`, nothing updated."""
    raise NotImplementedError


@overload(measure_pair)
def _measure_pair(tables, hidden, outputs, target):
    return part_of("measures", tables)
