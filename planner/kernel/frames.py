"""What the compiled searches are given and what they write into: arrays with a meaning."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

UNREACHED = 2**31 - 1
BUCKET_BITS = 14  # 2**14 mm = 16 m; anything from 4 m to 66 m is within 12 %
STOP_BITS = 24  # room for the stop's number below the millimetres of a nearest label
NO_LABEL = 2**63 - 1
LABEL, AFTER, BEFORE = 0, 1, 2  # columns of `Work.state`
FREE = -1  # `before` of a node that is not queued; -2 - b marks the first of bucket b


class Net(NamedTuple):
    """A network in the direction of a search.

    Parameters
    ----------
    start
        First arc of each node and one past the last, int64, shape (n + 1,).
    arc
        Millimetres in the upper half, node at the other end in the lower, int64, shape (a,).
    tail, head
        Node at either end of each edge, int32, shape (m,).
    """

    start: NDArray[np.int64]
    arc: NDArray[np.int64]
    tail: NDArray[np.int32]
    head: NDArray[np.int32]


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


class Work(NamedTuple):
    """Memory of one search, clean between searches.

    Parameters
    ----------
    state
        Label, next and previous in the bucket of each node, int32, shape (n, 3).
    bucket
        First node of each bucket or -1, int32.
    touched
        Nodes with a label in order of discovery, int32, shape (n,).
    seed
        The ends of the stop's edge, packed like an arc, int64, shape (2,).
    """

    state: NDArray[np.int32]
    bucket: NDArray[np.int32]
    touched: NDArray[np.int32]
    seed: NDArray[np.int64]


class Ask(NamedTuple):
    """Rows first <= i < last, each within `limit_mm`."""

    first: int
    last: int
    limit_mm: int


def new_work(node_count: int, limit_mm: int) -> Work:
    """Return clean memory for searches up to `limit_mm`."""
    state = np.full((node_count, 3), -1, np.int32)
    state[:, LABEL] = UNREACHED
    bucket = np.full((limit_mm >> BUCKET_BITS) + 1, -1, np.int32)
    return Work(state, bucket, np.empty(node_count, np.int32), np.empty(2, np.int64))


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
