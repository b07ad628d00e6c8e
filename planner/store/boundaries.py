"""Administrative units: counties and committees, with or without shapes."""

import re
from datetime import date
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.model.districts import Districts
from planner.model.finding import Finding, Severity
from planner.model.scenario import InputFile
from planner.store.crs import Window, find_door, shapes_to_lonlat
from planner.store.reading import Read, has_error, source_of
from planner.store.records import Records, read_records
from planner.store.unit_codes import (
    Level,
    audit_names,
    audit_parents,
    audit_vintage,
    codes_of,
    parents_of,
    unit_kinds_of,
)

_NUMBER = r"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?"
_PLACE = re.compile(rf"\[(?P<x>{_NUMBER}) (?P<y>{_NUMBER})[^\]]*\]")
_SCHEMA = {"community": "communities", "county": "counties"}
_AREAS = (3, 6)  # shapely's numbers for Polygon and MultiPolygon


def read_districts(
    file: InputFile,
    folder: Path,
    *,
    level: Level,
    list_date: date,
    above: Districts | None = None,
) -> Read[Districts]:
    """Read administrative units.

    Parameters
    ----------
    file, folder
        The input as the scenario names it, and the folder of the scenario.
    level
        ``community`` for committees, ``county`` for counties.
    list_date
        Date of the list the units come from (law 6).
    above
        The counties the committees should lie in, if there is such a layer.

    Returns
    -------
    Read of Districts
        Units by code, shapes in degrees exactly as they stand in the file; an invalid shape is
        a warning and stays as it is.
    """
    schema = _SCHEMA[level]
    records, findings = read_records(file, folder, schema, personal=Severity.NOTICE)
    path = folder / file.path
    if records is None:
        return Read(None, findings, source_of(file, path, schema))
    codes, faults = codes_of(records, level)
    findings += faults
    kinds, faults = unit_kinds_of(records, codes, level)
    findings += faults
    parents, faults = parents_of(records, codes, level)
    findings += faults
    if level == "community":
        findings += audit_parents(records, parents, above)
        findings += audit_names(records, codes, list_date)
        findings += audit_vintage(records, codes, list_date)
    shapes, crs, faults = _shapes(records, file, codes)
    findings += faults
    source = source_of(file, path, schema, rows=len(records), crs=crs, notes=records.notes())
    if has_error(findings):
        return Read(None, findings, source)
    order = sorted(range(len(codes)), key=codes.__getitem__)
    names = records.texts("name")
    value = Districts(
        code=tuple(codes[i] for i in order),
        name=tuple(names[i] for i in order),
        kind=tuple(kinds[i] for i in order),
        parent=tuple(parents[i] for i in order),
        geometry=tuple(shapes[i] for i in order),
        list_date=list_date,
        synthetic=file.synthetic,
    )
    return Read(value, findings, source)


def bounds_of(districts: Districts) -> Window:
    """Return the bounds of all shapes in degrees (west, south, east, north).

    Raises
    ------
    ValueError
        If no unit has a shape.
    """
    shapes = [shape for shape in districts.geometry if shape is not None and not shape.is_empty]
    if not shapes:
        raise ValueError("no unit has a shape")
    west, south, east, north = shapely.total_bounds(shapes)
    return float(west), float(south), float(east), float(north)


def _shapes(
    records: Records, file: InputFile, codes: tuple[str, ...]
) -> tuple[NDArray[np.object_], str, tuple[Finding, ...]]:
    table = records.table
    if table.geometry is None:
        empty = np.full(len(table), None, object)
        fault = table.fault("boundaries.no_shapes", Severity.WARNING, found=str(len(table)))
        return empty, "", (fault,)
    door, findings = find_door(table.crs, file.crs, table.fault, datum=file.datum)
    if door is None:
        return table.geometry, "", findings
    shapes, faults = shapes_to_lonlat(table.geometry, door, None, table.fault)
    findings += faults
    if has_error(faults):
        return shapes, door.label, findings
    for i, shape in enumerate(shapes):
        if shape is None or shape.is_empty:
            rule = "boundaries.null_shape"
            findings += (table.fault(rule, Severity.WARNING, at=i, unit=codes[i]),)
        elif shapely.get_type_id(shape) not in _AREAS:
            found = str(shape.geom_type)
            findings += (table.fault("boundaries.not_area", at=i, unit=codes[i], found=found),)
        elif not shapely.is_valid(shape):
            findings += (_invalid(records, i, codes[i], shape),)
    return shapes, door.label, findings


def _invalid(records: Records, at: int, code: str, shape: shapely.Geometry) -> Finding:
    reason = str(shapely.is_valid_reason(shape))
    place = _PLACE.search(reason)
    table = records.table
    return Finding(
        rule="boundaries.invalid_shape",
        severity=Severity.WARNING,
        source=table.source,
        layer=table.layer,
        row=int(table.rows[at]),
        unit=code,
        found=reason.split("[", maxsplit=1)[0].strip(),
        lon=float(place["x"]) if place else None,
        lat=float(place["y"]) if place else None,
    )
