"""The floor under a search: the same streets walked again in the known order, with no queue."""

import numba
import numpy as np
from numpy.typing import NDArray

from planner.kernel.paths import Graph, Labels

UNREACHED = 2**31 - 1


def by_stop(labels: Labels) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the stop of every label and where the label stands, stop by stop."""
    size = labels.last - labels.first
    stop = np.repeat(np.arange(len(size)), size)
    before = np.cumsum(size) - size
    return stop, np.arange(len(stop)) + np.repeat(labels.first - before, size)


def in_order(
    labels: Labels,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """Return the searches' starts, and nodes and labels nearest first, as a perfect queue would."""
    stop, at = by_stop(labels)
    node, mm = labels.node[at], labels.mm[at]
    order = np.lexsort((mm, stop))
    start = np.concatenate([[0], np.cumsum(labels.last - labels.first)])
    return start, node[order], mm[order]


def walk_again(
    graph: Graph,
    start: NDArray[np.int64],
    order: NDArray[np.int32],
    seed: NDArray[np.int64],
    limit_mm: int,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Label every node of every search once more, people walking to the stop.

    Parameters
    ----------
    graph
        The network.
    start, order
        First node of each search and one past the last; the nodes in the order of their labels.
    seed
        Tail, its cost, head and its cost for every search, shape (k, 4).
    limit_mm
        Largest cost.

    Returns
    -------
    tuple
        Nodes and costs of every search, as `search_labels` leaves them.
    """
    node, mm = np.empty(start[-1], np.int32), np.empty(start[-1], np.int32)
    label = np.full(graph.node_count, UNREACHED, np.int32)
    _walk(graph.in_start, graph.in_arc, (start, order, seed), limit_mm, (label, node, mm))
    return node, mm


@numba.njit(cache=True, nogil=True)
def _walk(first_arc, arc, known, limit_mm, out):
    start, order, seed = known
    label, node, mm = out
    for i in range(len(start) - 1):
        for end in (0, 2):
            if seed[i, end + 1] <= limit_mm and seed[i, end + 1] < label[seed[i, end]]:
                label[seed[i, end]] = seed[i, end + 1]
        for k in range(start[i], start[i + 1]):
            here = order[k]
            at = label[here]
            for j in range(first_arc[here], first_arc[here + 1]):
                packed = arc[j]
                there = packed & 0xFFFFFFFF
                total = at + (packed >> 32)
                if total <= limit_mm and total < label[there]:
                    label[there] = total
        for k in range(start[i], start[i + 1]):
            node[k] = order[k]
            mm[k] = label[order[k]]
            label[order[k]] = UNREACHED
