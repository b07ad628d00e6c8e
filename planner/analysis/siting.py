"""Where new sites should stand: maximal coverage with its proof, and the curve of coverage."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.analysis.coverage import Mask, reached, runs_of
from planner.errors import InputError
from planner.kernel.pick import Answer, choose_exact, choose_greedy, order_by_gain
from planner.kernel.runs import union_weight
from planner.kernel.siting_frontier import trace_frontier
from planner.kernel.siting_reduce import Merged, merge_runs
from planner.model.coverage import Coverage
from planner.model.demand import Demand
from planner.model.finding import Finding, Severity
from planner.model.plan import FrontierPoint, Pick, Plan, PlanStatus
from planner.model.scenario import Siting
from planner.model.sites import Sites

F64 = NDArray[np.float64]
Rows = NDArray[np.intp]
Progress = Callable[[int, int], None]


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


class Solved(NamedTuple):
    """Chosen candidates in build order.

    Parameters
    ----------
    rows, gain
        Candidates, best first, and the people each newly reaches; those that add nobody are left
        out.
    base
        People reached today.
    objective, bound
        People reached with the plan, and what no plan of this size exceeds.
    proven
        Whether objective and bound are equal, and rechecked.
    """

    rows: Rows
    gain: F64
    base: float
    objective: float
    bound: float
    proven: bool


def check_count(siting: Siting, candidates: int) -> None:
    """Refuse more new sites than there are candidates.

    Raises
    ------
    InputError
        With finding ``siting.too_many``.
    """
    if siting.new_sites > candidates:
        finding = Finding(
            rule="siting.too_many",
            severity=Severity.ERROR,
            column="siting.new_sites",
            found=str(siting.new_sites),
            expected=str(candidates),
        )
        raise InputError("more new sites than candidates", [finding])


def choose_sites(problem: Problem, siting: Siting, *, progress: Progress | None = None) -> Plan:
    """Choose new sites that bring the most older people within the limit.

    Existing sites stay. The coverage of the result is recomputed by the one coverage function and
    must equal the solver's objective.

    Parameters
    ----------
    problem
        Who is reached by whom.
    siting
        How many, how long to search, and how far the curve goes.
    progress
        Called with (points of the curve done, points).

    Raises
    ------
    InputError
        If more sites are asked for than there are candidates.
    RuntimeError
        If the recomputed coverage differs from the objective.
    """
    check_count(siting, len(problem.candidates))
    merged = _merged(problem)
    solved = solve(problem, siting, merged)
    plan = Plan(
        picks=_picks(problem, solved),
        status=_status(siting, solved),
        objective=solved.objective,
        bound=solved.bound,
        gap=(solved.bound - solved.objective) / solved.bound if solved.bound > 0 else 0.0,
        solver="Lagrangian branch and bound, every proof rechecked",
        candidates=len(problem.candidates),
    )
    if not siting.frontier:
        return plan
    return replace(plan, frontier=_frontier(merged, solved, siting, progress))


def _merged(problem: Problem) -> Merged:
    return merge_runs(runs_of(problem.offered), problem.demand.weight(), ~problem.standing())


def solve(problem: Problem, siting: Siting, merged: Merged | None = None) -> Solved:
    """Choose the candidates and order them; errors as in `choose_sites`."""
    weight, standing = problem.demand.weight(), problem.standing()
    base = float(weight[standing].sum())
    runs = runs_of(problem.offered)
    greedy = choose_greedy(runs, weight, siting.new_sites, ~standing)
    answer = choose_exact(
        _merged(problem) if merged is None else merged,
        siting.new_sites,
        greedy,
        time_limit_s=siting.time_limit_s,
        gap=siting.gap,
    )
    order, gain = order_by_gain(runs, weight, answer.rows, ~standing)
    useful = gain > 0
    _check_value(answer, union_weight(runs, order[useful], np.where(standing, 0.0, weight)))
    return Solved(
        rows=order[useful],
        gain=gain[useful],
        base=base,
        objective=base + answer.objective,
        bound=base + answer.bound,
        proven=answer.proven,
    )


def _check_value(answer: Answer, recomputed: float) -> None:
    if abs(recomputed - answer.objective) > 1e-6 * max(1.0, answer.objective):
        raise RuntimeError(
            f"coverage of the plan is {recomputed}, the solver says {answer.objective}"
        )


def _status(siting: Siting, solved: Solved) -> PlanStatus:
    if siting.new_sites == 0:
        return PlanStatus.NOTHING_TO_DO
    return PlanStatus.OPTIMAL if solved.proven else PlanStatus.FEASIBLE


def _picks(problem: Problem, solved: Solved) -> tuple[Pick, ...]:
    total = float(problem.demand.weight().sum())
    covered = solved.base + np.cumsum(solved.gain)
    candidates = problem.candidates
    return tuple(
        Pick(
            site=int(row),
            id=candidates.id[row],
            name=candidates.name[row],
            lon=float(candidates.lonlat[row, 0]),
            lat=float(candidates.lonlat[row, 1]),
            order=k + 1,
            gain=float(solved.gain[k]),
            cumulative_share=float(covered[k]) / total if total else 0.0,
        )
        for k, row in enumerate(solved.rows)
    )


def _frontier(
    merged: Merged, solved: Solved, siting: Siting, progress: Progress | None
) -> tuple[FrontierPoint, ...]:
    """Return the curve of coverage; the plan itself is a point of it, as good as it is proven."""
    most = min(siting.frontier, len(merged.alone))

    def told(done: int) -> bool:
        if progress:
            progress(done, most)
        return True

    found = trace_frontier(merged, most, go_on=told)
    value, bound = found.value + solved.base, found.bound + solved.base
    nested = np.full(len(value), np.nan)
    steps = np.concatenate([[0.0], np.cumsum(solved.gain)]) + solved.base
    nested[: len(steps)] = steps[: len(nested)]
    if siting.new_sites < len(value):
        value[siting.new_sites :] = np.maximum(value[siting.new_sites :], solved.objective)
        bound[: siting.new_sites + 1] = np.minimum(bound[: siting.new_sites + 1], solved.bound)
    value = np.fmax(value, nested)
    return tuple(
        FrontierPoint(
            sites=k,
            covered=float(value[k]),
            bound=float(max(bound[k], value[k])),
            nested=float(nested[k]) if k <= len(solved.gain) else None,
        )
        for k in range(len(value))
    )
