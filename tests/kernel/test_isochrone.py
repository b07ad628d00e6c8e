"""Catchments of single sites against the covered pairs, and split among their nearest sites."""

import itertools

import numpy as np
import pytest
import shapely
from valley import build_valley, on_hills, points_around, random_stops, snapped

from planner.kernel.cover import cover_pairs, nearest_site, search_field
from planner.kernel.graph import bend_graph
from planner.kernel.isochrone import site_polygons, split_polygons
from planner.kernel.knots import Knots
from planner.kernel.lattice import build_lattice, lattice_within, read_lattice
from planner.kernel.paths import Stops, build_graph
from planner.kernel.shape import reach_polygon
from planner.kernel.snap import snap_points

LIMIT = 720_000


def lattice_of(valley, cell_m=10.0):
    return build_lattice(valley.vertices, valley.edge_start, cell_m=cell_m)


def split(valley, lattice, sites, owner=None):
    field = search_field(valley.graph, sites, towards=True, limit_mm=LIMIT + 20_000)
    owner = np.arange(len(sites.edge)) if owner is None else owner
    return split_polygons(read_lattice(field, lattice), lattice, owner, limit_mm=LIMIT)


@pytest.mark.parametrize("hills", [True, False])
@pytest.mark.parametrize("towards", [True, False])
def test_recall_and_precision_at_ten_metres(towards, hills):
    rng = np.random.default_rng(4)
    valley = on_hills(build_valley(4), rng) if hills else build_valley(4)
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


@pytest.mark.parametrize(("towards", "west"), [(True, 150.0), (False, 200.0)])
def test_a_steep_and_a_level_half_of_one_street_by_hand(towards, west):
    # the half before the middle costs twice its length up to it and one and a half times back
    graph = build_graph([0], [1], 2, [7_500_000], [6_250_000])
    at = [np.array([cost], np.int32) for cost in (5_000_000, 3_750_000)]
    graph = bend_graph(graph, Knots(np.array([0, 1]), np.array([0.5]), *at))
    vertices, edge_start = np.array([[0.0, 0], [5000.0, 0]]), np.array([0, 2])
    lattice = build_lattice(vertices, edge_start, cell_m=5.0, off_street_m=10.0)
    site = Stops(np.array([0], np.int32), np.array([0.5]), np.array([0], np.int32))
    for drawn in (
        site_polygons(graph, lattice, site, limit_mm=300_000, towards=towards)[0],
        reach_polygon(
            graph, vertices, edge_start, site, limit_mm=300_000, towards=towards, cell_m=5.0
        ),
    ):
        low, _, high, _ = drawn.bounds
        assert (low, high) == (pytest.approx(2500 - west, abs=1), pytest.approx(2800, abs=1))


@pytest.mark.parametrize("towards", [True, False])
def test_places_round_the_end_of_a_one_way_street_stand_at_its_node(towards):
    # those north-west of the corner are nearest to the one-way street, which starts or ends there
    ends = ([0, 0], [1, 2]) if towards else ([1, 0], [0, 2])
    graph = build_graph(*ends, 3, [200_000, 200_000], [-1, 200_000])
    east, south = [[0.0, 0], [200, 0]], [[0.0, 0], [0, -200]]
    vertices, edge_start = np.array((east if towards else east[::-1]) + south), np.array([0, 2, 4])
    lattice = build_lattice(vertices, edge_start, cell_m=5.0)
    site = Stops(np.array([1], np.int32), np.array([0.5]), np.array([0], np.int32))
    (polygon,) = site_polygons(graph, lattice, site, limit_mm=160_000, towards=towards)
    corner = np.array([[-20.0, 20], [-30, 30]])
    snap = snap_points(corner, vertices, edge_start, max_m=60.0)
    assert snap.edge.tolist() == [0, 0]
    demand = Stops(snap.edge, snap.share, snap.access_mm)
    _, mm = nearest_site(graph, site, demand, towards=towards)
    assert mm.tolist() == [128_284, 142_426]
    assert shapely.contains_xy(polygon, corner).all()


def test_a_site_attached_to_nothing_is_empty_and_the_others_keep_their_places():
    valley = build_valley(5)
    sites = random_stops(valley.graph, np.random.default_rng(5), 7)
    sites.edge[1] = -1
    lattice = lattice_of(valley, 20.0)
    for drawn in (
        site_polygons(valley.graph, lattice, sites, limit_mm=LIMIT, towards=True),
        split(valley, lattice, sites),
    ):
        assert [polygon.is_empty for polygon in drawn] == [False, True, *[False] * 5]


def test_split_catchments_do_not_overlap_and_hold_those_whose_site_is_nearest():
    rng = np.random.default_rng(6)
    valley = build_valley(6)
    sites = random_stops(valley.graph, rng, 15)
    lattice = lattice_of(valley)
    parted = split(valley, lattice, sites)
    whole = site_polygons(valley.graph, lattice, sites, limit_mm=LIMIT, towards=True)
    assert all(polygon.is_valid for polygon in parted)
    for one, other in itertools.combinations(parted, 2):
        assert shapely.intersection(one, other).area < 1e-6
    assert shapely.coverage_is_valid(parted)  # neighbours share their borders
    merged = shapely.union_all(whole)
    assert shapely.union_all(parted).area >= 0.98 * merged.area
    demand, points = snapped(valley, points_around(valley, rng, 40_000), max_m=25.0)
    site, mm = nearest_site(valley.graph, sites, demand, towards=True)
    reached = (site >= 0) & (mm <= LIMIT)
    holder = np.full(len(points), -1)
    for number, polygon in enumerate(parted):
        holder[shapely.contains_xy(polygon, points)] = number
    assert (holder[reached] == site[reached]).mean() >= 0.97


@pytest.mark.parametrize("wrong", [{"cell_m": 0.0}, {"cell_m": 10.0, "off_street_m": -1.0}])
def test_distances_must_be_positive(wrong):
    valley = build_valley(7)
    with pytest.raises(ValueError, match="above 0"):
        build_lattice(valley.vertices, valley.edge_start, **wrong)


def test_a_lattice_where_streets_are_reached_draws_the_same():
    valley = build_valley(8)
    sites = random_stops(valley.graph, np.random.default_rng(8), 6)
    field = search_field(valley.graph, sites, towards=True, limit_mm=LIMIT)
    whole = lattice_of(valley)
    part = lattice_within(field, whole.grid, sites, cell_m=10.0)
    assert len(part.edge) < len(whole.edge) / 2
    for one, other in zip(
        site_polygons(valley.graph, part, sites, limit_mm=LIMIT, towards=True),
        site_polygons(valley.graph, whole, sites, limit_mm=LIMIT, towards=True),
        strict=True,
    ):
        assert one.equals(other)


def test_several_stops_of_one_site_split_as_one():
    valley = build_valley(9)
    sites = random_stops(valley.graph, np.random.default_rng(9), 6)
    lattice = lattice_of(valley, 20.0)
    alone = split(valley, lattice, sites)
    together = split(valley, lattice, sites, np.array([0, 0, 0, 1, 1, 2]))
    for owner, of in enumerate(([0, 1, 2], [3, 4], [5])):
        whole = shapely.union_all([alone[i] for i in of])
        assert together[owner].area >= whole.area - 1e-6
        assert whole.difference(together[owner]).area < 1e-6


def test_a_worked_split_of_one_street():
    # sites at 300 m and 700 m of a street of 1 km: the border stands in the middle
    graph = build_graph([0], [1], 2, [1_000_000], [1_000_000])
    vertices, edge_start = np.array([[0.0, 0], [1000.0, 0]]), np.array([0, 2])
    lattice = build_lattice(vertices, edge_start, cell_m=10.0)
    sites = Stops(np.zeros(2, np.int32), np.array([0.299, 0.699]), np.zeros(2, np.int32))
    field = search_field(graph, sites, towards=True, limit_mm=620_000)
    west, east = split_polygons(
        read_lattice(field, lattice), lattice, np.arange(2), limit_mm=600_000
    )
    assert west.bounds[2] == east.bounds[0] == pytest.approx(499, abs=10)
    assert west.union(east).geom_type == "Polygon"
    assert west.area == pytest.approx(499 * 120 + np.pi * 60**2 / 2, rel=0.02)
