"""GCJ-02 and BD-09, the shifted coordinates of Chinese web maps, to WGS 84 and back.

Approximate, for analysis only: neither datum is published. The formulas are those that were
found by reverse engineering and have circulated since 2013; against the providers' own conversion
they differ by metres. What is exact here is the way back: it is iterated, so that a round trip
returns the same place to a micrometre, where the one-step inverse that circulates errs by one to
three metres.

References
----------
.. [1] "Restrictions on geographic data in China", section GCJ-02 and BD-09, Wikipedia.
.. [2] National standard GB 20263-2006, on the processing of navigation maps.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["bd09_to_wgs84", "gcj02_to_wgs84", "is_shifted", "wgs84_to_bd09", "wgs84_to_gcj02"]
F64 = NDArray[np.float64]

_AXIS_M = 6378245.0  # Krasovsky 1940
_SQUARED_ECCENTRICITY = 0.00669342162296594323
_WEST, _SOUTH, _EAST, _NORTH = 72.004, 0.8293, 137.8347, 55.8271
_MIDDLE_LON, _MIDDLE_LAT = 105.0, 35.0
_TURN = np.pi * 3000.0 / 180.0
_BAIDU_LON, _BAIDU_LAT = 0.0065, 0.006
_ENOUGH_DEG = 1e-12  # a ten-millionth of a metre
_MOST_STEPS = 30  # eight do; each brings the place nearer by a factor of 50 at least


def is_shifted(lonlat: F64) -> NDArray[np.bool_]:
    """Return where web maps shift at all: in the rectangle of the published formula.

    Parameters
    ----------
    lonlat
        WGS 84 in degrees, shape (n, 2).

    Returns
    -------
    NDArray
        False outside 72.004-137.8347 E, 0.8293-55.8271 N and where NaN, shape (n,). The rectangle
        is larger than China.
    """
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    with np.errstate(invalid="ignore"):
        inside: NDArray[np.bool_] = (
            (lon >= _WEST) & (lon <= _EAST) & (lat >= _SOUTH) & (lat <= _NORTH)
        )
    return inside


def wgs84_to_gcj02(lonlat: F64) -> F64:
    """Return the places Amap and Tencent show, approximately.

    Parameters
    ----------
    lonlat
        WGS 84 in degrees, shape (n, 2); NaN stays NaN.

    Returns
    -------
    NDArray
        GCJ-02 in degrees, shape (n, 2); outside the rectangle of `is_shifted` unchanged.
    """
    points = _points(lonlat)
    moved = _shift(points)
    still = ~is_shifted(points)
    moved[still] = points[still]
    return moved


def gcj02_to_wgs84(lonlat: F64) -> F64:
    """Return WGS 84 of GCJ-02, approximately.

    Parameters
    ----------
    lonlat
        GCJ-02 in degrees, shape (n, 2); NaN stays NaN.

    Returns
    -------
    NDArray
        WGS 84 in degrees, shape (n, 2). Within a shift of the edge of the rectangle two places
        have the same GCJ-02; the one inside is taken.
    """
    points = _points(lonlat)
    back = _undo(_shift, points)
    outside = ~is_shifted(back)
    back[outside] = points[outside]
    return back


def wgs84_to_bd09(lonlat: F64) -> F64:
    """Return the places Baidu shows, approximately; parameters as in `wgs84_to_gcj02`.

    The second shift, from GCJ-02, has no rectangle in the published formula.
    """
    return _to_baidu(wgs84_to_gcj02(lonlat))


def bd09_to_wgs84(lonlat: F64) -> F64:
    """Return WGS 84 of BD-09, approximately; parameters as in `gcj02_to_wgs84`."""
    return gcj02_to_wgs84(_undo(_to_baidu, _points(lonlat)))


def _points(lonlat: F64) -> F64:
    points = np.asarray(lonlat, np.float64)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(f"places have shape {points.shape}; expected (n, 2)")
    return points


def _waves(v: F64, *terms: tuple[float, float]) -> F64:
    """Return two thirds of a sum of sines: (height, half turns per degree)."""
    total = np.zeros_like(v)
    for height, turns in terms:
        total += height * np.sin(v * turns * np.pi)
    return total * 2.0 / 3.0


def _shift(points: F64) -> F64:
    """Shift by the published polynomial and sines, everywhere."""
    x, y = points[:, 0] - _MIDDLE_LON, points[:, 1] - _MIDDLE_LAT
    root, ripple = np.sqrt(np.abs(x)), _waves(x, (20.0, 6.0), (20.0, 2.0))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + ripple
    north += _waves(y, (20.0, 1.0), (40.0, 1 / 3), (160.0, 1 / 12), (320.0, 1 / 30))
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + ripple
    east += _waves(x, (20.0, 1.0), (40.0, 1 / 3), (150.0, 1 / 12), (300.0, 1 / 30))
    lat = np.radians(points[:, 1])
    bulge = 1.0 - _SQUARED_ECCENTRICITY * np.sin(lat) ** 2
    meridian = _AXIS_M * (1.0 - _SQUARED_ECCENTRICITY) / (bulge * np.sqrt(bulge))
    parallel = _AXIS_M / np.sqrt(bulge) * np.cos(lat)
    return points + np.degrees(np.column_stack([east / parallel, north / meridian]))


def _to_baidu(points: F64) -> F64:
    lon, lat = points[:, 0], points[:, 1]
    away = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _TURN)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _TURN)
    return np.column_stack([away * np.cos(angle) + _BAIDU_LON, away * np.sin(angle) + _BAIDU_LAT])


def _undo(shift: Callable[[F64], F64], points: F64) -> F64:
    """Find the places that `shift` brings to `points`: step back by what is still missing."""
    at = points.copy()
    for _ in range(_MOST_STEPS):
        missing = points - shift(at)
        at += missing
        if not np.nanmax(np.abs(missing), initial=0.0) > _ENOUGH_DEG:
            break
    return at
