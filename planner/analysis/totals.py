"""What each community has to share out: its total less the estates that have a place."""

import difflib
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from planner.model.demand import Demand
from planner.model.districts import Districts
from planner.model.finding import Finding, Severity
from planner.model.provenance import Origin

F64 = NDArray[np.float64]

_URBAN = ("社区居民委员会", "社区居委会", "社区", "居民委员会", "居委会")
_RURAL = ("村村民委员会", "村民委员会", "村村委会", "村委会", "村")
_SPACES = re.compile(r"\s+")


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


def name_communities(demand: Demand, communities: Districts) -> tuple[Demand, tuple[Finding, ...]]:
    """Give rows that have neither place nor code the code of the community they name.

    A name counts where one community alone bears it: as it is written, else without the words for
    committee but of the same kind (居 or 村).
    """
    rows = [
        i
        for i, placed in enumerate(demand.is_placed())
        if not placed and not demand.community[i] and demand.community_name
    ]
    if not rows:
        return demand, ()
    bearing = _bearing(communities)
    codes, found = list(demand.community), []
    for i in rows:
        name = demand.community_name[i]
        for key in _keys(name):
            if len(bearing[key]) == 1:
                codes[i] = bearing[key][0]
                break
            if bearing[key]:
                listed = ", ".join(bearing[key])
                found.append(_fault("spreading.name_shared", demand, i, name, listed))
                break
        else:
            near = difflib.get_close_matches(name, communities.name, n=3, cutoff=0.5)
            expected = ", ".join(near) or "—"
            found.append(_fault("spreading.name_unknown", demand, i, name, expected))
    named = sum(bool(codes[i]) for i in rows)
    if named:
        source = demand.origin[rows[0]].file if demand.origin else ""
        notice = Severity.NOTICE
        found.append(
            Finding(rule="spreading.by_name", severity=notice, source=source, found=str(named))
        )
    return replace(demand, community=tuple(codes)), tuple(found)


def _bearing(communities: Districts) -> dict[tuple[str, str], list[str]]:
    """Return the codes of the communities that bear each form of a name."""
    bearing: dict[tuple[str, str], list[str]] = defaultdict(list)
    for code, name in zip(communities.code, communities.name, strict=True):
        bearing["", code].append(code)
        for key in _keys(name):
            bearing[key].append(code)
    return bearing


def _keys(name: str) -> tuple[tuple[str, str], ...]:
    plain = _SPACES.sub("", name)
    for kind, endings in (("urban", _URBAN), ("rural", _RURAL)):
        for ending in endings:
            if plain.endswith(ending) and plain != ending:
                return ("", plain), (kind, plain.removesuffix(ending))
    return (("", plain),)


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
    label = _SPACES.sub("", demand.name[row])
    own = {code, _SPACES.sub("", name), _SPACES.sub("", demand.community_name[row] if
           demand.community_name else "")}  # fmt: skip
    return not label or label in own or bool(set(_keys(label)) & set(_keys(name)))


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
