"""Files without a scenario: each read as what its headers say, or as what somebody says it is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
from osmium import FileProcessor
from osmium.osm import NODE, Node

from planner.model.checked import CheckedFile
from planner.model.demand import Demand
from planner.model.districts import Districts
from planner.model.finding import Finding, Severity
from planner.model.ground import ground_for
from planner.model.scenario import Households, InputFile
from planner.model.sites import Sites
from planner.store.backdrop import read_backdrop
from planner.store.boundaries import bounds_of, read_districts
from planner.store.buildings import read_buildings
from planner.store.columns import fields_of, match_columns, tables_of_schema
from planner.store.concordance import read_own_concordance
from planner.store.crs import Window, find_door, to_lonlat
from planner.store.elevation import open_heights
from planner.store.entrances import read_entrances
from planner.store.facilities import read_candidates, read_sites
from planner.store.households import read_demand
from planner.store.layers import is_layer
from planner.store.reading import Read, about, locate, shown_path, source_of
from planner.store.recognising import recognise
from planner.store.records import numbers_of, read_records
from planner.store.street_changes import read_street_changes
from planner.store.streets import read_network
from planner.store.streets_graphml import read_graphml
from planner.store.tables import read_table

NOTES_SHEET = "填写说明"  # how the sheet of notes in a template begins
STREETS = (".pbf", ".osm", ".osm.gz", ".osm.bz2", ".graphml")
HEIGHTS = (".tif", ".tiff", ".hgt", ".hgt.zip")
FINDINGS = "_findings"  # how the name of a workbook of findings ends
GUIDE = "_how_to_fill"  # how the name of a workbook that explains layers ends
_TABLES = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".xls")
_OSM_TOO = ("streets",)  # read from files that are no tables
_ASSUMED = "EPSG:4490"
_UNSAID = date(2100, 1, 1)  # no scenario dates a loose file; nothing opens after its list then


@dataclass(frozen=True, slots=True, kw_only=True)
class Loose:
    """One sheet, layer or file as it was read on its own.

    Parameters
    ----------
    checked
        What it is.
    findings
        What is wrong with it.
    window
        Bounds of its places in degrees, `None` where nothing is placed.
    """

    checked: CheckedFile
    findings: tuple[Finding, ...]
    window: Window | None = None


def roles() -> tuple[str, ...]:
    """Return what a file can be read as."""
    return (*tables_of_schema(), "elevation")


def read_loose(
    file: InputFile,
    folder: Path,
    *,
    role: str | None,
    window: Window | None = None,
    loose: bool = True,
) -> tuple[Loose, ...]:
    """Read a file on its own, every sheet or layer of it.

    Parameters
    ----------
    file, folder
        The file; ``crs``, ``layer`` and ``encoding`` are used where somebody gave them.
    role
        What to read it as; `None` to be told by its headers.
    window
        Study area in degrees, where another file told it.
    loose
        Whether no scenario names the file: then nobody could say its date, and its numbers are
        checked as degrees where nobody says what they are.

    Returns
    -------
    tuple of Loose
        One per sheet or layer, at least one.
    """
    path = folder / file.path
    name = path.name.lower()
    if role is None and name.endswith((*STREETS, *HEIGHTS)):
        role = "streets" if name.endswith(STREETS) else "elevation"
    if role == "elevation" or (role is not None and file.layer):
        return (_read_as(file, folder, role, window, loose=loose),)
    table, findings = read_table(file, folder) if role not in _OSM_TOO else (None, ())
    several = next((f for f in findings if f.rule == "file.which_layer"), None)
    if several is not None and file.layer is None and loose:
        return _sheets(file, folder, several.found.split(", "), role, window)
    if role is not None:
        return (_read_as(file, folder, role, window, loose=loose),)
    known = recognise(table) if table is not None else ()
    if len(known) != 1:
        known = _below_titles(file, folder) or known
    if len(known) == 1:
        return (_read_as(file, folder, known[0], window, loose=loose),)
    if table is None:
        return (Loose(checked=_checked(file, folder, ""), findings=findings),)
    rule = "check.which_table" if known else "check.unrecognised"
    headers = ", ".join(h for h in table.headers if h)
    fault = about(file, rule, found=headers, expected=" / ".join(known or roles()))
    checked = _checked(file, folder, "", len(table))
    return (Loose(checked=checked, findings=(*findings, replace(fault, layer=table.layer))),)


def _sheets(
    file: InputFile, folder: Path, names: Sequence[str], role: str | None, window: Window | None
) -> tuple[Loose, ...]:
    """Read every sheet on its own; those that are no table are passed over where others are."""
    read: list[Loose] = []
    for name in names:
        if not name.startswith(NOTES_SHEET):
            sheet = file.model_copy(update={"layer": name})
            read += read_loose(sheet, folder, role=role, window=window)
    known = [one for one in read if one.checked.role]
    if not known or len(known) == len(read):
        return tuple(read)
    passed = [one for one in read if not one.checked.role]
    said = (
        replace(about(file, "check.sheet_passed", Severity.NOTICE), layer=one.checked.layer)
        for one in passed
    )
    return tuple(
        replace(one, findings=(finding,)) for one, finding in zip(passed, said, strict=True)
    ) + tuple(known)


def _below_titles(file: InputFile, folder: Path) -> tuple[str, ...]:
    """Return what a table is whose header does not stand in its first row."""
    known = []
    for schema in tables_of_schema():
        table, _ = read_table(file, folder, schema)
        if table is None or (table.header_row or 1) == 1 or recognise(table) != (schema,):
            continue
        matched = match_columns(schema, table.headers, {}, table.fault, cut=table.cut)
        if {f.name for f in fields_of(schema) if f.required} <= set(matched.at):
            known.append(schema)
    return tuple(known)


def _checked(file: InputFile, folder: Path, role: str, rows: int | None = None) -> CheckedFile:
    return CheckedFile(
        source=shown_path(file.path),
        path=folder / file.path,
        role=role,
        layer=file.layer or "",
        rows=rows,
        data_date=file.data_date,
    )


def _read_as(
    file: InputFile, folder: Path, role: str, window: Window | None, *, loose: bool
) -> Loose:
    day = file.data_date or (_UNSAID if loose else None)
    dated = file.model_copy(update={"data_date": day})
    read = _reader(role)(dated, folder, window)
    findings = read.findings
    if loose and file.crs is None and any(f.rule == "crs.missing" for f in findings):
        assumed = dated.model_copy(update={"crs": _ASSUMED})
        read = _reader(role)(assumed, folder, window)
        said = about(file, "check.crs_unsaid", Severity.NOTICE, found=_ASSUMED)
        findings = (*read.findings, said)
    rows = read.source.rows if read.source.rows or read.value is not None else None
    checked = _checked(file, folder, role, rows)
    return Loose(checked=checked, findings=findings, window=_window_of(read.value))


def _window_of(value: object) -> Window | None:
    if isinstance(value, Districts):
        placed = any(shape is not None and not shape.is_empty for shape in value.geometry)
        return bounds_of(value) if placed else None
    if isinstance(value, Demand | Sites):
        known = value.lonlat[np.isfinite(value.lonlat).all(axis=1)]
        if len(known):
            (west, south), (east, north) = known.min(axis=0), known.max(axis=0)
            return float(west), float(south), float(east), float(north)
    return None


Reader_ = Callable[[InputFile, Path, Window | None], Read[Any]]


def _reader(role: str) -> Reader_:
    readers: Mapping[str, Reader_] = {
        "facilities": lambda file, folder, window: read_sites((file,), folder, window),
        "candidates": read_candidates,
        "households": _households,
        "communities": _communities,
        "counties": lambda file, folder, _: read_districts(
            file, folder, level="county", list_date=_UNSAID
        ),
        "entrances": read_entrances,
        "streets": _streets,
        "street_changes": _street_changes,
        "backdrop": lambda file, folder, _: read_backdrop(file, folder),
        "buildings": read_buildings,
        "concordance": lambda file, folder, _: read_own_concordance(file, folder),
        "elevation": lambda file, folder, _: open_heights(file, folder),
    }
    return readers.get(role) or (lambda file, folder, _: _any_table(file, folder, role))


def _households(file: InputFile, folder: Path, window: Window | None) -> Read[Demand]:
    given = {key: getattr(file, key) for key in file.model_fields_set}
    people = Households(**given)
    return read_demand(people.telling_every() if file.every else people, folder, window)


def _communities(file: InputFile, folder: Path, _window: Window | None) -> Read[Districts]:
    """Read communities; a list without shapes is a list, which a scenario would not accept."""
    read = read_districts(file, folder, level="community", list_date=_UNSAID)
    found = tuple(
        replace(f, severity=Severity.NOTICE) if f.rule == "boundaries.no_shapes" else f
        for f in read.findings
    )
    return replace(read, findings=found)


def _streets(file: InputFile, folder: Path, window: Window | None) -> Read[Any]:
    area, findings = (window, ()) if window else _bounds(file, folder)
    if area is None:
        return Read(None, findings, source_of(file, folder / file.path, "streets"))
    return read_network(file, folder, ground_for(area), None)


def _street_changes(file: InputFile, folder: Path, window: Window | None) -> Read[Any]:
    area, findings = (window, ()) if window else _bounds(file, folder)
    if area is None:
        return Read(None, findings, source_of(file, folder / file.path, "street_changes"))
    return read_street_changes(file, folder, ground_for(area), window)


def _bounds(file: InputFile, folder: Path) -> tuple[Window | None, tuple[Finding, ...]]:
    """Return where a file of streets lies, in degrees."""
    path, findings = locate(file, folder)
    if findings:
        return None, findings
    try:
        if is_layer(path):
            return _bounds_of_layer(file, folder, path)
        if path.suffix.lower() == ".graphml":
            lines, findings = read_graphml(file, path)
            place = lines.lonlat[0].tolist() if lines is not None and len(lines) else None
        else:
            place = _first_node(path)
    except (RuntimeError, ValueError, OSError) as error:
        return None, (about(file, "file.unreadable", found=" ".join(str(error).split())),)
    if place is None:
        return None, findings or (about(file, "streets.none"),)
    return (*place, *place), ()


def _first_node(path: Path) -> tuple[float, float] | None:
    """Return where the first node of an extract lies: good enough to choose a plane."""
    for node in FileProcessor(str(path), NODE):
        if isinstance(node, Node) and node.location.valid():
            return node.location.lon, node.location.lat
    return None


def _bounds_of_layer(
    file: InputFile, folder: Path, path: Path
) -> tuple[Window | None, tuple[Finding, ...]]:
    table, findings = read_table(file, folder)
    if table is None or table.geometry is None:
        return None, (*findings, about(file, "streets.no_lines", found="—"))
    door, findings = find_door(table.crs, file.crs, table.fault)
    if door is None:
        return None, findings
    west, south, east, north = pyogrio.read_info(path, layer=file.layer)["total_bounds"]
    corners = to_lonlat(np.array([[west, south], [east, north]]), door)
    if not np.isfinite(corners).all():
        return None, (about(file, "crs.off_the_earth", found=f"{west:g}, {south:g}", count="2"),)
    (west, south), (east, north) = corners.tolist()
    return (west, south, east, north), ()


def _any_table(file: InputFile, folder: Path, role: str) -> Read[Any]:
    """Read a table no reader of its own knows: its headers and its numbers."""
    path = folder / file.path
    records, findings = read_records(file, folder, role, personal=Severity.ERROR)
    if records is None:
        return Read(None, findings, source_of(file, path, role))
    for field in fields_of(role):
        if field.type == "number":
            findings += numbers_of(records, role, field.name)[1]
    notes = records.notes()
    return Read(records, findings, source_of(file, path, role, rows=len(records), notes=notes))


def widest(windows: Sequence[Window | None]) -> Window | None:
    """Return the bounds of all windows, `None` where there are none."""
    known = [window for window in windows if window is not None]
    if not known:
        return None
    west, south, east, north = zip(*known, strict=True)
    return min(west), min(south), max(east), max(north)


def files_in(path: Path) -> tuple[Path, ...]:
    """Return the files a check looks at: the file itself, or those of a folder.

    Files a check or a spreadsheet wrote itself, parts of a Shapefile, and what is no input at all
    are passed over; so is a TOML file that is no scenario.
    """
    if not path.is_dir() or path.suffix.lower() == ".gdb":
        return (path,)
    return tuple(entry for entry in sorted(path.iterdir()) if _is_input(entry))


def _is_input(path: Path) -> bool:
    name = path.name.lower()
    if name.startswith((".", "~$")) or path.stem.endswith((FINDINGS, GUIDE)):
        return False
    if name.endswith(".toml") and path.is_file():
        text = path.read_bytes()
        return b"[boundaries" in text or b"extends" in text
    if path.is_dir():
        return name.endswith(".gdb")
    return is_layer(path) or name.endswith((*_TABLES, *STREETS, *HEIGHTS))
