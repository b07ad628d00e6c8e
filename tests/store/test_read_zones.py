"""Every zone of CGCS2000 enters; numbers that fit another zone are told, never taken."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS, Transformer
from pyproj.database import query_crs_info
from test_read_crs import WINDOW, door, fault, refusal

from planner.model.finding import Severity
from planner.store.crs import from_lonlat, points_to_lonlat, to_lonlat
from planner.store.zones import code_of, code_without, unzoned, zone_of

EVERY = range(4491, 4555)
PLACES = np.array([[123.65, 41.25], [123.75, 41.3], [123.85, 41.35], [123.8, 41.22]])


def meridian(code):
    if code < 4513:
        return 6 * (13 + (code - 4491) % 11) - 3
    return 3 * (25 + (code - 4513) % 21)


def projected(code, lonlat=PLACES):
    way = Transformer.from_crs(4490, code, always_xy=True)
    return np.column_stack(way.transform(*np.asarray(lonlat, float).T))


def enter(xy, declared, window=WINDOW):
    return points_to_lonlat(np.asarray(xy, float), door(declared=declared), window, fault)


@pytest.mark.parametrize("code", EVERY)
def test_every_zone_enters_with_and_without_prefix(code):
    middle = meridian(code)
    places = np.array([[middle - 1.4, 21.0], [middle, 35.0], [middle + 1.4, 52.0]])
    way = door(declared=f"EPSG:{code}")
    assert way.zone.meridian == middle
    east = projected(code, places)[:, 0]
    prefixed = code < 4502 or 4513 <= code < 4534
    assert np.all((east > 1e7) == prefixed)
    assert way.zone.prefix == (int(east[1] // 1e6) if prefixed else 0)
    assert np.allclose(to_lonlat(from_lonlat(places, way), way), places, rtol=0, atol=1e-9)
    window = (middle - 1.5, 20.0, middle + 1.5, 53.0)
    lonlat, findings = enter(projected(code, places), f"EPSG:{code}", window)
    assert findings == ()
    assert np.allclose(lonlat, places, rtol=0, atol=1e-9)


@pytest.mark.parametrize("code", EVERY)
def test_every_zone_is_known_from_what_arcgis_writes(code):
    wkt = CRS(f"EPSG:{code}").to_wkt("WKT1_ESRI")
    assert zone_of(CRS(wkt)) == zone_of(CRS(f"EPSG:{code}"))
    assert door(wkt).label == f"EPSG:{code}"


@given(st.integers(13, 45), st.floats(-1.45, 1.45), st.floats(4.0, 53.5))
def test_every_zone_comes_back_to_a_tenth_of_a_millimetre(prefix, off, lat):
    for code in filter(None, (code_of(prefix), code_without(prefix))):
        place = np.array([[meridian(code) + off, lat]])
        way = door(declared=f"EPSG:{code}")
        assert np.allclose(to_lonlat(from_lonlat(place, way), way), place, rtol=0, atol=1e-9)


def test_there_is_no_zone_24():
    assert code_of(24) == code_without(24) == 0
    assert code_of(41) == 4529
    assert code_without(21) == 4510


def test_prefix_where_none_is_declared():
    _, (found,) = enter(projected(4529), "EPSG:4550")
    assert (found.rule, found.severity, found.row) == ("crs.zone", Severity.ERROR, 0)
    assert found.expected == "EPSG:4529"
    assert dict(found.values) == {"count": "4", "declared": "EPSG:4550", "total": "4"}


def test_no_prefix_where_one_is_declared():
    _, (found,) = enter(projected(4550), "EPSG:4529")
    assert (found.rule, found.expected) == ("crs.zone", "EPSG:4550")
    _, (found,) = enter(projected(4510), "EPSG:4499", None)
    assert (found.rule, found.expected) == ("crs.zone", "EPSG:4510")


def test_another_prefix_than_declared():
    _, (found,) = enter(projected(4529), "EPSG:4530")
    assert (found.rule, found.expected) == ("crs.zone", "EPSG:4529")
    _, (found,) = enter(projected(4499), "EPSG:4529")
    assert found.expected == "EPSG:4499"


def test_wrong_zone_without_prefix_names_the_one_that_fits():
    lonlat, (found,) = enter(projected(4550), "EPSG:4551")
    assert (found.rule, found.expected) == ("crs.zone", "EPSG:4550")
    assert lonlat[0, 0] == pytest.approx(126.65, abs=0.01)  # 251 km off
    _, (found,) = enter(projected(32651), "EPSG:32652")
    assert (found.rule, found.expected) == ("crs.zone", "EPSG:32651")


def test_a_row_of_another_zone_is_named():
    window = (123.6, 41.0, 125.8, 41.5)
    xy = np.vstack([projected(4550), projected(4551, [[125.36, 41.27]])])
    _, (found,) = enter(xy, "EPSG:4550", window)
    assert (found.rule, found.row, found.expected) == ("crs.zone_row", 4, "EPSG:4551")
    xy[4, 0] += 42e6
    _, (found,) = enter(xy, "EPSG:4550", window)
    assert (found.rule, found.row, found.expected) == ("crs.zone_row", 4, "EPSG:4530")


@pytest.mark.parametrize("window", [WINDOW, None])
def test_north_before_east_is_seen_from_the_numbers(window):
    for code in (4550, 4529, 4499):
        _, (found,) = enter(projected(code)[:, ::-1], f"EPSG:{code}", window)
        assert found.rule == "crs.swapped"


def test_north_before_east_and_a_prefix_are_both_told():
    _, findings = enter(projected(4529)[:, ::-1], "EPSG:4550")
    assert [f.rule for f in findings] == ["crs.swapped", "crs.zone"]
    assert findings[1].expected == "EPSG:4529"


def test_numbers_without_a_zone_name_both_neighbours_and_the_places():
    window = (123.57, 40.81, 125.79, 41.57)  # Benxi
    found = unzoned(np.array([[563662.0, 4573058.0]]), window, fault)
    assert found.rule == "crs.missing_zone"
    assert found.expected == "EPSG:4550 / EPSG:4551"
    places = dict(found.values)["places"]
    assert places == "EPSG:4550 → 123.7600, 41.2900; EPSG:4551 → 126.7600, 41.2900"
    turned = unzoned(np.array([[4573058.0, 563662.0]]), window, fault)
    assert turned.expected == found.expected
    everywhere = unzoned(np.array([[563662.0, 4573058.0]]), None, fault)
    assert everywhere.expected.count("EPSG") == 21


def test_numbers_with_a_prefix_name_their_zone():
    found = unzoned(projected(4529), WINDOW, fault)
    assert (found.rule, found.expected) == ("crs.missing_prefixed", "EPSG:4529")


def test_degrees_without_a_system_stay_without():
    assert unzoned(PLACES, WINDOW, fault).rule == "crs.missing"
    assert unzoned(np.full((2, 2), np.nan), WINDOW, fault).rule == "crs.missing"


def test_metres_declared_as_degrees_name_the_zones():
    _, (found,) = enter(projected(4529), "EPSG:4490")
    assert (found.rule, found.expected) == ("crs.not_degrees", "EPSG:4529")
    _, (found,) = enter(projected(4550), "EPSG:4490")
    assert found.expected == "EPSG:4550"


OLD = [
    info.code
    for info in query_crs_info("EPSG")
    if info.name.startswith(("Beijing 1954", "Xian 1980", "New Beijing"))
]


def test_all_old_systems_are_looked_at():
    assert len(OLD) >= 190


@pytest.mark.parametrize("code", OLD)
def test_old_systems_are_refused_by_code_and_by_what_arcgis_writes(code):
    crs = CRS(f"EPSG:{code}")
    assert refusal(f"EPSG:{code}") == "crs.no_shift"
    assert refusal(crs.to_wkt("WKT1_ESRI")) == "crs.no_shift"


PRJ = (
    'GEOGCS["{name}",DATUM["{datum}",SPHEROID["{ball}",{size}]{shift}],PRIMEM["Greenwich",0.0],'
    'UNIT["Degree",0.0174532925199433]]'
)
KRASOVSKY, IAG75 = ("Krasovsky_1940", "6378245.0,298.3"), ("Xian_1980", "6378140.0,298.257")


@pytest.mark.parametrize(
    ("name", "datum", "ball"),
    [
        ("GCS_Beijing_1954", "D_Beijing_1954", KRASOVSKY),
        ("GCS_Xian_1980", "D_Xian_1980", IAG75),
        ("GCS_Xian_1980", "Xian_1980", IAG75),
        ("GCS_Xian80", "D_Xian_80", IAG75),
        ("GCS_北京54", "D_北京54", KRASOVSKY),
        ("GCS_Krasovsky_1940", "D_Krasovsky_1940", KRASOVSKY),
        ("unnamed", "unknown", IAG75),
    ],
)
@pytest.mark.parametrize("shift", ["", ",TOWGS84[0,0,0,0,0,0,0]"])
def test_old_datum_hidden_in_a_prj_is_refused(name, datum, ball, shift):
    text = PRJ.format(name=name, datum=datum, ball=ball[0], size=ball[1], shift=shift)
    flat = (
        f'PROJCS["x",{text},PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",41500000.0],'
        'PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",123.0],'
        'PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
    )
    assert refusal(text) == "crs.no_shift"
    assert refusal(flat) == "crs.no_shift"


@pytest.mark.parametrize(
    "datum", ["D_China_2000", "CGCS_2000", "China_2000", "D_CGCS2000",
              "China_Geodetic_Coordinate_System_2000"],
)  # fmt: skip
def test_cgcs2000_is_known_by_its_many_names(datum):
    text = PRJ.format(
        name="GCS", datum=datum, ball="CGCS2000", size="6378137.0,298.257222101", shift=""
    )
    assert door(text).degrees


def test_local_meridian_is_taken_with_a_notice_where_no_datum_is_said():
    plain = "+proj=tmerc +lat_0=0 +lon_0=124.5 +k=1 +x_0=500000 +ellps=GRS80 +units=m +type=crs"
    from planner.store.crs import find_door  # noqa: PLC0415

    way, (note,) = find_door(plain, None, fault)
    assert (note.rule, note.severity) == ("crs.only_ellipsoid", Severity.NOTICE)
    assert np.allclose(to_lonlat(from_lonlat(PLACES, way), way), PLACES, rtol=0, atol=1e-9)
    dated = plain.replace("+ellps=GRS80", "+datum=WGS84")
    assert find_door(dated, None, fault)[1] == ()
