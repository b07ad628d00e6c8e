"""Households and older people: counts only, nothing made up in silence."""

import numpy as np
import pytest
import shapely
from filed import WINDOW, csv_file, errors, layer_file, only, people, rules, xlsx_file

from planner.model.finding import Severity
from planner.store.households import read_demand

HEADER = ["编号", "小区名称", "社区代码", "经度", "纬度", "户数", "总人口", "60岁以上人口"]
ROWS = [
    ["D2", "甲小区", "210502001002", 123.7, 41.3, 300, 700, 210],
    ["D1", "乙小区", "210502001002", 123.8, 41.35, 0, 0, 0],
]


def read(tmp_path, rows, header=HEADER, **more):
    path = csv_file(tmp_path / "h.csv", [header, *rows])
    return read_demand(people(path, **more), tmp_path, WINDOW)


def change(row, column, value):
    rows = [list(r) for r in ROWS]
    rows[row][column] = value
    return rows


def without(*columns):
    kept = [i for i in range(len(HEADER)) if i not in columns]
    return [[r[i] for i in kept] for r in ROWS], [HEADER[i] for i in kept]


def test_demand_by_id(tmp_path):
    found = read(tmp_path, ROWS, definition="registered")
    assert found.findings == ()
    demand = found.value
    assert demand.id == ("D1", "D2")
    assert demand.households.tolist() == [0, 300]
    assert demand.older.tolist() == [0, 210]
    assert demand.lonlat[1].tolist() == [123.7, 41.3]
    assert demand.households_definition == "registered"
    assert [(o.file, o.row) for o in demand.origin] == [("h.csv", 3), ("h.csv", 2)]


@pytest.mark.parametrize("name", ["b.xlsx", "b.gpkg", "b.geojson", "b.shp"])
def test_every_format_gives_the_same_demand(tmp_path, name):
    want = read(tmp_path, ROWS).value
    if name == "b.xlsx":
        path = xlsx_file(tmp_path / name, [HEADER, *ROWS])
    else:
        fields = {"编号": 0, "小区": 1, "社区代码": 2, "户数": 5, "人口": 6, "older": 7}
        columns = {h: [r[i] for r in ROWS] for h, i in fields.items()}
        path = layer_file(tmp_path / name, columns, [shapely.Point(r[3], r[4]) for r in ROWS])
    crs = "EPSG:4490" if name == "b.xlsx" else None
    found = read_demand(people(path, crs=crs), tmp_path, WINDOW)
    assert errors(found) == []
    for label in ("id", "name", "community", "count_date"):
        assert getattr(found.value, label) == getattr(want, label)
    for label in ("lonlat", "households", "older"):
        assert np.allclose(getattr(found.value, label), getattr(want, label), atol=1e-9)


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        (5, "-7", "table.too_small"),
        (5, "", "households.missing"),
        (5, "多", "table.not_a_number"),
        (7, "-1", "table.too_small"),
        (7, "701", "households.older_above_population"),
        (6, "-1", "table.too_small"),
        (0, "", "table.no_id"),
    ],
)
def test_bad_cell_names_row_and_column(tmp_path, column, value, rule):
    found = read(tmp_path, change(0, column, value))
    fault = next(f for f in found.findings if f.rule == rule)
    assert (fault.row, fault.column, fault.found) == (2, HEADER[column], value)
    assert (fault.source, fault.severity, found.value) == ("h.csv", Severity.ERROR, None)


def test_duplicate_id_names_both_rows(tmp_path):
    fault = only(read(tmp_path, change(1, 0, "D2")), "table.duplicate_id")
    assert (fault.row, fault.column, fault.found) == (3, "编号", "D2")
    assert dict(fault.values)["other"] == "2"


def test_unknown_older_people_are_told_and_stay_unknown(tmp_path):
    found = read(tmp_path, change(0, 7, ""))
    fault = only(found, "households.older_unknown")
    assert (fault.severity, fault.column, fault.found) == (Severity.WARNING, "60岁以上人口", "1")
    assert np.isnan(found.value.older[1])
    assert found.value.older[0] == 0


def test_share_of_the_people_is_told(tmp_path):
    rows, header = without(7)
    found = read(tmp_path, rows, header, older_share=0.3)
    fault = only(found, "households.share_of_population")
    assert (fault.severity, fault.column, fault.found) == (Severity.NOTICE, "总人口", "0.3")
    assert found.value.older.tolist() == [0, pytest.approx(210)]


def test_share_is_never_made_up(tmp_path):
    rows, header = without(7)
    assert rules(read(tmp_path, rows, header)) == ["households.no_share"]
    rows, header = without(6, 7)
    assert rules(read(tmp_path, rows, header)) == ["households.no_people"]


def test_counted_people_win_over_the_share(tmp_path):
    found = read(tmp_path, ROWS, older_share=0.9)
    assert rules(found) == ["households.share_unused"]
    assert found.value.older.tolist() == [0, 210]


def test_no_column_of_households_is_told_once(tmp_path):
    rows, header = without(5)
    found = read(tmp_path, rows, header)
    assert rules(found) == ["households.no_column"]
    assert np.isnan(found.value.households).all()


def test_point_without_a_place_is_an_error(tmp_path):
    rows = change(0, 3, "")
    rows[0][4] = ""
    fault = only(read(tmp_path, rows), "households.no_place")
    assert (fault.row, fault.unit, fault.severity) == (2, "D2", Severity.ERROR)


def test_exchanged_coordinates(tmp_path):
    rows = [[*r[:3], r[4], r[3], *r[5:]] for r in ROWS]
    fault = only(read(tmp_path, rows), "crs.swapped")
    assert (fault.row, fault.found) == (2, "41.3, 123.7")


def test_without_crs(tmp_path):
    assert rules(read(tmp_path, ROWS, crs=None)) == ["crs.missing"]


@pytest.mark.parametrize("header", ["户主姓名", "身份证号", "联系电话"])
def test_personal_columns_are_refused(tmp_path, header):
    found = read(tmp_path, [[*r, "某"] for r in ROWS], [*HEADER, header])
    fault = only(found, "table.personal")
    assert (fault.severity, fault.row, fault.column) == (Severity.ERROR, 1, header)
    assert found.value is None


def test_counts_must_be_dated(tmp_path):
    found = read(tmp_path, ROWS, data_date=None)
    assert rules(found) == ["file.undated"]
    assert found.value is None


def test_ids_are_made_and_told(tmp_path):
    rows, header = without(0)
    found = read(tmp_path, rows, header)
    assert rules(found) == ["table.ids_made"]
    assert found.value.name == ("甲小区", "乙小区")


def test_buildings_are_points_inside_them(tmp_path):
    fields = {"id": ["D1"], "households": [10], "older": [3]}
    box = shapely.box(123.7, 41.3, 123.701, 41.301)
    path = layer_file(tmp_path / "b.gpkg", fields, [box])
    found = read_demand(people(path, crs=None), tmp_path, WINDOW)
    assert rules(found) == ["table.shapes_as_points"]
    assert box.contains(shapely.Point(found.value.lonlat[0]))


def test_headers_are_named_by_their_row(tmp_path):
    found = read(tmp_path, ROWS, [*HEADER[:5], "户数(万户)", *HEADER[6:]])
    fault = only(found, "columns.unit")
    assert (fault.row, fault.column, fault.source) == (1, "户数(万户)", "h.csv")


def test_all_faults_at_once(tmp_path):
    rows = change(0, 5, "-7")
    rows[1][5] = ""
    rows[1][0] = "D2"
    found = read(tmp_path, rows, data_date=None)
    assert set(rules(found)) == {
        "file.undated", "table.duplicate_id", "table.too_small", "households.missing",
    }  # fmt: skip
