"""The ground a run measures on: one metre CRS fit for the place (law 8)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod, Transformer

_ELLIPSOID = Geod(ellps="GRS80")


@dataclass(frozen=True)
class Ground:
    """A transverse Mercator plane through the middle of the data.

    Parameters
    ----------
    lon_0, lat_0
        Middle of the data in degrees (CGCS2000 / WGS 84, which agree to below a metre).

    Notes
    -----
    Scale on the central meridian is 1; 90 km east or west of it lengths are 0.01 % too long.
    """

    lon_0: float
    lat_0: float

    @property
    def crs(self) -> str:
        """PROJ text of the plane."""
        return (
            f"+proj=tmerc +lat_0={self.lat_0:.2f} +lon_0={self.lon_0:.2f} +k=1 "
            "+x_0=500000 +y_0=500000 +ellps=GRS80 +units=m +no_defs"
        )

    @cached_property
    def _forward(self) -> Transformer:
        geographic = "+proj=longlat +ellps=GRS80 +no_defs"
        return Transformer.from_crs(geographic, self.crs, always_xy=True)

    def to_metres(self, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Project degrees to metres, shape (n, 2) to (n, 2); NaN stays NaN."""
        points = np.asarray(lonlat, np.float64).reshape(-1, 2)
        x, y = self._forward.transform(points[:, 0], points[:, 1])
        xy = np.column_stack([x, y])
        xy[~np.isfinite(xy).all(axis=1)] = np.nan
        return xy

    def to_degrees(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Unproject metres to degrees, shape (n, 2) to (n, 2)."""
        points = np.asarray(xy, np.float64).reshape(-1, 2)
        lon, lat = self._forward.transform(points[:, 0], points[:, 1], direction="INVERSE")
        return np.column_stack([lon, lat])


def ground_for(bounds: tuple[float, float, float, float]) -> Ground:
    """Return the plane for data within `bounds` (west, south, east, north in degrees)."""
    west, south, east, north = bounds
    return Ground(lon_0=round((west + east) / 2, 2), lat_0=round((south + north) / 2, 2))


def geodesic_area_m2(geometry: shapely.Geometry) -> float:
    """Return the area on the GRS80 ellipsoid of a polygon in degrees, in square metres."""
    oriented = shapely.orient_polygons(geometry)
    return float(_ELLIPSOID.geometry_area_perimeter(oriented)[0])
