"""Solve any siting model to a proof, or as far as time allows, with a bound either way.

HiGHS looks for plans and solves relaxations, and is believed in neither: a plan is measured here,
and every bound is derived again from multipliers by `siting_safe.recheck_certificate`.
"""

import time
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.kernel.siting_branch import Growth, Known, Pause, grow_tree, seal
from planner.kernel.siting_exact import Effort
from planner.kernel.siting_lp import SOLVED, complete, new_engine, relax, search_plan
from planner.kernel.siting_model import DECIDED, Model, objective_step, value_of
from planner.kernel.siting_safe import (
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

_PLAN_SHARE = 0.4  # of the time, at most, for the search for a plan
# columns beside those of the relaxation a plan is looked for among, and the share of the search
_AMONG = ((0, 0.4), (60, 0.3), (250, 0.3))
_CLOSE = 1e-3  # a gap so small is left to the tree
_CHECK_SHARE = 0.15  # of the time kept for deriving the proof again
_ROUNDS = 3
_USED = 1e-6


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


def solve_certified(model: Model, effort: Effort, start: F64 | None = None) -> Certified:
    """Find the best plan of a model, and prove it.

    Parameters
    ----------
    model
        From `siting_model.build_model`.
    effort
        When to stop; `go_on` gets the value of the plan and the bound.
    start
        Quantities of a plan to start from, shape (n,); left aside if it is not feasible.

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
    for known in (start, _nothing_opened(model)):
        if known is not None:
            growth.learn(complete(model, known))

    def go_on(cost: float, bound: float) -> bool:
        near = effort.gap > 0 and cost - bound <= effort.gap * abs(to_value(form, bound))
        return not near and effort.go_on(to_value(form, cost), to_value(form, bound))

    pause = Pause(clock + (1 - _CHECK_SHARE) * effort.seconds, go_on)
    box = tighten(form, (model.columns.lower, model.columns.upper))
    if box is not None:
        box = _work_at_root(growth, box, pause, effort)
    if box is not None and pause.left() > 0:
        grow_tree(growth, new_engine(form, box, effort.seed), pause, effort.seed)
    return _conclude(growth)


def _nothing_opened(model: Model) -> F64:
    """Return quantities with all that is decided left at its least, the rest to be found."""
    return np.where(model.columns.kind == DECIDED, model.columns.lower, np.nan)


def _work_at_root(growth: Growth, box: Box, pause: Pause, effort: Effort) -> Box | None:
    """Fix columns by price and look for a plan in turn; None if nothing is left."""
    form = growth.form
    seconds = _PLAN_SHARE * effort.seconds
    for turn in range(_ROUNDS):
        answer = relax(new_engine(form, box, effort.seed), form, box, pause.left())
        if answer.status != SOLVED:
            break
        growth.learn(complete(form.model, answer.x))
        growth.rounds.append(growth.store(answer.y))
        narrowed = _narrow(growth, box)
        if narrowed is None:
            return None
        bound = safe_bound(form, answer.y, box)[0]
        if turn == 0:
            if not pause.go_on(growth.known.cost, bound):
                return narrowed
            _search_near(growth, narrowed, (answer.x, bound), pause, (seconds, effort.seed))
            narrowed = _narrow(growth, box)
            if narrowed is None:
                return None
        before = int((box[0] < box[1]).sum())
        box = narrowed
        if (box[0] < box[1]).sum() > 0.7 * before or not pause.go_on(growth.known.cost, bound):
            break
    return box


def _search_near(
    growth: Growth, box: Box, root: tuple[F64, float], pause: Pause, how: tuple[float, int]
) -> None:
    """Look for plans among the columns of the relaxation, and then among more of the next best.

    Among all of them HiGHS finds much worse plans in the same time.
    """
    form, (x, bound), (seconds, seed) = growth.form, root, how
    decided = np.flatnonzero(form.model.columns.kind == DECIDED)
    reduced = _reduced(growth, box)[decided]
    for extra, share in _AMONG:
        used = x[decided] > box[0][decided] + _USED
        if growth.known.x is not None:
            used |= growth.known.x[decided] > box[0][decided] + _USED
        rank = np.argsort(np.where(used, -np.inf, reduced), kind="stable")
        left_out = decided[rank[int(used.sum()) + extra :]]
        upper = box[1].copy()
        upper[left_out] = box[0][left_out]
        within = tighten(form, (box[0], upper))
        if within is not None:
            found = search_plan(form.model, within, min(share * seconds, pause.left()), seed)
            growth.learn(found)
        gap = growth.known.cost - bound
        if gap <= _CLOSE * abs(bound) or not len(left_out):
            return
        if pause.left() <= 0 or not pause.go_on(growth.known.cost, bound):
            return


def _reduced(growth: Growth, box: Box) -> F64:
    """Return the reduced costs by the last multipliers."""
    y = np.zeros(len(growth.form.model.rows.lower))
    row, value = growth.stored[growth.rounds[-1]]
    y[row] = value
    return safe_bound(growth.form, y, box)[1]


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
