"""Streets that open and close, from layers."""

import json

import numpy as np
import pytest
import shapely
from filed import GROUND, WINDOW, csv_file, errors, layer_file, named, only, rules

from planner.model.network import WayKind
from planner.store.street_changes import read_street_changes

LINE = shapely.LineString([(123.7, 41.3), (123.701, 41.3)])
POINT = shapely.Point(123.7, 41.3)


def layer(path, change, shapes, kind=None):
    fields = {"变更": change}
    if kind:
        fields["道路类型"] = kind
    return layer_file(path / "changes.geojson", fields, shapes, crs="OGC:CRS84")


def read(path, heights=None):
    return read_street_changes(named(path), path.parent, GROUND, WINDOW, heights)


def test_lines_open_and_close_and_a_point_closes(tmp_path):
    many = shapely.MultiLineString([LINE, shapely.LineString([(123.7, 41.31), (123.71, 41.31)])])
    path = layer(
        tmp_path, ["新增", "close", "封闭"], [LINE, many, shapely.MultiPoint([POINT])],
        ["天桥", "", "road"],
    )  # fmt: skip
    found = read(path)
    assert found.findings == ()
    assert [c.change.value for c in found.value.changes] == ["open", "close", "close", "close"]
    assert [c.origin.row for c in found.value.changes] == [1, 2, 2, 3]
    assert [len(c.xy) for c in found.value.changes] == [2, 2, 2, 1]
    assert found.value.changes[0].way is WayKind.BRIDGE
    np.testing.assert_allclose(found.value.changes[0].lonlat, [(123.7, 41.3), (123.701, 41.3)])
    np.testing.assert_allclose(
        found.value.changes[0].xy, GROUND.to_metres(shapely.get_coordinates(LINE))
    )
    assert found.value.crs == GROUND.crs


def test_without_a_kind_a_new_way_is_a_street(tmp_path):
    (made,) = read(layer(tmp_path, ["open"], [LINE])).value.changes
    assert made.way is WayKind.STREET
    assert np.isnan(made.profile_m).all()


def test_heights_are_read_every_thirty_metres(tmp_path):
    def heights(lonlat):
        return lonlat[:, 0] * 1000

    (made,) = read(layer(tmp_path, ["新建"], [LINE]), heights).value.changes
    assert len(made.xy) == 4  # 83.7 m
    np.testing.assert_allclose(made.profile_m[[0, -1]], [123_700, 123_701])


def mixed(path, fields, shapes):
    """Write GeoJSON by hand, which allows any shape in any row."""
    features = [
        {
            "type": "Feature",
            "properties": {name: column[i] for name, column in fields.items()},
            "geometry": None if shape is None else shapely.geometry.mapping(shape),
        }
        for i, shape in enumerate(shapes)
    ]
    document = {"type": "FeatureCollection", "features": features}
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("change", "shape", "kind", "rule"),
    [
        ("新增", POINT, "", "changes.open_point"),
        ("改道", LINE, "", "changes.unknown_word"),
        ("", LINE, "", "changes.unknown_word"),
        ("新增", LINE, "索道", "changes.unknown_word"),
        ("封闭", POINT.buffer(0.001), "", "changes.shape"),
        ("封闭", None, "", "changes.shape"),
        ("新增", shapely.LineString([(123.7, 41.3), (123.7, 41.3)]), "", "changes.shape"),
    ],
)
def test_what_cannot_be_used_is_an_error_with_the_number_of_the_feature(
    tmp_path, change, shape, kind, rule
):
    path = tmp_path / "changes.geojson"
    fields = {"变更": ["封闭", change], "道路类型": ["桥", kind]}
    found = read(mixed(path, fields, [LINE, shape]))
    assert found.value is None
    assert only(found, rule).row == 2


def test_a_table_has_no_shapes(tmp_path):
    path = csv_file(tmp_path / "changes.csv", [["变更", "类型"], ["新增", "路"]])
    found = read(path)
    assert rules(found) == ["changes.no_shapes"]
    assert [f.rule for f in errors(read(tmp_path / "none.geojson"))] == ["file.missing"]
