"""Shapes that are only drawn."""

import numpy as np
import shapely
from filed import csv_file, layer_file, named, rules
from pyproj import Transformer

from planner.store.backdrop import read_backdrop

RIVER = shapely.LineString([(123.7, 41.3), (123.8, 41.35)])


def test_names_and_shapes(tmp_path):
    path = layer_file(tmp_path / "a.gpkg", {"名称": ["太子河", "x"]}, [RIVER, None])
    found = read_backdrop(named(path), tmp_path)
    assert found.findings == ()
    assert found.value == (("太子河", RIVER),)


def test_web_mercator_may_be_drawn(tmp_path):
    turn = Transformer.from_crs(4326, 3857, always_xy=True).transform
    shape = shapely.transform(RIVER, lambda p: np.column_stack(turn(*p.T)))
    path = layer_file(tmp_path / "a.gpkg", {"id": ["1"]}, [shape], crs="EPSG:3857")
    found = read_backdrop(named(path), tmp_path)
    assert found.findings == ()
    assert found.value[0][0] == ""
    assert shapely.hausdorff_distance(found.value[0][1], RIVER) < 1e-7


def test_nothing_to_draw(tmp_path):
    path = csv_file(tmp_path / "a.csv", [["name"], ["x"]])
    found = read_backdrop(named(path), tmp_path)
    assert (rules(found), found.value) == (["backdrop.no_shapes"], None)
    assert rules(read_backdrop(named(tmp_path / "b.gpkg"), tmp_path)) == ["file.missing"]
