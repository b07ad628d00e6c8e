"""Questions with rules between the sites, answered by models whose proof plain code derives again.

Hogan and ReVelle (1986) for being reached twice; Current and Storbeck (1988) for capacities; the
worst part is lifted first, then the most people are reached (Ogryczak 1997, lexicographic).
"""

import numpy as np
from numpy.typing import NDArray

from planner.analysis.coverage import runs_of
from planner.analysis.problem import Problem
from planner.analysis.relaxing import Wanted, propose_relaxing
from planner.analysis.reply import Reply, Variants, none_in_time
from planner.errors import InfeasibleError, InputError
from planner.kernel.frames import CoverRuns
from planner.kernel.runs import counts_by_point
from planner.kernel.siting.certified import Certified, solve_certified
from planner.kernel.siting.leximin import solve_in_turn
from planner.kernel.siting.models import (
    chosen_sites,
    people_reached,
    solve_worst,
)
from planner.kernel.siting.reduce import Merged, merge_runs
from planner.kernel.siting.rules import Rules, spacing_sets
from planner.kernel.siting.service import backup_model, merge_by_times
from planner.kernel.siting.solve import solve_cheapest, solve_reach, solve_served
from planner.model.finding import Finding, Severity
from planner.model.scenario import Siting

F64 = NDArray[np.float64]


def rules_of(problem: Problem, siting: Siting, *, count: float | None = None) -> Rules:
    """Return what may be spent, how many sites may be opened, and which go together or not."""
    sets = spacing_sets(problem.xy, siting.min_spacing_m) if siting.min_spacing_m > 0 else ()
    at = {code: i for i, code in enumerate(problem.candidates.id)}
    named = tuple(np.array([at[c] for c in codes], np.intp) for codes in siting.at_most_one)
    by_cost = siting.budget is not None or siting.least == "cost"
    return Rules(
        cost=costs_of(problem, siting) if by_cost else np.ones(len(problem.candidates)),
        limit=np.inf if siting.budget is None else siting.budget,
        new_sites=float(siting.new_sites) if count is None else count,
        at_most_one=(*sets, *named),
        needs=tuple((at[one], at[other]) for one, other in siting.needs),
    )


def costs_of(problem: Problem, siting: Siting) -> F64:
    """Return what each candidate costs, 10,000 yuan; `site_cost` where its own is not known."""
    own = problem.candidates.cost
    every = np.full(len(problem.candidates), np.nan) if own is None else own
    return np.where(np.isfinite(every), every, siting.site_cost or np.nan)


def _reply(found: Certified, sites: int, base: float = 0.0) -> Reply:
    if found.x is None:
        raise without_plan(proven=found.proven)
    rows = chosen_sites(found.x, sites)
    return Reply(rows, base + found.value, base + found.bound, found.proven)


def without_plan(*, proven: bool) -> InfeasibleError | InputError:
    """Return the error where there is no plan: only what is proven is called impossible."""
    if proven:
        return InfeasibleError("no plan keeps to the rules", [_no_plan()])
    return none_in_time()


def _no_plan() -> Finding:
    return Finding(rule="siting.no_plan", severity=Severity.ERROR, column="siting")


def ask_within_rules(problem: Problem, siting: Siting) -> Reply:
    """Choose sites that reach the most people within the budget and the rules between them."""
    if siting.district_target is not None:
        return _ask_with_floors(problem, siting)
    weight, standing = problem.weight(), problem.standing()
    merged = merge_runs(runs_of(problem.offered), weight, ~standing)
    rules = rules_of(problem, siting)
    found = solve_reach([merged], np.zeros(1), rules, problem.effort(siting))
    return _reply(found, len(problem.candidates), float(weight[standing].sum()))


def _ask_with_floors(problem: Problem, siting: Siting) -> Reply:
    """Reach the most people, and in every county the share asked for."""
    wanted, rules = _wanted(problem, siting), rules_of(problem, siting)
    found = solve_reach(wanted.parts, wanted.floor, rules, problem.effort(siting))
    if found.x is None:
        raise _without_target(found, wanted, rules, siting)
    return _reply(found, len(problem.candidates), float(wanted.base.sum()))


def _without_target(
    found: Certified, wanted: Wanted, rules: Rules, siting: Siting
) -> InfeasibleError | InputError:
    """Return the error where no plan reaches the targets, with what to relax."""
    error = without_plan(proven=found.proven)
    if isinstance(error, InputError):
        return error
    return InfeasibleError(str(error), [*error.findings, *propose_relaxing(wanted, rules, siting)])


def _wanted(problem: Problem, siting: Siting) -> Wanted:
    """Return what the targets ask for.

    Raises
    ------
    InfeasibleError
        If not even all candidates reach the target of a county.
    """
    parts, base, size = _by_district(problem)
    floor = np.maximum((siting.district_target or 0.0) * size - base, 0.0)
    total = max((siting.target or 0.0) * float(size.sum()) - float(base.sum()), 0.0)
    if siting.question == "most_people":
        total = 0.0
    if all(bool((part.weight % 1 == 0).all()) for part in parts):
        floor, total = np.ceil(floor - 1e-9), float(np.ceil(total - 1e-9))
    most = (base + people_reached(parts, np.arange(len(problem.candidates)))) / size
    if (most < (siting.district_target or 0.0) - 1e-9).any():
        raise InfeasibleError("no plan reaches the targets", [_short(siting, problem, most)])
    return Wanted(parts, base, size, floor, total)


def ask_twice(problem: Problem, siting: Siting) -> Reply:
    """Choose sites for people reached once, and again by a second site.

    The value is ``(1 - second_worth)`` for everybody reached and ``second_worth`` more for those
    whom two sites reach, standing ones included.
    """
    weight = problem.weight()
    times = counts_by_point(runs_of(problem.existing))
    parts = merge_by_times(runs_of(problem.offered), weight, times)
    second = siting.second_worth
    base = (1 - second) * weight[times >= 1].sum() + second * weight[times >= 2].sum()
    model = backup_model(parts, second, rules_of(problem, siting))
    found = solve_certified(model, problem.effort(siting))
    return _reply(found, len(problem.candidates), float(base))


def ask_capacity(problem: Problem, siting: Siting) -> Reply:
    """Choose sites so that the most people are served, none by a site that is full.

    Every site, standing or new, serves at most `people_per_site`; people may be shared out among
    the sites within reach.
    """
    standing, sites = len(problem.existing.site_id), len(problem.candidates)
    runs = one_behind_the_other(runs_of(problem.existing), runs_of(problem.offered))
    weight = problem.demand.weight()
    merged = merge_runs(runs, weight, np.ones(len(weight), np.bool_))
    own = rules_of(problem, siting)
    rules = own._replace(
        cost=np.concatenate([np.zeros(standing), own.cost]),
        needs=tuple((one + standing, other + standing) for one, other in own.needs),
        stands=np.arange(standing + sites) < standing,
        at_most_one=tuple(rows + standing for rows in own.at_most_one),
    )
    capacity = np.full(standing + sites, siting.people_per_site or 0.0)
    found = solve_served(merged, capacity, rules, problem.effort(siting))
    reply = _reply(found, standing + sites)
    rows = reply.rows[reply.rows >= standing] - standing
    return reply._replace(rows=rows.astype(np.intp))


def one_behind_the_other(first: CoverRuns, second: CoverRuns) -> CoverRuns:
    """Return the rows of two relations over the same order of the same demand points."""
    if not np.array_equal(first.order, second.order):
        raise ValueError("the two relations are over different orders")
    return CoverRuns(
        np.concatenate([first.row_start, second.row_start[1:] + first.row_start[-1]]),
        np.concatenate([first.first, second.first]),
        np.concatenate([first.last, second.last]),
        first.order,
    )


def _by_district(problem: Problem) -> tuple[list[Merged], F64, F64]:
    """Return people to be won, people reached and all people of every district that has any."""
    weight, standing = problem.demand.weight(), problem.standing()
    codes = np.array(problem.district)
    parts, base, size = [], [], []
    for code in np.unique(codes):
        inside = codes == code
        if weight[inside].sum() > 0:
            parts.append(merge_runs(runs_of(problem.offered), weight, inside & ~standing))
            base.append(float(weight[inside & standing].sum()))
            size.append(float(weight[inside].sum()))
    return parts, np.array(base), np.array(size)


def ask_worst_district(problem: Problem, siting: Siting) -> Reply:
    """Lift the district with the lowest share first; then reach the most people.

    Objective and bound are the share of the worst district.
    """
    return _ask_worst(*_by_district(problem), problem, siting)


def ask_districts_in_turn(problem: Problem, siting: Siting) -> Reply:
    """Lift the district with the lowest share first, then the next, to the last.

    Objective and bound are the share of the worst district; a finding tells how many of the worst
    are proven where not all are.
    """
    parts, base, size = _by_district(problem)
    found = solve_in_turn(parts, base, size, rules_of(problem, siting), problem.effort(siting))
    if found.rows is None:
        raise without_plan(proven=found.proven)
    told = () if found.proven else (_steps_proven(found.steps, len(parts)),)
    return Reply(found.rows, float(found.sums[0]), float(found.bounds[0]), found.proven, told)


def _steps_proven(steps: int, districts: int) -> Finding:
    return Finding(
        rule="siting.turns_unproven",
        severity=Severity.NOTICE,
        column="siting.question",
        found=str(steps),
        expected=str(districts),
    )


def ask_every_variant(problem: Problem, variants: Variants, siting: Siting) -> Reply:
    """Choose sites whose share in the worst of the variants is highest; then the most people.

    Objective and bound are the share in the worst variant.
    """
    parts, base, size = [], [], []
    for one in variants().values():
        weight, standing = one.demand.weight(), one.standing()
        parts.append(merge_runs(runs_of(one.offered), weight, ~standing))
        base.append(float(weight[standing].sum()))
        size.append(float(weight.sum()))
    return _ask_worst(parts, np.array(base), np.array(size), problem, siting)


def _ask_worst(
    parts: list[Merged], base: F64, size: F64, problem: Problem, siting: Siting
) -> Reply:
    rules = rules_of(problem, siting)
    level, total = solve_worst(parts, base, size, rules, problem.effort(siting))
    if level.x is None:
        raise without_plan(proven=level.proven)
    best = level.x if total is None or total.x is None else total.x
    rows = chosen_sites(best, len(problem.candidates))
    worst = float(((base + people_reached(parts, rows)) / size).min())
    return Reply(rows, worst, max(level.bound, worst), level.proven)


def ask_targets(problem: Problem, siting: Siting) -> Reply:
    """Choose the fewest sites that reach a share of every district, and of the city.

    Raises
    ------
    InfeasibleError
        If no plan does, or it takes more than `new_sites`; with the district that cannot.
    """
    wanted, sites = _wanted(problem, siting), len(problem.candidates)
    count = None if siting.least == "cost" else np.inf
    rules = rules_of(problem, siting, count=count)
    found = solve_cheapest(wanted.parts, wanted.floor, wanted.total, rules, problem.effort(siting))
    if found.x is None:
        raise _without_target(found, wanted, rules, siting)
    rows = chosen_sites(found.x, sites)
    if siting.least == "sites" and found.bound > siting.new_sites:
        more = propose_relaxing(wanted, rules_of(problem, siting), siting)
        findings = [_few(siting, found.bound), *more]
        raise InfeasibleError("too few sites for the targets", findings)
    if len(rows) > siting.new_sites:
        raise none_in_time()
    return Reply(rows, found.value, found.bound, found.proven)


def _short(siting: Siting, problem: Problem, most: F64) -> Finding:
    weight = problem.demand.weight()
    codes = np.array(problem.district)
    named = [code for code in np.unique(codes) if weight[codes == code].sum() > 0]
    return Finding(
        rule="siting.district_unreached",
        severity=Severity.ERROR,
        column="siting.district_target",
        unit=str(named[int(np.argmin(most))]),
        found=f"{siting.district_target or 0.0:.1%}",
        expected=f"{most.min():.1%}",
    )


def _few(siting: Siting, needed: float) -> Finding:
    return Finding(
        rule="siting.targets_need_more",
        severity=Severity.ERROR,
        column="siting.new_sites",
        found=str(siting.new_sites),
        expected=str(int(np.ceil(needed))),
    )
