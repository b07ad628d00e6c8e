"""Plans in which facilities that stand may be closed, or moved to the place of a candidate.

The models are those of `ruled`, over the facilities that may go and the candidates together, with
three rows of their own. Sites built new: opened less moved ones. Money: opening costs what the
candidate costs, moving costs `move_cost` in all, and closing without moving frees `closing_saves`;
the kernel counts the saving of a moved one too, so it is added to the cost of the move. And the
number of facilities that go.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from planner.analysis.coverage import Mask, reached, runs_of
from planner.analysis.problem import Problem
from planner.analysis.relaxing import tell_budget
from planner.analysis.reply import Reply
from planner.analysis.ruled import costs_of, one_behind_the_other, rules_of, without_plan
from planner.errors import InfeasibleError, InputError
from planner.kernel.pick import order_by_gain
from planner.kernel.siting.certified import Certified, solve_certified
from planner.kernel.siting.exact import Effort
from planner.kernel.siting.model import Model, RowBlock, build_model, make_rows
from planner.kernel.siting.models import (
    chosen_sites,
    floor_model,
    start_from,
    target_model,
    worst_model,
)
from planner.kernel.siting.reduce import Merged, merge_runs
from planner.kernel.siting.rules import Rules, targets_of_moves
from planner.model.finding import Finding, Severity
from planner.model.plan import Closed, Pick, Plan
from planner.model.scenario import Siting
from planner.model.sites import Sites

F64 = NDArray[np.float64]
Rows = NDArray[np.intp]

CLOSES = ("most_people", "target_share", "worst_district")


def may_close(siting: Siting) -> bool:
    """Return whether the scenario lets any facility go."""
    return bool(siting.closable) and siting.closable != "none"


def find_closing_faults(siting: Siting, facilities: Sites | None) -> Iterator[Finding]:
    """Find what the scenario asks of closing that cannot be asked so.

    Parameters
    ----------
    siting
        What is asked.
    facilities
        The serving facilities, `None` where they are not known here.
    """
    if not may_close(siting):
        if siting.move_cost is not None or siting.moves is not None:
            yield _fault("siting.nothing_closable", "closable", str(siting.closable))
        return
    if siting.question not in CLOSES:
        yield _fault("siting.no_closing_here", "question", siting.question)
    elif siting.question == "target_share" and siting.least != "cost":
        yield _fault("siting.closing_needs_cost", "least", siting.least)
    named = siting.closable if isinstance(siting.closable, tuple) else ()
    known = named if facilities is None else facilities.id
    unknown = sorted(set(named) - set(known))
    if unknown:
        yield _fault("siting.unknown_facility", "closable", ", ".join(unknown[:5]))


def _fault(rule: str, key: str, found: str) -> Finding:
    return Finding(rule=rule, severity=Severity.ERROR, column=f"siting.{key}", found=found)


class _Ground(NamedTuple):
    """The question, over the facilities that may go and then the candidates.

    Parameters
    ----------
    may
        Facilities that may go, rows of those that stand.
    parts, base, size
        People of each county, or of all, that no facility reaches that stays for certain; those
        whom one reaches; all.
    rules
        What the kernel is told: sites built new, and which go together or not.
    price
        Of opening each candidate; NaN where costs play no part.
    """

    may: Rows
    parts: list[Merged]
    base: F64
    size: F64
    rules: Rules
    price: F64


def ask_closing(problem: Problem, siting: Siting) -> Reply:
    """Choose new sites, and facilities to close or to move, by the scenario's question.

    `new_sites` counts those built new. Of plans equally good the one found is changed until as few
    facilities go as it can pay for, and of these as few move.

    Raises
    ------
    InfeasibleError
        If no plan keeps to the rules.
    InputError
        If the time ran out before a plan was found.
    RuntimeError
        If the recomputed value differs from the solver's.
    """
    ground = _prepare(problem, siting)
    found, bound = _solve(ground, siting, problem.effort(siting))
    if found.x is None:
        raise _without_plan(found, ground, siting, problem.effort(siting))
    count = len(ground.may)
    rows = chosen_sites(found.x, count + len(problem.candidates))
    opened, gone = rows[rows >= count] - count, np.setdiff1d(np.arange(count), rows)
    limit = np.inf if siting.budget is None else siting.budget
    if siting.question == "target_share":
        limit = min(limit, found.value + 1e-6 * max(1.0, abs(found.value)))
    reply = _tidy(problem, ground, siting, (opened, ground.may[gone]), limit)
    value = _value(problem, siting, reply)
    sign = -1.0 if siting.question == "target_share" else 1.0
    level = found.value if bound is None else bound.value
    if sign * (value - level) < -1e-6 * max(1.0, abs(level)):
        raise RuntimeError(f"the plan is worth {value}, the solver says {level}")
    proof = found if bound is None else bound
    best = sign * max(sign * proof.bound, sign * value)
    return reply._replace(objective=value, bound=best, proven=proof.proven)


def _without_plan(
    found: Certified, ground: _Ground, siting: Siting, time: Effort
) -> InfeasibleError | InputError:
    """Return the error where there is no plan, with the budget that would do."""
    error = without_plan(proven=found.proven)
    if isinstance(error, InputError) or siting.budget is None:
        return error
    unbound = siting.model_copy(update={"budget": None})
    cheapest, _ = _solve(ground, unbound, time._replace(seconds=time.seconds / 4))
    if cheapest.x is None or siting.question != "target_share":
        return error
    more = tell_budget(siting.budget, cheapest.value)
    return InfeasibleError(str(error), [*error.findings, more])


def _prepare(problem: Problem, siting: Siting) -> _Ground:
    ids = problem.existing.site_id
    named = set(ids) if siting.closable == "all" else set(siting.closable)
    may = np.array([i for i, code in enumerate(ids) if code in named], np.intp)
    stay = np.setdiff1d(np.arange(len(ids)), may)
    weight, held = problem.demand.weight(), reached(problem.existing, stay)
    inside = [mask for mask in _counties(problem, siting) if weight[mask].sum() > 0]
    offers = one_behind_the_other(runs_of(problem.without(stay).existing), runs_of(problem.offered))
    price = costs_of(problem, siting)
    return _Ground(
        may=may,
        parts=[merge_runs(offers, weight, mask & ~held) for mask in inside],
        base=np.array([weight[mask & held].sum() for mask in inside]),
        size=np.array([weight[mask].sum() for mask in inside]),
        rules=_shifted(rules_of(problem, siting), len(may), siting),
        price=price,
    )


def _counties(problem: Problem, siting: Siting) -> list[Mask]:
    """Return the demand points of each part that counts by itself."""
    if siting.question == "most_people":
        return [np.ones(len(problem.demand), np.bool_)]
    codes = np.array(problem.district)
    return [codes == code for code in np.unique(codes)]


def _shifted(own: Rules, count: int, siting: Siting) -> Rules:
    """Return the rules with the facilities in front, costs being sites built new."""
    sites = count + len(own.cost)
    stands = np.arange(sites) < count
    return Rules(
        cost=np.where(stands, 0.0, 1.0),
        limit=float(siting.new_sites),
        stands=stands,
        closable=stands,
        at_most_one=tuple(rows + count for rows in own.at_most_one),
        needs=tuple((one + count, other + count) for one, other in own.needs),
        move_cost=None if siting.move_cost is None else np.zeros(sites),
    )


def _money(ground: _Ground, siting: Siting) -> tuple[F64, float]:
    """Return what each column of sites and of moves costs, and what is spent in any case."""
    saves, count = siting.closing_saves, len(ground.may)
    to = targets_of_moves(ground.rules) - count
    less = (siting.move_cost or 0.0) + saves - ground.price[to]
    return np.concatenate([np.full(count, saves), ground.price, less]), -saves * count


def _own_rows(ground: _Ground, siting: Siting, columns: int) -> list[RowBlock]:
    rows, count = [], len(ground.may)
    if siting.budget is not None:
        each, fixed = _money(ground, siting)
        entries = (0, np.arange(len(each)), each)
        rows.append(make_rows(entries, (1, columns), -np.inf, siting.budget - fixed))
    if siting.moves is not None:
        least = max(count - siting.moves, 0)
        rows.append(make_rows((0, np.arange(count), 1.0), (1, columns), least, np.inf))
    return rows


def _with_own(model: Model, ground: _Ground, siting: Siting, *, money: bool = False) -> Model:
    """Return a model with the rows of money and of moves; `money` minimises what is spent."""
    columns, offset = model.columns, model.offset
    if money:
        each, offset = _money(ground, siting)
        worth = columns.worth.copy()
        worth[: len(each)] = each
        columns = columns._replace(worth=worth)
    rows = [model.rows, *_own_rows(ground, siting, len(columns.worth))]
    return build_model(columns, rows, maximise=model.maximise, offset=offset, names=model.names)


def _solve(ground: _Ground, siting: Siting, time: Effort) -> tuple[Certified, Certified | None]:
    """Return the plan, and where another model bounds it, its answer."""
    parts, base, size, rules = ground.parts, ground.base, ground.size, ground.rules
    if siting.question == "most_people":
        model = _with_own(floor_model(parts, np.zeros(1), rules), ground, siting)
        model = build_model(
            model.columns,
            [model.rows],
            maximise=True,
            offset=float(base.sum()),
            names=model.names,
        )
        return solve_certified(model, time), None
    if siting.question == "target_share":
        floor = np.maximum((siting.district_target or 0.0) * size - base, 0.0)
        total = max((siting.target or 0.0) * float(size.sum()) - float(base.sum()), 0.0)
        model = target_model(parts, floor - 1e-9 * size, total - 1e-9 * size.sum(), rules)
        return solve_certified(_with_own(model, ground, siting, money=True), time), None
    half = time._replace(seconds=time.seconds / 2)
    level = solve_certified(_with_own(worst_model(parts, base, size, rules), ground, siting), half)
    if level.x is None:
        return level, None
    sites = len(rules.cost)
    rows = chosen_sites(level.x, sites)
    floor = np.maximum((level.value - 1e-9) * size - base, 0.0)
    model = _with_own(floor_model(parts, floor, rules), ground, siting)
    more = solve_certified(model, half, start_from(model, sites, rows))
    return (level if more.x is None else more), level


def _tidy(
    problem: Problem,
    ground: _Ground,
    siting: Siting,
    plan: tuple[Rows, Rows],
    limit: float,
) -> Reply:
    """Close as few facilities as the plan can pay for, and move as few of these."""
    opened, gone = plan
    weight = problem.demand.weight()
    if siting.question == "most_people" and not siting.needs and len(opened):
        left = weight * ~problem.without(gone).standing()
        order, gain = order_by_gain(runs_of(problem.offered), left, opened, left > 0)
        opened = np.sort(order[gain > 0])
    by_money = np.isfinite(limit)
    less = ground.price[opened] - (siting.move_cost or 0.0)
    dearest = np.argsort(-less if by_money else np.zeros(len(opened)), kind="stable")
    most = len(opened) if siting.move_cost is not None else 0

    def spent(closed: int, moved: int) -> float:
        cost = float(ground.price[opened].sum() - less[dearest[:moved]].sum())
        return cost - siting.closing_saves * (closed - moved)

    count, moved = next(
        (closed, moved)
        for closed in range(len(gone) + 1)
        for moved in range(min(closed, most) + 1)
        if len(opened) - moved <= siting.new_sites
        and (not by_money or spent(closed, moved) <= limit + 1e-6 * max(1.0, abs(limit)))
    )
    held = problem.without(gone).standing() | reached(problem.offered, opened)
    order, _ = order_by_gain(runs_of(problem.existing), weight, gone, ~held)
    closed = np.sort(order[len(order) - count :])
    total = spent(count, moved)
    return Reply(
        rows=opened,
        objective=0.0,
        bound=0.0,
        proven=False,
        closed=closed,
        moves=_nearest_pairs(problem, closed, opened[dearest[:moved]]),
        spent=total if np.isfinite(total) else None,
    )


def _nearest_pairs(problem: Problem, closed: Rows, to: Rows) -> tuple[tuple[int, int], ...]:
    """Return which facility moves where, the distances together being least."""
    if not len(to):
        return ()
    one, other = linear_sum_assignment(cdist(problem.facilities_xy[closed], problem.xy[to]))
    return tuple((int(closed[i]), int(to[j])) for i, j in zip(one, other, strict=True))


def _value(problem: Problem, siting: Siting, reply: Reply) -> float:
    """Return the value of a plan in the unit of the question, from the one coverage function."""
    weight = problem.demand.weight()
    held = problem.without(reply.closed).standing() | reached(problem.offered, reply.rows)
    if siting.question == "most_people":
        return float(weight[held].sum())
    if siting.question == "target_share":
        return float("nan") if reply.spent is None else reply.spent
    masks = [mask for mask in _counties(problem, siting) if weight[mask].sum() > 0]
    return float(min(weight[mask & held].sum() / weight[mask].sum() for mask in masks))


def tell_closed(plan: Plan, problem: Problem, siting: Siting, reply: Reply) -> Plan:
    """Write into a plan which facilities go, who loses by it, and which sites are moved ones."""
    if problem.facilities is None or not len(reply.closed):
        return replace(plan, spent=reply.spent)
    facilities, weight = problem.facilities, problem.demand.weight()
    held = problem.without(reply.closed).standing() | reached(problem.offered, reply.rows)
    to = {one: problem.candidates.id[other] for one, other in reply.moves}
    closed = []
    for row in reply.closed.tolist():
        own = reached(problem.existing, np.array([row], np.intp))
        closed.append(
            Closed(
                site=row,
                id=facilities.id[row],
                name=facilities.name[row],
                lon=float(facilities.lonlat[row, 0]),
                lat=float(facilities.lonlat[row, 1]),
                loses=float(weight[own & ~held].sum()),
                others=float(weight[own & held].sum()),
                moved_to=to.get(row, ""),
            )
        )
    origin = {other: facilities.id[one] for one, other in reply.moves}

    def marked(pick: Pick) -> Pick:
        if pick.site not in origin:
            return pick
        return replace(pick, moved_from=origin[pick.site], cost=siting.move_cost)

    picks = tuple(marked(pick) for pick in plan.picks)
    lost = float(weight[problem.standing() & ~held].sum())
    return replace(plan, picks=picks, closed=tuple(closed), lost=lost, spent=reply.spent)
