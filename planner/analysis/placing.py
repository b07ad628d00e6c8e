"""Whether places stand where their community code says."""

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.model.demand import Demand
from planner.model.districts import Districts
from planner.model.finding import Finding, Severity
from planner.model.ground import Ground
from planner.model.sites import Sites

FAR_OUTSIDE_M = 200.0  # nearer, the drawn line or the chosen door may be meant otherwise
MOST_TOLD = 20


def audit_places(
    rows: Sites | Demand, communities: Districts, ground: Ground, *, table: str
) -> tuple[Finding, ...]:
    """Tell places that stand clearly outside the community their code names.

    Parameters
    ----------
    rows
        Facilities, candidates or demand points, joined.
    communities
        The list of committees with their polygons in degrees.
    ground
        The plane distances are measured on.
    table
        Name of the table for the wording.

    Returns
    -------
    tuple of Finding
        ``join.elsewhere`` for each place more than 200 m outside its own polygon; one for all
        where they are more than 20, which is no slip of single rows.
    """
    at = {code: i for i, code in enumerate(communities.code)}
    own = np.array([at.get(code, -1) for code in rows.community], np.intp)
    drawn = np.array([g is not None and not g.is_empty for g in communities.geometry], np.bool_)
    asked = np.flatnonzero((own >= 0) & np.isfinite(rows.lonlat).all(axis=1))
    asked = asked[drawn[own[asked]]]
    if not len(asked):
        return ()
    shapes = np.array(communities.geometry, object)[own[asked]]
    lon, lat = rows.lonlat[asked].T
    outside = asked[~shapely.intersects_xy(shapes, lon, lat)]
    metres = np.array([_metres(communities, own, rows, i, ground) for i in outside], np.float64)
    far = outside[metres > FAR_OUTSIDE_M]
    metres = metres[metres > FAR_OUTSIDE_M]
    told = far if len(far) <= MOST_TOLD else far[:1]
    return tuple(
        _finding(rows, communities, int(i), (table, float(m), len(far) - len(told) + 1))
        for i, m in zip(told, metres, strict=False)
    )


def _metres(
    communities: Districts, own: NDArray[np.intp], rows: Sites | Demand, i: int, ground: Ground
) -> float:
    """Return how far a place stands outside its polygon."""
    shape = communities.geometry[own[i]]
    near = shapely.shortest_line(shapely.Point(rows.lonlat[i]), shape)
    if near is None:
        return 0.0
    ends = ground.to_metres(shapely.get_coordinates(near))
    return float(np.hypot(*(ends[0] - ends[-1])))


def _finding(
    rows: Sites | Demand, communities: Districts, i: int, told: tuple[str, float, int]
) -> Finding:
    table, metres, count = told
    code = rows.community[i]
    origin = rows.origin[i] if rows.origin else None
    return Finding(
        rule="join.elsewhere",
        severity=Severity.WARNING,
        source=origin.file if origin else "",
        layer=origin.layer if origin else "",
        row=origin.row if origin else None,
        unit=rows.id[i],
        found=f"{metres:,.0f}",
        expected=f"{code} {communities.name[communities.code.index(code)]}",
        lon=float(rows.lonlat[i, 0]),
        lat=float(rows.lonlat[i, 1]),
        values=(("count", str(count)), ("table", table)),
    )
