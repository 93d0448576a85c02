"""Story: one screen a scene, made of what is open, at every width, by keys and by swipes."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

import lexiscope
from tests.support.browser_models import value_of
from tests.support.harness import settle

NewPage = Callable[..., Page]
SIZES = {390: 844, 1440: 900, 2560: 1440}
LAST = 9
WORDS = re.compile(r"\S*\w\S*")


def show(page: Page, server: str, scene: int = 0, **more: str) -> Locator:
    """Opens a scene and waits until it is there."""
    asked = {**({"scene": scene} if scene else {}), **more}
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    page.goto(f"{server}/#/story{f'?{query}' if query else ''}")
    settle(page)
    stage = page.get_by_test_id("scene")
    expect(stage).to_have_attribute("data-scene", str(scene))
    return stage


def options(stage: Locator) -> Locator:
    return stage.locator(".bets button")


def bet(stage: Locator, right: bool) -> str:
    """Bets on the right option or on a wrong one; gives the right one."""
    answer = stage.get_attribute("data-answer") or ""
    assert answer
    texts = [text.strip() for text in options(stage).all_inner_texts()]
    assert texts.count(answer) == 1
    chosen = answer if right else next(text for text in texts if text != answer)
    options(stage).nth(texts.index(chosen)).click()
    expect(stage.locator(".reveal p").first).to_be_visible()
    return answer


def at_rest(page: Page) -> None:
    """Waits for what fades in: half faded, it is hard to read for a moment."""
    page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished))")


def rail_is_in_sight(page: Page) -> bool:
    return bool(
        page.evaluate(
            "document.querySelector('.rail').getBoundingClientRect().bottom <= innerHeight + 1"
        )
    )


@pytest.mark.parametrize("width", SIZES)
def test_every_scene_is_one_screen_with_a_question_a_bet_and_a_way_on(
    new_page: NewPage, server: str, axe: Callable[[Page], None], width: int
) -> None:
    """From the first to the last by the arrow key alone; the order is the rail's."""
    page = new_page(
        viewport={"width": width, "height": SIZES[width]},
        color_scheme="dark" if width == 1440 else "light",
    )
    stage = show(page, server)
    for scene in range(LAST + 1):
        expect(stage).to_have_attribute("data-scene", str(scene))
        settle(page)
        assert stage.locator("h2").inner_text().strip()
        assert rail_is_in_sight(page), f"scene {scene} before the bet"
        bet(stage, right=scene % 2 == 0)
        settle(page)
        marks = stage.locator(".bets .right")
        expect(marks).to_have_count(1)
        told = " ".join(stage.locator("h2, .text").all_inner_texts())
        assert len(WORDS.findall(told)) <= 60
        assert rail_is_in_sight(page), f"scene {scene} after the bet"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        at_rest(page)
        axe(page)
        page.keyboard.press("ArrowRight")
    expect(stage).to_have_attribute("data-scene", str(LAST))  # there is none behind it
    page.keyboard.press("ArrowLeft")
    expect(stage).to_have_attribute("data-scene", str(LAST - 1))
    expect(stage.locator("h2")).to_be_focused()


def test_the_first_thing_moves_once_asks_and_keeps_the_bet_in_the_address(
    page: Page, server: str, bundled_run: Path
) -> None:
    page.goto(server)  # nothing is named: the story
    stage = page.get_by_test_id("scene")
    expect(stage.locator("h2")).to_have_text("Which word will end up beside king?")
    clock = page.get_by_label("Time in the run")
    expect(clock).to_have_value(re.compile(r"^0\.(0[5-9]|[1-9])"))  # it moves by itself
    (nearest, cosine), (second, _) = lexiscope.load(bundled_run).most_similar("king", topn=2)
    assert bet(stage, right=False) == nearest
    expect(stage.locator(".reveal")).to_contain_text(f"{cosine:.2f}")
    expect(stage.locator(".reveal")).to_contain_text(second)
    expect(page).to_have_url(re.compile("bet="))
    page.reload()
    settle(page)
    expect(stage.locator(".bets .wrong")).to_have_count(1)
    # It ends, and begins again only where somebody asks for it.
    expect(clock).to_have_value("1")
    expect(page.get_by_role("button", name="Play again")).to_be_visible()


def test_who_wants_no_motion_has_none(new_page: NewPage, server: str) -> None:
    page = new_page(reduced_motion="reduce")
    stage = show(page, server)
    clock = page.get_by_label("Time in the run")
    expect(clock).to_have_value("0")
    bet(stage, right=True)
    expect(stage.locator("[role=img]")).to_have_accessible_name(re.compile("15,000.*queen"))


def test_swipes_turn_the_page_and_sliders_keep_their_own(new_page: NewPage, server: str) -> None:
    page = new_page(viewport={"width": 390, "height": 844}, has_touch=True)
    stage = show(page, server, 1)
    swipe = """([from, to]) => {
        const on = document.querySelector('.stage h2');
        const touch = (x) => new Touch({ identifier: 1, target: on, clientX: x, clientY: 300 });
        const say = (name, x) => on.dispatchEvent(
            new TouchEvent(name, { bubbles: true, changedTouches: [touch(x)] }));
        say('touchstart', from); say('touchend', to);
    }"""
    page.evaluate(swipe, [300, 120])
    expect(stage).to_have_attribute("data-scene", "2")
    page.evaluate(swipe, [120, 300])
    expect(stage).to_have_attribute("data-scene", "1")
    page.evaluate(swipe, [300, 280])  # a finger that only touched
    expect(stage).to_have_attribute("data-scene", "1")
    stage = show(page, server, 3)
    slider = page.get_by_role("slider", name="Centre of the window")
    slider.focus()
    before = slider.get_attribute("aria-valuenow")
    page.keyboard.press("ArrowRight")
    expect(slider).not_to_have_attribute("aria-valuenow", before or "")
    expect(stage).to_have_attribute("data-scene", "3")


def test_pull_and_push_is_the_runs_own_step_until_the_rate_is_turned(
    page: Page, server: str
) -> None:
    stage = show(page, server, 5)
    bet(stage, right=True)
    told = stage.locator(".reveal .text").inner_text()
    before, once, hundred = (float(one) for one in re.findall(r"([\d.]+) %", told))
    assert before < once < hundred
    pulled = page.get_by_test_id("pulled")
    assert abs(100 * value_of(pulled) - hundred) < 0.051
    page.get_by_label("once", exact=True).check()
    expect(pulled).to_have_text(f"{once:.1f} %")
    rate = page.get_by_role("slider", name="Learning rate")
    rate.press("ArrowRight")
    expect(pulled).not_to_have_text(f"{once:.1f} %")


def test_one_sum_comes_out_and_the_other_does_not(
    page: Page, server: str, bundled_run: Path
) -> None:
    vectors = lexiscope.load(bundled_run)
    stage = show(page, server, 7)
    assert bet(stage, right=False) == "queen"
    page.get_by_label("does not", exact=True).click()
    expect(stage.locator("h2")).not_to_have_text(re.compile("king − man"))
    plus, minus, other = re.findall(r"[a-z]+", stage.locator("h2").inner_text())[:3]
    best = vectors.most_similar(positive=[plus, other], negative=[minus], topn=1)[0]
    assert bet(stage, right=True) == best[0]
    expect(stage.locator(".reveal")).to_contain_text("not")


def test_other_seeds_are_learned_in_the_page(page: Page, server: str) -> None:
    stage = show(page, server, 8)
    bet(stage, right=True)
    expect(page.get_by_test_id("same")).to_have_text(re.compile(r"^[0-5]$"))


def scenes_of(page: Page) -> list[str]:
    return (
        page.get_by_role("navigation", name="Scenes")
        .locator("ol a")
        .evaluate_all("links => links.map(({ hash }) => hash.split('scene=')[1] ?? '0')")
    )


def walk(page: Page, server: str) -> str:
    """Bets through every scene that is there; gives all that was said."""
    told = ""
    for scene in scenes_of(page):
        stage = show(page, server, int(scene))
        bet(stage, right=False)
        told += stage.inner_text() + "\n"
    return told


def test_a_model_without_a_recording_skips_three(
    page: Page, plain_server: str, axe: Callable[[Page], None]
) -> None:
    show(page, plain_server)
    assert scenes_of(page) == ["0", "1", "2", "3", "7", "8", "9"]
    told = walk(page, plain_server)
    assert "step" not in told.lower()
    axe(page)
    page.goto(f"{plain_server}/#/story?scene=4")
    settle(page)
    expect(page.get_by_test_id("scene")).to_contain_text("lexiscope record")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_test_id("scene")).to_have_attribute("data-scene", "7")


def test_a_foreign_file_is_told_only_what_is_true_of_it(
    page: Page, file_server: str, axe: Callable[[Page], None]
) -> None:
    show(page, file_server)
    there = scenes_of(page)
    assert set(there) <= {"0", "2", "8", "9"} and {"0", "2", "9"} <= set(there)
    axe(page)
    told = walk(page, file_server).lower()
    for never in ("king", "queen", "step", "sentence", "trained", "began", "learned who"):
        assert never not in told


def test_a_run_with_snapshots_has_its_film(page: Page, watched_server: str) -> None:
    show(page, watched_server)
    assert scenes_of(page) == ["0", "1", "2", "3", "6", "7", "8", "9"]
    stage = show(page, watched_server, 6)
    bet(stage, right=True)
    expect(page.get_by_label("Time in the run")).to_be_visible()
    assert "step" not in stage.inner_text().lower()
