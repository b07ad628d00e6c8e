"""Facility-coverage planner: the names a scenario script needs."""

from planner.errors import InfeasibleError, InputError, OutputError, PlannerError
from planner.model.outcome import Outcome
from planner.model.scenario import Scenario
from planner.report.summary import summary_document
from planner.report.writing import write_comparison, write_outcome
from planner.run import check_inputs, run_scenario
from planner.standards import read_standards
from planner.store.scenario import read_scenario

__all__ = [
    "InfeasibleError",
    "InputError",
    "Outcome",
    "OutputError",
    "PlannerError",
    "Scenario",
    "check_inputs",
    "read_scenario",
    "read_standards",
    "run_scenario",
    "summary_document",
    "write_comparison",
    "write_outcome",
]
