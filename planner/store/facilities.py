"""Facilities that stand, and candidate sites from a file."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from planner.model.finding import Finding, Severity
from planner.model.provenance import Origin
from planner.model.said import Said
from planner.model.scenario import InputFile
from planner.model.sites import FacilityKind, Sites
from planner.store.columns import kinds_of, normal
from planner.store.crs import Window
from planner.store.places import missing_places, origins_of, places_of
from planner.store.reading import Read, about, has_error, source_of
from planner.store.records import Records, ids_of, numbers_of, read_records, undated
from planner.store.said import belonging
from planner.store.tables import pick

T = TypeVar("T")

_NUMBERS = ("floor_m2", "beds", "nursing_beds", "cost")
_OF_CANDIDATES = ("floor_m2", "cost")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """The rows of one file, in file order."""

    id: tuple[str, ...]
    origin: tuple[Origin, ...]
    name: tuple[str, ...]
    kind: tuple[FacilityKind, ...]
    community: tuple[str, ...]
    said: tuple[Said, ...]
    lonlat: NDArray[np.float64]
    numbers: dict[str, NDArray[np.float64]]


def read_sites(files: tuple[InputFile, ...], folder: Path, window: Window | None) -> Read[Sites]:
    """Read the facilities of all files into one value.

    Parameters
    ----------
    files, folder
        The inputs as the scenario names them, and the folder of the scenario.
    window
        Study area in degrees (west, south, east, north), to see exchanged coordinates.

    Returns
    -------
    Read of Sites
        Facilities by id. One without coordinates is a warning and stays, its place NaN.

    Raises
    ------
    ValueError
        If there is no file.
    """
    return _read_all(files, folder, window, "facilities")


def read_candidates(file: InputFile, folder: Path, window: Window | None) -> Read[Sites]:
    """Read candidate sites; each row is of kind ``candidate``.

    Parameters
    ----------
    file, folder, window
        As in `read_sites`.
    """
    return _read_all((file,), folder, window, "candidates")


def _read_all(
    files: tuple[InputFile, ...], folder: Path, window: Window | None, schema: str
) -> Read[Sites]:
    if not files:
        raise ValueError("no file of facilities")
    findings: tuple[Finding, ...] = ()
    parts, sources = [], []
    begin = 1
    for file in files:
        records, faults = read_records(file, folder, schema, personal=Severity.NOTICE)
        findings += faults
        crs = ""
        notes: tuple[tuple[str, str], ...] = ()
        if schema == "facilities":
            findings += undated(file)
        if records is not None:
            part, crs, faults = _part(records, file, window, schema, begin)
            findings += faults
            parts.append(part)
            notes = records.notes()
            begin += len(records)
        sources.append(
            source_of(
                file,
                folder / file.path,
                schema,
                rows=0 if records is None else len(records),
                crs=crs,
                notes=notes,
            )
        )
    findings += _duplicates_between(parts)
    dates = [file.data_date for file in files if file.data_date is not None]
    if len(set(dates)) > 1:
        listed = ", ".join(str(d) for d in sorted(set(dates)))
        findings += (about(files[0], "facilities.dates_differ", Severity.NOTICE, found=listed),)
    if has_error(findings):
        return Read(None, findings, sources[0], tuple(sources[1:]))
    list_date = max(dates, default=date.min)
    value = _merge(parts, list_date, synthetic=any(file.synthetic for file in files))
    return Read(value, findings, sources[0], tuple(sources[1:]))


def _part(
    records: Records, file: InputFile, window: Window | None, schema: str, begin: int
) -> tuple[_Part, str, tuple[Finding, ...]]:
    letter = schema[0].upper()
    ids, findings = ids_of(records, "id", lambda i: f"{letter}{begin + i:05d}")
    if schema == "candidates":
        kinds: tuple[FacilityKind, ...] = (FacilityKind.CANDIDATE,) * len(records)
    else:
        kinds, faults = _kinds(records, file)
        findings += faults
    findings += _not_open_yet(records, file, ids)
    numbers = {}
    for field in _NUMBERS:
        if (field in _OF_CANDIDATES) != (schema == "candidates") and field != "floor_m2":
            numbers[field] = np.full(len(records), np.nan)
            continue
        numbers[field], faults = numbers_of(records, schema, field)
        findings += faults
    lonlat, crs, faults = places_of(records.table, records.at, file, window)
    findings += faults
    if not has_error(faults):
        rule, severity = "facilities.no_place", Severity.WARNING
        findings += missing_places(records.table, lonlat, ids, rule, severity)
    community, said = belonging(records)
    part = _Part(
        id=ids,
        origin=origins_of(records.table, records.at, file),
        name=records.texts("name"),
        kind=kinds,
        community=community,
        said=said,
        lonlat=lonlat,
        numbers=numbers,
    )
    return part, crs, findings


def _not_open_yet(records: Records, file: InputFile, ids: tuple[str, ...]) -> tuple[Finding, ...]:
    """Return what opened after the date the file describes."""
    if file.data_date is None or "opened" not in records.at:
        return ()
    days = enumerate(pick(records.table, records.at["opened"]))
    return tuple(
        records.table.fault(
            "facilities.not_open_yet",
            Severity.WARNING,
            at=i,
            column=records.header("opened"),
            found=day.isoformat(),
            expected=file.data_date.isoformat(),
            unit=ids[i],
        )
        for i, day in days
        if day is not None and day > file.data_date
    )


def _kinds(
    records: Records, file: InputFile
) -> tuple[tuple[FacilityKind, ...], tuple[Finding, ...]]:
    words = kinds_of("facility_kind")
    table, header = records.table, records.header("kind")
    known = ", ".join(kind.value for kind in FacilityKind)
    if file.kind is not None:
        kind = words.get(normal(file.kind))
        if kind is None:
            fault = table.fault("facilities.kind_in_scenario", found=file.kind, expected=known)
            return (FacilityKind.OTHER,) * len(records), (fault,)
        if "kind" not in records.at:
            return (FacilityKind(kind),) * len(records), ()
    elif "kind" not in records.at:
        found = ", ".join(table.headers)
        fault = table.fault("facilities.no_kind", found=found, expected=known)
        return (FacilityKind.OTHER,) * len(records), (fault,)
    otherwise = "" if file.kind is None else words[normal(file.kind)]
    kinds: list[FacilityKind] = []
    unknown: dict[str, list[int]] = {}
    for i, text in enumerate(records.texts("kind")):
        kind = words.get(normal(text)) if text else otherwise
        if not kind:
            unknown.setdefault(text, []).append(i)
        kinds.append(FacilityKind(kind or "other"))
    findings = tuple(
        table.fault(
            "facilities.unknown_kind",
            Severity.WARNING,
            at=rows[0],
            column=header,
            found=text or "—",
            count=str(len(rows)),
        )
        for text, rows in unknown.items()
    )
    return tuple(kinds), findings


def _duplicates_between(parts: list[_Part]) -> tuple[Finding, ...]:
    """Return ids that stand in two files; those within one file are known already."""
    first: dict[str, tuple[Origin, int]] = {}
    findings = []
    for number, part in enumerate(parts):
        for code, origin in zip(part.id, part.origin, strict=True):
            other, where = first.setdefault(code, (origin, number))
            if code and where != number:
                fault = Finding(
                    rule="facilities.duplicate_between",
                    severity=Severity.ERROR,
                    source=origin.file,
                    layer=origin.layer,
                    row=origin.row,
                    found=code,
                    unit=code,
                    values=(("other", str(other.row)), ("other_file", other.file)),
                )
                findings.append(fault)
    return tuple(findings)


def _merge(parts: list[_Part], list_date: date, *, synthetic: bool) -> Sites:
    ids = [code for part in parts for code in part.id]
    order = sorted(range(len(ids)), key=ids.__getitem__)

    def ordered(values: Iterable[T]) -> tuple[T, ...]:
        listed = list(values)
        return tuple(listed[i] for i in order)

    def numbers(label: str) -> NDArray[np.float64]:
        return np.concatenate([part.numbers[label] for part in parts])[order]

    return Sites(
        id=ordered(ids),
        name=ordered(name for part in parts for name in part.name),
        kind=ordered(kind for part in parts for kind in part.kind),
        community=ordered(code for part in parts for code in part.community),
        lonlat=np.concatenate([part.lonlat for part in parts])[order],
        floor_m2=numbers("floor_m2"),
        beds=numbers("beds"),
        nursing_beds=numbers("nursing_beds"),
        list_date=list_date,
        synthetic=synthetic,
        origin=ordered(origin for part in parts for origin in part.origin),
        cost=numbers("cost"),
        said=ordered(one for part in parts for one in part.said),
    )
