"""Who walks to what in how many minutes.

Distances are flat-equivalent millimetres on the network: both access legs count, edges are cut
where the time runs out, and "within the limit" includes the limit itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.kernel.cover import cover_pairs, nearest_site
from planner.kernel.paths import Graph, Stops, build_graph
from planner.kernel.slope import SlopeModel, flat_equivalent_mm
from planner.kernel.snap import snap_points
from planner.model.coverage import Coverage
from planner.model.demand import Demand
from planner.model.finding import Finding, Severity
from planner.model.ground import Ground
from planner.model.network import Network, WayKind
from planner.model.sites import Sites
from planner.model.standard import SlopeRule

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """A network ready to be walked on.

    Parameters
    ----------
    graph
        Directed costs in flat-equivalent millimetres.
    network
        The streets it was made from.
    ground
        The metre plane of the network.
    towards
        True where people walk to the facility, False where they come from it.
    max_access_m
        Farthest distance from a point to its street.
    """

    graph: Graph
    network: Network
    ground: Ground
    towards: bool
    max_access_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """Points attached to their nearest edge.

    Parameters
    ----------
    stops
        Edge, place on it and access leg of every point.
    access_m
        Metres to the street; NaN where no street is near enough, shape (n,).
    """

    stops: Stops
    access_m: NDArray[np.float64]


def limit_mm(speed_mps: float, minutes: float) -> int:
    """Return how far a walker gets on flat ground, in whole millimetres."""
    return int(np.floor(speed_mps * minutes * 60_000.0 + 1e-6))


def minutes_of(length_mm: NDArray[np.integer[Any]], speed_mps: float) -> NDArray[np.float64]:
    """Return minutes for flat-equivalent millimetres at `speed_mps`."""
    minutes: NDArray[np.float64] = np.asarray(length_mm, np.float64) / (speed_mps * 60_000.0)
    return minutes


def build_walk(
    network: Network,
    ground: Ground,
    slope: SlopeRule,
    *,
    use_slope: bool,
    towards: bool,
    max_access_m: float,
) -> tuple[Walk, tuple[Finding, ...]]:
    """Price every edge in both directions.

    Returns
    -------
    Walk
        The priced network.
    findings
        ``walking.slope_unknown`` where some heights are missing.
    """
    model = SlopeModel(slope.decay, slope.shift, slope.cap, slope.steps_factor)
    has_heights = use_slope and bool(np.isfinite(network.profile_m).any())
    carried = (network.kind == WayKind.BRIDGE) | (network.kind == WayKind.TUNNEL)
    forward, backward, unknown = flat_equivalent_mm(
        network.vertices,
        network.edge_start,
        network.profile_m if has_heights else None,
        (network.kind == WayKind.STEPS, carried),
        model,
    )
    forward = np.where(network.walk_forward, forward, -1).astype(np.int32)
    backward = np.where(network.walk_backward, backward, -1).astype(np.int32)
    graph = build_graph(network.tail, network.head, network.node_count, forward, backward)
    findings: tuple[Finding, ...] = ()
    if unknown:
        share = unknown / len(network)
        findings = (
            Finding(
                rule="walking.slope_unknown",
                severity=Severity.WARNING,
                source=network.source,
                found=str(unknown),
                values=(("share", f"{share:.1%}"),),
            ),
        )
    walk = Walk(
        graph=graph, network=network, ground=ground, towards=towards, max_access_m=max_access_m
    )
    return walk, findings


def attach(walk: Walk, lonlat: NDArray[np.float64]) -> Attached:
    """Attach points in degrees, shape (n, 2), to their nearest edges."""
    snap = snap_points(
        walk.ground.to_metres(lonlat),
        walk.network.vertices,
        walk.network.edge_start,
        max_m=walk.max_access_m,
    )
    access = np.where(snap.edge >= 0, snap.access_mm / 1000.0, np.nan)
    return Attached(stops=Stops(snap.edge, snap.share, snap.access_mm), access_m=access)


def build_coverage(
    walk: Walk,
    sites: tuple[tuple[str, ...], Attached],
    demand: tuple[tuple[str, ...], Attached],
    *,
    speed_mps: float,
    limit_min: float,
    progress: Progress | None = None,
) -> Coverage:
    """Build the sparse relation of sites and the demand points within the limit.

    Parameters
    ----------
    walk
        The priced network.
    sites, demand
        Ids and attached points of either side.
    speed_mps
        Walking speed on flat ground.
    limit_min
        Minutes that count as near; a pair at exactly the limit is covered.
    progress
        Called with (done, total) sites.
    """
    row_start, columns, length = cover_pairs(
        walk.graph,
        sites[1].stops,
        demand[1].stops,
        limit_mm=limit_mm(speed_mps, limit_min),
        towards=walk.towards,
        progress=progress,
    )
    return Coverage(
        site_id=sites[0],
        demand_id=demand[0],
        row_start=row_start,
        demand=columns,
        minutes=minutes_of(length, speed_mps).astype(np.float32),
        limit_min=limit_min,
    )


def nearest_minutes(
    walk: Walk, sites: Attached, demand: Attached, *, speed_mps: float
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return the nearest site of every demand point and the minutes to it.

    Returns
    -------
    site
        Position among `sites`, -1 where none is reachable, shape (n,).
    minutes
        NaN where none is reachable (law 1), shape (n,).
    """
    site, length = nearest_site(walk.graph, sites.stops, demand.stops, towards=walk.towards)
    minutes = np.where(site >= 0, minutes_of(length, speed_mps), np.nan)
    return site, minutes


def audit_attachment(
    walk: Walk,
    facilities: tuple[Sites, Attached],
    people: tuple[Demand, Attached],
    *,
    least_count: int,
) -> tuple[Finding, ...]:
    """Report what is too far from any street, and who stands on an island.

    A serving facility that no street reaches is an error, for it would count as reaching nobody;
    a demand point that no street reaches is counted as not covered and told. Findings are shared,
    so fewer than `least_count` people are told as such (law 9).
    """
    (sites, at_sites), (demand, at_demand) = facilities, people
    findings = [
        _too_far("walking.facility_far", Severity.ERROR, walk, sites, int(i))
        for i in np.flatnonzero((at_sites.stops.edge < 0) & np.isfinite(sites.lonlat).all(axis=1))
    ]
    away = np.flatnonzero(at_demand.stops.edge < 0)
    if len(away):
        count = _told(float(demand.weight()[away].sum()), least_count)
        first = demand.origin[away[0]] if demand.origin else None
        findings.append(
            Finding(
                rule="walking.demand_far",
                severity=Severity.WARNING,
                source=first.file if first else "",
                row=first.row if first else None,
                unit=demand.id[away[0]],
                found=str(len(away)),
                values=(("people", count), ("limit", f"{walk.max_access_m:.0f}")),
            )
        )
    attached = at_demand.stops.edge >= 0
    piece = walk.network.component[at_demand.stops.edge[attached]]
    islanders = int((piece > 0).sum())
    if islanders:
        count = _told(float(demand.weight()[attached][piece > 0].sum()), least_count)
        findings.append(
            Finding(
                rule="walking.demand_island",
                severity=Severity.WARNING,
                found=str(islanders),
                values=(("people", count),),
            )
        )
    return tuple(findings)


def _told(people: float, least_count: int) -> str:
    return f"<{least_count}" if 0 < people < least_count else f"{people:,.0f}"


def _too_far(rule: str, severity: Severity, walk: Walk, sites: Sites, i: int) -> Finding:
    origin = sites.origin[i] if sites.origin else None
    wide = snap_points(
        walk.ground.to_metres(sites.lonlat[[i]]),
        walk.network.vertices,
        walk.network.edge_start,
        max_m=1e7,
    )
    return Finding(
        rule=rule,
        severity=severity,
        source=origin.file if origin else "",
        layer=origin.layer if origin else "",
        row=origin.row if origin else None,
        unit=sites.id[i],
        found=f"{wide.access_mm[0] / 1000.0:,.0f}",
        expected=f"{walk.max_access_m:,.0f}",
        lon=float(sites.lonlat[i, 0]),
        lat=float(sites.lonlat[i, 1]),
        values=(("name", sites.name[i]),),
    )
