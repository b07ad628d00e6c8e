"""Counts of several scenarios that may be shown side by side (law 9).

Two scenarios over the same people differ by counts too: where one reaches three people more than
the other, the difference of two large counts tells of three people. So people are counted in a
joint table, whose cells are *who is reached how in every scenario*. What each scenario publishes
is a sum of such cells. The rows hidden here are safe against a reader who knows the joint cells of
every other row; a reader of the page knows less, and can infer no more. The rows are hidden in
every scenario, and a row that one scenario hides for itself is hidden in all.

Counts that are no part of this table (grid cells, reasons, ranges, further walking groups, what a
site is worth beside another, the rows of the what-if, whom a closed facility loses, tiers) are left
out of a comparison. The steps of the build order and the
curve are told as far as no two told sums differ by fewer people than may be told.

Where the people themselves differ, no joint table exists: then rows whose counts differ by too
few people are hidden.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.model.outcome import Outcome
from planner.model.plan import FrontierPoint, Pick, Plan
from planner.report.barriers import Barriers
from planner.report.published import (
    Cells,
    Counts,
    Published,
    community_county,
    publish,
    three_ways,
)
from planner.report.suppression import Hidden, Mask, hide_below, hide_top, is_small

F64 = NDArray[np.float64]
_SAME = 1e-6
_NAN = float("nan")


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """Scenarios with what may be shown of them on one page.

    Parameters
    ----------
    outcomes
        Without what a comparison does not tell.
    shown
        Counts of each scenario, in its own order of communities.
    moves
        People of the city reached in state j but not in state i, shape (2n, 2n); states are today
        and planned of the first scenario, then of the second, and so on. NaN where the people
        differ or may not be told.
    """

    outcomes: tuple[Outcome, ...]
    shown: tuple[Published, ...]
    moves: F64


@dataclass(frozen=True, slots=True)
class _Levels:
    """Cells of city, counties and communities, with the codes of their rows."""

    city: F64
    counties: F64
    communities: F64
    keys: tuple[tuple[str, ...], tuple[str, ...]]
    county: NDArray[np.intp]


def publish_together(outcomes: Sequence[Outcome]) -> Together:
    """Return the counts of several scenarios that may be shown side by side.

    Raises
    ------
    ValueError
        If no scenario is given, or one contradicts itself (law 5).
    """
    own = [publish(outcome) for outcome in outcomes]
    if not own:
        raise ValueError("nothing to compare")
    least = max(shown.least for shown in own)
    joint, states = _joint(outcomes)
    tables = [_levels(o, _four_ways(o)) for o in outcomes] if joint is None else [joint]
    also = _hidden_anywhere(own)
    if joint is None:
        also |= _close(tables, least)
    masks = [_hide(table, also, least) for table in tables]
    if joint is None:
        # what one scenario hides, all hide; a further row needs no further one beside it
        also = set().union(*(_rows(t, m) for t, m in zip(tables, masks, strict=True)))
        masks = [_hide(table, also, least) for table in tables]
    else:
        masks *= len(own)
    shown = [
        _trim_counts(p, mask, o, least) for p, mask, o in zip(own, masks, outcomes, strict=True)
    ]
    moves = np.full((2 * len(own), 2 * len(own)), np.nan)
    if joint is not None and not masks[0][0].split[0]:
        reached = states.astype(np.float64)
        weight = outcomes[0].demand.weight()[:, None]
        moves = (weight * (1 - reached)).T @ reached
    return _with_steps(outcomes, shown, moves, least)


def _joint(outcomes: Sequence[Outcome]) -> tuple[_Levels | None, Mask]:
    """Return who is reached how in every scenario, and per point; nothing if people differ."""
    base = outcomes[0]
    nothing = np.zeros((0, 0), np.bool_)
    columns = []
    for outcome in outcomes:
        if not _same_people(base, outcome):
            return None, nothing
        limit = outcome.scenario.walking.limit_min
        today = outcome.reach.minutes <= limit
        planned = outcome.reach.minutes_planned <= limit
        columns += [today, planned if outcome.plan.closed else planned | today]
    states = np.column_stack(columns)
    _, atom = np.unique(states, axis=0, return_inverse=True)
    parts = np.zeros((len(states), int(atom.max(initial=0)) + 1))
    parts[np.arange(len(states)), atom.reshape(-1)] = base.demand.weight()
    return _levels(base, parts), states


def _same_people(base: Outcome, other: Outcome) -> bool:
    """Return whether the same people live in the same places (demand is in order of its ids)."""
    one, two = base.demand, other.demand
    return (
        one.id == two.id
        and one.community == two.community
        and np.array_equal(one.weight(), two.weight())
        and _homes(base) == _homes(other)
    )


def _homes(outcome: Outcome) -> dict[str, str]:
    return dict(zip(outcome.communities.code, community_county(outcome), strict=True))


def _four_ways(outcome: Outcome) -> F64:
    """Return people as `three_ways`, with nobody lost where no facility closes, shape (n, 4)."""
    parts = three_ways(outcome)
    return np.pad(parts, ((0, 0), (0, 4 - parts.shape[1])))


def _levels(outcome: Outcome, parts: F64) -> _Levels:
    codes = (*outcome.communities.code, "")
    counties = (*(k for k in outcome.walking[0].baseline if k != "city"), "")
    place = {code: i for i, code in enumerate(codes)}
    at = np.array([place.get(c, len(codes) - 1) for c in outcome.demand.community], np.intp)
    where = {key: i for i, key in enumerate(counties)}
    county = np.array([where[k] for k in (*community_county(outcome), "")], np.intp)
    by_community = _add_up(parts, at, len(codes))
    return _Levels(
        city=parts.sum(axis=0)[None, :],
        counties=_add_up(by_community, county, len(counties)),
        communities=by_community,
        keys=(counties, codes),
        county=county,
    )


def _add_up(parts: F64, at: NDArray[np.intp], n: int) -> F64:
    out = np.zeros((n, parts.shape[1]))
    np.add.at(out, at, parts)
    return out


# rows hidden: (level, code, whether the total is hidden as well)
_Row = tuple[int, str, bool]
_Masks = tuple[Hidden, Hidden, Hidden]


def _hidden_anywhere(own: Sequence[Published]) -> set[_Row]:
    found: set[_Row] = set()
    for shown in own:
        for level, counts in enumerate((shown.city, shown.counties, shown.communities)):
            for i in np.flatnonzero(counts.hidden_split):
                found.add((level, counts.key[i], False))
            for i in np.flatnonzero(counts.hidden_total):
                found.add((level, counts.key[i], True))
    return found


def _rows(table: _Levels, masks: _Masks) -> set[_Row]:
    keys = (("city",), *table.keys)
    found: set[_Row] = set()
    for level, (hidden, names) in enumerate(zip(masks, keys, strict=True)):
        found |= {(level, names[i], False) for i in np.flatnonzero(hidden.split)}
        found |= {(level, names[i], True) for i in np.flatnonzero(hidden.total)}
    return found


def _close(tables: Sequence[_Levels], least: float) -> set[_Row]:
    """Return the rows in which two scenarios differ by too few people."""
    found: set[_Row] = set()
    for level in range(3):
        rows: dict[str, list[F64]] = {}
        for table in tables:
            keys = (("city",), *table.keys)[level]
            cells = (table.city, table.counties, table.communities)[level]
            for key, row in zip(keys, cells, strict=True):
                sums = np.array([*row, row[0] + row[1], row[1] + row[2], row.sum()])
                rows.setdefault(key, []).append(sums)
        for key, told in rows.items():
            gaps = np.array([np.abs(one - other) for one in told for other in told])
            if any(is_small(float(gap), least) for gap in gaps.ravel()):
                found.add((level, key, False))
            if any(is_small(float(gap), least) for gap in gaps[:, -1]):
                found.add((level, key, True))
    return found


def _hide(table: _Levels, also: set[_Row], least: float) -> _Masks:
    def before(level: int, keys: tuple[str, ...]) -> tuple[Mask, Mask]:
        total = np.array([(level, key, True) in also for key in keys], np.bool_)
        split = np.array([(level, key, False) in also for key in keys], np.bool_)
        return total, split | total

    counties, codes = table.keys
    top = hide_top(table.city, least=least, also=before(0, ("city",)))
    under = np.zeros(len(counties), np.intp)
    second = hide_below(table.counties, under, top, least=least, also=before(1, counties))
    third = hide_below(table.communities, table.county, second, least=least, also=before(2, codes))
    return top, second, third


def _trim_counts(shown: Published, masks: _Masks, outcome: Outcome, least: int) -> Published:
    nobody = np.zeros(0)
    n = len(outcome.communities)
    unseen = np.zeros(0, np.bool_)
    return replace(
        shown,
        least=least,
        city=_without(shown.city, masks[0]),
        counties=_without(shown.counties, masks[1]),
        communities=_without(shown.communities, masks[2]),
        cells=Cells(
            counts=Counts(
                key=(), older=nobody, reached=nobody, newly=nobody, unreached=nobody,
                hidden_total=unseen, hidden_split=unseen, known=np.zeros(0, np.int64),
            ),
            community=(),
            lonlat=np.zeros((0, 2)),
            minutes=nobody,
        ),
        barriers=Barriers(city={}, main=("",) * n, withheld=np.zeros(n, np.bool_)),
    )  # fmt: skip


def _without(counts: Counts, hidden: Hidden) -> Counts:
    total, split = counts.hidden_total | hidden.total, counts.hidden_split | hidden.split
    told: dict[str, Any] = {
        name: np.where(split, np.nan, getattr(counts, name))
        for name in ("reached", "newly", "unreached")
    }
    if counts.lost is not None:
        told["lost"] = np.where(split, np.nan, counts.lost)
    older = np.where(total, np.nan, counts.older)
    return replace(counts, older=older, hidden_total=total, hidden_split=split, **told)


def _with_steps(
    outcomes: Sequence[Outcome], shown: list[Published], moves: F64, least: float
) -> Together:
    """Tell sums along the build order and the curve unless they lie too close to another."""
    told: list[float] = []
    for one in shown:
        if not one.city.hidden_split[0]:
            told += [float(one.city.reached[0]), float(one.city.reached[0] + one.city.newly[0])]
    trimmed, counts = [], []
    for outcome, one in zip(outcomes, shown, strict=True):
        if one.city.hidden_split[0]:
            nothing = np.full(len(outcome.plan.picks), np.nan)
            plan = replace(outcome.plan, picks=_picks(outcome.plan), frontier=())
            counts.append(replace(one, gain=nothing, cumulative_share=nothing))
        else:
            gain, share = _steps(outcome.plan, one, told, least)
            curve = tuple(_point(point, told, least) for point in outcome.plan.frontier)
            plan = replace(
                outcome.plan,
                picks=_picks(outcome.plan),
                frontier=tuple(point for point in curve if point is not None),
            )
            counts.append(replace(one, gain=gain, cumulative_share=share))
        sharing = outcome.scenario.sharing.model_copy(update={"least_count": int(least)})
        trimmed.append(
            replace(
                outcome,
                scenario=outcome.scenario.model_copy(update={"sharing": sharing}),
                plan=_untold(plan, weighted=bool(outcome.scenario.siting.age_weights)),
                patterns=None,
                walking=outcome.walking[:1],
                spread=None,
                spread_planned=None,
                reasons=(),
            )
        )
    return Together(outcomes=tuple(trimmed), shown=tuple(counts), moves=moves)


def _tellable(value: float, told: list[float], least: float) -> bool:
    """Return whether a sum may be told beside those told before; it is then one of them."""
    if any(is_small(abs(value - other), least) for other in told):
        return False
    told.append(value)
    return True


def _steps(plan: Plan, shown: Published, told: list[float], least: float) -> tuple[F64, F64]:
    """Return gains and cumulative shares of the build order; a gain only between told sums."""
    total = float(shown.city.older[0])
    reached = float(shown.city.reached[0])
    last = reached + float(shown.city.newly[0])
    gain, share = np.full(len(plan.picks), np.nan), np.full(len(plan.picks), np.nan)
    before = True
    for i, pick in enumerate(plan.picks):
        reached += pick.gain
        end = i == len(plan.picks) - 1
        known = bool(np.isfinite(shown.cumulative_share[i]))
        after = abs(reached - last) < 0.5 if end else known and _tellable(reached, told, least)
        if after:
            share[i] = reached / total if total > 0 else np.nan
        if before and after and np.isfinite(shown.gain[i]):
            gain[i] = pick.gain
        before = after
    return gain, share


def _point(point: FrontierPoint, told: list[float], least: float) -> FrontierPoint | None:
    if not _tellable(point.covered, told, least):
        return None
    nested = point.nested
    if nested is not None and not _tellable(nested, told, least):
        nested = None
    return replace(point, nested=nested)


def _untold(plan: Plan, *, weighted: bool) -> Plan:
    """Return the plan without counts that are no part of the joint table.

    These are what it reaches in another count than people within the limit, whom each facility
    loses that closes, and the people each of several tiers reaches.
    """
    closed = tuple(replace(one, loses=_NAN, others=_NAN) for one in plan.closed)
    plan = replace(plan, closed=closed, lost=_NAN, tiers=())
    if plan.question == "most_people" and not weighted:
        return plan
    return replace(plan, objective=_NAN, bound=_NAN)


def _picks(plan: Plan) -> tuple[Pick, ...]:
    """Return the picks without what each is worth beside another."""
    return tuple(
        replace(
            pick,
            lost=_NAN,
            neighbour=None if pick.neighbour is None else replace(pick.neighbour, change=_NAN),
        )
        for pick in plan.picks
    )
