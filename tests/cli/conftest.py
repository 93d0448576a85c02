"""The command line, as a user calls it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lexiscope.cli import main as cli
from tests.support.calling import Called


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Callable[..., Called]:
    """Runs `lexiscope` with these arguments in this process."""

    def run(*arguments: object) -> Called:
        code = cli.main([str(argument) for argument in arguments])
        return Called(code, *capsys.readouterr())

    return run
