"""Make a siting problem small before it is solved, and never change its answer.

Demand points reached by the same candidates become one row, found by two 64-bit hashes and checked
member by member; points only one candidate reaches become a profit of that candidate.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.kernel.compiled import compiled
from planner.kernel.frames import CoverRuns
from planner.kernel.runs import runs_from_pairs

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
U64 = NDArray[np.uint64]
Mask = NDArray[np.bool_]
_Stretches = tuple[I64, I32, I32]  # first run of each candidate; first and one past last row

CLASH = "two different cover sets have the same hash"


class Merged(NamedTuple):
    """Demand points merged by their set of candidates.

    Parameters
    ----------
    start, row
        Candidates of every merged row, ascending, int64 (m + 1,) and int32.
    weight
        People of every merged row, shape (m,).
    alone
        People only one candidate reaches, per candidate, shape (s,).
    """

    start: I64
    row: I32
    weight: F64
    alone: F64


def merge_pairs(row_start: I64, demand: I32, weight: F64, is_open: Mask) -> Merged:
    """Merge the points of a cover relation listed by candidate; see `merge_runs`."""
    every = np.arange(len(weight), dtype=np.int32)
    return merge_runs(runs_from_pairs(row_start, demand, every), weight, is_open)


def merge_runs(runs: CoverRuns, weight: F64, is_open: Mask) -> Merged:
    """Merge demand points that the same candidates reach, without expanding the runs.

    Parameters
    ----------
    runs
        Cover sets of the candidates.
    weight
        People per demand point, shape (n,); points without people are dropped.
    is_open
        Points still to be won; all others are left out, shape (n,).

    Raises
    ------
    RuntimeError
        If two different sets of candidates have the same pair of 64-bit hashes.
    """
    sites, points = len(runs.row_start) - 1, len(weight)
    edge = np.zeros(points + 1, np.bool_)
    edge[0] = edge[points] = True
    edge[runs.first] = edge[runs.last] = True
    cuts = np.flatnonzero(edge)
    number = (np.cumsum(edge) - 1).astype(np.int32)
    first, last = number[runs.first], number[runs.last]
    worth = np.where(is_open, weight, 0.0)[runs.order]
    people = np.add.reduceat(worth, cuts[:-1]) if points else np.zeros(0)
    owner = np.repeat(np.arange(sites), np.diff(runs.row_start))
    keys = hash_keys(sites)
    hashes = [_sweep(keys[i][owner], first, last, len(people)) for i in (0, 1)]
    size = _sweep(np.ones(len(owner), np.uint64), first, last, len(people)).astype(np.int64)
    keep = np.flatnonzero((people > 0) & (size > 0))
    group, leaders = _group(hashes[0][keep], hashes[1][keep], size[keep])
    full_group = np.full(len(people), -1, np.int64)
    full_group[keep] = group
    lead = np.full(len(people), -1, np.int64)
    lead[keep[leaders]] = np.arange(len(leaders))
    start = np.zeros(len(leaders) + 1, np.int64)
    np.cumsum(size[keep[leaders]], out=start[1:])
    merged = (runs.row_start, first, last)
    row = _list_leaders(merged, lead, start)
    if not _same_sets(merged, full_group, start, row):
        raise RuntimeError(CLASH)
    total = np.bincount(group, weights=people[keep], minlength=len(leaders))
    return split_single(Merged(start, row, total.astype(np.float64), np.zeros(sites)))


def hash_keys(sites: int) -> U64:
    """Return two random 64-bit numbers per candidate, always the same ones, shape (2, s)."""
    return np.random.default_rng(1).integers(1, 2**63, size=(2, sites), dtype=np.uint64)


def _sweep(value: U64, first: I32, last: I32, points: int) -> U64:
    steps = np.zeros(points + 1, np.uint64)
    np.add.at(steps, first, value)
    np.subtract.at(steps, last, value)
    return np.cumsum(steps, dtype=np.uint64)[:-1]


def _group(one: U64, two: U64, size: I64) -> tuple[I64, I64]:
    """Return the group of every row, and the first row of every group."""
    order = np.lexsort((np.arange(len(one)), size, two, one))
    fresh = np.ones(len(order), np.bool_)
    for value in (one, two, size):
        ranked = value[order]
        fresh[1:] &= ranked[1:] == ranked[:-1]
    fresh[1:] = ~fresh[1:]
    lead = order[fresh]
    rank = np.argsort(lead, kind="stable")
    place = np.empty(len(lead), np.int64)
    place[rank] = np.arange(len(lead))
    group = np.empty(len(order), np.int64)
    group[order] = place[np.cumsum(fresh) - 1]
    return group, lead[rank].astype(np.int64)


@compiled
def _list_leaders(runs: _Stretches, lead: I64, start: I64) -> I32:
    run_start, first, last = runs
    row = np.empty(start[-1], np.int32)
    at = start[:-1].copy()
    for site in range(len(run_start) - 1):
        for k in range(run_start[site], run_start[site + 1]):
            for j in range(first[k], last[k]):
                g = lead[j]
                if g >= 0:
                    row[at[g]] = site
                    at[g] += 1
    return row


@compiled
def _same_sets(runs: _Stretches, group: I64, start: I64, row: I32) -> bool:
    run_start, first, last = runs
    seen = np.zeros(len(group), np.int32)
    for site in range(len(run_start) - 1):
        for k in range(run_start[site], run_start[site + 1]):
            for j in range(first[k], last[k]):
                g = group[j]
                if g < 0:
                    continue
                at = start[g] + seen[j]
                if at >= start[g + 1] or row[at] != site:
                    return False
                seen[j] += 1
    for j in range(len(group)):
        if group[j] >= 0 and seen[j] != start[group[j] + 1] - start[group[j]]:
            return False
    return True


def split_single(merged: Merged) -> Merged:
    """Turn rows with one candidate into its profit, and drop rows with none."""
    size = np.diff(merged.start)
    single, more = size == 1, size > 1
    alone = merged.alone + np.bincount(
        merged.row[merged.start[:-1][single]],
        weights=merged.weight[single],
        minlength=len(merged.alone),
    )
    start = np.concatenate([[0], np.cumsum(size[more])]).astype(np.int64)
    row = merged.row[np.repeat(more, size)]
    return Merged(start, row, merged.weight[more].astype(np.float64), alone.astype(np.float64))


def rows_by_site(merged: Merged) -> tuple[I64, I32]:
    """Return the merged rows of every candidate: start (s + 1,) and rows, ascending."""
    sites = len(merged.alone)
    start = np.zeros(sites + 1, np.int64)
    np.cumsum(np.bincount(merged.row, minlength=sites), out=start[1:])
    return start, _turned(merged.start, merged.row, start)


@compiled
def _turned(start: I64, row: I32, by_site: I64) -> I32:
    point = np.empty(len(row), np.int32)
    at = by_site[:-1].copy()
    for j in range(len(start) - 1):
        for k in range(start[j], start[j + 1]):
            point[at[row[k]]] = j
            at[row[k]] += 1
    return point


def find_parts(merged: Merged) -> NDArray[np.int32]:
    """Return the number of the component each candidate belongs to, shape (s,).

    Candidates of different components share no demand.
    """
    from scipy import sparse  # noqa: PLC0415 - 20 MB that a search alone does without
    from scipy.sparse import csgraph  # noqa: PLC0415

    sites = len(merged.alone)
    size = np.diff(merged.start)
    lead = np.repeat(merged.row[merged.start[:-1]], size) if len(size) else merged.row
    graph = sparse.coo_array((np.ones(len(lead), np.int8), (lead, merged.row)), (sites, sites))
    return np.asarray(csgraph.connected_components(graph, directed=False)[1], np.int32)


def find_dominated(merged: Merged, cost: F64) -> Mask:
    """Return which candidates another one, not dearer, replaces without loss, shape (s,).

    Valid for maximal cover with a count or a budget and for set cover; not where sites have a
    capacity, a spacing or a tier. Of two equal candidates the first stays.
    """
    start, point = rows_by_site(merged)
    return _dominated(merged, start, point, cost)


@compiled
def _dominated(  # noqa: C901 - one flat loop, compiled
    merged: Merged, site_start: I64, point: I32, cost: F64
) -> Mask:
    sites = len(merged.alone)
    out = np.zeros(sites, np.bool_)
    for s in range(sites):
        a, b = site_start[s], site_start[s + 1]
        if merged.alone[s] > 0 or a == b:
            continue
        # whoever holds all of its rows also holds the row with the fewest candidates
        thin = point[a]
        for k in range(a, b):
            j = point[k]
            if merged.start[j + 1] - merged.start[j] < merged.start[thin + 1] - merged.start[thin]:
                thin = j
        for k in range(merged.start[thin], merged.start[thin + 1]):
            t = merged.row[k]
            size = site_start[t + 1] - site_start[t]
            if t == s or out[t] or cost[t] > cost[s] or size < b - a:
                continue
            if size == b - a and cost[t] == cost[s] and merged.alone[t] == 0 and t > s:
                continue
            at = site_start[t]
            held = True
            for i in range(a, b):
                while at < site_start[t + 1] and point[at] < point[i]:
                    at += 1
                if at == site_start[t + 1] or point[at] != point[i]:
                    held = False
                    break
            if held:
                out[s] = True
                break
    return out
