"""Which streets people live along, as every kind of source says it."""

import json

import pytest
import shapely
from filed import GROUND, layer_file, named, osm_file

from planner.store.streets import read_network

PLACES = {1: (123.70, 41.30), 2: (123.71, 41.30), 3: (123.72, 41.30)}
WAYS = [
    ({"highway": "residential"}, True),
    ({"highway": "living_street"}, True),
    ({"highway": "service"}, True),
    ({"highway": "service", "service": "parking_aisle"}, False),
    ({"highway": "residential", "bridge": "yes"}, False),
    ({"highway": "residential", "tunnel": "yes"}, False),
    ({"highway": "primary"}, False),
    ({"highway": "track"}, False),
    ({"highway": "footway"}, False),
    ({"highway": "steps"}, False),
]


@pytest.mark.parametrize(("tags", "lived_on"), WAYS)
def test_ways_of_an_extract(tmp_path, tags, lived_on):
    ways = [((1, 2), tags), ((2, 3), {"highway": "primary"})]
    path = osm_file(tmp_path / "s.osm.pbf", PLACES, ways)
    network = read_network(named(path), tmp_path, GROUND).value
    assert sorted(network.lived_on.tolist()) == sorted([lived_on, False])


@pytest.mark.parametrize(
    ("word", "lived_on"),
    [("支路", True), ("小区道路", True), ("residential", True), ("主干路", False), ("桥", False),
     ("", False)],
)  # fmt: skip
def test_lines_of_a_road_layer(tmp_path, word, lived_on):
    lines = [shapely.LineString([PLACES[1], PLACES[2]]), shapely.LineString([PLACES[2], PLACES[3]])]
    path = layer_file(tmp_path / "r.gpkg", {"道路类型": [word, "主干路"]}, lines)
    network = read_network(named(path), tmp_path, GROUND).value
    assert sorted(network.lived_on.tolist()) == sorted([lived_on, False])


@pytest.mark.parametrize(("tags", "lived_on"), WAYS[:6])
def test_edges_of_a_graph(tmp_path, tags, lived_on):
    import networkx as nx  # noqa: PLC0415  the only test that makes a graph

    graph = nx.MultiDiGraph(crs="EPSG:4326", simplified="True")
    for node, (lon, lat) in PLACES.items():
        graph.add_node(node, x=str(lon), y=str(lat))
    graph.add_edge(1, 2, **tags)
    graph.add_edge(2, 3, highway="primary")
    path = tmp_path / "s.graphml"
    nx.write_graphml(graph, path)
    network = read_network(named(path), tmp_path, GROUND).value
    assert sorted(network.lived_on.tolist()) == sorted([lived_on, False]), json.dumps(tags)
