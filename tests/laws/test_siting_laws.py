"""Siting against brute force on small instances (law 4: a result says how far it is proven)."""

from itertools import combinations, pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.kernel.cover import union_weight
from planner.kernel.pick import choose_exact, choose_greedy, merge_points, order_by_gain


@st.composite
def instances(draw):
    sites = draw(st.integers(1, 9))
    points = draw(st.integers(1, 14))
    rows = [
        sorted(draw(st.sets(st.integers(0, points - 1), max_size=points))) for _ in range(sites)
    ]
    start = np.concatenate([[0], np.cumsum([len(r) for r in rows])]).astype(np.int64)
    demand = np.array([j for r in rows for j in r], np.int32)
    weight = np.array(
        draw(st.lists(st.integers(0, 30), min_size=points, max_size=points)), np.float64
    )
    is_open = np.array(draw(st.lists(st.booleans(), min_size=points, max_size=points)), np.bool_)
    count = draw(st.integers(0, sites))
    return start, demand, weight, is_open, count


def best_by_brute_force(start, demand, weight, is_open, count):
    worth = np.where(is_open, weight, 0.0)
    sites = len(start) - 1
    best = 0.0
    for rows in combinations(range(sites), count):
        best = max(best, union_weight(start, demand, np.array(rows, np.intp), worth))
    return best


def solve(start, demand, weight, is_open, count):
    greedy = choose_greedy(start, demand, weight, count, is_open)
    merged = merge_points(start, demand, weight, is_open)
    return greedy, choose_exact(merged, count, greedy, time_limit_s=30.0, gap=0.0)


@settings(max_examples=300, deadline=None)
@given(instances())
def test_exact_is_brute_force_and_greedy_is_within_its_guarantee(instance):
    start, demand, weight, is_open, _ = instance
    greedy, answer = solve(*instance)
    best = best_by_brute_force(*instance)
    worth = np.where(is_open, weight, 0.0)
    assert answer.proven
    assert answer.objective == best == answer.bound
    assert union_weight(start, demand, answer.rows, worth) == best
    assert union_weight(start, demand, greedy, worth) >= (1 - 1 / np.e) * best - 1e-9


@settings(max_examples=100, deadline=None)
@given(instances())
def test_gains_in_build_order_add_up_and_never_grow(instance):
    start, demand, weight, is_open, _ = instance
    rows = np.arange(len(start) - 1, dtype=np.intp)
    order, gain = order_by_gain(start, demand, weight, rows, is_open)
    worth = np.where(is_open, weight, 0.0)
    assert sorted(order) == sorted(rows)
    assert gain.sum() == union_weight(start, demand, rows, worth)
    assert (np.diff(gain) <= 0).all()


@settings(max_examples=100, deadline=None)
@given(instances(), st.randoms(use_true_random=False))
def test_relabelling_points_changes_nothing(instance, random):
    start, demand, weight, is_open, count = instance
    new = list(range(len(weight)))
    random.shuffle(new)
    moved = np.array(new)
    weight_2, open_2 = np.empty_like(weight), np.empty_like(is_open)
    weight_2[moved], open_2[moved] = weight, is_open
    demand_2 = np.concatenate([np.sort(moved[demand[a:b]]) for a, b in pairwise(start)]).astype(
        np.int32
    )
    _, one = solve(start, demand, weight, is_open, count)
    _, other = solve(start, demand_2, weight_2, open_2, count)
    assert one.objective == other.objective


def test_a_stopped_search_claims_no_more_than_is_true():
    rng = np.random.default_rng(5)
    place, site = rng.random((6000, 2)), rng.random((400, 2))
    rows = [np.flatnonzero(np.hypot(*(place - s).T) < 0.06) for s in site]
    start = np.concatenate([[0], np.cumsum([len(r) for r in rows])]).astype(np.int64)
    demand = np.concatenate(rows).astype(np.int32)
    weight = rng.integers(1, 100, len(place)).astype(np.float64)
    everyone = np.ones(len(place), np.bool_)
    greedy = choose_greedy(start, demand, weight, 40, everyone)
    merged = merge_points(start, demand, weight, everyone)
    best = choose_exact(merged, 40, greedy, time_limit_s=60.0, gap=0.0)
    answer = choose_exact(merged, 40, greedy, time_limit_s=1e-6, gap=0.0)
    assert answer.objective <= best.objective <= best.bound
    assert answer.bound >= best.objective
    assert answer.proven == (answer.bound == answer.objective)
    assert answer.objective >= union_weight(start, demand, greedy, weight)
    assert union_weight(start, demand, answer.rows, weight) == answer.objective
