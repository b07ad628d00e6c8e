"""A whole run with two tiers: centres within 10 minutes, stations within 15."""

import json

import openpyxl
from tiny import write_town

import planner

TIERS = """
[[siting.tiers]]
name = "区域养老服务中心"
kinds = ["institution"]
new_sites = 1
limit_min = 10

[[siting.tiers]]
name = "社区养老服务站点"
kinds = ["elderly_station"]
new_sites = 1
limit_min = 15
"""


def test_two_tiers(tmp_path):
    path = write_town(tmp_path)
    path.write_text(path.read_text(encoding="utf-8") + TIERS, encoding="utf-8")
    outcome = planner.run_scenario(planner.read_scenario(path))
    centre, station = outcome.plan.tiers
    # 10 min are 480 m: round (900, 200) it is 400 m to P3, 300 to P4, 400 to P5: 120 people
    assert (centre.standing, centre.baseline, centre.planned) == (0, 0, 120)
    assert (station.standing, station.baseline, station.planned) == (1, 60, 150)
    assert outcome.plan.objective == outcome.plan.bound == 270
    assert [pick.tier for pick in outcome.plan.picks] == [centre.name, station.name]
    # only stations are counted as walking coverage
    assert outcome.walking[0].planned["city"].covered == 150
    drawn = {c.facility_id for c in outcome.catchments if c.state == "planned"} - {""}
    assert drawn == {"F1", outcome.plan.picks[1].id}
    planner.write_outcome(outcome, tmp_path / "out", language="en")
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert [tier["planned"]["covered"] for tier in summary["tiers"]] == [120, 150]
    assert [site["tier"] for site in summary["proposed_sites"]] == [centre.name, station.name]
    book = openpyxl.load_workbook(tmp_path / "out" / "tables.xlsx")
    assert "tier" in next(iter(book["Proposed sites"].values))
    assert centre.name in (tmp_path / "out" / "map.html").read_text(encoding="utf-8")
