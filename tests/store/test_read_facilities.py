"""Facilities: every format, every fault with its row and column."""

from datetime import date

import numpy as np
import pytest
import shapely
from filed import (
    DAY,
    WINDOW,
    csv_file,
    errors,
    layer_file,
    named,
    only,
    rules,
    xlsx_file,
)  # fmt: skip

from planner.model.finding import Severity
from planner.model.scenario import InputFile
from planner.model.sites import FacilityKind
from planner.store.facilities import read_candidates, read_sites

HEADER = ["设施编号", "设施名称", "设施类型", "社区代码", "经度", "纬度", "建筑面积(㎡)", "床位数"]
ROWS = [
    ["F2", "平山站", "社区养老服务站", "210502001002", 123.7, 41.3, 521.5, 0],
    ["F1", "某幸福院", "农村幸福院", "210521200201", 123.8, 41.35, "", ""],
]


def read(tmp_path, rows, header=HEADER, **more):
    path = csv_file(tmp_path / "a.csv", [header, *rows])
    return read_sites((named(path, **{"crs": "EPSG:4490", **more}),), tmp_path, WINDOW)


def change(row, column, value):
    rows = [list(r) for r in ROWS]
    rows[row][column] = value
    return rows


def same(a, b):
    for label in ("lonlat", "floor_m2", "beds", "nursing_beds"):
        assert np.allclose(getattr(a, label), getattr(b, label), atol=1e-9, equal_nan=True), label
    for label in ("id", "name", "kind", "community", "list_date"):
        assert getattr(a, label) == getattr(b, label), label


def test_facilities_by_id(tmp_path):
    found = read(tmp_path, ROWS)
    assert found.findings == ()
    sites = found.value
    assert sites.id == ("F1", "F2")
    assert sites.kind == (FacilityKind.RURAL_ELDERLY, FacilityKind.ELDERLY_STATION)
    assert sites.community == ("210521200201", "210502001002")
    assert sites.floor_m2.tolist()[1] == 521.5
    assert np.isnan(sites.floor_m2[0])
    assert np.isnan(sites.beds[0])
    assert sites.beds[1] == 0
    assert [(o.file, o.row) for o in sites.origin] == [("a.csv", 3), ("a.csv", 2)]
    assert ("column.floor_m2", "建筑面积(㎡)") in found.source.notes


@pytest.mark.parametrize("name", ["b.xlsx", "b.gpkg", "b.geojson", "b.shp"])
def test_every_format_gives_the_same_facilities(tmp_path, name):
    want = read(tmp_path, ROWS).value
    if name == "b.xlsx":
        path = xlsx_file(
            tmp_path / name, [HEADER, *[[v or None if v == "" else v for v in r] for r in ROWS]]
        )
    else:
        columns = {"编号": [r[0] for r in ROWS], "名称": [r[1] for r in ROWS],
                   "类型": [r[2] for r in ROWS], "社区代码": [r[3] for r in ROWS],
                   "面积": [521.5, np.nan], "床位": [0.0, np.nan]}  # fmt: skip
        path = layer_file(tmp_path / name, columns, [shapely.Point(r[4], r[5]) for r in ROWS])
    crs = "EPSG:4490" if name == "b.xlsx" else None
    found = read_sites((named(path, crs=crs),), tmp_path, WINDOW)
    assert errors(found) == []
    same(found.value, want)


def test_gbk_table(tmp_path):
    path = csv_file(tmp_path / "b.csv", [HEADER, *ROWS], "gb18030")
    found = read_sites((named(path, crs="EPSG:4490"),), tmp_path, WINDOW)
    assert found.findings == ()
    assert found.value.name == ("某幸福院", "平山站")
    assert ("encoding", "gb18030") in found.source.notes


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        (6, "-1", "table.too_small"),
        (6, "约五百米", "table.not_a_number"),
        (7, "-3", "table.too_small"),
        (7, "三十几", "table.not_a_number"),
        (4, "一二三", "table.not_a_number"),
        (0, "", "table.no_id"),
    ],
)
def test_bad_cell_names_row_and_column(tmp_path, column, value, rule):
    found = read(tmp_path, change(1, column, value))
    fault = only(found, rule)
    assert (fault.row, fault.column, fault.found) == (3, HEADER[column], value)
    assert (fault.source, found.value) == ("a.csv", None)


def test_all_bad_cells_at_once(tmp_path):
    rows = change(0, 6, "-1")
    rows[1][7] = "x"
    rows[1][0] = "F2"
    found = read(tmp_path, rows)
    assert sorted((f.rule, f.row) for f in found.findings) == [
        ("table.duplicate_id", 3), ("table.not_a_number", 3), ("table.too_small", 2),
    ]  # fmt: skip


def test_duplicate_id_names_both_rows(tmp_path):
    fault = only(read(tmp_path, change(1, 0, "F2")), "table.duplicate_id")
    assert (fault.row, fault.column, fault.found) == (3, "设施编号", "F2")
    assert dict(fault.values)["other"] == "2"


def test_missing_coordinates_are_told_and_kept(tmp_path):
    rows = change(1, 4, "")
    rows[1][5] = ""
    found = read(tmp_path, rows)
    fault = only(found, "facilities.no_place")
    assert (fault.severity, fault.row, fault.unit) == (Severity.WARNING, 3, "F1")
    assert np.isnan(found.value.lonlat[0]).all()
    assert found.value.lonlat[1].tolist() == [123.7, 41.3]


def test_half_a_place_is_an_error(tmp_path):
    fault = only(read(tmp_path, change(1, 5, "")), "table.half_place")
    assert (fault.row, fault.column) == (3, "纬度")


def test_no_coordinates_at_all(tmp_path):
    found = read(tmp_path, [r[:4] for r in ROWS], HEADER[:4])
    assert rules(found) == ["table.no_place"]


def test_degrees_without_a_datum(tmp_path):
    found = read(tmp_path, ROWS, crs=None)
    assert rules(found) == ["crs.missing"]
    assert found.value is None


def test_exchanged_coordinates(tmp_path):
    rows = [[*r[:4], r[5], r[4], *r[6:]] for r in ROWS]
    assert rules(read(tmp_path, rows)) == ["crs.swapped"]


def test_ids_are_made_from_the_order_and_told(tmp_path):
    found = read(tmp_path, [r[1:] for r in ROWS], HEADER[1:])
    assert only(found, "table.ids_made").found == "F00001 … F00002"
    assert found.value.id == ("F00001", "F00002")
    assert found.value.name == ("平山站", "某幸福院")


def test_same_name_twice_is_no_fault(tmp_path):
    assert read(tmp_path, change(1, 1, "平山站")).findings == ()


def test_unknown_kind_serves_nobody_and_is_told(tmp_path):
    found = read(tmp_path, change(1, 2, "卫生院"))
    fault = only(found, "facilities.unknown_kind")
    assert (fault.row, fault.column, fault.found) == (3, "设施类型", "卫生院")
    assert found.value.kind[0] is FacilityKind.OTHER


def test_kind_of_a_whole_file(tmp_path):
    rows, header = [r[:2] + r[3:] for r in ROWS], HEADER[:2] + HEADER[3:]
    assert (
        read(tmp_path, rows, header, kind="养老机构").value.kind == (FacilityKind.INSTITUTION,) * 2
    )
    assert rules(read(tmp_path, rows, header)) == ["facilities.no_kind"]
    fault = only(read(tmp_path, rows, header, kind="屋"), "facilities.kind_in_scenario")
    assert (fault.found, "institution" in fault.expected) == ("屋", True)


def test_kind_of_the_file_fills_empty_cells_only(tmp_path):
    found = read(tmp_path, change(1, 2, ""), kind="institution")
    assert found.findings == ()
    assert found.value.kind == (FacilityKind.INSTITUTION, FacilityKind.ELDERLY_STATION)


def test_contact_columns_are_left_out_and_told(tmp_path):
    found = read(tmp_path, [[*r, "024-1234"] for r in ROWS], [*HEADER, "办公电话"])
    fault = only(found, "table.personal_dropped")
    assert (fault.severity, fault.column) == (Severity.NOTICE, "办公电话")
    assert "024-1234" not in repr(found)


def test_several_files_in_one(tmp_path):
    a = csv_file(tmp_path / "a.csv", [HEADER, ROWS[0]])
    b = csv_file(tmp_path / "b.csv", [HEADER, ROWS[1]])
    later = date(2024, 1, 1)
    files = (named(a, crs="EPSG:4490"), named(b, crs="EPSG:4490", data_date=later))
    found = read_sites(files, tmp_path, WINDOW)
    assert rules(found) == ["facilities.dates_differ"]
    assert (found.value.id, found.value.list_date) == (("F1", "F2"), later)
    assert [s.path for s in found.sources] == ["a.csv", "b.csv"]
    assert [o.file for o in found.value.origin] == ["b.csv", "a.csv"]


def test_same_id_in_two_files(tmp_path):
    files = tuple(
        named(csv_file(tmp_path / name, [HEADER, ROWS[0]]), crs="EPSG:4490")
        for name in ("a.csv", "b.csv")
    )
    fault = only(read_sites(files, tmp_path, WINDOW), "facilities.duplicate_between")
    assert (fault.source, fault.row, fault.found) == ("b.csv", 2, "F2")
    assert dict(fault.values) == {"other": "2", "other_file": "a.csv"}


def test_faults_of_all_files_at_once(tmp_path):
    a = csv_file(tmp_path / "a.csv", [HEADER, *change(0, 6, "-1")])
    files = (InputFile(path="missing.csv"), named(a, crs="EPSG:4490"))
    found = read_sites(files, tmp_path, WINDOW)
    assert rules(found) == ["file.missing", "file.undated", "table.too_small"]
    assert found.value is None


def test_register_must_be_dated(tmp_path):
    assert rules(read(tmp_path, ROWS, data_date=None)) == ["file.undated"]


def test_candidates(tmp_path):
    rows = [
        ["场地编号", "场地名称", "经度", "纬度", "可用面积"],
        ["C1", "旧校舍", 123.7, 41.3, 600],
    ]
    path = csv_file(tmp_path / "c.csv", rows)
    found = read_candidates(
        InputFile(path="c.csv", crs="EPSG:4490", data_date=DAY), tmp_path, WINDOW
    )
    assert (found.findings, path.exists()) == ((), True)
    assert found.value.kind == (FacilityKind.CANDIDATE,)
    assert found.value.floor_m2.tolist() == [600.0]
    assert found.value.list_date == DAY
