"""Entrances from tables and layers."""

import numpy as np
import pytest
import shapely
from filed import WINDOW, csv_file, errors, layer_file, named, only, rules

from planner.store.entrances import read_entrances

HEAD = ["设施编号", "所属类型", "经度", "纬度"]


def read(path, **more):
    return read_entrances(named(path, crs="EPSG:4490", **more), path.parent, WINDOW)


def test_a_table_of_gates(tmp_path):
    rows = [
        HEAD,
        ["F1", "设施", 123.7, 41.3],
        ["1001", "小区", 123.71, 41.31],
        ["X", "", 123.7, 41.3],
    ]
    found = read(csv_file(tmp_path / "gates.csv", rows))
    assert found.findings == ()
    assert found.value.place == ("F1", "1001", "X")
    assert found.value.of == ("facility", "demand", "")
    assert [o.row for o in found.value.origin] == [2, 3, 4]
    np.testing.assert_array_equal(found.value.lonlat[1], [123.71, 41.31])
    assert (found.source.role, found.source.rows) == ("entrances", 3)


def test_a_layer_of_points_needs_no_columns_but_the_id(tmp_path):
    path = layer_file(
        tmp_path / "gates.gpkg", {"编号": ["P1", "P2"]},
        [shapely.Point(123.7, 41.3), shapely.Point(123.71, 41.31)],
    )  # fmt: skip
    found = read_entrances(named(path), path.parent, WINDOW)
    assert found.value.place == ("P1", "P2")
    assert found.value.of == ("", "")


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        (["", "设施", 123.7, 41.3], "table.no_id"),
        (["F1", "大门", 123.7, 41.3], "entrances.unknown_kind"),
        (["F1", "", "", ""], "entrances.no_place"),
        (["F1", "", "12x", 41.3], "table.not_a_number"),
    ],
)
def test_a_bad_row_is_an_error_with_its_number(tmp_path, row, rule):
    rows = [HEAD, ["F1", "设施", 123.7, 41.3], row]
    found = read(csv_file(tmp_path / "gates.csv", rows))
    assert found.value is None
    assert only(found, rule).row == 3


def test_no_column_with_ids_is_an_error(tmp_path):
    found = read(csv_file(tmp_path / "gates.csv", [["经度", "纬度"], [123.7, 41.3]]))
    assert "columns.missing" in rules(found)
    assert found.value is None


def test_a_missing_file_is_an_error(tmp_path):
    assert [f.rule for f in errors(read(tmp_path / "none.csv"))] == ["file.missing"]
