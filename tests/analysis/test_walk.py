"""Directions, seasons and paces, by hand."""

import math

import numpy as np
import pytest
from small_streets import SLOPE, degrees, lattice, network_of, walk_on

from planner.analysis.attaching import attach
from planner.analysis.catchment import find_nearest
from planner.analysis.walk import (
    flatten_walk,
    limit_mm,
    pace_of,
    state_assumptions,
    there_and_back,
)
from planner.kernel.route import find_route
from planner.kernel.stops import place_stops
from planner.model.scenario import Walking
from planner.standards import read_standards

HILL = network_of(((0, 0), (100, 0)), heights=[np.array([0.0, 10.0])])
UP = 100 * math.exp(3.5 * 0.15) / math.exp(3.5 * 0.05)
DOWN = 100 * math.exp(3.5 * 0.05) / math.exp(3.5 * 0.05)


def metres(direction):
    """Return what a walk between a site at the top and people at the bottom costs."""
    walk = walk_on(HILL, Walking(direction=direction))
    top, bottom = (attach(walk, degrees([place])) for place in ((100, 0), (0, 0)))
    return find_nearest(walk, top, bottom).mm[0] / 1000


def test_a_round_trip_is_the_mean_of_both_ways():
    assert metres("to_facility") == pytest.approx(UP, abs=1e-3)
    assert metres("from_facility") == pytest.approx(DOWN, abs=1e-3)
    assert metres("round_trip") == pytest.approx((UP + DOWN) / 2, abs=1e-3)


BROW = network_of(((0, 0), (100, 0), (150, 0)), heights=[np.array([0.0, 20.0, 20.0])])


def at_halfway(direction, *, slope=True):
    """Return costs to the middle of 100 m up a fifth and 50 m on the level, from either end."""
    walk = walk_on(BROW, Walking(direction=direction, slope=slope))
    middle = place_stops(walk.graph, attach(walk, degrees([(75, 0)])).stops, leaving=False)
    return [int(column[0]) for column in (middle.forward_at, middle.backward_at)]


def test_a_round_trip_is_the_mean_of_both_ways_also_along_a_street():
    up, down = at_halfway("to_facility")
    assert abs(up - 151_031) <= 1  # 0.75 * 100 m / exp(-0.7)
    assert abs(down - 106_430) <= 1  # 0.75 * 100 m / exp(-0.35)
    assert at_halfway("from_facility") == [up, down]
    mean = at_halfway("round_trip")
    assert mean[0] == mean[1]
    assert abs(mean[0] - (up + down) / 2) <= 1
    assert at_halfway("round_trip", slope=False) == [75_000, 75_000]


def test_a_level_plain_is_no_slope_to_the_bit():
    lines = lattice(4, 3)
    plain = network_of(*lines, heights=[np.full(2, 321.5)] * len(lines))
    sloped, flat = (walk_on(plain, Walking(slope=slope)) for slope in (True, False))
    for a, b in zip(sloped.graph, flat.graph, strict=True):
        for one, other in zip(*(x if isinstance(x, tuple) else (x,) for x in (a, b)), strict=True):
            np.testing.assert_array_equal(one, other)


def test_streets_are_drawn_edge_by_edge_and_counted_from_junction_to_junction():
    walk = walk_on(network_of(((0, 0), (40, 0)), ((40, 0), (90, 0)), ((200, 0), (90, 0))))
    assert (len(walk.graph.tail), len(walk.net.tail)) == (3, 1)
    site, home = (attach(walk, degrees([place])) for place in ((20, 5), (180, 7)))
    nearest = find_nearest(walk, site, home)
    assert nearest.mm.tolist() == [172_000]
    route = find_route(walk.graph, home.stops, site.stops)
    assert (route.mm, route.edge.tolist()) == (172_000, [2, 1, 0])


def test_a_round_trip_needs_both_ways():
    walk = walk_on(network_of(((0, 0), (100, 0)), one_way=[0]), Walking(direction="round_trip"))
    assert walk.graph.forward_mm.tolist() == walk.graph.backward_mm.tolist() == [-1]
    there = there_and_back(np.array([5, 4, -1], np.int32), np.array([6, -1, 3], np.int32))
    assert there.tolist() == [6, -1, -1]  # 5.5 is rounded up


def test_flat_ground_forgets_the_hill_and_keeps_the_direction():
    walk = walk_on(HILL, Walking(direction="to_facility"))
    flat = flatten_walk(walk, SLOPE)
    assert flat.graph.forward_mm.tolist() == flat.graph.backward_mm.tolist() == [100_000]
    assert walk.graph.forward_mm[0] > 100_000
    assert flat.direction == walk.direction


def test_the_season_slows_everybody():
    standards = read_standards()
    usual = pace_of(standards, "slow_elder", Walking())
    winter = pace_of(standards, "slow_elder", Walking(season_factor=0.5))
    assert (usual.speed_mps, winter.speed_mps) == (0.8, 0.4)
    assert usual.limit_mm == 2 * winter.limit_mm == limit_mm(0.8, 15) == 720_000


def test_what_is_not_usual_is_stated():
    assert state_assumptions(Walking()) == ()
    said = state_assumptions(Walking(direction="round_trip", season_factor=0.8))
    assert [(f.rule, f.severity) for f in said] == [
        ("walking.round_trip", "notice"), ("walking.season", "notice"),
    ]  # fmt: skip
