"""Heights from a grid of cells, and along bridges and tunnels."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import spsolve

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]

_RINGS = ((6, (4 / 19) ** 0.5), (12, (13 / 19) ** 0.5))  # each point stands for 1/19 of the circle


def bilinear(band: F64, row: F64, column: F64) -> F64:
    """Return heights between the four nearest cell centres.

    Parameters
    ----------
    band
        Height of each cell, NaN where void, shape (h, w).
    row, column
        Places in cells from the centre of the first, shape (n,).

    Returns
    -------
    NDArray
        Shape (n,); NaN outside the centres and where a cell that counts is void.
    """
    top, left = np.floor(row), np.floor(column)
    down, right = row - top, column - left
    high, wide = band.shape
    within = (row >= 0) & (column >= 0) & (row <= high - 1) & (column <= wide - 1)
    total = np.where(within, 0.0, np.nan)
    for r, c, weight in (
        (0, 0, (1 - down) * (1 - right)),
        (0, 1, (1 - down) * right),
        (1, 0, down * (1 - right)),
        (1, 1, down * right),
    ):
        at_row = np.clip(top + r, 0, high - 1).astype(np.int64)
        at_column = np.clip(left + c, 0, wide - 1).astype(np.int64)
        # a void cell with no weight must not make the answer void
        total += np.where(weight > 0, band[at_row, at_column], 0.0) * weight
    return total


def in_circle(band: F64, row: F64, column: F64, reach: tuple[F64, F64]) -> F64:
    """Return the mean height in a circle round each place.

    Of points on opposite sides both count or neither, so that a slope keeps its height beside
    voids and at the edge; where only the middle is known, it alone counts.

    Parameters
    ----------
    band, row, column
        As for `bilinear`.
    reach
        Rows and columns to the rim of the circle northward, and eastward, each of shape (2,).
    """
    middle = bilinear(band, row, column)
    total, count = middle.copy(), np.ones(len(row))
    for number, share in _RINGS:
        for k in range(number // 2):
            angle = 2 * np.pi * k / number
            step = share * (np.cos(angle) * reach[0] + np.sin(angle) * reach[1])
            pair = bilinear(band, row + step[0], column + step[1])
            pair += bilinear(band, row - step[0], column - step[1])
            known = np.isfinite(pair)
            total += np.where(known, pair, 0.0)
            count += 2 * known
    mean: F64 = total / count
    return mean


def fill_voids(band: F64, most_rows: int, most_columns: int) -> F64:
    """Fill small voids between the cells of their rim.

    Parameters
    ----------
    band
        Height of each cell, NaN where void, shape (h, w).
    most_rows, most_columns
        Largest extent of a void that is filled; one that touches the edge of the band is not.

    Returns
    -------
    NDArray
        Each void cell the mean of what lies between its rim in its row and in its column, the
        narrower gap counting more; a plane is restored exactly.
    """
    void = np.isnan(band)
    label, _ = ndimage.label(void, structure=np.ones((3, 3)))
    small = np.zeros(label.max() + 1, np.bool_)
    for k, (rows, columns) in enumerate(ndimage.find_objects(label), start=1):
        inside = rows.start > 0 and columns.start > 0
        inside &= rows.stop < band.shape[0] and columns.stop < band.shape[1]
        fits = rows.stop - rows.start <= most_rows and columns.stop - columns.start <= most_columns
        small[k] = inside and fits
    at = np.nonzero(small[label])
    if not len(at[0]):
        return band
    total, weight = np.zeros(len(at[0])), np.zeros(len(at[0]))
    for axis in (0, 1):
        before, after = _rim(void, axis)
        first, last = before[at], after[at]
        low, high = (band[(spot, at[1]) if axis == 0 else (at[0], spot)] for spot in (first, last))
        gap = (last - first).astype(np.float64)
        share = (at[axis] - first) / gap
        total += (low + share * (high - low)) / gap
        weight += 1 / gap
    filled = band.copy()
    filled[at] = total / weight
    return filled


def _rim(void: Bools, axis: int) -> tuple[I64, I64]:
    """Return the nearest known cell before and after each cell along an axis."""
    size = void.shape[axis]
    number = np.arange(size).reshape((-1, 1) if axis == 0 else (1, -1))
    before = np.maximum.accumulate(np.where(void, -1, number), axis=axis)
    after = np.where(void, size, number)
    after = np.flip(np.minimum.accumulate(np.flip(after, axis), axis=axis), axis)
    return before, after


def hang_bridges(
    ends: tuple[I32, I32],
    length_m: F64,
    carried: NDArray[np.int8],
    steps: Bools,
    profile: tuple[F64, I64],
) -> F64:
    """Return heights with bridges and tunnels running evenly from portal to portal.

    Where several edges make one bridge, the nodes between them hang on it and not on the valley
    below; stairs that lead up to it do not pull it down.

    Parameters
    ----------
    ends
        Node at either end of each edge, shape (m,) each.
    length_m
        Length of each edge, shape (m,).
    carried
        0 on the ground, else a number for bridges and another for tunnels, shape (m,).
    steps
        Which edges are steps, shape (m,).
    profile
        Height at each vertex, shape (v,), and the first vertex of each edge and one past the
        last, shape (m + 1,).
    """
    height, start = profile[0].copy(), profile[1]
    tail, head = (end.astype(np.int64) for end in ends)
    first, last = start[:-1], start[1:] - 1
    count = int(max(tail.max(initial=-1), head.max(initial=-1))) + 1
    node = np.full(count, np.nan)
    node[tail], node[head] = height[first], height[last]
    touching = np.zeros((int(carried.max(initial=0)) + 1, count), np.int64)
    for end in (tail, head):
        np.add.at(touching, (carried[~steps], end[~steps]), 1)
    hanging = np.zeros(count, np.bool_)
    for k in range(1, len(touching)):
        others = touching.sum(axis=0) - touching[k]
        hanging |= (touching[k] >= 2) & (others == 0)
    on = np.flatnonzero((carried > 0) & (tail != head))
    solved = _evenly(tail[on], head[on], length_m[on], node, hanging)
    height[first] = np.where(solved[tail], node[tail], height[first])
    height[last] = np.where(solved[head], node[head], height[last])
    return height


def _evenly(tail: I64, head: I64, length: F64, node: F64, hanging: Bools) -> Bools:
    """Put into `node` the heights of hanging nodes; return which of them hang on known portals."""
    count = len(node)
    links = coo_array((np.ones(len(tail), np.int8), (tail, head)), shape=(count, count))
    _, piece = connected_components(links, directed=False)
    known = ~hanging & np.isfinite(node)
    used = hanging & np.isin(piece, piece[np.concatenate([tail, head])][
        known[np.concatenate([tail, head])]])  # fmt: skip
    number = np.cumsum(used) - 1
    size = int(used.sum())
    if not size:
        return used
    weight = 1 / np.maximum(length, 1e-3)
    counts = (used | known)[tail] & (used | known)[head]
    one = np.concatenate([tail, head])[np.tile(counts, 2)]
    other = np.concatenate([head, tail])[np.tile(counts, 2)]
    pull = np.tile(weight, 2)[np.tile(counts, 2)]
    mine = used[one]
    one, other, pull = one[mine], other[mine], pull[mine]
    right = np.zeros(size)
    fixed = known[other]
    np.add.at(right, number[one[fixed]], pull[fixed] * node[other[fixed]])
    rows = np.concatenate([number[one], number[one[~fixed]]])
    columns = np.concatenate([number[one], number[other[~fixed]]])
    matrix = csr_array(
        coo_array((np.concatenate([pull, -pull[~fixed]]), (rows, columns)), shape=(size, size))
    )
    node[used] = spsolve(matrix.tocsc(), right)
    return used
