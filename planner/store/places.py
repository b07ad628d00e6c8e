"""Where the records of a table lie: its points, or its coordinate columns."""

from collections.abc import Mapping

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.model.finding import Finding, Severity
from planner.model.scenario import InputFile
from planner.store.cells import as_numbers
from planner.store.crs import Window, find_door, points_to_lonlat
from planner.store.tables import Table, pick

_POINT = 0


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
    if table.geometry is not None:
        door, findings = find_door(table.crs, file.crs, table.fault)
        if door is None:
            return empty, "", findings
        xy, moved = _from_shapes(table)
        lonlat, faults = points_to_lonlat(xy, door, window, table.fault)
        return lonlat, door.label, findings + moved + faults
    if "lon" not in at or "lat" not in at:
        return empty, "", (table.fault("table.no_place", found=", ".join(table.headers)),)
    door, findings = find_door("", file.crs, table.fault)  # even degrees have a datum
    if door is None:
        return empty, "", findings
    xy, faults = _from_columns(table, at)
    lonlat, lies = points_to_lonlat(xy, door, window, table.fault)
    return lonlat, door.label, findings + faults + lies


def _from_shapes(table: Table) -> tuple[NDArray[np.float64], tuple[Finding, ...]]:
    shapes = table.geometry if table.geometry is not None else np.empty(0, object)
    types = shapely.get_type_id(shapes)
    areas = int(((types != _POINT) & (types >= 0)).sum())
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
    """Return a finding for each record without a place."""
    rows = np.flatnonzero(np.isnan(lonlat[:, 0]))
    return tuple(table.fault(rule, severity, at=int(i), unit=ids[i]) for i in rows)
