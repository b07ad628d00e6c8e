"""Community totals shared out to homes or residential streets, every sum kept to the person.

Dasymetric disaggregation: of each community, people stand where homes or residential streets are,
by their size, and the numbers of all its places add up to its own. The parts are shared out inside
what they are a part of: people by place, 60 and over among the people of each place, 65 and over
among those, 80 and over among those; so no place has more of a part than of the whole.

References
----------
Eicher, Brewer (2001), Dasymetric mapping and areal interpolation, CaGIS 28(2).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from planner.analysis.homes import (
    MEASURES,
    Places,
    middle_of,
    places_in_buildings,
    places_on_streets,
)
from planner.analysis.totals import Totals, total_communities
from planner.kernel.apportion import apportion_within
from planner.model.buildings import Buildings
from planner.model.demand import Demand, Representation
from planner.model.districts import Districts
from planner.model.finding import Finding, Severity
from planner.model.ground import Ground
from planner.model.network import Network

F64 = NDArray[np.float64]

_EXAMPLES = 5
_DONE = {
    "buildings": "spreading.over_buildings",
    "streets": "spreading.over_streets",
    "none": "spreading.over_none",
}


def spread_households(
    demand: Demand,
    communities: Districts,
    streets: tuple[Network, Ground],
    *,
    over: str,
    buildings: Buildings | None = None,
) -> tuple[Demand, tuple[Finding, ...]]:
    """Give rows without a place theirs: share the people of each community out.

    Parameters
    ----------
    demand
        Rows with the code of their community; those without a place are totals of communities, or
        estates nobody has placed.
    communities
        The list of committees with their polygons.
    streets
        The network, before any change to it, and the plane it lies on.
    over
        ``buildings``, ``streets`` or ``none`` (every community at one point).
    buildings
        Homes, where `over` is ``buildings``.

    Returns
    -------
    demand
        With a place for every row; the same where all had one.
    findings
        How it was done, and what could not be done.

    Raises
    ------
    ValueError
        If `over` is ``buildings`` and there are none, or not one of the three.
    """
    if demand.is_placed().all():
        return demand, ()
    if over not in _DONE or (over == "buildings" and buildings is None):
        raise ValueError(f"nothing to spread over: {over}")
    totals, findings = total_communities(demand, communities)
    if any(f.severity is Severity.ERROR for f in findings):
        return demand, findings
    on_streets = places_on_streets(*streets, communities)
    places = on_streets
    if over == "buildings" and buildings is not None:
        places = places_in_buildings(buildings, communities)
    made: list[_Made] = []
    lone: list[int] = []
    for total in totals:
        first, last = np.searchsorted(places.community, [total.at, total.at + 1])
        if over == "none" or first == last or not places.weight[first:last].any():
            lone.append(total.at)
            middle = middle_of(communities, on_streets, total.at)
            made.append(_shared(total, middle, np.ones(1)))
        else:
            made.append(_shared(total, places.lonlat[first:last], places.weight[first:last]))
    spread = _merged(demand, communities, made)
    done = Representation(
        over=over,
        communities=len(totals),
        points=sum(len(part.lonlat) for part in made),
        lone=len(lone),
        placed=int(demand.is_placed().sum()),
    )
    findings += _told(demand, communities, done, lone)
    findings += _measures(places, [total.at for total in totals], demand)
    return replace(spread, representation=done), findings


@dataclass(frozen=True, slots=True)
class _Made:
    """The points of one community."""

    total: Totals
    lonlat: F64
    counts: dict[str, F64]


def _shared(total: Totals, lonlat: F64, weight: F64) -> _Made:
    """Share out every count of a community; places where nobody is left are left out."""
    counts: dict[str, F64] = {}
    numbers = total.counts
    base = weight
    for label in ("population", "households"):
        if label in numbers:
            counts[label] = apportion_within(numbers[label], base, weight)
            if base is weight and counts[label].any() and not np.isnan(numbers[label]):
                base = counts[label]
    inside = base
    for label in ("older", "older_65", "older_80"):
        if label in numbers:
            counts[label] = apportion_within(numbers[label], inside, base, weight)
            inside = inside if np.isnan(numbers[label]) else counts[label]
    for label in numbers.keys() - counts.keys():  # the years
        counts[label] = apportion_within(numbers[label], counts["older"], base, weight)
    anybody = np.nansum(np.stack(list(counts.values())), axis=0) > 0
    if not anybody.any():
        anybody[0] = True
    return _Made(total, lonlat[anybody], {k: v[anybody] for k, v in counts.items()})


def _merged(demand: Demand, communities: Districts, made: Sequence[_Made]) -> Demand:
    """Return the points of the file and the points made, by id."""
    kept = np.flatnonzero(demand.is_placed())
    ids = [demand.id[i] for i in kept]
    names = [demand.name[i] for i in kept]
    codes = [demand.community[i] for i in kept]
    origins = [demand.origin[i] for i in kept] if demand.origin else []
    taken = set(ids)
    for part in made:
        code, number = communities.code[part.total.at], 0
        for _ in range(len(part.lonlat)):
            number += 1
            while (one := f"{code}-{number:04d}") in taken:
                number += 1
            ids.append(one)
        names += [communities.name[part.total.at]] * len(part.lonlat)
        codes += [code] * len(part.lonlat)
        if demand.origin:
            origins += [demand.origin[part.total.row]] * len(part.lonlat)
    order = sorted(range(len(ids)), key=ids.__getitem__)

    def column(label: str, numbers: F64) -> F64:
        return np.concatenate([numbers[kept], *(part.counts[label] for part in made)])[order]

    def given(label: str) -> F64 | None:
        numbers: F64 | None = getattr(demand, label)
        return None if numbers is None else column(label, numbers)

    return replace(
        demand,
        id=tuple(ids[i] for i in order),
        name=tuple(names[i] for i in order),
        community=tuple(codes[i] for i in order),
        lonlat=np.concatenate([demand.lonlat[kept], *(part.lonlat for part in made)])[order],
        households=column("households", demand.households),
        older=column("older", demand.older),
        older_65=given("older_65"),
        older_80=given("older_80"),
        population=given("population"),
        projected=tuple((year, column(str(year), people)) for year, people in demand.projected),
        origin=tuple(origins[i] for i in order) if demand.origin else (),
        said=(),
    )


def _told(
    demand: Demand, communities: Districts, done: Representation, lone: list[int]
) -> tuple[Finding, ...]:
    unplaced = int(np.flatnonzero(~demand.is_placed())[0])
    source = demand.origin[unplaced].file if demand.origin else ""
    findings = [
        Finding(
            rule=_DONE[done.over],
            severity=Severity.NOTICE,
            source=source,
            found=str(done.communities),
            values=(("placed", str(done.placed)), ("points", str(done.points))),
        )
    ]
    if lone and done.over != "none":
        listed = "、".join(communities.name[at] for at in lone[:_EXAMPLES])
        findings.append(
            Finding(
                rule="spreading.lone",
                severity=Severity.WARNING,
                source=source,
                unit=communities.code[lone[0]],
                found=str(len(lone)),
                values=(("named", listed),),
            )
        )
    return tuple(findings)


def _measures(places: Places, spread: list[int], demand: Demand) -> tuple[Finding, ...]:
    """Say what homes were weighed by, in how many communities."""
    used = np.isin(places.community, spread) & (places.measure >= 0)
    if not used.any():
        return ()
    pairs = np.unique(np.column_stack([places.community, places.measure])[used], axis=0)
    count = np.bincount(pairs[:, 1], minlength=len(MEASURES))
    return (
        Finding(
            rule="spreading.measures",
            severity=Severity.NOTICE,
            source=demand.origin[0].file if demand.origin else "",
            found=str(len(pairs)),
            values=tuple((name, str(n)) for name, n in zip(MEASURES, count, strict=True)),
        ),
    )
