"""What kind of table a file is, told by its headers."""

import pytest
from filed import csv_file, layer_file, named
from shapely import LineString, Point, box

from planner.store.recognising import recognise
from planner.store.tables import read_table

CASES = {
    "facilities": [["设施名称", "设施类型", "经度", "纬度"], ["甲站", "养老服务站", 124, 41]],
    "households": [["编号", "小区", "户数", "60岁以上人口", "经度", "纬度"],
                   ["1", "铁路", 5, 2, 124, 41]],
    "communities": [["区划代码", "社区名称", "类型"], ["210502001001", "站前", "居委会"]],
    "counties": [["区划代码", "名称"], ["210502", "平山区"]],
    "candidates": [["场地编号", "场地名称", "造价", "经度", "纬度"], ["C1", "旧厂", 9, 124, 41]],
    "entrances": [["所属编号", "所属类型", "经度", "纬度"], ["F1", "设施", 124, 41]],
}  # fmt: skip


def known(path, **more):
    table, findings = read_table(named(path, **more), path.parent)
    assert findings == ()
    return recognise(table)


@pytest.mark.parametrize("role", CASES)
def test_a_table_is_known_by_its_headers(tmp_path, role):
    assert known(csv_file(tmp_path / "表.csv", CASES[role])) == (role,)


@pytest.mark.parametrize("role", CASES)
def test_the_order_of_columns_and_columns_nobody_knows_do_not_matter(tmp_path, role):
    rows = [["备注", *row[::-1]] for row in CASES[role]]
    assert known(csv_file(tmp_path / "表.csv", rows)) == (role,)


def test_the_same_headers_are_told_apart_by_the_words_below_them(tmp_path):
    """类型 is of facilities or of communities; the words in the column say which."""
    head = ["代码", "名称", "类型"]
    urban = csv_file(tmp_path / "a.csv", [head, ["210502001001", "站前", "居委会"]])
    assert known(urban) == ("communities",)


def test_what_could_be_two_things_is_asked(tmp_path):
    path = csv_file(tmp_path / "a.csv", [["编号", "名称", "区划代码", "面积"], ["1", "甲", "2", 3]])
    assert len(known(path)) > 1


def test_headers_nobody_knows_are_nothing(tmp_path):
    assert known(csv_file(tmp_path / "a.csv", [["甲", "乙"], [1, 2]])) == ()


def test_a_fault_in_a_needed_header_does_not_hide_the_table(tmp_path):
    rows = [["区化代码", "社区名称", "城乡类型"], ["210502001001", "站前", "居委会"]]
    assert known(csv_file(tmp_path / "a.csv", rows)) == ("communities",)


def test_shapes_decide_where_headers_do_not(tmp_path):
    lines = layer_file(tmp_path / "a.gpkg", {"note": ["x"]}, [LineString([(124, 41), (124.1, 41)])])
    assert known(lines) == ("streets", "backdrop")
    areas = layer_file(tmp_path / "b.gpkg", {"note": ["x"]}, [box(124, 41, 124.1, 41.1)])
    assert known(areas) == ("communities", "backdrop")
    points = layer_file(tmp_path / "c.gpkg", {"note": ["x"]}, [Point(124, 41)])
    assert known(points) == ()


def test_a_table_without_shapes_is_never_streets(tmp_path):
    rows = [["道路类型", "变更"], ["台阶", "新增"]]
    assert not {"streets", "street_changes", "backdrop"} & set(
        known(csv_file(tmp_path / "a.csv", rows))
    )


def test_street_changes_are_told_from_streets(tmp_path):
    shapes = [LineString([(124, 41), (124.1, 41)])] * 2
    fields = {"道路类型": ["台阶", "道路"], "变更": ["新增", "封闭"]}
    assert known(layer_file(tmp_path / "a.gpkg", fields, shapes)) == ("street_changes",)
    del fields["变更"]
    assert known(layer_file(tmp_path / "b.gpkg", fields, shapes)) == ("streets",)
