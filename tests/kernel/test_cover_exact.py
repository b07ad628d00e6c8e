"""Covered pairs against the oracle and by hand: 0 differing pairs, the same millimetres."""

import numpy as np
import pytest
from oracle import as_dense, assert_same_pairs, oracle_costs, oracle_node_costs
from valley import build_valley, on_hills, random_stops

from planner.kernel import chunks
from planner.kernel.cover import cover_pairs, nearest_site
from planner.kernel.paths import Stops, build_graph, search_labels, search_nearest

LIMIT = 720_000


def stops(*rows):
    edge, share, access = zip(*rows, strict=True)
    return Stops(np.array(edge, np.int32), np.array(share), np.array(access, np.int32))


def graph_of(*edges):
    """Build a graph from (tail, head, forward_mm, backward_mm)."""
    tail, head, forward, backward = np.array(edges).T
    return build_graph(tail, head, max(tail.max(), head.max()) + 1, forward, backward)


def covered(graph, sites, demand, limit, *, towards=True, **options):
    pairs = cover_pairs(graph, sites, demand, limit_mm=limit, towards=towards, **options)
    return as_dense(*pairs, len(demand.edge))


def check(graph, sites, demand, limit):
    for towards in (True, False):
        truth = oracle_costs(graph, sites, demand, towards=towards)
        found = covered(graph, sites, demand, limit, towards=towards)
        assert_same_pairs(found, truth, limit)
        check_nearest(graph, sites, demand, np.rint(truth), towards)


def check_nearest(graph, sites, demand, truth, towards):
    site, mm = nearest_site(graph, sites, demand, towards=towards)
    reached = np.isfinite(truth).any(axis=0)
    np.testing.assert_array_equal(site, np.where(reached, truth.argmin(axis=0), -1))
    np.testing.assert_array_equal(mm, np.where(reached, truth.min(axis=0), -1))


# name -> graph, sites, demand, limit, pairs expected by hand when people walk towards the site
ADVERSARIAL = {
    "edge longer than twice the limit": (
        graph_of((0, 1, 5_000_000, 5_000_000)),
        stops((0, 0.5, 0)),
        stops((0, 0.4, 0), (0, 0.6, 0), (0, 0.1, 0), (0, 0.501, 99_000)),
        800_000,
        {0: 500_000, 1: 500_000, 3: 104_000},
    ),
    "unreached middle of an edge reached from both ends": (
        graph_of((0, 1, 100_000, 100_000), (0, 2, 400_000, 400_000), (1, 2, 400_000, 400_000),
                 (2, 2, 900_000, 900_000)),
        stops((0, 0.5, 0)),
        stops((3, 0.1, 0), (3, 0.5, 0), (3, 0.9, 0)),
        600_000,
        {0: 540_000, 2: 540_000},
    ),
    "shorter around a loop than along it": (
        graph_of((0, 0, 1_000_000, 1_000_000), (0, 1, 9_000, 9_000)),
        stops((0, 0.1, 0)),
        stops((0, 0.9, 0), (0, 0.5, 0), (1, 1.0, 0)),
        300_000,
        {0: 200_000, 2: 109_000},
    ),
    "parallel edges are two streets": (
        graph_of((0, 1, 300_000, 300_000), (0, 1, 700_000, 700_000), (1, 0, 400_000, 400_000)),
        stops((0, 0.0, 0)),
        stops((1, 0.5, 0), (0, 0.5, 0), (2, 0.25, 0), (1, 1.0, 0)),
        350_000,
        {0: 350_000, 1: 150_000, 2: 300_000, 3: 300_000},
    ),
    "one-way walked the long way round": (
        graph_of((0, 1, 100_000, -1), (1, 2, 100_000, 100_000), (2, 0, 100_000, 100_000)),
        stops((0, 0.5, 0)),
        stops((0, 0.25, 0), (0, 0.75, 0), (0, 0.5, 7)),
        300_000,
        {0: 25_000, 1: 275_000, 2: 7},
    ),
    "zero length": (
        graph_of((0, 1, 0, 0), (1, 2, 0, -1), (2, 3, 10, 10)),
        stops((2, 0.0, 0)),
        stops((0, 0.0, 0), (0, 1.0, 5), (1, 0.0, 0), (2, 1.0, 0)),
        10,
        {0: 2, 1: 6, 2: 1, 3: 10},
    ),
    "islands": (
        graph_of((0, 1, 10_000, 10_000), (2, 3, 10_000, 10_000)),
        stops((0, 0.5, 0), (1, 0.0, 0), (-1, 0.0, 0)),
        stops((0, 0.0, 0), (1, 1.0, 0), (-1, 0.0, 0)),
        900_000,
        {0: 5_000},
    ),
    "exactly on the limit": (
        graph_of((0, 1, 500_000, 500_000), (1, 2, 500_000, 500_000)),
        stops((0, 0.0, 1_000)),
        stops((1, 0.5, 49_000), (1, 0.5, 49_001), (1, 0.6, 0), (0, 0.0, 0)),
        800_000,
        {0: 800_000, 3: 1_000},
    ),
    "closed street": (
        graph_of((0, 1, -1, -1), (1, 2, 100_000, 100_000)),
        stops((0, 0.5, 0)),
        stops((0, 0.5, 10), (0, 0.4, 0), (1, 0.5, 0)),
        500_000,
        {0: 10},
    ),
    "uphill is farther than downhill": (
        graph_of((0, 1, 150_000, 100_000)),
        stops((0, 1.0, 0)),
        stops((0, 0.0, 0), (0, 0.5, 0)),
        120_000,
        {1: 75_000},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_adversarial_graphs(name):
    graph, sites, demand, limit, expected = ADVERSARIAL[name]
    row = covered(graph, sites, demand, limit)[0]
    assert {i: mm for i, mm in enumerate(row.tolist()) if mm < np.inf} == expected
    check(graph, sites, demand, limit)


def test_valley_has_no_differing_pair():
    for seed in range(3):
        rng = np.random.default_rng(seed)
        graph = build_valley(seed).graph
        sites, demand = random_stops(graph, rng, 60), random_stops(graph, rng, 500)
        check(graph, sites, demand, LIMIT)


def test_a_hilly_valley_has_no_differing_pair():
    rng = np.random.default_rng(8)
    graph = on_hills(build_valley(8), rng).graph
    sites, demand = random_stops(graph, rng, 60), random_stops(graph, rng, 500)
    check(graph, sites, demand, LIMIT)


def test_whole_millimetres_are_within_one_of_the_exact_place():
    rng = np.random.default_rng(5)
    graph = build_valley(5).graph
    sites, demand = random_stops(graph, rng, 40), random_stops(graph, rng, 300)
    truth = oracle_costs(graph, sites, demand, towards=True, whole=False)
    found = covered(graph, sites, demand, LIMIT)
    both = np.isfinite(found)
    assert both.sum() > 500
    assert np.abs(found[both] - truth[both]).max() <= 1.0
    assert np.abs(truth[both != (truth <= LIMIT)] - LIMIT).max(initial=0) <= 1.0


def test_node_labels_are_the_distances():
    rng = np.random.default_rng(6)
    graph = build_valley(6).graph
    sites = random_stops(graph, rng, 30)
    for towards in (True, False):
        labels = search_labels(graph, sites, limit_mm=LIMIT, towards=towards)
        truth = oracle_node_costs(graph, sites, towards=towards)
        found = np.full(truth.shape, np.inf)
        for row, (a, b) in enumerate(zip(labels.first, labels.last, strict=True)):
            found[row, labels.node[a:b]] = labels.mm[a:b]
        assert_same_pairs(found, truth, LIMIT)
        stop, mm = search_nearest(graph, sites, towards=towards)
        truth = np.rint(truth)
        reached = np.isfinite(truth).any(axis=0)
        np.testing.assert_array_equal(stop, np.where(reached, truth.argmin(axis=0), -1))
        np.testing.assert_array_equal(mm, np.where(reached, truth.min(axis=0), -1))


def test_ties_go_to_the_smaller_number():
    graph = graph_of((0, 1, 100, 100), (1, 2, 100, 100))
    site, mm = nearest_site(
        graph, stops((1, 1.0, 0), (0, 0.0, 0), (1, 1.0, 0)), stops((0, 1.0, 0)), towards=True
    )
    assert (site.tolist(), mm.tolist()) == ([0], [100])


def test_nearest_within_a_limit():
    graph = graph_of((0, 1, 100, 100))
    demand = stops((0, 0.5, 0), (0, 0.51, 0))
    site, mm = nearest_site(graph, stops((0, 0.0, 0)), demand, towards=True, limit_mm=50)
    assert (site.tolist(), mm.tolist()) == ([0, -1], [50, -1])


def test_chunks_and_small_buffers_change_nothing(monkeypatch):
    rng = np.random.default_rng(7)
    graph = build_valley(7).graph
    sites, demand = random_stops(graph, rng, 50), random_stops(graph, rng, 300)
    whole = cover_pairs(graph, sites, demand, limit_mm=LIMIT, towards=True)
    seen = []
    monkeypatch.setattr(chunks, "_ROOM", 1)
    parts = cover_pairs(
        graph, sites, demand, limit_mm=LIMIT, towards=True, chunk=7,
        progress=lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    for a, b in zip(whole, parts, strict=True):
        np.testing.assert_array_equal(a, b)
    assert seen == [(min(done, 50), 50) for done in range(7, 57, 7)]


def test_progress_can_end_the_work():
    graph = graph_of((0, 1, 100, 100))

    def cancel(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cover_pairs(
            graph, stops((0, 0, 0)), stops((0, 0, 0)), limit_mm=9, towards=True, progress=cancel
        )


def test_nothing_to_do():
    graph = build_graph([], [], 0, [], [])
    none = Stops(np.empty(0, np.int32), np.empty(0), np.empty(0, np.int32))
    start, demand, mm = cover_pairs(graph, none, none, limit_mm=10, towards=True)
    assert (start.tolist(), len(demand), len(mm)) == ([0], 0, 0)
    assert [len(column) for column in nearest_site(graph, none, none, towards=True)] == [0, 0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"limit_mm": -1}, "limit_mm is -1"),
        ({"limit_mm": 2**31}, "limit_mm is 2147483648"),
        ({"chunk": 0}, "chunk is 0"),
        ({"sites": stops((1, 0.5, 0))}, "edge runs from 1 to 1"),
        ({"sites": stops((0, 1.5, 0))}, "share of a stop"),
        ({"demand": stops((0, np.nan, 0))}, "share of a stop"),
        ({"demand": stops((0, 0.5, -4))}, "access_mm runs from -4"),
        ({"demand": Stops(np.zeros(2, np.int32), np.zeros(1), np.zeros(2, np.int32))}, "length"),
        ({"demand": Stops(np.zeros(1), np.zeros(1), np.zeros(1, np.int32))}, "whole numbers"),
    ],
)
def test_bad_input_is_refused(change, words):
    given = {
        "graph": graph_of((0, 1, 100, 100)),
        "sites": stops((0, 0.5, 0)),
        "demand": stops((0, 0.5, 0)),
        "limit_mm": 100,
        "towards": True,
    }
    with pytest.raises(ValueError, match=words):
        cover_pairs(**(given | change))


@pytest.mark.parametrize(
    ("tail", "head", "forward", "backward", "words"),
    [
        ([0], [2], [1], [1], "head runs from 2 to 2"),
        ([0, 1], [1], [1], [1], "differ in length"),
        ([0], [1], [-2], [1], "forward_mm runs from -2"),
        ([0], [1], [1], [2.5], "backward_mm must be whole numbers"),
        ([[0]], [1], [1], [1], "one dimension"),
    ],
)
def test_bad_graphs_are_refused(tail, head, forward, backward, words):
    with pytest.raises(ValueError, match=words):
        build_graph(tail, head, 2, forward, backward)
