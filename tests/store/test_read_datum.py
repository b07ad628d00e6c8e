"""A stated datum is undone at the door; degrees may be written with minutes and seconds."""

import numpy as np
import pytest
import shapely
from filed import WINDOW, csv_file, errors, layer_file, named, only, people, rules

from planner.kernel.datum import wgs84_to_bd09, wgs84_to_gcj02
from planner.model.finding import Severity
from planner.store.angles import angle_of
from planner.store.boundaries import read_districts
from planner.store.entrances import read_entrances
from planner.store.facilities import read_candidates, read_sites
from planner.store.households import read_demand

PLACES = np.array([[123.7, 41.3], [123.75, 41.31], [123.8, 41.32]])
GCJ, BD = wgs84_to_gcj02(PLACES), wgs84_to_bd09(PLACES)


def sites(tmp_path, rows, header=("经度", "纬度"), extra=(), **more):
    table = [["编号", "类型", *header, *extra]]
    table += [[f"F{i}", "养老院", *row] for i, row in enumerate(rows)]
    csv_file(tmp_path / "f.csv", table)
    file = named(tmp_path / "f.csv", **more)
    return read_sites((file,), tmp_path, WINDOW)


@pytest.mark.parametrize(
    ("datum", "told", "name"), [("gcj02", GCJ, "GCJ-02"), ("bd09", BD, "BD-09")]
)
def test_a_stated_datum_is_undone_and_told(tmp_path, datum, told, name):
    read = sites(tmp_path, told.tolist(), datum=datum)
    assert np.allclose(read.value.lonlat, PLACES, rtol=0, atol=1e-10)
    note = only(read, "datum.converted")
    assert (note.severity, note.found) == (Severity.NOTICE, name)
    assert name in read.source.crs
    assert {o.datum for o in read.value.origin} == {datum}


@pytest.mark.parametrize("datum", ["wgs84", "cgcs2000"])
def test_a_true_datum_changes_nothing_and_stands_for_the_system(tmp_path, datum):
    read = sites(tmp_path, PLACES.tolist(), datum=datum)
    assert np.array_equal(read.value.lonlat, PLACES)
    assert rules(read) == []
    assert rules(sites(tmp_path, PLACES.tolist())) == ["crs.missing"]


def test_each_source_has_its_own_datum(tmp_path):
    rows = [[*GCJ[0], "高德"], [*BD[1], "百度"], [*PLACES[2], "天地图"]]
    datums = {"高德": "gcj02", "百度": "bd09"}
    read = sites(tmp_path, rows, extra=["坐标来源"], crs="EPSG:4490", datums=datums)
    assert np.allclose(read.value.lonlat, PLACES, rtol=0, atol=1e-10)
    assert rules(read) == ["datum.converted"] * 2
    assert [(o.group, o.datum, o.hint) for o in read.value.origin] == [
        ("高德", "gcj02", "高德"), ("百度", "bd09", "百度"), ("天地图", "", "")]  # fmt: skip


def test_rows_of_no_listed_source_have_the_datum_of_the_file(tmp_path):
    rows = [[*GCJ[0], "高德"], [*PLACES[1], "实测"], [*GCJ[2], ""]]
    read = sites(tmp_path, rows, extra=["坐标来源"], datum="gcj02", datums={"实测": "cgcs2000"})
    assert np.allclose(read.value.lonlat, PLACES, rtol=0, atol=1e-10)


def test_a_source_that_is_not_there_is_an_error(tmp_path):
    rows = [[*p, "高德"] for p in PLACES]
    read = sites(tmp_path, rows, extra=["坐标来源"], crs="EPSG:4490", datums={"高徳": "gcj02"})
    assert only(read, "datum.no_such_source").expected == "高德"
    read = sites(tmp_path, PLACES.tolist(), crs="EPSG:4490", datums={"高德": "gcj02"})
    assert [f.rule for f in errors(read)] == ["datum.no_column"]


@pytest.mark.parametrize(
    ("header", "hint"),
    [
        (("高德经度", "高德纬度"), "高德经度"),
        (("bd09_lon", "bd09_lat"), "bd09_lon"),
        (("经度", "纬度"), ""),
        (("天地图经度", "天地图纬度"), ""),
    ],
)
def test_a_header_may_hint_at_a_web_map(tmp_path, header, hint):
    read = sites(tmp_path, PLACES.tolist(), header, crs="EPSG:4490")
    assert {o.hint for o in read.value.origin} == {hint}


def test_two_maps_in_one_file_are_asked_about(tmp_path):
    header = ("高德经度", "高德纬度", "百度经度", "百度纬度")
    read = sites(tmp_path, np.hstack([GCJ, BD]).tolist(), header, crs="EPSG:4490")
    assert "columns.ambiguous" in rules(read)


def test_people_candidates_and_entrances_enter_by_the_same_door(tmp_path):
    table = [["编号", "户数", "60岁以上人口", "经度", "纬度"]]
    table += [[f"P{i}", 10, 2, *p] for i, p in enumerate(GCJ.tolist())]
    csv_file(tmp_path / "p.csv", table)
    demand = read_demand(people(tmp_path / "p.csv", datum="gcj02"), tmp_path, WINDOW).value
    assert np.allclose(demand.lonlat, PLACES, rtol=0, atol=1e-10)
    file = named(tmp_path / "p.csv", datum="gcj02")
    found = read_candidates(file, tmp_path, WINDOW).value
    assert np.allclose(found.lonlat, PLACES, rtol=0, atol=1e-10)
    doors = read_entrances(file, tmp_path, WINDOW).value
    assert np.allclose(doors.lonlat, PLACES, rtol=0, atol=1e-10)
    assert doors.origin[0].datum == "gcj02"


def test_shapes_are_undone_too(tmp_path):
    ring = wgs84_to_gcj02(np.array([[123.7, 41.3], [123.8, 41.3], [123.8, 41.4], [123.7, 41.3]]))
    fields = {"区划代码": ["210502001001"], "社区名称": ["甲社区居委会"]}
    layer_file(tmp_path / "c.gpkg", fields, [shapely.Polygon(ring)])
    file = named(tmp_path / "c.gpkg", datum="gcj02")
    read = read_districts(file, tmp_path, level="community", list_date=file.data_date)
    assert np.allclose(
        shapely.bounds(read.value.geometry[0]), [123.7, 41.3, 123.8, 41.4], atol=1e-9
    )
    assert only(read, "datum.converted").found == "GCJ-02"


@pytest.mark.parametrize(
    "text",
    ["123°45′30″", "１２３°４５′３０″", "123度45分30秒", "东经123°45′30″", "E123°45'30\"",
     "123° 45’ 30”", "123°45'30''E", "123º45′30.0″", "123°45.5′", "123°45′30"],
)  # fmt: skip
def test_degrees_minutes_and_seconds(text):
    assert angle_of(text) == pytest.approx(123 + 45.5 / 60, abs=1e-12)


def test_other_hemispheres_and_what_is_no_angle():
    assert angle_of("30°06′S") == pytest.approx(-30.1)
    assert angle_of("西经51°12′") == pytest.approx(-51.2)
    for text in ("123.45", "123°61′", "123°45′75″", "123°45.5′30″", "190°", "一百", "", None, 12.5):
        assert angle_of(text) is None


def test_an_angle_is_read_with_a_notice(tmp_path):
    rows = [["123°42′00″", "41°18′00″"], ["123°45′36″", "41.31"]]
    read = sites(tmp_path, rows, crs="EPSG:4490")
    assert np.allclose(read.value.lonlat, [[123.7, 41.3], [123.76, 41.31]], rtol=0, atol=1e-12)
    notes = [f for f in read.findings if f.rule == "table.dms"]
    assert [(f.row, f.column, dict(f.values)["count"]) for f in notes] == [
        (2, "经度", "2"), (3, "经度", "2"), (2, "纬度", "1")]  # fmt: skip
    bad = sites(tmp_path, [["123°72′00″", "41°18′00″"]], crs="EPSG:4490")
    assert only(bad, "table.not_a_number").row == 2


def test_exchanged_angles_are_seen(tmp_path):
    rows = [["41°18′00″", "123°42′00″"]] * 2
    rows[1] = ["41°18′36″", "123°43′00″"]
    assert [f.rule for f in errors(sites(tmp_path, rows, crs="EPSG:4490"))] == ["crs.swapped"]


def test_numbers_without_a_system_name_the_zones(tmp_path):
    read = sites(tmp_path, [[563662.0, 4573058.0]], ("X", "Y"))
    assert only(read, "crs.missing_zone").expected == "EPSG:4550"
    read = sites(tmp_path, [[41563662.0, 4573058.0]], ("X", "Y"))
    assert only(read, "crs.missing_prefixed").expected == "EPSG:4529"
