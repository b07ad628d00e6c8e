"""The one door for coordinates: everything that enters becomes degrees, lon before lat.

CGCS2000 and WGS 84 agree to below a metre and are taken as one. A datum without a known shift
is refused; PROJ would shift Beijing 1954 and Xian 1980 by nothing, or by an operation made for
another region. GCJ-02 and BD-09 are undone where the scenario states them, and only there.
"""

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError
from pyproj.transformer import TransformerGroup

from planner.kernel import datum as shifted
from planner.model.finding import Finding, Severity
from planner.model.scenario import Datum
from planner.store import zones

Window = tuple[float, float, float, float]
Fault = Callable[..., Finding]

_SAME_DATUM = re.compile(
    r"^(d)?(wgs(19)?84|worldgeodeticsystem1984|china2000|cgcs2000|chin(a|ese)geodetic"
    r"coordinatesystem2000)"
)
_REFUSED_DATUM = re.compile(r"beijing|xian1980|xian80|北京|西安")
_NO_DATUM = re.compile(r"^(unknown|notspecified)")
_LIKE_CGCS2000 = (6378137.0, 298.257222101)
DATUM_NAMES = {"wgs84": "WGS-84", "cgcs2000": "CGCS2000", "gcj02": "GCJ-02", "bd09": "BD-09"}
_UNDO = {"gcj02": shifted.gcj02_to_wgs84, "bd09": shifted.bd09_to_wgs84}
_REDO = {"gcj02": shifted.wgs84_to_gcj02, "bd09": shifted.wgs84_to_bd09}
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
    zone
        Zone of the projection, if it has one.
    datum
        ``gcj02`` or ``bd09`` where the shift of a web map is to be undone, else ''.
    """

    label: str
    degrees: bool
    transformer: Transformer
    area: Window | None = None
    zone: zones.Zone | None = None
    datum: str = ""


def find_door(
    named: str,
    declared: str | None,
    fault: Fault,
    *,
    datum: Datum | None = None,
    drawing: bool = False,
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
    datum
        Datum the scenario states; where nothing names a coordinate system it means degrees.
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
            if crs.is_bound and crs.source_crs is not None:
                crs = crs.source_crs  # a TOWGS84 in the file, mostly of zeros, proves nothing
            if not crs.name.startswith("Undefined"):  # GeoPackage's way to say nothing
                parsed[key] = crs
    if not parsed and datum is not None:
        parsed["declared"] = CRS("EPSG:4490" if datum == "cgcs2000" else "EPSG:4326")
    if not parsed:
        return None, (fault("crs.missing"),)
    crs = parsed["named"] if "named" in parsed else parsed["declared"]
    if len(parsed) == 2 and not _agree(parsed["named"], parsed["declared"]):
        found, expected = label_of(parsed["named"]), label_of(parsed["declared"])
        return None, (fault("crs.contradiction", found=found, expected=expected),)
    door, findings = _door(crs, fault, drawing=drawing)
    if door is None or datum not in _UNDO:
        return door, findings
    label = f"{door.label}, {DATUM_NAMES[datum]} ≈→ WGS-84"
    return replace(door, label=label, datum=datum), (*findings, converted(datum, fault))


def converted(datum: str, fault: Fault, **values: str) -> Finding:
    """Return the notice that coordinates were converted, approximately."""
    return fault("datum.converted", Severity.NOTICE, found=DATUM_NAMES[datum], **values)


def unshift(lonlat: NDArray[np.float64], datum: str) -> NDArray[np.float64]:
    """Return WGS 84 of degrees in a stated datum, shape (n, 2); others stay as they are."""
    return _UNDO[datum](lonlat) if datum in _UNDO else lonlat


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


def _plain(name: str) -> str:
    return re.sub(r"[\s_\-]+", "", name.casefold())


def _datum(crs: CRS) -> str:
    datum = crs.geodetic_crs.datum if crs.geodetic_crs is not None else None
    return datum.name if datum is not None else ""


def _same_datum(crs: CRS) -> bool:
    return bool(_SAME_DATUM.match(_plain(_datum(crs))))


def _only_ellipsoid(crs: CRS) -> bool:
    """Return whether nothing but the ellipsoid of CGCS2000 is said, as local grids often do."""
    ellipsoid = crs.ellipsoid
    if ellipsoid is None or not _NO_DATUM.match(_plain(_datum(crs))):
        return False
    size = (ellipsoid.semi_major_metre, ellipsoid.inverse_flattening)
    return bool(np.allclose(size, _LIKE_CGCS2000, rtol=0, atol=1e-6))


def _door(crs: CRS, fault: Fault, *, drawing: bool) -> tuple[Door | None, tuple[Finding, ...]]:
    try:
        return _way_in(crs, fault, drawing=drawing)
    except ProjError:  # well written, and yet nothing PROJ can calculate with
        return None, (fault("crs.unknown", found=label_of(crs)[:80]),)


def _way_in(crs: CRS, fault: Fault, *, drawing: bool) -> tuple[Door | None, tuple[Finding, ...]]:
    label = label_of(crs)
    flat = crs.to_2d()
    if not (flat.is_geographic or flat.is_projected):
        return None, (fault("crs.not_a_map", found=label),)
    told = _plain(_datum(crs) if _same_datum(crs) else _datum(crs) + crs.name)
    if _REFUSED_DATUM.search(told):
        return None, (fault("crs.no_shift", found=f"{label} ({_datum(crs)})"),)
    operation = flat.coordinate_operation
    if operation is not None and "Pseudo Mercator" in operation.method_name and not drawing:
        return None, (fault("crs.web_mercator", found=label),)
    alike = _only_ellipsoid(flat)
    if (_same_datum(crs) or alike) and flat.geodetic_crs is not None:
        transformer = Transformer.from_crs(flat, flat.geodetic_crs, always_xy=True)
        door = Door(label, flat.is_geographic, transformer, zone=zones.zone_of(flat))
        notes = (fault("crs.only_ellipsoid", Severity.NOTICE, found=label),) if alike else ()
        return door, notes
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
    return unshift(lonlat, door.datum)


def from_lonlat(lonlat: NDArray[np.float64], door: Door) -> NDArray[np.float64]:
    """Return the door's own coordinates for degrees, shape (n, 2) to (n, 2)."""
    points = np.asarray(lonlat, np.float64).reshape(-1, 2)
    if door.datum in _REDO:
        points = _REDO[door.datum](points)
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
        values = {"count": count, "expected": zones.likely_codes(xy, window) or "EPSG:…"}
        return lonlat, (fault("crs.not_degrees", at=at, found=_pair(xy[at]), **values),)
    if not door.degrees and _fits(xy[given]).all():
        found = _pair(xy[first])
        return lonlat, (fault("crs.not_metres", at=first, found=found, expected=door.label),)
    turned = to_lonlat(xy[:, ::-1], door)
    if window is None:
        swapped = given & ~_fits(lonlat) & _fits(turned)
    else:
        swapped = given & ~_inside(lonlat, window, _FAR_DEGREES) & _inside(turned, window)
    if door.zone is not None:
        swapped |= given & zones.is_exchanged(xy)
    findings = _swapped(xy, swapped, given, fault)
    meant: dict[int, str] = {}
    if door.zone is not None:
        straight = np.where(swapped[:, None], xy[:, ::-1], xy)
        where = np.where(swapped[:, None], turned, lonlat)
        meant = zones.audit_zones(where, straight, given, door.zone, window)
        findings += zones.told_zones(meant, straight, int(given.sum()), door.label, fault)
    rest = given & ~swapped
    rest[list(meant)] = False
    if 2 * rest.sum() <= given.sum():
        return lonlat, findings
    return lonlat, findings + _elsewhere(lonlat, rest, door, window, fault)


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
        As in `points_to_lonlat`; the middle of each shape's bounds is checked, and that every
        vertex can be a place.

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

    if not (door.degrees and door.area is None and not door.datum):
        moved: Any = shapely.transform(shapes, turn)
        shapes = np.asarray(moved, object)
    return shapes, findings or off_the_earth(
        *shapely.get_coordinates(shapes, return_index=True), fault
    )


def off_the_earth(
    lonlat: NDArray[np.float64], of: NDArray[np.int64], fault: Fault
) -> tuple[Finding, ...]:
    """Return a finding if any vertex in degrees cannot be a place.

    Parameters
    ----------
    lonlat
        Vertices, shape (n, 2).
    of
        Position of the record each belongs to, shape (n,).
    fault
        As in `points_to_lonlat`.
    """
    wrong = ~_fits(lonlat)
    if not wrong.any():
        return ()
    at, found = int(of[wrong][0]), _pair(lonlat[wrong][0])
    count = str(len(np.unique(of[wrong])))
    return (fault("crs.off_the_earth", at=at, found=found, count=count),)


def _fits(lonlat: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which rows can be degrees at all."""
    with np.errstate(invalid="ignore"):
        fits: NDArray[np.bool_] = (np.abs(lonlat[:, 0]) <= 180) & (np.abs(lonlat[:, 1]) <= 90)
    return fits


def _inside(lonlat: NDArray[np.float64], window: Window, margin: float = 0.0) -> NDArray[np.bool_]:
    west, south, east, north = window
    low, high = (west - margin, south - margin), (east + margin, north + margin)
    with np.errstate(invalid="ignore"):
        inside = ((lonlat >= low) & (lonlat <= high)).all(axis=1)
    return np.asarray(inside, np.bool_)


def _pair(point: NDArray[np.float64]) -> str:
    return f"{point[0]:.10g}, {point[1]:.10g}"
