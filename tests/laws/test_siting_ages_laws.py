"""Weights by age and the people of other years, against brute force on small towns (law 4)."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_streets import people_at
from test_siting_questions_laws import towns
from test_siting_ruled_laws import LIMIT, asked, plans, problem_of

from planner.analysis.ages import check_years, worth_by_age
from planner.analysis.ruled import ask_every_variant
from planner.analysis.siting import choose_sites
from planner.errors import InputError
from planner.model.scenario import Siting

QUICK = settings(max_examples=25, deadline=None)
WEIGHTS = st.sampled_from([0.0, 0.1, 1.0, 1.5, 3.0])


def plan_of(town, worth=None):
    question = asked(town, "most_people", frontier=2)
    return choose_sites(replace(problem_of(town), worth=worth), question)[0]


@QUICK
@given(towns(), st.data())
def test_most_weighted_people_told_in_people(town, data):
    offers, standing, people, _, _ = town
    factor = np.array([data.draw(WEIGHTS) for _ in people])
    plan = plan_of(town, people * factor)
    best = max((people * factor)[times >= 1].sum() for _, times in plans(town))
    assert plan.objective == pytest.approx(best)
    assert plan.bound >= best - 1e-6
    rows = [pick.site for pick in plan.picks]
    near = np.concatenate([offers[rows], standing]) <= LIMIT
    today = people[(standing <= LIMIT).any(axis=0)].sum()
    reached = people[near.any(axis=0)].sum()
    assert sum(pick.gain for pick in plan.picks) == pytest.approx(reached - today)
    for point in plan.frontier:  # the curve of coverage is in people
        assert point.nested is None or point.nested <= point.bound + 1e-6


@QUICK
@given(towns())
def test_equal_weights_change_nothing(town):
    people = town[2]
    plain, same, thrice = plan_of(town), plan_of(town, people), plan_of(town, 3 * people)
    assert same == plain
    assert thrice.objective == pytest.approx(3 * plain.objective)


@QUICK
@given(towns(), st.data())
def test_the_worst_year_is_lifted(town, data):
    offers, standing, people, _, _ = town
    later = np.array([data.draw(st.integers(1, 9)) for _ in people], float)
    if not people.sum():
        return
    now = problem_of(town)
    demand = replace(now.demand, projected=((2035, later),)).in_year(2035)
    reply = ask_every_variant(
        now, lambda: {"": now, "2035": replace(now, demand=demand)}, asked(town, "every_variant")
    )
    best = max(
        min(
            one[(np.concatenate([offers[list(rows)], standing]) <= LIMIT).any(axis=0)].sum()
            / one.sum()
            for one in (people, later)
        )
        for rows, _ in plans(town)
    )
    assert reply.objective == pytest.approx(best)


def crowd(**columns):
    arrays = {key: np.array(value, float) for key, value in columns.items()}
    return replace(people_at((0, 0), (1, 0), older=np.array([10.0, 8.0])), **arrays)


def test_every_band_counts_as_asked():
    demand = crowd(older_65=[6, np.nan], older_80=[2, 1])
    asked_ = Siting(age_weights={"60": 1.0, "65": 1.5, "80": 3.0})
    assert worth_by_age(demand, asked_).tolist() == [4 + 6 + 6, 7 + 3]


def test_a_missing_band_is_folded_into_the_younger():
    demand = crowd(older_80=[2, 1])
    assert worth_by_age(demand, Siting(age_weights={"80": 3.0})).tolist() == [14, 10]
    assert worth_by_age(demand, Siting(age_weights={})) is None
    assert worth_by_age(demand, Siting(age_weights={"60": 1.0, "80": 1.0})) is None


@pytest.mark.parametrize(
    ("given_", "rule"),
    [
        ({"age_weights": {"80": 2.0}}, "siting.no_age_column"),
        ({"age_weights": {"60": 2.0}, "question": "every_variant"}, "siting.no_weights_here"),
    ],
)
def test_weights_that_cannot_be_kept_are_refused(given_, rule):
    with pytest.raises(InputError) as caught:
        worth_by_age(crowd(), Siting(**given_))
    assert [f.rule for f in caught.value.findings] == [rule]


def test_a_year_nobody_projected_is_refused():
    demand = replace(crowd(), projected=((2035, np.array([1.0, 2.0])),))
    assert check_years(demand, Siting(variants=("slow", "2035"))) == (2035,)
    with pytest.raises(InputError) as caught:
        check_years(demand, Siting(variants=("2030",)))
    assert [f.rule for f in caught.value.findings] == ["siting.no_year_column"]
