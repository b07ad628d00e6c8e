"""A programme of works as columns and rows."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from planner.kernel.programme.layout import Layout
from planner.kernel.programme.works import Programme
from planner.kernel.siting.model import (
    BROKEN,
    DECIDED,
    Model,
    RowBlock,
    build_model,
    join_columns,
    make_columns,
    make_rows,
)

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Goal = Literal["least_cost", "most_people"]

GROUPS = ("space", "city", "district", "budget", "presence")
SPACE, CITY, DISTRICT, BUDGET, PRESENCE = range(5)


def build_programme(
    programme: Programme,
    layout: Layout,
    goal: Goal,
    *,
    people_floor: float = 0.0,
    further: Sequence[RowBlock] = (),
) -> Model:
    """Return the model of a programme.

    Parameters
    ----------
    programme, layout
        The question, and its columns.
    goal
        ``least_cost``: discounted capital and running cost are least; ``most_people``: people
        reached, summed over the milestones, are most.
    people_floor
        People reached beyond today, summed over the milestones, at least.
    further
        Rows from `programme.covers`.
    """
    starts = layout.starts
    cost = np.zeros(layout.width)
    cost[: 2 * starts] = cost_of(programme, layout)
    people = np.zeros(layout.width)
    people[layout.first_people :] = programme.people.weight[layout.people_row]
    worth = people if goal == "most_people" else cost
    columns = join_columns(
        [
            make_columns(worth[:starts], 0.0, 1.0, DECIDED),
            make_columns(
                worth[starts : 2 * starts], 0.0, programme.ways.most_m2[layout.way], BROKEN
            ),
            make_columns(
                worth[layout.first_share : layout.first_people], 0.0, layout.share_most, BROKEN
            ),
            make_columns(worth[layout.first_people :], 0.0, 1.0, BROKEN),
        ]
    )
    rows = [
        *_areas(programme, layout),
        *_shares(programme, layout),
        _needs(programme, layout),
        *_walking(programme, layout),
        _budget(programme, layout),
        *_presence(programme, layout),
        *further,
    ]
    if people_floor > 0:
        at = np.flatnonzero(people)
        rows.append(make_rows((0, at, people[at]), (1, layout.width), people_floor, np.inf))
    return build_model(columns, rows, maximise=goal == "most_people", names=GROUPS)


def cost_of(programme: Programme, layout: Layout) -> F64:
    """Return the discounted cost of every start, then of every square metre, shape (2 s,)."""
    ways, asked = programme.ways, programme.asked
    after = np.append(np.cumsum(asked.worth[::-1])[::-1], 0.0)
    opens = np.minimum(layout.opens, len(asked.worth))
    fixed = ways.fixed[layout.way] * asked.worth[layout.year]
    metre = ways.per_m2[layout.way] * asked.worth[layout.year]
    return np.concatenate([fixed, metre + ways.running[layout.way] * after[opens]])


def opened(layout: Layout, marks: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return which starts are open at each milestone, shape (k, s)."""
    return np.asarray(layout.opens[None, :] <= marks[:, None], np.bool_)


def pairs_of(layout: Layout, ways: int) -> tuple[I64, NDArray[np.int32]]:
    """Return the starts of every way, int64 (w + 1,) and int32 (s,)."""
    order = np.argsort(layout.way, kind="stable").astype(np.int32)
    size = np.bincount(layout.way, minlength=ways)
    return np.concatenate([[0], np.cumsum(size)]).astype(np.int64), order


def _areas(programme: Programme, layout: Layout) -> list[RowBlock]:
    ways, starts, width = programme.ways, layout.starts, layout.width
    row = np.arange(starts)
    blocks = []
    for limit, low, high in ((ways.most_m2, -np.inf, 0.0), (ways.least_m2, 0.0, np.inf)):
        entries = (
            np.concatenate([row, row]),
            np.concatenate([starts + row, row]),
            np.concatenate([np.ones(starts), -limit[layout.way]]),
        )
        blocks.append(make_rows(entries, (starts, width), low, high))
    place, of = np.unique(ways.place[layout.way], return_inverse=True)
    blocks.append(make_rows((of, row, 1.0), (len(place), width), -np.inf, 1.0))
    return blocks


def _open_starts(
    programme: Programme, layout: Layout, way: NDArray[np.int32], mark: NDArray[np.int32]
) -> tuple[I64, I64]:
    """Return (position, start) for every start of a way that is open at a milestone."""
    begin, order = pairs_of(layout, len(programme.ways.place))
    size = np.diff(begin)[way]
    at = np.repeat(np.arange(len(way)), size)
    within = np.arange(len(at)) - np.repeat(np.cumsum(size) - size, size)
    start = order[begin[way[at]] + within]
    kept = layout.opens[start] <= programme.asked.milestones[mark[at]]
    return at[kept].astype(np.int64), start[kept].astype(np.int64)


def _shares(programme: Programme, layout: Layout) -> list[RowBlock]:
    """Return: what is shared out is there, and only of what is open."""
    width, first = layout.width, layout.first_share
    column = first + np.arange(len(layout.share_way))
    marks = len(programme.asked.milestones)
    key, of = np.unique(
        layout.share_way.astype(np.int64) * marks + layout.share_mark, return_inverse=True
    )
    way, mark = (key // marks).astype(np.int32), (key % marks).astype(np.int32)
    at, start = _open_starts(programme, layout, way, mark)
    whole = make_rows(
        (
            np.concatenate([of, at]),
            np.concatenate([column, layout.starts + start]),
            np.concatenate([np.ones(len(of)), -programme.ways.counted[layout.way[start]]]),
        ),
        (len(key), width),
        -np.inf,
        0.0,
    )
    at, start = _open_starts(programme, layout, layout.share_way, layout.share_mark)
    each = make_rows(
        (
            np.concatenate([np.arange(len(column)), at]),
            np.concatenate([column, start]),
            np.concatenate([np.ones(len(column)), -layout.share_most[at]]),
        ),
        (len(column), width),
        -np.inf,
        0.0,
    )
    return [whole, each]


def _needs(programme: Programme, layout: Layout) -> RowBlock:
    need = programme.space.need_m2
    marks = need.shape[1]
    lacking = np.flatnonzero(need.ravel() > 0)
    number = np.full(need.size, -1, np.int64)
    number[lacking] = np.arange(len(lacking))
    row = number[layout.share_community.astype(np.int64) * marks + layout.share_mark]
    column = layout.first_share + np.arange(len(row))
    return make_rows(
        (row, column, 1.0), (len(lacking), layout.width), need.ravel()[lacking], np.inf, SPACE
    )


def _walking(programme: Programme, layout: Layout) -> list[RowBlock]:
    people, asked = programme.people, programme.asked
    width, first, marks = layout.width, layout.first_people, len(asked.milestones)
    rows = len(people.weight)
    reach = sparse.csr_array(
        (np.ones(len(people.place)), people.place, people.start),
        (rows, len(programme.space.place_start) - 1),
    )
    serving = programme.ways.serves[layout.way]
    blocks = []
    for k, is_open in enumerate(opened(layout, asked.milestones)):
        start = np.flatnonzero(is_open & serving)
        by_place = sparse.csr_array(
            (np.ones(len(start)), (programme.ways.place[layout.way[start]], start)),
            (reach.shape[1], width),
        )
        served = sparse.coo_array(reach @ by_place)
        own = np.arange(rows)
        entries = (
            np.concatenate([own, served.row]),
            np.concatenate([first + own * marks + k, served.col]),
            np.concatenate([np.ones(rows), -served.data]),
        )
        blocks.append(make_rows(entries, (rows, width), -np.inf, 0.0))
    column = first + np.arange(rows * marks)
    weight = people.weight[layout.people_row]
    blocks.append(
        make_rows((layout.people_mark, column, weight), (marks, width), asked.city, np.inf, CITY)
    )
    by_district = people.district[layout.people_row].astype(np.int64) * marks + layout.people_mark
    blocks.append(
        make_rows(
            (by_district, column, weight),
            (asked.district.size, width),
            asked.district.ravel(),
            np.inf,
            DISTRICT,
        )
    )
    return blocks


def _budget(programme: Programme, layout: Layout) -> RowBlock:
    ways, asked, starts = programme.ways, programme.asked, layout.starts
    limited = np.flatnonzero(np.isfinite(asked.budget))
    if asked.carry and len(limited) < len(asked.budget):
        limited = limited[limited < np.flatnonzero(~np.isfinite(asked.budget))[0]]
    money = np.cumsum(asked.budget) if asked.carry else asked.budget
    spend = (layout.year[None, :] <= limited[:, None]) if asked.carry else (
        layout.year[None, :] == limited[:, None]
    )  # fmt: skip
    row, start = np.nonzero(spend)
    entries = (
        np.concatenate([row, row]),
        np.concatenate([start, starts + start]),
        np.concatenate([ways.fixed[layout.way[start]], ways.per_m2[layout.way[start]]]),
    )
    return make_rows(entries, (len(limited), layout.width), -np.inf, money[limited], BUDGET)


def _presence(programme: Programme, layout: Layout) -> list[RowBlock]:
    blocks = []
    for one in programme.presence:
        units, marks = one.lacking.shape
        unit = one.unit[programme.ways.place[layout.way]]
        fits = (programme.ways.tier[layout.way] == one.tier) & (unit >= 0)
        mark, start = np.nonzero(opened(layout, programme.asked.milestones) & fits)
        row = unit[start].astype(np.int64) * marks + mark
        blocks.append(
            make_rows(
                (row, start, 1.0),
                (units * marks, layout.width),
                one.lacking.ravel(),
                np.inf,
                PRESENCE,
            )
        )
    return blocks
