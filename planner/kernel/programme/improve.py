"""Better plans by opening one neighbourhood of a plan after another (large-neighbourhood search).

All works outside stay as they are, so that what is left to decide is small enough to be solved to
the end in a moment. Nothing here is believed: every plan is measured against the whole model.
"""

import time
from collections.abc import Callable
from typing import NamedTuple

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from planner.kernel.programme.layout import Layout
from planner.kernel.programme.works import Programme
from planner.kernel.siting.model import (
    FIRM,
    Columns,
    Model,
    RowBlock,
    highs_model,
    is_feasible,
    new_solver,
    round_whole,
)

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]

_SMALLEST, _LARGEST = 12, 150  # places opened at once
_SECONDS = 3.0  # at most, for one neighbourhood
_GROW, _SHRINK = 1.1, 0.8
_STALLED = 60  # neighbourhoods in a row without a better plan


class Near(NamedTuple):
    """Places that have a community or people in common; made by `link_places`."""

    graph: sparse.csr_array
    place_of: NDArray[np.int32]


def link_places(programme: Programme, layout: Layout) -> Near:
    """Return which places are neighbours, and the place of each start."""
    space, people = programme.space, programme.people
    count = len(space.place_start) - 1
    owner = np.repeat(np.arange(count), np.diff(space.place_start))
    shared = sparse.csr_array((np.ones(len(owner)), (owner, space.community)))
    row = np.repeat(np.arange(len(people.weight)), np.diff(people.start))
    reached = sparse.csr_array(
        (np.ones(len(row)), (people.place, row)), (count, max(1, len(people.weight)))
    )
    graph = sparse.csr_array(shared @ shared.T + reached @ reached.T)
    graph.setdiag(0)
    graph.eliminate_zeros()
    return Near(graph, programme.ways.place[layout.way])


def improve_plan(
    model: Model,
    layout: Layout,
    near: Near,
    x: F64,
    pause: tuple[float, int, Callable[[float], bool]],
) -> F64:
    """Return a plan at least as good as `x`.

    Parameters
    ----------
    model, layout, near
        The model, its columns, and what lies near what.
    x
        A plan, shape (n,).
    pause
        Moment of `time.monotonic` to stop at, seed, and a question with the value so far.
    """
    until, seed, go_on = pause
    random = np.random.default_rng(seed)
    cost = -model.columns.worth if model.maximise else model.columns.worth
    best, size, stalled = x, float(_SMALLEST) * 2, 0
    places = near.graph.shape[0]
    while time.monotonic() < until and stalled < _STALLED:
        if not go_on(float(model.columns.worth @ best) + model.offset):
            break
        inside = _neighbourhood(near, random, int(size))
        begun = time.monotonic()
        found = _solve_inside(model, layout, near, best, inside)
        slow = time.monotonic() - begun > _SECONDS / 3
        size *= _SHRINK if slow else _GROW
        size = min(max(size, float(_SMALLEST)), float(_LARGEST), float(places))
        stalled += 1
        if found is not None:
            now, before = float(cost @ found), float(cost @ best)
            if now < before - 1e-9 * max(1.0, abs(before)):
                best, stalled = found, 0
        if inside.all() and not slow:
            break
    return best


def _neighbourhood(near: Near, random: np.random.Generator, size: int) -> Mask:
    """Return places around one or two random places, nearest in steps first."""
    graph = near.graph
    count = graph.shape[0]
    inside = np.zeros(count, np.bool_)
    seeds = random.choice(count, min(count, 1 + int(random.integers(3))), replace=False)
    share = max(1, size // len(seeds))
    for seed in seeds:
        front, taken = np.array([seed]), 0
        while len(front) and taken < share:
            front = front[~inside[front]]
            front = random.permutation(front)[: share - taken]
            inside[front] = True
            taken += len(front)
            nearby = np.concatenate(
                [graph.indices[graph.indptr[p] : graph.indptr[p + 1]] for p in front] or [front]
            )
            front = np.unique(nearby)
    return inside


def _solve_inside(model: Model, layout: Layout, near: Near, x: F64, inside: Mask) -> F64 | None:
    """Return the best plan that differs from `x` inside only, or None."""
    open_column = np.flatnonzero(
        _moving(model, layout, inside[near.place_of]) & (model.columns.lower < model.columns.upper)
    )
    if not len(open_column):
        return None
    fixed = x.copy()
    fixed[open_column] = 0.0
    small = _rest_of(model, open_column, fixed)
    solver = new_solver({"time_limit": _SECONDS, "mip_rel_gap": 1e-5})
    solver.passModel(highs_model(small, small.columns.lower, small.columns.upper, whole=True))
    solver.run()
    if solver.getInfo().primal_solution_status != highspy.kSolutionStatusFeasible:
        return None
    fixed[open_column] = np.array(solver.getSolution().col_value)
    answer = round_whole(model, fixed)
    return answer if is_feasible(model, answer) else None


def _moving(model: Model, layout: Layout, own: Mask) -> Mask:
    """Return the columns that may change with the starts `own`: theirs, and the people's."""
    starts, rows = layout.starts, model.rows
    moving = np.zeros(layout.width, np.bool_)
    moving[:starts] = moving[starts : 2 * starts] = own
    ways = np.zeros(int(layout.way.max(initial=-1)) + 1, np.bool_)
    ways[layout.way[own]] = True
    moving[layout.first_share : layout.first_people] = ways[layout.share_way]
    size = abs(rows.matrix)
    touched = np.asarray(size @ moving.astype(np.float64)) > 0
    linking = touched & (rows.group == FIRM) & (rows.upper == 0.0)
    reached = np.asarray(size.T @ linking.astype(np.float64)) > 0
    moving[layout.first_people :] |= reached[layout.first_people :]
    return moving


def _rest_of(model: Model, open_column: NDArray[np.intp], fixed: F64) -> Model:
    """Return the model of some columns, the others fixed."""
    columns, rows = model.columns, model.rows
    part = rows.matrix[:, open_column]
    row = np.flatnonzero(np.diff(part.indptr))
    spent = np.asarray(rows.matrix[row] @ fixed)
    return Model(
        model.maximise,
        0.0,
        Columns(
            columns.worth[open_column],
            columns.lower[open_column],
            columns.upper[open_column],
            columns.kind[open_column],
        ),
        RowBlock(
            sparse.csr_array(part[row]),
            rows.lower[row] - spent,
            rows.upper[row] - spent,
            rows.group[row],
        ),
        model.names,
    )
