"""The columns of a programme: where each decision stands in the model."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.kernel.programme.works import Programme

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]


class Layout(NamedTuple):
    """Columns in this order: starts, areas (one per start), shares, people.

    Parameters
    ----------
    way, year
        Of every start, int32, shape (s,); starts that open after the last milestone are left out.
    opens
        Year of opening of every start, int32, shape (s,).
    share_way, share_community, share_mark
        Way, community and milestone of every share of area, int32, shape (f,).
    share_most
        Largest area of every share, shape (f,).
    people_row, people_mark
        Row of people and milestone of every column of people, int32, shape (z,).
    """

    way: I32
    year: I32
    opens: I32
    share_way: I32
    share_community: I32
    share_mark: I32
    share_most: F64
    people_row: I32
    people_mark: I32

    @property
    def starts(self) -> int:
        """Number of starts."""
        return len(self.way)

    @property
    def first_share(self) -> int:
        """First column of the shares."""
        return 2 * len(self.way)

    @property
    def first_people(self) -> int:
        """First column of the people."""
        return 2 * len(self.way) + len(self.share_way)

    @property
    def width(self) -> int:
        """Number of columns."""
        return self.first_people + len(self.people_row)


def lay_out(programme: Programme) -> Layout:
    """Return the columns of a programme."""
    ways, space, people, asked = programme[:4]
    marks, years = asked.milestones, len(asked.worth)
    every, at = (part.ravel() for part in np.indices((len(ways.place), years)))
    kept = (at >= ways.first[every]) & (at <= ways.last[every])
    kept &= at + ways.lead[every] <= (marks[-1] if len(marks) else -1)
    way, year = every[kept].astype(np.int32), at[kept].astype(np.int32)
    opens = (year + ways.lead[way]).astype(np.int32)
    earliest = np.full(len(ways.place), years, np.int64)
    np.minimum.at(earliest, way, opens)
    size = np.diff(space.place_start)[ways.place]
    share_way = np.repeat(np.arange(len(ways.place)), size)
    within = np.arange(len(share_way)) - np.repeat(np.cumsum(size) - size, size)
    community = space.community[space.place_start[ways.place[share_way]] + within]
    share_way, community, mark = (
        np.repeat(share_way, len(marks)),
        np.repeat(community, len(marks)),
        np.tile(np.arange(len(marks)), len(share_way)),
    )
    most = np.minimum(space.need_m2[community, mark], (ways.most_m2 * ways.counted)[share_way])
    used = (most > 0) & (earliest[share_way] <= marks[mark])
    rows, people_mark = (part.ravel() for part in np.indices((len(people.weight), len(marks))))
    return Layout(
        way,
        year,
        opens,
        share_way[used].astype(np.int32),
        community[used].astype(np.int32),
        mark[used].astype(np.int32),
        most[used],
        rows.astype(np.int32),
        people_mark.astype(np.int32),
    )
