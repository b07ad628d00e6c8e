"""The office's own road layer: cut, joined, and what nearly meets is told."""

import itertools
from pathlib import Path

import numpy as np
import pytest
import shapely
from filed import DAY, GROUND, layer_file, named, only, rules

from planner.model.finding import Severity
from planner.model.network import WayKind
from planner.model.scenario import Streets
from planner.store.streets import read_network

MIDDLE = GROUND.to_metres(np.array([[123.75, 41.3]]))


def degrees(*points):
    """Return a line through places in metres from the middle of the ground."""
    return shapely.LineString(GROUND.to_degrees(np.array(points, float) + MIDDLE))


def layer(tmp_path, shapes, fields=None, name="a.gpkg", **more):
    fields = fields or {"id": [str(i) for i in range(len(shapes))]}
    path = layer_file(tmp_path / name, fields, shapes)
    options = {"path": Path(path.name), "data_date": DAY, **more}
    return read_network(Streets(**options), tmp_path, GROUND)


def at(x, y):
    lon, lat = GROUND.to_degrees(np.array([[x, y]], float) + MIDDLE)[0]
    return pytest.approx((lon, lat), abs=2e-6)


def nodes(found):
    """Return the nodes in metres from the middle, rounded."""
    net = found.value
    ends = np.concatenate([net.edge_start[:-1], net.edge_start[1:] - 1])
    return {tuple(p) for p in (np.round(net.vertices[ends] - MIDDLE, 1) + 0.0).tolist()}


CROSS = [degrees((0, 0), (100, 0)), degrees((50, -20), (50, 20))]


@pytest.mark.parametrize("name", ["a.gpkg", "a.geojson", "a.shp"])
def test_noded_layer_stays_as_it_is(tmp_path, name):
    star = [degrees((0, 0), (100, 0)), degrees((100, 0), (200, 0)),
            degrees((100, 0), (100, 50)), degrees((100, -50), (100, 0.004))]  # fmt: skip
    options = {"COORDINATE_PRECISION": "9"} if name == "a.geojson" else {}
    path = layer_file(tmp_path / name, {"id": ["1", "2", "3", "4"]}, star, **options)
    found = read_network(named(path), tmp_path, GROUND)
    assert found.findings == ()
    net = found.value
    assert (len(net), net.node_count) == (4, 5)
    assert np.allclose(net.length_m, [100, 100, 50, 50], atol=0.01)


def test_parts_are_lines_of_their_own(tmp_path):
    shape = shapely.MultiLineString([degrees((0, 0), (50, 0)), degrees((50, 0), (99, 0))])
    assert len(layer(tmp_path, [shape]).value) == 2


def test_crossing_becomes_a_node_and_is_told(tmp_path):
    found = layer(tmp_path, CROSS, {"道路类型": ["支路", "支路"]})
    assert (len(found.value), found.value.node_count) == (4, 5)
    fault = only(found, "streets.joined")
    values = dict(fault.values)
    assert (fault.severity, fault.found) == (Severity.NOTICE, "1")
    assert (values["crossings"], values["touches"]) == ("1", "0")
    assert values["examples"].startswith("1 × 2 (")
    assert (fault.lon, fault.lat) == at(50, 0)
    assert {("node_crossings", "true"), ("snap_m", "0.5")} <= set(found.source.notes)


def test_joining_without_knowing_bridges_is_a_warning(tmp_path):
    assert only(layer(tmp_path, CROSS), "streets.joined_blindly").severity is Severity.WARNING


def test_crossings_are_only_told_where_the_scenario_says_so(tmp_path):
    shapes = [CROSS[0], *(degrees((x, -9), (x, 9)) for x in range(10, 60, 10)),
              degrees((100, 0), (100, 900))]  # fmt: skip
    found = layer(tmp_path, shapes, node_crossings=False)
    fault = only(found, "streets.not_noded")
    assert (fault.severity, fault.found) == (Severity.WARNING, "5")
    assert dict(fault.values)["examples"].count("×") == 3
    assert len(found.value) == len(shapes)


def test_end_on_a_street_joins_it(tmp_path):
    found = layer(tmp_path, [degrees((0, 0), (50, 0), (100, 0)), degrees((50, 0), (50, 20))])
    assert dict(only(found, "streets.joined_blindly").values)["touches"] == "1"
    assert len(found.value) == 3


def test_second_crossing_of_lines_that_meet(tmp_path):
    found = layer(tmp_path, [degrees((0, 0), (100, 0)), degrees((0, 0), (20, 20), (60, -20))])
    assert nodes(found) == {(0, 0), (40, 0), (100, 0), (60, -20)}


@pytest.mark.parametrize(
    ("fields", "joined"),
    [
        ({"道路类型": ["支路", "桥"]}, False),
        ({"桥梁": ["否", "是"]}, False),
        ({"bridge": ["F", "T"]}, False),
        ({"bridge": ["no", "viaduct"]}, False),
        ({"tunnel": ["0", "1"]}, False),
        ({"隧": ["", "有"]}, False),
        ({"layer": ["0", "1"]}, False),
        ({"层级": ["1", "1"]}, True),
        ({"bridge": ["yes", "yes"], "layer": ["1", "2"]}, False),
        ({"bridge": ["yes", "yes"], "layer": ["1", "1"]}, False),
        ({"bridge": ["no", "no"]}, True),
    ],
)
def test_levels_keep_lines_apart(tmp_path, fields, joined):
    """With a street round the corner that joins both, so that the layer is in one piece."""
    round_ = [degrees((100, 0), (50, 20))]
    more = {name: [*said, ""] for name, said in fields.items()}
    found = layer(tmp_path, CROSS + round_, more)
    assert ((50, 0) in nodes(found)) is joined


def test_bridge_lands_on_the_middle_of_a_street(tmp_path):
    shapes = [degrees((0, 0), (100, 0)), degrees((50, 0.3), (50, 40))]
    found = layer(tmp_path, shapes, {"bridge": ["no", "yes"]})
    assert found.value.node_count == 4
    assert [WayKind(k).name for k in found.value.kind] == ["STREET", "STREET", "BRIDGE"]


def test_stairs_on_the_middle_of_a_bridge_are_told(tmp_path):
    shapes = [degrees((0, 0), (100, 0)), degrees((50, 0), (50, -20)), degrees((0, 0), (50, -20))]
    found = layer(tmp_path, shapes, {"道路类型": ["天桥", "台阶", "支路"]})
    fault = only(found, "streets.on_bridge")
    assert fault.found == "1"
    assert dict(fault.values)["examples"].startswith("2 → 1, 0.00 m (")


def test_ends_that_nearly_meet_are_joined_and_told(tmp_path):
    shapes = [degrees((0, 0), (100, 0)), degrees((100.3, 0), (150, 0)), degrees((30, 0.2), (30, 9))]
    found = layer(tmp_path, shapes)
    assert found.value.component.max() == 0
    fault = only(found, "streets.snapped")
    assert (fault.severity, fault.found) == (Severity.NOTICE, "2")
    assert dict(fault.values) == {"largest": "0.30", "snap": "0.5"}


def test_tolerance_is_that_of_the_scenario(tmp_path):
    shapes = [degrees((0, 0), (100, 0)), degrees((100.3, 0), (150, 0))]
    found = layer(tmp_path, shapes, snap_m=0.01)
    assert only(found, "streets.islands").found == "2"


def test_near_ends_of_other_levels_stay_apart(tmp_path):
    shapes = [degrees((0, 0), (100, 0)), degrees((100.3, 0), (190, 0))]
    found = layer(tmp_path, shapes, {"bridge": ["yes", "yes"], "layer": ["1", "2"]})
    assert only(found, "streets.islands").found == "2"


def test_undershoots_are_told(tmp_path):
    shapes = [degrees((0, 0), (100, 0)), degrees((30, 2), (30, 40), (100, 0)),
              degrees((70, 7), (100, 0))]  # fmt: skip
    fault = only(layer(tmp_path, shapes), "streets.near_misses")
    assert (fault.severity, fault.found) == (Severity.WARNING, "1")
    assert dict(fault.values)["examples"].startswith("2 → 1, 2.00 m (")
    assert (fault.lon, fault.lat) == at(30, 2)


def test_stub_beside_its_own_street_is_no_undershoot(tmp_path):
    shapes = [degrees((0, 0), (50, 0)), degrees((50, 0), (100, 0)), degrees((50, 0), (52, 3))]
    assert layer(tmp_path, shapes).findings == ()


def test_lines_drawn_twice_or_without_length(tmp_path):
    twice = degrees((0, 0), (50, 10), (100, 0))
    point = shapely.LineString([twice.coords[0], twice.coords[0]])
    over = degrees((50, 10), (100, 0), (120, 0))
    found = layer(tmp_path, [twice, twice.reverse(), point, over])
    assert dict(only(found, "streets.dropped").values) == {"empty": "1", "twice": "2"}
    ways = [found.value.length_m[k] for k in range(len(found.value))]
    assert sum(ways) == pytest.approx(2 * np.hypot(50, 10) + 20, abs=0.02)


def test_line_that_crosses_itself(tmp_path):
    found = layer(tmp_path, [degrees((0, 0), (40, 0), (40, 30), (20, 30), (20, -30))])
    assert nodes(found) == {(0, 0), (20, 0), (20, -30)}
    assert len(found.value) == 3


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"道路类型": ["支路", "高速公路"]}, "高速公路"),
        ({"道路类型": ["支路", "快速路"]}, "快速路"),
        ({"道路类型": ["支路", "规划道路"]}, "规划道路"),
        ({"道路类型": ["支路", "铁路"]}, "铁路"),
        ({"fclass": ["residential", "motorway"]}, "motorway"),
        ({"可步行": ["是", "否"]}, "否"),
        ({"foot": ["yes", "private"]}, "private"),
        ({"道路类型": ["支路", "快速路"], "人行道": ["", "有"]}, None),
        ({"fclass": ["residential", "motorway"], "foot": ["", "yes"]}, None),
        ({"道路类型": ["支路", "主干路"], "人行道": ["是", "否"]}, None),
    ],
)
def test_what_is_not_for_walking(tmp_path, fields, told):
    found = layer(tmp_path, [degrees((0, 0), (100, 0)), degrees((100, 0), (200, 0))], fields)
    assert len(found.value) == (2 if told is None else 1)
    if told is None:
        assert found.findings == ()
    else:
        fault = only(found, "streets.not_walked")
        assert (fault.found, fault.row) == (told, 2)
        assert dict(fault.values) == {"count": "1", "km": "0.1"}


def test_nothing_left_to_walk_on(tmp_path):
    found = layer(tmp_path, [degrees((0, 0), (100, 0))], {"道路类型": ["高速公路"]})
    assert (rules(found), found.value) == (["streets.not_walked", "streets.none"], None)


def test_streets_elsewhere_are_left_out(tmp_path):
    path = layer_file(tmp_path / "a.gpkg", {"id": ["1"]}, [degrees((0, 0), (100, 0))])
    found = read_network(named(path), tmp_path, GROUND, (1, 1, 2, 2))
    assert rules(found) == ["streets.none_here"]


def test_classes_of_open_street_map(tmp_path):
    kinds = ["footway", "steps", "primary_link", "bridleway", "天路"]
    shapes = [degrees((10 * i, 0), (10 * i + 10, 0)) for i in range(5)]
    found = layer(tmp_path, shapes, {"fclass": kinds})
    assert [WayKind(k).name for k in found.value.kind] == [
        "PATH", "STEPS", "STREET", "PATH", "STREET"]  # fmt: skip
    assert only(found, "streets.unknown_kind").found == "天路"


def test_levels_nobody_understands(tmp_path):
    found = layer(tmp_path, [degrees((0, 0), (100, 0))], {"level": ["上层"]})
    assert only(found, "streets.unknown_level").found == "上层"


def test_islands_say_where_they_are(tmp_path):
    shapes = [degrees((0, 0), (300, 0)), degrees((20, 60), (60, 60)), degrees((0, 25), (0, 90))]
    fault = only(layer(tmp_path, shapes, {"道路类型": ["支路"] * 3}), "streets.islands")
    assert fault.found == "3"
    first, second = dict(fault.values)["examples"].split("; ")
    assert "65 m" in first
    assert "25 m" in first
    assert "60 m" in second
    assert (fault.lon, fault.lat) == at(0, 25)


def test_points_are_no_streets(tmp_path):
    found = layer(tmp_path, [shapely.Point(123.75, 41.3)])
    assert (rules(found), found.value) == (["streets.no_lines"], None)


def test_order_of_rows_does_not_matter(tmp_path):
    rng = np.random.default_rng(5)
    shapes = [degrees(*rng.uniform(0, 300, (4, 2))) for _ in range(25)]
    graphs = []
    for order in (range(25), reversed(range(25))):
        net = layer(tmp_path, [shapes[i] for i in order], node_crossings=True).value
        lines = [net.vertices[a:b] for a, b in itertools.pairwise(net.edge_start)]
        ends = np.round(np.array([[x[0], x[-1]] for x in lines]))
        graphs.append(sorted(min(x.tolist(), x[::-1].tolist()) for x in ends))
        (tmp_path / "a.gpkg").unlink()
    assert graphs[0] == graphs[1]
