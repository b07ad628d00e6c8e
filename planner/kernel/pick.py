"""Choose rows of a cover relation: greedy order and exact maximal covering.

The exact path is `planner.kernel.siting.exact` with a count of sites.
"""

import heapq
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.kernel.frames import CoverRuns
from planner.kernel.runs import covered_mask, prefix_sums, row_sums
from planner.kernel.siting.exact import Effort, solve_cover
from planner.kernel.siting.reduce import Merged
from planner.kernel.siting.search import count_budget

F64 = NDArray[np.float64]
Rows = NDArray[np.intp]


class Answer(NamedTuple):
    """Chosen rows, people they reach, a bound no plan exceeds, and whether they are equal."""

    rows: Rows
    objective: float
    bound: float
    proven: bool


def order_by_gain(
    runs: CoverRuns, weight: F64, rows: Rows, is_open: NDArray[np.bool_]
) -> tuple[Rows, F64]:
    """Order `rows` so that each next one reaches the most people still open.

    Returns
    -------
    order
        The rows, best first; ties go to the smaller row.
    gain
        People each one newly reaches.
    """
    return _take_best(runs, np.where(is_open, weight, 0.0), np.unique(rows), len(rows))


def choose_greedy(runs: CoverRuns, weight: F64, count: int, is_open: NDArray[np.bool_]) -> Rows:
    """Choose up to `count` rows, each time the one that newly reaches the most people.

    Stops early when no row reaches anybody new.
    """
    everyone = np.arange(len(runs.row_start) - 1)
    order, gain = _take_best(runs, np.where(is_open, weight, 0.0), everyone, count)
    return order[gain > 0]


def _take_best(runs: CoverRuns, still: F64, rows: Rows, count: int) -> tuple[Rows, F64]:
    """Take `count` of `rows`, the best first, and what each adds.

    What a row adds never grows, so that of all rows only those are measured again whose last
    measure promises the most.

    References
    ----------
    Minoux, M. (1978), Accelerated greedy algorithms for maximizing submodular set functions.
    """
    before = prefix_sums(runs, still)
    gains = row_sums(runs, rows, before)
    heap = [(-gain, row, 0) for gain, row in zip(gains.tolist(), rows.tolist(), strict=True)]
    heapq.heapify(heap)
    order: list[int] = []
    added: list[float] = []
    while heap and len(order) < count:
        _, row, measured = heap[0]
        if measured < len(order):
            gain = float(row_sums(runs, (row,), before)[0])
            heapq.heapreplace(heap, (-gain, row, len(order)))
            continue
        heapq.heappop(heap)
        covered = covered_mask(runs, (row,))
        order.append(row)
        added.append(float(still[covered].sum()))
        still = np.where(covered, 0.0, still)
        before = prefix_sums(runs, still)
    return np.array(order, np.intp), np.array(added)


def choose_exact(merged: Merged, count: int, start_rows: Rows, effort: Effort) -> Answer:
    """Choose at most `count` candidates that reach the most people.

    Parameters
    ----------
    merged
        From `planner.kernel.siting.reduce.merge_runs`.
    count
        Number of sites.
    start_rows
        A plan to start from.
    effort
        When to stop; the best plan so far is returned with its bound.

    Returns
    -------
    Answer
        Objective and bound count open people only.

    References
    ----------
    Church, R. and ReVelle, C. (1974), The maximal covering location problem.
    """
    budget = count_budget(len(merged.alone), count)
    solved = solve_cover(merged, budget, effort, start_rows)
    return Answer(solved.rows, solved.objective, solved.bound, solved.proven)
