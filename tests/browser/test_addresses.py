"""Whatever an address says, the view shows the nearest that there is, or refuses it in words."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support import harness

NONSENSE = ("many", "-5", "1e99", "0.5", "NaN", "Infinity", "", "%00", "⅓")
NUMBERS = {
    "story": ("scene",),
    "blueprint": ("sentence", "window", "center"),
    "walkthrough": ("step", "compare"),
    "journey": ("step", "snapshot"),
    "weights": ("step", "dim"),
    "explore": ("topn",),
    "quiz": ("q",),
}
NAMES = {
    "story": "bet=nobody&sum=maybe&follow=nobody&at=nowhere",
    "blueprint": "words=none&find=%3Cb%3E&at=nowhere",
    "walkthrough": "word=nosuchword&stage=nowhere&check=2",
    "journey": "words=nosuchword,&pca=best&trails=some&hide=nobody",
    "weights": "word=nosuchword&sort=best&by=both&show=it&like=nobody&pair=a,b,c",
    "code": "at=nowhere&option=none&find=%5B",
    "explore": "word=nosuchword&a=king&b=nosuchword&plus=king,nosuchword&minus=&space=outer",
    "quiz": "seed=7&question=99&kind=none",
    "own": "own=nothing-known",
}
# What a program writes where nobody thought of a value, and what no reader asked to see.
NEVER = re.compile(
    r"\b(?:NaN|undefined|null|Infinity|\[object)\b|/api/|\?v=|try again", re.IGNORECASE
)


def fits(page: Page) -> None:
    """The view is there, whole, and says nothing that only a program would say."""
    harness.settle(page)
    told = page.locator("main").inner_text()
    found = NEVER.search(told)
    assert not found, told[max(0, found.start() - 80) : found.end() + 80]
    assert len(told) > 100


@pytest.mark.parametrize("view", NUMBERS)
def test_a_number_that_is_none_or_not_there_becomes_the_nearest(
    page: Page, server: str, view: str
) -> None:
    for value in NONSENSE:
        query = "&".join(f"{name}={value}" for name in NUMBERS[view])
        page.goto(f"{server}/#/{view}?{query}")
        expect(page.locator("h1")).to_have_text(view.capitalize())
        fits(page)
        expect(page.get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize("view", NAMES)
def test_a_name_that_is_not_there_is_left_out_or_refused_in_words(
    new_page: Callable[..., Page], server: str, view: str
) -> None:
    page = new_page(expected=["404 "])  # of words that nobody knows
    page.goto(f"{server}/#/{view}?{NAMES[view]}")
    expect(page.locator("h1")).to_be_visible()
    fits(page)
    for alert in page.get_by_role("alert").all():
        # A sentence: it begins like one, or with the word that was asked for.
        assert len(alert.inner_text().split()) >= 4


def test_the_nearest_is_shown(page: Page, server: str) -> None:
    page.goto(f"{server}/#/weights?step=999999")
    harness.settle(page)
    expect(page.get_by_role("slider", name="After step")).to_have_value("15000")
    page.goto(f"{server}/#/blueprint?sentence=999999&window=999")
    harness.settle(page)
    expect(page.locator("#window")).to_contain_text(re.compile(r"Sentence 545 of 545"))
    page.goto(f"{server}/#/story?scene=99")
    harness.settle(page)
    expect(page.get_by_test_id("scene")).to_have_attribute("data-scene", "9")
