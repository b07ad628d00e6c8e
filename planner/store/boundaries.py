"""Administrative units: counties and committees, with or without shapes."""

import re
from datetime import date
from pathlib import Path
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.model.districts import Districts, UnitKind
from planner.model.finding import Finding, Severity
from planner.model.scenario import InputFile
from planner.store.columns import kinds_of, normal
from planner.store.crs import Window, find_door, shapes_to_lonlat
from planner.store.reading import Read, has_error, source_of
from planner.store.records import Records, read_records
from planner.store.tables import repeated

Level = Literal["community", "county"]

_COMMITTEE = re.compile(r"^\d{12}$")
_PLACE = re.compile(r"\[(?P<x>[-+.\deE]+) (?P<y>[-+.\deE]+)[^\]]*\]")
_SCHEMA = {"community": "communities", "county": "counties"}
_AREAS = (3, 6)  # shapely's numbers for Polygon and MultiPolygon


def read_districts(
    file: InputFile, folder: Path, *, level: Level, list_date: date
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
    codes, faults = _codes(records, level)
    findings += faults
    kinds, faults = _kinds(records, codes, level)
    findings += faults
    parents, faults = _parents(records, codes, level)
    findings += faults
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


def _codes(records: Records, level: Level) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
    codes = records.codes("code")
    table, header = records.table, records.header("code")
    if level == "county":  # 210502000000 is 210502
        codes = tuple(c[:6] if _COMMITTEE.match(c) and c.endswith("000000") else c for c in codes)
    findings = []
    twelve = sum(bool(_COMMITTEE.match(c)) for c in codes)
    for i, code in enumerate(codes):
        if not code:
            findings.append(table.fault("boundaries.no_code", at=i, column=header))
        elif re.fullmatch(r"\d(\.\d+)?[eE]\+?\d+", code):
            fault = table.fault("boundaries.rounded_code", at=i, column=header, found=code)
            findings.append(fault)
        elif level == "community" and 2 * twelve > len(codes) and not _COMMITTEE.match(code):
            fault = table.fault(
                "boundaries.code_length", at=i, column=header, found=code, length=str(len(code))
            )
            findings.append(fault)
        elif level == "community" and _COMMITTEE.match(code) and code.endswith("000"):
            findings.append(
                table.fault("boundaries.not_committee", at=i, column=header, found=code)
            )
    for i, j in repeated(codes):
        fault = table.fault(
            "boundaries.duplicate_code",
            at=i,
            column=header,
            found=codes[i],
            unit=codes[i],
            other=str(int(table.rows[j])),
        )
        findings.append(fault)
    return codes, tuple(findings)


def _kind_by_code(code: str) -> UnitKind | None:
    """Return what digits 10-12 of a committee code say."""
    if not _COMMITTEE.match(code):
        return None
    number = int(code[9:])
    if number < 200:
        return UnitKind.URBAN
    return UnitKind.RURAL if number < 400 else UnitKind.OTHER


def _kinds(
    records: Records, codes: tuple[str, ...], level: Level
) -> tuple[list[UnitKind], tuple[Finding, ...]]:
    if level == "county":
        return [UnitKind.COUNTY] * len(codes), ()
    table, header = records.table, records.header("kind")
    said = records.texts("kind")
    words = kinds_of("unit_kind")
    kinds, findings, assumed = [], [], 0
    for i, code in enumerate(codes):
        by_code = _kind_by_code(code)
        word = words.get(normal(said[i]))
        if said[i] and word is None:
            fault = table.fault("boundaries.unknown_kind", at=i, column=header, found=said[i])
            findings.append(fault)
        elif by_code is not None and word is not None and word != by_code:
            fault = table.fault(
                "boundaries.kind_differs",
                Severity.WARNING,
                at=i,
                column=header,
                found=said[i],
                expected=by_code.value,
                unit=code,
            )
            findings.append(fault)
        assumed += by_code is None and word is None
        kinds.append(by_code or UnitKind(word or UnitKind.URBAN))
    if assumed:
        count = str(assumed)
        findings.append(table.fault("boundaries.kind_assumed", Severity.NOTICE, found=count))
    return kinds, tuple(findings)


def _parents(
    records: Records, codes: tuple[str, ...], level: Level
) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
    said = records.codes("parent")
    parents, without = [], 0
    for code, parent in zip(codes, said, strict=True):
        if parent or level == "county":
            parents.append(parent)
        elif _COMMITTEE.match(code):
            parents.append(code[:6])
        else:
            parents.append("")
            without += 1
    if not without:
        return tuple(parents), ()
    fault = records.table.fault("boundaries.no_parent", Severity.NOTICE, found=str(without))
    return tuple(parents), (fault,)


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
