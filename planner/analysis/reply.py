"""What an answer to a siting question is made of."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.analysis.problem import Problem
from planner.errors import InputError
from planner.model.finding import Finding, Severity

Rows = NDArray[np.intp]
_NONE = np.empty(0, np.intp)
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
    closed
        Facilities closed or moved, rows of those that stand.
    moves
        Pairs of a closed facility and the candidate it moves to.
    spent
        What the plan costs, where some may be closed and costs play a part.
    """

    rows: Rows
    objective: float
    bound: float
    proven: bool
    findings: tuple[Finding, ...] = ()
    closed: Rows = _NONE
    moves: tuple[tuple[int, int], ...] = ()
    spent: float | None = None


def none_in_time() -> InputError:
    """Return the error where the time ran out before a plan was found, or ruled out."""
    finding = Finding(
        rule="siting.none_in_time", severity=Severity.ERROR, column="siting.time_limit_s"
    )
    return InputError("no plan was found in time", [finding])
