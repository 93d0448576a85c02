"""`lexiscope train --watch`, as a user calls it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lexiscope.cli import main as cli
from lexiscope.training.checkpoint import newest_checkpoint
from tests.support.patience import PATIENCE

pytestmark = pytest.mark.skipif(os.name != "posix", reason="sends signals")
SMALL = ["--vector-size", "8", "--epochs", "40", "--min-count", "1"]


@pytest.fixture
def text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    lines = (f"a b c d{line % 50} river bank{line % 7} e f g" for line in range(30_000))
    (tmp_path / "text.txt").write_text("\n".join(lines))
    return tmp_path


@contextmanager
def training(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A training and the address of its page."""
    command = [sys.executable, "-m", "lexiscope", "train", *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stderr is not None
            for line in process.stderr:
                if found := re.search(r"watch it at (http://127\.0\.0\.1:\d+)/#/watch", line):
                    break
            else:
                pytest.fail("it told no address")
            yield process, found[1]
        finally:
            process.kill()


def events(address: str) -> Iterator[dict[str, Any]]:
    with urllib.request.urlopen(f"{address}/api/watch", timeout=PATIENCE) as stream:
        for line in stream:
            if line.startswith(b"data: "):
                yield json.loads(line.removeprefix(b"data: "))


def ask(address: str, what: str) -> None:
    request = urllib.request.Request(
        f"{address}/api/watch/{what}", method="POST", headers={"X-Lexiscope": "watch"}
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        assert answer.status == 204


@pytest.mark.slow
def test_stopped_by_the_page_and_taken_up_it_ends_as_if_nobody_had_looked(
    text: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["train", "text.txt", "-o", "plain", *SMALL, "--json"]) == 0
    plain = json.loads(capsys.readouterr().out)["result"]

    with training("text.txt", "-o", "m", *SMALL, "--watch", "--port", "0") as (process, address):
        ask(address, "pause")
        told: dict[str, Any] = {}
        for told in events(address):
            if told.get("state") == "paused":
                ask(address, "stop")
        assert told["end"]["outcome"] == "stopped"
        assert told["end"]["command"] == "lexiscope train text.txt --resume m"
        _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130 and "Traceback" not in said
    assert "the page asks to pause" in said and "the page asks to stop" in said
    assert f"kept {newest_checkpoint(Path('m')).path}; go on with" in said

    going_on = ("text.txt", "--resume", "m", "--watch", "--port", "0", "--json")
    with training(*going_on) as (process, address):
        *_, last = events(address)
        assert last["end"] == {
            "outcome": "finished",
            "note": "The model is whole: m",
            "command": "lexiscope serve m",
        }
        out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    result = json.loads(out)["result"]
    assert result["fingerprint"] == plain["fingerprint"]
    assert result["epoch_losses"] == plain["epoch_losses"]


def test_wrong_calls(text: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for options, complaint in (
        (["--port", "0"], "--watch"),
        (["--watch-words", "river"], "--watch to show"),
        (["--record-analogies", "questions.txt"], "--record"),
    ):
        assert cli.main(["train", "text.txt", "-o", "m", *options]) == 2
        assert complaint in capsys.readouterr().err
    assert not Path("m").exists()


def test_a_taken_port_is_told_before_the_text_is_read(
    text: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert cli.main(["train", "text.txt", "-o", "m", "--watch", "--port", port]) == 1
    said = capsys.readouterr().err
    assert f"port {port} is taken" in said and "reading" not in said
    assert not Path("m").exists()
