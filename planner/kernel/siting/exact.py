"""Solve maximal covering to a proof, or as far as time allows, with a bound either way.

Church and ReVelle's maximal covering location problem (1974), with a count or a budget: a plan by
ruin-and-recreate, a Lagrangian bound, candidates fixed by reduced price, and a tree on what is
left. Nothing is called proven before `recheck_proof` has derived it again from the multipliers.
"""

import functools
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.kernel.siting.bound import (
    Prices,
    bound_from_above,
    is_whole,
    price_start,
    recheck_bound,
    site_values,
)
from planner.kernel.siting.descent import trim_rows
from planner.kernel.siting.nodes import FREE, IN, OUT, STEPS
from planner.kernel.siting.reduce import Merged, find_dominated
from planner.kernel.siting.search import (
    Budget,
    Rows,
    improve_plan,
    new_state,
    reached,
    rounds_for,
    set_plan,
)
from planner.kernel.siting.stream import add_points, merge_table, new_table
from planner.kernel.siting.tree import Certificate, guard_of, recheck_tree, search_tree

F64 = NDArray[np.float64]
I8 = NDArray[np.int8]

_WORK = (2e6, 1e7, 1e18)  # pairs looked at in a tree before the plan is tried harder again
_CHUNKS = (0, 1, 8)  # times the plan is tried harder before each tree
_SMALL = 40_000  # pairs that are few enough for a tree at once
_FAR = 0.01  # a gap that no tree closes; the plan is tried anew instead
_TURNS = 12  # times it is, at most


class Effort(NamedTuple):
    """When to stop: seconds, relative gap, and what to ask on the way.

    Parameters
    ----------
    seconds
        On the clock.
    gap
        Relative gap at which the search may stop; such a plan is not called proven.
    seed
        Of the random numbers; equal seeds give equal plans unless time runs out.
    go_on
        Called with value and bound now and then; False stops the search.
    """

    seconds: float = 60.0
    gap: float = 0.0
    seed: int = 1
    go_on: Callable[[float, float], bool] = lambda _value, _bound: True


class Proof(NamedTuple):
    """What anyone needs to check a bound: prices, what they fix, the tree on what is left open."""

    prices: Prices
    target: float
    fixed: I8 | None
    tree: Certificate | None


class Solved(NamedTuple):
    """A plan, the people it reaches, a bound no plan exceeds, and whether they are equal."""

    rows: Rows
    objective: float
    bound: float
    proven: bool
    proof: Proof


class Rest(NamedTuple):
    """What is left of a problem: rows, the candidates they speak of, what is reached for sure."""

    merged: Merged
    budget: Budget
    site: Rows
    sure: float


def solve_cover(
    merged: Merged, budget: Budget, effort: Effort, start: Rows | None = None
) -> Solved:
    """Choose candidates within the budget that reach the most people.

    Parameters
    ----------
    merged
        Demand, from `siting.reduce`.
    budget
        Costs and their limit.
    effort
        When to stop.
    start
        A plan within the budget to start from.

    Returns
    -------
    Solved
        `proven` only if the proof has been derived again independently.

    Raises
    ------
    ValueError
        If costs or weights are negative or not finite, or `start` breaks the budget.
    """
    _check(merged, budget, start)
    _compile()
    clock = time.monotonic()

    def go_on(value: float, bound: float) -> bool:
        near = bound - value <= effort.gap * bound
        late = time.monotonic() - clock > effort.seconds
        return not (near and effort.gap > 0) and not late and effort.go_on(value, bound)

    return _solve(merged, budget, effort.seed, go_on, start)


@functools.cache
def _compile() -> None:
    """Solve a first small problem, so that the time limit does not run while numba compiles."""
    row = np.array([0, 1, 0, 2, 1, 2], np.int32)
    merged = Merged(np.array([0, 2, 4, 6]), row, np.array([2.0, 2.0, 3.0]), np.zeros(3))
    everything = _solve(merged, Budget(np.ones(3), 1.0), 1, _always, None)
    shares = np.zeros(3)
    search_tree(
        merged, Budget(np.ones(3), 1.0), everything.rows[:0], (0.0, 1.0), shares, (9, _always)
    )


def _always(_value: float, _bound: float) -> bool:
    return True


def _solve(
    merged: Merged,
    budget: Budget,
    seed: int,
    go_on: Callable[[float, float], bool],
    start: Rows | None,
) -> Solved:
    total = float(merged.weight.sum() + merged.alone.sum())
    step = 1.0 if is_whole(merged) else 1e-9 * total
    state = new_state(merged, budget.cost)
    if start is not None:
        set_plan(state, start)
    rows = improve_plan(state, budget.limit, rounds_for(merged, 0.12), seed)
    value = reached(merged, rows)
    course = bound_from_above(merged, budget, price_start(merged, rows), value, go_on)
    best = _Best(
        rows, value, min(total, course.prices.bound), Proof(course.prices, np.inf, None, None)
    )
    for level in range(len(_WORK)):
        if level == 1 and _is_far(best):
            continue
        found = _work_on(merged, budget, best, step, (seed, level, go_on))
        best, proven = found
        if proven or not go_on(best.value, best.bound):
            break
    return _conclude(merged, budget, best, step)


class _Best(NamedTuple):
    rows: Rows
    value: float
    bound: float
    proof: Proof


def _is_far(best: _Best) -> bool:
    return best.bound - best.value > _FAR * best.bound


def _work_on(
    merged: Merged,
    budget: Budget,
    best: _Best,
    step: float,
    how: tuple[int, int, Callable[[float, float], bool]],
) -> tuple[_Best, bool]:
    """Fix candidates, try the plan harder, search a tree; return the best and whether it ended."""
    seed, level, go_on = how
    prices = best.proof.prices
    state = fix_sites(merged, budget, prices, best.value + step)
    if state is None:
        return best._replace(proof=Proof(prices, best.value + step, None, None)), True
    rest = restrict(merged, budget, state)
    small = len(rest.merged.row) < max(_SMALL, 0.3 * len(merged.row))
    if level:
        before = best.value
        for turn in range(_TURNS):
            begin = seed + 100 * level + 1000 * turn
            best = _try_harder(rest, best, state, _CHUNKS[level], (begin, go_on))
            if level == 1 or small or not _is_far(best):
                break
        if best.value > before:
            course = bound_from_above(
                merged, budget, prices.share / STEPS * merged.weight, best.value, go_on
            )
            if course.prices.bound < prices.bound:
                prices = course.prices
                best = best._replace(bound=min(best.bound, prices.bound))
            state = fix_sites(merged, budget, prices, best.value + step)
            if state is None:
                return best._replace(proof=Proof(prices, best.value + step, None, None)), True
            rest = restrict(merged, budget, state)
    nodes = int(_WORK[level] / max(1, len(rest.merged.row))) if small or level == 2 else 0
    return _search(rest, best, state, step, (prices, nodes, go_on))


def _search(
    rest: Rest,
    best: _Best,
    state: I8,
    step: float,
    how: tuple[Prices, int, Callable[[float, float], bool]],
) -> tuple[_Best, bool]:
    prices, limit, go_on = how
    best = best._replace(proof=Proof(prices, np.inf, None, None))
    if limit == 0:
        return best, False

    def carry_on(value: float, bound: float) -> bool:
        return go_on(rest.sure + value, min(best.bound, rest.sure + bound))

    rows = np.flatnonzero(np.isin(rest.site, best.rows)).astype(np.intp)
    goal = best.value - rest.sure
    course = bound_from_above(
        rest.merged, rest.budget, price_start(rest.merged, rows), goal, carry_on
    )
    found = search_tree(
        rest.merged, rest.budget, rows, (goal, step), course.prices.share, (limit, carry_on)
    )
    bound = min(best.bound, rest.sure + found.bound)
    if found.value > goal + 0.5 * step:
        best = best._replace(rows=_join(rest, state, found.rows), value=rest.sure + found.value)
    best = best._replace(bound=max(best.value, bound))
    if found.certificate is None:
        return best, False
    return best._replace(proof=Proof(prices, best.value + step, state, found.certificate)), True


def _join(rest: Rest, state: I8, rows: Rows) -> Rows:
    return np.sort(np.concatenate([np.flatnonzero(state == IN), rest.site[rows]])).astype(np.intp)


def _try_harder(
    rest: Rest,
    best: _Best,
    state: I8,
    chunks: int,
    how: tuple[int, Callable[[float, float], bool]],
) -> _Best:
    """Improve the plan on the candidates that are left."""
    seed, go_on = how
    now = new_state(rest.merged, rest.budget.cost)
    set_plan(now, np.flatnonzero(np.isin(rest.site, best.rows)).astype(np.intp))
    rounds = rounds_for(rest.merged, 1.0)
    for k in range(chunks):
        if not go_on(best.value, best.bound):
            break
        heat = (1 - k / chunks, 1 - (k + 1) / chunks)
        rows = improve_plan(now, rest.budget.limit, rounds, seed + k, heat)
        value = rest.sure + reached(rest.merged, rows)
        if value > best.value * (1 + 1e-12):
            best = best._replace(rows=_join(rest, state, rows), value=value)
    return best


def _conclude(merged: Merged, budget: Budget, best: _Best, step: float) -> Solved:
    """Derive everything again: the value from the rows, the proof from the multipliers."""
    value = reached(merged, best.rows)
    bound = best.bound
    proven = value + step >= best.proof.target and recheck_proof(merged, budget, best.proof)
    if proven:
        bound = value
    elif step == 1.0:
        bound = float(np.floor(bound + guard_of(merged)))
    return Solved(best.rows, value, max(value, bound), proven, best.proof)


def _check(merged: Merged, budget: Budget, start: Rows | None) -> None:
    for name, values in (
        ("costs", budget.cost),
        ("weights", merged.weight),
        ("profits", merged.alone),
    ):
        if not np.all(np.isfinite(values) & (values >= 0)):
            raise ValueError(f"{name} must be finite and not negative")
    if budget.cost.shape != merged.alone.shape or not budget.limit >= 0:
        raise ValueError("costs do not belong to the candidates or the limit is negative")
    if start is not None and budget.cost[start].sum() > budget.limit + 1e-9:
        raise ValueError("the plan to start from breaks the budget")


def restrict(merged: Merged, budget: Budget, state: I8) -> Rest:
    """Return the problem left when candidates are taken in (1) or left out (-1).

    Rows that have become equal are merged again.
    """
    small, _, sure = trim_rows(merged, state)
    site = np.flatnonzero(state == FREE).astype(np.intp)
    number = np.full(len(state), -1, np.int32)
    number[site] = np.arange(len(site), dtype=np.int32)
    table = add_points(new_table(len(site)), small.start, number[small.row], small.weight)
    again = merge_table(table)
    again = again._replace(alone=again.alone + small.alone[site])
    limit = budget.limit - float(budget.cost[state == IN].sum())
    return Rest(again, Budget(budget.cost[site], max(0.0, limit)), site, float(sure))


def fix_sites(merged: Merged, budget: Budget, prices: Prices, target: float) -> I8 | None:
    """Fix candidates that no plan reaching `target` can do without, or can have.

    Returns
    -------
    state : NDArray[np.int8]
        1 in every such plan, -1 in none, 0 open; None if there is no such plan.
    """
    state = np.where(budget.cost > budget.limit + 1e-9, OUT, FREE).astype(np.int8)
    state[find_dominated(merged, budget.cost)] = OUT
    value = site_values(merged, prices.share)
    guard = guard_of(merged)
    for money in prices.money:
        bound = recheck_bound(merged, prices._replace(money=(money, money)), budget) + guard
        if bound < target:
            return None
        net = value - money * budget.cost
        state[bound + np.minimum(net, 0.0) < target] = OUT
        always = bound - np.maximum(net, 0.0) < target
        if (state[always] == OUT).any():
            return None
        state[always] = IN
    if float(budget.cost[state == IN].sum()) > budget.limit + 1e-9:
        return None
    return state


def recheck_proof(merged: Merged, budget: Budget, proof: Proof) -> bool:
    """Return whether the proof shows that no plan reaches its target."""
    if recheck_bound(merged, proof.prices, budget) + guard_of(merged) < proof.target:
        return True
    state = fix_sites(merged, budget, proof.prices, proof.target)
    if state is None:
        return True
    if proof.tree is None or proof.fixed is None:
        return False
    if (proof.fixed != state)[proof.fixed != FREE].any():
        return False
    rest = restrict(merged, budget, proof.fixed)
    return proof.tree.target + rest.sure <= proof.target + guard_of(merged) and recheck_tree(
        rest.merged, rest.budget, proof.tree
    )
