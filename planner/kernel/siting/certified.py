"""Solve any siting model to a proof, or as far as time allows, with a bound either way.

HiGHS looks for plans and solves relaxations, and is believed in neither: a plan is measured here,
and every bound is derived again from multipliers by `siting.safe.recheck_certificate`.
"""

import time
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.kernel.siting.branch import Growth, Known, Pause, grow_tree, seal
from planner.kernel.siting.exact import Effort
from planner.kernel.siting.lp import SOLVED, complete, new_engine, relax, restrict, search_plan
from planner.kernel.siting.model import Model, is_feasible, objective_step, value_of
from planner.kernel.siting.safe import (
    Box,
    Certificate,
    Form,
    derive_bound,
    fix_by_price,
    form_of,
    recheck_certificate,
    safe_bound,
    tighten,
    to_cost,
    to_value,
)

F64 = NDArray[np.float64]

__all__ = ["Certified", "recheck_certificate", "solve_certified"]

_PLAN_SHARE = 0.1  # of the time, at most, for each search for a plan
_WIDTHS = (60, 250)  # columns of least price that such a search may use beside those used
_NEAR = 1e-3  # a plan so near the bound is left to the tree
_CHECK_SHARE = 0.15  # of the time kept for deriving the proof again
_ROUNDS = 3


class Certified(NamedTuple):
    """A plan and a proof.

    Parameters
    ----------
    x
        Quantities of the plan, or None where none was found, or none exists, shape (n,).
    value
        Of the plan, measured by plain code; the worst infinity where there is none.
    bound
        No plan is better; derived from the certificate.
    proven
        The plan is the best one, or, without a plan, there is none.
    certificate
        What anyone needs to check the bound.
    """

    x: F64 | None
    value: float
    bound: float
    proven: bool
    certificate: Certificate


def solve_certified(
    model: Model, effort: Effort, start: F64 | None = None, prices: F64 | None = None
) -> Certified:
    """Find the best plan of a model, and prove it.

    Parameters
    ----------
    model
        From `siting.model.build_model`.
    effort
        When to stop; `go_on` gets the value of the plan and the bound.
    start
        Quantities of a plan to start from, shape (n,); left aside if it is not feasible.
    prices
        Multipliers of the rows to start the bound from, shape (m,).

    Returns
    -------
    Certified
        `proven` only if `recheck_certificate` has derived the bound anew. Where all that counts
        is whole, a plan is proven if no other is better by one step; else, if none is better by
        one part in a hundred million.
    """
    clock = time.monotonic()
    form = form_of(model)
    growth = Growth(form, Known(None, np.inf, objective_step(model)))
    if is_feasible(model, model.columns.lower):
        growth.learn(model.columns.lower.copy())
    if start is not None:
        growth.learn(complete(model, start))

    def go_on(cost: float, bound: float) -> bool:
        near = effort.gap > 0 and cost - bound <= effort.gap * abs(to_value(form, bound))
        return not near and effort.go_on(to_value(form, cost), to_value(form, bound))

    pause = Pause(clock + (1 - _CHECK_SHARE) * effort.seconds, go_on)
    box = tighten(form, (model.columns.lower, model.columns.upper))
    if box is not None and prices is not None:
        growth.rounds.append(growth.store(prices))
        box = _narrow(growth, box)
    if box is not None:
        box = _work_at_root(growth, box, pause, effort)
    if box is not None and pause.left() > 0:
        grow_tree(growth, new_engine(form, box, effort.seed), pause, effort.seed)
    return _conclude(growth)


def _work_at_root(growth: Growth, box: Box, pause: Pause, effort: Effort) -> Box | None:
    """Fix columns by price and look for a plan in turn; None if nothing is left."""
    form = growth.form
    for turn in range(_ROUNDS):
        answer = relax(new_engine(form, box, effort.seed), form, box, pause.left())
        if answer.status != SOLVED:
            break
        growth.learn(complete(form.model, answer.x))
        growth.rounds.append(growth.store(answer.y))
        narrowed = _narrow(growth, box)
        if narrowed is None:
            return None
        bound, reduced = safe_bound(form, answer.y, box)
        if turn == 0:
            if not pause.go_on(growth.known.cost, bound):
                return narrowed
            narrowed = _search_few(
                growth, (box, narrowed), (answer.x, reduced, bound), pause, effort
            )
            if narrowed is None:
                return None
        before = int((box[0] < box[1]).sum())
        box = narrowed
        if (box[0] < box[1]).sum() > 0.7 * before or not pause.go_on(growth.known.cost, bound):
            break
    return box


def _search_few(
    growth: Growth, boxes: tuple[Box, Box], near: tuple[F64, F64, float], pause: Pause,
    effort: Effort,
) -> Box | None:  # fmt: skip
    """Look for plans among the columns that seem worth it; None if nothing is left."""
    (box, narrowed), (x, reduced, bound) = boxes, near
    model = growth.form.model
    for width in _WIDTHS:
        known = growth.known.cost
        if known - bound <= _NEAR * abs(to_value(growth.form, bound)):
            break
        few = restrict(model, narrowed, (x, reduced, growth.known.x), width)
        seconds = min(_PLAN_SHARE * effort.seconds, pause.left())
        found = search_plan(model, few, seconds, effort.seed, partial(pause.go_on, known, bound))
        if growth.learn(found):
            again = _narrow(growth, box)
            if again is None:
                return None
            narrowed = again
        if not pause.go_on(growth.known.cost, bound) or (few[1] == narrowed[1]).all():
            break
    return narrowed


def _narrow(growth: Growth, box: Box) -> Box | None:
    """Fix columns by the last multipliers; None if no plan worth looking for is left."""
    form, cutoff = growth.form, growth.known.cutoff()
    y = np.zeros(len(form.model.rows.lower))
    row, value = growth.stored[growth.rounds[-1]]
    y[row] = value
    bound, reduced = safe_bound(form, y, box)
    if bound > cutoff:
        return None
    return tighten(form, fix_by_price(form, bound, reduced, box, cutoff))


def _conclude(growth: Growth) -> Certified:
    """Derive everything again: the value from the plan, the bound from the certificate."""
    form, known = growth.form, growth.known
    model = form.model
    certificate = seal(growth, known.cutoff())
    derived = derive_bound(model, certificate)
    if derived is None:
        raise RuntimeError("the search left a certificate that is none")
    value = to_value(form, np.inf) if known.x is None else value_of(model, known.x)
    proven = derived == certificate.target
    certificate = certificate._replace(bound=derived)
    bound = value if proven else _rounded(form, known, derived)
    return Certified(known.x, value, bound, proven, certificate)


def _rounded(form: Form, known: Known, derived: float) -> float:
    """Return the bound as a value that plans can have, never worse than the plan known."""
    cost = to_cost(form, derived)
    if known.x is None:
        return derived
    if known.step > 0:
        cost = known.cost - np.floor((known.cost - cost) / known.step + 1e-3) * known.step
    return to_value(form, min(cost, known.cost))
