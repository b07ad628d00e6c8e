# ruff: noqa: NPY002 - compiled code knows only the seeded legacy generator
"""p-median: the sites that make the sum of everybody's way least, with a proof.

Swaps after random kicks for the plan; for the bound, Lagrangian relaxation of "everybody is
assigned once" (Narula, Ogbu and Samuelsson 1977; Beasley 1985), reduced prices, and a tree. Every
bound that closes a node or fixes a site is derived from the multipliers by `recheck_median`.
"""

import heapq
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.kernel.compiled import compiled
from planner.kernel.siting.exact import Effort
from planner.kernel.siting.nodes import FREE, IN, OUT

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
I8 = NDArray[np.int8]
Rows = NDArray[np.intp]

_GRAIN = 64.0  # multipliers are whole parts of one over this, so that whole costs add up exactly


class Median(NamedTuple):
    """A plan, the sum of ways, a bound no plan is below, and whether they are equal.

    `price` are the multipliers of the root: `recheck_median` derives its bound from them.
    """

    rows: Rows
    cost: float
    bound: float
    proven: bool
    price: F64


class _Node(NamedTuple):
    bound: float
    number: int
    state: I8
    price: F64


def solve_median(cost: F64, count: int, effort: Effort) -> Median:
    """Choose `count` sites so that the sum over clients of the cost to the nearest is least.

    Parameters
    ----------
    cost
        Weighted way from each client to each site, finite, shape (clients, sites).
    count
        Number of sites, at least 1; all sites where there are fewer.
    effort
        When to stop; `go_on` gets the cost of the plan and the bound.

    Raises
    ------
    ValueError
        If costs are not finite, or no site is asked for.
    """
    if cost.ndim != 2 or not np.all(np.isfinite(cost)) or 0 in cost.shape or count < 1:
        raise ValueError("expected finite costs of clients by sites, and at least one site")
    count = min(count, cost.shape[1])
    clock = time.monotonic()

    def go_on(value: float, bound: float) -> bool:
        near = effort.gap > 0 and value - bound <= effort.gap * value
        return (
            not near and time.monotonic() - clock <= effort.seconds and effort.go_on(value, bound)
        )

    cost = np.ascontiguousarray(cost, np.float64)
    step = 1.0 if bool(np.all(cost % 1 == 0)) else 1e-9 * max(1.0, float(cost.sum()))
    rows, value = _plan(cost, count, effort.seed)
    order = np.argsort(cost, axis=1, kind="stable").astype(np.int32)
    ranked = np.take_along_axis(cost, order, axis=1)
    price = ranked[:, min(1, ranked.shape[1] - 1)].copy()
    root = _Node(float(cost.min(axis=1).sum()), 0, np.zeros(cost.shape[1], np.int8), price)
    return _search((cost, ranked, order), count, (rows, value, step), root, go_on)


def _search(  # noqa: C901 - one loop, node after node
    tables: tuple[F64, F64, I32],
    count: int,
    known: tuple[Rows, float, float],
    root: _Node,
    go_on: Callable[[float, float], bool],
) -> Median:
    cost, ranked, order = tables
    rows, value, step = known
    guard = 1e-10 * float(cost.max(axis=1).sum())
    open_nodes, made, first = [root], 1, root.price
    while open_nodes:
        bound = open_nodes[0].bound
        if not go_on(value, bound):
            return Median(
                rows, value, min(value, _up(bound, step, guard)), proven=False, price=first
            )
        node = heapq.heappop(open_nodes)
        state = node.state.copy()
        left = count - int((state == IN).sum())
        pace = (400 if made == 1 else 60, 0.3 if made == 1 else 0.1, 12 if made == 1 else 5)
        price, taken = _climb(ranked, order, state, left, (node.price.copy(), value, *pace))
        price = np.maximum(np.rint(price * _GRAIN) / _GRAIN, 0.0)
        if made == 1:
            first = price
        guess = np.flatnonzero(state == IN)
        ranking = np.where(state == FREE, taken, -1.0)
        guess = np.concatenate([guess, np.argsort(-ranking, kind="stable")[:left]]).astype(np.intp)
        if made == 1 or float(cost[:, guess].min(axis=1).sum()) < value:
            guess, now = _swap(cost, guess)
            if now < value - guard:
                rows, value = guess, now
        if _settle(cost, count, price, state, value - step + guard):
            continue
        bound = max(node.bound, recheck_median(cost, price, count, state))
        free = np.flatnonzero(state == FREE)
        if not len(free):
            if int((state == IN).sum()) <= count and (state == IN).any():
                now = float(cost[:, state == IN].min(axis=1).sum())
                if now < value - guard:
                    rows, value = np.flatnonzero(state == IN).astype(np.intp), now
            continue
        part = np.minimum(taken[free], 1.0 - taken[free])
        site = int(free[np.argmax(part + 1e-3 * taken[free])])
        for side in (IN, OUT):
            child = state.copy()
            child[site] = side
            heapq.heappush(open_nodes, _Node(bound, made, child, price))
            made += 1
    return Median(np.sort(rows), value, value, proven=True, price=first)


def _up(bound: float, step: float, guard: float) -> float:
    return float(np.ceil(bound - guard)) if step == 1.0 else bound


def recheck_median(cost: F64, price: F64, count: int, state: I8 | None = None) -> float:
    """Derive the bound of these multipliers, in one pass over the costs.

    With `state`, of plans that take the sites marked 1 and leave those marked -1 out.
    """
    saved = np.minimum(cost - price[:, None], 0.0).sum(axis=0)
    if state is None:
        state = np.zeros(cost.shape[1], np.int8)
    left = count - int((state == IN).sum())
    if left < 0:
        return float("inf")
    free = np.sort(saved[state == FREE])[:left]
    return float(price.sum() + saved[state == IN].sum() + free.sum())


def _settle(cost: F64, count: int, price: F64, state: I8, most: float) -> bool:
    """Fix sites without which, or with which, no plan costs `most`; return whether none does."""
    bound = recheck_median(cost, price, count, state)
    if bound > most:
        return True
    saved = np.minimum(cost - price[:, None], 0.0).sum(axis=0)
    free = np.flatnonzero(state == FREE)
    left = count - int((state == IN).sum())
    ranked = free[np.argsort(saved[free], kind="stable")]
    inside, outside = ranked[:left], ranked[left:]
    if left == 0:
        state[free] = OUT
        return False
    if len(outside):
        never = outside[bound - saved[inside[-1]] + saved[outside] > most]
        always = inside[bound - saved[inside] + saved[outside[0]] > most]
        state[never] = OUT
    else:
        always = inside[bound - saved[inside] > most]
    state[always] = IN
    return False


def _plan(cost: F64, count: int, seed: int) -> tuple[Rows, float]:
    rounds = int(min(400.0, max(20.0, 3e8 / (cost.size * 4.0))))
    rows, value = _kicked(cost, count, rounds, seed)
    return np.flatnonzero(rows).astype(np.intp), float(value)


def _swap(cost: F64, rows: Rows) -> tuple[Rows, float]:
    chosen = np.zeros(cost.shape[1], np.bool_)
    chosen[rows] = True
    value = float(_swap_down(cost, chosen))
    return np.flatnonzero(chosen).astype(np.intp), value


@compiled
def _nearest(cost: F64, chosen: NDArray[np.bool_], one: I32, two: I32) -> float:
    rows = np.flatnonzero(chosen)
    total = 0.0
    for i in range(len(cost)):
        a, b = np.intp(-1), np.intp(-1)
        for s in rows:
            if a < 0 or cost[i, s] < cost[i, a]:
                a, b = s, a
            elif b < 0 or cost[i, s] < cost[i, b]:
                b = s
        one[i], two[i] = a, b
        total += cost[i, a]
    return total


@compiled
def _swap_down(cost: F64, chosen: NDArray[np.bool_]) -> float:  # noqa: C901 - flat, compiled
    """Take the first swap that helps until none does (Whitaker's fast interchange)."""
    clients, sites = cost.shape
    if chosen.sum() == 1:
        chosen[:] = False
        chosen[np.argmin(cost.sum(axis=0))] = True
        return float(cost.sum(axis=0).min())
    one, two = np.empty(clients, np.int32), np.empty(clients, np.int32)
    total = _nearest(cost, chosen, one, two)
    base, extra = np.zeros(sites), np.zeros(sites)
    turned = cost.T.copy()
    idle, s = 0, 0
    fresh = True
    while idle < sites:
        if fresh:
            base[:] = 0.0
            for i in range(clients):
                base[one[i]] += cost[i, two[i]] - cost[i, one[i]]
            fresh = False
        if not chosen[s]:
            extra[:] = base
            gain = 0.0
            for i in range(clients):
                c, near, after = turned[s, i], cost[i, one[i]], cost[i, two[i]]
                if c < near:
                    gain += near - c
                    extra[one[i]] -= after - near
                elif c < after:
                    extra[one[i]] -= after - c
            out, least = -1, 1e299
            for o in range(sites):
                if chosen[o] and extra[o] < least:
                    out, least = o, extra[o]
            if out >= 0 and gain - least > 1e-9 * (1.0 + total):
                chosen[out], chosen[s] = False, True
                total = _nearest(cost, chosen, one, two)
                idle, fresh = 0, True
        idle += 1
        s = (s + 1) % sites
    return total


@compiled
def _kicked(cost: F64, count: int, rounds: int, seed: int) -> tuple[NDArray[np.bool_], float]:
    np.random.seed(seed)
    sites = cost.shape[1]
    chosen = np.zeros(sites, np.bool_)
    for s in np.random.permutation(sites)[:count]:
        chosen[s] = True
    best = chosen.copy()
    least = _swap_down(cost, best)
    if count == sites:
        return best, least
    for _ in range(rounds):
        chosen[:] = best
        for _ in range(2 + np.random.randint(3)):
            rows, rest = np.flatnonzero(chosen), np.flatnonzero(~chosen)
            chosen[rows[np.random.randint(len(rows))]] = False
            chosen[rest[np.random.randint(len(rest))]] = True
        value = _swap_down(cost, chosen)
        if value <= least:
            least = value
            best[:] = chosen
    return best, least


@compiled
def _climb(  # noqa: C901, PLR0912, PLR0915 - one flat loop, compiled
    ranked: F64, order: I32, state: I8, left: int, course: tuple[F64, float, int, float, int]
) -> tuple[F64, F64]:
    """Raise the bound by subgradient steps; return the best prices and the use of sites."""
    price, aim, rounds, factor, patience = course
    clients, sites = ranked.shape
    best_price, best = price.copy(), -1e300
    saved, take, taken = np.empty(sites), np.zeros(sites), np.zeros(sites)
    way = np.zeros(clients)
    stall = 0
    for _ in range(rounds):
        saved[:] = 0.0
        bound = 0.0
        for i in range(clients):
            bound += price[i]
            for k in range(sites):
                if ranked[i, k] >= price[i]:
                    break
                saved[order[i, k]] += ranked[i, k] - price[i]
        free = saved.copy()
        for s in range(sites):
            take[s] = 0.0
            if state[s] == IN:
                take[s] = 1.0
                bound += saved[s]
            if state[s] != FREE:
                free[s] = 1.0
        for s in np.argsort(free)[:left]:
            if free[s] < 0.0:
                take[s] = 1.0
                bound += saved[s]
        taken *= 0.95
        taken += 0.05 * take
        if bound > best + 1e-5 * abs(aim - best):
            stall = 0
        else:
            stall += 1
        if bound > best:
            best = bound
            best_price[:] = price
        if best >= aim or factor < 0.001:
            break
        if stall >= patience:
            stall = 0
            factor *= 0.7
            price[:] = best_price
            way[:] = 0.0
            continue
        norm = 0.0
        for i in range(clients):
            g = 1.0
            for k in range(sites):
                if ranked[i, k] >= price[i]:
                    break
                g -= take[order[i, k]]
            way[i] = 0.8 * way[i] + 0.2 * g
            norm += way[i] * way[i]
        if norm <= 0:
            break
        size = factor * (aim - bound) / norm
        for i in range(clients):
            price[i] = max(0.0, price[i] + size * way[i])
    return best_price, taken
