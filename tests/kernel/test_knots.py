"""Costs inside edges: by hand, exact at every vertex, never falling, and even where ground is."""

import math

import numpy as np
import pytest

from planner.kernel.cover import cover_pairs
from planner.kernel.graph import bend_graph, build_graph
from planner.kernel.knots import Knots
from planner.kernel.paths import Stops
from planner.kernel.slope import SlopeModel, flat_equivalent_mm, speed_factor
from planner.kernel.stops import place_stops

TOBLER = SlopeModel(decay=3.5, shift=0.05, cap=0.4, steps_factor=0.5)


def priced(points, heights, edge_start=None, *, steps=(), carried=()):
    """Return what edges cost; all points are of one edge where no starts are given."""
    start = np.array([0, len(points)] if edge_start is None else edge_start, np.int64)
    kinds = np.zeros((2, len(start) - 1), np.bool_)
    kinds[0, list(steps)] = kinds[1, list(carried)] = True
    heights = None if heights is None else np.array(heights, np.float64)
    return flat_equivalent_mm(np.array(points, np.float64), start, heights, tuple(kinds), TOBLER)


def street(cost):
    """Return the graph of one street that is priced."""
    return bend_graph(build_graph([0], [1], 2, cost.forward_mm, cost.backward_mm), cost.knots)


def stops_at(*shares):
    k = len(shares)
    return Stops(np.zeros(k, np.int32), np.array(shares, np.float64), np.zeros(k, np.int32))


# 100 m up by 20 m, then 50 m on the level:
#   up       exp(-3.5 * 0.25) / exp(-3.5 * 0.05) = exp(-0.7)  = 0.496585: 100 m cost 201.375 m
#   down     exp(-3.5 * 0.15) / exp(-3.5 * 0.05) = exp(-0.35) = 0.704688: 100 m cost 141.907 m
STEEP_THEN_LEVEL = priced([[0, 0], [100, 0], [150, 0]], [0, 20, 20])


def test_a_steep_and_a_level_stretch_by_hand():
    cost = STEEP_THEN_LEVEL
    assert (cost.forward_mm.tolist(), cost.backward_mm.tolist()) == ([251_375], [191_907])
    assert cost.knots.start.tolist() == [0, 1]
    assert cost.knots.share.tolist() == [100 / 150]
    assert cost.knots.forward_at.tolist() == [201_375]
    assert cost.knots.backward_at.tolist() == [141_907]


def test_a_stop_in_the_middle_by_hand():
    # halfway, at 75 m, three quarters of the steep stretch are behind: 0.75 * 201.375 = 151.031 m
    # up to here and 0.75 * 141.907 = 106.430 m back down; by length they would be 125.7 and 96.0
    graph, middle = street(STEEP_THEN_LEVEL), stops_at(0.5)
    up, down = place_stops(graph, middle, leaving=False), place_stops(graph, middle, leaving=True)
    assert (up.forward_at.tolist(), up.backward_at.tolist()) == ([151_031], [106_430])
    assert (up.tail_mm.tolist(), up.head_mm.tolist()) == ([151_031], [191_907 - 106_430])
    assert (down.tail_mm.tolist(), down.head_mm.tolist()) == ([106_430], [251_375 - 151_031])
    # from 75 m on to 125 m: 25 m up, 25 m level; and back
    beyond = stops_at(125 / 150)
    _, _, there = cover_pairs(graph, beyond, middle, limit_mm=10**6, towards=True)
    _, _, back = cover_pairs(graph, middle, beyond, limit_mm=10**6, towards=True)
    assert there.tolist() == [201_375 + 25_000 - 151_031]
    assert back.tolist() == [141_907 + 25_000 - 106_430]


def ridge(seed, count=40):
    """Return the points and heights of one long street over hills."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(1, 60, (count, 2)).cumsum(axis=0)
    points[7] = points[6]  # a point drawn twice
    return points, rng.uniform(-9, 9, count).cumsum()


@pytest.mark.parametrize("seed", range(4))
def test_costs_are_exact_at_every_vertex_and_end_with_the_edge(seed):
    points, heights = ridge(seed)
    cost = priced(points, heights)
    length = np.hypot(*np.diff(points, axis=0).T)
    run = np.concatenate([[0], length.cumsum()])
    rise = np.divide(np.diff(heights), length, out=np.zeros(len(length)), where=length > 0)
    placed = place_stops(street(cost), stops_at(*(run / run[-1])), leaving=True)
    for found, whole, slope in (
        (placed.forward_at, cost.forward_mm, rise),
        (placed.backward_at, cost.backward_mm, -rise),
    ):
        exact = np.concatenate([[0], (length / speed_factor(slope, TOBLER)).cumsum()]) * 1000
        assert np.abs(found - exact).max() <= 0.5 + 1e-6
        assert (found[0], found[-1]) == (0, whole[0])


@pytest.mark.parametrize("seed", range(4))
def test_costs_never_fall_along_an_edge_and_lie_between_the_vertices(seed):
    graph = street(priced(*ridge(seed)))
    knots = graph.knots
    share = np.sort(np.concatenate([np.linspace(0, 1, 5001), knots.share]))
    placed = place_stops(graph, stops_at(*share), leaving=True)
    for found, at, whole in (
        (placed.forward_at, knots.forward_at, graph.forward_mm),
        (placed.backward_at, knots.backward_at, graph.backward_mm),
    ):
        assert (np.diff(found) >= 0).all()
        exact = np.interp(share, [0, *knots.share, 1], [0, *at, whole[0]])
        assert np.abs(found - exact).max() <= 0.5 + 1e-6


@pytest.mark.parametrize("height", [123.4, math.nan])
def test_level_and_unknown_ground_is_no_slope_to_the_bit(height):
    points, _ = ridge(9)
    cost, flat = priced(points, np.full(len(points), height)), priced(points, None)
    assert len(cost.knots.share) == len(flat.knots.share) == 0
    share = np.random.default_rng(9).random(2000)
    for a, b in zip(
        place_stops(street(cost), stops_at(*share), leaving=True),
        place_stops(street(flat), stops_at(*share), leaving=True),
        strict=True,
    ):
        np.testing.assert_array_equal(a, b)
    by_share = place_stops(street(flat), stops_at(*share), leaving=True).forward_at
    np.testing.assert_array_equal(by_share, np.rint(share * flat.forward_mm[0]))


def test_steps_and_bridges_cost_evenly_from_end_to_end():
    points, heights = ridge(5)
    for kinds in ({"steps": [0]}, {"carried": [0]}):
        assert len(priced(points, heights, **kinds).knots.share) == 0


def test_knots_stay_on_their_own_edges():
    bend = [[0, 0], [100, 0], [150, 0]]
    cost = priced(
        [*bend, [900, 0], [950, 0], *bend, *bend],
        [0, 20, 20, 500, 500, 7, 7, 7, 20, 20, 0],
        [0, 3, 5, 8, 11],
    )
    assert cost.knots.start.tolist() == [0, 1, 1, 1, 2]
    assert cost.knots.forward_at.tolist() == [201_375, 100_000]
    assert cost.knots.backward_at.tolist() == [141_907, 100_000]


def test_a_stop_at_an_end_stands_at_the_node():
    # 0 -> 1 is one-way; from its tail one walks on along 0 - 2, although nobody walks back to it
    graph = build_graph([0, 0], [1, 2], 3, [9_000, 5_000], [-1, 5_000])
    ends = stops_at(0.0, 1.0)
    leaving, arriving = (place_stops(graph, ends, leaving=way) for way in (True, False))
    assert leaving.tail_mm[0] == leaving.head_mm[1] == 0
    assert arriving.tail_mm[0] == arriving.head_mm[1] == 0
    beside = Stops(np.array([1], np.int32), np.array([0.4]), np.array([30], np.int32))
    _, _, mm = cover_pairs(graph, beside, stops_at(0.0), limit_mm=10_000, towards=True)
    assert mm.tolist() == [2_030]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"start": np.array([0, 1])}, "do not fit"),
        ({"start": np.array([0, 2])}, "do not fit"),
        ({"forward_at": np.array([1], np.int32)}, "do not fit"),
        ({"share": np.array([0.6, 0.5])}, "do not rise"),
        ({"share": np.array([0.0, 0.5])}, "do not rise"),
        ({"share": np.array([0.5, 1.0])}, "do not rise"),
        ({"forward_at": np.array([50, 40], np.int32)}, "falls"),
        ({"forward_at": np.array([50, 101], np.int32)}, "falls"),
    ],
)
def test_knots_that_do_not_fit_are_refused(change, words):
    at = np.array([40, 50], np.int32)
    knots = Knots(np.array([0, 2, 2]), np.array([0.3, 0.6]), at, at * 9)  # backward is closed
    graph = build_graph([0, 1], [1, 2], 3, [100, 100], [-1, 100])
    assert bend_graph(graph, knots).knots is knots
    with pytest.raises(ValueError, match=words):
        bend_graph(graph, knots._replace(**change))
