"""Points to their nearest street: the edge itself, never its nearest node.

Points are taken cell by cell, and each segment is held against all points of a cell at once.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.kernel.compiled import compiled
from planner.kernel.grid import TILE_BITS, StreetGrid, build_street_grid, cell_at

__all__ = ["Snap", "StreetGrid", "build_street_grid", "snap_points", "snap_to_grid"]
_FARTHEST_M = 2e6  # whole millimetres beyond this do not fit 32 bits
_SLACK_M = 1e-6  # a point on the border of two cells, or at the largest distance
_GROUP = 256  # points of a cell that are taken together
_NOBODY = 2**31  # above every edge


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


def snap_to_grid(
    grid: StreetGrid, points: NDArray[np.float64], *, max_m: float, runner_up: bool = True
) -> Snap:
    """Attach points to the nearest edge of a grid; parameters and errors as in `snap_points`.

    Without `runner_up` no second edge is looked for.
    """
    xy = np.ascontiguousarray(points, np.float64)
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
    farthest = min(float(max_m), _FARTHEST_M) + _SLACK_M
    cell = np.empty(k, np.int64)
    near = np.flatnonzero(_find_cells(grid, xy, farthest, cell))
    group = _new_group(runner_up=runner_up)
    _snap_all(grid, xy, near[_by_cell(cell[near], len(grid.start))], farthest, group, found)
    return found


class _Group(NamedTuple):
    """Points of one cell and the nearest found so far.

    Parameters
    ----------
    x, y
        Metres, shape (k,).
    square, segment, edge
        Squared distance, segment and edge of the nearest, shape (k,).
    square2, segment2, edge2
        The same of the nearest other edge, shape (k,); empty where none is wanted.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    square: NDArray[np.float64]
    segment: NDArray[np.int64]
    edge: NDArray[np.int64]
    square2: NDArray[np.float64]
    segment2: NDArray[np.int64]
    edge2: NDArray[np.int64]


def _new_group(*, runner_up: bool) -> _Group:
    first = (np.empty(_GROUP), np.empty(_GROUP, np.int64), np.empty(_GROUP, np.int64))
    size = _GROUP if runner_up else 0
    second = (np.empty(size), np.empty(size, np.int64), np.empty(size, np.int64))
    return _Group(np.empty(_GROUP), np.empty(_GROUP), *first, *second)


def _by_cell(cell: NDArray[np.int64], cell_count: int) -> NDArray[np.int64]:
    """Return an order in which equal cells stand together."""
    if len(cell) < cell_count // 8:
        return np.argsort(cell, kind="stable")
    return _count_sort(cell, cell_count)


@compiled
def _count_sort(cell: NDArray[np.int64], cell_count: int) -> NDArray[np.int64]:
    free = np.zeros(cell_count + 1, np.int64)
    for number in cell:
        free[number + 1] += 1
    for number in range(cell_count):
        free[number + 1] += free[number]
    order = np.empty(len(cell), np.int64)
    for i in range(len(cell)):
        order[free[cell[i]]] = i
        free[cell[i]] += 1
    return order


@compiled
def _find_cells(
    grid: StreetGrid, points: NDArray[np.float64], max_m: float, cell: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Write the cell of each point, one past the last outside tiles; return who is near enough."""
    x0, y0, size = grid.origin
    low_x, low_y = x0 - max_m, y0 - max_m
    high_x = x0 + (grid.tile.shape[1] << TILE_BITS) * size + max_m
    high_y = y0 + (grid.tile.shape[0] << TILE_BITS) * size + max_m
    near = np.zeros(len(points), np.bool_)
    for i in range(len(points)):
        x, y = points[i, 0], points[i, 1]
        if not (low_x <= x <= high_x and low_y <= y <= high_y):
            continue  # NaN, or too far from any street
        near[i] = True
        number = cell_at(grid.tile, int(np.floor((y - y0) / size)), int(np.floor((x - x0) / size)))
        cell[i] = number if number >= 0 else len(grid.start) - 1
    return near


@compiled
def _hold_against(
    a: tuple[float, float], b: tuple[float, float], inverse: float, who: tuple[int, int], of: _Group
) -> None:
    """Improve the nearest of all points by one segment; no branches, so that lanes are filled."""
    ax, ay = a
    dx, dy = b[0] - ax, b[1] - ay
    segment, edge = who
    x, y, square, found, owner = of.x, of.y, of.square, of.segment, of.edge
    for i in range(len(x)):
        t = ((x[i] - ax) * dx + (y[i] - ay) * dy) * inverse
        px, py = ax + t * dx, ay + t * dy
        px, py = ax if t <= 0.0 else px, ay if t <= 0.0 else py
        px, py = b[0] if t >= 1.0 else px, b[1] if t >= 1.0 else py
        away = (x[i] - px) * (x[i] - px) + (y[i] - py) * (y[i] - py)
        wins = (away < square[i]) | ((away == square[i]) & (edge < owner[i]))
        square[i] = away if wins else square[i]
        found[i] = segment if wins else found[i]
        owner[i] = edge if wins else owner[i]


@compiled
def _hold_both(
    a: tuple[float, float], b: tuple[float, float], inverse: float, who: tuple[int, int], of: _Group
) -> None:
    """Improve nearest and nearest other edge of all points by one segment."""
    ax, ay = a
    dx, dy = b[0] - ax, b[1] - ay
    segment, edge = who
    x, y = of.x, of.y
    square, found, owner = of.square, of.segment, of.edge
    square2, found2, owner2 = of.square2, of.segment2, of.edge2
    for i in range(len(x)):
        t = ((x[i] - ax) * dx + (y[i] - ay) * dy) * inverse
        px, py = ax + t * dx, ay + t * dy
        px, py = ax if t <= 0.0 else px, ay if t <= 0.0 else py
        px, py = b[0] if t >= 1.0 else px, b[1] if t >= 1.0 else py
        away = (x[i] - px) * (x[i] - px) + (y[i] - py) * (y[i] - py)
        other = edge != owner[i]
        wins = (away < square[i]) | ((away == square[i]) & (edge < owner[i]))
        moves = wins & other  # the nearest becomes the second
        second = (away < square2[i]) | ((away == square2[i]) & (edge < owner2[i]))
        takes = second & other & (not wins)
        square2[i] = square[i] if moves else (away if takes else square2[i])
        found2[i] = found[i] if moves else (segment if takes else found2[i])
        owner2[i] = owner[i] if moves else (edge if takes else owner2[i])
        square[i] = away if wins else square[i]
        found[i] = segment if wins else found[i]
        owner[i] = edge if wins else owner[i]


@compiled
def _scan_cell(grid: StreetGrid, cell: int, of: _Group) -> None:
    for k in range(grid.start[cell], grid.start[cell + 1]):
        v = grid.segment[k]
        a = (grid.vertices[v, 0], grid.vertices[v, 1])
        b = (grid.vertices[v + 1, 0], grid.vertices[v + 1, 1])
        who = (int(v), int(grid.edge_of[v]))
        if len(of.square2) == 0:
            _hold_against(a, b, grid.inverse[v], who, of)
        else:
            _hold_both(a, b, grid.inverse[v], who, of)


@compiled
def _gap(low: float, high: float, first: float, last: float) -> float:
    """Return the squared distance between two intervals."""
    away = max(low - last, first - high, 0.0)
    return away * away


@compiled
def _search_rings(grid: StreetGrid, row: int, column: int, of: _Group) -> None:
    """Search rings of cells outwards until no unseen street can be nearer to any point."""
    x0, y0, size = grid.origin
    left, right = of.x.min() - x0, of.x.max() - x0
    bottom, top = of.y.min() - y0, of.y.max() - y0
    inside = min(left - column * size, (column + 1) * size - right)
    inside = min(inside, bottom - row * size, (row + 1) * size - top)
    rows, columns = grid.tile.shape[0] << TILE_BITS, grid.tile.shape[1] << TILE_BITS
    ring = max(0, -row, row - rows + 1, -column, column - columns + 1)  # nothing is outside
    farthest = of.square2 if len(of.square2) > 0 else of.square
    most = farthest.max()
    while True:
        for r in range(max(row - ring, 0), min(row + ring, rows - 1) + 1):
            gap = _gap(r * size - _SLACK_M, (r + 1) * size + _SLACK_M, bottom, top)
            if gap > most:
                continue
            if abs(r - row) == ring:
                low, high, step = max(column - ring, 0), min(column + ring, columns - 1), 1
            else:
                low, high, step = column - ring, column + ring, 2 * ring
            for c in range(low, high + 1, max(step, 1)):
                cell = cell_at(grid.tile, r, c)
                side = _gap(c * size - _SLACK_M, (c + 1) * size + _SLACK_M, left, right)
                if cell >= 0 and gap + side <= most and grid.start[cell] < grid.start[cell + 1]:
                    _scan_cell(grid, cell, of)
                    most = farthest.max()
        seen = inside + ring * size - _SLACK_M
        if seen > 0 and seen * seen > most:
            return
        ring += 1


@compiled
def _snap_all(
    grid: StreetGrid,
    points: NDArray[np.float64],
    order: NDArray[np.int64],
    max_m: float,
    room: _Group,
    found: Snap,
) -> None:
    x0, y0, size = grid.origin
    first = 0
    while first < len(order):
        at = points[order[first]]
        column, row = int(np.floor((at[0] - x0) / size)), int(np.floor((at[1] - y0) / size))
        count = 0
        while count < _GROUP and first + count < len(order):
            at = points[order[first + count]]
            if int(np.floor((at[0] - x0) / size)) != column:
                break
            if int(np.floor((at[1] - y0) / size)) != row:
                break
            room.x[count], room.y[count] = at[0], at[1]
            count += 1
        of = _Group(
            room.x[:count],
            room.y[:count],
            room.square[:count],
            room.segment[:count],
            room.edge[:count],
            room.square2[:count],
            room.segment2[:count],
            room.edge2[:count],
        )
        of.square[:], of.square2[:] = max_m * max_m, max_m * max_m
        of.segment[:], of.segment2[:] = -1, -1
        of.edge[:], of.edge2[:] = _NOBODY, _NOBODY
        _search_rings(grid, row, column, of)
        _write_found(grid, order[first : first + count], of, found)
        first += count


@compiled
def _write_found(grid: StreetGrid, members: NDArray[np.int64], of: _Group, found: Snap) -> None:
    for k in range(len(members)):
        v, i = of.segment[k], members[k]
        if v < 0:
            continue
        edge = of.edge[k]
        px, py = _project(grid.vertices, v, of.x[k], of.y[k])
        away_x, away_y = of.x[k] - px, of.y[k] - py
        found.edge[i] = edge
        found.access_mm[i] = np.rint(np.sqrt(away_x * away_x + away_y * away_y) * 1000.0)
        found.point[i, 0], found.point[i, 1] = px, py
        if grid.length[edge] > 0.0:
            step_x, step_y = px - grid.vertices[v, 0], py - grid.vertices[v, 1]
            along = grid.along[v] + np.sqrt(step_x * step_x + step_y * step_y)
            found.share[i] = min(along / grid.length[edge], 1.0)
        if len(of.square2) > 0 and of.segment2[k] >= 0:
            found.runner_up[i] = of.edge2[k]
            found.runner_up_mm[i] = np.rint(np.sqrt(of.square2[k]) * 1000.0)


@compiled
def _project(vertices: NDArray[np.float64], v: int, x: float, y: float) -> tuple[float, float]:
    """Return the nearest place on the segment at `v`."""
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
    return px, py
