"""Reaching somebody counts more the nearer it is: one cover relation of people by distance level.

A value that falls with the distance in steps is a sum of plain covers: whoever is within the k-th
limit earns what the value falls by behind it. So every such question is maximal covering again, and
is proven by the same search (the radius form of Cornuejols, Nemhauser and Wolsey 1980).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from planner.kernel.frames import CoverRuns


def stack_levels(levels: Sequence[CoverRuns]) -> CoverRuns:
    """Return one relation in which each demand point stands once for every level.

    Parameters
    ----------
    levels
        Who is reached within each limit, the same sites and demand points in all.

    Returns
    -------
    CoverRuns
        Point j at level k has the number ``k * n + j``.

    Raises
    ------
    ValueError
        If sites or demand points differ.
    """
    sites, n = len(levels[0].row_start) - 1, len(levels[0].order)
    if any(len(one.row_start) != sites + 1 or len(one.order) != n for one in levels):
        raise ValueError("levels of different sites or demand points")
    row = np.concatenate([np.repeat(np.arange(sites), np.diff(one.row_start)) for one in levels])
    order = np.argsort(row, kind="stable")
    first = np.concatenate([one.first.astype(np.int64) + k * n for k, one in enumerate(levels)])
    last = np.concatenate([one.last.astype(np.int64) + k * n for k, one in enumerate(levels)])
    start = np.searchsorted(row[order], np.arange(sites + 1)).astype(np.int64)
    points = np.concatenate([one.order.astype(np.int64) + k * n for k, one in enumerate(levels)])
    first, last = first[order], last[order]
    joined = _join(start, first, last)
    return CoverRuns(*joined, points.astype(np.int32))


def _join(
    start: NDArray[np.int64], first: NDArray[np.int64], last: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """Join runs of a row that touch, as where a level ends and the next begins."""
    row = np.repeat(np.arange(len(start) - 1), np.diff(start))
    apart = np.ones(len(first), np.bool_)
    apart[1:] = (first[1:] != last[:-1]) | (row[1:] != row[:-1])
    head = np.flatnonzero(apart)
    tail = np.append(head[1:], len(first)) - 1
    begin = np.searchsorted(row[head], np.arange(len(start))).astype(np.int64)
    return begin, first[head].astype(np.int32), last[tail if len(first) else head].astype(np.int32)
