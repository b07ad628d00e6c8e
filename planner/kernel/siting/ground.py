# ruff: noqa: NPY002 - compiled code knows only the seeded legacy generator
"""The people of several parts side by side and the rules as plain arrays, for ruin and recreate."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.kernel.compiled import compiled
from planner.kernel.siting.reduce import Merged
from planner.kernel.siting.rules import Rules, standing

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]
Rows = NDArray[np.intp]

_TINY = 1e-9
_STEPS = 8  # from a site to its neighbours' neighbours


class Ground(NamedTuple):
    """Parts laid side by side, and the rules as plain arrays; made by `lay_out`."""

    site_start: I64
    site_row: I64
    row_start: I64
    row_site: I64
    weight: F64
    part: I64
    alone: F64  # (parts, sites)
    cost: F64
    fresh: F64  # 1 where a site counts as new
    may: Mask  # may be opened
    firm: Mask  # may not be closed
    set_start: I64  # sets of every site, each holding one open site at most
    set_of: I64
    sets: int
    need_start: I64
    need: I64


class Search(NamedTuple):
    """How long to look for a plan.

    Parameters
    ----------
    seconds
        On the clock, at most; a first turn is always made.
    seed
        Of the choices.
    turns
        Of so many trials each, at most; the work is the same however long it takes.
    enough
        Stop at the first plan that misses nothing.
    go_on
        Asked now and then; False stops the search.
    """

    seconds: float
    seed: int = 1
    turns: int = 40
    enough: bool = False
    go_on: Callable[[], bool] = lambda: True


class Plan(NamedTuple):
    """Sites open, what they spend, and how many of each set of sites are open; changed in place."""

    is_open: Mask
    used: F64  # spent, new sites
    blocked: I64


class Limits(NamedTuple):
    """What a plan must not exceed and what it must reach."""

    spend: float
    fresh: float
    floor: F64  # (parts,)
    total: float
    extra: float = 1.0  # what a person counts whom no floor asks for


def lay_out(parts: Sequence[Merged], rules: Rules) -> Ground:
    """Return the parts side by side; a site that stands sets its cost free when closed."""
    sites = len(rules.cost)
    count = np.array([len(part.weight) for part in parts])
    row_site = np.concatenate([part.row for part in parts]).astype(np.int64)
    lengths = np.concatenate([np.diff(part.start) for part in parts]).astype(np.int64)
    row_start = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    owner = np.repeat(np.arange(len(lengths)), lengths)
    order = np.argsort(row_site, kind="stable")
    stands = standing(rules)
    closable = np.zeros(sites, np.bool_) if rules.closable is None else rules.closable
    barred = np.zeros(sites, np.bool_) if rules.barred is None else rules.barred
    set_start, set_of = _by_site(
        [(s, k) for k, e in enumerate(rules.at_most_one) for s in e], sites
    )
    need_start, need = _by_site(list(rules.needs), sites)
    return Ground(
        _starts(row_site, sites),
        owner[order],
        row_start,
        row_site,
        np.concatenate([part.weight for part in parts]).astype(np.float64),
        np.repeat(np.arange(len(parts)), count),
        np.array([part.alone for part in parts], np.float64),
        np.asarray(rules.cost, np.float64),
        (~stands).astype(np.float64),
        ~barred | stands,
        stands & ~closable,
        set_start,
        set_of,
        len(rules.at_most_one),
        need_start,
        need,
    )


def _starts(keys: I64, count: int) -> I64:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(np.bincount(keys, minlength=count))])


def _by_site(pairs: list[tuple[int, int]], sites: int) -> tuple[I64, I64]:
    """Return start and second numbers of pairs sorted by their first."""
    both = np.array(sorted((int(a), int(b)) for a, b in pairs), np.int64).reshape(-1, 2)
    return _starts(both[:, 0], sites), both[:, 1].copy()


def keeps_rules(rules: Rules, rows: Rows) -> bool:
    """Return whether a plan without moves keeps to the rules."""
    is_open = np.zeros(len(rules.cost), np.bool_)
    is_open[rows] = True
    stands = standing(rules)
    spent = float(rules.cost[is_open].sum() - rules.cost[stands].sum())
    return bool(
        spent <= rules.limit + _TINY
        and (is_open & ~stands).sum() <= rules.new_sites
        and all(is_open[part].sum() <= 1 for part in rules.at_most_one)
        and all(is_open[b] or not is_open[a] for a, b in rules.needs)
    )


@compiled
def new_plan(ground: Ground, is_open: Mask) -> Plan:
    """Return the plan with these sites open."""
    plan = Plan(is_open.copy(), np.zeros(2), np.zeros(ground.sets, np.int64))
    for s in range(len(is_open)):
        if ground.fresh[s] == 0.0:
            plan.used[0] -= ground.cost[s]
        if is_open[s]:
            count_site(ground, plan, s, 1)
    return plan


@compiled
def count_site(ground: Ground, plan: Plan, s: int, step: int) -> None:
    """Count a site as open (step 1) or as closed again (step -1)."""
    plan.is_open[s] = step > 0
    plan.used[0] += step * ground.cost[s]
    plan.used[1] += step * ground.fresh[s]
    for e in range(ground.set_start[s], ground.set_start[s + 1]):
        plan.blocked[ground.set_of[e]] += step


@compiled
def fits(ground: Ground, limits: Limits, plan: Plan, s: int) -> bool:
    """Return whether a closed site may be opened."""
    if plan.is_open[s] or not ground.may[s]:
        return False
    if plan.used[0] + ground.cost[s] > limits.spend + _TINY:
        return False
    if plan.used[1] + ground.fresh[s] > limits.fresh:
        return False
    for e in range(ground.set_start[s], ground.set_start[s + 1]):
        if plan.blocked[ground.set_of[e]] > 0:
            return False
    for e in range(ground.need_start[s], ground.need_start[s + 1]):
        if not plan.is_open[ground.need[e]]:
            return False
    return True


@compiled
def near_site(ground: Ground, is_open: Mask, s: int) -> int:
    """Return an open site that shares people with another, over a few steps, or any site."""
    for _ in range(_STEPS):
        if ground.site_start[s] == ground.site_start[s + 1]:
            break
        i = ground.site_row[np.random.randint(ground.site_start[s], ground.site_start[s + 1])]
        t = ground.row_site[np.random.randint(ground.row_start[i], ground.row_start[i + 1])]
        if is_open[t] and t != s:
            return int(t)
        s = t
    return int(np.random.randint(0, len(is_open)))


@compiled
def depending(ground: Ground, plan: Plan, s: int) -> I64:
    """Return a site that may be closed and the open ones that need it; none if it may not."""
    found = np.zeros(len(plan.is_open), np.int64)
    count = 0
    if plan.is_open[s] and not ground.firm[s]:
        found[0], count = s, 1
        at = 0
        while at < count:
            for t in range(len(plan.is_open)):
                needs = False
                for e in range(ground.need_start[t], ground.need_start[t + 1]):
                    needs |= ground.need[e] == found[at]
                if needs and plan.is_open[t] and not ground.firm[t] and t not in found[:count]:
                    found[count] = t
                    count += 1
            at += 1
    return found[:count]
