"""Streets without a junction taken as one edge: searches pass fewer nodes and count the same.

Nodes in which only two edges meet say nothing but where a street bends or was cut. Edges joined
there form a chain; every cost is a whole number, so what is counted on chains equals what is
counted on edges to the millimetre.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.kernel.compiled import compiled
from planner.kernel.graph import LONGEST_MM, Graph, build_graph
from planner.kernel.stops import CostedStops, Stops, place_stops, take_stops

_SLICE = 1 << 20  # stops moved at a time, so that few are held twice
I32 = NDArray[np.int32]


class Chains(NamedTuple):
    """A network contracted, and where its edges went.

    Parameters
    ----------
    graph
        The chains as edges, between the nodes that stay. Costs inside a chain do not rise evenly:
        stops on it come from `chain_stops`.
    node
        Number in `graph` of each node, -1 inside a chain, int32, shape (n,).
    chain
        Chain of each edge, int32, shape (m,).
    against
        Whether the edge runs against its chain, shape (m,).
    rank
        How many edges of the chain come before, from its tail, int32, shape (m,).
    size
        Edges of each chain, int32, shape (c,).
    forward_before, backward_before
        Cost between the tail of the chain and the edge, walking with and against the chain; of no
        meaning where that way is closed, int32, shape (m,).
    """

    graph: Graph
    node: I32
    chain: I32
    against: NDArray[np.bool_]
    rank: I32
    size: I32
    forward_before: I32
    backward_before: I32


class _Ends(NamedTuple):
    """Edges seen from their sides: side 2 e is the tail of edge e, side 2 e + 1 its head.

    Parameters
    ----------
    node
        Node at each side, int32, shape (2 m,).
    away
        Cost of walking into the edge from each side, int32, shape (2 m,).
    pair
        The two sides at each node xored, -1 where it is not passed, int64, shape (n,).
    """

    node: I32
    away: I32
    pair: NDArray[np.int64]


def contract(graph: Graph, node_xy: NDArray[np.float64] | None = None) -> Chains:
    """Join edges to chains at nodes that need not stay.

    A node is passed where exactly two sides of two edges meet, both edges may be walked the same
    ways, and the chain does not become longer than `LONGEST_MM`. Parallel edges and loops stay, a
    chain may become a loop, and of a ring without a junction one node stays.

    Parameters
    ----------
    graph
        The network; its knots are not needed, for stops bring their costs along.
    node_xy
        As in `planner.kernel.graph.build_graph`.
    """
    m = len(graph.tail)
    ends = _Ends(
        np.column_stack([graph.tail, graph.head]).reshape(-1),
        np.column_stack([graph.forward_mm, graph.backward_mm]).reshape(-1),
        np.zeros(graph.node_count, np.int64),
    )
    _pair_sides(ends)
    chain, rank, forward_before, backward_before = columns = tuple(np.empty((4, m), np.int32))
    against = np.empty(m, np.bool_)
    found = np.empty((5, m), np.int32)
    count = _walk_chains(ends, columns, against, found)
    stays = ends.pair < 0
    number = np.where(stays, np.cumsum(stays) - 1, -1).astype(np.int32)
    tail, head, forward, backward, size = found[:, :count]
    contracted = build_graph(
        number[tail],
        number[head],
        int(stays.sum()),
        forward,
        backward,
        None if node_xy is None else np.asarray(node_xy)[stays],
    )
    return Chains(
        contracted, number, chain, against, rank, size.copy(), forward_before, backward_before
    )


@compiled
def _pair_sides(ends: _Ends) -> None:
    """Pair the sides at every node where exactly two meet."""
    degree = np.zeros(len(ends.pair), np.int32)
    for side in range(len(ends.node)):
        degree[ends.node[side]] += 1
        ends.pair[ends.node[side]] ^= side
    for node in range(len(degree)):
        if degree[node] != 2:
            ends.pair[node] = -1


@compiled
def _next_side(ends: _Ends, side: int) -> int:
    """Return the side on which a chain that arrives at `side` goes on, -1 where it ends."""
    node = ends.node[side]
    if ends.pair[node] < 0:
        return -1
    other = ends.pair[node] ^ side
    on = (ends.away[side ^ 1] >= 0) == (ends.away[other] >= 0)
    back = (ends.away[side] >= 0) == (ends.away[other ^ 1] >= 0)
    if other >> 1 == side >> 1 or not on or not back:
        ends.pair[node] = -1
        return -1
    return int(other)


@compiled
def _first_side(ends: _Ends, edge: int) -> int:
    """Return the side at which the chain of an edge begins; a ring is cut at the edge's head."""
    side = 2 * edge
    while True:
        other = _next_side(ends, side)
        if other < 0:
            return side
        if other >> 1 == edge:
            ends.pair[ends.node[side]] = -1
            return side
        side = other ^ 1


@compiled
def _walk_chains(
    ends: _Ends, columns: tuple[I32, ...], against: NDArray[np.bool_], found: I32
) -> int:
    """Write where every edge went, and the chains; return how many there are.

    `columns` are chain, rank and the costs before of every edge, `found` the tail, head, costs and
    size of every chain.
    """
    chain, rank, forward_before, backward_before = columns
    chain[:] = -1
    count = 0
    for edge in range(len(chain)):
        while chain[edge] < 0:
            side = _first_side(ends, edge)
            found[0, count] = ends.node[side]
            forward, backward, size = np.int64(0), np.int64(0), 0
            while True:
                here = side >> 1
                chain[here], rank[here], against[here] = count, size, side & 1
                forward_before[here], backward_before[here] = forward, backward
                forward += ends.away[side]
                backward += ends.away[side ^ 1]
                size += 1
                side ^= 1
                other = _next_side(ends, side)
                if other < 0:
                    break
                longest = max(forward + ends.away[other], backward + ends.away[other ^ 1])
                if longest > LONGEST_MM:
                    ends.pair[ends.node[side]] = -1
                    break
                side = other
            found[1, count] = ends.node[side]
            found[2, count], found[3, count] = max(forward, -1), max(backward, -1)
            found[4, count] = size
            count += 1
    return count


def chain_stops(chains: Chains, graph: Graph, stops: Stops | CostedStops) -> CostedStops:
    """Return stops on the edges of a network as stops on its chains.

    Parameters
    ----------
    chains, graph
        The network contracted, and as it was.
    stops
        Stops on its edges.

    Returns
    -------
    CostedStops
        In the same order; `share` is the place in the row of the chain's edges, so of two stops on
        one chain the greater is farther from its tail, and stops at one place have the same.

    Raises
    ------
    ValueError
        If the stops do not fit the graph.
    """
    count = len(stops.edge)
    moved = CostedStops(
        np.full(count, -1, np.int32),
        np.zeros(count),
        np.zeros(count, np.int32),
        np.full(count, -1, np.int32),
        np.full(count, -1, np.int32),
    )
    costs = (graph.forward_mm, graph.backward_mm)
    for first in range(0, count, _SLICE):
        part = slice(first, first + _SLICE)
        placed = place_stops(graph, take_stops(stops, part), leaving=True)
        moved.access_mm[part] = placed.access_mm
        out = (moved.edge[part], moved.share[part], moved.forward_at[part], moved.backward_at[part])
        _move_stops(chains[2:], costs, CostedStops(*placed[:5]), out)
    return moved


@compiled
def _move_stops(
    to: tuple[NDArray[Any], ...],
    costs: tuple[I32, I32],
    stops: CostedStops,
    out: tuple[NDArray[Any], ...],
) -> None:
    """Write chain, share and costs of stops on edges."""
    at_chain, at_share, forward_at, backward_at = out
    chain, against, rank, size, forward_before, backward_before = to
    forward_mm, backward_mm = costs
    for i in range(len(stops.edge)):
        edge = stops.edge[i]
        if edge < 0:
            continue
        share = stops.share[i]
        forward, backward = stops.forward_at[i], stops.backward_at[i]
        if against[edge]:
            share = 1.0 - share
            forward, backward = (
                backward_mm[edge] - backward if backward >= 0 else np.int32(-1),
                forward_mm[edge] - forward if forward >= 0 else np.int32(-1),
            )
        at_chain[i] = chain[edge]
        at_share[i] = (rank[edge] + share) / size[chain[edge]]
        if forward >= 0:
            forward_at[i] = forward_before[edge] + forward
        if backward >= 0:
            backward_at[i] = backward_before[edge] + backward
