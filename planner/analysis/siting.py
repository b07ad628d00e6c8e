"""Where new sites should stand: maximal coverage with its proof, and the curve of coverage."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import pdist

from planner.analysis.closing import ask_closing, find_closing_faults, may_close, tell_closed
from planner.analysis.coverage import runs_of
from planner.analysis.given import GIVEN, evaluate_given, find_given_faults
from planner.analysis.problem import Problem
from planner.analysis.questions import ask_farthest, ask_gradual, ask_shortest, ask_target
from planner.analysis.reply import AtMinutes, Reply, Variants
from planner.analysis.ruled import (
    ask_capacity,
    ask_districts_in_turn,
    ask_every_variant,
    ask_targets,
    ask_twice,
    ask_within_rules,
    ask_worst_district,
    costs_of,
)
from planner.analysis.tiers import find_tier_faults
from planner.errors import InputError
from planner.kernel.pick import Answer, choose_exact, choose_greedy, order_by_gain
from planner.kernel.runs import covered_mask, union_weight
from planner.kernel.siting.frontier import trace_frontier
from planner.kernel.siting.reduce import Merged, merge_runs
from planner.model.finding import Finding, Severity
from planner.model.plan import FrontierPoint, Pick, Plan, PlanStatus
from planner.model.scenario import Siting
from planner.model.sites import Sites

F64 = NDArray[np.float64]
Rows = NDArray[np.intp]
Progress = Callable[[int, int], None]


class Solved(NamedTuple):
    """Chosen candidates in build order.

    Parameters
    ----------
    rows, gain
        Candidates, best first, and the people each newly reaches; those that add nobody are left
        out. With weights by age the order is that of the weighted people.
    base
        People reached today.
    objective, bound
        People reached with the plan, and what no plan of this size exceeds; weighted where ages
        are.
    proven
        Whether objective and bound are equal, and rechecked.
    """

    rows: Rows
    gain: F64
    base: float
    objective: float
    bound: float
    proven: bool


def check_siting(siting: Siting, candidates: Sites, facilities: Sites | None = None) -> None:
    """Refuse more new sites than there are candidates, and a question that lacks what it needs.

    Raises
    ------
    InputError
        With a finding ``siting.…`` that names the key of the scenario.
    """
    plain = {"gradual", "shortest_walk", "nobody_far"}
    by_cost = (siting.budget is not None or siting.least == "cost") and not siting.tiers
    known = candidates.cost is not None and bool(np.isfinite(candidates.cost).all())
    named = {code for codes in (*siting.at_most_one, *siting.needs) for code in codes}
    unknown = sorted(named - set(candidates.id))
    faults = [
        (
            siting.question == "target_share" and siting.target is None,
            "siting.no_target",
            "target",
            "—",
        ),
        (
            siting.question == "capacity" and siting.people_per_site is None,
            "siting.no_capacity",
            "people_per_site",
            "—",
        ),
        (
            _has_rules(siting) and siting.question in plain,
            "siting.no_rules_here",
            "question",
            siting.question,
        ),
        (by_cost and siting.site_cost is None and not known, "siting.no_cost", "site_cost", "—"),
        (bool(unknown), "siting.unknown_candidate", "at_most_one", ", ".join(unknown[:5])),
        (
            siting.question == "gradual" and siting.nothing_min <= siting.full_min,
            "siting.minutes_reversed",
            "nothing_min",
            f"{siting.nothing_min:g}",
        ),
    ]
    most_people = siting.question == "most_people" and not (may_close(siting) or siting.tiers)
    takes_floors = most_people or siting.question == "target_share"
    if siting.district_target is not None and not takes_floors:
        told = ("siting.no_district_target_here", "district_target", siting.question)
        faults.append((True, *told))
    found = [
        Finding(rule=rule, severity=Severity.ERROR, column=f"siting.{key}", found=text)
        for wrong, rule, key, text in faults
        if wrong
    ]
    found += find_given_faults(siting, candidates)
    found += () if siting.question == GIVEN else find_closing_faults(siting, facilities)
    found += find_tier_faults(siting, len(candidates))
    if siting.new_sites > len(candidates) and not (siting.tiers or siting.question == GIVEN):
        found.append(
            Finding(
                rule="siting.too_many",
                severity=Severity.ERROR,
                column="siting.new_sites",
                found=str(siting.new_sites),
                expected=str(len(candidates)),
            )
        )
    if found:
        raise InputError("the siting question cannot be asked so", found)


class Others(NamedTuple):
    """The same problem under other assumptions, for the questions that look at several.

    Parameters
    ----------
    at_minutes
        With another limit.
    variants
        At the scenario's own pace and at those of its variants.
    """

    at_minutes: AtMinutes
    variants: Variants


def choose_sites(
    problem: Problem,
    siting: Siting,
    others: Others | None = None,
    *,
    progress: Progress | None = None,
) -> tuple[Plan, tuple[Finding, ...]]:
    """Choose new sites by the scenario's question; existing sites stay unless they may be closed.

    The value of the result is recomputed by the one coverage function and must equal the solver's.

    Parameters
    ----------
    problem
        Who is reached by whom within the limit.
    siting
        What is asked, how many sites, how long to search, and how far the curve goes.
    others
        The same problem under other assumptions.
    progress
        Called with (points of the curve done, points).

    Returns
    -------
    Plan
        In the order in which the sites newly bring the most people within the limit.
    findings
        What the reader must know beside it.

    Raises
    ------
    InputError
        If more sites are asked for than there are candidates, or the question lacks what it needs.
    InfeasibleError
        If no plan satisfies the question.
    RuntimeError
        If the recomputed value differs from the solver's.
    """
    check_siting(siting, problem.candidates, problem.facilities)
    findings: tuple[Finding, ...] = ()
    reply, after = None, problem
    if _is_plain(siting):
        merged = _merged(problem)
        solved = solve(problem, siting, merged)
    else:
        reply = _ask(problem, siting, others)
        if siting.question != GIVEN:
            _check_spacing(problem, siting, reply)
        after = problem.without(reply.closed)
        merged = _merged(after)
        solved, findings = _in_order(after, reply), reply.findings
    greater = max(abs(solved.objective), abs(solved.bound))
    plan = Plan(
        picks=_picks(problem, solved, siting),
        status=_status(siting, solved),
        objective=solved.objective,
        bound=solved.bound,
        gap=abs(solved.bound - solved.objective) / greater if greater > 0 else 0.0,
        solver="Lagrangian branch and bound, every proof rechecked",
        candidates=len(problem.candidates),
        question=siting.question,
    )
    if reply is not None:
        plan = tell_closed(plan, problem, siting, reply)
    if siting.frontier:
        plan = replace(plan, frontier=_frontier(problem, merged, solved, (siting, progress)))
    if not problem.go_on():
        findings = (*findings, Finding(rule="siting.interrupted", severity=Severity.WARNING))
    return plan, findings


def _is_plain(siting: Siting) -> bool:
    """Return whether the fast search answers: the most people, and no further rule."""
    plain = siting.question == "most_people" and not _has_rules(siting)
    return plain and not may_close(siting) and siting.district_target is None


def _has_rules(siting: Siting) -> bool:
    rules = (siting.budget, siting.min_spacing_m, siting.at_most_one, siting.needs)
    return any(bool(rule) for rule in rules)


def _ask(problem: Problem, siting: Siting, others: Others | None) -> Reply:
    """Answer every question but the plain one."""
    alone = {
        "most_people": ask_within_rules,
        "target_share": ask_target,
        "twice": ask_twice,
        "capacity": ask_capacity,
        "worst_district": ask_worst_district,
        "districts_in_turn": ask_districts_in_turn,
    }
    at_limits = {
        "gradual": ask_gradual,
        "shortest_walk": ask_shortest,
        "nobody_far": ask_farthest,
    }
    question = siting.question
    if question == GIVEN:
        return evaluate_given(problem, siting)
    if may_close(siting):
        return ask_closing(problem, siting)
    by_parts = siting.district_target is not None or siting.least == "cost" or _has_rules(siting)
    if question == "target_share" and by_parts:
        return ask_targets(problem, siting)
    if question in alone:
        return alone[question](problem, siting)
    if others is None:
        raise ValueError(f"{question} looks at other assumptions, which are missing")
    if question == "every_variant":
        return ask_every_variant(problem, others.variants, siting)
    return at_limits[question](others.at_minutes, siting)


def _check_spacing(problem: Problem, siting: Siting, reply: Reply) -> None:
    """Make sure that no two sites of a plan are nearer than asked."""
    if siting.min_spacing_m and len(reply.rows) > 1:
        away = pdist(problem.xy[reply.rows]).min()
        if away < siting.min_spacing_m:
            raise RuntimeError(f"two sites of the plan are {away:.1f} m apart")


def _in_order(problem: Problem, reply: Reply) -> Solved:
    """Return the chosen sites in build order; one that brings nobody new stays, as the last."""
    standing = problem.standing()
    order, _ = order_by_gain(runs_of(problem.offered), problem.weight(), reply.rows, ~standing)
    return Solved(
        rows=order,
        gain=_people_won(problem, order),
        base=float(problem.demand.weight()[standing].sum()),
        objective=reply.objective,
        bound=reply.bound,
        proven=reply.proven,
    )


def _merged(problem: Problem) -> Merged:
    return merge_runs(runs_of(problem.offered), problem.weight(), ~problem.standing())


def _people_won(problem: Problem, order: Rows) -> F64:
    """Return the people, all counted alike, each site newly reaches in this order."""
    runs = runs_of(problem.offered)
    left = np.where(problem.standing(), 0.0, problem.demand.weight())
    won = np.zeros(len(order))
    for k, row in enumerate(order):
        own = covered_mask(runs, (int(row),))
        won[k] = left[own].sum()
        left[own] = 0.0
    return won


def solve(problem: Problem, siting: Siting, merged: Merged | None = None) -> Solved:
    """Choose the candidates and order them; errors as in `choose_sites`."""
    weight, standing = problem.weight(), problem.standing()
    base = float(weight[standing].sum())
    runs = runs_of(problem.offered)
    greedy = choose_greedy(runs, weight, siting.new_sites, ~standing)
    answer = choose_exact(
        _merged(problem) if merged is None else merged,
        siting.new_sites,
        greedy,
        problem.effort(siting),
    )
    order, gain = order_by_gain(runs, weight, answer.rows, ~standing)
    useful = gain > 0
    _check_value(answer, union_weight(runs, order[useful], np.where(standing, 0.0, weight)))
    return Solved(
        rows=order[useful],
        gain=gain[useful] if problem.worth is None else _people_won(problem, order[useful]),
        base=float(problem.demand.weight()[standing].sum()),
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
    if siting.question == GIVEN:
        return PlanStatus.GIVEN
    if siting.new_sites == 0 and not may_close(siting):
        return PlanStatus.NOTHING_TO_DO
    return PlanStatus.OPTIMAL if solved.proven else PlanStatus.FEASIBLE


def _picks(problem: Problem, solved: Solved, siting: Siting) -> tuple[Pick, ...]:
    total = float(problem.demand.weight().sum())
    covered = solved.base + np.cumsum(solved.gain)
    candidates, cost = problem.candidates, costs_of(problem, siting)
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
            cost=float(cost[row]) if np.isfinite(cost[row]) else None,
        )
        for k, row in enumerate(solved.rows)
    )


def _frontier(
    problem: Problem, merged: Merged, solved: Solved, asked: tuple[Siting, Progress | None]
) -> tuple[FrontierPoint, ...]:
    """Return the curve of coverage; the plan itself is a point of it, as good as it is proven.

    The curve is in people; a plan by weighted ages lies on it or below.
    When the time is up, the larger numbers of sites are left with greedy plans and their bounds.
    """
    siting, progress = asked
    if problem.worth is not None:
        merged = _merged(replace(problem, worth=None))
    most = min(siting.frontier, len(merged.alone))
    begin = time.monotonic()

    def told(done: int) -> bool:
        if progress:
            progress(done, most)
        return problem.go_on() and time.monotonic() - begin <= siting.time_limit_s

    found = trace_frontier(merged, most, go_on=told)
    value, bound = found.value + solved.base, found.bound + solved.base
    nested = np.full(len(value), np.nan)
    steps = np.concatenate([[0.0], np.cumsum(solved.gain)]) + solved.base
    nested[: len(steps)] = steps[: len(nested)]
    if _is_plain(siting) and problem.worth is None and siting.new_sites < len(value):
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
