"""Laws of walking coverage on random networks: one-ways, loops, parallel and closed streets."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.kernel.cover import cover_pairs, nearest_site
from planner.kernel.paths import Stops, build_graph, search_labels
from planner.kernel.runs import build_runs, to_csr, union_weight

NODES = 7
COST = st.one_of(st.integers(0, 900), st.sampled_from([-1, 100, 200]))
EDGE = st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1), COST, COST)
EIGHTHS = st.integers(0, 8)
PLACE = st.tuples(st.integers(0, 100), EIGHTHS, st.integers(0, 120))
EDGES = st.lists(EDGE, min_size=1, max_size=12)
PLACES = st.lists(PLACE, min_size=1, max_size=8)
LIMIT = st.integers(0, 1500)
TOWARDS = st.booleans()
QUICK = settings(max_examples=150, deadline=None, derandomize=True)


def graph_of(edges, nodes=NODES):
    tail, head, forward, backward = np.array(edges, np.int64).T
    return build_graph(tail, head, nodes, forward, backward)


def stops_of(places, edge_count):
    edge, eighth, access = np.array(places, np.int64).T
    return Stops((edge % edge_count).astype(np.int32), eighth / 8, access.astype(np.int32))


def covered(edges, sites, demand, limit, *, towards, nodes=NODES):
    """Return {(site, demand): mm}."""
    graph = graph_of(edges, nodes)
    places = (stops_of(places, len(edges)) for places in (sites, demand))
    start, column, mm = cover_pairs(graph, *places, limit_mm=limit, towards=towards)
    row = np.repeat(np.arange(len(start) - 1), np.diff(start))
    return dict(zip(zip(row.tolist(), column.tolist(), strict=True), mm.tolist(), strict=True))


def eightfold(edges):
    """Return costs in multiples of 8, so that every eighth of an edge is a whole millimetre."""
    return [
        (a, b, *(8 * max(cost, 1) if cost >= 0 else -1 for cost in costs)) for a, b, *costs in edges
    ]


@QUICK
@given(EDGES, PLACES, PLACES, LIMIT)
def test_a_symmetric_network_is_reached_symmetrically(edges, sites, demand, limit):
    both_ways = [(a, b, cost, cost) for a, b, cost, _ in edges]
    there = covered(both_ways, sites, demand, limit, towards=True)
    assert there == covered(both_ways, sites, demand, limit, towards=False)
    back = covered(both_ways, demand, sites, limit, towards=True)
    assert there == {(i, j): mm for (j, i), mm in back.items()}


@QUICK
@given(EDGES, PLACES, PLACES, LIMIT, TOWARDS)
def test_swapping_sites_and_demand_turns_the_walk_round(edges, sites, demand, limit, towards):
    there = covered(edges, sites, demand, limit, towards=towards)
    back = covered(edges, demand, sites, limit, towards=not towards)
    assert there == {(i, j): mm for (j, i), mm in back.items()}


@QUICK
@given(EDGES, PLACES, PLACES, LIMIT, st.integers(0, 700), TOWARDS)
def test_more_time_never_loses_anyone(edges, sites, demand, limit, more, towards):
    less = covered(edges, sites, demand, limit, towards=towards)
    longer = covered(edges, sites, demand, limit + more, towards=towards)
    assert less == {pair: mm for pair, mm in longer.items() if mm <= limit}


@QUICK
@given(EDGES, PLACES, PLACES, LIMIT, st.integers(0, 100), TOWARDS)
def test_closing_a_street_never_gains_anyone(edges, sites, demand, limit, which, towards):
    before = covered(edges, sites, demand, limit, towards=towards)
    closed = list(edges)
    closed[which % len(edges)] = (*edges[which % len(edges)][:2], -1, -1)
    after = covered(closed, sites, demand, limit, towards=towards)
    assert set(after) <= set(before)
    assert all(mm >= before[pair] for pair, mm in after.items())


@QUICK
@given(EDGES, PLACES, PLACES, LIMIT, st.integers(0, 100), TOWARDS)
def test_splitting_an_edge_changes_nothing(edges, sites, demand, limit, which, towards):
    edges = eightfold(edges)
    m, split = len(edges), which % len(edges)
    a, b, forward, backward = edges[split]
    halves = [tuple(c // 2 if c > 0 else -1 for c in (forward, backward))] * 2
    pieces = [*edges, (NODES, b, *halves[1])]
    pieces[split] = (a, NODES, *halves[0])

    def moved(places):
        """Keep the place on the ground: the first half is edge `split`, the second is `m`."""
        for edge, eighth, access in places:
            on = edge % m
            if on != split:
                yield on, eighth, access
            else:
                yield (split, 2 * eighth, access) if eighth <= 4 else (m, 2 * eighth - 8, access)

    whole = covered(edges, sites, demand, 8 * limit, towards=towards)
    parted = covered(
        pieces, list(moved(sites)), list(moved(demand)), 8 * limit, towards=towards, nodes=NODES + 1
    )
    assert whole == parted


@QUICK
@given(EDGES, PLACES, PLACES, LIMIT, st.randoms(use_true_random=False), TOWARDS)
def test_renumbering_changes_nothing(edges, sites, demand, limit, random, towards):
    m = len(edges)
    node, street = list(range(NODES)), list(range(m))
    site, point = list(range(len(sites))), list(range(len(demand)))
    for numbers in (node, street, site, point):
        random.shuffle(numbers)
    renamed = [None] * m
    turned = [random.random() < 0.5 for _ in range(m)]
    for i, (a, b, forward, backward) in enumerate(edges):
        ends, costs = (node[a], node[b]), (forward, backward)
        if turned[i]:
            ends, costs = ends[::-1], costs[::-1]
        renamed[street[i]] = (*ends, *costs)

    def moved(places, numbers):
        out = [None] * len(places)
        for i, (edge, eighth, access) in enumerate(places):
            there = 8 - eighth if turned[edge % m] else eighth
            out[numbers[i]] = (street[edge % m], there, access)
        return out

    before = covered(eightfold(edges), sites, demand, 8 * limit, towards=towards)
    after = covered(
        eightfold(renamed), moved(sites, site), moved(demand, point), 8 * limit, towards=towards
    )
    assert after == {(site[i], point[j]): mm for (i, j), mm in before.items()}


@QUICK
@given(EDGES, PLACES, PLACES, TOWARDS)
def test_the_nearest_site_is_the_least_of_all_pairs(edges, sites, demand, towards):
    pairs = covered(edges, sites, demand, 10**6, towards=towards)
    graph = graph_of(edges)
    places = (stops_of(places, len(edges)) for places in (sites, demand))
    site, mm = nearest_site(graph, *places, towards=towards)
    for j in range(len(demand)):
        best = min(((cost, i) for (i, k), cost in pairs.items() if k == j), default=(-1, -1))
        assert (mm[j], site[j]) == best


@QUICK
@given(EDGES, PLACES, PLACES, LIMIT, st.permutations(range(12)), TOWARDS)
def test_runs_cover_whom_the_pairs_cover(edges, sites, demand, limit, keys, towards):
    pairs = covered(edges, sites, demand, limit, towards=towards)
    graph = graph_of(edges)
    places = [stops_of(places, len(edges)) for places in (sites, demand)]
    key = np.array(keys[: len(edges)])
    runs = build_runs(graph, *places, limit_mm=limit, towards=towards, order_key=key)
    start, point = to_csr(runs, at_most_bytes=10**6)
    row = np.repeat(np.arange(len(sites)), np.diff(start))
    assert set(zip(row.tolist(), point.tolist(), strict=True)) == set(pairs)
    weight = np.arange(1.0, len(demand) + 1)
    everybody = sum(weight[j] for j in {j for _, j in pairs})
    assert union_weight(runs, range(len(sites)), weight) == everybody


@QUICK
@given(EDGES, PLACES, LIMIT, TOWARDS)
def test_labels_obey_every_street(edges, places, limit, towards):
    """No street leads to a node more cheaply than its label says, nor is a node forgotten."""
    graph = graph_of(edges)
    labels = search_labels(graph, stops_of(places, len(edges)), limit_mm=limit, towards=towards)
    for first, last in zip(labels.first, labels.last, strict=True):
        node, mm = labels.node[first:last].tolist(), labels.mm[first:last].tolist()
        cost = dict(zip(node, mm, strict=True))
        assert len(cost) == len(node)
        assert all(value <= limit for value in mm)
        for a, b, forward, backward in edges:
            for source, target, length in ((a, b, forward), (b, a, backward)):
                near, far = (target, source) if towards else (source, target)
                if length >= 0 and near in cost and cost[near] + max(length, 1) <= limit:
                    assert cost[far] <= cost[near] + max(length, 1)
