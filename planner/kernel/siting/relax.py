"""Where no plan keeps all rules: which group of rows to relax, and by how much."""

import time
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from planner.kernel.siting.certified import solve_certified
from planner.kernel.siting.exact import Effort
from planner.kernel.siting.model import (
    BROKEN,
    DECIDED,
    FIRM,
    FOLLOWS,
    Columns,
    Model,
    RowBlock,
    build_model,
    join_columns,
    make_columns,
    make_rows,
    violations,
)

F64 = NDArray[np.float64]
I32 = NDArray[np.int32]


class Easing(NamedTuple):
    """How far groups of rows must give way for a plan to exist.

    Parameters
    ----------
    amount
        By how much the rows of each group are missed in all, measured on the plan, in the unit of
        the rows, shape (groups,); infinite where relaxing did not lead to a plan.
    x
        The plan, or None, shape (n,).
    bound
        No plan misses them by less, weighted by the prices.
    proven
        The least there is; without a plan: there is none even so.
    """

    amount: F64
    x: F64 | None
    bound: float
    proven: bool


def ease_one(model: Model, group: int, effort: Effort) -> Easing:
    """Relax one group of rows by the least amount; all others hold.

    Parameters
    ----------
    model
        Any model; its objective plays no part.
    group
        Number of the group in `model.names`.
    effort
        When to stop.
    """
    price = np.full(len(model.names), np.inf)
    price[group] = 1.0
    return ease_together(model, price, effort)


def ease_each(model: Model, effort: Effort) -> tuple[Easing, ...]:
    """Relax every group that has rows by itself; groups in the order of `model.names`.

    Those still to come share what is left of the time of the effort. A group without rows gives
    way by nothing, and without a plan: one proof that there is none serves all of these.
    """
    stop = time.monotonic() + effort.seconds
    there = np.bincount(model.rows.group[model.rows.group != FIRM], minlength=len(model.names)) > 0
    found: list[Easing] = []
    without: Easing | None = None
    for group in range(len(model.names)):
        if not there[group] and without is not None:
            found.append(without)
            continue
        waiting = int(there[group:].sum()) + int(not there[group:].all() and without is None)
        left = max(0.0, stop - time.monotonic()) / waiting
        found.append(ease_one(model, group, effort._replace(seconds=left)))
        if not there[group]:
            without = found[-1]
    return tuple(found)


def ease_together(model: Model, price: F64, effort: Effort) -> Easing:
    """Relax groups so that the weighted sum of what is missed is least.

    Parameters
    ----------
    model
        Any model; its objective plays no part.
    price
        Of one unit missed in each group, above zero; infinite for groups that hold, shape
        (groups,).
    effort
        When to stop.

    Raises
    ------
    ValueError
        If there is not one price above zero for each group.
    """
    if price.shape != (len(model.names),) or not (price > 0).all():
        raise ValueError("expected a price above zero for each group of rows")
    elastic = _elastic(model, price)
    everything = np.where(elastic.columns.kind == DECIDED, elastic.columns.upper, np.nan)
    found = solve_certified(elastic, effort, everything)
    amount = np.full(len(price), np.inf)
    if found.x is None:
        return Easing(amount, None, found.bound, found.proven)
    x = found.x[: len(model.columns.worth)]
    missed, group = violations(model, x), model.rows.group
    amount = np.bincount(
        group[group != FIRM], weights=missed[group != FIRM], minlength=len(price)
    ).astype(np.float64)
    return Easing(amount, x, found.bound, found.proven)


def _elastic(model: Model, price: F64) -> Model:
    """Return: miss the rows of these groups by the least."""
    columns, rows = model.columns, model.rows
    cost = np.append(price, np.inf)[rows.group]  # the last is that of firm rows
    low, high = np.flatnonzero(np.isfinite(cost)), np.flatnonzero(np.isfinite(cost))
    low, high = low[np.isfinite(rows.lower[low])], high[np.isfinite(rows.upper[high])]
    ends = rows.matrix.multiply(columns.lower), rows.matrix.multiply(columns.upper)
    least = np.asarray(ends[0].minimum(ends[1]).sum(axis=1)).ravel()
    most = np.asarray(ends[0].maximum(ends[1]).sum(axis=1)).ravel()
    short = np.maximum(rows.lower[low] - least[low], 0.0)
    over = np.maximum(most[high] - rows.upper[high], 0.0)
    row, far = np.concatenate([low, high]), np.concatenate([short, over])
    whole = _whole_rows(model)[row] & (far % 1 == 0)
    slack = Columns(cost[row], np.zeros(len(row)), far, np.where(whole, FOLLOWS, BROKEN))
    free = columns._replace(worth=np.zeros(len(columns.worth)))
    count = len(columns.worth) + len(row)
    signs = np.concatenate([np.ones(len(low)), -np.ones(len(high))])
    extra = make_rows(
        (row, len(columns.worth) + np.arange(len(row)), signs), (len(rows.lower), count), 0.0, 0.0
    ).matrix
    own = rows.matrix
    wide = sparse.csr_array((own.data, own.indices, own.indptr), (len(rows.lower), count))
    block = RowBlock(sparse.csr_array(wide + extra), rows.lower, rows.upper, rows.group)
    parts = [free, slack._replace(kind=slack.kind.astype(np.int8))]
    if not len(row):
        parts.append(make_columns(np.zeros(0), 0.0, 0.0, BROKEN))
    return build_model(join_columns(parts), [block], maximise=False, names=model.names)


def _whole_rows(model: Model) -> NDArray[np.bool_]:
    """Return which rows add up whole numbers only, and are held to whole numbers."""
    matrix, rows = model.rows.matrix, model.rows
    entry = (matrix.data % 1 == 0) & (model.columns.kind[matrix.indices] != BROKEN)
    number = np.repeat(np.arange(len(rows.lower)), np.diff(matrix.indptr))
    broken = np.bincount(number, weights=~entry, minlength=len(rows.lower)) > 0
    ends = [np.where(np.isfinite(end), end, 0.0) % 1 == 0 for end in (rows.lower, rows.upper)]
    return np.asarray(~broken & ends[0] & ends[1], np.bool_)
