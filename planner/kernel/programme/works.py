"""What may be built, what stands already, and what is asked for."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
Mask = NDArray[np.bool_]


class Ways(NamedTuple):
    """Ways to obtain floor area, one row per place and way.

    Parameters
    ----------
    place
        Place of each way, int32, shape (w,); at most one way of a place is taken, once.
    fixed, per_m2
        Capital cost: a fixed part, and one per square metre, shape (w,).
    running
        Cost per square metre and year from the opening to the end of the horizon, shape (w,).
    least_m2, most_m2
        Floor area that can be obtained, shape (w,).
    counted
        Share of the area that counts against the norm, shape (w,).
    lead
        Years from the start of works to the opening, int32, shape (w,).
    first, last
        First and last year works may start, as positions among the years, int32, shape (w,).
    serves
        Whether older people walk to it, shape (w,).
    tier
        Tier of the facility, int32, shape (w,).
    """

    place: I32
    fixed: F64
    per_m2: F64
    running: F64
    least_m2: F64
    most_m2: F64
    counted: F64
    lead: I32
    first: I32
    last: I32
    serves: Mask
    tier: I32


class Space(NamedTuple):
    """Floor area that communities lack.

    Parameters
    ----------
    need_m2
        Area still lacking beside what stands, by community and milestone, shape (c, k).
    place_start, community
        Communities among which the area of a place may be divided, each place its own list, int64
        (p + 1,) and int32; no square metre is given to two.
    """

    need_m2: F64
    place_start: I64
    community: I32


class People(NamedTuple):
    """Older people nobody reaches today, merged where the same places reach them.

    Parameters
    ----------
    start, place
        Places that reach each row, int64 (n + 1,) and int32.
    weight
        People of each row, shape (n,).
    district
        District of each row, int32, shape (n,).
    """

    start: I64
    place: I32
    weight: F64
    district: I32


class Presence(NamedTuple):
    """How many facilities of a tier each unit must have.

    Parameters
    ----------
    tier
        The tier.
    unit
        Unit of each place, int32, shape (p,); -1 for none.
    lacking
        Facilities still lacking, by unit and milestone, int32, shape (u, k).
    """

    tier: int
    unit: I32
    lacking: I32


class Asked(NamedTuple):
    """Years, money and targets.

    Parameters
    ----------
    worth
        What money of each year counts, shape (t,): discount factors.
    budget
        Capital of each year, shape (t,); infinite where there is no limit.
    carry
        Whether money not spent may be spent later.
    milestones
        Positions of the years in which targets must be met, ascending, int32, shape (k,).
    city
        People to be reached beyond those reached today, by milestone, shape (k,).
    district
        The same by district, shape (d, k).
    """

    worth: F64
    budget: F64
    carry: bool
    milestones: I32
    city: F64
    district: F64


class Programme(NamedTuple):
    """A whole question.

    Parameters
    ----------
    ways, space, people, asked
        See there.
    presence
        One entry per tier that must be present.
    """

    ways: Ways
    space: Space
    people: People
    asked: Asked
    presence: tuple[Presence, ...] = ()


def check_programme(programme: Programme) -> None:
    """Check that the parts fit together.

    Raises
    ------
    ValueError
        If shapes differ, numbers are missing, or limits cross.
    """
    ways, space, people, asked = programme[:4]
    count, years = len(ways.place), len(asked.worth)
    places = len(space.place_start) - 1
    marks = len(asked.milestones)
    numbers = (ways.fixed, ways.per_m2, ways.running, ways.least_m2, ways.most_m2, ways.counted)
    fine = (
        all(len(part) == count for part in ways)
        and all(bool((np.isfinite(part) & (part >= 0)).all()) for part in numbers)
        and bool((ways.least_m2 <= ways.most_m2).all())
        and bool((ways.counted <= 1).all())
        and bool(((ways.place >= 0) & (ways.place < places)).all())
        and space.need_m2.shape[1] == marks == len(asked.city) == asked.district.shape[1]
        and bool((np.isfinite(space.need_m2) & (space.need_m2 >= 0)).all())
        and len(asked.budget) == years
        and bool((asked.budget >= 0).all())
        and bool((np.diff(asked.milestones) > 0).all())
        and bool(((asked.milestones >= 0) & (asked.milestones < years)).all())
        and len(people.weight) == len(people.district) == len(people.start) - 1
        and bool(((people.district >= 0) & (people.district < len(asked.district))).all())
        and all(len(one.unit) == places and one.lacking.shape[1] == marks
                for one in programme.presence)
    )  # fmt: skip
    if not fine:
        raise ValueError("the parts of the programme do not fit together")
