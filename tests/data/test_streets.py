"""The embedded city's streets, read from the PBF with osmium alone."""

import csv
import json
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import osmium
import pyogrio
import pytest
import shapely
from pyproj import Transformer
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

DATA = Path(__file__).resolve().parents[2] / "data"
PBF = DATA / "streets/benxi_synthetic.osm.pbf"
METRES = Transformer.from_crs("EPSG:4326", "EPSG:4510", always_xy=True)
REACH_M = 0.8 * 15 * 60


@dataclass(frozen=True)
class Streets:
    lonlat: np.ndarray
    xy: np.ndarray
    ends: np.ndarray
    way: np.ndarray
    tags: list[dict[str, str]]
    junction: np.ndarray

    def graph(self):
        length = np.hypot(*(self.xy[self.ends[:, 0]] - self.xy[self.ends[:, 1]]).T)
        n = len(self.xy)
        return coo_array((length, (self.ends[:, 0], self.ends[:, 1])), shape=(n, n)).tocsr()

    def pieces(self):
        return connected_components(self.graph(), directed=False)[1]


@pytest.fixture(scope="module")
def streets():
    places, ways, tags = {}, [], []
    for item in osmium.FileProcessor(str(PBF)):
        if item.is_node():
            places[item.id] = (item.location.lon, item.location.lat)
        elif item.is_way():
            ways.append([node.ref for node in item.nodes])
            tags.append({tag.k: tag.v for tag in item.tags})
    number = {ref: k for k, ref in enumerate(sorted(places))}
    lonlat = np.array([places[ref] for ref in sorted(places)])
    ends, way = [], []
    used = Counter()
    for k, refs in enumerate(ways):
        ends += [(number[a], number[b]) for a, b in pairwise(refs)]
        way += [k] * (len(refs) - 1)
        used.update({number[ref] for ref in refs})
        used.update((number[refs[0]], number[refs[-1]]))
    junction = np.array([used[k] > 1 for k in range(len(lonlat))])
    xy = np.column_stack(METRES.transform(lonlat[:, 0], lonlat[:, 1]))
    return Streets(lonlat, xy, np.array(ends), np.array(way), tags, junction)


def points_of(name):
    with (DATA / name).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    lonlat = np.array([(float(row["经度"]), float(row["纬度"])) for row in rows])
    return rows, np.column_stack(METRES.transform(lonlat[:, 0], lonlat[:, 1]))


def distance_to_street(streets, xy):
    lines = shapely.linestrings(streets.xy[streets.ends])
    points = shapely.points(xy)
    at = shapely.STRtree(lines).nearest(points)
    return shapely.distance(points, lines[at]), at


def test_header_and_every_way_say_synthetic(streets):
    with osmium.io.Reader(str(PBF)) as reader:
        assert "synthetic demonstration" in reader.header().get("generator")
    assert {tags["source"] for tags in streets.tags} == {"synthetic demo"}
    assert all(tags["highway"] for tags in streets.tags)


def test_one_network_and_at_most_two_tiny_islands(streets):
    size = np.sort(np.bincount(streets.pieces()))[::-1]
    assert len(size) <= 3
    assert size[1:].sum() < 100
    assert set(np.unique(streets.ends)) == set(range(len(streets.xy)))


def test_the_towns_have_thirty_to_sixty_thousand_nodes(streets):
    frame = pyogrio.read_dataframe(DATA / "boundaries/benxi_communities_2020_synthetic.gpkg")
    towns = frame.geometry[frame["kind"] == "居"].to_numpy()
    points = shapely.points(streets.lonlat[streets.junction])
    inside = np.unique(shapely.STRtree(points).query(towns, predicate="contains")[1])
    assert 30_000 <= len(inside) <= 60_000


def test_there_are_dead_ends_steps_and_names(streets):
    degree = np.bincount(streets.ends.ravel())
    assert 0.05 < (degree == 1).mean() < 0.25
    kinds = Counter(tags["highway"] for tags in streets.tags)
    assert kinds["steps"] > 300
    named = {tags["name"] for tags in streets.tags if "name" in tags}
    assert len(named) > 80
    assert all(name[-1] in "路街" for name in named)


def test_rivers_are_crossed_on_bridges_only(streets):
    text = (DATA / "boundaries/rivers_synthetic.geojson").read_text(encoding="utf-8")
    water = [
        shapely.geometry.shape(feature["geometry"])
        for feature in json.loads(text)["features"]
        if feature["properties"]["form"] == "水面" and feature["properties"]["width_m"] >= 100
    ]
    metres = shapely.transform(np.array(water), METRES.transform, interleaved=False)
    pieces = shapely.linestrings(streets.xy[streets.ends])
    # the written banks are simplified by some metres
    inner = shapely.buffer(metres, -15.0)
    wet = np.unique(shapely.STRtree(pieces).query(inner, predicate="intersects")[1])
    assert len(water) == 2
    bridge = np.array([tags.get("bridge") == "yes" for tags in streets.tags])
    assert bridge[streets.way[wet]].all()
    assert 15 < len(np.unique(streets.way[wet])) < 150


def test_streets_are_noded_where_they_cross(streets):
    bridge = np.array([tags.get("bridge") == "yes" for tags in streets.tags])
    level = streets.ends[~bridge[streets.way]]
    lines = shapely.linestrings(streets.xy[level])
    left, right = shapely.STRtree(lines).query(lines, predicate="crosses")
    apart = [
        (i, j)
        for i, j in zip(left.tolist(), right.tolist(), strict=True)
        if i < j and not set(level[i]) & set(level[j])
    ]
    assert len(apart) < 20


def test_homes_and_facilities_stand_by_a_street_of_the_main_network(streets):
    piece = streets.pieces()
    largest = np.bincount(piece).argmax()
    _rows, homes = points_of("households/households_synthetic.csv")
    gap, at = distance_to_street(streets, homes)
    assert (piece[streets.ends[at, 0]] == largest).mean() > 0.999
    assert gap.max() < 450
    assert (gap < 60).mean() > 0.95
    assert (gap > 60).sum() > 10
    _rows, sites = points_of("facilities/facilities_synthetic.csv")
    gap, at = distance_to_street(streets, sites)
    assert (piece[streets.ends[at, 0]] == largest).all()
    assert gap.max() < 100


def test_a_believable_part_of_the_older_townspeople_is_covered(streets):
    rows, homes = points_of("households/households_synthetic.csv")
    sites, places = points_of("facilities/facilities_synthetic.csv")
    stations = np.array([row["类型"] == "城市社区养老服务站" for row in sites])
    tree = cKDTree(streets.xy)
    start, first = tree.query(places[stations])
    reached = np.full(len(streets.xy), np.inf)
    graph = streets.graph()
    for source, walk in zip(first, start, strict=True):
        away = dijkstra(graph, directed=False, indices=source, limit=REACH_M) + walk
        reached = np.minimum(reached, away)
    gap, node = tree.query(homes)
    older = np.array([int(row["60岁以上人口"]) for row in rows])
    town = np.array([int(row["社区代码"][9:12]) < 200 for row in rows])
    covered = reached[node] + gap <= REACH_M
    assert 0.35 <= older[covered & town].sum() / older[town].sum() <= 0.55
