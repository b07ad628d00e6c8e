"""The three rules for where a new site might stand."""

import numpy as np
import pytest
from tiny import at, write_csv, write_town

import planner

RULE = 'candidates = {rule = "network_nodes", spacing_m = 150}'


def outcome_with(folder, candidates):
    path = write_town(folder)
    text = path.read_text(encoding="utf-8")
    assert RULE in text
    path.write_text(text.replace(RULE, candidates), encoding="utf-8")
    return planner.run_scenario(planner.read_scenario(path))


def test_street_nodes_are_about_the_spacing_apart(tmp_path):
    outcome = outcome_with(tmp_path, 'candidates = {rule = "network_nodes", spacing_m = 300}')
    # 1,000 x 500 m in squares of 300 m: at least 3 x 1 and at most 5 x 3 of them
    assert 3 <= len(outcome.candidates) <= 15
    assert len(set(outcome.candidates.id)) == len(outcome.candidates)
    assert all(c.startswith("210502001") for c in outcome.candidates.community)


def test_centres_are_weighted_by_older_people(tmp_path):
    outcome = outcome_with(tmp_path, 'candidates = {rule = "community_centroids"}')
    assert len(outcome.candidates) == 2
    # west: 10 people at 0 m and 20 at 300 m, so 200 m east of the corner
    assert outcome.candidates.lonlat[0] == pytest.approx(at(200, 0), abs=1e-6)


def test_a_file_of_candidates(tmp_path):
    rows = [
        ["编号", "名称", "经度", "纬度"],
        ["K1", "旧粮站", *at(1000, 500)],
        ["K2", "小学", *at(0, 500)],
    ]
    tmp_path.mkdir(exist_ok=True)
    write_csv(tmp_path / "candidates.csv", rows)
    outcome = outcome_with(
        tmp_path,
        'candidates = {rule = "file", file = {path = "candidates.csv", crs = "EPSG:4490", '
        "data_date = 2020-12-31}}",
    )
    assert outcome.candidates.id == ("K1", "K2")
    assert [pick.name for pick in outcome.plan.picks] == ["旧粮站"]
    assert outcome.plan.candidates == 2


def test_no_new_site_asked_for(tmp_path):
    path = write_town(tmp_path)
    text = path.read_text(encoding="utf-8").replace("new_sites = 1", "new_sites = 0")
    path.write_text(text, encoding="utf-8")
    outcome = planner.run_scenario(planner.read_scenario(path))
    assert outcome.plan.picks == ()
    assert outcome.plan.status == "nothing_to_do"
    first = outcome.walking[0]
    assert first.planned["city"] == first.baseline["city"]
    assert np.array_equal(outcome.reach.minutes, outcome.reach.minutes_planned)


def test_the_districts_of_a_question_are_counties_or_streets(tmp_path):
    path = write_town(tmp_path)
    for name in ("communities.geojson", "households.csv", "facilities.csv"):
        text = (tmp_path / name).read_text("utf-8-sig")  # the eastern community in a street apart
        (tmp_path / name).write_text(text.replace("210502001002", "210502002001"), "utf-8")
    plain = path.read_text("utf-8").replace("new_sites = 1\n", "new_sites = 0\n")
    told = {}
    for level in ("county", "street"):
        asked = f'[siting]\nquestion = "worst_district"\ndistrict_level = "{level}"\n'
        path.write_text(plain.replace("[siting]\n", asked), "utf-8")
        outcome = planner.run_scenario(planner.read_scenario(path))
        told[level] = outcome.plan.objective
    city = outcome.walking[0].baseline["city"]
    here = np.array([code[:9] == "210502002" for code in outcome.demand.community])
    near = outcome.reach.minutes <= 15
    east = outcome.demand.weight()[here]
    assert told["county"] == pytest.approx(city.share)
    assert told["street"] == pytest.approx(east[near[here]].sum() / east.sum())
    assert told["street"] < told["county"]
