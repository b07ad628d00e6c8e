"""How far coverage moves when what is not known well is assumed otherwise.

Three sources: how fast people walk, which street a point really opens to, and paths the map lacks.
The result is a range of assumptions, not a confidence interval: nobody knows how likely its ends
are.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import KDTree

from planner.analysis.attaching import Attached, least_of_places
from planner.analysis.catchment import read_nearest, search_sites
from planner.analysis.walk import Walk, limit_mm
from planner.kernel.cover import Field, read_field
from planner.kernel.paths import Stops
from planner.kernel.snap import snap_to_grid
from planner.model.demand import Demand
from planner.model.outcome import Spread
from planner.model.scenario import Walking
from planner.model.standard import WalkingGroup

AMBIGUOUS_TIMES, AMBIGUOUS_M = 1.3, 10.0  # a runner-up this near may be the street people use
LONG_LEG_M = 100.0  # a longer access leg means that paths are missing from the map
DETOUR = 1.3  # straight lines are this much longer on foot

Costs = NDArray[np.int64]


class Bounds(NamedTuple):
    """Slowest, central and fastest of a group in this season, metres per second."""

    low: float
    central: float
    high: float


def speed_bounds(group: WalkingGroup, walking: Walking) -> Bounds:
    """Return the speeds the standards give for a group; the central one where they give none."""
    central = group.speed.value
    low = group.low.value if group.low is not None else central
    high = group.high.value if group.high is not None else central
    factor = walking.season_factor
    return Bounds(low * factor, central * factor, high * factor)


def spread_of(
    walk: Walk,
    sites: Attached,
    people: tuple[Demand, Attached],
    group: WalkingGroup,
    walking: Walking,
) -> Mapping[str, Spread]:
    """Return the share of people within reach under unfavourable and favourable assumptions.

    Parameters
    ----------
    walk
        The priced network.
    sites
        Attached sites.
    people
        Demand points, and the same attached.
    group, walking
        Who walks, how long, and in which season.

    Returns
    -------
    Mapping
        `Spread` by source. ``speed``: the group's slower and faster people. ``snapping``: every
        point whose second nearest street is not farther than 1.3 times the nearest and 10 m opens
        to the worse, or to the better of the two. ``network``: as computed, or along a straight
        line times 1.3 for points with an access leg of more than 100 m. ``together``: all at once.
    """
    demand, weight = people[1], people[0].weight()
    speeds = speed_bounds(group, walking)
    slow, usual, fast = (limit_mm(speed, walking.limit_min) for speed in speeds)
    field = search_sites(walk, sites)
    central = read_nearest(walk, field, sites, demand).mm
    best, worst = _ambiguous(walk, field, demand)
    straight = _straight_mm(sites, demand)

    def share(limit: int, *costs: Costs) -> float:
        covered = np.zeros(len(demand), np.bool_)
        for cost in costs:
            covered |= (cost >= 0) & (cost <= limit)
        total = float(weight.sum())
        return float(weight[covered].sum()) / total if total else float("nan")

    middle = share(usual, central)
    ends = {
        "speed": (share(slow, central), share(fast, central)),
        "snapping": (share(usual, worst), share(usual, best)),
        "network": (middle, share(usual, central, straight)),
        "together": (share(slow, worst), share(fast, best, straight)),
    }
    if slow == fast:
        del ends["speed"]
    return {
        source: Spread(low=low, central=middle, high=high) for source, (low, high) in ends.items()
    }


def _ambiguous(walk: Walk, field: Field, demand: Attached) -> tuple[Costs, Costs]:
    """Return the least and the greatest cost of every point over the streets it may open to."""
    _, own = read_field(field, walk.costed(demand.stops))
    row, other = _runners_up(walk, demand)
    _, cost = read_field(field, walk.costed(other))
    far = np.iinfo(np.int64).max
    own = np.where(own < 0, far, own)
    cost = np.where(cost < 0, far, cost)
    least, greatest = own.copy(), own.copy()
    np.minimum.at(least, row, cost)
    np.maximum.at(greatest, row, cost)
    best, worst = (
        np.where(by_stop == far, -1, by_stop)[least_of_places(demand, by_stop)]
        for by_stop in (least, greatest)
    )
    return best, worst


def _runners_up(walk: Walk, demand: Attached) -> tuple[NDArray[np.intp], Stops]:
    """Return the stops whose second nearest street is about as near, and their place on it."""
    snap = snap_to_grid(walk.grid, demand.xy, max_m=walk.max_access_m)
    limit = AMBIGUOUS_TIMES * snap.access_mm + AMBIGUOUS_M * 1000.0
    row = np.flatnonzero(
        (snap.runner_up >= 0) & (snap.runner_up_mm <= limit) & (demand.stops.edge == snap.edge)
    )
    edge = snap.runner_up[row]
    network = walk.network
    count = np.diff(network.edge_start)[edge]
    number = np.repeat(np.arange(len(row)), count)
    within = np.arange(len(number)) - np.repeat(np.cumsum(count) - count, count)
    points = network.vertices[network.edge_start[edge][number] + within]
    lines = np.asarray(shapely.linestrings(points, indices=number), object)
    at = shapely.line_locate_point(lines, shapely.points(demand.xy[row]), normalized=True)
    share = np.clip(np.nan_to_num(at), 0.0, 1.0)
    return row, Stops(edge, share, snap.runner_up_mm[row])


def _straight_mm(sites: Attached, demand: Attached) -> Costs:
    """Return the straight line to the nearest site times 1.3 where paths are missing, else -1."""
    cost = np.full(len(demand), -1, np.int64)
    doors = sites.xy[np.isfinite(sites.xy).all(axis=1)]
    lacking = ~(demand.access_m <= LONG_LEG_M)
    row = np.flatnonzero(lacking[demand.owner] & np.isfinite(demand.xy).all(axis=1))
    if len(doors) and len(row):
        away, _ = KDTree(doors).query(demand.xy[row])
        metres = np.full(len(demand), np.inf)
        np.minimum.at(metres, demand.owner[row], np.asarray(away))
        near = np.isfinite(metres)
        cost[near] = np.rint(metres[near] * DETOUR * 1000.0).astype(np.int64)
    return cost
