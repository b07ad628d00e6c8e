"""map.html as a file: alone, same bytes, nothing small inside, shapes that unpack."""

import base64
import gzip
import hashlib
import json
import re
from dataclasses import replace
from importlib import resources
from itertools import pairwise

import numpy as np
import pytest
import shapely
from small_outcome import WEST, small_outcome

from planner.report.published import publish
from planner.report.webmap import draw_map
from planner.report.webmap.geometry import page_geometry
from planner.report.words import all_words


@pytest.fixture(scope="module")
def outcome():
    return small_outcome()


@pytest.fixture(scope="module")
def html(outcome):
    return draw_map(outcome, publish(outcome), language="zh")


def island(html, name):
    found = re.search(
        rf'<script type="application/json" id="{name}">(.*?)</script>', html, re.DOTALL
    )
    return json.loads(found.group(1))


def unpack(packed):
    """Read the shapes back: layer -> features -> parts -> points in degrees."""
    data = gzip.decompress(base64.b64decode(packed["gzip"]))
    layers, start = {}, 0
    for name, length in packed["layers"]:
        layers[name] = one_layer(data[start : start + length], packed)
        start += length
    assert start == len(data)
    return layers


def one_layer(data, packed):
    numbers, value, shift = [], 0, 0
    for byte in data:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            numbers.append(value)
            value, shift = 0, 0
    taken = iter(numbers)
    parts = [next(taken) for _ in range(next(taken))]
    points = [next(taken) for _ in range(sum(parts))]
    places = next(taken)
    x, y, at = (steps(taken, n) for n in (places, places, sum(points)))
    whole = list(zip(x, y, strict=True))
    assert len(set(whole)) == places
    lonlat = [(packed["west"] + a * packed["step"], packed["south"] + b * packed["step"])
              for a, b in whole]  # fmt: skip
    starts = np.cumsum([0, *points])
    rings = [[lonlat[k] for k in at[a:b]] for a, b in pairwise(starts)]
    assert next(taken, None) is None
    ends = np.cumsum([0, *parts])
    return [rings[a:b] for a, b in pairwise(ends)]


def steps(taken, n):
    """Add up `n` signed steps."""
    last, values = 0, []
    for _ in range(n):
        folded = next(taken)
        last += -(folded + 1) // 2 if folded % 2 else folded // 2
        values.append(last)
    return values


def without_scripts(html):
    return re.sub(r"<script.*?</script>", "", html, flags=re.DOTALL)


def test_nothing_is_fetched(html):
    rest = without_scripts(html)
    assert not re.search(r"""\b(?:src|href)\s*=\s*(?!["']?#)""", rest)
    assert "@import" not in rest
    assert not re.search(r"url\((?!data:|#)", rest)
    assert "sourceMappingURL" not in html


def test_the_policy_names_every_script_and_style(html):
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html).group(1)
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    blocks = re.findall(r"<(script|style)>(.*?)</\1>", html, re.DOTALL)
    assert len(blocks) >= 7
    for _, text in blocks:
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert not re.search(r"<[a-z]+[^>]*\son[a-z]+=", without_scripts(html))


def test_same_outcome_same_text(outcome, html):
    assert draw_map(small_outcome(), publish(outcome), language="zh") == html


def test_an_empty_page_is_small(html):
    assert len(html.encode()) < 350_000


def test_names_stand_in_islands_only(outcome):
    marked = small_outcome(lambda text: f"甲乙丙{text}<b>${{1}}`")
    html = draw_map(marked, publish(marked), language="en")
    outside = re.sub(r'<script type="application/json".*?</script>', "", html, flags=re.DOTALL)
    assert "甲乙丙" in html
    assert "甲乙丙" not in outside
    for text in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', html, re.DOTALL):
        assert "<" not in text


def test_shapes_come_back(outcome):
    layers = unpack(page_geometry(outcome).island)
    assert list(layers) == [
        "communities",
        "counties",
        "catchments",
        "water_areas",
        "water_lines",
        "streets",
        "paths",
    ]
    for rings, shape in zip(layers["communities"], outcome.communities.geometry, strict=True):
        back = shapely.Polygon(rings[0])
        assert back.symmetric_difference(shape).area < 0.001 * shape.area
    streets = shapely.MultiLineString([part for parts in layers["streets"] for part in parts])
    west = streets.bounds[0]
    assert west == pytest.approx(WEST, abs=2e-5)
    assert not layers["paths"]


def test_neighbours_keep_their_shared_edge(outcome):
    rng = np.random.default_rng(3)
    wavy = [(WEST + 0.02 + rng.normal(0, 2e-5), 41.26 + 0.02 * i / 200) for i in range(201)]
    left = shapely.Polygon([(WEST, 41.26), *wavy, (WEST, 41.28)])
    right = shapely.Polygon([(WEST + 0.04, 41.26), *wavy, (WEST + 0.04, 41.28)])
    shapes = (left, right, *outcome.communities.geometry[2:])
    communities = replace(outcome.communities, geometry=shapes)
    rings = unpack(page_geometry(replace(outcome, communities=communities)).island)["communities"]
    points = [{tuple(np.round(p, 7)) for p in parts[0]} for parts in rings[:2]]
    assert len(points[0]) < 60
    inner = {p for p in points[0] if p[0] > WEST + 0.015}
    assert inner <= points[1]


def test_units_without_a_shape_keep_their_place(outcome):
    shapes = (None, shapely.Polygon(), *outcome.communities.geometry[2:])
    communities = replace(outcome.communities, geometry=shapes)
    odd = replace(outcome, communities=communities)
    layers = unpack(page_geometry(odd).island)
    assert [len(parts) for parts in layers["communities"]] == [0, 0, 1, 1, 1, 1]
    data = island(draw_map(odd, publish(odd), language="zh"), "planner-data")
    assert data["communities"]["lon"][:2] == [None, None]


def test_no_small_count_is_inside(outcome, html):
    data = island(html, "planner-data")
    least = outcome.scenario.sharing.least_count
    for level in ("communities", "counties", "demand"):
        for column in ("older", "reached", "newly", "unreached"):
            told = [v for v in data[level].get(column, []) if v is not None]
            assert not [v for v in told if 0 < v < least]
    assert data["communities"]["withheld"] == [1, 1, 0, 0, 0, 0]
    assert data["communities"]["share"][0] is None


def test_no_demand_point_is_inside(outcome, html):
    for name in outcome.demand.id:
        assert name not in html


def test_findings_do_not_carry_small_counts(outcome):
    first = replace(outcome.findings[0], values=(("people", "3"), ("folder", "x")))
    second = replace(outcome.findings[1], rule="households.odd", found="2")
    odd = replace(outcome, findings=(first, second))
    rows = island(draw_map(odd, publish(odd), language="zh"), "planner-data")["findings"]["rows"]
    assert "found=<5" in rows[1]["what"]["zh"]


def test_every_word_of_the_page_exists():
    words = all_words()
    page = resources.files("planner.report.webmap")
    used = set()
    for entry in page.iterdir():
        if entry.name.endswith(".js"):
            used |= set(re.findall(r"'(map\.[a-z_.]+[a-z_])'", entry.read_text("utf-8")))
    assert len(used) > 50
    assert used <= set(words)
    written = {key for key in words if key.startswith("map.")}
    stems = ("map.tab.", "map.mode.", "map.figure.", "map.demand.", "map.range.")
    stems += ("map.direction.", "map.no_script", "map.compare.")
    assert {k for k in written - used if not k.startswith(stems)} == set()
