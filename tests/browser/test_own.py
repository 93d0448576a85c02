"""The reader's own text: trained in the page, shown by every view, taken along as link or file."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from lexiscope.inspection import RecordConfig, Recording, record_text
from lexiscope.server.sharing import packed_text, share_link
from tests.support import harness

NewPage = Callable[..., Page]
SENTENCES = """\
the king wears a crown
the queen wears a crown
the dog barks loudly
the cat barks never
a king and a queen
"""


def show(page: Page, address: str) -> None:
    """Opens an address of the page and waits for its run."""
    page.goto(address)
    expect(page.locator("main")).to_contain_text("in this page")
    harness.settle(page)


def in_bar(page: Page, text: str) -> None:
    expect(page.locator("header.top .subject")).to_contain_text(text)


def test_each_release_trains_anew_and_every_view_shows_that_run(page: Page, server: str) -> None:
    show(page, f"{server}/#/own")
    in_bar(page, "Kings and pets")
    page.get_by_role("combobox", name="Text").select_option("weather")
    in_bar(page, "Weather")
    page.get_by_label("Window").press("ArrowRight")
    expect(page).to_have_url(re.compile(r"own=weather,window:4$"))
    page.get_by_label("Dimensions").press("ArrowLeft")
    in_bar(page, "7 dimensions")
    assert len(page.workers) == 1, "training belongs beside the page"
    for view in ("Blueprint", "Walkthrough", "Journey", "Weights", "Code", "Explore"):
        page.get_by_role("navigation").get_by_role("link", name=view).click()
        expect(page.locator("h1")).to_have_text(view)
        harness.settle(page)
        in_bar(page, "Weather")
        expect(page).to_have_url(re.compile(r"own=weather,dim:7,window:4"))
        expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.locator("main")).to_contain_text(re.compile("winter|storm|snow"))
    page.reload()
    in_bar(page, "Weather")
    page.get_by_role("link", name="back to run").click()
    in_bar(page, "96 words · 8 dimensions · 15,000 steps")
    expect(page).not_to_have_url(re.compile("own="))


def test_a_pasted_text_runs_step_by_step(page: Page, server: str) -> None:
    show(page, f"{server}/#/own")
    field = page.get_by_label(re.compile("^The text, one sentence a line"))
    field.fill("A dog. A cat!")
    field.blur()
    expect(page.get_by_role("alert")).to_contain_text("occurs 2 times")
    field.fill("\u202eThe dog, barks. The dog barks! Cats purr; cats purr.")
    field.blur()
    expect(page.locator("main")).to_contain_text("4 different words to learn")
    in_bar(page, "The dog barks")
    harness.settle(page)
    steps = page.get_by_role("group", name="Step")
    steps.get_by_role("button", name="first 1").click()
    expect(page.locator("main")).to_contain_text(re.compile("Step 1 learned (dog|barks|cats|purr)"))
    steps.get_by_role("button", name="one step on").click()
    expect(page.locator("main")).to_contain_text("Step 2 learned")
    steps.get_by_role("button", name="Play").click()
    expect(page.locator("main")).not_to_contain_text("Step 2 learned")
    steps.get_by_role("button", name="Pause").click()
    page.get_by_role("link", name="every number of it").click()
    expect(page.locator("h1")).to_have_text("Walkthrough")
    harness.settle(page)
    in_bar(page, "4 words")


def test_two_settings_stand_side_by_side(page: Page, server: str) -> None:
    show(page, f"{server}/#/own?own=football,steps:2000")
    page.get_by_role("button", name="Train a second run beside it").click()
    section = page.locator("#beside")
    expect(section).to_contain_text("B is set as A")
    section.get_by_label("Window").press("ArrowLeft")
    expect(section).to_contain_text("B differs in window 3 → 2")
    expect(section.get_by_role("heading", name="B after 2,000 steps")).to_be_visible()
    harness.settle(page)
    page.reload()
    expect(section).to_contain_text("B differs in window 3 → 2")
    section.get_by_role("button", name="close B").click()
    expect(page).not_to_have_url(re.compile("b="))


def test_what_the_page_trains_is_what_the_program_trains(
    page: Page, server: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = tmp_path / "text.txt"
    text.write_text(SENTENCES, encoding="utf-8")
    config = RecordConfig(
        steps=700, vector_size=5, min_count=1, loss="negative", seed=3, precision="float64"
    )
    stopwords = frozenset({"the", "a"})
    expected = record_text(text, config, stopwords=stopwords)
    packed = packed_text(SENTENCES.splitlines())
    show(page, share_link(server, packed, config, stopwords))
    with page.expect_download() as download:
        page.get_by_role("button", name="Save as a run").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    expect(page.locator("main")).to_contain_text(f"lexiscope serve {file.name}")
    saved = Recording.open(file)
    saved.verify()
    assert saved.run.states.tobytes() == expected.run.states.tobytes()
    np.testing.assert_allclose(saved.losses, expected.losses, rtol=1e-6)
    assert saved.corpus.fingerprint == expected.corpus.fingerprint
    assert {**saved.config.to_json(), "epochs": None} == expected.config.to_json()
    harness.run_lexiscope("info", file)
    with harness.serving(file) as address:
        page.goto(address)
        harness.settle(page)
        in_bar(page, file.name)
        in_bar(page, "5 dimensions · 700 steps")


@pytest.mark.parametrize("width", [390, 1440, 2560])
def test_it_fits_and_is_accessible(
    new_page: NewPage, server: str, axe: Callable[[Page], None], width: int
) -> None:
    theme = "dark" if width == 390 else "light"
    page = new_page(viewport={"width": width, "height": 900}, color_scheme=theme)
    show(page, f"{server}/#/own?own=german,loss:nce,steps:1000&b=eta:0.3,steps:1000")
    expect(page.locator("#beside")).to_contain_text("B differs in")
    harness.settle(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    axe(page)


def test_an_address_that_says_nothing_known_is_refused_in_words(page: Page, server: str) -> None:
    page.goto(f"{server}/#/walkthrough?own=nowhere")
    expect(page.get_by_role("alert")).to_contain_text("here is no text “nowhere”; expected one of")
    page.get_by_role("link", name="go back to run").click()
    in_bar(page, "96 words")
    page.goto(f"{server}/#/own?own=kings,window:0")
    expect(page.get_by_role("alert")).to_contain_text("indow is 0; expected a whole number")
    page.get_by_role("link", name="Start from one of the page’s own texts").click()
    expect(page.locator("main")).to_contain_text("in this page")


def test_a_file_trains_without_a_network(
    new_page: NewPage, bundled_run: Path, tmp_path: Path
) -> None:
    file = tmp_path / "page.html"
    harness.run_lexiscope("page", bundled_run, "-o", file)
    page = new_page(offline=True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    show(page, f"{file.as_uri()}#/own?own=cooking,loss:hierarchical,steps:3000")
    page.get_by_role("navigation").get_by_role("link", name="Walkthrough").click()
    expect(page.locator("h1")).to_have_text("Walkthrough")
    harness.settle(page)
    in_bar(page, "Cooking")
    expect(page.get_by_role("alert")).to_have_count(0)
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
