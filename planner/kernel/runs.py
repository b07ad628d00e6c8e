"""Who is covered by which site, kept as runs over an order of the demand.

Demand points are put edge by edge, neighbouring edges next to one another; what a site covers is
then a few hundred stretches of that order, however many points lie in them. Weights are summed by
differences of prefix sums: exact where weights are whole numbers, to rounding where they are not.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from planner.kernel.compiled import compiled
from planner.kernel.covering import CoverRuns, build_runs, row_costs
from planner.kernel.order import edge_order

__all__ = [
    "CoverRuns",
    "build_runs",
    "counts_by_point",
    "covered_mask",
    "covered_positions",
    "csr_size_bytes",
    "drop_losses",
    "edge_order",
    "marginal_gains",
    "pair_count",
    "row_costs",
    "row_weights",
    "sums_by_point",
    "to_csr",
    "union_weight",
]


def pair_count(runs: CoverRuns) -> int:
    """Return how many pairs of site and demand point the runs stand for."""
    return int(runs.last.sum(dtype=np.int64) - runs.first.sum(dtype=np.int64))


def csr_size_bytes(runs: CoverRuns) -> int:
    """Return how large the pairs would be written out: an int32 each, and an int64 each row."""
    return 4 * pair_count(runs) + 8 * len(runs.row_start)


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


def covered_positions(runs: CoverRuns, rows: Iterable[int]) -> NDArray[np.bool_]:
    """Return which positions of the order at least one of `rows` covers, shape (n,).

    Raises
    ------
    ValueError
        If a row is out of range.
    """
    mask = np.zeros(len(runs.order), np.bool_)
    _mark(runs, _check_rows(runs, rows), mask)
    return mask


def covered_mask(runs: CoverRuns, rows: Iterable[int], n: int | None = None) -> NDArray[np.bool_]:
    """Return which demand points at least one of `rows` covers, shape (n,).

    Raises
    ------
    ValueError
        If a row is out of range or `n` is given and not the number of demand points.
    """
    if n is not None:
        _check_points(runs, n)
    mask = np.empty(len(runs.order), np.bool_)
    mask[runs.order] = covered_positions(runs, rows)
    return mask


def union_weight(runs: CoverRuns, rows: Iterable[int], weight: NDArray[np.float64]) -> float:
    """Return the weight that at least one of `rows` covers; each point counts once.

    The sum is taken as `planner.kernel.cover.union_weight` takes it, so both agree to the last bit.

    Raises
    ------
    ValueError
        If a row is out of range or there is not one weight for each demand point.
    """
    return float(weight[covered_mask(runs, rows, len(weight))].sum())


def row_weights(runs: CoverRuns, weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weight each site covers, shape (s,).

    Raises
    ------
    ValueError
        If there is not one weight for each demand point.
    """
    _check_points(runs, len(weight))
    return _row_sums(runs, weight, np.arange(len(runs.row_start) - 1))


def marginal_gains(
    runs: CoverRuns, weight: NDArray[np.float64], covered: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the weight each site would add to the points `covered` already, shape (s,).

    Raises
    ------
    ValueError
        If there is not one weight, and one mark, for each demand point.
    """
    _check_points(runs, len(covered))
    return row_weights(runs, np.where(covered, 0.0, weight))


def drop_losses(
    runs: CoverRuns, rows: Iterable[int], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the weight lost when one of `rows` closes and the others stay, in their order.

    Raises
    ------
    ValueError
        If a row is out of range or there is not one weight for each demand point.
    """
    _check_points(runs, len(weight))
    chosen = _check_rows(runs, rows)
    alone = np.where(counts_by_point(runs, chosen) == 1, weight, 0.0)
    return _row_sums(runs, alone, chosen)


def counts_by_point(runs: CoverRuns, rows: Iterable[int] | None = None) -> NDArray[np.int32]:
    """Return how many of `rows`, or of all sites, cover each demand point, shape (n,).

    Raises
    ------
    ValueError
        If a row is out of range.
    """
    every = range(len(runs.row_start) - 1)
    step = np.zeros(len(runs.order) + 1, np.int32)
    _add_steps(runs, _check_rows(runs, every if rows is None else rows), step)
    counts = np.empty(len(runs.order), np.int32)
    counts[runs.order] = np.cumsum(step[:-1], dtype=np.int32)
    return counts


def sums_by_point(runs: CoverRuns, value: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each demand point the sum of a value over the sites that cover it, shape (n,).

    Raises
    ------
    ValueError
        If there is not one value for each site.
    """
    if np.shape(value) != (len(runs.row_start) - 1,):
        raise ValueError(f"value has shape {np.shape(value)}; expected one for each site")
    step = np.zeros(len(runs.order) + 1)
    _add_values(runs, np.asarray(value, np.float64), step)
    sums = np.empty(len(runs.order))
    sums[runs.order] = np.cumsum(step[:-1])
    return sums


def _check_rows(runs: CoverRuns, rows: Iterable[int]) -> NDArray[np.int64]:
    chosen = np.array([int(row) for row in rows], np.int64)
    count = len(runs.row_start) - 1
    wrong = chosen[(chosen < 0) | (chosen >= count)]
    if len(wrong):
        raise ValueError(f"row {wrong[0]} is not one of {count} sites")
    return chosen


def _check_points(runs: CoverRuns, n: int) -> None:
    if n != len(runs.order):
        raise ValueError(f"{n} demand points given; the runs are over {len(runs.order)}")


def _row_sums(
    runs: CoverRuns, weight: NDArray[np.float64], rows: NDArray[np.int64]
) -> NDArray[np.float64]:
    before = np.zeros(len(runs.order) + 1)
    np.cumsum(weight[runs.order], out=before[1:])
    sums = np.zeros(len(rows))
    _add_differences(runs, rows, before, sums)
    return sums


@compiled
def _add_differences(
    runs: CoverRuns, rows: NDArray[np.int64], before: NDArray[np.float64], sums: NDArray[np.float64]
) -> None:
    for i in range(len(rows)):
        for k in range(runs.row_start[rows[i]], runs.row_start[rows[i] + 1]):
            sums[i] += before[runs.last[k]] - before[runs.first[k]]


@compiled
def _mark(runs: CoverRuns, rows: NDArray[np.int64], mask: NDArray[np.bool_]) -> None:
    for row in rows:
        for k in range(runs.row_start[row], runs.row_start[row + 1]):
            mask[runs.first[k] : runs.last[k]] = True


@compiled
def _add_steps(runs: CoverRuns, rows: NDArray[np.int64], step: NDArray[np.int32]) -> None:
    for row in rows:
        for k in range(runs.row_start[row], runs.row_start[row + 1]):
            step[runs.first[k]] += 1
            step[runs.last[k]] -= 1


@compiled
def _add_values(runs: CoverRuns, value: NDArray[np.float64], step: NDArray[np.float64]) -> None:
    for row in range(len(value)):
        for k in range(runs.row_start[row], runs.row_start[row + 1]):
            step[runs.first[k]] += value[row]
            step[runs.last[k]] -= value[row]


@compiled
def _write_pairs(runs: CoverRuns, row_start: NDArray[np.int64], demand: NDArray[np.int32]) -> None:
    size = 0
    for row in range(len(row_start) - 1):
        for k in range(runs.row_start[row], runs.row_start[row + 1]):
            for at in range(runs.first[k], runs.last[k]):
                demand[size] = runs.order[at]
                size += 1
        row_start[row + 1] = size
