"""`lexiscope serve` and the end of `lexiscope demo`, as processes that a user starts and stops."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from lexiscope.cli import main as cli
from lexiscope.server import site
from lexiscope.server.connections import LARGEST_HEAD
from lexiscope.vectors import KeyedVectors
from tests.support.patience import PATIENCE


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("served") / "model"
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((50, 6), dtype=np.float32)
    KeyedVectors([f"w{row}" for row in range(50)], vectors).save(path)
    return path


@contextmanager
def started(*arguments: str | Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A command that serves, and the address that it has printed."""
    command = [sys.executable, "-m", "lexiscope", *map(str, arguments)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            line = ""
            while "http://" not in line:
                line = process.stdout.readline() if process.stdout is not None else ""
                assert line, process.stderr.read() if process.stderr is not None else ""
            yield process, next(word for word in line.split() if word.startswith("http://"))
        finally:
            process.kill()


def asked(address: str) -> dict[str, object]:
    with urllib.request.urlopen(address, timeout=PATIENCE) as answer:
        found: dict[str, object] = json.loads(answer.read())
    return found


@pytest.mark.slow
def test_it_says_where_answers_and_ends_with_ctrl_c(model: Path) -> None:
    with started("serve", model, "--port", "0") as (process, address):
        assert address.startswith("http://127.0.0.1:")
        assert asked(f"{address}api/subject")["words"] == 50
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0
        assert "Traceback" not in errors


@pytest.mark.slow
def test_it_ends_when_it_is_told_to(model: Path) -> None:
    with started("serve", model, "--port", "0") as (process, _address):
        process.terminate()
        _, errors = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0 and "Traceback" not in errors


@pytest.mark.slow
def test_a_request_without_an_end_is_hung_up_on(model: Path) -> None:
    with started("serve", model, "--port", "0") as (_process, address):
        port = int(address.rstrip("/").rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as one:
            one.sendall(b"GET /api/subject HTTP/1.1\r\nHost: localhost\r\n")
            line = b"X-More: " + b"a" * 1000 + b"\r\n"
            with pytest.raises(ConnectionError):
                for _ in range(100 * LARGEST_HEAD // len(line)):
                    one.sendall(line)
        assert asked(f"{address}api/subject")["words"] == 50


def test_a_port_that_is_taken_is_told(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert cli.main(["serve", str(model), "--port", str(port)]) == 1
    said = capsys.readouterr().err
    assert f"port {port} is taken" in said and "--port 0" in said and said.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nothing", "--port", "0"], 1, "nothing: no such file or folder"),
        (["nothing", "--port", "70000"], 2, "65535"),
        (["nothing", "--port", "0", "--host", "no.such.host.invalid"], 1, "no address of this"),
        (["nothing", "--port", "0", "--host", "192.0.2.1"], 1, "192.0.2.1"),
    ],
)
def test_a_wrong_call_is_told_in_one_line(
    arguments: list[str],
    code: int,
    said: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["serve", *arguments]) == code
    errors = capsys.readouterr().err
    assert said in errors and errors.count("\n") == 1


@pytest.mark.slow
def test_listening_to_others_is_warned_of(model: Path) -> None:
    with started("serve", model, "--port", "0", "--host", "0.0.0.0") as (process, address):
        assert address.startswith("http://localhost:")
        assert asked(f"{address.replace('localhost', '127.0.0.1')}api/subject")["words"] == 50
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
        assert "warning" in errors and "anyone" in errors


def test_the_browser_is_opened_where_asked(
    model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) or False)
    monkeypatch.setattr("lexiscope.server.running.run", lambda _app, _socket, announce: announce())
    assert cli.main(["serve", str(model), "--port", "0", "--open"]) == 0
    said = capsys.readouterr()
    assert opened[0] in said.out and "no browser was found" in said.err


def test_without_the_page_it_says_how_to_build_it(
    model: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(site, "folder", lambda: tmp_path)
    monkeypatch.setattr("lexiscope.server.running.run", lambda _app, _socket, announce: announce())
    assert cli.main(["serve", str(model), "--port", "0"]) == 0
    assert "npm ci" in capsys.readouterr().err


# The demo's end


@pytest.mark.slow
def test_the_demo_ends_with_a_recorded_run_in_the_browser(tmp_path: Path) -> None:
    if not site.is_built():
        pytest.skip("the page has not been built; `make test` builds it where Node is there")
    with started("demo", "-o", tmp_path / "model") as (process, address):
        subject = asked(f"{address}api/subject")
        assert (subject["kind"], subject["steps"], subject["words"]) == ("recording", 15_000, 96)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0 and "Traceback" not in errors


@pytest.mark.slow
def test_the_demo_without_the_page_says_what_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(site, "folder", lambda: tmp_path)
    assert cli.main(["demo"]) == 0
    said = capsys.readouterr()
    assert "of 5 analogies hold" in said.out
    assert "npm ci" in said.err and "Node" in said.err


def test_the_demo_takes_another_port_where_the_usual_one_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from lexiscope.cli.shared import arguments

    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(arguments, "PORT", taken.getsockname()[1])
        with arguments.listen_somewhere() as found:
            assert found.getsockname()[1] != taken.getsockname()[1]


@pytest.mark.slow
def test_the_demos_run_is_gone_when_it_ends(tmp_path: Path) -> None:
    if not site.is_built():
        pytest.skip("the page has not been built; `make test` builds it where Node is there")
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-m", "lexiscope", "demo"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as process:
        for line in process.stdout or ():
            if "http://" in line:
                break
        process.terminate()
        process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert list(tmp_path.glob("lexiscope-demo-*")) == []
