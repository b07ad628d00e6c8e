"""The cover structure as it may leave the office: small rows pooled, known sums kept (law 9).

A what-if adds up rows; whoever has the page can add them up in every way, and compare with every
other count the run publishes. What keeps this safe:

* Rows are pooled inside *units*: a community whose split is published, or all communities of a
  county whose splits are hidden, together (their sum is known from the published ones), or all
  counties whose splits are hidden. And inside a *class*: reached today or not, and with the plan
  or not. So the rows of a unit and class add up to the count readers know already, exactly.
* Inside a unit and class every pattern has k people or nobody. The rows of the page are sums of
  such cells over the units of a county. Two states, or a state and a published count of a
  community, a county or the city, differ therefore by whole cells: by k people or more, or by
  nobody, and never by one small cell.
* Gains and losses of single proposed sites are published for the city. Pooling keeps them where
  it can; where a small cell had to change its pattern, a gain of the page differs from the
  published one, and that difference is again made k people or more, or nothing, by pooling a
  further row.
* Counts smaller than a community (grid cells) cannot be set against a row: a pooled row does not
  tell whose pattern was changed.

Where this cannot be held (too few people in the city), there is no structure, and no what-if.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from planner.model.outcome import Outcome
from planner.model.patterns import CoverPatterns
from planner.report.published import Published, community_county

I64 = NDArray[np.int64]
Mask = NDArray[np.bool_]
TENTHS = 10
_ONES = np.array([byte.bit_count() for byte in range(256)], np.uint8)  # bits set
REST = "rest"  # the counties whose counts are not shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled:
    """The structure that may be shown.

    Parameters
    ----------
    rows
        Districts are codes of counties, `REST` for those that are not shown by themselves, '' for
        people of no county. People are whole tenths.
    closed
        Which sites the plan closes, shape (sites,).
    most
        Greatest difference to the exact structure, in people of the city or a district, over
        today, the plan, its first sites, and the plan without any one site.
    """

    rows: CoverPatterns
    closed: Mask
    most: float

    def planned(self) -> Mask:
        """Return which sites serve in the plan, shape (sites,)."""
        return ~self.closed

    def today(self) -> Mask:
        """Return which sites serve today, shape (sites,)."""
        return np.arange(len(self.closed)) < self.rows.standing


def pool_patterns(outcome: Outcome, shown: Published) -> Pooled | None:
    """Return the cover structure with small rows pooled, `None` where it cannot be shown.

    Parameters
    ----------
    outcome
        What a run found.
    shown
        The counts that may be shown.
    """
    exact = outcome.patterns
    if exact is None or shown.city.hidden_split[0] or not len(exact.at):
        return None
    unit, county = _units(outcome, shown, exact)
    closed = np.isin(np.array(exact.site_id, np.str_), [one.id for one in outcome.plan.closed])
    closed[exact.standing :] = False
    work = _Work(exact, unit, closed, shown.least * TENTHS)
    if not work.join_small_units(county):
        return None
    work.pool()
    if not work.keep_gaps_wide():
        return None
    rows = work.rows(county)
    first = Pooled(rows=rows, closed=closed, most=0.0)
    exact = replace(exact, district=tuple(county[code] for code in exact.district))
    return replace(first, most=_greatest(exact, first))


def _units(
    outcome: Outcome, shown: Published, exact: CoverPatterns
) -> tuple[list[str], dict[str, str]]:
    """Return the unit of every row, and the district of every unit and community."""
    hidden_county = {
        key: bool(hidden)
        for key, hidden in zip(shown.counties.key, shown.counties.hidden_split, strict=True)
    }
    hidden = dict(zip(shown.communities.key, shown.communities.hidden_split, strict=True))
    parent = dict(zip(outcome.communities.code, community_county(outcome), strict=True))
    unit_of: dict[str, str] = {}
    county: dict[str, str] = {}
    for code in exact.district:
        own = parent.get(code, "")
        home = REST if hidden_county.get(own, True) else own
        whole = code in parent and home != REST and not hidden[code]
        unit_of[code] = code if whole else f"{home}/"
        county[unit_of[code]] = county[code] = home
    return [unit_of[exact.district[i]] for i in exact.at], county


class _Work:
    """Rows while they are pooled.

    A row is a unit, a class, a signature (what the published counts of single sites count it
    under), people in tenths, and the bits of its sites.
    """

    def __init__(self, exact: CoverPatterns, unit: list[str], closed: Mask, least: int) -> None:
        self.exact, self.least = exact, least
        self.names, at = np.unique(np.array(unit, np.str_), return_inverse=True)
        self.unit: I64 = at.reshape(-1).astype(np.int64)
        row = np.repeat(np.arange(len(exact.at)), np.diff(exact.start))
        table = np.zeros((len(exact.at), len(exact.site_id)), np.uint8)
        table[row, exact.site] = 1
        self.bits = np.packbits(table, axis=1, bitorder="little")
        self.people = np.rint(exact.people * TENTHS).astype(np.int64)
        self._classify(closed)
        self.alive = self.people > 0
        self.stats = self._stats()

    def _classify(self, closed: Mask) -> None:
        exact, sites = self.exact, np.arange(len(self.exact.site_id))
        standing = sites < exact.standing
        today, planned = exact.reached(standing), exact.reached(~closed)
        self.kind: I64 = today + 2 * planned.astype(np.int64)
        stays = exact.reached(standing & ~closed)
        row = np.repeat(np.arange(len(exact.at)), np.diff(exact.start))
        serving = ~closed[exact.site]
        count = np.bincount(row, serving, len(exact.at))
        only = np.bincount(row, np.where(serving, exact.site, 0), len(exact.at)).astype(np.int64)
        self.sole: I64 = np.where((count == 1) & (only >= exact.standing), only, -1)
        step = np.full(len(exact.at), len(sites), np.int64)
        np.minimum.at(
            step,
            row,
            np.where(exact.site >= exact.standing, exact.site, len(sites)),
        )
        self.step: I64 = np.where(stays | (step == len(sites)), -1, step)
        gone: list[tuple[int, ...]] = [()] * len(exact.at)
        for r, site in zip(row[closed[exact.site]], exact.site[closed[exact.site]], strict=True):
            gone[r] = (*gone[r], int(site))
        known = {key: i for i, key in enumerate(sorted(set(gone)))}
        self.gone: I64 = np.array([known[key] for key in gone], np.int64)

    def join_small_units(self, county: dict[str, str]) -> bool:
        """Join units until each has in every class k people or nobody; False if none is left."""
        while True:
            totals = self._totals()
            small = ((totals > 0) & (totals < self.least)).any(axis=1)
            if not small.any():
                return True
            at = int(np.flatnonzero(small)[0])
            home = county[str(self.names[at])]
            size = totals.sum(axis=1)
            others = [
                int(i)
                for i in np.flatnonzero(size > 0)
                if i != at and county[str(self.names[i])] == home
            ]
            if not others:
                return False
            self.unit[self.unit == at] = min(others, key=lambda i: (int(size[i]), i))

    def _totals(self) -> I64:
        cells = np.bincount(
            self.unit * 4 + self.kind, self.people * self.alive, len(self.names) * 4
        )
        return np.rint(cells).astype(np.int64).reshape(-1, 4)

    def pool(self) -> None:
        """Join small rows, first with rows that count alike everywhere."""
        fine = (self.unit, self.kind, self.step, self.sole, self.gone)
        for keys in (fine, (self.unit, self.kind)):
            for members in _groups(keys, self.alive):
                self._join(members)

    def _join(self, members: I64) -> None:
        """Add the smallest row to the one most like it until all are large or one is left."""
        rows = members
        while len(rows) > 1:
            small = int(rows[int(np.argmin(self.people[rows]))])
            if self.people[small] >= self.least:
                return
            rows = rows[rows != small]
            self._add(small, self._nearest(small, rows))

    def _nearest(self, row: int, rows: I64) -> int:
        apart = _ONES[self.bits[rows] ^ self.bits[row]].sum(axis=1)
        return int(rows[int(np.argmin(apart))])

    def _add(self, row: int, to: int) -> None:
        self.people[to] += self.people[row]
        self.people[row], self.alive[row] = 0, False

    def _stats(self) -> dict[tuple[str, int], int]:
        """Return the counts of single sites as published for the city, in tenths."""
        found: dict[tuple[str, int], int] = {}
        for name, keys in (("step", self.step), ("sole", self.sole)):
            for site in range(self.exact.standing, len(self.exact.site_id)):
                found[name, site] = int(self.people[self.alive & (keys == site)].sum())
        so_far = 0
        for site in range(self.exact.standing, len(self.exact.site_id)):
            so_far += found["step", site]
            found["sum", site] = so_far
        for key in range(int(self.gone.max(initial=0)) + 1):
            for kind in range(4):
                own = self.alive & (self.gone == key) & (self.kind == kind)
                found[f"gone{kind}", key] = int(self.people[own].sum())
        return found

    def keep_gaps_wide(self) -> bool:
        """Pool further rows until no such count differs by a small number; False if one must."""
        for _ in range(4 * len(self.people) + 4):
            now = self._stats()
            narrow = [key for key in now if 0 < abs(now[key] - self.stats[key]) < self.least]
            if not narrow:
                return True
            if not any(self._move_one(*key) for key in narrow):
                return False
        return False

    def _move_one(self, name: str, site: int) -> bool:
        """Add a row counted under a site to the nearest that is not, or the other way round."""
        keys = {"step": self.step, "sum": self.step, "sole": self.sole}.get(name, self.gone)
        own = keys == site
        for source in (own, ~own):
            rows = np.flatnonzero(self.alive & source)
            for row in rows[np.argsort(self.people[rows], kind="stable")].tolist():
                fit = self.alive & (self.unit == self.unit[row]) & (self.kind == self.kind[row])
                others = np.flatnonzero(fit & ~source)
                if len(others):
                    self._add(row, self._nearest(row, others))
                    return True
        return False

    def rows(self, county: dict[str, str]) -> CoverPatterns:
        """Return the rows by district and pattern."""
        districts = sorted({county[str(name)] for name in self.names})
        place = {code: i for i, code in enumerate(districts)}
        home = np.array([place[county[str(name)]] for name in self.names], np.int64)
        alive = np.flatnonzero(self.alive)
        pattern, which = np.unique(self.bits[alive], axis=0, return_inverse=True)
        key = np.column_stack([home[self.unit[alive]], which.reshape(-1)])
        found, at = np.unique(key, axis=0, return_inverse=True)
        people = np.bincount(at.reshape(-1), self.people[alive], len(found)) / TENTHS
        row, site = np.nonzero(np.unpackbits(pattern[found[:, 1]], axis=1, bitorder="little"))
        size = np.bincount(row, minlength=len(found))
        return replace(
            self.exact,
            district=tuple(districts),
            at=found[:, 0],
            people=people,
            start=np.concatenate([[0], np.cumsum(size)]),
            site=site,
        )


def _groups(keys: tuple[I64, ...], alive: Mask) -> Iterator[I64]:
    """Return the living rows that agree in all keys."""
    rows = np.flatnonzero(alive)
    if not len(rows):
        return
    table = np.column_stack([key[rows] for key in keys])
    _, group = np.unique(table, axis=0, return_inverse=True)
    group = group.reshape(-1)
    order = np.argsort(group, kind="stable")
    ends = np.flatnonzero(np.diff(group[order])) + 1
    yield from np.split(rows[order], ends)


def states(pooled: Pooled) -> Iterator[Mask]:
    """Return today, the plan, its first sites, and the plan without any one site."""
    plan, standing = pooled.planned(), pooled.rows.standing
    yield pooled.today()
    yield plan
    for site in range(len(plan)):
        yield plan & (np.arange(len(plan)) != site)
        if site > standing:
            yield plan & (np.arange(len(plan)) < site)


def _greatest(exact: CoverPatterns, pooled: Pooled) -> float:
    place = {code: i for i, code in enumerate(pooled.rows.district)}
    home = np.array([place[code] for code in exact.district], np.int64)[exact.at]
    rows, most = pooled.rows, 0.0
    for chosen in states(pooled):
        one = np.bincount(home, exact.people * exact.reached(chosen), len(place))
        other = np.bincount(rows.at, rows.people * rows.reached(chosen), len(place))
        apart = one - other
        most = max(most, float(np.abs(apart).max()), abs(float(apart.sum())))
    return round(most, 1)
