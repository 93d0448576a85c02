"""Pictures of every view, light and dark, wide and narrow.

    python scripts/screenshots.py docs/screenshots --screen [--run RUN] [--views walkthrough]

Records the bundled corpus unless a run (or a model, or a vectors file) is given, serves it, and
writes `<view>-<theme>-<width>.png`. It needs the built page, Chromium and the test extra.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from playwright.sync_api import Browser, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support import harness

THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS = {1440: 900, 390: 844}
ADDRESSES = {
    "walkthrough": "walkthrough?step=7568",
    "explore": "explore?word=king",
    "quiz": "quiz?seed=7&q=5",
}
VIEWS = (*harness.VIEWS, "own")
PAINTED_MS = 400  # for what is drawn after the last answer


def main() -> None:
    """Takes them all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--run", type=Path, help="a run, model or vectors file")
    parser.add_argument("--views", default=",".join(VIEWS))
    parser.add_argument(
        "--screen", action="store_true", help="the first screen, not the whole page"
    )
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as made:
        run = arguments.run
        if run is None:
            run = Path(made) / "bundled"
            harness.run_lexiscope("record", "-o", run)
        with harness.serving(run) as server, sync_playwright() as playwright:
            browser = harness.launch(playwright)
            for view in arguments.views.split(","):
                take(browser, server, view, arguments.folder, whole=not arguments.screen)
            browser.close()


def take(browser: Browser, server: str, view: str, folder: Path, *, whole: bool) -> None:
    """All pictures of a view."""
    for theme in THEMES:
        for width, height in WIDTHS.items():
            page = browser.new_page(
                viewport={"width": width, "height": height},
                color_scheme=theme,
                device_scale_factor=1.5 if width < 600 else 1,
                # What plays is shown as it begins, so that pictures are the same each time.
                reduced_motion="reduce",
            )
            page.goto(f"{server}/#/{ADDRESSES.get(view, view)}")
            harness.settle(page)
            page.wait_for_timeout(PAINTED_MS)
            page.screenshot(path=folder / f"{view}-{theme}-{width}.png", full_page=whole)
            page.close()


if __name__ == "__main__":
    main()
