"""Heights at places, from one raster or from tiles side by side, a block at a time."""

from contextlib import ExitStack
from dataclasses import dataclass
from math import ceil

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.errors import RasterioError
from rasterio.windows import Window as Cells

from planner.errors import InputError
from planner.kernel.relief import bilinear, fill_voids, in_circle
from planner.model.scenario import InputFile
from planner.store.crs import Door, from_lonlat, to_lonlat
from planner.store.reading import about

_DRIVERS = {".tif": "GTiff", ".tiff": "GTiff", ".hgt": "SRTMHGT", ".vrt": "VRT"}
_VOID_BELOW_M = -1000.0  # nowhere on land; SRTM's -32768 also where a file forgets to say so
_BLOCK = 1024
_METRES_PER_DEGREE = 111_195.0
_STEP_DEG = 1e-4

F64 = NDArray[np.float64]


def open_raster(raster: str) -> rasterio.DatasetReader:
    """Open a raster as what its name says: a file is not to pass for something that fetches."""
    suffix = raster[raster.rfind(".") :].lower()
    return rasterio.open(raster, driver=_DRIVERS.get(suffix))


@dataclass(frozen=True, slots=True)
class Tile:
    """A raster in the common grid.

    Parameters
    ----------
    raster
        What rasterio opens; inside a zip a path with ``/vsizip/``.
    row, column
        Where its first cell lies in the grid.
    height, width
        Its rows and columns.
    """

    raster: str
    row: int
    column: int
    height: int
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Heights:
    """Heights over a grid; call it with places in degrees.

    Parameters
    ----------
    file
        The input as the scenario names it.
    tiles
        The rasters; where two overlap the first counts.
    transform
        From rows and columns of the grid to the door's coordinates.
    door
        Between the raster's coordinates and degrees.
    metres
        Metres in one unit of the heights.
    smooth_m
        Width of the circle heights are averaged over, 0 for none.
    fill_voids_m
        Widest void that is filled, 0 for none.
    """

    file: InputFile
    tiles: tuple[Tile, ...]
    transform: rasterio.Affine
    door: Door
    metres: float = 1.0
    smooth_m: float = 0.0
    fill_voids_m: float = 0.0

    def __call__(self, lonlat: F64) -> F64:
        """Return `sample_heights`.

        Raises
        ------
        InputError
            If cells cannot be read, as in a file that was cut off.
        """
        try:
            return sample_heights(self, lonlat)
        except (RasterioError, OSError) as error:
            found = " ".join(str(error.__cause__ or error).split())
            fault = about(self.file, "file.unreadable", found=found)
            raise InputError("the heights cannot be read", (fault,)) from error

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the grid."""
        rows = max(tile.row + tile.height for tile in self.tiles)
        return rows, max(tile.column + tile.width for tile in self.tiles)

    def extent(self) -> str:
        """Return the degrees the grid reaches over, as a text."""
        rows, columns = self.shape
        corners = [_corner(self.transform, r, c) for c in (0, columns) for r in (0, rows)]
        west_east, south_north = to_lonlat(np.array(corners), self.door).T
        return (
            f"{west_east.min():.3f}–{west_east.max():.3f}°E, "
            f"{south_north.min():.3f}–{south_north.max():.3f}°N"
        )


def sample_heights(heights: Heights, lonlat: F64) -> F64:
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
        half a cell of the raster's edge the edge cells count. No more cells are held at a time
        than those of a block and its margin.
    """
    result = np.full(len(lonlat), np.nan)
    xy = from_lonlat(lonlat, heights.door)
    inverse = ~heights.transform
    column = inverse.a * xy[:, 0] + inverse.c
    row = inverse.e * xy[:, 1] + inverse.f
    rows, columns = heights.shape
    with np.errstate(invalid="ignore"):
        inside = (column >= 0) & (column <= columns) & (row >= 0) & (row <= rows)
    places = np.flatnonzero(inside)
    if not len(places):
        return result
    row = np.clip(row[places] - 0.5, 0, rows - 1)
    column = np.clip(column[places] - 0.5, 0, columns - 1)
    across = columns // _BLOCK + 1
    block = (row // _BLOCK).astype(np.int64) * across + (column // _BLOCK).astype(np.int64)
    order = np.argsort(block, kind="stable")
    starts = np.flatnonzero(np.diff(block[order], prepend=-1))
    with ExitStack() as stack:
        opened: dict[str, rasterio.DatasetReader] = {}
        for at in np.split(order, starts[1:]):
            corner = divmod(int(block[at[0]]), across)
            grid = _Block(heights, corner, (row[at], column[at]))
            result[places[at]] = grid.sample(_cells(grid, opened, stack))
    return result * heights.metres


class _Block:
    """Places in one block of the grid, and the cells they need."""

    def __init__(self, heights: Heights, corner: tuple[int, int], places: tuple[F64, F64]) -> None:
        self.heights = heights
        self.row, self.column = places
        self.reach = _reach(heights, corner)
        cells = np.abs(np.stack(self.reach)).max(axis=0)  # rows and columns in a metre
        radius = heights.smooth_m / 2
        self.most = tuple(int(heights.fill_voids_m * c) for c in cells)
        margin = [ceil(radius * c * 2) + m + 2 for c, m in zip(cells, self.most, strict=True)]
        self.top = int(self.row.min()) - margin[0]
        self.left = int(self.column.min()) - margin[1]
        self.high = int(self.row.max()) + margin[0] + 2 - self.top
        self.wide = int(self.column.max()) + margin[1] + 2 - self.left

    def sample(self, band: F64) -> F64:
        """Return the heights of the places from the cells of the block."""
        if self.heights.fill_voids_m:
            band = fill_voids(band, *self.most)
        row, column = self.row - self.top, self.column - self.left
        if not self.heights.smooth_m:
            return bilinear(band, row, column)
        radius = self.heights.smooth_m / 2
        return in_circle(band, row, column, (self.reach[0] * radius, self.reach[1] * radius))


def _corner(transform: rasterio.Affine, row: float, column: float) -> tuple[float, float]:
    return transform.a * column + transform.c, transform.e * row + transform.f


def _reach(heights: Heights, corner: tuple[int, int]) -> tuple[F64, F64]:
    """Return how many rows and columns one metre north, and one east, is in a block."""
    rows, columns = heights.shape
    r = min((corner[0] + 0.5) * _BLOCK, rows / 2 if rows < _BLOCK else rows)
    c = min((corner[1] + 0.5) * _BLOCK, columns / 2 if columns < _BLOCK else columns)
    lon, lat = to_lonlat(np.array([_corner(heights.transform, r, c)]), heights.door)[0]
    around = np.array([[lon, lat], [lon, lat + _STEP_DEG], [lon + _STEP_DEG, lat]])
    x, y = from_lonlat(around, heights.door).T
    grid = heights.transform
    column, row = (x - grid.c) / grid.a, (y - grid.f) / grid.e
    north_m = _STEP_DEG * _METRES_PER_DEGREE
    east_m = north_m * np.cos(np.radians(lat))
    north = np.array([row[1] - row[0], column[1] - column[0]]) / north_m
    east = np.array([row[2] - row[0], column[2] - column[0]]) / east_m
    return north, east


def _cells(block: _Block, opened: dict[str, rasterio.DatasetReader], stack: ExitStack) -> F64:
    """Read the cells of a block from all tiles that reach into it; NaN where there is none."""
    band = np.full((block.high, block.wide), np.nan)
    for tile in block.heights.tiles:
        top, left = max(tile.row, block.top), max(tile.column, block.left)
        down = min(tile.row + tile.height, block.top + block.high)
        right = min(tile.column + tile.width, block.left + block.wide)
        if top >= down or left >= right:
            continue
        if tile.raster not in opened:
            opened[tile.raster] = stack.enter_context(open_raster(tile.raster))
        data = opened[tile.raster]
        window = Cells(left - tile.column, top - tile.row, right - left, down - top)
        cells = data.read(1, window=window, masked=True).astype(np.float64).filled(np.nan)
        cells[cells < _VOID_BELOW_M] = np.nan
        cells = cells * data.scales[0] + data.offsets[0]
        part = band[top - block.top : down - block.top, left - block.left : right - block.left]
        part[...] = np.where(np.isnan(part), cells, part)
    return band
