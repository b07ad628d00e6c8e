# ruff: noqa: NPY002 - compiled code knows only the seeded legacy generator
"""Find good plans where sites hold only so many people: ruin and recreate with an exact flow.

Who is served follows every move: each person is served if an open site with room can be found by
shifting others to further sites within their reach, so every plan is measured as if people were
shared out best. Nothing here is a proof.
"""

import time
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

_ROUNDS = 50  # of ruin and recreate between two looks at the clock, at most
_FEW = 10  # and so many and one per pair of row and site
_HEAT = 0.003  # of the people served: plans worse by less are tried further at first
_NONE = 1e-9
_RUINED = 4  # sites closed at once, at most
_NEAR = 0.05  # what a person beyond the room of a site counts when it is chosen


class Seats(NamedTuple):
    """Room left at each site, people of each row not served, those of each pair who are; and paths.

    The last four are used by the search for a path: how each site was reached, and in which order.
    """

    own: F64
    holds: F64
    room: F64
    left: F64
    flow: F64
    from_row: I64
    from_site: I64
    queue: I64
    reached: Mask


def fill_seats(merged: Merged, capacity: F64, rules: Rules, search: Search) -> Rows:
    """Return sites that serve many people, none more than it holds.

    Parameters
    ----------
    merged
        All people and all sites, those that stand included.
    capacity
        People each site can serve, shape (s,).
    rules
        What the plan must keep to; moves are left aside.
    search
        How long to look.
    """
    ground = lay_out([merged], rules)
    limits = Limits(rules.limit, rules.new_sites, np.zeros(1), 0.0, 1.0)
    own = np.minimum(merged.alone, capacity)
    room = np.asarray(capacity - own, np.float64)
    is_open = standing(rules).copy()
    rounds = min(_ROUNDS, _FEW + len(ground.row_site))
    stop, idle, best = time.monotonic() + search.seconds, 0, -1.0
    for turn in range(search.turns):
        stopped = time.monotonic() >= stop or not search.go_on()
        if turn and (stopped or idle > search.turns // 4):
            break
        heat = _HEAT * (1 - turn / search.turns) ** 2
        how = (rounds, search.seed + turn, heat)
        served = _seat(ground, limits, (own, room), is_open, how)
        idle = 0 if served > best + _NONE else idle + 1
        best = max(best, served)
    return np.flatnonzero(is_open).astype(np.intp)


@compiled
def _pair(ground: Ground, i: int, s: int) -> int:
    """Return the number of the pair of a row and a site that reaches it."""
    low, high = ground.row_start[i], ground.row_start[i + 1]
    while low + 1 < high:
        middle = (low + high) // 2
        if ground.row_site[middle] <= s:
            low = middle
        else:
            high = middle
    return int(low)


@compiled
def _find_path(ground: Ground, seats: Seats, is_open: Mask, s: int) -> tuple[int, int]:
    """Return a row with people left and the site they go to, so that site `s` takes the strain."""
    seats.reached[:] = False
    seats.reached[s] = True
    seats.queue[0] = s
    head, tail = 0, 1
    while head < tail:
        t = seats.queue[head]
        head += 1
        for e in range(ground.site_start[t], ground.site_start[t + 1]):
            i = ground.site_row[e]
            if seats.left[i] > _NONE:
                return int(i), int(t)
            for f in range(ground.row_start[i], ground.row_start[i + 1]):
                u = ground.row_site[f]
                if is_open[u] and not seats.reached[u] and seats.flow[f] > _NONE:
                    seats.reached[u] = True
                    seats.from_row[u], seats.from_site[u] = i, t
                    seats.queue[tail] = u
                    tail += 1
    return -1, -1


@compiled
def _draw_in(ground: Ground, seats: Seats, is_open: Mask, s: int) -> None:
    """Serve as many people as there is room for at a site, directly or by shifting others."""
    while seats.room[s] > _NONE:
        end, at = _find_path(ground, seats, is_open, s)
        if end < 0:
            return
        push, u = min(seats.room[s], seats.left[end]), at
        while u != s:
            push = min(push, seats.flow[_pair(ground, seats.from_row[u], u)])
            u = seats.from_site[u]
        seats.left[end] -= push
        seats.flow[_pair(ground, end, at)] += push
        u = at
        while u != s:
            seats.flow[_pair(ground, seats.from_row[u], u)] -= push
            seats.flow[_pair(ground, seats.from_row[u], seats.from_site[u])] += push
            u = seats.from_site[u]
        seats.room[s] -= push


@compiled
def _clear(ground: Ground, seats: Seats, s: int) -> None:
    """Leave those a site serves without one."""
    for e in range(ground.site_start[s], ground.site_start[s + 1]):
        f = _pair(ground, ground.site_row[e], s)
        seats.left[ground.site_row[e]] += seats.flow[f]
        seats.flow[f] = 0.0
    seats.room[s] = seats.holds[s]


@compiled
def _choose(ground: Ground, limits: Limits, plan: Plan, seats: Seats, skip: float) -> int:
    """Return the site that brings the most people for its cost, or -1."""
    best, most = -1, _NONE
    for s in range(len(plan.is_open)):
        if not fits(ground, limits, plan, s):
            continue
        near = 0.0
        for e in range(ground.site_start[s], ground.site_start[s + 1]):
            near += seats.left[ground.site_row[e]]
        value = seats.own[s] + min(seats.room[s], near) + _NEAR * near
        value = value / ground.cost[s] if ground.cost[s] > 0 else value * 1e6
        if value > most and np.random.random() >= skip:
            best, most = s, value
    return best


@compiled
def _fill(ground: Ground, limits: Limits, plan: Plan, seats: Seats, skip: float) -> None:
    for s in range(len(plan.is_open)):
        if plan.is_open[s]:
            _draw_in(ground, seats, plan.is_open, s)
    while True:
        s = _choose(ground, limits, plan, seats, skip)
        if s < 0:
            return
        count_site(ground, plan, s, 1)
        _draw_in(ground, seats, plan.is_open, s)


@compiled
def _ruin(ground: Ground, plan: Plan, seats: Seats, opened: I64) -> None:
    s = opened[np.random.randint(0, len(opened))]
    for _ in range(1 + np.random.randint(0, min(_RUINED, len(opened)))):
        for t in depending(ground, plan, s):
            count_site(ground, plan, t, -1)
            _clear(ground, seats, t)
        s = near_site(ground, plan.is_open, s)


@compiled
def _seat(
    ground: Ground, limits: Limits, sizes: tuple[F64, F64], best: Mask, how: tuple[int, int, float]
) -> float:
    """Ruin and recreate `best`, in place; return the people it serves."""
    rounds, seed, heat = how
    np.random.seed(seed)
    sites, plan = len(best), new_plan(ground, best)
    numbers = np.zeros((3, sites), np.int64)
    seats = Seats(
        sizes[0], sizes[1], sizes[1].copy(), ground.weight.copy(), np.zeros(len(ground.row_site)),
        numbers[0], numbers[1], numbers[2], np.zeros(sites, np.bool_),
    )  # fmt: skip
    current, top, kept = -1.0, -1.0, plan.is_open.copy()
    rest = (seats.room.copy(), seats.left.copy(), seats.flow.copy())
    for turn in range(rounds + 1):
        if turn:
            opened = np.flatnonzero(plan.is_open & ~ground.firm)
            if not len(opened):
                break
            _ruin(ground, plan, seats, opened)
        _fill(ground, limits, plan, seats, 0.4 if turn and np.random.random() < 0.8 else 0.0)
        now = seats.own[plan.is_open].sum() + ground.weight.sum() - seats.left.sum()
        if now < current - heat * max(1.0, current):
            for t in range(sites):
                if plan.is_open[t] != kept[t]:
                    count_site(ground, plan, t, 1 if kept[t] else -1)
            seats.room[:], seats.left[:], seats.flow[:] = rest[0], rest[1], rest[2]
            continue
        current = now
        kept[:] = plan.is_open
        rest[0][:], rest[1][:], rest[2][:] = seats.room, seats.left, seats.flow
        if now > top:
            top = now
            best[:] = plan.is_open
    return float(top)
