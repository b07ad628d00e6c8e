"""The real wrong-datum outlines of Benxi: points in polygons are blind to it, the shift is not."""

import csv
import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely

from planner.analysis.datum import DECIDES, Trusted
from planner.analysis.datum_audit import audit_datum
from planner.analysis.outlines import weigh_outlines
from planner.kernel.datum import gcj02_to_wgs84, wgs84_to_bd09, wgs84_to_gcj02
from planner.kernel.snap import build_street_grid
from planner.model.districts import Districts, UnitKind
from planner.model.finding import Severity
from planner.model.ground import ground_for
from planner.model.scenario import Boundaries

ROOT = Path(__file__).parents[2]
WRONG = ROOT / "tests" / "wrong_datum"
DAY = date(2025, 9, 1)


def shapes(path):
    document = json.loads(path.read_text(encoding="utf-8"))
    return [shapely.geometry.shape(f["geometry"]) for f in document["features"]]


TRUE = shapes(ROOT / "data" / "boundaries" / "benxi_counties.geojson")
AMAP = shapes(WRONG / "benxi_counties_amap_gcj02_cnmapsdata.geojson")
ECHARTS = shapes(WRONG / "benxi_counties_echarts_quantised.geojson")
GROUND = ground_for(tuple(float(v) for v in shapely.total_bounds(TRUE)))


def moved(polygons, how):
    return [shapely.transform(shape, how) for shape in polygons]


def districts(polygons):
    n = len(polygons)
    return Districts(
        code=tuple(f"2105{i:02d}" for i in range(n)),
        name=("",) * n,
        kind=(UnitKind.COUNTY,) * n,
        parent=("",) * n,
        geometry=tuple(polygons),
        list_date=DAY,
    )


def audited(counties, communities, **stated):
    vertices = np.array([[0.0, 0.0], [1.0, 0.0]])
    grid = build_street_grid(vertices, np.array([0, 2]))
    trusted = Trusted(grid, GROUND, districts(communities), districts(counties))
    boundaries = Boundaries(
        counties={"path": "counties.geojson", **stated},
        communities={"path": "communities.gpkg"},
        list_date=DAY,
    )
    return audit_datum(boundaries, (), trusted)


def test_real_places_stay_in_the_right_county_on_the_wrong_datum():
    with (WRONG / "geonames_benxi_window.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["in_adcode_tianditu"]]
    document = json.loads((ROOT / "data/boundaries/benxi_counties.geojson").read_text("utf-8"))
    county = {f["properties"]["code"]: shapely.geometry.shape(f["geometry"])
              for f in document["features"]}  # fmt: skip
    places = np.array([[float(row["lon"]), float(row["lat"])] for row in rows])
    wrong = shapely.points(wgs84_to_gcj02(places))
    stay = [county[row["in_adcode_tianditu"]].intersects(p)
            for row, p in zip(rows, wrong, strict=True)]  # fmt: skip
    assert len(rows) == 13
    assert all(stay)  # half a kilometre off, and nothing to be seen


def test_the_shift_of_the_real_amap_outlines_is_found():
    verdict = weigh_outlines(AMAP, TRUE, GROUND)
    assert (verdict.ours, verdict.others) == ("gcj02", "wgs84")
    assert verdict.shift_m == pytest.approx((483, 230), abs=20)
    assert verdict.standing["gcj02", "wgs84"] > DECIDES
    assert verdict.standing["wgs84", "wgs84"] < 2


def test_the_quantised_outlines_are_found_in_spite_of_their_grid():
    verdict = weigh_outlines(ECHARTS, TRUE, GROUND)
    assert (verdict.ours, verdict.others) == ("gcj02", "wgs84")
    assert verdict.shift_m == pytest.approx((483 + 40, 230 + 53), abs=25)
    twin = weigh_outlines(ECHARTS, AMAP, GROUND)
    assert twin.ours == twin.others
    assert twin.shift_m == pytest.approx((40, 53), abs=10)


def test_either_layer_may_be_the_wrong_one():
    verdict = weigh_outlines(TRUE, AMAP, GROUND)
    assert (verdict.ours, verdict.others) == ("wgs84", "gcj02")
    verdict = weigh_outlines(moved(TRUE, wgs84_to_bd09), AMAP, GROUND)
    assert (verdict.ours, verdict.others) == ("bd09", "gcj02")


def test_two_true_versions_are_left_alone():
    undone = moved(AMAP, gcj02_to_wgs84)
    assert weigh_outlines(undone, TRUE, GROUND).ours == "wgs84"
    assert weigh_outlines(TRUE, TRUE, GROUND).shift_m == pytest.approx((0, 0), abs=0.5)
    assert audited(undone, TRUE) == ()
    assert audited(TRUE, TRUE) == ()


def test_outlines_that_share_no_line_decide_nothing():
    rng = np.random.default_rng(2)
    west, south, east, north = shapely.total_bounds(TRUE)
    places = np.column_stack([rng.uniform(west, east, 40), rng.uniform(south, north, 40)])
    circles = list(shapely.buffer(shapely.points(places), 0.03))
    assert weigh_outlines(circles, TRUE, GROUND).ours == ""
    assert audited(circles, TRUE) == ()


def test_nothing_is_weighed_without_lines_or_outside_the_rectangle():
    assert weigh_outlines([None], TRUE, GROUND) is None
    abroad = [shapely.box(1.4, 42.4, 1.7, 42.6)]
    assert weigh_outlines(abroad, abroad, ground_for((1.4, 42.4, 1.7, 42.6))) is None


def test_the_wrong_layer_is_told_what_to_write():
    (found,) = audited(AMAP, TRUE)
    assert (found.rule, found.severity, found.source) == (
        "datum.outline", Severity.ERROR, "counties.geojson")  # fmt: skip
    assert (found.found, found.expected) == ("GCJ-02", 'datum = "gcj02"')
    values = dict(found.values)
    assert abs(int(values["east"]) - 483) <= 20
    assert abs(int(values["north"]) - 230) <= 20
    (found,) = audited(TRUE, AMAP)
    assert (found.source, dict(found.values)["other"]) == ("communities.gpkg", "counties.geojson")


def test_a_stated_datum_of_an_outline_wins():
    (found,) = audited(AMAP, TRUE, datum="cgcs2000")
    assert (found.rule, found.severity) == ("datum.outline_differs", Severity.WARNING)
