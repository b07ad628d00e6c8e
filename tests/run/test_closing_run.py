"""A whole run in which a station is moved: nothing of the planned state may hold the old one."""

import json
import re

import geopandas
import openpyxl
import pytest
from click.testing import CliRunner
from tiny import FACILITIES, at, write_csv, write_town

import planner
from planner.cli import cli

KEYS = """closable = ["F1", "F4"]
closing_saves = 5
move_cost = 20
site_cost = 60
budget = 20
variants = ["slow"]
"""


def scenario(folder, keys=KEYS):
    """Write the town with a second station beside the first."""
    path = write_town(folder)
    second = ["F4", "西区第二服务站", "社区养老服务站", "210502001001", *at(100, 0), 200]
    write_csv(folder / "facilities.csv", [*FACILITIES, second])
    path.write_text(
        path.read_text(encoding="utf-8").replace("new_sites = 1\n", "new_sites = 1\n" + keys)
    )
    return path


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("closing")
    outcome = planner.run_scenario(planner.read_scenario(scenario(folder)))
    planner.write_outcome(outcome, folder / "out", language="en")
    return outcome, folder / "out"


def test_one_station_moves_to_the_east(ran):
    # F4 at 100 m reaches P1, P2 and P3 (600 m); so does F1. One moves east, all 150 are reached
    outcome, _ = ran
    plan = outcome.plan
    (closed,) = plan.closed
    assert closed.id in ("F1", "F4")
    assert (closed.loses, closed.others, plan.lost) == (0, 60, 0)
    assert [pick.moved_from for pick in plan.picks] == [closed.id]
    assert (plan.objective, plan.bound, plan.spent) == (150, 150, 20)
    assert outcome.walking[0].planned["city"].covered == 150
    assert outcome.walking[0].baseline["city"].covered == 60
    assert plan.picks[0].cumulative_share == 1.0
    drawn = {c.facility_id for c in outcome.catchments if c.state == "planned"} - {""}
    today = {c.facility_id for c in outcome.catchments if c.state == "baseline"} - {""}
    assert today == {"F1", "F4"}
    assert drawn == ({"F1", "F4"} - {closed.id}) | {plan.picks[0].id}


def test_every_file_tells_the_same(ran):
    outcome, out = ran
    closed = outcome.plan.closed[0]
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert [one["id"] for one in summary["closed"]] == [closed.id]
    assert summary["proposed_sites"][0]["moved_from"]["id"] == closed.id
    assert summary["walking_coverage"]["planned"]["city"]["covered"] == 150
    assert summary["walking_coverage"]["lost"]["city"] == 0
    assert summary["walking_coverage"]["gained"]["city"] == 90
    assert summary["optimality"]["spent"] == 20
    layer = geopandas.read_file(out / "results.gpkg", layer="closed_sites")
    assert layer["id"].tolist() == [closed.id]
    facilities = geopandas.read_file(out / "results.gpkg", layer="facilities")
    assert facilities.loc[~facilities["stays"].astype(bool), "id"].tolist() == [closed.id]
    rings = geopandas.read_file(out / "results.gpkg", layer="catchments")
    assert closed.id not in set(rings.loc[rings["state"] == "planned", "facility_id"])
    book = openpyxl.load_workbook(out / "tables.xlsx")
    rows = list(book["Closed facilities"].values)
    assert rows[1][rows[0].index("moves to")].startswith("1 ")
    page = (out / "map.html").read_text(encoding="utf-8")
    assert re.search(rf'"closed":\[{{"id":"{closed.id}"', page)


def test_who_loses_is_told(tmp_path):
    # F1 alone may go, and F4 has gone: moving F1 east reaches P3, P4 and P5 and loses P1 and P2
    path = write_town(tmp_path)
    keys = 'closable = "all"\nmove_cost = 20\nsite_cost = 60\nbudget = 20\nvariants = []\n'
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("new_sites = 1\n", "new_sites = 0\n" + keys), encoding="utf-8")
    outcome = planner.run_scenario(planner.read_scenario(path))
    reach, weight = outcome.reach, outcome.demand.weight()
    today, planned = reach.minutes <= 15, reach.minutes_planned <= 15
    assert outcome.plan.lost == weight[today & ~planned].sum() > 0
    assert outcome.plan.objective == weight[planned].sum() == 140
    assert outcome.walking[0].planned["city"].covered == 140
    planner.write_outcome(outcome, tmp_path / "out", language="zh")
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert summary["walking_coverage"]["lost"]["city"] == 10
    assert summary["closed"][0]["loses"] == 10


def test_what_cannot_be_paid_ends_with_the_sentence(tmp_path):
    keys = 'question = "target_share"\nleast = "cost"\ntarget = 1.0\nsite_cost = 60\nbudget = 10\n'
    keys += 'closable = "all"\n'
    path = scenario(tmp_path, keys)
    done = CliRunner().invoke(
        cli, ["run", str(path), "--out", str(tmp_path / "o"), "--language", "en"]
    )
    assert done.exit_code == 4
    assert "no plan keeps to the rules" in done.output + done.stderr
    # all 150 take one more site, which costs 60; closing a station frees nothing here
    assert "raised from 10 to 60" in " ".join((done.output + done.stderr).split())


def test_a_share_of_every_county_beyond_the_sites_ends_with_what_to_relax(tmp_path):
    path = write_town(tmp_path)
    text = path.read_text(encoding="utf-8").replace("new_sites = 1\n", "new_sites = 0\n")
    text = text.replace("[siting]\n", "[siting]\ndistrict_target = 0.8\n")
    path.write_text(text, encoding="utf-8")
    told = ["run", str(path), "--out", str(tmp_path / "o"), "--language", "en"]
    done = CliRunner().invoke(cli, told)
    assert done.exit_code == 4
    words = " ".join((done.output + done.stderr).split())
    assert "with new_sites raised from 0 to 1 there is a plan" in words
    assert "with district_target lowered from 80.0% to 40.0% there is a plan" in words
