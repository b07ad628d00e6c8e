"""Places on the network: through their entrances where they have any, else to the nearest edge."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.analysis.walk import Walk
from planner.kernel.paths import Stops
from planner.kernel.snap import snap_points, snap_to_grid
from planner.model.demand import Demand
from planner.model.finding import Finding, Severity
from planner.model.sites import Sites

F64 = NDArray[np.float64]
Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """Places attached to the network by one or several stops each.

    Parameters
    ----------
    stops
        Edge, place on it and access leg of every stop, shape (k,).
    owner
        Place each stop belongs to, ascending, every place at least once, shape (k,).
    xy
        Where each stop's door stands, metres, shape (k, 2).
    access_m
        Metres from each place's nearest door to its street; NaN where no street is near enough,
        shape (n,).
    """

    stops: Stops
    owner: Rows
    xy: F64
    access_m: F64

    def __len__(self) -> int:
        return len(self.access_m)

    @property
    def single(self) -> bool:
        """Whether every place has exactly one stop."""
        return len(self.owner) == len(self.access_m)

    def usable(self) -> Rows:
        """Return the places that at least one stop ties to a street, ascending."""
        return np.unique(self.owner[self.stops.edge >= 0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Entrances of some of the places of one table.

    Parameters
    ----------
    place
        Position of the place each door leads into, shape (k,).
    lonlat
        Degrees, shape (k, 2).
    """

    place: Rows
    lonlat: F64


NO_DOORS = Doors(place=np.empty(0, np.intp), lonlat=np.empty((0, 2)))


def attach(walk: Walk, lonlat: F64, doors: Doors = NO_DOORS) -> Attached:
    """Attach places to their nearest edges.

    Parameters
    ----------
    walk
        The streets; edges that are closed both ways are passed over.
    lonlat
        The places in degrees, shape (n, 2).
    doors
        A place with doors is attached through them only, each to its own nearest edge.
    """
    bare = np.setdiff1d(np.arange(len(lonlat)), doors.place)
    owner = np.concatenate([bare, doors.place]).astype(np.intp)
    spots = np.concatenate([lonlat[bare], doors.lonlat])
    order = np.argsort(owner, kind="stable")
    xy = walk.ground.to_metres(spots[order])
    snap = snap_to_grid(walk.grid, xy, max_m=walk.max_access_m, runner_up=False)
    return gather_stops(Stops(snap.edge, snap.share, snap.access_mm), owner[order], xy, len(lonlat))


def gather_stops(stops: Stops, owner: Rows, xy: F64, count: int) -> Attached:
    """Bring stops to `count` places, in any order, into the order of their places."""
    order = np.argsort(owner, kind="stable")
    stops, owner, xy = take_stops(stops, order), owner[order], xy[order]
    nearest = np.full(count, np.inf)
    on = stops.edge >= 0
    np.minimum.at(nearest, owner[on], stops.access_mm[on] / 1000.0)
    access = np.where(np.isfinite(nearest), nearest, np.nan)
    return Attached(stops=stops, owner=owner, xy=xy, access_m=access)


def take_stops(stops: Stops, rows: Rows) -> Stops:
    """Return the stops at `rows`, in that order."""
    return Stops(stops.edge[rows], stops.share[rows], stops.access_mm[rows])


def join_stops(first: Stops, second: Stops) -> Stops:
    """Return two sets of stops one behind the other."""
    return Stops(
        np.concatenate([first.edge, second.edge]),
        np.concatenate([first.share, second.share]),
        np.concatenate([first.access_mm, second.access_mm]),
    )


def merge_places(first: Attached, second: Attached) -> Attached:
    """Put two sets of attached places one behind the other."""
    return Attached(
        stops=join_stops(first.stops, second.stops),
        owner=np.concatenate([first.owner, second.owner + len(first)]),
        xy=np.concatenate([first.xy, second.xy]),
        access_m=np.concatenate([first.access_m, second.access_m]),
    )


def pick_places(attached: Attached, places: Rows) -> Attached:
    """Take some places with all their stops, numbered anew in the order given."""
    first = np.searchsorted(attached.owner, places)
    count = np.searchsorted(attached.owner, places, side="right") - first
    owner = np.repeat(np.arange(len(places), dtype=np.intp), count)
    rows = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count) + first[owner]
    return Attached(
        stops=take_stops(attached.stops, rows),
        owner=owner,
        xy=attached.xy[rows],
        access_m=attached.access_m[places],
    )


def least_of_places(attached: Attached, cost: NDArray[np.int64]) -> Rows:
    """Return the cheapest stop of every place.

    Parameters
    ----------
    attached
        The places.
    cost
        Cost of each stop, -1 where there is none, shape (k,).

    Returns
    -------
    NDArray[np.intp]
        Stop of each place; the first of equals, and the first of all where none has a cost,
        shape (n,).
    """
    if attached.single:
        return np.arange(len(attached), dtype=np.intp)
    worst = np.iinfo(np.int64).max
    order = np.lexsort((np.where(cost < 0, worst, cost), attached.owner))
    leads = np.ones(len(order), np.bool_)
    leads[1:] = np.diff(attached.owner[order]) > 0
    return order[leads].astype(np.intp)


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
    placed = np.isfinite(at_sites.xy).all(axis=1)
    lost = np.setdiff1d(at_sites.owner[placed], at_sites.usable())
    findings = [
        _too_far("walking.facility_far", Severity.ERROR, walk, (sites, at_sites), int(i))
        for i in lost
    ]
    away = np.setdiff1d(np.arange(len(demand)), at_demand.usable())
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
    on = at_demand.stops.edge >= 0
    main = on & (walk.network.component[np.maximum(at_demand.stops.edge, 0)] == 0)
    islanders = np.setdiff1d(at_demand.usable(), at_demand.owner[main])
    if len(islanders):
        count = _told(float(demand.weight()[islanders].sum()), least_count)
        findings.append(
            Finding(
                rule="walking.demand_island",
                severity=Severity.WARNING,
                found=str(len(islanders)),
                values=(("people", count),),
            )
        )
    return (*findings, *_idle_doors(sites.id, at_sites), *_idle_doors(demand.id, at_demand))


def _idle_doors(ids: tuple[str, ...], attached: Attached) -> tuple[Finding, ...]:
    """Find entrances no street reaches, of places that other entrances still open."""
    idle = (attached.stops.edge < 0) & np.isin(attached.owner, attached.usable())
    if not idle.any():
        return ()
    finding = Finding(
        rule="entrances.idle",
        severity=Severity.WARNING,
        unit=ids[attached.owner[idle][0]],
        found=str(int(idle.sum())),
    )
    return (finding,)


def _told(people: float, least_count: int) -> str:
    return f"<{least_count}" if 0 < people < least_count else f"{people:,.0f}"


def _too_far(
    rule: str, severity: Severity, walk: Walk, facilities: tuple[Sites, Attached], i: int
) -> Finding:
    sites, attached = facilities
    origin = sites.origin[i] if sites.origin else None
    network = walk.network
    doors = attached.xy[attached.owner == i]
    wide = snap_points(doors, network.vertices, network.edge_start, max_m=1e7)
    return Finding(
        rule=rule,
        severity=severity,
        source=origin.file if origin else "",
        layer=origin.layer if origin else "",
        row=origin.row if origin else None,
        unit=sites.id[i],
        found=f"{wide.access_mm.min() / 1000.0:,.0f}",
        expected=f"{walk.max_access_m:,.0f}",
        lon=float(sites.lonlat[i, 0]),
        lat=float(sites.lonlat[i, 1]),
        values=(("name", sites.name[i]),),
    )
