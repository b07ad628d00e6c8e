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
from planner.kernel.frames import LANES, Lanes, Net, Placed
from planner.kernel.instructions import count_up, deal, fill, lower, lowest_bit

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
def label_rows(
    net: Net,
    stops: Placed,
    ask: tuple[NDArray[np.int64], int, int],
    lanes: Lanes,
    out: NDArray[np.int32],
    size: NDArray[np.int64],
) -> int:
    """Write node and label row by row, and the size of each row; return the rows that fitted.

    `ask` are the rows, the limit, and where in both columns of `out` to begin.
    """
    rows, limit_mm, used = ask
    tally = np.zeros((1, LANES), np.int32)
    place = np.zeros(LANES, np.int64)
    tally_base, label_base = np.uint64(tally.ctypes.data), np.uint64(lanes.label.ctypes.data)
    table = (label_base, np.uint64(lanes.node.ctypes.data))
    columns = (np.uint64(out[0].ctypes.data), np.uint64(out[1].ctypes.data))
    to = (*columns, np.uint64(place.ctypes.data))
    for first in range(0, len(rows), LANES):
        batch = rows[first : first + LANES]
        count = spread_lanes(net, stops, batch, limit_mm, lanes)
        leave_slots(net, lanes, count)
        fill(tally_base, 0, np.int32(0))
        for slot in range(count):
            count_up(tally_base, 0, label_base, slot, np.int32(limit_mm))
        if used + tally.sum() > out.shape[1]:
            return first
        for slot in range(count, count + LANES):
            fill(label_base, slot, np.int32(limit_mm + 1))
        for lane in range(len(batch)):
            place[lane] = used
            size[first + lane] = tally[0, lane]
            used += tally[0, lane]
        for slot in range(0, count, LANES):
            deal(table, slot, np.int32(limit_mm), to)
    return len(rows)
