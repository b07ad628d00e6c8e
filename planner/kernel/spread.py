"""The compiled search from all stops at once, and what is read off it along the edges.

The queue is a ring of buckets 16 m wide, each a doubly linked list threaded through the nodes
themselves, so a node stands in the queue at most once, lowering a label costs O(1) and memory is
bounded by the number of nodes. Within a bucket nodes come in any order and may be corrected, which
costs less than keeping them sorted.

References
----------
Dial (1969), Algorithm 360: shortest-path forest with topological ordering, CACM 12(11).
"""

import numpy as np
from numpy.typing import NDArray

from planner.kernel.compiled import compiled
from planner.kernel.frames import (
    BUCKET_BITS,
    FREE,
    NO_LABEL,
    STOP_BITS,
    UNREACHED,
    Match,
    Net,
    Placed,
    Ring,
)

_LOW = 0xFFFFFFFF


@compiled
def _leave(ring: Ring, node: int) -> None:
    before, after = ring.before[node], ring.after[node]
    if before < FREE:
        ring.bucket[-2 - before] = after
    else:
        ring.after[before] = after
    if after >= 0:
        ring.before[after] = before
    ring.before[node] = FREE


@compiled
def _join(ring: Ring, node: int, label: int) -> int:
    """Lower the label of `node`, known to be higher; return 1 where it joins the queue, else 0."""
    joins = ring.before[node] == FREE
    if not joins:
        _leave(ring, node)
    ring.label[node] = label
    b = (label >> (STOP_BITS + BUCKET_BITS)) & (len(ring.bucket) - 1)
    after = ring.bucket[b]
    ring.after[node] = after
    ring.before[node] = -2 - b
    if after >= 0:
        ring.before[after] = node
    ring.bucket[b] = node
    return 1 if joins else 0


@compiled
def spread_nearest(net: Net, stops: Placed, limit_mm: int, ring: Ring) -> None:
    """Label every node within `limit_mm` of its nearest stop."""
    queued = 0
    for i in range(len(stops.edge)):
        edge = stops.edge[i]
        if edge < 0:
            continue
        for node, mm in (
            (net.tail[edge], stops.tail_mm[i]),
            (net.head[edge], stops.head_mm[i]),
        ):
            label = int((np.int64(mm) << STOP_BITS) | i)
            if mm != UNREACHED and mm <= limit_mm and label < ring.label[node]:
                queued += _join(ring, node, label)
    b = 0
    while queued > 0:
        node = ring.bucket[b & (len(ring.bucket) - 1)]
        if node < 0:
            b += 1
            continue
        _leave(ring, node)
        queued -= 1
        label = ring.label[node]
        for j in range(net.start[node], net.start[node + 1]):
            packed = net.arc[j]
            other = packed & _LOW
            total = label + ((packed >> 32) << STOP_BITS)
            if total < ring.label[other] and total >> STOP_BITS <= limit_mm:
                queued += _join(ring, other, total)


@compiled
def _direct(a: Placed, i: int, b: Placed, j: int) -> int:
    """Return the walk from stop `i` to stop `j` along the edge both stand on, no access legs."""
    if a.share[i] == b.share[j]:
        return 0
    if a.share[i] < b.share[j]:
        if a.forward_at[i] < 0:
            return UNREACHED
        return int(b.forward_at[j]) - int(a.forward_at[i])
    if a.backward_at[i] < 0:
        return UNREACHED
    return int(a.backward_at[i]) - int(b.backward_at[j])


@compiled
def read_nearest(
    ends: tuple[NDArray[np.int32], NDArray[np.int32]],
    match: Match,
    limit_mm: int,
    label: NDArray[np.int64],
    out: NDArray[np.int64],
) -> None:
    """Fill `out` with the label of every demand point: its sites shelved, its demand as `sites`.

    `match.sites` holds the demand points here and `match.shelf` the sites, since each point asks
    which sites stand on its own edge. `ends` are the tail and the head of every edge.
    """
    points, shelf = match.sites, match.shelf
    for j in range(len(points.edge)):
        edge = points.edge[j]
        best = NO_LABEL
        if edge >= 0:
            tail, head = label[ends[0][edge]], label[ends[1][edge]]
            if tail != NO_LABEL and points.tail_mm[j] != UNREACHED:
                best = min(best, tail + (np.int64(points.tail_mm[j]) << STOP_BITS))
            if head != NO_LABEL and points.head_mm[j] != UNREACHED:
                best = min(best, head + (np.int64(points.head_mm[j]) << STOP_BITS))
            for i in range(shelf.start[edge], shelf.start[edge + 1]):
                if match.towards:
                    straight = _direct(points, j, shelf.placed, i)
                else:
                    straight = _direct(shelf.placed, i, points, j)
                if straight != UNREACHED:
                    mm = straight + points.access_mm[j] + shelf.placed.access_mm[i]
                    best = min(best, (np.int64(mm) << STOP_BITS) | shelf.member[i])
        out[j] = best if best >> STOP_BITS <= limit_mm else NO_LABEL


@compiled
def place_rows(
    columns: NDArray[np.int32],
    ends: NDArray[np.int64],
    places: NDArray[np.int64],
    one: NDArray[np.int32],
    other: NDArray[np.int32],
) -> None:
    """Copy both columns, row by row, to where each row has its place."""
    left, right = columns[0], columns[1]
    first = 0
    for row in range(len(ends)):
        last = ends[row]
        to = slice(places[row], places[row] + last - first)
        for whole, part in ((one[to], left[first:last]), (other[to], right[first:last])):
            for k in range(len(part)):
                whole[k] = part[k]
        first = last
