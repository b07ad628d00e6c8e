"""Where new streets cross level ones between their ends: there they meet.

Streets, paths and steps are level; bridges and tunnels pass over and under, so neither a new one
nor an old one meets what it crosses.
"""

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.analysis.joints import Place, corners_of, lines_near
from planner.model.finding import Finding, Severity
from planner.model.network import Network, WayKind
from planner.model.street_changes import StreetChange

TOUCH_M = 0.1  # a line drawn to a street's corner lies this near it after projection
AT_END_M = 0.05  # a place this near the end of a line is its end

Crossing = tuple[Place, Place]
"""One spot on two lines: edges of the network by number, then the new lines."""

_LEVEL = (WayKind.STREET, WayKind.PATH, WayKind.STEPS)


def find_crossings(
    network: Network,
    lines: list[NDArray[np.float64]],
    ways: list[WayKind],
    allowed: NDArray[np.bool_],
) -> list[Crossing]:
    """Find where level new lines cross or touch level streets and one another.

    Parameters
    ----------
    network
        The streets.
    lines
        New lines whose ends stand where they join, in metres, each of shape (k, 3).
    ways
        What each new line is to a walker.
    allowed
        Edges a line may join, shape (m,).

    Returns
    -------
    list of Crossing
        In the order of the lines, the second place being on the line and in its middle; the ends
        are joined by `planner.analysis.joints.find_joints`.
    """
    m, level = len(network), allowed & np.isin(network.kind, _LEVEL)
    corners = corners_of(network)
    found: list[Crossing] = []
    before: list[tuple[int, shapely.LineString]] = []
    for i, (line, way) in enumerate(zip(lines, ways, strict=True)):
        if way not in _LEVEL:
            continue
        drawn = shapely.LineString(line[:, :2])
        edges, streets = lines_near(network, corners, line[:, :2], level)
        others = [*zip(edges.tolist(), streets, strict=True), *before]
        pairs = [
            ((number, at), (m + i, own))
            for number, other in others
            if shapely.dwithin(other, drawn, TOUCH_M)
            for at, own in _meetings(other, drawn)
        ]
        pairs += [((m + i, one), (m + i, other)) for one, other in _own_meetings(line)]
        new = {m + i: drawn.length, **{number: other.length for number, other in before}}
        found += [pair for pair in pairs if all(_in_middle(new, *place) for place in pair)]
        before.append((m + i, drawn))
    return found


def _in_middle(new: dict[int, float], number: int, share: float) -> bool:
    """Return whether a place is not at the end of a new line; edges of old may be met there."""
    return number not in new or min(share, 1 - share) * new[number] > AT_END_M


def _meetings(one: shapely.LineString, other: shapely.LineString) -> list[tuple[float, float]]:
    """Return the shares along two lines of the spots where they cross, touch or part.

    A corner of either that lies within `TOUCH_M` of the other counts as touching it.
    """
    shared = np.array(shapely.get_parts(shapely.intersection(one, other)), object)
    flat = shapely.get_dimensions(shared)
    together: Any = shapely.line_merge(shapely.multilinestrings(shared[flat == 1]))
    runs = shapely.get_parts(together)
    spots = [shared[flat == 0], shapely.get_point(runs, 0), shapely.get_point(runs, -1)]
    for line, facing in ((one, other), (other, one)):
        corners: Any = shapely.points(shapely.get_coordinates(line))
        spots.append(corners[shapely.dwithin(corners, facing, TOUCH_M)])
    found = np.concatenate(spots)
    shares = [shapely.line_locate_point(line, found, normalized=True) for line in (one, other)]
    return list(zip(*(share.tolist() for share in shares), strict=True))


def _own_meetings(line: NDArray[np.float64]) -> list[tuple[float, float]]:
    """Return the shares of the spots where a line crosses itself."""
    steps: Any = shapely.linestrings(np.stack([line[:-1, :2], line[1:, :2]], axis=1))
    one, other = shapely.STRtree(steps).query(steps, predicate="intersects")
    one, other = one[other > one + 1], other[other > one + 1]
    spots: Any = shapely.intersection(steps[one], steps[other])
    single = shapely.get_type_id(spots) == shapely.GeometryType.POINT
    along = np.concatenate([[0.0], np.cumsum(shapely.length(steps))])
    shares = [
        (along[part] + shapely.line_locate_point(steps[part], spots[single])) / along[-1]
        for part in (one[single], other[single])
    ]
    return list(zip(*(share.tolist() for share in shares), strict=True))


def tell_crossings(changes: list[StreetChange], counts: list[int]) -> tuple[Finding, ...]:
    """Say of every street that opens in how many places it was joined to what it crosses."""
    return tuple(
        Finding(
            rule="changes.crossings_joined",
            severity=Severity.NOTICE,
            source=change.origin.file,
            layer=change.origin.layer,
            row=change.origin.row,
            found=str(count),
        )
        for change, count in zip(changes, counts, strict=True)
        if count
    )
