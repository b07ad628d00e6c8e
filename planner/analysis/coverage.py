"""The one measure of walking coverage, used by table, map, plan and comparison (law 5)."""

import numpy as np
from numpy.typing import NDArray

from planner.kernel.frames import CoverRuns
from planner.kernel.runs import covered_mask
from planner.model.coverage import Coverage
from planner.model.demand import Demand
from planner.model.districts import Districts
from planner.model.outcome import Share, WalkingCoverage

Mask = NDArray[np.bool_]
_NONE = np.empty(0, np.intp)


def runs_of(coverage: Coverage) -> CoverRuns:
    """Return what the kernel measures."""
    return CoverRuns(coverage.row_start, coverage.first, coverage.last, coverage.order)


def reached(coverage: Coverage, rows: NDArray[np.intp]) -> Mask:
    """Return which demand points any of the sites at `rows` reaches, shape (n,)."""
    return covered_mask(runs_of(coverage), rows)


def without_sites(coverage: Coverage, rows: NDArray[np.intp]) -> Coverage:
    """Return the coverage of all sites but those at `rows`."""
    kept = np.setdiff1d(np.arange(len(coverage.site_id), dtype=np.intp), rows)
    count = np.diff(coverage.row_start)
    run = np.isin(np.repeat(np.arange(len(count)), count), kept)
    return Coverage(
        site_id=tuple(coverage.site_id[i] for i in kept),
        demand_id=coverage.demand_id,
        row_start=np.concatenate([[0], np.cumsum(count[kept])]).astype(np.int64),
        first=coverage.first[run],
        last=coverage.last[run],
        order=coverage.order,
        limit_min=coverage.limit_min,
    )


def reached_by(
    existing: Coverage,
    offered: Coverage,
    picked: NDArray[np.intp],
    closed: NDArray[np.intp] = _NONE,
) -> tuple[Mask, Mask]:
    """Return which demand points are reached today, and with candidates built and sites closed."""
    everyone = np.arange(len(existing.site_id), dtype=np.intp)
    kept = np.setdiff1d(everyone, closed)
    return reached(existing, everyone), reached(existing, kept) | reached(offered, picked)


def walking_coverage(
    group: str,
    speed_mps: float,
    people: tuple[Demand, Districts],
    masks: tuple[Mask, Mask],
) -> WalkingCoverage:
    """Return the shares of a walking group today and planned.

    Parameters
    ----------
    group, speed_mps
        Who walks, and how fast on flat ground.
    people
        Demand points and their communities.
    masks
        Which points are reached today and planned, each of shape (n,).
    """
    baseline, planned = (shares_by_county(*people, mask) for mask in masks)
    return WalkingCoverage(group=group, speed_mps=speed_mps, baseline=baseline, planned=planned)


def counties_of(demand: Demand, communities: Districts) -> tuple[str, ...]:
    """Return the code of the county of every demand point, shape (n,)."""
    county_of = dict(zip(communities.code, communities.parent, strict=True))
    return tuple(county_of[code] for code in demand.community)


def streets_of(demand: Demand) -> tuple[str, ...]:
    """Return the code of the street (街道, 乡镇) of every demand point, shape (n,).

    The first nine of the twelve digits of a community's code.
    """
    return tuple(code[:9] for code in demand.community)


def shares_by_county(demand: Demand, communities: Districts, mask: Mask) -> dict[str, Share]:
    """Return people reached out of people counted, for the city and every county.

    Parameters
    ----------
    demand
        Demand points.
    communities
        Their communities, which name the county.
    mask
        Which points are reached, shape (n,).
    """
    weight = demand.weight()
    county = np.array(counties_of(demand, communities))
    shares = {"city": _share(weight, mask, np.ones(len(demand), np.bool_))}
    for code in sorted(set(county.tolist()) - {""}):
        shares[code] = _share(weight, mask, county == code)
    return shares


def _share(weight: NDArray[np.float64], mask: Mask, inside: Mask) -> Share:
    total = float(weight[inside].sum())
    covered = float(weight[inside & mask].sum())
    return Share(share=covered / total if total else float("nan"), covered=covered, total=total)
