"""Households and older people per demand point: counts only (law 9)."""

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from planner.model.demand import Demand
from planner.model.finding import Finding, Severity
from planner.model.said import Said
from planner.model.scenario import Households
from planner.store.ages import F64, Bands, bands_of, projected_of
from planner.store.crs import Window
from planner.store.personal import audit_register
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
        Demand points by id. A row without a place names its community, over which it is shared
        out later. Every point has a number of households if the file has that column at all;
        older people are NaN where the file does not say.
    """
    records, findings = read_records(file, folder, _SCHEMA, personal=Severity.ERROR)
    path = folder / file.path
    findings += undated(file)
    if records is None:
        return Read(None, findings, source_of(file, path, _SCHEMA))
    ids, faults = ids_of(records, "id", lambda i: f"D{i + 1:05d}")
    findings += faults
    people, faults = _people(records, file)
    findings += faults
    lonlat, crs, faults = _places(records, file, window, ids)
    findings += faults
    findings += audit_register(records.table, (people.population, people.households), lonlat)
    notes = records.notes()
    source = source_of(file, path, _SCHEMA, rows=len(records), crs=crs, notes=notes)
    if has_error(findings) or file.data_date is None:
        return Read(None, findings, source)
    order = np.array(sorted(range(len(ids)), key=ids.__getitem__), np.intp)
    names, (communities, said) = records.texts("name"), _belonging(records)
    origins = origins_of(records.table, records.at, file)
    bands = [None if band is None else band[order] for band in people.bands]
    value = Demand(
        id=tuple(ids[i] for i in order),
        name=tuple(names[i] for i in order),
        community=tuple(communities[i] for i in order),
        lonlat=lonlat[order],
        households=people.households[order],
        older=people.older[order],
        households_definition=file.definition,
        count_date=file.data_date,
        synthetic=file.synthetic,
        origin=tuple(origins[i] for i in order),
        older_65=bands[0],
        older_80=bands[1],
        projected=tuple((year, count[order]) for year, count in people.projected),
        population=people.population[order] if "population" in records.at else None,
        said=tuple(said[i] for i in order),
    )
    return Read(value, findings, source)


class _People(NamedTuple):
    """The counts of every row, each of shape (n,)."""

    households: F64
    population: F64
    older: F64
    bands: Bands
    projected: tuple[tuple[int, F64], ...]


def _people(records: Records, file: Households) -> tuple[_People, tuple[Finding, ...]]:
    households, findings = _households(records)
    population, faults = numbers_of(records, _SCHEMA, "population")
    findings += faults
    older, faults = _older(records, file, population)
    findings += faults
    bands, faults = bands_of(records, older)
    findings += faults
    projected, faults = projected_of(records)
    findings += faults + _none_but_people(records, households, np.fmax(population, older))
    return _People(households, population, older, bands, projected), findings


def _none_but_people(records: Records, households: F64, people: F64) -> tuple[Finding, ...]:
    """Return a warning for each row with people and 0 households."""
    header = records.header("households")
    return tuple(
        records.table.fault(
            "households.none_but_people",
            Severity.WARNING,
            at=int(i),
            column=header,
            found="0",
            expected=f"{people[i]:g}",
        )
        for i in np.flatnonzero((households == 0) & (people > 0))
    )


def _places(
    records: Records, file: Households, window: Window | None, ids: tuple[str, ...]
) -> tuple[F64, str, tuple[Finding, ...]]:
    """Return where the rows lie; a row without a place must name its community."""
    table = records.table
    tied = [bool(code or said.name) for code, said in zip(*_belonging(records), strict=True)]
    if table.geometry is None and not {"lon", "lat"} & set(records.at) and any(tied):
        lonlat, crs = np.full((len(table), 2), np.nan), ""
        found, rule = ", ".join(table.headers), "spreading.chosen"
        faults: tuple[Finding, ...] = ()
        if file.spread is None:
            faults = (table.fault(rule, Severity.WARNING, found=found),)
        spread = True
    else:
        lonlat, crs, faults = places_of(table, records.at, file, window)
        spread = file.spread is not None
    if has_error(faults):
        return lonlat, crs, faults
    nowhere = np.isnan(lonlat[:, 0])
    if spread:
        nowhere &= ~np.array(tied, np.bool_)
    lost = np.where(nowhere[:, None], np.nan, 0.0)
    rule = "spreading.no_community" if spread else "households.no_place"
    return lonlat, crs, faults + missing_places(table, lost, ids, rule, Severity.ERROR)


def _belonging(records: Records) -> tuple[tuple[str, ...], tuple[Said, ...]]:
    """Return the community each row belongs to; a file of communities may call theirs 名称 only."""
    codes, said = belonging(records)
    if {"community", "community_name"} & set(records.at):
        return codes, said
    names, header = records.texts("name"), records.header("name")
    called = [replace(one, name=n, name_column=header) for one, n in zip(said, names, strict=True)]
    return codes, tuple(called)


def _households(records: Records) -> tuple[F64, tuple[Finding, ...]]:
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


def _older(records: Records, file: Households, population: F64) -> tuple[F64, tuple[Finding, ...]]:
    """Return older people: counted, or a stated share of the people."""
    table = records.table
    findings: tuple[Finding, ...] = ()
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
