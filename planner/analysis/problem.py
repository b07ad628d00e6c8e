"""A siting problem: who is reached today, and whom each candidate would reach."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from planner.analysis.coverage import Mask, reached, without_sites
from planner.kernel.siting.exact import Effort
from planner.model.coverage import Coverage
from planner.model.demand import Demand
from planner.model.scenario import Siting
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
        Code of the county, or street, each demand point lies in, shape (n,); needed for districts.
    facilities
        The facilities that stand, in the rows of `existing`; needed where some may be closed.
    facilities_xy
        Their places in metres, shape (f, 2).
    worth
        What reaching everybody of a point counts when sites are chosen, shape (n,); `None` where
        everybody counts alike. Coverage is told in people all the same (law 5).
    go_on
        Asked now and then during a search; False ends it with the best plan so far and its bound.
    """

    existing: Coverage
    offered: Coverage
    candidates: Sites
    demand: Demand
    xy: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 2)))
    district: tuple[str, ...] = ()
    facilities: Sites | None = None
    facilities_xy: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 2)))
    worth: NDArray[np.float64] | None = None
    go_on: Callable[[], bool] = lambda: True

    def without(self, rows: NDArray[np.intp]) -> "Problem":
        """Return the problem after the facilities at these rows of `existing` are closed."""
        if not len(rows):
            return self
        kept = np.setdiff1d(np.arange(len(self.existing.site_id)), rows)
        return replace(
            self,
            existing=without_sites(self.existing, rows),
            facilities=None if self.facilities is None else self.facilities.select(kept),
            facilities_xy=self.facilities_xy[kept] if len(self.facilities_xy) else np.empty((0, 2)),
        )

    def weight(self) -> NDArray[np.float64]:
        """Return what sites are chosen for: the people, or what they count, shape (n,)."""
        return self.demand.weight() if self.worth is None else self.worth

    def standing(self) -> Mask:
        """Return which demand points are reached today, shape (n,)."""
        return reached(self.existing, np.arange(len(self.existing.site_id), dtype=np.intp))

    def effort(self, siting: Siting) -> Effort:
        """Return how long to search, and whom to ask on the way."""
        return Effort(siting.time_limit_s, siting.gap, go_on=lambda _value, _bound: self.go_on())
