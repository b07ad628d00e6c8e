"""Everything a run found, ready to be reported. A report never computes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from planner.model.arrays import frozen
from planner.model.demand import Demand
from planner.model.districts import Districts
from planner.model.finding import Finding
from planner.model.network import Network
from planner.model.patterns import CoverPatterns
from planner.model.plan import Plan
from planner.model.provenance import Source, Stage
from planner.model.provision import Provision
from planner.model.scenario import Scenario
from planner.model.sites import Sites
from planner.model.standard import Standards


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """People reached out of people counted."""

    share: float
    covered: float
    total: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitShare:
    """Units that have a facility out of all units of the list (law 7)."""

    share: float
    with_facility: int
    units: int
    list_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkingCoverage:
    """People within the limit, per city and county (law 7).

    Parameters
    ----------
    group
        Walking group.
    speed_mps
        Speed on flat ground.
    baseline, planned
        `Share` by ``city`` and by county code.
    """

    group: str
    speed_mps: float
    baseline: Mapping[str, Share]
    planned: Mapping[str, Share]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A share between what unfavourable and favourable assumptions give.

    A range of assumptions, not a confidence interval: nothing says how likely its ends are.

    Parameters
    ----------
    low, central, high
        Shares, low <= central <= high; NaN where nobody is counted.
    """

    low: float
    central: float
    high: float

    def __post_init__(self) -> None:
        if self.low > self.central or self.central > self.high:
            raise ValueError(f"not in order: {self.low}, {self.central}, {self.high}")


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorValue:
    """A row of the plan's table as computed; `value` is `None` where not computable."""

    id: str
    zh: str
    en: str
    unit: str
    value: float | None
    numerator: float | None
    denominator: float | None
    baseline: float | None
    target: float | None
    date: date | None
    needs: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Walking result for every demand point.

    Parameters
    ----------
    nearest
        Position of the nearest serving facility in `Outcome.facilities`, -1 where none is
        reachable, shape (n,).
    minutes
        Minutes to it; NaN where none is reachable (law 1), shape (n,).
    minutes_planned
        The same with the proposed sites built.
    access_m
        Metres from the point to its street; NaN where not attached.
    """

    nearest: NDArray[np.int32]
    minutes: NDArray[np.float64]
    minutes_planned: NDArray[np.float64]
    access_m: NDArray[np.float64]

    def __post_init__(self) -> None:
        object.__setattr__(self, "nearest", frozen(self.nearest, np.int32))
        for label in ("minutes", "minutes_planned", "access_m"):
            object.__setattr__(self, label, frozen(getattr(self, label), np.float64))


OUTLINE_M = 2.0  # how far the outline of a drawn catchment may be simplified
BORDER_M = 10.0  # the same where split catchments meet


class CatchmentKind(StrEnum):
    """What a drawn catchment is of."""

    MERGED = "merged"  # where any site is reached
    SINGLE = "single"  # where one site is reached; these overlap
    SPLIT = "split"  # where one site is the nearest; these do not


@dataclass(frozen=True, slots=True, kw_only=True)
class Catchment:
    """A drawn catchment; people are never counted from it.

    Parameters
    ----------
    state
        ``baseline`` or ``planned``.
    limit_min
        Minutes of the ring.
    geometry
        Polygon in degrees (CGCS2000 / WGS 84), empty where nothing is reached.
    kind
        Of all sites together, or of one.
    facility_id, facility
        Id and name of the one site; empty where merged.
    """

    state: str
    limit_min: float
    geometry: BaseGeometry
    kind: CatchmentKind = CatchmentKind.MERGED
    facility_id: str = ""
    facility: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """All of one run.

    Parameters
    ----------
    walking
        First the scenario's own group, then the groups beside it.
    unit_coverage
        By ``urban`` and ``rural``.
    catchments
        For each state the merged rings, then those of single sites.
    station_in
        Codes of the communities that have a qualifying facility.
    backdrop
        ``(name, geometry in degrees)`` drawn on the map only.
    crs
        The metre CRS used for distances.
    reasons
        `planner.model.explanation.Reason` of every demand point today, shape (n,).
    tiers
        Minutes to the nearest facility of each `FacilityKind` there is, NaN where none is
        reachable, each of shape (n,).
    spread, spread_planned
        City-wide `Spread` of walking coverage, today and planned, by ``speed``, ``snapping``,
        ``network`` and ``together``; a source without stated assumptions is missing.
    patterns
        Older people by community and exact set of sites within reach; not to be shown as it is.
    """

    scenario: Scenario
    standards: Standards
    counties: Districts | None
    communities: Districts
    facilities: Sites
    candidates: Sites
    demand: Demand
    network: Network
    reach: Reach
    walking: tuple[WalkingCoverage, ...]
    unit_coverage: Mapping[str, UnitShare]
    station_in: frozenset[str]
    provision: Provision
    plan: Plan
    indicators: tuple[IndicatorValue, ...]
    catchments: tuple[Catchment, ...]
    backdrop: tuple[tuple[str, BaseGeometry], ...]
    findings: tuple[Finding, ...]
    sources: tuple[Source, ...]
    stages: tuple[Stage, ...]
    crs: str
    reasons: tuple[str, ...] = ()
    tiers: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    spread: Mapping[str, Spread] | None = None
    spread_planned: Mapping[str, Spread] | None = None
    patterns: CoverPatterns | None = None

    @property
    def rings(self) -> tuple[Catchment, ...]:
        """The merged catchments, which the map shows."""
        return tuple(c for c in self.catchments if c.kind is CatchmentKind.MERGED)
