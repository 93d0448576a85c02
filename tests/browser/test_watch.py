"""A training that is watched on its page, from a pause to the end."""

from __future__ import annotations

import json
import os
import re
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from lexiscope import data
from tests.support import harness
from tests.support.patience import PATIENCE

# A real text, often enough that the run lasts for some seconds.
OPTIONS = ("--min-count", "2", "--vector-size", "100", "--epochs", "30", "--validation", "0.02")
FRONT_DOOR = [r"404 \(Not Found\)"]  # which finds out that there is no model yet


@contextmanager
def training(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str, Path]]:
    """A training that waits after its first stretch, its page's address and what it says."""
    if not (harness.STATIC / "index.html").is_file():
        harness.unavailable("the page is not built: `make page` (it needs Node 20)")
    text, said = folder / "text.txt", folder / "said.txt"
    text.write_text(data.corpus_path().read_text(encoding="utf-8") * 200, encoding="utf-8")
    watch = ("--watch", "--port", "0", "--watch-words", "king")
    command = harness.lexiscope_command("train", text, "-o", folder / "m", *OPTIONS, *watch)
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "COLUMNS": "200"}
    with (
        said.open("w") as stream,
        subprocess.Popen(
            command, stdout=stream, stderr=stream, text=True, env=environment
        ) as process,
    ):
        try:
            yield process, _address(process, said), said
        finally:
            process.kill()


def _address(process: subprocess.Popen[str], said: Path) -> str:
    while process.poll() is None:
        if found := re.search(r"watch it at (\S+)/#/watch", said.read_text()):
            request = urllib.request.Request(
                f"{found[1]}/api/watch/pause", method="POST", headers={"X-Lexiscope": "watch"}
            )
            urllib.request.urlopen(request, timeout=PATIENCE).close()
            return found[1]
    raise AssertionError(f"the training gave no address: {said.read_text()}")


def shown(page: Page, name: str) -> float | None:
    """A number as the page has it, before it is rounded."""
    value = page.get_by_test_id(name).get_attribute("data-value")
    return float(value) if value else None


def test_a_run_is_watched_paused_and_seen_to_end(
    new_page: Callable[..., Page], axe: Callable[[Page], None], tmp_path: Path
) -> None:
    page = new_page(color_scheme="light")
    with training(tmp_path) as (process, address, said):
        page.goto(f"{address}/#/watch")
        standing = page.get_by_test_id("standing")
        expect(standing).to_have_attribute("data-state", "paused")
        expect(page.get_by_test_id("watched-word").locator("th")).to_have_text("king")
        axe(page)

        page.get_by_role("button", name="Go on").click()
        expect(standing).to_have_attribute("data-state", "training")
        harness.until(page, "document.querySelectorAll('[data-testid=epochs] tbody tr').length > 0")
        running = page.get_by_test_id("loss")
        expect(running).to_have_attribute("data-value", re.compile(r"\d"))
        first = running.get_attribute("data-value") or ""
        expect(running).not_to_have_attribute("data-value", first)
        page.keyboard.press("p")
        expect(standing).to_have_attribute("data-state", "paused")
        before = shown(page, "loss"), shown(page, "rate"), shown(page, "held-out")
        assert None not in before
        page.wait_for_timeout(700)  # more than the time between two reports
        assert (shown(page, "loss"), shown(page, "rate"), shown(page, "held-out")) == before

        # Another page, opened in the midst at the front door, has what was before.
        other = new_page(FRONT_DOOR, color_scheme="dark", viewport={"width": 390, "height": 844})
        other.goto(f"{address}/")
        expect(other.get_by_test_id("loss")).to_have_attribute("data-value", str(before[0]))
        expect(other.get_by_test_id("epochs")).to_have_attribute(
            "data-losses", page.get_by_test_id("epochs").get_attribute("data-losses") or ""
        )
        assert other.evaluate("document.documentElement.scrollWidth <= innerWidth")
        axe(other)
        other.close()

        page.keyboard.press("p")
        end = page.get_by_test_id("end")
        expect(end).to_have_attribute("data-outcome", "finished")
        expect(end).to_contain_text(f"lexiscope serve {tmp_path / 'm'}")
        assert process.wait(PATIENCE) == 0
        axe(page)

        told = said.read_text()
        assert told.count("the page asks to pause") == 2
        assert told.count("the page asks to go on") == 2
        # The last line of the log, and what the model's folder keeps.
        last = re.findall(r"training +100%.* loss (\S+) .* alpha (\S+)", told)[-1]
        loss, alpha = shown(page, "loss"), shown(page, "alpha")
        assert loss != before[0] and (f"{loss:.4g}", f"{alpha:.4g}") == last
        result = json.loads((tmp_path / "m" / "config.json").read_text())["result"]
        losses = " ".join(f"{loss:.4f}" for loss in result["epoch_losses"])
        expect(page.get_by_test_id("epochs")).to_have_attribute("data-losses", losses)
        assert shown(page, "held-out") == pytest.approx(result["validation_losses"][-1])


def test_a_server_of_a_model_says_how_a_run_is_watched(
    server: str, new_page: Callable[..., Page], axe: Callable[[Page], None]
) -> None:
    page = new_page(FRONT_DOOR)
    page.goto(f"{server}/#/watch")
    expect(page.get_by_text("No run is watched here")).to_be_visible()
    axe(page)
    # From there the page's other views are there as ever.
    page.goto(f"{server}/#/explore")
    expect(page.locator("main h1")).to_have_text("Explore")
