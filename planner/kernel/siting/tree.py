"""Search a tree of sites to the end, and check such a search without trusting it."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.kernel.siting.descent import work_nodes
from planner.kernel.siting.nodes import FREE, IN, OUT, STEPS, Pool, Record, Task
from planner.kernel.siting.reduce import Merged
from planner.kernel.siting.search import Budget, Rows

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I8 = NDArray[np.int8]

_PACE = (60, 0.1, 5)
_ROOM_MB = 48


class Certificate(NamedTuple):
    """A searched tree: nodes by number, 0 is the root.

    Parameters
    ----------
    site
        Candidate a node branches on, -1 where it is closed, the number of candidates where it has
        one child that only carries on; its first child leaves the candidate out, its second (the
        next number) takes it in. int64, shape (k,).
    child
        Number of the first child, -1 where there is none, shape (k,).
    share, money
        Multipliers of each node as in `siting.bound.Prices`, shapes (k, m) and (k, 2).
    target
        Least a plan would have to reach to be better than the one found.
    guard
        Slack for rounding that every comparison grants.
    """

    site: I64
    child: I64
    share: NDArray[np.uint16]
    money: F64
    target: float
    guard: float


class Search(NamedTuple):
    """Best plan of a tree search, its value, a bound, nodes, and the certificate if it ended."""

    rows: Rows
    value: float
    bound: float
    nodes: int
    certificate: Certificate | None


def search_tree(
    merged: Merged,
    budget: Budget,
    plan: Rows,
    goal: tuple[float, float],
    share: F64,
    how: tuple[int, Callable[[float, float], bool]],
) -> Search:
    """Search for a plan better than `plan` until none can exist or it is told to stop.

    Parameters
    ----------
    merged, budget
        The problem.
    plan
        Best plan known.
    goal
        People it reaches, and by how much a better one must beat it at least.
    share
        Multipliers to start from, as in `siting.bound.Prices`.
    how
        Largest number of nodes, and a function called with value and bound after every few nodes;
        False stops the search.

    Returns
    -------
    Search
        The bound is the largest of the open nodes, never less than the value.
    """
    sites = len(merged.alone)
    task = Task(merged, budget.cost, budget.limit, guard_of(merged))
    pool = _new_pool(task, share)
    best = np.zeros(sites, np.int8)
    best[plan] = IN
    aim = np.array(goal, np.float64)
    slices: list[Record] = []
    room = int(min(64, max(4, 2e6 / max(1, len(merged.row)))))  # nodes between two questions
    while pool.used[0] > 0:
        bound = float(max(aim[0], pool.bound[: pool.used[0]].max()))
        if pool.used[1] > how[0] or not how[1](float(aim[0]), bound):
            return Search(_rows(best), float(aim[0]), bound, int(pool.used[1]), None)
        record = Record(
            np.zeros(room, np.int64),
            np.zeros(room, np.int64),
            np.zeros((room, len(merged.weight)), np.uint16),
            np.zeros((room, 2)),
        )
        done = work_nodes(task, pool, record, best, aim, _PACE)
        if done == 0:  # no room for another node
            return Search(_rows(best), float(aim[0]), bound, int(pool.used[1]), None)
        slices.append(
            Record(
                record.number[:done], record.site[:done], record.share[:done], record.money[:done]
            )
        )
    certificate = _join(slices, sites, float(aim.sum()), task.guard)
    rows, value = _rows(best), float(aim[0])
    return Search(rows, value, value, int(pool.used[1]), certificate)


def guard_of(merged: Merged) -> float:
    """Return the slack that rounding may need: none to speak of where people are whole."""
    return 1e-10 * float(merged.weight.sum() + merged.alone.sum())


def _rows(best: I8) -> Rows:
    return np.flatnonzero(best == IN).astype(np.intp)


def _new_pool(task: Task, share: F64) -> Pool:
    sites, rows = len(task.cost), len(task.merged.weight)
    room = int(min(20_000, max(200, _ROOM_MB * 1e6 / (sites + 2 * rows + 16))))
    pool = Pool(
        np.zeros((room, sites), np.int8),
        np.zeros((room, rows), np.uint16),
        np.zeros(room),
        np.zeros(room, np.int64),
        np.array([1, 1], np.int64),
    )
    pool.share[0] = share
    pool.bound[0] = task.merged.weight.sum() + task.merged.alone.sum()
    return pool


def _join(slices: list[Record], sites: int, target: float, guard: float) -> Certificate:
    number = np.concatenate([part.number for part in slices])
    order = np.argsort(number)
    site = np.concatenate([part.site for part in slices])[order]
    children = np.where(site < 0, 0, np.where(site < sites, 2, 1))
    # children are numbered in the order in which their parents were worked on
    by_work = np.empty(len(order), np.int64)
    by_work[order] = np.arange(len(order))
    made = children[np.argsort(order)] if len(order) else children
    first = 1 + np.cumsum(made) - made
    child = np.full(len(order), -1, np.int64)
    child[by_work] = first
    child[site < 0] = -1
    share = np.concatenate([part.share for part in slices])[order]
    money = np.concatenate([part.money for part in slices])[order]
    return Certificate(site, child, share, money, target, guard)


def recheck_tree(merged: Merged, budget: Budget, certificate: Certificate) -> bool:
    """Return whether the certificate proves that no plan reaches its target.

    Written without the compiled search: every node's bound is derived from its multipliers, its
    candidates are fixed by reduced price, and every branch must be followed on both sides.
    """
    site, child = certificate.site, certificate.child
    sites = len(merged.alone)
    size = np.diff(merged.start)
    # None stands for a node below one that is closed already
    state: dict[int, I8 | None] = {0: np.zeros(sites, np.int8)}
    for node in range(len(site)):
        if node not in state:
            return False
        here = state.pop(node)
        if here is not None and _check_node(merged, budget, certificate, node, (here, size)):
            here = None
        if site[node] < 0:
            if here is not None:
                return False
            continue
        first = int(child[node])
        if first <= node or first in state:
            return False
        if site[node] >= sites:
            state[first] = here
        elif first + 1 in state:
            return False
        else:
            state[first], state[first + 1] = _follow(here, int(site[node]))
    return not state


def _follow(here: I8 | None, site: int) -> tuple[I8 | None, I8 | None]:
    """Return the states with `site` out and in; None for a side that is ruled out already."""
    if here is None:
        return None, None
    sides: list[I8 | None] = []
    for side in (OUT, IN):
        after = here.copy()
        after[site] = side
        sides.append(after if here[site] in (FREE, side) else None)
    return sides[0], sides[1]


def _check_node(
    merged: Merged, budget: Budget, proof: Certificate, node: int, place: tuple[I8, I64]
) -> bool:
    """Fix candidates in the state as the multipliers allow; return whether the node is closed."""
    state, size = place
    left = budget.limit - float(budget.cost[state == IN].sum())
    if left < -1e-9:
        return True
    share = proof.share[node].astype(np.float64)
    if share.max(initial=0.0) > STEPS or proof.money[node].min() < 0:
        return False
    price = merged.weight * share / STEPS
    value = merged.alone + np.bincount(
        merged.row, weights=np.repeat(price, size), minlength=len(state)
    )
    base = float((merged.weight - price).sum()) + float(value[state == IN].sum())
    free = state == FREE
    closed = np.zeros(len(state), np.bool_)
    out = free & (budget.cost > left + 1e-9)
    rest = free & ~out
    into = np.zeros(len(state), np.bool_)
    for money in proof.money[node]:
        net = value - money * budget.cost
        bound = base + money * left + float(np.maximum(net[free], 0.0).sum()) + proof.guard
        if bound < proof.target:
            return True
        never = rest & (bound + np.minimum(net, 0.0) < proof.target)
        always = rest & (bound - np.maximum(net, 0.0) < proof.target)
        closed |= never & always
        out |= never
        into |= always
    if (out & into & rest).any():
        return True
    state[out] = OUT
    state[into] = IN
    return False
