"""Journey: every number is inspection's, one clock moves all pictures, nothing needs a mouse."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from lexiscope.inspection import Recording, SnapshotHistory, Snapshots, StepHistory
from lexiscope.inspection.views.convergence import convergence
from lexiscope.inspection.views.loss_curve import loss_curve
from lexiscope.inspection.views.neighbors import neighbor_evolution
from lexiscope.inspection.views.projection import trajectories
from lexiscope.inspection.views.scorecard import scorecard
from tests.support.browser_models import assert_shows, value_of
from tests.support.harness import settle

STEP = 3750
NewPage = Callable[..., Page]


@pytest.fixture(scope="module")
def recording(bundled_run: Path) -> Recording:
    return Recording.open(bundled_run)


def show(page: Page, server: str, query: str = "") -> None:
    """Opens the journey and waits until it is there."""
    page.goto(f"{server}/#/journey{query}")
    settle(page)
    expect(page.get_by_role("heading", name="The numbers themselves")).to_be_visible()


def test_the_loss_is_that_of_the_run_at_its_step(
    page: Page, server: str, recording: Recording
) -> None:
    show(page, server, f"?step={STEP}")
    curve = loss_curve(StepHistory(recording))
    assert_shows(page.get_by_test_id("loss-now"), float(curve.smoothed[STEP - 1]))
    assert_shows(page.get_by_test_id("loss-final"), curve.final)
    assert_shows(page.get_by_test_id("loss-chance"), float(curve.chance or 0))


def test_neighbours_and_analogies_are_those_of_every_snapshot(
    page: Page, server: str, recording: Recording
) -> None:
    show(page, server, "?word=puppy&topn=10")
    expected = neighbor_evolution(StepHistory(recording), ["puppy"], topn=10)["puppy"]
    shown = page.get_by_test_id("neighbor")
    expect(shown).to_have_count(sum(len(one.nearest) for one in expected))
    found = shown.evaluate_all("all => all.map((one) => ({ ...one.dataset }))")
    by_place = {(float(one["snapshot"]), int(one["rank"])): one for one in found}
    for one in expected:
        for rank, (word, cosine) in enumerate(one.nearest, 1):
            cell = by_place[one.snapshot, rank]
            assert cell["word"] == word
            assert np.isclose(float(cell["value"]), cosine)
    scores = scorecard(StepHistory(recording)).scores
    ranks = [
        [score.answers[question].rank for score in scores]
        for question in range(len(scores[0].answers))
    ]
    cells = page.get_by_test_id("analogy").evaluate_all("all => all.map((o) => +o.dataset.value)")
    assert np.array_equal(np.reshape(cells, np.shape(ranks)), ranks)
    assert value_of(page.get_by_test_id("analogies-right")) == scores[-1].correct


def test_variance_rest_and_weights_are_those_of_the_snapshot(
    page: Page, server: str, recording: Recording
) -> None:
    show(page, server, f"?step={STEP}&pca=global_pca")
    axes = trajectories(StepHistory(recording), [recording.row("king")], [STEP], "global_pca").axes
    for number, share in enumerate(axes.explained, 1):
        shown = page.get_by_test_id(f"explained-{number}")
        assert np.isclose(value_of(shown), share)
        expect(shown).to_have_text(f"{100 * share:.1f} %")
    settled = convergence(StepHistory(recording)).settled
    assert value_of(page.get_by_test_id("settled-now")) == (settled <= STEP).sum()
    weights = recording.weights(STEP)
    strip = page.get_by_test_id("strip-w")
    expect(strip).to_have_attribute("data-value", re.compile(r"\d"))
    assert np.isclose(value_of(strip), weights.inputs[0, 0])
    assert np.isclose(value_of(page.get_by_test_id("strip-wp")), weights.outputs[0, 0])


def test_one_clock_moves_everything_from_the_keyboard(
    page: Page, server: str, recording: Recording
) -> None:
    show(page, server, f"?step={STEP}")
    curve = loss_curve(StepHistory(recording))
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("step=4000"))
    settle(page)
    assert_shows(page.get_by_test_id("loss-now"), float(curve.smoothed[4000 - 1]))
    strip = page.get_by_test_id("strip-w")
    wanted = float(recording.weights(4000).inputs[0, 0])
    expect(strip).to_have_attribute("data-value", re.compile(re.escape(f"{wanted:.4f}"[:6])))
    page.keyboard.press("Home")
    expect(page).to_have_url(re.compile("step=0"))
    expect(page.get_by_test_id("loss-now")).to_have_text("–")
    page.keyboard.press("End")
    expect(page).not_to_have_url(re.compile("step="))
    assert_shows(page.get_by_test_id("loss-now"), curve.final)


def test_play_runs_on_and_stops(page: Page, server: str) -> None:
    show(page, server, "?step=0")
    page.get_by_role("button", name="Play").click()
    expect(page).to_have_url(re.compile(r"step=[1-9]\d{2,}"))
    page.get_by_role("button", name="Pause").click()
    here = page.get_by_test_id("loss-now").get_attribute("data-value")
    page.wait_for_timeout(400)
    assert page.get_by_test_id("loss-now").get_attribute("data-value") == here


def test_neighbours_are_walked_and_chosen_with_the_keys(page: Page, server: str) -> None:
    show(page, server, "?word=king")
    last = page.locator("[data-testid=neighbor][tabindex='0']")
    expect(last).to_have_count(1)
    last.focus()
    page.keyboard.press("ArrowDown")
    word = page.evaluate("document.activeElement.dataset.word")
    assert page.evaluate("document.activeElement.dataset.rank") == "2"
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"word={word}"))
    expect(page.get_by_role("combobox", name="Neighbours of")).to_have_value(word)


def test_a_word_that_is_misspelt_is_answered_with_one_to_take(
    new_page: NewPage, server: str
) -> None:
    page = new_page(expected=["404"])
    show(page, server, "?word=kings")
    page.get_by_role("button", name="king", exact=True).click()
    expect(page.get_by_test_id("neighbor").first).to_be_visible()


def test_words_are_pointed_out_and_taken_back(page: Page, server: str) -> None:
    show(page, server)
    page.get_by_role("combobox", name="Point out").fill("pupp")
    page.get_by_role("option", name="puppy").click()
    expect(page).to_have_url(re.compile("words=king,queen,man,woman,puppy"))
    page.get_by_role("button", name="leave out king").click()
    expect(page).to_have_url(re.compile("words=queen,man,woman,puppy"))


def test_a_model_trained_with_record_has_its_journey_from_watched_words(
    page: Page, watched_server: str, watched: Path
) -> None:
    show(page, watched_server)
    snapshots = Snapshots.open(watched)
    curve = loss_curve(SnapshotHistory(snapshots))
    assert_shows(page.get_by_test_id("loss-final"), float(curve.losses[-1]))
    expected = neighbor_evolution(SnapshotHistory(snapshots), ["king"], topn=5)["king"]
    cells = page.get_by_test_id("neighbor").evaluate_all(
        "all => all.map((one) => [+one.dataset.snapshot, one.dataset.word, +one.dataset.value])"
    )
    flat = {
        (float(snapshots.shares[one.snapshot]), word): cosine
        for one in expected
        for word, cosine in one.nearest
    }
    assert {(snapshot, word) for snapshot, word, _ in cells} == set(flat)
    assert all(np.isclose(flat[snapshot, word], cosine) for snapshot, word, cosine in cells)
    shares = snapshots.shares[convergence(SnapshotHistory(snapshots)).settled]
    assert value_of(page.get_by_test_id("settled-now")) == (shares <= 1).sum()
    strip = page.get_by_test_id("strip-w")
    assert np.isclose(value_of(strip), snapshots.inputs[-1, 0, 0])
    page.keyboard.press("Home")
    expect(page).to_have_url(re.compile("snapshot=0"))
    assert np.isclose(value_of(strip), snapshots.inputs[0, 0, 0])


def test_without_a_recording_the_journey_says_how_to_make_one(page: Page, file_server: str) -> None:
    page.goto(f"{file_server}/#/journey")
    settle(page)
    expect(page.locator("main")).to_contain_text("plain.txt has no recording")
    expect(page.locator("main")).to_contain_text("lexiscope record -o run")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_accessible_in_both_themes(
    new_page: NewPage, server: str, axe: Callable[[Page], None], theme: str
) -> None:
    page = new_page(color_scheme=theme)
    show(page, server, f"?step={STEP}")
    axe(page)


def test_a_narrow_screen_scrolls_tables_and_not_the_page(new_page: NewPage, server: str) -> None:
    page = new_page(viewport={"width": 360, "height": 740})
    show(page, server)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    last = page.get_by_test_id("neighbor").last
    box = last.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 360  # the snapshot on screen is scrolled to
