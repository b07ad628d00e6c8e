"""Partial and full set cover, and the frontier, against every possible plan."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from siting_cases import cases, random_case

from planner.kernel.siting.exact import Effort
from planner.kernel.siting.frontier import build_order, trace_frontier
from planner.kernel.siting.target import solve_target


def cheapest(case, target):
    return min((cost for _, cost, value in case.plans() if value >= target), default=None)


def check_target(case, target):
    answer = solve_target(case.merged(), case.cost, target, Effort())
    best = cheapest(case, target)
    assert answer.proven
    if best is None:
        assert answer.rows is None
        assert answer.reach == case.value(range(len(case.cost)))
    else:
        assert answer.cost == answer.bound == best == case.cost[answer.rows].sum()
        assert answer.confirmed
        assert case.value(answer.rows) == answer.reach >= target


@settings(max_examples=250, deadline=None)
@given(cases(), st.floats(0, 1.1))
def test_partial_cover_is_brute_force(case, share):
    check_target(case, np.ceil(share * case.value(range(len(case.cost)))))


@settings(max_examples=250, deadline=None)
@given(cases())
def test_full_cover_is_brute_force(case):
    check_target(case, case.value(range(len(case.cost))))


@pytest.mark.parametrize("costly", [True, False])
def test_cover_of_places_on_a_square_is_brute_force(costly):
    for seed in range(100):
        case = random_case(seed, costly=costly)
        everyone = case.value(range(len(case.cost)))
        check_target(case, np.ceil(everyone * (0.6, 0.8, 0.9, 1.0)[seed % 4]))


def check_frontier(case, frontier):
    for count, rows in enumerate(frontier.plan):
        assert len(rows) <= count
        assert case.value(rows) == frontier.value[count]
        best = case.best(count)
        assert frontier.value[count] <= best <= frontier.bound[count]
    assert (np.diff(frontier.value) >= 0).all()
    assert (np.diff(frontier.bound) >= 0).all()


@settings(max_examples=250, deadline=None)
@given(cases())
def test_every_point_of_the_frontier_is_bounded(case):
    case = case._replace(cost=np.ones(len(case.cost)))
    check_frontier(case, trace_frontier(case.merged(), len(case.cost)))


@settings(max_examples=250, deadline=None)
@given(cases(), st.integers(0, 9))
def test_an_interrupted_frontier_is_bounded_too(case, moment):
    case = case._replace(cost=np.ones(len(case.cost)))
    asked = []
    frontier = trace_frontier(
        case.merged(), len(case.cost), go_on=lambda done: asked.append(done) or len(asked) <= moment
    )
    assert len(frontier.plan) == len(case.cost) + 1
    check_frontier(case, frontier)


@settings(max_examples=100, deadline=None)
@given(cases())
def test_gains_in_build_order_add_up_and_never_grow(case):
    everyone = np.arange(len(case.cost))
    order, gain = build_order(case.merged(), everyone)
    assert sorted(order) == list(everyone)
    assert gain.sum() == case.value(everyone)
    assert (np.diff(gain) <= 0).all()
