"""The only place where the parts are wired: one straight line from scenario to outcome."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np
import psutil
from numpy.typing import NDArray

from planner.analysis import catchment, joining, provision, siting
from planner.analysis.asked import find_unknown_names
from planner.analysis.attaching import (
    NO_DOORS,
    Attached,
    audit_attachment,
    merge_places,
    pick_places,
)
from planner.analysis.carrying import Ways, build_ways, settle
from planner.analysis.catchment import Nearest
from planner.analysis.changes import overlay_changes
from planner.analysis.coverage import Mask, reached_by, walking_coverage
from planner.analysis.drawing import draw_catchments
from planner.analysis.entrances import join_entrances
from planner.analysis.indicators import Ledger, build_indicators
from planner.analysis.uncertainty import spread_of
from planner.analysis.walk import Pace, Walk, flatten_walk, pace_of, state_assumptions
from planner.analysis.why import Trip, explain_point, find_point, give_reasons
from planner.errors import InputError
from planner.model.coverage import Coverage
from planner.model.demand import Demand
from planner.model.districts import Districts
from planner.model.explanation import Explanation
from planner.model.finding import Finding, Severity
from planner.model.outcome import Outcome, Reach, WalkingCoverage
from planner.model.provenance import Stage
from planner.model.provision import Provision
from planner.model.scenario import Scenario
from planner.model.sites import FacilityKind, Sites
from planner.model.standard import Standards
from planner.standards import read_standards
from planner.store.inputs import Inputs, read_inputs

Progress = Callable[[str, int, int], None]


def _silent(_stage: str, _done: int, _total: int) -> None:
    pass


def _peak_memory_mb() -> float:
    if sys.platform == "win32":
        return float(psutil.Process().memory_info().peak_wset) / 2**20
    import resource  # noqa: PLC0415  (not on Windows)

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


@dataclass
class _Diary:
    """Findings, and the seconds and memory of every stage, in the order they came."""

    progress: Progress
    findings: list[Finding] = field(default_factory=list)
    stages: list[Stage] = field(default_factory=list)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self.progress(name, 0, 0)
        start = perf_counter()
        yield
        seconds = perf_counter() - start
        self.stages.append(Stage(name=name, seconds=seconds, peak_memory_mb=_peak_memory_mb()))

    def note(self, findings: tuple[Finding, ...]) -> None:
        self.findings.extend(findings)

    def stop_on_errors(self) -> None:
        if any(f.severity is Severity.ERROR for f in self.findings):
            raise InputError("the inputs cannot be used", self.findings)

    def counter(self, name: str) -> Callable[[int, int], None]:
        return lambda done, total: self.progress(name, done, total)


def check_inputs(scenario: Scenario, *, progress: Progress = _silent) -> tuple[Finding, ...]:
    """Read every input of a scenario and return what was found, without computing a result.

    Parameters
    ----------
    scenario
        What to read.
    progress
        Called with (stage, done, total).
    """
    diary = _Diary(progress)
    try:
        _load(scenario, read_standards(), diary)
    except InputError as error:
        return error.findings
    return tuple(diary.findings)


def run_scenario(scenario: Scenario, *, progress: Progress = _silent) -> Outcome:
    """Run a scenario from its files to its outcome; nothing is written.

    Parameters
    ----------
    scenario
        What to ask.
    progress
        Called with (stage, done, total); total 0 where it is not known.

    Raises
    ------
    InputError
        If the inputs cannot be used; every fault is in ``findings``.
    """
    diary = _Diary(progress)
    standards = read_standards()
    loaded = _load(scenario, standards, diary)
    pace = pace_of(standards, scenario.walking.group, scenario.walking)
    with diary.stage("coverage"):
        existing, offered = _coverage(loaded, pace, diary)
    with diary.stage("siting"):
        plan = siting.choose_sites(
            existing, loaded.candidates, offered, loaded.demand, scenario.siting
        )
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


def explain(scenario: Scenario, point_id: str, *, progress: Progress = _silent) -> Explanation:
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
    diary = _Diary(progress)
    standards = read_standards()
    loaded = _load(scenario, standards, diary)
    point, found = find_point(loaded.demand, point_id)
    diary.note(found)
    diary.stop_on_errors()
    with diary.stage("reasons"):
        pace = pace_of(standards, scenario.walking.group, scenario.walking)
        trip = _trip(loaded, standards, pace)
        facilities = loaded.facilities.select(loaded.serving)
        return explain_point(trip, facilities, loaded.demand, point)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loaded:
    """Everything read, joined and attached."""

    scenario: Scenario
    inputs: Inputs
    communities: Districts
    facilities: Sites
    serving: NDArray[np.intp]  # positions of the serving facilities among all
    candidates: Sites
    demand: Demand
    walk: Walk
    at_facilities: Attached
    at_serving: Attached
    at_candidates: Attached
    at_demand: Attached


def _load(scenario: Scenario, standards: Standards, diary: _Diary) -> _Loaded:
    with diary.stage("read"):
        inputs = read_inputs(scenario, diary.counter("read"))
        diary.note(inputs.findings)
        diary.note(find_unknown_names(scenario, standards))
        diary.stop_on_errors()
    communities, facilities, demand = inputs.communities, inputs.facilities, inputs.demand
    network, doors = inputs.network, (NO_DOORS, NO_DOORS)
    with diary.stage("join"):
        facilities, found = joining.join_communities(facilities, communities, table="facilities")
        diary.note(found)
        demand, found = joining.join_communities(demand, communities, table="households")
        diary.note(found)
        if inputs.entrances is not None:
            doors, found = join_entrances(inputs.entrances, facilities, demand, inputs.ground)
            diary.note(found)
    overlay = None
    if inputs.street_changes is not None:
        with diary.stage("changes"):
            overlay, found = overlay_changes(network, inputs.street_changes)
            diary.note(found)
    with diary.stage("attach"):
        ways, found = build_ways(network, overlay, inputs.ground, standards.slope, scenario.walking)
        diary.note((*found, *state_assumptions(scenario.walking)))
        kinds = {FacilityKind(kind) for kind in scenario.walking.kinds}
        serving = np.array([i for i, k in enumerate(facilities.kind) if k in kinds], np.intp)
        at_facilities = settle(ways, facilities.lonlat, doors[0], sites=True)
        at_serving = pick_places(at_facilities, serving)
        at_demand = settle(ways, demand.lonlat, doors[1], sites=False)
        diary.note(
            audit_attachment(
                ways.after,
                (facilities.select(serving), at_serving),
                (demand, at_demand),
                least_count=scenario.sharing.least_count,
            )
        )
        diary.stop_on_errors()
        candidates, at_candidates = _candidates(scenario, inputs, demand, ways, diary)
        siting.check_count(scenario.siting, len(candidates))
    return _Loaded(
        scenario=scenario,
        inputs=inputs,
        communities=communities,
        facilities=facilities,
        serving=serving,
        candidates=candidates,
        demand=demand,
        walk=ways.after,
        at_facilities=at_facilities,
        at_serving=at_serving,
        at_candidates=at_candidates,
        at_demand=at_demand,
    )


def _candidates(
    scenario: Scenario, inputs: Inputs, demand: Demand, ways: Ways, diary: _Diary
) -> tuple[Sites, Attached]:
    walk = ways.after
    rule = scenario.siting.candidates
    if inputs.candidates is not None:
        found, notes = joining.join_communities(
            inputs.candidates, inputs.communities, table="candidates"
        )
        diary.note(notes)
        diary.stop_on_errors()
    elif rule.rule == "community_centroids":
        found = siting.candidates_from_centres(inputs.communities, demand)
    else:
        found = siting.candidates_from_nodes(
            walk.network, walk.ground, inputs.communities, spacing_m=rule.spacing_m
        )
    at = settle(ways, found.lonlat, sites=True)
    diary.note(siting.audit_candidates(at, ways.after.max_access_m))
    usable = at.usable()
    return found.select(usable), pick_places(at, usable)


def _coverage(loaded: _Loaded, pace: Pace, diary: _Diary) -> tuple[Coverage, Coverage]:
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


def _walking(
    loaded: _Loaded,
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


def _reach(loaded: _Loaded, nearest: tuple[Nearest, Nearest], pace: Pace) -> Reach:
    today, planned = nearest
    everyone = np.append(loaded.serving, -1)
    return Reach(
        nearest=everyone[today.site],
        minutes=catchment.nearest_minutes(today, pace),
        minutes_planned=catchment.nearest_minutes(planned, pace),
        access_m=loaded.at_demand.access_m,
    )


def _trip(loaded: _Loaded, standards: Standards, pace: Pace) -> Trip:
    flat = flatten_walk(loaded.walk, standards.slope)
    return Trip(loaded.walk, flat, loaded.at_serving, loaded.at_demand, pace)


def _space(
    loaded: _Loaded, standards: Standards, walking: WalkingCoverage, diary: _Diary
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
