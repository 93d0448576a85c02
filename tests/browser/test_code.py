"""Code: the program as it stands in the source, its notes, its options, and what to try."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import lexiscope
from lexiscope.inspection import Recording
from lexiscope.server.program import experiments, sections
from tests.support.harness import settle

NewPage = Callable[..., Page]
KEYS = [section.key for section in sections()]


def show(page: Page, server: str, query: str = "") -> None:
    """Opens the code and waits until all of it is there."""
    page.goto(f"{server}/#/code{query}")
    expect(page.locator("main section")).to_have_count(len(KEYS) + 2)
    settle(page)


def test_the_code_is_the_projects_own_line_by_line(page: Page, server: str) -> None:
    show(page, server)
    parts = page.get_by_test_id("part")
    assert parts.count() == sum(len(section.parts) for section in sections())
    package = Path(lexiscope.__file__).parent
    for part in parts.all():
        path, _, first = str(part.get_attribute("data-value")).rpartition(":")
        source = (package / path).read_text(encoding="utf-8").splitlines()
        shown = part.locator("ol .text").all_text_contents()
        expected = source[int(first) - 1 :][: len(shown)]
        assert [line.rstrip() for line in shown] == expected
        assert len(shown) > 3


def test_each_section_leads_to_the_views_it_feeds(page: Page, server: str) -> None:
    show(page, server)
    for section in sections():
        for label, address in section.links:
            link = page.locator(f"#{section.key} .links").get_by_role("link", name=label)
            expect(link).to_have_attribute("href", address)


def test_notes_are_read_by_key_alone(page: Page, server: str) -> None:
    show(page, server)
    part = page.locator("#loop").get_by_test_id("part").first
    noted = part.locator("[data-noted]")
    noted.first.focus()
    expect(part.locator(".note.shown")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    expect(noted.nth(1)).to_be_focused()
    described = str(noted.nth(1).get_attribute("aria-describedby"))
    expect(page.locator(f"[id='{described}']")).to_be_visible()


def test_all_notes_can_be_written_out_on_a_telephone(new_page: NewPage, server: str) -> None:
    page = new_page(viewport={"width": 390, "height": 844})
    show(page, server)
    page.get_by_role("button", name="Write out all notes").click()
    expect(page).to_have_url(re.compile("notes=open"))
    notes = sum(
        bool(line.note) for section in sections() for part in section.parts for line in part.lines
    )
    written = page.locator("details[open] li")
    expect(written).to_have_count(notes)
    expect(written.last).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_what_a_section_came_to_is_inspections(page: Page, server: str, bundled_run: Path) -> None:
    show(page, server)
    recording = Recording.open(bundled_run)
    losses = np.asarray(recording.run.losses, dtype=np.float64)
    loop = page.get_by_test_id("outcome-loop")
    expect(loop).to_contain_text(f"{losses[:500].mean():.3f} → {losses[-500:].mean():.3f}")
    expect(loop).to_contain_text(f"{np.log(len(recording.tokens)):.3f}")
    expect(page.get_by_test_id("outcome-pairs")).to_contain_text(f"{recording.run.epoch_length:,}")
    expect(page.get_by_test_id("outcome-corpus")).to_contain_text(f"{recording.corpus.tokens:,}")


def test_the_contents_lead_to_a_section_again_and_again(page: Page, server: str) -> None:
    show(page, server)
    contents = page.get_by_role("navigation", name="Contents")
    heading = page.locator("#experiments h2")
    for _ in range(2):
        contents.get_by_role("link", name="Experiments to try").click()
        expect(heading).to_be_in_viewport()
        page.keyboard.press("Home")
        expect(heading).not_to_be_in_viewport()


def test_options_have_their_defaults_and_are_found(page: Page, server: str) -> None:
    show(page, server)
    options = page.locator("#options")
    expect(page.get_by_test_id("default-record---alpha")).to_have_text("0.1; adam: 0.01")
    options.get_by_placeholder("name or meaning").fill("adam rate")
    expect(options.locator("tbody tr")).to_have_count(1)
    expect(options.get_by_role("status").first).to_have_text("1 option")
    options.get_by_placeholder("name or meaning").fill("")
    options.locator("label", has_text="train").click()
    expect(page.get_by_test_id("default-train---window")).to_have_text("5")
    expect(page).to_have_url(re.compile("command=train"))


def test_an_experiment_is_copied_as_it_stands(new_page: NewPage, server: str) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    show(page, server)
    experiment = experiments()[0]
    section = page.locator("#experiments")
    expect(section.locator("li")).to_have_count(len(experiments()))
    section.get_by_role("button", name=f"“{experiment.title}”").click()
    expect(section.get_by_text("Copied").first).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    command, then = copied.splitlines()
    assert command == experiment.command
    assert then == f"lexiscope serve {experiment.command.split()[3]} --open"


def test_where_the_clipboard_is_closed_the_button_says_so(page: Page, server: str) -> None:
    show(page, server)
    page.evaluate(
        "Object.defineProperty(navigator, 'clipboard', { value: {"
        " writeText: () => Promise.reject(new DOMException('no', 'NotAllowedError')) } })"
    )
    section = page.locator("#experiments")
    section.locator("button").first.click()
    expect(section.get_by_text("Not allowed here").first).to_be_visible()


def test_the_program_can_be_read_beside_any_vectors(page: Page, file_server: str) -> None:
    show(page, file_server)
    expect(page.get_by_test_id("part").first).to_contain_text("def read_sentences")
    expect(page.get_by_test_id("outcome-corpus")).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_serious_accessibility_fault(
    new_page: NewPage, server: str, axe: Callable[[Page], None], theme: str
) -> None:
    page = new_page(color_scheme=theme)
    show(page, server)
    axe(page)


@pytest.mark.parametrize("width", [360, 3840])
def test_nothing_sticks_out_of_a_narrow_or_a_wide_screen(
    new_page: NewPage, server: str, width: int
) -> None:
    page = new_page(viewport={"width": width, "height": 900})
    show(page, server)
    assert page.evaluate("document.documentElement.scrollWidth") == width
