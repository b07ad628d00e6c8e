"""The walking network from OSM, from an OSMnx graph and from the user's own layer."""

import numpy as np
import osmium
import pytest
import shapely
from filed import GROUND, named, only, osm_file, rules

from planner.model.finding import Severity
from planner.model.network import WayKind
from planner.store.streets import read_network, with_spacing
from planner.store.walkable import walkable, way_kind

#   6
#   |
#   1 --- 2 --- 3      7 - 8 (an island)
#         |
#         4 --- 5
NODES = {
    1: (123.700, 41.300), 2: (123.701, 41.300), 3: (123.702, 41.300), 4: (123.701, 41.299),
    5: (123.702, 41.299), 6: (123.700, 41.301), 7: (123.710, 41.300), 8: (123.711, 41.300),
}  # fmt: skip
STREET = {"highway": "residential"}
WAYS = [([1, 2, 3], STREET), ([2, 4, 5], STREET), ([6, 1], STREET), ([7, 8], STREET)]


def network(tmp_path, ways, nodes=None, bounds=None, name="a.osm.pbf", **more):
    path = osm_file(tmp_path / name, nodes or NODES, ways)
    return read_network(named(path, **more), tmp_path, GROUND, bounds)


def lines(found):
    net = found.value
    pieces = [
        net.vertices[a:b] for a, b in zip(net.edge_start[:-1], net.edge_start[1:], strict=True)
    ]
    return [np.round(GROUND.to_degrees(xy), 6).tolist() for xy in pieces]


def check(net):
    """Every edge begins and ends at its nodes, and is as long as its line."""
    first, last = net.vertices[net.edge_start[:-1]], net.vertices[net.edge_start[1:] - 1]
    places = {}
    for node, place in [*zip(net.tail, first, strict=True), *zip(net.head, last, strict=True)]:
        assert np.allclose(places.setdefault(int(node), place), place, atol=0.011)
    assert set(places) == set(range(net.node_count))
    for i, length in enumerate(net.length_m):
        line = shapely.LineString(net.vertices[net.edge_start[i] : net.edge_start[i + 1]])
        assert line.length == pytest.approx(length, rel=1e-12)


@pytest.mark.parametrize("name", ["a.osm.pbf", "a.osm", "a.osm.gz"])
def test_ways_are_split_where_they_meet(tmp_path, name):
    found = network(tmp_path, WAYS, name=name)
    net = found.value
    check(net)
    assert len(net) == 5
    assert net.node_count == 7  # node 4 is no junction, it stays a vertex
    assert [len(line) for line in lines(found)] == [2, 2, 3, 2, 2]
    assert lines(found)[2] == [list(NODES[2]), list(NODES[4]), list(NODES[5])]
    assert net.component.tolist() == [0, 0, 0, 0, 1]
    assert (net.walk_forward.all(), net.walk_backward.all()) == (True, True)
    assert np.isnan(net.profile_m).all()
    fault = only(found, "streets.islands")
    assert (fault.severity, fault.found) == (Severity.NOTICE, "2")
    assert float(dict(fault.values)["share"]) == pytest.approx(
        100 * net.length_m[4] / net.length_m.sum(), abs=0.05
    )


def test_lengths_are_those_on_the_ground(tmp_path):
    from pyproj import Geod  # noqa: PLC0415

    net = network(tmp_path, WAYS).value
    *_, length = Geod(ellps="GRS80").inv(*NODES[1], *NODES[2])
    assert net.length_m[0] == pytest.approx(length, rel=1e-5)


def test_parallel_edges_and_loops_are_kept(tmp_path):
    ways = [([1, 2], STREET), ([1, 4, 2], STREET), ([2, 3, 5, 2], STREET), ([2, 1], STREET)]
    net = network(tmp_path, ways).value
    check(net)
    pairs = sorted((min(a, b), max(a, b)) for a, b in zip(net.tail, net.head, strict=True))
    assert pairs == [(0, 1), (0, 1), (0, 1), (1, 1)]


def test_ring_by_itself(tmp_path):
    net = network(tmp_path, [([1, 2, 4, 1], STREET)]).value
    assert (len(net), net.node_count, net.tail[0], net.head[0]) == (1, 1, 0, 0)
    assert net.length_m[0] > 250


def test_way_that_meets_itself(tmp_path):
    net = network(tmp_path, [([1, 2, 3, 5, 2], STREET)]).value
    check(net)
    assert len(net) == 2


def test_repeated_node_makes_no_edge_of_no_length(tmp_path):
    net = network(tmp_path, [([1, 1, 2, 2], STREET)]).value
    assert len(net) == 1
    assert net.edge_start.tolist() == [0, 2]


def test_way_cut_by_the_extract(tmp_path):
    nodes = {k: v for k, v in NODES.items() if k != 2}
    found = network(tmp_path, [([6, 1, 2, 3, 5], STREET)], nodes)
    assert len(found.value) == 2
    assert ("cut_ways", "1") in found.source.notes


def test_kinds(tmp_path):
    ways = [([1, 2], {"highway": "footway"}), ([2, 3], {"highway": "steps"}),
            ([2, 4], {"highway": "primary", "bridge": "yes"}),
            ([4, 5], {"highway": "path", "tunnel": "culvert"}), ([6, 1], STREET)]  # fmt: skip
    kinds = network(tmp_path, ways).value.kind
    assert [WayKind(k).name for k in kinds] == ["PATH", "STEPS", "BRIDGE", "TUNNEL", "STREET"]


def test_only_a_walkers_one_way_binds(tmp_path):
    ways = [
        ([1, 2], {**STREET, "oneway": "yes"}),
        ([2, 3], {**STREET, "oneway:foot": "yes"}),
        ([2, 4], {**STREET, "oneway:foot": "-1"}),
        ([4, 5], {**STREET, "foot:backward": "no"}),
    ]
    net = network(tmp_path, ways).value
    assert net.walk_forward.tolist() == [True, True, False, True]
    assert net.walk_backward.tolist() == [True, False, True, False]


@pytest.mark.parametrize(
    ("tags", "allowed"),
    [
        ("highway=residential", True),
        ("highway=primary", True),
        ("highway=steps", True),
        ("highway=track", True),
        ("highway=motorway", False),
        ("highway=motorway foot=yes", True),
        ("highway=trunk", True),
        ("highway=trunk sidewalk=both", True),
        ("highway=trunk motorroad=yes", False),
        ("highway=trunk_link foot=designated", True),
        ("highway=trunk sidewalk:left=yes", True),
        ("highway=primary motorroad=yes", False),
        ("highway=construction", False),
        ("highway=proposed foot=yes", False),
        ("highway=cycleway", False),
        ("highway=cycleway foot=yes", True),
        ("highway=platform", False),
        ("highway=service access=private", False),
        ("highway=service access=private foot=yes", True),
        ("highway=service access=no foot=permissive", True),
        ("highway=service access=destination", True),
        ("highway=footway foot=no", False),
        ("highway=footway foot=private", False),
        ("highway=residential foot=use_sidepath", False),
        ("highway=invented", False),
        ("highway=invented foot=yes", False),
        ("route=ferry", False),
        ("route=ferry foot=yes", False),
    ],
)
def test_who_may_walk_where(tags, allowed):
    assert walkable().allows(dict(t.split("=") for t in tags.split())) is allowed


def test_no_highway_stands_in_two_rules():
    sets = walkable().sets
    classes = [sets[k] for k in ("street", "path", "only_if_said", "never")]
    assert len(frozenset().union(*classes)) == sum(map(len, classes))


@pytest.mark.parametrize(
    ("tags", "kind"),
    [({"highway": "steps", "bridge": "yes"}, WayKind.STEPS),
     ({"highway": "footway", "tunnel": "building_passage"}, WayKind.PATH),
     ({"highway": "residential", "bridge": "no"}, WayKind.STREET)],
)  # fmt: skip
def test_kind_of_a_way(tags, kind):
    assert way_kind(tags) is kind


def test_bounds_leave_out_what_is_elsewhere(tmp_path):
    found = network(tmp_path, WAYS, bounds=(123.69, 41.29, 123.705, 41.31))
    assert len(found.value) == 4
    assert rules(found) == []
    found = network(tmp_path, WAYS, name="b.osm.pbf", bounds=(1, 1, 2, 2))
    assert (rules(found), found.value) == (["streets.none_here"], None)


def test_nothing_to_walk_on(tmp_path):
    found = network(tmp_path, [([1, 2], {"highway": "motorway"})])
    assert (rules(found), found.value) == (["streets.none"], None)


def test_pieces_everywhere(tmp_path):
    ways = [([1, 2], STREET), ([3, 5], STREET), ([7, 8], STREET)]
    fault = only(network(tmp_path, ways), "streets.in_pieces")
    assert (fault.severity, fault.found) == (Severity.ERROR, "3")


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("a.osm.pbf", "file.unreadable"),
        ("a.osm", "file.unreadable"),
        ("a.graphml", "file.unreadable"),
        ("a.geojson", "layer.bad_json"),
        ("a.shp", "layer.missing_part"),
    ],
)
def test_damaged_file(tmp_path, name, rule):
    (tmp_path / name).write_bytes(b"<not this")
    found = read_network(named(tmp_path / name), tmp_path, GROUND)
    assert (rules(found), found.value) == ([rule], None)


def test_missing_and_unknown(tmp_path):
    assert rules(read_network(named(tmp_path / "a.osm.pbf"), tmp_path, GROUND)) == ["file.missing"]
    (tmp_path / "a.dwg").write_bytes(b"x")
    assert rules(read_network(named(tmp_path / "a.dwg"), tmp_path, GROUND)) == [
        "file.unknown_format"
    ]


def test_date_and_attribution(tmp_path):
    header = osmium.io.Header()
    header.set("osmosis_replication_timestamp", "2024-05-01T20:21:19Z")
    path = tmp_path / "dated.osm.pbf"
    writer = osmium.SimpleWriter(str(path), header=header)
    for ref, place in NODES.items():
        writer.add_node(osmium.osm.mutable.Node(id=ref, location=place))
    writer.add_way(osmium.osm.mutable.Way(id=1, nodes=[1, 2], tags=STREET))
    writer.close()
    found = read_network(named(path, data_date=None), tmp_path, GROUND)
    assert str(found.value.data_date) == str(found.source.data_date) == "2024-05-01"
    assert "OpenStreetMap" in found.value.source
    assert read_network(named(path, source="本局"), tmp_path, GROUND).value.source == "本局"
    assert rules(network(tmp_path, WAYS[:1], data_date=None)) == ["streets.undated"]


def slope(lonlat):
    return (lonlat[:, 0] - 123.7) * 1e5


def test_heights_at_every_vertex(tmp_path):
    path = osm_file(tmp_path / "a.osm.pbf", NODES, WAYS[:3])
    found = read_network(named(path), tmp_path, GROUND, None, slope)
    net = found.value
    assert found.findings == ()
    check(net)
    assert np.allclose(net.profile_m, slope(GROUND.to_degrees(net.vertices)), atol=1e-6)
    gaps = np.hypot(*np.diff(net.vertices, axis=0).T)
    inner = np.setdiff1d(np.arange(len(gaps)), net.edge_start[1:-1] - 1)
    assert gaps[inner].max() <= 30
    assert np.allclose(net.length_m, network(tmp_path, WAYS[:3], name="b.osm.pbf").value.length_m)


def test_missing_heights_are_counted_or_stop(tmp_path):
    path = osm_file(tmp_path / "a.osm.pbf", NODES, WAYS[:3])

    def some(lonlat):
        return np.where(lonlat[:, 0] < 123.7015, 100.0, np.nan)

    found = read_network(named(path), tmp_path, GROUND, None, some)
    fault = only(found, "elevation.gaps")
    assert fault.found == str(int(np.isnan(found.value.profile_m).sum()))
    assert fault.lon > 123.7015
    none = read_network(named(path), tmp_path, GROUND, None, lambda p: np.full(len(p), np.nan))
    assert (rules(none), none.value) == (["elevation.none"], None)


def test_spacing_keeps_every_vertex():
    xy = np.array([[0.0, 0], [100, 0], [100, 10], [0, 0], [0, 0], [0, 61]])
    start = np.array([0, 3, 6])
    denser, at = with_spacing(xy, start, 30)
    assert at.tolist() == [0, 6, 11]
    assert denser[:6].tolist() == [[0, 0], [25, 0], [50, 0], [75, 0], [100, 0], [100, 10]]
    assert denser[6:].tolist() == [[0, 0], [0, 0], [0, 61 / 3], [0, 122 / 3], [0, 61]]


# --- an OSMnx graph


def graph_file(path, edges, crs="epsg:4326", nodes=None):
    import networkx as nx  # noqa: PLC0415

    graph = nx.MultiDiGraph(crs=crs)
    for ref, (x, y) in (nodes or NODES).items():
        graph.add_node(ref, x=str(x), y=str(y))
    for tail, head, data in edges:
        graph.add_edge(tail, head, **data)
    nx.write_graphml(graph, path)
    return path


def both(a, b, **data):
    """Return both directions of a street."""
    back = dict(data)
    if "geometry" in data:
        back["geometry"] = shapely.reverse(shapely.from_wkt(data["geometry"])).wkt
    return [(a, b, data), (b, a, back)]


def wkt(*refs):
    return shapely.LineString([NODES[r] for r in refs]).wkt


def test_graph_has_each_street_once(tmp_path):
    edges = [*both(1, 2, highway="residential"), *both(2, 5, geometry=wkt(2, 4, 5)),
             *both(2, 5, geometry=wkt(2, 3, 5)), (1, 6, {"oneway": "True"}),
             *both(2, 2, geometry=wkt(2, 3, 5, 2))]  # fmt: skip
    path = graph_file(tmp_path / "a.graphml", edges)
    found = read_network(named(path), tmp_path, GROUND)
    net = found.value
    check(net)
    assert found.findings == ()
    assert len(net) == 5
    assert net.node_count == 4
    assert net.walk_forward.all()
    assert net.walk_backward.all()


def test_graph_in_metres(tmp_path):
    places = {r: tuple(xy) for r, xy in zip(NODES, to_utm(list(NODES.values())), strict=True)}
    path = graph_file(tmp_path / "a.graphml", both(1, 2), "EPSG:32651", places)
    found = read_network(named(path), tmp_path, GROUND)
    assert lines(found) == [[list(NODES[1]), list(NODES[2])]]
    assert found.source.crs == "EPSG:32651"


def to_utm(places):
    from pyproj import Transformer  # noqa: PLC0415

    turn = Transformer.from_crs(4326, 32651, always_xy=True).transform
    return [turn(*place) for place in places]


def test_graph_kinds_and_motorways(tmp_path):
    edges = [
        *both(1, 2, highway="['residential', 'steps']"),
        *both(2, 3, highway="steps"),
        *both(2, 4, highway="footway", bridge="yes"),
        (4, 5, {"highway": "motorway"}),
    ]
    found = read_network(named(graph_file(tmp_path / "a.graphml", edges)), tmp_path, GROUND)
    assert sorted(WayKind(k).name for k in found.value.kind) == ["BRIDGE", "STEPS", "STREET"]
    assert only(found, "streets.motorways").found == "1"
    assert found.value.node_count == 4


def test_graph_without_crs(tmp_path):
    path = graph_file(tmp_path / "a.graphml", both(1, 2), crs="")
    assert rules(read_network(named(path), tmp_path, GROUND)) == ["crs.missing"]
    assert rules(read_network(named(path, crs="EPSG:4326"), tmp_path, GROUND)) == []


def test_graph_with_exchanged_coordinates(tmp_path):
    nodes = {r: (y, x) for r, (x, y) in NODES.items()}
    path = graph_file(tmp_path / "a.graphml", both(1, 2), nodes=nodes)
    assert rules(read_network(named(path), tmp_path, GROUND)) == ["crs.swapped"]
