"""What an answer to a siting question is made of."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.analysis.problem import Problem
from planner.model.finding import Finding

Rows = NDArray[np.intp]
AtMinutes = Callable[[float], Problem]
"""The problem with another limit: who is reached, and would be, within so many minutes."""
Variants = Callable[[], Mapping[str, Problem]]
"""The problem under every assumption that is to be held, the scenario's own among them."""


class Reply(NamedTuple):
    """Chosen candidates, objective and bound in the unit of the question, and the proof.

    Parameters
    ----------
    rows
        Candidates, ascending.
    objective, bound
        As in `planner.model.plan.Plan`.
    proven
        Whether they are equal, and derived again.
    findings
        What the reader must know beside it.
    """

    rows: Rows
    objective: float
    bound: float
    proven: bool
    findings: tuple[Finding, ...] = ()
