"""Demand points put in the order in which searches come by them."""

import numpy as np
from numpy.typing import NDArray

from planner.kernel.compiled import compiled
from planner.kernel.frames import LANES, UNREACHED, Along, Rack
from planner.kernel.graph import Graph
from planner.kernel.stops import CostedStops, Stops, place_stops, take_stops

_SLICE = 1 << 20  # points placed at a time, so that few are held twice


def build_rack(
    graph: Graph,
    demand: Stops | CostedStops,
    *,
    towards: bool,
    order_key: NDArray[np.int64] | None = None,
) -> Rack:
    """Put demand points edge by edge and along each edge.

    Parameters
    ----------
    graph
        The network.
    demand
        The points.
    towards
        True where people walk from the demand to the sites.
    order_key
        Number of each edge by which edges follow one another, shape (m,); the order of the graph's
        own nodes where not given.

    Raises
    ------
    ValueError
        If the points do not fit the graph or `order_key` has another shape.
    """
    edge_count = len(graph.tail)
    if order_key is None:
        order_key = np.minimum(graph.in_net.tail, graph.in_net.head).astype(np.int64)
    if np.shape(order_key) != (edge_count,):
        raise ValueError(f"order_key has shape {np.shape(order_key)}; expected ({edge_count},)")
    count = len(demand.edge)
    member_edge = np.empty(count, np.int32)
    legs = np.empty((2, count), np.int32)
    even = isinstance(demand, Stops) and not len(graph.knots.share)
    costs = np.empty((2, 0 if even else count), np.int32)
    for first in range(0, count, _SLICE):
        part = slice(first, first + _SLICE)
        placed = place_stops(graph, take_stops(demand, part), leaving=towards)
        member_edge[part] = placed.edge
        legs[0, part], legs[1, part] = placed.tail_mm, placed.head_mm
        if not even:
            costs[0, part], costs[1, part] = placed.forward_at, placed.backward_at
    along = Along(
        np.asarray(demand.share, np.float64),
        np.asarray(demand.access_mm).astype(np.int32, copy=False),
        costs[0],
        costs[1],
        graph.forward_mm,
        graph.backward_mm,
    )
    size = np.bincount(member_edge[member_edge >= 0], minlength=edge_count)
    used = np.flatnonzero(size)
    edge = used[np.argsort(np.asarray(order_key)[used], kind="stable")].astype(np.int32)
    of_edge = np.full(edge_count, -1, np.int32)
    of_edge[edge] = np.arange(len(edge), dtype=np.int32)
    start = np.zeros(len(edge) + 1, np.int64)
    np.cumsum(size[edge], out=start[1:])
    order = _file_points(member_edge, of_edge, start, along)
    tail_mm, head_mm = (_in_order(leg, order[: start[-1]]) for leg in legs)
    tail, head = graph.in_net.tail[edge], graph.in_net.head[edge]
    bound = np.empty((len(edge), 5), np.int64)
    _find_bounds(start, tail_mm, head_mm, bound)
    around = _around(tail, head, graph.node_count)
    return Rack(order, start, edge, of_edge, tail, head, *around, tail_mm, head_mm, bound, along)


def _in_order(leg: NDArray[np.int32], order: NDArray[np.int32]) -> NDArray[np.int32]:
    padded = np.full(len(order) + LANES, UNREACHED, np.int32)
    np.take(leg, order, out=padded[: len(order)])
    return padded


def _around(
    tail: NDArray[np.int32], head: NDArray[np.int32], node_count: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return first edge of each node and one past the last, and the edges around the nodes."""
    number = np.arange(len(tail), dtype=np.int32)
    node = np.concatenate([tail, head[head != tail]])
    edge = np.concatenate([number, number[head != tail]])
    node_start = np.zeros(node_count + 1, np.int64)
    np.cumsum(np.bincount(node, minlength=node_count), out=node_start[1:])
    return node_start, edge[np.argsort(node, kind="stable")]


@compiled
def _file_points(
    member_edge: NDArray[np.int32],
    of_edge: NDArray[np.int32],
    start: NDArray[np.int64],
    along: Along,
) -> NDArray[np.int32]:
    """Return the points edge by edge; on each edge by length of leg, share and number.

    Where a search ends on an edge, points with longer legs drop out sooner and cut the runs. Sorted
    into classes by their legs first, each class is cut about once. Of the classes in which the
    fewest runs are to be expected there are as many as the square root of the cuts without them.
    """
    order = np.empty(len(member_edge), np.int32)
    key = np.empty(len(member_edge))
    free = start.copy()
    for i in range(len(member_edge)):
        place = len(free) - 1 if member_edge[i] < 0 else of_edge[member_edge[i]]
        order[free[place]] = i
        free[place] += 1
    for e in range(len(start) - 1):
        part = order[start[e] : start[e + 1]]
        legs = along.access_mm[part]
        edge = member_edge[part[0]]
        length = max(along.forward_mm[edge], along.backward_mm[edge], 1)
        least = float(legs.min())
        spread = float(legs.max()) - least + 1.0
        cuts = len(part) / length * min(spread, length) / 3.0
        classes = max(1.0, np.rint(np.sqrt(cuts)))
        rank = key[: len(part)]
        for k in range(len(part)):
            rank[k] = 2.0 * int((legs[k] - least) * classes / spread) + along.share[part[k]]
        _sort_by(rank, part)
    return order


@compiled
def _sort_by(rank: NDArray[np.float64], part: NDArray[np.int32]) -> None:
    """Sort `part` by `rank`, equal ranks in the order they stand in."""
    if len(part) > 24:
        part[:] = part[np.argsort(rank, kind="mergesort")]
        return
    for k in range(1, len(part)):
        value, i = rank[k], part[k]
        at = k
        while at > 0 and rank[at - 1] > value:
            rank[at], part[at] = rank[at - 1], part[at - 1]
            at -= 1
        rank[at], part[at] = value, i


@compiled
def _find_bounds(
    start: NDArray[np.int64],
    tail_mm: NDArray[np.int32],
    head_mm: NDArray[np.int32],
    bound: NDArray[np.int64],
) -> None:
    for e in range(len(start) - 1):
        least_tail, most_tail = np.int64(UNREACHED), np.int64(0)
        least_head, most_head = np.int64(UNREACHED), np.int64(0)
        most_both = np.int64(0)
        for k in range(start[e], start[e + 1]):
            tail, head = np.int64(tail_mm[k]), np.int64(head_mm[k])
            least_tail, most_tail = min(least_tail, tail), max(most_tail, tail)
            least_head, most_head = min(least_head, head), max(most_head, head)
            most_both = max(most_both, tail + head)
        bound[e, 0], bound[e, 1] = least_tail, most_tail
        bound[e, 2], bound[e, 3] = least_head, most_head
        bound[e, 4] = most_both
