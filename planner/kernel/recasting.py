"""The cover relation in other forms: listed pair by pair, or of places instead of their stops."""

import numpy as np
from numpy.typing import NDArray

from planner.kernel.compiled import compiled
from planner.kernel.frames import CoverRuns


def pair_count(runs: CoverRuns) -> int:
    """Return how many pairs of site and demand point the runs stand for."""
    return int(runs.last.sum(dtype=np.int64) - runs.first.sum(dtype=np.int64))


def csr_size_bytes(runs: CoverRuns) -> int:
    """Return how large the pairs would be written out: an int32 each, and an int64 each row."""
    return 4 * pair_count(runs) + 8 * len(runs.row_start)


def runs_from_pairs(
    row_start: NDArray[np.int64], demand: NDArray[np.int32], order: NDArray[np.int32]
) -> CoverRuns:
    """Return listed pairs as runs.

    Parameters
    ----------
    row_start, demand
        First pair of each site and one past the last, shape (s + 1,), and the demand points, each
        once in a row, shape (k,).
    order
        Demand point at each position, shape (n,).

    Raises
    ------
    ValueError
        If a demand point is out of range.
    """
    if len(demand) and (demand.min() < 0 or demand.max() >= len(order)):
        raise ValueError(f"a site covers a demand point beyond the {len(order)} given")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    row = np.repeat(np.arange(len(row_start) - 1), np.diff(row_start))
    at = np.sort(
        row * (len(order) + 1) + rank[demand]
    )  # a gap between the last of a row and the next
    begins = np.ones(len(at), np.bool_)
    begins[1:] = np.diff(at) != 1
    head = np.flatnonzero(begins)
    size = np.diff(np.append(head, len(at)))
    row, first = np.divmod(at[head], len(order) + 1)
    start = np.searchsorted(row, np.arange(len(row_start))).astype(np.int64)
    last = (first + size).astype(np.int32)
    return CoverRuns(start, first.astype(np.int32), last, np.asarray(order, np.int32))


def fold_runs(
    runs: CoverRuns,
    site_owner: NDArray[np.intp],
    demand_owner: NDArray[np.intp],
    sites: int,
) -> CoverRuns:
    """Turn runs of stops into runs of places: one of its stops is enough for a place.

    Parameters
    ----------
    runs
        Stops of sites over stops of demand points.
    site_owner, demand_owner
        Place of each stop: those of sites ascending, those of demand each at least once.
    sites
        Number of sites.
    """
    owner = demand_owner[runs.order]
    place, at = np.unique(owner, return_index=True)
    order = place[np.argsort(at)].astype(np.int32)
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    stops = np.searchsorted(site_owner, np.arange(sites + 1))
    row_start, first, last = _fold(runs, runs.row_start[stops], rank[owner])
    return CoverRuns(row_start, first, last, order)


@compiled
def _fold(
    runs: CoverRuns, run_start: NDArray[np.int64], rank: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """Return the runs of places, `run_start` being the first run of each site."""
    row_start = np.zeros(len(run_start), np.int64)
    ends = np.empty((2, 64), np.int32)
    size = 0
    for site in range(len(run_start) - 1):
        total = 0
        for k in range(run_start[site], run_start[site + 1]):
            total += int(runs.last[k] - runs.first[k])
        found = np.empty(total, np.int32)
        filled = 0
        for k in range(run_start[site], run_start[site + 1]):
            for at in range(runs.first[k], runs.last[k]):
                found[filled] = rank[at]
                filled += 1
        found.sort()
        begin = size
        for place in found:
            if size > begin and place < ends[1, size - 1]:
                continue
            if size > begin and place == ends[1, size - 1]:
                ends[1, size - 1] = place + 1
                continue
            if size == ends.shape[1]:
                wider = np.empty((2, 2 * size), np.int32)
                wider[:, :size] = ends
                ends = wider
            ends[0, size], ends[1, size] = place, place + 1
            size += 1
        row_start[site + 1] = size
    return row_start, ends[0, :size].copy(), ends[1, :size].copy()


def to_csr(runs: CoverRuns, *, at_most_bytes: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Write out the pairs.

    Parameters
    ----------
    runs
        The relation.
    at_most_bytes
        Largest size of the result; see `csr_size_bytes`.

    Returns
    -------
    row_start : NDArray[np.int64]
        First pair of each site and one past the last, shape (s + 1,).
    demand : NDArray[np.int32]
        Demand points, ascending within a row.

    Raises
    ------
    ValueError
        If the result would be larger than `at_most_bytes`.
    """
    size = csr_size_bytes(runs)
    if size > at_most_bytes:
        raise ValueError(f"the pairs take {size} bytes; at most {at_most_bytes} are allowed")
    row_start = np.zeros(len(runs.row_start), np.int64)
    demand = np.empty(pair_count(runs), np.int32)
    _write_pairs(runs, row_start, demand)
    for row in range(len(row_start) - 1):
        demand[row_start[row] : row_start[row + 1]].sort()
    return row_start, demand


@compiled
def _write_pairs(runs: CoverRuns, row_start: NDArray[np.int64], demand: NDArray[np.int32]) -> None:
    size = 0
    for row in range(len(row_start) - 1):
        for k in range(runs.row_start[row], runs.row_start[row + 1]):
            for at in range(runs.first[k], runs.last[k]):
                demand[size] = runs.order[at]
                size += 1
        row_start[row + 1] = size
