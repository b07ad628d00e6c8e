"""Where the records of a table lie: its points, or its coordinate columns."""

import re
import unicodedata
from collections.abc import Mapping

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.model.finding import Finding, Severity
from planner.model.provenance import Origin
from planner.model.scenario import InputFile
from planner.store.cells import as_numbers, as_text
from planner.store.columns import normal
from planner.store.crs import Door, Window, converted, find_door, points_to_lonlat, unshift
from planner.store.tables import Table, pick
from planner.store.zones import unzoned

_POINT = 0
_WEB_MAPS = re.compile(r"高德|百度|腾讯|火星|amap|gaode|baidu|tencent|gcj|bd09|bd_?l(at|ng|on)")
_SOURCE = ("坐标来源", "坐标系来源", "定位来源", "地图来源", "coordinatesource", "mapsource")
_PERHAPS_SOURCE = ("数据来源", "来源", "datasource", "source")


def places_of(
    table: Table, at: Mapping[str, int], file: InputFile, window: Window | None
) -> tuple[NDArray[np.float64], str, tuple[Finding, ...]]:
    """Return where each record lies.

    Parameters
    ----------
    table
        The rows.
    at
        Field -> column; ``lon`` and ``lat`` are used where the file has no shapes.
    file
        The input as the scenario names it.
    window
        Study area in degrees (west, south, east, north).

    Returns
    -------
    tuple
        Degrees with NaN where unknown, shape (n, 2); the coordinate system; the findings.
    """
    empty = np.full((len(table), 2), np.nan)
    told: tuple[Finding, ...] = ()
    named, declared = "", file.crs
    if table.geometry is not None:
        xy, told = _from_shapes(table)
        named = table.crs
    elif "lon" in at and "lat" in at:
        xy, told = _from_columns(table, at)
    else:
        return empty, "", (table.fault("table.no_place", found=", ".join(table.headers)),)
    if file.datums and not named:
        declared = declared or "EPSG:4490"  # degrees, of whatever datum
    by_row = None if file.datums else file.datum
    door, findings = find_door(named, declared, table.fault, datum=by_row)
    if door is None:
        if [f.rule for f in findings] == ["crs.missing"]:
            findings = (unzoned(xy, window, table.fault),)
        return empty, "", findings + told
    lonlat, lies = points_to_lonlat(xy, door, window, table.fault)
    if not file.datums:
        return lonlat, door.label, findings + told + lies
    lonlat, label, faults = _by_source(lonlat, table, file, door)
    return lonlat, label, findings + told + lies + faults


def origins_of(table: Table, at: Mapping[str, int], file: InputFile) -> tuple[Origin, ...]:
    """Return where each record stands, and what is said about the datum of its coordinates.

    Parameters
    ----------
    table, at, file
        As in `places_of`.
    """
    column = source_column(table)
    groups = _texts(table, column)
    headers = [table.headers[at[name]] for name in ("lon", "lat") if name in at]
    hinted = "" if table.geometry is not None else next(filter(_sounds, headers), "")
    known = {normal(value): datum for value, datum in file.datums.items()}
    told = {
        group: (known.get(normal(group), file.datum or ""), group if _sounds(group) else hinted)
        for group in set(groups)
    }
    return tuple(
        Origin(
            file=table.source,
            layer=table.layer,
            row=row,
            group=group,
            datum=told[group][0],
            hint=told[group][1],
        )
        for row, group in zip(table.rows.tolist(), groups, strict=True)
    )


def source_column(table: Table) -> int | None:
    """Return the column that says which map coordinates come from, `None` if there is none."""
    plain = [normal(header) for header in table.headers]
    for name in (*_SOURCE, *_PERHAPS_SOURCE):
        if plain.count(name) == 1:
            return plain.index(name)
    return None


def _sounds(text: str) -> bool:
    """Return whether a text names a map with shifted coordinates: a hint, no proof."""
    return bool(_WEB_MAPS.search(unicodedata.normalize("NFKC", text).casefold()))


def _texts(table: Table, column: int | None) -> list[str]:
    return [as_text(v)[:40] for v in pick(table, column)]


def _by_source(
    lonlat: NDArray[np.float64], table: Table, file: InputFile, door: Door
) -> tuple[NDArray[np.float64], str, tuple[Finding, ...]]:
    """Undo the datum the scenario states for each source of coordinates."""
    column = source_column(table)
    if column is None:
        expected, found = ", ".join(_SOURCE[:3]), ", ".join(table.headers)
        return lonlat, door.label, (table.fault("datum.no_column", expected=expected, found=found),)
    header = table.headers[column]
    groups = np.array([normal(text) for text in _texts(table, column)], object)
    findings: list[Finding] = []
    moved, rest = lonlat.copy(), np.ones(len(table), np.bool_)
    for value, datum in file.datums.items():
        rows: NDArray[np.bool_] = groups == normal(value)
        if not rows.any():
            listed = ", ".join(sorted({t for t in _texts(table, column) if t})[:8])
            fault = table.fault("datum.no_such_source", column=header, found=value, expected=listed)
            findings.append(fault)
        rest &= ~rows
        findings += _undone(moved, rows, datum, table, column=header, unit=value)
    findings += _undone(moved, rest, file.datum or "", table)
    return moved, f"{door.label}, {header}", tuple(findings)


def _undone(
    lonlat: NDArray[np.float64], rows: NDArray[np.bool_], datum: str, table: Table, **place: str
) -> list[Finding]:
    """Undo a datum in place, and tell it."""
    if datum not in ("gcj02", "bd09") or not rows.any():
        return []
    lonlat[rows] = unshift(lonlat[rows], datum)
    return [converted(datum, table.fault, **place)]


def _from_shapes(table: Table) -> tuple[NDArray[np.float64], tuple[Finding, ...]]:
    shapes = table.geometry if table.geometry is not None else np.empty(0, object)
    types = shapely.get_type_id(shapes)
    areas = int(((types != _POINT) & (types >= 0)).sum())
    with np.errstate(all="ignore"):  # a vertex that is no number gives no place
        points = np.where(types == _POINT, shapes, shapely.point_on_surface(shapes))
        xy = np.column_stack([shapely.get_x(points), shapely.get_y(points)])
    if not areas:
        return xy, ()
    return xy, (table.fault("table.shapes_as_points", Severity.NOTICE, found=str(areas)),)


def _from_columns(
    table: Table, at: Mapping[str, int]
) -> tuple[NDArray[np.float64], tuple[Finding, ...]]:
    findings = []
    xy = np.full((len(table), 2), np.nan)
    blank = np.zeros((len(table), 2), np.bool_)
    for j, name in enumerate(("lon", "lat")):
        cells = pick(table, at[name])
        xy[:, j], unreadable = as_numbers(cells)  # told when the records were read
        blank[:, j] = np.isnan(xy[:, j])
        blank[unreadable, j] = False
    for i in np.flatnonzero(blank[:, 0] != blank[:, 1]):
        header = table.headers[at["lon" if blank[i, 0] else "lat"]]
        findings.append(table.fault("table.half_place", at=int(i), column=header))
    xy[~np.isfinite(xy).all(axis=1)] = np.nan
    return xy, tuple(findings)


def missing_places(
    table: Table, lonlat: NDArray[np.float64], ids: tuple[str, ...], rule: str, severity: Severity
) -> tuple[Finding, ...]:
    """Return a finding for each record without a place; unreadable ones were told already."""
    rows = [int(i) for i in np.flatnonzero(np.isnan(lonlat[:, 0])) if int(i) not in table.lost]
    return tuple(table.fault(rule, severity, at=i, unit=ids[i]) for i in rows)
