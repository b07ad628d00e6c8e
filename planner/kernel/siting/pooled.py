"""A quick bound for capacities: all room is pooled, and prices are handed to the whole model.

The pooled model has one column per merged row instead of one per pair of row and site. Its prices
are multipliers of `capacity_model` with the same bound there, which is derived from them again.
"""

import numpy as np
from numpy.typing import NDArray

from planner.kernel.siting.lp import SOLVED, new_engine, relax
from planner.kernel.siting.model import (
    FOLLOWS,
    build_model,
    join_columns,
    make_columns,
    make_rows,
)
from planner.kernel.siting.models import served_columns
from planner.kernel.siting.reduce import Merged
from planner.kernel.siting.rules import RULE_NAMES, Rules, rule_rows, site_columns, spending
from planner.kernel.siting.safe import form_of

F64 = NDArray[np.float64]


def pooled_prices(
    merged: Merged, capacity: F64, rules: Rules, seconds: float, seed: int
) -> F64 | None:
    """Return multipliers for the rows of `capacity_model`; None if there was no time.

    Parameters
    ----------
    merged, capacity, rules
        As of `capacity_model`.
    seconds
        On the clock.
    seed
        Of the solver.
    """
    rows, sites, at = len(merged.weight), len(rules.cost), len(spending(rules).each)
    number = np.repeat(np.arange(rows), np.diff(merged.start))
    within = np.bincount(merged.row, weights=merged.weight[number], minlength=sites)
    holds = np.minimum(capacity, within + merged.alone)
    own = np.minimum(merged.alone, holds)
    columns = served_columns([merged], site_columns(rules))
    columns = join_columns([columns, make_columns(np.zeros(sites), 0.0, 1.0, FOLLOWS)])
    count, every, site = len(columns.worth), np.arange(rows), np.arange(sites)
    people = np.concatenate([merged.weight, own])
    columns.worth[at:] = people
    served = make_rows(
        (
            np.concatenate([number, every]),
            np.concatenate([merged.row, at + every]),
            np.concatenate([np.full(len(number), -1.0), np.ones(rows)]),
        ),
        (rows, count),
        -np.inf,
        0.0,
    )
    alone = make_rows(
        (np.tile(site, 2), np.concatenate([at + rows + site, site]), np.repeat([1.0, -1.0], sites)),
        (sites, count),
        -np.inf,
        0.0,
    )
    pool = make_rows(
        (0, np.concatenate([at + np.arange(rows + sites), site]), np.concatenate([people, -holds])),
        (1, count),
        -np.inf,
        0.0,
    )
    model = build_model(
        columns, [served, alone, pool, *rule_rows(rules, count)], maximise=True, names=RULE_NAMES
    )
    form = form_of(model)
    box = (model.columns.lower, model.columns.upper)
    answer = relax(new_engine(form, box, seed), form, box, seconds)
    if answer.status != SOLVED:
        return None
    return _handed_on(answer.y, merged.weight, own, sites)


def _handed_on(y: F64, weight: F64, own: F64, sites: int) -> F64:
    """Return the prices of the pooled rows as those of the rows of the whole model."""
    rows = len(weight)
    pool = y[rows + sites]
    reached = y[:rows] / weight  # a column stands for all people of its row there
    alone = y[rows : rows + sites] / np.where(own > 0, own, 1.0)
    once = -np.maximum(0.0, 1.0 + reached + pool)
    held = np.full(sites, pool)
    return np.concatenate([once, reached, held, alone, y[rows + sites + 1 :]])
