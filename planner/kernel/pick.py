"""Choose rows of a cover relation: greedy order and exact maximal covering.

The exact path solves Church and ReVelle's maximal covering location problem (1974) with HiGHS on
a model in which demand points with the same set of candidates are merged.
"""

from typing import NamedTuple

import highspy
import numpy as np
from highspy import _core
from numpy.typing import NDArray
from scipy import sparse

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Rows = NDArray[np.intp]


class Merged(NamedTuple):
    """Demand points merged by their set of candidates.

    `start` and `row` list the candidates (ascending) of every merged point, `weight` its people,
    and `alone` the people only one candidate reaches, per candidate.
    """

    start: I64
    row: NDArray[np.int32]
    weight: F64
    alone: F64


class Answer(NamedTuple):
    """Chosen rows, people they reach, a bound no plan exceeds, and whether they are equal."""

    rows: Rows
    objective: float
    bound: float
    proven: bool


def merge_points(
    row_start: I64, demand: NDArray[np.int32], weight: F64, is_open: NDArray[np.bool_]
) -> Merged:
    """Merge demand points that the same candidates reach.

    Parameters
    ----------
    row_start, demand
        Cover relation, candidates by row.
    weight
        People per demand point, shape (n,).
    is_open
        Points still to be won; all others are left out, shape (n,).

    Raises
    ------
    RuntimeError
        If two different sets of candidates have the same pair of 64-bit hashes.
    """
    sites = len(row_start) - 1
    pattern = sparse.csr_array(
        (np.ones(len(demand), np.int8), demand, row_start), shape=(sites, len(weight))
    )
    by_point = pattern.T.tocsr()
    by_point.sort_indices()
    keep = np.flatnonzero(is_open & (weight > 0) & (np.diff(by_point.indptr) > 0))
    by_point = by_point[keep]
    start, row = by_point.indptr.astype(np.int64), by_point.indices.astype(np.int32)
    size = np.diff(start)
    people = weight[keep]
    alone: F64 = np.bincount(
        row[start[:-1][size == 1]], weights=people[size == 1], minlength=sites
    ).astype(np.float64)
    keys = np.random.default_rng(1).integers(1, 2**63, size=(2, sites), dtype=np.uint64)
    hashes = [
        np.add.reduceat(k[row], start[:-1]) if len(row) else np.zeros(0, np.uint64) for k in keys
    ]
    order = np.lexsort((hashes[1], hashes[0], size))
    order = order[size[order] > 1]
    if not len(order):
        nothing = np.zeros(0, np.int32)
        return Merged(np.zeros(1, np.int64), nothing, np.zeros(0), alone)
    first = np.ones(len(order), np.bool_)
    for values in (size, hashes[0], hashes[1]):
        first[1:] &= values[order][1:] == values[order][:-1]
    first[1:] = ~first[1:]
    group = np.cumsum(first) - 1
    leader = order[first]
    _verify(start, row, order, leader[group])
    merged = by_point[leader]
    return Merged(
        merged.indptr.astype(np.int64),
        merged.indices.astype(np.int32),
        np.bincount(group, weights=people[order]).astype(np.float64),
        alone,
    )


def _verify(start: I64, row: NDArray[np.int32], member: Rows, leader: Rows) -> None:
    size = (start[member + 1] - start[member]).astype(np.int64)
    within = np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    if not np.array_equal(
        row[np.repeat(start[member], size) + within], row[np.repeat(start[leader], size) + within]
    ):
        raise RuntimeError("two different cover sets have the same hash")


def order_by_gain(
    row_start: I64, demand: NDArray[np.int32], weight: F64, rows: Rows, is_open: NDArray[np.bool_]
) -> tuple[Rows, F64]:
    """Order `rows` so that each next one reaches the most people still open.

    Returns
    -------
    order
        The rows, best first; ties go to the smaller row.
    gain
        People each one newly reaches.
    """
    still = np.where(is_open, weight, 0.0)
    left = sorted(int(r) for r in rows)
    order: list[int] = []
    gains: list[float] = []
    while left:
        gain = [float(still[demand[row_start[r] : row_start[r + 1]]].sum()) for r in left]
        best = int(np.argmax(gain))
        chosen = left.pop(best)
        order.append(chosen)
        gains.append(gain[best])
        still[demand[row_start[chosen] : row_start[chosen + 1]]] = 0.0
    return np.array(order, np.intp), np.array(gains)


def choose_greedy(
    row_start: I64, demand: NDArray[np.int32], weight: F64, count: int, is_open: NDArray[np.bool_]
) -> Rows:
    """Choose up to `count` rows, each time the one that newly reaches the most people.

    Stops early when no row reaches anybody new.
    """
    still = np.where(is_open, weight, 0.0)
    sites = len(row_start) - 1
    pattern = sparse.csr_array(
        (np.ones(len(demand)), demand, row_start), shape=(sites, len(weight))
    )
    chosen: list[int] = []
    gain = pattern @ still
    while len(chosen) < min(count, sites):
        best = int(np.argmax(gain))
        if gain[best] <= 0:
            break
        chosen.append(best)
        fresh = np.zeros_like(still)
        points = demand[row_start[best] : row_start[best + 1]]
        fresh[points] = still[points]
        still[points] = 0.0
        gain -= pattern @ fresh
        gain[chosen] = 0.0
    return np.array(chosen, np.intp)


def _model(merged: Merged, count: int) -> highspy.HighsLp:
    sites, points = len(merged.alone), len(merged.weight)
    size = np.diff(merged.start)
    lp = highspy.HighsLp()
    lp.num_col_ = sites + points
    lp.num_row_ = points + 1
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_ = np.concatenate([merged.alone, merged.weight])
    lp.col_lower_ = np.zeros(sites + points)
    lp.col_upper_ = np.ones(sites + points)
    lp.row_lower_ = np.concatenate([np.zeros(points), [0.0]])
    lp.row_upper_ = np.concatenate([np.full(points, highspy.kHighsInf), [float(count)]])
    # row j: sum of its candidates - z_j >= 0; last row: number of sites
    index = np.insert(
        merged.row.astype(np.int32), merged.start[1:], sites + np.arange(points, dtype=np.int32)
    )
    value = np.insert(np.ones(len(merged.row)), merged.start[1:], -1.0)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.concatenate([[0], np.cumsum(size + 1), [len(index) + sites]]).astype(
        np.int32
    )
    lp.a_matrix_.index_ = np.concatenate([index, np.arange(sites, dtype=np.int32)])
    lp.a_matrix_.value_ = np.concatenate([value, np.ones(sites)])
    kinds = highspy.HighsVarType
    lp.integrality_ = [kinds.kInteger] * sites + [kinds.kContinuous] * points
    return lp


def choose_exact(
    merged: Merged, count: int, start_rows: Rows, *, time_limit_s: float, gap: float
) -> Answer:
    """Choose at most `count` candidates that reach the most people.

    Parameters
    ----------
    merged
        From `merge_points`.
    count
        Number of sites.
    start_rows
        A plan to start from.
    time_limit_s
        Seconds after which the best plan so far is returned with its bound.
    gap
        Relative gap at which the search may stop.

    Returns
    -------
    Answer
        Objective and bound count open people only.

    Raises
    ------
    RuntimeError
        If HiGHS ends in any other way than with a plan.
    """
    sites, points = len(merged.alone), len(merged.weight)
    if count == 0 or sites == 0 or (points == 0 and not merged.alone.any()):
        return Answer(np.zeros(0, np.intp), 0.0, 0.0, proven=True)
    whole = bool(np.all(merged.weight % 1 == 0) and np.all(merged.alone % 1 == 0))
    solver = _core._Highs()  # noqa: SLF001  (the class above it greets on stdout when made)
    for key, setting in {
        "output_flag": False,
        "time_limit": float(time_limit_s),
        "mip_rel_gap": float(gap),
        "mip_abs_gap": 0.999 if whole else 1e-6,
        "threads": 1,
        "random_seed": 0,
    }.items():
        solver.setOptionValue(key, setting)
    solver.passModel(_model(merged, count))
    solver.setSolution(_start(merged, start_rows))
    solver.run()
    info, status = solver.getInfo(), solver.getModelStatus()
    accepted = (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kTimeLimit)
    if status not in accepted:
        raise RuntimeError(f"HiGHS ended with {solver.modelStatusToString(status)}")
    found = np.array(solver.getSolution().col_value)
    rows = np.flatnonzero(found[:sites] > 0.5).astype(np.intp) if len(found) else start_rows
    objective = _reached(merged, rows)
    if (started := _reached(merged, start_rows)) > objective:
        rows, objective = start_rows, started
    bound = float(info.mip_dual_bound)
    if not np.isfinite(bound):
        bound = float(merged.weight.sum() + merged.alone.sum())
    if whole:
        bound = float(np.floor(bound + 1e-6))
    bound = max(bound, objective)
    proven = status == highspy.HighsModelStatus.kOptimal and bound - objective <= 1e-6 * max(
        1.0, bound
    )
    return Answer(np.sort(rows), objective, objective if proven else bound, proven)


def _reached(merged: Merged, rows: Rows) -> float:
    chosen = np.zeros(len(merged.alone), np.bool_)
    chosen[rows] = True
    if not len(merged.weight):
        return float(merged.alone[rows].sum())
    hit = np.logical_or.reduceat(chosen[merged.row], merged.start[:-1])
    return float(merged.alone[rows].sum() + merged.weight[hit].sum())


def _start(merged: Merged, rows: Rows) -> highspy.HighsSolution:
    chosen = np.zeros(len(merged.alone))
    chosen[rows] = 1.0
    hit = (
        np.maximum.reduceat(chosen[merged.row], merged.start[:-1])
        if len(merged.weight)
        else np.zeros(0)
    )
    solution = highspy.HighsSolution()
    solution.col_value = np.concatenate([chosen, hit]).tolist()
    return solution
