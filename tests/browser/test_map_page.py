"""map.html in a browser without a network: it draws, answers, and harms nobody."""

import re
from dataclasses import replace

import pytest
from full_outcome import full_outcome
from small_outcome import COMMUNITIES, NAMES, small_outcome

from planner.report.published import publish
from planner.report.webmap import draw_map
from planner.standards import read_standards

pytestmark = pytest.mark.browser

HOSTILE = {
    "image": "<img src=x onerror=alert(1)>",
    "template": "甲${alert(2)}乙",
    "backtick": "a\\`);alert(3);//",
    "script": "</script><script>alert(4)</script>",
    "comment": "<!--<script>",
    "right to left": "\u202eabc\u202c\u200b\u2066x",
    "formula": "=1+1",
    "braces": "{{ 7*7 }}{% raw %}{0.__class__}",
    "long": "长" * 300,
    "drive": "D:\\数据\\20190221",
    "link": "javascript:alert(5)",
    "newline": "one\ntwo\u2028three",
}


def write(tmp_path, outcome, language="zh"):
    path = tmp_path / "map.html"
    path.write_text(draw_map(outcome, publish(outcome), language=language), encoding="utf-8")
    return path


def click_at(page, lon, lat):
    x, y = page.evaluate(
        """([lon, lat]) => {
            const p = map_planner.latLngToContainerPoint([lat, lon]);
            const b = map_planner.getContainer().getBoundingClientRect();
            return [p.x + b.left, p.y + b.top];
        }""",
        [lon, lat],
    )
    page.mouse.click(x, y)


def visit_everything(page):
    """Open every tab, card, layer and name of the page, in both languages."""
    for _ in range(2):
        page.click("#language")
        for name in ("sites", "communities", "counties", "notes", "legend"):
            page.click(f"#tab-{name}")
        for box in page.query_selector_all("#panel-legend input[type=checkbox]"):
            if box.is_visible() and not box.is_checked():
                name = box.evaluate(
                    "b => [...document.querySelectorAll('#panels input')].indexOf(b)"
                )
                page.evaluate(
                    "i => { const b = document.querySelectorAll('#panels input')[i]; b.click(); }",
                    name,
                )
        for what, count in (
            ("community", 6),
            ("facility", 5),
            ("site", 2),
            ("finding", 2),
            ("demand", 3),
        ):
            for at in range(count):
                page.evaluate(
                    "p => Planner.pick(p, p.what !== 'finding')", {"what": what, "at": at}
                )
                page.evaluate(
                    "p => Planner.nameOf(p)", {"what": what, "at": at} if what != "site" else None
                )
        page.evaluate("Planner.pick(null)")
        box = page.locator("#map_planner").bounding_box()
        for step in range(12):
            page.mouse.move(box["x"] + 40 + 40 * step, box["y"] + 40 + 25 * step)
        page.mouse.wheel(0, -240)
        page.wait_for_timeout(400)
        page.mouse.down()
        page.mouse.move(box["x"] + 200, box["y"] + 150, steps=4)
        page.mouse.up()
        page.click(".home")


def test_the_page_draws_alone_and_silently(tmp_path, open_page):
    page, watched = open_page(write(tmp_path, small_outcome()))
    visit_everything(page)
    assert watched.all() == []
    painted = page.evaluate(
        """() => [...document.querySelectorAll('.leaflet-pane canvas')].map(c => {
            const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
            let n = 0; for (let i = 3; i < d.length; i += 4) { n += d[i] > 0; } return n;
        })"""
    )
    assert len(painted) == 2
    assert painted[0] > 50_000
    assert painted[1] > 1_000


@pytest.mark.parametrize("kind", sorted(HOSTILE))
def test_names_do_nothing(tmp_path, open_page, kind):
    text = HOSTILE[kind]
    page, watched = open_page(write(tmp_path, small_outcome(lambda _: text)))
    visit_everything(page)
    assert watched.all() == []
    shown = page.inner_text("#head h1")
    if kind not in {"right to left", "newline"}:
        assert shown == text
    assert not page.query_selector("#head img, #panels img, #card img, #panels script")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1366


def test_a_policy_stops_what_names_could_not(tmp_path, open_page):
    page, watched = open_page(write(tmp_path, small_outcome()))
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=alert(1)>')")
    page.wait_for_timeout(200)
    assert watched.dialogs == []
    assert any("Content Security Policy" in text for text in watched.console)


def test_title_block_and_key_figures(tmp_path, open_page):
    page, _ = open_page(write(tmp_path, small_outcome()))
    notices = page.inner_text("#notices")
    assert "演示数据 DEMONSTRATION DATA" in notices
    assert "内部工作图 · 未经地图审核 · 界线不作划界依据 · 不得公开" in notices
    walking, units, space, plan = [f.inner_text() for f in page.query_selector_all(".figure")]
    assert "步行覆盖率" in walking
    assert "55.0%" in walking
    assert "1,239 / 2,254" in walking
    assert "单元覆盖率" in units
    assert "66.7%" in units
    assert "2 / 3" in units
    assert "33.3%" in space
    assert "2 处" in plan
    assert "最优" in plan
    assert "2020-11-01" in page.inner_text("#head")
    assert "CGCS2000" in page.inner_text("#foot")


def test_a_reviewed_map_carries_its_number(tmp_path, open_page):
    outcome = small_outcome()
    sharing = outcome.scenario.sharing.model_copy(update={"map_review_number": "辽S(2026)001号"})
    update = {"sharing": sharing, "synthetic": False}
    outcome = small_outcome(scenario=outcome.scenario.model_copy(update=update))
    page, _ = open_page(write(tmp_path, outcome))
    assert page.inner_text("#notices") == "审图号:辽S(2026)001号"


def test_language_switch(tmp_path, open_page):
    page, watched = open_page(write(tmp_path, small_outcome(), "en"))
    assert page.inner_text("#head h1") == "Coverage of a small town"
    assert page.evaluate("document.documentElement.lang") == "en"
    english = page.inner_text("#side")
    assert "Walking coverage now" in english
    page.click("#language")
    assert page.inner_text("#head h1") == "小城养老设施覆盖"
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    assert "步行覆盖率 · 现状" in page.inner_text("#side")
    left = re.findall(r"(?:map|table)\.[a-z_]+", page.inner_text("body"))
    assert left == []
    assert watched.all() == []


def test_click_opens_the_card_of_a_community(tmp_path, open_page):
    page, _ = open_page(write(tmp_path, small_outcome()))
    click_at(page, 123.784, 41.262)
    card = page.inner_text("#card")
    assert NAMES[2] in card
    assert COMMUNITIES[2] in card
    assert "256" in card
    assert "90 · 35.2%" in card
    click_at(page, 123.764, 41.262)
    assert "不公布" in page.inner_text("#card")
    page.click("#card .close")
    assert page.inner_text("#card") == ""


def test_click_opens_facility_and_site(tmp_path, open_page):
    page, _ = open_page(write(tmp_path, small_outcome()))
    click_at(page, 123.75, 41.27)
    assert "站前养老站" in page.inner_text("#card")
    page.click(".pin-holder >> nth=1")
    assert "河沿村口" in page.inner_text("#card")
    page.click("#tab-sites")
    page.click("#panel-sites tbody tr >> nth=0")
    assert "1 号:北台路口" in page.inner_text("#card")


def test_legend_counts_and_switches(tmp_path, open_page):
    page, _ = open_page(write(tmp_path, small_outcome()))
    legend = page.inner_text("#panel-legend")
    assert re.search(r"20%–40%\s*1 个", legend)
    assert re.search(r"人数过少,不公布\s*2 个", legend)
    before = page.evaluate("document.querySelectorAll('.leaflet-pane canvas')[0].toDataURL()")
    page.click("text=每百户用房面积(㎡)")
    after = page.evaluate("document.querySelectorAll('.leaflet-pane canvas')[0].toDataURL()")
    assert before != after
    assert re.search(r"无数据\s*1 个", page.inner_text("#panel-legend"))
    assert page.locator(".pin-holder").count() == 2
    page.click("text=建议选址(按建设次序编号)")
    assert page.locator(".pin-holder").count() == 0


CUT_OFF = """() => [...document.querySelectorAll(
    '.figure *, #foot span:not(.long), #notices *, #card, #card *, #panels section.open *')]
    .filter(e => e.clientWidth > 0 && (e.scrollWidth > e.clientWidth + 1 ||
        (e.id === 'card' && e.scrollHeight > e.clientHeight + 1)))
    .map(e => e.textContent)"""


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("season", [1.0, 0.8])
def test_nothing_is_cut_off(tmp_path, open_page, language, season):
    outcome = full_outcome()
    walking = outcome.scenario.walking.model_copy(
        update={"season_factor": season, "direction": "round_trip"}
    )
    scenario = outcome.scenario.model_copy(update={"walking": walking})
    outcome = full_outcome(scenario=scenario, standards=read_standards())
    page, watched = open_page(write(tmp_path, outcome, language))
    page.evaluate("Planner.pick({what: 'community', at: 2}, true)")
    assert page.evaluate(CUT_OFF) == []
    page.click("#tab-notes")
    assert page.evaluate(CUT_OFF) == []
    assert page.evaluate("document.documentElement.scrollHeight") <= 768
    assert watched.all() == []


def test_range_direction_and_proof_stand_in_the_figures(tmp_path, open_page):
    page, _ = open_page(write(tmp_path, full_outcome()))
    figures = page.inner_text("#figures")
    assert re.search(r"范围 40%–72% → \d+%–\d+%\(步速、接入道路、路网缺漏\)", figures)
    assert "不是置信区间" in page.get_attribute(".figure .range", "title")
    assert "去程" in figures
    assert "可达 1,979 人,理论上限 1,979 人" in figures
    walk = "步行方向:去程(从家到设施) · 步速未作季节折减 · 无高程数据,未计坡度"
    assert walk in page.inner_text("#foot")
    page.click("#tab-notes")
    notes = page.inner_text("#panel-notes")
    assert walk.replace(" · ", ";") in notes
    assert "步速 0.8 米/秒" in notes
    assert "步速 1 米/秒" in notes
    assert re.search(r"全部假设\s+39\.7%–71\.8%", notes)
    assert re.search(r"坡度过大\s+243", notes)
    assert "不是置信区间" in notes


def test_card_tells_the_reason_and_the_tiers(tmp_path, open_page):
    page, _ = open_page(write(tmp_path, full_outcome()))
    page.evaluate("Planner.pick({what: 'community', at: 4})")
    card = page.inner_text("#card")
    assert re.search(r"现状不可达的主要原因\s*路程过远", card)
    assert re.search(r"社区综合服务设施\s*[\d.]+ 分钟", card)
    assert re.search(r"养老机构\s*步行无法到达", card)
    page.evaluate("Planner.pick({what: 'community', at: 0})")
    assert re.search(r"现状不可达的主要原因\s*不公布", page.inner_text("#card"))
    page.evaluate("Planner.pick({what: 'community', at: 3})")
    assert "主要原因" not in page.inner_text("#card")


def test_without_reasons_and_ranges_the_page_says_nothing_of_them(tmp_path, open_page):
    page, watched = open_page(write(tmp_path, small_outcome()))
    page.evaluate("Planner.pick({what: 'community', at: 4})")
    page.click("#tab-notes")
    text = page.inner_text("body")
    assert "石桥子村" in text
    for word in ("范围 3", "主要原因", "各类设施", "不可达的原因"):
        assert word not in text
    assert watched.all() == []


def test_find_a_community(tmp_path, open_page):
    page, _ = open_page(write(tmp_path, small_outcome()))
    page.click("#tab-communities")
    assert page.locator("#panel-communities tbody tr").count() == 6
    page.fill("#panel-communities input", "石桥")
    assert page.locator("#panel-communities tbody tr").count() == 1
    page.press("#panel-communities tbody tr", "Enter")
    assert "石桥子村" in page.inner_text("#card")


def test_letters_are_large_enough(tmp_path, open_page):
    page, _ = open_page(write(tmp_path, small_outcome()))
    sizes = page.evaluate(
        """() => [...document.querySelectorAll('body *')].filter(e => e.offsetParent &&
            [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
            .map(e => parseFloat(getComputedStyle(e).fontSize))"""
    )
    assert len(sizes) > 40
    assert min(sizes) >= 14


def test_print_is_one_page(tmp_path, open_page):
    page, watched = open_page(write(tmp_path, small_outcome()))
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    width, height = map(float, re.search(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", pdf).groups())
    assert width == pytest.approx(1191, abs=2)
    assert height == pytest.approx(842, abs=2)
    assert watched.all() == []


def test_a_damaged_file_says_so(tmp_path, browser):
    path = write(tmp_path, small_outcome())
    text = path.read_text("utf-8")
    path.write_text(re.sub(r'("gzip":"H4sI)[^"]{40}', r"\1", text), encoding="utf-8")
    page = browser.new_page()
    page.goto(path.resolve().as_uri())
    page.wait_for_selector("#card .trouble")
    assert "重新运行" in page.inner_text("#card")
    page.close()


@pytest.mark.parametrize(
    ("question", "objective", "told"),
    [
        ("target_share", 9.0, "所需点位 9,下限 9"),
        ("shortest_walk", 12.345, "平均 12.35 分钟"),
        ("worst_district", 0.355, "最低的 35.5%"),
        ("capacity", 1200.0, "可服务 1,200 人"),
    ],
)
def test_the_plan_is_told_in_the_unit_of_its_question(
    tmp_path, open_page, question, objective, told
):
    outcome = full_outcome()
    plan = replace(outcome.plan, question=question, objective=objective, bound=objective)
    page, seen = open_page(write(tmp_path, replace(outcome, plan=plan)))
    words = page.inner_text("#figures .plan .proven")
    assert told in words
    assert "siting." not in words
    page.click("#language")
    assert "siting." not in page.inner_text("#figures .plan .proven")
    assert not any((seen.dialogs, seen.errors, seen.console, seen.requests))
