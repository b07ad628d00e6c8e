"""Merge demand points as they stream by; memory grows with the different cover sets only."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.kernel.compiled import compiled
from planner.kernel.siting.reduce import CLASH, Merged, hash_keys, split_single

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
U64 = NDArray[np.uint64]


class Table(NamedTuple):
    """Merged rows of a stream of demand points; made by `new_table`, filled by `add_points`."""

    keys: U64
    slot: I64
    hashes: U64
    start: I64
    row: I32
    weight: F64
    used: I64


def new_table(sites: int) -> Table:
    """Return an empty table for cover sets of `sites` candidates."""
    used = np.zeros(1, np.int64)
    room = 1 << 10
    return Table(
        hash_keys(sites),
        np.full(4 * room, -1, np.int64),
        np.zeros((room, 2), np.uint64),
        np.zeros(room + 1, np.int64),
        np.zeros(16 * room, np.int32),
        np.zeros(room),
        used,
    )


def add_points(table: Table, start: I64, row: I32, weight: F64) -> Table:
    """Add demand points listed with their candidates (ascending) to the table.

    Memory grows with the number of different cover sets, not with that of points. Every point is
    compared with the set it is merged into.

    Parameters
    ----------
    table
        From `new_table` or an earlier call; it must not be used again.
    start, row
        Candidates of each point, int64 (n + 1,) and int32.
    weight
        People of each point, shape (n,).

    Raises
    ------
    RuntimeError
        If two different sets of candidates have the same pair of 64-bit hashes.
    """
    done = 0
    while done < len(weight):
        done = int(_add(table, start, row, weight, done))
        if done < 0:
            raise RuntimeError(CLASH)
        if done < len(weight):
            table = _grown(table, int((start[1:] - start[:-1]).max()))
    return table


def merge_table(table: Table) -> Merged:
    """Return the merged rows of everything added to the table."""
    count = int(table.used[0])
    start = table.start[: count + 1].copy()
    rows = Merged(
        start, table.row[: start[-1]].copy(), table.weight[:count], np.zeros(table.keys.shape[1])
    )
    return split_single(rows)


def _grown(table: Table, longest: int) -> Table:
    room = 2 * len(table.weight)
    wide = max(2 * len(table.row), len(table.row) + longest)
    count = int(table.used[0])
    slot = np.full(4 * room, -1, np.int64)
    _fill_slots(slot, table.hashes, count)
    return Table(
        table.keys,
        slot,
        np.concatenate([table.hashes, np.zeros_like(table.hashes)]),
        np.concatenate([table.start, np.zeros(room - len(table.weight), np.int64)]),
        np.concatenate([table.row, np.zeros(wide - len(table.row), np.int32)]),
        np.concatenate([table.weight, np.zeros_like(table.weight)]),
        table.used,
    )


@compiled
def _fill_slots(slot: I64, hashes: U64, count: int) -> None:
    room = np.uint64(len(slot) - 1)
    for g in range(count):
        at = hashes[g, 0] & room
        while slot[at] >= 0:
            at = (at + np.uint64(1)) & room
        slot[at] = g


@compiled
def _add(table: Table, start: I64, row: I32, weight: F64, done: int) -> int:
    """Add points from `done` on; return where it stopped for want of room, or -1 at a clash."""
    keys, slot, hashes = table.keys, table.slot, table.hashes
    room = np.uint64(len(slot) - 1)
    for j in range(done, len(weight)):
        if start[j + 1] == start[j] or weight[j] <= 0:
            continue
        one = np.uint64(0)
        two = np.uint64(0)
        for k in range(start[j], start[j + 1]):
            one += keys[0, row[k]]
            two += keys[1, row[k]]
        at = one & room
        while slot[at] >= 0 and (hashes[slot[at], 0] != one or hashes[slot[at], 1] != two):
            at = (at + np.uint64(1)) & room
        g = slot[at]
        if g < 0:
            g = table.used[0]
            begin, end = table.start[g], table.start[g] + start[j + 1] - start[j]
            if g >= len(table.weight) or end > len(table.row):
                return j
            table.row[begin:end] = row[start[j] : start[j + 1]]
            table.start[g + 1] = end
            hashes[g, 0], hashes[g, 1] = one, two
            slot[at] = g
            table.used[0] = g + 1
        begin = table.start[g]
        if table.start[g + 1] - begin != start[j + 1] - start[j]:
            return -1
        for k in range(start[j + 1] - start[j]):
            if table.row[begin + k] != row[start[j] + k]:
                return -1
        table.weight[g] += weight[j]
    return len(weight)
