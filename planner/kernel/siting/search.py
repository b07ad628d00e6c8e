# ruff: noqa: NPY002 - compiled code knows only the seeded legacy generator
"""Find a good plan fast: lazy greedy, swaps, and ruin-and-recreate of neighbouring sites.

The state keeps, for every merged row, how many chosen sites reach it and the sum of their numbers,
so that the only server of a row is known at once; gains and losses of all sites follow every move.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.kernel.compiled import compiled
from planner.kernel.siting.reduce import Merged, rows_by_site

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
Rows = NDArray[np.intp]


class Budget(NamedTuple):
    """What may be spent.

    Parameters
    ----------
    cost
        Of every candidate, at least zero, shape (s,); ones where sites are counted.
    limit
        Sum of costs no plan exceeds.
    """

    cost: F64
    limit: float


class State(NamedTuple):
    """A plan and what every single move would change; made by `new_state`."""

    start: I64
    row: I32
    weight: F64
    site_start: I64
    point: I32
    cost: F64
    chosen: NDArray[np.bool_]
    times: I32
    owners: I64
    gain: F64
    loss: F64
    total: F64  # reached, spent


def count_budget(sites: int, count: int) -> Budget:
    """Return the budget that allows `count` of `sites` candidates."""
    return Budget(np.ones(sites), float(count))


def new_state(merged: Merged, cost: F64) -> State:
    """Return the state of the empty plan."""
    site_start, point = rows_by_site(merged)
    sites, rows = len(merged.alone), len(merged.weight)
    gain = merged.alone + np.bincount(
        merged.row, weights=np.repeat(merged.weight, np.diff(merged.start)), minlength=sites
    )
    return State(
        merged.start,
        merged.row,
        merged.weight,
        site_start,
        point,
        np.asarray(cost, np.float64),
        np.zeros(sites, np.bool_),
        np.zeros(rows, np.int32),
        np.zeros(rows, np.int64),
        gain.astype(np.float64),
        merged.alone.copy(),
        np.zeros(2),
    )


def reached(merged: Merged, rows: Rows) -> float:
    """Return the people at least one of the candidates `rows` reaches."""
    chosen = np.zeros(len(merged.alone), np.bool_)
    chosen[rows] = True
    own = float(merged.alone[chosen].sum())
    if not len(merged.weight):
        return own
    hit = np.logical_or.reduceat(chosen[merged.row], merged.start[:-1])
    return own + float(merged.weight[hit].sum())


def set_plan(state: State, rows: Rows) -> None:
    """Change the state to the plan `rows`."""
    wanted = np.zeros(len(state.chosen), np.bool_)
    wanted[rows] = True
    _reset(state, wanted)


def rounds_for(merged: Merged, share: float) -> int:
    """Return how many rounds of `improve_plan` are about `share` of a fifth of a second's work."""
    pairs, sites = max(1, len(merged.row)), max(1, len(merged.alone))
    each = 8.0 * (pairs / sites) * (pairs / max(1, len(merged.weight))) + 8.0 * sites
    return int(min(2000.0, max(20.0, share * 5e7 / each)))


def improve_plan(
    state: State, limit: float, rounds: int, seed: int, heat: tuple[float, float] = (1.0, 0.0)
) -> Rows:
    """Improve the plan in `state` by ruin-and-recreate and swaps; return the best one seen.

    Parameters
    ----------
    state
        Changed in place; afterwards it holds the returned plan.
    limit
        Sum of costs no plan exceeds.
    rounds
        Times a few neighbouring sites are taken out and the plan is filled again.
    seed
        Of the random numbers; equal seeds give equal plans.
    heat
        How readily worse plans are gone on from, at the first and after the last round, 0 to 1.
    """
    _fill(state, limit)
    best = _improve(state, limit, (rounds, seed), heat)
    _reset(state, best)
    return np.flatnonzero(best).astype(np.intp)


@compiled
def _add(st: State, s: int) -> None:
    st.chosen[s] = True
    st.total[0] += st.gain[s]
    st.total[1] += st.cost[s]
    for k in range(st.site_start[s], st.site_start[s + 1]):
        j = st.point[k]
        w = st.weight[j]
        if st.times[j] == 0:
            for i in range(st.start[j], st.start[j + 1]):
                st.gain[st.row[i]] -= w
            st.loss[s] += w
        elif st.times[j] == 1:
            st.loss[st.owners[j]] -= w
        st.times[j] += 1
        st.owners[j] += s


@compiled
def _drop(st: State, s: int) -> None:
    st.chosen[s] = False
    st.total[0] -= st.loss[s]
    st.total[1] -= st.cost[s]
    for k in range(st.site_start[s], st.site_start[s + 1]):
        j = st.point[k]
        w = st.weight[j]
        st.times[j] -= 1
        st.owners[j] -= s
        if st.times[j] == 0:
            for i in range(st.start[j], st.start[j + 1]):
                st.gain[st.row[i]] += w
            st.loss[s] -= w
        elif st.times[j] == 1:
            st.loss[st.owners[j]] += w


@compiled
def _reset(st: State, wanted: NDArray[np.bool_]) -> None:
    for s in range(len(wanted)):
        if st.chosen[s] and not wanted[s]:
            _drop(st, s)
    for s in range(len(wanted)):
        if wanted[s] and not st.chosen[s]:
            _add(st, s)


@compiled
def _fill(st: State, limit: float) -> None:
    """Add the site with the most people per cost until nothing fits or helps."""
    while True:
        best, rate = -1, 0.0
        for s in range(len(st.chosen)):
            if st.chosen[s] or st.gain[s] <= 0 or st.total[1] + st.cost[s] > limit + 1e-9:
                continue
            now = st.gain[s] / max(st.cost[s], 1e-12)
            if now > rate * (1 + 1e-12):
                best, rate = s, now
        if best < 0:
            return
        _add(st, best)


@compiled
def _swap_gain(st: State, s: int, limit: float, shared: F64, met: I32) -> tuple[float, int]:
    """Return the best change of taking `s` in for one chosen site, and that site."""
    count = 0
    for k in range(st.site_start[s], st.site_start[s + 1]):
        j = st.point[k]
        if st.times[j] == 1:
            o = st.owners[j]
            if shared[o] == 0.0:
                met[count] = o
                count += 1
            shared[o] += st.weight[j]
    best, out = -1e300, -1
    for o in range(len(st.chosen)):
        if st.chosen[o] and st.total[1] - st.cost[o] + st.cost[s] <= limit + 1e-9:
            change = st.gain[s] - st.loss[o] + shared[o]
            if change > best:
                best, out = change, o
    for k in range(count):
        shared[met[k]] = 0.0
    return best, out


@compiled
def _swap_all(st: State, limit: float, shared: F64, met: I32) -> None:
    """Swap while it helps, each site tried again only after something near it moved."""
    sites = len(st.chosen)
    seen = np.full(sites, -1e300)
    moved = True
    while moved:
        moved = False
        for s in range(sites):
            if st.chosen[s] or st.gain[s] <= 0 or st.gain[s] == seen[s]:
                continue
            change, out = _swap_gain(st, s, limit, shared, met)
            if out >= 0 and change > 1e-9 * (1.0 + st.total[0]):
                _drop(st, out)
                _add(st, s)
                moved = True
            else:
                seen[s] = st.gain[s]
        if moved:
            seen[:] = -1e300
            _fill(st, limit)


@compiled
def _pick_neighbours(st: State, wanted: int, out: I32) -> int:
    """Choose up to `wanted` chosen sites met on a random walk over shared rows."""
    open_sites = np.flatnonzero(st.chosen)
    if len(open_sites) == 0:
        return 0
    out[0] = open_sites[np.random.randint(len(open_sites))]
    count, at = 1, out[0]
    for _ in range(20 * wanted):
        if count == wanted:
            break
        a, b = st.site_start[at], st.site_start[at + 1]
        if a == b:
            at = open_sites[np.random.randint(len(open_sites))]
        else:
            j = st.point[a + np.random.randint(b - a)]
            at = st.row[st.start[j] + np.random.randint(st.start[j + 1] - st.start[j])]
        if st.chosen[at]:
            fresh = True
            for k in range(count):
                fresh &= out[k] != at
            if fresh:
                out[count] = at
                count += 1
    return count


@compiled
def _refill(st: State, limit: float, noise: float) -> None:
    """Fill the plan again, with a little chance in what looks best."""
    while True:
        best, rate = -1, 0.0
        for s in range(len(st.chosen)):
            if st.chosen[s] or st.gain[s] <= 0 or st.total[1] + st.cost[s] > limit + 1e-9:
                continue
            now = st.gain[s] / max(st.cost[s], 1e-12)
            if now * (1 + noise) <= rate:
                continue
            now *= 1 + noise * np.random.random()
            if now > rate:
                best, rate = s, now
        if best < 0:
            return
        _add(st, best)


@compiled
def _improve(
    st: State, limit: float, course: tuple[int, int], heat: tuple[float, float]
) -> NDArray[np.bool_]:
    rounds, seed = course
    np.random.seed(seed)
    sites = len(st.chosen)
    shared, met, gone = np.zeros(sites), np.empty(sites, np.int32), np.empty(sites, np.int32)
    _swap_all(st, limit, shared, met)
    best, kept = st.chosen.copy(), st.chosen.copy()
    best_total = kept_total = st.total[0]
    for step in range(rounds):
        count = _pick_neighbours(st, 2 + np.random.randint(5), gone)
        if count == 0:
            break
        for k in range(count):
            _drop(st, gone[k])
        _refill(st, limit, 0.0 if step % 3 == 0 else 0.25)
        _swap_near(st, limit, kept, shared, met)
        warm = heat[0] + (heat[1] - heat[0]) * step / rounds
        warm *= 0.1 * kept_total / max(1.0, st.chosen.sum())
        if st.total[0] >= kept_total + warm * np.log(1e-12 + np.random.random()):
            kept_total = st.total[0]
            kept[:] = st.chosen
            if kept_total > best_total * (1 + 1e-12):
                best_total = kept_total
                best[:] = kept
        else:
            _reset(st, kept)
    _reset(st, best)
    _swap_all(st, limit, shared, met)
    return st.chosen.copy() if st.total[0] > best_total else best


@compiled
def _swap_near(st: State, limit: float, kept: NDArray[np.bool_], shared: F64, met: I32) -> None:
    """Try each site that was just put in against the candidates that share its rows."""
    fresh = np.flatnonzero(st.chosen & ~kept)
    for f in fresh:
        if not st.chosen[f]:
            continue
        for _ in range(6):
            a, b = st.site_start[f], st.site_start[f + 1]
            if a == b:
                break
            j = st.point[a + np.random.randint(b - a)]
            s = st.row[st.start[j] + np.random.randint(st.start[j + 1] - st.start[j])]
            if st.chosen[s] or st.gain[s] <= 0:
                continue
            change, out = _swap_gain(st, s, limit, shared, met)
            if out >= 0 and change > 1e-9 * (1.0 + st.total[0]):
                _drop(st, out)
                _add(st, s)
                if out == f:
                    break
