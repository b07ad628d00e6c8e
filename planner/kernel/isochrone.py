"""Catchments of single sites, which may overlap, and catchments split among the sites.

As everywhere, the polygon is a drawing and nobody is counted from it.
"""

import itertools
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import KDTree

from planner.kernel.compiled import compiled
from planner.kernel.knots import cost_at
from planner.kernel.lattice import FAR, SIDE, Lattice, Reached, side_by_side
from planner.kernel.outline import (
    NO_RINGS,
    Polygon,
    Rings,
    grouped,
    join_rings,
    outline,
    polygons_of,
)
from planner.kernel.paths import Graph, Stops, check_limit, search_labels

F64 = NDArray[np.float64]

_ROUNDED_M = 1e-6  # corners nearer than this are one
_DOWNHILL = 1.25  # the ground covered per flat-equivalent metre is below this


def site_polygons(
    graph: Graph, lattice: Lattice, sites: Stops, *, limit_mm: int, towards: bool
) -> list[Polygon]:
    """Draw the catchment of every site by itself; catchments may overlap.

    Parameters
    ----------
    graph
        The network the lattice was laid over.
    lattice
        Laid over all streets that are within the limit of a site.
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
    drawn = [NO_RINGS] * len(sites.edge)
    for i in np.flatnonzero(np.asarray(sites.edge) >= 0):
        found = slice(labels.first[i], labels.last[i])
        nodes[labels.node[found]] = labels.mm[found]
        site = (int(sites.edge[i]), float(sites.share[i]), int(sites.access_mm[i]))
        drawn[i] = _outlines(look, site, nodes)
        nodes[labels.node[found]] = -1
    return _assembled(drawn)


def _assembled(drawn: list[Rings]) -> list[Polygon]:
    """Return one shape for the rings of each site."""
    parts = [int(rings.outer.sum()) for rings in drawn]
    of = np.repeat(np.arange(len(drawn)), parts)
    return grouped(polygons_of(join_rings(drawn)), of, len(drawn))


class _Look(NamedTuple):
    """What the drawings of one call share.

    `ways` are the costs of walking with and against the edges, to a site or from it: of whole
    edges, and at the knots.
    """

    graph: Graph
    lattice: Lattice
    ways: tuple[tuple[NDArray[np.int32], NDArray[np.int32]], ...]
    limit: int


def _outlines(look: _Look, site: tuple[int, float, int], nodes: NDArray[np.int64]) -> Rings:
    """Return the rings of a site in metres."""
    lattice = look.lattice
    reach_m = look.limit / 1000.0 * _DOWNHILL + lattice.off_street_m
    side_m = SIDE * lattice.cell_m
    middle = _on_street(lattice, site[0], site[1])
    low = np.floor((middle - reach_m) / side_m).astype(np.int64) - lattice.corner
    high = np.floor((middle + reach_m) / side_m).astype(np.int64) - lattice.corner + 1
    low = np.maximum(low, 0)
    high = np.minimum(high, lattice.block.shape[::-1])
    columns, rows = np.maximum(high - low, 0).tolist()
    step = lattice.cell_m * 1000.0
    over = np.full((rows * SIDE + 2, columns * SIDE + 2), step)  # a rim that is outside
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
        return NO_RINGS
    first = (lattice.corner + low) * SIDE - 1 + np.array([left - 1, top - 1])
    window = over[top - 1 : bottom + 2, left - 1 : right + 2]
    rings = outline(window, 0.5)  # costs are whole: no vertex falls on a lattice place
    return rings._replace(points=(rings.points + first) * lattice.cell_m)


def _on_street(lattice: Lattice, edge: int, share: float) -> F64:
    """Return the place at `share` of the length of an edge."""
    grid = lattice.grid
    line = slice(*np.searchsorted(grid.edge_of, [edge, edge + 1]))
    at = share * grid.length[edge]
    return np.array([np.interp(at, grid.along[line], grid.vertices[line, k]) for k in (0, 1)])


def split_polygons(
    reached: Reached, lattice: Lattice, owner: NDArray[np.intp], *, limit_mm: int
) -> list[Polygon]:
    """Draw the catchments so that every place belongs to its nearest site only.

    Parameters
    ----------
    reached
        The search from all stops of the sites, over no less than the limit and a cell, read at
        the lattice.
    lattice
        Laid over all streets that are within the limit.
    owner
        Site each stop belongs to, ascending, shape (k,).
    limit_mm
        Largest cost, flat-equivalent millimetres, access legs included.

    Returns
    -------
    list of shapely.Polygon or shapely.MultiPolygon
        One for each site up to the last owner, in metres and valid. They do not overlap; where
        they meet they share their borders, which run midway between lattice places, and where
        three meet a gap smaller than a cell may stay.

    Raises
    ------
    ValueError
        If the limit is out of range.
    """
    limit = check_limit(limit_mm)
    step = lattice.cell_m * 1000.0
    over = np.clip(np.maximum(reached.cost_mm - limit, reached.away_mm), -step, step)
    nearest = np.append(owner, -1)[reached.stop]
    count = int(owner.max(initial=-1)) + 1
    inside = over <= 0
    blocks = len(over)
    number = np.repeat(np.arange(blocks), SIDE * SIDE).reshape(over.shape)[inside]
    pairs = np.unique(nearest[inside] * blocks + number)
    starts = np.searchsorted(pairs, np.arange(count + 1) * blocks)
    row, column = np.nonzero(lattice.block >= 0)
    place = np.empty((blocks, 2), np.int64)
    place[lattice.block[row, column]] = np.column_stack([row, column])
    beyond = np.full((1, SIDE, SIDE), step)
    over = np.concatenate([over, beyond])
    nearest = np.concatenate([nearest, np.full((1, SIDE, SIDE), -1)])
    drawn = [
        _split(lattice, (over, nearest), site, place[pairs[first:last] % blocks])
        for site, (first, last) in enumerate(itertools.pairwise(starts))
    ]
    return _meeting(drawn)


def _meeting(drawn: list[Polygon]) -> list[Polygon]:
    """Return shapes whose corners are the same to the bit where they differ by rounding only."""
    shapes = np.empty(len(drawn), object)
    shapes[:] = drawn
    corners, which = np.unique(shapely.get_coordinates(shapes), axis=0, return_inverse=True)
    same = np.arange(len(corners))
    for low, high in sorted(KDTree(corners).query_pairs(_ROUNDED_M)):
        same[high] = min(same[high], same[low])
    met: list[Polygon] = shapely.set_coordinates(shapes, corners[same[which]]).tolist()
    return met


def _split(
    lattice: Lattice,
    values: tuple[F64, NDArray[np.int64]],
    site: int,
    blocks: NDArray[np.int64],
) -> Polygon:
    """Return the area within the limit, cut to the places whose nearest site is this one."""
    if not len(blocks):
        return shapely.Polygon()
    step = lattice.cell_m * 1000.0
    low = np.maximum(blocks.min(axis=0) - 1, 0)
    high = np.minimum(blocks.max(axis=0) + 2, lattice.block.shape)
    window = lattice.block[low[0] : high[0], low[1] : high[1]]
    over, nearest = (
        np.pad(side_by_side(column[window]), 1, constant_values=outside)
        for column, outside in ((values[0], step), (values[1], -1))
    )
    corner = (lattice.corner + low[::-1]) * SIDE - 1
    foreign = (over <= 0) & (nearest != site)
    if not (foreign & _beside((over <= 0) & (nearest == site))).any():
        return _area(outline(np.where(foreign, step, over), 0.5), corner, lattice.cell_m)
    within = _area(outline(over, 0.5), corner, lattice.cell_m)
    # below 0, so that where places alternate the middle belongs to nobody rather than to both
    rings = outline(np.where(nearest == site, -step, step), -1e-3 * step)
    rings = rings._replace(points=np.rint(rings.points * 2) / 2)
    cut = shapely.intersection(within, _area(rings, corner, lattice.cell_m))
    parts = [part for part in shapely.get_parts(cut) if isinstance(part, shapely.Polygon)]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _beside(own: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the places that are own or touch one."""
    wide = own.copy()
    wide[1:] |= own[:-1]
    wide[:-1] |= own[1:]
    near = wide.copy()
    near[:, 1:] |= wide[:, :-1]
    near[:, :-1] |= wide[:, 1:]
    return near


def _area(rings: Rings, corner: NDArray[np.int64], cell_m: float) -> Polygon:
    """Return the shape of rings in lattice steps from a corner."""
    polygons = polygons_of(rings._replace(points=(rings.points + corner) * cell_m))
    return grouped(polygons, np.zeros(len(polygons), np.int64), 1)[0]


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
                    best = stands_at if stands_at >= 0 else FAR
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
