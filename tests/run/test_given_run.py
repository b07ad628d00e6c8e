"""Sites given by hand: evaluated as they are, with the bound of the best of as many."""

import json

import numpy as np
import pytest
from tiny import write_town

import planner
from planner.analysis.provision import build_provision, unit_coverage
from planner.errors import InputError
from planner.report.patterns import TENTHS, pool_patterns
from planner.report.published import publish
from planner.report.whatif import Choice, choice_figures


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    path = write_town(tmp_path_factory.mktemp("given"))
    return path, planner.run_scenario(planner.read_scenario(path))


def given(path, candidates, closed):
    over = path.parent / "over.toml"
    over.write_text(
        f'extends = "tiny.toml"\nname = "over"\n[siting]\nquestion = "given_sites"\n'
        f"given = {json.dumps(candidates)}\nclosed = {json.dumps(closed)}\n",
        encoding="utf-8",
    )
    return planner.read_scenario(over)


def test_the_plan_given_back_is_worth_the_same(town):
    path, best = town
    again = planner.run_scenario(given(path, [best.plan.picks[0].id], []))
    assert again.plan.objective == again.plan.bound == best.plan.objective
    assert again.plan.status == "given"
    assert again.plan.question == "given_sites"
    assert again.walking[0].planned == best.walking[0].planned


def test_a_worse_site_is_told_with_its_gap(town, tmp_path):
    path, best = town
    other = next(code for code in best.candidates.id if code != best.plan.picks[0].id)
    again = planner.run_scenario(given(path, [other], ["F1"]))
    assert again.plan.objective == again.walking[0].planned["city"].covered
    assert again.plan.bound >= again.plan.objective
    assert again.plan.picks[0].id == other
    assert again.plan.closed[0].id == "F1"
    planner.write_outcome(again, tmp_path / "out", language="zh")
    told = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert told["optimality"]["status"] == "given"


def test_nothing_given_is_today(town):
    path, best = town
    again = planner.run_scenario(given(path, [], []))
    assert again.walking[0].planned == best.walking[0].baseline
    assert again.plan.picks == ()


@pytest.mark.parametrize(
    ("candidates", "closed", "rule"),
    [(["nobody"], [], "siting.unknown_candidate"), ([], ["nobody"], "siting.unknown_facility")],
)
def test_unknown_ids_are_refused(town, candidates, closed, rule):
    path, _ = town
    with pytest.raises(InputError) as caught:
        planner.run_scenario(given(path, candidates, closed))
    assert rule in [f.rule for f in caught.value.findings]


def test_closing_what_serves_nobody_on_foot_is_told(town):
    path, best = town
    again = planner.run_scenario(given(path, [best.plan.picks[0].id], ["F2"]))
    assert "siting.closed_serves_nobody" in [f.rule for f in again.findings]
    assert again.walking[0].planned == best.walking[0].planned


def test_given_belongs_to_its_question(town):
    path, _ = town
    scenario = planner.read_scenario(path)
    siting = scenario.siting.model_copy(update={"closed": ("F1",)})
    with pytest.raises(InputError) as caught:
        planner.run_scenario(scenario.model_copy(update={"siting": siting}))
    assert [f.rule for f in caught.value.findings] == ["siting.only_for_given"]


def test_the_page_figures_are_those_of_the_analysis(town):
    _, best = town
    pooled = pool_patterns(best, publish(best))
    assert pooled is not None
    own = best.walking[0]
    for kept, built, told in (
        ([True] * 3, [False], own.baseline),
        ([True] * 3, [True], own.planned),
    ):
        figures = choice_figures(best, pooled, Choice(kept=np.array(kept), built=np.array(built)))
        assert sum(figures.reached.values()) == told["city"].covered * TENTHS
    for gone in range(3):
        kept = np.arange(3) != gone
        figures = choice_figures(best, pooled, Choice(kept=kept, built=np.array([False])))
        facilities = best.facilities.select(np.flatnonzero(kept))
        space = build_provision(best.communities, facilities, best.demand, norm=30.0)
        known, meeting, floor, households = figures.space["city"]
        city = space.summary("city")
        assert (known, meeting, floor, households) == (
            city.known,
            city.meeting,
            city.floor_m2,
            city.households,
        )
        units, _ = unit_coverage(best.communities, facilities, best.communities.list_date)
        assert figures.units["urban"] == (units["urban"].with_facility, units["urban"].units)
    figures = choice_figures(best, pooled, Choice(kept=np.ones(3, bool), built=np.array([True])))
    assert figures.units["urban"] == (2, 2)  # the proposed site counts where it stands
