"""Weights: every number is inspection's at any step, in any order, for any kind of file."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from lexiscope import load
from lexiscope.inspection import Recording
from lexiscope.inspection.views.similarity import similarity_matrix
from lexiscope.inspection.views.two_vectors import two_vectors
from lexiscope.vectors.search import unit_rows
from tests.support.browser_models import assert_shows, value_of
from tests.support.harness import settle

STEPS = np.random.default_rng(5).integers(0, 15_001, size=20)
NewPage = Callable[..., Page]


@pytest.fixture(scope="module")
def recording(bundled_run: Path) -> Recording:
    return Recording.open(bundled_run)


def show(page: Page, server: str, query: str = "") -> None:
    """Opens the weights and waits until they are there."""
    page.goto(f"{server}/#/weights{query}")
    settle(page)
    expect(page.get_by_role("heading", name="Two faces of every word")).to_be_visible()


def assert_row(page: Page, testid: str, expected: np.ndarray) -> None:
    """A row of a matrix stands on the page, number by number."""
    cells = page.get_by_test_id(testid)
    expect(cells).to_have_count(len(expected))
    values = cells.evaluate_all("all => all.map((one) => +one.dataset.value)")
    assert np.allclose(values, expected, rtol=1e-6)
    texts = [text.replace("\N{MINUS SIGN}", "-") for text in cells.all_inner_texts()]
    large = np.abs(expected) >= 0.5e-4  # what is smaller is written as a power of ten
    shown = [float(text) for text, is_large in zip(texts, large, strict=True) if is_large]
    assert np.allclose(shown, expected[large], rtol=0, atol=0.5001e-4)


def test_at_twenty_steps_the_numbers_are_those_of_the_run(
    page: Page, server: str, recording: Recording
) -> None:
    show(page, server)
    for step in STEPS.tolist():
        row = step % len(recording.tokens)
        word = recording.tokens[row]
        page.goto(f"{server}/#/weights?step={step}&word={word}&pair={word},king")
        caption = page.get_by_text(f"After step {step:,}.", exact=True)
        expect(caption).to_have_count(2)
        settle(page)
        weights = recording.weights(step)
        assert_row(page, "weight-w", weights.inputs[row])
        assert_row(page, "weight-wp", weights.outputs[row])
        faces = two_vectors(recording, step)
        assert_shows(page.get_by_test_id("norm-w"), faces.input_norms[row], 4)
        assert_shows(page.get_by_test_id("norm-wp"), faces.output_norms[row], 4)
        assert_shows(page.get_by_test_id("cosine"), faces.cosines[row], 4)
        assert_shows(page.get_by_test_id("faces-mean"), float(faces.cosines.mean()))
        likeness = similarity_matrix(recording, step)
        assert_shows(page.get_by_test_id("within"), likeness.within or 0)
        assert_shows(page.get_by_test_id("across"), likeness.across or 0)
        places = [likeness.words.index(one) for one in (word, "king")]
        assert_shows(page.get_by_test_id("pair"), likeness.cosines[places[0], places[1]], 4)


def order_of(page: Page) -> list[str]:
    """The first words from the top, the same in both matrices."""
    orders = {
        page.get_by_test_id(name).get_attribute("data-order") for name in ("matrix-w", "matrix-wp")
    }
    assert len(orders) == 1
    return (orders.pop() or "").split(" ")


def test_rows_are_sorted_by_group_by_likeness_and_by_a_dimension(
    page: Page, server: str, recording: Recording
) -> None:
    show(page, server)
    assert order_of(page)[:2] == ["king", "queen"]
    inputs = recording.weights(recording.steps).inputs
    words = np.array(recording.tokens)
    page.get_by_role("combobox", name="Sorted by", exact=True).select_option("a dimension")
    page.get_by_role("combobox", name="Dimension", exact=True).select_option("3")
    expect(page).to_have_url(re.compile("sort=dimension&dim=3"))
    assert order_of(page) == words[np.argsort(-inputs[:, 2])][:12].tolist()
    page.get_by_role("combobox", name="Sorted by", exact=True).select_option("likeness to a word")
    page.get_by_role("combobox", name="To", exact=True).select_option("dog")
    units = unit_rows(inputs.astype(np.float64))
    expected = words[np.argsort(-(units @ units[recording.row("dog")]))][:12].tolist()
    assert order_of(page) == expected


def test_cells_are_read_and_a_row_is_chosen_with_the_keys(
    page: Page, server: str, recording: Recording
) -> None:
    show(page, server)
    grid = page.get_by_role("grid", name="W, a row a word")
    grid.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    value = recording.weights(recording.steps).inputs[recording.row("queen"), 1]
    said = grid.get_by_role("gridcell").inner_text().replace("\N{MINUS SIGN}", "-")
    assert said == f"queen, 2: {value:.4f}"
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("word=queen"))
    expect(page.get_by_test_id("weight-w")).to_have_count(8)


def test_steps_are_walked_with_the_keys_from_the_random_start_on(page: Page, server: str) -> None:
    show(page, server, "?step=10")
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile("step=9"))
    page.keyboard.press("Home")
    expect(page.get_by_text("After step 0.", exact=True)).to_have_count(2)
    expect(page.locator("main")).to_contain_text("still random")


def test_all_numbers_can_be_kept_as_csv(page: Page, server: str, recording: Recording) -> None:
    show(page, server, "?step=40&sort=given")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download W′ as CSV").click()
    lines = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert download.value.suggested_filename == "W-prime-step-40.csv"
    numbers = np.array([line.split(",")[1:] for line in lines[1:]], dtype=float)
    assert np.allclose(numbers, recording.weights(40).outputs)


def test_a_trained_model_shows_both_its_matrices(
    page: Page, watched: Path, watched_server: str
) -> None:
    vectors = load(watched)
    row = vectors.key_to_index["queen"]
    show(page, watched_server, "?word=queen")
    assert_row(page, "weight-w", vectors.vectors[row])
    assert_row(page, "weight-wp", vectors.output_vectors[row])
    a, b = (unit_rows(m.astype(np.float64))[row] for m in (vectors.vectors, vectors.output_vectors))
    assert_shows(page.get_by_test_id("cosine"), float(a @ b), 4)
    expect(page.get_by_role("slider", name="After step")).to_have_count(0)


def test_of_a_large_file_it_says_what_is_left_out_and_that_there_is_no_output_matrix(
    page: Page, file_server: str, file: tuple[Path, np.ndarray]
) -> None:
    show(page, file_server, "?word=w399")
    expect(page.get_by_test_id("shown-words")).to_have_text(
        "The first 400 of 450 words are shown; Explore finds all."
    )
    assert_row(page, "weight-w", file[1][399])
    expect(page.locator("main")).to_contain_text("This file has no W′")
    expect(page.locator("main")).to_contain_text("Only one face here")
    page.goto(f"{file_server}/#/weights?word=w400")
    expect(page.locator("main")).to_contain_text("“w400” is not among the words shown here")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_accessible_in_both_themes(
    new_page: NewPage, server: str, axe: Callable[[Page], None], theme: str
) -> None:
    page = new_page(color_scheme=theme)
    show(page, server, "?word=king&pair=king,queen")
    axe(page)


@pytest.mark.parametrize("show_all", ["", "?show=colours"])
def test_a_narrow_screen_scrolls_matrices_and_not_the_page(
    new_page: NewPage, server: str, show_all: str
) -> None:
    page = new_page(viewport={"width": 360, "height": 740})
    show(page, server, show_all)
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_a_step_that_is_not_there_is_the_nearest_that_is(page: Page, server: str) -> None:
    show(page, server, "?step=99999")
    assert value_of(page.get_by_test_id("faces-mean")) != 0
    expect(page.get_by_text("After step 15,000.", exact=True)).to_have_count(2)
