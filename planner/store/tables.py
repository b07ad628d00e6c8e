"""Rows as they stand in a file: CSV, Excel and the attributes of map layers."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from planner.model.finding import Finding, Severity
from planner.model.provenance import Origin
from planner.model.scenario import InputFile
from planner.store.columns import fields_of, yearly
from planner.store.csv_text import BrokenText, read_text
from planner.store.grids import Columns, Grid, Merged, Numbered
from planner.store.headers import SEARCHED, Header, find_header, repeats
from planner.store.layers import Layer, is_layer, read_layer
from planner.store.reading import about, locate, shown_path
from planner.store.sheets import SUFFIXES as _SHEETS
from planner.store.sheets import read_sheets

_CSV = (".csv", ".txt", ".tsv")
_PLACE = ("found", "expected", "unit", "proposed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of one file.

    Parameters
    ----------
    source, layer
        File as the scenario names it, and its sheet or layer.
    headers
        Headers as they stand in the file.
    columns
        Cells of each column, each of shape (n,): objects, or floats (NaN for nothing) where every
        cell is a plain number.
    rows
        Row of each record as a planner counts it (header is row 1), shape (n,).
    geometry
        Shapes in the file's own coordinates, `None` where the file has none.
    crs
        Coordinate system the file names, '' if it names none.
    notes
        What the reader decided.
    cut
        Positions of headers that may be the beginning of a longer one.
    header_row
        Row of the headers as a planner counts it; `None` where the format has no such row.
    merged
        Merged cells of the sheet.
    lost
        Positions of records whose coordinates stand in the file but cannot be read.
    """

    source: str
    layer: str
    headers: tuple[str, ...]
    columns: tuple[NDArray[Any], ...]
    rows: NDArray[np.int64]
    geometry: NDArray[np.object_] | None = None
    crs: str = ""
    notes: tuple[tuple[str, str], ...] = ()
    cut: frozenset[int] = frozenset()
    header_row: int | None = None
    merged: tuple[Merged, ...] = ()
    lost: frozenset[int] = frozenset()

    def __len__(self) -> int:
        return len(self.rows)

    def origins(self) -> tuple[Origin, ...]:
        """Return where each record stands."""
        source, layer = self.source, self.layer
        return tuple(Origin(file=source, layer=layer, row=row) for row in self.rows.tolist())

    def without(self, left_out: NDArray[np.bool_]) -> "Table":
        """Return the table without some rows, `left_out` of shape (n,)."""
        kept = ~left_out
        return replace(
            self,
            columns=tuple(column[kept] for column in self.columns),
            rows=self.rows[kept],
            geometry=None if self.geometry is None else self.geometry[kept],
        )

    def fault(
        self,
        rule: str,
        severity: Severity = Severity.ERROR,
        *,
        at: int | None = None,
        column: str = "",
        **values: str,
    ) -> Finding:
        """Return a finding about this table.

        Parameters
        ----------
        rule, severity
            As in `Finding`.
        at
            Position of the record, if it is about one.
        column
            Header concerned.
        **values
            ``found``, ``expected``, ``unit``, ``proposed``; anything else goes to
            ``Finding.values``.
        """
        place = {key: values.pop(key) for key in _PLACE if key in values}
        return Finding(
            rule=rule,
            severity=severity,
            source=self.source,
            layer=self.layer,
            row=None if at is None else int(self.rows[at]),
            column=column,
            values=tuple(sorted(values.items())),
            **cast("dict[str, Any]", place),
        )


def header_fault(
    table: Table, rule: str, severity: Severity = Severity.ERROR, *, column: str = "", **values: str
) -> Finding:
    """Return a finding about the headers of a table."""
    fault = table.fault(rule, severity, at=None, column=column, **values)
    return replace(fault, row=table.header_row)


def read_table(
    file: InputFile, folder: Path, schema: str = ""
) -> tuple[Table | None, tuple[Finding, ...]]:
    """Read the rows of a file, whatever its format.

    Parameters
    ----------
    file
        The input as the scenario names it.
    folder
        Folder of the scenario.
    schema
        Name of the table in ``columns.toml``, by which the header is found; '' takes the first
        row that holds anything.

    Returns
    -------
    tuple
        The rows, `None` if the file is unusable, and what is wrong with it.
    """
    path, findings = locate(file, folder)
    if findings:
        return None, findings
    suffix = path.suffix.lower()
    if suffix in _CSV:
        grid = read_text(file, path)
        return (None, (grid,)) if isinstance(grid, Finding) else _from_grid(file, grid, schema)
    if suffix in _SHEETS:
        return _from_book(file, path, schema)
    if is_layer(path):
        layer, findings = read_layer(file, path)
        return (None if layer is None else _from_layer(file, layer)), findings
    return None, (about(file, "file.unknown_format", found=path.suffix or path.name),)


def _from_layer(file: InputFile, layer: Layer) -> Table:
    return Table(
        source=shown_path(file.path),
        layer=layer.name,
        headers=layer.headers,
        columns=layer.columns,
        rows=np.arange(1, layer.count + 1, dtype=np.int64),
        geometry=layer.geometry,
        crs=layer.crs,
        notes=layer.notes,
        cut=layer.cut,
    )


def _from_book(
    file: InputFile, path: Path, schema: str
) -> tuple[Table | None, tuple[Finding, ...]]:
    required = {f.name for f in fields_of(schema) if f.required} if schema else set()

    def fits(grid: Grid) -> bool:
        header, _ = _header_of(file, grid, schema)
        return isinstance(header, Header) and header.sure and required <= header.fields

    grid, findings, passed = read_sheets(file, path, fits)
    if grid is None:
        return None, findings
    table, faults = _from_grid(file, grid, schema)
    if passed:
        fault = about(file, "sheet.chosen", Severity.NOTICE, found=grid.name, passed=passed)
        faults = (replace(fault, layer=grid.name), *faults)
    return table, faults


def _header_of(
    file: InputFile, grid: Grid, schema: str
) -> tuple[Header | tuple[int, ...], list[Numbered]]:
    asked_for = max(SEARCHED, file.header_row or 0)
    head = list(islice(enumerate(grid.rows, start=1), asked_for))
    header = find_header(
        head, schema, declared=file.columns, row=file.header_row, merged=grid.merged
    )
    return header, head


def _from_grid(
    file: InputFile, grid: Grid, schema: str
) -> tuple[Table | None, tuple[Finding, ...]]:
    """Return a table from rows: find the header, then gather what stands below it."""
    told = partial(_told, file, grid)
    try:
        header, head = _header_of(file, grid, schema)
        if not isinstance(header, Header):
            return None, (_no_header(file, grid, header),)
        numeric = header.numeric | yearly(schema, header.names).keys()
        columns = Columns(len(header.names), numeric)
        again: list[int] = []
        below = head[header.rows[-1] :]
        rest = enumerate(grid.rows, start=len(head) + 1)
        columns.gather(_data(chain(below, rest), header, again))
    except BrokenText as error:
        return None, (told("sheet.broken_text", Severity.ERROR, error.row, found=error.reason),)
    table = Table(
        source=shown_path(file.path),
        layer=grid.name,
        headers=header.names,
        columns=columns.arrays(),
        rows=np.array(columns.rows, np.int64),
        notes=grid.notes,
        header_row=header.rows[-1],
        merged=grid.merged,
    )
    findings = [*_about_header(header, told), *(_again(row, told) for row in again)]
    findings += _beyond(table, columns, ragged=grid.ragged)
    hidden = [row for row in grid.hidden if row > header.rows[-1]]
    if hidden:
        count = str(len(hidden))
        findings.append(told("sheet.hidden_rows", Severity.NOTICE, hidden[0], count=count))
    if not len(table):
        findings.append(table.fault("table.no_rows", found=", ".join(h for h in header.names if h)))
        return None, tuple(findings)
    return table, tuple(findings)


def _told(
    file: InputFile, grid: Grid, rule: str, severity: Severity, row: int | None, **values: object
) -> Finding:
    return replace(about(file, rule, severity, **values), layer=grid.name, row=row)


def _no_header(file: InputFile, grid: Grid, rows: tuple[int, ...]) -> Finding:
    if rows:
        listed = ", ".join(map(str, rows))
        return _told(file, grid, "sheet.which_header", Severity.ERROR, rows[0], found=listed)
    if file.header_row is not None:
        row = file.header_row
        return _told(file, grid, "sheet.no_such_row", Severity.ERROR, row, found=str(row))
    return _told(file, grid, "table.empty", Severity.ERROR, None)


def _data(records: Iterable[Numbered], header: Header, again: list[int]) -> Iterator[Numbered]:
    """Pass on the records that are data, and note rows that repeat the header."""
    first = header.names[0]
    for number, record in records:
        if number in header.again or (record and record[0] == first and repeats(record, header)):
            again.append(number)
        else:
            yield number, record


def _about_header(header: Header, told: Any) -> Iterator[Finding]:  # noqa: ANN401  partial of _told
    if len(header.rows) > 1:
        rows = f"{header.rows[0]}–{header.rows[-1]}"
        joined = ", ".join(name for name in header.names if name)
        yield told(
            "sheet.header_levels", Severity.NOTICE, header.rows[-1], found=rows, names=joined
        )
    elif header.rows[0] > 1:
        row = header.rows[0]
        yield told("sheet.header_found", Severity.NOTICE, row, found=str(row))


def _again(row: int, told: Any) -> Finding:  # noqa: ANN401  partial of _told
    return cast("Finding", told("sheet.header_again", Severity.NOTICE, row, proposed=""))


def _beyond(table: Table, columns: Columns, *, ragged: bool) -> list[Finding]:
    """Return what stands right of the last header."""
    beyond: dict[int, list[str]] = {}
    for at, text in columns.beyond:
        beyond.setdefault(at, []).append(text)
    if ragged:
        return [
            table.fault("table.beyond_header", at=at, found=", ".join(texts))
            for at, texts in beyond.items()
        ]
    if not beyond:
        return []
    at, count = min(beyond), str(len(beyond))
    return [table.fault("sheet.unnamed_cells", Severity.NOTICE, at=at, count=count)]


def pick(table: Table, position: int | None) -> NDArray[Any]:
    """Return the cells of a column, empty ones where the file has no such column."""
    if position is None:
        return np.full(len(table), None, object)
    return table.columns[position]


def repeated(values: Iterable[str]) -> list[tuple[int, int]]:
    """Return (position, first position) of every value that stands before, '' excepted."""
    first: dict[str, int] = {}
    pairs = []
    for i, value in enumerate(values):
        if not value:
            continue
        if value in first:
            pairs.append((i, first[value]))
        else:
            first[value] = i
    return pairs
