"""Catchments as polygons: the contour of a field of nearest times.

The polygon is a drawing. People are counted from covered pairs, never by looking who lies inside.
"""

import itertools
import math
from collections.abc import Iterator, Sequence

import contourpy
import numpy as np
import shapely
from numpy.typing import NDArray

from planner.kernel.cover import read_nearest
from planner.kernel.paths import Graph, Stops, check_limit, nearest_labels, unpack_nearest
from planner.kernel.snap import StreetGrid, build_street_grid, snap_to_grid

_TILE = 128  # cells along a side of the squares the field is drawn in
_FAR = 2.0**60


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
        Distance of the points where the cost is computed; the outline is good to about half.
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

    Parameters, result and errors are those of `reach_polygon`; a larger area covers a smaller one.
    """
    limits = [check_limit(limit) for limit in limits_mm]
    if not (cell_m > 0 and off_street_m > 0):
        raise ValueError(f"cell_m {cell_m} and off_street_m {off_street_m} must be above 0")
    if len(edge_start) != len(graph.tail) + 1:
        raise ValueError(f"edge_start has {len(edge_start)} entries; expected one per edge and one")
    if not limits:
        return []
    search_mm = max(limits) + math.ceil(cell_m * 1000)  # the outline needs both its sides
    label = nearest_labels(graph, sites, towards=towards, limit_mm=search_mm)
    used = _reached_edges(graph, sites, label)
    grid = build_street_grid(vertices, edge_start)
    squares = _squares_near(grid, used, margin_m=off_street_m + cell_m, side_m=_TILE * cell_m)
    parts: list[list[shapely.Geometry]] = [[] for _ in limits]
    for x, y, cells in _fields(grid, squares, cell_m=cell_m, max_m=off_street_m + 2 * cell_m):
        _, mm = read_nearest(graph, sites, cells, label, towards=towards)
        cost = np.where(mm >= 0, mm, _FAR)
        off_street = np.where(cells.edge >= 0, cells.access_mm, _FAR) - off_street_m * 1000
        for part, limit in zip(parts, limits, strict=True):
            over = np.maximum(cost - limit, np.rint(off_street))
            part.extend(_contour(x, y, over.reshape(len(y), len(x)), cell_m))
    return [_merged(part) for part in parts]


def _reached_edges(graph: Graph, sites: Stops, label: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which edges have a labelled end or carry a site, shape (m,)."""
    reached = unpack_nearest(label)[0] >= 0
    used = reached[graph.tail] | reached[graph.head]
    edges = np.asarray(sites.edge)
    used[edges[edges >= 0]] = True
    return used


def _squares_near(
    grid: StreetGrid, used: NDArray[np.bool_], *, margin_m: float, side_m: float
) -> NDArray[np.int64]:
    """Return the squares of a plane-wide lattice that lie near the used edges, shape (q, 2)."""
    inner = np.flatnonzero(used[grid.edge_of[:-1]] & (grid.edge_of[:-1] == grid.edge_of[1:]))
    if not inner.size:
        return np.empty((0, 2), np.int64)
    a, b = grid.vertices[inner], grid.vertices[inner + 1]
    pieces = np.maximum(np.ceil(np.hypot(*(b - a).T) / (side_m / 4)), 1).astype(np.int64)
    which = np.repeat(np.arange(len(inner)), pieces)
    step = np.arange(len(which)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    p = a[which] + (b - a)[which] * (step / pieces[which])[:, None]
    q = a[which] + (b - a)[which] * ((step + 1) / pieces[which])[:, None]
    low = np.floor((np.minimum(p, q) - margin_m) / side_m).astype(np.int64)
    high = np.floor((np.maximum(p, q) + margin_m) / side_m).astype(np.int64)
    squares = [
        np.column_stack([x, y]) for x in (low[:, 0], high[:, 0]) for y in (low[:, 1], high[:, 1])
    ]
    return np.unique(np.concatenate(squares), axis=0)


def _fields(
    grid: StreetGrid, squares: NDArray[np.int64], *, cell_m: float, max_m: float
) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64], Stops]]:
    """Yield x, y and the attached lattice points of each square, row by row.

    Neighbouring squares share their border points, so their contours meet exactly.
    """
    steps = np.arange(_TILE + 1)
    for column, row in squares.tolist():
        x = (column * _TILE + steps) * cell_m
        y = (row * _TILE + steps) * cell_m
        points = np.column_stack([np.tile(x, len(y)), np.repeat(y, len(x))])
        snap = snap_to_grid(grid, points, max_m=max_m)
        yield x, y, Stops(snap.edge, snap.share, snap.access_mm)


def _contour(
    x: NDArray[np.float64], y: NDArray[np.float64], over: NDArray[np.float64], cell_m: float
) -> list[shapely.Geometry]:
    """Return the polygons where `over` is at most 0; whole millimetres, so 0.5 hits no point."""
    if over.min() > 0:
        return []
    step = cell_m * 1000.0
    generator = contourpy.contour_generator(
        x=x,
        y=y,
        z=np.clip(over, -step, step),
        name="serial",
        fill_type=contourpy.FillType.OuterOffset,
    )
    points, offsets = generator.filled(-2 * step, 0.5)
    polygons = []
    for ring_points, offset in zip(points, offsets, strict=True):
        rings = [ring_points[a:b] for a, b in itertools.pairwise(offset)]
        polygons.append(shapely.Polygon(rings[0], rings[1:]))
    return polygons


def _merged(parts: list[shapely.Geometry]) -> shapely.Polygon | shapely.MultiPolygon:
    """Return the union of the parts, polygons only."""
    whole = shapely.union_all(parts) if parts else shapely.Polygon()
    if isinstance(whole, shapely.Polygon | shapely.MultiPolygon) and whole.is_valid:
        return whole
    repaired = shapely.get_parts(shapely.make_valid(whole))
    areas = repaired[shapely.get_type_id(repaired) == shapely.GeometryType.POLYGON]
    return shapely.MultiPolygon(list(areas))
