"""A siting problem: who is reached today, and whom each candidate would reach."""

from dataclasses import dataclass

import numpy as np

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
    """

    existing: Coverage
    offered: Coverage
    candidates: Sites
    demand: Demand

    def standing(self) -> Mask:
        """Return which demand points are reached today, shape (n,)."""
        return reached(self.existing, np.arange(len(self.existing.site_id), dtype=np.intp))
