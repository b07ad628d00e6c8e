"""Reach a share of the people at least cost: partial and full set cover.

Toregas et al.'s location set covering problem (1971) where everybody is to be reached. HiGHS
solves the model on merged rows; where costs are whole numbers the answer is confirmed by proving
anew, with `siting.exact`, that one unit of cost less reaches too few people.
"""

from typing import NamedTuple

import highspy
import numpy as np
from highspy import _core
from numpy.typing import NDArray

from planner.kernel.siting.exact import Effort, solve_cover
from planner.kernel.siting.reduce import Merged, find_dominated
from planner.kernel.siting.search import Budget, Rows, new_state, reached, set_plan

F64 = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Cheapest(NamedTuple):
    """The least dear plan for a target.

    Parameters
    ----------
    rows
        Chosen candidates, or None where not even all of them reach the target.
    cost, bound
        What the plan costs, and what no plan that reaches the target can cost less than.
    reach
        People the plan reaches, or all candidates together where the target is out of reach.
    proven
        No cheaper plan exists, according to HiGHS.
    confirmed
        The proof was derived again without HiGHS.
    """

    rows: Rows | None
    cost: float
    bound: float
    reach: float
    proven: bool
    confirmed: bool


def solve_target(merged: Merged, cost: F64, target: float, effort: Effort) -> Cheapest:
    """Choose the least dear candidates that reach at least `target` people.

    Parameters
    ----------
    merged
        Demand, from `siting.reduce`.
    cost
        Of every candidate, ones to choose the fewest sites, shape (s,).
    target
        People to be reached.
    effort
        Seconds, gap and seed; a fifth of the seconds is for the confirmation.

    Raises
    ------
    RuntimeError
        If HiGHS ends in any other way than with a plan.
    """
    everything = np.arange(len(cost), dtype=np.intp)
    most = reached(merged, everything)
    slack = 1e-9 * max(1.0, most)
    if most < target - slack:
        return Cheapest(None, np.inf, np.inf, most, proven=True, confirmed=True)
    if target <= 0:
        return Cheapest(everything[:0], 0.0, 0.0, 0.0, proven=True, confirmed=True)
    out = find_dominated(merged, cost)
    start = cover_greedily(merged, cost, target, out)
    solver = _core._Highs()  # noqa: SLF001  (the class above it greets on stdout when made)
    whole = bool(np.all(cost % 1 == 0))
    for key, setting in {
        "output_flag": False,
        "time_limit": 0.8 * effort.seconds,
        "mip_rel_gap": effort.gap,
        "mip_abs_gap": 1e-6,
        "threads": 1,
        "random_seed": effort.seed,
    }.items():
        solver.setOptionValue(key, setting)
    solver.passModel(_target_model(merged, cost, target, out, full=most <= target + slack))
    # no start is handed over: HiGHS 1.16 then ended with a value its plan did not have
    solver.run()
    return _read(solver, (merged, cost, target), (start, whole), effort)


def _read(
    solver: _core._Highs,
    problem: tuple[Merged, F64, float],
    known: tuple[Rows, bool],
    effort: Effort,
) -> Cheapest:
    merged, cost, target = problem
    rows, whole = known
    status, states = solver.getModelStatus(), highspy.HighsModelStatus
    if status not in (states.kOptimal, states.kTimeLimit, states.kInterrupt):
        raise RuntimeError(f"HiGHS ended with {solver.modelStatusToString(status)}")
    found = np.array(solver.getSolution().col_value)
    slack = 1e-9 * max(1.0, target)
    if len(found):
        other = np.flatnonzero(found[: len(cost)] > 0.5).astype(np.intp)
        if reached(merged, other) >= target - slack and cost[other].sum() < cost[rows].sum():
            rows = other
    spent = float(cost[rows].sum())
    bound = float(solver.getInfo().mip_dual_bound)
    bound = max(0.0, bound) if np.isfinite(bound) else 0.0
    if whole:
        bound = float(np.ceil(bound - 1e-6))
    if len(found) and abs(solver.getInfo().objective_function_value - cost[other].sum()) > 1e-6:
        raise RuntimeError("HiGHS ended with a value its plan does not have")
    proven = status == states.kOptimal and spent <= bound + 1e-6 * max(1.0, spent)
    confirmed = False
    if proven and whole and spent >= 1:
        less = solve_cover(
            merged, Budget(cost, spent - 1), effort._replace(seconds=0.2 * effort.seconds)
        )
        confirmed = less.bound < target - slack
        if less.objective >= target - slack:
            raise RuntimeError("HiGHS called a plan the cheapest, and a cheaper one exists")
    elif proven and spent == 0:
        confirmed = True
    bound = spent if proven else min(bound, spent)
    return Cheapest(rows, spent, bound, reached(merged, rows), proven, confirmed)


def cover_greedily(merged: Merged, cost: F64, target: float, out: Mask) -> Rows:
    """Return a plan that reaches the target: best people per cost first, then idle ones out.

    Candidates in `out` are not used; the others together must reach the target.
    """
    state = new_state(merged, cost)
    rows: list[int] = []
    slack = 1e-9 * max(1.0, target)
    while state.total[0] < target - slack:
        useful = np.minimum(state.gain, target - state.total[0]) / np.maximum(cost, 1e-12)
        useful[rows] = -1.0
        useful[out] = -1.0
        rows.append(int(np.argmax(useful)))
        set_plan(state, np.array(rows, np.intp))
    for site in sorted(rows, key=lambda s: -cost[s]):
        if state.total[0] - state.loss[site] >= target - slack:
            rows.remove(site)
            set_plan(state, np.array(rows, np.intp))
    return np.sort(np.array(rows, np.intp))


def _target_model(
    merged: Merged, cost: F64, target: float, out: Mask, *, full: bool
) -> highspy.HighsLp:
    """Return the model: cheapest sites, rows covered only if served, enough people covered."""
    sites, rows = len(cost), len(merged.weight)
    size = np.diff(merged.start)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = sites + rows, rows + 1
    lp.col_cost_ = np.concatenate([cost, np.zeros(rows)])
    needed = (merged.alone > 0).astype(float) if full else np.zeros(sites)
    lp.col_lower_ = np.concatenate([needed, np.full(rows, float(full))])
    upper = np.ones(sites)
    upper[out] = 0.0
    lp.col_upper_ = np.concatenate([upper, np.ones(rows)])
    lp.row_lower_ = np.concatenate([np.zeros(rows), [target]]) * 1.0
    if full:
        lp.row_lower_ = np.zeros(rows + 1)
    lp.row_upper_ = np.full(rows + 1, highspy.kHighsInf)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    own = np.flatnonzero(merged.alone).astype(np.int32)
    index = np.insert(merged.row, merged.start[1:], sites + np.arange(rows, dtype=np.int32))
    value = np.insert(np.ones(len(merged.row)), merged.start[1:], -1.0)
    lp.a_matrix_.index_ = np.concatenate([index, own, sites + np.arange(rows, dtype=np.int32)])
    lp.a_matrix_.value_ = np.concatenate([value, merged.alone[own], merged.weight])
    ends = np.concatenate([[0], np.cumsum(size + 1)])
    lp.a_matrix_.start_ = np.append(ends, ends[-1] + len(own) + rows).astype(np.int32)
    kinds = highspy.HighsVarType
    lp.integrality_ = [kinds.kInteger] * sites + [kinds.kContinuous] * rows
    return lp
