"""Where new streets join the old ones, and one another."""

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from planner.kernel.snap import build_street_grid, snap_to_grid
from planner.model.finding import Finding, Severity
from planner.model.network import Network
from planner.model.street_changes import StreetChange

CLOSE_M = 5.0  # an end this near a street touches it

Place = tuple[int, float]
"""A line and how far along it: edges of the network by number, then the new lines."""
Joint = tuple[Place, Place]
"""Where a new line begins and ends; an end that many share is the place of the first of them."""


def find_joints(
    network: Network, wanted: list[StreetChange], allowed: NDArray[np.bool_]
) -> tuple[list[Joint], tuple[Finding, ...]]:
    """Find what both ends of every new line touch.

    Parameters
    ----------
    network
        The streets.
    wanted
        Lines that open.
    allowed
        Edges a line may join, shape (m,).

    Returns
    -------
    tuple
        A joint for every line, or none at all where one is loose; and ``changes.loose_end`` for
        every end that touches nothing, or only lines that lead nowhere.
    """
    if not wanted:
        return [], ()
    m = len(network)
    ends = np.concatenate([change.xy[[0, -1]] for change in wanted])
    grid = build_street_grid(network.vertices, network.edge_start, allowed)
    snap = snap_to_grid(grid, ends, max_m=CLOSE_M, runner_up=False)
    places: list[Place | None] = [
        (int(edge), float(share)) if edge >= 0 else None
        for edge, share in zip(snap.edge, snap.share, strict=True)
    ]
    _join_ends(places, ends, m)
    _join_lines(places, ends, wanted, m)
    led = _leading_somewhere(places, m)
    loose = [e for e, place in enumerate(places) if place is None or not led[e // 2]]
    if loose:
        wide = snap_to_grid(grid, ends[loose], max_m=1e6, runner_up=False)
        away = wide.access_mm / 1000.0
        return [], tuple(_loose(wanted[e // 2], e % 2, away[i]) for i, e in enumerate(loose))
    whole = [place for place in places if place is not None]
    joints = [(whole[2 * i], whole[2 * i + 1]) for i in range(len(wanted))]
    return joints, ()


def corners_of(network: Network) -> NDArray[np.float64]:
    """Return the least and the greatest x and y of every edge, metres, shape (m, 4)."""
    first = network.edge_start[:-1]
    low, high = (f.reduceat(network.vertices, first) for f in (np.minimum, np.maximum))
    return np.hstack([low, high])


def lines_near(
    network: Network,
    corners: NDArray[np.float64],
    xy: NDArray[np.float64],
    allowed: NDArray[np.bool_],
) -> tuple[NDArray[np.intp], NDArray[np.object_]]:
    """Return the edges that may lie within 5 m of some points' bounds, and their lines.

    Parameters
    ----------
    network
        The streets.
    corners
        As `corners_of` gives them.
    xy
        Metres, shape (k, 2).
    allowed
        Edges to consider, shape (m,).
    """
    low, high = xy.min(axis=0) - CLOSE_M, xy.max(axis=0) + CLOSE_M
    apart = (corners[:, 2:] < low).any(axis=1) | (corners[:, :2] > high).any(axis=1)
    edges = np.flatnonzero(allowed & ~apart)
    lines = [
        shapely.LineString(network.vertices[network.edge_start[e] : network.edge_start[e + 1]])
        for e in edges
    ]
    return edges, np.array(lines, object)


def _join_ends(places: list[Place | None], ends: NDArray[np.float64], m: int) -> None:
    """Let ends that touch no street be joined where they meet."""
    free = [e for e, place in enumerate(places) if place is None]
    if not free:
        return
    pairs = KDTree(ends[free]).query_pairs(CLOSE_M, output_type="ndarray")
    ones = np.ones(len(pairs), np.int8)
    near = coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(len(free), len(free)))
    _, cluster = connected_components(near, directed=False)
    first = {int(c): free[i] for i, c in reversed(list(enumerate(cluster)))}
    size = np.bincount(cluster)
    for i, e in enumerate(free):
        if size[cluster[i]] > 1:
            leader = first[int(cluster[i])]
            places[e] = (m + leader // 2, float(leader % 2))


def _join_lines(
    places: list[Place | None], ends: NDArray[np.float64], wanted: list[StreetChange], m: int
) -> None:
    """Let the other ends join the nearest new line they touch."""
    lines = [shapely.LineString(change.xy) for change in wanted]
    for e, place in enumerate(places):
        if place is not None:
            continue
        point = shapely.Point(ends[e])
        away = [(float(line.distance(point)), i) for i, line in enumerate(lines) if i != e // 2]
        distance, i = min(away, default=(np.inf, -1))
        if distance <= CLOSE_M:
            share = float(shapely.line_locate_point(lines[i], point, normalized=True))
            places[e] = (m + i, share)


def _leading_somewhere(places: list[Place | None], m: int) -> list[bool]:
    """Return which new lines are tied to an old street, directly or through others."""
    count = len(places) // 2
    led = [False] * count
    links: list[set[int]] = [set() for _ in range(count)]
    for e, place in enumerate(places):
        if place is not None and place[0] < m:
            led[e // 2] = True
        elif place is not None:
            links[e // 2].add(place[0] - m)
            links[place[0] - m].add(e // 2)
    waiting = [i for i in range(count) if led[i]]
    while waiting:
        for other in links[waiting.pop()]:
            if not led[other]:
                led[other] = True
                waiting.append(other)
    return led


def _loose(change: StreetChange, end: int, away_m: float) -> Finding:
    origin = change.origin
    return Finding(
        rule="changes.loose_end",
        severity=Severity.ERROR,
        source=origin.file,
        layer=origin.layer,
        row=origin.row,
        found=f"{away_m:,.1f}",
        expected=f"{CLOSE_M:g}",
        lon=round(float(change.lonlat[end, 0]), 6),
        lat=round(float(change.lonlat[end, 1]), 6),
    )
