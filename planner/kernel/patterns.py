"""Demand points that the same set of sites covers, grouped without a loop over the points.

Every site has two fixed random numbers of 64 bits. Along the order of the demand the sum of the
numbers of all sites that cover a position (modulo 2^64) is a running sum over the ends of runs;
points with equal sums are covered by the same sites, for two different sets share both sums with a
chance of 2^-128.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.kernel.frames import CoverRuns

U64 = NDArray[np.uint64]


class Patterns(NamedTuple):
    """Weight by group and exact set of sites.

    Parameters
    ----------
    group
        Group of each row, rising, intp, shape (r,).
    weight
        Weight of its points, above 0, shape (r,).
    start
        First entry of each row in `site` and one past the last, int64, shape (r + 1,).
    site
        Sites that cover the points of the row, rising within it, intp, shape (m,).
    """

    group: NDArray[np.intp]
    weight: NDArray[np.float64]
    start: NDArray[np.int64]
    site: NDArray[np.intp]


def group_patterns(
    runs: CoverRuns, weight: NDArray[np.float64], group: NDArray[np.intp]
) -> Patterns:
    """Return the weight of every group by the exact set of sites that covers it.

    Parameters
    ----------
    runs
        Who covers whom.
    weight
        Of each demand point, shape (n,); points without weight take no part.
    group
        Of each demand point, from 0, shape (n,).

    Returns
    -------
    Patterns
        Rows by group, then by set of sites in the order of their first point.

    Raises
    ------
    ValueError
        If there is not one weight and one group for each demand point.
    """
    n = len(runs.order)
    if weight.shape != (n,) or group.shape != (n,):
        raise ValueError(f"the runs are over {n} demand points")
    at = np.flatnonzero(weight[runs.order] > 0)  # positions of the order
    point = runs.order[at]
    first, second = (_sums(runs, seed)[at] for seed in (1, 2))
    keys = np.lexsort((at, second, first, group[point]))
    parts = (group[point][keys], first[keys], second[keys])
    fresh = np.ones(len(keys), np.bool_)
    fresh[1:] = np.logical_or.reduce([part[1:] != part[:-1] for part in parts])
    head = at[keys[fresh]]  # first position of each row
    row = np.cumsum(fresh) - 1
    total = np.bincount(row, weight[point][keys], len(head)).astype(np.float64)
    of = group[runs.order[head]]
    order = np.lexsort((head, of))
    start, site = _sites_at(runs, head[order])
    return Patterns(of[order].astype(np.intp), total[order], start, site)


def _sums(runs: CoverRuns, seed: int) -> U64:
    """Return the sum modulo 2^64 of the numbers of the sites at each position, shape (n,)."""
    sites = len(runs.row_start) - 1
    number = np.random.default_rng(seed).integers(0, 2**64, sites, np.uint64)
    each = np.repeat(number, np.diff(runs.row_start))
    step = np.zeros(len(runs.order) + 1, np.uint64)
    np.add.at(step, runs.first, each)
    np.subtract.at(step, runs.last, each)
    return np.cumsum(step, dtype=np.uint64)[:-1]


def _sites_at(
    runs: CoverRuns, positions: NDArray[np.intp]
) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Return the sites that cover each of `positions`, as rows one behind the other."""
    order = np.argsort(positions, kind="stable")
    rising = positions[order]
    low, high = np.searchsorted(rising, runs.first), np.searchsorted(rising, runs.last)
    count = high - low
    site = np.repeat(np.arange(len(runs.row_start) - 1), np.diff(runs.row_start))
    pair_site = np.repeat(site, count)
    before = np.cumsum(count) - count
    pair = order[np.arange(int(count.sum())) - np.repeat(before - low, count)]
    by_row = np.lexsort((pair_site, pair))
    size = np.bincount(pair, minlength=len(positions))
    start = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
    return start, pair_site[by_row].astype(np.intp)
