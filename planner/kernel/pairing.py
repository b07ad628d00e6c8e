"""Who is covered, read off the labels of a batch: as pairs with their cost, or as runs.

Only edges at whose ends a search has arrived are looked at, in the order of the demand. An edge is
covered as a whole, with no look at its points, where the farthest of them is near enough to one end
or to both together: of two costs the lesser is at most their mean.
"""

import numpy as np
from numpy.typing import NDArray

from planner.kernel.compiled import compiled
from planner.kernel.frames import LANES, UNREACHED, Found, Lanes, Quest, Rack
from planner.kernel.instructions import fill, lowest_bit, near_bits
from planner.kernel.lanes import leave_slots, spread_lanes


@compiled
def _straight_mm(quest: Quest, site: int, at: int) -> int:
    """Return the cost between a site and the point at a position of its own edge, along it."""
    sites, along = quest.sites, quest.rack.along
    point = quest.rack.order[at]
    edge = sites.edge[site]
    share = along.share[point]
    if len(along.forward_at) > 0:
        forward, backward = np.int64(along.forward_at[point]), np.int64(along.backward_at[point])
    else:
        forward = np.int64(np.rint(share * along.forward_mm[edge]))
        backward = np.int64(np.rint(share * along.backward_mm[edge]))
    forward -= np.int64(sites.forward_at[site])
    backward -= np.int64(sites.backward_at[site])
    legs = np.int64(sites.access_mm[site]) + np.int64(along.access_mm[point])
    if share == sites.share[site]:
        return int(legs)
    if (share < sites.share[site]) == quest.towards:  # walked with the edge
        return int(abs(forward) + legs) if along.forward_mm[edge] >= 0 else UNREACHED
    return int(abs(backward) + legs) if along.backward_mm[edge] >= 0 else UNREACHED


@compiled
def _find_edges(
    quest: Quest, batch: NDArray[np.int64], count: int, lanes: Lanes, found: Found
) -> int:
    """Write the edges with demand around the nodes of a batch and its sites; return how many."""
    rack, mark = quest.rack, found.mark
    one = np.uint64(1)
    nowhere = len(lanes.label) - 1
    fill(np.uint64(lanes.label.ctypes.data), nowhere, np.int32(quest.limit_mm + 1))
    low, high = len(mark), -1
    for slot in range(count):
        node = lanes.node[slot]
        for k in range(rack.node_start[node], rack.node_start[node + 1]):
            e = np.int64(rack.node_edge[k])
            mark[e >> 6] |= one << np.uint64(e & 63)
            low, high = min(low, int(e) >> 6), max(high, int(e) >> 6)
    for row in batch:
        e = np.int64(rack.of_edge[quest.sites.edge[row]])
        if e >= 0:
            mark[e >> 6] |= one << np.uint64(e & 63)
            low, high = min(low, int(e) >> 6), max(high, int(e) >> 6)
    size = 0
    for word in range(low, high + 1):
        bits = mark[word]
        mark[word] = 0
        while bits != 0:
            e = (word << 6) + np.int64(lowest_bit(bits))
            bits &= bits - one
            tail, head = lanes.slot[rack.tail[e]], lanes.slot[rack.head[e]]
            found.edge[size] = e
            found.tail[size] = tail if tail >= 0 else nowhere
            found.head[size] = head if head >= 0 else nowhere
            size += 1
    return size


@compiled
def pair_rows(
    quest: Quest, rows: NDArray[np.int64], lanes: Lanes, found: Found, out: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Write demand point and cost of the rows asked; return the ends of the rows that fitted."""
    rack, limit = quest.rack, quest.limit_mm
    row_end = np.empty(len(rows), np.int64)
    out_point, out_mm = out[0], out[1]
    size = 0
    for first_row in range(0, len(rows), LANES):
        batch = rows[first_row : first_row + LANES]
        count = spread_lanes(quest.net, quest.sites, batch, limit, lanes)
        edges = _find_edges(quest, batch, count, lanes, found)
        leave_slots(quest.net, lanes, count)
        for lane in range(len(batch)):
            own = rack.of_edge[quest.sites.edge[batch[lane]]]
            for x in range(edges):
                e = found.edge[x]
                tail = np.int64(lanes.label[found.tail[x], lane])
                head = np.int64(lanes.label[found.head[x], lane])
                near = tail + rack.bound[e, 0] <= limit or head + rack.bound[e, 2] <= limit
                if not near and e != own:
                    continue
                first, last = rack.start[e], rack.start[e + 1]
                if size + last - first >= len(out_point):
                    return row_end[: first_row + lane]
                for k in range(first, last):
                    mm = min(tail + rack.tail_mm[k], head + rack.head_mm[k])
                    if e == own:
                        mm = min(mm, _straight_mm(quest, batch[lane], k))
                    out_point[size], out_mm[size] = rack.order[k], mm
                    size += 1 if mm <= limit else 0
            row_end[first_row + lane] = size
    return row_end


@compiled
def _cut_edge(
    rack: Rack,
    e: int,
    near: tuple[int, int],
    out: NDArray[np.int32],
    sizes: tuple[int, int],
) -> int:
    """Write the runs of points of an edge near enough to either end; return the runs written.

    `near` are the most a point may be away from tail and head, `sizes` the runs written before
    this row and so far.
    """
    tail_base = np.uint64(rack.tail_mm.ctypes.data)
    head_base = np.uint64(rack.head_mm.ctypes.data)
    row_first, size = sizes
    first, last = rack.start[e], rack.start[e + 1]
    inside = size > row_first and out[1, size - 1] == first
    one = np.uint64(1)
    for k in range(first, last, LANES):
        offset = np.uint64(4 * k)
        bits = near_bits(
            tail_base + offset, np.int32(near[0]), head_base + offset, np.int32(near[1])
        )
        if last - k < LANES:
            bits &= (one << np.uint64(last - k)) - one
        flips = bits ^ (bits << one) ^ np.uint64(inside)
        while flips != 0:
            at = k + np.int64(lowest_bit(flips))
            flips &= flips - one
            if at >= min(last, k + LANES):
                break
            if inside:
                out[1, size - 1] = at
            else:
                out[0, size] = at
                size += 1
            inside = not inside
    if inside:
        out[1, size - 1] = last
    return size


@compiled
def _cut_own_edge(
    quest: Quest,
    site: int,
    near: tuple[int, int],
    out: NDArray[np.int32],
    sizes: tuple[int, int],
) -> int:
    """Do as `_cut_edge` on the site's own edge, where one may walk straight to it."""
    rack = quest.rack
    row_first, size = sizes
    e = rack.of_edge[quest.sites.edge[site]]
    for k in range(rack.start[e], rack.start[e + 1]):
        inside = rack.tail_mm[k] <= near[0] or rack.head_mm[k] <= near[1]
        if not inside and _straight_mm(quest, site, k) > quest.limit_mm:
            continue
        if size > row_first and out[1, size - 1] == k:
            out[1, size - 1] = k + 1
        else:
            out[0, size], out[1, size] = k, k + 1
            size += 1
    return size


@compiled
def run_rows(
    quest: Quest, rows: NDArray[np.int64], lanes: Lanes, found: Found, out: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Write the runs of covered positions of the rows asked; return the ends that fitted.

    `out` has a row for the first positions and a row for those one past the last.
    """
    rack, limit = quest.rack, quest.limit_mm
    row_end = np.empty(len(rows), np.int64)
    size = 0
    for first_row in range(0, len(rows), LANES):
        batch = rows[first_row : first_row + LANES]
        count = spread_lanes(quest.net, quest.sites, batch, limit, lanes)
        edges = _find_edges(quest, batch, count, lanes, found)
        leave_slots(quest.net, lanes, count)
        for lane in range(len(batch)):
            own = rack.of_edge[quest.sites.edge[batch[lane]]]
            row_first = size
            for x in range(edges):
                e = found.edge[x]
                tail = limit - int(lanes.label[found.tail[x], lane])
                head = limit - int(lanes.label[found.head[x], lane])
                bound = rack.bound[e]
                first, last = rack.start[e], rack.start[e + 1]
                if size + (last - first) // 2 + 1 >= out.shape[1]:
                    return row_end[: first_row + lane]
                if bound[1] <= tail or bound[3] <= head or bound[4] <= tail + head:
                    if size > row_first and out[1, size - 1] == first:
                        out[1, size - 1] = last
                    else:
                        out[0, size], out[1, size] = first, last
                        size += 1
                elif e == own:
                    site = batch[lane]
                    size = _cut_own_edge(quest, site, (tail, head), out, (row_first, size))
                elif bound[0] <= tail or bound[2] <= head:
                    size = _cut_edge(rack, e, (tail, head), out, (row_first, size))
            row_end[first_row + lane] = size
    return row_end
