"""Everything a scenario names, read in one pass, with all faults at once."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


from shapely.geometry.base import BaseGeometry

from planner.errors import InputError
from planner.model.demand import Demand
from planner.model.districts import Districts
from planner.model.finding import Finding
from planner.model.ground import Ground, ground_for
from planner.model.network import Network
from planner.model.provenance import Source
from planner.model.scenario import InputFile, Scenario
from planner.model.sites import Sites
from planner.store.backdrop import read_backdrop
from planner.store.boundaries import bounds_of, read_districts
from planner.store.crs import Window
from planner.store.elevation import open_heights
from planner.store.facilities import read_candidates, read_sites
from planner.store.households import read_demand
from planner.store.reading import Read
from planner.store.streets import read_network

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
    folder = scenario.folder
    reads: list[Read[Any]] = []
    total = 6 + len(scenario.backdrop)

    def done(read: Read[Any]) -> Any:  # noqa: ANN401  (each reader has its own value)
        reads.append(read)
        progress(len(reads), total)
        return read.value

    boundaries = scenario.boundaries
    communities: Districts | None = done(
        read_districts(
            boundaries.communities, folder, level="community", list_date=boundaries.list_date
        )
    )
    counties: Districts | None = None
    if boundaries.counties is not None:
        counties = done(
            read_districts(
                boundaries.counties, folder, level="county", list_date=boundaries.list_date
            )
        )
    window = _window(communities)
    facilities: Sites | None = done(read_sites(scenario.facilities, folder, window))
    demand: Demand | None = done(read_demand(scenario.households, folder, window))
    candidates: Sites | None = None
    if scenario.siting.candidates.file is not None:
        candidates = done(read_candidates(scenario.siting.candidates.file, folder, window))
    backdrop = tuple(
        shape for file in scenario.backdrop for shape in done(read_backdrop(file, folder)) or ()
    )
    ground = ground_for(window) if window else None
    network: Network | None = None
    if ground is not None and window is not None:
        network = _network(scenario.streets, scenario.elevation, folder, ground, window, done)
    findings = tuple(finding for read in reads for finding in read.findings)
    if communities is None or facilities is None or demand is None or network is None:
        raise InputError("the inputs cannot be used", findings)
    assert ground is not None  # noqa: S101  (there is a network)
    return Inputs(
        communities=communities,
        counties=counties,
        facilities=facilities,
        candidates=candidates,
        demand=demand,
        network=network,
        backdrop=backdrop,
        ground=ground,
        findings=findings,
        sources=tuple(source for read in reads for source in read.sources),
    )


def _window(communities: Districts | None) -> Window | None:
    """Return the bounds of the communities, or nothing where none has a shape."""
    if communities is None or all(shape is None for shape in communities.geometry):
        return None
    return bounds_of(communities)


def _network(
    streets: InputFile,
    elevation: InputFile | None,
    folder: Path,
    ground: Ground,
    window: Window,
    done: Callable[[Read[Any]], Any],
) -> Network | None:
    west, south, east, north = window
    wide = (west - _EDGE_DEG, south - _EDGE_DEG, east + _EDGE_DEG, north + _EDGE_DEG)
    heights = done(open_heights(elevation, folder)) if elevation is not None else None
    network: Network | None = done(read_network(streets, folder, ground, wide, heights))
    return network
