"""Rows that every whole plan keeps though the relaxation does not: knapsack covers.

A set of communities lacks `need` square metres, and way i can give it `most_i` at most. Take any
set A of ways out of the count: the others must give  r = need - sum of most over A  where that is
above zero. So  sum over the others of  min(most_i, r) * open_i  >=  r,  and each term may be
replaced by the area itself (Carr, Fleischer, Leung and Phillips 2000; with areas, Padberg, Van Roy
and Wolsey 1985). A row is told by its need and two sets of ways, from which anyone can write it
again: nothing that a solver says goes into it.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.kernel.programme.layout import Layout
from planner.kernel.programme.model import pairs_of
from planner.kernel.programme.works import Programme
from planner.kernel.siting.model import RowBlock, make_rows

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

_WIDEST = 10  # shares of one community of which every set is tried
_LEAST = 1e-4  # of what remains, by which a row must be missed to be worth having


class Cover(NamedTuple):
    """One row: ways left out, and ways counted by the area they give rather than as open.

    Parameters
    ----------
    need
        Position in `Needs`.
    out, as_area
        Ways, int64.
    """

    need: int
    out: I64
    as_area: I64


class Needs(NamedTuple):
    """What sets of communities lack together; made by `gather_needs`.

    Parameters
    ----------
    lacking
        Area each set lacks, shape (n,).
    mark
        Milestone of each set, int64, shape (n,).
    ways
        Ways that can give to each set.
    most
        The most each of these ways can give to the set.
    shares
        Positions of the shares between these ways and the set, and for each the position of its
        way among `ways`.
    """

    lacking: F64
    mark: I64
    ways: tuple[I64, ...]
    most: tuple[F64, ...]
    shares: tuple[tuple[I64, I64], ...]


def gather_needs(programme: Programme, layout: Layout) -> Needs:
    """Return the needs of every community, and of all communities that one place may serve."""
    space, ways = programme.space, programme.ways
    sets: set[tuple[int, ...]] = {(community,) for community in range(len(space.need_m2))}
    for begin, end in pairwise(space.place_start):
        sets.add(tuple(sorted({int(c) for c in space.community[begin:end]})))
    lists: list[list[int]] = [[] for _ in range(space.need_m2.size)]
    marks = space.need_m2.shape[1]
    for share, at in enumerate(layout.share_community.astype(np.int64) * marks + layout.share_mark):
        lists[at].append(share)
    found = []
    for communities in sorted(sets):
        for mark in range(marks):
            shares = np.array([s for c in communities for s in lists[c * marks + mark]], np.int64)
            if not len(shares):
                continue
            own, at = np.unique(layout.share_way[shares], return_inverse=True)
            given = np.bincount(at, weights=layout.share_most[shares])
            most = np.minimum(given, (ways.most_m2 * ways.counted)[own])
            lacking = float(space.need_m2[list(communities), mark].sum())
            found.append((lacking, mark, own.astype(np.int64), most, (shares, at)))
    lacking_, mark_, ways_, most_, shares_ = zip(*found, strict=True) if found else ((),) * 5
    return Needs(np.array(lacking_), np.array(mark_, np.int64), ways_, most_, shares_)


def find_covers(programme: Programme, layout: Layout, needs: Needs, x: F64) -> list[Cover]:
    """Return the row of each need that the quantities `x` miss most, where they miss one.

    Parameters
    ----------
    programme, layout, needs
        The question, its columns, its needs.
    x
        Quantities of the relaxation, shape (n,).
    """
    is_open = _open_ways(programme, layout, x)
    area = x[layout.first_share : layout.first_people]
    found = []
    for number, (need, mark, ways, most, (shares, at)) in enumerate(zip(*needs, strict=True)):
        opening = is_open[mark, ways]
        given = np.bincount(at, weights=area[shares], minlength=len(ways))
        tried = np.argsort(-opening, kind="stable")[:_WIDEST]
        sets = (np.arange(2 ** len(tried))[:, None] >> np.arange(len(tried))) & 1
        left = need - sets @ most[tried]
        sets, left = sets[left > 1e-6 * need], left[left > 1e-6 * need]
        outside = np.zeros((len(sets), len(ways)), np.bool_)
        outside[:, tried] = sets == 1
        terms = np.minimum(most, left[:, None]) * opening
        least = np.where(outside, 0.0, np.minimum(terms, given)).sum(axis=1)
        missed = (left - least) / left
        if not len(missed) or missed.max() <= _LEAST:
            continue
        best = int(missed.argmax())
        chosen = ~outside[best] & (given < terms[best])
        found.append(Cover(number, ways[outside[best]], ways[chosen]))
    return found


def rows_of_covers(
    programme: Programme, layout: Layout, needs: Needs, covers: list[Cover]
) -> RowBlock:
    """Write the rows of covers, from the needs and the limits of the ways alone."""
    begin, order = pairs_of(layout, len(programme.ways.place))
    entries: list[tuple[I64, I64, F64]] = []
    lower = np.zeros(len(covers))
    for number, (need, out, as_area) in enumerate(covers):
        ways, most, mark = needs.ways[need], needs.most[need], needs.mark[need]
        shares, at = needs.shares[need]
        outside, counted = np.isin(ways, out), np.isin(ways, as_area)
        left = float(needs.lacking[need] - most[outside].sum())
        lower[number] = left
        by_area = shares[(counted & ~outside)[at]]
        entries.append(_entry(number, layout.first_share + by_area, np.ones(len(by_area))))
        for way in np.flatnonzero(~outside & ~counted):
            starts = order[begin[ways[way]] : begin[ways[way] + 1]]
            starts = starts[layout.opens[starts] <= programme.asked.milestones[mark]]
            amount = min(float(most[way]), left)
            entries.append(_entry(number, starts.astype(np.int64), np.full(len(starts), amount)))
    if not entries:
        return make_rows(((), (), ()), (0, layout.width), (), ())
    row, column, value = (np.concatenate(part) for part in zip(*entries, strict=True))
    return make_rows((row, column, value), (len(covers), layout.width), lower, np.inf)


def _entry(row: int, column: I64, value: F64) -> tuple[I64, I64, F64]:
    return np.full(len(column), row, np.int64), column, value


def _open_ways(programme: Programme, layout: Layout, x: F64) -> F64:
    """Return how far each way is open at each milestone, shape (k, w)."""
    ways = len(programme.ways.place)
    found = np.zeros((len(programme.asked.milestones), ways))
    for k, year in enumerate(programme.asked.milestones):
        at = np.flatnonzero(layout.opens <= year)
        found[k] = np.bincount(layout.way[at], weights=x[at], minlength=ways)
    return np.asarray(np.minimum(found, 1.0))
