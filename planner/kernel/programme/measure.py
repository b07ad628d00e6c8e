"""What works cost and give, counted by plain code that knows nothing of the model."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import linprog

from planner.kernel.programme.works import Programme

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
Mask = NDArray[np.bool_]

_NEAR = 1e-6  # of what is asked for, that may be missing where numbers are broken


class Works(NamedTuple):
    """Works that are carried out.

    Parameters
    ----------
    way, year
        Which way, and in which year works start, int32, shape (n,).
    area_m2
        Floor area obtained, shape (n,).
    """

    way: I32
    year: I32
    area_m2: F64

    def take(self, rows: NDArray[np.intp] | Mask) -> "Works":
        """Return some of the works."""
        return Works(self.way[rows], self.year[rows], self.area_m2[rows])


class Gained(NamedTuple):
    """What works cost and give.

    Parameters
    ----------
    capital
        Money spent on works in each year, shape (t,).
    cost
        Capital and running cost, discounted.
    people, district
        People reached beyond today at each milestone, shape (k,), and by district, shape (d, k).
    short_m2
        Area each community still lacks at each milestone after the best division, shape (c, k).
    shared_m2
        Area of each work that each community is given, one matrix (n, c) per milestone.
    lacking
        Facilities still lacking, per tier that must be present, each of shape (u, k).
    """

    capital: F64
    cost: float
    people: F64
    district: F64
    short_m2: F64
    shared_m2: tuple[sparse.csr_array, ...]
    lacking: tuple[I64, ...]


class Missed(NamedTuple):
    """By how much each kind of target is missed: area, people, people by district, money, tiers."""

    space_m2: float
    city: float
    district: float
    budget: float
    presence: int

    def any(self) -> bool:
        """Return whether anything is missed."""
        return any(self)


def measure_works(programme: Programme, works: Works) -> Gained:
    """Return what works cost and give.

    Parameters
    ----------
    programme
        The question.
    works
        Any works, also such as break its rules.
    """
    ways, asked, people = programme.ways, programme.asked, programme.people
    way, years = works.way, len(asked.worth)
    spent = ways.fixed[way] + ways.per_m2[way] * works.area_m2
    capital = np.bincount(works.year, weights=spent, minlength=years)
    opens = works.year + ways.lead[way]
    after = np.array([asked.worth[o:].sum() for o in opens])
    running = ways.running[way] * works.area_m2 * after
    rows = np.repeat(np.arange(len(people.weight)), np.diff(people.start))
    districts = len(asked.district)
    reached = np.zeros(len(asked.milestones))
    by_district = np.zeros((districts, len(asked.milestones)))
    for k, mark in enumerate(asked.milestones):
        place_open = np.zeros(len(programme.space.place_start) - 1, np.bool_)
        place_open[ways.place[way[(opens <= mark) & ways.serves[way]]]] = True
        hit = np.zeros(len(people.weight), np.bool_)
        hit[rows[place_open[people.place]]] = True
        reached[k] = people.weight[hit].sum()
        by_district[:, k] = np.bincount(
            people.district[hit], weights=people.weight[hit], minlength=districts
        )
    short, shared = _divide(programme, works, opens)
    return Gained(
        np.asarray(capital, np.float64),
        float(asked.worth @ capital + running.sum()),
        reached,
        by_district,
        short,
        shared,
        _lacking(programme, works, opens),
    )


def _divide(
    programme: Programme, works: Works, opens: I64
) -> tuple[F64, tuple[sparse.csr_array, ...]]:
    """Divide the area of every work among its communities so that least is lacking in all.

    Every milestone is divided anew: what a hall gives to whom may change from year to year.
    """
    space, ways = programme.space, programme.ways
    place = ways.place[works.way]
    size = np.diff(space.place_start)[place]
    work = np.repeat(np.arange(len(place)), size)
    within = np.arange(len(work)) - np.repeat(np.cumsum(size) - size, size)
    community = space.community[space.place_start[place[work]] + within].astype(np.int64)
    area = works.area_m2 * ways.counted[works.way]
    short, shared = space.need_m2.copy(), []
    for k, mark in enumerate(programme.asked.milestones):
        need = space.need_m2[:, k]
        used = np.flatnonzero((opens[work] <= mark) & (need[community] > 0) & (area[work] > 0))
        shape = (len(place), len(need))
        given = np.zeros(len(used))
        if len(used):
            rows = np.concatenate([work[used], len(place) + community[used]])
            column = np.tile(np.arange(len(used)), 2)
            limits = sparse.csr_array(
                (np.ones(len(rows)), (rows, column)), (len(place) + len(need), len(used))
            )
            most = np.concatenate([area, need])
            answer = linprog(-np.ones(len(used)), A_ub=limits, b_ub=most)  # type: ignore[call-overload]
            given = np.maximum(answer.x, 0.0)
        shared.append(sparse.csr_array((given, (work[used], community[used])), shape))
        short[:, k] -= np.asarray(shared[-1].sum(axis=0)).ravel()
    return np.maximum(short, 0.0), tuple(shared)


def _lacking(programme: Programme, works: Works, opens: I64) -> tuple[I64, ...]:
    found = []
    for one in programme.presence:
        unit = one.unit[programme.ways.place[works.way]]
        fits = (programme.ways.tier[works.way] == one.tier) & (unit >= 0)
        lacking = one.lacking.astype(np.int64)
        for k, mark in enumerate(programme.asked.milestones):
            at = unit[fits & (opens <= mark)]
            lacking[:, k] -= np.bincount(at, minlength=len(lacking))
        found.append(np.maximum(lacking, 0))
    return tuple(found)


def missed_by(programme: Programme, gained: Gained) -> Missed:
    """Return by how much targets and budgets are missed; below a millionth counts as nothing."""
    asked, need = programme.asked, programme.space.need_m2
    spent, money = gained.capital, asked.budget
    if asked.carry:
        spent, money = np.cumsum(spent), np.cumsum(money)

    def over(amount: F64, size: F64) -> F64:
        return np.where(amount > _NEAR * np.maximum(size, 1.0), amount, 0.0)

    limited = np.isfinite(money)
    return Missed(
        float(over(gained.short_m2, need).sum()),
        float(over(asked.city - gained.people, asked.city).sum()),
        float(over(asked.district - gained.district, asked.district).sum()),
        float(over(spent[limited] - money[limited], money[limited]).max(initial=0.0)),
        int(sum(lacking.sum() for lacking in gained.lacking)),
    )
