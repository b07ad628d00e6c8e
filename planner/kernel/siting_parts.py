# ruff: noqa: NPY002 - compiled code knows only the seeded legacy generator
"""Find good plans where people of several parts count: floors to be kept, the worst to be lifted.

Ruin and recreate on sites in the hand of several districts or variants at once. What is missing to
the floors counts before everybody reached; floors are raised step by step where the worst part is
to be lifted. Nothing here is a proof: a plan found is measured again by those who use it.
"""

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.kernel.compiled import compiled
from planner.kernel.siting_reduce import Merged
from planner.kernel.siting_rules import Rules, standing

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]
Rows = NDArray[np.intp]

_ROUNDS = 200  # of ruin and recreate between two looks at the clock
_TURNS = 40  # of so many rounds, at most
_MISSING = 1e3  # what a person missing to a floor counts
_TINY = 1e-9


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


def lift_floors(
    parts: Sequence[Merged],
    rules: Rules,
    limits: Limits,
    seconds: float,
    *,
    seed: int = 1,
    enough: bool = False,
    turns: int = _TURNS,
    go_on: Callable[[], bool] = lambda: True,
) -> Rows:
    """Return sites that miss the floors by the least and then reach the most people.

    Parameters
    ----------
    parts, rules
        The question; `limits` stands in for what the rules allow to be spent and opened.
    limits
        Floors of every part and of all together.
    seconds
        On the clock, at most; the work is the same however long it takes.
    seed
        Of the choices.
    enough
        Stop at the first plan that misses nothing.
    turns
        Of two hundred trials each, at most.
    go_on
        Asked now and then; False stops the search.
    """
    ground = lay_out(parts, rules)
    is_open = standing(rules).copy()
    stop = time.monotonic() + seconds
    for turn in range(turns):
        if turn and (time.monotonic() >= stop or not go_on()):
            break
        heat = 0.02 * (1 - turn / turns) ** 2
        missing = _work(ground, limits, is_open, (_ROUNDS, seed + turn, heat))
        if enough and missing <= _TINY:
            break
    return np.flatnonzero(is_open).astype(np.intp)


def lift_worst(
    parts: Sequence[Merged],
    shares: tuple[F64, F64],
    rules: Rules,
    seconds: float,
    *,
    most: float = np.inf,
    seed: int = 1,
    go_on: Callable[[], bool] = lambda: True,
) -> Rows:
    """Return sites whose worst part is high: floors a little above the best plan, again and again.

    Parameters
    ----------
    parts, rules
        The question.
    shares
        People of each part reached already, and those its share is taken of, shape (parts,).
    seconds
        On the clock, at most.
    most
        Level known to be out of reach.
    seed, go_on
        As of `lift_floors`.
    """
    base, size = shares
    ground, is_open = lay_out(parts, rules), standing(rules).copy()
    best, level, step = is_open.copy(), _level(ground, is_open, base, size), 0.1
    stop = time.monotonic() + seconds
    for turn in range(4 * _TURNS):
        if time.monotonic() >= stop or not go_on() or step < 2e-5:
            break
        aim = level + max(step * max(level, 0.01), _TINY)
        floor = np.maximum(min(aim, most) * size - base, 0.0)
        limits = Limits(rules.limit, rules.new_sites, floor, 0.0)
        _work(ground, limits, is_open, (_ROUNDS, seed + turn, 0.01 * step))
        reached = _level(ground, is_open, base, size)
        if reached > level + 1e-12:
            best, level = is_open.copy(), reached
        if reached < aim - _TINY:
            step *= 0.8
        if turn % 4 == 3:
            is_open = best.copy()
    return np.flatnonzero(best).astype(np.intp)


def _level(ground: Ground, is_open: Mask, base: F64, size: F64) -> float:
    return float(((base + _reach(ground, is_open)) / size).min())


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
def _reach(ground, is_open):
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
def _move(ground, s, step, held, gain, reach, used, blocked):
    """Open (step 1) or close (step -1) a site; gains of all sites follow."""
    used[0] += step * ground.cost[s]
    used[1] += step * ground.fresh[s]
    reach += step * ground.alone[:, s]
    for e in range(ground.set_start[s], ground.set_start[s + 1]):
        blocked[ground.set_of[e]] += step
    for e in range(ground.site_start[s], ground.site_start[s + 1]):
        i = ground.site_row[e]
        held[i] += step
        if (step > 0 and held[i] == 1) or (step < 0 and held[i] == 0):
            k, people = ground.part[i], step * ground.weight[i]
            reach[k] += people
            for f in range(ground.row_start[i], ground.row_start[i + 1]):
                gain[ground.row_site[f], k] -= people


@compiled
def _missing(limits, reach):
    short = max(0.0, limits.total - reach.sum())
    for k in range(len(reach)):
        short += max(0.0, limits.floor[k] - reach[k])
    return short


@compiled
def _worth(limits, reach):
    return limits.extra * reach.sum() - _MISSING * _missing(limits, reach)


@compiled
def _fits(ground, limits, s, is_open, used, blocked):
    if is_open[s] or not ground.may[s]:
        return False
    if used[0] + ground.cost[s] > limits.spend + 1e-9 or used[1] + ground.fresh[s] > limits.fresh:
        return False
    for e in range(ground.set_start[s], ground.set_start[s + 1]):
        if blocked[ground.set_of[e]] > 0:
            return False
    for e in range(ground.need_start[s], ground.need_start[s + 1]):
        if not is_open[ground.need[e]]:
            return False
    return True


@compiled
def _fill(ground, limits, is_open, held, gain, reach, used, blocked, skip):
    """Open sites as long as one brings anything, for its cost; a few are passed over."""
    while True:
        best, most = -1, 0.0
        total, short_total = reach.sum(), 0.0
        short_total = limits.total - total
        for s in range(len(is_open)):
            if not _fits(ground, limits, s, is_open, used, blocked):
                continue
            won, closed = 0.0, 0.0
            for k in range(len(reach)):
                extra = gain[s, k]
                won += extra
                short = limits.floor[k] - reach[k]
                if short > 0:
                    closed += min(short, extra)
            if short_total > 0:
                closed += min(short_total, won)
            value = limits.extra * won + _MISSING * closed
            if ground.cost[s] > 0:
                value /= ground.cost[s]
            else:
                value *= 1e6
            if value > most and np.random.random() >= skip:
                best, most = s, value
        if best < 0:
            return
        is_open[best] = True
        _move(ground, best, 1, held, gain, reach, used, blocked)


@compiled
def _neighbour(ground, s, is_open):
    """Return an open site near another, by a row or two they share, or any one."""
    for _ in range(8):
        if ground.site_start[s] == ground.site_start[s + 1]:
            break
        e = np.random.randint(ground.site_start[s], ground.site_start[s + 1])
        i = ground.site_row[e]
        t = ground.row_site[np.random.randint(ground.row_start[i], ground.row_start[i + 1])]
        if is_open[t] and t != s:
            return t
        s = t
    return np.random.randint(0, len(is_open))


@compiled
def _shut(ground, s, is_open, held, gain, reach, used, blocked):
    """Close a site and those that need it."""
    if not is_open[s] or ground.firm[s]:
        return
    is_open[s] = False
    _move(ground, s, -1, held, gain, reach, used, blocked)
    for t in range(len(is_open)):
        if is_open[t] and not ground.firm[t]:
            for e in range(ground.need_start[t], ground.need_start[t + 1]):
                if ground.need[e] == s and is_open[t]:
                    is_open[t] = False
                    _move(ground, t, -1, held, gain, reach, used, blocked)


@compiled
def _work(ground, limits, best, how):
    """Ruin and recreate `best`, in place; return what it misses."""
    rounds, seed, heat = how
    np.random.seed(seed)
    sites, parts = len(best), ground.alone.shape[0]
    held, used = np.zeros(len(ground.weight), np.int64), np.zeros(2)
    gain, reach = ground.alone.T.copy(), np.zeros(parts)
    for i in range(len(ground.weight)):
        for f in range(ground.row_start[i], ground.row_start[i + 1]):
            gain[ground.row_site[f], ground.part[i]] += ground.weight[i]
    blocked, is_open = np.zeros(ground.sets, np.int64), best.copy()
    for s in range(sites):
        if ground.fresh[s] == 0.0:
            used[0] -= ground.cost[s]
    for s in range(sites):
        if is_open[s]:
            _move(ground, s, 1, held, gain, reach, used, blocked)
    _fill(ground, limits, is_open, held, gain, reach, used, blocked, 0.0)
    top = _worth(limits, reach)
    best[:] = is_open
    current, kept = top, is_open.copy()
    for _ in range(rounds):
        opened = np.flatnonzero(is_open & ~ground.firm)
        if not len(opened):
            break
        s = opened[np.random.randint(0, len(opened))]
        for _ in range(1 + np.random.randint(0, min(6, len(opened)))):
            _shut(ground, s, is_open, held, gain, reach, used, blocked)
            s = _neighbour(ground, s, is_open)
        skip = 0.3 if np.random.random() < 0.7 else 0.0
        _fill(ground, limits, is_open, held, gain, reach, used, blocked, skip)
        now = _worth(limits, reach)
        if now >= current - heat * max(1.0, abs(current)):
            current = now
            kept[:] = is_open
            if now > top:
                top = now
                best[:] = is_open
        else:
            for t in range(sites):
                if is_open[t] and not kept[t]:
                    is_open[t] = False
                    _move(ground, t, -1, held, gain, reach, used, blocked)
            for t in range(sites):
                if kept[t] and not is_open[t]:
                    is_open[t] = True
                    _move(ground, t, 1, held, gain, reach, used, blocked)
    reach = _reach(ground, best)
    return _missing(limits, reach)
