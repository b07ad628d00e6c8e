"""Catchments of single sites: many polygons from one lattice laid over the streets.

Every lattice place within reach of a street knows its nearest edge, where on it, and how far away.
That is found once for a network; a catchment is then a look at the node labels of one search, and
its outline the contour at the limit. As everywhere, the polygon is a drawing and nobody is counted
from it.
"""

import itertools
from typing import Any, NamedTuple

import contourpy
import numpy as np
import shapely
from numpy.typing import NDArray

from planner.kernel.compiled import compiled
from planner.kernel.cover import nearest_site
from planner.kernel.knots import cost_at
from planner.kernel.paths import Graph, Stops, check_limit, search_labels
from planner.kernel.snap import build_street_grid, snap_to_grid

F64 = NDArray[np.float64]
Polygon = shapely.Polygon | shapely.MultiPolygon

_SIDE = 16  # lattice places along a side of the blocks that are kept or left out as a whole
_FAR = np.int64(2**60)
_DOWNHILL = 1.25  # the ground covered per flat-equivalent metre is below this


class Lattice(NamedTuple):
    """Lattice places near streets, in square blocks.

    Parameters
    ----------
    cell_m, off_street_m
        Distance of the places, and from a street beyond which nothing is inside.
    corner
        Column and row of the first block, counted in blocks, int64, shape (2,).
    block
        Number of each block, -1 where there is no street, int32, shape (rows, columns).
    edge, share, access_mm
        Nearest edge of every place (-1 beyond reach), how far along it, and the distance to it,
        int32, float32 and int32, shape (blocks, 16, 16).
    vertices, edge_start
        The polylines, in metres, shapes (v, 2) and (m + 1,).
    """

    cell_m: float
    off_street_m: float
    corner: NDArray[np.int64]
    block: NDArray[np.int32]
    edge: NDArray[np.int32]
    share: NDArray[np.float32]
    access_mm: NDArray[np.int32]
    vertices: F64
    edge_start: NDArray[np.int64]


def build_lattice(
    vertices: F64, edge_start: NDArray[np.int64], *, cell_m: float, off_street_m: float = 60.0
) -> Lattice:
    """Lay a lattice over the streets; places farther than `off_street_m` are left out.

    Parameters
    ----------
    vertices, edge_start
        Polylines of the edges in metres, shapes (v, 2) and (m + 1,).
    cell_m
        Distance of the lattice places.
    off_street_m
        Nothing farther from its nearest street than this is inside a catchment.

    Raises
    ------
    ValueError
        If a distance is not above 0.
    """
    if not (cell_m > 0 and off_street_m > 0):
        raise ValueError(f"cell_m {cell_m} and off_street_m {off_street_m} must be above 0")
    side_m = _SIDE * cell_m
    places = _blocks(vertices, edge_start, side_m, off_street_m + 2 * cell_m)
    if not len(places):
        places = np.zeros((1, 2), np.int64)
    corner = places.min(axis=0)
    columns, rows = (places.max(axis=0) - corner + 1).tolist()
    block = np.full((rows, columns), -1, np.int32)
    block[places[:, 1] - corner[1], places[:, 0] - corner[0]] = np.arange(len(places))
    steps = np.stack(np.meshgrid(np.arange(_SIDE), np.arange(_SIDE)), axis=-1)
    at = (places[:, None, None, :] * _SIDE + steps).reshape(-1, 2).astype(np.float64)
    grid = build_street_grid(vertices, edge_start)
    snap = snap_to_grid(grid, at * cell_m, max_m=off_street_m + 2 * cell_m, runner_up=False)
    shape = (len(places), _SIDE, _SIDE)
    return Lattice(
        cell_m=cell_m,
        off_street_m=off_street_m,
        corner=corner,
        block=block,
        edge=snap.edge.reshape(shape),
        share=snap.share.astype(np.float32).reshape(shape),
        access_mm=snap.access_mm.reshape(shape),
        vertices=vertices,
        edge_start=edge_start,
    )


def _blocks(
    vertices: F64, edge_start: NDArray[np.int64], side_m: float, margin_m: float
) -> NDArray[np.int64]:
    """Return column and row of all blocks a street comes near to, by row and column, (q, 2)."""
    step = np.diff(vertices, axis=0)
    inside = np.ones(len(step), np.bool_)
    inside[edge_start[1:-1] - 1] = False  # the jump from one edge to the next
    first, step = vertices[:-1][inside], step[inside]
    pieces = np.maximum(np.ceil(np.hypot(*step.T) / side_m), 1).astype(np.int64)
    which = np.repeat(np.arange(len(step)), pieces)
    part = np.arange(len(which)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    ends = [first[which] + step[which] * ((part + e) / pieces[which])[:, None] for e in (0, 1)]
    low = np.floor((np.minimum(*ends) - margin_m) / side_m).astype(np.int64)
    high = np.floor((np.maximum(*ends) + margin_m) / side_m).astype(np.int64)
    wide = range(int((high - low).max(initial=0)) + 1)
    near = np.concatenate([np.minimum(low + np.array([i, j]), high) for i in wide for j in wide])
    number = (near[:, 1] << 32) + near[:, 0]
    return near[np.unique(number, return_index=True)[1]]


def site_polygons(
    graph: Graph, lattice: Lattice, sites: Stops, *, limit_mm: int, towards: bool
) -> list[Polygon]:
    """Draw the catchment of every site by itself; catchments may overlap.

    Parameters
    ----------
    graph
        The network the lattice was laid over.
    lattice
        From `build_lattice`.
    sites
        The sites; one attached to nothing has an empty polygon.
    limit_mm
        Largest cost, flat-equivalent millimetres, access legs included.
    towards
        True where people walk to the site.

    Returns
    -------
    list of shapely.Polygon or shapely.MultiPolygon
        In metres, valid, with holes and parts. Straight between lattice places: recall and
        precision against counted points are 0.99 or better at ``cell_m = 10``.

    Raises
    ------
    ValueError
        If the sites do not fit the graph or the limit is out of range.
    """
    limit = check_limit(limit_mm)
    labels = search_labels(graph, sites, limit_mm=limit, towards=towards)
    knots = graph.knots
    ways = ((graph.forward_mm, knots.forward_at), (graph.backward_mm, knots.backward_at))
    look = _Look(graph, lattice, ways if towards else ways[::-1], limit)
    nodes = np.full(graph.node_count, -1, np.int64)
    rings: list[F64] = []
    polygon_of: list[int] = []
    site_of: list[int] = []
    for i in np.flatnonzero(np.asarray(sites.edge) >= 0):
        found = slice(labels.first[i], labels.last[i])
        nodes[labels.node[found]] = labels.mm[found]
        site = (int(sites.edge[i]), float(sites.share[i]), int(sites.access_mm[i]))
        for polygon in _outlines(look, site, nodes):
            rings += polygon
            polygon_of += [len(site_of)] * len(polygon)
            site_of.append(int(i))
        nodes[labels.node[found]] = -1
    return _assembled(rings, polygon_of, site_of, len(sites.edge))


def _assembled(
    rings: list[F64], polygon_of: list[int], site_of: list[int], count: int
) -> list[Polygon]:
    """Return one shape per site from rings, the outer one of each polygon first."""
    drawn: list[Polygon] = [shapely.Polygon()] * count
    if not rings:
        return drawn
    ring_of = np.repeat(np.arange(len(rings)), [len(ring) for ring in rings])
    lines: Any = shapely.linearrings(np.concatenate(rings), indices=ring_of)
    polygons: Any = shapely.polygons(lines, indices=np.array(polygon_of))
    sites, parts = np.unique(site_of, return_counts=True)
    of_whole = np.repeat(np.arange(len(sites)), parts)
    wholes: Any = shapely.multipolygons(polygons, indices=of_whole)
    firsts = np.cumsum(parts) - parts
    for site, count_of, first, whole in zip(sites, parts, firsts, wholes, strict=True):
        drawn[site] = polygons[first] if count_of == 1 else whole
    return drawn


class _Look(NamedTuple):
    """What the drawings of one call share.

    `ways` are the costs of walking with and against the edges, to a site or from it: of whole
    edges, and at the knots.
    """

    graph: Graph
    lattice: Lattice
    ways: tuple[tuple[NDArray[np.int32], NDArray[np.int32]], ...]
    limit: int


def _outlines(
    look: _Look, site: tuple[int, float, int], nodes: NDArray[np.int64]
) -> list[list[F64]]:
    """Return the polygons of a site as rings in metres, the outer ring of each first."""
    lattice = look.lattice
    edge, share, _ = site
    line = lattice.vertices[lattice.edge_start[edge] : lattice.edge_start[edge + 1]]
    reach_m = look.limit / 1000.0 * _DOWNHILL + lattice.off_street_m
    side_m = _SIDE * lattice.cell_m
    middle = _on_line(line, share)
    low = np.floor((middle - reach_m) / side_m).astype(np.int64) - lattice.corner
    high = np.floor((middle + reach_m) / side_m).astype(np.int64) - lattice.corner + 1
    low = np.maximum(low, 0)
    high = np.minimum(high, lattice.block.shape[::-1])
    columns, rows = np.maximum(high - low, 0).tolist()
    step = lattice.cell_m * 1000.0
    over = np.full((rows * _SIDE + 2, columns * _SIDE + 2), step)  # a rim that is outside
    top, bottom, left, right = _fill(
        (look.graph.tail, look.graph.head),
        (look.graph.knots, *look.ways),
        lattice.block[low[1] : high[1], low[0] : high[0]],
        (lattice.edge, lattice.share, lattice.access_mm),
        site,
        nodes,
        (look.limit, round(lattice.off_street_m * 1000), step),
        over,
    )
    if bottom < 0:
        return []
    first = (lattice.corner + low) * _SIDE - 1 + np.array([left - 1, top - 1])
    window = over[top - 1 : bottom + 2, left - 1 : right + 2]
    return [  # costs are whole millimetres: at 0.5 no vertex falls on a lattice place
        [(ring + first) * lattice.cell_m for ring in polygon] for polygon in _contour(window, 0.5)
    ]


def _on_line(line: F64, share: float) -> F64:
    """Return the place at `share` of the length of a polyline."""
    steps = np.hypot(*np.diff(line, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    at = share * along[-1]
    return np.array([np.interp(at, along, line[:, 0]), np.interp(at, along, line[:, 1])])


def split_polygons(
    graph: Graph, lattice: Lattice, sites: Stops, *, limit_mm: int, towards: bool
) -> list[Polygon]:
    """Draw the catchments so that every place belongs to its nearest site only.

    Parameters, result and errors are those of `site_polygons`; the polygons do not overlap and
    leave gaps of at most a cell where three of them meet.
    """
    limit = check_limit(limit_mm)
    edge = lattice.edge.ravel()
    places = Stops(edge, lattice.share.ravel().astype(np.float64), lattice.access_mm.ravel())
    site, mm = nearest_site(graph, sites, places, towards=towards, limit_mm=None)
    off_street = round(lattice.off_street_m * 1000)
    miss = np.where(site >= 0, np.maximum(mm - limit, places.access_mm - off_street), _FAR)
    step = lattice.cell_m * 1000.0
    over = np.clip(miss, -step, step).reshape(lattice.edge.shape)
    nearest = site.reshape(lattice.edge.shape)
    blocks: dict[int, list[int]] = {}
    for number in range(len(nearest)):
        for owner in np.unique(nearest[number][over[number] <= 0]).tolist():
            blocks.setdefault(owner, []).append(number)
    row, column = np.nonzero(lattice.block >= 0)
    place = np.empty((len(nearest), 2), np.int64)
    place[lattice.block[row, column]] = np.column_stack([row, column])
    return [
        _split(lattice, over, nearest == owner, place, blocks[owner])
        if owner in blocks
        else shapely.Polygon()
        for owner in range(len(sites.edge))
    ]


def _split(
    lattice: Lattice,
    over: F64,
    own: NDArray[np.bool_],
    place: NDArray[np.int64],
    blocks: list[int],
) -> Polygon:
    """Return the area within the limit, cut to the places whose nearest site is the own one."""
    step = lattice.cell_m * 1000.0
    low = np.maximum(place[blocks].min(axis=0) - 1, 0)
    high = np.minimum(place[blocks].max(axis=0) + 2, lattice.block.shape)
    window = lattice.block[low[0] : high[0], low[1] : high[1]]
    there = (window >= 0)[:, :, None, None]

    def laid_out(values: F64) -> F64:
        """Put the blocks of the window side by side with a rim that is outside."""
        tiles = np.where(there, values[window], step)
        flat = tiles.transpose(0, 2, 1, 3).reshape(window.shape[0] * _SIDE, -1)
        return np.pad(flat, 1, constant_values=step)

    corner = (lattice.corner + low[::-1]) * _SIDE - 1
    within = _area(laid_out(over), corner, lattice.cell_m, 0.5)
    # below 0, so that where places alternate the middle belongs to nobody rather than to both
    mine = _area(laid_out(np.where(own, -step, step)), corner, lattice.cell_m, -1e-3 * step)
    cut = shapely.intersection(within, mine)
    parts = [part for part in shapely.get_parts(cut) if isinstance(part, shapely.Polygon)]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _area(z: F64, corner: NDArray[np.int64], cell_m: float, level: float) -> Polygon:
    rings, polygon_of = [], []
    for number, polygon in enumerate(_contour(z, level)):
        rings += [(ring + corner) * cell_m for ring in polygon]
        polygon_of += [number] * len(polygon)
    return _assembled(rings, polygon_of, [0] * (polygon_of[-1] + 1) if polygon_of else [], 1)[0]


def _contour(z: F64, level: float) -> list[list[F64]]:
    """Return polygons where `z` is below `level`, as rings in lattice steps, the outer first."""
    generator = contourpy.contour_generator(
        z=z, name="serial", fill_type=contourpy.FillType.OuterOffset
    )
    filled: tuple[Any, ...] = generator.filled(-1e18, level)
    return [
        [points[a:b] for a, b in itertools.pairwise(offsets.tolist())]
        for points, offsets in zip(*filled, strict=True)
    ]


@compiled
def _fill(  # noqa: C901, PLR0912, PLR0913, PLR0917 - one flat loop, compiled
    ends: tuple[NDArray[np.int32], NDArray[np.int32]],
    costs: tuple[Any, ...],
    block: NDArray[np.int32],
    near: tuple[NDArray[Any], ...],
    site: tuple[int, float, int],
    nodes: NDArray[np.int64],
    where: tuple[int, int, float],
    over: F64,
) -> tuple[int, int, int, int]:
    """Fill the window with how many mm each place misses the area; return its inner box."""
    tail, head = ends
    knots, (forward, forward_at), (backward, backward_at) = costs
    near_edge, near_share, near_access = near
    site_edge, site_share, site_access = site
    limit, off_street, step = where
    start, with_it, against = knots.start, (knots.share, forward_at), (knots.share, backward_at)
    first, last = start[site_edge], start[site_edge + 1]
    site_forward = cost_at(with_it, first, last, site_share, forward[site_edge])
    site_backward = cost_at(against, first, last, site_share, backward[site_edge])
    box = (over.shape[0], -1, over.shape[1], -1)
    for block_row in range(block.shape[0]):
        for block_column in range(block.shape[1]):
            number = block[block_row, block_column]
            if number < 0:
                continue
            for i in range(16):
                row = block_row * 16 + i + 1
                for j in range(16):
                    edge = near_edge[number, i, j]
                    if edge < 0:
                        continue
                    to_tail, to_head = nodes[tail[edge]], nodes[head[edge]]
                    if to_tail < 0 and to_head < 0 and edge != site_edge:
                        continue
                    share, access = near_share[number, i, j], near_access[number, i, j]
                    first, last = start[edge], start[edge + 1]
                    stands_at = to_tail if share == 0 else to_head if share == 1 else -1
                    best = stands_at if stands_at >= 0 else _FAR
                    if forward[edge] >= 0:
                        to_place = int(np.rint(share * forward[edge]))  # as `cost_at`, but quicker
                        if first < last:
                            to_place = cost_at(with_it, first, last, share, forward[edge])
                        if to_head >= 0:
                            best = min(best, to_head + forward[edge] - to_place)
                        if edge == site_edge and site_share >= share:
                            best = min(best, np.int64(site_forward - to_place + site_access))
                    if backward[edge] >= 0:
                        to_place = int(np.rint(share * backward[edge]))  # as `cost_at`, but quicker
                        if first < last:
                            to_place = cost_at(against, first, last, share, backward[edge])
                        if to_tail >= 0:
                            best = min(best, to_tail + to_place)
                        if edge == site_edge and site_share <= share:
                            best = min(best, np.int64(to_place - site_backward + site_access))
                    miss = max(best + access - limit, access - off_street)
                    column = block_column * 16 + j + 1
                    over[row, column] = min(max(float(miss), -step), step)
                    if miss <= 0:
                        box = (
                            min(box[0], row),
                            max(box[1], row),
                            min(box[2], column),
                            max(box[3], column),
                        )
    return box
