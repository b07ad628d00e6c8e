"""Facilities that may be closed or moved, against brute force on small towns (law 4)."""

from dataclasses import replace
from datetime import date
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_streets import people_at, sites_at
from test_siting_questions_laws import cover

from planner.analysis.closing import ask_closing
from planner.analysis.problem import Problem
from planner.analysis.siting import check_siting, choose_sites
from planner.errors import InfeasibleError, InputError
from planner.model.scenario import Siting
from planner.model.sites import FacilityKind, Sites

QUICK = settings(max_examples=60, deadline=None)


def stations(count):
    return Sites(
        id=tuple(f"F{i}" for i in range(count)),
        name=tuple(f"站{i}" for i in range(count)),
        kind=(FacilityKind.ELDERLY_STATION,) * count,
        community=("",) * count,
        lonlat=np.array([(124.0 + i / 100, 41.3) for i in range(count)]),
        floor_m2=np.full(count, np.nan),
        beds=np.full(count, np.nan),
        nursing_beds=np.full(count, np.nan),
        list_date=date(2020, 1, 1),
    )


def problem_of(standing, offers, weight, cost):
    """Build a problem from tables of who is within reach, facilities and candidates by people."""
    standing, offers = (np.asarray(part, bool) for part in (standing, offers))
    order = np.arange(len(weight), dtype=np.int32)
    near = [cover(np.where(part, 1.0, 9.0), 5, order) for part in (standing, offers)]
    offered = sites_at(*[(i, 0) for i in range(len(offers))])
    count = len(standing)
    facilities = stations(count)
    return Problem(
        existing=replace(near[0], site_id=facilities.id),
        offered=near[1],
        candidates=replace(offered, cost=np.asarray(cost, float)),
        demand=people_at(*[(i, 0) for i in range(len(weight))], older=np.asarray(weight, float)),
        xy=np.array([(100.0 * i, 0.0) for i in range(len(offers))]),
        district=tuple(f"21050{2 + i % 2}" for i in range(len(weight))),
        facilities=facilities,
        facilities_xy=np.array([(100.0 * i, 50.0) for i in range(count)]),
    )


@st.composite
def towns(draw):
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    facilities, sites, points = (int(rng.integers(1, most)) for most in (4, 6, 9))
    near = rng.random((facilities + sites, points)) < rng.uniform(0.2, 0.6)
    weight = rng.integers(1, 30, points)
    cost = rng.integers(5, 60, sites)
    closable = "all" if rng.random() < 0.6 else tuple(
        f"F{i}" for i in range(facilities) if rng.random() < 0.6
    )  # fmt: skip
    keys = {
        "new_sites": int(rng.integers(0, 4)),
        "closable": closable or "all",
        "closing_saves": float(rng.integers(0, 20)),
        "move_cost": float(rng.integers(0, 50)) if rng.random() < 0.7 else None,
        "moves": int(rng.integers(0, 3)) if rng.random() < 0.5 else None,
        "time_limit_s": 60,
    }
    keys["new_sites"] = min(keys["new_sites"], sites)
    budget = float(rng.integers(10, 120)) if rng.random() < 0.7 else None
    return near[:facilities], near[facilities:], weight, cost, keys, budget


def plans(town, limit):
    """Yield (who is reached, least money) of every plan that keeps to the rules, by hand."""
    standing, offers, _, cost, keys, _ = town
    count = len(standing)
    may = range(count) if keys["closable"] == "all" else [int(c[1:]) for c in keys["closable"]]
    closings = [c for n in range(len(may) + 1) for c in combinations(may, n)]
    openings = [o for n in range(len(offers) + 1) for o in combinations(range(len(offers)), n)]
    for closed in closings:
        if keys["moves"] is not None and len(closed) > keys["moves"]:
            continue
        stay = [i for i in range(count) if i not in closed]
        for opened in openings:
            reach = standing[stay].any(axis=0) | offers[list(opened)].any(axis=0)
            money = []
            for n in range(
                min(len(closed), len(opened)) + 1 if keys["move_cost"] is not None else 1
            ):
                if len(opened) - n > keys["new_sites"]:
                    continue
                for moved in combinations(opened, n):
                    new = sum(cost[j] for j in opened if j not in moved)
                    freed = keys["closing_saves"] * (len(closed) - n)
                    money.append(new + n * (keys["move_cost"] or 0) - freed)
            if money and min(money) <= limit + 1e-9:
                yield reach, float(min(money)), closed, opened


def money_of(town, plan):
    """Return what a plan costs, from its own list of sites."""
    cost, keys = town[3], town[4]
    moved = [pick for pick in plan.picks if pick.moved_from]
    new = sum(cost[pick.site] for pick in plan.picks if not pick.moved_from)
    only_closed = [one for one in plan.closed if not one.moved_to]
    assert len(moved) == len(plan.closed) - len(only_closed)
    assert len(plan.picks) - len(moved) <= keys["new_sites"]
    return new + (keys["move_cost"] or 0) * len(moved) - keys["closing_saves"] * len(only_closed)


@QUICK
@given(towns())
def test_most_people_with_facilities_that_may_go(town):
    standing, offers, weight, cost, keys, budget = town
    asked = Siting(question="most_people", budget=budget, frontier=3, **keys)
    problem = problem_of(standing, offers, weight, cost)
    plan, _ = choose_sites(problem, asked)
    limit = np.inf if budget is None else budget
    best = max(weight[reach].sum() for reach, *_ in plans(town, limit))
    assert plan.status == "optimal"
    assert plan.objective == plan.bound == best
    closed = [one.site for one in plan.closed]
    stay = [i for i in range(len(standing)) if i not in closed]
    picked = [pick.site for pick in plan.picks]
    reach = standing[stay].any(axis=0) | offers[picked].any(axis=0)
    assert weight[reach].sum() == best
    assert money_of(town, plan) <= limit + 1e-9
    assert keys["moves"] is None or len(closed) <= keys["moves"]
    base = weight[standing[stay].any(axis=0)].sum()
    assert base + sum(pick.gain for pick in plan.picks) == best
    for one in plan.closed:
        own = standing[one.site]
        assert (one.loses, one.others) == (weight[own & ~reach].sum(), weight[own & reach].sum())


@QUICK
@given(towns(), st.sampled_from([0.3, 0.6, 0.9]))
def test_least_money_for_a_target(town, target):
    standing, offers, weight, cost, keys, _ = town
    asked = Siting(question="target_share", least="cost", target=target, frontier=0, **keys)
    problem = problem_of(standing, offers, weight, cost)
    enough = [m for r, m, *_ in plans(town, np.inf) if weight[r].sum() >= target * weight.sum()]
    if not enough:
        with pytest.raises(InfeasibleError):
            choose_sites(problem, asked)
        return
    plan, _ = choose_sites(problem, asked)
    assert plan.status == "optimal"
    assert plan.objective == pytest.approx(min(enough))
    assert plan.spent == pytest.approx(min(enough))
    assert money_of(town, plan) == pytest.approx(min(enough))


@QUICK
@given(towns())
def test_the_worst_county_with_facilities_that_may_go(town):
    standing, offers, weight, cost, keys, budget = town
    asked = Siting(question="worst_district", budget=budget, **keys)
    problem = problem_of(standing, offers, weight, cost)
    county = np.arange(len(weight)) % 2
    parts = [county == c for c in (0, 1) if (county == c).any()]
    limit = np.inf if budget is None else budget
    levels = [
        (min(weight[r & p].sum() / weight[p].sum() for p in parts), weight[r].sum())
        for r, *_ in plans(town, limit)
    ]
    reply = ask_closing(problem, asked)
    best = max(level for level, _ in levels)
    assert reply.proven
    assert reply.objective == pytest.approx(best)
    stay = [i for i in range(len(standing)) if i not in reply.closed]
    reach = standing[stay].any(axis=0) | offers[reply.rows].any(axis=0)
    assert weight[reach].sum() == max(all_ for level, all_ in levels if level >= best - 1e-9)


def test_a_move_costs_what_the_planner_says():
    # two stations serve the same 10 people; 30 live at candidate 0, which costs 60 to build.
    # closing frees 5; moving costs 20 in all and frees nothing: 20, not 60 - 5 = 55, nor 20 - 5
    problem = problem_of([[1, 0], [1, 0]], [[0, 1]], [10, 30], [60])
    asked = {"new_sites": 1, "closable": "all", "closing_saves": 5, "move_cost": 20, "frontier": 0}
    plan, _ = choose_sites(problem, Siting(budget=20, **asked))
    assert plan.objective == 40
    assert plan.spent == 20
    (pick,), (closed,) = plan.picks, plan.closed
    assert pick.moved_from == closed.id
    assert closed.moved_to == pick.id
    assert pick.cost == 20
    assert (closed.loses, closed.others) == (0, 10)
    # with 19.9 it cannot be paid: the other station may close too and frees 5, but then 10 lose
    plan, _ = choose_sites(problem, Siting(budget=19.9, **asked))
    assert plan.objective == 30
    assert plan.spent == 15
    assert sorted(one.loses for one in plan.closed) == [10, 10]
    # who cannot move builds anew, and closes one station for the 5 that are missing
    del asked["move_cost"]
    plan, _ = choose_sites(problem, Siting(budget=55, **asked))
    assert (plan.objective, plan.spent) == (40, 55)
    assert [one.moved_to for one in plan.closed] == [""]


def test_nothing_goes_where_nothing_is_won():
    problem = problem_of([[1, 0], [1, 0]], [[0, 1]], [10, 30], [60])
    plan, _ = choose_sites(
        problem, Siting(new_sites=1, closable="all", closing_saves=5, move_cost=0, frontier=0)
    )
    assert plan.objective == 40
    assert plan.closed == ()


@pytest.mark.parametrize(
    ("keys", "rule"),
    [
        ({"question": "twice", "closable": "all"}, "siting.no_closing_here"),
        (
            {"question": "target_share", "target": 0.5, "closable": "all"},
            "siting.closing_needs_cost",
        ),
        ({"closable": ("F9",)}, "siting.unknown_facility"),
        ({"move_cost": 20.0}, "siting.nothing_closable"),
    ],
)
def test_what_cannot_be_asked_is_named(keys, rule):
    problem = problem_of([[1, 0]], [[0, 1]], [10, 30], [60])
    with pytest.raises(InputError) as caught:
        check_siting(Siting(new_sites=1, **keys), problem.candidates, problem.facilities)
    assert [finding.rule for finding in caught.value.findings] == [rule]
