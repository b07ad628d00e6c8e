"""Sixteen bounded searches at once: neighbouring stops walk the same streets.

A street is read once for a whole batch and lowers the labels of all its stops by one vector
instruction, so that the unforeseeable branches of a search, which cost more than its sums, are
shared by sixteen. Nodes of a batch are numbered in the order they are found (their slot); dirty
slots stand in a row of bits, and the lowest goes first, which corrects what is near before what is
far. Costs are whole millimetres, so neither the order nor the company of a stop changes a label.
"""

import numpy as np
from numpy.typing import NDArray

from planner.kernel.compiled import compiled
from planner.kernel.frames import LANES, Batches, Lanes, Net, Placed
from planner.kernel.instructions import count_up, fill, lower, lowest_bit

_LOW = 0xFFFFFFFF
_PATIENCE = 64  # visits of a node, on average, before dirty slots are swept in turns


@compiled
def _seed(net: Net, stops: Placed, rows: NDArray[np.int64], far: int, lanes: Lanes) -> int:
    """Label the ends of the stops' edges, lane by lane; return how many slots are taken."""
    base = np.uint64(lanes.label.ctypes.data)
    count = 0
    for lane in range(len(rows)):
        i = rows[lane]
        edge = stops.edge[i]
        if edge < 0:
            continue
        for end in range(2):
            node, mm = net.tail[edge], stops.tail_mm[i]
            if end == 1:
                node, mm = net.head[edge], stops.head_mm[i]
            if mm >= far:
                continue
            slot = int(lanes.slot[node])
            if slot < 0:
                slot = count
                lanes.slot[node], lanes.node[slot] = slot, node
                fill(base, slot, np.int32(far))
                count += 1
            lanes.label[slot, lane] = min(lanes.label[slot, lane], mm)
            lanes.dirty[slot >> 6] |= np.uint64(1) << np.uint64(slot & 63)
    return count


@compiled
def spread_lanes(
    net: Net, stops: Placed, rows: NDArray[np.int64], limit_mm: int, lanes: Lanes
) -> int:
    """Label every node within `limit_mm` of up to LANES stops; return how many slots are taken.

    A label above the limit stands for none. Sweeping the dirty slots in turns ends after as many
    sweeps as there are nodes at the latest; going back to the lowest slot is quicker on streets,
    but on a made-up network it might not end in a lifetime.
    """
    slot_of, node_of, dirty = lanes.slot, lanes.node, lanes.dirty
    base = np.uint64(lanes.label.ctypes.data)
    one = np.uint64(1)
    far = limit_mm + 1
    count = _seed(net, stops, rows, far, lanes)
    word, lowest, visits = 0, len(dirty), 0
    while True:
        while word <= count >> 6 and dirty[word] == 0:
            word += 1
        if word > count >> 6:
            if lowest > count >> 6:
                return count
            word, lowest = lowest, len(dirty)
            continue
        bits, here = dirty[word], word
        dirty[word] = 0
        while bits != 0:
            slot = (here << 6) + np.int64(lowest_bit(bits))
            bits &= bits - one
            visits += 1
            node = np.uint64(node_of[slot])  # without a sign: not counted from the end
            for k in range(np.uint64(net.start[node]), np.uint64(net.start[node + one])):
                packed = net.arc[k]
                other, mm = np.uint64(packed & _LOW), np.int32(packed >> 32)
                to = np.int64(slot_of[other])
                if to < 0:
                    fill(base, count, np.int32(far))
                    if lower(base, count, slot, mm) != 0:
                        slot_of[other], node_of[count] = count, other
                        dirty[count >> 6] |= one << np.uint64(count & 63)
                        count += 1
                    continue
                lowered = np.uint64(lower(base, to, slot, mm) != 0)
                dirty[to >> 6] |= lowered << np.uint64(to & 63)
                lowest = min(lowest, int(to) >> 6)
        if visits <= _PATIENCE * count:
            word, lowest = min(word, lowest), len(dirty)


@compiled
def leave_slots(net: Net, lanes: Lanes, count: int) -> None:
    """Make the lanes clean for the next batch; nodes get the names their caller knows."""
    for slot in range(count):
        node = lanes.node[slot]
        lanes.slot[node] = -1
        lanes.node[slot] = net.name[node]


@compiled
def label_batches(
    net: Net,
    stops: Placed,
    ask: tuple[NDArray[np.int64], int],
    lanes: Lanes,
    out: Batches,
) -> int:
    """Search rows batch by batch and leave the labels where they fall; return the rows done.

    `ask` are the rows and the limit. A batch is begun where there is room for every node.
    """
    rows, limit_mm = ask
    used = 0
    tally_base = np.uint64(out.tally.ctypes.data)
    label_base = np.uint64(out.label.ctypes.data)
    for first in range(0, len(rows), LANES):
        if used + len(lanes.slot) > len(out.label):
            return first
        batch = rows[first : first + LANES]
        here = Lanes(lanes.slot, lanes.node, out.label[used:], lanes.dirty)
        count = spread_lanes(net, stops, batch, limit_mm, here)
        leave_slots(net, lanes, count)
        number = first // LANES
        fill(tally_base, number, np.int32(0))
        for slot in range(count):
            out.name[used + slot] = lanes.node[slot]
            count_up(tally_base, number, label_base, used + slot, np.int32(limit_mm))
        used += count
        out.end[number] = used
    return len(rows)


@compiled
def read_batches(
    out: Batches,
    limit_mm: int,
    places: NDArray[np.int64],
    node: NDArray[np.int32],
    mm: NDArray[np.int32],
) -> None:
    """Write nodes and labels of batches, row by row, to where each row has its place."""
    last = 0
    one = np.uint64(1)
    for number in range(len(out.end)):
        first, last = last, out.end[number]
        name, label = out.name[first:last], out.label[first:last]
        for lane in range(min(LANES, len(places) - number * LANES)):
            place, size = places[number * LANES + lane], out.tally[number, lane]
            row_node, row_mm = node[place : place + size], mm[place : place + size]
            slot, at, left = np.uint64(0), np.uint64(0), np.uint64(size)
            while at < left:
                cost = label[slot, lane]
                row_node[at], row_mm[at] = name[slot], cost
                at += one if cost <= limit_mm else np.uint64(0)
                slot += one
