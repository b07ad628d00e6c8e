"""The walking network as a directed graph in whole millimetres, and bounded searches on it.

Costs are flat-equivalent millimetres: a walker's time times their speed on level ground, so that
one search serves every group whose slope factor is the same. Stops stand anywhere along an edge and
carry an access leg. Where a stop stands is rounded to the nearest whole millimetre of its edge;
everything after that is exact.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from planner.kernel import frames, spread

LONGEST_MM = 2**30  # 1,074 km: the largest limit, edge and access leg, so that sums stay exact
_ROOM = 1 << 22  # labels or pairs written before they are moved out of the compiled loop


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
    """

    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    forward_mm: NDArray[np.int32]
    backward_mm: NDArray[np.int32]
    out_start: NDArray[np.int64]
    out_arc: NDArray[np.int64]
    in_start: NDArray[np.int64]
    in_arc: NDArray[np.int64]

    @property
    def node_count(self) -> int:
        """Number of nodes."""
        return len(self.out_start) - 1


class Stops(NamedTuple):
    """Places on the network.

    Parameters
    ----------
    edge
        Edge each place is attached to, -1 for nothing, int32, shape (k,).
    share
        How far along the edge from tail (0) to head (1), float64, shape (k,).
    access_mm
        Leg between the place and its edge, int32, shape (k,).
    """

    edge: NDArray[np.int32]
    share: NDArray[np.float64]
    access_mm: NDArray[np.int32]


class Labels(NamedTuple):
    """Costs of the nodes each stop reaches; a node that is not stored is not reached.

    Parameters
    ----------
    start
        First label of each stop and one past the last, int64, shape (k + 1,).
    node
        Nodes in order of discovery, int32.
    mm
        Cost between stop and node, access leg included, int32.
    """

    start: NDArray[np.int64]
    node: NDArray[np.int32]
    mm: NDArray[np.int32]


def build_graph(
    tail: ArrayLike,
    head: ArrayLike,
    node_count: int,
    forward_mm: ArrayLike,
    backward_mm: ArrayLike,
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

    Returns
    -------
    Graph
        Copies of the columns and the arcs by node.

    Raises
    ------
    ValueError
        If columns differ in length, a node is out of range or a cost is below -1 or above 2**30.
    """
    ends = (_whole(tail, "tail", 0, node_count - 1), _whole(head, "head", 0, node_count - 1))
    costs = (
        _whole(forward_mm, "forward_mm", -1, LONGEST_MM),
        _whole(backward_mm, "backward_mm", -1, LONGEST_MM),
    )
    lengths = [len(column) for column in (*ends, *costs)]
    if len(set(lengths)) != 1:
        raise ValueError(f"tail, head, forward_mm and backward_mm differ in length: {lengths}")
    for cost in costs:
        cost[cost == 0] = 1
    source, target = np.concatenate(ends), np.concatenate(ends[::-1])
    cost = np.concatenate(costs)
    keep = (cost > 0) & (source != target)  # a loop shortens nothing for those who pass
    source, target, cost = source[keep], target[keep], cost[keep]
    out_start, out_arc = _arcs(source, target, cost, node_count)
    in_start, in_arc = _arcs(target, source, cost, node_count)
    return Graph(*ends, *costs, out_start, out_arc, in_start, in_arc)


def search_labels(graph: Graph, stops: Stops, *, limit_mm: int, towards: bool) -> Labels:
    """Return the nodes within a limit of each stop.

    Parameters
    ----------
    graph
        The network.
    stops
        Where the searches start; the access leg is part of the cost.
    limit_mm
        Largest cost, flat-equivalent millimetres; a node at exactly the limit is reached.
    towards
        True for the cost of walking from the node to the stop, False from the stop to the node.

    Returns
    -------
    Labels
        Node labels by stop.

    Raises
    ------
    ValueError
        If the stops do not fit the graph or the limit is out of range.
    """
    limit = check_limit(limit_mm)
    placed = place_stops(graph, stops, leaving=not towards)
    net = directed_net(graph, towards=towards)
    work = frames.new_work(graph.node_count, limit)
    buffer = np.empty(max(graph.node_count, _ROOM), np.int64)
    start = np.zeros(len(placed.edge) + 1, np.int64)
    pieces: list[NDArray[np.int64]] = []
    first = 0
    while first < len(placed.edge):
        ask = frames.Ask(first, len(placed.edge), limit)
        ends = spread.label_rows(net, placed, ask, work, buffer)
        start[first + 1 : first + 1 + len(ends)] = start[first] + ends
        pieces.append(buffer[: ends[-1]].copy())
        first += len(ends)
    node, mm = split_packed(pieces)
    return Labels(start, node, mm)


def search_nearest(
    graph: Graph, stops: Stops, *, towards: bool, limit_mm: int | None = None
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the nearest stop of every node, in one search.

    Parameters
    ----------
    graph
        The network.
    stops
        At most 2**24 stops; at equal cost the smaller number wins.
    towards
        True for the cost of walking from the node to the stop.
    limit_mm
        Largest cost, or `None` for any.

    Returns
    -------
    stop : NDArray[np.int32]
        Number of the nearest stop, -1 where none is reached, shape (n,).
    mm : NDArray[np.int64]
        Cost with the stop's access leg, -1 where none is reached, shape (n,).

    Raises
    ------
    ValueError
        If the stops do not fit the graph or the limit is out of range.
    """
    return unpack_nearest(nearest_labels(graph, stops, towards=towards, limit_mm=limit_mm))


def nearest_labels(
    graph: Graph, stops: Stops, *, towards: bool, limit_mm: int | None
) -> NDArray[np.int64]:
    """Return the packed label of every node (see `frames.Ring`), shape (n,)."""
    limit = check_limit(LONGEST_MM * 2**8 if limit_mm is None else limit_mm, bounded=False)
    placed = place_stops(graph, stops, leaving=not towards)
    if len(placed.edge) > 1 << frames.STOP_BITS:
        raise ValueError(f"{len(placed.edge)} stops; at most {1 << frames.STOP_BITS} are allowed")
    seeds = np.concatenate([placed.tail_mm, placed.head_mm])
    seeds = seeds[seeds != frames.UNREACHED]
    longest = max(
        int(column.max(initial=0)) for column in (graph.forward_mm, graph.backward_mm, seeds)
    )
    ring = frames.new_ring(graph.node_count, longest)
    spread.spread_nearest(directed_net(graph, towards=towards), placed, limit, ring)
    return ring.label


def unpack_nearest(label: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Split packed labels into stop and cost, -1 where there is none."""
    reached = label != frames.NO_LABEL
    stop = np.where(reached, label & ((1 << frames.STOP_BITS) - 1), -1).astype(np.int32)
    return stop, np.where(reached, label >> frames.STOP_BITS, -1)


def split_packed(
    pieces: list[NDArray[np.int64]],
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Split packed pairs into the upper and the lower half, int32 each; empties `pieces`."""
    size = sum(len(piece) for piece in pieces)
    upper, lower = np.empty(size, np.int32), np.empty(size, np.int32)
    at = 0
    pieces.reverse()
    while pieces:
        piece = pieces.pop()
        last = at + len(piece)
        spread.split_pairs(piece, upper[at:last], lower[at:last])
        at = last
    return upper, lower


def directed_net(graph: Graph, *, towards: bool) -> frames.Net:
    """Return the arcs a search follows: backwards when people walk towards its origin."""
    if towards:
        return frames.Net(graph.in_start, graph.in_arc, graph.tail, graph.head)
    return frames.Net(graph.out_start, graph.out_arc, graph.tail, graph.head)


def place_stops(graph: Graph, stops: Stops, *, leaving: bool) -> frames.Placed:
    """Check stops and return their costs to the ends of their edges.

    Parameters
    ----------
    graph
        The network.
    stops
        The stops.
    leaving
        True for walks from the stop to the ends, False from the ends to the stop.

    Returns
    -------
    frames.Placed
        New arrays in whole millimetres.

    Raises
    ------
    ValueError
        If an edge is not of this graph, a share is not within 0..1 or an access leg is negative.
    """
    edge = _whole(stops.edge, "edge", -1, len(graph.tail) - 1)
    share = np.array(stops.share, np.float64)
    on = edge >= 0
    access = _whole(np.where(on, stops.access_mm, 0), "access_mm", 0, LONGEST_MM)
    if share.shape != edge.shape or access.shape != edge.shape:
        raise ValueError("edge, share and access_mm of stops differ in length")
    if not ((share[on] >= 0) & (share[on] <= 1)).all():
        raise ValueError("share of a stop is not within 0..1")
    forward, backward = np.full(edge.shape, -1, np.int64), np.full(edge.shape, -1, np.int64)
    forward[on], backward[on] = graph.forward_mm[edge[on]], graph.backward_mm[edge[on]]
    forward_at = np.where(forward >= 0, np.rint(np.where(on, share, 0) * forward), -1)
    backward_at = np.where(backward >= 0, np.rint(np.where(on, share, 0) * backward), -1)
    if leaving:
        tail_mm = np.where(backward >= 0, backward_at, frames.UNREACHED)
        head_mm = np.where(forward >= 0, forward - forward_at, frames.UNREACHED)
    else:
        tail_mm = np.where(forward >= 0, forward_at, frames.UNREACHED)
        head_mm = np.where(backward >= 0, backward - backward_at, frames.UNREACHED)
    return frames.Placed(
        edge=edge,
        share=share,
        access_mm=access,
        forward_at=forward_at.astype(np.int32),
        backward_at=backward_at.astype(np.int32),
        tail_mm=np.minimum(tail_mm + access, frames.UNREACHED).astype(np.int32),
        head_mm=np.minimum(head_mm + access, frames.UNREACHED).astype(np.int32),
    )


def check_limit(limit_mm: int, *, bounded: bool = True) -> int:
    """Return the limit as an int, or raise ValueError where it is out of range."""
    if limit_mm < 0 or int(limit_mm) != limit_mm or (bounded and limit_mm > LONGEST_MM):
        raise ValueError(f"limit_mm is {limit_mm}; expected whole millimetres in 0..{LONGEST_MM}")
    return int(limit_mm)


def _whole(values: ArrayLike, name: str, low: int, high: int) -> NDArray[np.int32]:
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


def _arcs(
    source: NDArray[np.int32], target: NDArray[np.int32], cost: NDArray[np.int32], node_count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    order = np.argsort(source, kind="stable")
    start = np.zeros(node_count + 1, np.int64)
    np.cumsum(np.bincount(source, minlength=node_count), out=start[1:])
    packed = (cost.astype(np.int64) << 32) | target
    return start, packed[order]
