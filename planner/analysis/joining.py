"""Tie points to committees: by their code, or by where they stand where no code is given."""

from collections import Counter
from dataclasses import replace
from typing import TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.model.demand import Demand
from planner.model.districts import Districts
from planner.model.finding import Finding, Severity
from planner.model.sites import Sites

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
    rows: Placed, communities: Districts, *, table: str
) -> tuple[Placed, tuple[Finding, ...]]:
    """Check every community code, and fill in the missing ones by place.

    Parameters
    ----------
    rows
        Facilities or demand points.
    communities
        The list of committees with their polygons.
    table
        Name of the table for the wording.

    Returns
    -------
    rows
        With no empty code where the place decides it.
    findings
        ``join.community`` for every code that is not on the list (law 2),
        ``join.filled`` and ``join.nowhere`` for codes that were empty.
    """
    listed = set(communities.code)
    wrong = Counter(c for c in rows.community if c and c not in listed)
    findings = [_unlisted(code, count, rows, communities, table) for code, count in wrong.items()]
    empty = [i for i, c in enumerate(rows.community) if not c]
    if not empty:
        return rows, tuple(findings)
    at = communities_at(rows.lonlat[empty], communities)
    codes = list(rows.community)
    for i, code in zip(empty, at, strict=True):
        codes[i] = code
    filled = sum(bool(code) for code in at)
    if filled:
        findings.append(
            Finding(
                rule="join.filled",
                severity=Severity.NOTICE,
                source=rows.origin[0].file if rows.origin else "",
                found=str(filled),
                values=(("table", table),),
            )
        )
    nowhere = [i for i in empty if not codes[i]]
    if nowhere:
        origin = rows.origin[nowhere[0]] if rows.origin else None
        findings.append(
            Finding(
                rule="join.nowhere",
                severity=Severity.ERROR if isinstance(rows, Demand) else Severity.WARNING,
                source=origin.file if origin else "",
                row=origin.row if origin else None,
                unit=rows.id[nowhere[0]],
                found=str(len(nowhere)),
                values=(("table", table),),
            )
        )
    return replace(rows, community=tuple(codes)), tuple(findings)


def _unlisted(
    code: str, count: int, rows: Sites | Demand, communities: Districts, table: str
) -> Finding:
    first = rows.community.index(code)
    origin = rows.origin[first] if rows.origin else None
    return Finding(
        rule="join.community",
        severity=Severity.ERROR,
        source=origin.file if origin else "",
        layer=origin.layer if origin else "",
        row=origin.row if origin else None,
        unit=rows.id[first],
        found=code,
        expected=communities.list_date.isoformat(),
        values=(("table", table), ("count", str(count))),
    )
