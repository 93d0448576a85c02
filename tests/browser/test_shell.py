"""The frame around every view: bar, address, theme, keys, narrow screens, accessibility, speed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support import harness
from tests.support.harness import VIEWS, settle, until

# Of all that is asked for until the reader moves: some 20 requests and 380 kB, 120 of them
# typefaces, for which nothing waits. Each request is a turn with the server before the view is
# there.
MOST_REQUESTS, MOST_BYTES = 30, 450_000
NewPage = Callable[..., Page]


def key_of(view: str) -> str:
    """The key that opens a view."""
    return str(VIEWS.index(view) + 1)


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
    page.keyboard.press(key_of("explore"))
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
    page.keyboard.press(key_of("walkthrough"))
    expect(page.locator("h1")).to_have_text("Walkthrough")
    settle(page)
    page.keyboard.press("t")
    page.keyboard.press("t")
    expect_theme(page, "dark")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    page.keyboard.press(key_of("journey"))  # belongs to the dialog now
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
    for _ in range(len(VIEWS) + 6):
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


def test_without_a_recording_explore_comes_right_after_the_story(
    page: Page, plain_server: str
) -> None:
    show(page, plain_server)
    expect(page.locator("h1")).to_have_text("Story")
    views = page.get_by_role("navigation", name="Views")
    names = views.get_by_role("link").all_inner_texts()
    rest = (name.capitalize() for name in VIEWS if name not in ("story", "explore", "map"))
    assert names == ["Story", "Explore", "Map", *rest, "Your text"]


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_says_what_a_model_without_a_recording_lacks(
    page: Page, plain_server: str, axe: Callable[[Page], None], view: str
) -> None:
    show(page, plain_server, view)
    expect(page.get_by_role("alert")).to_have_count(0)
    if view in ("walkthrough", "journey"):
        expect(page.locator("main")).to_contain_text("lexiscope record")
    axe(page)


@pytest.mark.parametrize("view", ["", "blueprint"])
def test_the_first_view_asks_for_little(page: Page, server: str, view: str) -> None:
    """What it takes in milliseconds is measured by `python -m benchmarks.bounds`.

    Until the reader moves nothing else is asked for, so all that has come is counted: late or
    early, it belongs to the view.
    """
    page.goto(f"{server}/#/{view}")
    settle(page)
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready.then(() => undefined)")
    asked = page.evaluate(
        "['navigation', 'resource'].flatMap((kind) => performance.getEntriesByType(kind))"
        ".map((one) => [one.name, one.transferSize])"
    )
    assert 5 < len(asked) <= MOST_REQUESTS
    assert 100_000 < sum(size for _, size in asked) <= MOST_BYTES
    # Blueprint has code near its top, the story none; neither has a formula or trains.
    for others in ("katex-", "worker-", *(() if view else ("highlight-",))):
        assert not [name for name, _ in asked if others in name], others
    page.mouse.move(200, 200)
    page.mouse.move(220, 240)
    code = "performance.getEntriesByType('resource').filter((one) => /View-.*js/.test(one.name))"
    until(page, f"{code}.length >= {len(VIEWS)}")


def test_a_server_that_is_gone_is_said_and_asked_again(new_page: NewPage, server: str) -> None:
    page = new_page(expected=["502"])
    page.route("**/api/subject", lambda route: route.fulfill(status=502, body="<h1>gone</h1>"))
    page.goto(server)
    expect(page.get_by_role("alert")).to_contain_text("The server answers 502")
    page.unroute("**/api/subject")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("h1")).to_have_text("Story")
    settle(page)


def test_a_page_never_mixes_what_it_shows_with_another_run(
    new_page: NewPage, bundled_run: Path, file: tuple[Path, object]
) -> None:
    page = new_page(expected=["409", "net::ERR"])
    with harness.serving(bundled_run) as address:
        page.goto(f"{address}/#/explore")
        settle(page)
    with harness.serving(file[0], "--port", address.rpartition(":")[2]):
        page.get_by_role("navigation").get_by_role("link", name="Weights").click()
        note = page.get_by_role("alert").filter(has_text="Another model is served here now")
        expect(note).to_contain_text("is of run")
        expect(page.locator("main")).not_to_contain_text("450")
        note.get_by_role("link").click()
        expect(page.locator("header.top")).to_contain_text("450 words")
        expect(page.get_by_text("Another model is served")).to_have_count(0)
        settle(page)


def test_back_and_reload_lead_to_the_same_place(page: Page, server: str) -> None:
    show(page, server, "blueprint")
    page.mouse.wheel(0, 1500)
    place = 1500
    # A wheel turns the page over several frames, and a busy machine keeps a place between two.
    until(page, f"history.state && history.state.scrolled === {place}")
    near = f"Math.abs(scrollY - {place}) < 3"
    page.reload()
    settle(page)
    until(page, near)
    page.get_by_role("navigation").get_by_role("link", name="Explore").click()
    expect(page.locator("h1")).to_have_text("Explore")
    until(page, "scrollY === 0")
    settle(page)
    page.go_back()
    settle(page)
    until(page, near)


def test_a_handout_has_the_charts_and_numbers_and_no_controls(page: Page, server: str) -> None:
    show(page, server, "walkthrough")
    page.emulate_media(media="print")
    for control in (".skip", "nav[aria-label=Views]", ".bar", "main .button"):
        for one in page.locator(control).all():
            expect(one).to_be_hidden()
    expect(page.get_by_test_id("loss")).to_be_visible()
    expect(page.locator("main canvas").first).to_be_visible()
    expect(page.locator("main .katex").first).to_be_visible()


def test_the_typefaces_come_with_the_page(page: Page, server: str) -> None:
    """Each is served and can be loaded, with its Greek, whether the first view shows it or not."""
    show(page, server)
    for face, family in (
        ("400 16px 'Source Serif 4'", "Source Serif 4"),
        ("600 16px 'Source Serif 4'", "Source Serif 4"),
        ("italic 400 16px 'Source Serif 4'", "Source Serif 4"),
        ("600 16px 'Inter'", "Inter"),
        ("400 16px 'JetBrains Mono'", "JetBrains Mono"),
    ):
        loaded = page.evaluate(
            "async (face) => (await document.fonts.load(face, 'a'))"
            ".map((one) => [one.family.replaceAll('\"', ''), one.status])",
            face,
        )
        assert loaded == [[family, "loaded"]], face
    greek = page.evaluate(
        "async () => (await document.fonts.load(\"16px 'Source Serif 4'\", 'σ')).length"
    )
    assert greek == 1
    families = page.evaluate(
        "[document.body, document.querySelector('nav')]"
        ".map((one) => getComputedStyle(one).fontFamily.replaceAll('\"', '').split(',')[0])"
    )
    assert families == ["Source Serif 4", "Inter"]


def test_every_dimension_is_in_sight_at_any_width(new_page: NewPage, server: str) -> None:
    page = new_page(viewport={"width": 390, "height": 900})
    show(page, server, "weights")
    for width in (390, 768, 1024, 1440, 2560):
        page.set_viewport_size({"width": width, "height": 900})
        for matrix in ("matrix-w", "matrix-wp"):
            grid = page.get_by_test_id(matrix).get_by_role("grid")
            narrow = "grid => grid.scrollWidth <= grid.clientWidth + 1"
            until(page, narrow, grid.element_handle())


def test_a_word_is_found_by_enter_and_by_its_spelling(page: Page, server: str) -> None:
    show(page, server, "explore")
    field = page.get_by_role("combobox", name="Word", exact=True)
    field.fill("queen")
    field.press("Enter")
    expect(page.get_by_test_id("nearest")).to_contain_text("Nearest to queen")
    field.fill("prinse")
    alike = page.get_by_role("listbox", name="Word", exact=True).get_by_role("option")
    expect(alike.first).to_contain_text("prince")
    expect(page.locator("main")).to_contain_text("these are spelled alike")
    field.press("Enter")
    expect(page.get_by_test_id("nearest")).to_contain_text("Nearest to prince")
