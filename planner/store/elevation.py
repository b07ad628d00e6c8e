"""Heights above sea level from a raster (GeoTIFF, SRTM ``.hgt``, also inside a zip)."""

import zipfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import RasterioError
from rasterio.windows import Window as Cells

from planner.model.finding import Finding, Severity
from planner.model.scenario import InputFile
from planner.store.crs import Door, find_door, from_lonlat
from planner.store.reading import Read, about, has_error, locate, source_of

_ROLE = "elevation"
_RASTERS = (".tif", ".tiff", ".hgt")
_VOID_BELOW_M = -1000.0  # nowhere on land; SRTM's -32768 also where a file forgets to say so


@dataclass(frozen=True, slots=True)
class Heights:
    """A raster of heights; call it with places in degrees.

    Parameters
    ----------
    raster
        What rasterio opens; inside a zip a path with ``/vsizip/``.
    door
        Between the raster's coordinates and degrees.
    """

    raster: str
    door: Door

    def __call__(self, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return `sample_heights`."""
        return sample_heights(self, lonlat)


def open_heights(file: InputFile, folder: Path) -> Read[Heights]:
    """Open a raster of heights; cells are read when places are asked for.

    Parameters
    ----------
    file, folder
        The input as the scenario names it, and the folder of the scenario.

    Returns
    -------
    Read of Heights
        Heights in metres as the file has them; heights in 8 bits are said to be so.
    """
    path, findings = locate(file, folder)
    if findings:
        return Read(None, findings, source_of(file, path, _ROLE))
    raster, findings = _raster_in(file, path)
    if findings:
        return Read(None, findings, source_of(file, path, _ROLE))
    try:
        with rasterio.open(raster) as data:
            named = data.crs.to_wkt() if data.crs else ""
            turned = bool(data.transform.b or data.transform.d)
            bands, kind = data.count, str(data.dtypes[0])
            cells = data.width * data.height
    except (RasterioError, OSError) as error:
        fault = about(file, "file.unreadable", found=" ".join(str(error).split()))
        return Read(None, (fault,), source_of(file, path, _ROLE))
    if bands != 1:
        findings += (about(file, "elevation.bands", found=str(bands)),)
    if turned:
        findings += (about(file, "elevation.turned"),)
    if kind == "uint8":
        findings += (about(file, "elevation.eight_bit", Severity.NOTICE, found=kind),)
    door, faults = find_door(named, file.crs, partial(about, file))
    findings += faults
    label = "" if door is None else door.label
    source = source_of(file, path, _ROLE, rows=cells, crs=label, notes=(("cells", kind),))
    if door is None or has_error(findings):
        return Read(None, findings, source)
    return Read(Heights(raster, door), findings, source)


def _raster_in(file: InputFile, path: Path) -> tuple[str, tuple[Finding, ...]]:
    """Return what rasterio opens: the file, or the one raster inside a zip."""
    if path.suffix.lower() != ".zip":
        return str(path), ()
    try:
        with zipfile.ZipFile(path) as archive:
            names = [n for n in archive.namelist() if n.lower().endswith(_RASTERS)]
    except (zipfile.BadZipFile, OSError) as error:
        return "", (about(file, "file.unreadable", found=str(error)),)
    if file.layer is not None:
        names = [n for n in names if n == file.layer]
    if len(names) != 1:
        return "", (about(file, "elevation.zip", found=", ".join(names) or "—"),)
    return f"/vsizip/{path.resolve().as_posix()}/{names[0]}", ()


def sample_heights(heights: Heights, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return heights between the four nearest cell centres (bilinear).

    Parameters
    ----------
    heights
        An opened raster.
    lonlat
        Places in degrees, shape (n, 2).

    Returns
    -------
    NDArray
        Metres, shape (n,); NaN outside the raster and where a cell that counts is void. Within
        half a cell of the raster's edge the edge cells count.
    """
    result = np.full(len(lonlat), np.nan)
    xy = from_lonlat(lonlat, heights.door)
    with rasterio.open(heights.raster) as data:
        inverse = ~data.transform
        column = inverse.a * xy[:, 0] + inverse.b * xy[:, 1] + inverse.c
        row = inverse.d * xy[:, 0] + inverse.e * xy[:, 1] + inverse.f
        with np.errstate(invalid="ignore"):
            inside = (column >= 0) & (column <= data.width) & (row >= 0) & (row <= data.height)
        if not inside.any():
            return result
        column = np.clip(column[inside] - 0.5, 0, data.width - 1)
        row = np.clip(row[inside] - 0.5, 0, data.height - 1)
        left, top = int(column.min()), int(row.min())
        width = min(int(column.max()) + 2, data.width) - left
        height = min(int(row.max()) + 2, data.height) - top
        cells = Cells(left, top, width, height)
        band = data.read(1, window=cells, masked=True).astype(np.float64).filled(np.nan)
        band[band < _VOID_BELOW_M] = np.nan
        band = band * data.scales[0] + data.offsets[0]
    result[inside] = _bilinear(band, row - top, column - left)
    return result


def _bilinear(
    band: NDArray[np.float64], row: NDArray[np.float64], column: NDArray[np.float64]
) -> NDArray[np.float64]:
    top, left = row.astype(np.int64), column.astype(np.int64)
    down, right = row - top, column - left
    total = np.zeros(len(row))
    for r, c, weight in (
        (0, 0, (1 - down) * (1 - right)),
        (0, 1, (1 - down) * right),
        (1, 0, down * (1 - right)),
        (1, 1, down * right),
    ):
        at_row = np.minimum(top + r, band.shape[0] - 1)
        at_column = np.minimum(left + c, band.shape[1] - 1)
        # a void cell with no weight must not make the answer void
        total += np.where(weight > 0, band[at_row, at_column], 0.0) * weight
    return total
