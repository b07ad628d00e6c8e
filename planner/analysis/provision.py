"""Square metres of community space per 100 households, and unit coverage."""

from collections.abc import Mapping
from datetime import date

import numpy as np
from numpy.typing import NDArray

from planner.errors import JoinError
from planner.model.demand import Demand
from planner.model.districts import Districts, UnitKind
from planner.model.outcome import UnitShare
from planner.model.provision import Provision, SpaceSummary
from planner.model.sites import FacilityKind, Sites

F64 = NDArray[np.float64]


def community_households(communities: Districts, demand: Demand) -> F64:
    """Return households per community; NaN where a point's count is unknown or none exists.

    Raises
    ------
    JoinError
        If a demand point names a community that is not on the list (law 2).
    """
    position = communities.position()
    lost = sorted({c for c in demand.community if c not in position})
    if lost:
        raise JoinError(f"demand points of communities not on the list: {', '.join(lost[:10])}")
    at = np.array([position[c] for c in demand.community], np.intp)
    total = np.full(len(communities), np.nan)
    present = np.unique(at)
    total[present] = 0.0
    np.add.at(total, at, demand.households)
    return total


def community_floor(communities: Districts, facilities: Sites) -> F64:
    """Return floor area of community facilities per community.

    Zero where there is no facility, NaN where a facility's area is unknown; NaN everywhere if
    the register holds no community facility at all, for then nobody has looked (law 1).

    Raises
    ------
    JoinError
        If a community facility names a community that is not on the list (law 2).
    """
    position = communities.position()
    space = facilities.of_kinds({FacilityKind.COMMUNITY_SPACE})
    lost = sorted({c for c in space.community if c not in position})
    if lost:
        raise JoinError(f"facilities of communities not on the list: {', '.join(lost[:10])}")
    at = np.array([position[c] for c in space.community], np.intp)
    total = np.full(len(communities), 0.0 if len(space) else np.nan)
    np.add.at(total, at, space.floor_m2)
    return total


def _summary(
    key: str, chosen: NDArray[np.bool_], floor: F64, house: F64, norm: float
) -> SpaceSummary:
    known = chosen & np.isfinite(floor) & (house > 0)
    count = int(known.sum())
    ratio = floor[known] / house[known] * 100.0
    missing = np.maximum(0.0, norm * house[known] / 100.0 - floor[known])
    has_space = chosen & (floor > 0)
    total_house = float(house[known].sum())
    meeting = int((ratio >= norm).sum())
    return SpaceSummary(
        key=key,
        units=int(chosen.sum()),
        known=count,
        floor_m2=float(floor[known].sum()),
        households=total_house,
        ratio=float(floor[known].sum() / total_house * 100.0) if total_house else float("nan"),
        mean_ratio=float(ratio.mean()) if count else float("nan"),
        meeting=meeting,
        share_meeting=meeting / count if count else float("nan"),
        deficit_m2=float(missing.sum()) if count else float("nan"),
        mean_floor_m2=float(floor[has_space].mean()) if has_space.any() else float("nan"),
    )


def build_provision(
    communities: Districts, facilities: Sites, demand: Demand, *, norm: float
) -> Provision:
    """Relate community space to households, by community, township, county and city.

    A township is read from the first nine digits of a twelve-digit code.

    Parameters
    ----------
    communities
        The list of committees; units of kind ``other`` take no part.
    facilities
        All facilities; those of kind ``community_space`` count.
    demand
        Households.
    norm
        Square metres per 100 households.

    Raises
    ------
    JoinError
        If codes do not match (law 2).
    """
    committee = np.array([k in (UnitKind.URBAN, UnitKind.RURAL) for k in communities.kind])
    urban = communities.is_kind(UnitKind.URBAN)
    floor = community_floor(communities, facilities)
    house = community_households(communities, demand)
    parent = np.array(communities.parent)
    groups: list[tuple[str, NDArray[np.bool_]]] = [
        ("city", committee),
        ("urban", committee & urban),
        ("rural", committee & ~urban),
    ]
    for county in sorted(set(communities.parent) - {""}):
        inside = committee & (parent == county)
        groups += [
            (county, inside),
            (f"{county}/urban", inside & urban),
            (f"{county}/rural", inside & ~urban),
        ]
    townships = sorted({c[:9] for c in communities.code if len(c) == 12 and c.isdecimal()})
    township = np.array([code[:9] for code in communities.code])
    groups += [(code, committee & (township == code)) for code in townships]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(house > 0, floor / house * 100.0, np.nan)
    return Provision(
        community=tuple(c for c, ok in zip(communities.code, committee, strict=True) if ok),
        floor_m2=floor[committee],
        households=house[committee],
        ratio=ratio[committee],
        deficit_m2=np.maximum(0.0, norm * house / 100.0 - floor)[committee],
        norm=norm,
        definition=demand.households_definition,
        households_date=demand.count_date,
        area_date=facilities.list_date,
        summaries=tuple(_summary(key, chosen, floor, house, norm) for key, chosen in groups),
    )


def unit_coverage(
    communities: Districts, facilities: Sites, list_date: date
) -> tuple[Mapping[str, UnitShare], frozenset[str]]:
    """Count the committees that have a qualifying facility (law 7).

    In town a ``elderly_station`` qualifies, in villages a ``rural_elderly``.

    Returns
    -------
    shares
        `UnitShare` by ``urban`` and ``rural``.
    station_in
        Codes of the committees that have one.
    """
    shares: dict[str, UnitShare] = {}
    having: set[str] = set()
    for label, unit, facility in (
        ("urban", UnitKind.URBAN, FacilityKind.ELDERLY_STATION),
        ("rural", UnitKind.RURAL, FacilityKind.RURAL_ELDERLY),
    ):
        units = {c for c, k in zip(communities.code, communities.kind, strict=True) if k is unit}
        served = units & set(facilities.of_kinds({facility}).community)
        having |= served
        share = len(served) / len(units) if units else float("nan")
        shares[label] = UnitShare(
            share=share, with_facility=len(served), units=len(units), list_date=list_date
        )
    return shares, frozenset(having)
