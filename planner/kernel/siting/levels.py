"""Several cover relations as one, so that the fast path of `siting.exact` answers more questions.

Everything here returns `Merged` demand.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from planner.kernel.frames import CoverRuns
from planner.kernel.siting.reduce import Merged, merge_runs, split_single
from planner.kernel.siting.stream import add_points, merge_table, new_table

F64 = NDArray[np.float64]
Mask = NDArray[np.bool_]
Rows = NDArray[np.intp]


def levels_from_steps(
    runs: Sequence[CoverRuns], value: F64, weight: F64, is_open: Mask | None = None
) -> Merged:
    """Return gradual coverage as plain coverage of people at levels (the radius form).

    Whoever has a site within limit k, and none within a nearer one, counts value[k]. That is the
    sum over the limits within which there is a site of value[k] - value[k + 1], so a row is a
    person at a level. With whole minutes as limits and ``cutoff - minute`` as values, the people's
    minutes saved against the cutoff are greatest: a p-median with a cutoff.

    Parameters
    ----------
    runs
        Cover relation within each limit, limits rising, over the same sites and demand.
    value
        Of a person at each limit, falling and not negative, shape (limits,); whole numbers (per
        cent, minutes) keep all sums exact and the proof quick.
    weight
        People per demand point, shape (n,).
    is_open
        Whether no standing site reaches a point within each limit, shape (limits, n); all if None.

    Raises
    ------
    ValueError
        If values rise or are negative, or there is not one for each limit.

    References
    ----------
    Berman, Krass and Drezner (2003), The gradual covering decay location problem on a network;
    Durán-Mateluna, Ales and Elloumi (2023), An efficient Benders decomposition for the p-median
    problem.
    """
    if len(runs) != len(value) or not len(value) or value[-1] < 0 or (np.diff(value) > 0).any():
        raise ValueError("expected one value for each limit, falling and not negative")
    drop = value - np.append(value[1:], 0.0)
    levels = [
        merge_runs(
            relation,
            weight * drop[k],
            np.ones(len(weight), np.bool_) if is_open is None else is_open[k],
        )
        for k, relation in enumerate(runs)
    ]
    return add_demand(levels)


def add_demand(parts: Sequence[Merged]) -> Merged:
    """Return the demand of all parts, over the same sites, merged again."""
    sites = len(parts[0].alone)
    table = new_table(sites)
    for part in parts:
        table = add_points(table, part.start, part.row, part.weight)
    merged = merge_table(table)
    alone: F64 = np.sum([part.alone for part in parts], axis=0)
    return split_single(merged._replace(alone=merged.alone + alone))


def join_tiers(parts: Sequence[Merged], worth: Sequence[float]) -> Merged:
    """Return the demand of several kinds of facility at once.

    Parameters
    ----------
    parts
        People who need each tier, over the same places.
    worth
        Of a person reached by each tier, above zero.

    Returns
    -------
    Merged
        Column ``t * places + s`` is tier t at place s. Leaving out dominated columns is right only
        while nothing but costs links them, not with `one_tier_each`.

    Raises
    ------
    ValueError
        If a tier is worth nothing.
    """
    if not min(worth) > 0:
        raise ValueError("a person reached by a tier must be worth something")
    places = len(parts[0].alone)
    size, row, weight, alone = [], [], [], []
    for tier, (part, value) in enumerate(zip(parts, worth, strict=True)):
        size.append(np.diff(part.start))
        row.append(part.row + np.int32(tier * places))
        weight.append(part.weight * value)
        alone.append(part.alone * value)
    return Merged(
        np.concatenate([[0], np.cumsum(np.concatenate(size))]).astype(np.int64),
        np.concatenate(row).astype(np.int32),
        np.concatenate(weight).astype(np.float64),
        np.concatenate(alone).astype(np.float64),
    )


def one_tier_each(places: int, tiers: int) -> tuple[Rows, ...]:
    """Return the sets of columns of `join_tiers` that share a place, for `Rules.at_most_one`."""
    every = np.arange(places * tiers, dtype=np.intp).reshape(tiers, places)
    return tuple(every[:, place] for place in range(places)) if tiers > 1 else ()
