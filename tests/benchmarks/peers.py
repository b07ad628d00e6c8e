"""The same questions asked of other libraries, each in the way that serves it best."""

import os
from typing import Any, NamedTuple

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely
from bench_city import LIMIT_M, LIMIT_MM, TOWARDS, Arcs, City
from measuring import chatter_on_stderr
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

PLAIN_CHUNK = 100
CHUNK = 20  # sources at a time; scipy fills a dense row per source, and 10 to 20 are its best


class Cover(NamedTuple):
    """Covered pairs: number of the source, node, cost in mm."""

    source: NDArray[np.integer[Any]]
    node: NDArray[np.integer[Any]]
    mm: NDArray[np.number[Any]]


def scipy_matrix(arcs: Arcs, node_count: int) -> csr_array:
    """Return the arcs as scipy wants them, with the narrow indices it works on."""
    narrow = arcs.source.astype(np.int32), arcs.target.astype(np.int32)
    weight = arcs.mm.astype(np.float64)
    return csr_array((weight, narrow), shape=(node_count, node_count))


def scipy_cover(
    matrix: csr_array, nodes: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return source * node count + node, and mm, of all pairs, by `csgraph.dijkstra`."""
    parts = []
    for first in range(0, len(nodes), CHUNK):
        dense = dijkstra(matrix, indices=nodes[first : first + CHUNK], limit=LIMIT_MM).ravel()
        at = np.flatnonzero(dense <= LIMIT_MM)
        parts.append((at + first * matrix.shape[0], dense[at]))
    flat, mm = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return flat, mm


def scipy_cover_csr(matrix: csr_array, nodes: NDArray[np.int32]) -> list[csr_array]:
    """Return the same as sparse matrices, chunk by chunk, the way one writes it at first."""
    parts = []
    for first in range(0, len(nodes), PLAIN_CHUNK):
        dense = dijkstra(matrix, indices=nodes[first : first + PLAIN_CHUNK], limit=LIMIT_MM)
        dense[~np.isfinite(dense)] = 0.0  # a source's own zero is lost with the others
        parts.append(csr_array(dense))
    return parts


def scipy_nearest(matrix: csr_array, stops: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the cost to the nearest of `stops` for every node, without saying which it is."""
    found: NDArray[np.float64] = dijkstra(matrix, indices=stops, min_only=True)
    return found


def pandana_network(city: City, arcs: Arcs) -> Any:
    """Build pandana's network, or raise ImportError."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # idle threads must not count as work
    import pandana  # noqa: PLC0415 - the peer may be absent

    xy = city.node_xy
    with chatter_on_stderr():
        return pandana.Network(
            pd.Series(xy[:, 0]),
            pd.Series(xy[:, 1]),
            pd.Series(arcs.source),
            pd.Series(arcs.target),
            pd.DataFrame({"metres": arcs.mm / 1000.0}),
            twoway=False,
        )


def pandana_cover(network: Any, nodes: NDArray[np.int32]) -> Any:
    """Return pandana's table of what lies within the limit of each node."""
    return network.nodes_in_range(nodes, LIMIT_M)


def osmnx_graph(city: City) -> Any:
    """Return the streets as OSMnx hands them out: a MultiDiGraph with lengths and geometry."""
    graph, flat = city.graph, nx.MultiDiGraph()
    xy = city.node_xy
    flat.add_nodes_from((i, {"x": x, "y": y}) for i, (x, y) in enumerate(xy.tolist()))
    lines = street_lines(city)
    for cost, ends in (
        (graph.forward_mm, (graph.tail, graph.head)),
        (graph.backward_mm, (graph.head, graph.tail)),
    ):
        a, b = ends[::-1] if TOWARDS else ends
        flat.add_edges_from(
            (int(a[i]), int(b[i]), {"length": cost[i] / 1000.0, "geometry": lines[i]})
            for i in np.flatnonzero(cost >= 0)
        )
    return flat


def street_lines(city: City) -> NDArray[np.object_]:
    """Return the streets as shapely lines."""
    edge = np.repeat(np.arange(len(city.length_m)), np.diff(city.edge_start))
    lines: NDArray[np.object_] = shapely.linestrings(city.vertices, indices=edge)
    return lines


def osmnx_cover(graph: Any, node: int) -> Any:
    """Return the reached subgraph as the OSMnx notebook on isochrones takes it."""
    return nx.ego_graph(graph, node, radius=LIMIT_M, distance="length")


def osmnx_polygon(graph: Any, node: int) -> Any:
    """Return the notebook's polygon: streets buffered by 25 m, nodes by 50 m, holes filled."""
    reached = osmnx_cover(graph, node)
    spots = [shapely.Point(data["x"], data["y"]) for _, data in reached.nodes(data=True)]
    streets = [data["geometry"] for _, _, data in reached.edges(data=True)]
    around = [*gpd.GeoSeries(spots).buffer(50), *gpd.GeoSeries(streets).buffer(25)]
    whole = gpd.GeoSeries(around).union_all()
    parts = shapely.get_parts(whole)
    return shapely.union_all([shapely.Polygon(part.exterior) for part in parts])


def strtree_snap(
    tree: Any,
    lines: NDArray[np.object_],
    points: NDArray[np.float64],
    max_m: float,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Return edge (-1 for none), share and distance of points by `shapely.STRtree`."""
    places = shapely.points(points)
    (which, edge), metres = tree.query_nearest(
        places, max_distance=max_m, return_distance=True, all_matches=False
    )
    edges, share, away = (np.full(len(points), fill) for fill in (-1, 0.0, 0.0))
    edges[which], away[which] = edge, metres
    share[which] = shapely.line_locate_point(lines[edge], places[which], normalized=True)
    return edges, share, away
