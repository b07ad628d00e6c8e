"""Counting on chains equals counting on edges to the millimetre."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import as_dense, assert_same_pairs, oracle_costs
from test_cover_exact import ADVERSARIAL
from valley import build_valley, on_hills, random_stops

from planner.kernel.chains import chain_stops, contract
from planner.kernel.cover import cover_pairs, nearest_site
from planner.kernel.graph import LONGEST_MM, bend_graph, build_graph
from planner.kernel.knots import Knots
from planner.kernel.paths import Stops
from planner.kernel.runs import build_runs, to_csr

QUICK = settings(max_examples=250, deadline=None, derandomize=True)
NO_END = 10**12


def assert_counts_alike(graph, sites, demand, limit):
    chains = contract(graph)
    moved = [chain_stops(chains, graph, stops) for stops in (sites, demand)]
    for towards in (True, False):
        given = {"limit_mm": limit, "towards": towards}
        one, other = (
            cover_pairs(graph, sites, demand, **given),
            cover_pairs(chains.graph, *moved, **given),
        )
        for a, b in zip(one, other, strict=True):
            np.testing.assert_array_equal(a, b)
        runs = build_runs(chains.graph, *moved, **given)
        start, points = to_csr(runs, at_most_bytes=NO_END)
        np.testing.assert_array_equal(start, one[0])
        np.testing.assert_array_equal(points, one[1])
        one, other = (
            nearest_site(graph, sites, demand, towards=towards),
            nearest_site(chains.graph, *moved, towards=towards),
        )
        for a, b in zip(one, other, strict=True):
            np.testing.assert_array_equal(a, b)
    return chains


def check_chains(graph, chains):
    """Assert that chains are what they say: rows of edges with their sums, and no node too many."""
    degree = np.bincount(np.concatenate([graph.tail, graph.head]), minlength=graph.node_count)
    passed = chains.node < 0
    assert (degree[passed] == 2).all()
    assert sorted(chains.node[~passed].tolist()) == list(range(chains.graph.node_count))
    for number in range(len(chains.size)):
        edges = np.flatnonzero(chains.chain == number)
        edges = edges[np.argsort(chains.rank[edges])]
        assert chains.rank[edges].tolist() == list(range(chains.size[number]))
        turned = chains.against[edges]
        begin = np.where(turned, graph.head[edges], graph.tail[edges])
        end = np.where(turned, graph.tail[edges], graph.head[edges])
        assert begin[1:].tolist() == end[:-1].tolist()
        assert passed[begin[1:]].all()
        assert chains.node[begin[0]] == chains.graph.tail[number] >= 0
        assert chains.node[end[-1]] == chains.graph.head[number] >= 0
        for whole, before, (with_it, against) in (
            (chains.graph.forward_mm, chains.forward_before,
             (graph.forward_mm, graph.backward_mm)),
            (chains.graph.backward_mm, chains.backward_before,
             (graph.backward_mm, graph.forward_mm)),
        ):  # fmt: skip
            cost = np.where(turned, against[edges], with_it[edges]).astype(np.int64)
            assert len(set((cost < 0).tolist())) == 1
            if cost[0] < 0:
                assert whole[number] == -1
            else:
                assert before[edges].tolist() == [0, *np.cumsum(cost)[:-1]]
                assert whole[number] == cost.sum()


SPOTS = 5
COST = st.integers(0, 90)
WAYS = st.sampled_from([(True, True), (True, True), (True, False), (False, True), (False, False)])
LINK = st.tuples(COST, COST, st.booleans(), st.integers(0, 9))
ROW = st.tuples(
    st.integers(0, SPOTS - 1),
    st.integers(0, SPOTS - 1),
    WAYS,
    st.lists(LINK, min_size=1, max_size=6),
)
RING = st.tuples(WAYS, st.lists(LINK, min_size=1, max_size=5))
PLACE = st.tuples(st.integers(0, 60), st.integers(0, 8), st.sampled_from([0, 0, 3, 40]))
PLACES = st.lists(PLACE, min_size=1, max_size=7)
LIMIT = st.integers(0, 400)


def network_of(rows, rings, random):
    """Return the graph of streets of many links, and of rings by themselves, in any order."""
    edges, nodes = [], SPOTS
    for tail, head, ways, links in [*rows, *((None, None, *ring) for ring in rings)]:
        inner = list(range(nodes, nodes + len(links) - (tail is not None)))
        nodes += len(inner)
        row = [tail, *inner, head] if tail is not None else [*inner, inner[0]]
        for a, b, (forward, backward, turned, odd) in zip(row[:-1], row[1:], links, strict=True):
            there, back = ways if odd else ways[::-1]  # now and then one link is unlike the others
            link = (a, b, forward if there else -1, backward if back else -1)
            edges.append((link[1], link[0], link[3], link[2]) if turned else link)
    random.shuffle(edges)
    number = list(range(nodes))
    random.shuffle(number)
    tail, head, forward, backward = np.array(edges).T
    number = np.array(number)
    return build_graph(number[tail], number[head], nodes, forward, backward)


def bent(graph, random):
    """Return the graph with a knot or two on some of its edges."""
    start, share, costs = [0], [], ([], [])
    for whole in zip(graph.forward_mm.tolist(), graph.backward_mm.tolist(), strict=True):
        count = random.choice([0, 0, 1, 2])
        share += [0.3, 0.6][:count]
        start.append(len(share))
        for cost, most in zip(costs, whole, strict=True):
            cost.extend(sorted(random.randint(0, max(most, 0)) for _ in range(count)))
    knots = Knots(np.array(start), np.array(share), *(np.array(c, np.int32) for c in costs))
    return bend_graph(graph, knots)


def stops_of(places, edge_count):
    edge, eighth, access = np.array(places, np.int64).T
    return Stops((edge % edge_count).astype(np.int32), eighth / 8, access.astype(np.int32))


@QUICK
@given(
    st.lists(ROW, min_size=1, max_size=5),
    st.lists(RING, max_size=2),
    PLACES,
    PLACES,
    LIMIT,
    st.randoms(use_true_random=False),
)
def test_chains_count_what_edges_count(rows, rings, sites, demand, limit, random):
    graph = bent(network_of(rows, rings, random), random)
    places = (stops_of(places, len(graph.tail)) for places in (sites, demand))
    check_chains(graph, assert_counts_alike(graph, *places, limit))


@QUICK
@given(
    st.lists(ROW, min_size=1, max_size=5),
    st.lists(RING, max_size=2),
    PLACES,
    st.randoms(use_true_random=False),
)
def test_places_keep_their_order_along_a_chain(rows, rings, places, random):
    graph = network_of(rows, rings, random)
    chains = contract(graph)
    stops = stops_of(places, len(graph.tail))
    moved = chain_stops(chains, graph, stops)
    share = np.where(chains.against[stops.edge], 1 - stops.share, stops.share)
    place = chains.rank[stops.edge] + share
    assert moved.edge.tolist() == chains.chain[stops.edge].tolist()
    assert moved.access_mm.tolist() == stops.access_mm.tolist()
    for i in range(len(place)):
        for j in range(len(place)):
            if moved.edge[i] == moved.edge[j]:
                assert (moved.share[i] < moved.share[j]) == (place[i] < place[j])
                if place[i] <= place[j]:
                    assert moved.forward_at[i] <= moved.forward_at[j]
                    assert moved.backward_at[i] <= moved.backward_at[j]


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_adversarial_graphs(name):
    graph, sites, demand, limit, _ = ADVERSARIAL[name]
    assert_counts_alike(graph, sites, demand, limit)


@pytest.mark.parametrize("seed", range(3))
def test_the_valley_counts_alike_and_as_the_oracle(seed):
    rng = np.random.default_rng(seed)
    graph = on_hills(build_valley(seed), rng).graph
    sites, demand = random_stops(graph, rng, 40), random_stops(graph, rng, 600)
    sites.edge[5], demand.edge[7] = -1, -1
    chains = assert_counts_alike(graph, sites, demand, 720_000)
    check_chains(graph, chains)
    assert chains.graph.node_count < 0.9 * graph.node_count
    moved = [chain_stops(chains, graph, stops) for stops in (sites, demand)]
    pairs = cover_pairs(chains.graph, *moved, limit_mm=720_000, towards=True)
    truth = oracle_costs(graph, sites, demand, towards=True)
    assert_same_pairs(as_dense(*pairs, len(demand.edge)), truth, 720_000)


def street_of(*costs):
    """Return the graph of one street of so many links."""
    count = len(costs)
    return build_graph(np.arange(count), np.arange(1, count + 1), count + 1, costs, costs)


def test_a_street_of_three_links_by_hand():
    # 0 -> 1 <- 2 -> 3, the middle link drawn the other way round and uphill against its drawing
    graph = build_graph([0, 2, 2], [1, 1, 3], 4, [10, 20, 40], [10, 25, 40])
    chains = contract(graph)
    assert chains.node.tolist() == [0, -1, -1, 1]
    assert chains.against.tolist() == [False, True, False]
    assert chains.rank.tolist() == [0, 1, 2]
    assert chains.forward_before.tolist() == [0, 10, 35]
    assert chains.backward_before.tolist() == [0, 10, 30]
    assert (chains.graph.forward_mm.tolist(), chains.graph.backward_mm.tolist()) == ([75], [70])
    stops = Stops(np.array([1, 0, 1, -1], np.int32), np.array([0.2, 1, 1, 0]), np.arange(4))
    moved = chain_stops(chains, graph, stops)
    assert moved.edge.tolist() == [0, 0, 0, -1]
    assert moved.access_mm.tolist() == [0, 1, 2, 0]
    assert moved.share[0] == pytest.approx(1.8 / 3)
    assert moved.share[1] == moved.share[2] == 1 / 3  # one place
    assert moved.forward_at.tolist() == [30, 10, 10, -1]
    assert moved.backward_at.tolist() == [26, 10, 10, -1]


@pytest.mark.parametrize(
    ("edges", "nodes"),
    [
        ([(0, 1), (1, 2), (2, 0)], 1),  # a ring: one node stays
        ([(0, 1), (1, 0)], 1),  # two parallel links are a ring as well
        ([(0, 0)], 1),  # a loop
        ([(3, 0), (0, 1), (1, 2), (2, 0)], 2),  # a lollipop: its ring becomes a loop
        ([(0, 1), (0, 1), (0, 2), (1, 3), (2, 4)], 4),  # parallel links between junctions
    ],
)
def test_rings_loops_and_parallel_streets_stay(edges, nodes):
    tail, head = np.array(edges).T
    cost = 10 * np.arange(1, len(edges) + 1)
    graph = build_graph(tail, head, tail.max() + 1 if nodes != 4 else 5, cost, cost)
    chains = contract(graph)
    assert chains.graph.node_count == nodes
    assert chains.graph.forward_mm.sum() == cost.sum()
    check_chains(graph, chains)


def test_links_that_are_walked_differently_are_not_joined():
    tail, head = np.arange(4), np.arange(1, 5)
    chains = contract(build_graph(tail, head, 5, [1, 1, 1, -1], [1, -1, -1, 1]))
    assert chains.size.tolist() == [1, 2, 1]
    assert chains.graph.backward_mm.tolist() == [1, -1, 1]


def test_a_chain_does_not_become_too_long_to_count():
    graph = street_of(*[LONGEST_MM // 3] * 7)
    chains = contract(graph)
    assert chains.size.tolist() == [3, 3, 1]
    check_chains(graph, chains)
    ends = Stops(np.array([0, 6, 3], np.int32), np.array([0.0, 1.0, 0.5]), np.zeros(3, np.int32))
    assert_counts_alike(graph, ends, ends, LONGEST_MM)


def test_nothing_to_join():
    none = np.empty(0, np.int32)
    nobody = Stops(none, np.empty(0), none)
    for graph, nodes in ((street_of(5), [0, 1]), (build_graph(none, none, 2, none, none), [0, 1])):
        chains = contract(graph)
        assert chains.node.tolist() == nodes
        assert len(chains.graph.tail) == len(graph.tail)
        assert len(chain_stops(chains, graph, nobody).edge) == 0
