"""The default scenario end to end: what it says is what can be counted from its files."""

import csv
import json
import runpy
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from click.testing import CliRunner

import planner
from planner.analysis.attaching import attach
from planner.analysis.walk import build_walk
from planner.cli import cli
from planner.kernel.cover import cover_pairs, nearest_site
from planner.kernel.stops import Stops
from planner.standards import read_standards
from planner.store.inputs import read_inputs

ROOT = Path(__file__).parents[2]
SCENARIOS = ROOT / "scenarios"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("maps") / "benxi"
    result = CliRunner().invoke(
        cli, ["run", str(SCENARIOS / "benxi_2025.toml"), "--out", str(folder), "--json"]
    )
    assert result.exit_code == 0, result.stderr
    return folder, json.loads(result.stdout)


def rows(name):
    with (ROOT / "data" / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def indicator(summary, name):
    return next(row for row in summary["indicators"] if row["id"] == name)["value"]


def test_five_files_and_a_valid_summary(written):
    folder, summary = written
    assert {p.name for p in folder.iterdir()} == {
        "map.html", "results.gpkg", "tables.xlsx", "summary.json", "run.json",
    }  # fmt: skip
    schema = json.loads(
        (ROOT / "planner" / "report" / "summary.schema.json").read_text(encoding="utf-8")
    )
    jsonschema.validate(summary, schema)
    on_disk = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    on_disk.pop("seconds")
    summary = {key: value for key, value in summary.items() if key != "seconds"}
    assert on_disk == summary


def test_the_run_reproduces_the_plan_as_counted_from_the_files(written):
    _, summary = written
    facilities = rows("facilities/facilities_synthetic.csv")
    committees = rows("boundaries/committees_2020.csv")
    codes = [next(iter(row.values())) for row in committees]
    urban = [c for c in codes if 1 <= int(c[9:]) <= 199]
    rural = [c for c in codes if 200 <= int(c[9:]) <= 399]

    def of(kind):
        return [row for row in facilities if kind in row["类型"]]

    stations = {row["社区代码"] for row in of("社区养老服务站")}
    homes = {row["社区代码"] for row in of("农村幸福院")}
    unit = summary["unit_coverage"]
    assert unit["urban"]["share"] == pytest.approx(len(stations) / len(urban), abs=1e-6)
    assert unit["rural"]["share"] == pytest.approx(len(homes) / len(rural), abs=1e-6)
    assert round(unit["urban"]["share"], 3) == 0.487
    assert round(unit["rural"]["share"], 3) == 0.549
    beds = sum(int(row["床位数"]) for row in of("养老机构"))
    assert indicator(summary, "E06") == beds == 12092
    assert indicator(summary, "E05") == len(of("养老机构")) == 146
    space = of("综合服务设施")
    for name, members, published in (("C06U", urban, 521), ("C06R", rural, 417)):
        areas = [float(r["建筑面积"]) for r in space if r["社区代码"] in set(members)]
        assert indicator(summary, name) == sum(areas) / len(areas) == published
    assert round(indicator(summary, "C03"), 2) == 0.83
    assert round(indicator(summary, "C05"), 2) == 0.84
    older = sum(int(r["60岁以上人口"]) for r in rows("households/households_synthetic.csv"))
    assert summary["walking_coverage"]["baseline"]["city"]["total"] == older


def test_the_plan_is_proven_and_its_gains_add_up(written):
    _, summary = written
    baseline = summary["walking_coverage"]["baseline"]["city"]["covered"]
    planned = summary["walking_coverage"]["planned"]["city"]["covered"]
    gains = [site["gain"] for site in summary["proposed_sites"]]
    assert summary["optimality"]["status"] == "optimal"
    assert summary["optimality"]["objective"] == planned == baseline + sum(gains)
    assert gains == sorted(gains, reverse=True)


def test_the_script_says_the_same(written, capsys, monkeypatch):
    _, summary = written
    monkeypatch.setattr(planner, "write_outcome", lambda *_args, **_more: None)
    runpy.run_path(str(SCENARIOS / "benxi_2025.py"), run_name="__main__")
    said = capsys.readouterr().out
    share = summary["walking_coverage"]["baseline"]["city"]["share"]
    assert f"{share:.1%}" in said
    assert len((SCENARIOS / "benxi_2025.py").read_text(encoding="utf-8").splitlines()) <= 30


def test_the_template_is_a_valid_scenario():
    template = planner.read_scenario(SCENARIOS / "template.toml")
    assert template.walking.limit_min == 15
    assert not template.synthetic


def test_counting_from_junction_to_junction_equals_counting_on_every_street():
    scenario = planner.read_scenario(SCENARIOS / "benxi_2025.toml")
    inputs = read_inputs(scenario, lambda _done, _files: None)
    slope = read_standards().slope
    for direction in ("to_facility", "round_trip"):
        walking = scenario.walking.model_copy(update={"direction": direction})
        walk, _ = build_walk(inputs.network, inputs.ground, slope, walking)
        assert walk.graph.node_count - walk.net.node_count == 11_525
        homes = attach(walk, inputs.demand.lonlat).stops
        every = np.arange(0, len(inputs.network), 40, dtype=np.int32)
        sites = Stops(every, np.full(len(every), 0.25), np.zeros(len(every), np.int32))
        on_edges = (walk.graph, sites, homes)
        on_chains = (walk.net, walk.costed(sites), walk.costed(homes))
        for towards in (True, False):
            given = {"limit_mm": 720_000, "towards": towards}
            pairs = cover_pairs(*on_edges, **given)
            assert len(pairs[1]) > 5_000
            for one, other in (
                *zip(pairs, cover_pairs(*on_chains, **given), strict=True),
                *zip(
                    nearest_site(*on_edges, towards=towards),
                    nearest_site(*on_chains, towards=towards),
                    strict=True,
                ),
            ):
                np.testing.assert_array_equal(one, other)
