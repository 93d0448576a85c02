"""The PyTorch twin: how it is missed, and that recording is no loop in Python as it is."""

from __future__ import annotations

import subprocess
import sys

from lexiscope.inspection import RecordConfig, Recording
from lexiscope.replay.recorder import read_text
from lexiscope.replay.run import record_run
from tests.support.counting import python_calls
from tests.support.patience import PATIENCE


def test_without_pytorch_the_extra_is_named() -> None:
    program = (
        "import sys; sys.modules['torch'] = None\n"
        "from lexiscope.errors import MissingExtraError\n"
        "try:\n    import lexiscope.reference\n"
        "except MissingExtraError as error:\n    print(error)\n"
        "from lexiscope.inspection.json_steps import model_source\n"
        "print('nn.Embedding' in model_source())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert "pip install 'lexiscope[torch]'" in done.stdout and "True" in done.stdout


def test_no_step_of_a_recording_is_a_turn_of_a_loop_in_python() -> None:
    """What makes it a hundred times as fast as the twin's loop (`python -m benchmarks.bounds`)."""

    def calls(steps: int) -> int:
        config = RecordConfig(steps=steps)
        text = read_text(None, config)

        def record() -> None:
            run = record_run(config, text.ids, text.tokens, text.counts)
            Recording(run, text.facts).to_bytes()

        record()  # compiles, and imports
        return python_calls(record)

    assert calls(15_000) - calls(1_500) < 1_500
