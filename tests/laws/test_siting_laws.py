"""Siting against brute force on small instances (law 4: a result says how far it is proven)."""

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.kernel.pick import choose_exact, choose_greedy, order_by_gain
from planner.kernel.runs import runs_from_pairs, union_weight
from planner.kernel.siting.exact import Effort
from planner.kernel.siting.reduce import merge_runs


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
    order = np.array(draw(st.permutations(range(points))), np.int32)
    return runs_from_pairs(start, demand, order), weight, is_open, count


def best_by_brute_force(runs, weight, is_open, count):
    worth = np.where(is_open, weight, 0.0)
    sites = len(runs.row_start) - 1
    return max(union_weight(runs, rows, worth) for rows in combinations(range(sites), count))


def solve(runs, weight, is_open, count):
    greedy = choose_greedy(runs, weight, count, is_open)
    merged = merge_runs(runs, weight, is_open)
    return greedy, choose_exact(merged, count, greedy, Effort(30.0))


@settings(max_examples=300, deadline=None)
@given(instances())
def test_exact_is_brute_force_and_greedy_is_within_its_guarantee(instance):
    runs, weight, is_open, _ = instance
    greedy, answer = solve(*instance)
    best = best_by_brute_force(*instance)
    worth = np.where(is_open, weight, 0.0)
    assert answer.proven
    assert answer.objective == best == answer.bound
    assert union_weight(runs, answer.rows, worth) == best
    assert union_weight(runs, greedy, worth) >= (1 - 1 / np.e) * best - 1e-9


@settings(max_examples=100, deadline=None)
@given(instances())
def test_gains_in_build_order_add_up_and_never_grow(instance):
    runs, weight, is_open, _ = instance
    rows = np.arange(len(runs.row_start) - 1, dtype=np.intp)
    order, gain = order_by_gain(runs, weight, rows, is_open)
    worth = np.where(is_open, weight, 0.0)
    assert sorted(order) == sorted(rows)
    assert gain.sum() == union_weight(runs, rows, worth)
    assert (np.diff(gain) <= 0).all()


@settings(max_examples=100, deadline=None)
@given(instances(), st.randoms(use_true_random=False))
def test_relabelling_points_changes_nothing(instance, random):
    runs, weight, is_open, count = instance
    new = list(range(len(weight)))
    random.shuffle(new)
    moved = np.array(new)
    weight_2, open_2 = np.empty_like(weight), np.empty_like(is_open)
    weight_2[moved], open_2[moved] = weight, is_open
    _, one = solve(runs, weight, is_open, count)
    renamed = runs._replace(order=moved[runs.order].astype(np.int32))
    _, other = solve(renamed, weight_2, open_2, count)
    assert one.objective == other.objective


def test_a_stopped_search_claims_no_more_than_is_true():
    rng = np.random.default_rng(5)
    place, site = rng.random((6000, 2)), rng.random((400, 2))
    rows = [np.flatnonzero(np.hypot(*(place - s).T) < 0.06) for s in site]
    start = np.concatenate([[0], np.cumsum([len(r) for r in rows])]).astype(np.int64)
    demand = np.concatenate(rows).astype(np.int32)
    weight = rng.integers(1, 100, len(place)).astype(np.float64)
    everyone = np.ones(len(place), np.bool_)
    runs = runs_from_pairs(start, demand, np.arange(len(place), dtype=np.int32))
    greedy = choose_greedy(runs, weight, 40, everyone)
    merged = merge_runs(runs, weight, everyone)
    best = choose_exact(merged, 40, greedy, Effort(60.0))
    answer = choose_exact(merged, 40, greedy, Effort(1e-6))
    assert answer.objective <= best.objective <= best.bound
    assert answer.bound >= best.objective
    assert answer.proven == (answer.bound == answer.objective)
    assert answer.objective >= union_weight(runs, greedy, weight)
    assert union_weight(runs, answer.rows, weight) == answer.objective
