"""Heights: between cell centres, never invented where there is none."""

import zipfile

import numpy as np
import pytest
import rasterio
from filed import named, only, rules

from planner.model.finding import Severity
from planner.store.elevation import open_heights, sample_heights

CELLS = np.array([[100, 110, 120], [200, 210, 220], [300, 310, 320]], np.int16)
WEST, NORTH, STEP = 123.70, 41.33, 0.01


def north_up(west, north, step):
    return rasterio.Affine(step, 0, west, 0, -step, north)


def write(path, cells=CELLS, crs="EPSG:4326", transform=None, **profile):
    cells = np.atleast_3d(cells) if cells.ndim == 2 else cells
    height, width, count = cells.shape
    with rasterio.open(
        path, "w", driver="GTiff", height=height, width=width, count=count, dtype=cells.dtype,
        crs=crs, transform=transform or north_up(WEST, NORTH, STEP), **profile,
    ) as data:  # fmt: skip
        for band in range(count):
            data.write(cells[:, :, band], band + 1)
    return path


def centre(row, column):
    return WEST + (column + 0.5) * STEP, NORTH - (row + 0.5) * STEP


def sample(tmp_path, places, **more):
    found = open_heights(named(write(tmp_path / "a.tif", **more)), tmp_path)
    return sample_heights(found.value, np.array(places))


def test_centres_give_their_cells(tmp_path):
    places = [centre(r, c) for r in range(3) for c in range(3)]
    assert np.allclose(sample(tmp_path, places), CELLS.ravel(), atol=1e-6)


def test_between_centres_is_in_between(tmp_path):
    places = [centre(0.5, 0), centre(1, 1.25), centre(0.5, 0.5)]
    assert np.allclose(sample(tmp_path, places), [150, 212.5, 155], atol=1e-6)


def test_edge_and_outside(tmp_path):
    places = [centre(-0.4, 0), centre(-0.6, 0), centre(2.4, 2.4), (0.0, 0.0), (np.nan, np.nan)]
    heights = sample(tmp_path, places)
    assert np.allclose(heights[[0, 2]], [100, 320], atol=1e-6)
    assert np.isnan(heights[[1, 3, 4]]).all()


@pytest.mark.parametrize("options", [{"nodata": -32768}, {}])
def test_void_is_not_a_height(tmp_path, options):
    cells = CELLS.copy()
    cells[1, 1] = -32768
    heights = sample(tmp_path, [centre(1, 1), centre(0.9, 1), centre(0, 1)], cells=cells, **options)
    assert np.isnan(heights[:2]).all()
    assert heights[2] == pytest.approx(110)


def test_raster_in_metres(tmp_path):
    transform = north_up(500000, 4600000, 100)
    path = write(tmp_path / "a.tif", crs="EPSG:4550", transform=transform)
    found = open_heights(named(path), tmp_path)
    assert (found.findings, found.source.crs) == ((), "EPSG:4550")
    from planner.store.crs import to_lonlat  # noqa: PLC0415

    place = to_lonlat(np.array([[500150.0, 4599850.0]]), found.value.door)
    assert found.value(place) == pytest.approx([210])


def test_only_the_cells_asked_for_are_read(tmp_path):
    wide = np.arange(600 * 500, dtype=np.int32).reshape(600, 500)
    path = write(tmp_path / "a.tif", wide, transform=north_up(120, 42, 0.001))
    found = open_heights(named(path), tmp_path)
    place = np.array([[120 + 321.5 * 0.001, 42 - 123.5 * 0.001]])
    assert found.value(place) == pytest.approx([123 * 500 + 321])


@pytest.mark.parametrize("name", ["N41E123.hgt", "N41E123.hgt.zip"])
def test_srtm_tile(tmp_path, name):
    cells = np.tile(np.arange(1201, dtype=">i2"), (1201, 1))
    cells[600, 600] = -32768
    (tmp_path / "N41E123.hgt").write_bytes(cells.tobytes())
    if name.endswith(".zip"):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.write(tmp_path / "N41E123.hgt", "N41E123.hgt")
    found = open_heights(named(tmp_path / name), tmp_path)
    assert found.findings == ()
    heights = sample_heights(found.value, np.array([[123.25, 41.5], [123.5, 41.5]]))
    assert heights[0] == pytest.approx(300)
    assert np.isnan(heights[1])


def test_eight_bits_are_told(tmp_path):
    found = open_heights(named(write(tmp_path / "a.tif", CELLS.astype(np.uint8))), tmp_path)
    assert only(found, "elevation.eight_bit").severity is Severity.NOTICE
    assert found.value is not None


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"crs": None}, "crs.missing"),
        ({"crs": "EPSG:4610"}, "crs.no_shift"),
        ({"crs": "EPSG:3857"}, "crs.web_mercator"),
        ({"cells": np.dstack([CELLS] * 3)}, "elevation.bands"),
        (
            {"transform": rasterio.Affine(0.01, 0.001, WEST, 0.001, -0.01, NORTH)},
            "elevation.turned",
        ),
    ],
)
def test_refused_rasters(tmp_path, options, rule):
    found = open_heights(named(write(tmp_path / "a.tif", **options)), tmp_path)
    assert (rules(found), found.value) == ([rule], None)


@pytest.mark.parametrize("name", ["a.tif", "a.hgt", "a.zip"])
def test_damaged_file(tmp_path, name):
    (tmp_path / name).write_bytes(b"not this")
    assert rules(open_heights(named(tmp_path / name), tmp_path)) == ["file.unreadable"]
    assert rules(open_heights(named(tmp_path / f"no_{name}"), tmp_path)) == ["file.missing"]


def test_zip_with_none_or_two(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "x")
    assert only(open_heights(named(path), tmp_path), "elevation.zip").found == "—"
    write(tmp_path / "t.tif")
    with zipfile.ZipFile(path, "a") as archive:
        archive.write(tmp_path / "t.tif", "one.tif")
        archive.write(tmp_path / "t.tif", "two.tif")
    twins = only(open_heights(named(path), tmp_path), "elevation.tiles_overlap")
    assert twins.found == "one.tif, two.tif"
    assert open_heights(named(path, layer="two.tif"), tmp_path).findings == ()
