"""Heights from tiles, voids, units and smoothing, and what is told of them."""

import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from filed import GROUND, layer_file, named, only, rules
from test_read_elevation import CELLS, NORTH, STEP, WEST, centre, north_up, write
from test_read_real import ANDORRA, POA, real, streets

from planner.model.finding import Severity
from planner.model.ground import ground_for
from planner.model.network import WayKind
from planner.model.scenario import Elevation
from planner.store import heights as module
from planner.store.elevation import open_heights
from planner.store.street_heights import audit_heights
from planner.store.streets import read_network

SOUTH = NORTH - 15 * STEP
RNG = np.random.default_rng(11)
WIDE = RNG.integers(100, 900, (40, 60)).astype(np.int16)


def asked(path, tmp_path, **more):
    return open_heights(Elevation(path=Path(path.name), **more), tmp_path)


def quarters(folder, cells=WIDE, rows=15, columns=22):
    """Write a raster in four tiles, and whole."""
    folder.mkdir()
    parts = [cells[r, c] for r in (slice(rows), slice(rows, None))
             for c in (slice(columns), slice(columns, None))]  # fmt: skip
    corners = [(r, c) for r in (0, rows) for c in (0, columns)]
    for name, (r, c), part in zip("abcd", corners, parts, strict=True):
        write(
            folder / f"{name}.tif",
            part,
            transform=north_up(WEST + c * STEP, NORTH - r * STEP, STEP),
        )
    return folder, write(folder.parent / "whole.tif", cells)


def anywhere(count=300, shape=WIDE.shape):
    rows, columns = RNG.uniform(-1, shape[0], count), RNG.uniform(-1, shape[1], count)
    return np.array([centre(r, c) for r, c in zip(rows, columns, strict=True)])


@pytest.mark.parametrize("options", [{}, {"smooth_m": 100.0}, {"fill_voids_m": 1000.0}])
def test_tiles_are_as_good_as_the_whole(tmp_path, options):
    cells = WIDE.copy()
    cells[14:16, 30] = cells[20, 20] = -32768
    folder, whole = quarters(tmp_path / "tiles", cells)
    found = asked(folder, tmp_path, **options)
    assert (found.findings, len(found.sources)) == ((), 4)
    assert [source.path for source in found.sources] == [f"tiles/{n}.tif" for n in "abcd"]
    assert all(source.sha256 for source in found.sources)
    places = anywhere()
    expected = asked(whole, tmp_path, **options).value(places)
    assert 200 < np.isfinite(expected).sum() < 300
    np.testing.assert_allclose(found.value(places), expected, rtol=1e-9)


def test_tiles_in_a_zip(tmp_path):
    folder, whole = quarters(tmp_path / "tiles")
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
    places = anywhere(50)
    found = asked(tmp_path / "t.zip", tmp_path)
    np.testing.assert_allclose(found.value(places), asked(whole, tmp_path).value(places))


def test_srtm_tiles_share_their_rim(tmp_path):
    folder = tmp_path / "srtm"
    folder.mkdir()
    east = np.arange(1201 * 2 - 1)
    for name, columns in (("N41E123.hgt", east[:1201]), ("N41E124.hgt", east[1200:])):
        (folder / name).write_bytes(np.tile(columns, (1201, 1)).astype(">i2").tobytes())
    found = asked(folder, tmp_path)
    assert found.findings == ()
    places = np.array([[123.5, 41.5], [124.0, 41.5], [124.0 + 1 / 2400, 41.5], [124.9, 41.1]])
    np.testing.assert_allclose(found.value(places), [600, 1200, 1200.5, 2280], atol=1e-6)


def test_a_gap_between_tiles_is_unknown(tmp_path):
    folder, _ = quarters(tmp_path / "tiles")
    (folder / "d.tif").unlink()
    found = asked(folder, tmp_path)
    assert np.isnan(found.value(np.array([centre(30, 40)]))).all()
    assert np.isfinite(found.value(np.array([centre(30, 10)]))).all()


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"transform": north_up(WEST, SOUTH, STEP * 2)}, "elevation.tiles_differ"),
        ({"transform": north_up(WEST + STEP / 2, SOUTH, STEP)}, "elevation.tiles_differ"),
        ({"crs": "EPSG:4490"}, "elevation.tiles_differ"),
        ({}, "elevation.tiles_overlap"),
    ],
)  # fmt: skip
def test_tiles_that_do_not_fit(tmp_path, options, rule):
    folder = tmp_path / "tiles"
    folder.mkdir()
    write(folder / "a.tif", WIDE)
    write(folder / "b.tif", WIDE, **options)
    found = asked(folder, tmp_path)
    assert (only(found, rule).found, found.value) == ("a.tif, b.tif", None)


def test_folder_without_rasters(tmp_path):
    (tmp_path / "empty").mkdir()
    assert rules(asked(tmp_path / "empty", tmp_path)) == ["elevation.zip"]


VRT = """<VRTDataset rasterXSize="3" rasterYSize="3"><SRS>EPSG:4326</SRS>
<GeoTransform>{west}, {step}, 0, {north}, 0, -{step}</GeoTransform>
<VRTRasterBand dataType="Int16" band="1"><SimpleSource>
<SourceFilename relativeToVRT="1">{name}</SourceFilename><SourceBand>1</SourceBand>
</SimpleSource></VRTRasterBand></VRTDataset>"""


def test_virtual_raster_names_its_files(tmp_path):
    write(tmp_path / "a.tif")
    text = VRT.format(west=WEST, north=NORTH, step=STEP, name="a.tif")
    (tmp_path / "v.vrt").write_text(text)
    found = asked(tmp_path / "v.vrt", tmp_path)
    assert [source.path for source in found.sources] == ["v.vrt", "a.tif"]
    assert found.value(np.array([centre(1, 1)])) == pytest.approx([210])


@pytest.mark.parametrize(
    "name", ["/vsicurl/http:elsewhere/a.tif", "http://elsewhere.invalid/a.tif"]
)
def test_virtual_raster_may_not_fetch(tmp_path, name):
    text = VRT.format(west=WEST, north=NORTH, step=STEP, name=name)
    (tmp_path / "v.vrt").write_text(text)
    assert rules(asked(tmp_path / "v.vrt", tmp_path)) == ["elevation.elsewhere"]
    shutil.copy(tmp_path / "v.vrt", tmp_path / "v.tif")  # under another name it is not opened
    assert rules(asked(tmp_path / "v.tif", tmp_path)) == ["file.unreadable"]


def test_feet_as_the_file_or_the_scenario_says(tmp_path):
    path = write(tmp_path / "a.tif")
    place = np.array([centre(1, 1)])
    assert asked(path, tmp_path, unit="ft").value(place) == pytest.approx([210 * 0.3048])
    with rasterio.open(path, "r+") as data:
        data.units = ("ft",)
    found = asked(path, tmp_path)
    assert only(found, "elevation.feet").severity is Severity.NOTICE
    assert found.value(place) == pytest.approx([210 * 0.3048])
    found = asked(path, tmp_path, unit="m")
    assert (found.findings, found.value(place)) == ((), pytest.approx([210]))


def test_scale_and_offset_of_the_file_count(tmp_path):
    path = write(tmp_path / "a.tif")
    with rasterio.open(path, "r+") as data:
        data.scales, data.offsets = (0.1,), (5.0,)
    assert asked(path, tmp_path).value(np.array([centre(1, 1)])) == pytest.approx([26])


@pytest.mark.parametrize("widest", [0.0, 1000.0])
def test_voids_stay_unknown_unless_asked(tmp_path, widest):
    """A void cell of 0.001 degrees (84 x 111 m) in a slope."""
    cells = np.add.outer(np.arange(9), np.arange(9)).astype(np.float32)
    cells[4, 4] = np.nan
    path = write(tmp_path / "a.tif", cells, transform=north_up(123.7, 41.33, 0.001))
    place = np.array([[123.7 + 0.0045, 41.33 - 0.0045]])
    height = asked(path, tmp_path, fill_voids_m=widest).value(place)
    assert height == pytest.approx([8.0]) if widest else np.isnan(height).all()


def test_a_circle_is_as_wide_as_asked_on_the_ground(tmp_path):
    """A step in the heights reaches as far as the circle: 50 m either side of it, in metres."""
    cells = np.zeros((400, 400), np.float32)
    cells[:, 200:] = 100
    step = 1e-4
    path = write(tmp_path / "a.tif", cells, transform=north_up(123.7, 41.33, step))
    middle = np.array([[123.7 + 200 * step, 41.33 - 200 * step]])
    xy = GROUND.to_metres(middle) + np.array([[x, 0] for x in (-55.0, -25.0, 25.0, 55.0)])
    height = asked(path, tmp_path, smooth_m=100.0).value(GROUND.to_degrees(xy))
    assert height[0] == 0
    assert 0 < height[1] < 50 < height[2] < 100
    assert height[3] == pytest.approx(100)


def test_no_more_than_a_block_is_read_at_a_time(tmp_path, monkeypatch):
    """Four places at the corners of 400 million cells."""
    size = 20_000
    path = tmp_path / "huge.tif"
    profile = {"driver": "GTiff", "height": size, "width": size, "count": 1, "dtype": "int16",
               "crs": "EPSG:4326", "transform": north_up(120, 42, 1e-4), "tiled": True,
               "sparse_ok": True, "bigtiff": "yes"}  # fmt: skip
    with rasterio.open(path, "w", **profile):
        pass
    read = []
    cells = module._cells

    def counted(*given):
        band = cells(*given)
        read.append(band.shape)
        return band

    monkeypatch.setattr(module, "_cells", counted)
    corners = np.array([[120.1, 41.9], [121.9, 41.9], [120.1, 40.1], [121.9, 40.1], [120.2, 41.9]])
    found = asked(path, tmp_path, smooth_m=60.0, fill_voids_m=100.0)
    assert (found.value(corners) == 0).all()
    assert len(read) > 1
    assert max(max(shape) for shape in read) < 1200


def test_blocks_do_not_show(tmp_path):
    rows, columns = np.indices((1100, 1100))
    cells = (2 * rows + 3 * columns).astype(np.float32)
    path = write(tmp_path / "a.tif", cells, transform=north_up(120, 42, 1e-4))
    at = np.array([[1022.3, 50.2], [1024.0, 1023.7], [1023.5, 1023.5], [5.5, 1024.2]])
    places = np.column_stack([120 + (at[:, 1] + 0.5) * 1e-4, 42 - (at[:, 0] + 0.5) * 1e-4])
    for more in ({}, {"smooth_m": 80.0}):
        height = asked(path, tmp_path, **more).value(places)
        np.testing.assert_allclose(height, 2 * at[:, 0] + 3 * at[:, 1], atol=1e-3)


# --- what is told of the heights under streets


def road(tmp_path, cells, *, kind="支路", **more):
    """Read one street of 1 km over a raster of 10 m cells."""
    step = 1e-4
    path = write(tmp_path / "h.tif", cells, transform=north_up(123.74, 41.305, step))
    line = shapely.LineString([(123.742, 41.3), (123.754, 41.3)])
    layer_file(tmp_path / "a.gpkg", {"kind": [kind]}, [line])
    heights = asked(path, tmp_path, **more).value
    return read_network(named(tmp_path / "a.gpkg"), tmp_path, GROUND, None, heights)


HILLS = np.random.default_rng(2).normal(200, 4, (100, 200)).astype(np.float32)
SLOPE = np.tile(np.arange(200, dtype=np.float32), (100, 1))


def test_rough_heights_are_a_warning(tmp_path):
    fault = only(road(tmp_path, HILLS), "elevation.rough")
    assert (fault.severity, fault.source) == (Severity.WARNING, "h.tif")
    assert float(dict(fault.values)["smoothed"]) < 0.8 * float(fault.found)


def test_even_heights_are_said_to_be_unsmoothed(tmp_path):
    fault = only(road(tmp_path, SLOPE), "elevation.unsmoothed")
    assert fault.severity is Severity.NOTICE
    run = GROUND.to_metres(np.array([[123.742, 41.3], [123.743, 41.3]]))
    climb = 500 * 10 / np.hypot(*(run[1] - run[0]))
    assert float(fault.found) == pytest.approx(climb, abs=0.06)
    assert fault.found == dict(fault.values)["smoothed"]


def test_smoothing_is_stated(tmp_path):
    fault = only(road(tmp_path, HILLS, smooth_m=60.0), "elevation.smoothed")
    assert dict(fault.values)["width"] == "60"
    found = asked(tmp_path / "h.tif", tmp_path, smooth_m=60.0)
    assert {("smooth_m", "60"), ("fill_voids_m", "0")} <= set(found.source.notes)


def test_filled_voids_are_told(tmp_path):
    cells = SLOPE.copy()
    cells[48:53, 60:65] = np.nan
    assert only(road(tmp_path, cells), "elevation.gaps").severity is Severity.WARNING
    found = road(tmp_path, cells, fill_voids_m=100.0)
    assert "elevation.gaps" not in rules(found)
    assert int(only(found, "elevation.filled").found) > 0
    assert np.isfinite(found.value.profile_m).all()


def test_heights_above_every_mountain_are_refused(tmp_path):
    found = road(tmp_path, SLOPE * 100)
    assert (only(found, "elevation.too_high").severity, found.value) == (Severity.ERROR, None)


def test_raster_of_another_place_says_where_it_is(tmp_path):
    write(tmp_path / "far.tif", CELLS, transform=north_up(114, 31, 0.01))
    heights = asked(tmp_path / "far.tif", tmp_path).value
    here = road(tmp_path, SLOPE).value
    blank = replace(here, profile_m=np.full(len(here.vertices), np.nan))
    (fault,) = audit_heights(blank, GROUND, heights, named(tmp_path / "a.gpkg"))
    assert (fault.rule, fault.found) == ("elevation.none", "114.000–114.030°E, 30.970–31.000°N")


@pytest.mark.parametrize("kind", ["支路", "桥"])
def test_bridge_of_two_parts_does_not_dip_into_the_valley(tmp_path, kind):
    cells = np.full((100, 200), 100, np.float32)
    cells[:, 60:100] = 40
    write(tmp_path / "h.tif", cells, transform=north_up(123.74, 41.305, 1e-4))
    places = [(x, 41.3) for x in (123.742, 123.745, 123.748, 123.751, 123.754)]
    shapes = [shapely.LineString(places[i : i + 2]) for i in range(4)]
    layer_file(tmp_path / "a.gpkg", {"kind": ["支路", kind, kind, "支路"]}, shapes)
    heights = asked(tmp_path / "h.tif", tmp_path).value
    net = read_network(named(tmp_path / "a.gpkg"), tmp_path, GROUND, None, heights).value
    node = np.full(net.node_count, np.nan)
    node[net.tail] = net.profile_m[net.edge_start[:-1]]
    node[net.head] = net.profile_m[net.edge_start[1:] - 1]
    bridge = np.flatnonzero(net.kind == WayKind.BRIDGE)
    assert len(bridge) == (2 if kind == "桥" else 0)
    assert min(node.round()) == (100 if kind == "桥" else 40)


@pytest.mark.parametrize(
    ("city", "raster", "bounds"),
    [
        ("porto_alegre/poa_osm.pbf", "porto_alegre/poa_elevation.tif", POA),
        ("andorra/andorra.osm.pbf", "andorra/N42E001.hgt.zip", ANDORRA),
    ],
)
def test_smoothing_never_makes_real_streets_climb_more(city, raster, bounds):
    net = streets(city, bounds, raster).value
    file = real(f"test-only/{raster}")
    climbs = []
    for width in (1.0, 20.0, 40.0, 60.0, 80.0, 100.0):
        asked_ = Elevation(path=file.path, smooth_m=width)
        heights = open_heights(asked_, Path()).value
        told = audit_heights(net, ground_for(bounds), heights, file)
        climbs.append(float(dict(told[-1].values)["smoothed"]))
    assert climbs == sorted(climbs, reverse=True)
    assert 0.8 * climbs[0] < climbs[-1] < climbs[0]
