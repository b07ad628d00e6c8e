"""Large pages stay small files, the same each time, with every number in place."""

import json
import re
from importlib import resources

import pytest
from big_outcome import big_outcome
from packed import island, page_data

from planner.report.published import publish
from planner.report.webmap import content, draw_map


@pytest.fixture(scope="module")
def crowd():
    return big_outcome(points=3000, communities=200)


def test_a_packed_page_says_what_was_computed(crowd):
    html = draw_map(crowd, publish(crowd), language="zh")
    computed = json.loads(json.dumps(content.page_data(crowd, publish(crowd), "zh")))
    assert page_data(html) == computed
    assert island(html, "planner-data")["facilities"]["name"] == []


def test_a_large_page_is_the_same_each_time(crowd):
    again = big_outcome(points=3000, communities=200)
    html = draw_map(crowd, publish(crowd), language="zh")
    assert draw_map(again, publish(again), language="zh") == html


def test_no_small_count_is_in_packed_columns():
    outcome = big_outcome(communities=200, lonely=60)
    data = page_data(draw_map(outcome, publish(outcome), language="zh"))
    assert data["communities"]["older"].count(None) >= 60
    least = outcome.scenario.sharing.least_count
    for level in ("communities", "counties", "demand"):
        for column in ("older", "reached", "newly", "unreached"):
            told = [v for v in data[level].get(column, []) if v is not None]
            assert not [v for v in told if 0 < v < least]


@pytest.mark.slow
def test_the_budget_of_a_large_page():
    outcome = big_outcome(points=100_000, communities=5_000)
    html = draw_map(outcome, publish(outcome), language="zh")
    assert len(html.encode()) < 3_000_000


def test_scripts_are_written_for_older_browsers():
    """Chromium 90 and Firefox 91 know nothing of what is looked for here."""
    newer = (
        r"\?\?=|\|\|=|&&=(?!=)|\.at\(-|\.findLast|\.toSorted|\.toReversed|\.replaceAll\(|"
        r"Object\.(groupBy|hasOwn)|structuredClone|DecompressionStream|\bstatic \{|#\w+ in |"
        r"Promise\.withResolvers|Array\.fromAsync|(?<![\w'\"])/[^/\n]*\(\?<[=!]|\bimport\(|\?\.\w"
    )
    page = resources.files("planner.report.webmap")
    scripts = [e for e in page.iterdir() if e.name.endswith(".js")]
    assert len(scripts) > 8
    for entry in scripts:
        text = re.sub(r"//[^\n]*", "", entry.read_text("utf-8"))
        assert not re.findall(newer, text), entry.name
        assert not re.search(r"\beval\(|new Function|innerHTML|insertAdjacentHTML", text)
