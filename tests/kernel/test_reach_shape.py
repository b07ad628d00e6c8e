"""Catchment polygons against the covered pairs, which are the truth."""

import itertools

import numpy as np
import pytest
import shapely
from valley import build_valley, on_hills, points_around, random_stops, snapped

from planner.kernel import shape
from planner.kernel.cover import nearest_site
from planner.kernel.paths import Stops, build_graph
from planner.kernel.shape import reach_polygon, reach_polygons

LIMITS = [240_000, 480_000, 720_000]


def one_street(length_m=2000.0):
    graph = build_graph([0], [1], 2, [round(length_m * 1000)], [round(length_m * 1000)])
    return graph, np.array([[0.0, 0], [length_m, 0]]), np.array([0, 2])


def at(edge, share, access=0):
    return Stops(np.array([edge], np.int32), np.array([share]), np.array([access], np.int32))


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("towards", [True, False])
def test_recall_and_precision_at_ten_metres(seed, towards):
    rng = np.random.default_rng(seed)
    valley = on_hills(build_valley(2), rng) if seed == 2 else build_valley(seed)
    sites = random_stops(valley.graph, rng, 9, access=20_000)
    demand, points = snapped(valley, points_around(valley, rng, 60_000), max_m=25.0)
    drawn = reach_polygons(*valley, sites, limits_mm=LIMITS, towards=towards, cell_m=10.0)
    _, mm = nearest_site(valley.graph, sites, demand, towards=towards)
    for limit, polygon in zip(LIMITS, drawn, strict=True):
        truth = (mm >= 0) & (mm <= limit)
        inside = shapely.contains_xy(polygon, points)
        assert truth.sum() > 500
        assert (inside & truth).sum() / truth.sum() >= 0.99
        assert (inside & truth).sum() / inside.sum() >= 0.99


def test_rings_are_valid_and_lie_in_one_another():
    valley = build_valley(3)
    sites = random_stops(valley.graph, np.random.default_rng(3), 25)
    drawn = reach_polygons(*valley, sites, limits_mm=LIMITS, towards=True)
    for polygon in drawn:
        assert polygon.is_valid
        assert polygon.geom_type in {"Polygon", "MultiPolygon"}
        assert not polygon.is_empty
    for inner, outer in itertools.pairwise(drawn):
        assert inner.area < outer.area
        assert inner.difference(outer).area < 1e-4 * inner.area
    assert len(shapely.get_parts(drawn[0])) > 1
    assert shapely.get_num_interior_rings(shapely.get_parts(drawn[-1])).sum() > 0
    assert reach_polygon(*valley, sites, limit_mm=LIMITS[1], towards=True).equals(drawn[1])


def test_worked_example_on_one_street():
    polygon = reach_polygon(
        *one_street(), at(0, 0.5), limit_mm=300_000, towards=True, cell_m=5.0, off_street_m=60.0
    )
    expected = shapely.Polygon(
        [(700, 0), (760, 60), (1240, 60), (1300, 0), (1240, -60), (760, -60)]
    )
    assert polygon.symmetric_difference(expected).area / expected.area < 0.01
    assert polygon.hausdorff_distance(expected) < 5.0


def test_squares_smaller_than_the_strip_along_a_street(monkeypatch):
    given = {"limit_mm": 300_000, "towards": True, "cell_m": 5.0, "off_street_m": 90.0}
    whole = reach_polygon(*one_street(), at(0, 0.5), **given)
    monkeypatch.setattr(shape, "_BLOCKS", 1)
    monkeypatch.setattr(shape, "_TOGETHER", 2)
    patched = reach_polygon(*one_street(), at(0, 0.5), **given)
    assert patched.geom_type == "Polygon"
    assert patched.symmetric_difference(whole).area < 1e-3 * whole.area


def test_a_long_street_reached_in_its_middle_only():
    graph, vertices, start = one_street(30_000.0)
    polygon = reach_polygon(graph, vertices, start, at(0, 0.5), limit_mm=500_000, towards=True)
    low, _, high, _ = polygon.bounds
    assert (low, high) == pytest.approx((14_500, 15_500), abs=20)


def test_far_apart_villages_draw_apart():
    tail, head = [0, 2], [1, 3]
    graph = build_graph(tail, head, 4, [400_000] * 2, [400_000] * 2)
    vertices = np.array([[0.0, 0], [400, 0], [200_000, 90_000], [200_400, 90_000]])
    sites = Stops(np.array([0, 1, -1], np.int32), np.full(3, 0.5), np.zeros(3, np.int32))
    polygon = reach_polygon(
        graph, vertices, np.array([0, 2, 4]), sites, limit_mm=900_000, towards=True
    )
    assert len(shapely.get_parts(polygon)) == 2
    assert polygon.area == pytest.approx(2 * (400 * 120 + np.pi * 60**2), rel=0.02)


def test_access_longer_than_the_limit_draws_nothing():
    polygon = reach_polygon(*one_street(), at(0, 0.5, 90_000), limit_mm=80_000, towards=True)
    assert polygon.is_empty
    assert reach_polygon(*one_street(), at(-1, 0.0), limit_mm=80_000, towards=True).is_empty
    assert reach_polygons(*one_street(), at(0, 0.5), limits_mm=[], towards=True) == []


def test_bad_numbers_are_refused():
    with pytest.raises(ValueError, match=r"cell_m 0"):
        reach_polygon(*one_street(), at(0, 0.5), limit_mm=1, towards=True, cell_m=0)
    with pytest.raises(ValueError, match="limit_mm is -5"):
        reach_polygon(*one_street(), at(0, 0.5), limit_mm=-5, towards=True)
    graph, vertices, _ = one_street()
    with pytest.raises(ValueError, match="edge_start has 3 entries"):
        reach_polygon(graph, vertices, np.array([0, 2, 2]), at(0, 0.5), limit_mm=5, towards=True)
