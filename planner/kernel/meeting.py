"""Where lines cross, touch, or end beside one another on one level."""

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]

MEET_M = 0.01  # what is this near is one place
_AT_ONCE = 200_000  # segments, so that the pairs looked at fit in memory
_PARALLEL = 1e-12


class Bundle(NamedTuple):
    """Lines with their levels.

    Parameters
    ----------
    xy
        Vertices of all lines, one line after the other, in metres, shape (v, 2).
    start
        First vertex of each line and one past the last, shape (m + 1,).
    source
        What the caller calls each line, int64, shape (m,).
    level
        Level each line lies on, 0 the ground, int64, shape (m,).
    apart
        Lines that join at their ends only, shape (m,).
    label
        Lines drawn twice are told apart where their labels differ, int64, shape (m,).
    """

    xy: F64
    start: I64
    source: I64
    level: I64
    apart: Bools
    label: I64

    @property
    def size(self) -> int:
        """Number of lines."""
        return len(self.start) - 1


class Cuts(NamedTuple):
    """Where lines are to be cut: behind which vertex, and through which place.

    Parameters
    ----------
    at
        Vertex before the place, int64, shape (k,).
    place
        The place, on the line or near it, shape (k, 2).
    """

    at: I64
    place: F64


def line_of(bundle: Bundle) -> I64:
    """Return the line of each vertex, shape (v,)."""
    return np.repeat(np.arange(bundle.size), np.diff(bundle.start))


def ends_of(bundle: Bundle) -> F64:
    """Return the first points of all lines, then the last ones, shape (2 m, 2)."""
    ends: F64 = bundle.xy[np.concatenate([bundle.start[:-1], bundle.start[1:] - 1])]
    return ends


def by_place(xy: F64) -> I64:
    """Return the order of points from west to east, and from south to north."""
    order: I64 = np.lexsort((xy[:, 1], xy[:, 0]))
    return order


def distinct(xy: F64) -> tuple[F64, I64]:
    """Return the different points in order of place, and how often each stands there."""
    if not len(xy):
        return xy.reshape(0, 2), np.empty(0, np.int64)
    ordered = xy[by_place(xy)]
    fresh = np.ones(len(ordered), np.bool_)
    fresh[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    first = np.flatnonzero(fresh)
    return ordered[first], np.diff(np.append(first, len(ordered)))


def place_numbers(places: F64, xy: F64) -> I64:
    """Return the position of each point among `places`, as `distinct` returns them; -1 if none."""
    both = np.concatenate([places, xy])
    order = by_place(both)  # stable: a place stands before the points that are the same
    ordered = both[order]
    fresh = np.ones(len(ordered), np.bool_)
    fresh[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    group = np.cumsum(fresh) - 1
    number = np.where(order[np.flatnonzero(fresh)] < len(places), order[np.flatnonzero(fresh)], -1)
    result = np.empty(len(both), np.int64)
    result[order] = number[group]
    return result[len(places) :]


def segments_of(bundle: Bundle) -> I64:
    """Return the vertices at which a segment of some line begins."""
    begins = np.ones(len(bundle.xy), np.bool_)
    begins[bundle.start[1:] - 1] = False
    return np.flatnonzero(begins)


def as_lines(bundle: Bundle, at: I64) -> NDArray[np.object_]:
    """Return the segments that begin at vertices `at` as shapes."""
    pairs = np.stack([bundle.xy[at], bundle.xy[at + 1]], axis=1)
    return np.asarray(shapely.linestrings(pairs), object)


def nearest_on(bundle: Bundle, at: I64, place: F64) -> tuple[F64, F64]:
    """Return the share of the segment nearest to each place, and the distance to it."""
    a, d = bundle.xy[at], bundle.xy[at + 1] - bundle.xy[at]
    share = ((place - a) * d).sum(axis=1) / np.maximum((d * d).sum(axis=1), _PARALLEL)
    share = np.clip(share, 0.0, 1.0)
    return share, np.hypot(*(place - (a + share[:, None] * d)).T)


def choose_touches(bundle: Bundle, snap_m: float) -> tuple[Cuts, F64]:
    """Find ends beside the middle of a line.

    Parameters
    ----------
    bundle
        The lines; ends that meet are the same point.
    snap_m
        How far an end may be from the line.

    Returns
    -------
    tuple
        The cuts, through the ends, and how far each end is from the line it cuts.
    """
    segment = segments_of(bundle)
    of = line_of(bundle)
    segment = segment[~bundle.apart[of[segment]]]
    ends = ends_of(bundle)
    number = place_numbers(distinct(ends)[0], ends)
    line = np.tile(np.arange(bundle.size), 2)
    kind = np.stack([number, bundle.apart[line], bundle.level[line]])
    _, alone = np.unique(kind, axis=1, return_index=True)  # ends alike in place and level
    tree = shapely.STRtree(as_lines(bundle, segment))
    points = shapely.points(ends[alone])
    end, hit = tree.query(points, predicate="dwithin", distance=snap_m)
    end, at = alone[end], segment[hit]
    other = of[at]
    lands = bundle.apart[line[end]] | (bundle.level[line[end]] == bundle.level[other])
    end, at, other = end[lands], at[lands], other[lands]
    share, gap = nearest_on(bundle, at, ends[end])
    away = ~_joined_there(bundle, number, end, (at, share), 3 * snap_m)
    end, at, other, gap = end[away], at[away], other[away], gap[away]
    order = np.lexsort((share[away], gap, other, number[end]))
    pair = np.stack([number[end], other])[:, order]
    first = np.ones(len(order), np.bool_)
    first[1:] = (pair[:, 1:] != pair[:, :-1]).any(axis=0)
    best = order[first]
    return Cuts(at[best], ends[end[best]]), gap[best]


def _joined_there(
    bundle: Bundle, number: I64, end: I64, spot: tuple[I64, F64], near_m: float
) -> Bools:
    """Return whether an end is an end of that line already, or one short line away from it.

    Otherwise whatever leaves a node at a sharp angle would be drawn into it, again and again.
    """
    at, share = spot
    of, count = line_of(bundle), bundle.size
    along = along_of(bundle)
    here = along[at] + share * (along[at + 1] - along[at])
    whole = along[bundle.start[1:] - 1]
    nodes = int(number.max(initial=0)) + 1
    short = whole <= near_m
    tail, head = number[:count][short], number[count:][short]
    links = np.concatenate([tail * nodes + head, head * nodes + tail, number * (nodes + 1)])
    links = np.unique(links)
    first, last = number[of[at]], number[of[at] + count]
    ours = number[end]
    joined = np.isin(ours * nodes + first, links) & (here <= near_m)
    joined |= np.isin(ours * nodes + last, links) & (whole[of[at]] - here <= near_m)
    return joined


def step_of(bundle: Bundle) -> F64:
    """Return how far each vertex is from the one before it on its line, 0 for the first."""
    step = np.zeros(len(bundle.xy))
    step[1:] = np.hypot(*np.diff(bundle.xy, axis=0).T)
    step[bundle.start[:-1]] = 0.0
    return step


def along_of(bundle: Bundle) -> F64:
    """Return the length of its line up to each vertex."""
    total = np.cumsum(step_of(bundle))
    return total - total[bundle.start[:-1]][line_of(bundle)]


def choose_crossings(bundle: Bundle, fixed: Bools, snap_m: float) -> Cuts:
    """Find where lines of one level cross, touch or run on one another.

    Parameters
    ----------
    bundle
        The lines.
    fixed
        Vertices that are nodes already, shape (v,).
    snap_m
        A crossing no farther than this from a node of both lines is that node.

    Returns
    -------
    Cuts
        Each place twice, once for either line.
    """
    of = line_of(bundle)
    segment = segments_of(bundle)
    segment = segment[~bundle.apart[of[segment]]]
    empty = Cuts(np.empty(0, np.int64), np.empty((0, 2)))
    if not len(segment):
        return empty
    shapes = as_lines(bundle, segment)
    tree = shapely.STRtree(shapes)
    nodes = distinct(bundle.xy[fixed])[0]
    of_node = _pairs_of(of[fixed], place_numbers(nodes, bundle.xy[fixed]), len(nodes))
    near = KDTree(nodes)
    parts = []
    for first in range(0, len(segment), _AT_ONCE):
        one, other = tree.query(shapes[first : first + _AT_ONCE])
        one = one + first
        later = one < other
        a, b = segment[one[later]], segment[other[later]]
        apart = (bundle.level[of[a]] == bundle.level[of[b]]) & ~((of[a] == of[b]) & (b - a == 1))
        a, b = a[apart], b[apart]
        pair, place = _meetings(bundle.xy, a, b)
        a, b = a[pair], b[pair]
        distance, node = near.query(place, distance_upper_bound=snap_m * (1 + 1e-9))
        known = np.isfinite(distance)
        node = np.where(known, node, 0)
        for line in (of[a], of[b]):
            known &= np.isin(line * len(nodes) + node, of_node)
        parts.append((a[~known], b[~known], place[~known]))
    a, b, place = (np.concatenate(column) for column in zip(*parts, strict=True))
    place = _gathered(place)
    return Cuts(np.concatenate([a, b]), np.concatenate([place, place]))


def _pairs_of(line: I64, node: I64, count: int) -> I64:
    return np.unique(line * count + node)


def _gathered(place: F64) -> F64:
    """Return places with those a centimetre apart made one, the westernmost of them."""
    if not len(place):
        return place
    points = distinct(place)[0]
    pairs = KDTree(points).query_pairs(MEET_M, output_type="ndarray")
    ones = np.ones(len(pairs), np.int8)
    graph = coo_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(len(points), len(points)))
    _, group = connected_components(graph, directed=False)
    _, first = np.unique(group, return_index=True)
    return points[first][group][place_numbers(points, place)]


def _meetings(xy: F64, a: I64, b: I64) -> tuple[I64, F64]:
    """Return which pairs of segments meet, and where; those on one another meet at ends of theirs.

    The place does not depend on the order of the two or on their directions.
    """
    ends = [np.stack([xy[at], xy[at + 1]], axis=1) for at in (a, b)]
    for pair in ends:
        turned = _after(pair[:, 0], pair[:, 1])
        pair[turned] = pair[turned, ::-1]
    swap = _after(ends[0][:, 0], ends[1][:, 0])
    tie = (ends[0][:, 0] == ends[1][:, 0]).all(axis=1)
    swap |= tie & _after(ends[0][:, 1], ends[1][:, 1])
    one = np.where(swap[:, None, None], ends[1], ends[0])
    other = np.where(swap[:, None, None], ends[0], ends[1])
    touching, places = [], []
    for ours, theirs in ((one, other), (other, one)):
        for k in (0, 1):
            touch = _distance(ours[:, k], theirs) <= MEET_M
            touching.append(np.flatnonzero(touch))
            places.append(ours[touch, k])
    plain = np.ones(len(a), np.bool_)
    plain[np.concatenate(touching)] = False
    d, e, f = one[:, 1] - one[:, 0], other[:, 1] - other[:, 0], other[:, 0] - one[:, 0]
    turn = d[:, 0] * e[:, 1] - d[:, 1] * e[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (f[:, 0] * e[:, 1] - f[:, 1] * e[:, 0]) / turn
        u = (f[:, 0] * d[:, 1] - f[:, 1] * d[:, 0]) / turn
    crosses = plain & (turn != 0) & (t > 0) & (t < 1) & (u > 0) & (u < 1)
    touching.append(np.flatnonzero(crosses))
    places.append(one[crosses, 0] + t[crosses, None] * d[crosses])
    return np.concatenate(touching), np.concatenate(places)


def _after(p: F64, q: F64) -> Bools:
    """Return whether points `p` stand after points `q` in order of place."""
    later: Bools = (p[:, 0] > q[:, 0]) | ((p[:, 0] == q[:, 0]) & (p[:, 1] > q[:, 1]))
    return later


def _distance(place: F64, pair: F64) -> F64:
    """Return the distance of each place to a segment, shape (k,)."""
    a, d = pair[:, 0], pair[:, 1] - pair[:, 0]
    share = ((place - a) * d).sum(axis=1) / np.maximum((d * d).sum(axis=1), _PARALLEL)
    share = np.clip(share, 0.0, 1.0)
    far: F64 = np.hypot(*(place - (a + share[:, None] * d)).T)
    return far
