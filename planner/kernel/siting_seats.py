# ruff: noqa: NPY002 - compiled code knows only the seeded legacy generator
"""Find good plans where sites hold only so many people: ruin and recreate with an exact flow.

Who is served follows every move: each person is served if an open site with room can be found by
shifting others to further sites within their reach, so every plan is measured as if people were
shared out best. Nothing here is a proof.
"""

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from planner.kernel.compiled import compiled
from planner.kernel.siting_parts import Limits, lay_out
from planner.kernel.siting_reduce import Merged
from planner.kernel.siting_rules import Rules, standing

F64 = NDArray[np.float64]
Rows = NDArray[np.intp]

_ROUNDS = 50
_TURNS = 60
_NONE = 1e-9


def fill_seats(
    merged: Merged,
    capacity: F64,
    rules: Rules,
    seconds: float,
    *,
    seed: int = 1,
    go_on: Callable[[], bool] = lambda: True,
) -> Rows:
    """Return sites that serve many people, none more than it holds.

    Parameters
    ----------
    merged
        All people and all sites, those that stand included.
    capacity
        People each site can serve, shape (s,).
    rules
        What the plan must keep to; moves are left aside.
    seconds
        On the clock, at most.
    seed
        Of the choices.
    go_on
        Asked now and then; False stops the search.
    """
    ground = lay_out([merged], rules)
    limits = Limits(rules.limit, rules.new_sites, np.zeros(1), 0.0)
    own = np.minimum(merged.alone, capacity)
    room = np.asarray(capacity - own, np.float64)
    is_open = standing(rules).copy()
    stop, idle, best = time.monotonic() + seconds, 0, -1.0
    for turn in range(_TURNS):
        if turn and (time.monotonic() >= stop or not go_on() or idle > _TURNS // 4):
            break
        heat = 0.003 * (1 - turn / _TURNS) ** 2
        served = _seat(ground, (limits, own, room), is_open, (_ROUNDS, seed + turn, heat))
        idle = 0 if served > best + _NONE else idle + 1
        best = max(best, served)
    return np.flatnonzero(is_open).astype(np.intp)


@compiled
def _draw_in(ground, s, is_open, room, left, flow, from_row, from_site, queue, reached):
    """Serve people by the room of a site, directly or by shifting others; return how many."""
    won = 0.0
    while room[s] > 1e-9:
        reached[:] = False
        reached[s] = True
        queue[0] = s
        head, tail, end, at = 0, 1, -1, -1
        while head < tail and end < 0:
            t = queue[head]
            head += 1
            for e in range(ground.site_start[t], ground.site_start[t + 1]):
                i = ground.site_row[e]
                if left[i] > 1e-9:
                    end, at = i, t
                    break
                for f in range(ground.row_start[i], ground.row_start[i + 1]):
                    u = ground.row_site[f]
                    if is_open[u] and not reached[u] and flow[f] > 1e-9:
                        reached[u] = True
                        from_row[u], from_site[u] = i, t
                        queue[tail] = u
                        tail += 1
        if end < 0:
            break
        push, u = min(room[s], left[end]), at
        while u != s:
            push = min(push, flow[_pair(ground, from_row[u], u)])
            u = from_site[u]
        left[end] -= push
        flow[_pair(ground, end, at)] += push
        u = at
        while u != s:
            flow[_pair(ground, from_row[u], u)] -= push
            flow[_pair(ground, from_row[u], from_site[u])] += push
            u = from_site[u]
        room[s] -= push
        won += push
    return won


@compiled
def _pair(ground, i, s):
    low, high = ground.row_start[i], ground.row_start[i + 1]
    while low + 1 < high:
        middle = (low + high) // 2
        if ground.row_site[middle] <= s:
            low = middle
        else:
            high = middle
    return low


@compiled
def _allowed(ground, limits, s, is_open, used, blocked):
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
def _turn(ground, s, step, used, blocked):
    used[0] += step * ground.cost[s]
    used[1] += step * ground.fresh[s]
    for e in range(ground.set_start[s], ground.set_start[s + 1]):
        blocked[ground.set_of[e]] += step


@compiled
def _empty(ground, s, holds, is_open, room, left, flow):
    """Close a site; those it served are left without one."""
    is_open[s] = False
    for e in range(ground.site_start[s], ground.site_start[s + 1]):
        f = _pair(ground, ground.site_row[e], s)
        left[ground.site_row[e]] += flow[f]
        flow[f] = 0.0
    room[s] = holds[s]


@compiled
def _choose(ground, own, is_open, room, left, rest, skip):
    """Return the site that brings the most people for its cost, or -1."""
    limits, used, blocked = rest
    best, most = -1, 1e-9
    for s in range(len(is_open)):
        if not _allowed(ground, limits, s, is_open, used, blocked):
            continue
        near = 0.0
        for e in range(ground.site_start[s], ground.site_start[s + 1]):
            near += left[ground.site_row[e]]
        value = own[s] + min(room[s], near) + 0.05 * near
        value = value / ground.cost[s] if ground.cost[s] > 0 else value * 1e6
        if value > most and np.random.random() >= skip:
            best, most = s, value
    return best


@compiled
def _near_site(ground, s, is_open):
    """Return an open site that shares people with another, over a few steps, or any site."""
    for _ in range(8):
        if ground.site_start[s] == ground.site_start[s + 1]:
            break
        i = ground.site_row[np.random.randint(ground.site_start[s], ground.site_start[s + 1])]
        t = ground.row_site[np.random.randint(ground.row_start[i], ground.row_start[i + 1])]
        if is_open[t] and t != s:
            return t
        s = t
    return np.random.randint(0, len(is_open))


@compiled
def _close(ground, s, holds, is_open, room, left, flow, used, blocked):
    """Close a site and those that need it."""
    if not is_open[s] or ground.firm[s]:
        return
    _empty(ground, s, holds, is_open, room, left, flow)
    _turn(ground, s, -1, used, blocked)
    for t in range(len(is_open)):
        for e in range(ground.need_start[t], ground.need_start[t + 1]):
            if ground.need[e] == s and is_open[t] and not ground.firm[t]:
                _empty(ground, t, holds, is_open, room, left, flow)
                _turn(ground, t, -1, used, blocked)


@compiled
def _seat(ground, question, best, how):
    """Ruin and recreate `best`, in place; return the people it serves."""
    limits, own, holds = question
    rounds, seed, heat = how
    np.random.seed(seed)
    sites = len(best)
    is_open, room, left = best.copy(), holds.copy(), ground.weight.copy()
    flow, used, blocked = (
        np.zeros(len(ground.row_site)),
        np.zeros(2),
        np.zeros(ground.sets, np.int64),
    )
    from_row, from_site = np.zeros(sites, np.int64), np.zeros(sites, np.int64)
    queue, reached = np.zeros(sites, np.int64), np.zeros(sites, np.bool_)
    for s in range(sites):
        if ground.fresh[s] == 0.0:
            used[0] -= ground.cost[s]
    for s in range(sites):
        if is_open[s]:
            _turn(ground, s, 1, used, blocked)
    current = top = -1.0
    kept, kept_room, kept_left, kept_flow = is_open.copy(), room.copy(), left.copy(), flow.copy()
    for turn in range(rounds + 1):
        if turn:
            opened = np.flatnonzero(is_open & ~ground.firm)
            if not len(opened):
                break
            s = opened[np.random.randint(0, len(opened))]
            for _ in range(1 + np.random.randint(0, min(4, len(opened)))):
                _close(ground, s, holds, is_open, room, left, flow, used, blocked)
                s = _near_site(ground, s, is_open)
        for s in range(sites):
            if is_open[s]:
                _draw_in(ground, s, is_open, room, left, flow, from_row, from_site, queue, reached)
        skip = 0.4 if turn and np.random.random() < 0.8 else 0.0
        while True:
            s = _choose(ground, own, is_open, room, left, (limits, used, blocked), skip)
            if s < 0:
                break
            is_open[s] = True
            _turn(ground, s, 1, used, blocked)
            _draw_in(ground, s, is_open, room, left, flow, from_row, from_site, queue, reached)
        now = own[is_open].sum() + ground.weight.sum() - left.sum()
        if now >= current - heat * max(1.0, current):
            current = now
            kept[:], kept_room[:], kept_left[:], kept_flow[:] = is_open, room, left, flow
            if now > top:
                top = now
                best[:] = is_open
        else:
            for t in range(sites):
                if is_open[t] != kept[t]:
                    _turn(ground, t, 1 if kept[t] else -1, used, blocked)
            is_open[:], room[:], left[:], flow[:] = kept, kept_room, kept_left, kept_flow
    return top
