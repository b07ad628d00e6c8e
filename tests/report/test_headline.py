"""What the terminal says: coverage with its range, direction and season."""

from dataclasses import replace

from full_outcome import full_outcome
from small_outcome import small_outcome

from planner.report.headline import headline


def test_coverage_carries_its_range():
    lines = headline(full_outcome(), "zh").splitlines()
    assert "现状 55.0%(40%–72%)" in lines[1]
    assert "规划 87.8%(64%–93%)" in lines[1]
    assert lines[2].count("%") == 2


def test_without_a_range_the_share_alone():
    lines = headline(small_outcome(), "zh").splitlines()
    assert "现状 55.0%,规划 87.8%" in lines[1]
    assert "now, 87.8% planned" in headline(small_outcome(), "en")


def test_direction_and_season_are_said():
    outcome = small_outcome()
    assert "去程,步速未作季节折减" in headline(outcome, "zh")
    walking = outcome.scenario.walking.model_copy(
        update={"direction": "round_trip", "season_factor": 0.8}
    )
    scenario = outcome.scenario.model_copy(update={"walking": walking})
    told = headline(replace(outcome, scenario=scenario), "en")
    assert "mean of there and back, speeds reduced for the season (factor 0.8)" in told
