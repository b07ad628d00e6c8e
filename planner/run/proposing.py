"""Siting within a run: the problem, the plan, and what speaks for every site of it."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from planner.analysis import candidates as offers
from planner.analysis import catchment, given, picks, siting, tiers
from planner.analysis.ages import check_years, worth_by_age
from planner.analysis.attaching import pick_places
from planner.analysis.carrying import settle
from planner.analysis.coverage import counties_of, streets_of
from planner.analysis.problem import Problem
from planner.analysis.uncertainty import speed_bounds
from planner.analysis.walk import Pace, pace_of
from planner.model.coverage import Coverage
from planner.model.plan import Plan
from planner.model.scenario import Scenario
from planner.model.standard import Standards
from planner.run.diary import Diary
from planner.run.loading import Loaded

F64 = NDArray[np.float64]


def propose(
    loaded: Loaded, standards: Standards, diary: Diary, go_on: Callable[[], bool]
) -> tuple[Problem, Plan]:
    """Answer the siting question of a scenario.

    Parameters
    ----------
    loaded
        Everything read and attached.
    standards
        The rules in force.
    diary
        Notes stages and findings.
    go_on
        As of `planner.run.run_scenario`.

    Returns
    -------
    Problem
        Who is reached today, and whom each candidate would reach.
    Plan
        With what speaks for every site.
    """
    scenario = loaded.scenario
    pace = pace_of(standards, scenario.walking.group, scenario.walking)
    ground = loaded.walk.ground
    worth = worth_by_age(loaded.demand, scenario.siting)
    years = check_years(loaded.demand, scenario.siting)
    with diary.stage("coverage"):
        existing, offered = _coverage(loaded, pace, diary)
    with diary.stage("siting"):
        facilities = loaded.facilities.select(loaded.serving)
        diary.note(given.audit_closed(scenario.siting, loaded.facilities, facilities))
        diary.stop_on_errors()
        problem = Problem(
            existing=existing,
            offered=offered,
            candidates=loaded.candidates,
            demand=loaded.demand,
            xy=ground.to_metres(loaded.candidates.lonlat),
            district=_districts(loaded),
            worth=worth,
            go_on=go_on,
            facilities=facilities,
            facilities_xy=ground.to_metres(facilities.lonlat),
        )
        paces = {"": pace, **_variant_paces(scenario, standards)}
        others = siting.Others(
            lambda minutes: _at_pace(loaded, problem, replace(pace, limit_min=minutes), diary),
            lambda: {
                **{name: _at_pace(loaded, problem, one, diary) for name, one in paces.items()},
                **{str(year): _in_year(problem, year) for year in years},
            },
        )
        if scenario.siting.tiers:
            parts = [
                replace(_tier_problem(loaded, pace, k), go_on=go_on)
                for k in range(len(scenario.siting.tiers))
            ]
            return problem, tiers.choose_tiers(parts, scenario.siting)
        plan, found = siting.choose_sites(
            problem, scenario.siting, others, progress=diary.counter("siting")
        )
        diary.note(found)
    with diary.stage("sites"):
        plan = _explain_plan(loaded, standards, plan, problem, diary)
    return problem, plan


def _coverage(loaded: Loaded, pace: Pace, diary: Diary) -> tuple[Coverage, Coverage]:
    serving_id = tuple(loaded.facilities.id[i] for i in loaded.serving)
    existing, offered = (
        catchment.build_coverage(
            loaded.walk,
            sites,
            (loaded.demand.id, loaded.at_demand),
            pace,
            progress=diary.counter("coverage"),
        )
        for sites in (
            (serving_id, loaded.at_serving),
            (loaded.candidates.id, loaded.at_candidates),
        )
    )
    return existing, offered


def _districts(loaded: Loaded) -> tuple[str, ...]:
    if loaded.scenario.siting.district_level == "street":
        return streets_of(loaded.demand)
    return counties_of(loaded.demand, loaded.communities)


def _at_pace(loaded: Loaded, problem: Problem, pace: Pace, diary: Diary) -> Problem:
    """Return the same problem at another pace."""
    existing, offered = _coverage(loaded, pace, diary)
    return replace(problem, existing=existing, offered=offered)


def _in_year(problem: Problem, year: int) -> Problem:
    """Return the same problem with the people of a year, whose ages are not known."""
    return replace(problem, demand=problem.demand.in_year(year), worth=None)


def _tier_problem(loaded: Loaded, pace: Pace, tier: int) -> Problem:
    """Return who is within the limit of a tier of the facilities of it, and of the candidates."""
    asked = loaded.scenario.siting
    kinds = tiers.kinds_of_tier(asked, tier)
    rows = np.array([i for i, k in enumerate(loaded.facilities.kind) if k.value in kinds], np.intp)
    own = replace(pace, limit_min=asked.tiers[tier].limit_min)
    existing, offered = (
        catchment.build_coverage(loaded.walk, sites, (loaded.demand.id, loaded.at_demand), own)
        for sites in (
            (loaded.facilities.select(rows).id, pick_places(loaded.at_facilities, rows)),
            (loaded.candidates.id, loaded.at_candidates),
        )
    )
    return Problem(
        existing=existing, offered=offered, candidates=loaded.candidates, demand=loaded.demand
    )


def _explain_plan(
    loaded: Loaded, standards: Standards, plan: Plan, problem: Problem, diary: Diary
) -> Plan:
    """Tell what speaks for every site, and test the plan under other assumptions."""
    asked = loaded.scenario.siting
    if not plan.picks:
        return plan
    closed = np.array([one.site for one in plan.closed], np.intp)
    after, xy = problem.without(closed), problem.xy
    here = xy[[pick.site for pick in plan.picks]]
    nearby = _nearby(
        loaded,
        pace_of(standards, loaded.scenario.walking.group, loaded.scenario.walking),
        (xy, here),
        problem,
    )
    plan = picks.explain_picks(plan, after, here, nearby, asked)
    if problem.worth is None:  # a better place for people is no fault where ages are weighted
        diary.note(picks.audit_picks(plan, loaded.scenario.sharing.least_count))
    if not problem.go_on():
        return plan
    variants = {}
    for name, pace in _variant_paces(loaded.scenario, standards).items():
        variants[name] = (pace.speed_mps, _at_pace(loaded, problem, pace, diary).without(closed))
    usual = pace_of(standards, loaded.scenario.walking.group, loaded.scenario.walking).speed_mps
    for year in check_years(loaded.demand, asked):
        variants[str(year)] = (usual, _in_year(problem, year).without(closed))
    return picks.try_variants(plan, variants, xy, asked)


def _nearby(loaded: Loaded, pace: Pace, places: tuple[F64, F64], problem: Problem) -> picks.Nearby:
    """Return the candidates, or street nodes close around the plan where these are the rule."""
    xy, here = places
    asked = loaded.scenario.siting
    if asked.candidates.rule != "network_nodes":
        return picks.Nearby(sites=loaded.candidates, xy=xy, coverage=problem.offered)
    walk = loaded.walk
    sites = offers.candidates_from_nodes(
        walk.network,
        walk.ground,
        loaded.communities,
        spacing_m=asked.neighbour_m / 4,
        near=(here, asked.neighbour_m),
    )
    at = settle(loaded.ways, sites.lonlat, sites=True)
    demand = (loaded.demand.id, loaded.at_demand)
    coverage = catchment.build_coverage(walk, (sites.id, at), demand, pace)
    return picks.Nearby(sites=sites, xy=walk.ground.to_metres(sites.lonlat), coverage=coverage)


def _variant_paces(scenario: Scenario, standards: Standards) -> dict[str, Pace]:
    """Return the paces of the variants; one that is no other assumption is left out."""
    walking, asked = scenario.walking, scenario.siting
    low, usual, high = speed_bounds(standards.group(walking.group), walking)
    winter = usual * asked.winter_factor if walking.season_factor == 1 else usual
    speeds = {"slow": low, "fast": high, "winter": winter}
    return {
        name: Pace(speed_mps=speeds[name], limit_min=walking.limit_min)
        for name in asked.variants
        if name in speeds and speeds[name] != usual
    }
