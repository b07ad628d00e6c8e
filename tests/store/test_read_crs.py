"""The one door: what may enter, what is refused, what is seen to be wrong."""

import numpy as np
import pytest
import shapely
from pyproj import CRS, Transformer

from planner.model.finding import Finding, Severity
from planner.store.crs import find_door, from_lonlat, points_to_lonlat, shapes_to_lonlat, to_lonlat

WINDOW = (123.6, 41.2, 123.9, 41.4)
UNDEFINED = (
    'GEOGCS["Undefined geographic SRS",DATUM["unknown",SPHEROID["unknown",6378137,298.25]],'
    'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]'
)
PLACES = np.array([[123.65, 41.25], [123.75, 41.3], [123.85, 41.35]])


def fault(rule, severity=Severity.ERROR, **values):
    place = {k: values.pop(k) for k in ("found", "expected") if k in values}
    row = values.pop("at", None)
    return Finding(
        rule=rule, severity=severity, row=row, values=tuple(sorted(values.items())), **place
    )


def door(named="", declared=None, **options):
    found, findings = find_door(named, declared, fault, **options)
    assert findings == ()
    return found


def refusal(named="", declared=None, **options):
    found, (finding,) = find_door(named, declared, fault, **options)
    assert found is None
    return finding.rule


def enter(xy, declared, window=WINDOW):
    return points_to_lonlat(np.asarray(xy, float), door(declared=declared), window, fault)


@pytest.mark.parametrize(
    "crs",
    ["EPSG:4326", "EPSG:4490", "OGC:CRS84", "EPSG:4550", "EPSG:4529", "EPSG:4551", "EPSG:4510",
     "EPSG:32651", "EPSG:4674", "EPSG:31982", CRS("EPSG:4550").to_wkt("WKT1_ESRI")],
)  # fmt: skip
def test_fit_systems_enter_and_come_back(crs):
    way = door(crs)
    assert np.allclose(to_lonlat(from_lonlat(PLACES, way), way), PLACES, atol=1e-9)


def test_east_comes_before_north():
    east, north = Transformer.from_crs(4490, 4550, always_xy=True).transform(123.75, 41.3)
    assert 5e5 < east < 6e5
    assert north > 4e6
    lonlat, findings = enter([[east, north]], "EPSG:4550")
    assert findings == ()
    assert np.allclose(lonlat, [[123.75, 41.3]], atol=1e-9)


def test_rough_shift_is_refused_and_a_fine_one_taken():
    assert refusal("EPSG:4267") == "crs.no_shift"
    assert door("EPSG:27700").area is not None


@pytest.mark.parametrize("crs", ["EPSG:4214", "EPSG:4610", "EPSG:2414", "EPSG:4555",
                                 "+proj=tmerc +lon_0=123 +ellps=krass +units=m"])  # fmt: skip
def test_datum_without_a_shift_is_refused(crs):
    assert refusal(crs) == "crs.no_shift"
    assert refusal("", crs) == "crs.no_shift"


def test_web_mercator_is_for_drawing_only():
    assert refusal("EPSG:3857") == "crs.web_mercator"
    assert door("EPSG:3857", drawing=True).label == "EPSG:3857"


@pytest.mark.parametrize(
    ("named", "declared", "rule"),
    [
        ("", None, "crs.missing"),
        ("EPSG:99999", None, "crs.unknown"),
        ("", "本溪", "crs.unknown"),
        ("EPSG:4550", "EPSG:4551", "crs.contradiction"),
        ("EPSG:4978", None, "crs.not_a_map"),
        (UNDEFINED, None, "crs.missing"),
    ],
)  # fmt: skip
def test_what_stays_outside(named, declared, rule):
    assert refusal(named, declared) == rule


def test_file_and_scenario_may_agree():
    assert door("EPSG:4326", "EPSG:4490").label == "EPSG:4326"
    assert door(CRS("EPSG:4550").to_wkt("WKT1_ESRI"), "EPSG:4550").degrees is False


def test_exchanged_columns_are_one_finding():
    _, (found,) = enter(PLACES[:, ::-1], "EPSG:4490")
    assert (found.rule, found.row, found.found) == ("crs.swapped", 0, "41.25, 123.65")
    assert dict(found.values) == {"count": "3", "total": "3"}


def test_exchanged_row_is_named():
    xy = np.vstack([PLACES, PLACES[:1, ::-1]])
    lonlat, (found,) = enter(xy, "EPSG:4490")
    assert (found.rule, found.severity, found.row) == ("crs.swapped_row", Severity.ERROR, 3)
    assert np.array_equal(lonlat[:3], PLACES)


def test_exchanged_columns_where_both_could_be_true():
    window = (1.42, 42.43, 1.79, 42.66)
    _, (found,) = enter([[42.5, 1.5], [42.55, 1.6]], "EPSG:4326", window)
    assert found.rule == "crs.swapped"


def test_exchanged_survey_coordinates():
    xy = from_lonlat(PLACES, door("EPSG:4550"))[:, ::-1]
    _, (found,) = enter(xy, "EPSG:4550")
    assert found.rule == "crs.swapped"


def test_exchanged_without_a_window_only_where_impossible():
    _, (found,) = enter(PLACES[:, ::-1], "EPSG:4490", None)
    assert found.rule == "crs.swapped"
    assert enter([[42.5, 1.5]], "EPSG:4490", None)[1] == ()


def test_metres_declared_as_degrees():
    xy = from_lonlat(PLACES, door("EPSG:4550"))
    _, (found,) = enter(xy, "EPSG:4490")
    assert (found.rule, dict(found.values)["count"]) == ("crs.not_degrees", "3")


def test_degrees_declared_as_metres():
    _, (found,) = enter(PLACES, "EPSG:4550")
    assert (found.rule, found.expected) == ("crs.not_metres", "EPSG:4550")


def test_wrong_zone_lies_outside():
    xy = from_lonlat(PLACES, door("EPSG:4550"))
    _, (found,) = enter(xy, "EPSG:4551")
    assert (found.rule, found.severity, found.expected) == ("crs.zone", Severity.ERROR, "EPSG:4550")


def test_one_far_point_is_a_warning():
    _, (found,) = enter([*PLACES, [116.4, 39.9]], "EPSG:4490")
    assert (found.rule, found.severity, found.row) == ("crs.far_away", Severity.WARNING, 3)


def test_just_outside_is_nothing():
    assert enter([*PLACES, [124.2, 41.6]], "EPSG:4490")[1] == ()


def test_unknown_places_stay_unknown():
    lonlat, findings = enter([[np.nan, np.nan], [123.7, 41.3]], "EPSG:4490")
    assert findings == ()
    assert np.isnan(lonlat[0]).all()
    assert enter([[np.nan, np.nan]], "EPSG:4490")[1] == ()


def test_datum_used_outside_its_region_is_refused():
    _, (found,) = enter(PLACES, "EPSG:4674")
    assert found.rule == "crs.no_shift"


def test_shapes_enter_like_points():
    way = door("EPSG:4550")
    xy = from_lonlat(PLACES, way)
    shapes = np.array([shapely.LineString(xy), None], object)
    moved, findings = shapes_to_lonlat(shapes, way, WINDOW, fault)
    assert findings == ()
    assert np.allclose(shapely.get_coordinates(moved[0]), PLACES, atol=1e-9)
    assert moved[1] is None
    turned = np.array([shapely.LineString(PLACES[:, ::-1])], object)
    _, (found,) = shapes_to_lonlat(turned, door("EPSG:4490"), WINDOW, fault)
    assert found.rule == "crs.swapped"
