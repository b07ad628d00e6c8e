"""Search, measure, link, difference and keyboard of map.html."""

import pytest
from full_outcome import full_outcome
from pyproj import Geod
from small_outcome import COMMUNITIES, NAMES, small_outcome
from test_map_page import HOSTILE, click_at, write

from planner.model.scenario import MapPage

pytestmark = pytest.mark.browser

FOUND = "#find-list li"


@pytest.fixture
def small(tmp_path, open_page):
    return open_page(write(tmp_path, small_outcome()))


def names(page, typed):
    return page.evaluate("q => Planner.find(q).map(e => e.name)", typed)


@pytest.mark.parametrize(
    "typed",
    ["石桥", "shiqiaozi", "shi qiao zi", "SHI QIAO", "sqz", "ｓｑｚ", "shíqiáo", "shiqiaoz"],
)
def test_a_village_is_found_however_it_is_typed(small, typed):
    page, watched = small
    page.fill("#find-box", typed)
    assert "石桥子村" in page.inner_text(FOUND + " >> nth=0")
    assert watched.all() == []


def test_a_code_finds_its_community_alone(small):
    page, _ = small
    assert names(page, COMMUNITIES[2]) == [NAMES[2]]
    wide = "".join(chr(ord(c) + 0xFEE0) for c in COMMUNITIES[2])
    assert names(page, wide) == [NAMES[2]]


def test_nothing_found_is_said_and_counted(small):
    page, _ = small
    page.fill("#find-box", "zzzz")
    assert page.inner_text("#find-count") == "没有匹配的名称或代码"
    page.fill("#find-box", "石桥")
    count = page.locator(FOUND).count()
    assert page.inner_text("#find-count") == f"共 {count} 处匹配"
    page.fill("#find-box", "")
    assert not page.is_visible("#found")


def test_composed_text_is_looked_up_when_it_is_finished(small):
    page, _ = small
    steps = """steps => { const b = document.getElementById('find-box'); steps.forEach(s => {
        if (s[1] !== undefined) { b.value = s[1]; }
        b.dispatchEvent(s[0] === 'input' ? new InputEvent('input', {isComposing: true})
            : new CompositionEvent(s[0])); }); }"""
    page.evaluate(steps, [["compositionstart"], ["input", "shi'qiao"]])
    assert not page.is_visible("#found")
    page.evaluate(steps, [["input", "石桥"], ["compositionend"]])
    assert page.locator(FOUND).count() > 0


def test_keys_walk_the_matches_and_open_the_card(small):
    page, watched = small
    page.fill("#find-box", "村")
    page.press("#find-box", "ArrowDown")
    page.press("#find-box", "ArrowDown")
    assert page.get_attribute("#find-box", "aria-activedescendant") == "found-1"
    page.press("#find-box", "Escape")
    assert not page.is_visible("#found")
    page.fill("#find-box", "石桥")
    page.press("#find-box", "Enter")
    assert "石桥子村" in page.inner_text("#card")
    assert page.evaluate("document.activeElement.className") == "close"
    page.keyboard.press("Escape")
    assert page.inner_text("#card") == ""
    assert page.evaluate("document.activeElement.id") == "find-box"
    assert watched.all() == []


def test_districts_and_facilities_open_their_cards(small):
    page, _ = small
    page.fill("#find-box", "zhanqian")
    page.click(FOUND + ":has-text('站前养老站')")
    assert "站前养老站" in page.inner_text("#card")
    county = page.evaluate("Planner.data.counties.name[0]")
    page.fill("#find-box", county)
    page.click(FOUND + " >> nth=0")
    assert county in page.inner_text("#card h2")


@pytest.mark.parametrize("kind", sorted(HOSTILE))
def test_hostile_names_in_search_and_link(tmp_path, open_page, kind):
    text = HOSTILE[kind]
    page, watched = open_page(write(tmp_path, small_outcome(lambda _: text)))
    shown = page.evaluate("Planner.data.communities.name[0]")
    for typed in (shown[:40], text[:40]):
        page.fill("#find-box", typed.replace("\n", " "))
        page.wait_for_timeout(50)
        assert page.evaluate("document.documentElement.scrollWidth") <= 1366
    page.fill("#find-box", shown[:40])
    assert page.locator(FOUND).count() > 0
    page.press("#find-box", "Enter")
    page.wait_for_timeout(400)
    page.evaluate("h => { location.hash = h; }", f"pick=community:{text}&mode={text}&at={text}")
    page.wait_for_timeout(100)
    assert not page.query_selector("#find img, #find script, #card img")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1366
    assert watched.all() == []


def test_five_thousand_names_answer_quickly_enough_to_list_all(small):
    page, _ = small
    n = page.evaluate(
        """() => { const c = Planner.data.communities; const n = c.name.length;
            for (let i = 0; i < 5000; i++) { c.name.push(c.name[i % n] + i); c.code.push('9' + i);
                c.county.push(0); }
            return Planner.find('shiqiaozi').length; }"""
    )
    assert n > 800


PLACES = [(123.77, 41.29, 123.7701, 41.29), (123.6, 41.1, 125.5, 41.6), (100, 20, 100, 45)]


@pytest.mark.parametrize("line", PLACES)
def test_length_is_that_of_the_ellipsoid(small, line):
    page, _ = small
    length = page.evaluate("l => Planner.geodesic(...l)", list(line))
    assert length == pytest.approx(Geod(ellps="GRS80").inv(*line)[2], rel=1e-6, abs=1e-4)


def test_measuring_with_the_mouse_and_the_keyboard(small):
    page, watched = small
    page.click("#measure")
    click_at(page, 123.764, 41.262)
    page.wait_for_timeout(400)
    click_at(page, 123.784, 41.262)
    assert page.inner_text("#card") == ""
    told = Geod(ellps="GRS80").inv(123.764, 41.262, 123.784, 41.262)[2]
    assert page.evaluate("Planner.measured()") == pytest.approx(told, rel=0.01)
    assert "不是步行距离" in page.inner_text("#measured")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.click("#measure")
    page.keyboard.press(" ")
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(500)
    page.keyboard.press(" ")
    assert page.evaluate("Planner.measured()") > 0
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    assert not page.is_visible("#measured")
    assert page.evaluate("document.activeElement.id") == "measure"
    assert watched.all() == []


def test_a_link_opens_the_view_it_was_taken_from(tmp_path, open_page, small):
    page, watched = small
    page.click("#language")
    page.click("#panel-legend >> text=Space per 100 households")
    page.evaluate("Planner.pick({what: 'community', at: 2}, true)")
    page.click("#tab-communities")
    page.wait_for_timeout(400)
    link = page.evaluate("location.hash")
    assert COMMUNITIES[2] in link
    other, seen = open_page(write(tmp_path, small_outcome()))
    other.evaluate("h => { location.hash = h; }", link)
    other.wait_for_timeout(200)
    state = "[Planner.language, Planner.state.mode, Planner.tab, Planner.state.picked.at]"
    assert other.evaluate(state) == ["en", "ratio", "communities", 2]
    assert other.evaluate("Planner.linkOf()") == link
    assert watched.all() == []
    assert seen.all() == []


@pytest.mark.parametrize(
    "link",
    ["#", "#%", "#%E0%A4%A", "#at=91,500&z=99", "#at=NaN,Infinity&z=1e9", "#mode=__proto__",
     "#tab=toString",
     "#pick=community:nope", "#pick=constructor:0", "#__proto__=1&lang=fr",
     "#on=constructor,__proto__",
     "#mode=<img src=x onerror=alert(1)>", "#" + "a=b&" * 5000, "#lang=javascript:alert(1)"],
)  # fmt: skip
def test_links_that_say_nothing_sound_change_nothing(small, link):
    page, watched = small
    told = page.evaluate("h => Planner.readLink(h)", link)
    assert told in ({}, {"on": []})
    page.evaluate("h => { location.hash = h; }", link)
    page.wait_for_timeout(100)
    assert page.evaluate("[Planner.state.mode, Planner.tab, Planner.language]") == [
        "share",
        "legend",
        "zh",
    ]
    assert watched.all() == []


def test_difference_counts_every_community_once(tmp_path, open_page):
    page, watched = open_page(write(tmp_path, full_outcome()))
    page.click("text=步行覆盖率变化")
    counts = page.evaluate(
        """() => { const m = Planner.modes.difference, n = [0, 0, 0, 0, 0, 0, 0];
            Planner.data.communities.code.forEach((_, i) => { n[Planner.classOf(m, i)]++; });
            return n; }"""
    )
    assert sum(counts) == len(COMMUNITIES)
    assert sum(counts[3:5]) > 0
    assert "+2 至 +20 个百分点" in page.inner_text("#panel-legend")
    assert watched.all() == []


def test_headings_of_the_legend_fold_and_stay_folded(small):
    page, _ = small
    page.click("#panel-legend summary >> nth=1")
    page.click("text=每百户用房面积(㎡)")
    folded = page.evaluate(
        "[...document.querySelectorAll('#panel-legend details')].map(d => d.open)"
    )
    assert folded[:3] == [True, False, True]


def test_arrow_keys_walk_the_tabs_and_switches_keep_the_keyboard(small):
    page, _ = small
    page.focus("#tab-legend")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("[Planner.tab, document.activeElement.id]") == ["sites", "tab-sites"]
    page.keyboard.press("Home")
    assert page.evaluate("[...document.querySelectorAll('#tabs button')].map(b => b.tabIndex)")[
        :2
    ] == [0, -1]
    page.focus("input[name=sites]")
    page.keyboard.press(" ")
    assert page.evaluate("document.activeElement.name") == "sites"
    assert not page.evaluate("Planner.state.on.sites")


CONTRAST = """() => {
  const rgb = s => (s.match(/[\\d.]+/g) || []).map(Number);
  const lum = c => { const v = c.slice(0, 3).map(x => { x /= 255;
    return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; };
  const ground = e => { for (; e; e = e.parentElement) {
    const c = rgb(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] === 1) { return c; } } return [255, 255, 255]; };
  const poor = []; let seen = 0;
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) { const e = walk.currentNode.parentElement;
    if (!walk.currentNode.textContent.trim() || !e.getClientRects().length) { continue; }
    seen++;
    const style = getComputedStyle(e), a = lum(rgb(style.color)), b = lum(ground(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const large = parseFloat(style.fontSize) >= 24 ||
      (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) {
      poor.push(walk.currentNode.textContent + ' ' + ratio.toFixed(2)); } }
  return [seen, poor]; }"""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_text_has_contrast(tmp_path, open_page, language):
    page, _ = open_page(write(tmp_path, full_outcome(), language))
    page.evaluate("Planner.pick({what: 'community', at: 2}, true)")
    page.click("#measure")
    for tab in ("sites", "communities", "counties", "notes", "legend"):
        page.click(f"#tab-{tab}")
        seen, poor = page.evaluate(CONTRAST)
        assert seen > 60
        assert poor == []
    page.fill("#find-box", "a")
    assert page.evaluate(CONTRAST)[1] == []


def test_the_card_says_which_norms_are_met(tmp_path, open_page):
    page, _ = open_page(write(tmp_path, full_outcome()))
    page.evaluate("Planner.pick({what: 'community', at: 2})")
    card = page.inner_text("#card")
    assert "每百户用房不少于" in card
    assert "未达标:" in card
    assert "本社区(村)内有养老服务设施" in card


def test_the_card_carries_the_findings_of_its_community(small):
    page, _ = small
    page.evaluate(
        """() => { const f = Planner.data.findings.rows[0];
            f.unit = Planner.data.communities.code[2];
            Planner.pick({what: 'community', at: 2}); }"""
    )
    assert "审查发现(1 条)" in page.inner_text("#card")


def with_basemap(**choice):
    scenario = small_outcome().scenario
    return small_outcome(scenario=scenario.model_copy(update={"map": MapPage(**choice)}))


def test_without_a_basemap_no_host_is_named(tmp_path):
    html = write(tmp_path, small_outcome()).read_text("utf-8")
    assert "img-src data:;" in html
    assert "tianditu.gov.cn" not in html
    assert "openstreetmap.org" not in html


@pytest.mark.parametrize(
    ("choice", "host"),
    [
        ({"basemap": "tianditu", "tianditu_key": "abc123"}, "https://t0.tianditu.gov.cn"),
        ({"basemap": "osm"}, "https://tile.openstreetmap.org"),
    ],
    ids=["tianditu", "osm"],
)
def test_a_basemap_is_asked_for_only_when_ticked(tmp_path, open_page, choice, host):
    path = write(tmp_path, with_basemap(**choice))
    assert f"img-src data: {host};" in path.read_text("utf-8")
    page, watched = open_page(path)
    page.mouse.move(400, 450)
    page.mouse.wheel(0, -300)
    page.wait_for_timeout(400)
    assert host in page.inner_text("#base-hint")
    assert watched.all() == []
    page.check("input[name=basemap]")
    page.wait_for_timeout(500)
    assert watched.requests
    assert all(url.startswith(host + "/") for url in watched.requests)
    assert all("ERR_INTERNET_DISCONNECTED" in text for text in watched.console)
    assert (watched.dialogs, watched.errors) == ([], [])
    assert "底图未能加载" in page.inner_text("#base-told")
    page.uncheck("input[name=basemap]")
    page.wait_for_timeout(200)
    asked = len(watched.requests)
    page.click(".home")
    page.wait_for_timeout(300)
    assert len(watched.requests) == asked


@pytest.mark.parametrize(
    "choice",
    [
        {"basemap": "tianditu", "tianditu_key": "a b;script-src *"},
        {"basemap": "amap"},
    ],
)
def test_unsound_basemaps_are_refused(choice):
    with pytest.raises(ValueError, match="validation error"):
        MapPage(**choice)


def test_the_key_stays_out_of_the_record():
    told = MapPage(basemap="tianditu", tianditu_key="abc123")
    assert "abc123" not in told.model_dump_json()
    assert "abc123" not in repr(told)


def test_changes_are_told_and_the_skip_link_leads_to_the_search(small):
    page, watched = small
    page.click("#panel-legend >> text=每百户用房面积(㎡)")
    assert page.inner_text("#live") == "地图着色:每百户用房面积(㎡)"
    page.evaluate("Planner.pick({what: 'community', at: 2}, true)")
    assert NAMES[2] in page.inner_text("#live")
    page.focus("#skip")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "find-box"
    assert watched.all() == []


def test_every_control_is_reached_by_tab(small):
    page, _ = small
    seen = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.add(
            page.evaluate(
                """() => { const e = document.activeElement;
                    return e.id || e.name || e.className || e.tagName; }"""
            )
        )
    assert {"skip", "measure", "language", "find-box", "tab-legend", "map_planner"} <= seen
    assert {"mode", "kind", "ring", "sites", "demand", "streets", "labels"} <= seen


def test_reduced_motion_is_kept(tmp_path, open_page):
    page, watched = open_page(write(tmp_path, small_outcome()), reduced_motion="reduce")
    assert page.evaluate("[map_planner._zoomAnimated, map_planner.options.inertia]") == [
        False,
        False,
    ]
    page.mouse.move(400, 450)
    page.mouse.wheel(0, -300)
    page.wait_for_timeout(200)
    assert watched.all() == []


def test_sites_of_a_year_can_be_left_out(small):
    page, _ = small
    page.evaluate(
        """() => { Planner.data.summary.proposed_sites.forEach((s, i) => { s.year = 2025 + i; });
            Planner.state.years = {2025: true, 2026: true}; Planner.show(); }"""
    )
    assert page.locator(".pin-holder").count() == 2
    page.click("#panel-legend label:has(input[name=year]) >> nth=0")
    assert page.locator(".pin-holder").count() == 1
