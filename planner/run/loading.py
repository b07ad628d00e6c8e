"""From the files of a scenario to places on the network."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.analysis import candidates as offers
from planner.analysis import joining, siting
from planner.analysis.asked import find_unknown_names
from planner.analysis.attaching import NO_DOORS, Attached, audit_attachment, pick_places
from planner.analysis.carrying import Ways, build_ways, settle
from planner.analysis.changes import overlay_changes
from planner.analysis.datum import Trusted
from planner.analysis.datum_audit import audit_datum
from planner.analysis.entrances import join_entrances
from planner.analysis.matching import UnitList
from planner.analysis.placing import audit_places
from planner.analysis.spreading import spread_households
from planner.analysis.walk import Walk, state_assumptions
from planner.kernel.snap import build_street_grid
from planner.model.demand import Demand
from planner.model.districts import Districts
from planner.model.finding import Finding, Severity
from planner.model.scenario import Scenario, Spreading
from planner.model.sites import FacilityKind, Sites
from planner.model.standard import Standards
from planner.run.diary import Diary
from planner.standards.concordance import read_concordance
from planner.store.inputs import Inputs, Part, read_inputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Everything read, joined and attached."""

    scenario: Scenario
    inputs: Inputs
    communities: Districts
    facilities: Sites
    serving: NDArray[np.intp]  # positions of the serving facilities among all
    candidates: Sites
    demand: Demand
    ways: Ways
    walk: Walk
    at_facilities: Attached
    at_serving: Attached
    at_candidates: Attached
    at_demand: Attached


def load_inputs(scenario: Scenario, standards: Standards, diary: Diary) -> Loaded:
    """Read, join and attach everything a scenario names.

    Raises
    ------
    InputError
        If the inputs cannot be used; every fault is in ``findings``.
    """
    with diary.stage("read"):
        inputs = read_inputs(scenario, diary.counter("read"))
        diary.note(inputs.findings)
        diary.note(find_datum(scenario, inputs))
        note_names(scenario, standards, diary)
        diary.stop_on_errors()
    return attach_inputs(scenario, standards, inputs, diary)


def note_names(scenario: Scenario, standards: Standards, diary: Diary) -> None:
    """Note what the scenario itself gets wrong, whatever its files hold."""
    diary.note(find_unknown_names(scenario, standards))
    if scenario.map.basemap == "tianditu":
        diary.note((Finding(rule="map.shared_key", severity=Severity.WARNING),))


def attach_inputs(scenario: Scenario, standards: Standards, inputs: Inputs, diary: Diary) -> Loaded:
    """Join and attach what was read.

    Raises
    ------
    InputError
        If the inputs do not fit together; every fault is in ``findings``.
    """
    communities, facilities = inputs.communities, inputs.facilities
    network, doors = inputs.network, (NO_DOORS, NO_DOORS)
    with diary.stage("join"):
        units = unit_list(inputs)
        facilities, found = joining.join_communities(facilities, units, table="facilities")
        diary.note(found)
        diary.note(audit_places(facilities, communities, inputs.ground, table="facilities"))
        demand = _settled(scenario, inputs, units, diary)
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
        siting.check_siting(scenario.siting, candidates, facilities.select(serving))
    return Loaded(
        scenario=scenario,
        inputs=inputs,
        communities=communities,
        facilities=facilities,
        serving=serving,
        candidates=candidates,
        demand=demand,
        ways=ways,
        walk=ways.after,
        at_facilities=at_facilities,
        at_serving=at_serving,
        at_candidates=at_candidates,
        at_demand=at_demand,
    )


def _settled(scenario: Scenario, inputs: Inputs, units: UnitList, diary: Diary) -> Demand:
    """Return where people live, with totals of communities shared out."""
    demand, found = joining.join_communities(inputs.demand, units, table="households")
    diary.note(found)
    diary.note(audit_places(demand, inputs.communities, inputs.ground, table="households"))
    if demand.is_placed().all():
        return demand
    diary.stop_on_errors()
    asked = scenario.households.spread or Spreading(over="streets")
    demand, found = spread_households(
        demand,
        inputs.communities,
        (inputs.network, inputs.ground),
        over=asked.over,
        buildings=inputs.buildings,
    )
    diary.note(found)
    diary.stop_on_errors()
    return demand


def unit_list(inputs: Inputs | Part) -> UnitList:
    """Return the list in force; the bureau's own concordance is asked before the shipped one.

    Raises
    ------
    ValueError
        If the communities could not be read.
    """
    if inputs.communities is None:
        raise ValueError("no list of communities")
    own = () if inputs.concordance is None else (inputs.concordance,)
    return UnitList(inputs.communities, inputs.counties, (*own, read_concordance()))


def find_datum(scenario: Scenario, inputs: Inputs | Part) -> tuple[Finding, ...]:
    """Return what the streets and units say about the datum of every table, if they were read."""
    network, ground, units = inputs.network, inputs.ground, inputs.communities
    if network is None or ground is None or units is None:
        return ()
    grid = build_street_grid(network.vertices, network.edge_start)
    trusted = Trusted(grid, ground, units, inputs.counties)
    tables = (inputs.facilities, inputs.candidates, inputs.demand, inputs.entrances)
    points = tuple(table for table in tables if table is not None)
    return audit_datum(scenario.boundaries, points, trusted)


def _candidates(
    scenario: Scenario, inputs: Inputs, demand: Demand, ways: Ways, diary: Diary
) -> tuple[Sites, Attached]:
    walk = ways.after
    rule = scenario.siting.candidates
    if inputs.candidates is not None:
        found, notes = joining.join_communities(
            inputs.candidates, unit_list(inputs), table="candidates"
        )
        diary.note(notes)
        diary.stop_on_errors()
    elif rule.rule == "community_centroids":
        found = offers.candidates_from_centres(inputs.communities, demand)
    else:
        found = offers.candidates_from_nodes(
            walk.network, walk.ground, inputs.communities, spacing_m=rule.spacing_m
        )
    at = settle(ways, found.lonlat, sites=True)
    diary.note(offers.audit_candidates(at, ways.after.max_access_m))
    usable = at.usable()
    return found.select(usable), pick_places(at, usable)
