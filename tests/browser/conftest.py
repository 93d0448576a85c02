"""A bundled run, its server, and pages whose every complaint fails the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support import harness
from tests.support.browser_models import model_with_snapshots, plain_vectors

# What a page does not show by then it does not show: a busy machine takes a tenth of it.
expect.set_options(timeout=harness.MILLISECONDS_TO_SHOW)


@pytest.fixture(scope="session")
def bundled_run(saved: Path) -> Path:
    """The bundled corpus, recorded as `lexiscope record` does unless told otherwise."""
    return saved


@pytest.fixture(scope="session")
def server(bundled_run: Path) -> Iterator[str]:
    """The address of `lexiscope serve` on the bundled run."""
    with harness.serving(bundled_run) as address:
        yield address


@pytest.fixture(scope="session")
def plain_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server of a model that was trained without a recording."""
    model = tmp_path_factory.mktemp("plain") / "model"
    corpus = harness.PACKAGE / "data" / "corpus.txt"
    few = ("--vector-size", "16", "--epochs", "1", "--min-count", "2")
    harness.run_lexiscope("train", corpus, "-o", model, *few)
    with harness.serving(model) as address:
        yield address


@pytest.fixture(scope="session")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that was trained with `--record`."""
    return model_with_snapshots(tmp_path_factory.mktemp("watched"))


@pytest.fixture(scope="session")
def watched_server(watched: Path) -> Iterator[str]:
    """The address of a server of that model."""
    with harness.serving(watched) as address:
        yield address


@pytest.fixture(scope="session")
def file(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, np.ndarray]:
    """A text file of 450 vectors, more than the weights view shows, and its matrix."""
    return plain_vectors(tmp_path_factory.mktemp("file"), words=450)


@pytest.fixture(scope="session")
def file_server(file: tuple[Path, np.ndarray]) -> Iterator[str]:
    """The address of a server of that file."""
    with harness.serving(file[0]) as address:
        yield address


# Of a module, not of the session: as long as it is open, asyncio has a loop that is in the way of
# other rooms' tests.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    with sync_playwright() as playwright:
        found = harness.launch(playwright)
        yield found
        found.close()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Makes pages with a fresh profile each; takes options of a browser context.

    The test fails at any error or warning on a console, uncaught error or failed request, but for
    those that match one of the patterns `expected`.
    """
    watched: list[harness.Watched] = []

    def make(expected: Sequence[str] = (), **options: Any) -> Page:
        options.setdefault("viewport", {"width": 1280, "height": 800})
        one = harness.Watched(browser.new_context(**options), expected)
        watched.append(one)
        return one.open()

    yield make
    complaints = [complaint for one in watched for complaint in one.complaints]
    for one in watched:
        one.context.close()
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """A page of 1280 × 800 in the light theme."""
    return new_page(color_scheme="light")


@pytest.fixture
def axe() -> Callable[[Page], None]:
    """Fails the test at serious accessibility faults of what a page shows."""

    def check(page: Page) -> None:
        faults = harness.serious_faults(page)
        assert not faults, "\n".join(faults)

    return check
