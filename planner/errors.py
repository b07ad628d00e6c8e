"""The one tree of errors.

Draws which errors the planner raises and which exit code each one means::

    PlannerError
    ├── InputError        (ValueError)    exit 3   a file or scenario is not usable
    │   ├── ScenarioError                          the scenario file itself
    │   ├── CrsError                               datum or coordinate system
    │   └── JoinError                              ids that do not match (law 2)
    ├── InfeasibleError   (ValueError)    exit 4   no plan satisfies the constraints
    └── OutputError       (OSError)       exit 3   the result cannot be written

Anything else that escapes is an internal error, exit 1.
"""

from collections.abc import Sequence
from typing import Any


class PlannerError(Exception):
    """Any error the planner raises on purpose."""

    exit_code = 1


class InputError(PlannerError, ValueError):
    """An input that cannot be used.

    Parameters
    ----------
    message
        One English line for a log; planners read the findings.
    findings
        All faults found, each a `planner.model.finding.Finding`.
    """

    exit_code = 3

    def __init__(self, message: str, findings: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.findings: tuple[Any, ...] = tuple(findings)


class ScenarioError(InputError):
    """The scenario file is missing, unreadable or says something unknown."""


class CrsError(InputError):
    """A coordinate reference system is missing, unfit or contradicted by the numbers."""


class JoinError(InputError):
    """Ids of two tables do not match (law 2)."""


class InfeasibleError(PlannerError, ValueError):
    """No plan satisfies the constraints; `findings` say which one to relax."""

    exit_code = 4

    def __init__(self, message: str, findings: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.findings: tuple[Any, ...] = tuple(findings)


class OutputError(PlannerError, OSError):
    """The result cannot be written; nothing was changed."""

    exit_code = 3

    def __init__(self, message: str, findings: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.findings: tuple[Any, ...] = tuple(findings)
