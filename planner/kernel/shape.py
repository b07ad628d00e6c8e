"""Catchments as polygons: the contour of a field of nearest times.

The polygon is a drawing. People are counted from covered pairs, never by looking who lies inside.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.kernel.cover import Field, read_field, search_field
from planner.kernel.lattice import (
    FAR,
    SIDE,
    Lattice,
    Reached,
    check_distances,
    lattice_within,
    read_lattice,
    side_by_side,
)
from planner.kernel.outline import Rings, join_rings, outline, polygons_of
from planner.kernel.paths import Graph, Stops, check_limit
from planner.kernel.snap import build_street_grid, snap_to_grid

_BLOCKS = 8  # blocks along a side of the squares that are outlined one by one
_TOGETHER = 256  # squares whose vertices are moved at once
_ON_LINE = 1e-9
_STEP = 20_000.0  # mm beyond which it does not matter how far a place is
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
    check_distances(cell_m, off_street_m)
    if len(edge_start) != len(graph.tail) + 1:
        raise ValueError(f"edge_start has {len(edge_start)} entries; expected one per edge and one")
    if not limits:
        return []
    search_mm = max(limits) + math.ceil(cell_m * 1000)  # the outline needs both its sides
    field = search_field(graph, sites, towards=towards, limit_mm=search_mm)
    grid = build_street_grid(vertices, edge_start)
    lattice = lattice_within(field, grid, sites, cell_m=cell_m, off_street_m=off_street_m)
    return merged_polygons(read_lattice(field, lattice), lattice, limits_mm=limits)


def merged_polygons(
    reached: Reached, lattice: Lattice, *, limits_mm: Sequence[int]
) -> list[shapely.Polygon | shapely.MultiPolygon]:
    """Draw the areas within several limits of the nearest site on a lattice laid before.

    Parameters
    ----------
    reached
        The search from all sites, over no less than the largest limit, read at the lattice.
    lattice
        Laid over all streets that are within it.
    limits_mm
        Largest costs, flat-equivalent millimetres, access legs included.

    Returns
    -------
    list of shapely.Polygon or shapely.MultiPolygon
        As `reach_polygons` returns them.

    Raises
    ------
    ValueError
        If a limit is out of range.
    """
    limits = [check_limit(limit) for limit in limits_mm]
    sheet = _spread_out(lattice, reached)
    parts: list[list[Any]] = [[] for _ in limits]
    for first in range(0, len(sheet.squares), _TOGETHER):
        found = [
            outlined
            for square in sheet.squares[first : first + _TOGETHER]
            for outlined in _outlines(sheet, square, limits)
        ]
        if not found:
            continue
        rings = join_rings([rings for _, _, rings in found])
        size = [len(rings.points) for _, _, rings in found]
        starts_inside = np.concatenate([inside for _, inside, _ in found])
        limit_of = np.repeat([limits[which] for which, _, _ in found], size)
        placed = _move_to_limit(reached.field, lattice, rings.points, limit_of, starts_inside)
        polygons = polygons_of(rings._replace(points=placed * lattice.cell_m))
        which = np.repeat([k for k, _, _ in found], [int(r.outer.sum()) for _, _, r in found])
        for k, part in enumerate(parts):
            part.extend(polygons[which == k])
    return [_merged(part) for part in parts]


class _Sheet(NamedTuple):
    """The lattice in squares.

    Parameters
    ----------
    corner
        Column and row of the first lattice place, shape (2,).
    block
        Number of each block, -1 (the last) where there is none, shape (rows, columns).
    squares
        Row and column of the squares that hold any, in blocks, shape (q, 2).
    cost, away
        By how many mm the places are from the sites, and beyond `off_street_m`; a last block is
        far from anything, shape (blocks + 1, 16, 16).
    """

    corner: NDArray[np.int64]
    block: NDArray[np.int32]
    squares: NDArray[np.intp]
    cost: NDArray[np.int64]
    away: NDArray[np.int64]


def _spread_out(lattice: Lattice, reached: Reached) -> _Sheet:
    ahead = lattice.corner % _BLOCKS  # squares lie the same way in any lattice
    shape = lattice.block.shape + ahead[::-1]
    rows, columns = (-(-shape // _BLOCKS)).tolist()
    block = np.full((rows * _BLOCKS + 1, columns * _BLOCKS + 1), -1, np.int32)
    block[ahead[1] : shape[0], ahead[0] : shape[1]] = lattice.block
    used = (block[:-1, :-1].reshape(rows, _BLOCKS, columns, _BLOCKS) >= 0).any(axis=(1, 3))
    beyond = np.full((1, SIDE, SIDE), FAR)
    cost, away = (np.concatenate([mm, beyond]) for mm in (reached.cost_mm, reached.away_mm))
    corner = (lattice.corner - ahead) * SIDE
    return _Sheet(corner, block, np.argwhere(used) * _BLOCKS, cost, away)


def _outlines(
    sheet: _Sheet, square: NDArray[np.intp], limits: list[int]
) -> Iterator[tuple[int, NDArray[np.bool_], Rings]]:
    """Return number, state and rings for every limit that has an outline in a square.

    Neighbouring squares share their border places and put the outline there alike, so their
    polygons meet exactly. The state says of each vertex whether the lower of the two places it
    lies between is inside. Whole millimetres never equal 0.5, so no vertex falls on a place.
    """
    row, column = square.tolist()
    window = sheet.block[row : row + _BLOCKS + 1, column : column + _BLOCKS + 1]
    side = _BLOCKS * SIDE + 1
    cost, away = (side_by_side(mm[window])[:side, :side] for mm in (sheet.cost, sheet.away))
    for which, limit in enumerate(limits):
        over = np.maximum(cost - limit, away)
        if over.min() > 0:
            continue
        rings = outline(np.clip(over, -_STEP, _STEP), 0.5)
        low = np.floor(rings.points + _ON_LINE).astype(np.int64)
        starts_inside = over[low[:, 1], low[:, 0]] <= 0
        corner = sheet.corner + np.array([column, row]) * SIDE
        yield which, starts_inside, rings._replace(points=rings.points + corner)


def _move_to_limit(
    field: Field,
    lattice: Lattice,
    points: NDArray[np.float64],
    limit_of: NDArray[np.int64],
    starts_inside: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Return the vertices moved along their lattice lines to where the area really ends.

    The cost jumps where another street becomes the nearest, and there a straight line between two
    lattice places says little. Each vertex stays between its two places, so rings stay valid.
    """
    column = np.abs(points - np.rint(points)) > _ON_LINE  # the axis along which a vertex may move
    moving = np.flatnonzero(column.any(axis=1))
    limit, column, points_at = limit_of[moving], column[moving], points[moving]
    low = np.where(column, np.floor(points_at), np.rint(points_at))
    high = low + column
    from_low = starts_inside[moving, None]
    inside, outside = np.where(from_low, low, high), np.where(from_low, high, low)
    farthest, off_street = lattice.off_street_m + lattice.cell_m, round(lattice.off_street_m * 1000)
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        snap = snap_to_grid(lattice.grid, middle * lattice.cell_m, max_m=farthest, runner_up=False)
        _, mm = read_field(field, Stops(snap.edge, snap.share, snap.access_mm))
        within = ((mm >= 0) & (mm <= limit) & (snap.access_mm <= off_street))[:, None]
        inside = np.where(within, middle, inside)
        outside = np.where(within, outside, middle)
    placed = points.copy()
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
