"""The only place where the parts are wired: one straight line from scenario to outcome."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from planner.analysis import candidates as offers
from planner.analysis import catchment, picks, provision, siting
from planner.analysis.attaching import (
    merge_places,
    pick_places,
)
from planner.analysis.carrying import settle
from planner.analysis.catchment import Nearest
from planner.analysis.coverage import Mask, counties_of, reached_by, streets_of, walking_coverage
from planner.analysis.drawing import draw_catchments
from planner.analysis.indicators import Ledger, build_indicators
from planner.analysis.problem import Problem
from planner.analysis.uncertainty import speed_bounds, spread_of
from planner.analysis.walk import Pace, flatten_walk, pace_of
from planner.analysis.why import Trip, explain_point, find_point, give_reasons
from planner.errors import InputError
from planner.model.coverage import Coverage
from planner.model.explanation import Explanation
from planner.model.finding import Finding, Severity
from planner.model.outcome import Outcome, Reach, WalkingCoverage
from planner.model.plan import Plan
from planner.model.provision import Provision
from planner.model.scenario import Scenario
from planner.model.standard import Standards
from planner.run.diary import Diary, Progress, silent
from planner.run.loading import Loaded, load_inputs
from planner.standards import read_standards

__all__ = ["Progress", "check_inputs", "explain", "run_scenario", "run_scenarios"]
F64 = NDArray[np.float64]


def check_inputs(scenario: Scenario, *, progress: Progress = silent) -> tuple[Finding, ...]:
    """Read every input of a scenario and return what was found, without computing a result.

    Parameters
    ----------
    scenario
        What to read.
    progress
        Called with (stage, done, total).
    """
    diary = Diary(progress)
    try:
        load_inputs(scenario, read_standards(), diary)
    except InputError as error:
        return error.findings
    return tuple(diary.findings)


def run_scenario(
    scenario: Scenario, *, progress: Progress = silent, go_on: Callable[[], bool] = lambda: True
) -> Outcome:
    """Run a scenario from its files to its outcome; nothing is written.

    Parameters
    ----------
    scenario
        What to ask.
    progress
        Called with (stage, done, total); total 0 where it is not known.
    go_on
        Asked now and then while sites are searched; False ends the search with the best plan so
        far and its bound, and the rest of the run is done with it.

    Raises
    ------
    InputError
        If the inputs cannot be used; every fault is in ``findings``.
    """
    diary = Diary(progress)
    standards = read_standards()
    loaded = load_inputs(scenario, standards, diary)
    pace = pace_of(standards, scenario.walking.group, scenario.walking)
    with diary.stage("coverage"):
        existing, offered = _coverage(loaded, pace, diary)
    with diary.stage("siting"):
        problem = Problem(
            existing=existing,
            offered=offered,
            candidates=loaded.candidates,
            demand=loaded.demand,
            xy=loaded.walk.ground.to_metres(loaded.candidates.lonlat),
            district=_districts(loaded),
            go_on=go_on,
        )
        paces = {"": pace, **_variant_paces(scenario, standards)}
        others = siting.Others(
            lambda minutes: _at_pace(loaded, problem, replace(pace, limit_min=minutes), diary),
            lambda: {name: _at_pace(loaded, problem, one, diary) for name, one in paces.items()},
        )
        plan, found = siting.choose_sites(
            problem, scenario.siting, others, progress=diary.counter("siting")
        )
        diary.note(found)
    with diary.stage("sites"):
        plan = _explain_plan(loaded, standards, plan, problem, diary)
    picked = np.array([pick.site for pick in plan.picks], np.intp)
    at_picked = pick_places(loaded.at_candidates, picked)
    built = merge_places(loaded.at_serving, at_picked)
    with diary.stage("nearest"):
        today, planned = (
            catchment.find_nearest(loaded.walk, sites, loaded.at_demand)
            for sites in (loaded.at_serving, built)
        )
        reach = _reach(loaded, (today, planned), pace)
    with diary.stage("groups"):
        own = reached_by(existing, offered, picked)
        walking = _walking(loaded, standards, own, (today, planned))
    with diary.stage("reasons"):
        reasons = give_reasons(_trip(loaded, standards, pace), today)
    with diary.stage("tiers"):
        tiers = catchment.nearest_by_tier(
            loaded.walk, (loaded.facilities.kind, loaded.at_facilities), loaded.at_demand, pace
        )
    with diary.stage("spread"):
        people, group = (loaded.demand, loaded.at_demand), standards.group(scenario.walking.group)
        spread, spread_planned = (
            spread_of(loaded.walk, sites, people, group, scenario.walking)
            for sites in (loaded.at_serving, built)
        )
    with diary.stage("space"):
        space, ledger, having = _space(loaded, standards, walking[0], diary)
    with diary.stage("catchments"):
        facilities = (loaded.facilities.select(loaded.serving), loaded.at_serving)
        drawn = draw_catchments(loaded.walk, facilities, (plan.picks, at_picked), pace)
    return Outcome(
        scenario=scenario,
        standards=standards,
        counties=loaded.inputs.counties,
        communities=loaded.communities,
        facilities=loaded.facilities,
        candidates=loaded.candidates,
        demand=loaded.demand,
        network=loaded.walk.network,
        reach=reach,
        walking=walking,
        unit_coverage=ledger.unit_coverage,
        station_in=having,
        provision=space,
        plan=plan,
        indicators=build_indicators(standards, ledger),
        catchments=drawn,
        backdrop=loaded.inputs.backdrop,
        findings=tuple(diary.findings),
        sources=loaded.inputs.sources,
        stages=tuple(diary.stages),
        crs=loaded.walk.ground.crs,
        reasons=reasons,
        tiers=tiers,
        spread=spread,
        spread_planned=spread_planned,
    )


def run_scenarios(
    scenarios: Sequence[Scenario], *, progress: Progress = silent
) -> tuple[Outcome, ...]:
    """Run scenarios one after the other, to be compared; none is returned unless all are done.

    Parameters
    ----------
    scenarios
        What to ask.
    progress
        Called with (stage, done, total).

    Raises
    ------
    InputError
        If the inputs of one cannot be used.
    """
    return tuple(run_scenario(scenario, progress=progress) for scenario in scenarios)


def explain(scenario: Scenario, point_id: str, *, progress: Progress = silent) -> Explanation:
    """Explain why one demand point is within reach or not.

    Parameters
    ----------
    scenario
        What to ask.
    point_id
        Id of the demand point.
    progress
        Called with (stage, done, total).

    Raises
    ------
    InputError
        If the inputs cannot be used or there is no such point.
    """
    diary = Diary(progress)
    standards = read_standards()
    loaded = load_inputs(scenario, standards, diary)
    point, found = find_point(loaded.demand, point_id)
    diary.note(found)
    diary.stop_on_errors()
    with diary.stage("reasons"):
        pace = pace_of(standards, scenario.walking.group, scenario.walking)
        trip = _trip(loaded, standards, pace)
        facilities = loaded.facilities.select(loaded.serving)
        return explain_point(trip, facilities, loaded.demand, point)


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


def _explain_plan(
    loaded: Loaded, standards: Standards, plan: Plan, problem: Problem, diary: Diary
) -> Plan:
    """Tell what speaks for every site, and test the plan under other assumptions."""
    asked = loaded.scenario.siting
    if not plan.picks:
        return plan
    xy = problem.xy
    here = xy[[pick.site for pick in plan.picks]]
    nearby = _nearby(
        loaded,
        pace_of(standards, loaded.scenario.walking.group, loaded.scenario.walking),
        (xy, here),
        problem,
    )
    plan = picks.explain_picks(plan, problem, here, nearby, asked)
    diary.note(picks.audit_picks(plan, loaded.scenario.sharing.least_count))
    if not problem.go_on():
        return plan
    variants = {}
    for name, pace in _variant_paces(loaded.scenario, standards).items():
        variants[name] = (pace.speed_mps, _at_pace(loaded, problem, pace, diary))
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
        if speeds[name] != usual
    }


def _walking(
    loaded: Loaded,
    standards: Standards,
    own: tuple[Mask, Mask],
    nearest: tuple[Nearest, Nearest],
) -> tuple[WalkingCoverage, ...]:
    """Measure the scenario's own group, and beside it the groups to compare.

    Lengths are flat-equivalent, so that one search to the nearest site tells for every speed.
    """
    walking = loaded.scenario.walking
    shares = []
    for name in (walking.group, *walking.compare):
        pace = pace_of(standards, name, walking)
        masks = own
        if name != walking.group:
            masks = (nearest[0].within(pace.limit_mm), nearest[1].within(pace.limit_mm))
        people = (loaded.demand, loaded.communities)
        shares.append(walking_coverage(name, pace.speed_mps, people, masks))
    return tuple(shares)


def _reach(loaded: Loaded, nearest: tuple[Nearest, Nearest], pace: Pace) -> Reach:
    today, planned = nearest
    everyone = np.append(loaded.serving, -1)
    return Reach(
        nearest=everyone[today.site],
        minutes=catchment.nearest_minutes(today, pace),
        minutes_planned=catchment.nearest_minutes(planned, pace),
        access_m=loaded.at_demand.access_m,
    )


def _trip(loaded: Loaded, standards: Standards, pace: Pace) -> Trip:
    flat = flatten_walk(loaded.walk, standards.slope)
    return Trip(loaded.walk, flat, loaded.at_serving, loaded.at_demand, pace)


def _space(
    loaded: Loaded, standards: Standards, walking: WalkingCoverage, diary: Diary
) -> tuple[Provision, Ledger, frozenset[str]]:
    asked = loaded.scenario.space
    norm = asked.norm_m2_per_100_households
    communities, facilities = loaded.communities, loaded.facilities
    space = provision.build_provision(
        communities,
        facilities,
        loaded.demand,
        norm=norm or standards.rule("space.norm_m2_per_100_households").value,
    )
    if not space.summary("city").known:
        diary.note((Finding(rule="space.no_register", severity=Severity.NOTICE),))
    units, having = provision.unit_coverage(communities, facilities, communities.list_date)
    provincial = {"urban": asked.provincial_urban_m2, "rural": asked.provincial_rural_m2}
    ledger = Ledger(
        communities=communities,
        facilities=facilities,
        unit_coverage=units,
        walking=walking.baseline["city"],
        people_date=loaded.demand.count_date,
        provision=space,
        provincial_m2={kind: least for kind, least in provincial.items() if least is not None},
    )
    return space, ledger, having
