"""The other questions of siting: a target, graded value, the mean and the longest walk.

Each is answered by maximal covering on other demand, so that the same search proves it and the same
check derives the proof again. Walks are told in whole minutes, rounded up.
"""

import numpy as np
from numpy.typing import NDArray

from planner.analysis.coverage import reached, runs_of
from planner.analysis.problem import Problem
from planner.analysis.reply import AtMinutes, Reply, none_in_time
from planner.errors import InfeasibleError
from planner.kernel.runs import union_weight
from planner.kernel.siting.exact import solve_cover
from planner.kernel.siting.levels import levels_from_steps
from planner.kernel.siting.reduce import merge_runs
from planner.kernel.siting.search import count_budget
from planner.kernel.siting.target import solve_target
from planner.model.finding import Finding, Severity
from planner.model.scenario import Siting

F64 = NDArray[np.float64]
Rows = NDArray[np.intp]


def ask_target(problem: Problem, siting: Siting) -> Reply:
    """Choose the fewest sites that bring a share of the older people within the limit.

    Raises
    ------
    InfeasibleError
        If not even all candidates, or `new_sites` of them, reach the target; with the share that
        can be reached.
    """
    weight, standing = problem.demand.weight(), problem.standing()
    total, base = float(weight.sum()), float(weight[standing].sum())
    target = (siting.target or 0.0) * total
    merged = merge_runs(runs_of(problem.offered), weight, ~standing)
    count = len(problem.candidates)
    effort = problem.effort(siting)._replace(gap=0.0)
    found = solve_target(merged, np.ones(count), target - base, effort)
    if found.rows is None:
        share = (base + found.reach) / total
        raise _unreached("siting.target_beyond_all", siting, share, sites=count)
    if found.bound > siting.new_sites:
        most = solve_cover(merged, count_budget(count, siting.new_sites), effort)
        share = (base + most.objective) / total
        needed = int(np.ceil(found.bound))
        raise _unreached("siting.target_unreached", siting, share, sites=needed)
    if found.cost > siting.new_sites:
        raise none_in_time()
    proven = found.proven and found.confirmed
    return Reply(np.sort(found.rows), found.cost, found.cost if proven else found.bound, proven)


def _unreached(rule: str, siting: Siting, share: float, *, sites: int) -> InfeasibleError:
    finding = Finding(
        rule=rule,
        severity=Severity.ERROR,
        column="siting.target",
        found=f"{siting.target or 0.0:.1%}",
        expected=f"{share:.1%}",
        values=(("sites", str(siting.new_sites)), ("needed", str(sites))),
    )
    return InfeasibleError("no plan reaches the target", [finding])


def ask_gradual(at_minutes: AtMinutes, siting: Siting) -> Reply:
    """Choose sites for the most older people, each counting less from `full_min` on.

    The value is 1 up to `full_min` and falls evenly, minute by minute, to 0 at `nothing_min`.
    """
    first, last = int(np.ceil(siting.full_min)), int(np.ceil(siting.nothing_min))
    minutes = np.arange(first, max(last, first + 1))
    rows, value, bound, proven = _by_levels(at_minutes, minutes, siting)
    return Reply(rows, value / len(minutes), bound / len(minutes), proven)


def ask_shortest(at_minutes: AtMinutes, siting: Siting) -> Reply:
    """Choose sites for the least mean walk; walks over `farthest_min` count as that long.

    The p-median with existing sites (ReVelle and Swain 1970), in whole minutes.
    """
    most = int(np.ceil(siting.farthest_min))
    minutes = np.arange(1, most)
    rows, value, bound, proven = _by_levels(at_minutes, minutes, siting)
    total = float(at_minutes(siting.farthest_min).weight().sum())
    mean, least = ((most - saved / total) if total else 0.0 for saved in (value, bound))
    return Reply(rows, mean, least, proven)


def _by_levels(
    at_minutes: AtMinutes, minutes: NDArray[np.int64], siting: Siting
) -> tuple[Rows, float, float, bool]:
    """Maximise the people reached, summed over all limits; return rows, value, bound, proven."""
    problems = [at_minutes(float(minute)) for minute in minutes]
    weight = problems[0].weight()
    standing = [one.standing() for one in problems]
    levels = [runs_of(one.offered) for one in problems]
    worth = np.arange(len(levels), 0.0, -1.0)  # who is nearer is within more of the limits
    merged = levels_from_steps(levels, worth, weight, ~np.array(standing))
    budget = count_budget(len(problems[0].candidates), siting.new_sites)
    solved = solve_cover(merged, budget, problems[0].effort(siting))
    value = sum(
        union_weight(level, solved.rows, np.where(known, 0.0, weight))
        for level, known in zip(levels, standing, strict=True)
    )
    if abs(value - solved.objective) > 1e-6 * max(1.0, solved.objective):
        raise RuntimeError("the value of the plan is not what the search says")
    base = float(sum(weight[known].sum() for known in standing))
    return np.sort(solved.rows), base + solved.objective, base + solved.bound, solved.proven


def ask_farthest(at_minutes: AtMinutes, siting: Siting) -> Reply:
    """Choose sites for the least longest walk of anybody, in whole minutes.

    The p-center with existing sites (Hakimi 1964; by covers, Minieka 1970): of two limits between
    which the answer lies, the middle one is tried until they meet. People whom no site or candidate
    reaches within `farthest_min` are left out and told.

    Raises
    ------
    InfeasibleError
        If `new_sites` do not bring everybody else within `farthest_min`.
    """
    most = int(np.ceil(siting.farthest_min))
    wide = at_minutes(float(most))
    weight = wide.demand.weight()
    everyone = np.arange(len(wide.candidates), dtype=np.intp)
    inside = (weight > 0) & (wide.standing() | reached(wide.offered, everyone))
    low, high = 1, most + 1  # nobody is farther than `high` with the plan; `low` is not ruled out
    rows, sure = everyone[:0], True
    while low < high:
        middle = (low + high) // 2
        verdict, found = _reach_all(at_minutes(float(middle)), inside, siting)
        if verdict:
            rows, high = found, middle
        elif verdict is False:
            low = middle + 1
        else:
            sure = False
            break
    if high > most:
        raise InfeasibleError("too few sites to reach everybody", [_too_few(siting)])
    findings = _left_out(int((weight > 0).sum() - inside.sum()), siting)
    return Reply(rows, float(high), float(low), sure and low == high, findings)


def _reach_all(
    problem: Problem, inside: NDArray[np.bool_], siting: Siting
) -> tuple[bool | None, Rows]:
    """Return whether `new_sites` reach all points inside, `None` where time was too short."""
    runs, count = runs_of(problem.offered), len(problem.candidates)
    left = inside & ~problem.standing()
    merged = merge_runs(runs, np.ones(len(inside)), left)
    wanted = float(left.sum())
    if float(merged.weight.sum() + merged.alone.sum()) < wanted:
        return False, np.empty(0, np.intp)
    effort = problem.effort(siting)._replace(gap=0.0)
    solved = solve_cover(merged, count_budget(count, siting.new_sites), effort)
    if solved.objective >= wanted:
        return True, np.sort(solved.rows)
    return (False if solved.bound < wanted else None), solved.rows


def _left_out(points: int, siting: Siting) -> tuple[Finding, ...]:
    if not points:
        return ()
    finding = Finding(
        rule="siting.beyond_all",
        severity=Severity.NOTICE,
        column="siting.farthest_min",
        found=str(points),
        values=(("limit", f"{siting.farthest_min:g}"),),
    )
    return (finding,)


def _too_few(siting: Siting) -> Finding:
    return Finding(
        rule="siting.too_few_for_all",
        severity=Severity.ERROR,
        column="siting.new_sites",
        found=str(siting.new_sites),
        values=(("limit", f"{siting.farthest_min:g}"),),
    )
