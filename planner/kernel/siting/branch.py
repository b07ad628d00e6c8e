"""Branch and bound over relaxations, leaving a certificate behind.

A node is closed only by multipliers that `siting.safe` has evaluated; HiGHS suggests them.
"""

import heapq
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.kernel.siting.guess import Scores, choose_column
from planner.kernel.siting.lp import EMPTY, SOLVED, STOPPED, Engine, complete, relax
from planner.kernel.siting.model import DECIDED
from planner.kernel.siting.safe import (
    Box,
    Certificate,
    Form,
    fix_by_price,
    safe_bound,
    to_value,
)

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]

_ROOM = 25_000_000  # multipliers that may be stored
_WHOLE = 1e-6


class Known(NamedTuple):
    """The best plan known, its cost, and by how much a better one is cheaper at least."""

    x: F64 | None
    cost: float
    step: float

    def cutoff(self) -> float:
        """Return the cost that a plan worth looking for does not exceed."""
        if not np.isfinite(self.cost):
            return self.cost
        if self.step > 0:
            return self.cost - self.step * (1 - 1e-3)
        return self.cost - 1e-8 * max(1.0, abs(self.cost))


class Pause(NamedTuple):
    """When to stop: a moment of `time.monotonic`, and a question with the cost and the bound."""

    until: float
    go_on: Callable[[float, float], bool]

    def left(self) -> float:
        """Return the seconds left."""
        return self.until - time.monotonic()


class _Node(NamedTuple):
    """An open node: bound, number, what differs from the root, and its parent's multipliers."""

    rank: tuple[float, int]
    bound: float
    number: int
    changed: tuple[I32, F64, F64]
    vector: int


@dataclass
class Growth:
    """The certificate while it grows, and the best plan known."""

    form: Form
    known: Known
    rounds: list[int] = field(default_factory=list)
    column: list[int] = field(default_factory=list)
    split: list[float] = field(default_factory=list)
    child: list[int] = field(default_factory=list)
    vector: list[int] = field(default_factory=list)
    ray: list[bool] = field(default_factory=list)
    stored: list[tuple[I32, F64]] = field(default_factory=list)
    room: int = _ROOM

    def store(self, y: F64) -> int:
        """Keep multipliers and return their number."""
        row = np.flatnonzero(y).astype(np.int32)
        self.stored.append((row, y[row]))
        self.room -= len(row)
        return len(self.stored) - 1

    def add_nodes(self, count: int, vector: int) -> int:
        """Make nodes that are open leaves so far and return the number of the first."""
        first = len(self.column)
        self.column += [-1] * count
        self.split += [0.0] * count
        self.child += [-1] * count
        self.vector += [vector] * count
        self.ray += [False] * count
        return first

    def learn(self, x: F64 | None) -> bool:
        """Take a feasible plan if it is better; return whether it is."""
        if x is None:
            return False
        cost = float(self.form.cost @ x)
        if cost >= self.known.cost - 1e-12 * max(1.0, abs(cost)):
            return False
        self.known = self.known._replace(x=x, cost=cost)
        return True


def grow_tree(growth: Growth, engine: Engine, pause: Pause, seed: int) -> float:
    """Branch until no open node is left or it is told to stop.

    Parameters
    ----------
    growth
        Changed in place: nodes are added, better plans are taken.
    engine
        The relaxation; its box is the root's.
    pause
        When to stop.
    seed
        Of the choice among equal columns.

    Returns
    -------
    float
        No plan costs less, as far as the search knows; infinite where there is no plan.
    """
    form = growth.form
    first = growth.rounds[-1] if growth.rounds else -1
    y = np.zeros(len(form.model.rows.lower))
    if first >= 0:
        row, value = growth.stored[first]
        y[row] = value
    bound = safe_bound(form, y, engine.box)[0]
    growth.add_nodes(1, first)
    scores = Scores(np.zeros((2, len(form.cost))), np.zeros((2, len(form.cost))), seed)
    empty = (np.zeros(0, np.int32), np.zeros(0), np.zeros(0))
    heap = [_Node((bound, 0), bound, 0, empty, first)]
    stuck, without = np.inf, growth.known.x is None
    while heap:
        least = min(stuck, heap[0].bound if not without else min(node.bound for node in heap))
        least = min(least, growth.known.cutoff())
        if pause.left() <= 0 or growth.room < 0 or not pause.go_on(growth.known.cost, least):
            return least
        node = heapq.heappop(heap)
        children, open_bound = _work_on(growth, engine, node, pause, scores)
        stuck = min(stuck, open_bound)
        if children is None:
            return min([least, open_bound, *(other.bound for other in heap)])
        for child in children:
            heapq.heappush(heap, child)
        if without and growth.known.x is not None:
            without = False
            heap = [other._replace(rank=(other.bound, -other.number)) for other in heap]
            heapq.heapify(heap)
    return min(stuck, growth.known.cutoff())


def _work_on(
    growth: Growth, engine: Engine, node: _Node, pause: Pause, scores: Scores
) -> tuple[list[_Node] | None, float]:
    """Return the children of a node, None if time ran out, and its bound if it stays open."""
    form, number = growth.form, node.number
    if node.bound > growth.known.cutoff():
        return [], np.inf
    box = _box_of(engine, node)
    answer = relax(engine, form, box, pause.left())
    if answer.status == STOPPED:
        return None, node.bound
    if answer.status == EMPTY and safe_bound(form, answer.y, box, ray=True)[0] > 0:
        growth.vector[number] = growth.store(answer.y)
        growth.ray[number] = True
        return [], np.inf
    bound, reduced, x = node.bound, np.zeros(len(form.cost)), None
    if answer.status == SOLVED:
        bound, reduced = safe_bound(form, answer.y, box)
        x = answer.x
        if bound < node.bound - 1e-9 * max(1.0, abs(node.bound)):
            bound, reduced = node.bound, np.zeros(len(form.cost))
        else:
            growth.vector[number] = growth.store(answer.y)
            bound = max(bound, node.bound) if growth.vector[number] < 0 else bound
        if _is_decided(form, x):
            growth.learn(complete(form.model, x))
    cutoff = growth.known.cutoff()
    if bound > cutoff:
        return [], np.inf
    box = fix_by_price(form, bound, reduced, box, cutoff)
    choice = choose_column(engine, form, box, (x, answer.cost, cutoff), scores)
    if choice is None:
        return [], bound
    return _split(growth, engine, box, choice, bound, number), np.inf


def _split(
    growth: Growth, engine: Engine, box: Box, choice: tuple[int, float, bool], bound: float,
    number: int,
) -> list[_Node]:  # fmt: skip
    column, split, up_first = choice
    vector = growth.vector[number]
    first = growth.add_nodes(2, vector)
    growth.column[number], growth.split[number] = column, split
    growth.child[number] = first
    children = []
    for side in (0, 1):
        lower, upper = box[0].copy(), box[1].copy()
        if side == 0:
            upper[column] = min(upper[column], split)
        else:
            lower[column] = max(lower[column], split + 1)
        if lower[column] > upper[column]:
            continue
        moved = np.flatnonzero((lower != engine.box[0]) | (upper != engine.box[1]))
        changed = (moved.astype(np.int32), lower[moved], upper[moved])
        after = first + side
        if growth.known.x is None:  # straight down until there is a plan
            rank = (-float(number), -after if up_first == bool(side) else 1)
        else:
            rank = (bound, -after)
        children.append(_Node(rank, bound, after, changed, vector))
    return children


def _box_of(engine: Engine, node: _Node) -> Box:
    lower, upper = engine.box[0].copy(), engine.box[1].copy()
    column, low, high = node.changed
    lower[column], upper[column] = low, high
    return lower, upper


def _is_decided(form: Form, x: F64) -> bool:
    chosen = x[form.model.columns.kind == DECIDED]
    return bool((np.abs(chosen - np.rint(chosen)) <= _WHOLE).all())


def seal(growth: Growth, cutoff: float) -> Certificate:
    """Return the certificate with the cutoff as its target and bound."""
    if not growth.column:
        growth.add_nodes(1, growth.rounds[-1] if growth.rounds else -1)
    target = to_value(growth.form, cutoff)
    start = np.zeros(len(growth.stored) + 1, np.int64)
    np.cumsum([len(row) for row, _ in growth.stored], out=start[1:])
    empty = [(np.zeros(0, np.int32), np.zeros(0))]
    return Certificate(
        target,
        target,
        np.array(growth.rounds, np.int64),
        np.array(growth.column, np.int64),
        np.array(growth.split),
        np.array(growth.child, np.int64),
        np.array(growth.vector, np.int64),
        np.array(growth.ray, np.bool_),
        start,
        np.concatenate([row for row, _ in growth.stored or empty]).astype(np.int32),
        np.concatenate([value for _, value in growth.stored or empty]),
    )
