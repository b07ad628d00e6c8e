"""Entrances, streets that open or close, seasons and round trips through a whole run."""

import json

import pytest
from click.testing import CliRunner
from tiny import at, feature, streets, write_csv, write_json, write_town

import planner
from planner.cli import cli


def town(folder, *, top="", walking=""):
    """Write the tiny town with further keys in its scenario."""
    path = write_town(folder)
    text = path.read_text(encoding="utf-8").replace("\n[boundaries]", f"\n{top}\n[boundaries]", 1)
    path.write_text(f"{text}\n[walking]\n{walking}\n", encoding="utf-8")
    return path


def line(*places):
    return {"type": "LineString", "coordinates": [at(*place) for place in places]}


def with_changes(folder, *features):
    write_json(folder / "changes.geojson", features)
    return town(folder, top='street_changes = {path = "changes.geojson"}')


def with_entrances(folder, *rows):
    write_csv(folder / "gates.csv", [["所属编号", "经度", "纬度"], *rows])
    return town(folder, top='entrances = {path = "gates.csv", crs = "EPSG:4490"}')


def run(path):
    outcome = planner.run_scenario(planner.read_scenario(path))
    return outcome, outcome.walking[0].baseline["city"].covered


def test_closing_the_southern_street_cuts_off_who_lives_along_it(tmp_path):
    # P3 has to go round by the next street: 900 m instead of 700
    path = with_changes(tmp_path, feature(line((300, 0), (700, 0)), 变更="封闭"))
    outcome, covered = run(path)
    assert covered == 30
    assert dict(zip(outcome.demand.id, outcome.reach.minutes, strict=True))["P3"] == pytest.approx(
        900 / 48, abs=0.01
    )
    (told,) = [f for f in outcome.findings if f.rule == "changes.applied"]
    assert dict(told.values)["closed"] == "4"
    assert "changes" in [stage.name for stage in outcome.stages]
    assert {s.role for s in outcome.sources} >= {"street_changes", "streets"}


def test_a_short_cut_brings_people_within_reach_and_is_written(tmp_path):
    # without the two northern ends of the streets P5 has 1,500 m; a straight way has 1,118
    cut = feature(line((0, 0), (1000, 500)), 变更="新增", 道路类型="桥")
    outcome, covered = run(with_changes(tmp_path, cut))
    assert covered == 60
    minutes = dict(zip(outcome.demand.id, outcome.reach.minutes, strict=True))
    assert minutes["P5"] == pytest.approx((1000**2 + 500**2) ** 0.5 / 48, abs=0.02)
    assert len(outcome.network) == len(streets()) + 1
    planner.write_outcome(outcome, tmp_path / "out", language="zh")
    assert (tmp_path / "out" / "map.html").stat().st_size > 0


def test_a_gate_brings_an_estate_within_reach(tmp_path):
    # P4 stands 1,000 m away, its gate 703 m
    outcome, covered = run(with_entrances(tmp_path, ["P4", *at(700, 3)]))
    assert covered == 100
    assert dict(zip(outcome.demand.id, outcome.reasons, strict=True)) == {
        "P1": "covered", "P2": "covered", "P3": "covered", "P4": "covered", "P5": "too_far",
    }  # fmt: skip
    assert {s.role for s in outcome.sources} >= {"entrances"}


@pytest.mark.parametrize(
    ("make", "rule"),
    [
        (lambda f: with_entrances(f, ["P9", *at(0, 0)]), "entrances.unknown_id"),
        (lambda f: with_changes(f, feature(line((0, 50), (1000, 50)), 变更="封闭")),
         "changes.nothing_closed"),
        (lambda f: with_changes(f, feature(line((0, 0), (50, 50)), 变更="新增")),
         "changes.loose_end"),
        (lambda f: town(f, top='entrances = {path = "none.csv"}'), "file.missing"),
        (lambda f: town(f, top='street_changes = {path = "none.geojson"}'), "file.missing"),
    ],
)  # fmt: skip
def test_what_matches_nothing_stops_the_run(tmp_path, make, rule):
    path = make(tmp_path)
    result = CliRunner().invoke(cli, ["run", str(path), "--out", str(tmp_path / "o"), "--json"])
    assert result.exit_code == 3
    assert [f["rule"] for f in json.loads(result.stdout)["findings"]] == [rule]


def test_winter_and_round_trips_are_counted_and_said(tmp_path):
    winter, covered = run(town(tmp_path / "w", walking="season_factor = 0.5"))
    assert covered == 30  # 360 m
    assert winter.walking[0].speed_mps == 0.4
    assert "walking.season" in {f.rule for f in winter.findings}
    trip, covered = run(town(tmp_path / "t", walking='direction = "round_trip"'))
    assert covered == 60  # as one way on flat ground
    assert "walking.round_trip" in {f.rule for f in trip.findings}


def test_reasons_tiers_and_ranges_of_the_tiny_town(tmp_path):
    outcome, _ = run(town(tmp_path))
    assert outcome.reasons == ("covered",) * 3 + ("too_far",) * 2
    assert set(outcome.tiers) == {"elderly_station", "community_space"}
    space = dict(zip(outcome.demand.id, outcome.tiers["community_space"], strict=True))
    assert space["P2"] == pytest.approx(200 / 48, abs=0.01)
    assert space["P4"] == pytest.approx(100 / 48, abs=0.01)
    # 0.71 m/s: 639 m, without P3; 0.94 m/s: 846 m, nobody more
    assert outcome.spread["speed"].low == 0.2
    assert outcome.spread["speed"].central == outcome.spread["speed"].high == 0.4
    assert outcome.spread["together"].low == 0.2
    assert outcome.spread_planned["speed"].central == 1.0


def why(path, point, *more):
    return CliRunner().invoke(cli, ["why", str(path), point, *more])


def test_why_tells_the_way_and_what_would_have_to_change(tmp_path):
    path = town(tmp_path)
    told = why(path, "P4", "--geojson", str(tmp_path / "p4.geojson"))
    assert told.exit_code == 0
    assert "too far" in told.stdout
    assert "20.8 min" in told.stdout
    assert "281 m" in told.stdout  # 1,000 m and some centimetres - 720 m, rounded up
    (route,) = json.loads((tmp_path / "p4.geojson").read_text(encoding="utf-8"))["features"]
    assert route["properties"]["facility"] == "F1"
    assert route["geometry"]["coordinates"][0] == pytest.approx(at(1000, 0), abs=1e-6)
    assert route["geometry"]["coordinates"][-1] == pytest.approx(at(0, 0), abs=1e-6)
    chinese = why(path, "P1", "--language", "zh")
    assert "已覆盖" in chinese.stdout


def test_why_of_an_unknown_point_is_an_input_error(tmp_path):
    told = why(town(tmp_path), "P44")
    assert told.exit_code == 3
    assert "P4" in told.stderr
    assert told.stdout == ""


def test_a_route_that_cannot_be_written_is_told(tmp_path):
    told = why(town(tmp_path), "P4", "--geojson", str(tmp_path / "no" / "p4.geojson"))
    assert told.exit_code == 3
    assert "p4.geojson" in told.stderr
