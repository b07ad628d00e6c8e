"""Street segments filed in square cells, and cells in tiles that exist only where streets are.

So 200 km of valleys cost no more memory than the streets in them.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.kernel.compiled import compiled

CELL_M = 64.0
TILE_BITS = 6  # a tile is 64 x 64 cells
_TILE = 1 << TILE_BITS
_MOST_TILES = 1 << 24
_POINT_M = 1e-9  # a segment no longer than this is a point


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
    inverse
        One by the squared length of the segment at each vertex, 0 where it has none, shape (v,).
    """

    origin: tuple[float, float, float]
    tile: NDArray[np.int32]
    start: NDArray[np.int64]
    segment: NDArray[np.int32]
    edge_of: NDArray[np.int32]
    vertices: NDArray[np.float64]
    along: NDArray[np.float64]
    length: NDArray[np.float64]
    inverse: NDArray[np.float64]


def build_street_grid(
    vertices: NDArray[np.float64],
    edge_start: NDArray[np.int64],
    allowed: NDArray[np.bool_] | None = None,
) -> StreetGrid:
    """File street segments in cells.

    Parameters
    ----------
    vertices, edge_start
        Polylines of the edges in metres, shapes (v, 2) and (m + 1,).
    allowed
        Edges to file, shape (m,); all where not given.

    Raises
    ------
    ValueError
        If shapes do not fit or an edge has fewer than two vertices.
    """
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
    inverse = np.zeros(len(xy))
    long = first[step[first + 1] > _POINT_M]
    inverse[long] = 1.0 / step[long + 1] ** 2
    nothing = np.empty(0, np.int32)
    length = along[starts[1:] - 1]
    grid = StreetGrid(origin, tile, start, nothing, edge_of, xy, along, length, inverse)
    _file_segments(grid, first, count_only=True)
    np.cumsum(start, out=start)
    grid = grid._replace(segment=np.empty(start[-1], np.int32))
    _file_segments(grid, first, count_only=False)
    return grid


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
            for column in range(left >> TILE_BITS, (right >> TILE_BITS) + 1):
                if tile[row >> TILE_BITS, column] < 0:
                    tile[row >> TILE_BITS, column] = used
                    used += 1
    return used


@compiled
def cell_at(tile: NDArray[np.int32], row: int, column: int) -> int:
    """Return the number of a cell, or -1 where there are no streets."""
    if row < 0 or column < 0:
        return -1
    r, c = row >> TILE_BITS, column >> TILE_BITS
    if r >= tile.shape[0] or c >= tile.shape[1] or tile[r, c] < 0:
        return -1
    mask = _TILE - 1
    number = np.int64(tile[r, c])
    return int((number << (2 * TILE_BITS)) + ((row & mask) << TILE_BITS) + (column & mask))


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
                cell = cell_at(grid.tile, row, column)
                if count_only:
                    start[cell] += 1
                else:
                    start[cell] -= 1
                    grid.segment[start[cell]] = v
