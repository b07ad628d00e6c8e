# ruff: noqa: NPY002 - compiled code knows only the seeded legacy generator
"""Find good plans where people of several parts count: floors to be kept, the worst to be lifted.

Ruin and recreate (Schrimpf et al. 2000) on the sites of all districts or variants at once. What is
missing to the floors counts before everybody reached; floors are raised step by step where the
worst part is to be lifted. Nothing here is a proof: a plan found is measured again by its users.
"""

import time
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.kernel.compiled import compiled
from planner.kernel.siting.ground import (
    Ground,
    Limits,
    Plan,
    Search,
    count_site,
    depending,
    fits,
    lay_out,
    near_site,
    new_plan,
)
from planner.kernel.siting.reduce import Merged
from planner.kernel.siting.rules import Rules, standing

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]
Rows = NDArray[np.intp]

_ROUNDS = 200  # of ruin and recreate between two looks at the clock, at most
_FEW = 10  # and so many and one per pair of row and site
_FINEST = 2e-5  # of the level: steps below it are not worth looking for
_MISSING = 1e3  # what a person missing to a floor counts
_TINY = 1e-9
_RUINED = 6  # sites closed at once, at most


class Count(NamedTuple):
    """How many open sites reach each row, what each site would add, what is reached, by part."""

    held: I64
    gain: F64
    reach: F64


def lift_floors(parts: Sequence[Merged], rules: Rules, limits: Limits, search: Search) -> Rows:
    """Return sites that miss the floors by the least and then reach the most people.

    Parameters
    ----------
    parts, rules
        The question; `limits` stands in for what the rules allow to be spent and opened. Moves are
        left aside.
    limits
        Floors of every part and of all together.
    search
        How long to look.
    """
    ground, is_open = lay_out(parts, rules), standing(rules).copy()
    rounds = min(_ROUNDS, _FEW + len(ground.row_site))
    stop = time.monotonic() + search.seconds
    for turn in range(search.turns):
        if turn and (time.monotonic() >= stop or not search.go_on()):
            break
        heat = 0.02 * (1 - turn / search.turns) ** 2
        missing = _work(ground, limits, is_open, rounds, search.seed + turn, heat)
        if search.enough and missing <= _TINY:
            break
    return np.flatnonzero(is_open).astype(np.intp)


def lift_worst(parts: Sequence[Merged], base: F64, size: F64, rules: Rules, search: Search) -> Rows:
    """Return sites whose worst part is high: floors a little above the best plan, again and again.

    Parameters
    ----------
    parts, rules
        The question.
    base, size
        People of each part reached already, and those its share is taken of, shape (parts,).
    search
        How long to look.
    """
    ground, is_open = lay_out(parts, rules), standing(rules).copy()
    best, level, step = is_open.copy(), _level(ground, is_open, base, size), 0.1
    rounds = min(_ROUNDS, _FEW + len(ground.row_site))
    stop = time.monotonic() + search.seconds
    for turn in range(search.turns):
        if turn and (time.monotonic() >= stop or not search.go_on()):
            break
        aim = level + max(step * max(level, 0.01), _TINY)
        floor = np.maximum(aim * size - base, 0.0)
        limits = Limits(rules.limit, rules.new_sites, floor, 0.0, 1.0)
        _work(ground, limits, is_open, rounds, search.seed + turn, 0.01 * step)
        reached = _level(ground, is_open, base, size)
        if reached > level + 1e-12:
            best, level = is_open.copy(), reached
        if reached < aim - _TINY:
            step *= 0.8
        if step < _FINEST:
            break
        if turn % 4 == 3:
            is_open = best.copy()
    return np.flatnonzero(best).astype(np.intp)


def _level(ground: Ground, is_open: Mask, base: F64, size: F64) -> float:
    return float(((base + _reach(ground, is_open)) / size).min())


@compiled
def _reach(ground: Ground, is_open: Mask) -> F64:
    reach = np.zeros(ground.alone.shape[0])
    for i in range(len(ground.weight)):
        for e in range(ground.row_start[i], ground.row_start[i + 1]):
            if is_open[ground.row_site[e]]:
                reach[ground.part[i]] += ground.weight[i]
                break
    for s in range(len(is_open)):
        if is_open[s]:
            reach += ground.alone[:, s]
    return reach


@compiled
def _tally(ground: Ground, count: Count, s: int, step: int) -> None:
    """Count what a site opened (step 1) or closed (step -1) reaches; gains of all sites follow."""
    for k in range(len(count.reach)):
        count.reach[k] += step * ground.alone[k, s]
    for e in range(ground.site_start[s], ground.site_start[s + 1]):
        i = ground.site_row[e]
        count.held[i] += step
        if (step > 0 and count.held[i] == 1) or (step < 0 and count.held[i] == 0):
            k, people = ground.part[i], step * ground.weight[i]
            count.reach[k] += people
            for f in range(ground.row_start[i], ground.row_start[i + 1]):
                count.gain[ground.row_site[f], k] -= people


@compiled
def _move(ground: Ground, plan: Plan, count: Count, s: int, step: int) -> None:
    count_site(ground, plan, s, step)
    _tally(ground, count, s, step)


@compiled
def _missing(limits: Limits, reach: F64) -> float:
    short = max(0.0, limits.total - reach.sum())
    for k in range(len(reach)):
        short += max(0.0, limits.floor[k] - reach[k])
    return float(short)


@compiled
def _worth(limits: Limits, reach: F64) -> float:
    return float(limits.extra * reach.sum() - _MISSING * _missing(limits, reach))


@compiled
def _value(ground: Ground, limits: Limits, count: Count, s: int, short: float) -> float:
    """Return what opening a site brings for its cost; `short` is missing of all parts together."""
    won, closed = 0.0, 0.0
    for k in range(len(count.reach)):
        extra = count.gain[s, k]
        won += extra
        missing = limits.floor[k] - count.reach[k]
        if missing > 0:
            closed += min(missing, extra)
    if short > 0:
        closed += min(short, won)
    value = limits.extra * won + _MISSING * closed
    return float(value / ground.cost[s] if ground.cost[s] > 0 else value * 1e6)


@compiled
def _fill(ground: Ground, limits: Limits, plan: Plan, count: Count, skip: float) -> None:
    """Open sites as long as one brings anything; a few are passed over."""
    while True:
        best, most = -1, 0.0
        short = limits.total - count.reach.sum()
        for s in range(len(plan.is_open)):
            if fits(ground, limits, plan, s):
                value = _value(ground, limits, count, s, short)
                if value > most and np.random.random() >= skip:
                    best, most = s, value
        if best < 0:
            return
        _move(ground, plan, count, best, 1)


@compiled
def _ruin(ground: Ground, plan: Plan, count: Count, opened: I64) -> None:
    s = opened[np.random.randint(0, len(opened))]
    for _ in range(1 + np.random.randint(0, min(_RUINED, len(opened)))):
        for t in depending(ground, plan, s):
            _move(ground, plan, count, t, -1)
        s = near_site(ground, plan.is_open, s)


@compiled
def _return_to(ground: Ground, plan: Plan, count: Count, kept: Mask) -> None:
    for step in (-1, 1):
        for t in range(len(kept)):
            if plan.is_open[t] != kept[t] and kept[t] == (step > 0):
                _move(ground, plan, count, t, step)


@compiled
def _work(ground: Ground, limits: Limits, best: Mask, rounds: int, seed: int, heat: float) -> float:
    """Ruin and recreate `best`, in place; return what it misses."""
    np.random.seed(seed)
    plan = new_plan(ground, np.zeros(len(best), np.bool_))
    count = Count(
        np.zeros(len(ground.weight), np.int64),
        ground.alone.T.copy(),
        np.zeros(ground.alone.shape[0]),
    )
    for i in range(len(ground.weight)):
        for f in range(ground.row_start[i], ground.row_start[i + 1]):
            count.gain[ground.row_site[f], ground.part[i]] += ground.weight[i]
    _return_to(ground, plan, count, best)
    _fill(ground, limits, plan, count, 0.0)
    top = _worth(limits, count.reach)
    best[:] = plan.is_open
    current, kept = top, plan.is_open.copy()
    for _ in range(rounds):
        opened = np.flatnonzero(plan.is_open & ~ground.firm)
        if not len(opened):
            break
        _ruin(ground, plan, count, opened)
        _fill(ground, limits, plan, count, 0.3 if np.random.random() < 0.7 else 0.0)
        now = _worth(limits, count.reach)
        if now < current - heat * max(1.0, abs(current)):
            _return_to(ground, plan, count, kept)
            continue
        current = now
        kept[:] = plan.is_open
        if now > top:
            top = now
            best[:] = plan.is_open
    return float(_missing(limits, _reach(ground, best)))
