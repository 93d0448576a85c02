"""Code: the script of the run, what is recorded, options, what to try, and the source behind it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

import lexiscope
from lexiscope.inspection import Recording, json_steps
from lexiscope.server.program import experiments, recorded_flags, sections
from lexiscope.server.script import script_of
from tests.support.harness import settle

NewPage = Callable[..., Page]


def show(page: Page, server: str, query: str = "") -> None:
    """Opens the code and waits until all of it is there."""
    page.goto(f"{server}/#/code{query}")
    expect(page.locator("#experiments")).to_be_visible()
    settle(page)


def test_the_script_is_shown_line_by_line_and_can_be_kept(
    page: Page, server: str, bundled_run: Path, tmp_path: Path
) -> None:
    script = script_of(Recording.open(bundled_run))
    assert script is not None
    text = "".join(f"{line.text}\n" for part in script.sections for line in part.lines)
    show(page, server)
    blocks = page.get_by_test_id("script")
    expect(blocks).to_have_count(len(script.sections))
    for block in blocks.all():
        first = int(str(block.get_attribute("data-value")))
        shown = [line.rstrip() for line in block.locator("ol .text").all_text_contents()]
        assert shown == text.splitlines()[first - 1 :][: len(shown)]
    for part in script.sections:
        for label, address in part.links:
            link = page.locator(f"#{part.key} .links").get_by_role("link", name=label)
            expect(link).to_have_attribute("href", address)
    with page.expect_download() as download:
        page.get_by_role("button", name="Keep as train.py").click()
    download.value.save_as(tmp_path / "train.py")
    assert (tmp_path / "train.py").read_bytes().decode() == text
    compile(text, "train.py", "exec")


def test_the_source_is_the_projects_own_line_by_line(
    page: Page, server: str, bundled_run: Path
) -> None:
    expected = sections("record", recorded_flags(Recording.open(bundled_run)))
    show(page, server)
    parts = page.get_by_test_id("part")
    assert parts.count() == sum(len(section.parts) for section in expected)
    package = Path(lexiscope.__file__).parent
    for part in parts.all():
        path, _, first = str(part.get_attribute("data-value")).rpartition(":")
        source = (package / path).read_text(encoding="utf-8").splitlines()
        shown = part.locator("ol .text").all_text_contents()
        assert [line.rstrip() for line in shown] == source[int(first) - 1 :][: len(shown)]


def test_notes_are_read_by_key_alone(page: Page, server: str) -> None:
    show(page, server)
    part = page.get_by_test_id("script").first
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
    noted = page.locator("[data-noted]").count()
    written = page.locator("details[open] li")
    expect(written).to_have_count(noted)
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
    fields = page.locator("#recording table").first.locator("tbody tr")
    expect(fields).to_have_count(13)
    for name in json_steps.AFTER:
        row = fields.filter(has=page.get_by_text(name, exact=True))
        expect(row).to_contain_text("after the step")
    tree = page.get_by_role("list", name="Exported files").locator("li")
    expect(tree).to_have_count(13)
    expect(tree.last).to_contain_text("1,681 files")


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
    options = page.locator("#command-line")
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


def test_a_trained_model_has_its_own_program_and_a_file_none(
    page: Page, plain_server: str, file_server: str
) -> None:
    show(page, plain_server)
    expect(page.locator("main")).to_contain_text(
        "lexiscope train TEXT -o model --vector-size 16 --epochs 1 --min-count 2"
    )
    expect(page.get_by_test_id("part").first).to_contain_text("def keep_thresholds")
    expect(page.locator("main")).to_contain_text("def train_gathered")
    expect(page.get_by_test_id("script")).to_have_count(0)
    expect(page.locator("main")).not_to_contain_text("nn.Embedding")
    page.goto(f"{plain_server}/#/blueprint")
    settle(page)
    expect(page.locator("#model")).not_to_contain_text("nn.Embedding")
    show(page, file_server)
    expect(page.locator("main")).to_contain_text("says nothing of its training")
    expect(page.get_by_test_id("part")).to_have_count(0)
    expect(page.get_by_test_id("script")).to_have_count(0)
    expect(page.get_by_role("button", name="Write out all notes")).to_have_count(0)


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
