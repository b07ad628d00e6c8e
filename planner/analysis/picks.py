"""What speaks for every proposed site: who is reached, what is lost without it, what is near it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from planner.analysis.coverage import reached, runs_of
from planner.analysis.problem import Problem
from planner.analysis.siting import solve
from planner.kernel.runs import counts_by_point, covered_mask, prefix_sums, row_sums
from planner.model.coverage import Coverage
from planner.model.finding import Finding, Severity
from planner.model.plan import Neighbour, Plan, Variant
from planner.model.scenario import Siting
from planner.model.sites import Sites

F64 = NDArray[np.float64]
Rows = NDArray[np.intp]

_SAME_M = 1.0  # a place this near to a proposed one is that one


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearby:
    """Places that might take the part of a proposed one.

    Parameters
    ----------
    sites
        The places.
    xy
        The same in metres, shape (s, 2).
    coverage
        Whom each would reach, on the demand of the problem.
    """

    sites: Sites
    xy: F64
    coverage: Coverage


def explain_picks(plan: Plan, problem: Problem, here: F64, nearby: Nearby, siting: Siting) -> Plan:
    """Tell of every site whom it reaches, what is lost without it, and the next best place.

    Parameters
    ----------
    plan
        The proposal.
    problem
        What it was chosen from.
    here
        The proposed sites in metres, shape (p, 2).
    nearby
        Other places; the proposed ones may be among them.
    siting
        How far from a site another place is looked for.
    """
    runs = runs_of(problem.offered)
    weight = np.where(problem.standing(), 0.0, problem.demand.weight())
    times = counts_by_point(runs, _rows(plan))
    still = weight.copy()
    picks = []
    for pick, xy in zip(plan.picks, here, strict=True):
        own = covered_mask(runs, (pick.site,))
        alone = own & (times == 1)
        lost = float(weight[alone].sum())
        open_now = np.where((times == 0) | alone, weight, 0.0)
        picks.append(
            replace(
                pick,
                lost=lost,
                where=_by_community(problem, np.where(own, still, 0.0)),
                neighbour=_next_best(nearby, (xy, here), (lost, open_now), siting.neighbour_m),
            )
        )
        still[own] = 0.0
    return replace(plan, picks=tuple(picks))


def _rows(plan: Plan) -> Rows:
    return np.array([pick.site for pick in plan.picks], np.intp)


def _by_community(problem: Problem, people: F64) -> tuple[tuple[str, float], ...]:
    """Return the communities where these people live, most first."""
    found: dict[str, float] = {}
    for i in np.flatnonzero(people > 0):
        code = problem.demand.community[i]
        found[code] = found.get(code, 0.0) + float(people[i])
    return tuple(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _next_best(
    nearby: Nearby, at: tuple[F64, F64], worth: tuple[float, F64], farthest_m: float
) -> Neighbour | None:
    """Return the place near a site, not itself proposed, that loses the fewest people there."""
    (xy, proposed), (lost, open_now) = at, worth
    away = np.hypot(*(nearby.xy - xy).T)
    taken = KDTree(proposed).query(nearby.xy)[0] < _SAME_M
    near = np.flatnonzero((away <= farthest_m) & ~taken)
    if not len(near):
        return None
    runs = runs_of(nearby.coverage)
    gain = row_sums(runs, near, prefix_sums(runs, open_now))
    best = int(near[np.argmax(gain)])
    return Neighbour(
        name=nearby.sites.name[best],
        lon=float(nearby.sites.lonlat[best, 0]),
        lat=float(nearby.sites.lonlat[best, 1]),
        away_m=float(away[best]),
        change=float(gain.max()) - lost,
    )


def audit_picks(plan: Plan, least_count: int) -> tuple[Finding, ...]:
    """Tell where a place between the candidates would reach more people.

    A plan is proven among the candidates, not among all places.
    """
    better = [
        pick.neighbour.change
        for pick in plan.picks
        if pick.neighbour is not None and pick.neighbour.change >= max(least_count, 1)
    ]
    if not better:
        return ()
    finding = Finding(
        rule="siting.between_candidates",
        severity=Severity.NOTICE,
        column="siting.candidates",
        found=str(len(better)),
        values=(("more", f"{max(better):,.0f}"),),
    )
    return (finding,)


def try_variants(
    plan: Plan,
    variants: Mapping[str, tuple[float, Problem]],
    xy: F64,
    siting: Siting,
) -> Plan:
    """Test the plan under other assumptions, and see which of its sites are chosen there too.

    Parameters
    ----------
    plan
        The proposal.
    variants
        Walking speed and problem of every variant, the candidates the same.
    xy
        Places of the candidates in metres, shape (s, 2).
    siting
        How long to search; a site counts as chosen where the variant's plan, the most people with
        as many sites, has one within `neighbour_m` of it.
    """
    rows = _rows(plan)
    same_size = siting.model_copy(update={"new_sites": len(rows)})
    told, chosen_in = [], [list[str]() for _ in rows]
    for name, (speed, problem) in variants.items():
        weight = problem.demand.weight()
        total = float(weight.sum())
        standing = problem.standing()
        held = float(weight[standing | reached(problem.offered, rows)].sum())
        own = best = solve(problem, same_size)
        if problem.worth is not None:  # chosen by weights, but told in people
            best = solve(replace(problem, worth=None), same_size)
        told.append(
            Variant(
                name=name,
                speed_mps=speed,
                held=held / total if total else 0.0,
                best=max(best.objective, held) / total if total else 0.0,
                bound=best.bound / total if total else 0.0,
            )
        )
        if len(own.rows):
            away, _ = KDTree(xy[own.rows]).query(xy[rows])
            for k in np.flatnonzero(np.asarray(away) <= siting.neighbour_m):
                chosen_in[k].append(name)
    picks = tuple(
        replace(pick, chosen_in=tuple(names))
        for pick, names in zip(plan.picks, chosen_in, strict=True)
    )
    return replace(plan, picks=picks, variants=tuple(told))
