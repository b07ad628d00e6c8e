"""Entrances of facilities and estates."""

from pathlib import Path
from typing import cast

from planner.model.entrances import EntranceOf, Entrances
from planner.model.finding import Finding, Severity
from planner.model.scenario import InputFile
from planner.store.columns import kinds_of, normal
from planner.store.crs import Window
from planner.store.places import missing_places, origins_of, places_of
from planner.store.reading import Read, has_error, source_of
from planner.store.records import Records, read_records

_ROLE = "entrances"


def read_entrances(file: InputFile, folder: Path, window: Window | None) -> Read[Entrances]:
    """Read a table or a layer of points with the id of the place each one leads into.

    Parameters
    ----------
    file, folder
        The input as the scenario names it, and the folder of the scenario.
    window
        Study area in degrees (west, south, east, north), to see exchanged coordinates.

    Returns
    -------
    Read of Entrances
        In file order. A row without id or place is an error. Whether the ids exist is not judged
        here.
    """
    path = folder / file.path
    records, findings = read_records(file, folder, _ROLE, personal=Severity.NOTICE)
    if records is None:
        return Read(None, findings, source_of(file, path, _ROLE))
    table = records.table
    place = records.codes("place")
    header = records.header("place")
    findings += tuple(
        table.fault("table.no_id", at=i, column=header) for i, code in enumerate(place) if not code
    )
    of, faults = _kinds(records)
    findings += faults
    lonlat, crs, faults = places_of(table, records.at, file, window)
    findings += faults
    if not has_error(faults):
        findings += missing_places(table, lonlat, place, "entrances.no_place", Severity.ERROR)
    source = source_of(file, path, _ROLE, rows=len(table), crs=crs, notes=records.notes())
    if has_error(findings):
        return Read(None, findings, source)
    value = Entrances(place=place, of=of, lonlat=lonlat, origin=origins_of(table, records.at, file))
    return Read(value, findings, source)


def _kinds(records: Records) -> tuple[tuple[EntranceOf, ...], tuple[Finding, ...]]:
    words = kinds_of("place_kind")
    kinds: list[EntranceOf] = []
    findings = []
    for i, text in enumerate(records.texts("of")):
        kind = words.get(normal(text), "")
        if text and not kind:
            findings.append(
                records.table.fault(
                    "entrances.unknown_kind", at=i, column=records.header("of"), found=text
                )
            )
        kinds.append(cast("EntranceOf", kind))
    return tuple(kinds), tuple(findings)
