"""Places on the network: anywhere along an edge, with a leg between door and street."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.kernel import frames
from planner.kernel.graph import LONGEST_MM, Graph, whole_numbers
from planner.kernel.knots import costs_at


class Stops(NamedTuple):
    """Places on the network.

    Parameters
    ----------
    edge
        Edge each place is attached to, -1 for nothing, int32, shape (k,).
    share
        How far along the edge by length from tail (0) to head (1), float64, shape (k,).
    access_mm
        Leg between the place and its edge, int32, shape (k,).
    """

    edge: NDArray[np.int32]
    share: NDArray[np.float64]
    access_mm: NDArray[np.int32]


class CostedStops(NamedTuple):
    """Places on edges along which the cost does not rise evenly, such as contracted chains.

    Parameters
    ----------
    edge, share, access_mm
        As in `Stops`; of two places on one edge the greater share is farther from the tail.
    forward_at, backward_at
        Cost between tail and place walking with, and against the edge, no more than that of the
        whole edge and never falling along it; -1 where that way is closed, int32, shape (k,).
    """

    edge: NDArray[np.int32]
    share: NDArray[np.float64]
    access_mm: NDArray[np.int32]
    forward_at: NDArray[np.int32]
    backward_at: NDArray[np.int32]


def take_stops(
    stops: Stops | CostedStops, which: NDArray[np.integer[Any]] | slice
) -> Stops | CostedStops:
    """Return some of the stops, in the order asked."""
    taken = Stops(stops.edge[which], stops.share[which], stops.access_mm[which])
    if isinstance(stops, CostedStops):
        return CostedStops(*taken, stops.forward_at[which], stops.backward_at[which])
    return taken


def place_stops(graph: Graph, stops: Stops | CostedStops, *, leaving: bool) -> frames.Placed:
    """Check stops and return their costs to the ends of their edges.

    The cost at a stop is interpolated between the knots of its edge that it stands between, or
    given with `CostedStops`. A stop at an end of its edge stands at the node: it is left and
    reached there even where the edge is closed that way.

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
        If an edge is not of this graph, a share is not within 0..1, an access leg is negative or
        a cost along the edge is not within that of the edge.
    """
    edge = whole_numbers(stops.edge, "edge", -1, len(graph.tail) - 1)
    share = np.array(stops.share, np.float64)
    on = edge >= 0
    access = whole_numbers(np.where(on, stops.access_mm, 0), "access_mm", 0, LONGEST_MM)
    if share.shape != edge.shape or access.shape != edge.shape:
        raise ValueError("edge, share and access_mm of stops differ in length")
    if not ((share[on] >= 0) & (share[on] <= 1)).all():
        raise ValueError("share of a stop is not within 0..1")
    forward, backward = np.full(edge.shape, -1, np.int64), np.full(edge.shape, -1, np.int64)
    forward[on], backward[on] = graph.forward_mm[edge[on]], graph.backward_mm[edge[on]]
    if isinstance(stops, CostedStops):
        forward_at = _cost_at(stops.forward_at, forward)
        backward_at = _cost_at(stops.backward_at, backward)
    else:
        knots = graph.knots
        inside = (knots.share, knots.forward_at), (knots.share, knots.backward_at)
        forward_at = costs_at(knots.start, inside[0], edge, share, forward)
        backward_at = costs_at(knots.start, inside[1], edge, share, backward)
    if leaving:
        tail_mm = np.where(backward >= 0, backward_at, frames.UNREACHED)
        head_mm = np.where(forward >= 0, forward - forward_at, frames.UNREACHED)
    else:
        tail_mm = np.where(forward >= 0, forward_at, frames.UNREACHED)
        head_mm = np.where(backward >= 0, backward - backward_at, frames.UNREACHED)
    tail_mm[on & (share == 0)] = 0  # stands at the node, whichever way its edge may be walked
    head_mm[on & (share == 1)] = 0
    return frames.Placed(
        edge=edge,
        share=share,
        access_mm=access,
        forward_at=forward_at.astype(np.int32),
        backward_at=backward_at.astype(np.int32),
        tail_mm=np.minimum(tail_mm + access, frames.UNREACHED).astype(np.int32),
        head_mm=np.minimum(head_mm + access, frames.UNREACHED).astype(np.int32),
    )


def _cost_at(given: NDArray[np.int32], whole: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return costs from the tail, -1 where there is none, checked against the whole edge."""
    cost = np.asarray(given)
    if cost.shape != whole.shape or not np.issubdtype(cost.dtype, np.integer):
        raise ValueError("forward_at and backward_at must be whole numbers, one for each stop")
    open_way = whole >= 0
    if (cost[open_way] < 0).any() or (cost[open_way] > whole[open_way]).any():
        raise ValueError("a cost along an edge is not within that of the edge")
    return np.where(open_way, cost, -1).astype(np.int64)
