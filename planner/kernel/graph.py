"""The walking network as a directed graph in whole millimetres.

Costs are flat-equivalent millimetres: a walker's time times their speed on level ground, so that
one search serves every group whose slope factor is the same.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from planner.kernel import frames
from planner.kernel.knots import Knots, check_knots, no_knots
from planner.kernel.order import hilbert_key, walk_order

LONGEST_MM = 2**30  # 1,074 km: the largest limit, edge and access leg, so that sums stay exact


class Graph(NamedTuple):
    """A directed graph; parallel edges and loops are kept.

    Parameters
    ----------
    tail, head
        Node at either end of each edge, int32, shape (m,).
    forward_mm, backward_mm
        Cost of walking the whole edge from tail to head, and back, at least 1; -1 where one may
        not walk that way, int32, shape (m,).
    out_start, in_start
        First arc leaving, and entering, each node and one past the last, int64, shape (n + 1,).
    out_arc, in_arc
        Cost in the upper and the other node in the lower half, int64, shape (a,).
    out_net, in_net
        The same for searches that leave their stop, and that end there: nodes numbered so that
        neighbours are near in memory.
    knots
        Costs inside edges along which they do not rise evenly.
    """

    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    forward_mm: NDArray[np.int32]
    backward_mm: NDArray[np.int32]
    out_start: NDArray[np.int64]
    out_arc: NDArray[np.int64]
    in_start: NDArray[np.int64]
    in_arc: NDArray[np.int64]
    out_net: frames.Net
    in_net: frames.Net
    knots: Knots

    @property
    def node_count(self) -> int:
        """Number of nodes."""
        return len(self.out_start) - 1


def build_graph(
    tail: ArrayLike,
    head: ArrayLike,
    node_count: int,
    forward_mm: ArrayLike,
    backward_mm: ArrayLike,
    node_xy: NDArray[np.float64] | None = None,
) -> Graph:
    """Build the directed graph of a street network.

    Parameters
    ----------
    tail, head
        Node at either end of each edge, shape (m,).
    node_count
        Number of nodes.
    forward_mm, backward_mm
        Whole flat-equivalent millimetres from tail to head, and back; -1 where one may not walk
        that way; 0 counts as 1, shape (m,).
    node_xy
        Places of the nodes in metres, shape (n, 2), by which neighbours are brought together in
        memory; without them a walk over the streets does. Only speed depends on it.

    Returns
    -------
    Graph
        Copies of the columns and the arcs by node; costs rise evenly along the edges.

    Raises
    ------
    ValueError
        If columns differ in length, a node is out of range, a cost is below -1 or above 2**30 or
        `node_xy` has another shape.
    """
    ends = (
        whole_numbers(tail, "tail", 0, node_count - 1),
        whole_numbers(head, "head", 0, node_count - 1),
    )
    costs = (
        whole_numbers(forward_mm, "forward_mm", -1, LONGEST_MM),
        whole_numbers(backward_mm, "backward_mm", -1, LONGEST_MM),
    )
    lengths = [len(column) for column in (*ends, *costs)]
    if len(set(lengths)) != 1:
        raise ValueError(f"tail, head, forward_mm and backward_mm differ in length: {lengths}")
    for cost in costs:
        cost[cost == 0] = 1
    name = _near_order(ends, node_count, node_xy)
    number = np.empty(node_count, np.int32)
    number[name] = np.arange(node_count, dtype=np.int32)
    near = (number[ends[0]], number[ends[1]])
    none = np.zeros(node_count, np.bool_)
    (out_start, out_arc), (in_start, in_arc) = _both_ways(ends, costs, none)
    edges = np.bincount(
        np.concatenate([near[0], near[1][near[0] != near[1]]]), minlength=node_count
    )
    nets = _both_ways(near, costs, edges == 1)
    out_net, in_net = (frames.Net(*arcs, *near, name) for arcs in nets)
    arcs = (out_start, out_arc, in_start, in_arc)
    return Graph(*ends, *costs, *arcs, out_net, in_net, no_knots(len(costs[0])))


def bend_graph(graph: Graph, knots: Knots) -> Graph:
    """Return the graph with costs that do not rise evenly along its edges.

    Raises
    ------
    ValueError
        If the knots do not fit the edges.
    """
    check_knots(knots, graph.forward_mm, graph.backward_mm)
    return graph._replace(knots=knots)


def whole_numbers(values: ArrayLike, name: str, low: int, high: int) -> NDArray[np.int32]:
    """Return a copy as int32, or raise ValueError where it is not whole numbers in low..high."""
    given = np.asarray(values)
    if given.ndim != 1:
        raise ValueError(f"{name} has shape {given.shape}; expected one dimension")
    if given.size and not np.issubdtype(given.dtype, np.integer):
        raise ValueError(f"{name} must be whole numbers, not {given.dtype}")
    if given.size and (given.min() < low or given.max() > high):
        raise ValueError(
            f"{name} runs from {given.min()} to {given.max()}; expected {low} to {high}"
        )
    return np.array(given, np.int32)


def _near_order(
    ends: tuple[NDArray[np.int32], NDArray[np.int32]],
    node_count: int,
    node_xy: NDArray[np.float64] | None,
) -> NDArray[np.int32]:
    """Return the nodes in an order that keeps neighbours together, int32, shape (n,)."""
    if node_xy is not None:
        xy = np.asarray(node_xy, np.float64)
        if xy.shape != (node_count, 2):
            raise ValueError(f"node_xy has shape {xy.shape}; expected ({node_count}, 2)")
        return np.argsort(hilbert_key(xy), kind="stable").astype(np.int32)
    source, other = np.concatenate(ends), np.concatenate(ends[::-1])
    start = np.zeros(node_count + 1, np.int64)
    np.cumsum(np.bincount(source, minlength=node_count), out=start[1:])
    return walk_order(start, other[np.argsort(source, kind="stable")], node_count)


_Arcs = tuple[NDArray[np.int64], NDArray[np.int64]]


def _both_ways(
    ends: tuple[NDArray[np.int32], NDArray[np.int32]],
    costs: tuple[NDArray[np.int32], NDArray[np.int32]],
    blind: NDArray[np.bool_],
) -> tuple[_Arcs, _Arcs]:
    """Return first arcs and packed arcs leaving the nodes, and those entering them.

    No way goes on from a `blind` node. A loop shortens nothing for those who pass, and nothing is
    shortened by way of a dead end, for who stands in it has the edge's other end as a seed.
    """
    source, target = np.concatenate(ends), np.concatenate(ends[::-1])
    cost = np.concatenate(costs)
    keep = (cost > 0) & (source != target)
    pairs = ((source, target), (target, source))
    out, into = (
        _arcs(a[keep & ~blind[a]], b[keep & ~blind[a]], cost[keep & ~blind[a]], len(blind))
        for a, b in pairs
    )
    return out, into


def _arcs(
    source: NDArray[np.int32], target: NDArray[np.int32], cost: NDArray[np.int32], node_count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    order = np.argsort(source, kind="stable")
    start = np.zeros(node_count + 1, np.int64)
    np.cumsum(np.bincount(source, minlength=node_count), out=start[1:])
    packed = (cost.astype(np.int64) << 32) | target
    return start, packed[order]
