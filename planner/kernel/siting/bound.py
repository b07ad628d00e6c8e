"""Bound what any plan can reach, by prices on demand that anyone can check in one pass.

With prices 0 <= u <= weight on merged rows and a price t >= 0 on money, every plan within the
budget reaches at most  t * limit + sum(weight - u) + sum(max(0, value_s - t * cost_s)),  where
value_s is the people only s reaches plus the prices of its rows (Lagrangian relaxation of
"covered only if served"; Galvão and ReVelle 1996).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.kernel.siting.descent import descend, money_price
from planner.kernel.siting.nodes import STEPS
from planner.kernel.siting.reduce import Merged
from planner.kernel.siting.search import Budget, Rows

F64 = NDArray[np.float64]


# step size, part of the gap a stage aims to close, and steps without progress that shorten a step:
# the plan is out of reach of the bound, so the last stages aim at a value they can come near to
_STAGES = ((0.15, 1.0, 8), (0.3, 0.3, 10), (0.5, 0.12, 10), (0.5, 0.06, 10))
_ROUNDS = 200


class Prices(NamedTuple):
    """Multipliers that prove a bound.

    Parameters
    ----------
    share
        Price of every merged row in parts of its weight / 32,768, whole numbers in float64, so
        that whole weights give exact sums, shape (m,).
    money
        Price of one unit of cost: largest and smallest that give this bound.
    bound
        People no plan can exceed, as the search found it; `recheck_bound` derives it anew.
    """

    share: F64
    money: tuple[float, float]
    bound: float


class Course(NamedTuple):
    """How the last steps went: prices, and how often each candidate was taken."""

    prices: Prices
    taken: F64


def recheck_bound(merged: Merged, prices: Prices, budget: Budget) -> float:
    """Derive the bound from the prices alone, in one pass over the cover relation.

    Raises
    ------
    ValueError
        If the prices do not belong to the rows or are out of range.
    """
    share = prices.share
    if share.shape != merged.weight.shape or not np.all((share >= 0) & (share <= STEPS)):
        raise ValueError("the prices do not belong to these rows")
    if not min(prices.money) >= 0:
        raise ValueError("the price of money is negative")
    value = site_values(merged, share)
    left = float((merged.weight * (STEPS - share)).sum()) / STEPS
    return min(
        left + t * budget.limit + float(np.maximum(value - t * budget.cost, 0.0).sum())
        for t in prices.money
    )


def site_values(merged: Merged, share: F64) -> F64:
    """Return what each candidate earns at these prices, shape (s,)."""
    paid = np.repeat(merged.weight * share, np.diff(merged.start))
    value: F64 = (
        merged.alone + np.bincount(merged.row, weights=paid, minlength=len(merged.alone)) / STEPS
    )
    return value


def is_whole(merged: Merged) -> bool:
    """Return whether all plans reach a whole number of people."""
    return bool(np.all(merged.weight % 1 == 0) and np.all(merged.alone % 1 == 0))


def price_start(merged: Merged, plan: Rows) -> F64:
    """Return prices to start from: full where the plan leaves rows open, less where it does not."""
    chosen = np.zeros(len(merged.alone), np.int64)
    chosen[plan] = 1
    if not len(merged.weight):
        return np.zeros(0)
    times = np.add.reduceat(chosen[merged.row], merged.start[:-1])
    return np.asarray(np.choose(np.minimum(times, 2), [1.0, 0.8, 0.3]) * merged.weight)


def bound_from_above(
    merged: Merged,
    budget: Budget,
    start: F64,
    plan_value: float,
    go_on: Callable[[float, float], bool],
) -> Course:
    """Lower the bound by subgradient steps.

    Parameters
    ----------
    merged, budget
        The problem.
    start
        Prices to start from, between 0 and the weights, shape (m,).
    plan_value
        People a known plan reaches; steps aim at it, and stop when nothing better can exist.
    go_on
        Called with `plan_value` and the bound after every stage; False ends the work.

    Returns
    -------
    Course
        The best prices, with their bound as computed from the rounded multipliers.
    """
    free = np.zeros(len(merged.alone), np.int8)
    rules = (budget.cost, budget.limit, free)
    price, taken = start.copy(), np.zeros(len(free))
    prices = round_prices(merged, budget, price)
    for factor, part, patience in _STAGES:
        if not go_on(plan_value, prices.bound):
            break
        aim = prices.bound - part * (prices.bound - plan_value)
        price, _, taken = descend(merged, rules, price.copy(), aim, (_ROUNDS, factor, patience))
        after = round_prices(merged, budget, price)
        if after.bound < prices.bound:
            prices = after
        if prices.bound <= plan_value:
            break
    return Course(prices, taken)


def round_prices(merged: Merged, budget: Budget, price: F64) -> Prices:
    """Round prices to whole parts of the weights and return them with their bound."""
    share = np.clip(np.rint(price / merged.weight * STEPS), 0, STEPS)
    value = site_values(merged, share)
    high, low = money_price(value, budget.cost, budget.limit)
    prices = Prices(share, (high, low), 0.0)
    return prices._replace(bound=recheck_bound(merged, prices, budget))
