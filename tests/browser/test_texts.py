"""Texts of all views: terms explained where they first stand; no keys told to fingers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support import harness
from tests.support.harness import settle

NewPage = Callable[..., Page]
VIEWS = (*harness.VIEWS, "own")
PHONE = {"width": 390, "height": 844}

# Prose, not what is set in code, formulas, tables, headings and controls.
_UNMARKED = """(terms) => {
  const other = 'pre, code, .code, svg, .katex, .formula, table, h1, h2, h3, h4, label, select, '
    + 'summary, details, nav, .sr-only, figcaption strong, legend, button:not(.term), '
    + '[role=radiogroup], a, [aria-hidden=true], .label:not(dt), '
    + 'header > p:not(.lead), [data-testid=scene] .label';
  const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  const open = new Map(terms.map(([id, source]) => [id, new RegExp(source, 'iu')]));
  const faults = [];
  for (let node = walker.nextNode(); node && open.size; node = walker.nextNode()) {
    const parent = node.parentElement;
    if (parent.closest(other) || !parent.checkVisibility()) continue;
    for (const [id, spelled] of open) {
      if (!spelled.test(node.data)) continue;
      open.delete(id);
      if (parent.closest('[data-term]')?.dataset.term !== id)
        faults.push(`${id}: ${node.data.trim().slice(0, 90)}`);
    }
  }
  return faults;
}"""
TERMS = [
    ["cosine", r"\bcosines?\b"],
    ["softmax", r"(?<!hierarchical )\bsoftmax\b"],
    ["epoch", r"\bepochs?\b"],
    ["variance", r"\bvariance\b"],
    ["rank-correlation", r"\brank correlation\b"],
    ["eta", r"(?<!\p{L})η(?!\p{L})|\blearning rate\b"],
    ["partial", r"∂L/∂|\bgradients?\b(?! descent)"],
    ["pca", r"\bprincipal component"],
]

# Everything that is shown or read out, but for code.
_SAID = """() => {
  const main = document.querySelector('main').cloneNode(true);
  const code = main.querySelectorAll('pre, code, script, style, dialog, datalist');
  code.forEach((one) => one.remove());
  const told = ['aria-label', 'aria-valuetext', 'aria-description', 'title', 'placeholder'];
  const attributes = [...main.querySelectorAll('*')].flatMap((one) =>
    told.map((name) => one.getAttribute(name) ?? ''));
  const all = [main.textContent, ...attributes].join('\\n');
  const words = '[Aa]rrow keys?|[Hh]over\\\\w*|[Pp]oints? at|[Cc]licks?|[Pp]ress(es|ed)?|'
    + 'Enter|Esc(ape)?|Tab';
  const spoken = new RegExp(`.{0,60}(\\\\b(${words})\\\\b|[←↑→↓] keys).{0,30}`, 'g');
  return all.match(spoken) ?? [];
}"""


def test_terms_are_explained_where_they_first_stand(page: Page, server: str) -> None:
    faults = []
    for view in VIEWS:
        page.goto(f"{server}/#/{view}")
        page.locator(f"nav [aria-current=page][href*='/{view}']").wait_for()
        settle(page)
        faults += [f"{view}: {fault}" for fault in page.evaluate(_UNMARKED, TERMS)]
    assert not faults, "\n".join(faults)


def test_a_term_is_read_with_keys_by_touch_aloud_and_on_paper(
    new_page: NewPage, server: str
) -> None:
    page = new_page(viewport=PHONE, has_touch=True)
    page.goto(f"{server}/#/explore")
    settle(page)
    term = page.locator("[data-term=cosine]")
    expect(term).to_have_count(1)
    meaning = term.get_attribute("aria-description") or ""
    assert "point the same way" in meaning
    tip = page.get_by_role("tooltip")
    term.tap()
    expect(tip).to_have_text(meaning)
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    term.blur()
    term.focus()
    expect(tip).to_have_text(meaning)
    page.keyboard.press("Escape")
    words = page.get_by_role("region", name="Words used here")
    listed = words.locator("dt", has_text="cosine")
    expect(listed).to_be_hidden()
    words.get_by_role("button").click()
    expect(listed).to_be_visible()
    words.get_by_role("button").click()
    page.emulate_media(media="print")
    expect(listed).to_be_visible()


@pytest.mark.parametrize("which", ["server", "file_server"])
def test_no_text_speaks_of_keys_where_there_are_fingers(
    new_page: NewPage, request: pytest.FixtureRequest, which: str
) -> None:
    address = request.getfixturevalue(which)
    page = new_page(viewport=PHONE, has_touch=True, is_mobile=True)
    faults = []
    views = (*VIEWS, "quiz?seed=7")
    for view in views if which == "server" else ("story", "weights", "explore"):
        page.goto(f"{address}/#/{view}")
        page.locator(f"nav [aria-current=page][href*='/{view.split('?')[0]}']").wait_for()
        settle(page)
        faults += [f"{view}: {fault}" for fault in page.evaluate(_SAID)]
    assert not faults, "\n".join(faults)
