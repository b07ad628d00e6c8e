"""Every question of siting against brute force on small instances (laws 4 and 5)."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_streets import people_at, sites_at

from planner.analysis.problem import Problem
from planner.analysis.questions import ask_farthest, ask_gradual, ask_shortest, ask_target
from planner.errors import InfeasibleError
from planner.kernel.recasting import runs_from_pairs
from planner.model.coverage import Coverage
from planner.model.scenario import Siting

MOST = 8  # minutes; 9 stands for no way


@st.composite
def towns(draw):
    sites, standing, points = (draw(st.integers(*ends)) for ends in ((1, 6), (0, 2), (1, 7)))
    minute = st.integers(1, 9)
    way = np.array([[draw(minute) for _ in range(points)] for _ in range(sites + standing)])
    weight = np.array([draw(st.integers(0, 9)) for _ in range(points)], float)
    order = np.array(draw(st.permutations(range(points))), np.int32)
    return way[:sites], way[sites:], weight, order, draw(st.integers(0, sites))


def cover(way, minutes, order):
    rows = [np.flatnonzero((row <= minutes) & (row < 9)) for row in way]
    start = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    demand = np.concatenate([*rows, np.empty(0, np.int64)]).astype(np.int32)
    runs = runs_from_pairs(start, demand, order)
    return Coverage(
        site_id=tuple(f"{i:02d}" for i in range(len(way))),
        demand_id=tuple(f"P{i:02d}" for i in range(len(order))),
        limit_min=minutes,
        **runs._asdict(),
    )


def problems(town):
    offers, standing, weight, order, _ = town

    def at_minutes(minutes):
        return Problem(
            existing=cover(standing, minutes, order),
            offered=cover(offers, minutes, order),
            candidates=sites_at(*[(i, 0) for i in range(len(offers))]),
            demand=people_at(*[(i, 0) for i in range(len(weight))], older=weight),
        )

    return at_minutes


def plans(town):
    """Yield every plan of up to so many sites with the minutes of everybody."""
    offers, standing, _, _, count = town
    for rows in combinations(range(len(offers)), count):
        way = np.concatenate([offers[list(rows)], standing, np.full((1, offers.shape[1]), 9)])
        yield rows, way.min(axis=0)


def asked(town, **given):
    return Siting(new_sites=town[4], time_limit_s=60, **given)


@settings(max_examples=60, deadline=None)
@given(towns())
def test_the_least_mean_walk(town):
    weight = town[2]
    if not weight.sum():
        return
    reply = ask_shortest(problems(town), asked(town, question="shortest_walk", farthest_min=MOST))
    best = min(float((weight * np.minimum(way, MOST)).sum()) for _, way in plans(town))
    assert reply.proven
    assert reply.objective == pytest.approx(best / weight.sum())
    assert reply.bound == pytest.approx(reply.objective)


@settings(max_examples=60, deadline=None)
@given(towns())
def test_the_near_count_more(town):
    weight = town[2]
    given_ = {"question": "gradual", "full_min": 3.0, "nothing_min": 7.0}
    reply = ask_gradual(problems(town), asked(town, **given_))

    def value(way):
        return float((weight * np.clip((7 - way) / 4, 0, 1)).sum())

    best = max(value(way) for _, way in plans(town))
    assert reply.proven
    assert reply.objective == pytest.approx(best)
    assert reply.bound == pytest.approx(best)


@settings(max_examples=60, deadline=None)
@given(towns())
def test_the_least_longest_walk(town):
    offers, standing, weight, _, _ = town
    siting = asked(town, question="nobody_far", farthest_min=MOST)
    anyone = np.concatenate([offers, standing]).min(axis=0)
    inside = (weight > 0) & (anyone <= MOST)
    longest = min(way[inside].max(initial=1) for _, way in plans(town))
    if longest > MOST:
        with pytest.raises(InfeasibleError) as error:
            ask_farthest(problems(town), siting)
        assert error.value.findings[0].rule == "siting.too_few_for_all"
        return
    reply = ask_farthest(problems(town), siting)
    assert reply.proven
    assert reply.objective == reply.bound == longest
    assert bool(reply.findings) == bool((weight > 0).sum() - inside.sum())


@settings(max_examples=80, deadline=None)
@given(towns(), st.sampled_from([0.2, 0.5, 0.8, 1.0]))
def test_the_fewest_sites_for_a_share(town, target):
    offers, standing, weight, order, count = town
    if not weight.sum():
        return
    siting = asked(town, question="target_share", target=target)
    needed = None
    for size in range(count + 1):
        smaller = (offers, standing, weight, order, size)
        reach = max(float(weight[way <= 5].sum()) for _, way in plans(smaller))
        if reach >= target * weight.sum() - 1e-9:
            needed = size
            break
    if needed is None:
        with pytest.raises(InfeasibleError) as error:
            ask_target(problems(town)(5), siting)
        (finding,) = error.value.findings
        everyone = (offers, standing, weight, order, len(offers))
        beyond = finding.rule == "siting.target_beyond_all"
        ways = [way for _, way in plans(everyone if beyond else town)]
        reach = max(float(weight[way <= 5].sum()) for way in ways)
        assert finding.expected == f"{reach / weight.sum():.1%}"
        assert beyond or finding.rule == "siting.target_unreached"
        return
    reply = ask_target(problems(town)(5), siting)
    assert reply.objective == reply.bound == needed
    assert reply.proven
