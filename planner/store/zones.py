"""Which zone projected numbers are likely meant for.

An easting of six digits bears no zone, one of eight begins with it, a northing in China has seven:
the numbers themselves say which is which. A zone is only ever named to the planner, never taken.

References
----------
EPSG codes of CGCS2000: 4491-4501 zones of 6 degrees 13-23 with prefix, 4502-4512 the same without;
4513-4533 zones of 3 degrees 25-45 with prefix, 4534-4554 the same without.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from planner.model.finding import Finding

Window = tuple[float, float, float, float]
Fault = Callable[..., Finding]
F64 = NDArray[np.float64]
Mask = NDArray[np.bool_]

_NORTH = (1.5e6, 6.3e6)
_BARE = (1e5, 1e6)
_PREFIXED = (13e6, 46e6)
_MILLION = 1e6
_WIDE, _NARROW = range(13, 24), range(25, 46)
_MOSTLY = 0.5
_MARGIN_DEG = 0.25


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone of a transverse Mercator projection.

    Parameters
    ----------
    code
        EPSG code, 0 where it has none.
    meridian
        Central meridian in degrees.
    prefix
        Zone number in front of the easting, 0 where there is none.
    """

    code: int
    meridian: float
    prefix: int


def zone_of(crs: CRS) -> Zone | None:
    """Return the zone of a projected system, `None` where it is not transverse Mercator."""
    operation = crs.coordinate_operation
    if operation is None or operation.method_name != "Transverse Mercator":
        return None
    numbers = {p.name: float(p.value) for p in operation.params}
    authority = crs.to_authority(min_confidence=70)
    code = int(authority[1]) if authority and authority[0] == "EPSG" else 0
    east = numbers.get("False easting", 0.0)
    return Zone(code, numbers.get("Longitude of natural origin", 0.0), int(east // _MILLION))


def code_of(prefix: int) -> int:
    """Return the EPSG code of CGCS2000 with a zone prefix, 0 where there is no such zone."""
    if prefix in _WIDE:
        return 4491 + prefix - _WIDE.start
    return 4513 + prefix - _NARROW.start if prefix in _NARROW else 0


def code_without(prefix: int) -> int:
    """Return the EPSG code of the same zone without the prefix, 0 where there is none."""
    if prefix in _WIDE:
        return 4502 + prefix - _WIDE.start
    return 4534 + prefix - _NARROW.start if prefix in _NARROW else 0


def is_exchanged(xy: F64) -> Mask:
    """Return where the first number can only be a northing and the second an easting."""
    east = _between(xy[:, 1], _BARE) | _between(xy[:, 1], _PREFIXED)
    mask: Mask = _between(xy[:, 0], _NORTH) & east
    return mask


def unzoned(xy: F64, window: Window | None, fault: Fault) -> Finding:
    """Tell what is missing where nobody names a coordinate system.

    Parameters
    ----------
    xy
        East and north as they stand in the file, shape (n, 2); NaN where unknown.
    window
        Study area in degrees (west, south, east, north), if it is known.
    fault
        Makes a finding from a rule and values.
    """
    rule, values = _guess(xy, window)
    return fault(rule, **values)


def likely_codes(xy: F64, window: Window | None) -> str:
    """Return the codes of the zones that numbers are likely meant for, '' where none fits."""
    return _guess(xy, window)[1].get("expected", "")


def _guess(xy: F64, window: Window | None) -> tuple[str, dict[str, str]]:
    known = xy[np.isfinite(xy).all(axis=1)]
    turned = is_exchanged(known)
    known[turned] = known[turned][:, ::-1]
    plane = known[_between(known[:, 1], _NORTH)]
    if not len(plane) or len(plane) < _MOSTLY * len(known):
        return "crs.missing", {}
    found = _pair(plane[0])
    prefixes = _prefixes(plane[:, 0])
    if (prefixes > 0).mean() > _MOSTLY:
        codes = {code_of(int(p)) for p in np.unique(prefixes)} - {0}
        return "crs.missing_prefixed", {"found": found, "expected": _codes(sorted(codes))}
    if not _between(plane[:, 0], _BARE).any():
        return "crs.missing", {}
    places = {code: to[0] for code, to in _candidates(plane, window)}
    told = "; ".join(f"EPSG:{code} → {lon:.4f}, {lat:.4f}" for code, (lon, lat) in places.items())
    return "crs.missing_zone", {"found": found, "expected": _codes(list(places)), "places": told}


def audit_zones(
    lonlat: F64, xy: F64, given: Mask, zone: Zone, window: Window | None
) -> dict[int, str]:
    """Find the rows that are likely meant for another zone.

    Parameters
    ----------
    lonlat, xy
        The same places in degrees and as they stand in the file, east first, shape (n, 2).
    given
        Rows to look at, shape (n,).
    zone
        Zone that is declared.
    window
        Study area in degrees, if it is known.

    Returns
    -------
    dict
        Position of each row -> codes of the zones it fits.
    """
    prefixes = _prefixes(xy[:, 0])
    north = given & _between(xy[:, 1], _NORTH)
    meant: dict[int, str] = {}
    for i in np.flatnonzero(north & (prefixes > 0) & (prefixes != zone.prefix)):
        if code := code_of(int(prefixes[i])):
            meant[int(i)] = f"EPSG:{code}"
    bare = north & _between(xy[:, 0], _BARE)
    if zone.prefix:
        if code := code_without(zone.prefix):
            meant |= {int(i): f"EPSG:{code}" for i in np.flatnonzero(bare)}
        return meant
    if window is None:
        return meant
    rows = np.flatnonzero(bare & ~_within(lonlat, window, 2 * _MARGIN_DEG))
    if not len(rows):
        return meant
    for code, to in _candidates(xy[rows], window, utm=32600 < zone.code <= 32660):
        if code == zone.code:
            continue
        for i in rows[_within(to, window, 0.0)]:
            meant[int(i)] = f"{meant[int(i)]} / EPSG:{code}" if int(i) in meant else f"EPSG:{code}"
    return meant


def told_zones(
    meant: dict[int, str], xy: F64, total: int, declared: str, fault: Fault
) -> tuple[Finding, ...]:
    """Tell of rows meant for another zone: once where most are meant for the same one."""
    values = sorted(meant.values())
    most = max(values, key=values.count) if values else ""
    if values and values.count(most) > _MOSTLY * total:
        rows = [i for i, code in meant.items() if code == most]
        first = min(rows)
        count = {"count": str(len(rows)), "total": str(total)}
        whole = fault(
            "crs.zone", at=first, found=_pair(xy[first]), expected=most, declared=declared, **count
        )
        rest = {i: code for i, code in meant.items() if code != most}
        return (whole, *told_zones(rest, xy, total, declared, fault))
    return tuple(
        fault("crs.zone_row", at=i, found=_pair(xy[i]), expected=meant[i], declared=declared)
        for i in sorted(meant)
    )


def _candidates(plane: F64, window: Window | None, *, utm: bool = False) -> list[tuple[int, F64]]:
    """Return the zones without prefix that numbers may be meant for, and where they would lie.

    Within a study area the zones that reach into it and those that put the numbers there; all of
    China without one.
    """
    found = []
    for code, meridian in _utm() if utm else _bare():
        to = np.column_stack(_way(code).transform(plane[:, 0], plane[:, 1]))
        if window is not None:
            reaches = meridian - 1.5 < window[2] and meridian + 1.5 > window[0]
            if not reaches and not _within(to, window, _MARGIN_DEG).any():
                continue
        found.append((code, to))
    return found


def _bare() -> list[tuple[int, float]]:
    return [(code_without(zone), 3.0 * zone) for zone in _NARROW]


def _utm() -> list[tuple[int, float]]:
    return [(32600 + zone, 6.0 * zone - 183.0) for zone in range(43, 54)]


def _way(code: int) -> Transformer:
    crs = CRS.from_epsg(code)
    return Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)


def _prefixes(east: F64) -> NDArray[np.int64]:
    """Return the zone number in front of each easting, 0 where it has none."""
    has = _between(east, _PREFIXED)
    return np.where(has, np.where(has, east, 0.0) // _MILLION, 0).astype(np.int64)


def _between(values: F64, limits: tuple[float, float]) -> Mask:
    with np.errstate(invalid="ignore"):
        mask: Mask = (values >= limits[0]) & (values < limits[1])
    return mask


def _within(lonlat: F64, window: Window, margin: float) -> Mask:
    west, south, east, north = window
    lon = _between(lonlat[:, 0], (west - margin, east + margin))
    return lon & _between(lonlat[:, 1], (south - margin, north + margin))


def _codes(codes: list[int]) -> str:
    return " / ".join(f"EPSG:{code}" for code in codes)


def _pair(point: F64) -> str:
    return f"{point[0]:.10g}, {point[1]:.10g}"
