"""The walkthrough: what it shows of a step is what happened in it; no mouse is needed."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from lexiscope.inspection import Recording, Step
from tests.support import harness

MINUS = "−"
RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
# Of the 2,400 elements of the view, a step builds some 20 anew; it changes 700 texts and places.
MOST_NODES, MOST_CHANGES, MOST_REQUESTS = 100, 1_500, 4

# Every number of the view by its name in the page: the row it stands in, as shown, and in full; and
# the power of ten at the row's head.
READ = """() => {
  const found = {};
  for (const element of document.querySelectorAll('[data-testid=walkthrough] [data-testid]')) {
    if (element.dataset.value === undefined) continue;
    const line = element.closest('tr');
    const row = line?.querySelector('th')?.firstChild.textContent ?? '';
    const power = Number(line?.dataset.power ?? 0);
    const one = [row, element.textContent, Number(element.dataset.value), power];
    (found[element.dataset.testid] ??= []).push(one);
  }
  return found;
}"""

# One step by its key: nodes that came or went till the frame that shows it, and all changes of the
# page. Each is work for the browser; what it takes in milliseconds is the benchmarks' business.
ONE_STEP = """(key) => new Promise((done) => {
  let nodes = 0;
  let changes = 0;
  const count = (records) => {
    changes += records.length;
    for (const one of records) nodes += one.addedNodes.length + one.removedNodes.length;
  };
  const all = new MutationObserver(count);
  const every = { subtree: true, childList: true, attributes: true, characterData: true };
  all.observe(document.body, every);
  const shown = document.querySelector('[data-testid=walkthrough]');
  const changed = new MutationObserver(() => {
    changed.disconnect();
    requestAnimationFrame(() => setTimeout(() => {
      count(all.takeRecords());
      all.disconnect();
      done([nodes, changes]);
    }));
  });
  changed.observe(shown, { attributes: true, attributeFilter: ['data-shown'] });
  document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
})"""


def rounded(size: float, digits: int) -> str:
    """A number above 0 as JavaScript's `toFixed` writes it: halves away from 0."""
    exact = Decimal(size).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return f"{exact:f}"


def shown(value: float, digits: int = 3, *, sign: bool = False) -> str:
    """A number as the page writes it."""
    size = abs(value)
    if 0 < size < 0.5 * 10**-digits and digits > 2:
        mantissa, exponent = f"{size:.1e}".split("e")
        text = f"{mantissa}×10⁻{str(-int(exponent)).translate(RAISED)}"
        return (MINUS if value < 0 else "+" if sign else "") + text
    text = rounded(size, digits)
    if value < 0 and float(text) != 0:
        return MINUS + text
    return "+" + text if sign and value > 0 else text


def open_view(page: Page, server: str, address: str = "") -> None:
    page.goto(f"{server}/#/walkthrough{address}")
    expect(page.get_by_test_id("walkthrough")).to_be_visible()
    harness.settle(page)


def go_to(page: Page, number: int) -> None:
    """Types a step's number, as a visitor does."""
    field = page.locator("input[type=number]").first
    field.fill(str(number))
    field.press("Enter")
    expect(page.get_by_test_id("walkthrough")).to_have_attribute("data-shown", str(number))
    # What is out of sight follows.
    harness.settle(page)


def evenly(value: float, digits: int, power: int, *, sign: bool = False) -> str:
    """A number as a grid writes it: digits behind the point, of the number over a power of ten."""
    scaled = value / 10**power
    text = rounded(abs(scaled), digits)
    if value < 0 and float(text) != 0:
        return MINUS + text
    return "+" + text if sign and value > 0 else text


def digits_of(texts: Sequence[str]) -> int:
    """Behind the point, of numbers that are all written alike."""
    (digits,) = {len(text.partition(".")[2]) for text in texts}
    return digits


def check_row(found: Sequence[Any], expected: Any, *, sign: bool = False) -> None:
    values = [float(one) for one in expected]
    texts, powers = [one[1] for one in found], {one[3] for one in found}
    (power,), digits = powers, digits_of(texts)
    assert texts == [evenly(one, digits, power, sign=sign) for one in values]
    # Two digits that count at least, of the largest; a power of ten only where five are too few.
    largest = max(map(abs, values))
    assert largest == 0 or largest / 10**power >= 10 ** (1 - digits) * 0.95
    assert power == 0 or largest < 1e-4
    assert [one[2] for one in found] == pytest.approx(values, abs=1e-12)


def check_vectors(found: dict[str, list[Any]], step: Step) -> None:
    """The strips: h, the forces, the gradients, and the weights before the step and after it."""
    rows = list(step.input_rows)
    place = int(np.flatnonzero(step.output_rows == step.target)[0]) if not step.tree else 0
    row = int(step.output_rows[place])
    narrow = {
        name: np.asarray(array, np.float32).astype(np.float64)
        for name, array in {
            "hidden": step.hidden,
            "repulsive": step.repulsive,
            "hidden-gradient": step.hidden_gradient,
            "input-gradient": step.input_gradients[0],
            "input-before": step.before.inputs[rows[0]],
            "input-after": step.after.inputs[rows[0]],
            "output-before": step.before.outputs[row],
            "output-after": step.after.outputs[row],
        }.items()
    }
    for name, values in narrow.items():
        check_row(found[name], values)
    check_row(found["attractive"], -step.attractive.astype(np.float32).astype(np.float64))
    for kind in ("input", "output"):
        change = narrow[f"{kind}-after"] - narrow[f"{kind}-before"]
        check_row(found[f"{kind}-change"], change, sign=True)


def check_facts(found: dict[str, list[Any]], step: Step) -> None:
    assert found["loss"][0][1:3] == [shown(step.loss), pytest.approx(step.loss)]
    # Four digits that count, and four behind the point at least.
    digits = max(4, 3 - math.floor(math.log10(step.probability)))
    share = rounded(step.probability, digits)
    if step.probability < 1e-6:
        mantissa, exponent = f"{step.probability:.3e}".split("e")
        share = f"{mantissa}×10⁻{str(-int(exponent)).translate(RAISED)}"
    assert found["target-probability"][0][1:3] == [share, pytest.approx(step.probability)]
    assert found["rank"][0][1:3] == [str(step.rank), step.rank]
    assert found["cosine"][0][1:3] == [shown(step.cosine), pytest.approx(step.cosine)]
    assert found["learning-rate"][0][2] == step.learning_rate


def check_words(found: dict[str, list[Any]], step: Step, words: Sequence[str]) -> None:
    """The tables of words: scores, probabilities, errors."""
    names = [f"node {row}" if step.tree else words[row] for row in step.output_rows]
    probabilities = step.probabilities.astype(np.float32).astype(float)
    for kind, values, digits in (
        ("score", step.logits.astype(np.float32).astype(float), 3),
        ("probability", probabilities, 4),
        ("error", probabilities - step.labels, 3),
    ):
        expected = dict(zip(names, values.tolist(), strict=True))
        assert len(found[kind]) >= min(6, len(set(names)))
        written = digits_of([text for _, text, _, _ in found[kind]])
        assert digits <= written <= 6
        for name, text, value, _ in found[kind]:
            assert text == evenly(expected[name], written, 0, sign=kind == "error")
            assert value == pytest.approx(expected[name], abs=1e-9)


@pytest.mark.parametrize("seed", [5])
def test_all_numbers_are_inspections_for_twenty_random_steps(
    page: Page, server: str, bundled_run: Path, seed: int
) -> None:
    recording = Recording.open(bundled_run)
    open_view(page, server)
    for number in random.Random(seed).sample(range(1, recording.steps + 1), 20):
        go_to(page, number)
        step = recording.step(number)
        found = page.evaluate(READ)
        check_facts(found, step)
        check_vectors(found, step)
        check_words(found, step, recording.tokens)
        summary = page.get_by_test_id("summary")
        expect(summary).to_contain_text(step.center_word)
        expect(summary).to_contain_text(step.context_words[0])


@pytest.mark.parametrize(
    "options",
    [
        ("cbow", "negative", "sgd"),
        ("next-word", "softmax", "adam"),
        ("skipgram", "hierarchical", "sgd"),
    ],
    ids="-".join,
)
def test_each_kind_of_run_is_shown_with_its_own_numbers(
    page: Page, tmp_path: Path, options: tuple[str, str, str]
) -> None:
    run = tmp_path / "run"
    names = ("--architecture", "--loss", "--optimizer")
    chosen = [part for pair in zip(names, options, strict=True) for part in pair]
    harness.run_lexiscope("record", "-o", run, "--steps", "400", *chosen)
    recording = Recording.open(run)
    with harness.serving(run) as address:
        open_view(page, address, "?step=321&check=1")
        step = recording.step(321)
        found = page.evaluate(READ)
        check_facts(found, step)
        check_words(found, step, recording.tokens)
        if len(set(step.input_rows)) == 1:
            check_vectors(found, step)
        check = page.get_by_test_id("gradient-check")
        expect(check).to_contain_text("They agree")
        assert ("classic" in check.inner_text()) == (options[0] == "cbow")


def test_two_steps_stand_side_by_side_under_one_address(
    page: Page, server: str, bundled_run: Path
) -> None:
    open_view(page, server, "?step=4210&compare=12")
    recording = Recording.open(bundled_run)
    for panel, number in (("shown", 4210), ("compare", 12)):
        loss = page.locator(f"[data-panel={panel}]").get_by_test_id("loss")
        expect(loss).to_have_text(shown(recording.step(number).loss))
    page.get_by_role("button", name="Swap").click()
    expect(page.get_by_test_id("walkthrough")).to_have_attribute("data-shown", "12")
    assert "step=12" in page.url and "compare=4210" in page.url
    page.go_back()
    expect(page.get_by_test_id("walkthrough")).to_have_attribute("data-shown", "4210")


def test_a_number_shows_the_products_it_came_from(
    page: Page, server: str, bundled_run: Path
) -> None:
    open_view(page, server, "?step=77")
    step = Recording.open(bundled_run).step(77)
    score = page.get_by_role("grid", name="Scores", exact=True).get_by_test_id("score").first
    score.scroll_into_view_if_needed()
    # Scrolling puts a tooltip away, and is told with the next frame.
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    score.hover()
    tip = page.get_by_role("tooltip")
    expect(tip).to_contain_text("score of")
    assert tip.locator("tbody tr").count() == len(step.hidden)
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    page.get_by_test_id("hidden").first.focus()
    page.keyboard.press("ArrowRight")
    expect(tip).to_contain_text("h, dimension 2")
    expect(tip).to_contain_text(shown(float(step.hidden[1]), 4))


def test_the_gradient_is_checked_at_a_button(page: Page, server: str) -> None:
    open_view(page, server, "?step=500")
    page.get_by_role("button", name="Check the gradient").click()
    check = page.get_by_test_id("gradient-check")
    expect(check).to_contain_text("They agree")
    found = page.evaluate(READ)
    analytic = [one[2] for one in found["analytic"]]
    assert analytic == pytest.approx([one[2] for one in found["numeric"]], abs=1e-5)
    assert any(analytic)
    page.keyboard.press("ArrowRight")
    expect(check).to_have_attribute("data-step", "501")


def test_a_walk_without_a_mouse(page: Page, server: str) -> None:
    """Steps, stages, comparing, checking and choosing a word, all with keys."""
    open_view(page, server, "?step=10")
    walk = page.get_by_test_id("walkthrough")
    for key, reached in (
        ("ArrowRight", 11),
        ("Shift+ArrowRight", 21),
        ("PageUp", 121),
        ("Home", 1),
        ("End", 15000),
    ):
        page.keyboard.press(key)
        expect(walk).to_have_attribute("data-shown", str(reached))
    page.keyboard.press("]")
    expect(page.get_by_role("heading", name="One-hot")).to_be_focused()
    page.keyboard.press("]")
    expect(page.get_by_role("heading", name="A row of W", exact=True)).to_be_focused()
    assert "stage=hidden" in page.url
    page.keyboard.press("c")
    expect(page.locator("[data-panel=compare]").first).to_be_visible()
    page.keyboard.press("c")
    expect(page.locator("[data-panel=compare]")).to_have_count(0)
    page.keyboard.press("g")
    expect(page.get_by_test_id("gradient-check")).to_be_visible()
    page.keyboard.press("g")
    expect(page.get_by_test_id("gradient-check")).to_have_count(0)
    page.get_by_role("grid", name="Scores", exact=True).get_by_role("gridcell").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    chosen = page.locator("tr[aria-selected=true] th").first.inner_text().split()[0]
    expect(page.get_by_role("heading", name=f"The score of {chosen}, term by term")).to_be_visible()
    expect(page).to_have_url(re.compile(f"word={chosen}"))
    expect(walk).to_have_attribute("data-shown", "15000")


def test_every_control_can_be_reached_with_the_tab_key(page: Page, server: str) -> None:
    open_view(page, server, "?step=10&compare=20")
    page.locator("#main h1").focus()
    reached: set[str] = set()
    for _ in range(120):
        page.keyboard.press("Tab")
        name = page.evaluate(
            "() => { const at = document.activeElement;"
            " const named = at.closest('[role=grid]') ?? at;"
            " return named.getAttribute('aria-label') ?? named.textContent.trim(); }"
        )
        reached.add(name)
        if name == "Journey":
            break
    for wanted in ("Step", "Compared", "Swap", "One step alone", "Scores", "Check the gradient"):
        assert wanted in reached, sorted(reached)
    assert "The forces on h" in reached


def test_a_step_changes_numbers_and_builds_nothing_anew(page: Page, server: str) -> None:
    """What it takes in milliseconds is measured by `python -m benchmarks.bounds`."""
    open_view(page, server, "?step=3000")
    asked: list[str] = []
    # Not the other views' code, which comes at the reader's first move.
    page.on("request", lambda one: "/api/" in one.url and asked.append(one.url))
    for _ in range(12):
        nodes, changes = page.evaluate(ONE_STEP, "ArrowRight")
        assert nodes <= MOST_NODES and changes <= MOST_CHANGES
    assert len(asked) <= 12 * MOST_REQUESTS, "a step, and its neighbours in advance"


def test_a_link_leads_to_a_stage(page: Page, server: str) -> None:
    open_view(page, server, "?step=9&stage=gradient")
    expect(
        page.get_by_role("heading", name="Gradient: attraction and repulsion")
    ).to_be_in_viewport()


def test_bookmarks_lead_to_steps_worth_looking_at(
    page: Page, server: str, bundled_run: Path
) -> None:
    from lexiscope.inspection.views.loss_curve import bookmarks

    marks = bookmarks(Recording.open(bundled_run))
    open_view(page, server)
    for name in ("early", "middle", "late"):
        page.get_by_role("button", name=f"{name} {marks[name]:,}").click()
        expect(page.get_by_test_id("walkthrough")).to_have_attribute("data-shown", str(marks[name]))


def test_a_step_that_is_not_there_becomes_the_nearest(page: Page, server: str) -> None:
    open_view(page, server, "?step=99999999&compare=-5")
    expect(page.get_by_test_id("walkthrough")).to_have_attribute("data-shown", "15000")
    open_view(page, server, "?step=many&word=nosuchword")
    expect(page.get_by_test_id("walkthrough")).to_have_attribute("data-shown", "1")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_accessible_and_fits_a_telephone(
    new_page: Callable[..., Page], server: str, axe: Callable[[Page], None], theme: str
) -> None:
    page = new_page(color_scheme=theme, viewport={"width": 360, "height": 740})
    open_view(page, server, "?step=5&compare=700&check=1")
    expect(page.get_by_test_id("gradient-check").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    axe(page)


def test_vectors_without_steps_say_how_to_get_some(
    page: Page, file_server: str, axe: Callable[[Page], None]
) -> None:
    page.goto(f"{file_server}/#/walkthrough")
    expect(page.get_by_text("The steps of this model were not recorded")).to_be_visible()
    expect(page.get_by_text("lexiscope record sentences.txt")).to_be_visible()
    axe(page)
