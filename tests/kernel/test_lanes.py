"""Sixteen searches at once: nobody's labels depend on the company they are searched in."""

import numpy as np
import pytest
from oracle import oracle_node_costs
from valley import build_valley, random_stops

from planner.kernel import paths
from planner.kernel.order import hilbert_key, walk_order
from planner.kernel.paths import Stops, build_graph, search_labels
from planner.kernel.stops import take_stops

LIMIT = 600_000


def by_row(labels):
    """Return {node: mm} of every row."""
    pairs = zip(labels.node.tolist(), labels.mm.tolist(), strict=True)
    whole = list(pairs)
    rows = zip(labels.first.tolist(), labels.last.tolist(), strict=True)
    return [dict(whole[a:b]) for a, b in rows]


def one_stop(edge, share):
    return Stops(np.array([edge], np.int32), np.array([share]), np.zeros(1, np.int32))


def test_alone_or_together():
    rng = np.random.default_rng(1)
    graph = build_valley(1).graph
    stops = random_stops(graph, rng, 70)
    stops.edge[::9] = -1
    together = search_labels(graph, stops, limit_mm=LIMIT, towards=True)
    rows = by_row(together)
    assert len(together.node) == sum(map(len, rows)), "no node twice"
    for i in range(70):
        one = take_stops(stops, slice(i, i + 1))
        assert by_row(search_labels(graph, one, limit_mm=LIMIT, towards=True)) == [rows[i]]
        assert bool(rows[i]) == (stops.edge[i] >= 0)


def test_threads_give_the_same_bytes(monkeypatch):
    rng = np.random.default_rng(2)
    graph = build_valley(2).graph
    stops = random_stops(graph, rng, 200)
    monkeypatch.setattr(paths, "_CHUNK", 32)
    whole = search_labels(graph, stops, limit_mm=LIMIT, towards=False)
    shared = search_labels(graph, stops, limit_mm=LIMIT, towards=False, threads=3)
    for a, b in zip(whole, shared, strict=True):
        np.testing.assert_array_equal(a, b)
    with pytest.raises(ValueError, match="threads is 0"):
        search_labels(graph, stops, limit_mm=LIMIT, towards=False, threads=0)


def test_room_that_fills_up_and_stops_far_apart(monkeypatch):
    rng = np.random.default_rng(3)
    graph = build_valley(3).graph
    stops = random_stops(graph, rng, 150)
    whole = by_row(search_labels(graph, stops, limit_mm=LIMIT, towards=True))
    monkeypatch.setattr(paths, "_LIKELY", 0)
    assert by_row(search_labels(graph, stops, limit_mm=LIMIT, towards=True)) == whole
    monkeypatch.setattr(paths, "_CHUNK", 3)
    shared = search_labels(graph, stops, limit_mm=LIMIT, towards=True, threads=2)
    assert by_row(shared) == whole


def test_places_of_the_nodes_change_nothing_but_the_order():
    rng = np.random.default_rng(4)
    valley = build_valley(4)
    graph = valley.graph
    xy = np.empty((graph.node_count, 2))
    xy[graph.tail] = valley.vertices[valley.edge_start[:-1]]
    xy[graph.head] = valley.vertices[valley.edge_start[1:] - 1]
    columns = (graph.tail, graph.head, graph.node_count, graph.forward_mm, graph.backward_mm)
    stops = random_stops(graph, rng, 40)
    plain = by_row(search_labels(graph, stops, limit_mm=LIMIT, towards=True))
    for places in (xy, rng.permutation(xy), np.zeros_like(xy)):
        other = build_graph(*columns, places)
        assert by_row(search_labels(other, stops, limit_mm=LIMIT, towards=True)) == plain
    with pytest.raises(ValueError, match="node_xy has shape"):
        build_graph(*columns, xy[:-1])


def test_the_largest_costs_do_not_overflow():
    most = 2**30
    graph = build_graph([0, 1, 2], [1, 2, 3], 4, [most, most, 1], [most, most, 1])
    labels = search_labels(graph, one_stop(0, 1.0), limit_mm=most, towards=True)
    assert by_row(labels) == [{0: most, 1: 0, 2: most}]


def test_a_network_made_to_be_searched_again_and_again():
    """Each node is improved from further on, so that who goes back to it at once never ends.

    Of the ways from node 29 down to node 1 the one through more nodes is always the shorter, and
    64 dead ends between any two keep them apart.
    """
    count = 29
    chain = [
        (j, i, sum(2**k for k in range(i + 1, j)) + 1)
        for j in range(count + 1)
        for i in range(1, j)
    ]
    start = count
    dead_end = count + 1
    edges = []
    for tail, head, mm in chain:
        edges.append((tail, head, mm))
        if tail == start:
            edges += [(start, node, 2**29) for node in range(dead_end, dead_end + 64)]
            dead_end += 64
    edges.append((start, 0, 5))
    tail, head, forward = np.array(edges).T
    backward = np.full(len(edges), -1)
    backward[-1] = 5
    graph = build_graph(tail, head, dead_end, forward, backward)
    stop = one_stop(len(edges) - 1, 0.0)
    (row,) = by_row(search_labels(graph, stop, limit_mm=2**30, towards=False))
    truth = np.rint(oracle_node_costs(graph, stop, towards=False)[0])
    assert row == {i: int(mm) for i, mm in enumerate(truth.tolist()) if mm < np.inf}
    assert row[1] == count - 1


def test_neighbours_stand_together():
    side = np.arange(32.0)
    xy = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2) * 7 - 90
    along = xy[np.argsort(hilbert_key(xy))]
    steps = np.hypot(*np.diff(along, axis=0).T)
    assert (steps == 7).all(), "on a full square the curve goes from neighbour to neighbour"
    assert hilbert_key(np.empty((0, 2))).shape == (0,)
    assert np.argmax(hilbert_key(np.array([[0.0, 1], [np.nan, 0], [5, 5]]))) == 1


def test_a_walk_visits_every_node_once():
    start = np.array([0, 2, 3, 4, 4, 4])
    other = np.array([1, 2, 0, 0], np.int32)
    assert sorted(walk_order(start, other, 5).tolist()) == [0, 1, 2, 3, 4]
    assert walk_order(start, other, 5)[0] == 0
