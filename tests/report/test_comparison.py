"""The page of several scenarios: what differs is told, names stay data, the file is whole."""

import json
import re
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from full_outcome import full_outcome
from small_outcome import COMMUNITIES, NAMES, small_outcome
from test_map_file import unpack

from planner.errors import OutputError
from planner.model.sites import FacilityKind
from planner.report.together import publish_together
from planner.report.webmap import draw_comparison
from planner.report.webmap.geometry import page_geometry
from planner.report.writing import write_comparison


def with_walking(outcome, **changes):
    walking = outcome.scenario.walking.model_copy(update=changes)
    return replace(outcome, scenario=outcome.scenario.model_copy(update={"walking": walking}))


def page(*outcomes):
    return draw_comparison(publish_together(outcomes), language="zh")


def island(html, name="planner-data"):
    return json.loads(re.search(rf'id="{name}">(.*?)</script>', html, re.DOTALL).group(1))


def differing(html):
    rows = island(html)["compare"]["parameters"]
    return {row["key"]: [v["zh"] for v in row["values"]] for row in rows if row["differs"]}


def test_the_same_scenario_twice_differs_in_nothing():
    html = page(full_outcome(), full_outcome())
    compare = island(html)["compare"]
    assert differing(html) == {}
    assert compare["lists"] == [
        {
            "more": {"count": 0, "names": []},
            "gone": {"count": 0, "names": []},
            "moved": 0,
        }
    ]
    assert compare["scenarios"][0]["communities"] == compare["scenarios"][1]["communities"]
    assert compare["scenarios"][1]["facilities"] is None


def test_what_was_measured_differently_is_told():
    other = with_walking(full_outcome(), season_factor=0.8, direction="round_trip")
    assert differing(page(full_outcome(), other)) == {
        "direction": ["去程(从家到设施)", "往返平均"],
        "season": ["步速未作季节折减", "步速已按季节折减(系数 0.8)"],
    }


def test_another_facility_list_of_the_same_length_is_told():
    outcome = full_outcome()
    kinds = (FacilityKind.COMMUNITY_SPACE, *outcome.facilities.kind[1:])
    facilities = replace(outcome.facilities, kind=kinds)
    html = page(outcome, replace(outcome, facilities=facilities))
    assert differing(html) == {"facilities": ["5 条 · 2021-06-30", "5 条 · 2021-06-30(内容不同)"]}
    own = island(html)["compare"]["scenarios"][1]["facilities"]
    assert own["kind"][0] == "community_space"


def test_another_date_of_the_people_is_told():
    outcome = full_outcome()
    later = replace(outcome.demand, count_date=date(2024, 11, 1))
    assert list(differing(page(outcome, replace(outcome, demand=later)))) == ["people"]


def test_scenarios_join_by_code_and_lists_that_differ_are_told():
    outcome = full_outcome()
    units, last = outcome.communities, "210503001203"
    others = replace(
        units,
        code=(*units.code[:5], last),
        name=(*units.name[:5], "新村"),
        geometry=(units.geometry[1], *units.geometry[1:]),
    )
    demand = replace(
        outcome.demand,
        community=tuple(last if c == COMMUNITIES[5] else c for c in outcome.demand.community),
    )
    space = replace(outcome.provision, community=others.code)
    html = page(outcome, replace(outcome, communities=others, demand=demand, provision=space))
    compare = island(html)["compare"]
    assert compare["lists"] == [
        {
            "more": {"count": 1, "names": ["新村"]},
            "gone": {"count": 1, "names": [NAMES[5]]},
            "moved": 1,
        }
    ]
    second = compare["scenarios"][1]["communities"]
    assert len(second["older"]) == len(COMMUNITIES)
    assert second["older"][5] is None
    assert second["older"][4] == compare["scenarios"][0]["communities"]["older"][4]


def test_catchments_of_every_scenario_are_inside():
    outcome = full_outcome()
    other = replace(outcome, catchments=outcome.catchments[:2])
    layers = unpack(page_geometry(outcome, other).island)
    assert len(layers["catchments"]) == 6
    assert len(layers["catchments_1"]) == 2
    assert len(layers["communities"]) == 6


def test_same_outcomes_same_text():
    assert page(full_outcome(), small_outcome()) == page(full_outcome(), small_outcome())


def test_names_stand_in_islands_only():
    marked = full_outcome(lambda text: f"甲乙丙{text}<b>${{1}}`")
    html = page(full_outcome(), marked)
    outside = re.sub(r'<script type="application/json".*?</script>', "", html, flags=re.DOTALL)
    assert "甲乙丙" in html
    assert "甲乙丙" not in outside
    assert "<" not in json.dumps([]) + "".join(
        re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', html, re.DOTALL)
    )


def test_no_small_count_is_inside():
    data = island(page(full_outcome(), full_outcome()))
    least = 5
    for scenario in data["compare"]["scenarios"]:
        for column in ("older", "reached", "newly", "unreached"):
            told = [v for v in scenario["communities"][column] if v is not None]
            assert not [v for v in told if 0 < v < least]
    assert not [v for row in data["compare"]["moves"] for v in row if v and v < least]
    assert data["demand"]["older"] == []
    assert "reasons" not in data["summary"]["walking_coverage"]


def test_a_failure_leaves_the_file_that_was_there(tmp_path, monkeypatch):
    path = tmp_path / "deep" / "page.html"
    write_comparison([full_outcome(), full_outcome()], path, language="en")
    before = path.read_bytes()
    assert before.startswith(b"<!DOCTYPE html>")

    def refuse(*_):
        raise PermissionError(13, "denied")

    monkeypatch.setattr("pathlib.Path.replace", refuse)
    with pytest.raises(OutputError, match="denied"):
        write_comparison([full_outcome(), small_outcome()], path, language="en")
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == ["page.html"]


def test_a_scenario_without_people_does_not_stop_the_page():
    outcome = full_outcome()
    demand = replace(outcome.demand, older=np.full(len(outcome.demand), np.nan))
    none = {
        key: replace(share, share=float("nan"), covered=0.0, total=0.0)
        for key, share in outcome.walking[0].baseline.items()
    }
    own = replace(outcome.walking[0], baseline=none, planned=none)
    picks = tuple(replace(p, gain=0.0, cumulative_share=float("nan")) for p in outcome.plan.picks)
    empty = replace(
        outcome,
        demand=demand,
        walking=(own,),
        reasons=(),
        plan=replace(outcome.plan, picks=picks, frontier=()),
    )
    data = island(page(outcome, empty))
    assert data["compare"]["scenarios"][1]["communities"]["older"] == [None] * 6
