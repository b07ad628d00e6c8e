"""Dead ends that stop short of another line, and ends that stop on a bridge."""

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.kernel.meeting import along_of, as_lines, ends_of, line_of, nearest_on, segments_of
from planner.kernel.noding import Noded

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

_STUB = 4  # times as far as is looked


class Misses(NamedTuple):
    """Dead ends beside lines they are not joined to, nearest first.

    Parameters
    ----------
    place
        The ends, shape (k, 2).
    line, other
        Line that ends there, and the line it is near, as the caller calls them, shape (k,).
    gap_m
        How far the end is from that line, shape (k,).
    """

    place: F64
    line: I64
    other: I64
    gap_m: F64


def find_misses(noded: Noded, *, snap_m: float, within_m: float) -> tuple[Misses, Misses]:
    """Find dead ends that were perhaps meant to join.

    Parameters
    ----------
    noded
        The street graph.
    snap_m
        What ends were joined within.
    within_m
        How far an end may be from what it was perhaps meant to join.

    Returns
    -------
    tuple
        Ends farther than `snap_m` from another line of their level, and ends within `snap_m` of
        the middle of a line that joins at its ends only (a bridge, a tunnel). A short stub beside
        the street it leaves is not among them.
    """
    bundle = noded.bundle
    node = np.concatenate([noded.tail, noded.head])
    opposite = np.concatenate([noded.head, noded.tail])
    line = np.tile(np.arange(bundle.size), 2)
    dead = np.flatnonzero(np.bincount(node)[node] == 1)
    at = segments_of(bundle)
    of = line_of(bundle)
    ends = ends_of(bundle)
    tree = shapely.STRtree(as_lines(bundle, at))
    found, hit = tree.query(shapely.points(ends[dead]), predicate="dwithin", distance=within_m)
    end, at = dead[found], at[hit]
    other = of[at]
    _, gap = nearest_on(bundle, at, ends[end])
    strange = line[end] != other
    stub = along_of(bundle)[bundle.start[1:] - 1][line[end]] <= _STUB * within_m
    for theirs in (noded.tail[other], noded.head[other]):
        strange &= (theirs != node[end]) & ~(stub & (theirs == opposite[end]))
    alike = bundle.apart[line[end]] | (bundle.level[line[end]] == bundle.level[other])
    short = strange & ~bundle.apart[other] & alike & (gap > snap_m)
    hanging = strange & bundle.apart[other] & ~bundle.apart[line[end]] & (gap <= snap_m)
    names = bundle.source
    beside, below = (
        _nearest(Misses(ends[end[k]], names[line[end[k]]], names[other[k]], gap[k]))
        for k in (np.flatnonzero(short), np.flatnonzero(hanging))
    )
    return beside, below


def _nearest(misses: Misses) -> Misses:
    """Return each end once, with the line nearest to it, the smallest gaps first."""
    place, gap = misses.place, misses.gap_m
    order = np.lexsort((misses.other, gap, place[:, 1], place[:, 0]))
    ordered = place[order]
    fresh = np.ones(len(order), np.bool_)
    fresh[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    first = order[fresh]
    first = first[np.argsort(gap[first], kind="stable")]
    return Misses(place[first], misses.line[first], misses.other[first], gap[first])
