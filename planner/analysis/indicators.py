"""The plan's indicator table, each row with numerator, denominator and date."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from planner.model.districts import Districts, UnitKind
from planner.model.outcome import IndicatorValue, Share, UnitShare
from planner.model.provision import Provision
from planner.model.sites import FacilityKind, Sites
from planner.model.standard import Indicator, Standards


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What the indicators are computed from.

    Parameters
    ----------
    communities, facilities
        The list of committees and the register of facilities.
    unit_coverage
        By ``urban`` and ``rural``.
    walking
        The city's share of older people reached.
    people_date
        Date of the counts of older people.
    provision
        Space per 100 households.
    provincial_m2
        Least floor area of the provincial standard by ``urban`` and ``rural``.
    """

    communities: Districts
    facilities: Sites
    unit_coverage: Mapping[str, UnitShare]
    walking: Share
    people_date: date
    provision: Provision
    provincial_m2: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Computed:
    value: float | None
    numerator: float | None = None
    denominator: float | None = None
    at: date | None = None
    needs: str = ""


def _ratio(numerator: float, denominator: float, at: date | None, needs: str) -> _Computed:
    if not denominator or not np.isfinite(denominator) or not np.isfinite(numerator):
        return _Computed(value=None, at=at, needs=needs)
    return _Computed(
        value=numerator / denominator, numerator=numerator, denominator=denominator, at=at
    )


def _of_kind(ledger: Ledger, kind: FacilityKind) -> Sites:
    return ledger.facilities.of_kinds({kind})


def _count(kind: FacilityKind) -> Callable[[Ledger], _Computed]:
    def count(ledger: Ledger) -> _Computed:
        number = float(len(_of_kind(ledger, kind)))
        return _Computed(value=number, numerator=number, at=ledger.facilities.list_date)

    return count


def _unit(label: str) -> Callable[[Ledger], _Computed]:
    def share(ledger: Ledger) -> _Computed:
        unit = ledger.unit_coverage[label]
        return _ratio(unit.with_facility, unit.units, unit.list_date, "communities")

    return share


def _beds(ledger: Ledger) -> _Computed:
    homes = _of_kind(ledger, FacilityKind.INSTITUTION)
    if not len(homes) or not np.isfinite(homes.beds).all():
        return _Computed(value=None, at=homes.list_date, needs="beds")
    total = float(homes.beds.sum())
    return _Computed(value=total, numerator=total, at=homes.list_date)


def _nursing(ledger: Ledger) -> _Computed:
    homes = _of_kind(ledger, FacilityKind.INSTITUTION)
    return _ratio(
        float(homes.nursing_beds.sum()), float(homes.beds.sum()), homes.list_date, "nursing_beds"
    )


def _walking(ledger: Ledger) -> _Computed:
    return _ratio(ledger.walking.covered, ledger.walking.total, ledger.people_date, "older")


def _space(ledger: Ledger) -> _Computed:
    city = ledger.provision.summary("city")
    return _ratio(city.floor_m2, city.households / 100.0, ledger.provision.area_date, "floor_m2")


def _meeting_norm(ledger: Ledger) -> _Computed:
    city = ledger.provision.summary("city")
    return _ratio(city.meeting, city.known, ledger.provision.area_date, "floor_m2")


def _with_space(kind: UnitKind) -> Callable[[Ledger], _Computed]:
    def share(ledger: Ledger) -> _Computed:
        units = _units(ledger, kind)
        having = units & set(_of_kind(ledger, FacilityKind.COMMUNITY_SPACE).community)
        return _ratio(len(having), len(units), ledger.communities.list_date, "communities")

    return share


def _units(ledger: Ledger, kind: UnitKind) -> set[str]:
    rows = zip(ledger.communities.code, ledger.communities.kind, strict=True)
    return {code for code, k in rows if k is kind}


def _floors(ledger: Ledger, kind: UnitKind) -> tuple[NDArray[np.float64], int]:
    units = _units(ledger, kind)
    space = _of_kind(ledger, FacilityKind.COMMUNITY_SPACE)
    inside = np.array([c in units for c in space.community], np.bool_)
    return space.floor_m2[inside], len(units)


def _provincial(kind: UnitKind) -> Callable[[Ledger], _Computed]:
    def share(ledger: Ledger) -> _Computed:
        floor, units = _floors(ledger, kind)
        if kind.value not in ledger.provincial_m2:
            return _Computed(value=None, needs="provincial_standard")
        meeting = int((floor >= ledger.provincial_m2[kind.value]).sum())
        if not np.isfinite(floor).all():
            return _Computed(value=None, at=ledger.facilities.list_date, needs="floor_m2")
        return _ratio(meeting, units, ledger.facilities.list_date, "communities")

    return share


def _mean_floor(kind: UnitKind) -> Callable[[Ledger], _Computed]:
    def mean(ledger: Ledger) -> _Computed:
        floor, _ = _floors(ledger, kind)
        return _ratio(float(floor.sum()), len(floor), ledger.facilities.list_date, "floor_m2")

    return mean


_FORMULAS: dict[str, Callable[[Ledger], _Computed]] = {
    "E01": _count(FacilityKind.ELDERLY_STATION),
    "E02": _unit("urban"),
    "E03": _count(FacilityKind.RURAL_ELDERLY),
    "E04": _unit("rural"),
    "E05": _count(FacilityKind.INSTITUTION),
    "E06": _beds,
    "E07": _nursing,
    "E10": _walking,
    "C01": _space,
    "C01S": _meeting_norm,
    "C02": _with_space(UnitKind.URBAN),
    "C03": _provincial(UnitKind.URBAN),
    "C04": _with_space(UnitKind.RURAL),
    "C05": _provincial(UnitKind.RURAL),
    "C06U": _mean_floor(UnitKind.URBAN),
    "C06R": _mean_floor(UnitKind.RURAL),
}


def build_indicators(standards: Standards, ledger: Ledger) -> tuple[IndicatorValue, ...]:
    """Compute every indicator of the plan's table.

    A row that lacks data has no value and says what it needs; it is never zero (law 1).

    Raises
    ------
    KeyError
        If the table names an indicator without a formula.
    """
    return tuple(_row(row, _FORMULAS[row.id](ledger)) for row in standards.indicators)


def _row(row: Indicator, computed: _Computed) -> IndicatorValue:
    return IndicatorValue(
        id=row.id,
        zh=row.zh,
        en=row.en,
        unit=row.unit,
        value=computed.value,
        numerator=computed.numerator,
        denominator=computed.denominator,
        baseline=row.baseline,
        target=row.target,
        date=computed.at,
        needs=computed.needs,
    )
