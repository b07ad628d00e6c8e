"""A run on totals of communities: sums as in the file, the method on every output."""

import json

import openpyxl
import pytest
from click.testing import CliRunner
from tiny import SCENARIO, at, write_csv, write_town

import planner
from planner.cli import cli

HEADER = ["社区名称", "常住户数", "常住人口", "60岁以上人口", "80岁以上人口", "60岁以上人口_2035"]
TOTALS = [HEADER, ["西区社区", 200, 480, 30, 4, 40], ["东区社区", 600, 1400, 120, 17, 160]]
CODES = {"西区社区居委会": "210502001001", "东区社区居委会": "210502001002"}


def town(folder, rows=TOTALS, spread=""):
    scenario = write_town(folder)
    write_csv(folder / "households.csv", rows)
    if spread:
        scenario.write_text(
            SCENARIO.replace("[streets]", f"[households.spread]\n{spread}\n\n[streets]"),
            encoding="utf-8",
        )
    return scenario


def run(scenario, *more):
    out = str(scenario.parent / "out")
    return CliRunner().invoke(cli, ["run", str(scenario), "--out", out, *more])


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    return planner.run_scenario(planner.read_scenario(town(tmp_path_factory.mktemp("s"))))


def test_every_sum_is_that_of_the_file(outcome):
    demand = outcome.demand
    for name, *counts in TOTALS[1:]:
        here = [c == CODES[f"{name}居委会"] for c in demand.community]
        told = (demand.households, demand.population, demand.older, demand.older_80)
        told = (*told, demand.projected[0][1])
        assert [numbers[here].sum() for numbers in told] == counts
    assert outcome.walking[0].baseline["city"].total == 150


def test_people_are_near_as_the_streets_are(outcome):
    """Everybody stands on a street 100 m long at most from the next place, so 720 m reach many."""
    share = outcome.walking[0].baseline["city"].share
    west = outcome.demand.lonlat[:, 0] < at(500, 0)[0]
    near = outcome.reach.minutes <= 15
    assert 0 < share < 1
    assert near[west].mean() > near[~west].mean()


def test_the_choice_is_a_warning_and_the_method_a_notice(outcome):
    told = {f.rule: str(f.severity) for f in outcome.findings}
    assert told["spreading.chosen"] == "warning"
    assert told["spreading.over_streets"] == "notice"


def test_every_output_states_the_method(tmp_path):
    result = run(town(tmp_path, spread='over = "streets"'))
    assert result.exit_code == 0, result.output
    assert "along residential streets" in result.output
    out = tmp_path / "out"
    about = json.loads((out / "summary.json").read_text(encoding="utf-8"))["about"]
    assert about["living"]["over"] == "streets"
    assert about["living"]["communities"] == 2
    book = openpyxl.load_workbook(out / "tables.xlsx", read_only=True)
    cells = [str(v) for row in book.worksheets[0].iter_rows(values_only=True) for v in row]
    assert any("shared out to" in cell for cell in cells)


def test_homes_carry_the_people(tmp_path):
    scenario = town(
        tmp_path,
        spread='over = "buildings"\nbuildings = {path = "homes.csv", crs = "EPSG:4490"}',
    )
    places = [(0, 0, 30), (300, 0, 10), (700, 0, 8), (1000, 500, 4)]
    rows = [["用途", "套数", "经度", "纬度"]] + [["住宅", n, *at(x, y)] for x, y, n in places]
    write_csv(tmp_path / "homes.csv", rows)
    outcome = planner.run_scenario(planner.read_scenario(scenario))
    assert outcome.demand.older.tolist() == [23, 7, 80, 40]  # 30 by 30:10, 120 by 8:4
    assert outcome.walking[0].baseline["city"].covered == 23 + 7 + 80  # as tiny town has it
    assert [s.role for s in outcome.sources if s.role == "buildings"] == ["buildings"]


@pytest.mark.parametrize(
    ("spread", "column"),
    [
        ('over = "buildings"', "households.spread.buildings"),
        ('over = "streets"\nbuildings = {path = "homes.csv"}', "households.spread.over"),
        ('over = "homes"', "households.spread.over"),
    ],
)
def test_a_choice_that_cannot_be_is_refused(tmp_path, spread, column):
    with pytest.raises(planner.PlannerError) as caught:
        planner.read_scenario(town(tmp_path, spread=spread))
    assert [f.column for f in caught.value.findings] == [column]


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ([*TOTALS, ["西区社区居委会", 1, 1, 1, 0, 0]], "spreading.total_twice"),
        ([*TOTALS, ["北区社区", 1, 1, 1, 0, 0]], "join.nowhere"),
        ([*TOTALS, ["", 1, 1, 1, 0, 0]], "spreading.no_community"),
    ],
)
def test_what_cannot_be_placed_names_its_row(tmp_path, rows, rule):
    with pytest.raises(planner.PlannerError) as caught:
        planner.run_scenario(planner.read_scenario(town(tmp_path, rows)))
    fault = next(f for f in caught.value.findings if f.rule == rule)
    assert fault.row == 4
    assert str(fault.severity) == "error"
