"""Who is reached from where: the sparse relation of sites and demand points."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.model.arrays import frozen


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Demand points within the limit of each site, by row.

    A pair that is not stored is not covered (law 1); a trip of zero minutes is stored.

    Parameters
    ----------
    site_id
        Ids of the rows, shape (s,).
    demand_id
        Ids of the columns, shape (n,).
    row_start
        First pair of each site and one past the last, int64, shape (s + 1,).
    demand
        Positions of covered demand points, ascending within a row, int32, shape (k,).
    minutes
        Walking minutes of each pair including both access legs, float32, shape (k,).
    limit_min
        The limit in minutes (a pair at exactly the limit is covered).
    """

    site_id: tuple[str, ...]
    demand_id: tuple[str, ...]
    row_start: NDArray[np.int64]
    demand: NDArray[np.int32]
    minutes: NDArray[np.float32]
    limit_min: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "row_start", frozen(self.row_start, np.int64))
        object.__setattr__(self, "demand", frozen(self.demand, np.int32))
        object.__setattr__(self, "minutes", frozen(self.minutes, np.float32))
        if self.row_start.shape != (len(self.site_id) + 1,):
            raise ValueError("row_start does not fit site_id")
        if self.demand.shape != self.minutes.shape or self.row_start[-1] != len(self.demand):
            raise ValueError("pattern and minutes must be parallel arrays")
