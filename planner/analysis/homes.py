"""Where the people of a community may live, and how many beside one another: places by weight."""

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.analysis.joining import communities_at
from planner.model.buildings import Buildings
from planner.model.districts import Districts
from planner.model.ground import Ground
from planner.model.network import Network, WayKind

F64 = NDArray[np.float64]
Ints = NDArray[np.intp]

STEP_M = 25.0  # streets are looked at this often
CELL_M = 100.0  # and brought together to about one place per square of this side
ENOUGH_M = 500.0  # residential streets shorter than this in all do not speak for a community
MEASURES = ("dwellings", "floor", "footprint", "count")


class Places(NamedTuple):
    """Places people may live at, by community and from west to east.

    Parameters
    ----------
    community
        Position of the community, ascending, shape (n,).
    lonlat
        Degrees, shape (n, 2).
    weight
        What people are shared out by, shape (n,): metres of street, dwellings, square metres.
    measure
        What the weight is, a position in `MEASURES`; -1 for streets, shape (n,).
    """

    community: Ints
    lonlat: F64
    weight: F64
    measure: Ints


def places_on_streets(network: Network, ground: Ground, communities: Districts) -> Places:
    """Take residential streets as the places people live at, about one place every 100 m.

    The weight of a place is the length of the streets it stands for. Bridges, tunnels and steps
    are never taken. Where the streets known as residential are shorter than 500 m in a community
    (or the source does not tell), its other streets count too, and paths only where there is no
    street at all.
    """
    xy, length, rank = _sampled(network)
    lonlat = ground.to_degrees(xy)
    at = _within(lonlat, communities)
    n = len(communities)
    metres = [np.bincount(at[(rank == k) & (at < n)], length[(rank == k) & (at < n)], n)
              for k in range(3)]  # fmt: skip
    most = np.where(metres[0] >= ENOUGH_M, 0, np.where(metres[0] + metres[1] > 0, 1, 2))
    kept = (at < n) & (rank <= np.append(most, -1)[at])
    at, xy, length, lonlat = at[kept], xy[kept], length[kept], lonlat[kept]
    lead, weight = _gathered(at, xy, length)
    order = np.lexsort((lonlat[lead, 1], lonlat[lead, 0], at[lead]))
    first = lead[order]
    return Places(at[first], lonlat[first], weight[order], np.full(len(first), -1))


def _sampled(network: Network) -> tuple[F64, F64, NDArray[np.int64]]:
    """Return points at most 25 m apart on every walkable street and path.

    With each goes the length it stands for, and its rank: 0 residential, 1 street, 2 path.
    """
    rank = np.where(network.kind == WayKind.STREET, 1, np.where(network.kind == WayKind.PATH, 2, 3))
    if network.lived_on is not None:
        rank[network.lived_on & (rank == 1)] = 0
    rank[~(network.walk_forward | network.walk_backward)] = 3
    edge = np.repeat(np.arange(len(network)), np.diff(network.edge_start))
    from_, to = network.vertices[:-1], network.vertices[1:]
    inside = (edge[:-1] == edge[1:]) & (rank[edge[:-1]] < 3)
    from_, to, edge = from_[inside], to[inside], edge[:-1][inside]
    long = np.hypot(*(to - from_).T)
    parts = np.maximum(np.ceil(long / STEP_M).astype(np.int64), 1)
    of = np.repeat(np.arange(len(long)), parts)
    number = np.arange(len(of)) - np.repeat(np.cumsum(parts) - parts, parts)
    share = (number + 0.5) / parts[of]
    xy = from_[of] + share[:, None] * (to[of] - from_[of])
    return xy, (long / parts)[of], rank[edge[of]].astype(np.int64)


def _within(lonlat: F64, communities: Districts) -> Ints:
    """Return the community of every point; one past the last where there is none."""
    position = communities.position()
    codes = communities_at(lonlat, communities)
    return np.array([position.get(code, len(communities)) for code in codes], np.intp)


def _gathered(at: Ints, xy: F64, length: F64) -> tuple[Ints, F64]:
    """Bring points of one community and one square together.

    Returns the point nearest to the middle of each group, and the length of the group.
    """
    if not len(at):
        return np.empty(0, np.intp), np.empty(0)
    cell = np.floor(xy / CELL_M).astype(np.int64)
    order = np.lexsort((xy[:, 1], xy[:, 0], cell[:, 1], cell[:, 0], at))
    keys = np.column_stack([at, cell])[order]
    starts = np.flatnonzero(np.append(True, (keys[1:] != keys[:-1]).any(axis=1)))
    group = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(order))))
    total = np.add.reduceat(length[order], starts)
    middle = np.add.reduceat(xy[order] * length[order, None], starts) / total[:, None]
    off = np.round(np.hypot(*(xy[order] - middle[group]).T), 3)
    nearest = np.lexsort((np.arange(len(order)), off, group))
    return order[nearest[starts]], total


def places_in_buildings(buildings: Buildings, communities: Districts) -> Places:
    """Take homes as the places people live at.

    A community is weighed by the best measure known of all its homes: dwellings, else floor area
    (footprint times storeys where it is not stated), else footprint, else each home alike.
    """
    at = _within(buildings.lonlat, communities)
    order = np.lexsort((buildings.lonlat[:, 1], buildings.lonlat[:, 0], at))
    order = order[at[order] < len(communities)]
    at = at[order]
    measures = np.stack(
        [
            buildings.dwellings[order],
            buildings.floor_m2[order],
            buildings.footprint_m2[order],
            np.ones(len(order)),
        ]
    )
    n = len(communities)
    unusable = [
        (np.bincount(at, ~np.isfinite(m), n) > 0) | ~(np.bincount(at, np.nan_to_num(m), n) > 0)
        for m in measures
    ]
    best = np.argmin(np.stack(unusable), axis=0)
    chosen = best[at]
    return Places(at, buildings.lonlat[order], measures[chosen, np.arange(len(at))], chosen)


def middle_of(communities: Districts, streets: Places, community: int) -> F64:
    """Return one place for a whole community, shape (1, 2).

    A point inside its polygon, moved to the nearest of its streets where it has any.
    """
    inside = shapely.get_coordinates(shapely.point_on_surface(communities.geometry[community]))
    first, last = np.searchsorted(streets.community, [community, community + 1])
    if first == last:
        return inside
    near = streets.lonlat[first:last]
    shrink = np.array([np.cos(np.radians(inside[0, 1])), 1.0])
    off = np.round(np.hypot(*((near - inside) * shrink).T), 9)
    return near[[int(np.argmin(off))]]
