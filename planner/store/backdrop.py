"""Rivers and the like: drawn on the map, never computed with."""

from pathlib import Path

from shapely.geometry.base import BaseGeometry

from planner.model.finding import Severity
from planner.model.scenario import InputFile
from planner.store.crs import find_door, shapes_to_lonlat
from planner.store.reading import Read, has_error, source_of
from planner.store.records import read_records

_ROLE = "backdrop"

Drawn = tuple[tuple[str, BaseGeometry], ...]


def read_backdrop(file: InputFile, folder: Path) -> Read[Drawn]:
    """Read shapes that are only drawn.

    Parameters
    ----------
    file, folder
        The input as the scenario names it, and the folder of the scenario.

    Returns
    -------
    Read of tuple
        ``(name, shape in degrees)`` in file order; '' where a shape has no name. Features
        without a shape are left out.
    """
    records, findings = read_records(file, folder, _ROLE, personal=Severity.NOTICE)
    path = folder / file.path
    if records is None:
        return Read(None, findings, source_of(file, path, _ROLE))
    table = records.table
    if table.geometry is None:
        fault = table.fault("backdrop.no_shapes")
        return Read(None, (*findings, fault), source_of(file, path, _ROLE))
    door, faults = find_door(table.crs, file.crs, table.fault, datum=file.datum, drawing=True)
    findings += faults
    if door is None:
        return Read(None, findings, source_of(file, path, _ROLE))
    shapes, faults = shapes_to_lonlat(table.geometry, door, None, table.fault)
    findings += faults
    source = source_of(file, path, _ROLE, rows=len(table), crs=door.label, notes=records.notes())
    if has_error(findings):
        return Read(None, findings, source)
    drawn = tuple(
        (name, shape)
        for name, shape in zip(records.texts("name"), shapes, strict=True)
        if shape is not None and not shape.is_empty
    )
    return Read(drawn, findings, source)
