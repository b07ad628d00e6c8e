"""Questions with rules in one call: build the model, find a plan to start from, and prove it.

The plans come from `siting.parts` and `siting.seats`; the proof never rests on them.
"""

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from planner.kernel.siting.certified import Certified, solve_certified
from planner.kernel.siting.exact import Effort
from planner.kernel.siting.ground import Limits, Search
from planner.kernel.siting.models import (
    floor_model,
    people_reached,
    start_from,
    target_model,
)
from planner.kernel.siting.parts import lift_floors
from planner.kernel.siting.pooled import pooled_prices
from planner.kernel.siting.reduce import Merged
from planner.kernel.siting.rules import Rules, standing
from planner.kernel.siting.seats import fill_seats
from planner.kernel.siting.service import capacity_model

F64 = NDArray[np.float64]
Rows = NDArray[np.intp]

_SHARE = 0.1  # of the time, for a plan to start from
_TURNS = 20
_FINEST = 1e-6  # of the cost: plans cheaper by less are not looked for


def solve_reach(parts: Sequence[Merged], floor: F64, rules: Rules, effort: Effort) -> Certified:
    """Reach the most people, and at least so many of each part; see `floor_model`."""
    clock = time.monotonic()
    limits = Limits(rules.limit, rules.new_sites, np.asarray(floor, np.float64), 0.0)
    rows = lift_floors(parts, rules, limits, _search(effort, maximise=True))
    model = floor_model(parts, floor, rules)
    return solve_certified(model, _rest(effort, clock), start_from(model, len(rules.cost), rows))


def solve_cheapest(
    parts: Sequence[Merged], floor: F64, total: float, rules: Rules, effort: Effort
) -> Certified:
    """Spend least so that each part, and all together, have so many reached; see `target_model`."""
    clock = time.monotonic()
    model = target_model(parts, floor, total, rules)
    rows = _cheap_plan(parts, (np.asarray(floor, np.float64), total), rules, effort)
    start = None if rows is None else start_from(model, len(rules.cost), rows)
    return solve_certified(model, _rest(effort, clock), start)


def solve_served(merged: Merged, capacity: F64, rules: Rules, effort: Effort) -> Certified:
    """Serve the most people, no site more than it holds; see `capacity_model`."""
    clock = time.monotonic()
    model = capacity_model(merged, capacity, rules)
    rows = fill_seats(merged, np.asarray(capacity, np.float64), rules, _longer(effort))
    start = start_from(model, len(rules.cost), rows)
    left = _rest(effort, clock)
    prices = pooled_prices(merged, capacity, rules, left.seconds / 2, effort.seed)
    return solve_certified(model, _rest(effort, clock), start, prices)


def _cheap_plan(
    parts: Sequence[Merged], wanted: tuple[F64, float], rules: Rules, effort: Effort
) -> Rows | None:
    """Return a plan that reaches the targets for little: the limit is lowered as long as one does.

    None if no plan was found; what it costs leaves moves aside.
    """
    floor, total = wanted
    stop = time.monotonic() + 2 * _SHARE * effort.seconds
    search = _search(effort, maximise=False)._replace(enough=True)
    whole = bool((rules.cost % 1 == 0).all())
    freed = float(rules.cost[standing(rules)].sum())
    best, limit, step = None, rules.limit, 0.0
    extra = 0.0
    while best is None or (time.monotonic() < stop and search.go_on()):
        limits = Limits(limit, rules.new_sites, floor, total, extra)
        left = search._replace(seconds=stop - time.monotonic())
        rows = lift_floors(parts, rules, limits, left)
        reach = people_reached(parts, rows)
        fine = bool((reach >= floor).all() and reach.sum() >= total)
        if not fine and best is None:
            return None
        spent = float(rules.cost[rows].sum()) - freed
        if fine and (best is None or spent <= limit):
            best, cheapest = rows, spent
            step = 1.0 if whole else max(step, 0.02 * abs(spent))
        elif whole or step < _FINEST * max(1.0, abs(cheapest)):
            break
        else:
            step /= 4
        limit, extra = cheapest - step, 1.0
    return best


def _search(effort: Effort, *, maximise: bool) -> Search:
    """Return a search for a plan; it asks while neither value nor bound is known."""
    worst = -np.inf if maximise else np.inf
    return Search(
        _SHARE * effort.seconds,
        effort.seed,
        _TURNS,
        enough=False,
        go_on=lambda: effort.go_on(worst, -worst),
    )


def _longer(effort: Effort) -> Search:
    return _search(effort, maximise=True)._replace(
        seconds=2 * _SHARE * effort.seconds, turns=4 * _TURNS
    )


def _rest(effort: Effort, clock: float) -> Effort:
    """Return what is left of the effort since a moment; half of it if loops were compiled."""
    left = effort.seconds - (time.monotonic() - clock)
    return effort._replace(seconds=max(effort.seconds / 2, left))
