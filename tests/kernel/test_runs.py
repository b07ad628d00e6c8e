"""Runs against pairs: the same sites cover the same points, and the same people."""

import numpy as np
import pytest
from test_cover_exact import ADVERSARIAL
from valley import build_valley, on_hills, random_stops

from planner.kernel import chunks
from planner.kernel import runs as measure
from planner.kernel.cover import cover_pairs
from planner.kernel.paths import Stops, build_graph
from planner.kernel.runs import build_runs, edge_order, row_costs, to_csr

LIMIT = 720_000
NO_END = 10**12


def town(seed=1, sites=60, points=3_000):
    rng = np.random.default_rng(seed)
    valley = build_valley(seed)
    places = random_stops(valley.graph, rng, sites), random_stops(valley.graph, rng, points)
    for stops in places:
        stops.edge[3::17] = -1
    return valley, *places


def assert_same(runs, pairs):
    start, demand = to_csr(runs, at_most_bytes=NO_END)
    np.testing.assert_array_equal(start, pairs[0])
    np.testing.assert_array_equal(demand, pairs[1])


@pytest.mark.parametrize("towards", [True, False])
@pytest.mark.parametrize("limit", [0, 60_000, LIMIT, 2**30])
def test_runs_hold_the_pairs(towards, limit):
    valley, sites, demand = town()
    given = {"limit_mm": limit, "towards": towards}
    pairs = cover_pairs(valley.graph, sites, demand, **given)
    for order_key in (None, edge_order(valley.vertices, valley.edge_start)):
        runs = build_runs(valley.graph, sites, demand, order_key=order_key, **given)
        assert_same(runs, pairs)
        assert (runs.last > runs.first).all()
        row = np.repeat(np.arange(len(sites.edge)), np.diff(runs.row_start))
        apart = runs.first[1:] > runs.last[:-1]
        assert apart[row[1:] == row[:-1]].all(), "runs of a row rise and do not touch"
        assert sorted(runs.order.tolist()) == list(range(len(demand.edge)))


@pytest.mark.parametrize("towards", [True, False])
def test_runs_hold_the_pairs_on_hills(towards):
    valley, sites, demand = town(6)
    graph = on_hills(valley, np.random.default_rng(6)).graph
    for limit in (60_000, LIMIT):
        given = {"limit_mm": limit, "towards": towards}
        runs = build_runs(graph, sites, demand, **given)
        assert_same(runs, cover_pairs(graph, sites, demand, **given))


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_adversarial_graphs(name):
    graph, sites, demand, limit, expected = ADVERSARIAL[name]
    runs = build_runs(graph, sites, demand, limit_mm=limit, towards=True)
    start, points = to_csr(runs, at_most_bytes=NO_END)
    assert points[: start[1]].tolist() == sorted(expected)
    for towards in (True, False):
        given = {"limit_mm": limit, "towards": towards}
        runs = build_runs(graph, sites, demand, **given)
        assert_same(runs, cover_pairs(graph, sites, demand, **given))


@pytest.mark.parametrize("shares", [np.linspace(0, 1, 400), np.full(400, 0.5)])
def test_many_points_on_one_edge(shares):
    graph = build_graph([0, 1], [1, 2], 3, [500_000, 9_000], [400_000, -1])
    rng = np.random.default_rng(2)
    legs = rng.integers(0, 90_000, len(shares)).astype(np.int32)
    edge = np.zeros(len(shares), np.int32)
    edge[::9] = 1
    demand = Stops(edge, rng.permutation(shares), legs)
    sites = Stops(np.array([0, 1, 0], np.int32), np.array([0.3, 1.0, 0.0]), np.zeros(3, np.int32))
    for towards in (True, False):
        for limit in (40_000, 130_000, 300_000):
            given = {"limit_mm": limit, "towards": towards}
            runs = build_runs(graph, sites, demand, **given)
            assert_same(runs, cover_pairs(graph, sites, demand, **given))


def test_whole_streets_are_one_run():
    graph = build_graph([0, 1, 2], [1, 2, 3], 4, [50_000] * 3, [50_000] * 3)
    edge = np.repeat(np.arange(3, dtype=np.int32), 1000)
    demand = Stops(edge, np.tile(np.linspace(0, 1, 1000), 3), np.zeros(3000, np.int32))
    site = Stops(np.zeros(1, np.int32), np.zeros(1), np.zeros(1, np.int32))
    key = np.arange(3)
    runs = build_runs(graph, site, demand, limit_mm=150_000, towards=True, order_key=key)
    assert (runs.first.tolist(), runs.last.tolist()) == ([0], [3000])


def test_threads_chunks_and_little_room_change_nothing(monkeypatch):
    valley, sites, demand = town(3, sites=130)
    given = {"limit_mm": LIMIT, "towards": True}
    whole = build_runs(valley.graph, sites, demand, **given)
    seen = []
    parts = build_runs(
        valley.graph, sites, demand, chunk=17, threads=2,
        progress=lambda done, total: seen.append((done, total)), **given,
    )  # fmt: skip
    attached = int((sites.edge >= 0).sum())
    assert seen == [(min(done, attached), attached) for done in range(17, attached + 17, 17)]
    monkeypatch.setattr(chunks, "_ROOM", 1)
    cramped = build_runs(valley.graph, sites, demand, **given)
    for other in (parts, cramped):
        for a, b in zip(whole, other, strict=True):
            np.testing.assert_array_equal(a, b)


def plain_mask(start, points, rows, n):
    mask = np.zeros(n, np.bool_)
    for row in rows:
        mask[points[start[row] : start[row + 1]]] = True
    return mask


def w_of(start, points, weight, row):
    return weight[points[start[row] : start[row + 1]]].sum()


def test_measures_agree_with_the_pairs():
    valley, sites, demand = town(4)
    rng = np.random.default_rng(4)
    given = {"limit_mm": LIMIT, "towards": True}
    start, points, _ = cover_pairs(valley.graph, sites, demand, **given)
    runs = build_runs(valley.graph, sites, demand, **given)
    count, n = len(sites.edge), len(demand.edge)
    assert measure.pair_count(runs) == len(points)
    weight = rng.integers(0, 90, n).astype(np.float64)
    for rows in ([], [5], [5, 5, 9], rng.permutation(count)[:20], range(count)):
        mask = plain_mask(start, points, rows, n)
        np.testing.assert_array_equal(measure.covered_mask(runs, rows, n), mask)
        np.testing.assert_array_equal(measure.covered_positions(runs, rows), mask[runs.order])
        uneven = rng.random(n)  # the union agrees to the last bit for any weight
        for w in (weight, uneven):
            united = measure.union_weight(runs, rows, w)
            assert united == w[mask].sum()
        gains = [w_of(start, points, np.where(mask, 0.0, weight), row) for row in range(count)]
        np.testing.assert_array_equal(measure.marginal_gains(runs, weight, mask), gains)
        times = sum((plain_mask(start, points, (row,), n).astype(int) for row in rows),
                    np.zeros(n, int))  # fmt: skip
        alone = np.where(times == 1, weight, 0.0)
        losses = [w_of(start, points, alone, row) for row in rows]
        np.testing.assert_array_equal(measure.drop_losses(runs, rows, weight), losses)
        np.testing.assert_array_equal(measure.counts_by_point(runs, rows), times)
    whole = [w_of(start, points, weight, row) for row in range(count)]
    np.testing.assert_array_equal(measure.row_weights(runs, weight), whole)
    np.testing.assert_array_equal(measure.counts_by_point(runs), np.bincount(points, minlength=n))
    value = rng.integers(-9, 9, count).astype(np.float64)
    by_point = np.bincount(points, weights=np.repeat(value, np.diff(start)), minlength=n)
    np.testing.assert_array_equal(measure.sums_by_point(runs, value), by_point)


def test_costs_of_a_row_are_those_of_the_pairs():
    valley, sites, demand = town(5, sites=20)
    given = {"limit_mm": LIMIT, "towards": False}
    start, points, mm = cover_pairs(valley.graph, sites, demand, **given)
    runs = build_runs(valley.graph, sites, demand, **given)
    for row in range(20):
        part = slice(start[row], start[row + 1])
        for known in (None, runs):
            found = row_costs(valley.graph, sites, demand, row, runs=known, **given)
            np.testing.assert_array_equal(found[0], points[part])
            np.testing.assert_array_equal(found[1], mm[part])


def test_pairs_are_written_out_only_where_there_is_room():
    valley, sites, demand = town(6)
    runs = build_runs(valley.graph, sites, demand, limit_mm=LIMIT, towards=True)
    size = measure.csr_size_bytes(runs)
    start, points = to_csr(runs, at_most_bytes=size)
    assert start.nbytes + points.nbytes == size
    with pytest.raises(ValueError, match=f"take {size} bytes; at most {size - 1}"):
        to_csr(runs, at_most_bytes=size - 1)


def test_nothing_to_do():
    graph = build_graph([], [], 0, [], [])
    none = Stops(np.empty(0, np.int32), np.empty(0), np.empty(0, np.int32))
    runs = build_runs(graph, none, none, limit_mm=10, towards=True)
    assert [len(column) for column in runs] == [1, 0, 0, 0]
    assert measure.union_weight(runs, [], np.empty(0)) == 0.0
    assert measure.counts_by_point(runs).tolist() == []


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda runs: measure.covered_mask(runs, [2]), "row 2 is not one of 2 sites"),
        (lambda runs: measure.covered_mask(runs, [-1]), "row -1"),
        (lambda runs: measure.covered_mask(runs, [0], 4), "4 demand points given"),
        (lambda runs: measure.union_weight(runs, [0], np.ones(2)), "2 demand points given"),
        (lambda runs: measure.row_weights(runs, np.ones(4)), "the runs are over 3"),
        (lambda runs: measure.marginal_gains(runs, np.ones(3), np.ones(2, bool)), "2 demand"),
        (lambda runs: measure.drop_losses(runs, [7], np.ones(3)), "row 7"),
        (lambda runs: measure.sums_by_point(runs, np.ones(3)), "one for each site"),
    ],
)
def test_wrong_questions_are_refused(call, words):
    graph = build_graph([0], [1], 2, [100], [100])
    sites = Stops(np.zeros(2, np.int32), np.zeros(2), np.zeros(2, np.int32))
    demand = Stops(np.zeros(3, np.int32), np.zeros(3), np.zeros(3, np.int32))
    runs = build_runs(graph, sites, demand, limit_mm=100, towards=True)
    with pytest.raises(ValueError, match=words):
        call(runs)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"order_key": np.zeros(3, np.int64)}, "order_key has shape"),
        ({"threads": 0}, "threads is 0"),
        ({"chunk": 0}, "chunk is 0"),
        ({"limit_mm": -1}, "limit_mm is -1"),
    ],
)
def test_bad_input_is_refused(change, words):
    graph = build_graph([0], [1], 2, [100], [100])
    stop = Stops(np.zeros(1, np.int32), np.zeros(1), np.zeros(1, np.int32))
    with pytest.raises(ValueError, match=words):
        build_runs(graph, stop, stop, **({"limit_mm": 1, "towards": True} | change))
