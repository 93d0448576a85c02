"""The map: all words in a plane, by mouse, finger and keyboard, with the library's numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import lexiscope
from lexiscope.vectors.layout.word_map import word_map
from tests.support import harness
from tests.support.harness import settle, until

NewPage = Callable[..., Page]
Check = Callable[[Page], None]
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def map_server(bundled_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server whose cache of maps is its own, and empty at first."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEXISCOPE_CACHE", str(tmp_path_factory.mktemp("maps")))
        with harness.serving(bundled_run) as address:
            yield address


def show(page: Page, server: str, query: str = "", layout: str = "neighbors") -> None:
    """Opens the map and waits until its layout is there, drawn and labelled."""
    page.goto(f"{server}/#/map{query}")
    plane = page.get_by_test_id("map")
    expect(plane).to_have_attribute("data-layout", layout)
    expect(plane).to_have_attribute("data-there", "96")
    expect(page.get_by_test_id("kept")).to_be_visible()
    until(page, "Number(document.querySelector('[data-testid=map]').dataset.frames) > 0")
    if "word=" in query:
        expect(page.get_by_test_id("map-neighbours")).to_be_visible()
    settle(page)


def middle(page: Page) -> tuple[float, float]:
    box = page.get_by_test_id("map").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def sight(page: Page) -> tuple[float, float, float]:
    """Where the address leads: the middle, and pixels a unit."""
    resting = "!document.querySelector('[data-testid=map]').dataset.moving"
    until(page, f"/[?&]z=/.test(location.hash) && {resting}")
    found = [re.search(rf"[?&]{name}=([-\d.e]+)", page.url) for name in "xyz"]
    x, y, z = (float(one.group(1)) for one in found if one is not None)
    return x, y, z


def ink(page: Page) -> int:
    """How many pixels of the points' canvas are not paper."""
    return int(
        page.evaluate(
            """async () => {
              const canvas = document.querySelector('[data-testid=map] canvas');
              const picture = await createImageBitmap(canvas);
              const copy = new OffscreenCanvas(picture.width, picture.height);
              const context = copy.getContext('2d');
              context.drawImage(picture, 0, 0);
              const { data } = context.getImageData(0, 0, picture.width, picture.height);
              let inked = 0;
              for (let i = 4; i < data.length; i += 4)
                if (Math.abs(data[i] - data[0]) > 40) inked++;
              return inked;
            }"""
        )
    )


def test_a_map_is_made_and_says_how_many_neighbours_it_keeps(
    page: Page, map_server: str, bundled_run: Path
) -> None:
    show(page, map_server)
    expected = word_map(bundled_run, cache=False).kept
    shown = float(page.get_by_test_id("kept").get_attribute("data-value") or "nan")
    assert shown == pytest.approx(expected.everything, abs=1e-6)
    assert ink(page) > 96 * 10


def test_a_word_that_is_searched_is_flown_to_with_its_true_neighbours(
    page: Page, map_server: str, bundled_run: Path
) -> None:
    show(page, map_server)
    page.get_by_role("combobox", name="Fly to a word").fill("king")
    page.keyboard.press("Enter")
    made = word_map(bundled_run, cache=False)
    row = made.words.index("king")
    rows = page.get_by_test_id("map-neighbours").locator("tbody tr")
    expect(rows).to_have_count(10)
    wanted = lexiscope.load(bundled_run).most_similar("king", topn=10)
    for shown, (near, cosine) in zip(rows.all(), wanted, strict=True):
        expect(shown).to_contain_text(near)
        expect(shown).to_contain_text(f"{cosine:.4f}")
    x, y, _ = sight(page)
    assert (x, y) == pytest.approx(made.places[row].tolist(), abs=1e-3)
    kept = int(page.get_by_test_id("map-neighbours").get_attribute("data-kept") or "-1")
    ways = made.places - made.places[row]
    nearest = (ways**2).sum(axis=1).argsort()[1:11]
    assert kept == len({word for word, _ in wanted} & {made.words[near] for near in nearest})


def test_a_click_takes_the_word_and_a_drag_moves_the_map(page: Page, map_server: str) -> None:
    show(page, map_server, "?word=king")
    across, down = middle(page)
    x, y, z = sight(page)
    page.mouse.move(across, down)
    expect(page.get_by_role("tooltip")).to_have_text("king")
    page.mouse.down()
    page.mouse.move(across - 60, down + 20, steps=5)
    page.mouse.up()
    assert sight(page) == pytest.approx((x + 60 / z, y + 20 / z, z), abs=2e-3 * abs(x) + 0.02)
    page.keyboard.press("Escape")
    page.get_by_test_id("map").focus()
    page.keyboard.press("Escape")
    until(page, "!location.hash.includes('word=')")
    page.mouse.click(across - 60, down + 20)
    until(page, "location.hash.includes('word=king')")


def test_the_wheel_keeps_what_is_under_it(page: Page, map_server: str) -> None:
    show(page, map_server, "?word=dog")
    before = sight(page)
    page.mouse.move(*middle(page))
    page.mouse.wheel(0, -300)
    zoomed = "(z) => new URLSearchParams(location.hash.split('?')[1]).get('z') > z"
    until(page, zoomed, before[2])
    after = sight(page)
    assert after[2] > 1.3 * before[2]
    assert after[:2] == pytest.approx(before[:2], abs=0.02)


def test_everything_is_reached_with_the_keyboard(page: Page, map_server: str) -> None:
    show(page, map_server)
    plane = page.get_by_test_id("map")
    plane.focus()
    page.keyboard.press("+")
    x, y, z = sight(page)
    page.keyboard.press("ArrowRight")
    right = sight(page)
    assert right[0] > x and right[1:] == pytest.approx((y, z))
    page.keyboard.press("Enter")
    until(page, "location.hash.includes('word=')")
    expect(page.get_by_test_id("map-neighbours")).to_be_visible()
    page.get_by_role("button", name="Choose what is in sight").press("Enter")
    expect(page.get_by_test_id("chosen-total")).to_be_visible()
    chosen = int(page.get_by_test_id("chosen-total").get_attribute("data-value") or "-1")
    assert 0 < chosen < 96
    expect(page.locator("h1")).to_have_text("Map")  # "-" is a key of the bar as well
    plane.focus()
    page.keyboard.press("-")
    assert sight(page)[2] < right[2]


@pytest.mark.parametrize("tool", ["choose a box", "choose freely"])
def test_a_part_is_drawn_listed_kept_and_linked(
    page: Page, map_server: str, bundled_run: Path, tool: str
) -> None:
    show(page, map_server)
    page.get_by_role("radio", name=tool).check()
    across, down = middle(page)
    page.mouse.move(across - 150, down - 120)
    page.mouse.down()
    for corner in ((150, -120), (150, 120), (-150, 120))[:: 1 if tool == "choose freely" else 2]:
        page.mouse.move(across + corner[0], down + corner[1], steps=12)
    if tool == "choose a box":
        page.mouse.move(across + 150, down + 120, steps=4)
    page.mouse.up()
    total = page.get_by_test_id("chosen-total")
    count = int(total.get_attribute("data-value") or "-1")
    assert 5 < count < 90
    made = word_map(bundled_run, cache=False)
    with page.expect_download() as kept:
        page.get_by_role("button", name="Keep all as CSV").click()
    lines = Path(kept.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "word,row,count,x,y" and len(lines) == count + 1
    word, row, *_, x, y = lines[1].split(",")
    assert made.words[int(row)] == word
    assert made.places[int(row)].tolist() == pytest.approx([float(x), float(y)], abs=1e-5)
    address = page.url
    page.get_by_role("link", name="How alike they are, in Explore").click()
    expect(page.locator("h1")).to_have_text("Explore")
    settle(page)
    expect(page.locator("#likeness")).to_contain_text(word)
    page.goto(address)
    expect(total).to_have_attribute("data-value", str(count))


def test_colours_say_frequency_length_sides_and_a_list_of_ones_own(
    page: Page, map_server: str, tmp_path: Path
) -> None:
    show(page, map_server)
    colours = page.get_by_label("Colour by")
    for name, said in (
        ("frequency", "count, as a power of ten"),
        ("length of the vector", "length"),
        ("cluster", "each is named by its most frequent words"),
        ("side of an axis", "cosine with woman − man"),
    ):
        colours.select_option(name)
        expect(page.locator("main")).to_contain_text(said)
    colours.select_option("a list of your own")
    own = tmp_path / "own.tsv"
    own.write_text("king\tpeople\nqueen\tpeople\ndog\tanimals\nnonsense\tanimals\n")
    page.get_by_label("Words and values, with tabs between").set_input_files(own)
    expect(page.locator("main")).to_contain_text("3 of the 4 words of own.tsv are on the map")
    expect(page.locator("main")).to_contain_text("animals")
    wrong = tmp_path / "wrong.tsv"
    wrong.write_text("no tab here\n")
    page.get_by_label("Words and values, with tabs between").set_input_files(wrong)
    expect(page.get_by_role("alert")).to_contain_text("Line 1 has no tab")


def test_components_are_the_other_layout(page: Page, map_server: str, bundled_run: Path) -> None:
    show(page, map_server)
    page.get_by_role("radio", name="Components").check()
    expect(page.get_by_test_id("map")).to_have_attribute("data-layout", "pca")
    expected = word_map(bundled_run, method="pca", cache=False).kept
    kept = page.get_by_test_id("kept")
    until(
        page,
        "(wanted) => Math.abs(document.querySelector('[data-testid=kept]')?.dataset.value"
        " - wanted) < 1e-6",
        expected.everything,
    )
    expect(kept).to_be_visible()


def test_two_fingers_pinch(new_page: NewPage, map_server: str) -> None:
    page = new_page(viewport=PHONE, has_touch=True, is_mobile=True)
    show(page, map_server, "?word=cat")
    before = sight(page)
    page.get_by_test_id("map").evaluate("(plane) => plane.scrollIntoView({ block: 'center' })")
    across, down = middle(page)
    session = page.context.new_cdp_session(page)

    def touch(kind: str, apart: float) -> None:
        points = [{"x": across + way * apart, "y": down, "id": way + 1} for way in (-1, 1)]
        session.send(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [] if kind == "touchEnd" else points},
        )

    touch("touchStart", 30)
    for apart in range(34, 94, 4):
        touch("touchMove", apart)
    touch("touchEnd", 90)
    after = sight(page)
    assert after[2] == pytest.approx(before[2] * 3, rel=0.15)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440, 2560])
def test_accessible_at_every_width_in_both_themes(
    new_page: NewPage, map_server: str, axe: Check, theme: str, width: int
) -> None:
    page = new_page(color_scheme=theme, viewport={"width": width, "height": 900})
    show(page, map_server, "?word=king&color=sides&part=-50,-50_50,50")
    expect(page.get_by_test_id("chosen-total")).to_be_visible()
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_what_no_server_maps_says_so(page: Page, map_server: str) -> None:
    page.goto(f"{map_server}/#/map?own=weather,steps:2000")
    expect(page.locator("main")).to_contain_text("The map is made by a server")
    links = page.get_by_role("navigation", name="Views").get_by_role("link")
    expect(links.filter(has_text=re.compile("^Map$"))).to_have_count(0)


def test_two_axes_have_words_where_their_cosines_are(
    page: Page, map_server: str, bundled_run: Path
) -> None:
    page.goto(f"{map_server}/#/map?layout=axes&axes=man,woman,dog,king&word=queen")
    expect(page.get_by_test_id("map")).to_have_attribute("data-layout", "axes")
    expect(page.locator("main")).to_contain_text("man to woman; up: with that from dog to king")
    model = lexiscope.load(bundled_run)
    unit = {word: model[word] / (model[word] @ model[word]) ** 0.5 for word in model.index_to_key}

    def cosine(negative: str, positive: str) -> float:
        way = unit[positive] - unit[negative]
        return float(unit["queen"] @ way / (way @ way) ** 0.5)

    expect(page.get_by_test_id("map-neighbours")).to_be_visible()
    x, y, _ = sight(page)
    assert (x, y) == pytest.approx((cosine("man", "woman"), cosine("dog", "king")), abs=1e-4)
    page.get_by_role("button", name="Choose what is in sight").click()
    expect(page.get_by_test_id("chosen-total")).not_to_have_attribute("data-value", "0")
    page.get_by_role("combobox", name="Left").fill("boy")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("from boy to woman")
    until(page, "!location.hash.includes('part=')")
