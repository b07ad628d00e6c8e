"""Which column to branch on: by what branching on it has brought before, tried out at first."""

from typing import NamedTuple

import highspy
import numpy as np
from numpy.typing import NDArray

from planner.kernel.siting.lp import Engine
from planner.kernel.siting.model import COUNTED, DECIDED, FOLLOWS
from planner.kernel.siting.safe import Box, Form

F64 = NDArray[np.float64]
Rows = NDArray[np.intp]

_FRACTION = 1e-6
_TRIED = 8  # columns tried out at a node
_TRUSTED = 4  # times a column must have been branched on to be judged without a trial
_STEPS = 40  # of the simplex method for a trial


class Scores(NamedTuple):
    """Rise of the bound per unit moved, summed, and how often; down and up, shape (2, n)."""

    rise: F64
    times: F64
    seed: int


def choose_column(
    engine: Engine, form: Form, box: Box, found: tuple[F64 | None, float, float], scores: Scores
) -> tuple[int, float, bool] | None:
    """Return column, split, and whether to go up first; None if nothing is left to branch on.

    Parameters
    ----------
    engine, form, box
        The relaxation, just solved, and the box of the node.
    found
        Its quantities, or None where it has none, its cost, and the cost of plans looked for.
    scores
        Changed in place.
    """
    x, cost, cutoff = found
    movable = form.whole & (box[0] < box[1])
    if not movable.any():
        return None
    kind = form.model.columns.kind
    if x is not None:
        part = x - np.floor(x)
        broken = movable & (part > _FRACTION) & (part < 1 - _FRACTION)
        for want in (COUNTED, DECIDED, FOLLOWS):
            rows = np.flatnonzero(broken & (kind == want))
            if len(rows):
                column = _best(engine, rows, box, (x, cost, cutoff), scores)
                return column, float(np.floor(x[column])), bool(part[column] >= 0.5)
    first = np.flatnonzero(movable & (kind == DECIDED))
    column = int(first[0]) if len(first) else int(np.flatnonzero(movable)[0])
    if x is not None and _all_fixed(x, box, form):
        return column, float(box[1][column]), False  # one child: the relaxation moves again
    return column, float(np.floor((box[0][column] + box[1][column]) / 2)), False


def _all_fixed(x: F64, box: Box, form: Form) -> bool:
    """Return whether prices have moved bounds past the quantities of the relaxation."""
    return bool(((x < box[0] - _FRACTION) | (x > box[1] + _FRACTION))[form.whole].any())


def _best(
    engine: Engine, rows: Rows, box: Box, found: tuple[F64, float, float], scores: Scores
) -> int:
    x, cost, cutoff = found
    part = x[rows] - np.floor(x[rows])
    mean = scores.rise.sum(axis=1) / np.maximum(scores.times.sum(axis=1), 1.0)
    each = np.where(
        scores.times[:, rows] > 0,
        scores.rise[:, rows] / np.maximum(scores.times[:, rows], 1.0),
        np.where(mean > 0, mean, 1.0)[:, None],
    )
    guess = _product(each[0] * part, each[1] * (1 - part))
    ranked = np.lexsort((rows, -guess))
    fresh = [k for k in ranked[: 3 * _TRIED] if scores.times[:, rows[k]].min() < _TRUSTED]
    best, most = int(ranked[0]), float(guess[ranked[0]])
    if not fresh or len(rows) == 1:
        return int(rows[best])
    trusted = [k for k in ranked if scores.times[:, rows[k]].min() >= _TRUSTED]
    best, most = (int(trusted[0]), float(guess[trusted[0]])) if trusted else (-1, -1.0)
    basis = engine.solver.getBasis()
    idle = 0
    for k in fresh[:_TRIED]:
        at = int(rows[k])
        ends = (float(box[0][at]), float(box[1][at]))
        rises = _try_out(engine, at, ends, (float(x[at]), cost, cutoff), basis)
        for side, way in ((0, part[k]), (1, 1 - part[k])):
            scores.rise[side, rows[k]] += min(rises[side], max(0.0, cutoff - cost)) / way
            scores.times[side, rows[k]] += 1
        score = float(_product(np.array([rises[0]]), np.array([rises[1]]))[0])
        idle = 0 if score > most else idle + 1
        if score > most:
            best, most = int(k), score
        if idle > _TRIED // 2:
            break
    return int(rows[best])


def _product(down: F64, up: F64) -> F64:
    return np.asarray(np.maximum(down, 1e-6) * np.maximum(up, 1e-6))


def _try_out(
    engine: Engine,
    column: int,
    ends: tuple[float, float],
    found: tuple[float, float, float],
    basis: highspy.HighsBasis,
) -> tuple[float, float]:
    """Return by how much the relaxation rises with the column rounded down, and up."""
    value, cost, cutoff = found
    solver = engine.solver
    at = int(np.searchsorted(engine.column, column))
    solver.setOptionValue("simplex_iteration_limit", _STEPS)
    states = highspy.HighsModelStatus
    rises = []
    for lower, upper in ((ends[0], np.floor(value)), (np.ceil(value), ends[1])):
        solver.changeColBounds(at, lower, upper)
        solver.run()
        status = solver.getModelStatus()
        if status == states.kInfeasible:
            rises.append(max(1e-6, 10 * abs(cutoff - cost)) if np.isfinite(cutoff) else 1e9)
        elif status in (states.kOptimal, states.kIterationLimit):
            after = solver.getInfo().objective_function_value + engine.spent
            rises.append(max(0.0, after - cost))
        else:
            rises.append(0.0)
        solver.changeColBounds(at, *ends)
        solver.setBasis(basis)
    solver.setOptionValue("simplex_iteration_limit", 2**31 - 1)
    return rises[0], rises[1]
