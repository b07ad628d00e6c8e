"""A choice somebody made by hand: evaluated as it is, and set against the best of its size."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from planner.analysis.coverage import reached, runs_of
from planner.analysis.problem import Problem
from planner.analysis.reply import Reply
from planner.kernel.pick import choose_exact, choose_greedy
from planner.kernel.siting.reduce import merge_runs
from planner.model.finding import Finding, Severity
from planner.model.scenario import Siting
from planner.model.sites import Sites

GIVEN = "given_sites"


def find_given_faults(siting: Siting, candidates: Sites) -> Iterator[Finding]:
    """Find what the scenario says of given sites that cannot be meant."""
    if siting.question != GIVEN:
        for key in ("given", "closed"):
            if getattr(siting, key):
                yield _fault("siting.only_for_given", key, siting.question)
        return
    unknown = sorted(set(siting.given) - set(candidates.id))
    if unknown:
        yield _fault("siting.unknown_candidate", "given", ", ".join(unknown[:5]))


def audit_closed(siting: Siting, facilities: Sites, serving: Sites) -> tuple[Finding, ...]:
    """Find facilities to close that are not on the register, or serve nobody on foot.

    Parameters
    ----------
    siting
        What is asked.
    facilities, serving
        All facilities, and those whose kind serves.
    """
    unknown = sorted(set(siting.closed) - set(facilities.id))
    if unknown:
        return (_fault("siting.unknown_facility", "closed", ", ".join(unknown[:5])),)
    others = sorted(set(siting.closed) - set(serving.id))
    if not others:
        return ()
    rule, found = "siting.closed_serves_nobody", ", ".join(others[:5])
    return (Finding(rule=rule, severity=Severity.NOTICE, column="siting.closed", found=found),)


def _fault(rule: str, key: str, found: str) -> Finding:
    return Finding(rule=rule, severity=Severity.ERROR, column=f"siting.{key}", found=found)


def evaluate_given(problem: Problem, siting: Siting) -> Reply:
    """Return the given sites with the people they reach, and what no set of as many exceeds.

    Facilities that close do not serve in either.
    """
    weight = problem.demand.weight()
    gone = _positions(problem.existing.site_id, siting.closed)
    rows = _positions(problem.candidates.id, siting.given)
    standing = problem.without(gone).standing()
    value = float(weight[standing | reached(problem.offered, rows)].sum())
    bound = value
    if len(rows):
        runs = runs_of(problem.offered)
        greedy = choose_greedy(runs, weight, len(rows), ~standing)
        merged = merge_runs(runs, weight, ~standing)
        best = choose_exact(merged, len(rows), greedy, problem.effort(siting))
        bound = max(value, float(weight[standing].sum()) + best.bound)
    return Reply(rows=rows, objective=value, bound=bound, proven=False, closed=gone)


def _positions(ids: tuple[str, ...], named: tuple[str, ...]) -> NDArray[np.intp]:
    wanted = set(named)
    return np.array([i for i, code in enumerate(ids) if code in wanted], np.intp)
