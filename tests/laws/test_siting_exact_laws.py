"""Exact siting against every possible plan, and never a false proof (law 4)."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from siting_cases import cases, random_case

from planner.kernel.siting import tree as siting_tree
from planner.kernel.siting.bound import Prices, recheck_bound
from planner.kernel.siting.exact import Effort, recheck_proof, solve_cover
from planner.kernel.siting.reduce import find_dominated, find_parts, merge_pairs
from planner.kernel.siting.search import Budget, count_budget, improve_plan, new_state, reached


def check_solved(case, budget, answer):
    best = case.best(budget.limit)
    assert answer.proven
    assert answer.objective == pytest.approx(best, abs=1e-6)
    assert answer.bound == answer.objective
    assert case.value(answer.rows) == pytest.approx(answer.objective, abs=1e-6)
    assert budget.cost[answer.rows].sum() <= budget.limit


@settings(max_examples=300, deadline=None)
@given(cases(), st.integers(0, 8))
def test_counted_sites_are_brute_force_on_any_relation(case, count):
    budget = count_budget(len(case.cost), count)
    case = case._replace(cost=budget.cost)
    check_solved(case, budget, solve_cover(case.merged(), budget, Effort()))


@settings(max_examples=300, deadline=None)
@given(cases(), st.integers(0, 20))
def test_a_budget_is_brute_force_on_any_relation(case, limit):
    budget = Budget(case.cost, float(limit))
    check_solved(case, budget, solve_cover(case.merged(), budget, Effort()))


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("costly", [True, False])
def test_places_on_a_square_are_brute_force(whole, costly):
    for seed in range(150):
        case = random_case(seed, whole=whole, costly=costly)
        limit = float(1 + seed % 4) * (3 if costly else 1)
        budget = Budget(case.cost, limit)
        check_solved(case, budget, solve_cover(case.merged(), budget, Effort()))


@settings(max_examples=300, deadline=None)
@given(cases(), st.integers(0, 20), st.integers(0, 2**32))
def test_any_prices_at_all_bound_every_plan(case, limit, seed):
    rng = np.random.default_rng(seed)
    merged, budget = case.merged(), Budget(case.cost, float(limit))
    share = rng.integers(0, 32_769, len(merged.weight)).astype(float)
    money = (float(rng.random() * 10), 0.0)
    assert recheck_bound(merged, Prices(share, money, 0.0), budget) >= case.best(limit) - 1e-9


@settings(max_examples=200, deadline=None)
@given(cases(), st.integers(0, 8), st.integers(1, 40))
def test_an_interrupted_search_never_claims_too_much(case, count, moment):
    asked = 0

    def go_on(value, bound):
        nonlocal asked
        asked += 1
        return asked < moment

    budget = count_budget(len(case.cost), count)
    case = case._replace(cost=budget.cost)
    answer = solve_cover(case.merged(), budget, Effort(go_on=go_on))
    best = case.best(count)
    assert answer.objective <= best <= answer.bound
    assert answer.objective == case.value(answer.rows)
    if answer.proven:
        assert answer.objective == best


@settings(max_examples=200, deadline=None)
@given(cases(), st.integers(0, 8), st.floats(0.5, 40))
def test_a_proof_of_too_much_is_refused(case, count, too_low):
    budget = count_budget(len(case.cost), count)
    merged = case.merged()
    case = case._replace(cost=budget.cost)
    answer = solve_cover(merged, budget, Effort())
    claimed = answer.proof._replace(target=answer.objective - too_low)
    assert not recheck_proof(merged, budget, claimed)


@settings(max_examples=200, deadline=None)
@given(cases(), st.integers(1, 8))
def test_the_first_plan_keeps_the_greedy_guarantee(case, count):
    merged = case.merged()
    state = new_state(merged, np.ones(len(case.cost)))
    rows = improve_plan(state, float(count), 0, 1)
    best = case._replace(cost=np.ones(len(case.cost))).best(count)
    assert case.value(rows) >= (1 - 1 / np.e) * best - 1e-9
    assert len(rows) <= count


@settings(max_examples=200, deadline=None)
@given(cases(), st.integers(0, 20))
def test_dropping_dominated_candidates_changes_nothing(case, limit):
    out = find_dominated(case.merged(), case.cost)
    kept = max(value for rows, _, value in case.plans(limit) if not out[list(rows)].any())
    assert kept == case.best(limit)


@settings(max_examples=200, deadline=None)
@given(cases())
def test_parts_share_nobody(case):
    merged = case.merged()
    part = find_parts(merged)
    for a, b in zip(merged.start[:-1], merged.start[1:], strict=True):
        assert len(set(part[merged.row[a:b]])) == 1


@settings(max_examples=100, deadline=None)
@given(cases(), st.integers(0, 19))
def test_more_budget_is_never_worse(case, limit):
    merged = case.merged()
    less = solve_cover(merged, Budget(case.cost, float(limit)), Effort())
    more = solve_cover(merged, Budget(case.cost, float(limit + 1)), Effort())
    assert more.objective >= less.objective


def test_a_tree_with_no_room_left_stops_and_claims_nothing(monkeypatch):
    monkeypatch.setattr(siting_tree, "_new_pool", narrow_pool(siting_tree._new_pool, 2))
    rng = np.random.default_rng(3)
    rows = [np.flatnonzero(rng.random(60) < 0.12) for _ in range(30)]
    start = np.concatenate([[0], np.cumsum([len(r) for r in rows])]).astype(np.int64)
    demand = np.concatenate(rows).astype(np.int32)
    weight = rng.integers(1, 30, 60).astype(np.float64)
    merged = merge_pairs(start, demand, weight, np.ones(60, np.bool_))
    budget = count_budget(30, 6)
    nobody = np.empty(0, np.intp)
    stopped = siting_tree.search_tree(
        merged, budget, nobody, (0.0, 1.0), np.zeros(len(merged.weight)), (10**6, lambda *_: True)
    )
    best = max(reached(merged, np.array(plan, np.intp)) for plan in combinations(range(30), 4))
    assert stopped.certificate is None
    assert stopped.value <= stopped.bound
    assert stopped.bound >= best


def narrow_pool(make, room):
    def made(task, share):
        pool = make(task, share)
        return pool._replace(
            state=pool.state[:room], share=pool.share[:room], bound=pool.bound[:room],
            number=pool.number[:room],
        )  # fmt: skip

    return made
