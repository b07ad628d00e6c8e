"""Where no web map shifts nothing is said, and real places are blind to half a kilometre."""

import csv
import json
from datetime import date

import numpy as np
import pytest
import shapely
from cities import DATA

from planner.analysis.datum import Trusted, group_points, weigh_points
from planner.kernel.datum import wgs84_to_gcj02
from planner.kernel.snap import build_street_grid
from planner.model.districts import Districts, UnitKind
from planner.model.ground import ground_for
from planner.model.provenance import Origin
from planner.model.scenario import InputFile
from planner.model.sites import FacilityKind, Sites
from planner.store.streets import read_network

CARRIED = DATA.parent / "may-be-carried"
DAY = date(2020, 1, 1)


def sites(lonlat, community):
    n = len(lonlat)
    nothing = np.full(n, np.nan)
    return Sites(
        id=tuple(f"F{i:05d}" for i in range(n)),
        name=("",) * n,
        kind=(FacilityKind.OTHER,) * n,
        community=community,
        lonlat=lonlat,
        floor_m2=nothing,
        beds=nothing,
        nursing_beds=nothing,
        list_date=DAY,
        origin=tuple(Origin(file="f.csv", row=i + 2) for i in range(n)),
    )


@pytest.mark.skipif(not (DATA / "porto_alegre").is_dir(), reason="test-only data not beside")
def test_porto_alegre_is_outside():
    with (DATA / "porto_alegre" / "poa_hexgrid.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    lonlat = np.array([[float(row["lon"]), float(row["lat"])] for row in rows])
    window = (*lonlat.min(axis=0).tolist(), *lonlat.max(axis=0).tolist())
    ground = ground_for(window)
    file = InputFile(path="poa_osm.pbf")
    streets = read_network(file, DATA / "porto_alegre", ground, window).value
    grid = build_street_grid(streets.vertices, streets.edge_start)
    nowhere = Districts(code=(), name=(), kind=(), parent=(), geometry=(), list_date=DAY)
    (group,) = group_points(sites(lonlat, ("",) * len(lonlat)))
    verdict = weigh_points(group, Trusted(grid, ground, nowhere, None))
    assert (verdict.why, verdict.found) == ("outside", "")


@pytest.mark.skipif(not CARRIED.is_dir(), reason="data beside the project is absent")
def test_the_label_points_of_100_counties_of_liaoning_do_not_tell_gcj02():
    path = CARRIED / "boundaries" / "liaoning_counties_tianditu.geojson"
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    counties = {str(f["properties"]["district_adcode"]): f for f in features}
    codes = tuple(sorted(counties))
    places = np.array([[counties[c]["properties"][k] for k in ("lon", "lat")] for c in codes])
    districts = Districts(
        code=codes,
        name=("",) * len(codes),
        kind=(UnitKind.COUNTY,) * len(codes),
        parent=("",) * len(codes),
        geometry=tuple(shapely.geometry.shape(counties[c]["geometry"]) for c in codes),
        list_date=DAY,
    )
    ground = ground_for((118.0, 38.0, 126.0, 44.0))
    far = np.array([[0.0, 0.0], [1.0, 0.0]])
    trusted = Trusted(build_street_grid(far, np.array([0, 2])), ground, districts, None)
    (group,) = group_points(sites(wgs84_to_gcj02(places), codes))
    verdict = weigh_points(group, trusted)
    assert len(codes) == 100
    assert verdict.inside == {"wgs84": 100, "gcj02": 100, "bd09": 100}
    assert (verdict.by_units, verdict.why) == ("", "nothing")
