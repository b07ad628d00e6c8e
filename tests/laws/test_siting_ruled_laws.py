"""Questions with rules between the sites, against brute force on small towns (law 4)."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from small_streets import people_at, sites_at
from test_siting_questions_laws import cover, towns

from planner.analysis.problem import Problem
from planner.analysis.ruled import (
    ask_capacity,
    ask_every_variant,
    ask_spaced,
    ask_targets,
    ask_twice,
    ask_worst_district,
)
from planner.errors import InfeasibleError
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
    reply = ask_spaced(one, asked(town, "most_people", min_spacing_m=spacing))

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
        }
        return
    reply = ask_targets(problem_of(town), siting)
    assert reply.proven
    assert reply.objective == min(sizes)
