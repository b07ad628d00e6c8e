"""Households and older people per demand point: counts only (law 9)."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from planner.model.demand import Demand
from planner.model.finding import Finding, Severity
from planner.model.scenario import Households
from planner.store.ages import bands_of, projected_of
from planner.store.crs import Window
from planner.store.places import missing_places, origins_of, places_of
from planner.store.reading import Read, has_error, source_of
from planner.store.records import Records, ids_of, numbers_of, read_records, undated
from planner.store.said import belonging

_SCHEMA = "households"


def read_demand(file: Households, folder: Path, window: Window | None) -> Read[Demand]:
    """Read households and older people.

    Parameters
    ----------
    file, folder
        The input as the scenario names it, and the folder of the scenario.
    window
        Study area in degrees (west, south, east, north), to see exchanged coordinates.

    Returns
    -------
    Read of Demand
        Demand points by id. Every point has a place and a number of households if the file has
        that column at all; older people are NaN where the file does not say.
    """
    records, findings = read_records(file, folder, _SCHEMA, personal=Severity.ERROR)
    path = folder / file.path
    findings += undated(file)
    if records is None:
        return Read(None, findings, source_of(file, path, _SCHEMA))
    ids, faults = ids_of(records, "id", lambda i: f"D{i + 1:05d}")
    findings += faults
    households, faults = _households(records)
    findings += faults
    older, faults = _older(records, file)
    findings += faults
    bands, faults = bands_of(records, older)
    findings += faults
    projected, faults = projected_of(records)
    findings += faults
    lonlat, crs, faults = places_of(records.table, records.at, file, window)
    findings += faults
    if not has_error(faults):
        rule = "households.no_place"
        findings += missing_places(records.table, lonlat, ids, rule, Severity.ERROR)
    notes = records.notes()
    source = source_of(file, path, _SCHEMA, rows=len(records), crs=crs, notes=notes)
    if has_error(findings) or file.data_date is None:
        return Read(None, findings, source)
    order = np.array(sorted(range(len(ids)), key=ids.__getitem__), np.intp)
    names, (communities, said) = records.texts("name"), belonging(records)
    origins = origins_of(records.table, records.at, file)
    value = Demand(
        id=tuple(ids[i] for i in order),
        name=tuple(names[i] for i in order),
        community=tuple(communities[i] for i in order),
        lonlat=lonlat[order],
        households=households[order],
        older=older[order],
        households_definition=file.definition,
        count_date=file.data_date,
        synthetic=file.synthetic,
        origin=tuple(origins[i] for i in order),
        older_65=None if bands[0] is None else bands[0][order],
        older_80=None if bands[1] is None else bands[1][order],
        projected=tuple((year, people[order]) for year, people in projected),
        said=tuple(said[i] for i in order),
    )
    return Read(value, findings, source)


def _households(records: Records) -> tuple[NDArray[np.float64], tuple[Finding, ...]]:
    """Return households; a file without the column says so once, an empty cell is an error."""
    table = records.table
    if "households" not in records.at:
        fault = table.fault(
            "households.no_column", Severity.WARNING, found=", ".join(table.headers)
        )
        return np.full(len(table), np.nan), (fault,)
    households, findings = numbers_of(records, _SCHEMA, "households")
    header, texts = records.header("households"), records.texts("households")
    empty = tuple(
        table.fault("households.missing", at=i, column=header)
        for i, text in enumerate(texts)
        if not text
    )
    return households, findings + empty


def _older(records: Records, file: Households) -> tuple[NDArray[np.float64], tuple[Finding, ...]]:
    """Return older people: counted, or a stated share of the people."""
    table = records.table
    population, findings = numbers_of(records, _SCHEMA, "population")
    if "older" in records.at:
        older, faults = numbers_of(records, _SCHEMA, "older")
        findings += faults
        header, texts = records.header("older"), records.texts("older")
        with np.errstate(invalid="ignore"):
            more = np.flatnonzero(older > population)
        findings += tuple(
            table.fault(
                "households.older_above_population",
                at=int(i),
                column=header,
                found=texts[i],
                expected=f"≤ {population[i]:g}",
            )
            for i in more
        )
        if file.older_share is not None:
            findings += (table.fault("households.share_unused", Severity.NOTICE, column=header),)
    elif "population" in records.at and file.older_share is not None:
        older = population * file.older_share
        share = f"{file.older_share:g}"
        rule, column = "households.share_of_population", records.header("population")
        findings += (table.fault(rule, Severity.NOTICE, column=column, found=share),)
    else:
        rule = "households.no_share" if "population" in records.at else "households.no_people"
        found = ", ".join(table.headers)
        return np.full(len(table), np.nan), (*findings, table.fault(rule, found=found))
    unknown = int(np.isnan(older).sum())
    if unknown:
        column = records.header("older") or records.header("population")
        found, total = str(unknown), str(len(table))
        findings += (
            table.fault(
                "households.older_unknown",
                Severity.WARNING,
                column=column,
                found=found,
                total=total,
            ),
        )
    return older, findings
