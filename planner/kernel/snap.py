"""Points to their nearest street: the edge itself, never its nearest node.

Streets are filed in square cells, and cells in tiles that exist only where there are streets, so
that 200 km of valleys cost no more memory than the streets in them.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.kernel.compiled import compiled

CELL_M = 64.0
_TILE_BITS = 6  # a tile is 64 x 64 cells
_TILE = 1 << _TILE_BITS
_MOST_TILES = 1 << 24
_FARTHEST_M = 2e6  # whole millimetres beyond this do not fit 32 bits
_SLACK_M = 1e-6  # a point on the border of two cells, or at the largest distance


class Snap(NamedTuple):
    """Where each point meets the network.

    Parameters
    ----------
    edge
        Nearest edge, -1 where none is near enough, int32, shape (k,).
    share
        How far along the edge by length, tail 0 to head 1; 0 where there is none, shape (k,).
    access_mm
        Straight distance between point and edge; 0 where there is none, int32, shape (k,).
    point
        The place on the edge in metres, NaN where there is none, shape (k, 2).
    runner_up
        Nearest other edge, -1 where none is near enough, int32, shape (k,).
    runner_up_mm
        Straight distance to it; 0 where there is none, int32, shape (k,).
    """

    edge: NDArray[np.int32]
    share: NDArray[np.float64]
    access_mm: NDArray[np.int32]
    point: NDArray[np.float64]
    runner_up: NDArray[np.int32]
    runner_up_mm: NDArray[np.int32]


class StreetGrid(NamedTuple):
    """Street segments by cell.

    Parameters
    ----------
    origin
        Lower left corner and cell size in metres: x, y, size.
    tile
        Number of each tile, -1 where there are no streets, int32, shape (rows, columns).
    start
        First segment of each cell and one past the last, tile by tile, int64.
    segment
        First vertex of each segment, int32.
    edge_of
        Edge of each vertex, int32, shape (v,).
    vertices
        Metres, shape (v, 2).
    along
        Length from the tail of the edge to each vertex, metres, shape (v,).
    length
        Length of each edge, metres, shape (m,).
    """

    origin: tuple[float, float, float]
    tile: NDArray[np.int32]
    start: NDArray[np.int64]
    segment: NDArray[np.int32]
    edge_of: NDArray[np.int32]
    vertices: NDArray[np.float64]
    along: NDArray[np.float64]
    length: NDArray[np.float64]


def snap_points(
    points: NDArray[np.float64],
    vertices: NDArray[np.float64],
    edge_start: NDArray[np.int64],
    *,
    max_m: float,
    allowed: NDArray[np.bool_] | None = None,
) -> Snap:
    """Attach points to their nearest edge.

    Parameters
    ----------
    points
        Metres in the CRS of `vertices`; a point with NaN is attached to nothing, shape (k, 2).
    vertices
        Points of all edge polylines, one edge after the other, metres, shape (v, 2).
    edge_start
        First vertex of each edge and one past the last, shape (m + 1,).
    max_m
        Largest distance between point and edge; exactly this far (to a micrometre) is near
        enough. Nothing is attached over more than 2,000 km.
    allowed
        Edges to consider, shape (m,); all where not given.

    Returns
    -------
    Snap
        Nearest and second nearest edge; at equal distance the smaller number wins.

    Raises
    ------
    ValueError
        If shapes do not fit, an edge has fewer than two vertices or `max_m` is not a distance.
    """
    return snap_to_grid(build_street_grid(vertices, edge_start, allowed), points, max_m=max_m)


def build_street_grid(
    vertices: NDArray[np.float64],
    edge_start: NDArray[np.int64],
    allowed: NDArray[np.bool_] | None = None,
) -> StreetGrid:
    """File street segments in cells; parameters and errors as in `snap_points`."""
    xy, starts = _check_lines(vertices, edge_start)
    edge_count = len(starts) - 1
    use = np.ones(edge_count, np.bool_) if allowed is None else np.array(allowed, np.bool_)
    if use.shape != (edge_count,):
        raise ValueError(f"allowed has shape {use.shape}; expected ({edge_count},)")
    edge_of = np.repeat(np.arange(edge_count, dtype=np.int32), np.diff(starts))
    step = np.zeros(len(xy))
    step[1:] = np.hypot(*np.diff(xy, axis=0).T)
    step[starts[:-1]] = 0.0
    total = np.cumsum(step)
    along = total - total[starts[:-1]][edge_of]
    inner = use[edge_of]
    inner[starts[1:] - 1] = False
    first = np.flatnonzero(inner).astype(np.int32)
    low = xy[use[edge_of]].min(axis=0) if first.size else np.zeros(2)
    high = xy[use[edge_of]].max(axis=0) if first.size else np.zeros(2)
    size = CELL_M
    while np.prod((high - low) / (size * _TILE) + 1) > _MOST_TILES:
        size *= 2
    columns, rows = ((high - low) / (size * _TILE)).astype(np.int64) + 1
    tile = np.full((rows, columns), -1, np.int32)
    origin = (float(low[0]), float(low[1]), size)
    used = _number_tiles(origin, tile, xy, first)
    start = np.zeros(used * _TILE * _TILE + 1, np.int64)
    grid = StreetGrid(
        origin, tile, start, np.empty(0, np.int32), edge_of, xy, along, along[starts[1:] - 1]
    )
    _file_segments(grid, first, count_only=True)
    np.cumsum(start, out=start)
    grid = grid._replace(segment=np.empty(start[-1], np.int32))
    _file_segments(grid, first, count_only=False)
    return grid


def snap_to_grid(
    grid: StreetGrid, points: NDArray[np.float64], *, max_m: float, runner_up: bool = True
) -> Snap:
    """Attach points to the nearest edge of a grid; parameters and errors as in `snap_points`.

    Without `runner_up` no second edge is looked for.
    """
    xy = np.array(points, np.float64)
    if xy.ndim != 2 or xy.shape[1] != 2:
        raise ValueError(f"points have shape {xy.shape}; expected (k, 2)")
    if not max_m >= 0:
        raise ValueError(f"max_m is {max_m}; expected metres from 0")
    k = len(xy)
    found = Snap(
        np.full(k, -1, np.int32),
        np.zeros(k),
        np.zeros(k, np.int32),
        np.full((k, 2), np.nan),
        np.full(k, -1, np.int32),
        np.zeros(k, np.int32),
    )
    _snap_all(grid, xy, min(float(max_m), _FARTHEST_M) + _SLACK_M, int(runner_up), found)
    return found


def _check_lines(
    vertices: NDArray[np.float64], edge_start: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    xy = np.array(vertices, np.float64)
    starts = np.array(edge_start, np.int64)
    if xy.ndim != 2 or xy.shape[1] != 2:
        raise ValueError(f"vertices have shape {xy.shape}; expected (v, 2)")
    if starts.ndim != 1 or not starts.size or starts[0] != 0 or starts[-1] != len(xy):
        raise ValueError("edge_start must run from 0 to the number of vertices")
    if (np.diff(starts) < 2).any():
        raise ValueError("an edge has fewer than two vertices")
    if not np.isfinite(xy).all():
        raise ValueError("vertices must be finite numbers of metres")
    if len(xy) >= 2**31:
        raise ValueError("more than 2**31 vertices")
    return xy, starts


@compiled
def _row_span(
    origin: tuple[float, float, float], a: NDArray[np.float64], b: NDArray[np.float64], row: int
) -> tuple[int, int]:
    """Return the first and last cell column the segment a-b crosses in a row of cells."""
    x0, y0, size = origin
    ax, ay, bx, by = a[0] - x0, a[1] - y0, b[0] - x0, b[1] - y0
    if ay > by:
        ax, ay, bx, by = bx, by, ax, ay
    left, right = ax, bx
    if by > ay:
        slope = (bx - ax) / (by - ay)
        if row * size > ay:
            left = ax + (row * size - ay) * slope
        if (row + 1) * size < by:
            right = ax + ((row + 1) * size - ay) * slope
    if left > right:
        left, right = right, left
    return int(left / size), int(right / size)


@compiled
def _number_tiles(
    origin: tuple[float, float, float],
    tile: NDArray[np.int32],
    vertices: NDArray[np.float64],
    first: NDArray[np.int32],
) -> int:
    used = 0
    size = origin[2]
    for v in first:
        a, b = vertices[v], vertices[v + 1]
        low = int((min(a[1], b[1]) - origin[1]) / size)
        high = int((max(a[1], b[1]) - origin[1]) / size)
        for row in range(low, high + 1):
            left, right = _row_span(origin, a, b, row)
            for column in range(left >> _TILE_BITS, (right >> _TILE_BITS) + 1):
                if tile[row >> _TILE_BITS, column] < 0:
                    tile[row >> _TILE_BITS, column] = used
                    used += 1
    return used


@compiled
def _cell(tile: NDArray[np.int32], row: int, column: int) -> int:
    """Return the number of a cell, or -1 where there are no streets."""
    if row < 0 or column < 0:
        return -1
    r, c = row >> _TILE_BITS, column >> _TILE_BITS
    if r >= tile.shape[0] or c >= tile.shape[1] or tile[r, c] < 0:
        return -1
    mask = _TILE - 1
    number = np.int64(tile[r, c])
    return int((number << (2 * _TILE_BITS)) + ((row & mask) << _TILE_BITS) + (column & mask))


@compiled
def _file_segments(grid: StreetGrid, first: NDArray[np.int32], count_only: bool) -> None:  # noqa: FBT001 - compiled loops take no keywords
    """Count the segments of each cell, or file them behind the ends counted before."""
    origin, start = grid.origin, grid.start
    size = origin[2]
    for i in range(len(first)):
        v = first[len(first) - 1 - i]  # ends move down, so that segments come in order
        a, b = grid.vertices[v], grid.vertices[v + 1]
        low = int((min(a[1], b[1]) - origin[1]) / size)
        high = int((max(a[1], b[1]) - origin[1]) / size)
        for row in range(low, high + 1):
            left, right = _row_span(origin, a, b, row)
            for column in range(left, right + 1):
                cell = _cell(grid.tile, row, column)
                if count_only:
                    start[cell] += 1
                else:
                    start[cell] -= 1
                    grid.segment[start[cell]] = v


@compiled
def _project(
    vertices: NDArray[np.float64], v: int, x: float, y: float
) -> tuple[float, float, float]:
    """Return the nearest place on the segment at `v` and its squared distance."""
    ax, ay = vertices[v, 0], vertices[v, 1]
    bx, by = vertices[v + 1, 0], vertices[v + 1, 1]
    dx, dy = bx - ax, by - ay
    square = dx * dx + dy * dy
    t = (x - ax) * dx + (y - ay) * dy
    if t <= 0.0 or square == 0.0:
        px, py = ax, ay
    elif t >= square:
        px, py = bx, by
    else:
        px, py = ax + t / square * dx, ay + t / square * dy
    return px, py, (x - px) * (x - px) + (y - py) * (y - py)


@compiled
def _scan_cell(
    grid: StreetGrid,
    cell: int,
    x: float,
    y: float,
    best: NDArray[np.float64],
    who: NDArray[np.int32],
) -> None:
    """Improve nearest (place 0) and runner-up (place 1): squared distance, segment and edge."""
    for k in range(grid.start[cell], grid.start[cell + 1]):
        v = grid.segment[k]
        edge = grid.edge_of[v]
        square = _project(grid.vertices, v, x, y)[2]
        if square > best[1] or (square == best[1] and edge > who[1, 1]):
            continue
        if edge != who[0, 1] and (square > best[0] or (square == best[0] and edge > who[0, 1])):
            best[1] = square
            who[1, 0], who[1, 1] = v, edge
        elif edge == who[0, 1]:
            if square < best[0]:
                best[0] = square
                who[0, 0] = v
        else:
            best[1] = best[0]
            who[1, 0], who[1, 1] = who[0, 0], who[0, 1]
            best[0] = square
            who[0, 0], who[0, 1] = v, edge


@compiled
def _gap(low: float, high: float, at: float) -> float:
    """Return the squared distance from a number to an interval."""
    away = max(low - at, at - high, 0.0)
    return away * away


@compiled
def _snap_one(
    grid: StreetGrid,
    x: float,
    y: float,
    wanted: int,
    best: NDArray[np.float64],
    who: NDArray[np.int32],
) -> None:
    """Search rings of cells outwards until no unseen street can be nearer than `best[wanted]`."""
    x0, y0, size = grid.origin
    column, row = int(np.floor((x - x0) / size)), int(np.floor((y - y0) / size))
    inside = min(x - x0 - column * size, (column + 1) * size - (x - x0))
    inside = min(inside, y - y0 - row * size, (row + 1) * size - (y - y0))
    rows, columns = grid.tile.shape[0] << _TILE_BITS, grid.tile.shape[1] << _TILE_BITS
    ring = max(0, -row, row - rows + 1, -column, column - columns + 1)  # nothing is outside
    while True:
        for r in range(max(row - ring, 0), min(row + ring, rows - 1) + 1):
            gap = _gap(r * size - _SLACK_M, (r + 1) * size + _SLACK_M, y - y0)
            if gap > best[wanted]:
                continue
            if abs(r - row) == ring:
                low, high, step = max(column - ring, 0), min(column + ring, columns - 1), 1
            else:
                low, high, step = column - ring, column + ring, 2 * ring
            for c in range(low, high + 1, max(step, 1)):
                cell = _cell(grid.tile, r, c)
                side = _gap(c * size - _SLACK_M, (c + 1) * size + _SLACK_M, x - x0)
                if cell >= 0 and gap + side <= best[wanted]:
                    _scan_cell(grid, cell, x, y, best, who)
        seen = inside + ring * size - _SLACK_M
        if seen > 0 and seen * seen > best[wanted]:
            return
        ring += 1


@compiled
def _snap_all(
    grid: StreetGrid, points: NDArray[np.float64], max_m: float, wanted: int, found: Snap
) -> None:
    best = np.empty(2)
    who = np.empty((2, 2), np.int32)
    low_x, low_y = grid.origin[0] - max_m, grid.origin[1] - max_m
    high_x = grid.origin[0] + grid.tile.shape[1] * _TILE * grid.origin[2] + max_m
    high_y = grid.origin[1] + grid.tile.shape[0] * _TILE * grid.origin[2] + max_m
    for i in range(len(points)):
        x, y = points[i, 0], points[i, 1]
        if not (low_x <= x <= high_x and low_y <= y <= high_y):
            continue  # NaN, or too far from any street
        best[:] = max_m * max_m
        who[:] = -1
        _snap_one(grid, x, y, wanted, best, who)
        if who[0, 1] < 0:
            continue
        v, edge = who[0, 0], who[0, 1]
        px, py, square = _project(grid.vertices, v, x, y)
        found.edge[i] = edge
        found.access_mm[i] = np.rint(np.sqrt(square) * 1000.0)
        found.point[i, 0], found.point[i, 1] = px, py
        if grid.length[edge] > 0.0:
            step = np.hypot(px - grid.vertices[v, 0], py - grid.vertices[v, 1])
            found.share[i] = min((grid.along[v] + step) / grid.length[edge], 1.0)
        if who[1, 1] >= 0 and wanted == 1:
            found.runner_up[i] = who[1, 1]
            found.runner_up_mm[i] = np.rint(np.sqrt(best[1]) * 1000.0)
