"""Direction, season, slope and speeds: the same words in every output."""

from dataclasses import replace

import numpy as np
import pytest
from small_outcome import small_outcome

from planner.report.headline import headline
from planner.report.record import run_document
from planner.report.summary import check_summary, summary_document
from planner.report.walker import slope_state, walker_words


def walking(**changes):
    outcome = small_outcome()
    asked = outcome.scenario.walking.model_copy(update=changes)
    return replace(outcome, scenario=outcome.scenario.model_copy(update={"walking": asked}))


def with_heights(outcome):
    heights = np.full(len(outcome.network.vertices), np.nan)
    heights[0] = 120.0
    return replace(outcome, network=replace(outcome.network, profile_m=heights))


STATES = {
    "counted": (with_heights(walking()), "步行时间已计坡度", "slopes counted"),
    "no_elevation": (walking(), "无高程数据,未计坡度", "slopes not counted, no elevation given"),
    "off": (with_heights(walking(slope=False)), "按平路计算,未计坡度", "as the scenario says"),
}


@pytest.mark.parametrize("state", STATES)
def test_whether_slopes_count_is_told_everywhere(state):
    outcome, zh, en = STATES[state]
    assert slope_state(outcome) == state
    document = summary_document(outcome)
    check_summary(document)
    assert document["about"]["slope"] == state
    assert run_document(outcome, {})["parameters"]["slope"] == state
    for words in (walker_words, headline):
        assert zh in words(outcome, "zh")
        assert en in words(outcome, "en")


def test_the_record_tells_how_people_walk():
    outcome = walking(direction="round_trip", season_factor=0.8, limit_min=10.0)
    told = run_document(outcome, {})["parameters"]
    assert told["direction"] == "round_trip"
    assert told["season_factor"] == 0.8
    assert told["limit_min"] == 10.0
    assert [w["speed_mps"] for w in told["walking"]] == [w.speed_mps for w in outcome.walking]


def test_every_group_stands_with_its_speed():
    outcome = small_outcome()
    told = walker_words(outcome, "en")
    assert len(outcome.walking) > 1
    for group in outcome.walking:
        assert f"{group.speed_mps:g} m/s" in told
