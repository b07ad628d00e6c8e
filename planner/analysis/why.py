"""Why a demand point is not within reach: for all points at once, or one with its route."""

import difflib
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.analysis.attaching import Attached, pick_places, take_stops
from planner.analysis.catchment import Nearest, find_nearest
from planner.analysis.walk import Pace, Walk, minutes_of
from planner.kernel.lines import length_of
from planner.kernel.paths import Stops
from planner.kernel.route import find_route, route_line
from planner.model.demand import Demand
from planner.model.explanation import Explanation, Reason
from planner.model.finding import Finding, Severity
from planner.model.sites import Sites


class Trip(NamedTuple):
    """Who walks where on what.

    Parameters
    ----------
    walk
        The priced network.
    flat
        The same streets on flat ground (`planner.analysis.walk.flatten_walk`).
    sites, demand
        Attached serving facilities and demand points.
    pace
        Walking speed and limit.
    """

    walk: Walk
    flat: Walk
    sites: Attached
    demand: Attached
    pace: Pace


def give_reasons(trip: Trip, nearest: Nearest) -> tuple[str, ...]:
    """Return why every demand point counts as it does.

    Parameters
    ----------
    trip
        Who walks where.
    nearest
        The nearest site of every point, as `find_nearest` gives it for the same trip.

    Returns
    -------
    tuple of str
        The first `Reason` that holds for each point, in the order of that list, shape (n,): a point
        that would need both flat ground and shorter access legs is too far.
    """
    limit = trip.pace.limit_mm
    attached = np.zeros(len(trip.demand), np.bool_)
    attached[trip.demand.usable()] = True
    tests: list[tuple[Reason, Callable[[], NDArray[np.bool_]]]] = [
        (Reason.COVERED, lambda: nearest.within(limit)),
        (Reason.UNATTACHED, lambda: ~attached),
        (Reason.ISLAND, lambda: nearest.mm < 0),
        (Reason.ACCESS, lambda: _at_streets(trip).within(limit)),
        (Reason.STEEP, lambda: find_nearest(trip.flat, trip.sites, trip.demand).within(limit)),
    ]
    reasons = np.full(len(trip.demand), Reason.TOO_FAR.value, object)
    left = np.ones(len(trip.demand), np.bool_)
    for reason, test in tests:
        holds = left & test()
        reasons[holds] = reason.value
        left &= ~holds
    return tuple(reasons)


def _at_streets(trip: Trip) -> Nearest:
    """Find the nearest sites as if every door stood at its street."""
    return find_nearest(trip.walk, _without_legs(trip.sites), _without_legs(trip.demand))


def _without_legs(attached: Attached) -> Attached:
    stops = attached.stops
    bare = Stops(stops.edge, stops.share, np.zeros_like(stops.access_mm))
    return Attached(stops=bare, owner=attached.owner, xy=attached.xy, access_m=attached.access_m)


def explain_point(trip: Trip, facilities: Sites, demand: Demand, point: int) -> Explanation:
    """Explain one demand point.

    Parameters
    ----------
    trip
        Who walks where.
    facilities, demand
        Ids and names of the serving facilities and of the demand points.
    point
        Position of the demand point.

    Returns
    -------
    Explanation
        With the nearest facility and the shortest route to it, where there is one.
    """
    only = pick_places(trip.demand, np.array([point], np.intp))
    nearest = find_nearest(trip.walk, trip.sites, only)
    flat = find_nearest(trip.flat, trip.sites, only)
    reason = give_reasons(trip._replace(demand=only), nearest)[0]
    access = float(trip.demand.access_m[point])
    speed = trip.pace.speed_mps
    told = Explanation(
        point=demand.id[point],
        name=demand.name[point],
        reason=Reason(reason),
        limit_min=trip.pace.limit_min,
        speed_mps=speed,
        direction=trip.walk.direction,
        access_m=access if np.isfinite(access) else None,
    )
    mm = int(nearest.mm[0])
    if mm < 0:
        return told
    site = int(nearest.site[0])
    xy = _route_xy(trip, only, nearest)
    limit_s = trip.pace.limit_min * 60.0
    return replace(
        told,
        facility=facilities.id[site],
        facility_name=facilities.name[site],
        minutes=float(minutes_of(nearest.mm, speed)[0]),
        minutes_flat=float(minutes_of(flat.mm, speed)[0]),
        facility_access_m=float(trip.sites.stops.access_mm[nearest.site_stop[0]]) / 1000.0,
        route_m=length_of(xy),
        needed_mps=mm / 1000.0 / limit_s,
        excess_m=max(mm - trip.pace.limit_mm, 0) / 1000.0,
        route=shapely.LineString(trip.walk.ground.to_degrees(xy)),
    )


def _route_xy(trip: Trip, only: Attached, nearest: Nearest) -> NDArray[np.float64]:
    """Return the points of the route from door to door in walking order, metres, shape (k, 2)."""
    here = int(nearest.stop[0])
    there = int(nearest.site_stop[0])
    home = take_stops(only.stops, np.array([here], np.intp))
    goal = take_stops(trip.sites.stops, np.array([there], np.intp))
    doors = (only.xy[here], trip.sites.xy[there])
    if not trip.walk.towards:
        home, goal, doors = goal, home, doors[::-1]
    route = find_route(trip.walk.graph, home, goal, limit_mm=int(nearest.mm[0]))
    if route is None or route.mm != nearest.mm[0]:
        raise RuntimeError(f"the route costs {route}, the search says {nearest.mm[0]} mm")
    network = trip.walk.network
    line = route_line(route, network.vertices, network.edge_start)
    return np.concatenate([doors[0][None], line, doors[1][None]])


def find_point(demand: Demand, point_id: str) -> tuple[int, tuple[Finding, ...]]:
    """Return the position of a demand point by its id, or what is wrong with the id.

    Returns
    -------
    tuple
        The position, -1 with finding ``why.unknown_point`` where there is no such point.
    """
    if point_id in demand.id:
        return demand.id.index(point_id), ()
    near = difflib.get_close_matches(point_id, demand.id, n=3, cutoff=0.5)
    finding = Finding(
        rule="why.unknown_point",
        severity=Severity.ERROR,
        found=point_id,
        expected=", ".join(near) or demand.id[0],
    )
    return -1, (finding,)
