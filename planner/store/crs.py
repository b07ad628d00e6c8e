"""The one door for coordinates: everything that enters becomes degrees, lon before lat.

CGCS2000 and WGS 84 agree to below a metre and are taken as one. A datum without a known shift
is refused; PROJ would shift Beijing 1954 and Xian 1980 by nothing, or by an operation made for
another region.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError
from pyproj.transformer import TransformerGroup

from planner.model.finding import Finding, Severity

Window = tuple[float, float, float, float]
Fault = Callable[..., Finding]

_SAME_DATUM = ("WGS 84", "World Geodetic System 1984", "China 2000", "CGCS2000")
_REFUSED_DATUM = ("Beijing", "Xian 1980")
_WORST_SHIFT_M = 10.0
_FAR_DEGREES = 0.5
_LARGEST_DEGREES = 360.0


@dataclass(frozen=True, slots=True)
class Door:
    """The way from a file's coordinates to degrees.

    Parameters
    ----------
    label
        Code or name of the file's coordinate system.
    degrees
        Whether the file's own coordinates are degrees.
    transformer
        From the file's coordinates, east before north, to degrees.
    area
        Where the transformation may be used (west, south, east, north), if it is limited.
    """

    label: str
    degrees: bool
    transformer: Transformer
    area: Window | None = None


def find_door(
    named: str, declared: str | None, fault: Fault, *, drawing: bool = False
) -> tuple[Door | None, tuple[Finding, ...]]:
    """Choose the way in for a layer.

    Parameters
    ----------
    named
        Coordinate system the file names, '' if it names none.
    declared
        Coordinate system the scenario says under ``crs``.
    fault
        Makes a finding about the layer from a rule and values.
    drawing
        Whether the layer is only drawn; then Web Mercator may pass.

    Returns
    -------
    tuple
        The door, `None` where the layer must stay outside, and the findings.
    """
    parsed: dict[str, CRS] = {}
    for key, text in (("named", named), ("declared", declared or "")):
        if text:
            try:
                crs = CRS.from_user_input(text)
            except CRSError:
                return None, (fault("crs.unknown", found=text[:80]),)
            if not crs.name.startswith("Undefined"):  # GeoPackage's way to say nothing
                parsed[key] = crs
    if not parsed:
        return None, (fault("crs.missing"),)
    crs = parsed["named"] if "named" in parsed else parsed["declared"]
    if len(parsed) == 2 and not _agree(parsed["named"], parsed["declared"]):
        found, expected = label_of(parsed["named"]), label_of(parsed["declared"])
        return None, (fault("crs.contradiction", found=found, expected=expected),)
    return _door(crs, fault, drawing=drawing)


def label_of(crs: CRS) -> str:
    """Return the code of a coordinate system, or its name where it has none."""
    authority = crs.to_authority(min_confidence=70)
    return ":".join(authority) if authority else crs.name


def _agree(a: CRS, b: CRS) -> bool:
    if a.equals(b, ignore_axis_order=True):
        return True
    if a.is_geographic and b.is_geographic:
        return _same_datum(a) and _same_datum(b)
    return label_of(a) == label_of(b)


def _datum(crs: CRS) -> str:
    datum = crs.geodetic_crs.datum if crs.geodetic_crs is not None else None
    return datum.name if datum is not None else ""


def _same_datum(crs: CRS) -> bool:
    return _datum(crs).startswith(_SAME_DATUM)


def _door(crs: CRS, fault: Fault, *, drawing: bool) -> tuple[Door | None, tuple[Finding, ...]]:
    label = label_of(crs)
    flat = crs.to_2d()
    if not (flat.is_geographic or flat.is_projected):
        return None, (fault("crs.not_a_map", found=label),)
    if _datum(crs).startswith(_REFUSED_DATUM):
        return None, (fault("crs.no_shift", found=f"{label} ({_datum(crs)})"),)
    operation = flat.coordinate_operation
    if operation is not None and "Pseudo Mercator" in operation.method_name and not drawing:
        return None, (fault("crs.web_mercator", found=label),)
    if _same_datum(crs) and flat.geodetic_crs is not None:
        transformer = Transformer.from_crs(flat, flat.geodetic_crs, always_xy=True)
        return Door(label, flat.is_geographic, transformer), ()
    with warnings.catch_warnings():  # a finer shift may exist on the internet; accuracy tells
        warnings.simplefilter("ignore", UserWarning)
        group = TransformerGroup(flat, "EPSG:4326", always_xy=True)
    best = group.transformers[0] if group.transformers else None
    if best is None or "Ballpark" in best.description or not 0 <= best.accuracy <= _WORST_SHIFT_M:
        return None, (fault("crs.no_shift", found=f"{label} ({_datum(crs)})"),)
    use = best.area_of_use
    area = (use.west, use.south, use.east, use.north) if use is not None else None
    return Door(label, flat.is_geographic, best, area), ()


def to_lonlat(xy: NDArray[np.float64], door: Door) -> NDArray[np.float64]:
    """Return degrees for coordinates, shape (n, 2) to (n, 2); NaN where there is no answer."""
    points = np.asarray(xy, np.float64).reshape(-1, 2)
    try:
        x, y = door.transformer.transform(points[:, 0], points[:, 1])
    except ProjError:
        x, y = np.full((2, len(points)), np.nan)
    lonlat = np.column_stack([x, y])
    lonlat[~np.isfinite(lonlat).all(axis=1)] = np.nan
    return lonlat


def from_lonlat(lonlat: NDArray[np.float64], door: Door) -> NDArray[np.float64]:
    """Return the door's own coordinates for degrees, shape (n, 2) to (n, 2)."""
    points = np.asarray(lonlat, np.float64).reshape(-1, 2)
    x, y = door.transformer.transform(points[:, 0], points[:, 1], direction="INVERSE")
    xy = np.column_stack([x, y])
    xy[~np.isfinite(xy).all(axis=1)] = np.nan
    return xy


def points_to_lonlat(
    xy: NDArray[np.float64], door: Door, window: Window | None, fault: Fault
) -> tuple[NDArray[np.float64], tuple[Finding, ...]]:
    """Bring points to degrees and check that the numbers can be true.

    Parameters
    ----------
    xy
        East and north (lon and lat) in the file's coordinates, shape (n, 2); NaN where unknown.
    door
        The way in.
    window
        Study area in degrees (west, south, east, north), if it is known.
    fault
        Makes a finding from a rule, a severity, ``at`` (position) and values.

    Returns
    -------
    tuple
        Degrees, shape (n, 2), and the findings.
    """
    lonlat = to_lonlat(xy, door)
    given: NDArray[np.bool_] = np.isfinite(xy[:, 0]) & np.isfinite(xy[:, 1])
    if not given.any():
        return lonlat, ()
    first = int(np.flatnonzero(given)[0])
    size = np.abs(xy)
    if door.degrees and (wild := given & np.any(size > _LARGEST_DEGREES, axis=1)).any():
        at = int(np.flatnonzero(wild)[0])
        count = str(int(wild.sum()))
        return lonlat, (fault("crs.not_degrees", at=at, found=_pair(xy[at]), count=count),)
    if not door.degrees and _fits(xy[given]).all():
        found = _pair(xy[first])
        return lonlat, (fault("crs.not_metres", at=first, found=found, expected=door.label),)
    turned = to_lonlat(xy[:, ::-1], door)
    if window is None:
        swapped = given & ~_fits(lonlat) & _fits(turned)
    else:
        swapped = given & ~_inside(lonlat, window, _FAR_DEGREES) & _inside(turned, window)
    findings = _swapped(xy, swapped, given, fault)
    if 2 * swapped.sum() >= given.sum():
        return lonlat, findings
    return lonlat, findings + _elsewhere(lonlat, given & ~swapped, door, window, fault)


def _swapped(
    xy: NDArray[np.float64],
    swapped: NDArray[np.bool_],
    given: NDArray[np.bool_],
    fault: Fault,
) -> tuple[Finding, ...]:
    rows = [int(i) for i in np.flatnonzero(swapped)]
    if rows and 2 * len(rows) >= given.sum():
        values = {"count": str(len(rows)), "total": str(int(given.sum()))}
        return (fault("crs.swapped", at=rows[0], found=_pair(xy[rows[0]]), **values),)
    return tuple(fault("crs.swapped_row", at=i, found=_pair(xy[i])) for i in rows)


def _elsewhere(
    lonlat: NDArray[np.float64],
    given: NDArray[np.bool_],
    door: Door,
    window: Window | None,
    fault: Fault,
) -> tuple[Finding, ...]:
    """Return what does not lie where it should."""
    rows = [int(i) for i in np.flatnonzero(given & ~_fits(lonlat))]
    if rows:
        found = _pair(lonlat[rows[0]])
        return (fault("crs.off_the_earth", at=rows[0], found=found, count=str(len(rows))),)
    if door.area is not None:
        rows = [int(i) for i in np.flatnonzero(given & ~_inside(lonlat, door.area))]
        if rows:
            return (fault("crs.no_shift", at=rows[0], found=door.label),)
    if window is None:
        return ()
    far = given & ~_inside(lonlat, window, _FAR_DEGREES)
    expected = ", ".join(f"{v:.2f}" for v in window)
    rows = [int(i) for i in np.flatnonzero(far)]
    if rows and len(rows) == given.sum():
        return (fault("crs.outside", at=rows[0], found=_pair(lonlat[rows[0]]), expected=expected),)
    return tuple(
        fault("crs.far_away", Severity.WARNING, at=i, found=_pair(lonlat[i]), expected=expected)
        for i in rows
    )


def shapes_to_lonlat(
    shapes: NDArray[np.object_], door: Door, window: Window | None, fault: Fault
) -> tuple[NDArray[np.object_], tuple[Finding, ...]]:
    """Bring shapes to degrees and check where they lie.

    Parameters
    ----------
    shapes
        Shapes in the file's coordinates, shape (n,); `None` where there is none.
    door, window, fault
        As in `points_to_lonlat`; the middle of each shape's bounds is checked.

    Returns
    -------
    tuple
        Shapes in degrees, shape (n,), and the findings.
    """
    bounds = shapely.bounds(shapes)
    middle = (bounds[:, :2] + bounds[:, 2:]) / 2
    _, findings = points_to_lonlat(middle, door, window, fault)

    def turn(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return to_lonlat(xy, door)

    if door.degrees and door.area is None:
        return shapes, findings
    moved: Any = shapely.transform(shapes, turn)
    return np.asarray(moved, object), findings


def _fits(lonlat: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which rows can be degrees at all."""
    with np.errstate(invalid="ignore"):
        fits: NDArray[np.bool_] = (np.abs(lonlat[:, 0]) <= 180) & (np.abs(lonlat[:, 1]) <= 90)
    return fits


def _inside(lonlat: NDArray[np.float64], window: Window, margin: float = 0.0) -> NDArray[np.bool_]:
    west, south, east, north = window
    x, y = lonlat[:, 0], lonlat[:, 1]
    with np.errstate(invalid="ignore"):
        inside: NDArray[np.bool_] = (
            (x >= west - margin)
            & (x <= east + margin)
            & (y >= south - margin)
            & (y <= north + margin)
        )
    return inside


def _pair(point: NDArray[np.float64]) -> str:
    return f"{point[0]:.10g}, {point[1]:.10g}"
