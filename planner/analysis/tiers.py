"""Several tiers of facilities planned at once: county, township or street, and community.

Each tier has its own facilities, its own limit and its own number of new sites; a candidate takes
one tier at most, and a facility of a higher tier may serve as one of every lower tier too.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.analysis.coverage import Mask, reached, runs_of
from planner.analysis.problem import Problem
from planner.analysis.ruled import without_plan
from planner.kernel.frames import CoverRuns
from planner.kernel.pick import order_by_gain
from planner.kernel.siting.certified import solve_certified
from planner.kernel.siting.levels import add_demand, one_tier_each
from planner.kernel.siting.model import build_model, make_rows
from planner.kernel.siting.models import chosen_sites, cover_model
from planner.kernel.siting.reduce import Merged, merge_runs
from planner.kernel.siting.rules import Rules
from planner.model.finding import Finding, Severity
from planner.model.plan import Pick, Plan, PlanStatus, TierCoverage
from planner.model.scenario import Siting
from planner.model.sites import FacilityKind

Rows = NDArray[np.intp]


def find_tier_faults(siting: Siting, candidates: int) -> Iterator[Finding]:
    """Find what the scenario asks of tiers that cannot be asked so."""
    if not siting.tiers:
        return
    others = (siting.min_spacing_m, siting.at_most_one, siting.needs, siting.closable != "none")
    if siting.question != "most_people" or any(bool(other) for other in others):
        yield _fault("siting.tiers_alone", "tiers", siting.question)
    known = {kind.value for kind in FacilityKind}
    for k, tier in enumerate(siting.tiers):
        unknown = sorted(set(tier.kinds) - known)
        if unknown:
            yield _fault("siting.unknown_kind", f"tiers.{k}.kinds", ", ".join(unknown))
        if tier.new_sites > candidates:
            found = str(tier.new_sites)
            yield _fault("siting.too_many", f"tiers.{k}.new_sites", found, str(candidates))
        if siting.budget is not None and tier.cost is None:
            yield _fault("siting.no_tier_cost", f"tiers.{k}.cost", tier.name)


def _fault(rule: str, key: str, found: str, expected: str = "") -> Finding:
    return Finding(
        rule=rule,
        severity=Severity.ERROR,
        column=f"siting.{key}",
        found=found,
        expected=expected,
    )


def kinds_of_tier(siting: Siting, tier: int) -> set[str]:
    """Return the kinds that serve as a tier, those of higher tiers too where these do."""
    serving = range(tier + 1) if siting.serves_lower else (tier,)
    return {kind for k in serving for kind in siting.tiers[k].kinds}


def tiers_that_serve(siting: Siting, kinds: Sequence[str]) -> set[str]:
    """Return the names of the tiers whose new sites are of any of these kinds."""
    return {tier.name for tier in siting.tiers if set(tier.kinds) & set(kinds)}


class _Network(NamedTuple):
    """New sites of every tier, and whom each tier reaches then."""

    rows: list[Rows]
    held: list[Mask]
    value: float


def choose_tiers(problems: Sequence[Problem], siting: Siting) -> Plan:
    """Choose the new sites of all tiers for the most people, each tier by its weight.

    Parameters
    ----------
    problems
        One for each tier, over the same candidates and people: who is within its own limit of the
        facilities that serve as this tier, and of the candidates.
    siting
        The tiers, the highest first.

    Raises
    ------
    InputError
        If the time ran out before a plan was found.
    RuntimeError
        If the recomputed value differs from the solver's.
    """
    places, tiers = len(problems[0].candidates), len(problems)
    merged = add_demand([_demand_of(problems, siting, k) for k in range(tiers)])
    cost = [tier.cost if siting.budget is not None else 1.0 for tier in siting.tiers]
    rules = Rules(
        cost=np.repeat(np.array(cost, np.float64), places),
        limit=np.inf if siting.budget is None else siting.budget,
        at_most_one=one_tier_each(places, tiers),
    )
    model = cover_model(merged, rules)
    column = np.arange(places * tiers)
    shape = (tiers, len(model.columns.worth))
    most = np.array([tier.new_sites for tier in siting.tiers], np.float64)
    counts = make_rows((column // places, column, 1.0), shape, -np.inf, most)
    model = build_model(model.columns, [model.rows, counts], maximise=True, names=model.names)
    found = solve_certified(model, problems[0].effort(siting))
    if found.x is None:
        raise without_plan(proven=found.proven)
    chosen = chosen_sites(found.x, places * tiers)
    nothing = [np.empty(0, np.intp)] * tiers
    base = _network(problems, siting, nothing).value
    rows = [chosen[chosen // places == k] - k * places for k in range(tiers)]
    network = _needed(problems, siting, _network(problems, siting, rows))
    if abs(network.value - base - found.value) > 1e-6 * max(1.0, abs(found.value)):
        raise RuntimeError(f"tiers reach {network.value - base}, the solver says {found.value}")
    bound = max(base + found.bound, network.value)
    return Plan(
        picks=_picks(problems, siting, network),
        status=PlanStatus.OPTIMAL if found.proven else PlanStatus.FEASIBLE,
        objective=network.value,
        bound=bound,
        gap=(bound - network.value) / bound if bound > 0 else 0.0,
        solver="Lagrangian branch and bound, every proof rechecked",
        candidates=places,
        tiers=_coverage(problems, siting, network),
    )


def _demand_of(problems: Sequence[Problem], siting: Siting, tier: int) -> Merged:
    """Return the people a tier has still to reach, over the candidates at every tier."""
    one, tiers = problems[tier], len(problems)
    runs, weight = runs_of(one.offered), one.demand.weight() * siting.tiers[tier].weight
    serves = [k == tier or (siting.serves_lower and k < tier) for k in range(tiers)]
    count = np.diff(runs.row_start)
    size = np.concatenate([count * serving for serving in serves])
    every = CoverRuns(
        np.concatenate([[0], np.cumsum(size)]).astype(np.int64),
        np.tile(runs.first, sum(serves)),
        np.tile(runs.last, sum(serves)),
        runs.order,
    )
    return merge_runs(every, weight, ~one.standing())


def _network(problems: Sequence[Problem], siting: Siting, rows: list[Rows]) -> _Network:
    """Measure a plan by the one coverage function."""
    held = [
        one.standing() | reached(one.offered, _serving(siting, rows, k))
        for k, one in enumerate(problems)
    ]
    weights = [
        one.demand.weight() * tier.weight for one, tier in zip(problems, siting.tiers, strict=True)
    ]
    value = sum(float(weight[mask].sum()) for weight, mask in zip(weights, held, strict=True))
    return _Network(rows, held, value)


def _serving(siting: Siting, rows: list[Rows], tier: int) -> Rows:
    """Return the new sites that serve as a tier."""
    return np.concatenate(rows[: tier + 1]) if siting.serves_lower else rows[tier]


def _needed(problems: Sequence[Problem], siting: Siting, network: _Network) -> _Network:
    """Leave out the sites that add nobody."""
    for k in range(len(problems)):
        for row in network.rows[k].tolist():
            rows = list(network.rows)
            rows[k] = rows[k][rows[k] != row]
            without = _network(problems, siting, rows)
            if without.value >= network.value:
                network = without
    return network


def _picks(problems: Sequence[Problem], siting: Siting, network: _Network) -> tuple[Pick, ...]:
    """Return the sites tier by tier, in each the best first."""
    picks: list[Pick] = []
    for k, one in enumerate(problems):
        weight, sites = one.demand.weight(), one.candidates
        higher = np.concatenate([np.empty(0, np.intp), *network.rows[:k]])
        before = one.standing()
        if siting.serves_lower:
            before = before | reached(one.offered, higher)
        order, gain = order_by_gain(runs_of(one.offered), weight, network.rows[k], ~before)
        covered = float(weight[before].sum()) + np.cumsum(gain)
        for row, more, sum_ in zip(order.tolist(), gain.tolist(), covered.tolist(), strict=True):
            picks.append(
                Pick(
                    site=row,
                    id=sites.id[row],
                    name=sites.name[row],
                    lon=float(sites.lonlat[row, 0]),
                    lat=float(sites.lonlat[row, 1]),
                    order=len(picks) + 1,
                    gain=more,
                    cumulative_share=sum_ / float(weight.sum()) if weight.sum() else 0.0,
                    cost=siting.tiers[k].cost,
                    tier=siting.tiers[k].name,
                )
            )
    return tuple(picks)


def _coverage(
    problems: Sequence[Problem], siting: Siting, network: _Network
) -> tuple[TierCoverage, ...]:
    told = []
    for k, one in enumerate(problems):
        weight, tier = one.demand.weight(), siting.tiers[k]
        above = len(problems[k - 1].existing.site_id) if siting.serves_lower and k else 0
        told.append(
            TierCoverage(
                name=tier.name,
                limit_min=tier.limit_min,
                standing=len(one.existing.site_id) - above,
                built=len(network.rows[k]),
                baseline=float(weight[one.standing()].sum()),
                planned=float(weight[network.held[k]].sum()),
                total=float(weight.sum()),
            )
        )
    return tuple(told)
