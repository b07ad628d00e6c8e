"""Siting questions about how well people are served, as models for `siting.certified`.

Merging identical cover sets is right for both; leaving out dominated sites is right for neither.
"""

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from planner.kernel.frames import CoverRuns
from planner.kernel.siting.model import (
    BROKEN,
    FOLLOWS,
    Model,
    build_model,
    join_columns,
    make_columns,
    make_rows,
)
from planner.kernel.siting.models import served_columns, served_rows
from planner.kernel.siting.reduce import Merged, merge_runs
from planner.kernel.siting.rules import RULE_NAMES, Rules, rule_rows, site_columns, spending

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Rows = NDArray[np.intp]


def merge_by_times(runs: CoverRuns, weight: F64, times: NDArray[np.int32]) -> tuple[Merged, Merged]:
    """Merge the people no standing site reaches, and those just one does.

    Parameters
    ----------
    runs
        Who the candidates reach.
    weight
        People per demand point, shape (n,).
    times
        Standing sites that reach each point, shape (n,); points reached twice are settled.
    """
    return merge_runs(runs, weight, times == 0), merge_runs(runs, weight, times == 1)


def backup_model(parts: tuple[Merged, Merged], second: float, rules: Rules) -> Model:
    """Return: reach people once, and again by a second site (Hogan and ReVelle 1986).

    Parameters
    ----------
    parts
        From `merge_by_times`: people no standing site reaches, and those just one does.
    second
        Worth of being reached a second time, 0 to 1; of the first time it is one less this.
    rules
        What the plan must keep to.

    Returns
    -------
    Model
        Its value is the weighted sum of those newly reached once and twice; `people_served` tells
        them apart, unweighted.

    Raises
    ------
    ValueError
        If the worth is not between 0 and 1.
    """
    if not 0 <= second <= 1:
        raise ValueError(f"the worth of a second site is {second}; expected 0 to 1")
    none, once = parts
    columns = served_columns([none, once, none], site_columns(rules))
    count, sites = len(columns.worth), len(rules.cost)
    at = len(spending(rules).each)
    few, more = len(none.weight), len(once.weight)
    part = Fraction(second).limit_denominator(10_000)
    again = float(part) if abs(float(part) - second) < 1e-12 else second
    first = float(1 - part) if again == float(part) else 1 - second
    worth = np.zeros(count)
    worth[:sites] = first * none.alone + again * once.alone
    worth[at:] = np.concatenate([first * none.weight, again * once.weight, again * none.weight])
    served, covered = served_rows([none, once, none], rules, count)[:2]
    every = np.arange(few)
    twice = make_rows((every, at + few + more + every, 1.0), (few, count), 0.0, 0.0)
    served = served._replace(matrix=served.matrix + twice.matrix)
    entries = (
        np.tile(every, 2),
        np.concatenate([at + few + more + every, at + every]),
        np.repeat([1.0, -1.0], few),
    )
    order = make_rows(entries, (few, count), -np.inf, 0.0)
    return build_model(
        columns._replace(worth=worth),
        [served, covered, order, *rule_rows(rules, count)],
        maximise=True,
        names=RULE_NAMES,
    )


def people_served(parts: tuple[Merged, Merged], rows: Rows) -> tuple[float, float]:
    """Return the people newly reached once, and newly reached twice, by a plan."""
    none, once = parts
    chosen = np.zeros(len(none.alone), np.bool_)
    chosen[rows] = True
    times = [
        np.add.reduceat(chosen[part.row].astype(np.int64), part.start[:-1])
        if len(part.weight)
        else np.zeros(0, np.int64)
        for part in parts
    ]
    first = float(none.weight[times[0] >= 1].sum() + none.alone[chosen].sum())
    second = float(none.weight[times[0] >= 2].sum() + once.weight[times[1] >= 1].sum())
    return first, second + float(once.alone[chosen].sum())


def capacity_model(merged: Merged, capacity: F64, rules: Rules) -> Model:
    """Return: serve the most people, each within reach, no site more than it holds.

    People of a merged row may be shared out among its sites. Columns after the sites and moves:
    people of each pair of row and site, in the order of the rows, then people only one site
    reaches, by site.

    Parameters
    ----------
    merged
        All people and all sites, those that stand included.
    capacity
        People each site can serve, shape (s,).
    rules
        What the plan must keep to.

    Raises
    ------
    ValueError
        If a capacity is negative or not a number.
    """
    if not (capacity >= 0).all():
        raise ValueError("capacities must not be negative")
    first, sites, rows = site_columns(rules), len(rules.cost), len(merged.weight)
    at, pairs = len(spending(rules).each), len(merged.row)
    number = np.repeat(np.arange(rows), np.diff(merged.start))
    within = np.bincount(merged.row, weights=merged.weight[number], minlength=sites)
    holds = np.minimum(capacity, within + merged.alone)
    data = (merged.weight, merged.alone, holds)
    kind = FOLLOWS if all(bool((part % 1 == 0).all()) for part in data) else BROKEN
    people = np.minimum(merged.weight[number], holds[merged.row])
    own = np.minimum(merged.alone, holds)
    columns = join_columns(
        [first, make_columns(people, 0.0, people, kind), make_columns(own, 0.0, own, kind)]
    )
    columns.worth[at:] = 1.0
    count = len(columns.worth)
    flow, alone, site = at + np.arange(pairs), at + pairs + np.arange(sites), np.arange(sites)
    once = make_rows((number, flow, 1.0), (rows, count), -np.inf, merged.weight)
    reached = make_rows(
        (
            np.tile(number, 2),
            np.concatenate([flow, merged.row]),
            np.concatenate([np.ones(pairs), -merged.weight[number]]),
        ),
        (rows, count),
        -np.inf,
        0.0,
    )
    entries = (
        np.concatenate([merged.row, site, site]),
        np.concatenate([flow, alone, site]),
        np.concatenate([np.ones(pairs + sites), -holds]),
    )
    held = make_rows(entries, (sites, count), -np.inf, 0.0)
    own_rows = make_rows(
        (np.tile(site, 2), np.concatenate([alone, site]), np.concatenate([np.ones(sites), -own])),
        (sites, count),
        -np.inf,
        0.0,
    )
    return build_model(
        columns, [once, reached, held, own_rows, *rule_rows(rules, count)], maximise=True,
        names=RULE_NAMES,
    )  # fmt: skip


def people_by_site(merged: Merged, x: F64, rules: Rules) -> F64:
    """Return the people each site serves in a plan of `capacity_model`, shape (s,)."""
    at, pairs = len(spending(rules).each), len(merged.row)
    flow, alone = x[at : at + pairs], x[at + pairs :]
    return np.asarray(
        np.bincount(merged.row, weights=flow, minlength=len(merged.alone)) + alone, np.float64
    )
