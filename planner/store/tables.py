"""Rows as they stand in a file: CSV, Excel and the attributes of map layers."""

import codecs
import csv
import io
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import openpyxl
from numpy.typing import NDArray

from planner.model.finding import Finding, Severity
from planner.model.provenance import Origin
from planner.model.scenario import InputFile
from planner.store.cells import as_text, is_blank
from planner.store.layers import Layer, is_layer, read_layer
from planner.store.reading import about, locate, shown_path

_CSV = (".csv", ".txt", ".tsv")
_XLSX = (".xlsx", ".xlsm")
_DELIMITERS = ",\t;"
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
        Cells of each column, each an object array of shape (n,).
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
    """

    source: str
    layer: str
    headers: tuple[str, ...]
    columns: tuple[NDArray[np.object_], ...]
    rows: NDArray[np.int64]
    geometry: NDArray[np.object_] | None = None
    crs: str = ""
    notes: tuple[tuple[str, str], ...] = ()
    cut: frozenset[int] = frozenset()
    header_row: int | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def origins(self) -> tuple[Origin, ...]:
        """Return where each record stands."""
        return tuple(Origin(file=self.source, layer=self.layer, row=int(row)) for row in self.rows)

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


def read_table(file: InputFile, folder: Path) -> tuple[Table | None, tuple[Finding, ...]]:
    """Read the rows of a file, whatever its format.

    Parameters
    ----------
    file
        The input as the scenario names it.
    folder
        Folder of the scenario.

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
        return _read_csv(file, path)
    if suffix in _XLSX:
        return _read_xlsx(file, path)
    if is_layer(path):
        layer, findings = read_layer(file, path)
        return (None if layer is None else _from_layer(file, layer)), findings
    rule = "file.old_excel" if suffix == ".xls" else "file.unknown_format"
    return None, (about(file, rule, found=path.suffix or path.name),)


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


def _decode(file: InputFile, raw: bytes) -> tuple[str, str] | Finding:
    """Return the text and its encoding; each trial is strict."""
    if file.encoding is not None:
        trials: tuple[str, ...] = (file.encoding,)
    elif raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        trials = ("utf-16",)
    else:
        trials = ("utf-8-sig", "gb18030")
    for encoding in trials:
        try:
            text = raw.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        plain = encoding == "utf-8-sig" and not raw.startswith(codecs.BOM_UTF8)
        return text, "utf-8" if plain else encoding
    return about(file, "file.encoding", found=", ".join(trials))


def _read_csv(file: InputFile, path: Path) -> tuple[Table | None, tuple[Finding, ...]]:
    decoded = _decode(file, path.read_bytes())
    if isinstance(decoded, Finding):
        return None, (decoded,)
    text, encoding = decoded
    first = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        records = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        return None, (about(file, "file.unreadable", found=str(error)),)
    return _from_records(file, "", records, (("encoding", encoding),))


def _read_xlsx(file: InputFile, path: Path) -> tuple[Table | None, tuple[Finding, ...]]:
    try:
        with warnings.catch_warnings():  # of drop-downs and styles it does not know
            warnings.simplefilter("ignore", UserWarning)
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # noqa: BLE001  a damaged zip fails in many ways
        return None, (about(file, "file.unreadable", found=str(error)),)
    try:
        names = [sheet.title for sheet in book.worksheets]
        if file.layer is not None and file.layer not in names:
            fault = about(file, "file.no_such_layer", found=", ".join(names), expected=file.layer)
            return None, (fault,)
        sheets: dict[str, list[tuple[Any, ...]]] = {}
        for name in names if file.layer is None else [file.layer]:
            rows = _rows_of(book[name])
            if file.layer is not None or any(not is_blank(v) for row in rows for v in row):
                sheets[name] = rows
    finally:
        book.close()
    if len(sheets) > 1:
        return None, (about(file, "file.which_layer", found=", ".join(sheets)),)
    if not sheets:
        return None, (about(file, "table.empty"),)
    name, rows = next(iter(sheets.items()))
    return _from_records(file, name, rows, (("sheet", name),))


def _rows_of(sheet: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401  openpyxl's read-only sheet
    sheet.reset_dimensions()  # some programs write a wrong size, which would hide columns
    return list(sheet.iter_rows(values_only=True))


def _from_records(
    file: InputFile,
    layer: str,
    records: Sequence[Sequence[Any]],
    notes: tuple[tuple[str, str], ...],
) -> tuple[Table | None, tuple[Finding, ...]]:
    if not records or all(is_blank(v) for v in records[0]):
        return None, (about(file, "table.empty"),)
    headers = tuple(as_text(v) for v in records[0])
    kept = [
        (row, record)
        for row, record in enumerate(records[1:], start=2)
        if any(not is_blank(v) for v in record)
    ]
    width = len(headers)
    columns = [np.full(len(kept), None, object) for _ in range(width)]
    findings: list[Finding] = []
    table = Table(
        source=shown_path(file.path),
        layer=layer,
        headers=headers,
        columns=tuple(columns),
        rows=np.array([row for row, _ in kept], np.int64),
        notes=notes,
        header_row=1,
    )
    for i, (_, record) in enumerate(kept):
        for j, value in enumerate(record[:width]):
            columns[j][i] = value
        beyond = [as_text(v) for v in record[width:] if not is_blank(v)]
        if beyond:
            findings.append(table.fault("table.beyond_header", at=i, found=", ".join(beyond)))
    if not kept:
        findings.append(table.fault("table.no_rows", found=", ".join(headers)))
        return None, tuple(findings)
    return table, tuple(findings)


def pick(table: Table, position: int | None) -> NDArray[np.object_]:
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


def without_rows(table: Table, rows: frozenset[int]) -> Table:
    """Return a table without some of its rows, numbered as a planner counts them."""
    kept = ~np.isin(table.rows, list(rows))
    return replace(
        table,
        columns=tuple(column[kept] for column in table.columns),
        rows=table.rows[kept],
        geometry=None if table.geometry is None else table.geometry[kept],
    )
