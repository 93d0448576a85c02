"""The page in a cell of a real JupyterLab: shown, used, and read from Python."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.support import harness
from tests.support.patience import PATIENCE

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("jupyterlab")

SHOW = """\
import numpy as np, lexiscope
rng = np.random.default_rng(1)
words = [f"w{row}" for row in range(80)]
vectors = lexiscope.KeyedVectors(words, rng.normal(size=(80, 8)).astype("f4"))
widget = vectors.show("explore?word=w7")
widget"""
READ = "print('chosen', widget.selected, vectors.most_similar('w9', topn=1)[0][0])"
LEAD = "widget.address = '#/map?layout=pca&word=w5'"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a JupyterLab with one notebook; nothing of it goes into the user's folders."""
    if not (harness.STATIC / "page.html").is_file():
        harness.unavailable("the page is not built: `make page` (it needs Node 20)")
    folder = tmp_path_factory.mktemp("lab")
    cells = [nbformat.v4.new_code_cell(source) for source in (SHOW, READ, LEAD)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {
        "name": "python3", "display_name": "Python 3", "language": "python"
    }  # fmt: skip
    nbformat.write(notebook, folder / "page.ipynb")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CONFIG", "DATA", "RUNTIME"):
            patch.setenv(f"JUPYTER_{name}_DIR", str(folder / name.lower()))
        patch.setenv("JUPYTERLAB_SETTINGS_DIR", str(folder / "settings"))
        patch.setenv("JUPYTERLAB_WORKSPACES_DIR", str(folder / "workspaces"))
        patch.setenv("LEXISCOPE_CACHE", str(folder / "maps"))
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", f"--port={port}"]
        options = ["--IdentityProvider.token=", "--allow-root", f"--ServerApp.root_dir={folder}"]
        with (
            (folder / "log").open("w") as log,
            subprocess.Popen([*command, *options], stdout=log, stderr=log) as process,
        ):
            try:
                _wait(f"http://127.0.0.1:{port}/api", folder / "log")
                yield f"http://127.0.0.1:{port}"
            finally:
                process.terminate()


def _wait(address: str, log: Path) -> None:
    last = time.monotonic() + PATIENCE
    while True:
        try:
            urllib.request.urlopen(address, timeout=PATIENCE).close()
            return
        except (urllib.error.URLError, OSError):
            assert time.monotonic() < last, log.read_text()
            time.sleep(0.2)


def run(page: Page, number: int) -> None:
    """Runs a cell."""
    page.locator(".jp-CodeCell .cm-content").nth(number).click()
    page.keyboard.press("Control+Enter")


def frame(page: Page) -> FrameLocator:
    return page.frame_locator("iframe[title=Lexiscope]")


def test_a_cell_shows_the_page_and_python_reads_what_is_chosen(browser: Browser, lab: str) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    try:
        page.set_default_timeout(harness.MILLISECONDS_TO_SHOW)
        page.goto(f"{lab}/lab/tree/page.ipynb?reset")
        expect(page.locator(".jp-CodeCell")).to_have_count(3)
        expect(page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")).to_be_visible()
        run(page, 0)
        shown = frame(page)
        expect(shown.locator("h1")).to_have_text("Explore")
        expect(shown.locator("#nearest")).to_contain_text("w7")
        word = shown.locator("#nearest").get_by_role("combobox").first
        word.fill("w9")
        word.press("Enter")
        run(page, 1)
        printed = page.locator(".jp-OutputArea-output pre").filter(has_text="chosen")
        expect(printed).to_contain_text(re.compile(r"chosen \['w9'\] w\d+"))
        nearest = printed.inner_text().split()[-1]
        expect(shown.locator("#nearest table").first).to_contain_text(nearest)
        run(page, 2)
        expect(shown.locator("h1")).to_have_text("Map")
        expect(shown.get_by_test_id("map")).to_have_attribute("data-there", "80")
        expect(shown.get_by_test_id("map-neighbours")).to_contain_text("w5")
        shown.get_by_role("link", name="Story", exact=True).click()
        expect(shown.locator("h1")).to_have_text("Story")
        assert page.url.startswith(lab)
    finally:
        page.close()
