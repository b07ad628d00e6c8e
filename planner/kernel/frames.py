"""What the compiled searches are given and what they write into: arrays with a meaning."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

UNREACHED = 2**31 - 1
BUCKET_BITS = 14  # 2**14 mm = 16 m; anything from 4 m to 66 m is within 12 %
STOP_BITS = 24  # room for the stop's number below the millimetres of a nearest label
NO_LABEL = 2**63 - 1
LANES = 16  # searches that run side by side
FREE = -1  # `before` of a node that is not queued; -2 - b marks the first of bucket b


class Net(NamedTuple):
    """A network in the direction of a search, its nodes numbered so that neighbours are near.

    Parameters
    ----------
    start
        First arc of each node and one past the last, int64, shape (n + 1,).
    arc
        Millimetres in the upper half, node at the other end in the lower, int64, shape (a,).
    tail, head
        Node at either end of each edge, int32, shape (m,).
    name
        The caller's number of each node, int32, shape (n,).
    """

    start: NDArray[np.int64]
    arc: NDArray[np.int64]
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    name: NDArray[np.int32]


class Placed(NamedTuple):
    """Stops seen from the ends of their edges, all in whole millimetres.

    Parameters
    ----------
    edge
        Edge of each stop, -1 where it is attached to nothing, int32, shape (k,).
    share
        Place along the edge from tail (0) to head (1), float64, shape (k,).
    access_mm
        Leg between the stop and its edge, int32, shape (k,).
    forward_at, backward_at
        Cost between tail and stop walking with, and against the edge; -1 where that way is
        closed, int32, shape (k,).
    tail_mm, head_mm
        Cost between the stop and the tail, and the head, in the direction of the search and with
        the access leg; `UNREACHED` where that way is closed, int32, shape (k,).
    """

    edge: NDArray[np.int32]
    share: NDArray[np.float64]
    access_mm: NDArray[np.int32]
    forward_at: NDArray[np.int32]
    backward_at: NDArray[np.int32]
    tail_mm: NDArray[np.int32]
    head_mm: NDArray[np.int32]


class Shelf(NamedTuple):
    """Stops in the order of their edges, and the edges that carry any, by node.

    Parameters
    ----------
    start
        First stop of each edge and one past the last, int64, shape (m + 1,).
    member
        The caller's number of each stop, int32, shape (k,).
    placed
        The stops in this order.
    node_start, node_edge
        Edges with stops around each node, a loop once, int64 (n + 1,) and int32.
    """

    start: NDArray[np.int64]
    member: NDArray[np.int32]
    placed: Placed
    node_start: NDArray[np.int64]
    node_edge: NDArray[np.int32]


class Match(NamedTuple):
    """Sites and demand to be paired; `towards` walks from the demand to the site."""

    sites: Placed
    shelf: Shelf
    towards: bool


class Along(NamedTuple):
    """Where demand points stand along their edges, for walks that pass no node.

    Parameters
    ----------
    share
        Place along the edge from tail (0) to head (1), float64, shape (n,).
    access_mm
        Leg between the point and its edge, int32, shape (n,).
    forward_at, backward_at
        Cost between tail and point walking with, and against the edge, int32, shape (n,); empty
        where it is the share of the cost of the whole edge.
    forward_mm, backward_mm
        Cost of each whole edge, -1 where that way is closed, int32, shape (m,).
    """

    share: NDArray[np.float64]
    access_mm: NDArray[np.int32]
    forward_at: NDArray[np.int32]
    backward_at: NDArray[np.int32]
    forward_mm: NDArray[np.int32]
    backward_mm: NDArray[np.int32]


class Rack(NamedTuple):
    """Demand points edge by edge, and along each edge, for searches that come by.

    Parameters
    ----------
    order
        Demand point at each position; those attached to nothing come last, int32, shape (n,).
    start
        First position of each edge with demand and one past the last, int64, shape (u + 1,).
    edge
        The network's number of each of these edges, int32, shape (u,).
    of_edge
        The number among these of each edge of the network, or -1, int32, shape (m,).
    tail, head
        Nodes at their ends as the searches number them, int32, shape (u,).
    node_start, node_edge
        Edges with demand around each node, a loop once, int64 (nodes + 1,) and int32.
    tail_mm, head_mm
        Cost between the point at each position and the ends of its edge, access leg included,
        `UNREACHED` where closed; LANES entries longer than there are points, int32.
    bound
        Of each edge: least and most cost to the tail, least and most to the head, most of both
        together, int64, shape (u, 5).
    along
        Where the points stand, by their own number.
    """

    order: NDArray[np.int32]
    start: NDArray[np.int64]
    edge: NDArray[np.int32]
    of_edge: NDArray[np.int32]
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    node_start: NDArray[np.int64]
    node_edge: NDArray[np.int32]
    tail_mm: NDArray[np.int32]
    head_mm: NDArray[np.int32]
    bound: NDArray[np.int64]
    along: Along


class CoverRuns(NamedTuple):
    """Covered pairs as runs.

    Parameters
    ----------
    row_start
        First run of each site and one past the last, int64, shape (s + 1,).
    first, last
        First position of each run and one past its last; runs of a row rise and do not touch,
        int32, shape (r,).
    order
        Demand point at each position, int32, shape (n,).
    """

    row_start: NDArray[np.int64]
    first: NDArray[np.int32]
    last: NDArray[np.int32]
    order: NDArray[np.int32]


class Found(NamedTuple):
    """Memory for the edges with demand that a batch comes by.

    Parameters
    ----------
    mark
        A bit for each edge of the rack, clean between batches, uint64.
    edge, tail, head
        Edges in rising order and the slots at their ends, the last slot where there is none,
        int32, shape (u + 1,).
    """

    mark: NDArray[np.uint64]
    edge: NDArray[np.int32]
    tail: NDArray[np.int32]
    head: NDArray[np.int32]


class Quest(NamedTuple):
    """What rows are asked for: a network, sites, demand, the direction and the limit."""

    net: Net
    sites: Placed
    rack: Rack
    towards: bool
    limit_mm: int


def new_found(edge_count: int) -> Found:
    """Return clean memory for the edges of a rack."""
    size = edge_count + 1
    return Found(
        np.zeros((size >> 6) + 1, np.uint64),
        np.empty(size, np.int32),
        np.empty(size, np.int32),
        np.empty(size, np.int32),
    )


class Lanes(NamedTuple):
    """Memory of one batch of searches, clean between batches.

    Parameters
    ----------
    slot
        Place of each node among those found, -1 where it is not, int32, shape (n,).
    node
        Node of each slot, int32, shape (n + LANES,).
    label
        Cost of each slot for every stop of the batch, above the limit where it is not reached;
        the last rows are never a node's, int32, shape (n + LANES, LANES).
    dirty
        A bit for each slot whose neighbours are to be looked at, uint64.
    """

    slot: NDArray[np.int32]
    node: NDArray[np.int32]
    label: NDArray[np.int32]
    dirty: NDArray[np.uint64]


def new_lanes(node_count: int) -> Lanes:
    """Return clean memory; only what a search touches becomes real."""
    return Lanes(
        np.full(node_count, -1, np.int32),
        np.empty(node_count + LANES, np.int32),
        np.empty((node_count + LANES, LANES), np.int32),
        np.zeros((node_count >> 6) + 2, np.uint64),
    )


class Ring(NamedTuple):
    """Labels and queue of one search.

    Parameters
    ----------
    label
        mm << STOP_BITS | stop of each node, `NO_LABEL` where unreached, int64, shape (n,).
    after, before
        Neighbours in the bucket, int32, shape (n,); `before` is -1 where a node is not queued and
        -2 - b where it is the first of bucket b.
    bucket
        First node of each bucket or -1, int32, a power of two long.
    """

    label: NDArray[np.int64]
    after: NDArray[np.int32]
    before: NDArray[np.int32]
    bucket: NDArray[np.int32]


def new_ring(node_count: int, longest_mm: int) -> Ring:
    """Return a clean ring for arcs and seeds of at most `longest_mm`."""
    size = 1 << int((longest_mm >> BUCKET_BITS) + 2).bit_length()
    return Ring(
        np.full(node_count, NO_LABEL, np.int64),
        np.full(node_count, -1, np.int32),
        np.full(node_count, FREE, np.int32),
        np.full(size, -1, np.int32),
    )
