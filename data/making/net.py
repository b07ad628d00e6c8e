"""The street network while it is being made: nodes in metres, edges with what they are."""

from dataclasses import dataclass, field

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from making.plane import Floats
from making.towns import Ints

RANK = {
    "primary": 0,
    "secondary": 1,
    "tertiary": 2,
    "unclassified": 3,
    "residential": 4,
    "track": 5,
    "service": 6,
    "footway": 7,
    "steps": 8,
}


@dataclass(frozen=True, slots=True)
class Edge:
    """A straight piece of street.

    Parameters
    ----------
    a, b
        Node numbers.
    highway
        OSM class.
    line
        What pieces of one street have in common.
    name
        Street name or ''.
    bridge
        Whether it goes over water.
    """

    a: int
    b: int
    highway: str
    line: str
    name: str = ""
    bridge: bool = False


@dataclass(slots=True)
class Net:
    """Nodes and edges under construction."""

    xy: list[tuple[float, float]] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)

    def add_nodes(self, points: Floats) -> Ints:
        """Append nodes and return their numbers."""
        first = len(self.xy)
        self.xy += [(float(x), float(y)) for x, y in points]
        return np.arange(first, len(self.xy))

    def points(self) -> Floats:
        """Return all nodes, shape (n, 2)."""
        return np.array(self.xy).reshape(-1, 2)

    def ends(self) -> Ints:
        """Return the nodes of all edges, shape (m, 2)."""
        return np.array([(e.a, e.b) for e in self.edges], np.int64).reshape(-1, 2)

    def pieces(self) -> Ints:
        """Return the number of the connected piece of every node; 0 is the largest."""
        ends = self.ends()
        n = len(self.xy)
        ones = np.ones(len(ends), np.int8)
        _, label = connected_components(
            coo_array((ones, (ends[:, 0], ends[:, 1])), shape=(n, n)), directed=False
        )
        size = np.bincount(label)
        order = np.argsort(-size, kind="stable")
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        return rank[label]


def node_crossings(net: Net) -> int:
    """Give streets that cross on the level a common node; bridges pass over.

    Returns
    -------
    int
        How many crossings were joined.
    """
    joined = 0
    for _ in range(6):
        xy = net.points()
        lines = shapely.linestrings(xy[net.ends()])
        left, right = shapely.STRtree(lines).query(lines, predicate="crosses")
        done: set[int] = set()
        cuts: list[tuple[int, int, shapely.Geometry]] = []
        for i, j in zip(left.tolist(), right.tolist(), strict=True):
            one, two = net.edges[i], net.edges[j]
            if i >= j or i in done or j in done or one.bridge or two.bridge:
                continue
            if {one.a, one.b} & {two.a, two.b}:
                continue
            done |= {i, j}
            cuts.append((i, j, shapely.intersection(lines[i], lines[j])))
        if not cuts:
            break
        joined += len(cuts)
        for i, j, spot in cuts:
            node = int(net.add_nodes(shapely.get_coordinates(spot)[:1])[0])
            for k in (i, j):
                old = net.edges[k]
                net.edges[k] = Edge(old.a, node, old.highway, old.line, old.name)
                net.edges.append(Edge(node, old.b, old.highway, old.line, old.name))
    return joined


def drop_pieces(net: Net, keep: int, islands: int) -> Net:
    """Keep pieces of at least `keep` nodes and the largest few `islands` of the others."""
    piece = net.pieces()
    size = np.bincount(piece)
    good = size >= keep
    small = np.flatnonzero((size < keep) & (size >= 6))[:islands]
    good[small] = True
    stays = good[piece]
    number = np.cumsum(stays) - 1
    made = Net([point for point, one in zip(net.xy, stays.tolist(), strict=True) if one])
    for e in net.edges:
        if stays[e.a]:
            a, b = int(number[e.a]), int(number[e.b])
            made.edges.append(Edge(a, b, e.highway, e.line, e.name, e.bridge))
    return made
