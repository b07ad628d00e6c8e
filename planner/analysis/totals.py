"""What each community has to share out: its total less the estates that have a place."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from planner.model.demand import Demand
from planner.model.districts import Districts
from planner.model.finding import Finding, Severity
from planner.model.provenance import Origin
from planner.model.unit_names import kind_said, plain_name, stem_of

F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Totals:
    """What one community has to share out.

    Parameters
    ----------
    at
        Position of the community.
    row
        Position of the row it comes from, the first if there are several.
    counts
        Field or year -> number, NaN where unknown.
    """

    at: int
    row: int
    counts: Mapping[str, float]


def _fault(rule: str, demand: Demand, row: int, found: str, expected: str = "") -> Finding:
    origin = demand.origin[row] if demand.origin else Origin(file="")
    return Finding(
        rule=rule,
        severity=Severity.ERROR,
        source=origin.file,
        layer=origin.layer,
        row=origin.row,
        unit=demand.id[row],
        found=found,
        expected=expected,
    )


def total_communities(
    demand: Demand, communities: Districts
) -> tuple[tuple[Totals, ...], tuple[Finding, ...]]:
    """Return what each community with a row without a place has to share out, by code.

    A row without a place is the total of its community where it has no name of its own. Estates of
    that community, placed or not, are part of the total: what is left of it after the placed ones
    is shared out, never less than nobody. Without a total its unplaced estates are added up.
    """
    position = communities.position()
    placed = demand.is_placed()
    rows: dict[str, list[int]] = defaultdict(list)
    estates: dict[str, list[int]] = defaultdict(list)
    for i, code in enumerate(demand.community):
        (estates if placed[i] else rows)[code].append(i)
    columns = _columns(demand)
    totals: list[Totals] = []
    findings: list[Finding] = []
    left = parts = 0
    for code in sorted(rows):
        at = position[code]
        if communities.geometry[at] is None:
            findings.append(_fault("spreading.no_polygon", demand, rows[code][0], code))
            continue
        own = [i for i in rows[code] if _is_total(demand, i, code, communities.name[at])]
        if len(own) > 1:
            findings.append(_twice(demand, own, communities.name[at]))
            continue
        if own:
            left += bool(estates[code])
            counts, faults = _remainder(columns, own[0], estates[code], demand)
            findings += faults
        else:
            parts += len(rows[code])
            counts = {label: _sum(numbers[rows[code]]) for label, numbers in columns.items()}
        totals.append(Totals(at, (own or rows[code])[0], counts))
    findings += _notices(demand, left, parts)
    return tuple(totals), tuple(findings)


def _columns(demand: Demand) -> dict[str, F64]:
    columns = {"households": demand.households, "older": demand.older}
    for label in ("population", "older_65", "older_80"):
        numbers = getattr(demand, label)
        if numbers is not None:
            columns[label] = numbers
    return {**columns, **{str(year): people for year, people in demand.projected}}


def _is_total(demand: Demand, row: int, code: str, name: str) -> bool:
    """Return whether a row has no name but that of its community."""
    label = plain_name(demand.name[row])
    said = plain_name(demand.said[row].name) if demand.said else ""
    own = {"", code, said, plain_name(name)}
    kind = kind_said(label)
    alike = kind is not None and kind is kind_said(name) and stem_of(label) == stem_of(name)
    return label in own or alike


def _twice(demand: Demand, own: list[int], name: str) -> Finding:
    fault = _fault("spreading.total_twice", demand, own[1], name)
    first = demand.origin[own[0]].row if demand.origin else None
    return replace(fault, values=(("other", str(first)),))


def _remainder(
    columns: Mapping[str, F64], row: int, estates: list[int], demand: Demand
) -> tuple[dict[str, float], list[Finding]]:
    """Return the total less its placed estates, and where these are more than the total."""
    counts: dict[str, float] = {}
    findings = []
    for label, numbers in columns.items():
        placed = float(np.nansum(numbers[estates]))
        counts[label] = rest = float(numbers[row]) - placed
        if rest < 0:
            counts[label] = 0.0
            if rest < -1e-6:
                fault = _fault("spreading.above_total", demand, row, label)
                values = (("people", f"{-rest:g}"),)
                findings.append(replace(fault, severity=Severity.WARNING, values=values))
    return counts, findings


def _sum(numbers: F64) -> float:
    """Return the sum of what is known, NaN where nothing is."""
    return float(np.nansum(numbers)) if np.isfinite(numbers).any() else float("nan")


def _notices(demand: Demand, left: int, parts: int) -> list[Finding]:
    source = demand.origin[0].file if demand.origin else ""
    findings = []
    for rule, count in (("spreading.remainder", left), ("spreading.estates", parts)):
        if count:
            notice = Severity.NOTICE
            findings.append(Finding(rule=rule, severity=notice, source=source, found=str(count)))
    return findings
