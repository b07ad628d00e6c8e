"""Everything a scenario names, read in one pass, with all faults at once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from shapely.geometry.base import BaseGeometry

from planner.errors import InputError
from planner.model.demand import Demand
from planner.model.districts import Districts
from planner.model.entrances import Entrances
from planner.model.finding import Finding, Severity
from planner.model.ground import Ground, ground_for
from planner.model.network import Network
from planner.model.provenance import Source
from planner.model.scenario import Scenario
from planner.model.sites import Sites
from planner.model.street_changes import StreetChanges
from planner.store.backdrop import read_backdrop
from planner.store.boundaries import bounds_of, read_districts
from planner.store.crs import Window
from planner.store.elevation import open_heights
from planner.store.entrances import read_entrances
from planner.store.facilities import read_candidates, read_sites
from planner.store.households import read_demand
from planner.store.network_cache import cached_network
from planner.store.reading import Read, locate, shown_path, source_of
from planner.store.street_changes import read_street_changes
from planner.store.streets import read_network

T = TypeVar("T")

_EDGE_DEG = 0.03  # streets this far outside the communities still serve people inside


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """All inputs of a scenario.

    Parameters
    ----------
    backdrop
        ``(name, geometry in degrees)``, drawn only.
    ground
        The metre plane of the network.
    findings
        Everything found in reading, no errors among them.
    sources
        Every file that was read.
    street_changes, entrances
        What the scenario lays over streets and places, `None` where it names no such file.
    """

    communities: Districts
    counties: Districts | None
    facilities: Sites
    candidates: Sites | None
    demand: Demand
    network: Network
    backdrop: tuple[tuple[str, BaseGeometry], ...]
    ground: Ground
    findings: tuple[Finding, ...]
    sources: tuple[Source, ...]
    street_changes: StreetChanges | None = None
    entrances: Entrances | None = None


def read_inputs(scenario: Scenario, progress: Callable[[int, int], None]) -> Inputs:
    """Read every file a scenario names.

    Parameters
    ----------
    scenario
        What to read; paths start at ``scenario.folder``.
    progress
        Called with (files read, files).

    Raises
    ------
    InputError
        If anything is unusable; ``findings`` hold the faults of all files.
    """
    laid = (scenario.entrances, scenario.street_changes)
    shelf = _Shelf(progress, 6 + len(scenario.backdrop) + sum(file is not None for file in laid))
    folder, list_date = scenario.folder, scenario.boundaries.list_date
    communities = shelf.put(
        read_districts(
            scenario.boundaries.communities, folder, level="community", list_date=list_date
        )
    )
    counties: Districts | None = None
    if scenario.boundaries.counties is not None:
        counties = shelf.put(
            read_districts(
                scenario.boundaries.counties, folder, level="county", list_date=list_date
            )
        )
    window = _window(communities)
    if communities is not None and window is None:
        shelf.missing.append(_shapeless(scenario, communities))
        communities = None
    window = window or _window(counties)
    facilities = shelf.put(read_sites(scenario.facilities, folder, window))
    demand = shelf.put(read_demand(scenario.households, folder, window))
    candidates: Sites | None = None
    if scenario.siting.candidates.file is not None:
        candidates = shelf.put(read_candidates(scenario.siting.candidates.file, folder, window))
    backdrop = tuple(
        shape
        for file in scenario.backdrop
        for shape in shelf.put(read_backdrop(file, folder)) or ()
    )
    entrances: Entrances | None = None
    if scenario.entrances is not None:
        entrances = shelf.put(read_entrances(scenario.entrances, folder, window))
    window = window or _around(demand)
    ground = ground_for(window) if window else None
    network, changes = _streets(scenario, ground, window, shelf)
    if (
        communities is None
        or facilities is None
        or demand is None
        or network is None
        or ground is None
        or (entrances is None and scenario.entrances is not None)
        or (changes is None and scenario.street_changes is not None)
    ):
        raise InputError("the inputs cannot be used", shelf.findings())
    return Inputs(
        communities=communities,
        counties=counties,
        facilities=facilities,
        candidates=candidates,
        demand=demand,
        network=network,
        backdrop=backdrop,
        ground=ground,
        findings=shelf.findings(),
        sources=tuple(source for read in shelf.reads for source in read.sources),
        street_changes=changes,
        entrances=entrances,
    )


@dataclass(slots=True)
class _Shelf:
    """What was read so far, so that every fault is told and not only the first."""

    progress: Callable[[int, int], None]
    total: int
    reads: list[Read[Any]] = field(default_factory=list)
    missing: list[Finding] = field(default_factory=list)

    def put(self, read: Read[T]) -> T | None:
        self.reads.append(read)
        self.progress(len(self.reads), self.total)
        return read.value

    def findings(self) -> tuple[Finding, ...]:
        return (*(finding for read in self.reads for finding in read.findings), *self.missing)


def _window(districts: Districts | None) -> Window | None:
    """Return the bounds of the units, or nothing where none has a shape."""
    if districts is None or all(shape is None for shape in districts.geometry):
        return None
    return bounds_of(districts)


def _shapeless(scenario: Scenario, communities: Districts) -> Finding:
    return Finding(
        rule="boundaries.no_shapes",
        severity=Severity.ERROR,
        source=shown_path(scenario.boundaries.communities.path),
        found=str(len(communities)),
    )


def _around(demand: Demand | None) -> Window | None:
    """Return the bounds of the demand points, for want of any boundary."""
    if demand is None or not len(demand):
        return None
    west, south = demand.lonlat.min(axis=0)
    east, north = demand.lonlat.max(axis=0)
    return float(west), float(south), float(east), float(north)


def _streets(
    scenario: Scenario, ground: Ground | None, window: Window | None, shelf: _Shelf
) -> tuple[Network | None, StreetChanges | None]:
    """Read the network and what is laid over it, on one plane and with the same heights."""
    laid = scenario.street_changes
    if ground is None or window is None:
        for file in (scenario.streets, scenario.elevation, laid):
            if file is not None:
                shelf.missing.extend(locate(file, scenario.folder)[1])
        return None, None
    west, south, east, north = window
    wide = (west - _EDGE_DEG, south - _EDGE_DEG, east + _EDGE_DEG, north + _EDGE_DEG)
    heights = None
    if scenario.elevation is not None:
        heights = shelf.put(open_heights(scenario.elevation, scenario.folder))
    streets, folder = scenario.streets, scenario.folder
    described = [ground.crs, repr(wide)]
    for file in (streets, scenario.elevation):
        if file is not None:
            described += [file.model_dump_json(), source_of(file, folder / file.path, "").sha256]
    network = shelf.put(
        cached_network(
            "\n".join(described), lambda: read_network(streets, folder, ground, wide, heights)
        )
    )
    if laid is None:
        return network, None
    return network, shelf.put(read_street_changes(laid, folder, ground, window, heights))
