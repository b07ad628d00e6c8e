"""Find the cheapest programme, or the one that reaches most people, and prove how near it is."""

import time
from functools import partial
from typing import NamedTuple

import numpy as np
from highspy import _core
from numpy.typing import NDArray

from planner.kernel.programme.covers import Cover, find_covers, gather_needs, rows_of_covers
from planner.kernel.programme.improve import improve_plan, link_places
from planner.kernel.programme.layout import Layout, lay_out
from planner.kernel.programme.measure import Gained, Works, measure_works
from planner.kernel.programme.model import GROUPS, Goal, build_programme
from planner.kernel.programme.works import Programme, check_programme
from planner.kernel.siting.certified import Certified, solve_certified
from planner.kernel.siting.exact import Effort
from planner.kernel.siting.lp import restrict, search_plan
from planner.kernel.siting.model import Model, RowBlock, highs_model, new_solver
from planner.kernel.siting.relax import Easing, ease_each

F64 = NDArray[np.float64]

_ROUNDS = 12
_WIDTHS = (250, 2_000)  # columns of least price in the search for a first plan
_FIRST, _IMPROVING = 0.45, 0.7  # of the time, at most, until there is a first and a good plan
_SHARE = 0.3  # of the time, at most, for finding covers


class Answer(NamedTuple):
    """A programme of works and how far it is proven.

    Parameters
    ----------
    works
        What is carried out, or None where no plan was found or none exists.
    gained
        What it costs and gives, by plain code; None without works.
    value, bound
        Cost (or people, summed over the milestones); no programme is better than the bound.
    proven
        No programme is better; without works, there is none.
    model, certified
        What anyone needs to check the bound.
    covers
        Rows of the model that follow from others, see `programme.covers`.
    """

    works: Works | None
    gained: Gained | None
    value: float
    bound: float
    proven: bool
    model: Model
    certified: Certified
    covers: tuple[Cover, ...]

    @property
    def gap(self) -> float:
        """Relative distance between value and bound, infinite without works."""
        if self.works is None:
            return np.inf
        return abs(self.value - self.bound) / max(abs(self.value), 1e-9)


def solve_programme(
    programme: Programme,
    effort: Effort,
    *,
    goal: Goal = "least_cost",
    people_floor: float = 0.0,
    kept: Works | None = None,
) -> Answer:
    """Find the best programme of works and prove it as far as time allows.

    Parameters
    ----------
    programme
        The question.
    effort
        When to stop.
    goal
        ``least_cost`` or ``most_people``.
    people_floor
        People reached beyond today, summed over the milestones, at least.
    kept
        Works that must be among the answer, with at least their area.

    Raises
    ------
    ValueError
        If the parts of the question do not fit.
    """
    check_programme(programme)
    clock = time.monotonic()
    layout = lay_out(programme)
    bare = _keep(build_programme(programme, layout, goal, people_floor=people_floor), layout, kept)
    covers, near = _tighten(programme, layout, bare, _SHARE * effort.seconds)
    needs = gather_needs(programme, layout)
    further = [rows_of_covers(programme, layout, needs, covers)] if covers else []
    full = build_programme(programme, layout, goal, people_floor=people_floor, further=further)
    model = _keep(full, layout, kept)
    start = _search(programme, layout, model, near, (clock, effort))
    left = max(1.0, effort.seconds - (time.monotonic() - clock))
    found = solve_certified(model, effort._replace(seconds=left), start)
    works = None if found.x is None else works_of(layout, found.x)
    return Answer(
        works,
        None if works is None else measure_works(programme, works),
        found.value,
        found.bound,
        found.proven,
        model,
        found,
        tuple(covers),
    )


def solve_in_steps(programme: Programme, effort: Effort) -> Answer:
    """Plan space first and walking after, each step at least cost: what the joint plan is held to.

    The works of the first step stay; each step has half of the time.
    """
    asked = programme.asked
    nobody = asked._replace(city=np.zeros_like(asked.city), district=np.zeros_like(asked.district))
    half = effort._replace(seconds=effort.seconds / 2)
    space = solve_programme(programme._replace(asked=nobody, presence=()), half)
    if space.works is None:
        return space
    return solve_programme(programme, half, kept=space.works)


def ease_programme(programme: Programme, effort: Effort) -> dict[str, Easing]:
    """Return, for a programme without a plan, by how much each kind of target must give way alone.

    Keys are ``space`` (square metres), ``city`` and ``district`` (people), ``budget`` (money) and
    ``presence`` (facilities).
    """
    layout = lay_out(programme)
    model = build_programme(programme, layout, "least_cost")
    return dict(zip(GROUPS, ease_each(model, effort), strict=True))


def works_of(layout: Layout, x: F64) -> Works:
    """Return the works of the quantities of a plan."""
    chosen = np.flatnonzero(x[: layout.starts] > 0.5)
    return Works(layout.way[chosen], layout.year[chosen], x[layout.starts + chosen])


def _keep(model: Model, layout: Layout, kept: Works | None) -> Model:
    if kept is None or not len(kept.way):
        return model
    lower = model.columns.lower.copy()
    for way, year, area in zip(*kept, strict=True):
        at = int(np.flatnonzero((layout.way == way) & (layout.year == year))[0])
        lower[at] = 1.0
        lower[layout.starts + at] = min(area, model.columns.upper[layout.starts + at])
    lower.flags.writeable = False
    return model._replace(columns=model.columns._replace(lower=lower))


def _search(
    programme: Programme,
    layout: Layout,
    model: Model,
    near: tuple[F64, F64] | None,
    until: tuple[float, Effort],
) -> F64 | None:
    """Return a good plan, or None: a first one among few columns, then one part after another."""
    clock, effort = until
    if near is None:
        return None
    stop = clock + _FIRST * effort.seconds
    box = (model.columns.lower, model.columns.upper)
    x: F64 | None = None
    for width in _WIDTHS:
        seconds = stop - time.monotonic()
        if seconds <= 0 or x is not None:
            break
        few = restrict(model, box, (*near, None), width)
        x = search_plan(model, few, seconds, effort.seed, lambda: effort.go_on(np.nan, np.nan))
    if x is None:
        return None
    pause = clock + _IMPROVING * effort.seconds, effort.seed
    asked = partial(_asked, effort)
    return improve_plan(model, layout, link_places(programme, layout), x, (*pause, asked))


def _asked(effort: Effort, value: float) -> bool:
    return effort.go_on(value, np.nan)


def _tighten(
    programme: Programme, layout: Layout, model: Model, seconds: float
) -> tuple[list[Cover], tuple[F64, F64] | None]:
    """Return covers that the relaxation misses, and its quantities and reduced costs."""
    until = time.monotonic() + seconds
    needs = gather_needs(programme, layout)
    solver = new_solver({"solver": "ipm", "time_limit": max(1.0, seconds)})
    solver.passModel(highs_model(model, model.columns.lower, model.columns.upper, whole=False))
    covers: list[Cover] = []
    near: tuple[F64, F64] | None = None
    for turn in range(_ROUNDS):
        if turn:
            solver.setOptionValue("solver", "simplex")
        solver.run()
        solution = solver.getSolution()
        x = np.array(solution.col_value)
        if len(x) != layout.width or not np.isfinite(x).all():
            break
        near = x, np.array(solution.col_dual)
        if time.monotonic() > until:
            break
        new = find_covers(programme, layout, needs, x)
        if not new:
            break
        covers += new
        _add_rows(solver, rows_of_covers(programme, layout, needs, new))
    return covers, near


def _add_rows(solver: _core._Highs, block: RowBlock) -> None:
    matrix = block.matrix
    solver.addRows(
        len(block.lower),
        block.lower,
        block.upper,
        matrix.nnz,
        matrix.indptr[:-1].astype(np.int32),
        matrix.indices.astype(np.int32),
        matrix.data,
    )
