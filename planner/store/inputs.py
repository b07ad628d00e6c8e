"""Everything a scenario names, read in one pass, with all faults at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from shapely.geometry.base import BaseGeometry

from planner.errors import InputError
from planner.model.buildings import Buildings
from planner.model.concordance import Concordance
from planner.model.demand import Demand
from planner.model.districts import Districts
from planner.model.entrances import Entrances
from planner.model.finding import Finding, Severity
from planner.model.ground import Ground, ground_for
from planner.model.network import Network
from planner.model.provenance import Source
from planner.model.scenario import Boundaries, InputFile, Scenario
from planner.model.sites import Sites
from planner.model.street_changes import StreetChanges
from planner.store.backdrop import read_backdrop
from planner.store.boundaries import bounds_of, read_districts
from planner.store.buildings import read_buildings
from planner.store.concordance import read_own_concordance
from planner.store.crs import DATUM_NAMES, Window
from planner.store.elevation import open_heights
from planner.store.entrances import read_entrances
from planner.store.facilities import read_candidates, read_sites
from planner.store.households import read_demand
from planner.store.layers import is_layer
from planner.store.network_cache import cached_network
from planner.store.reading import Read, about, has_error, locate, shown_path, source_of
from planner.store.street_changes import read_street_changes
from planner.store.streets import read_network

T = TypeVar("T")
F = TypeVar("F", bound=InputFile)

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
    buildings
        Homes over which community totals are shared out, `None` where it names no such file.
    concordance
        The bureau's own table of old and new codes, `None` where the scenario names none.
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
    buildings: Buildings | None = None
    concordance: Concordance | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What could be read of the inputs of a scenario.

    Parameters
    ----------
    communities, facilities, candidates, demand, network, ground, street_changes, entrances, \
    counties, concordance
        As in `Inputs`, `None` where a file is unusable or not named.
    sources
        Every file that was looked at.
    complete
        Whether no row was passed over.
    """

    communities: Districts | None
    facilities: Sites | None
    candidates: Sites | None
    demand: Demand | None
    network: Network | None
    ground: Ground | None
    street_changes: StreetChanges | None
    entrances: Entrances | None
    counties: Districts | None = None
    concordance: Concordance | None = None
    sources: tuple[Source, ...] = ()
    complete: bool = True


class UnusableInputs(InputError):  # noqa: N818  (named for what they are)
    """Some inputs cannot be used; `part` holds the others."""

    def __init__(self, message: str, findings: Sequence[Finding], part: Part) -> None:
        super().__init__(message, findings)
        self.part = part


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
    UnusableInputs
        If anything is unusable; ``findings`` hold the faults of all files, ``part`` the rest.
    """
    homes = scenario.households.spread.buildings if scenario.households.spread else None
    laid = (
        scenario.entrances,
        scenario.street_changes,
        homes,
        scenario.boundaries.concordance,
    )
    shelf = _Shelf(progress, 6 + len(scenario.backdrop) + sum(file is not None for file in laid))
    shelf.missing.extend(_unfit_datums(scenario))
    folder = scenario.folder
    communities, counties, concordance = _units(scenario.boundaries, folder, shelf)
    window = _window(communities)
    if communities is not None and window is None:
        shelf.missing.append(_shapeless(scenario, communities))
        communities = None
    window = window or _window(counties)
    facilities = shelf.put(read_sites(scenario.facilities, folder, window))
    demand = shelf.put(read_demand(scenario.households, folder, window))
    buildings = None if homes is None else shelf.put(read_buildings(homes, folder, window))
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
    wanting = zip(laid, (entrances, changes, buildings, concordance), strict=True)
    if (
        communities is None
        or facilities is None
        or demand is None
        or network is None
        or ground is None
        or any(file is not None and value is None for file, value in wanting)
        or has_error(shelf.missing)
    ):
        part = Part(
            communities=communities,
            facilities=facilities,
            candidates=candidates,
            demand=demand,
            network=network,
            ground=ground,
            street_changes=changes,
            entrances=entrances,
            counties=counties,
            concordance=concordance,
            sources=shelf.sources(),
        )
        raise UnusableInputs("the inputs cannot be used", shelf.findings(), part)
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
        sources=shelf.sources(),
        street_changes=changes,
        entrances=entrances,
        buildings=buildings,
        concordance=concordance,
    )


def without_faulty_rows(scenario: Scenario, part: Part, findings: Sequence[Finding]) -> Part:
    """Read tables of points again without the rows at fault, so that a check can go on.

    Parameters
    ----------
    scenario
        What was read.
    part
        What could be read of it.
    findings
        Of that reading.

    Returns
    -------
    Part
        With the facilities, candidates and demand points whose rows are sound. A table that is at
        fault as a whole stays out.
    """
    faulty: dict[str, set[int | None]] = {}
    for finding in findings:
        if finding.severity is Severity.ERROR:
            faulty.setdefault(finding.source, set()).add(finding.row)

    def sound(file: F) -> F | None:
        rows = faulty.get(shown_path(file.path), set())
        known = [row for row in rows if row is not None]
        return file.without_rows(known) if len(known) == len(rows) else None

    folder, window = scenario.folder, _window(part.communities)
    facilities, demand, candidates = part.facilities, part.demand, part.candidates
    files = tuple(filter(None, map(sound, scenario.facilities)))
    if facilities is None and len(files) == len(scenario.facilities):
        facilities = read_sites(files, folder, window).value
    people = sound(scenario.households)
    if demand is None and people is not None:
        demand = read_demand(people, folder, window).value
    file = scenario.siting.candidates.file
    offered = sound(file) if file is not None else None
    if candidates is None and offered is not None:
        candidates = read_candidates(offered, folder, window).value
    read = replace(part, facilities=facilities, demand=demand, candidates=candidates)
    again = (facilities, demand, candidates)
    before = (part.facilities, part.demand, part.candidates)
    same = all(a is b for a, b in zip(again, before, strict=True))
    return replace(read, complete=same)


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

    def sources(self) -> tuple[Source, ...]:
        return tuple(source for read in self.reads for source in read.sources)

    def findings(self) -> tuple[Finding, ...]:
        return (*(finding for read in self.reads for finding in read.findings), *self.missing)


def _units(
    asked: Boundaries, folder: Path, shelf: _Shelf
) -> tuple[Districts | None, Districts | None, Concordance | None]:
    """Read committees, counties and the bureau's own concordance."""
    day = asked.list_date
    counties = None
    if asked.counties is not None:
        counties = read_districts(asked.counties, folder, level="county", list_date=day)
    above = None if counties is None else counties.value
    communities = shelf.put(
        read_districts(asked.communities, folder, level="community", list_date=day, above=above)
    )
    if counties is not None:
        shelf.put(counties)
    concordance = None
    if asked.concordance is not None:
        concordance = shelf.put(read_own_concordance(asked.concordance, folder))
    return communities, above, concordance


def _window(districts: Districts | None) -> Window | None:
    """Return the bounds of the units, or nothing where none has a shape."""
    if districts is None or all(shape is None for shape in districts.geometry):
        return None
    return bounds_of(districts)


def _unfit_datums(scenario: Scenario) -> list[Finding]:
    """Return errors about files that are WGS-84 by their kind, whatever the scenario states."""
    files: list[InputFile | None] = [scenario.elevation]
    if not is_layer(scenario.streets.path):
        files.append(scenario.streets)
    return [
        about(file, "datum.not_here", found=DATUM_NAMES[file.datum])
        for file in files
        if file is not None and file.datum in ("gcj02", "bd09")
    ]


def _shapeless(scenario: Scenario, communities: Districts) -> Finding:
    return Finding(
        rule="boundaries.no_shapes",
        severity=Severity.ERROR,
        source=shown_path(scenario.boundaries.communities.path),
        found=str(len(communities)),
    )


def _around(demand: Demand | None) -> Window | None:
    """Return the bounds of the demand points, for want of any boundary."""
    if demand is None or not demand.is_placed().any():
        return None
    west, south = np.nanmin(demand.lonlat, axis=0)
    east, north = np.nanmax(demand.lonlat, axis=0)
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
    streets, folder = scenario.streets, scenario.folder
    described = [ground.crs, repr(wide), streets.model_dump_json()]
    described.append(source_of(streets, folder / streets.path, "").sha256)
    heights = None
    if scenario.elevation is not None:
        opened = open_heights(scenario.elevation, folder)
        heights = shelf.put(opened)
        described.append(scenario.elevation.model_dump_json())
        described += [source.sha256 for source in opened.sources]
    try:
        network = shelf.put(
            cached_network(
                "\n".join(described), lambda: read_network(streets, folder, ground, wide, heights)
            )
        )
        if laid is None:
            return network, None
        return network, shelf.put(read_street_changes(laid, folder, ground, window, heights))
    except InputError as error:  # heights that cannot be read where they are wanted
        shelf.missing.extend(error.findings)
        return None, None
