"""Who is reached from where: the sparse relation of sites and demand points."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.model.arrays import frozen


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Demand points within the limit of each site, as runs over an order of the points.

    Who is not in a run is not covered, and who is reached in zero minutes is in one (law 1).
    Minutes are not kept; they are searched anew where they are asked for.

    Parameters
    ----------
    site_id
        Ids of the rows, shape (s,).
    demand_id
        Ids of the demand points, shape (n,).
    row_start
        First run of each site and one past the last, int64, shape (s + 1,).
    first, last
        First position of each run and one past its last; the runs of a site rise and do not
        touch, int32, shape (r,).
    order
        Demand point at each position, each once, int32, shape (n,).
    limit_min
        The limit in minutes (a pair at exactly the limit is covered).
    """

    site_id: tuple[str, ...]
    demand_id: tuple[str, ...]
    row_start: NDArray[np.int64]
    first: NDArray[np.int32]
    last: NDArray[np.int32]
    order: NDArray[np.int32]
    limit_min: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "row_start", frozen(self.row_start, np.int64))
        for name in ("first", "last", "order"):
            object.__setattr__(self, name, frozen(getattr(self, name), np.int32))
        if self.row_start.shape != (len(self.site_id) + 1,):
            raise ValueError("row_start does not fit site_id")
        if self.first.shape != self.last.shape or self.row_start[-1] != len(self.first):
            raise ValueError("first and last must be parallel arrays")
        n = len(self.demand_id)
        if not np.array_equal(np.sort(self.order), np.arange(n)):
            raise ValueError("order must name every demand point once")
        row = np.repeat(np.arange(len(self.site_id)), np.diff(self.row_start))
        apart = (self.first[1:] > self.last[:-1]) | (row[1:] != row[:-1])
        inside = (self.first >= 0) & (self.first < self.last) & (self.last <= n)
        if not (apart.all() and inside.all()):
            raise ValueError("the runs of a site must rise and not touch")
