"""Square metres per 100 households: a worked example and the laws on absence."""

from datetime import date

import numpy as np
import pytest
import shapely

from planner.analysis.provision import build_provision, unit_coverage
from planner.errors import JoinError
from planner.model.demand import Demand
from planner.model.districts import Districts, UnitKind
from planner.model.sites import FacilityKind, Sites

DAY = date(2020, 6, 30)
NAN = float("nan")


def districts(*kinds):
    n = len(kinds)
    return Districts(
        code=tuple(f"2105020010{i:02d}" for i in range(n)),
        name=tuple(f"社区{i}" for i in range(n)),
        kind=kinds,
        parent=("210502",) * n,
        geometry=(shapely.box(0, 0, 1, 1),) * n,
        list_date=DAY,
    )


def demand(communities, households):
    n = len(households)
    return Demand(
        id=tuple(f"P{i:03d}" for i in range(n)),
        name=("",) * n,
        community=communities,
        lonlat=np.zeros((n, 2)),
        households=np.array(households, np.float64),
        older=np.ones(n),
        households_definition="resident",
        count_date=DAY,
    )


def sites(*rows):
    n = len(rows)
    return Sites(
        id=tuple(f"F{i:03d}" for i in range(n)),
        name=("",) * n,
        kind=tuple(kind for kind, _, _ in rows),
        community=tuple(code for _, code, _ in rows),
        lonlat=np.zeros((n, 2)),
        floor_m2=np.array([area for _, _, area in rows], np.float64),
        beds=np.full(n, NAN),
        nursing_beds=np.full(n, NAN),
        list_date=DAY,
    )


SPACE = FacilityKind.COMMUNITY_SPACE
TOWN = districts(UnitKind.URBAN, UnitKind.URBAN, UnitKind.RURAL, UnitKind.OTHER)
A, B, C, D = TOWN.code


def test_worked_example():
    # A: 600 m2 for 1,000 + 1,000 households = 30.0, meets 30 exactly, misses 0
    # B: 500 m2 for 2,000 households = 25.0, misses 100; C: 400 m2 for 400 = 100.0
    people = demand((A, A, B, C), [1000, 1000, 2000, 400])
    result = build_provision(
        TOWN, sites((SPACE, A, 600), (SPACE, B, 300), (SPACE, B, 200), (SPACE, C, 400)), people,
        norm=30,
    )  # fmt: skip
    assert result.ratio.tolist() == [30.0, 25.0, 100.0]
    assert result.deficit_m2.tolist() == [0.0, 100.0, 0.0]
    city, urban = result.summary("city"), result.summary("urban")
    assert (city.units, city.known, city.meeting) == (3, 3, 2)
    assert urban.ratio == 1100 / 4000 * 100
    assert urban.mean_ratio == 27.5
    assert urban.share_meeting == 0.5
    assert urban.deficit_m2 == 100
    assert urban.mean_floor_m2 == 550
    assert result.summary("210502/rural").ratio == 100
    assert result.summary("210502001").deficit_m2 == 100  # the township


def test_unknown_area_is_not_zero_and_no_facility_is_not_unknown():
    people = demand((A, B, C), [1000, 1000, 400])
    result = build_provision(TOWN, sites((SPACE, A, NAN), (SPACE, C, 400)), people, norm=30)
    assert np.isnan(result.ratio[0])
    assert result.ratio[1] == 0
    assert result.summary("urban").known == 1
    assert result.summary("urban").deficit_m2 == 300


def test_unknown_households_are_not_zero():
    people = demand((A, A, B), [1000, NAN, 1000])
    result = build_provision(TOWN, sites((SPACE, A, 900), (SPACE, B, 900)), people, norm=30)
    assert np.isnan(result.ratio[0])
    assert np.isnan(result.households[2])
    assert result.summary("city").known == 1


def test_functional_areas_are_in_no_denominator():
    result = build_provision(TOWN, sites((SPACE, D, 900)), demand((D,), [10]), norm=30)
    assert D not in result.community
    assert result.summary("city").units == 3


def test_codes_that_do_not_match_are_refused_by_name():
    with pytest.raises(JoinError, match="999999999999"):
        build_provision(TOWN, sites((SPACE, "999999999999", 1)), demand((A,), [10]), norm=30)
    with pytest.raises(JoinError, match="888888888888"):
        build_provision(TOWN, sites(), demand(("888888888888",), [10]), norm=30)


def test_unit_coverage_counts_units_not_facilities():
    station, rural = FacilityKind.ELDERLY_STATION, FacilityKind.RURAL_ELDERLY
    shares, having = unit_coverage(
        TOWN, sites((station, A, 1), (station, A, 1), (station, C, 1), (rural, C, 1)), DAY
    )
    assert (shares["urban"].with_facility, shares["urban"].units) == (1, 2)
    assert shares["urban"].share == 0.5
    assert (shares["rural"].with_facility, shares["rural"].units) == (1, 1)
    assert having == {A, C}
