"""Streets that open or close, from a layer of lines and points."""

from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.model.finding import Finding, Severity
from planner.model.ground import Ground
from planner.model.network import WayKind
from planner.model.provenance import Origin
from planner.model.scenario import InputFile
from planner.model.street_changes import ChangeKind, StreetChange, StreetChanges
from planner.store.columns import kinds_of, normal
from planner.store.crs import Window, find_door, shapes_to_lonlat
from planner.store.reading import Read, has_error, source_of
from planner.store.records import Records, read_records
from planner.store.streets import Heights, with_spacing

_ROLE = "street_changes"
_POINT, _LINE = 0, 1
_SPACING_M = 30.0


def read_street_changes(
    file: InputFile,
    folder: Path,
    ground: Ground,
    window: Window | None = None,
    heights: Heights | None = None,
) -> Read[StreetChanges]:
    """Read what opens and what closes.

    Parameters
    ----------
    file, folder
        The input as the scenario names it, and the folder of the scenario.
    ground
        The plane of the network.
    window
        Study area in degrees (west, south, east, north), to see exchanged coordinates.
    heights
        Height in metres of points in degrees, as for the network; with it further vertices are put
        in so that none are more than 30 m apart.

    Returns
    -------
    Read of StreetChanges
        In file order; a line of several parts becomes several changes.
    """
    path = folder / file.path
    records, findings = read_records(file, folder, _ROLE, personal=Severity.NOTICE)
    if records is None:
        return Read(None, findings, source_of(file, path, _ROLE))
    table = records.table
    if table.geometry is None:
        fault = table.fault("changes.no_shapes", found=", ".join(table.headers))
        return Read(None, (*findings, fault), source_of(file, path, _ROLE))
    door, faults = find_door(table.crs, file.crs, table.fault, datum=file.datum)
    findings += faults
    if door is None:
        return Read(None, findings, source_of(file, path, _ROLE))
    shapes, faults = shapes_to_lonlat(table.geometry, door, window, table.fault)
    findings += faults
    change, faults = _words(records, "change", "change_kind")
    findings += faults
    way, faults = _words(records, "kind", "way_kind")
    findings += faults
    findings += _unfit(records, shapes, change)
    source = source_of(file, path, _ROLE, rows=len(table), crs=door.label, notes=records.notes())
    if has_error(findings):
        return Read(None, findings, source)
    said = [
        (ChangeKind(what), WayKind[(kind or "street").upper()])
        for what, kind in zip(change, way, strict=True)
    ]
    changes = tuple(
        _measured(part, said[i], origin, ground, heights)
        for i, origin in enumerate(table.origins())
        for part in shapely.get_parts(shapes[i])
    )
    return Read(StreetChanges(changes=changes, crs=ground.crs), findings, source)


def _words(records: Records, field: str, kinds: str) -> tuple[list[str], tuple[Finding, ...]]:
    """Return the kind each row says, '' where it says none, and what nobody understands."""
    words = kinds_of(kinds)
    header = records.header(field)
    said, findings = [], []
    for i, text in enumerate(records.texts(field)):
        kind = words.get(normal(text), "")
        if not kind and (text or field == "change"):
            known = ", ".join(sorted(set(words.values())))
            findings.append(
                records.table.fault(
                    "changes.unknown_word", at=i, column=header, found=text or "—", expected=known
                )
            )
        said.append(kind)
    return said, tuple(findings)


def _unfit(records: Records, shapes: NDArray[np.object_], change: list[str]) -> tuple[Finding, ...]:
    """Find shapes that are neither line nor point, and points that should open."""
    findings = []
    for i, shape in enumerate(shapes):
        parts = shapely.get_parts(shape) if shape is not None else np.empty(0, object)
        types = set(shapely.get_type_id(parts).tolist())
        empty = not len(parts) or bool(shapely.is_empty(parts).any())
        if empty or not types <= {_POINT, _LINE}:
            found = "—" if empty else str(shape.geom_type)
            findings.append(records.table.fault("changes.shape", at=i, found=found))
        elif _POINT in types and change[i] == ChangeKind.OPEN.value:
            findings.append(records.table.fault("changes.open_point", at=i))
        elif not shapely.length(parts[shapely.get_type_id(parts) == _LINE]).all():
            findings.append(records.table.fault("changes.shape", at=i, found="0 m"))
    return tuple(findings)


def _measured(
    shape: shapely.Geometry,
    said: tuple[ChangeKind, WayKind],
    origin: Origin,
    ground: Ground,
    heights: Heights | None,
) -> StreetChange:
    lonlat = shapely.get_coordinates(shape)
    xy = ground.to_metres(lonlat)
    profile = np.full(len(xy), np.nan)
    if heights is not None and len(xy) > 1:
        xy, _ = with_spacing(xy, np.array([0, len(xy)]), _SPACING_M)
        profile = heights(ground.to_degrees(xy))
    return StreetChange(
        change=said[0],
        way=said[1],
        xy=xy,
        profile_m=profile,
        lonlat=lonlat[[0, -1]],
        origin=origin,
    )
