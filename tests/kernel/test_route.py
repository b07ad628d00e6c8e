"""One shortest way: its cost is the oracle's, and its parts add up to it."""

import itertools

import numpy as np
import pytest
from oracle import bent, oracle_costs, place
from valley import build_valley, on_hills, random_stops

from planner.kernel.lines import length_of
from planner.kernel.paths import Stops, build_graph
from planner.kernel.route import find_route, route_line


def one(stops, i):
    return Stops(*(column[i : i + 1] for column in stops))


def stop(edge, share, access=0):
    return Stops(np.array([edge], np.int32), np.array([share]), np.array([access], np.int32))


def cost_of(graph, route):
    """Return the cost of the parts of a route, no access legs, rounded as the kernel does it."""
    total = 0
    for edge, first, last in zip(route.edge, route.first, route.last, strict=True):
        knots = graph.knots
        with_it = last >= first
        mm = int((graph.forward_mm if with_it else graph.backward_mm)[edge])
        assert mm >= 0 or first == last
        corners = bent(knots, knots.forward_at if with_it else knots.backward_at, edge, mm)
        total += abs(place(last, corners, True) - place(first, corners, True))
    return total


@pytest.mark.parametrize("seed", [1, 2])
def test_every_route_costs_what_the_oracle_says_and_hangs_together(seed):
    rng = np.random.default_rng(seed)
    valley = build_valley(seed, rows=5, columns=12)
    valley = on_hills(valley, rng) if seed == 2 else valley
    graph = valley.graph
    starts, goals = (random_stops(graph, rng, 12) for _ in range(2))
    truth = oracle_costs(graph, goals, starts, towards=True)
    found = 0
    for i, j in itertools.product(range(12), range(12)):
        route = find_route(graph, one(starts, j), one(goals, i))
        if route is None:
            assert np.isinf(truth[i, j])
            continue
        found += 1
        legs = int(starts.access_mm[j]) + int(goals.access_mm[i])
        assert route.mm == round(truth[i, j]) == cost_of(graph, route) + legs
        ends = [
            graph.tail[e] if share == 0 else graph.head[e]
            for e, share in zip(route.edge[:-1], route.last[:-1], strict=True)
        ]
        begins = [
            graph.tail[e] if share == 0 else graph.head[e]
            for e, share in zip(route.edge[1:], route.first[1:], strict=True)
        ]
        assert ends == begins
        line = route_line(route, valley.vertices, valley.edge_start)
        assert len(line) == 1 or (np.diff(line, axis=0) != 0).any(axis=1).all()
    assert found > 100


def test_two_stops_on_one_edge_are_joined_along_it_or_round_it():
    # a short street 0-1 of 10 m beside a long one of 100 m
    graph = build_graph([0, 0], [1, 1], 2, [10_000, 100_000], [10_000, 100_000])
    along = find_route(graph, stop(1, 0.2, 5), stop(1, 0.4, 7))
    assert (along.edge.tolist(), along.mm) == ([1], 20_012)
    round_it = find_route(graph, stop(1, 0.1), stop(1, 0.9))
    assert (round_it.edge.tolist(), round_it.mm) == ([1, 0, 1], 30_000)
    assert (round_it.first.tolist(), round_it.last.tolist()) == ([0.1, 0.0, 1.0], [0.0, 1.0, 0.9])


def test_one_way_streets_are_walked_one_way():
    graph = build_graph([0, 1], [1, 0], 2, [1000, 5000], [-1, -1])
    assert find_route(graph, stop(0, 0.0), stop(0, 1.0)).mm == 1000
    assert find_route(graph, stop(0, 1.0), stop(0, 0.0)).mm == 5000


def test_no_way_is_none():
    graph = build_graph([0, 2], [1, 3], 4, [1000, 1000], [1000, 1000])
    assert find_route(graph, stop(0, 0.5), stop(1, 0.5)) is None
    assert find_route(graph, stop(-1, 0.0), stop(1, 0.5)) is None
    assert find_route(graph, stop(0, 0.0), stop(0, 1.0), limit_mm=999) is None
    assert find_route(graph, stop(0, 0.0), stop(0, 1.0), limit_mm=1000).mm == 1000


def test_the_line_of_a_route_follows_the_streets():
    vertices = np.array([[0.0, 0], [50, 0], [50, 50], [50, 50], [150, 50]])
    graph = build_graph([0, 1], [1, 2], 3, [100_000, 100_000], [100_000, 100_000])
    route = find_route(graph, stop(1, 0.5), stop(0, 0.25))
    line = route_line(route, vertices, np.array([0, 3, 5]))
    np.testing.assert_allclose(line, [[100, 50], [50, 50], [50, 0], [25, 0]])
    assert length_of(line) * 1000 == route.mm


def test_several_starts_are_refused():
    graph = build_graph([0], [1], 2, [1000], [1000])
    many = Stops(np.zeros(2, np.int32), np.zeros(2), np.zeros(2, np.int32))
    with pytest.raises(ValueError, match="2 starts"):
        find_route(graph, many, stop(0, 0.5))
