"""The metre plane every shape is drawn in, and the raster that covers the municipality."""

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

# Benxi crosses the 124.5 E zone edge; one transverse Mercator at its middle stays within
# 0.07 per mille everywhere.
PLANE = "+proj=tmerc +lat_0=0 +lon_0=124.65 +k=1 +x_0=500000 +y_0=0 +ellps=GRS80 +units=m"

WEST, SOUTH, EAST, NORTH = 123.54, 40.78, 125.82, 41.60
COARSE = 6 / 3600  # degrees per cell of the working raster
FINE = 3 / 3600  # degrees per cell of the written raster
COARSE_SHAPE = (492, 1368)
CELL_Y, CELL_X = 185.1, 139.5  # metres per coarse cell at 41.2 N

_TO_PLANE = Transformer.from_crs("EPSG:4326", PLANE, always_xy=True)
_TO_DEGREES = Transformer.from_crs(PLANE, "EPSG:4326", always_xy=True)

Floats = NDArray[np.float64]


def to_plane(lonlat: Floats) -> Floats:
    """Return metres for degrees, shape (n, 2)."""
    lonlat = np.asarray(lonlat, np.float64).reshape(-1, 2)
    return np.column_stack(_TO_PLANE.transform(lonlat[:, 0], lonlat[:, 1]))


def to_degrees(xy: Floats) -> Floats:
    """Return degrees for metres, shape (n, 2)."""
    xy = np.asarray(xy, np.float64).reshape(-1, 2)
    return np.column_stack(_TO_DEGREES.transform(xy[:, 0], xy[:, 1]))


def shape_to_plane(shape: shapely.Geometry) -> shapely.Geometry:
    """Return a geometry in degrees as one in metres."""
    return shapely.transform(shape, to_plane)


def shape_to_degrees(shape: shapely.Geometry) -> shapely.Geometry:
    """Return a geometry in metres as one in degrees."""
    return shapely.transform(shape, to_degrees)


def coarse_index(lonlat: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return row and column (clipped to the raster) of points in degrees."""
    row = np.floor((NORTH - lonlat[:, 1]) / COARSE).astype(np.int64)
    col = np.floor((lonlat[:, 0] - WEST) / COARSE).astype(np.int64)
    return np.clip(row, 0, COARSE_SHAPE[0] - 1), np.clip(col, 0, COARSE_SHAPE[1] - 1)


def coarse_centres() -> Floats:
    """Return the centres of all coarse cells in degrees, row by row, shape (rows * cols, 2)."""
    rows, cols = COARSE_SHAPE
    lon = WEST + (np.arange(cols) + 0.5) * COARSE
    lat = NORTH - (np.arange(rows) + 0.5) * COARSE
    grid_lon, grid_lat = np.meshgrid(lon, lat)
    return np.column_stack([grid_lon.ravel(), grid_lat.ravel()])


def cells_between(start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the raster cells on the straight line between two (row, column) cells."""
    steps = int(np.abs(end - start).max()) + 1
    line = np.linspace(start, end, steps)
    return np.round(line).astype(np.int64)
