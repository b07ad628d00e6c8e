"""Households without coordinates, and the homes they are shared out to."""

import numpy as np
import pytest
import shapely
from filed import WINDOW, csv_file, layer_file, named, only, people, rules

from planner.model.finding import Severity
from planner.model.ground import geodesic_area_m2
from planner.model.scenario import Spreading
from planner.store.buildings import read_buildings
from planner.store.households import read_demand

HEADER = ["社区代码", "社区名称", "户数", "常住人口", "60岁以上人口", "80岁以上人口"]
ROWS = [
    ["210502001002", "南地社区居委会", 300, 700, 210, 30],
    ["210502001003", "德泰社区居委会", 200, 500, 150, 20],
]


def read(tmp_path, rows=ROWS, header=HEADER, **more):
    path = csv_file(tmp_path / "h.csv", [header, *rows])
    return read_demand(people(path, **more), tmp_path, WINDOW)


def test_totals_of_communities_are_read_and_the_choice_is_told(tmp_path):
    found = read(tmp_path)
    assert rules(found) == ["table.ids_made", "spreading.chosen"]
    assert only(found, "spreading.chosen").severity is Severity.WARNING
    demand = found.value
    assert not demand.is_placed().any()
    assert [said.name for said in demand.said] == ["南地社区居委会", "德泰社区居委会"]
    assert demand.population.tolist() == [700, 500]
    assert demand.older_80.tolist() == [30, 20]


@pytest.mark.parametrize("over", ["streets", "none"])
def test_a_choice_that_is_made_is_not_told_again(tmp_path, over):
    found = read(tmp_path, spread=Spreading(over=over))
    assert rules(found) == ["table.ids_made"]


@pytest.mark.parametrize("header", ["社区名称", "名称"])
def test_names_stand_in_for_codes(tmp_path, header):
    found = read(tmp_path, [["南地社区", *ROWS[0][2:]]], [header, *HEADER[2:]])
    assert found.value.community == ("",)
    assert (found.value.said[0].name, found.value.said[0].name_column) == ("南地社区", header)


def test_without_code_name_or_place_nothing_can_be_done(tmp_path):
    rows = [r[2:] for r in ROWS]
    assert "table.no_place" in rules(read(tmp_path, rows, HEADER[2:]))


def test_a_row_that_names_no_community_is_told(tmp_path):
    fault = only(read(tmp_path, [ROWS[0], ["", "", 1, 2, 1, 0]]), "spreading.no_community")
    assert (fault.row, fault.severity) == (3, Severity.ERROR)


MIXED = [*HEADER, "小区名称", "经度", "纬度"]


def test_estates_and_totals_stand_in_one_file_where_the_scenario_says_so(tmp_path):
    rows = [[*ROWS[0], "甲小区", 123.7, 41.3], [*ROWS[1], "", "", ""]]
    assert only(read(tmp_path, rows, MIXED), "households.no_place").row == 3
    found = read(tmp_path, rows, MIXED, spread=Spreading(over="streets"))
    assert rules(found) == ["table.ids_made"]
    assert found.value.is_placed().tolist() == [True, False]


BOX = shapely.box(123.7, 41.3, 123.7004, 41.3003)
FAR = shapely.box(123.71, 41.3, 123.7104, 41.3003)


def test_homes_are_weighed_and_others_left_out(tmp_path):
    fields = {
        "用途": ["住宅", "商业", "二层小楼"],
        "层数": [6, 2, 2],
        "建筑面积": [np.nan, 100.0, 700.0],
        "住宅套数": [np.nan, np.nan, 8.0],
    }
    path = layer_file(tmp_path / "b.gpkg", fields, [BOX, FAR, FAR])
    found = read_buildings(named(path), tmp_path, WINDOW)
    assert rules(found) == ["buildings.unknown_use", "buildings.left_out"]
    assert only(found, "buildings.unknown_use").found == "二层小楼"
    homes = found.value
    assert len(homes) == 2
    area = geodesic_area_m2(BOX)
    assert area == pytest.approx(33.5 * 33.3, rel=0.01)
    assert homes.footprint_m2[0] == pytest.approx(area)
    assert homes.floor_m2.tolist() == [pytest.approx(6 * area), 700]
    assert homes.dwellings.tolist()[1] == 8
    assert np.isnan(homes.dwellings[0])


def test_homes_may_be_points(tmp_path):
    rows = [["住宅", 12, 123.7, 41.3], ["住宅", 0, 123.71, 41.3]]
    path = csv_file(tmp_path / "b.csv", [["用途", "套数", "经度", "纬度"], *rows])
    found = read_buildings(named(path, crs="EPSG:4490"), tmp_path, WINDOW)
    assert rules(found) == []
    assert found.value.dwellings.tolist() == [12, 0]
    assert np.isnan(found.value.footprint_m2).all()


def test_buildings_that_are_no_homes_are_no_answer(tmp_path):
    path = layer_file(tmp_path / "b.gpkg", {"用途": ["厂房"]}, [BOX])
    found = read_buildings(named(path), tmp_path, WINDOW)
    assert found.value is None
    assert rules(found) == ["buildings.left_out", "buildings.no_homes"]


def test_areas_are_measured_on_the_ground_whatever_the_plane(tmp_path):
    path = layer_file(tmp_path / "b.gpkg", {"用途": ["住宅"]}, [BOX])
    here = read_buildings(named(path), tmp_path, WINDOW).value.footprint_m2[0]
    moved = shapely.box(564000, 4573000, 564100, 4573100)
    path = layer_file(tmp_path / "c.gpkg", {"用途": ["住宅"]}, [moved], crs="EPSG:4550")
    found = read_buildings(named(path), tmp_path, WINDOW).value.footprint_m2[0]
    assert found == pytest.approx(10_000, rel=2e-4)
    assert here == pytest.approx(geodesic_area_m2(BOX))
