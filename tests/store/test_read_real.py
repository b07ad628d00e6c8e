"""Real files nobody here drew; skipped where they are not beside the project."""

from pathlib import Path

import numpy as np
import osmium
import pytest
import shapely
from filed import DAY, layer_file, only, rules

from planner.model.ground import ground_for
from planner.model.scenario import Households, InputFile, Streets
from planner.store.boundaries import bounds_of, read_districts
from planner.store.elevation import open_heights
from planner.store.households import read_demand
from planner.store.streets import read_network
from planner.store.streets_osm import walkable

DATA = Path(__file__).parents[2].parent / "shared" / "data"
POA = (-51.26, -30.12, -51.14, -29.99)
ANDORRA = (1.40, 42.42, 1.80, 42.67)
HUANGSHI = (114.98, 30.15, 115.05, 30.25)


def real(name):
    path = DATA / name
    if not path.exists():
        pytest.skip(f"../shared/data/{name} is not here")
    return InputFile(path=path)


def streets(name, bounds, elevation=None):
    file = real(f"test-only/{name}")
    heights = None
    if elevation is not None:
        heights = open_heights(real(f"test-only/{elevation}"), Path()).value
    return read_network(file, Path(), ground_for(bounds), bounds, heights)


def sound(net):
    first, last = net.vertices[net.edge_start[:-1]], net.vertices[net.edge_start[1:] - 1]
    places = np.full((net.node_count, 2), np.nan)
    places[net.tail] = first
    assert np.allclose(places[net.tail], first, atol=1e-6)
    fresh = np.isnan(places[net.head, 0])
    places[net.head[fresh]] = last[fresh]
    assert np.allclose(places[net.head], last, atol=1e-6)
    assert (net.component[net.tail.argsort()] >= 0).all()
    totals = np.bincount(net.component, weights=net.length_m)
    assert (np.diff(totals) <= 0).all()


def test_porto_alegre():
    found = streets("porto_alegre/poa_osm.pbf", POA, "porto_alegre/poa_elevation.tif")
    net = found.value
    sound(net)
    assert rules(found)[:3] == ["streets.gates", "streets.undated", "streets.islands"]
    assert only(found, "streets.gates").found == "25"  # of 45 nodes tagged so, those on streets
    assert 15_000 < net.node_count < 25_000
    assert 1.5e6 < net.length_m.sum() < 2.2e6
    assert 0.9 < net.length_m[net.component == 0].sum() / net.length_m.sum() < 1
    known = net.profile_m[~np.isnan(net.profile_m)]
    assert 0 <= known.min() < 10
    assert 200 < known.max() <= 255


def test_andorra():
    found = streets("andorra/andorra.osm.pbf", ANDORRA, "andorra/N42E001.hgt.zip")
    net = found.value
    sound(net)
    assert str(net.data_date) == "2013-05-28"
    assert rules(found) == ["streets.islands", "elevation.gaps", "elevation.unsmoothed"]
    known = net.profile_m[~np.isnan(net.profile_m)]
    assert 800 < known.min() < 1000
    assert 2000 < known.max() < 3000


def test_huangshi():
    found = streets("huangshi_cn/MissionTown.graphml", HUANGSHI)
    net = found.value
    sound(net)
    assert (len(net), net.node_count) == (759, 529)  # as the file itself counts its streets
    assert net.length_m.sum() == pytest.approx(115_760, rel=1e-3)


def test_hexagons_of_porto_alegre():
    file = real("test-only/porto_alegre/poa_hexgrid.csv")
    asked = Households(path=file.path, crs="EPSG:4326", data_date=DAY, older_share=0.2)
    found = read_demand(asked, Path(), POA)
    assert rules(found) == ["households.no_column", "households.share_of_population"]
    assert len(found.value) == 1227
    assert 0.15e6 < found.value.older.sum() < 0.4e6


@pytest.mark.parametrize(
    ("name", "invalid"),
    [("boundaries/benxi_counties_tianditu.geojson", 0),
     ("boundaries_gcj02/benxi_counties_echarts_quantised.geojson", 6)],
)  # fmt: skip
def test_counties_of_benxi(name, invalid):
    file = real(f"may-be-carried/{name}")
    if invalid:
        file = file.model_copy(update={"columns": {"code": "id"}})
    found = read_districts(file, Path(), level="county", list_date=DAY)
    assert rules(found) == ["boundaries.invalid_shape"] * invalid
    assert found.value.code == ("210502", "210503", "210504", "210505", "210521", "210522")
    assert found.value.name[0] == "平山区"
    assert bounds_of(found.value)[2] == pytest.approx(125.79, abs=0.05)


def test_committees_of_benxi_without_shapes():
    file = real("may-be-carried/admin_codes/benxi_villages_2023.csv")
    found = read_districts(file, Path(), level="community", list_date=DAY)
    assert only(found, "boundaries.no_shapes").found == str(len(found.value))
    assert set(found.value.parent) == {"210502", "210503", "210504", "210505", "210521", "210522"}


@pytest.mark.parametrize(
    ("extract", "bounds"),
    [
        ("andorra/andorra.osm.pbf", ANDORRA),
        pytest.param("porto_alegre/poa_osm.pbf", POA, marks=pytest.mark.slow),
    ],
)
def test_noding_finds_the_junctions_that_mappers_drew(tmp_path, extract, bounds):
    """Whole OSM ways as a road layer without any node: nearly the network OSM itself has.

    What differs are lines that pass within the tolerance, and stairs on the middle of bridges.
    """
    file, ground = real(f"test-only/{extract}"), ground_for(bounds)
    keys = ("highway", "bridge", "tunnel", "layer")
    shapes, columns = [], {key: [] for key in (*keys, "foot")}
    for way in osmium.FileProcessor(str(file.path)).with_locations():
        tags = {tag.k: tag.v for tag in way.tags}
        if not isinstance(way, osmium.osm.Way) or not walkable().allows(tags):
            continue
        places = [(n.location.lon, n.location.lat) for n in way.nodes if n.location.valid()]
        if len(places) > 1:
            shapes.append(shapely.LineString(places))
            for key in keys:
                columns[key].append(tags.get(key, ""))
            columns["foot"].append("yes")
    layer_file(tmp_path / "ways.gpkg", columns, shapes, crs="EPSG:4326")
    ours = read_network(Streets(path=Path("ways.gpkg")), tmp_path, ground).value
    theirs = read_network(file, Path(), ground).value
    assert ours.length_m.sum() == pytest.approx(theirs.length_m.sum(), rel=1e-3)
    assert ours.node_count == pytest.approx(theirs.node_count, rel=0.02)
    main = [net.length_m[net.component == 0].sum() for net in (ours, theirs)]
    assert main[0] == pytest.approx(main[1], rel=0.01)
