"""Numbers that keep neighbours together, so that a catchment lies in a few lines of memory."""

import numpy as np
from numpy.typing import NDArray

from planner.kernel.compiled import compiled

_LEVELS = 24  # squares along a side: 2**24, a centimetre in 167 km


def hilbert_key(xy: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the place of each point on a Hilbert curve over their bounding square.

    Parameters
    ----------
    xy
        Metres, shape (k, 2); a point that is not finite comes last.

    Returns
    -------
    NDArray[np.int64]
        Points near on the curve are near on the ground, shape (k,).

    References
    ----------
    D. Hilbert (1891), Ueber die stetige Abbildung einer Linie auf ein Flaechenstueck.
    """
    finite = np.isfinite(xy).all(axis=1)
    key = np.full(len(xy), 1 << (2 * _LEVELS), np.int64)
    if not finite.any():
        return key
    low = xy[finite].min(axis=0)
    side = max(float((xy[finite].max(axis=0) - low).max()), 1e-9)
    cell = ((xy[finite] - low) / side * ((1 << _LEVELS) - 1)).astype(np.int64)
    key[finite] = _along_curve(cell[:, 0].copy(), cell[:, 1].copy())
    return key


def _along_curve(x: NDArray[np.int64], y: NDArray[np.int64]) -> NDArray[np.int64]:
    key = np.zeros(len(x), np.int64)
    for level in range(_LEVELS - 1, -1, -1):
        right, up = (x >> level) & 1, (y >> level) & 1
        key = (key << 2) | ((3 * right) ^ up)
        turn = up == 0
        flip = turn & (right == 1)
        mask = (1 << level) - 1
        x, y = x & mask, y & mask
        x, y = np.where(flip, mask - x, x), np.where(flip, mask - y, y)
        x, y = np.where(turn, y, x), np.where(turn, x, y)
    return key


def edge_order(vertices: NDArray[np.float64], edge_start: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a key for each edge by which neighbouring edges stand together.

    Parameters
    ----------
    vertices, edge_start
        Polylines of the edges in metres, shapes (v, 2) and (m + 1,).

    Returns
    -------
    NDArray[np.int64]
        Place of the middle between the edge's ends on a Hilbert curve, shape (m,).
    """
    starts = np.asarray(edge_start, np.int64)
    return hilbert_key((vertices[starts[:-1]] + vertices[starts[1:] - 1]) / 2)


@compiled
def walk_order(
    start: NDArray[np.int64], other: NDArray[np.int32], node_count: int
) -> NDArray[np.int32]:
    """Return the nodes in the order of a walk that goes on to a new neighbour while it can.

    `other` holds the neighbours of each node, both ways, from `start` on; places of nodes are not
    needed. What lies within a quarter of an hour of a node is found in a few stretches of it.
    """
    order = np.empty(node_count, np.int32)
    seen = np.zeros(node_count, np.bool_)
    waiting = np.empty(len(other) + 1, np.int32)
    done = 0
    for first in range(node_count):
        if seen[first]:
            continue
        waiting[0] = first
        left = 1
        while left > 0:
            left -= 1
            node = waiting[left]
            if seen[node]:
                continue
            seen[node] = True
            order[done] = node
            done += 1
            for k in range(start[node], start[node + 1]):
                if not seen[other[k]]:
                    waiting[left] = other[k]
                    left += 1
    return order
