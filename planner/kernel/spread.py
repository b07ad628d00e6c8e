"""The compiled searches: a label-correcting bucket queue on whole millimetres.

The queue is a row of buckets 16 m wide, each a doubly linked list threaded through the nodes
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
    AFTER,
    BEFORE,
    BUCKET_BITS,
    FREE,
    LABEL,
    NO_LABEL,
    STOP_BITS,
    UNREACHED,
    Ask,
    Match,
    Net,
    Placed,
    Ring,
    Work,
)

_LOW = 0xFFFFFFFF


@compiled
def _spread(  # noqa: C901, PLR0912 - one flat loop on purpose, see below
    net: Net, stops: Placed, i: int, limit_mm: int, work: Work
) -> int:
    """Label every node within `limit_mm` of stop `i`; return how many nodes are touched.

    Taken apart into functions this loop runs at two thirds of the speed. The
    stop's ends come first, as if they were the arcs of a node of their own.
    """
    state, bucket, touched = work.state, work.bucket, work.touched
    start, arc, row = net.start, net.arc, work.seed
    edge = stops.edge[i]
    if edge < 0:
        return 0
    row[0] = (np.int64(stops.tail_mm[i]) << 32) | net.tail[edge]
    row[1] = (np.int64(stops.head_mm[i]) << 32) | net.head[edge]
    first, last, mm, count, b = 0, 2, 0, 0, 0
    while True:
        for j in range(first, last):
            packed = row[j]
            node = packed & _LOW
            total = mm + (packed >> 32)
            old = state[node, LABEL]
            if total > limit_mm or total >= old:
                continue
            new = total >> BUCKET_BITS
            if old == UNREACHED:
                touched[count] = node
                count += 1
            elif state[node, BEFORE] != FREE:
                if old >> BUCKET_BITS == new:
                    state[node, LABEL] = total
                    continue
                before, after = state[node, BEFORE], state[node, AFTER]
                if before < FREE:
                    bucket[-2 - before] = after
                else:
                    state[before, AFTER] = after
                if after >= 0:
                    state[after, BEFORE] = before
            after = bucket[new]
            state[node, LABEL], state[node, AFTER], state[node, BEFORE] = total, after, -2 - new
            if after >= 0:
                state[after, BEFORE] = node
            bucket[new] = node
        while b < len(bucket) and bucket[b] < 0:
            b += 1
        if b == len(bucket):
            return count
        node = np.int64(bucket[b])
        after = state[node, AFTER]
        bucket[b] = after
        if after >= 0:
            state[after, BEFORE] = -2 - b
        state[node, BEFORE] = FREE
        row, first, last, mm = arc, start[node], start[node + 1], int(state[node, LABEL])


@compiled
def _wipe(work: Work, count: int) -> None:
    for k in range(count):
        work.state[work.touched[k], LABEL] = UNREACHED


@compiled
def label_rows(
    net: Net, stops: Placed, ask: Ask, work: Work, out: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Fill `out` with (node << 32 | mm), row by row; return the ends of the rows that fitted."""
    row_end = np.empty(ask.last - ask.first, np.int64)
    size = 0
    for i in range(ask.first, ask.last):
        count = _spread(net, stops, i, ask.limit_mm, work)
        fits = size + count <= len(out)
        if fits:
            for k in range(count):
                node = work.touched[k]
                out[size + k] = (np.int64(node) << 32) | work.state[node, LABEL]
        _wipe(work, count)
        if not fits:
            return row_end[: i - ask.first]
        size += count
        row_end[i - ask.first] = size
    return row_end


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
def _cover_edge(
    match: Match,
    edge: int,
    site: int,
    labels: tuple[int, int],
    limit_mm: int,
    out: NDArray[np.int64],
) -> int:
    """Write the demand of `edge` within the limit, (member << 32 | mm); return how many, or -1.

    `site` is the site's number where this is its own edge, otherwise -1; -1 comes back where
    `out` is too short.
    """
    shelf, sites = match.shelf, match.sites
    placed = shelf.placed
    first, last = shelf.start[edge], shelf.start[edge + 1]
    if last - first > len(out):
        return -1
    size = 0
    for j in range(first, last):
        mm = min(labels[0] + placed.tail_mm[j], labels[1] + placed.head_mm[j])
        if site >= 0:
            if match.towards:
                straight = _direct(placed, j, sites, site)
            else:
                straight = _direct(sites, site, placed, j)
            mm = min(mm, straight + sites.access_mm[site] + placed.access_mm[j])
        if mm <= limit_mm:
            out[size] = (np.int64(shelf.member[j]) << 32) | mm
            size += 1
    return size


@compiled
def _cover_row(
    net: Net, match: Match, work: Work, count: int, ask: Ask, out: NDArray[np.int64]
) -> int:
    """Write the demand covered by site `ask.first` from its labels; return how many, or -1."""
    state, shelf = work.state, match.shelf
    own = match.sites.edge[ask.first]
    size = 0
    own_done = False
    for k in range(count):
        node = work.touched[k]
        for i in range(shelf.node_start[node], shelf.node_start[node + 1]):
            edge = shelf.node_edge[i]
            tail_mm = state[net.tail[edge], LABEL]
            if node != net.tail[edge] and tail_mm != UNREACHED:
                continue  # done from its tail
            site = -1
            if edge == own:
                site = ask.first
                own_done = True
            labels = (int(tail_mm), int(state[net.head[edge], LABEL]))
            wrote = _cover_edge(match, edge, site, labels, ask.limit_mm, out[size:])
            if wrote < 0:
                return -1
            size += wrote
    if own >= 0 and not own_done:
        labels = (UNREACHED, UNREACHED)
        wrote = _cover_edge(match, own, ask.first, labels, ask.limit_mm, out[size:])
        if wrote < 0:
            return -1
        size += wrote
    return size


@compiled
def cover_rows(
    net: Net, match: Match, ask: Ask, work: Work, out: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Fill `out` with (demand << 32 | mm), row by row; return the ends of the rows that fitted."""
    row_end = np.empty(ask.last - ask.first, np.int64)
    size = 0
    for i in range(ask.first, ask.last):
        count = _spread(net, match.sites, i, ask.limit_mm, work)
        row = Ask(i, i + 1, ask.limit_mm)
        wrote = _cover_row(net, match, work, count, row, out[size:])
        _wipe(work, count)
        if wrote < 0:
            return row_end[: i - ask.first]
        size += wrote
        row_end[i - ask.first] = size
    return row_end


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
def read_nearest(
    net: Net, match: Match, limit_mm: int, label: NDArray[np.int64], out: NDArray[np.int64]
) -> None:
    """Fill `out` with the label of every demand point: its sites shelved, its demand as `sites`.

    `match.sites` holds the demand points here and `match.shelf` the sites, since each point asks
    which sites stand on its own edge.
    """
    points, shelf = match.sites, match.shelf
    for j in range(len(points.edge)):
        edge = points.edge[j]
        best = NO_LABEL
        if edge >= 0:
            tail, head = label[net.tail[edge]], label[net.head[edge]]
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
def split_pairs(
    packed: NDArray[np.int64], upper: NDArray[np.int32], lower: NDArray[np.int32]
) -> None:
    """Split packed pairs into their halves."""
    for k in range(len(packed)):
        upper[k] = packed[k] >> 32
        lower[k] = packed[k] & _LOW
