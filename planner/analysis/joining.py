"""Tie points to committees: by their code, by their name, or by where they stand."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.analysis.matching import Asked, Doubt, Match, Step, UnitList, with_county
from planner.analysis.telling import Teller
from planner.model.codes import CodeFault, find_code_fault, is_committee
from planner.model.demand import Demand
from planner.model.districts import Districts
from planner.model.finding import Finding, Severity
from planner.model.said import NOTHING_SAID, Said
from planner.model.sites import Sites
from planner.model.unit_names import stem_of

Placed = TypeVar("Placed", Sites, Demand)


def communities_at(lonlat: NDArray[np.float64], communities: Districts) -> tuple[str, ...]:
    """Return the code of the community each point in degrees stands in, '' where none.

    A point on a shared line belongs to the community with the smaller code.
    """
    polygons = [g if g is not None else shapely.Polygon() for g in communities.geometry]
    known: NDArray[np.bool_] = np.isfinite(lonlat.sum(axis=1))
    points = shapely.points(np.where(known.reshape(-1, 1), lonlat, 0.0))
    point, polygon = shapely.STRtree(polygons).query(points, predicate="intersects")
    inside = np.full(len(lonlat), len(polygons))
    np.minimum.at(inside, point, polygon)
    codes = (*communities.code, "")
    return tuple(codes[i] if ok else "" for i, ok in zip(inside, known, strict=True))


def join_communities(
    rows: Placed, units: UnitList, *, table: str
) -> tuple[Placed, tuple[Finding, ...]]:
    """Check every community code, follow old ones, and fill in the missing ones.

    Parameters
    ----------
    rows
        Facilities, candidates or demand points.
    units
        The list of committees in force and the concordances to ask.
    table
        Name of the table for the wording.

    Returns
    -------
    rows
        Every code that is certain in force; where it is not, the community the point stands in.
    findings
        ``join.community`` for every code nothing is known of (law 2), ``codes.*`` for every row
        whose code was followed, doubted or contradicted, ``join.filled`` and ``join.nowhere`` for
        rows that said nothing.
    """
    teller = Teller(rows, units, table)
    matches, loud = _matches(rows, units, teller)
    codes = [match.code for match in matches]
    open_ = [i for i, code in enumerate(codes) if not code]
    at = dict(zip(open_, communities_at(rows.lonlat[open_], units.communities), strict=True))
    unknown: Counter[str] = Counter()
    filled: list[int] = []
    nowhere: list[int] = []
    for i in loud:
        match, code = matches[i], rows.community[i]
        if match.code:
            teller.matched(i, match)
            continue
        fault = _fault(code, units)
        if fault is not None:
            codes[i] = code
            teller.malformed(i, fault, _named(rows, units, i))
        elif not code:
            codes[i] = at[i]
            _told_name(teller, i, match, at[i])
            (filled if at[i] else nowhere).append(i)
        elif match.doubt is Doubt.UNKNOWN and not _above(code, units):
            codes[i] = code
            unknown[code] += 1
        else:
            codes[i] = at[i]
            teller.doubted(i, match, at[i])
    for i, home in _elsewhere(rows, units, codes).items():
        teller.elsewhere(i, home)
    told = [_unlisted(code, count, rows, units, table) for code, count in unknown.items()]
    told += teller.findings()
    told += _filled(rows, filled, table) + _nowhere(rows, nowhere, table)
    if tuple(codes) != rows.community:
        rows = replace(rows, community=tuple(codes))
    return rows, tuple(told)


def _said(rows: Sites | Demand, at: int) -> Said:
    return rows.said[at] if rows.said else NOTHING_SAID


def _matches(
    rows: Sites | Demand, units: UnitList, teller: Teller
) -> tuple[list[Match], list[int]]:
    """Return the match of each row, and the rows of which something is to be told.

    Rows that say the same are asked once.
    """
    said = rows.said or (NOTHING_SAID,) * len(rows)
    keys = [(code, id(one)) for code, one in zip(rows.community, said, strict=True)]
    first = {key: i for i, key in reversed(list(enumerate(keys)))}
    asked = {key: _asked(rows.community[i], said[i]) for key, i in first.items()}
    found = units.match_all(asked.values())
    by_key = {key: found[one] for key, one in asked.items()}
    quiet = {key for key, i in first.items() if teller.agrees(i, by_key[key])}
    loud = [i for i, key in enumerate(keys) if key not in quiet]
    matches = [by_key[key] for key in keys]
    named = [i for i in loud if not matches[i].code and not rows.community[i]]
    named = [i for i in named if said[i].name and not said[i].county]
    for i, home in zip(named, communities_at(rows.lonlat[named], units.communities), strict=True):
        narrowed = with_county(asked[keys[i]], units.county_of(home))  # the county it stands in
        matches[i] = units.match(narrowed)
    return matches, loud


def _asked(code: str, said: Said) -> Asked:
    return Asked(code=code, name=said.name, township=said.township, county=said.county)


def _fault(code: str, units: UnitList) -> CodeFault | None:
    """Return why a code cannot be one, where the list in force has national codes."""
    if not code or code in units.at or not units.national:
        return None
    return find_code_fault(code)


def _above(code: str, units: UnitList) -> bool:
    """Return whether a code is that of a township or county."""
    return units.national and not is_committee(code)


def _named(rows: Sites | Demand, units: UnitList, at: int) -> str:
    """Return the unit the name alone says, '' where it is not certain."""
    said = _said(rows, at)
    digits = "".join(c for c in rows.community[at].split("E")[0].split("e")[0] if c.isdigit())
    county = said.county or (digits[:6] if len(digits) >= 6 else "")
    match = units.match(replace(_asked("", said), county=county))
    return match.code if match.step is Step.NAME else ""


def _told_name(teller: Teller, at: int, match: Match, place: str) -> None:
    """Tell of a name that is not certain, unless the place agrees with it."""
    said = teller.said(at)
    if not said.name:
        return
    names = teller.units.communities.name
    here = names[teller.units.at[place]] if place else ""
    if place in match.near and match.doubt is Doubt.AMBIGUOUS:
        return
    if not here or stem_of(here) != stem_of(said.name):
        teller.unnamed(at, match, place)


def _elsewhere(
    rows: Sites | Demand, units: UnitList, codes: Sequence[str]
) -> dict[int, tuple[str, str]]:
    """Return the rows that stand in another county than their code says: both county codes."""
    said = [units.county_of(c) if c else "" for c in rows.community]
    said = [
        one or (units.county_of(code) if code else "")
        for one, code in zip(said, codes, strict=True)
    ]
    known: NDArray[np.bool_] = np.isfinite(rows.lonlat.sum(axis=1))
    shapes = np.array([*units.communities.geometry, None], object)
    shapely.prepare(shapes)
    own = shapes[[units.at.get(code, len(units.at)) for code in codes]]
    inside = shapely.intersects_xy(own, rows.lonlat[:, 0], rows.lonlat[:, 1])
    left = [i for i in np.flatnonzero(known).tolist() if said[i]]
    left = [i for i in left if not inside[i] or units.county_of(codes[i]) != said[i]]
    if not left:
        return {}
    homes = [
        units.county_of(c) if c else ""
        for c in communities_at(rows.lonlat[left], units.communities)
    ]
    if units.counties is not None:
        outlined = communities_at(rows.lonlat[left], units.counties)
        homes = [home or outline for home, outline in zip(homes, outlined, strict=True)]
    both = {i: (said[i], home) for i, home in zip(left, homes, strict=True)}
    return {i: pair for i, pair in both.items() if pair[1] and pair[0] != pair[1]}


def _unlisted(code: str, count: int, rows: Sites | Demand, units: UnitList, table: str) -> Finding:
    first = rows.community.index(code)
    origin = rows.origin[first] if rows.origin else None
    return Finding(
        rule="join.community",
        severity=Severity.ERROR,
        source=origin.file if origin else "",
        layer=origin.layer if origin else "",
        row=origin.row if origin else None,
        column=_said(rows, first).code_column,
        unit=rows.id[first],
        found=code,
        expected=units.communities.list_date.isoformat(),
        values=(("table", table), ("count", str(count))),
    )


def _filled(rows: Sites | Demand, filled: Sequence[int], table: str) -> list[Finding]:
    if not filled:
        return []
    return [
        Finding(
            rule="join.filled",
            severity=Severity.NOTICE,
            source=rows.origin[0].file if rows.origin else "",
            found=str(len(filled)),
            values=(("table", table),),
        )
    ]


def _nowhere(rows: Sites | Demand, nowhere: Sequence[int], table: str) -> list[Finding]:
    if not nowhere:
        return []
    origin = rows.origin[nowhere[0]] if rows.origin else None
    return [
        Finding(
            rule="join.nowhere",
            severity=Severity.ERROR if isinstance(rows, Demand) else Severity.WARNING,
            source=origin.file if origin else "",
            row=origin.row if origin else None,
            unit=rows.id[nowhere[0]],
            found=str(len(nowhere)),
            values=(("table", table),),
        )
    ]
