"""Costs inside edges along which they do not rise evenly: where the slope changes.

Between two knots, and on an edge without any, the cost rises evenly with the length.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.kernel.compiled import compiled

I32 = NDArray[np.int32]


class Knots(NamedTuple):
    """Places inside edges between which the cost rises evenly.

    Parameters
    ----------
    start
        First knot of each edge and one past the last, int64, shape (m + 1,).
    share
        How far along the edge by length, above 0 and below 1, rising along the edge, float64,
        shape (k,).
    forward_at, backward_at
        Cost between tail and knot walking with, and against the edge, never falling along it; of
        no meaning where that way is closed, int32, shape (k,).
    """

    start: NDArray[np.int64]
    share: NDArray[np.float64]
    forward_at: I32
    backward_at: I32


def no_knots(edge_count: int) -> Knots:
    """Return the knots of so many edges along which the cost rises evenly."""
    none = np.empty(0, np.int32)
    return Knots(np.zeros(edge_count + 1, np.int64), np.empty(0), none, none)


def check_knots(knots: Knots, forward_mm: I32, backward_mm: I32) -> None:
    """Check that knots fit edges of these costs, each of shape (m,).

    Raises
    ------
    ValueError
        If shapes differ, knots do not rise along their edge from above 0 to below 1, or a cost
        falls along an open way or is not within that of the edge.
    """
    start, share = knots.start, knots.share
    size = np.diff(start)
    shapes = {column.shape for column in (share, knots.forward_at, knots.backward_at)}
    fits = len(start) == len(forward_mm) + 1 and start[0] == 0 and (size >= 0).all()
    if not fits or shapes != {(int(start[-1]),)}:
        raise ValueError("knots do not fit the edges")
    edge = np.repeat(np.arange(len(size)), size)
    same = edge[1:] == edge[:-1]
    rising = (np.diff(share)[same] >= 0).all()
    if not (rising and (share > 0).all() and (share < 1).all()):
        raise ValueError("knots do not rise along their edges from above 0 to below 1")
    for cost, whole in ((knots.forward_at, forward_mm), (knots.backward_at, backward_mm)):
        opened = whole[edge] >= 0
        within = (cost >= 0) & (cost <= whole[edge])
        falls = same & opened[1:] & (np.diff(cost) < 0)
        if falls.any() or not within[opened].all():
            raise ValueError("a cost falls along an edge or is not within that of the edge")


@compiled
def cost_at(
    inside: tuple[NDArray[np.float64], I32], first: int, last: int, share: float, whole: int
) -> int:
    """Return the cost between the tail of an edge and a place on it, rounded to a whole number.

    `inside` are share and cost of all knots in the direction asked, `first` and `last` the first
    knot of the edge and one past its last; `whole` is the cost of the edge, which must be open.
    Never falls along the edge.
    """
    low, high = first, last  # to the first knot beyond the place
    while low < high:
        middle = (low + high) >> 1
        if inside[0][middle] <= share:
            low = middle + 1
        else:
            high = middle
    share_before, cost_before = 0.0, np.int64(0)
    share_after, cost_after = 1.0, np.int64(whole)
    if low > first:
        share_before, cost_before = inside[0][low - 1], np.int64(inside[1][low - 1])
    if low < last:
        share_after, cost_after = inside[0][low], np.int64(inside[1][low])
    part = (share - share_before) / (share_after - share_before)
    return int(cost_before + np.int64(np.rint(part * (cost_after - cost_before))))


@compiled
def costs_at(
    start: NDArray[np.int64],
    inside: tuple[NDArray[np.float64], I32],
    edge: I32,
    share: NDArray[np.float64],
    whole: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return what `cost_at` gives for every place, -1 where `whole` is."""
    cost = np.full(len(edge), -1, np.int64)
    for i in range(len(edge)):
        if whole[i] >= 0:
            cost[i] = np.int64(np.rint(share[i] * whole[i]))
    if len(inside[0]) > 0:
        for i in range(len(edge)):
            if whole[i] >= 0:
                first, last = start[edge[i]], start[edge[i] + 1]
                if first < last:
                    cost[i] = cost_at(inside, first, last, share[i], whole[i])
    return cost
