"""States and scenarios side by side: the right colours on each side, maps that keep together."""

import io
import re
from dataclasses import replace

import numpy as np
import pytest
from full_outcome import full_outcome
from small_outcome import COMMUNITIES, LIMIT, NAMES, SOUTH, STEP, WEST
from test_map_page import CUT_OFF, HOSTILE, visit_everything
from town import many, town

from planner.report.palette import FIVE
from planner.report.published import publish
from planner.report.together import publish_together
from planner.report.webmap import draw_comparison, draw_map

image = pytest.importorskip("PIL.Image")
pytestmark = pytest.mark.browser


def write(tmp_path, *outcomes, language="zh"):
    path = tmp_path / "page.html"
    if len(outcomes) == 1:
        html = draw_map(outcomes[0], publish(outcomes[0]), language=language)
    else:
        html = draw_comparison(publish_together(outcomes), language=language)
    path.write_text(html, encoding="utf-8")
    return path


def winter(outcome, text=lambda t: t):
    """The same town in snow, fewer within reach."""
    walking = outcome.scenario.walking.model_copy(update={"season_factor": 0.8})
    title = outcome.scenario.title.model_copy(update={"zh": text("冬季"), "en": text("Winter")})
    scenario = outcome.scenario.model_copy(
        update={"walking": walking, "title": title, "name": "winter"}
    )
    return replace(outcome, scenario=scenario)


@pytest.fixture(scope="module")
def three_towns():
    """Nobody, every second, everybody within reach; the last two as planned."""
    older, half = many()
    none, everyone = np.zeros_like(half), np.ones_like(half)
    return town(older, none, half), winter(town(older, none, everyone))


def colours(page, places):
    """Colours on the screen at fractions of the map's width, at one height of a community."""
    box = page.locator("#map_planner").bounding_box()
    shot = image.open(io.BytesIO(page.screenshot())).convert("RGB")
    return [shot.getpixel((round(box["x"] + x), round(box["y"] + y))) for x, y in places]


def shade(at):
    """The class colour as it is drawn over the map's ground."""
    fade, ground = 0.86, np.array([251, 252, 252])
    own = np.array([int(FIVE[at][i : i + 2], 16) for i in (1, 3, 5)])
    return fade * own + (1 - fade) * ground


def close(seen, wanted):
    return np.abs(np.array(seen) - wanted).max() <= 4


def quiet(page):
    """Leave nothing on the map but the classes."""
    page.evaluate(
        """() => { Object.assign(Planner.state.on, {streets: false, water: false, labels: false,
            sites: false}); Planner.state.kinds = {}; Planner.state.rings = {}; Planner.show(); }"""
    )


def at_place(page, column, row):
    lon, lat = WEST + column * STEP, SOUTH + row * STEP
    return page.evaluate(
        "p => { const q = map_planner.latLngToContainerPoint(p); return [q.x, q.y]; }", [lat, lon]
    )


def swipe(page):
    page.click("#tab-compare")
    page.click("#way-swipe")
    page.mouse.move(5, 5)


def test_swipe_shows_each_state_on_its_side(tmp_path, open_page, three_towns):
    page, watched = open_page(write(tmp_path, three_towns[0]))
    quiet(page)
    swipe(page)
    places = [at_place(page, 0.7, 0.3), at_place(page, 2.3, 0.3)]
    left, right = colours(page, places)
    assert close(left, shade(0))
    assert close(right, shade(2))
    page.focus("#divider")
    assert page.get_attribute("#divider", "aria-valuenow") == "50"
    page.keyboard.press("Home")
    assert page.get_attribute("#divider", "aria-valuenow") == "0"
    assert all(close(seen, shade(2)) for seen in colours(page, places))
    page.keyboard.press("End")
    assert all(close(seen, shade(0)) for seen in colours(page, places))
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    assert page.get_attribute("#divider", "aria-valuenow") == "94"
    assert page.inner_text("#divider .left") == "现状"
    assert page.inner_text("#divider .right") == "规划"
    assert watched.all() == []


def test_the_divider_is_dragged_and_stays_while_the_map_moves(tmp_path, open_page, three_towns):
    page, _ = open_page(write(tmp_path, three_towns[0]))
    quiet(page)
    swipe(page)
    map_box = page.locator("#map_planner").bounding_box()
    box = page.locator("#divider .grip").bounding_box()
    page.mouse.move(box["x"] + 16, box["y"] + 16)
    page.mouse.down()
    page.mouse.move(map_box["x"] + 0.25 * map_box["width"], box["y"] + 16, steps=5)
    page.mouse.up()
    assert page.get_attribute("#divider", "aria-valuenow") == "25"
    page.evaluate("map_planner.panBy([60, 0], {animate: false})")
    centre = page.evaluate("[map_planner.getSize().x * 0.25, map_planner.getSize().y * 0.55]")
    left, right = colours(page, [(centre[0] - 22, centre[1]), (centre[0] + 22, centre[1])])
    assert close(left, shade(0))
    assert close(right, shade(2))
    page.keyboard.press("Escape")
    assert page.locator("#divider").count() == 0
    clips = page.evaluate(
        "[...document.querySelectorAll('.leaflet-pane canvas')].map(c => c.style.clipPath)"
    )
    assert clips == ["", ""]


def test_the_legend_counts_before_and_after(tmp_path, open_page, three_towns):
    page, _ = open_page(write(tmp_path, three_towns[0]))
    swipe(page)
    for panel in ("compare", "legend"):
        page.click(f"#tab-{panel}")
        told = page.inner_text(f"#panel-{panel} .classes")
        assert re.search(r"20% 以下\s*6 → 0", told)
    page.click("text=每百户用房面积(㎡)")
    assert page.evaluate("document.body.dataset.way") == "single"
    assert "→" not in page.inner_text("#panel-legend .classes")


def centres(page):
    return page.evaluate(
        """() => [map_planner, ...Planner.paneMaps()].map(m => {
            const c = m.getCenter(), size = m.getSize();
            return [c.lat, c.lng, m.getZoom(), size.x, size.y];
        })"""
    )


def test_maps_side_by_side_keep_together(tmp_path, open_page, three_towns):
    page, watched = open_page(write(tmp_path, three_towns[0]))
    page.click("#tab-compare")
    page.click("#way-panes")
    assert [t.inner_text() for t in page.query_selector_all(".pane-tag")] == ["现状", "规划"]

    def together():
        first, *others = centres(page)
        for other in others:
            assert np.allclose(first[:2], other[:2], atol=3e-4)
            assert other[2] == first[2]
            assert abs(other[3] - first[3]) <= 1
            assert abs(other[4] - first[4]) <= 1

    together()
    for selector in ("#map_planner", "#pane-2"):
        box = page.locator(selector).bounding_box()
        page.mouse.move(box["x"] + 240, box["y"] + 300)
        page.mouse.down()
        page.mouse.move(box["x"] + 170, box["y"] + 220, steps=6)
        together()
        page.mouse.up()
        page.wait_for_timeout(400)
        together()
        page.mouse.wheel(0, -300)
        page.wait_for_timeout(600)
        together()
    crosses = page.evaluate(
        "[...document.querySelectorAll('.cross')].map(c => getComputedStyle(c).display)"
    )
    assert crosses == ["block", "none"]
    page.set_viewport_size({"width": 1600, "height": 900})
    page.wait_for_timeout(500)
    together()
    assert page.evaluate("document.documentElement.scrollWidth") <= 1600
    page.keyboard.press("Escape")
    assert page.locator("#panes").count() == 0
    assert page.evaluate("document.body.className").split() == ["ready"]
    assert watched.all() == []


def test_panes_print_on_one_page(tmp_path, open_page, three_towns):
    page, watched = open_page(write(tmp_path, *three_towns))
    page.click("#way-panes")
    page.click("#more")
    page.click("#more")
    assert page.locator(".pane-tag").count() == 4
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    first, *others = centres(page)
    assert len(others) == 3
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.is_visible("#key-figures")
    assert not page.is_visible("#panel-sites")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert all(np.allclose(first[:2], other[:2], atol=3e-4) for other in others)
    assert watched.all() == []


def test_gainers_and_losers_are_those_of_the_counts(tmp_path, open_page):
    first, second = full_outcome(), full_outcome()
    minutes = second.reach.minutes.copy()
    inside = [i for i, c in enumerate(second.demand.community) if c == COMMUNITIES[3]]
    minutes[inside] = LIMIT + 3
    planned = np.fmin(second.reach.minutes_planned, 99.0)
    planned[inside] = LIMIT + 3
    second = with_reach(second, minutes, planned)
    together = publish_together([first, second])
    page, watched = open_page(write(tmp_path, first, second))
    one, two = (s.communities.reached + s.communities.newly for s in together.shown)
    change = two - one
    moved = np.flatnonzero(np.nan_to_num(change[:6]))
    assert len(moved)
    told = {
        row[0]: row[1]
        for table in ("#gainers", "#losers")
        for row in (
            [cell.inner_text() for cell in line.query_selector_all("td")]
            for line in page.query_selector_all(f"{table} tbody tr")
        )
    }
    short = [re.sub("村(民)?委(员)?会$", "村", name) for name in NAMES]
    assert told == {
        short[i]: ("+" if change[i] > 0 else "−") + f"{abs(change[i]):,.0f}" for i in moved
    }
    lost = re.search(r"由可达变为不可达 ([\d,]+) 人", page.inner_text("#moved")).group(1)
    assert lost == f"{together.moves[3, 1]:,.0f}"
    page.click("#losers tbody tr >> nth=0")
    assert NAMES[int(moved[np.argmin(change[moved])])] in page.inner_text("#card")
    assert watched.all() == []


def with_reach(outcome, minutes, planned):
    """Another walk, with the shares that follow from it."""
    made = town(outcome.demand.older, minutes <= LIMIT, planned <= LIMIT)
    return replace(made, demand=outcome.demand)


def test_a_map_of_the_difference(tmp_path, open_page, three_towns):
    page, _ = open_page(write(tmp_path, *three_towns))
    quiet(page)
    page.click("#way-change")
    legend = page.inner_text("#panel-compare .classes")
    assert re.search(r"增加 20 个百分点以上\s*6 个", legend)
    purple = np.array([0x5E, 0x3C, 0x99]) * 0.86 + 0.14 * np.array([251, 252, 252])
    assert close(colours(page, [at_place(page, 0.7, 0.3)])[0], purple)
    assert not {"减少", "增加"} - set(re.findall("减少|增加", legend))


def test_differing_parameters_are_told_loudly(tmp_path, open_page, three_towns):
    first, second = three_towns
    page, watched = open_page(write(tmp_path, first, second))
    banner = page.inner_text("#differ")
    assert "口径不同" in banner
    assert "季节:A 步速未作季节折减 / B 步速已按季节折减(系数 0.8)" in banner
    cards = [c.inner_text() for c in page.query_selector_all("#figures .figure")]
    assert cards[0].startswith("A 小城养老设施覆盖")
    assert "100.0%" in cards[1]
    table = page.inner_text("#key-figures")
    assert re.search(r"全市 · 规划\s+\d+\.\d%\s+100\.0%\s+\(\+\d+\.\d\)", table)
    page.click("#language")
    assert "Measured differently" in page.inner_text("#differ")
    left = re.findall(r"(?:map|table|compare)\.[a-z_]+", page.inner_text("body"))
    assert left == []
    assert watched.all() == []


def test_the_same_measure_raises_no_alarm(tmp_path, open_page):
    page, _ = open_page(write(tmp_path, full_outcome(), full_outcome()))
    assert page.locator("#differ").count() == 0


@pytest.mark.parametrize("kind", ["image", "template", "script", "backtick", "long"])
def test_names_of_scenarios_do_nothing(tmp_path, open_page, kind):
    text = HOSTILE[kind]
    second = winter(full_outcome(lambda _: text), lambda _: text)
    page, watched = open_page(write(tmp_path, full_outcome(), second))
    page.evaluate("document.querySelector('#figures').click()")
    for way in ("swipe", "panes", "change", "single"):
        page.click("#tab-compare")
        page.click(f"#way-{way}")
    visit_everything(page)
    assert watched.all() == []
    assert not page.query_selector("#figures img, #panels img, #panels script, #head img")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1366


@pytest.mark.parametrize("language", ["zh", "en"])
def test_nothing_is_cut_off_or_too_small(tmp_path, open_page, language):
    page, watched = open_page(
        write(tmp_path, full_outcome(), winter(full_outcome()), language=language)
    )
    for way in ("single", "swipe", "panes", "change"):
        page.click("#tab-compare")
        page.click(f"#way-{way}")
        assert page.evaluate(CUT_OFF) == []
        sizes = page.evaluate(
            """() => [...document.querySelectorAll('body *')].filter(e =>
                e.getClientRects().length && [...e.childNodes].some(
                    n => n.nodeType === 3 && n.textContent.trim()))
                .map(e => parseFloat(getComputedStyle(e).fontSize))"""
        )
        assert min(sizes) >= 14
    assert page.evaluate("document.documentElement.scrollHeight") <= 768
    assert watched.all() == []


def test_the_curve_chooses_how_many_sites_are_shown(tmp_path, open_page):
    outcome = full_outcome()
    page, watched = open_page(write(tmp_path, outcome))
    page.evaluate("Planner.features.push({first: n => { window.chosen = n; }})")
    page.click("#tab-sites")
    assert page.get_attribute("#curve", "aria-valuenow") == "2"
    assert page.get_attribute("#curve", "aria-valuemax") == "2"
    page.focus("#curve")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.id") == "curve"
    assert page.get_attribute("#curve", "aria-valuenow") == "1"
    assert page.evaluate("window.chosen") == 1
    share = outcome.plan.picks[0].cumulative_share
    assert f"先建 1 处:覆盖率 {100 * share:.1f}%" in page.inner_text("#curve-told")
    rows = page.query_selector_all("#panel-sites > table tbody tr")
    assert [row.get_attribute("class") for row in rows] == ["link", "link later"]
    opacity = page.evaluate(
        "[...document.querySelectorAll('.pin-holder')].map(p => p.style.opacity)"
    )
    assert opacity == ["1", "0.3"]
    box = page.locator("#curve").bounding_box()
    page.mouse.click(box["x"] + 52, box["y"] + 60)
    assert page.evaluate("window.chosen") == 0
    assert f"现状 {100 * outcome.walking[0].baseline['city'].share:.1f}%" in page.text_content(
        "#curve"
    )
    page.click("#curve-all")
    assert page.evaluate("window.chosen") is None
    page.click("#panel-sites summary")
    cells = page.inner_text("#panel-sites details table")
    assert f"{100 * share:.1f}%" in cells
    page.evaluate("Planner.chooseFirst(1)")
    assert page.evaluate("window.chosen") == 1
    page.click("#language")
    assert "The first 1 in build order" in page.inner_text("#curve-told")
    assert watched.all() == []


def test_without_sites_there_is_no_curve(tmp_path, open_page):
    older, half = many()
    page, watched = open_page(write(tmp_path, town(older, half, half)))
    page.click("#tab-sites")
    assert page.locator("#curve").count() == 0
    assert watched.all() == []


def test_the_pins_come_back_after_comparing(tmp_path, open_page):
    page, _ = open_page(write(tmp_path, full_outcome()))
    before = page.locator(".pin-holder").count()
    assert before
    page.click("#tab-compare")
    page.click("#way-swipe")
    page.click("#way-single")
    assert page.locator(".pin-holder").count() == before
