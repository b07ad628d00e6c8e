"""Who walks to what in how many minutes.

Distances are flat-equivalent millimetres on the network: both access legs count, edges are cut
where the time runs out, and "within the limit" includes the limit itself. A place with several
stops counts with the cheapest pair.
"""

import os
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.analysis.attaching import Attached, Rows, least_of_places, pick_places
from planner.analysis.walk import Pace, Walk, minutes_of
from planner.kernel.cover import Field, cover_pairs, read_field, search_field
from planner.kernel.runs import build_runs, fold_runs
from planner.model.coverage import Coverage
from planner.model.sites import FacilityKind

_MANY_STOPS = 5_000  # fewer are done before a second thread has begun
_MOST_THREADS = 4

Progress = Callable[[int, int], None]
Costs = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]
Pairs = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float64]]


class Nearest(NamedTuple):
    """The nearest site of every demand point.

    Parameters
    ----------
    site
        Its position, -1 where none is reachable, int64, shape (n,).
    mm
        Flat-equivalent millimetres to it, -1 where none is reachable, int64, shape (n,).
    site_stop, stop
        The stops of site and demand point between which the way is shortest, shape (n,).
    """

    site: NDArray[np.int64]
    mm: NDArray[np.int64]
    site_stop: NDArray[np.int64]
    stop: Rows

    def within(self, limit_mm: int) -> NDArray[np.bool_]:
        """Return which demand points have a site within a limit, shape (n,)."""
        near: NDArray[np.bool_] = (self.mm >= 0) & (self.mm <= limit_mm)
        return near


def build_coverage(
    walk: Walk,
    sites: tuple[tuple[str, ...], Attached],
    demand: tuple[tuple[str, ...], Attached],
    pace: Pace,
    *,
    progress: Progress | None = None,
) -> Coverage:
    """Build the sparse relation of sites and the demand points within the limit.

    Parameters
    ----------
    walk
        The priced network.
    sites, demand
        Ids and attached places of either side.
    pace
        Walking speed and limit; a pair at exactly the limit is covered.
    progress
        Called with (done, total) stops of the sites.
    """
    runs = build_runs(
        walk.net,
        walk.costed(sites[1].stops),
        walk.costed(demand[1].stops),
        limit_mm=pace.limit_mm,
        towards=walk.towards,
        progress=progress,
        threads=_threads(len(sites[1].owner)),
    )
    if not (sites[1].single and demand[1].single):
        runs = fold_runs(runs, sites[1].owner, demand[1].owner, len(sites[1]))
    return Coverage(
        site_id=sites[0], demand_id=demand[0], limit_min=pace.limit_min, **runs._asdict()
    )


def _threads(stops: int) -> int:
    """Return how many threads search from so many stops; what they find is the same."""
    return min(os.cpu_count() or 1, _MOST_THREADS) if stops >= _MANY_STOPS else 1


def list_pairs(walk: Walk, sites: Attached, demand: Attached, pace: Pace) -> Pairs:
    """Write out every pair within the limit with its minutes.

    Returns
    -------
    row_start : NDArray[np.int64]
        First pair of each site and one past the last, shape (s + 1,).
    demand : NDArray[np.int32]
        Positions of covered demand points, ascending within a row, shape (k,).
    minutes : NDArray[np.float64]
        Walking minutes of each pair including both access legs, shape (k,).
    """
    pairs = cover_pairs(
        walk.net,
        walk.costed(sites.stops),
        walk.costed(demand.stops),
        limit_mm=pace.limit_mm,
        towards=walk.towards,
    )
    if not (sites.single and demand.single):
        pairs = _by_place(pairs, sites, demand)
    start, point, mm = pairs
    return start, point, minutes_of(mm, pace.speed_mps)


def _by_place(pairs: Costs, sites: Attached, demand: Attached) -> Costs:
    """Turn pairs of stops into pairs of places, each with its least cost."""
    row_start, column, mm = pairs
    row = np.repeat(sites.owner.astype(np.int64), np.diff(row_start))
    key = row * len(demand) + demand.owner[column]
    order = np.lexsort((mm, key))
    key = key[order]
    leads = np.ones(len(key), np.bool_)
    leads[1:] = key[1:] != key[:-1]
    kept, least = key[leads], mm[order][leads]
    place, point = np.divmod(kept, max(len(demand), 1))
    start = np.searchsorted(place, np.arange(len(sites) + 1)).astype(np.int64)
    return start, point.astype(np.int32), least


def find_nearest(walk: Walk, sites: Attached, demand: Attached) -> Nearest:
    """Find the nearest site of every demand point, however far it is."""
    return read_nearest(walk, search_sites(walk, sites), sites, demand)


def search_sites(walk: Walk, sites: Attached) -> Field:
    """Search once from all sites, for any number of readings."""
    stops = walk.costed(sites.stops)
    return search_field(walk.net, stops, towards=walk.towards, limit_mm=None)


def read_nearest(walk: Walk, field: Field, sites: Attached, demand: Attached) -> Nearest:
    """Read the nearest site of every demand point from a search on the same walk."""
    site_stop, mm = read_field(field, walk.costed(demand.stops))
    best = least_of_places(demand, mm)
    stop, length = site_stop[best].astype(np.int64), mm[best]
    owner = np.append(sites.owner, -1)  # stop -1 is the last
    return Nearest(owner[stop].astype(np.int64), length, stop, best)


def nearest_minutes(nearest: Nearest, pace: Pace) -> NDArray[np.float64]:
    """Return the minutes to the nearest site, NaN where none is reachable (law 1), shape (n,)."""
    minutes: NDArray[np.float64] = np.where(
        nearest.mm >= 0, minutes_of(nearest.mm, pace.speed_mps), np.nan
    )
    return minutes


def nearest_by_tier(
    walk: Walk,
    facilities: tuple[tuple[FacilityKind, ...], Attached],
    demand: Attached,
    pace: Pace,
) -> Mapping[str, NDArray[np.float64]]:
    """Return minutes to the nearest facility of every kind there is.

    Parameters
    ----------
    walk
        The priced network.
    facilities
        Kinds and attached places of all facilities.
    demand
        Attached demand points.
    pace
        Walking speed.

    Returns
    -------
    Mapping
        `FacilityKind` value -> minutes, NaN where none is reachable, each of shape (n,).
    """
    kinds, attached = facilities
    tiers = {}
    for kind in FacilityKind:
        rows = np.array([i for i, k in enumerate(kinds) if k is kind], np.intp)
        if len(rows):
            nearest = find_nearest(walk, pick_places(attached, rows), demand)
            tiers[kind.value] = nearest_minutes(nearest, pace)
    return tiers


def k_nearest(
    walk: Walk, sites: Attached, demand: Attached, pace: Pace, *, k: int
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return the k nearest sites of every demand point among those within the limit.

    Parameters
    ----------
    walk
        The priced network.
    sites, demand
        Attached places of either side.
    pace
        Walking speed and limit.
    k
        How many, at least 1.

    Returns
    -------
    site : NDArray[np.int32]
        Positions of the sites, nearest first, at equal minutes the smaller; -1 where fewer than
        k cover the point, shape (k, n).
    minutes : NDArray[np.float64]
        Their minutes, NaN where there is none, shape (k, n).

    Raises
    ------
    ValueError
        If k is below 1.
    """
    if k < 1:
        raise ValueError(f"k is {k}; expected at least 1")
    row_start, column, length = list_pairs(walk, sites, demand, pace)
    site, minutes = np.full((k, len(demand)), -1, np.int32), np.full((k, len(demand)), np.nan)
    row = np.repeat(np.arange(len(sites)), np.diff(row_start))
    order = np.lexsort((row, length, column))
    point = column[order]
    rank = np.arange(len(point)) - np.searchsorted(point, point)
    near = rank < k
    site[rank[near], point[near]] = row[order][near]
    minutes[rank[near], point[near]] = length[order][near]
    return site, minutes
