"""Coverage after a change of streets, computed anew only where it can differ."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from planner.analysis.attaching import Attached, pick_places
from planner.analysis.carrying import Ways
from planner.analysis.catchment import build_coverage
from planner.analysis.coverage import runs_of
from planner.analysis.walk import Pace, Walk
from planner.kernel.cover import nearest_site
from planner.kernel.frames import CoverRuns
from planner.kernel.paths import Stops
from planner.kernel.runs import csr_size_bytes, runs_from_pairs, to_csr
from planner.model.coverage import Coverage


def affected_sites(ways: Ways, before: Attached, after: Attached, pace: Pace) -> NDArray[np.intp]:
    """Find the sites whose catchment can touch a street that changed.

    Parameters
    ----------
    ways
        The streets before and after.
    before, after
        The sites attached to either.
    pace
        Walking speed and limit.

    Returns
    -------
    NDArray[np.intp]
        Sites that reach an end of a closed or split street on the old network, or of an opened or
        split one on the new, within the limit; ascending. All others cover what they covered.
    """
    overlay = ways.overlay
    if overlay is None:
        return np.empty(0, np.intp)
    split = (overlay.parent >= 0) & (overlay.high - overlay.low < 1)
    old = np.union1d(np.flatnonzero(overlay.closed), overlay.parent[split])
    new = np.flatnonzero(overlay.opened | split)
    touched = [
        _reaching(walk, edges.astype(np.int32), sites, pace.limit_mm)
        for walk, edges, sites in ((ways.before, old, before), (ways.after, new, after))
    ]
    return np.union1d(*touched)


def _reaching(
    walk: Walk, edges: NDArray[np.int32], sites: Attached, limit_mm: int
) -> NDArray[np.intp]:
    """Return the sites on some edges, or within a limit of an end of any."""
    if not len(edges):
        return np.empty(0, np.intp)
    ends = Stops(
        np.concatenate([edges, edges]),
        np.repeat([0.0, 1.0], len(edges)),
        np.zeros(2 * len(edges), np.int32),
    )
    found, _ = nearest_site(
        walk.net,
        walk.costed(ends),
        walk.costed(sites.stops),
        towards=not walk.towards,
        limit_mm=limit_mm,
    )
    return np.unique(sites.owner[(found >= 0) | np.isin(sites.stops.edge, edges)])


def update_coverage(
    coverage: Coverage,
    ways: Ways,
    sites: tuple[Attached, Attached],
    demand: Attached,
    pace: Pace,
) -> tuple[Coverage, NDArray[np.intp]]:
    """Return the coverage after a change of streets.

    Parameters
    ----------
    coverage
        Coverage on the old network at the same pace.
    ways
        The streets before and after.
    sites
        The sites attached before and after.
    demand
        The demand attached after.
    pace
        Walking speed and limit.

    Returns
    -------
    Coverage
        Equal to a full recompute.
    rows : NDArray[np.intp]
        The rows that were computed anew.
    """
    rows = affected_sites(ways, *sites, pace)
    if not len(rows):
        return coverage, rows
    part = build_coverage(
        ways.after,
        (tuple(coverage.site_id[i] for i in rows), pick_places(sites[1], rows)),
        (coverage.demand_id, demand),
        pace,
    )
    return replace_rows(coverage, part, rows), rows


def replace_rows(coverage: Coverage, part: Coverage, rows: NDArray[np.intp]) -> Coverage:
    """Return a coverage whose `rows`, ascending, are those of `part`.

    Raises
    ------
    ValueError
        If `part` does not hold just these rows over the same demand.
    """
    named = tuple(coverage.site_id[i] for i in rows)
    if part.site_id != named or part.demand_id != coverage.demand_id:
        raise ValueError("the rows are of other sites, or over other demand")
    order = coverage.order
    fresh = _in_order(runs_of(part), order)
    whole = runs_of(coverage)
    size = np.diff(whole.row_start)
    size[rows] = np.diff(fresh.row_start)
    start = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
    anew = np.isin(np.repeat(np.arange(len(size)), size), rows)
    stays = ~np.isin(np.repeat(np.arange(len(size)), np.diff(whole.row_start)), rows)
    first, last = np.empty(start[-1], np.int32), np.empty(start[-1], np.int32)
    first[~anew], last[~anew] = whole.first[stays], whole.last[stays]
    first[anew], last[anew] = fresh.first, fresh.last
    return replace(coverage, row_start=start, first=first, last=last)


def _in_order(runs: CoverRuns, order: NDArray[np.int32]) -> CoverRuns:
    """Return the same relation over another order of the points."""
    if np.array_equal(runs.order, order):
        return runs
    return runs_from_pairs(*to_csr(runs, at_most_bytes=csr_size_bytes(runs)), order)
