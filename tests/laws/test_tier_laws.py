"""Several tiers planned at once, against brute force on small towns (law 4)."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_streets import people_at, sites_at
from test_siting_questions_laws import cover

from planner.analysis.problem import Problem
from planner.analysis.siting import check_siting
from planner.analysis.tiers import choose_tiers, kinds_of_tier, tiers_that_serve
from planner.errors import InputError
from planner.model.scenario import Siting

QUICK = settings(max_examples=60, deadline=None)
KINDS = ("institution", "community_space", "elderly_station")


def problem_of(standing, offers, weight):
    order = np.arange(len(weight), dtype=np.int32)
    near = [cover(np.where(part, 1.0, 9.0), 5, order) for part in (standing, offers)]
    return Problem(
        existing=near[0],
        offered=near[1],
        candidates=sites_at(*[(i, 0) for i in range(len(offers))]),
        demand=people_at(*[(i, 0) for i in range(len(weight))], older=np.asarray(weight, float)),
    )


@st.composite
def networks(draw):
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    tiers, places, points = (int(rng.integers(*ends)) for ends in ((2, 4), (1, 6), (2, 10)))
    offers = rng.random((tiers, places, points)) < rng.uniform(0.2, 0.5)
    standing = rng.random((tiers, 1, points)) < 0.2
    keys = [
        {
            "name": f"T{k}",
            "kinds": (KINDS[k],),
            "new_sites": int(rng.integers(0, places + 1)),
            "weight": float(rng.integers(1, 4)),
            "cost": float(rng.integers(1, 9)),
        }
        for k in range(tiers)
    ]
    budget = float(rng.integers(1, 20)) if rng.random() < 0.5 else None
    weight = rng.integers(1, 30, points)
    return standing, offers, weight, keys, budget, bool(rng.random() < 0.5)


def best_of(network):
    """Return the most that any assignment of tiers to places reaches, and the one of each."""
    standing, offers, weight, keys, budget, lower = network
    tiers, places, _ = offers.shape
    best = 0.0
    for choice in product(range(-1, tiers), repeat=places):
        at = [[i for i in range(places) if choice[i] == k] for k in range(tiers)]
        if any(len(at[k]) > keys[k]["new_sites"] for k in range(tiers)):
            continue
        if budget is not None and sum(keys[k]["cost"] * len(at[k]) for k in range(tiers)) > budget:
            continue
        value = 0.0
        for k in range(tiers):
            serving = [i for rows in at[: k + 1] for i in rows] if lower else at[k]
            reach = standing[k].any(axis=0) | offers[k][serving].any(axis=0)
            value += keys[k]["weight"] * weight[reach].sum()
        best = max(best, value)
    return best


@QUICK
@given(networks())
def test_tiers_reach_what_no_other_plan_exceeds(network):
    standing, offers, weight, keys, budget, lower = network
    problems = [problem_of(*pair, weight) for pair in zip(standing, offers, strict=True)]
    siting = Siting(tiers=keys, serves_lower=lower, budget=budget, time_limit_s=60)
    plan = choose_tiers(problems, siting)
    assert plan.status == "optimal"
    assert plan.objective == plan.bound == best_of(network)
    assert len({pick.site for pick in plan.picks}) == len(plan.picks)  # one tier at a place
    named = [pick.tier for pick in plan.picks]
    assert all(named.count(key["name"]) <= key["new_sites"] for key in keys)
    told = sum(tier.planned * key["weight"] for tier, key in zip(plan.tiers, keys, strict=True))
    assert told == plan.objective
    if budget is not None:
        assert sum(pick.cost for pick in plan.picks) <= budget


def test_a_higher_tier_serves_below_by_hand():
    # place 0 reaches 10 people, place 1 reaches 30; one centre and one station may be built.
    # apart: centre at 1, station at 0, 30 + 10; where the centre is a station too: 30 + 40
    near = np.array([[True, False], [False, True]])
    nobody = np.zeros((1, 2), bool)
    problems = [problem_of(nobody, near, [10, 30])] * 2
    tiers = [
        {"name": "centre", "kinds": ("institution",), "new_sites": 1},
        {"name": "station", "kinds": ("elderly_station",), "new_sites": 1},
    ]
    plan = choose_tiers(problems, Siting(tiers=tiers))
    assert plan.objective == 40
    plan = choose_tiers(problems, Siting(tiers=tiers, serves_lower=True))
    assert plan.objective == 70
    assert [(tier.baseline, tier.planned) for tier in plan.tiers] == [(0, 30), (0, 40)]
    assert [(pick.tier, pick.gain) for pick in plan.picks] == [("centre", 30), ("station", 10)]


def test_which_tiers_count_for_the_walk():
    tiers = [
        {"name": "centre", "kinds": ("institution",), "new_sites": 1},
        {"name": "station", "kinds": ("elderly_station",), "new_sites": 1},
    ]
    together = Siting(tiers=tiers, serves_lower=True)
    # new centres count where centres that stand do
    assert tiers_that_serve(together, ["elderly_station"]) == {"station"}
    assert tiers_that_serve(together, ["institution", "elderly_station"]) == {"centre", "station"}
    assert kinds_of_tier(together, 1) == {"institution", "elderly_station"}


@pytest.mark.parametrize(
    ("keys", "tier", "rules"),
    [
        ({"question": "twice"}, {}, ["siting.tiers_alone"]),
        ({"closable": "all"}, {}, ["siting.tiers_alone"]),
        ({}, {"kinds": ("school",)}, ["siting.unknown_kind"]),
        ({}, {"new_sites": 9}, ["siting.too_many"]),
        ({"budget": 5.0}, {}, ["siting.no_tier_cost"]),
    ],
)
def test_what_cannot_be_asked_is_named(keys, tier, rules):
    one = {"name": "站", "kinds": ("elderly_station",), "new_sites": 1} | tier
    with pytest.raises(InputError) as caught:
        check_siting(Siting(tiers=[one], **keys), replace(sites_at((0, 0), (1, 0)), cost=None))
    assert [finding.rule for finding in caught.value.findings] == rules
