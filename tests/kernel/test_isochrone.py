"""Catchments of single sites against the covered pairs, and split among their nearest sites."""

import itertools

import numpy as np
import pytest
import shapely
from valley import build_valley, points_around, random_stops, snapped

from planner.kernel.cover import cover_pairs, nearest_site
from planner.kernel.isochrone import build_lattice, site_polygons, split_polygons
from planner.kernel.paths import Stops, build_graph

LIMIT = 720_000


def lattice_of(valley, cell_m=10.0):
    return build_lattice(valley.vertices, valley.edge_start, cell_m=cell_m)


@pytest.mark.parametrize("towards", [True, False])
def test_recall_and_precision_at_ten_metres(towards):
    rng = np.random.default_rng(4)
    valley = build_valley(4)
    sites = random_stops(valley.graph, rng, 12, access=20_000)
    demand, points = snapped(valley, points_around(valley, rng, 40_000), max_m=25.0)
    drawn = site_polygons(valley.graph, lattice_of(valley), sites, limit_mm=LIMIT, towards=towards)
    start, column, _ = cover_pairs(valley.graph, sites, demand, limit_mm=LIMIT, towards=towards)
    truth = np.zeros((12, len(points)), np.bool_)
    truth[np.repeat(np.arange(12), np.diff(start)), column] = True
    inside = np.stack([shapely.contains_xy(polygon, points) for polygon in drawn])
    assert truth.sum() > 2000
    assert (inside & truth).sum() / truth.sum() >= 0.99
    assert (inside & truth).sum() / inside.sum() >= 0.99
    assert all(polygon.is_valid for polygon in drawn)


def test_worked_example_in_the_middle_of_a_street_longer_than_the_reach():
    graph = build_graph([0], [1], 2, [5_000_000], [5_000_000])
    vertices, edge_start = np.array([[0.0, 0], [5000.0, 0]]), np.array([0, 2])
    lattice = build_lattice(vertices, edge_start, cell_m=5.0)
    site = Stops(np.array([0], np.int32), np.array([0.5]), np.array([0], np.int32))
    (polygon,) = site_polygons(graph, lattice, site, limit_mm=300_000, towards=True)
    expected = shapely.Polygon(
        [(2200, 0), (2260, 60), (2740, 60), (2800, 0), (2740, -60), (2260, -60)]
    )
    assert polygon.symmetric_difference(expected).area / expected.area < 0.02


def test_a_site_attached_to_nothing_is_empty_and_the_others_keep_their_places():
    valley = build_valley(5)
    sites = random_stops(valley.graph, np.random.default_rng(5), 7)
    sites.edge[1] = -1
    lattice = lattice_of(valley, 20.0)
    for draw in (site_polygons, split_polygons):
        drawn = draw(valley.graph, lattice, sites, limit_mm=LIMIT, towards=True)
        assert [polygon.is_empty for polygon in drawn] == [False, True, *[False] * 5]


def test_split_catchments_do_not_overlap_and_hold_those_whose_site_is_nearest():
    rng = np.random.default_rng(6)
    valley = build_valley(6)
    sites = random_stops(valley.graph, rng, 15)
    lattice = lattice_of(valley)
    split = split_polygons(valley.graph, lattice, sites, limit_mm=LIMIT, towards=True)
    whole = site_polygons(valley.graph, lattice, sites, limit_mm=LIMIT, towards=True)
    assert all(polygon.is_valid for polygon in split)
    for one, other in itertools.combinations(split, 2):
        assert shapely.intersection(one, other).area < 1e-6
    merged = shapely.union_all(whole)
    assert shapely.union_all(split).area >= 0.98 * merged.area
    demand, points = snapped(valley, points_around(valley, rng, 40_000), max_m=25.0)
    site, mm = nearest_site(valley.graph, sites, demand, towards=True)
    reached = (site >= 0) & (mm <= LIMIT)
    holder = np.full(len(points), -1)
    for number, polygon in enumerate(split):
        holder[shapely.contains_xy(polygon, points)] = number
    assert (holder[reached] == site[reached]).mean() >= 0.97


@pytest.mark.parametrize("wrong", [{"cell_m": 0.0}, {"cell_m": 10.0, "off_street_m": -1.0}])
def test_distances_must_be_positive(wrong):
    valley = build_valley(7)
    with pytest.raises(ValueError, match="above 0"):
        build_lattice(valley.vertices, valley.edge_start, **wrong)
