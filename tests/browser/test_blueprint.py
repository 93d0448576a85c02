"""Blueprint: the model's lines, its size, its options, its text, and the window over a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from lexiscope.inspection import Recording
from lexiscope.inspection.views.census import census, comparisons
from lexiscope.inspection.views.corpus_overview import corpus_overview, sentence_pairs
from tests.support.browser_models import value_of
from tests.support.harness import settle

NewPage = Callable[..., Page]


@pytest.fixture(scope="module")
def recording(bundled_run: Path) -> Recording:
    return Recording.open(bundled_run)


def show(page: Page, server: str, query: str = "") -> None:
    """Opens the blueprint and waits until all of it is there."""
    page.goto(f"{server}/#/blueprint{query}")
    expect(page.locator("main section")).to_have_count(5)
    settle(page)


def assert_counts(shown: Locator, expected: int) -> None:
    """The whole number is on the page, in groups of three."""
    assert value_of(shown) == expected
    assert shown.inner_text() == f"{expected:,}"


# ── the model ──


def test_each_noted_line_explains_itself_on_hover_and_on_focus(page: Page, server: str) -> None:
    show(page, server)
    section = page.locator("#model")
    noted = section.locator("[data-noted]")
    assert noted.count() >= 10
    expect(section.locator("ol").first).to_contain_text("self.W = nn.Embedding(words, dim)")
    noted.last.hover()
    expect(section.locator(".note.shown")).to_contain_text("dot product a word")
    noted.first.focus()
    expect(section.locator(".note.shown")).to_contain_text("two weight matrices")
    page.keyboard.press("ArrowDown")
    expect(noted.nth(1)).to_be_focused()
    expect(section.locator(".note.shown")).to_contain_text("how many words there are")


def test_all_notes_can_be_read_one_after_the_other(page: Page, server: str) -> None:
    show(page, server)
    section = page.locator("#model")
    section.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(section.locator("details li")).to_have_count(section.locator("[data-noted]").count())
    section.locator("details").get_by_role("link", name="See it at work").first.click()
    expect(page.locator("#census h2")).to_be_in_viewport()


def test_a_word_passes_as_many_numbers_as_the_run_has(
    page: Page, server: str, recording: Recording
) -> None:
    show(page, server)
    words, dim = recording.weights(0).inputs.shape
    stages = {"one-hot": words, "hidden": dim, "scores": words, "softmax": words, "loss": 1}
    for stage, size in stages.items():
        assert value_of(page.get_by_test_id(f"station-{stage}")) == size
    page.get_by_role("link", name=re.compile("softmax")).click()
    expect(page.locator("h1")).to_have_text("Walkthrough")


# ── numbers ──


def test_the_census_is_inspections(page: Page, server: str, recording: Recording) -> None:
    show(page, server)
    counted = census(recording)
    assert_counts(page.get_by_test_id("parameters"), counted.total)
    for layer in counted.layers:
        assert_counts(page.get_by_test_id(f"layer-{layer.name}"), layer.parameters)
    for known in comparisons():
        row = page.get_by_test_id(f"parameters-{known.name}")
        assert_counts(row, known.parameters)
        expect(page.locator("tr", has=row)).to_contain_text(known.shape)
        expect(page.locator("tr", has=row)).to_contain_text(known.source)


def test_on_the_log_scale_ten_times_is_always_as_far(page: Page, server: str) -> None:
    show(page, server)
    places = page.locator("#census tbody .dot").evaluate_all(
        "all => all.map((dot) => [parseFloat(dot.style.left),"
        " +dot.closest('tr').querySelector('[data-value]').dataset.value])"
    )
    left, parameters = np.array(places).T
    assert len(left) == 6
    assert np.allclose(left / left[-1], np.log10(parameters) / np.log10(parameters[-1]))


def test_every_option_stands_as_it_was_set(page: Page, server: str, recording: Recording) -> None:
    show(page, server)
    options = recording.config.to_json()
    for name in (
        "architecture",
        "loss",
        "optimizer",
        "steps",
        "vector_size",
        "alpha",
        "window",
        "seed",
    ):
        shown = page.get_by_test_id(f"option-{name}")
        assert shown.inner_text() == str(options[name])
    expect(page.get_by_test_id("option-epochs")).to_have_text("not set")
    expect(page.locator("tr", has=page.get_by_test_id("option-negative"))).to_contain_text(
        "only with negative sampling"
    )


def test_the_text_is_accounted_for_to_the_word(
    page: Page, server: str, recording: Recording
) -> None:
    show(page, server)
    found = corpus_overview(recording)
    kept = found.tokens - found.stopword_tokens - found.rare_tokens
    assert_counts(page.get_by_test_id("tokens-kept"), kept)
    assert_counts(page.get_by_test_id("tokens-stop"), found.stopword_tokens)
    assert_counts(page.get_by_test_id("tokens-rare"), found.rare_tokens)
    lists = {
        "Vocabulary": found.vocabulary,
        "Stop words": found.stopwords_removed,
        "Too rare": found.rare_removed,
    }
    for label, words in lists.items():
        page.locator("#corpus label", has_text=label).click()
        listed = page.locator("#corpus [data-testid^='count-']")
        expect(listed).to_have_count(len(words))
        counts = listed.evaluate_all(
            "all => all.map((one) => [one.dataset.testid.slice(6), +one.dataset.value])"
        )
        assert [tuple(pair) for pair in counts] == words


def test_words_of_the_text_are_found_and_the_address_keeps_what_was_asked(
    page: Page, server: str
) -> None:
    show(page, server, "?words=stop&find=th")
    listed = page.locator("#corpus [data-testid^='count-']")
    assert all(
        "th" in word for word in listed.evaluate_all("all => all.map(x => x.dataset.testid)")
    )
    assert listed.count() > 1
    page.get_by_placeholder("find a word").fill("zzz")
    expect(page.locator("#corpus")).to_contain_text("No word here has “zzz” in it.")
    expect(page).to_have_url(re.compile("find=zzz"))


# ── the window ──


def test_pairs_are_inspections_for_any_sentence_and_window(
    page: Page, server: str, recording: Recording
) -> None:
    show(page, server)
    rng = np.random.default_rng(3)
    for number in rng.integers(0, len(recording.corpus.sentences), size=20).tolist():
        window = int(rng.integers(1, 5))
        expected = sentence_pairs(recording, number, window)
        page.goto(f"{server}/#/blueprint?sentence={number + 1}&window={window}")
        words = page.get_by_role("radiogroup").locator(".word > :first-child")
        expect(words).to_have_text([one.word for one in expected.words])
        settle(page)
        pairs = page.get_by_test_id("pair").evaluate_all("all => all.map((x) => x.dataset.value)")
        assert pairs == [f"{center},{context}" for center, context in expected.pairs]
        struck = page.get_by_role("radiogroup").locator("s").all_inner_texts()
        assert struck == [one.word for one in expected.words if one.removed]


def test_a_removed_word_says_why(page: Page, server: str, recording: Recording) -> None:
    rare, _ = recording.corpus.rare[0]
    number = next(
        place for place, text in enumerate(recording.corpus.sentences) if rare in text.split()
    )
    show(page, server, f"?sentence={number + 1}")
    struck = page.get_by_role("radiogroup").locator(".removed")
    reasons = {
        one.locator("s").inner_text(): one.locator("small").inner_text() for one in struck.all()
    }
    for word in sentence_pairs(recording, number).words:
        if word.removed:
            assert reasons[word.word].startswith("rare" if word.removed == "too rare" else "stop")


def test_the_center_moves_by_key_and_by_click(page: Page, server: str) -> None:
    # the king has a castle in his kingdom
    show(page, server, "?sentence=4&window=1")
    assert page.get_by_test_id("word-4").get_attribute("data-value") == "center"
    page.get_by_test_id("word-4").focus()
    page.keyboard.press("ArrowRight")
    center = page.get_by_test_id("word-7")
    expect(center).to_be_focused()
    expect(center).to_have_attribute("data-value", "center")
    expect(page.get_by_test_id("word-4")).to_have_attribute("data-value", "context")
    expect(page.get_by_test_id("word-1")).to_have_attribute("data-value", "outside")
    expect(page).to_have_url(re.compile("center=7"))
    page.get_by_test_id("word-1").click()
    expect(page.get_by_role("radio", name="king, the center")).to_be_checked()
    expect(page.get_by_role("heading", name="1 pair with “king” at the center")).to_be_visible()
    page.go_back()
    expect(center).to_have_attribute("data-value", "center")


def test_the_window_widens_by_key(page: Page, server: str) -> None:
    show(page, server, "?sentence=4&window=1&center=1")
    slider = page.get_by_role("slider")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_test_id("word-7")).to_have_attribute("data-value", "context")
    expect(page.locator("#window")).to_contain_text("2 words to either side")
    expect(page).to_have_url(re.compile("window=2"))


def test_a_pair_leads_to_the_first_step_that_trained_it(
    page: Page, server: str, recording: Recording
) -> None:
    show(page, server, "?sentence=4&center=1")
    rows = [word.row for word in sentence_pairs(recording, 3).words]
    trained = [
        number
        for number in range(1, recording.steps + 1)
        if recording.run.examples.members[recording.run.order[number - 1]] == rows[1]
        and recording.run.examples.targets[recording.run.order[number - 1]] == rows[4]
    ]
    own = page.get_by_test_id("own-pair").first
    expect(own).to_contain_text(f"trained {len(trained)} times")
    expect(own.get_by_role("link")).to_have_text(f"step {trained[0]:,}")
    expect(own.get_by_role("link")).to_have_attribute("href", f"#/walkthrough?step={trained[0]}")


def test_a_sentence_is_found_by_a_word_and_chosen(page: Page, server: str) -> None:
    show(page, server)
    picker = page.locator("#window .picker")
    picker.get_by_role("searchbox").fill("honey")
    expect(picker.get_by_role("status")).to_contain_text("with “honey”")
    settle(page)
    first = picker.locator("li button").first
    first.focus()
    page.keyboard.press("ArrowDown")
    second = picker.locator("li button").nth(1)
    expect(second).to_be_focused()
    words = second.locator(".text").inner_text().split()
    page.keyboard.press("Enter")
    expect(second).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_test_id(f"word-{words.index('honey')}")).to_contain_text("honey")


def test_a_sample_sentence_opens_in_the_window(page: Page, server: str) -> None:
    show(page, server)
    page.locator("#corpus").get_by_role("button", name="the man drinks tea").click()
    expect(page.get_by_test_id("word-2")).to_contain_text("drinks")
    expect(page.locator("#window h2")).to_be_in_viewport()


# ── other files ──


def test_a_model_without_its_text_shows_what_it_knows_and_what_to_do(
    page: Page, watched_server: str
) -> None:
    show(page, watched_server)
    expect(page.get_by_test_id("option-vector_size")).to_have_text("12")
    expect(page.locator("#model")).to_contain_text("What trained them stands in")
    assert value_of(page.get_by_test_id("station-scores")) == 6
    expect(page.get_by_label("Counts of the words, most frequent first")).to_be_visible()
    expect(page.locator("#corpus")).to_contain_text("lexiscope record TEXT -o RUN")
    expect(page.locator("#window")).to_contain_text("lexiscope record TEXT -o RUN")


def test_plain_vectors_say_what_is_not_known(page: Page, file_server: str) -> None:
    show(page, file_server)
    assert_counts(page.get_by_test_id("parameters"), 2_700)
    expect(page.locator("#census")).to_contain_text("The file holds W only.")
    expect(page.locator("#config")).to_contain_text("How these vectors were trained is not known")
    expect(page.locator("#corpus")).to_contain_text("The text is not in this file")


# ── for everyone ──


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_serious_accessibility_fault(
    new_page: NewPage, server: str, axe: Callable[[Page], None], theme: str
) -> None:
    page = new_page(color_scheme=theme)
    show(page, server, "?sentence=4")
    page.locator("#model summary").click()
    axe(page)


@pytest.mark.parametrize("width", [360, 3840])
def test_nothing_sticks_out_of_a_narrow_or_a_wide_screen(
    new_page: NewPage, server: str, width: int
) -> None:
    page = new_page(viewport={"width": width, "height": 900})
    show(page, server, "?sentence=4")
    assert page.evaluate("document.documentElement.scrollWidth") == width
