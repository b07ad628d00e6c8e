"""The whole run on a town that can be counted by hand."""

import json

import numpy as np
import pytest
from tiny import write_town

import planner


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    return planner.run_scenario(planner.read_scenario(write_town(tmp_path_factory.mktemp("t"))))


def test_walking_coverage_by_hand(outcome):
    # 0.8 m/s for 15 min = 720 m: P1 (0 m), P2 (300 m), P3 (700 m) are near, P4 and P5 are not
    slow, elder = outcome.walking
    assert slow.baseline["city"].covered == 60
    assert slow.baseline["city"].total == 150
    assert slow.baseline["city"].share == 0.4
    assert slow.baseline["210502"].share == 0.4
    # 1.0 m/s: 900 m, still neither P4 (1,000 m) nor P5 (1,500 m)
    assert elder.baseline["city"].covered == 60


def test_minutes_to_the_nearest_by_hand(outcome):
    minutes = dict(zip(outcome.demand.id, outcome.reach.minutes, strict=True))
    assert minutes["P1"] == 0  # zero is stored, not taken for unreachable (law 1)
    assert minutes["P2"] == pytest.approx(300 / 48, abs=0.01)
    assert minutes["P5"] == pytest.approx(1500 / 48, abs=0.01)


def test_one_new_site_reaches_everybody_left(outcome):
    plan = outcome.plan
    assert [pick.gain for pick in plan.picks] == [90]
    assert plan.status == "optimal"
    assert plan.objective == plan.bound == 150
    assert outcome.walking[0].planned["city"].share == 1.0
    assert outcome.plan.picks[0].cumulative_share == 1.0
    assert (outcome.reach.minutes_planned <= outcome.reach.minutes).all()


def test_space_by_hand(outcome):
    # west: 90 m2 for 200 households = 45; east: 90 m2 for 600 = 15, missing 90
    assert outcome.provision.ratio.tolist() == [45.0, 15.0]
    assert outcome.provision.summary("city").ratio == 22.5
    assert outcome.provision.summary("city").deficit_m2 == 90


def test_unit_coverage_is_another_number(outcome):
    urban = outcome.unit_coverage["urban"]
    assert (urban.with_facility, urban.units, urban.share) == (1, 2, 0.5)
    assert urban.share != outcome.walking[0].baseline["city"].share


def test_rings_grow_with_time_and_hold_the_station(outcome):
    rings = [ring for ring in outcome.rings if ring.state == "baseline"]
    assert [ring.limit_min for ring in rings] == [5, 10, 15]
    areas = [ring.geometry.area for ring in rings]
    assert areas == sorted(areas)
    assert all(ring.geometry.is_valid for ring in rings)


def test_what_is_written_agrees_with_what_was_found(outcome, tmp_path):
    planner.write_outcome(outcome, tmp_path / "out", language="en")
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"map.html", "results.gpkg", "tables.xlsx", "summary.json", "run.json"} == names
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert summary["walking_coverage"]["baseline"]["city"]["share"] == 0.4
    assert summary["proposed_sites"][0]["gain"] == 90
    assert summary["optimality"]["status"] == "optimal"


def test_renaming_every_row_changes_nothing(outcome, tmp_path):
    path = write_town(tmp_path)
    text = (tmp_path / "households.csv").read_text(encoding="utf-8-sig")
    head, *rows = text.splitlines()
    rows.reverse()
    (tmp_path / "households.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8-sig")
    again = planner.run_scenario(planner.read_scenario(path))
    assert again.demand.id == outcome.demand.id
    assert np.array_equal(again.reach.minutes, outcome.reach.minutes)
    assert again.plan == outcome.plan
