"""The only place where the parts are wired: one straight line from scenario to outcome."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from planner.analysis import catchment, provision
from planner.analysis.attaching import (
    merge_places,
    pick_places,
)
from planner.analysis.catchment import Nearest
from planner.analysis.coverage import Mask, reached_by, walking_coverage
from planner.analysis.drawing import draw_catchments
from planner.analysis.indicators import Ledger, build_indicators
from planner.analysis.patterns import build_patterns
from planner.analysis.tiers import tiers_that_serve
from planner.analysis.uncertainty import spread_of
from planner.analysis.walk import Pace, flatten_walk, pace_of
from planner.analysis.why import Trip, explain_point, find_point, give_reasons
from planner.model.explanation import Explanation
from planner.model.finding import Finding, Severity
from planner.model.outcome import Outcome, Reach, WalkingCoverage
from planner.model.provision import Provision
from planner.model.scenario import Scenario
from planner.model.standard import Standards
from planner.run.checking import check_files, check_inputs, check_scenario
from planner.run.diary import Diary, Progress, silent
from planner.run.loading import Loaded, load_inputs
from planner.run.proposing import propose
from planner.standards import read_standards

__all__ = [
    "Progress",
    "check_files",
    "check_inputs",
    "check_scenario",
    "explain",
    "run_scenario",
    "run_scenarios",
]
F64 = NDArray[np.float64]


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
    problem, plan = propose(loaded, standards, diary, go_on)
    closed = np.array([one.site for one in plan.closed], np.intp)
    serving = [pick for pick in plan.picks if not pick.tier]
    if plan.tiers:  # of several tiers, those whose sites serve as the kinds of the scenario
        named = tiers_that_serve(scenario.siting, scenario.walking.kinds)
        serving = [pick for pick in plan.picks if pick.tier in named]
    picked = np.array([pick.site for pick in serving], np.intp)
    at_picked = pick_places(loaded.at_candidates, picked)
    stays = np.setdiff1d(np.arange(len(loaded.at_serving)), closed)
    kept = pick_places(loaded.at_serving, stays) if len(closed) else loaded.at_serving
    built = merge_places(kept, at_picked)
    with diary.stage("nearest"):
        today, planned = (
            catchment.find_nearest(loaded.walk, sites, loaded.at_demand)
            for sites in (loaded.at_serving, built)
        )
        reach = _reach(loaded, (today, planned), pace)
    with diary.stage("groups"):
        own = reached_by(problem.existing, problem.offered, picked, closed)
        walking = _walking(loaded, standards, own, (today, planned))
        people = (loaded.demand, loaded.demand.community)
        patterns = build_patterns(problem.existing, problem.offered, picked, people)
    with diary.stage("reasons"):
        reasons = give_reasons(_trip(loaded, standards, pace), today)
    with diary.stage("tiers"):
        tiers = catchment.nearest_by_tier(
            loaded.walk, (loaded.facilities.kind, loaded.at_facilities), loaded.at_demand, pace
        )
    with diary.stage("spread"):
        at_home, group = (loaded.demand, loaded.at_demand), standards.group(scenario.walking.group)
        spread, spread_planned = (
            spread_of(loaded.walk, sites, at_home, group, scenario.walking)
            for sites in (loaded.at_serving, built)
        )
    with diary.stage("space"):
        space, ledger, having = _space(loaded, standards, walking[0], diary)
    with diary.stage("catchments"):
        facilities = (loaded.facilities.select(loaded.serving), loaded.at_serving)
        drawn = draw_catchments(
            loaded.walk, facilities, (serving, at_picked), pace, closed=closed.tolist()
        )
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
        patterns=patterns,
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
