"""Places outside the community their code names, measured by hand."""

from datetime import date

import numpy as np
import pytest
import shapely

from planner.analysis.placing import MOST_TOLD, audit_places
from planner.model.districts import Districts, UnitKind
from planner.model.ground import Ground
from planner.model.provenance import Origin
from planner.model.sites import FacilityKind, Sites

GROUND = Ground(lon_0=124.0, lat_0=41.3)
CORNER = 500_000.0
DAY = date(2020, 6, 30)


def degrees(*points):
    return GROUND.to_degrees(np.array(points, np.float64) + CORNER)


def square(west, south, side):
    corners = [
        (west, south),
        (west + side, south),
        (west + side, south + side),
        (west, south + side),
    ]
    return shapely.Polygon(degrees(*corners))


def units(*shapes):
    count = len(shapes)
    return Districts(
        code=tuple(f"2105020010{i:02d}" for i in range(1, count + 1)),
        name=tuple(f"社区{i}" for i in range(1, count + 1)),
        kind=(UnitKind.URBAN,) * count,
        parent=("210502",) * count,
        geometry=shapes,
        list_date=DAY,
    )


def sites(places, codes):
    count = len(codes)
    blank = np.full(count, np.nan)
    return Sites(
        id=tuple(f"F{i:02d}" for i in range(count)),
        name=("",) * count,
        kind=(FacilityKind.OTHER,) * count,
        community=tuple(codes),
        lonlat=places,
        floor_m2=blank,
        beds=blank,
        nursing_beds=blank,
        list_date=DAY,
        origin=tuple(Origin(file="f.csv", layer="", row=i + 2) for i in range(count)),
    )


def told(rows, communities):
    return audit_places(rows, communities, GROUND, table="facilities")


def test_only_a_place_more_than_two_hundred_metres_outside_is_told():
    rows = sites(degrees((500, 500), (1190, 500), (1210, 500), (1300, 1400)), ["210502001001"] * 4)
    found = told(rows, units(square(0, 0, 1000), square(1000, 0, 1000)))
    assert [f.row for f in found] == [4, 5]
    assert [float(f.found) for f in found] == pytest.approx([210, 500], abs=1)
    assert {f.expected for f in found} == {"210502001001 社区1"}
    assert {dict(f.values)["count"] for f in found} == {"1"}


def test_a_shift_of_many_is_told_once_with_their_number():
    many = MOST_TOLD + 5
    rows = sites(degrees(*[(1500, 10 * i) for i in range(many)]), ["210502001001"] * many)
    (found,) = told(rows, units(square(0, 0, 1000)))
    assert found.row == 2
    assert dict(found.values)["count"] == str(many)


def test_what_has_no_outline_no_place_or_no_code_is_not_judged():
    places = degrees((5000, 0), (5000, 0), (5000, 0))
    places[1] = np.nan
    rows = sites(places, ["210502001002", "210502001001", "210502001009"])
    assert told(rows, units(square(0, 0, 1000), None)) == ()
