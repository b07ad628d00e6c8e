"""Coverage for every number of sites in one run, each with a bound, and an order to build in."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.kernel.siting.bound import is_whole, price_start, round_prices, site_values
from planner.kernel.siting.descent import descend
from planner.kernel.siting.nodes import STEPS
from planner.kernel.siting.reduce import Merged
from planner.kernel.siting.search import (
    Rows,
    count_budget,
    improve_plan,
    new_state,
    rounds_for,
    set_plan,
)
from planner.kernel.siting.tree import guard_of

F64 = NDArray[np.float64]

_FIRST = ((60, 0.15, 8), (120, 0.04, 6))  # steps from far away
_NEXT = ((70, 0.03, 6), (50, 0.01, 5))  # steps from the prices of one site fewer


class Frontier(NamedTuple):
    """Plans for 0, 1, 2, … sites.

    Parameters
    ----------
    plan
        Chosen candidates for each number of sites, ascending.
    value, bound
        People each plan reaches, and what no plan of that size exceeds, shape (k + 1,).
    """

    plan: list[Rows]
    value: F64
    bound: F64


def trace_frontier(
    merged: Merged,
    most: int,
    *,
    seed: int = 1,
    effort: float = 0.15,
    go_on: Callable[[int], bool] = lambda _done: True,
) -> Frontier:
    """Find plans and bounds for every number of sites from 0 to `most`.

    One set of prices bounds every number of sites at once, so each bound is the least over all
    prices met; plans never get worse with more sites.

    Parameters
    ----------
    merged
        Demand, from `siting.reduce`.
    most
        Largest number of sites.
    seed
        Of the random numbers.
    effort
        Work on each plan, in fifths of a second or so.
    go_on
        Called with the number of sites done; False leaves the larger ones with greedy plans.
    """
    most = min(most, len(merged.alone))
    total = float(merged.weight.sum() + merged.alone.sum())
    bound, value = np.full(most + 1, total), np.zeros(most + 1)
    bound[0] = 0.0
    plan: list[Rows] = [np.zeros(0, np.intp)]
    state = new_state(merged, np.ones(len(merged.alone)))
    price, working = merged.weight.copy(), True
    rounds = rounds_for(merged, effort)
    for count in range(1, most + 1):
        working = working and go_on(count - 1)
        if working and value[count - 1] >= total - guard_of(merged):
            working = False
        set_plan(state, plan[-1])
        plan.append(improve_plan(state, float(count), rounds if working else 0, seed, (0.5, 0.0)))
        value[count] = state.total[0]
        if working:
            if count == 1:
                price = price_start(merged, plan[1])
            price = _lower(merged, count, price, value[count], bound)
    if go_on(most):
        _look_back(merged, plan, value, rounds, seed)
    if is_whole(merged):
        bound = np.floor(bound + guard_of(merged))
    bound = np.minimum.accumulate(bound[::-1])[::-1]
    return Frontier(plan, value, np.maximum(bound, value))


def _lower(merged: Merged, count: int, price: F64, value: float, bound: F64) -> F64:
    """Take steps for `count` sites and let every bound profit; return the best prices."""
    free = np.zeros(len(merged.alone), np.int8)
    budget = count_budget(len(free), count)
    for pace in _FIRST if count == 1 else _NEXT:
        if bound[count] - value < 1.0 - guard_of(merged):
            break
        price, _, _ = descend(merged, (budget.cost, budget.limit, free), price.copy(), value, pace)
        share = round_prices(merged, budget, price).share
        np.minimum(bound, bounds_for_all(merged, share, len(bound)), out=bound)
    return price


def bounds_for_all(merged: Merged, share: F64, length: int) -> F64:
    """Return the bound these prices give for 0, 1, 2, … sites, shape (length,)."""
    value = -np.sort(-site_values(merged, share))[: length - 1]
    left = float((merged.weight * (STEPS - share)).sum()) / STEPS
    return left + np.concatenate([[0.0], np.cumsum(np.maximum(value, 0.0))])


def _look_back(merged: Merged, plan: list[Rows], value: F64, rounds: int, seed: int) -> None:
    """Try every plan again from the next larger one with its least useful site dropped."""
    state = new_state(merged, np.ones(len(merged.alone)))
    for count in range(len(plan) - 2, 0, -1):
        set_plan(state, plan[count + 1])
        chosen = np.flatnonzero(state.chosen)
        if len(chosen) > count:
            set_plan(state, np.delete(chosen, int(np.argmin(state.loss[chosen]))))
        rows = improve_plan(state, float(count), rounds // 2, seed + 1, (0.2, 0.0))
        if state.total[0] > value[count]:
            value[count], plan[count] = state.total[0], rows


def build_order(merged: Merged, rows: Rows) -> tuple[Rows, F64]:
    """Order a plan so that each next site reaches the most people still open, with the gains.

    The price of nesting at any step is the value of the frontier there less the sum of the gains
    up to it.
    """
    state = new_state(merged, np.ones(len(merged.alone)))
    left, order, gain = sorted(int(r) for r in rows), [], []
    while left:
        at = int(np.argmax(state.gain[left]))
        gain.append(float(state.gain[left[at]]))
        order.append(left.pop(at))
        set_plan(state, np.array(order, np.intp))
    return np.array(order, np.intp), np.array(gain)
