"""Lift the worst part as high as can be, then the next, and so on to the last (leximin).

Ogryczak (1997): the parts in turn are the same as making the sum of the k smallest shares as large
as can be, for k = 1, 2, ... one after the other, each time without lowering an earlier sum. The sum
of the k smallest is the largest  k t - d_1 - d_2 - ...  with  d_i >= t - share_i,  d_i >= 0.
"""

import time
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.kernel.siting.certified import solve_certified
from planner.kernel.siting.exact import Effort
from planner.kernel.siting.model import (
    BROKEN,
    Model,
    RowBlock,
    build_model,
    join_columns,
    make_columns,
    make_rows,
)
from planner.kernel.siting.models import (
    chosen_sites,
    people_reached,
    served_columns,
    served_rows,
    solve_worst,
    start_from,
)
from planner.kernel.siting.reduce import Merged
from planner.kernel.siting.rules import RULE_NAMES, Rules, rule_rows, site_columns, spending

F64 = NDArray[np.float64]
Rows = NDArray[np.intp]

_SLACK = 1e-9  # of a sum of shares, within which an earlier step counts as kept


class InTurn(NamedTuple):
    """A plan that lifts the parts in turn.

    Parameters
    ----------
    rows
        Sites of the plan, or None where none was found or none exists.
    share
        Share of every part with the plan, in the order of the parts, shape (parts,).
    sums
        Sum of the k smallest shares, for k = 1, 2, ..., shape (parts,).
    bounds
        No plan that keeps the sums before it has a larger one, shape (parts,).
    steps
        So many of the first sums are proven.
    proven
        All of them are, or, without a plan, that there is none.
    """

    rows: Rows | None
    share: F64
    sums: F64
    bounds: F64
    steps: int
    proven: bool


def solve_in_turn(
    parts: Sequence[Merged], base: F64, size: F64, rules: Rules, effort: Effort
) -> InTurn:
    """Lift the worst part first, then the second worst, and so on.

    Parameters
    ----------
    parts, base, size, rules
        As of `siting.models.worst_model`.
    effort
        When to stop; every step gets an equal share of the seconds that are left.

    References
    ----------
    Ogryczak, W. (1997), On the lexicographic minimax approach to location problems.
    """
    count, until = len(parts), time.monotonic() + effort.seconds
    nothing = np.full(count, np.nan)

    def left(step: int) -> Effort:
        return effort._replace(seconds=max(0.0, until - time.monotonic()) / (count - step + 1))

    level, total = solve_worst(parts, base, size, rules, left(1))
    if level.x is None:
        return InTurn(None, nothing, nothing, nothing, 0, proven=level.proven)
    best = level.x if total is None or total.x is None else total.x
    rows = chosen_sites(best, len(rules.cost))
    share = (base + people_reached(parts, rows)) / size
    bounds, sure = [level.bound], [level.proven]
    for step in range(2, count + 1):
        kept = np.cumsum(np.sort(share))[: step - 1]
        model = _sum_model((parts, base, size), rules, kept)
        found = solve_certified(model, left(step), start_from(model, len(rules.cost), rows))
        bounds.append(found.bound)
        sure.append(found.proven)
        if found.x is not None:
            other = chosen_sites(found.x, len(rules.cost))
            reach = (base + people_reached(parts, other)) / size
            if _better(reach, share):
                rows, share = other, reach
    sums = np.cumsum(np.sort(share))
    steps = int(np.cumprod(sure).sum())
    return InTurn(rows, share, sums, np.maximum(bounds, sums), steps, proven=steps == count)


def _better(one: F64, other: F64) -> bool:
    """Return whether the first shares, from the worst on, are above the others."""
    apart = np.sort(one) - np.sort(other)
    differs = np.flatnonzero(np.abs(apart) > _SLACK)
    return bool(len(differs)) and bool(apart[differs[0]] > 0)


def _sum_model(measures: tuple[Sequence[Merged], F64, F64], rules: Rules, kept: F64) -> Model:
    """Return: make the sum of one more share than kept as large as can be.

    After the columns of the plan come, for every k up to that number, the level t and the distances
    d_i below it.
    """
    parts, base, size = measures
    count, last = len(parts), len(kept) + 1
    columns = served_columns(parts, site_columns(rules))
    first = len(columns.worth)
    people = [float(part.weight.sum() + part.alone.sum()) for part in parts]
    most = float(((base + people) / size).max())
    worth = np.zeros((last, count + 1))
    worth[-1] = np.concatenate([[float(last)], np.full(count, -1.0)])
    columns = join_columns([columns, make_columns(worth.ravel(), 0.0, most, BROKEN)])
    width = len(columns.worth)
    rows = [*served_rows(parts, rules, width), *rule_rows(rules, width)]
    for k in range(last):
        at = first + k * (count + 1)
        rows.append(_level_rows((parts, base, size), rules, at, width))
        if k < len(kept):
            signs = np.concatenate([[k + 1.0], np.full(count, -1.0)])
            floor = kept[k] - _SLACK * max(1.0, kept[k])
            rows.append(make_rows((0, at + np.arange(count + 1), signs), (1, width), floor, np.inf))
    return build_model(columns, rows, maximise=True, names=RULE_NAMES)


def _level_rows(
    measures: tuple[Sequence[Merged], F64, F64], rules: Rules, at: int, width: int
) -> RowBlock:
    """Return: the level at column `at` is above no share by more than its distance."""
    parts, base, size = measures
    number: list[NDArray[np.int64]] = []
    column: list[NDArray[np.int64]] = []
    value: list[F64] = []
    start = len(spending(rules).each)
    for k, part in enumerate(parts):
        own = np.flatnonzero(part.alone)
        column += [own, start + np.arange(len(part.weight)), np.array([at, at + 1 + k])]
        value += [-part.alone[own] / size[k], -part.weight / size[k], np.array([1.0, -1.0])]
        number.append(np.full(len(own) + len(part.weight) + 2, k))
        start += len(part.weight)
    entries = (np.concatenate(number), np.concatenate(column), np.concatenate(value))
    return make_rows(entries, (len(parts), width), -np.inf, base / size)
