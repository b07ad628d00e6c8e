"""Who is covered by which site, kept as runs over an order of the demand.

Demand points are put edge by edge, neighbouring edges next to one another; what a site covers is
then a few hundred stretches of that order, however many points lie in them. Weights are summed by
differences of prefix sums: exact where weights are whole numbers, to rounding where they are not.

`union_weight` is the one function that measures coverage (law 5): the optimiser, the tables, the
map and every what-if call it.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from planner.kernel.compiled import compiled
from planner.kernel.covering import build_runs, row_costs
from planner.kernel.frames import CoverRuns
from planner.kernel.order import edge_order
from planner.kernel.recasting import csr_size_bytes, fold_runs, pair_count, runs_from_pairs, to_csr

__all__ = [
    "CoverRuns",
    "build_runs",
    "counts_by_point",
    "covered_mask",
    "covered_positions",
    "csr_size_bytes",
    "drop_losses",
    "edge_order",
    "fold_runs",
    "marginal_gains",
    "pair_count",
    "prefix_sums",
    "row_costs",
    "row_sums",
    "row_weights",
    "runs_from_pairs",
    "sums_by_point",
    "to_csr",
    "union_weight",
]


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
    """Return the weight at least one of `rows` covers: THE measure of coverage (law 5).

    Parameters
    ----------
    runs
        Who covers whom.
    rows
        Chosen sites.
    weight
        People at each demand point, shape (n,).

    Returns
    -------
    float
        Covered weight; each point counts once.

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
    return row_sums(runs, range(len(runs.row_start) - 1), prefix_sums(runs, weight))


def prefix_sums(runs: CoverRuns, weight: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weight before each position of the order, and all of it, shape (n + 1,).

    Raises
    ------
    ValueError
        If there is not one weight for each demand point.
    """
    _check_points(runs, len(weight))
    before = np.zeros(len(runs.order) + 1)
    np.cumsum(weight[runs.order], out=before[1:])
    return before


def row_sums(
    runs: CoverRuns, rows: Iterable[int], before: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the weight each of `rows` covers, in their order, from `prefix_sums`.

    Raises
    ------
    ValueError
        If a row is out of range or `before` is not of this order.
    """
    _check_points(runs, len(before) - 1)
    chosen = _check_rows(runs, rows)
    sums = np.zeros(len(chosen))
    _add_differences(runs, chosen, before, sums)
    return sums


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
    return row_sums(runs, chosen, prefix_sums(runs, alone))


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
    chosen = np.fromiter(rows, np.int64)
    count = len(runs.row_start) - 1
    wrong = chosen[(chosen < 0) | (chosen >= count)]
    if len(wrong):
        raise ValueError(f"row {wrong[0]} is not one of {count} sites")
    return chosen


def _check_points(runs: CoverRuns, n: int) -> None:
    if n != len(runs.order):
        raise ValueError(f"{n} demand points given; the runs are over {len(runs.order)}")


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
