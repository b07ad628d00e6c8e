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
from planner.analysis.catchment import Attached, Walk
from planner.analysis.coverage import reached, shares_by_county
from planner.analysis.indicators import Ledger, build_indicators
from planner.analysis.rings import draw_rings, merge_stops, pick_stops
from planner.errors import InputError
from planner.model.coverage import Coverage
from planner.model.demand import Demand
from planner.model.districts import Districts
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
    group = standards.group(scenario.walking.group)
    limit = scenario.walking.limit_min
    with diary.stage("coverage"):
        existing, offered = _coverage(loaded, group.speed.value, limit, diary)
    with diary.stage("siting"):
        plan = siting.choose_sites(
            existing, loaded.candidates, offered, loaded.demand, scenario.siting
        )
    picked = np.array([pick.site for pick in plan.picks], np.intp)
    built = merge_stops(loaded.at_serving, pick_stops(loaded.at_candidates, picked))
    with diary.stage("nearest"):
        reach = _reach(loaded, built, group.speed.value)
    with diary.stage("groups"):
        walking = _walking(loaded, standards, (existing, offered), picked, diary)
    with diary.stage("space"):
        space, ledger, having = _space(loaded, standards, walking[0], diary)
    with diary.stage("catchments"):
        drawn = tuple(
            ring
            for state, sites in (("baseline", loaded.at_serving), ("planned", built))
            for ring in draw_rings(
                loaded.walk, sites, speed_mps=group.speed.value, limit_min=limit, state=state
            )
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
    )


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
    at_serving: Attached
    at_candidates: Attached
    at_demand: Attached


def _load(scenario: Scenario, standards: Standards, diary: _Diary) -> _Loaded:
    with diary.stage("read"):
        inputs = read_inputs(scenario, diary.counter("read"))
        diary.note(inputs.findings)
        diary.note(_unknown_names(scenario, standards))
        diary.stop_on_errors()
    communities, facilities, demand = inputs.communities, inputs.facilities, inputs.demand
    network, ground = inputs.network, inputs.ground
    with diary.stage("join"):
        facilities, found = joining.join_communities(facilities, communities, table="facilities")
        diary.note(found)
        demand, found = joining.join_communities(demand, communities, table="households")
        diary.note(found)
    with diary.stage("attach"):
        walk, found = catchment.build_walk(
            network,
            ground,
            standards.slope,
            use_slope=scenario.walking.slope,
            towards=scenario.walking.direction == "to_facility",
            max_access_m=scenario.walking.max_access_m,
        )
        diary.note(found)
        kinds = {FacilityKind(kind) for kind in scenario.walking.kinds}
        serving = np.array([i for i, k in enumerate(facilities.kind) if k in kinds], np.intp)
        at_serving = catchment.attach(walk, facilities.lonlat[serving])
        at_demand = catchment.attach(walk, demand.lonlat)
        diary.note(
            catchment.audit_attachment(
                walk,
                (facilities.select(serving), at_serving),
                (demand, at_demand),
                least_count=scenario.sharing.least_count,
            )
        )
        diary.stop_on_errors()
        candidates, at_candidates = _candidates(scenario, inputs, demand, walk, diary)
        siting.check_count(scenario.siting, len(candidates))
    return _Loaded(
        scenario=scenario,
        inputs=inputs,
        communities=communities,
        facilities=facilities,
        serving=serving,
        candidates=candidates,
        demand=demand,
        walk=walk,
        at_serving=at_serving,
        at_candidates=at_candidates,
        at_demand=at_demand,
    )


def _unknown_names(scenario: Scenario, standards: Standards) -> tuple[Finding, ...]:
    """Find walking groups and facility kinds that nobody defined."""
    groups = [group.id for group in standards.groups]
    kinds = [kind.value for kind in FacilityKind]
    asked = [("walking.group", scenario.walking.group, groups)]
    asked += [("walking.compare", group, groups) for group in scenario.walking.compare]
    asked += [("walking.kinds", kind, kinds) for kind in scenario.walking.kinds]
    return tuple(
        Finding(
            rule="scenario.unknown_name",
            severity=Severity.ERROR,
            column=key,
            found=name,
            expected=", ".join(known),
        )
        for key, name, known in asked
        if name not in known
    )


def _candidates(
    scenario: Scenario, inputs: Inputs, demand: Demand, walk: Walk, diary: _Diary
) -> tuple[Sites, Attached]:
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
    at = catchment.attach(walk, found.lonlat)
    usable = np.flatnonzero(at.stops.edge >= 0)
    if len(usable) < len(found):
        diary.note(
            (
                Finding(
                    rule="siting.candidates_far",
                    severity=Severity.WARNING,
                    found=str(len(found) - len(usable)),
                    values=(("limit", f"{walk.max_access_m:.0f}"),),
                ),
            )
        )
    return found.select(usable), pick_stops(at, usable)


def _coverage(
    loaded: _Loaded, speed_mps: float, limit_min: float, diary: _Diary
) -> tuple[Coverage, Coverage]:
    demand = (loaded.demand.id, loaded.at_demand)
    serving_id = tuple(loaded.facilities.id[i] for i in loaded.serving)
    existing = catchment.build_coverage(
        loaded.walk,
        (serving_id, loaded.at_serving),
        demand,
        speed_mps=speed_mps,
        limit_min=limit_min,
        progress=diary.counter("coverage"),
    )
    offered = catchment.build_coverage(
        loaded.walk,
        (loaded.candidates.id, loaded.at_candidates),
        demand,
        speed_mps=speed_mps,
        limit_min=limit_min,
        progress=diary.counter("coverage"),
    )
    return existing, offered


def _walking(
    loaded: _Loaded,
    standards: Standards,
    own: tuple[Coverage, Coverage],
    picked: NDArray[np.intp],
    diary: _Diary,
) -> tuple[WalkingCoverage, ...]:
    """Measure the scenario's own group, and beside it the groups to compare."""
    walking = loaded.scenario.walking
    shares = []
    for name in (walking.group, *walking.compare):
        speed = standards.group(name).speed.value
        existing, offered = (
            own if name == walking.group else _coverage(loaded, speed, walking.limit_min, diary)
        )
        everyone = np.arange(len(existing.site_id), dtype=np.intp)
        baseline = reached(existing, everyone)
        planned = baseline | reached(offered, picked)
        shares.append(
            WalkingCoverage(
                group=name,
                speed_mps=speed,
                baseline=shares_by_county(loaded.demand, loaded.communities, baseline),
                planned=shares_by_county(loaded.demand, loaded.communities, planned),
            )
        )
    return tuple(shares)


def _reach(loaded: _Loaded, built: Attached, speed_mps: float) -> Reach:
    site, minutes = catchment.nearest_minutes(
        loaded.walk, loaded.at_serving, loaded.at_demand, speed_mps=speed_mps
    )
    _, planned = catchment.nearest_minutes(
        loaded.walk, built, loaded.at_demand, speed_mps=speed_mps
    )
    if len(loaded.serving):
        site = np.where(site >= 0, loaded.serving[site], -1)
    return Reach(
        nearest=site,
        minutes=minutes,
        minutes_planned=planned,
        access_m=loaded.at_demand.access_m,
    )


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
