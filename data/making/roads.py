"""Country roads: the cheapest ways along valleys and over passes between all settlements."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from scipy.spatial import cKDTree

from making import plane
from making.ground import Ground
from making.hamlets import Hamlet
from making.net import Edge, Net
from making.plane import Floats
from making.rivers import River
from making.towns import Ints

NEAR_M = 290.0  # within this of a settlement a road has side lanes


@dataclass(frozen=True, slots=True)
class Country:
    """The land roads may use: a graph over coarse cells.

    Parameters
    ----------
    graph
        Cost between neighbouring cells.
    xy
        Metres of all cells, jittered, shape (rows * cols, 2).
    usable
        Which cells lie in the municipality.
    """

    graph: csr_array
    xy: Floats
    usable: NDArray[np.bool_]


def build_country(
    outline: shapely.Geometry, ground: Ground, rivers: list[River], seed: list[int]
) -> Country:
    """Build the graph; steep steps and water cost much."""
    rng = np.random.default_rng(seed)
    centres = plane.coarse_centres()
    shapely.prepare(outline)
    usable = shapely.contains_xy(outline, centres[:, 0], centres[:, 1])
    height = ground.sample(ground.height_m, centres)
    rows, cols = plane.COARSE_SHAPE
    wet = np.zeros(rows * cols)
    for river in rivers:
        row, col = plane.coarse_index(plane.to_degrees(river.line))
        wet[row * cols + col] = np.maximum(wet[row * cols + col], 900.0 + 18.0 * river.width_m)
    number = np.arange(rows * cols).reshape(rows, cols)
    tails, heads, costs = [], [], []
    for i, j in ((0, 1), (1, 0), (1, 1), (1, -1)):
        a = number[: rows - i, max(0, -j) : cols - max(0, j)].ravel()
        b = number[i:, max(0, j) : cols + min(0, j)].ravel()
        both = usable[a] & usable[b]
        a, b = a[both], b[both]
        reach = np.hypot(i * plane.CELL_Y, j * plane.CELL_X)
        grade = np.abs(height[a] - height[b]) / reach
        costs.append(reach * (1 + (grade / 0.06) ** 2) + 0.5 * (wet[a] + wet[b]))
        tails.append(a)
        heads.append(b)
    tail, head, cost = map(np.concatenate, (tails, heads, costs))
    cost = cost * rng.uniform(0.85, 1.15, len(cost))
    graph = csr_array((cost, (tail, head)), shape=(rows * cols, rows * cols))
    xy = plane.to_plane(centres) + rng.uniform(-38, 38, centres.shape)
    return Country(graph, xy, usable)


def _cell(xy: Floats) -> Ints:
    row, col = plane.coarse_index(plane.to_degrees(xy))
    return row * plane.COARSE_SHAPE[1] + col


def _links(country: Country, label: Ints) -> tuple[list[tuple[int, int]], Ints]:
    """Choose which places are joined; return the joining cell pairs and every cell's way back."""
    starts = np.flatnonzero(label >= 0)
    reached, back, source = dijkstra(
        country.graph, directed=False, indices=starts, min_only=True, return_predecessors=True
    )
    edges = country.graph.tocoo()
    a, b = edges.row.astype(np.int64), edges.col.astype(np.int64)
    known = (source[a] >= 0) & (source[b] >= 0)
    a, b, cost = a[known], b[known], edges.data[known]
    one, two = label[source[a]], label[source[b]]
    apart = one != two
    a, b, one, two = a[apart], b[apart], one[apart], two[apart]
    total = reached[a] + reached[b] + cost[apart]
    low, high = np.minimum(one, two), np.maximum(one, two)
    order = np.lexsort((total, high, low))
    pair = np.column_stack([low, high])[order]
    first = np.concatenate([[True], (np.diff(pair, axis=0) != 0).any(axis=1)])
    best = order[first]
    n = int(label.max()) + 1
    matrix = coo_array((total[best], (low[best], high[best])), shape=(n, n)).tocsr()
    tree = minimum_spanning_tree(matrix).tocoo()
    chosen = {(int(i), int(j)) for i, j in zip(tree.row, tree.col, strict=True)}
    limit = np.quantile(tree.data, 0.55)
    links = []
    for k in best.tolist():
        key = (int(low[k]), int(high[k]))
        if key in chosen or key[::-1] in chosen or total[k] < limit:
            links.append((int(a[k]), int(b[k])))
    return links, back


def _trace(links: list[tuple[int, int]], back: Ints) -> set[tuple[int, int]]:
    """Return the cell steps that make up the links."""
    steps: set[tuple[int, int]] = set()
    for a, b in links:
        steps.add((min(a, b), max(a, b)))
        for cell in (a, b):
            here = cell
            while back[here] >= 0:
                there = int(back[here])
                steps.add((min(here, there), max(here, there)))
                here = there
    return steps


def _chains(steps: set[tuple[int, int]], stops: set[int]) -> list[list[int]]:
    """Cut the steps into chains between junctions and stops."""
    near: dict[int, list[int]] = {}
    for a, b in sorted(steps):
        near.setdefault(a, []).append(b)
        near.setdefault(b, []).append(a)
    ends = [c for c, other in near.items() if len(other) != 2 or c in stops]
    used: set[tuple[int, int]] = set()
    chains = []
    for end in ends:
        for first in near[end]:
            if (end, first) in used:
                continue
            chain = [end, first]
            while len(near[chain[-1]]) == 2 and chain[-1] not in stops:
                one, two = near[chain[-1]]
                chain.append(two if one == chain[-2] else one)
            used |= {(chain[0], chain[1]), (chain[-1], chain[-2])}
            chains.append(chain)
    return chains


def _bend(points: Floats) -> Floats:
    """Round a chain of cells, ends kept."""
    made = points.copy()
    for _ in range(2):
        made[1:-1] = 0.25 * made[:-2] + 0.5 * made[1:-1] + 0.25 * made[2:]
    return made


def _resample(points: Floats, homes: cKDTree) -> Floats:
    """Return points along a line, close together near settlements."""
    line = shapely.LineString(points)
    whole = max(int(line.length / 45.0), 1)
    fine = shapely.get_coordinates(
        shapely.line_interpolate_point(line, np.linspace(0, line.length, whole + 1))
    )
    near = homes.query(fine)[0] < NEAR_M
    keep = near.copy()
    keep[[0, -1]] = True
    keep[::4] = True
    return fine[keep]


def _lanes(net: Net, hamlet: Hamlet, at: Ints, key: str, rng: np.random.Generator) -> None:
    """Add side lanes at road nodes near a settlement."""
    xy = np.array([net.xy[k] for k in at.tolist()]).reshape(-1, 2)
    gap = np.hypot(*(xy - hamlet.xy).T)
    reach = NEAR_M if hamlet.main else 170.0
    close = at[gap < reach]
    wanted = (10 if hamlet.main else 4) + int(rng.integers(0, 4))
    for node in rng.permutation(close)[:wanted].tolist():
        base = np.array(net.xy[node])
        away = base - hamlet.xy
        turn = rng.choice([-1, 1])
        road = np.array([away[1], -away[0]]) if np.hypot(*away) > 40 else rng.normal(size=2)
        heading = turn * road / (np.hypot(*road) + 1e-9) + rng.normal(0, 0.2, 2)
        heading /= np.hypot(*heading)
        last = node
        for piece in range(int(rng.integers(1, 4 if hamlet.main else 3))):
            base = base + heading * rng.uniform(32, 58) + rng.normal(0, 5, 2)
            new = int(net.add_nodes(base[None])[0])
            highway = "track" if piece else "residential"
            net.edges.append(Edge(last, new, highway, f"{key}.{node}.{turn}"))
            last = new
            heading += rng.normal(0, 0.25, 2)
            heading /= np.hypot(*heading)


def draw_roads(
    net: Net, hamlets: list[Hamlet], country: Country, rivers: list[River], seed: list[int]
) -> None:
    """Join all towns and hamlets with country roads and give hamlets their lanes.

    Parameters
    ----------
    net
        Holds the towns' streets; roads are appended.
    hamlets
        All settlements.
    country
        Where roads may run.
    rivers
        A road that crosses one gets a bridge.
    seed
        Of the roads.
    """
    rng = np.random.default_rng(seed)
    piece, town_xy = net.pieces(), net.points()
    size = np.bincount(piece)
    label = np.full(len(country.xy), -1, np.int64)
    big = np.flatnonzero(size[piece] >= 25)
    label[_cell(town_xy[big])] = piece[big]
    label[~country.usable] = -1
    first = int(piece.max()) + 1
    spots = np.array([h.xy for h in hamlets])
    free = label[_cell(spots)] < 0
    label[_cell(spots[free])] = first + np.flatnonzero(free)
    used = np.unique(label[label >= 0])
    label[label >= 0] = np.searchsorted(used, label[label >= 0])
    links, back = _links(country, label)
    cells = {int(c) for c in np.flatnonzero(label >= 0)}
    chains = _chains(_trace(links, back), cells)
    homes = cKDTree(spots)
    town_cells = set(_cell(town_xy[big]).tolist())
    node_of: dict[int, int] = {}
    road: list[int] = []
    for number, chain in enumerate(chains):
        points = _resample(_bend(country.xy[chain]), homes)
        for cell, spot in ((chain[0], points[0]), (chain[-1], points[-1])):
            if cell not in node_of and cell in town_cells:
                own = big[piece[big] == used[label[cell]]]
                node_of[cell] = int(own[np.hypot(*(town_xy[own] - spot).T).argmin()])
            elif cell not in node_of:
                node_of[cell] = int(net.add_nodes(spot[None])[0])
                road.append(node_of[cell])
        between = net.add_nodes(points[1:-1]).tolist()
        road += between
        nodes = [node_of[chain[0]], *between, node_of[chain[-1]]]
        highway = "unclassified" if len(chain) > 6 else "track"
        for a, b in pairwise(nodes):
            if a != b:
                net.edges.append(Edge(a, b, highway, f"r{number}"))
    road_at = np.array(road)
    places = cKDTree(net.points()[road_at])
    for k, hamlet in enumerate(hamlets):
        near = road_at[places.query_ball_point(hamlet.xy, NEAR_M, return_sorted=True)]
        _lanes(net, hamlet, near, f"h{k}", rng)
    _bridge(net, rivers)


def _bridge(net: Net, rivers: list[River]) -> None:
    """Mark what crosses a river on country roads; lanes that would wade are taken away."""
    lines = shapely.linestrings(net.points()[net.ends()])
    water = [shapely.LineString(r.line).buffer(r.width_m / 2) for r in rivers]
    tree = shapely.STRtree(water)
    wet = set(tree.query(lines, predicate="intersects")[0].tolist())
    made = []
    for k, e in enumerate(net.edges):
        if k not in wet or e.bridge:
            made.append(e)
        elif e.line.startswith("r"):
            made.append(Edge(e.a, e.b, e.highway, e.line, e.name, bridge=True))
    net.edges[:] = made
