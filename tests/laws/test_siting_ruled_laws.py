"""Questions with rules between the sites, against brute force on small towns (law 4)."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from small_streets import people_at, sites_at
from test_siting_questions_laws import cover, towns

from planner.analysis import ruled
from planner.analysis.problem import Problem
from planner.analysis.ruled import (
    ask_capacity,
    ask_districts_in_turn,
    ask_every_variant,
    ask_targets,
    ask_twice,
    ask_within_rules,
    ask_worst_district,
)
from planner.analysis.siting import check_siting
from planner.errors import InfeasibleError, InputError
from planner.kernel.siting.certified import Certified
from planner.model.scenario import Siting

LIMIT = 5
QUICK = settings(max_examples=40, deadline=None)


def problem_of(town, minutes=LIMIT):
    offers, standing, weight, order, _ = town
    return Problem(
        existing=cover(standing, minutes, order),
        offered=cover(offers, minutes, order),
        candidates=sites_at(*[(i, 0) for i in range(len(offers))]),
        demand=people_at(*[(i, 0) for i in range(len(weight))], older=weight),
        xy=np.array([(100.0 * (i % 3), 100.0 * (i // 3)) for i in range(len(offers))]),
        district=tuple(f"21050{2 + i % 2}" for i in range(len(weight))),
    )


def asked(town, question, **given):
    return Siting(new_sites=town[4], question=question, time_limit_s=60, **given)


def plans(town, *, exactly=False):
    """Yield every plan of up to so many sites, and how many sites reach each point."""
    offers, standing, _, _, count = town
    sizes = [count] if exactly else range(count + 1)
    for size in sizes:
        for rows in combinations(range(len(offers)), size):
            yield rows, (offers[list(rows)] <= LIMIT).sum(axis=0) + (standing <= LIMIT).sum(axis=0)


@QUICK
@given(towns())
def test_reached_by_a_second_site(town):
    weight = town[2]
    reply = ask_twice(problem_of(town), asked(town, "twice", second_worth=0.25))
    best = max(
        0.75 * weight[times >= 1].sum() + 0.25 * weight[times >= 2].sum()
        for _, times in plans(town)
    )
    assert reply.proven
    assert reply.objective == pytest.approx(best)
    assert reply.bound >= best - 1e-6


@QUICK
@given(towns(), st.integers(1, 15))
def test_no_site_serves_more_than_it_holds(town, capacity):
    offers, standing, weight, _, _ = town
    reply = ask_capacity(problem_of(town), asked(town, "capacity", people_per_site=capacity))

    def served(rows):
        near = np.concatenate([offers[list(rows)], standing]) <= LIMIT
        pair = np.argwhere(near)
        if not len(pair):
            return 0.0
        by_site = np.equal.outer(np.arange(len(near)), pair[:, 0])
        by_point = np.equal.outer(np.arange(len(weight)), pair[:, 1])
        most = np.concatenate([np.full(len(near), capacity), weight])
        rows_ = np.concatenate([by_site, by_point]).astype(float)
        return -linprog(-np.ones(len(pair)), rows_, most).fun

    best = max(served(rows) for rows, _ in plans(town, exactly=True))
    assert reply.proven
    assert reply.objective == pytest.approx(best, abs=1e-6)
    assert all(row < len(offers) for row in reply.rows)


@QUICK
@given(towns())
def test_the_worst_county_first(town):
    weight = town[2]
    county = np.arange(len(weight)) % 2
    inside = [county == c for c in (0, 1) if weight[county == c].sum() > 0]
    if not inside:
        return
    reply = ask_worst_district(problem_of(town), asked(town, "worst_district"))

    def shares(times):
        return min(weight[(times >= 1) & part].sum() / weight[part].sum() for part in inside)

    best = max(shares(times) for _, times in plans(town))
    assert reply.proven
    assert reply.objective == pytest.approx(best)
    ties = [weight[times >= 1].sum() for _, times in plans(town) if shares(times) >= best - 1e-9]
    offers, standing = town[:2]
    reach = (np.concatenate([offers[reply.rows], standing]) <= LIMIT).any(axis=0)
    assert weight[reach].sum() == max(ties)


@QUICK
@given(towns())
def test_the_counties_in_turn(town):
    weight = town[2]
    county = np.arange(len(weight)) % 2
    inside = [county == c for c in (0, 1) if weight[county == c].sum() > 0]
    if not inside:
        return
    reply = ask_districts_in_turn(problem_of(town), asked(town, "districts_in_turn"))

    def shares(times):
        near = times >= 1
        return sorted(weight[near & part].sum() / weight[part].sum() for part in inside)

    offers, standing = town[:2]
    times = (np.concatenate([offers[reply.rows], standing]) <= LIMIT).sum(axis=0)
    best = max((shares(times) for _, times in plans(town)), key=lambda s: np.round(s, 9).tolist())
    assert reply.proven
    assert shares(times) == pytest.approx(best)
    assert reply.objective == pytest.approx(best[0])


@QUICK
@given(towns())
def test_the_worst_assumption_first(town):
    offers, standing, weight, _, _ = town
    if not weight.sum():
        return
    limits = (3, 5, 7)
    reply = ask_every_variant(
        problem_of(town),
        lambda: {str(limit): problem_of(town, limit) for limit in limits},
        asked(town, "every_variant"),
    )
    best = max(
        min(
            weight[(np.concatenate([offers[list(rows)], standing]) <= limit).any(axis=0)].sum()
            for limit in limits
        )
        for rows, _ in plans(town)
    )
    assert reply.proven
    assert reply.objective == pytest.approx(best / weight.sum())


@QUICK
@given(towns(), st.sampled_from([90.0, 120.0, 150.0, 250.0]))
def test_no_two_new_sites_too_near(town, spacing):
    one = problem_of(town)
    weight = town[2]
    reply = ask_within_rules(one, asked(town, "most_people", min_spacing_m=spacing))

    def apart(rows):
        return all(np.hypot(*(one.xy[a] - one.xy[b])) >= spacing for a, b in combinations(rows, 2))

    best = max(weight[times >= 1].sum() for rows, times in plans(town) if apart(rows))
    assert reply.proven
    assert reply.objective == pytest.approx(best)
    assert apart(reply.rows)


@QUICK
@given(towns(), st.sampled_from([0.3, 0.6, 1.0]), st.sampled_from([0.4, 0.8]))
def test_a_share_of_every_county(town, district, city):
    weight = town[2]
    county = np.arange(len(weight)) % 2
    inside = [county == c for c in (0, 1) if weight[county == c].sum() > 0]
    if not inside:
        return
    siting = asked(town, "target_share", target=city, district_target=district)

    def holds(times):
        reach = times >= 1
        parts = [(part, district) for part in inside] + [(weight >= 0, city)]
        return all(
            weight[reach & part].sum() >= share * weight[part].sum() - 1e-9 for part, share in parts
        )

    sizes = [len(rows) for rows, times in plans(town) if holds(times)]
    if not sizes:
        with pytest.raises(InfeasibleError) as error:
            ask_targets(problem_of(town), siting)
        assert error.value.findings[0].rule in {
            "siting.district_unreached",
            "siting.targets_need_more",
            "siting.no_plan",
        }
        return
    reply = ask_targets(problem_of(town), siting)
    assert reply.proven
    assert reply.objective == min(sizes)


@QUICK
@given(towns(), st.lists(st.integers(1, 9), min_size=6, max_size=6), st.integers(0, 20))
def test_no_plan_costs_more_than_the_budget(town, prices, budget):
    weight = town[2]
    cost = np.array(prices[: len(town[0])], float)
    one = problem_of(town)
    one = replace(one, candidates=replace(one.candidates, cost=cost))
    siting = asked(town, "most_people", budget=budget + 0.5)
    reply = ask_within_rules(one, siting)
    best = max(
        weight[times >= 1].sum() for rows, times in plans(town) if cost[list(rows)].sum() <= budget
    )
    assert reply.proven
    assert reply.objective == pytest.approx(best)
    assert cost[reply.rows].sum() <= budget + 0.5
    assert len(reply.rows) <= town[4]


@QUICK
@given(towns())
def test_sites_that_need_or_exclude_one_another(town):
    if len(town[0]) < 3:
        return
    weight = town[2]
    siting = asked(town, "most_people", at_most_one=(("F00", "F01"),), needs=(("F02", "F00"),))
    reply = ask_within_rules(problem_of(town), siting)

    def keeps(rows):
        return not {0, 1} <= set(rows) and (2 not in rows or 0 in rows)

    best = max(weight[times >= 1].sum() for rows, times in plans(town) if keeps(rows))
    assert reply.proven
    assert reply.objective == pytest.approx(best)
    assert keeps(reply.rows.tolist())


@QUICK
@given(towns(), st.lists(st.integers(1, 9), min_size=6, max_size=6))
def test_the_least_cost_for_a_share(town, prices):
    weight = town[2]
    if not weight.sum():
        return
    cost = np.array(prices[: len(town[0])], float)
    one = problem_of(town)
    one = replace(one, candidates=replace(one.candidates, cost=cost))
    everything = (*town[:4], len(town[0]))
    reach = [
        cost[list(rows)].sum()
        for rows, times in plans(everything)
        if weight[times >= 1].sum() >= 0.5 * weight.sum() - 1e-9
    ]
    siting = asked(everything, "target_share", target=0.5, least="cost")
    if not reach:
        with pytest.raises(InfeasibleError):
            ask_targets(one, siting)
        return
    reply = ask_targets(one, siting)
    assert reply.proven
    assert reply.objective == pytest.approx(min(reach))


def test_questions_that_lack_something_are_refused_all_at_once():
    candidates = sites_at((0, 0), (1, 0))
    siting = Siting(
        new_sites=5, question="gradual", full_min=9, nothing_min=8, budget=3.0,
        at_most_one=(("F00", "F77"),),
    )  # fmt: skip
    with pytest.raises(InputError) as error:
        check_siting(siting, candidates)
    assert {f.rule for f in error.value.findings} == {
        "siting.no_rules_here",
        "siting.no_cost",
        "siting.unknown_candidate",
        "siting.minutes_reversed",
        "siting.too_many",
    }
    for question, rule in (
        ("target_share", "siting.no_target"),
        ("capacity", "siting.no_capacity"),
    ):
        with pytest.raises(InputError) as error:
            check_siting(Siting(new_sites=1, question=question), candidates)
        assert [f.rule for f in error.value.findings] == [rule]
    check_siting(Siting(new_sites=1, budget=2.0, site_cost=1.0), candidates)


@pytest.mark.parametrize("proven", [True, False])
@pytest.mark.parametrize("question", [ask_twice, ask_within_rules, ask_targets])
def test_only_what_is_proven_is_called_impossible(monkeypatch, question, proven):
    none = Certified(None, -np.inf, np.inf, proven=proven, certificate=None)
    for solver in ("solve_certified", "solve_reach", "solve_cheapest"):
        monkeypatch.setattr(ruled, solver, lambda *_: none)
    town = (np.array([[3, 3]]), np.empty((0, 2)), np.ones(2), np.array([0, 1], np.int32), 1)
    siting = asked(town, "target_share", target=0.5)
    with pytest.raises(InfeasibleError if proven else InputError) as error:
        question(problem_of(town), siting)
    rule = "siting.no_plan" if proven else "siting.none_in_time"
    assert error.value.findings[0].rule == rule
