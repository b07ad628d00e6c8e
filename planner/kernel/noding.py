"""A street graph from lines that were drawn without one.

Ends that nearly meet are brought together, lines are cut where they cross or touch on one level,
and what is drawn twice is kept once. The steps are repeated until nothing changes, so that lines
already noded stay as they are. Choices follow the places, never the order of the lines.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from planner.kernel.meeting import (
    MEET_M,
    Bundle,
    Cuts,
    by_place,
    choose_crossings,
    choose_touches,
    distinct,
    ends_of,
    line_of,
    nearest_on,
    place_numbers,
    step_of,
)

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bools = NDArray[np.bool_]

_ROUNDS = 12


class Noded(NamedTuple):
    """Lines that meet only at their ends.

    Parameters
    ----------
    bundle
        The pieces, in the order of the lines and along each; ``source`` is the line each is of.
    tail, head
        Node at either end, numbered by place from west to east, shape (m,).
    crossings
        Places where lines that cross or touch were cut, shape (k, 2).
    touches
        Places of ends that were joined to the middle of another line, shape (t, 2).
    gap_m
        How far each of them was from that line, shape (t,).
    moved_m
        How far ends were moved, where it was more than a centimetre, shape (e,).
    empty, twice
        Number of lines without length, and of lines or parts drawn twice, that were dropped.
    """

    bundle: Bundle
    tail: I64
    head: I64
    crossings: F64
    touches: F64
    gap_m: F64
    moved_m: F64
    empty: int
    twice: int


def build_nodes(bundle: Bundle, *, snap_m: float, cut: bool = True) -> Noded:
    """Join and cut lines until they meet only at their ends.

    Parameters
    ----------
    bundle
        The lines in metres. One that is `apart` (a bridge, a tunnel) is never cut or bent; only
        its ends join.
    snap_m
        Ends no farther apart than this are brought together, and an end no farther from another
        line is joined to it, both on one level; at least a centimetre. Ends within a centimetre
        meet whatever their level.
    cut
        Whether lines are cut where they cross or touch; if not, only ends are brought together.

    Returns
    -------
    Noded
        Pieces shorter than `snap_m` between two nodes have become one node.

    Raises
    ------
    ValueError
        If `snap_m` is below a centimetre.
    """
    if snap_m < MEET_M:
        raise ValueError(f"snap_m is {snap_m}; expected at least {MEET_M}")
    bundle, empty = _with_length(bundle)
    bundle, twice = _once(bundle)
    moved: list[F64] = []
    crossings, touches, gaps = [np.empty((0, 2))], [np.empty((0, 2))], [np.empty(0)]
    for _ in range(_ROUNDS):
        bundle, far = _bring_together(bundle, snap_m)
        moved.append(far)
        changed = len(far) > 0
        if cut:
            fixed = _end_flags(bundle)
            found, gap = choose_touches(bundle, snap_m)
            bundle, fixed, done = _apply(bundle, fixed, found)
            touches.append(found.place[done])
            gaps.append(gap[done])
            crossed = choose_crossings(bundle, fixed, snap_m)
            bundle, fixed, more = _apply(bundle, fixed, crossed)
            crossings.append(crossed.place[more])
            bundle = _split(bundle, fixed)
            changed |= bool(done.any() or more.any())
        bundle, _collapsed = _with_length(bundle)
        bundle, again = _once(bundle)
        twice += again
        if not (changed or again):
            break
    place, _ = distinct(ends_of(bundle))
    node = place_numbers(place, ends_of(bundle))
    at = np.concatenate(touches)
    _, first = np.unique(place_numbers(distinct(at)[0], at), return_index=True)
    return Noded(
        bundle=bundle,
        tail=node[: bundle.size],
        head=node[bundle.size :],
        crossings=distinct(np.concatenate(crossings))[0],
        touches=at[first],
        gap_m=np.concatenate(gaps)[first],
        moved_m=np.concatenate(moved),
        empty=empty,
        twice=twice,
    )


def chosen_lines(bundle: Bundle, line: I64, xy: F64, start: I64) -> Bundle:
    """Return a bundle of other vertices, its lines named as those chosen, shape (m,)."""
    return Bundle(
        xy=xy,
        start=start,
        source=bundle.source[line],
        level=bundle.level[line],
        apart=bundle.apart[line],
        label=bundle.label[line],
    )


def _kept(bundle: Bundle, keep: Bools) -> Bundle:
    """Return the bundle with only the lines to keep."""
    if keep.all():
        return bundle
    size = np.diff(bundle.start)
    start = np.concatenate([[0], np.cumsum(size[keep])])
    return chosen_lines(bundle, np.flatnonzero(keep), bundle.xy[np.repeat(keep, size)], start)


def _with_length(bundle: Bundle) -> tuple[Bundle, int]:
    """Return the bundle without repeated vertices and lines of no length, and their number."""
    fresh = np.ones(len(bundle.xy), np.bool_)
    fresh[1:] = (bundle.xy[1:] != bundle.xy[:-1]).any(axis=1)
    fresh[bundle.start[:-1]] = True
    size = np.bincount(line_of(bundle)[fresh], minlength=bundle.size)
    start = np.concatenate([[0], np.cumsum(size)])
    thin = bundle._replace(xy=bundle.xy[fresh], start=start)
    return _kept(thin, size > 1), int((size < 2).sum())


def _once(bundle: Bundle) -> tuple[Bundle, int]:
    """Keep one of lines drawn twice: same ends and label, length and middle to a centimetre."""
    first, last = bundle.start[:-1], bundle.start[1:] - 1
    number = place_numbers(distinct(ends_of(bundle))[0], ends_of(bundle))
    ends = np.sort(number.reshape(2, -1), axis=0)
    length, middle = _measures(bundle)
    keys = (middle[:, 1], middle[:, 0], length, last - first, bundle.label, ends[1], ends[0])
    order = np.lexsort(keys)
    same = np.zeros(bundle.size, np.bool_)
    if len(order):
        before, after = order[:-1], order[1:]
        alike = (ends[:, before] == ends[:, after]).all(axis=0)
        alike &= bundle.label[before] == bundle.label[after]
        alike &= np.abs(length[before] - length[after]) <= MEET_M
        alike &= np.hypot(*(middle[before] - middle[after]).T) <= MEET_M
        same[after] = alike
    return _kept(bundle, ~same), int(same.sum())


def _measures(bundle: Bundle) -> tuple[F64, F64]:
    """Return the length of each line and the point half way along it."""
    step = step_of(bundle)
    total = np.cumsum(step)
    begin, end = total[bundle.start[:-1]], total[bundle.start[1:] - 1]
    half = (begin + end) / 2
    after = np.clip(np.searchsorted(total, half), bundle.start[:-1] + 1, bundle.start[1:] - 1)
    share = (half - total[after - 1]) / np.maximum(step[after], 1e-12)
    middle = bundle.xy[after - 1] + share[:, None] * (bundle.xy[after] - bundle.xy[after - 1])
    return end - begin, middle


def _bring_together(bundle: Bundle, snap_m: float) -> tuple[Bundle, F64]:
    """Move ends that nearly meet to one of them, that of most lines; return how far they went."""
    ends = ends_of(bundle)
    level = np.tile(np.where(bundle.apart | (bundle.level != 0), bundle.level, 0), 2)
    places, _ = distinct(ends)
    of = place_numbers(places, ends)
    kinds = np.unique(np.stack([of, level], axis=1), axis=0)  # one row per place and level
    pairs = KDTree(places[kinds[:, 0]]).query_pairs(snap_m, output_type="ndarray")
    one, other = kinds[pairs[:, 0]], kinds[pairs[:, 1]]
    near = np.hypot(*(places[one[:, 0]] - places[other[:, 0]]).T) <= MEET_M
    near |= (one[:, 1] == other[:, 1]) | (one[:, 1] == 0) | (other[:, 1] == 0)
    ones = np.ones(int(near.sum()), np.int8)
    links = (one[near, 0], other[near, 0])
    graph = coo_array((ones, links), shape=(len(places), len(places)))
    _, group = connected_components(graph, directed=False)
    weight = np.bincount(of, minlength=len(places))
    order = np.lexsort((np.arange(len(places)), -weight, group))
    first = np.ones(len(order), np.bool_)
    first[1:] = np.diff(group[order]) != 0
    chosen = np.empty(group.max(initial=-1) + 1, np.int64)
    chosen[group[order][first]] = order[first]
    fresh = places[chosen[group[of]]]
    far = np.hypot(*(fresh - ends).T)
    xy = bundle.xy.copy()
    xy[np.concatenate([bundle.start[:-1], bundle.start[1:] - 1])] = fresh
    return bundle._replace(xy=xy), np.sort(far[far > 0])


def _end_flags(bundle: Bundle) -> Bools:
    fixed = np.zeros(len(bundle.xy), np.bool_)
    fixed[bundle.start[:-1]] = True
    fixed[bundle.start[1:] - 1] = True
    return fixed


def _apply(bundle: Bundle, fixed: Bools, cuts: Cuts) -> tuple[Bundle, Bools, Bools]:
    """Lead lines through the places where they are cut.

    A vertex within a centimetre of the place, or nearest to it of all the segment, is moved there,
    unless it is a node; elsewhere a vertex is put in. Returns the nodes among the vertices and
    which cuts were made.
    """
    at, place = cuts
    share, _ = nearest_on(bundle, at, place)
    before = (np.hypot(*(bundle.xy[at] - place).T) <= MEET_M) | (share <= 0)
    after = (np.hypot(*(bundle.xy[at + 1] - place).T) <= MEET_M) | (share >= 1)
    vertex = np.where(before, at, at + 1)
    moves = before | after
    done = ~(moves & fixed[vertex])
    xy, fixed = bundle.xy.copy(), fixed.copy()
    move = np.flatnonzero(moves & done)
    move = move[by_place(place[move])[::-1]]  # the westernmost is written last and stays
    xy[vertex[move]] = place[move]
    fixed[vertex[move]] = True
    put = np.flatnonzero(~moves)
    put = put[np.lexsort((place[put, 1], place[put, 0], share[put], at[put]))]
    again = np.zeros(len(put), np.bool_)
    again[1:] = (at[put][1:] == at[put][:-1]) & (place[put][1:] == place[put][:-1]).all(axis=1)
    put = put[~again]
    xy = np.insert(xy, at[put] + 1, place[put], axis=0)
    fixed = np.insert(fixed, at[put] + 1, True)
    start = bundle.start + np.searchsorted(at[put], bundle.start)
    return bundle._replace(xy=xy, start=start), fixed, done


def _split(bundle: Bundle, fixed: Bools) -> Bundle:
    """Return the parts of the lines between nodes."""
    stops = np.flatnonzero(fixed)
    of = line_of(bundle)
    same = of[stops[:-1]] == of[stops[1:]]
    begin, end = stops[:-1][same], stops[1:][same]
    size = end - begin + 1
    start = np.concatenate([[0], np.cumsum(size)])
    within = np.arange(start[-1]) - np.repeat(start[:-1], size)
    line = of[begin]
    return chosen_lines(bundle, line, bundle.xy[np.repeat(begin, size) + within], start)
