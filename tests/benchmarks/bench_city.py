"""Porto Alegre's walking network, places on it, and copies of it side by side."""

import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.kernel.paths import Graph, Stops, build_graph
from planner.kernel.snap import snap_points
from planner.model.ground import Ground, ground_for
from planner.model.scenario import InputFile
from planner.store.streets import read_network

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "data" / "test-only" / "porto_alegre"
STREETS = FOLDER / "poa_osm.pbf"
LIMIT_MM = 810_000  # 15 minutes at 0.9 m/s
LIMIT_M = LIMIT_MM / 1000.0
TOWARDS = True  # people walk to the facility


class City(NamedTuple):
    """Streets on level ground, both ways at their length."""

    graph: Graph
    vertices: NDArray[np.float64]
    edge_start: NDArray[np.int64]
    length_m: NDArray[np.float64]
    node_xy: NDArray[np.float64]
    ground: Ground


def is_there() -> bool:
    """Return whether the data lie beside the project."""
    return STREETS.exists()


def load_city() -> City:
    """Read the streets as a run does."""
    with (FOLDER / "poa_hexgrid.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    lon, lat = ([float(row[key]) for row in rows] for key in ("lon", "lat"))
    ground = ground_for((min(lon), min(lat), max(lon), max(lat)))
    network = read_network(InputFile(path=Path(STREETS.name)), FOLDER, ground).value
    if network is None:
        raise ValueError(f"{STREETS} could not be read")
    mm = np.rint(network.length_m * 1000).astype(np.int32)
    node_xy = np.empty((network.node_count, 2))
    node_xy[network.tail] = network.vertices[network.edge_start[:-1]]
    node_xy[network.head] = network.vertices[network.edge_start[1:] - 1]
    graph = build_graph(
        network.tail,
        network.head,
        network.node_count,
        np.where(network.walk_forward, mm, -1),
        np.where(network.walk_backward, mm, -1),
        node_xy,
    )
    return City(graph, network.vertices, network.edge_start, network.length_m, node_xy, ground)


def node_stops(city: City, count: int, seed: int) -> tuple[NDArray[np.int32], Stops]:
    """Return nodes drawn at random and the stops that stand on them, for peers know nodes only."""
    graph = city.graph
    both = np.flatnonzero((graph.forward_mm >= 0) & (graph.backward_mm >= 0))
    nodes, first = np.unique(graph.tail[both], return_index=True)
    drawn = np.random.default_rng(seed).permutation(len(nodes))[:count]
    edge = both[first[drawn]].astype(np.int32)
    zero = np.zeros(len(edge))
    return nodes[drawn].astype(np.int32), Stops(edge, zero, zero.astype(np.int32))


def street_stops(city: City, count: int, seed: int) -> Stops:
    """Return stops anywhere along the streets with access legs up to 30 m."""
    rng = np.random.default_rng(seed)
    chance = city.length_m / city.length_m.sum()
    edge = rng.choice(len(chance), count, p=chance).astype(np.int32)
    access = rng.integers(0, 30_000, count).astype(np.int32)
    return Stops(edge, rng.uniform(size=count), access)


def points_beside(city: City, count: int, seed: int, farthest_m: float) -> NDArray[np.float64]:
    """Return points beside the streets, denser where streets are, shape (count, 2)."""
    rng = np.random.default_rng(seed)
    step = np.hypot(*np.diff(city.vertices, axis=0).T)
    step[city.edge_start[1:-1] - 1] = 0.0
    at = np.searchsorted(np.cumsum(step), rng.uniform(0, step.sum(), count), side="right")
    at = np.minimum(at, len(step) - 1)
    part = rng.uniform(size=(count, 1))
    turn, away = rng.uniform(0, 2 * np.pi, count), rng.uniform(0, farthest_m, count)
    points = city.vertices[at] + part * (city.vertices[at + 1] - city.vertices[at])
    points += np.column_stack([np.cos(turn), np.sin(turn)]) * away[:, None]
    return points


def attached(city: City, points: NDArray[np.float64], *, chunk: int = 1_000_000) -> Stops:
    """Return points attached to their edges, in chunks that keep memory low."""
    stops = Stops(
        np.empty(len(points), np.int32), np.empty(len(points)), np.empty(len(points), np.int32)
    )
    for first in range(0, len(points), chunk):
        part = slice(first, first + chunk)
        snap = snap_points(points[part], city.vertices, city.edge_start, max_m=100.0)
        stops.edge[part], stops.share[part] = snap.edge, snap.share
        stops.access_mm[part] = snap.access_mm
    return stops


def copies(city: City, count: int) -> Graph:
    """Return the city several times side by side; copy c has the nodes from c * n on."""
    graph = city.graph
    shift = np.repeat(np.arange(count) * graph.node_count, len(graph.tail))
    width = float(np.ptp(city.node_xy[:, 0])) + 10_000.0
    return build_graph(
        np.tile(graph.tail, count) + shift,
        np.tile(graph.head, count) + shift,
        graph.node_count * count,
        np.tile(graph.forward_mm, count),
        np.tile(graph.backward_mm, count),
        np.concatenate([city.node_xy + np.array([copy * width, 0.0]) for copy in range(count)]),
    )


class Arcs(NamedTuple):
    """Arcs in the direction of the search, at most one from node to node."""

    source: NDArray[np.int64]
    target: NDArray[np.int64]
    mm: NDArray[np.int64]


def search_arcs(graph: Graph) -> Arcs:
    """Return the arcs a search follows, loops left out, for the peers."""
    start, arc = (graph.in_start, graph.in_arc) if TOWARDS else (graph.out_start, graph.out_arc)
    source = np.repeat(np.arange(graph.node_count), np.diff(start))
    return shortest_arcs(source, arc & 0xFFFFFFFF, arc >> 32)


def shortest_arcs(
    source: NDArray[np.int64], target: NDArray[np.int64], mm: NDArray[np.int64]
) -> Arcs:
    """Return the shortest of all parallel arcs; scipy would add them up."""
    order = np.lexsort((mm, target, source))
    source, target, mm = source[order], target[order], mm[order]
    first = np.ones(len(source), np.bool_)
    first[1:] = (np.diff(source) != 0) | (np.diff(target) != 0)
    return Arcs(source[first], target[first], mm[first])
