"""Choose rows of a cover relation: greedy order and exact maximal covering.

The exact path is `planner.kernel.siting_exact` with a count of sites.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from planner.kernel.siting_exact import Effort, solve_cover
from planner.kernel.siting_reduce import Merged, merge_pairs
from planner.kernel.siting_search import count_budget

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Rows = NDArray[np.intp]


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
    return merge_pairs(row_start, demand, weight, is_open)


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

    References
    ----------
    Church, R. and ReVelle, C. (1974), The maximal covering location problem.
    """
    budget = count_budget(len(merged.alone), count)
    solved = solve_cover(merged, budget, Effort(time_limit_s, gap), start_rows)
    return Answer(solved.rows, solved.objective, solved.bound, solved.proven)
