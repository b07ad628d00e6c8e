"""Shares of every county beside the most people, and what to relax where there is no plan."""

import numpy as np
import pytest
from hypothesis import given, settings
from test_siting_questions_laws import towns
from test_siting_ruled_laws import plans, problem_of

from planner.analysis.ruled import ask_targets, ask_within_rules
from planner.analysis.siting import check_siting
from planner.errors import InfeasibleError, InputError
from planner.model.scenario import Siting

QUICK = settings(max_examples=60, deadline=None)


def shares(weight, times):
    county = np.arange(len(weight)) % 2
    parts = [county == c for c in (0, 1) if weight[county == c].sum() > 0]
    return min(weight[(times >= 1) & part].sum() / weight[part].sum() for part in parts)


def relaxed(error):
    return {f.rule: f.expected for f in error.value.findings if ".relax_" in f.rule}


@QUICK
@given(towns())
def test_most_people_with_a_share_of_every_county(town):
    weight, count = town[2], town[4]
    if not weight.sum():
        return
    one = problem_of(town)
    asked = Siting(new_sites=count, district_target=0.5, time_limit_s=60)
    fit = [weight[t >= 1].sum() for _, t in plans(town) if shares(weight, t) >= 0.5 - 1e-12]
    if fit:
        reply = ask_within_rules(one, asked)
        assert reply.proven
        assert reply.objective == max(fit)
        return
    with pytest.raises(InfeasibleError) as error:
        ask_within_rules(one, asked)
    told = relaxed(error)
    everything = (*town[:4], len(one.candidates))
    possible = [len(r) for r, t in plans(everything) if shares(weight, t) >= 0.5 - 1e-12]
    if not possible:
        assert [f.rule for f in error.value.findings] == ["siting.district_unreached"]
        return
    assert told["siting.relax_new_sites"] == str(min(possible))
    best = max(shares(weight, t) for _, t in plans(town))
    lowered = float(told["siting.relax_district_target"].rstrip("%")) / 100
    assert best - 0.001 - 1e-9 <= lowered <= best + 1e-9


@QUICK
@given(towns())
def test_a_target_that_the_budget_does_not_reach(town):
    weight = town[2]
    one = problem_of(town)
    if not weight.sum():
        return
    everything = (*town[:4], len(one.candidates))
    asked = Siting(
        question="target_share",
        least="cost",
        target=0.8,
        site_cost=2.5,
        budget=2.5,
        new_sites=len(one.candidates),
        time_limit_s=5,
    )
    need = [len(r) for r, t in plans(everything) if weight[t >= 1].sum() >= 0.8 * weight.sum()]
    if need and min(need) <= 1:
        assert ask_targets(one, asked).objective == 2.5 * min(need)
        return
    with pytest.raises(InfeasibleError) as error:
        ask_targets(one, asked)
    told = relaxed(error)
    if need:
        assert float(told["siting.relax_budget"]) == 2.5 * min(need)
    else:
        assert "siting.relax_budget" not in told
    most = max(weight[t >= 1].sum() for r, t in plans(everything) if len(r) <= 1)
    lowered = float(told["siting.relax_target"].rstrip("%")) / 100
    assert most / weight.sum() - 0.001 - 1e-9 <= lowered <= most / weight.sum() + 1e-9


def test_questions_without_a_share_of_counties_say_so():
    town = (np.ones((1, 2)), np.ones((1, 2)), np.ones(2), np.arange(2), 1)
    candidates = problem_of(town).candidates
    for keys in ({"question": "twice"}, {"closable": "all"}):
        with pytest.raises(InputError) as error:
            check_siting(Siting(new_sites=1, district_target=0.5, **keys), candidates)
        assert [f.rule for f in error.value.findings] == ["siting.no_district_target_here"]
