"""Catchments as polygons: the contour of a field of nearest times.

The polygon is a drawing. People are counted from covered pairs, never by looking who lies inside.
"""

import itertools
import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import contourpy
import numpy as np
import shapely
from numpy.typing import NDArray

from planner.kernel.cover import Field, read_field, search_field
from planner.kernel.paths import Graph, Stops, check_limit, unpack_nearest
from planner.kernel.snap import StreetGrid, build_street_grid, snap_to_grid

_BLOCK = 16  # cells along a side of the blocks that are computed or left out as a whole
_BLOCKS = 8  # blocks along a side of the squares that are drawn one by one
_FAR = 2**60
_Reach = tuple[NDArray[np.int64], NDArray[np.int64]]  # see `_reach`
_ON_LINE = 1e-9
_HALVINGS = 5  # the outline is good to a sixty-fourth of a cell where it crosses a lattice line


def reach_polygon(  # noqa: PLR0913 - the signature the other layers were promised
    graph: Graph,
    vertices: NDArray[np.float64],
    edge_start: NDArray[np.int64],
    sites: Stops,
    *,
    limit_mm: int,
    towards: bool,
    cell_m: float = 20.0,
    off_street_m: float = 60.0,
) -> shapely.Polygon | shapely.MultiPolygon:
    """Draw the area from which the nearest of the sites is within a limit.

    Parameters
    ----------
    graph
        The network.
    vertices, edge_start
        Polylines of its edges in metres, shapes (v, 2) and (m + 1,).
    sites
        All sites of the catchment; their areas are merged.
    limit_mm
        Largest cost, flat-equivalent millimetres, access legs included.
    towards
        True where people walk to the site.
    cell_m
        Distance of the lattice lines; where it crosses them the outline is good to 1/64 of this.
    off_street_m
        Nothing farther from its nearest street than this is inside.

    Returns
    -------
    shapely.Polygon or shapely.MultiPolygon
        Valid, with holes and several parts where the area has them; empty where it is nowhere.

    Raises
    ------
    ValueError
        If the sites or polylines do not fit the graph or a number is out of range.
    """
    return reach_polygons(
        graph,
        vertices,
        edge_start,
        sites,
        limits_mm=(limit_mm,),
        towards=towards,
        cell_m=cell_m,
        off_street_m=off_street_m,
    )[0]


def reach_polygons(  # noqa: PLR0913 - the signature the other layers were promised
    graph: Graph,
    vertices: NDArray[np.float64],
    edge_start: NDArray[np.int64],
    sites: Stops,
    *,
    limits_mm: Sequence[int],
    towards: bool,
    cell_m: float = 20.0,
    off_street_m: float = 60.0,
) -> list[shapely.Polygon | shapely.MultiPolygon]:
    """Draw the areas within several limits from one search, in the order of `limits_mm`.

    Parameters, result and errors are those of `reach_polygon`.
    """
    limits = [check_limit(limit) for limit in limits_mm]
    if not (cell_m > 0 and off_street_m > 0):
        raise ValueError(f"cell_m {cell_m} and off_street_m {off_street_m} must be above 0")
    if len(edge_start) != len(graph.tail) + 1:
        raise ValueError(f"edge_start has {len(edge_start)} entries; expected one per edge and one")
    if not limits:
        return []
    search_mm = max(limits) + math.ceil(cell_m * 1000)  # the outline needs both its sides
    field = search_field(graph, sites, towards=towards, limit_mm=search_mm)
    grid = build_street_grid(vertices, edge_start)
    drawing = _Drawing(field, grid, cell_m, off_street_m)
    blocks = _blocks_near(drawing, sites)
    wanted = np.sort(_numbers(blocks))
    squares = np.unique(blocks // _BLOCKS, axis=0)
    parts: list[list[shapely.Geometry]] = [[] for _ in limits]
    for square in squares:
        drawn = _draw_square(drawing, square, wanted, limits)
        for part, polygons in zip(parts, drawn, strict=True):
            part.extend(polygons)
    return [_merged(part) for part in parts]


class _Drawing(NamedTuple):
    """What the squares of one drawing have in common."""

    field: Field
    grid: StreetGrid
    cell_m: float
    off_street_m: float


def _numbers(places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return one number for each column and row, shape (..., 2) to (...)."""
    return (places[..., 1] << 32) + places[..., 0]


def _blocks_near(drawing: _Drawing, sites: Stops) -> NDArray[np.int64]:
    """Return column and row of the blocks where the area may be, a plane-wide lattice, (q, 2)."""
    side_m = _BLOCK * drawing.cell_m
    margin_m = drawing.off_street_m + drawing.cell_m
    low, high = _reached_stretches(drawing, sites, side_m / 4)
    if not len(low):
        return np.empty((0, 2), np.int64)
    low = np.floor((low - margin_m) / side_m).astype(np.int64)
    high = np.floor((high + margin_m) / side_m).astype(np.int64)
    wide = range(int((high - low).max()) + 1)
    near = np.concatenate([np.minimum(low + np.array([i, j]), high) for i in wide for j in wide])
    return near[np.unique(_numbers(near), return_index=True)[1]]


def _reached_stretches(
    drawing: _Drawing, sites: Stops, longest_m: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return lower left and upper right corners of the stretches with an end or a site reached."""
    field, grid = drawing.field, drawing.grid
    site_edge, site_share = np.asarray(sites.edge), np.asarray(sites.share)
    reached = unpack_nearest(field.label)[0] >= 0
    used = reached[field.graph.tail] | reached[field.graph.head]
    used[site_edge[site_edge >= 0]] = True
    inner = np.flatnonzero(used[grid.edge_of[:-1]] & (grid.edge_of[:-1] == grid.edge_of[1:]))
    a, step_m = grid.vertices[inner], np.diff(grid.vertices, axis=0)[inner]
    pieces = np.maximum(np.ceil(np.hypot(*step_m.T) / longest_m), 1).astype(np.int64)
    which = np.repeat(np.arange(len(inner)), pieces)
    part = np.arange(len(which)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    edge = grid.edge_of[inner][which]
    sites_at = np.sort((site_edge + site_share)[site_edge >= 0])
    xy, share = [], []
    keep = np.zeros(len(which), np.bool_)
    for end in (part / pieces[which], (part + 1) / pieces[which]):
        xy.append(a[which] + step_m[which] * end[:, None])
        along = grid.along[inner][which] + np.hypot(*step_m.T)[which] * end
        share.append(np.clip(along / np.maximum(grid.length[edge], 1e-9), 0.0, 1.0))
        stops = Stops(edge, share[-1], np.zeros(len(edge), np.int32))
        keep |= read_field(field, stops)[0] >= 0
    here = np.searchsorted(sites_at, edge + share[0] - 1e-6)
    keep |= here < np.searchsorted(sites_at, edge + share[1] + 1e-6, side="right")
    return np.minimum(*xy)[keep], np.maximum(*xy)[keep]


def _draw_square(
    drawing: _Drawing, square: NDArray[np.int64], blocks: NDArray[np.int64], limits: list[int]
) -> list[list[shapely.Geometry]]:
    """Return the polygons of one square of the lattice for every limit.

    Neighbouring squares share their border points and place the outline there alike, so their
    polygons meet exactly.
    """
    corner = square * _BLOCKS * _BLOCK
    steps = np.arange(_BLOCKS * _BLOCK + 1)
    lattice = np.stack(np.meshgrid(steps, steps), axis=-1)
    inner = np.stack(np.meshgrid(*[np.arange(_BLOCKS + 1)] * 2), axis=-1)
    number = _numbers(square * _BLOCKS + inner)
    wanted = blocks[np.searchsorted(blocks, number).clip(max=len(blocks) - 1)] == number
    near = wanted[lattice[..., 1] // _BLOCK, lattice[..., 0] // _BLOCK]
    reach = (np.full(near.shape, _FAR), np.full(near.shape, _FAR))
    reach[0][near], reach[1][near] = _reach(drawing, corner + lattice[near])
    pieces = [
        (which, points, offsets)
        for which, limit in enumerate(limits)
        for points, offsets in _outlines(_over(reach, limit), drawing.cell_m)
    ]
    drawn: list[list[shapely.Geometry]] = [[] for _ in limits]
    if not pieces:
        return drawn
    ends = np.cumsum([len(points) for _, points, _ in pieces])
    limit_of = np.repeat([limits[which] for which, _, _ in pieces], np.diff(ends, prepend=0))
    outline = np.concatenate([points for _, points, _ in pieces])
    placed = _move_to_limit(drawing, corner, outline, limit_of, reach) * drawing.cell_m
    for (which, _, offsets), points in zip(pieces, np.split(placed, ends[:-1]), strict=True):
        rings = [points[a:b] for a, b in itertools.pairwise(offsets)]
        drawn[which].append(shapely.Polygon(rings[0], rings[1:]))
    return drawn


def _reach(drawing: _Drawing, at: NDArray[Any]) -> _Reach:
    """Return cost and distance beyond `off_street_m` of lattice places, in mm, shape (k,)."""
    cell_m, off_street_m = drawing.cell_m, drawing.off_street_m
    farthest = off_street_m + 2 * cell_m
    snap = snap_to_grid(drawing.grid, at * cell_m, max_m=farthest, runner_up=False)
    _, mm = read_field(drawing.field, Stops(snap.edge, snap.share, snap.access_mm))
    away = snap.access_mm.astype(np.int64) - round(off_street_m * 1000)
    return np.where(mm >= 0, mm, _FAR), np.where(snap.edge >= 0, away, _FAR)


def _over(reach: _Reach, limit: int | NDArray[np.int64]) -> NDArray[np.int64]:
    """Return by how many mm places miss the area, at most 0 inside it."""
    over: NDArray[np.int64] = np.maximum(reach[0] - limit, reach[1])
    return over


def _outlines(
    over: NDArray[np.int64], cell_m: float
) -> Iterable[tuple[NDArray[np.float64], NDArray[np.uint32]]]:
    """Return vertices on the lattice and ring offsets of every polygon where `over` is at most 0.

    Whole millimetres never equal 0.5, so no vertex falls on a lattice point.
    """
    if over.min() > 0:
        return ()
    step = cell_m * 1000.0
    generator = contourpy.contour_generator(
        z=np.clip(over, -step, step), name="serial", fill_type=contourpy.FillType.OuterOffset
    )
    filled: tuple[Any, ...] = generator.filled(-2 * step, 0.5)  # its type follows fill_type
    return zip(*filled, strict=True)


def _move_to_limit(
    drawing: _Drawing,
    corner: NDArray[np.int64],
    points: NDArray[np.float64],
    limit_of: NDArray[np.int64],
    reach: _Reach,
) -> NDArray[np.float64]:
    """Return the vertices moved along their lattice lines to where the area really ends.

    The cost jumps where another street becomes the nearest, and there a straight line between two
    lattice points says little. Each vertex stays between its two points, so rings stay valid.
    """
    column = np.abs(points - np.rint(points)) > _ON_LINE  # the axis along which a vertex may move
    moving = np.flatnonzero(column.any(axis=1))
    limit = limit_of[moving]
    low = np.where(column, np.floor(points), np.rint(points))[moving].astype(np.int64)
    high = low + column[moving]
    at = (low[:, 1], low[:, 0])
    starts_inside = (_over((reach[0][at], reach[1][at]), limit) <= 0)[:, None]
    inside = corner + np.where(starts_inside, low, high).astype(np.float64)
    outside = corner + np.where(starts_inside, high, low).astype(np.float64)
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        within = (_over(_reach(drawing, middle), limit) <= 0)[:, None]
        inside = np.where(within, middle, inside)
        outside = np.where(within, outside, middle)
    placed = points + corner
    placed[moving] = (inside + outside) / 2
    return placed


def _merged(parts: list[shapely.Geometry]) -> shapely.Polygon | shapely.MultiPolygon:
    """Return the union of parts that meet exactly or not at all, polygons only."""
    whole = shapely.coverage_union_all(parts) if parts else shapely.Polygon()
    if not whole.is_valid:
        whole = shapely.union_all(parts)
    polygons = shapely.get_parts(whole)
    if len(polygons) == 1 and isinstance(polygons[0], shapely.Polygon):
        return polygons[0]
    return shapely.MultiPolygon([part for part in polygons if isinstance(part, shapely.Polygon)])
