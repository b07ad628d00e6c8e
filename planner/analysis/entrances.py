"""Entrances and the places they lead into, joined by id (law 2)."""

import difflib
from collections.abc import Mapping

import numpy as np

from planner.analysis.attaching import Doors
from planner.model.demand import Demand
from planner.model.entrances import Entrances
from planner.model.finding import Finding, Severity
from planner.model.ground import Ground
from planner.model.sites import Sites

FAR_FROM_PLACE_M = 1000.0  # no estate is that large; the id is wrong


def join_entrances(
    entrances: Entrances, facilities: Sites, demand: Demand, ground: Ground
) -> tuple[tuple[Doors, Doors], tuple[Finding, ...]]:
    """Give every facility and demand point its entrances.

    Parameters
    ----------
    entrances
        As the file has them.
    facilities, demand
        The places.
    ground
        The plane distances are measured on.

    Returns
    -------
    tuple
        Doors of the facilities and of the demand points; the findings:
        ``entrances.unknown_id`` and ``entrances.ambiguous_id`` (errors), ``entrances.away`` where
        one stands more than a kilometre from its place.
    """
    tables: dict[str, Mapping[str, int]] = {
        "facility": {code: i for i, code in enumerate(facilities.id)},
        "demand": {code: i for i, code in enumerate(demand.id)},
    }
    findings: list[Finding] = []
    rows: dict[str, list[tuple[int, int]]] = {"facility": [], "demand": []}
    for k, (place, of) in enumerate(zip(entrances.place, entrances.of, strict=True)):
        known = [t for t, ids in tables.items() if place in ids and of in ("", t)]
        if len(known) == 1:
            rows[known[0]].append((tables[known[0]][place], k))
        elif known:
            findings.append(_fault(entrances, k, "entrances.ambiguous_id"))
        else:
            asked = [code for t, ids in tables.items() if of in ("", t) for code in ids]
            findings.append(_fault(entrances, k, "entrances.unknown_id", asked))
    for table, places in (("facility", facilities.lonlat), ("demand", demand.lonlat)):
        if not rows[table]:
            continue
        at, which = np.array(rows[table]).T
        apart = ground.to_metres(entrances.lonlat[which]) - ground.to_metres(places[at])
        away = np.hypot(*apart.T)
        findings += [
            _away(entrances, int(which[j]), float(away[j]))
            for j in np.flatnonzero(away > FAR_FROM_PLACE_M)
        ]
    return (_doors(entrances, rows["facility"]), _doors(entrances, rows["demand"])), tuple(findings)


def _doors(entrances: Entrances, rows: list[tuple[int, int]]) -> Doors:
    place, which = np.array(rows, np.intp).reshape(-1, 2).T
    return Doors(place=place, lonlat=entrances.lonlat[which])


def _fault(entrances: Entrances, k: int, rule: str, known: list[str] | None = None) -> Finding:
    origin, place = entrances.origin[k], entrances.place[k]
    near = difflib.get_close_matches(place, known or [], n=3, cutoff=0.6)
    return Finding(
        rule=rule,
        severity=Severity.ERROR,
        source=origin.file,
        layer=origin.layer,
        row=origin.row,
        unit=place,
        found=place,
        expected=", ".join(near) or "—",
    )


def _away(entrances: Entrances, k: int, metres: float) -> Finding:
    origin = entrances.origin[k]
    return Finding(
        rule="entrances.away",
        severity=Severity.WARNING,
        source=origin.file,
        layer=origin.layer,
        row=origin.row,
        unit=entrances.place[k],
        found=f"{metres:,.0f}",
        lon=float(entrances.lonlat[k, 0]),
        lat=float(entrances.lonlat[k, 1]),
    )
