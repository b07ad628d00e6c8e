"""Cells brought into the form of their field, every change told with its row and column."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, time
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.model.finding import Finding, Severity
from planner.store.amounts import is_nothing, read_amount, trouble_of
from planner.store.angles import angle_of
from planner.store.cells import as_text, is_blank, plain_numbers
from planner.store.columns import Field, fields_of, units_of, yearly
from planner.store.dates import date_of, date_of_serial
from planner.store.grids import Merged
from planner.store.tables import Table

MOST_TOLD = 20  # more of one kind in one column are told once, with their number

_RUN = 4096
_PLAIN_CODES = re.compile(r"[\w\-\n]*", re.ASCII)
_NO_CODES = re.compile(r"^(?:-+|nan?|null|none|unknown)$", re.MULTILINE | re.IGNORECASE)
_ODD_TEXT = re.compile(
    r"^[#=]|^[^\S\n]|[^\S\n]$|[\u200b-\u200f\u2060\ufeff\u00ad]"
    r"|[\u3400-\u9fff][^\S\n]+[\u3400-\u9fff]",
    re.MULTILINE,
)
_INSIDE = re.compile(r"(?<=[\u3400-\u9fff（）])\s+(?=[\u3400-\u9fff（）])")
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
_SCIENTIFIC = re.compile(r"(?P<whole>\d)(?:\.(?P<part>\d+))?e\+?(?P<power>\d+)", re.IGNORECASE)
_DECIMAL = re.compile(r"(\d+)\.0+")
_FIFTEEN = 1e15  # a spreadsheet keeps fifteen digits


class _Change(NamedTuple):
    """What becomes of an odd cell."""

    value: Any
    rule: str = ""
    severity: Severity = Severity.NOTICE
    expected: str = ""
    proposed: str | None = None


def clean(table: Table, at: Mapping[str, int], schema: str) -> tuple[Table, tuple[Finding, ...]]:
    """Bring the cells of all known columns into the form of their field.

    Parameters
    ----------
    table
        The rows as they stand in the file.
    at
        Field -> position of its column.
    schema
        Name of the table in ``columns.toml``.

    Returns
    -------
    tuple
        The table, number columns as floats where all of their cells could be read; and what was
        changed or cannot be read, in the order of the columns.
    """
    fields = {at[f.name]: f for f in fields_of(schema) if f.name in at}
    fields.update({i: f for i, f in yearly(schema, table.headers).items() if i not in fields})
    columns = list(table.columns)
    findings: list[Finding] = []
    lost: set[int] = set()
    for position in sorted(fields):
        entry = fields[position]
        cells = columns[position]
        filled, faults = _merged(table, position, entry, cells)
        findings += faults
        if entry.type == "number":
            columns[position], changes = _numbers(filled, entry)
            if entry.unit == "degrees":
                lost |= {i for i, c in changes.items() if c.severity is Severity.ERROR}
        elif entry.type == "date":
            columns[position], changes = _changed(filled, range(len(filled)), _date)
        elif entry.type == "code":
            columns[position], changes = _changed(filled, _odd_codes(filled), _code)
        else:
            columns[position], changes = _changed(filled, _odd_texts(filled), _text)
        findings += _told(table, position, filled, changes)
    return replace(table, columns=tuple(columns), lost=frozenset(lost)), tuple(findings)


def _told(
    table: Table, position: int, cells: NDArray[Any], changes: Mapping[int, _Change]
) -> list[Finding]:
    """Return the findings about a column: each by itself, or one for many of a kind."""
    kinds: dict[str, list[int]] = defaultdict(list)
    for i, change in changes.items():
        if change.rule:
            kinds[change.rule].append(i)
    findings = []
    for rule, rows in kinds.items():
        for i in rows if len(rows) <= MOST_TOLD else rows[:1]:
            change = changes[i]
            fault = table.fault(
                rule,
                change.severity,
                at=i,
                column=table.headers[position],
                found=as_text(cells[i]),
                expected=change.expected,
                count=str(len(rows)),
            )
            findings.append(replace(fault, proposed=change.proposed))
    return findings


def _numbers(cells: NDArray[Any], entry: Field) -> tuple[NDArray[Any], dict[int, _Change]]:
    numbers, odd = plain_numbers(cells)
    units = units_of(entry)
    changes: dict[int, _Change] = {}
    unreadable = []
    for i in odd:
        angle = angle_of(cells[i]) if entry.unit == "degrees" else None
        if angle is not None:
            numbers[i], degrees = angle, f"{angle:.7f}"
            changes[i] = _Change(angle, "table.dms", expected=degrees, proposed=degrees)
            continue
        amount = read_amount(cells[i], units)
        numbers[i] = amount.value
        if amount.rule:
            changes[i] = _Change(*amount)
        if amount.severity is Severity.ERROR:
            unreadable.append(i)
    if not unreadable:
        return numbers, changes
    column = numbers.astype(object)  # what cannot be read stays, for it is not empty
    for i in unreadable:
        column[i] = as_text(cells[i])
    return column, changes


def _changed(
    cells: NDArray[Any], odd: Sequence[int], turn: Callable[[Any], _Change]
) -> tuple[NDArray[Any], dict[int, _Change]]:
    if not odd:
        return cells, {}
    column = cells.astype(object)
    changes = {i: turn(cells[i]) for i in odd}
    for i, change in changes.items():
        column[i] = change.value
    return column, changes


def _odd_codes(cells: NDArray[Any]) -> list[int]:
    def plain(lines: str) -> bool:
        return _PLAIN_CODES.fullmatch(lines) is not None and not _NO_CODES.search(lines)

    return _odd(cells, plain)


def _odd_texts(cells: NDArray[Any]) -> list[int]:
    def plain(lines: str) -> bool:
        return _ODD_TEXT.search(lines) is None

    return _odd(cells, plain)


def _odd(cells: NDArray[Any], plain: Callable[[str], bool]) -> list[int]:
    """Return the cells that are not plain text, whole runs at a time."""
    if cells.dtype != object:
        return [int(i) for i in np.flatnonzero(np.abs(cells) >= _FIFTEEN)]
    odd: list[int] = []
    for begin in range(0, len(cells), _RUN):
        run = [v or "" for v in cells[begin : begin + _RUN]]
        if set(map(type, run)) == {str}:
            lines = "\n".join(run)
            if plain(lines) and lines.count("\n") == len(run) - 1:
                continue
        odd += [
            i
            for i, v in enumerate(run, start=begin)
            if (not plain(v) or "\n" in v if isinstance(v, str) else _is_odd(v))
        ]
    return odd


def _is_odd(value: object) -> bool:
    if isinstance(value, bool | np.bool_):
        return True
    if isinstance(value, int | float | np.integer | np.floating):
        return bool(abs(float(value)) >= _FIFTEEN)
    return isinstance(value, date | time)


def _code(value: object) -> _Change:  # noqa: PLR0911  a line per kind of cell
    """Return a code as it should stand."""
    if not isinstance(value, str):
        return _not_text(value)
    trouble = trouble_of(value)
    if trouble:
        return _Change(value, trouble, Severity.ERROR)
    bare = value.strip()
    if is_nothing(bare):
        return _Change(None, "cell.none", proposed="")
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", bare)).strip().removeprefix("'")
    if re.fullmatch(r"[\d\s]+", text):
        text = re.sub(r"\s+", "", text)
    scientific, decimal = _SCIENTIFIC.fullmatch(text), _DECIMAL.fullmatch(text)
    if scientific:
        digits = scientific["whole"] + (scientific["part"] or "")
        if len(digits) != int(scientific["power"]) + 1:
            return _Change(value, "cell.rounded_code", Severity.ERROR)
        return _Change(digits, "cell.code_as_number", expected=digits, proposed=digits)
    if decimal:
        return _Change(decimal[1], "cell.code_as_number", expected=decimal[1], proposed=decimal[1])
    if text != bare:
        return _Change(text, "cell.tidied", expected=text, proposed=text)
    return _Change(text)


def _text(value: object) -> _Change:
    """Return a name or a word without spaces that do not belong to it."""
    if not isinstance(value, str):
        return _not_text(value)
    trouble = trouble_of(value)
    if trouble:
        return _Change(value, trouble, Severity.ERROR)
    text = _INSIDE.sub("", _INVISIBLE.sub("", value).strip())
    if text == value:
        return _Change(text)
    return _Change(text, "cell.spaces", expected=text, proposed=text)


def _date(value: object) -> _Change:
    """Return a date as a date."""
    if is_blank(value):
        return _Change(None)
    if isinstance(value, str) and (trouble := trouble_of(value)):
        return _Change(None, trouble, Severity.ERROR)
    if isinstance(value, str) and is_nothing(value):
        return _Change(None, "cell.none", proposed="")
    found = date_of(value)
    if found is not None:
        return _Change(found)
    found = date_of_serial(value)
    if found is None:
        return _Change(None, "cell.not_a_date", Severity.WARNING)
    text = found.isoformat()
    return _Change(found, "cell.serial_date", expected=text, proposed=text)


def _not_text(value: object) -> _Change:
    if isinstance(value, date | time):
        return _Change(value, "cell.text_as_date", Severity.ERROR)
    if isinstance(value, int | float | np.number) and not isinstance(value, bool):
        return _Change(value, "cell.rounded_code", Severity.ERROR)
    return _Change(value)


def _merged(
    table: Table, position: int, entry: Field, cells: NDArray[Any]
) -> tuple[NDArray[Any], list[Finding]]:
    """Return a column with the text of merged cells in each of their rows."""
    ranges = [m for m in table.merged if m.left == position + 1 and m.bottom > m.top]
    findings: list[Finding] = []
    column = cells
    for m in ranges:
        first, last = _span(table, m)
        if last - first < 2 or not as_text(cells[first]):
            continue
        if entry.type == "number":
            rule, severity = "cell.merged_number", Severity.ERROR
        else:
            column = column.astype(object)
            column[first:last] = column[first]
            rule, severity = "cell.merged", Severity.NOTICE
        header, found, count = table.headers[position], as_text(cells[first]), str(last - first)
        findings.append(
            table.fault(rule, severity, at=first, column=header, found=found, count=count)
        )
    return column, findings


def _span(table: Table, merged: Merged) -> tuple[int, int]:
    first, last = np.searchsorted(table.rows, [merged.top, merged.bottom + 1])
    return int(first), int(last)
