"""Quiz: one question a screen, by key alone, the same for a whole class, on paper with a key."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support import harness
from tests.support.harness import settle

NewPage = Callable[..., Page]
KINDS = 15  # of questions, at least, of a recorded run


def show(page: Page, root: str, query: str = "?seed=7") -> int:
    """Opens a quiz, and gives the number of its questions."""
    page.goto(f"{root}#/quiz{query}")
    settle(page)
    return int(str(page.get_by_test_id("quiz").get_attribute("data-count")))


def sheet(page: Page) -> str:
    """All questions and their key, as they are printed."""
    return str(page.get_by_test_id("handout").text_content())


def keys(page: Page) -> list[str]:
    """The answers as the key has them."""
    return page.locator(".key > ol > li strong").all_text_contents()


def answer(page: Page, said: str) -> None:
    """Answers the question on the screen as the key says, by key alone."""
    typed = page.locator("form input.field")
    if typed.count():
        typed.focus()
        page.keyboard.type(said.strip())
    else:
        page.keyboard.press(said.strip()[0])
    page.keyboard.press("Enter")


def test_a_whole_quiz_is_answered_by_key_alone_and_remembered(page: Page, server: str) -> None:
    count = show(page, f"{server}/")
    assert count >= KINDS
    answers = keys(page)
    assert len(answers) == count
    for number, said in enumerate(answers, 1):
        heading = page.locator("main h2").first
        expect(heading).to_contain_text(str(number))
        answer(page, said)
        feedback = page.get_by_test_id("feedback")
        expect(feedback).to_have_attribute("data-right", "true")
        expect(feedback.locator(".worked li").first).to_be_visible()
        expect(feedback.get_by_role("link")).to_have_attribute("href", re.compile("^#/[a-z]+"))
        expect(page.get_by_role("button", name=re.compile("Next|result"))).to_be_focused()
        page.keyboard.press("Enter")
    expect(page.get_by_test_id("result")).to_contain_text(f"{count} of {count} right")
    page.reload()
    expect(page.get_by_test_id("result")).to_contain_text(f"{count} of {count} right")
    page.get_by_role("button", name="Begin again").click()
    expect(page.locator(".quiz nav a.right")).to_have_count(0)
    expect(page.get_by_role("button", name="Check")).to_be_visible()


def test_a_wrong_answer_is_told_by_its_mistake_and_nonsense_is_no_answer(
    page: Page, server: str, axe: Callable[[Page], None]
) -> None:
    show(page, f"{server}/", "?seed=7&q=1")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose one")
    right = int(keys(page)[0].strip()[0])
    page.keyboard.press("1" if right != 1 else "2")
    page.keyboard.press("Enter")
    feedback = page.get_by_test_id("feedback")
    expect(feedback).to_have_attribute("data-right", "false")
    name = page.locator("label.wrong .stands").inner_text()
    expect(feedback).to_contain_text(name[0].upper() + name[1:])
    axe(page)
    number = next(at for at, said in enumerate(keys(page), 1) if "," in said or "." in said[:3])
    page.goto(f"{server}/#/quiz?seed=7&q={number}")
    settle(page)
    if page.locator("form input.field").count():
        page.locator("form input.field").fill("about two")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("is no number")
    page.locator(".quiz nav").get_by_role("link", name="Result").click()
    expect(page.get_by_test_id("result")).to_contain_text("Worth another look")


@pytest.mark.parametrize(("width", "theme"), [(390, "dark"), (1440, "light"), (2560, "light")])
def test_each_question_fits_and_has_no_serious_fault(
    new_page: NewPage, server: str, axe: Callable[[Page], None], width: int, theme: str
) -> None:
    page = new_page(viewport={"width": width, "height": 900}, color_scheme=theme)
    count = show(page, f"{server}/")
    for number in range(1, count + 1):
        page.locator(".quiz nav").get_by_role("link", name=re.compile(f"^{number},")).click()
        expect(page.locator(".quiz h2")).to_contain_text(str(number))
        assert page.evaluate("document.documentElement.scrollWidth") == width, number
        cut = page.evaluate(
            "[...document.querySelectorAll('.quiz *')].filter((one) =>"
            " one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX === 'hidden'"
            " && !one.closest('.sr-only')).map((one) => one.className)"
        )
        assert cut == [], number
    axe(page)


def test_it_prints_as_a_sheet_with_a_key(page: Page, server: str) -> None:
    count = show(page, f"{server}/")
    handout = page.get_by_test_id("handout")
    expect(handout).to_be_hidden()
    page.emulate_media(media="print")
    expect(handout).to_be_visible()
    expect(page.locator(".quiz")).to_be_hidden()
    expect(handout.locator("> ol > li")).to_have_count(count)
    expect(handout.locator(".key > ol > li")).to_have_count(count)
    broken = page.evaluate("getComputedStyle(document.querySelector('.key')).breakBefore")
    assert broken == "page"
    assert len(page.pdf()) > 10_000


@pytest.fixture(scope="module")
def page_file(bundled_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `lexiscope page` writes of the bundled run."""
    if not (harness.STATIC / "page.html").is_file():
        harness.unavailable("the page is not built: `make page` (it needs Node 20)")
    file = tmp_path_factory.mktemp("page") / "bundled.html"
    harness.run_lexiscope("page", bundled_run, "-o", file)
    return file


def test_a_class_gets_the_same_questions_from_the_server_and_from_the_file(
    new_page: NewPage, server: str, page_file: Path
) -> None:
    served, alone = new_page(), new_page(offline=True)
    show(served, f"{server}/")
    show(alone, page_file.as_uri())
    # The model goes by its folder's name in both.
    assert sheet(alone) == sheet(served)
    show(served, f"{server}/", "?seed=class%208b")
    assert sheet(served) != sheet(alone)


def test_a_model_without_a_recording_gets_the_questions_it_can_have(
    page: Page, plain_server: str
) -> None:
    count = show(page, f"{plain_server}/")
    assert 3 <= count < KINDS
    assert "Step" not in sheet(page)
    for said in keys(page):
        answer(page, said)
        expect(page.get_by_test_id("feedback")).to_have_attribute("data-right", "true")
        page.keyboard.press("Enter")
    expect(page.get_by_test_id("result")).to_contain_text(f"{count} of {count} right")


def test_vectors_alone_begin_with_a_seed(page: Page, file_server: str) -> None:
    page.goto(f"{file_server}/#/quiz")
    settle(page)
    page.get_by_label("Seed").fill(" 11 ")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("seed=11$"))
    settle(page)
    assert int(str(page.get_by_test_id("quiz").get_attribute("data-count"))) >= 3
