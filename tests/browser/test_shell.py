"""The frame around every view: bar, address, theme, keys, narrow screens, accessibility, speed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.harness import VIEWS, settle

# Some 53 and 350 kB. Each request is a turn with the server before the view is there.
MOST_REQUESTS, MOST_BYTES = 65, 450_000
NewPage = Callable[..., Page]


def show(page: Page, server: str, view: str = "") -> None:
    """Opens a view and waits until it is there."""
    page.goto(f"{server}/#/{view}")
    settle(page)


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_opens_by_its_address_and_from_the_bar(
    page: Page, server: str, view: str
) -> None:
    show(page, server, view)
    expect(page.locator("h1")).to_have_text(view.capitalize())
    expect(page).to_have_title(re.compile(rf"^{view.capitalize()} · run · Lexiscope$"))
    other = VIEWS[(VIEWS.index(view) + 1) % len(VIEWS)]
    page.get_by_role("navigation").get_by_role("link", name=other.capitalize()).click()
    expect(page.locator("h1")).to_have_text(other.capitalize())
    settle(page)
    current = page.get_by_role("navigation").locator("[aria-current=page]")
    expect(current).to_have_text(other.capitalize())


def test_what_is_open_stands_in_the_bar(page: Page, server: str) -> None:
    show(page, server)
    expect(page.locator("header.top")).to_contain_text("run")
    expect(page.locator("header.top")).to_contain_text("96 words · 8 dimensions · 15,000 steps")


def test_back_and_forward_go_through_what_was_looked_at(page: Page, server: str) -> None:
    show(page, server, "blueprint")
    page.keyboard.press("6")
    expect(page.locator("h1")).to_have_text("Explore")
    page.go_back()
    expect(page.locator("h1")).to_have_text("Blueprint")
    page.go_forward()
    expect(page.locator("h1")).to_have_text("Explore")
    settle(page)


def test_an_address_of_no_view_says_so_and_leads_on(page: Page, server: str) -> None:
    show(page, server, "nonsense")
    expect(page.locator("main")).to_contain_text("no view named “nonsense”")
    page.get_by_role("navigation").get_by_role("link", name="Explore").click()
    expect(page.locator("h1")).to_have_text("Explore")
    settle(page)


def expect_theme(page: Page, theme: str) -> None:
    """Waits until a theme is on screen: its paper is dark or light."""
    expect(page.locator("html")).to_have_attribute("data-theme", theme)
    color = page.evaluate("getComputedStyle(document.body).backgroundColor")
    bright = sum(int(part) for part in re.findall(r"\d+", color)[:3]) > 3 * 128
    assert bright == (theme == "light")


def test_the_theme_follows_the_system_until_it_is_chosen_and_is_remembered(
    new_page: NewPage, server: str
) -> None:
    page = new_page(color_scheme="dark")
    show(page, server)
    expect_theme(page, "dark")
    page.emulate_media(color_scheme="light")
    expect_theme(page, "light")
    switch = page.get_by_role("button", name="Theme")
    expect(switch).to_have_accessible_name("Theme: as the system. Change")
    switch.click()
    expect(switch).to_have_accessible_name("Theme: light. Change")
    switch.click()
    expect_theme(page, "dark")
    page.reload()
    settle(page)
    expect_theme(page, "dark")


def test_keys_open_views_change_the_theme_and_list_themselves(page: Page, server: str) -> None:
    show(page, server)
    page.keyboard.press("2")
    expect(page.locator("h1")).to_have_text("Walkthrough")
    settle(page)
    page.keyboard.press("t")
    page.keyboard.press("t")
    expect_theme(page, "dark")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    page.keyboard.press("3")  # belongs to the dialog now
    expect(page.locator("h1")).to_have_text("Walkthrough")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_the_keyboard_alone_reaches_the_content_and_every_view(page: Page, server: str) -> None:
    show(page, server)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_be_focused()
    page.reload()
    settle(page)
    focused = "document.activeElement.textContent.trim()"
    seen = []
    for _ in range(12):
        page.keyboard.press("Tab")
        seen.append(page.evaluate(focused))
    assert [name.capitalize() for name in VIEWS] == [name for name in seen if name.lower() in VIEWS]


def test_the_focus_can_be_seen(page: Page, server: str) -> None:
    show(page, server)
    for _ in range(6):
        page.keyboard.press("Tab")
        style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert style == "solid"


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("width", [360, 3840])
def test_nothing_is_wider_than_the_screen(
    new_page: NewPage, server: str, width: int, view: str
) -> None:
    page = new_page(viewport={"width": width, "height": 900})
    show(page, server, view)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_no_serious_accessibility_fault(
    new_page: NewPage, server: str, axe: Callable[[Page], None], view: str, theme: str
) -> None:
    page = new_page(color_scheme=theme)
    show(page, server, view)
    axe(page)


def test_without_a_recording_explore_comes_first(page: Page, plain_server: str) -> None:
    show(page, plain_server)
    expect(page.locator("h1")).to_have_text("Explore")
    names = page.get_by_role("navigation").get_by_role("link").all_inner_texts()
    assert names == ["Explore", *(name.capitalize() for name in VIEWS if name != "explore")]


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_says_what_a_model_without_a_recording_lacks(
    page: Page, plain_server: str, axe: Callable[[Page], None], view: str
) -> None:
    show(page, plain_server, view)
    expect(page.get_by_role("alert")).to_have_count(0)
    if view in ("walkthrough", "journey"):
        expect(page.locator("main")).to_contain_text("lexiscope record")
    axe(page)


def test_the_first_view_asks_for_little(page: Page, server: str) -> None:
    """What it takes in milliseconds is measured by `python -m benchmarks.bounds`."""
    page.goto(f"{server}/#/blueprint")
    settle(page)
    sizes = page.evaluate(
        "['navigation', 'resource'].flatMap((kind) => performance.getEntriesByType(kind))"
        ".map((one) => one.transferSize)"
    )
    assert 5 < len(sizes) <= MOST_REQUESTS
    assert 100_000 < sum(sizes) <= MOST_BYTES


def test_a_server_that_is_gone_is_said_and_asked_again(new_page: NewPage, server: str) -> None:
    page = new_page(expected=["502"])
    page.route("**/api/subject", lambda route: route.fulfill(status=502, body="<h1>gone</h1>"))
    page.goto(server)
    expect(page.get_by_role("alert")).to_contain_text("The server answers 502")
    page.unroute("**/api/subject")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("h1")).to_have_text("Blueprint")
    settle(page)
