"""A siting problem: who is reached today, and whom each candidate would reach."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from planner.analysis.coverage import Mask, reached
from planner.model.coverage import Coverage
from planner.model.demand import Demand
from planner.model.sites import Sites


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Who is reached today, and whom each candidate would reach.

    Parameters
    ----------
    existing, offered
        Coverage of the facilities that stand and of the candidates, on the same demand.
    candidates
        The candidates, in the rows of `offered`.
    demand
        The people.
    xy
        Places of the candidates in metres, shape (s, 2); needed for spacing.
    district
        Code of the county each demand point lies in, shape (n,); needed for districts.
    worth
        What reaching everybody of a point counts when sites are chosen, shape (n,); `None` where
        everybody counts alike. Coverage is told in people all the same (law 5).
    """

    existing: Coverage
    offered: Coverage
    candidates: Sites
    demand: Demand
    xy: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 2)))
    district: tuple[str, ...] = ()
    worth: NDArray[np.float64] | None = None

    def weight(self) -> NDArray[np.float64]:
        """Return what sites are chosen for: the people, or what they count, shape (n,)."""
        return self.demand.weight() if self.worth is None else self.worth

    def standing(self) -> Mask:
        """Return which demand points are reached today, shape (n,)."""
        return reached(self.existing, np.arange(len(self.existing.site_id), dtype=np.intp))
