"""The counts of people that may be shown, the same in every file (law 9).

Map, tables and layers all take their counts from here, so that no file gives back what another
one hides.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from planner.model.ground import ground_for
from planner.model.outcome import Outcome, Share
from planner.model.plan import TierCoverage
from planner.report.barriers import Barriers, find_barriers
from planner.report.suppression import Hidden, hide_below, hide_steps, hide_top, is_small

CELL_M = 500.0
_AGREE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Older people of the units of one level; NaN where hidden or without data.

    Parameters
    ----------
    key
        Code of each unit; '' collects what belongs to none of the list.
    older, reached, newly, unreached
        People in all, within reach today, within reach of the proposed sites only, and left over
        by the plan, shape (n,).
    hidden_total, hidden_split
        Where the counts are too small to be shown, shape (n,).
    known
        Demand points with a known count, shape (n,); 0 means no data.
    lost
        People within reach today whom the plan no longer reaches, a part of both `reached` and
        `unreached`, shape (n,); `None` where it closes no facility.
    """

    key: tuple[str, ...]
    older: NDArray[np.float64]
    reached: NDArray[np.float64]
    newly: NDArray[np.float64]
    unreached: NDArray[np.float64]
    hidden_total: NDArray[np.bool_]
    hidden_split: NDArray[np.bool_]
    known: NDArray[np.int64]
    lost: NDArray[np.float64] | None = None

    def reached_planned(self) -> NDArray[np.float64]:
        """Return people within reach with the plan, NaN where not shown, shape (n,)."""
        reached = self.reached + self.newly
        return reached if self.lost is None else reached - self.lost

    def share(self, *, planned: bool) -> NDArray[np.float64]:
        """Return people within reach out of people counted, NaN where not shown, shape (n,)."""
        reached = self.reached_planned() if planned else self.reached
        share = np.full(len(self.key), np.nan)
        np.divide(reached, self.older, out=share, where=self.older > 0)
        return share


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """Parts of a grid of `CELL_M` metres, cut by community.

    Parameters
    ----------
    counts
        Older people; keys are ``community/column/row``.
    community
        Code of the community, shape (n,).
    lonlat
        Middle of the demand points in the part, degrees rounded to about 10 m, shape (n, 2).
    minutes
        Median walking minutes of its demand points; NaN where none is reachable, shape (n,).
    """

    counts: Counts
    community: tuple[str, ...]
    lonlat: NDArray[np.float64]
    minutes: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Everything about people that may leave the office.

    Parameters
    ----------
    least
        Smaller counts are hidden.
    city, counties, communities, cells
        Counts by level.
    minutes, minutes_planned
        Median walking minutes of the demand points of each community, shape (communities,).
    nearest
        Facility that is nearest to most of its demand points; -1 none, shape (communities,).
    gain, cumulative_share
        Of each proposed site; NaN where hidden.
    barriers
        Why people are not reached today.
    tiers
        Median walking minutes of the demand points of each community to the nearest facility of
        each kind, shape (communities,); empty where they were not computed.
    start_hidden
        Whether what the facilities that stay reach by themselves, from which gains and curve
        start, would give away a small count.
    """

    least: int
    city: Counts
    counties: Counts
    communities: Counts
    cells: Cells
    minutes: NDArray[np.float64]
    minutes_planned: NDArray[np.float64]
    nearest: NDArray[np.int64]
    gain: NDArray[np.float64]
    cumulative_share: NDArray[np.float64]
    barriers: Barriers
    tiers: Mapping[str, NDArray[np.float64]]
    start_hidden: bool = False


def publish(outcome: Outcome) -> Published:
    """Return the counts that may be shown.

    Raises
    ------
    ValueError
        If the demand points do not add up to the coverage of the outcome, or contradict the
        reasons (law 5).
    """
    least = outcome.scenario.sharing.least_count
    parts = _three_ways(outcome)
    known = np.isfinite(outcome.demand.older).astype(np.int64)

    codes = (*outcome.communities.code, "")
    place = {code: i for i, code in enumerate(codes)}
    at = np.array([place.get(c, len(codes) - 1) for c in outcome.demand.community], np.intp)
    county_keys = (*(k for k in outcome.walking[0].baseline if k != "city"), "")
    county_at = {key: i for i, key in enumerate(county_keys)}
    county = np.array([county_at[k] for k in (*community_county(outcome), "")], np.intp)
    cell_of, cell_key = _grid(outcome, at)
    cell_parent = np.zeros(len(cell_key), np.intp)
    cell_parent[cell_of] = at

    by_cell = _add_up(parts, cell_of, len(cell_key))
    by_community = _add_up(parts, at, len(codes))
    by_county = _add_up(by_community, county, len(county_keys))
    city = parts.sum(axis=0)[None, :]
    _must_agree(outcome, city[0], dict(zip(county_keys, by_county, strict=True)))

    top = hide_top(city, least=least)
    second = hide_below(by_county, np.zeros(len(county_keys), np.intp), top, least=least)
    third = hide_below(by_community, county, second, least=least)
    fourth = hide_below(by_cell, cell_parent, third, least=least)

    today = outcome.reach.minutes <= outcome.scenario.walking.limit_min
    hidden = (bool(top.split[0]), third.split)
    known_community = np.bincount(at, known, len(codes)).astype(np.int64)
    known_county = np.bincount(county, known_community, len(county_keys)).astype(np.int64)
    known_cell = np.bincount(cell_of, known, len(cell_key)).astype(np.int64)
    start_hidden = _start_is_small(outcome, city[0], least)
    gain, cumulative = _steps(outcome, least, unseen=bool(top.split[0]) or start_hidden)
    n = len(outcome.communities)
    return Published(
        least=least,
        city=_counts(("city",), city, top, known.sum(keepdims=True)),
        counties=_counts(county_keys, by_county, second, known_county),
        communities=_counts(codes, by_community, third, known_community),
        cells=Cells(
            counts=_counts(cell_key, by_cell, fourth, known_cell),
            community=tuple(codes[i] for i in cell_parent),
            lonlat=_middle(outcome.demand.lonlat, cell_of, len(cell_key)),
            minutes=_median(outcome.reach.minutes, cell_of, len(cell_key)),
        ),
        minutes=_median(outcome.reach.minutes, at, n),
        minutes_planned=_median(outcome.reach.minutes_planned, at, n),
        nearest=_most_frequent(outcome.reach.nearest, at, n),
        gain=gain,
        cumulative_share=cumulative,
        barriers=find_barriers(outcome, today, at, hidden, least),
        tiers={kind: _median(minutes, at, n) for kind, minutes in outcome.tiers.items()},
        start_hidden=start_hidden,
    )


def community_county(outcome: Outcome) -> tuple[str, ...]:
    """Return the county key of every community; '' where it lies in none."""
    keys = {k for k in outcome.walking[0].baseline if k != "city"}
    return tuple(parent if parent in keys else "" for parent in outcome.communities.parent)


def shown_share(share: Share, published: Published) -> dict[str, float | None]:
    """Return a city-wide share of a group walked beside the scenario's own, if it may be shown.

    Groups reach more or fewer of the same people: their differences are counts too.
    """
    city = published.city
    own = (city.older[0], city.reached[0], city.reached_planned()[0])
    close = any(is_small(abs(share.covered - float(o)), published.least) for o in own)
    if close or bool(city.hidden_split[0]):
        return {"share": None, "covered": None, "total": None}
    return {
        "share": round(share.share, 6),
        "covered": people(share.covered),
        "total": people(share.total),
    }


def people(count: float) -> float | None:
    """Return a count of people to one decimal, whole where it is whole, `None` for NaN."""
    if not np.isfinite(count):
        return None
    rounded = round(float(count), 1)
    return int(rounded) if rounded.is_integer() else rounded


def _three_ways(outcome: Outcome) -> NDArray[np.float64]:
    """Return people by what the plan does for them, per demand point.

    Reached today and with the plan, newly reached, never reached, and, where the plan closes
    facilities, reached today only; shape (n, 3) or (n, 4).
    """
    weight = outcome.demand.weight()
    limit = outcome.scenario.walking.limit_min
    today = outcome.reach.minutes <= limit
    planned = outcome.reach.minutes_planned <= limit
    if not outcome.plan.closed:
        planned |= today
    ways = [today & planned, planned & ~today, ~planned & ~today]
    if outcome.plan.closed:
        ways.append(today & ~planned)
    return np.column_stack([weight * way for way in ways])


def _must_agree(
    outcome: Outcome, city: NDArray[np.float64], counties: dict[str, NDArray[np.float64]]
) -> None:
    own = outcome.walking[0]
    for key, states in {"city": city, **counties}.items():
        if key not in own.baseline:
            continue
        pairs = (
            (own.baseline[key].covered, states[0] + states[3:].sum()),
            (own.planned[key].covered, states[0] + states[1]),
            (own.baseline[key].total, states.sum()),
        )
        for told, added in pairs:
            if abs(told - added) > _AGREE:
                raise ValueError(
                    f"coverage of {key}: the outcome says {told}, its points add up to {added}"
                )


def _grid(
    outcome: Outcome, community: NDArray[np.intp]
) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    """Return the cell part of every demand point and the keys of the parts."""
    lonlat = outcome.demand.lonlat
    if not len(lonlat):
        return np.zeros(0, np.intp), ()
    west, south = np.nanmin(lonlat, axis=0)
    east, north = np.nanmax(lonlat, axis=0)
    xy = ground_for((west, south, east, north)).to_metres(lonlat)
    square = np.nan_to_num(np.floor(xy / CELL_M), nan=-1.0).astype(np.int64)
    found, at = np.unique(np.column_stack([community, square]), axis=0, return_inverse=True)
    codes = (*outcome.communities.code, "")
    keys = tuple(f"{codes[c]}/{x}/{y}" for c, x, y in found.tolist())
    return at.reshape(-1).astype(np.intp), keys


def _add_up(parts: NDArray[np.float64], at: NDArray[np.intp], n: int) -> NDArray[np.float64]:
    return np.column_stack([np.bincount(at, parts[:, j], n) for j in range(parts.shape[1])])


def _counts(
    key: tuple[str, ...], cells: NDArray[np.float64], hidden: Hidden, known: NDArray[np.int64]
) -> Counts:
    split = np.where((hidden.split | (known == 0))[:, None], np.nan, cells)
    lost = split[:, 3] if cells.shape[1] > 3 else None
    return Counts(
        key=key,
        older=np.where(hidden.total | (known == 0), np.nan, cells.sum(axis=1)),
        reached=split[:, 0] if lost is None else split[:, 0] + lost,
        newly=split[:, 1],
        unreached=split[:, 2] if lost is None else split[:, 2] + lost,
        hidden_total=hidden.total,
        hidden_split=hidden.split,
        known=known,
        lost=lost,
    )


def _start_is_small(outcome: Outcome, city: NDArray[np.float64], least: float) -> bool:
    """Return whether the start of the gains gives away a small count of people.

    The gains start from the facilities that stay. With today's reach, it tells how many people the
    closed ones alone reach, and with the plan, how many of these others reach again.
    """
    if not outcome.plan.closed:
        return False
    again = sum(pick.gain for pick in outcome.plan.picks) - float(city[1])
    return is_small(again, least) or is_small(again + float(city[3]), least)


def _steps(
    outcome: Outcome, least: int, *, unseen: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    gains = np.array([p.gain for p in outcome.plan.picks], np.float64)
    shares = np.array([p.cumulative_share for p in outcome.plan.picks], np.float64)
    if outcome.plan.tiers:
        return _steps_by_tier(outcome, (gains, shares), least, unseen=unseen)
    hidden, sums = hide_steps(gains, least=least)
    if unseen:
        hidden, sums = np.ones_like(hidden), np.ones_like(sums)
    return np.where(hidden, np.nan, gains), np.where(sums, np.nan, shares)


def _steps_by_tier(
    outcome: Outcome,
    steps: tuple[NDArray[np.float64], NDArray[np.float64]],
    least: int,
    *,
    unseen: bool,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return gains and shares of the sites of each tier by itself."""
    gains, shares = (values.copy() for values in steps)
    named = np.array([pick.tier for pick in outcome.plan.picks])
    for tier in outcome.plan.tiers:
        own = np.flatnonzero(named == tier.name)
        hidden, sums = hide_steps(gains[own], least=least)
        if unseen or tier_is_small(tier, least):
            hidden, sums = np.ones_like(hidden), np.ones_like(sums)
        gains[own[hidden]], shares[own[sums]] = np.nan, np.nan
    return gains, shares


def tier_is_small(tier: TierCoverage, least: float) -> bool:
    """Return whether what a tier reaches, gains or leaves counts too few people to be told."""
    parts = (tier.baseline, tier.planned - tier.baseline, tier.total - tier.planned)
    return any(is_small(part, least) for part in (*parts, tier.total - tier.baseline))


def _middle(lonlat: NDArray[np.float64], at: NDArray[np.intp], n: int) -> NDArray[np.float64]:
    count = np.bincount(at, minlength=n)
    return np.column_stack([np.round(np.bincount(at, lonlat[:, j], n) / count, 4) for j in (0, 1)])


def _median(values: NDArray[np.float64], at: NDArray[np.intp], n: int) -> NDArray[np.float64]:
    """Return the median by group; NaN where half of the points reach nothing."""
    found = np.full(n, np.nan)
    far = np.where(np.isfinite(values), values, np.inf)
    order = np.lexsort((far, at))
    groups, starts = np.unique(at[order], return_index=True)
    for group, chosen in zip(groups, np.split(far[order], starts[1:]), strict=False):
        middle = chosen[(len(chosen) - 1) // 2 : len(chosen) // 2 + 1].mean()
        if group < n and np.isfinite(middle):
            found[group] = middle
    return found


def _most_frequent(values: NDArray[np.int32], at: NDArray[np.intp], n: int) -> NDArray[np.int64]:
    found = np.full(n, -1, np.int64)
    for group in range(n):
        inside = values[at == group]
        inside = inside[inside >= 0]
        if len(inside):
            found[group] = int(np.bincount(inside).argmax())
    return found
