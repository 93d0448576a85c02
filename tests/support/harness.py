"""A real browser on a real server: what the browser tests are written with."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

import lexiscope
from lexiscope.cli import main as cli
from tests.support.patience import PATIENCE

ROOT = Path(__file__).parents[2]
PACKAGE = Path(lexiscope.__file__).parent
STATIC = PACKAGE / "server" / "static"
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# A test browser that calls nobody, and that works without a display, a GPU or a user of its own.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--force-color-profile=srgb",
)
VIEWS = (
    "story",
    "blueprint",
    "walkthrough",
    "journey",
    "weights",
    "code",
    "explore",
    "map",
    "quiz",
)
MILLISECONDS_TO_SHOW = 60_000
SERVING = re.compile(r"https?://[^\s/]+(?::\d+)?")


def unavailable(reason: str) -> None:
    """Skips a test that lacks something; where everything has to be there, fails it."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def lexiscope_command(*arguments: str | Path) -> list[str]:
    """The command line of this very installation."""
    return [sys.executable, "-m", "lexiscope", *map(str, arguments)]


def run_lexiscope(*arguments: str | Path) -> None:
    """Runs a command to its end; its complaint is the test's.

    In this very process, which saves a start; but in one of its own where a browser is open, as
    Playwright then has the one event loop that a thread may run, and `lexiscope page` wants one.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        assert cli.main([str(argument) for argument in arguments]) == 0, arguments
        return
    done = subprocess.run(
        lexiscope_command(*arguments), capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr


@contextmanager
def serving(path: Path, *options: str | Path) -> Iterator[str]:
    """`lexiscope serve` on a free port. Gives its address; it must end cleanly when interrupted.

    Args:
        path: What is served.
        options: Of the command, beside the port.
    """
    with _served("serve", path, *options) as address:
        yield address


@contextmanager
def comparing(one: Path, other: Path, *options: str | Path) -> Iterator[str]:
    """`lexiscope compare --serve` of two models, likewise."""
    with _served("compare", one, other, "--serve", *options) as address:
        yield address


@contextmanager
def _served(*arguments: str | Path) -> Iterator[str]:
    if not (STATIC / "index.html").is_file():
        unavailable("the page is not built: `make page` (it needs Node 20)")
    name, *rest = arguments
    # What a test says of the port comes later, and so goes before this.
    command = lexiscope_command(name, "--port", "0", *rest)
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "COLUMNS": "200"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        try:
            yield _address(process)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                assert process.wait(PATIENCE) == 0, "the server did not end cleanly"
            except subprocess.TimeoutExpired:
                process.kill()
                raise


def _address(process: subprocess.Popen[str]) -> str:
    """What the server prints once it answers."""
    assert process.stdout is not None
    told = ""
    for line in process.stdout:
        told += line
        if found := SERVING.search(line):
            return found.group()
    raise AssertionError(f"the server gave no address: {told}")


def launch(playwright: Playwright) -> Browser:
    """The system's Chromium."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        unavailable("no Chromium was found: `scripts/browser.sh` installs one")
    return playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))


class Watched:
    """Pages of which every complaint is kept.

    Args:
        context: Of the browser; ends with the test.
        expected: Patterns of complaints that the test provokes.

    Attributes:
        complaints: Errors and warnings on the console, uncaught errors, requests that failed.
    """

    def __init__(self, context: BrowserContext, expected: Sequence[str] = ()) -> None:
        self.context = context
        self._expected = expected
        self.complaints: list[str] = []

    def open(self) -> Page:
        """A new page."""
        self.context.set_default_timeout(MILLISECONDS_TO_SHOW)
        page = self.context.new_page()
        page.on("console", lambda said: self._said(said.type, said.text))
        page.on("pageerror", lambda error: self._complain(f"uncaught: {error}"))
        page.on("requestfailed", lambda asked: self._failed(asked.url, asked.failure))
        return page

    def _complain(self, complaint: str) -> None:
        if not any(re.search(pattern, complaint) for pattern in self._expected):
            self.complaints.append(complaint)

    def _said(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self._complain(f"console {kind}: {text}")

    def _failed(self, url: str, failure: str | None) -> None:
        # The page itself calls off what nobody waits for any more.
        if failure != "net::ERR_ABORTED":
            self._complain(f"request failed: {url} ({failure})")


def settle(page: Page) -> None:
    """Waits until the view is there, and no part of it is still to come."""
    expect(page.locator("main h1")).to_be_visible()
    coming = page.locator("main .loading, main [aria-busy=true]")
    expect(coming).to_have_count(0)
    # What has arrived may have asked for more.
    page.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    expect(coming).to_have_count(0)


def until(page: Page, expression: str, argument: object = None) -> None:
    """Waits until an expression, or a function of the argument, is true in a page.

    Evaluated from outside each time: Playwright's own waiting does so within the page from the
    second time on, which the page's policy forbids.
    """
    last = time.monotonic() + PATIENCE
    while not page.evaluate(expression, argument):
        assert time.monotonic() < last, f"never true: {expression}"
        page.wait_for_timeout(50)


def serious_faults(page: Page) -> list[str]:
    """What axe-core finds of serious and critical faults, one line each."""
    if not AXE.is_file():
        unavailable("axe-core is not there: `npm ci` in web/")
    # Evaluated rather than added as a script, which the page's own policy forbids.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{fault['id']} ({fault['impact']}): {fault['help']}: "
        + "; ".join(node["html"][:160] for node in fault["nodes"][:4])
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical")
    ]
