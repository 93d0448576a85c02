"""The losses, by name: those that are recorded too, and what can be trained besides."""

from __future__ import annotations

from lexiscope.errors import ConfigError
from lexiscope.training.losses.base import LossRule
from lexiscope.training.losses.combined import NegativeAndHierarchical
from lexiscope.training.losses.hierarchical import HierarchicalSoftmax
from lexiscope.training.losses.nce import NoiseContrastiveEstimation
from lexiscope.training.losses.negative import NegativeSampling
from lexiscope.training.losses.softmax import FullSoftmax

LOSSES: dict[str, LossRule] = {
    rule.name: rule
    for rule in (
        NegativeSampling(),
        HierarchicalSoftmax(),
        FullSoftmax(),
        NoiseContrastiveEstimation(),
    )
}


TRAINED: dict[str, LossRule] = {**LOSSES, "negative+hierarchical": NegativeAndHierarchical()}


def rule_of(name: str) -> LossRule:
    """A loss by its name in the options.

    Raises:
        ConfigError: There is no such loss.
    """
    if (rule := TRAINED.get(name)) is None:
        raise ConfigError(f"loss is {name!r}; expected one of {', '.join(TRAINED)}")
    return rule
