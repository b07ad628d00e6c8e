"""A real city's streets for the exactness tests, read from an OSM extract as simply as can be."""

from collections import Counter
from pathlib import Path

import numpy as np
import osmium
from valley import Valley

from planner.kernel.paths import build_graph

DATA = Path(__file__).parents[3] / "shared" / "data" / "test-only"
CITIES = {
    "porto_alegre": DATA / "porto_alegre" / "poa_osm.pbf",
    "andorra": DATA / "andorra" / "andorra.osm.pbf",
}
NOT_WALKED = {"motorway", "motorway_link", "construction", "proposed", "raceway"}


def read_city(path):
    """Return the walking network: ways cut where they meet, in metres around its middle.

    Every third street counts as uphill from tail to head, every fiftieth as one-way, so that both
    directions differ.
    """
    ways, places = [], {}
    for way in osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY).with_locations():
        if not way.is_way() or way.tags.get("highway", "motorway") in NOT_WALKED:
            continue
        nodes = [node for node in way.nodes if node.location.valid()]
        places.update({node.ref: (node.lon, node.lat) for node in nodes})
        ways.append([node.ref for node in nodes])
    times = Counter(ref for way in ways for ref in way)
    times.update(way[end] for way in ways for end in (0, -1) if way)
    lines = [line for way in ways for line in _cut(way, times)]
    number = {ref: i for i, ref in enumerate(sorted({ref for x in lines for ref in (x[0], x[-1])}))}
    degrees = np.array([places[ref] for line in lines for ref in line])
    lon, lat = degrees.mean(axis=0)
    metres = (degrees - [lon, lat]) * [111_320 * np.cos(np.radians(lat)), 110_950]
    start = np.concatenate([[0], np.cumsum([len(line) for line in lines])])
    step = np.hypot(*np.diff(metres, axis=0).T)
    step[start[1:-1] - 1] = 0
    length = np.rint(np.add.reduceat(np.append(step, 0), start[:-1]) * 1000).astype(np.int64)
    forward, backward = length.copy(), length.copy()
    forward[::3] = forward[::3] * 6 // 5
    backward[::50] = -1
    tail = [number[line[0]] for line in lines]
    head = [number[line[-1]] for line in lines]
    return Valley(build_graph(tail, head, len(number), forward, backward), metres, start)


def _cut(way, times):
    first = 0
    for last in range(1, len(way)):
        if times[way[last]] > 1 or last == len(way) - 1:
            yield way[first : last + 1]
            first = last
