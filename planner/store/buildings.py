"""Buildings, of which homes are kept: polygons or points with dwellings, area or storeys."""

from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.model.buildings import Buildings
from planner.model.finding import Finding, Severity
from planner.model.ground import geodesic_area_m2
from planner.model.scenario import InputFile
from planner.store.columns import kinds_of, normal
from planner.store.crs import Window, find_door, shapes_to_lonlat
from planner.store.places import places_of
from planner.store.reading import Read, has_error, source_of
from planner.store.records import Records, numbers_of, read_records

_ROLE = "buildings"
_EXAMPLES = 5


def read_buildings(file: InputFile, folder: Path, window: Window | None) -> Read[Buildings]:
    """Read the homes of a file of buildings.

    Parameters
    ----------
    file, folder
        The input as the scenario names it, and the folder of the scenario.
    window
        Study area in degrees (west, south, east, north), to see exchanged coordinates.

    Returns
    -------
    Read of Buildings
        Buildings whose use is not said, or said in unknown words, are kept and told.
    """
    path = folder / file.path
    records, findings = read_records(file, folder, _ROLE, personal=Severity.ERROR)
    if records is None:
        return Read(None, findings, source_of(file, path, _ROLE))
    numbers = {}
    for field in ("dwellings", "floor_m2", "storeys"):
        numbers[field], faults = numbers_of(records, _ROLE, field)
        findings += faults
    lonlat, crs, faults = places_of(records.table, records.at, file, window)
    findings += tuple(f for f in faults if f.rule != "table.shapes_as_points")
    home, faults = _homes(records)
    findings += faults
    kept = home & np.isfinite(lonlat).all(axis=1)
    notes = (*records.notes(), ("homes", str(int(kept.sum()))))
    source = source_of(file, path, _ROLE, rows=len(records), crs=crs, notes=notes)
    if not has_error(findings):
        findings += _left_out(records, home, kept)
    if has_error(findings):
        return Read(None, findings, source)
    footprint = _footprints(records, file, kept)
    with np.errstate(invalid="ignore"):
        stacked = footprint * np.where(numbers["storeys"] > 0, numbers["storeys"], np.nan)
    floor = np.where(np.isnan(numbers["floor_m2"]), stacked, numbers["floor_m2"])
    value = Buildings(
        lonlat=lonlat[kept],
        dwellings=numbers["dwellings"][kept],
        floor_m2=floor[kept],
        footprint_m2=footprint[kept],
    )
    return Read(value, findings, source)


def _homes(records: Records) -> tuple[NDArray[np.bool_], tuple[Finding, ...]]:
    """Return which buildings people live in, and the words for a use that nobody knows."""
    words = kinds_of("building_use")
    home = np.ones(len(records), np.bool_)
    unknown: dict[str, list[int]] = {}
    for i, text in enumerate(records.texts("use")):
        kind = words.get(normal(text), "")
        home[i] = kind != "other"
        if text and not kind:
            unknown.setdefault(text, []).append(i)
    if not unknown:
        return home, ()
    listed = ", ".join(sorted(unknown)[:_EXAMPLES])
    fault = records.table.fault(
        "buildings.unknown_use",
        Severity.NOTICE,
        at=min(rows[0] for rows in unknown.values()),
        column=records.header("use"),
        found=listed,
        count=str(sum(map(len, unknown.values()))),
    )
    return home, (fault,)


def _left_out(
    records: Records, home: NDArray[np.bool_], kept: NDArray[np.bool_]
) -> tuple[Finding, ...]:
    table = records.table
    findings: tuple[Finding, ...] = ()
    if not kept.all():
        found, lost = str(int((~home).sum())), str(int((home & ~kept).sum()))
        severity = Severity.NOTICE if lost == "0" else Severity.WARNING
        total = str(len(table))
        fault = table.fault("buildings.left_out", severity, found=found, lost=lost, total=total)
        findings += (fault,)
    if not kept.any():
        findings += (table.fault("buildings.no_homes", found=str(len(table))),)
    return findings


def _footprints(records: Records, file: InputFile, kept: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the geodesic area of every polygon that is kept, NaN for points, shape (n,)."""
    table = records.table
    areas = np.full(len(table), np.nan)
    door, _ = find_door(table.crs, file.crs, table.fault, datum=file.datum)
    if table.geometry is None or door is None:
        return areas
    shapes, _ = shapes_to_lonlat(table.geometry, door, None, table.fault)
    for i in np.flatnonzero(kept & (shapely.get_dimensions(shapes) == 2)):
        areas[i] = geodesic_area_m2(shapes[i])
    return areas
