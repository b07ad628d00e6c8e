"""The relaxation of a siting model in HiGHS, solved again and again as bounds of columns move.

What comes back is a suggestion: plans are measured and multipliers are checked elsewhere.
"""

import time
from collections.abc import Callable
from typing import NamedTuple

import highspy
import numpy as np
from highspy import _core
from numpy.typing import NDArray

from planner.kernel.siting.model import (
    DECIDED,
    Columns,
    Model,
    RowBlock,
    highs_model,
    is_feasible,
    new_solver,
    round_whole,
)
from planner.kernel.siting.safe import Box, Form

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]

SOLVED, EMPTY, STOPPED, LOST = range(4)
_LARGE = 50_000  # entries of a matrix from which an interior point comes first
_UNUSED = 1e-6
_ASK_S = 0.2  # between two questions whether to go on
_TIGHT = {"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9}


class Engine(NamedTuple):
    """The relaxation of what a box leaves open; made by `new_engine`.

    Parameters
    ----------
    solver
        HiGHS with the columns and rows that are left.
    box
        Bounds of all columns; those outside the engine are fixed.
    column, row
        Numbers of the columns and rows left, int32.
    spent
        Cost of the fixed columns, which HiGHS leaves out.
    """

    solver: _core._Highs
    box: Box
    column: I32
    row: I32
    spent: float


class Relaxed(NamedTuple):
    """What HiGHS says of a relaxation: status, cost, quantities, multipliers or a ray."""

    status: int
    cost: float
    x: F64
    y: F64


def new_engine(form: Form, box: Box, seed: int) -> Engine:
    """Return the relaxation without fixed columns and without rows that always hold."""
    lower, upper = box
    open_column = lower < upper
    matrix, rows = form.model.rows.matrix, form.model.rows
    value = matrix.data
    ends = (value * lower[matrix.indices], value * upper[matrix.indices])
    count = len(rows.lower)
    least = np.bincount(form.row, weights=np.minimum(*ends), minlength=count)
    most = np.bincount(form.row, weights=np.maximum(*ends), minlength=count)
    slack = 1e-9 * (1.0 + np.abs(least) + np.abs(most))
    moving = np.bincount(form.row, weights=open_column[matrix.indices], minlength=count) > 0
    kept = moving & ((least < rows.lower - slack) | (most > rows.upper + slack))
    column, row = (np.flatnonzero(mask).astype(np.int32) for mask in (open_column, kept))
    fixed_at = np.where(open_column, 0.0, lower)
    fixed = np.asarray(matrix @ fixed_at)
    small = Model(
        maximise=False,
        offset=0.0,
        columns=Columns(form.cost[column], lower[column], upper[column], np.zeros(0, np.int8)),
        rows=RowBlock(
            matrix[row][:, column],
            rows.lower[row] - fixed[row],
            rows.upper[row] - fixed[row],
            rows.group[row],
        ),
        names=(),
    )
    solver = new_solver({"solver": "simplex", "random_seed": seed, **_TIGHT})
    solver.passModel(highs_model(small, lower[column], upper[column], whole=False))
    if small.rows.matrix.nnz > _LARGE:
        solver.setOptionValue("solver", "ipm")  # `_run` goes on from its basis
    return Engine(solver, box, column, row, float(form.cost @ fixed_at))


def relax(engine: Engine, form: Form, box: Box, seconds: float) -> Relaxed:
    """Solve the relaxation within a box inside the engine's own.

    Returns
    -------
    Relaxed
        Multipliers of all rows, zero for those outside the engine; with status `EMPTY` a ray that
        should prove that there is no plan.
    """
    solver = engine.solver
    lower, upper = box[0][engine.column], box[1][engine.column]
    y = np.zeros(len(form.model.rows.lower))
    x = np.where(box[0] < box[1], 0.0, box[0])
    if not len(engine.column):
        return Relaxed(SOLVED, float(form.cost @ x), x, y)
    solver.changeColsBounds(len(lower), np.arange(len(lower), dtype=np.int32), lower, upper)
    status = _run(solver, seconds)
    states = highspy.HighsModelStatus
    if status == states.kInfeasible:
        _, there, ray = solver.getDualRay()  # type: ignore[attr-defined]
        if not there:
            return Relaxed(LOST, 0.0, x, y)
        y[engine.row] = np.array(ray)
        return Relaxed(EMPTY, np.inf, x, y)
    if status in (states.kTimeLimit, states.kInterrupt):
        return Relaxed(STOPPED, 0.0, x, y)
    if status != states.kOptimal:
        return Relaxed(LOST, 0.0, x, y)
    solution = solver.getSolution()
    x[engine.column] = np.clip(np.array(solution.col_value), lower, upper)
    if len(engine.row):
        y[engine.row] = np.array(solution.row_dual)
    return Relaxed(SOLVED, float(form.cost @ x), x, y)


def _run(solver: _core._Highs, seconds: float) -> highspy.HighsModelStatus:
    """Run HiGHS; once more from scratch, without presolve, if it ends in no clear way.

    Large relaxations are solved by an interior point first; the simplex method then starts from
    the basis it ends with.
    """
    solver.setOptionValue("time_limit", solver.getRunTime() + max(0.0, seconds))  # it adds up runs
    states = highspy.HighsModelStatus
    if solver.getOptionValue("solver")[1] == "ipm":
        solver.run()
        solver.setOptionValue("solver", "simplex")
        if solver.getModelStatus() == states.kTimeLimit:
            return states.kTimeLimit
    solver.run()
    clear = (states.kOptimal, states.kTimeLimit, states.kInterrupt)
    status = solver.getModelStatus()
    if status in clear or (
        status == states.kInfeasible and solver.getDualRayExist()[1]  # type: ignore[attr-defined]
    ):
        return status
    solver.clearSolver()
    solver.setOptionValue("presolve", "off")
    solver.run()
    solver.setOptionValue("presolve", "choose")
    return solver.getModelStatus()


def complete(model: Model, x: F64) -> F64 | None:
    """Return a plan with the decided quantities of `x`, rounded; None if there is none.

    Quantities that are not numbers are found; those not decided first are found anew where they
    do not fit.
    """
    columns, known = model.columns, np.isfinite(x)
    near = round_whole(model, np.where(known, x, columns.lower))
    if known.all() and is_feasible(model, near):
        return near
    loose = ~known | (columns.kind != DECIDED)
    if not loose.any():
        return None
    lower = np.where(loose, columns.lower, near)
    upper = np.where(loose, columns.upper, near)
    solver = new_solver({"solver": "simplex", **_TIGHT})
    solver.passModel(highs_model(model, lower, upper, whole=False))
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    found = round_whole(model, np.clip(np.array(solver.getSolution().col_value), lower, upper))
    return found if is_feasible(model, found) else None


def restrict(model: Model, box: Box, near: tuple[F64, F64, F64 | None], count: int) -> Box:
    """Return the box with few columns left to decide; the others stay at their lower end.

    Parameters
    ----------
    model
        Any model.
    box
        Lower and upper bounds of the columns.
    near
        Quantities of the relaxation and reduced costs, shape (n,), and the best plan, or None.
    count
        Columns left beside those that the relaxation or the plan uses: those of least price.
    """
    x, reduced, plan = near
    decided = (model.columns.kind == DECIDED) & (box[0] < box[1])
    used = x > box[0] + _UNUSED
    if plan is not None:
        used |= plan > box[0] + _UNUSED
    rest = np.flatnonzero(decided & ~used)
    dropped = rest[np.argsort(reduced[rest], kind="stable")[count:]]
    upper = box[1].copy()
    upper[dropped] = box[0][dropped]
    return box[0], upper


def search_plan(
    model: Model, box: Box, seconds: float, seed: int, go_on: Callable[[], bool]
) -> F64 | None:
    """Let HiGHS look for a good plan within a box; what it says about its proof is not used.

    HiGHS asks whether to go on between nodes, not while it solves a relaxation: the time it may
    overrun is that of one relaxation.
    """
    solver = new_solver(
        {"time_limit": seconds, "random_seed": seed, "mip_rel_gap": 0.0, "mip_abs_gap": 1e-6}
    )
    solver.passModel(highs_model(model, *box, whole=True))
    _ask_on_the_way(solver, go_on)
    # no start is handed over: HiGHS 1.16 then ended with a value its plan did not have
    solver.run()
    found = np.array(solver.getSolution().col_value)
    if len(found) != len(box[0]) or not np.isfinite(found).all():
        return None
    return complete(model, found)


def _ask_on_the_way(solver: _core._Highs, go_on: Callable[[], bool]) -> None:
    last = [time.monotonic(), 1.0]

    def ask(_kind: object, _text: object, _out: object, answer: object, _data: object) -> None:
        if time.monotonic() - last[0] > _ASK_S:
            last[:] = time.monotonic(), float(go_on())
        if not last[1] and answer is not None:
            answer.user_interrupt = True  # type: ignore[attr-defined]

    solver.setCallback(ask, None)
    kinds = _core.cb.HighsCallbackType
    solver.startCallback(kinds.kCallbackMipInterrupt)
