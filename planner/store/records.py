"""What all tables of records share: ids, numbers with limits, dates, personal columns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from planner.model.finding import Finding, Severity
from planner.model.scenario import InputFile
from planner.store.cells import as_code, as_numbers, as_text
from planner.store.cleaning import clean
from planner.store.columns import fields_of, match_columns
from planner.store.personal import audit_cells
from planner.store.reading import about
from planner.store.tables import Table, header_fault, pick, read_table, repeated
from planner.store.totals import leave_out


@dataclass(frozen=True, slots=True)
class Records:
    """A table whose columns are known.

    Parameters
    ----------
    table
        The rows.
    at
        Field -> column.
    """

    table: Table
    at: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.table)

    def header(self, field: str) -> str:
        """Return the header of a field as it stands in the file, '' if there is none."""
        return self.table.headers[self.at[field]] if field in self.at else ""

    def texts(self, field: str) -> tuple[str, ...]:
        """Return a column as texts, '' where the file has none."""
        column = pick(self.table, self.at.get(field))
        if column.dtype.kind == "f":  # many rows, few numbers
            numbers, which = np.unique(column, return_inverse=True)
            words = np.array([as_text(v) for v in numbers.tolist()], object)
            return tuple(words[which])
        return tuple(map(as_text, column))

    def codes(self, field: str) -> tuple[str, ...]:
        """Return a column as codes, '' where the file has none."""
        return tuple(map(as_code, pick(self.table, self.at.get(field))))

    def notes(self) -> tuple[tuple[str, str], ...]:
        """Return what the reader decided: encoding, sheet, the column of each field."""
        used = tuple((f"column.{field}", self.table.headers[i]) for field, i in self.at.items())
        return self.table.notes + used


def read_records(
    file: InputFile, folder: Path, schema: str, *, personal: Severity
) -> tuple[Records | None, tuple[Finding, ...]]:
    """Read a table and find its columns.

    Parameters
    ----------
    file, folder
        The input as the scenario names it, and the folder of the scenario.
    schema
        Name of the table in ``columns.toml``.
    personal
        Severity of a column that looks personal; below error the column is left out.

    Returns
    -------
    tuple
        The records, `None` if unusable, and the findings.
    """
    table, findings = read_table(file, folder, schema)
    if table is None:
        return None, findings
    fault = partial(header_fault, table)
    matched = match_columns(schema, table.headers, file.columns, fault, cut=table.cut)
    rule = "table.personal" if personal is Severity.ERROR else "table.personal_dropped"
    findings += matched.findings
    findings += tuple(fault(rule, personal, column=header) for header in matched.personal)
    findings += audit_cells(table, matched, personal)
    required = {f.name for f in fields_of(schema) if f.required}
    if not required <= set(matched.at):
        return None, findings
    table, faults = leave_out(table, matched.at, schema)
    findings += faults
    if not len(table):
        nothing = header_fault(table, "table.no_rows", found=", ".join(table.headers))
        return None, (*findings, nothing)
    table, faults = clean(table, matched.at, schema)
    return Records(table, matched.at), findings + faults


def numbers_of(
    records: Records, schema: str, field: str
) -> tuple[NDArray[np.float64], tuple[Finding, ...]]:
    """Return a number column, NaN where empty or unreadable, and which numbers are too small.

    What cannot be read was told when the records were read.
    """
    numbers, _ = as_numbers(pick(records.table, records.at.get(field)))
    least = next(f.least for f in fields_of(schema) if f.name == field)
    if least is None:
        return numbers, ()
    with np.errstate(invalid="ignore"):
        low = np.flatnonzero(numbers < least)
    return numbers, tuple(
        records.table.fault(
            "table.too_small",
            at=int(i),
            column=records.header(field),
            found=as_text(numbers[i]),
            expected=f"≥ {least:g}",
        )
        for i in low
    )


def ids_of(
    records: Records, field: str, generate: Callable[[int], str]
) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
    """Return the ids of the records; where the file has no id column they are numbered.

    Parameters
    ----------
    records
        The rows.
    field
        The id field.
    generate
        Makes an id from the position of a record.
    """
    table = records.table
    if field not in records.at:
        ids = tuple(generate(i) for i in range(len(table)))
        note = table.fault("table.ids_made", Severity.NOTICE, found=f"{ids[0]} … {ids[-1]}")
        return ids, (note,)
    ids = records.codes(field)
    header = records.header(field)
    findings = [
        table.fault("table.no_id", at=i, column=header) for i, code in enumerate(ids) if not code
    ]
    findings += [
        table.fault(
            "table.duplicate_id",
            at=i,
            column=header,
            found=ids[i],
            unit=ids[i],
            other=str(int(table.rows[j])),
        )
        for i, j in repeated(ids)
    ]
    return ids, tuple(findings)


def undated(file: InputFile) -> tuple[Finding, ...]:
    """Return an error if the scenario does not date a file that must be dated (law 6)."""
    if file.data_date is not None:
        return ()
    return (about(file, "file.undated"),)
