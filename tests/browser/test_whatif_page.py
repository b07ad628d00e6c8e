"""What-if: the page adds up what Python adds up, and its fragment runs."""

import sys
from pathlib import Path

import numpy as np
import pytest
from pattern_outcome import random_town

import planner
from planner.report.patterns import pool_patterns
from planner.report.published import publish
from planner.report.webmap import draw_map
from planner.report.whatif import Choice, choice_figures

sys.path.insert(0, str(Path(__file__).parents[1] / "run"))
from tiny import write_town

pytestmark = pytest.mark.browser

READY = "Planner.whatif && Planner.whatif.ready"


def opened(open_page, folder, outcome):
    path = folder / "map.html"
    path.write_text(draw_map(outcome, publish(outcome), language="zh"), encoding="utf-8")
    page, watched = open_page(path)
    page.wait_for_function(READY)
    return page, watched


@pytest.mark.parametrize("seed", [0, 6, 17])
def test_the_page_equals_python_to_the_last_person(tmp_path, open_page, seed):
    outcome, _ = random_town(seed, most=40)
    pooled = pool_patterns(outcome, publish(outcome))
    page, watched = opened(open_page, tmp_path, outcome)
    rng = np.random.default_rng(seed)
    districts = page.evaluate("Planner.data.whatif.districts")
    for _ in range(40):
        kept, built = rng.random(5) < 0.6, rng.random(3) < 0.5
        told = page.evaluate(
            "state => Planner.whatif.figures(state)",
            {"kept": kept.tolist(), "built": built.tolist()},
        )
        ours = choice_figures(outcome, pooled, Choice(kept=kept, built=built))
        page_people = {c: p["reached"] for c, p in zip(districts, told["people"], strict=True)}
        assert page_people == dict(ours.reached)
        assert {c: p["older"] for c, p in zip(districts, told["people"], strict=True)} == dict(
            ours.older
        )
        assert {k: (u["has"], u["units"]) for k, u in told["units"].items()} == dict(ours.units)
        assert {
            k: (s["known"], s["meeting"], s["floor"], s["households"])
            for k, s in told["space"].items()
        } == dict(ours.space)
    assert watched.all() == []


def test_ticking_marks_the_cards_and_the_pins(tmp_path, open_page):
    outcome, _ = random_town(0, most=40)
    page, watched = opened(open_page, tmp_path, outcome)
    plan = page.inner_text("#figures .figure.walking")
    page.click("#tab-whatif")
    assert page.locator(".figure .whatif-mark").count() == 0
    page.locator("#panel-whatif .whatif-list input").first.uncheck()
    assert page.locator(".figure .whatif-mark").count() == 4
    assert page.locator(".pin-holder.left-out").count() == 1
    page.click("#language")
    assert "What if" in page.inner_text("#figures .figure.walking")
    page.click("#tab-whatif")
    page.locator("#whatif-first").fill("2")
    assert page.evaluate("Planner.whatif.state.built") == [True, True, False]
    page.get_by_text("Back to today").click()
    assert page.evaluate("Planner.whatif.state.built") == [False, False, False]
    page.get_by_text("Back to the plan").click()
    assert page.locator(".whatif-mark").count() == 0
    page.click("#language")
    assert page.inner_text("#figures .figure.walking") == plan
    size = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    )
    assert size == [1366, 768]
    assert watched.all() == []


def test_the_fragment_runs_and_reaches_what_the_page_says(tmp_path, open_page):
    base = write_town(tmp_path)
    outcome = planner.run_scenario(planner.read_scenario(base))
    page, watched = opened(open_page, tmp_path, outcome)
    page.click("#tab-whatif")
    serving = page.evaluate("Planner.data.whatif.serving[0]")
    page.evaluate("i => Planner.whatif.set(s => { s.kept[i] = false; })", serving)
    with page.expect_download() as saved:
        page.click("text=保存 TOML 文件")
    fragment = tmp_path / saved.value.suggested_filename
    saved.value.save_as(fragment)
    text = page.locator("#panel-whatif textarea").input_value()
    assert fragment.read_text(encoding="utf-8") == text
    again = planner.run_scenario(planner.read_scenario(fragment))
    city = page.evaluate("Planner.whatif.city(Planner.whatif.now)")
    apart = page.evaluate("Planner.data.whatif.most")
    told = again.walking[0].planned["city"]
    assert apart == 0
    assert told.covered == city["reached"] / 10
    assert told.total == city["older"] / 10
    assert told.covered < outcome.walking[0].planned["city"].covered
    assert again.plan.status == "given"
    assert [one.id for one in again.plan.closed] == ["F1"]
    assert watched.all() == []


def test_the_curve_and_the_what_if_choose_the_same(tmp_path, open_page):
    outcome, _ = random_town(0, most=40)
    page, watched = opened(open_page, tmp_path, outcome)
    count = page.evaluate("Planner.whatif.state.built.length")
    assert count > 1
    page.evaluate("Planner.chooseFirst(1)")
    assert page.evaluate("Planner.whatif.state.built") == [True] + [False] * (count - 1)
    page.evaluate("Planner.chooseFirst(null)")
    assert page.evaluate("Planner.whatif.state.built") == [True] * count
    assert watched.all() == []
