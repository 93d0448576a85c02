"""The PyTorch twin: how it is missed, and how much slower it is."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from lexiscope.inspection import RecordConfig, Recording
from lexiscope.replay.recorder import read_text
from lexiscope.replay.run import record_run


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
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert "pip install 'lexiscope[torch]'" in done.stdout and "True" in done.stdout


def test_recording_is_a_hundred_times_as_fast_as_the_twins_loop(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The figure is printed; the bound leaves room for a machine that others use too."""
    import torch

    from lexiscope.reference import SkipGram, train

    config = RecordConfig()
    text = read_text(None, config)
    run = record_run(config, text.ids, text.tokens, text.counts)
    used = run.order[:1500].tolist()
    pairs = [(int(run.examples.members[e]), int(run.examples.targets[e])) for e in used]
    torch.manual_seed(0)
    train(SkipGram(len(run.tokens), 8), pairs[:100], 0.1)
    ratios = []
    for _ in range(5):
        began = time.perf_counter()
        train(SkipGram(len(run.tokens), 8), pairs, 0.1)
        theirs = (time.perf_counter() - began) * 15_000 / len(pairs)
        began = time.perf_counter()
        # The twin's loop gets its pairs ready made, so reading the text is left out here as well.
        fresh = record_run(config, text.ids, text.tokens, text.counts)
        Recording(fresh, text.facts).to_bytes()
        ratios.append(theirs / (time.perf_counter() - began))
    with capsys.disabled():
        print(f"\nrecorded, against the twin's plain loop: {[round(ratio) for ratio in ratios]} ×")
    assert max(ratios) > 50
