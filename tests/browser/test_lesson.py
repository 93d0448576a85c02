"""docs/tutorials/lesson.md, gone through as a teacher does: with the single file and nothing else.

Each figure and each name that the lesson gives is read out of its text and found on the page.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_story import bet, options
from tests.support import harness

NewPage = Callable[..., Page]
LESSON = (harness.ROOT / "docs" / "tutorials" / "lesson.md").read_text(encoding="utf-8")
TEXT = re.sub(r"\s+", " ", re.sub(r"[*`]", "", LESSON))


TEN = "\n".join(
    [
        "our keeper saves the ball on saturday",
        "our striker shoots the ball on saturday",
        "our keeper holds the ball in training",
        "our striker kicks the ball in training",
        "anna and the keeper wear green shirts",
        "ben and the striker wear red shirts",
        "anna saves goals and ben shoots goals",
        "after training anna and ben eat cake",
        "after every match ben and anna eat cake",
        "the trainer brings cake and the ball",
    ]
)


def said(pattern: str) -> tuple[str, ...]:
    """What the lesson says, in the places of a pattern."""
    found = re.search(pattern, TEXT)
    assert found, f"the lesson does not say {pattern!r}"
    return found.groups()


@pytest.fixture(scope="module")
def lesson_file(bundled_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As the lesson says to make it."""
    assert 'lexiscope page run -o lesson.html --title "Words and numbers"' in LESSON
    file = tmp_path_factory.mktemp("lesson") / "lesson.html"
    harness.run_lexiscope("page", bundled_run, "-o", file, "--title", "Words and numbers")
    return file


@pytest.fixture
def class_page(new_page: NewPage, lesson_file: Path) -> Page:
    """The file opened from disk, without a network."""
    page = new_page(offline=True)
    page.goto(lesson_file.as_uri())
    harness.settle(page)
    return page


def scene(page: Page, number: int) -> Locator:
    """Goes on with → until a scene is there, as the teacher does."""
    stage = page.get_by_test_id("scene")
    stage.locator("h2").click()  # where a slider was just moved, → would move it on
    while stage.get_attribute("data-scene") != str(number):
        now = int(stage.get_attribute("data-scene") or "0")
        page.keyboard.press("ArrowRight")
        expect(stage).to_have_attribute("data-scene", str(now + 1))
        harness.settle(page)
    return stage


def reveal(stage: Locator) -> str:
    bet(stage, right=True)
    return stage.locator(".reveal .text").inner_text()


def test_the_file_is_as_large_as_is_said(lesson_file: Path) -> None:
    (megabytes,) = said(r"one file of some (\d) MB")
    assert abs(lesson_file.stat().st_size / 1e6 - int(megabytes)) < 0.75


def test_its_scenes_stand_in_the_order_of_the_timetable(class_page: Page) -> None:
    page = class_page
    stage = page.get_by_test_id("scene")
    expect(page).to_have_title(re.compile("Words and numbers"))
    assert stage.locator("h2").inner_text() in TEXT  # the question that is read out
    expect(options(stage)).to_have_count(4)
    first, cosine, second, other = said(r"(\w+) has ([\d.]+); the next word, (\w+), ([\d.]+)\.")
    told = reveal(stage)
    assert told.startswith(first) and cosine in told and second in told and other in told

    stage = scene(page, 1)
    answer, clue, times, total, both, never = said(
        r"Everybody finds (\w+) at once.*?: (\w+) stands in (\d+) of the (\d+) sentences, "
        r"in (\d+) of them with castle, in none with (\w+)\."
    )
    told = reveal(stage)
    assert stage.get_attribute("data-answer") == answer
    assert f"{clue.capitalize()} stands in {times} of the {total} sentences" in told
    assert f"in {both} of them with {answer}, in none with" in told and never in told

    stage = scene(page, 2)
    reveal(stage)
    slider = page.get_by_label("Time in the run")  # "let them stop the slider at some places"
    slider.fill("0.5")
    expect(page.get_by_test_id("cosine-queen")).to_be_visible()

    stage = scene(page, 3)
    (pairs,) = said(r"The text of the file has ([\d,]+) pairs")
    assert pairs in reveal(stage)


def test_the_calculator_comes_to_what_the_page_shows(class_page: Page) -> None:
    page = class_page
    stage = scene(page, 4)
    word, given, percent = said(r"goes in is (\w+);.*?The model gave (\w+) (\d+) %")
    assert word in stage.locator("h2").inner_text()
    told = reveal(stage)
    assert f"gave {given} {percent} %" in told
    exact, rounded = said(r"page shows ([\d.]+) and not ([\d.]+)")
    assert f"{exact}." in told
    assert round(-math.log(int(percent) / 100), 2) == float(rounded)
    blind, words = said(r"\| 1 in (\d+) \| ([\d.]+) \|")[::-1]
    assert round(math.log(int(words)), 2) == float(blind)
    expect(stage.locator("svg")).to_contain_text(blind)
    link = stage.locator(".more a")
    link.click()
    expect(page.locator("h1")).to_have_text("Walkthrough")
    harness.settle(page)
    expect(page.get_by_test_id("loss")).to_have_text(re.compile(rf"^{exact[:3]}"))
    shown = float(page.get_by_test_id("target-probability").inner_text())
    assert round(-math.log(shown), 2) == float(exact)
    (step,) = said(r"Walkthrough at step ([\d,]+)")  # "a good step to do once by hand"
    page.get_by_role("button", name=f"middle {step}").click()
    expect(page.get_by_test_id("walkthrough")).to_have_attribute(
        "data-shown", step.replace(",", "")
    )


def test_the_rate_can_be_turned_until_it_leaps(class_page: Page) -> None:
    page = class_page
    stage = scene(page, 5)
    before, once = said(r"\(([\d.]+) % becomes ([\d.]+) % at once")
    told = reveal(stage)
    assert f"{before} % before, {once} % after one" in told
    for choice in ("once", "ten times", "a hundred"):
        page.get_by_label(choice, exact=True).check()
    pulled = page.get_by_test_id("pulled")
    steady = pulled.inner_text()
    rate = page.get_by_role("slider", name="Learning rate")
    rate.press("End")
    expect(pulled).not_to_have_text(steady)


def test_the_film_the_sums_and_the_faults(class_page: Page) -> None:
    page = class_page
    stage = scene(page, 6)
    reveal(stage)
    page.get_by_label("Follow").select_option("river")
    expect(page).to_have_url(re.compile("follow=river"))

    stage = scene(page, 7)
    assert said(r"Scene 7\. (king − man \+ woman)")[0] in stage.locator("h2").inner_text()
    reveal(stage)
    page.get_by_label("does not", exact=True).click()  # "switch to the sum that does not come out"
    expect(stage.locator("h2")).not_to_contain_text("king − man")
    expect(stage.locator(".reveal p")).to_have_count(0)  # "let them bet again"
    bet(stage, right=False)

    stage = scene(page, 8)
    word, nearest = said(r"The nearest word to (\w+) is (\w+)\.")
    assert word in stage.locator("h2").inner_text()
    reveal(stage)
    assert stage.get_attribute("data-answer") == nearest
    expect(page.get_by_test_id("same")).to_be_visible()  # "learned five times more … on the spot"

    stage = scene(page, 9)
    numbers, model, times = said(r"this model has ([\d,]+) numbers, (\S+) has (\d+ million) times")
    assert numbers in stage.inner_text() and model in stage.locator("h2").inner_text()
    assert f"{times} times" in reveal(stage)


def test_a_quiz_with_a_key_and_a_text_of_ones_own(new_page: NewPage, lesson_file: Path) -> None:
    page = new_page(offline=True)
    (quiz,) = said(r"lesson\.html(#/quiz\?seed=\d+)")
    page.goto(lesson_file.as_uri() + quiz)
    expect(page.get_by_test_id("quiz")).to_be_visible()
    harness.settle(page)
    page.emulate_media(media="print")
    expect(page.get_by_text("Key to quiz")).to_be_visible()  # "It prints with a key."
    page.emulate_media(media="screen")
    (own,) = said(r"opens lesson\.html(#/own)")
    page.goto(lesson_file.as_uri() + own)
    harness.settle(page)
    field = page.locator("textarea").first
    field.fill(TEN)  # "ten sentences about their club"
    field.blur()
    expect(page).to_have_url(re.compile("own="))
    harness.settle(page)
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("heading", name="Run, pause, single step")).to_be_visible()
    near = page.get_by_role("list", name=re.compile("Words nearest to"))  # "end up together?"
    expect(near.get_by_role("button")).not_to_have_count(0)
    (address,) = said(r"lesson\.html(#/story\?scene=4) is scene 4")
    page.goto(lesson_file.as_uri() + address)
    harness.settle(page)
    expect(page.get_by_test_id("scene")).to_have_attribute("data-scene", "4")
