"""Older people by age and in other years: optional columns of the households file."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from planner.model.finding import Finding, Severity
from planner.store.columns import year_columns
from planner.store.records import Records, numbers_of

F64 = NDArray[np.float64]
Bands = tuple[F64 | None, F64 | None]

_SCHEMA = "households"


def bands_of(records: Records, older: F64) -> tuple[Bands, tuple[Finding, ...]]:
    """Return people aged 65 and over, and 80 and over; `None` where the file has no such column.

    Parameters
    ----------
    records
        The rows.
    older
        People aged 60 and over, shape (n,).

    Returns
    -------
    tuple
        Both columns in the order of the file, NaN where a cell is empty, and what is wrong: a row
        with more people of a higher age than of a lower one.
    """
    findings: tuple[Finding, ...] = ()
    columns: dict[str, F64 | None] = {}
    younger, least = older, "60+"
    for field in ("older_65", "older_80"):
        columns[field] = None
        if field not in records.at:
            continue
        people, faults = numbers_of(records, _SCHEMA, field)
        findings += faults + _gaps(records, field, people)
        findings += _above(records, field, people, (younger, least))
        columns[field] = people
        younger, least = np.where(np.isnan(people), younger, people), "65+"
    return (columns["older_65"], columns["older_80"]), findings


def _above(
    records: Records, field: str, people: F64, younger: tuple[F64, str]
) -> tuple[Finding, ...]:
    most, name = younger
    texts = records.texts(field)
    with np.errstate(invalid="ignore"):
        rows = np.flatnonzero(people > most + 1e-9)
    return tuple(
        records.table.fault(
            "households.age_above",
            at=int(i),
            column=records.header(field),
            found=texts[i],
            expected=f"≤ {most[i]:g} ({name})",
        )
        for i in rows
    )


def _gaps(records: Records, field: str, people: F64) -> tuple[Finding, ...]:
    unknown = int(np.isnan(people).sum())
    if not unknown:
        return ()
    fault = records.table.fault(
        "households.age_unknown",
        Severity.WARNING,
        column=records.header(field),
        found=str(unknown),
        total=str(len(people)),
    )
    return (fault,)


def projected_of(
    records: Records,
) -> tuple[tuple[tuple[int, F64], ...], tuple[Finding, ...]]:
    """Return the people aged 60 and over of every year the file projects, by year.

    NaN where a cell is empty; two columns of one year are an error.
    """
    table = records.table
    columns = year_columns(_SCHEMA, "older", table.headers)
    columns = tuple((year, i) for year, i in columns if i not in records.at.values())
    findings = tuple(
        table.fault("households.year_twice", found=str(one[0]), column=table.headers[other[1]])
        for one, other in pairwise(columns)
        if one[0] == other[0]
    )
    told: dict[int, F64] = {}
    for year, i in columns:
        yearly = Records(table, {"older": i})
        people, faults = numbers_of(yearly, _SCHEMA, "older")
        findings += faults + _gaps(yearly, "older", people)
        told.setdefault(year, people)
    return tuple(told.items()), findings
