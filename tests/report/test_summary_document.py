"""summary.json obeys its schema and tells the outcome."""

import json
from dataclasses import replace

import jsonschema
import numpy as np
import pytest
from full_outcome import full_outcome
from small_outcome import COUNTIES, small_outcome

from planner.model.plan import PlanStatus
from planner.report.summary import check_summary, number, summary_document, summary_schema


@pytest.fixture(scope="module")
def outcome():
    return small_outcome()


@pytest.fixture(scope="module")
def document(outcome):
    return summary_document(outcome)


def test_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(summary_schema())


def test_document_obeys_and_survives_json(document):
    text = json.dumps(document, allow_nan=False)
    check_summary(json.loads(text))


def test_keys_of_the_contract(document):
    contract = [
        "scenario",
        "walking_coverage",
        "unit_coverage",
        "space_ratio",
        "proposed_sites",
        "closed",
        "tiers",
        "frontier",
        "variants",
        "optimality",
        "indicators",
        "findings",
        "seconds",
    ]
    assert [key for key in document if key != "about"] == contract
    assert document["scenario"] == "small"
    assert set(document["walking_coverage"]["baseline"]) == {"city", *COUNTIES}
    assert set(document["unit_coverage"]) == {"urban", "rural"}
    assert document["findings"] == {"error": 0, "warning": 1, "notice": 1}
    assert list(document["proposed_sites"][0]) == [
        "id",
        "name",
        "lon",
        "lat",
        "order",
        "gain",
        "cumulative_share",
        "way",
        "year",
        "cost",
        "moved_from",
        "tier",
        "lost_if_dropped",
        "next_best",
        "chosen_in",
        "where",
        "where_more",
    ]
    assert document["proposed_sites"][0]["next_best"]["change"] == -90
    assert document["variants"][0]["held"] == 0.55


def test_numbers_are_those_of_the_outcome(outcome, document):
    walking = outcome.walking[0]
    for state, told in (("baseline", walking.baseline), ("planned", walking.planned)):
        for key, share in told.items():
            written = document["walking_coverage"][state][key]
            assert written["covered"] == share.covered
            assert written["total"] == share.total
            assert written["share"] == pytest.approx(share.share, abs=1e-6)
    assert document["unit_coverage"]["urban"]["with_facility"] == 2
    assert document["space_ratio"]["urban"]["share_meeting"] == 0.5
    assert document["space_ratio"]["deficit_m2"] == 405
    assert [site["gain"] for site in document["proposed_sites"]] == [
        pick.gain for pick in outcome.plan.picks
    ]


def test_the_notices_are_said(document):
    assert document["about"]["synthetic"] is True
    assert ["演示数据" in n["zh"] for n in document["about"]["notices"]] == [True, False]
    assert "内部工作图" in document["about"]["notices"][1]["zh"]


def test_small_gains_are_withheld(outcome):
    first, second = outcome.plan.picks
    small = replace(second, gain=2.0)
    plan = replace(outcome.plan, picks=(first, small), status=PlanStatus.FEASIBLE, gap=0.01)
    document = summary_document(replace(outcome, plan=plan))
    check_summary(document)
    assert [site["gain"] for site in document["proposed_sites"]] == [None, None]
    assert document["proposed_sites"][0]["cumulative_share"] is None
    assert document["proposed_sites"][1]["cumulative_share"] is not None


def test_nothing_known_is_null(outcome):
    city, *rest = outcome.provision.summaries
    unknown = replace(city, ratio=np.nan, mean_ratio=np.nan, share_meeting=np.nan)
    provision = replace(outcome.provision, summaries=(unknown, *rest))
    document = summary_document(replace(outcome, provision=provision))
    check_summary(document)
    assert document["space_ratio"]["mean_m2_per_100_households"] is None


@pytest.mark.parametrize("value", [np.nan, np.inf, None])
def test_number_without_a_value(value):
    assert number(value) is None


def test_direction_and_season_stand_in_about(document):
    assert document["about"]["direction"] == "to_facility"
    assert document["about"]["season_factor"] == 1.0


def test_ranges_and_reasons_where_they_are_known(document):
    assert "range" not in document["walking_coverage"]
    assert "reasons" not in document["walking_coverage"]
    full = summary_document(full_outcome())
    check_summary(json.loads(json.dumps(full, allow_nan=False)))
    walking = full["walking_coverage"]
    assert set(walking["range"]) == {"baseline", "planned"}
    ends = walking["range"]["baseline"]["together"]
    assert ends["low"] < ends["central"] < ends["high"]
    assert ends["central"] == walking["baseline"]["city"]["share"]
    reached = walking["baseline"]["city"]
    assert sum(walking["reasons"].values()) + reached["covered"] == reached["total"]
    assert walking["reasons"]["unattached"] == 0


def test_the_proof_does_not_give_back_a_hidden_count(outcome):
    alone = outcome.scenario.sharing.model_copy(update={"least_count": 2000})
    scenario = outcome.scenario.model_copy(update={"sharing": alone})
    document = summary_document(replace(outcome, scenario=scenario))
    check_summary(document)
    assert document["walking_coverage"]["planned"]["city"]["covered"] is None
    assert document["optimality"]["objective"] is None
    assert document["optimality"]["bound"] is None


def test_the_schema_refuses_what_is_wrong(document):
    wrong = json.loads(json.dumps(document))
    wrong["walking_coverage"]["baseline"]["city"]["share"] = 1.2
    with pytest.raises(jsonschema.ValidationError):
        check_summary(wrong)
