"""Sheets of a workbook: xlsx, xlsm, xls, et (old WPS), ods."""

import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from python_calamine import (
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from planner.model.finding import Finding
from planner.model.scenario import InputFile
from planner.store.biff import MAGIC, Valueless, valueless_cells
from planner.store.grids import Grid, Merged
from planner.store.reading import about

SUFFIXES = (".xlsx", ".xlsm", ".xls", ".et", ".ods")

_BLOCK = 1 << 20
_MOST_CELLS = 100_000_000  # empty ones among them
_CELL = re.compile(rb"<(?:\w+:)?c\b(?P<head>[^>]*)(?<!/)>(?P<body>.*?)</(?:\w+:)?c>", re.DOTALL)
_ROW = re.compile(rb"<(?:\w+:)?row\b(?P<head>[^>]*)>")
_AT = re.compile(rb"\br=\"(?P<letters>[A-Z]{1,3})(?P<row>\d+)\"")
_ROW_NUMBER = re.compile(rb"\br=\"(\d+)\"")
_ROW_NUMBERS = re.compile(rb"<(?:\w+:)?row\b[^>]{0,40}?\br=\"(\d+)\"")
_FAR_ROWS = re.compile(rb"\br=\"[A-Z]{1,3}(\d{7,})\"")
_WIDE = re.compile(rb"\br=\"([A-Z]{2,})\d")
_HIDDEN = re.compile(rb"\bhidden=\"(?:1|true)\"")
_TYPE = re.compile(rb"\bt=\"(\w+)\"")
_FORMULA = re.compile(rb"<(?:\w+:)?f\b[^>]*?(?:/>|>(?P<text>.*?)</(?:\w+:)?f>)", re.DOTALL)
_VALUE = re.compile(rb"<(?:\w+:)?v\b[^>]*>(?P<text>[^<]*)</(?:\w+:)?v>")
_SHEETS = re.compile(r"\}sheet$")


@dataclass(slots=True)
class _Unseen:
    """What the fast reader of workbooks does not tell: cells without a value, hidden rows."""

    cells: dict[int, dict[int, str]] = field(default_factory=dict)
    hidden: list[int] = field(default_factory=list)
    rows: int = 0
    columns: int = 26


class _TooLargeError(ValueError):
    """A sheet with something very far out; it would fill the memory with empty cells."""


def read_sheets(
    file: InputFile, path: Path, fits: Callable[[Grid], bool]
) -> tuple[Grid | None, tuple[Finding, ...], str]:
    """Return the sheet a scenario means.

    Parameters
    ----------
    file
        The input as the scenario names it.
    path
        The workbook on disk.
    fits
        Whether a sheet looks like the table that is wanted; asked only where the scenario names
        no sheet and more than one holds something.

    Returns
    -------
    tuple
        The sheet, `None` where there is none to read or several might be meant; what is wrong;
        the names of sheets that were passed over for this one.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(64).lstrip()
            if head.startswith((b"<", b"\xef\xbb\xbf<")):
                return None, (about(file, "sheet.not_excel", found=path.suffix),), ""
            stream.seek(0)
            old = valueless_cells(stream.read()) if head.startswith(MAGIC) else ()
            stream.seek(0)
            book = CalamineWorkbook.from_filelike(stream)
            return _chosen(file, _Book(path, book, old), fits)
    except PasswordError:
        return None, (about(file, "sheet.password"),), ""
    except _TooLargeError as error:
        return None, (about(file, "sheet.too_large", found=str(error)),), ""
    except BaseException as error:
        panic = type(error).__name__ == "PanicException"  # the library's own way to give up
        if not (panic or isinstance(error, Exception)):  # a damaged zip fails in many ways
            raise
        return None, (about(file, "file.unreadable", found=_said(error)),), ""


def _said(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]


def _chosen(
    file: InputFile, book: "_Book", fits: Callable[[Grid], bool]
) -> tuple[Grid | None, tuple[Finding, ...], str]:
    kinds = {m.name: m for m in book.values.sheets_metadata if m.typ == SheetTypeEnum.WorkSheet}
    names = list(kinds)
    if file.layer is not None:
        if file.layer not in names:
            found = ", ".join(names)
            fault = about(file, "file.no_such_layer", found=found, expected=file.layer)
            return None, (fault,), ""
        return _grid(*book.sheet(file.layer)), (), ""
    filled: dict[str, tuple[CalamineSheet, _Unseen]] = {}
    for name in names:
        if kinds[name].visible == SheetVisibleEnum.Visible:
            sheet, unseen = book.sheet(name)
            if sheet.start is not None or unseen.cells:
                filled[name] = sheet, unseen
    if not filled:
        return None, (about(file, "table.empty"),), ""
    if len(filled) == 1:
        return _grid(*next(iter(filled.values()))), (), ""
    fitting = [name for name, both in filled.items() if fits(_grid(*both))]
    if len(fitting) != 1:
        return None, (about(file, "file.which_layer", found=", ".join(filled)),), ""
    passed = ", ".join(name for name in filled if name != fitting[0])
    return _grid(*filled[fitting[0]]), (), passed


@dataclass(frozen=True, slots=True)
class _Book:
    """A workbook, and the cells of an old one that have no value."""

    path: Path
    values: CalamineWorkbook
    old: tuple[Valueless, ...]

    def sheet(self, name: str) -> tuple[CalamineSheet, _Unseen]:
        """Return a sheet, and what its reader does not tell; looked at first, for its size."""
        unseen = _unseen(self.path, name)
        if unseen.rows * unseen.columns > _MOST_CELLS:
            raise _TooLargeError(f"{unseen.rows} × {unseen.columns}")
        for cell in self.old:
            if cell.sheet == name:
                unseen.cells.setdefault(cell.row, {})[cell.column] = cell.text
        return self.values.get_sheet_by_name(name), unseen


def _merged(sheet: CalamineSheet) -> tuple[Merged, ...]:
    return tuple(
        Merged(top + 1, left + 1, bottom + 1, right + 1)
        for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
    )


def _grid(sheet: CalamineSheet, unseen: _Unseen) -> Grid:
    rows: Iterator[Sequence[Any]] = sheet.iter_rows()
    if unseen.cells:
        rows = _patched(rows, unseen.cells)
    return Grid(
        name=sheet.name,
        rows=rows,
        merged=_merged(sheet),
        hidden=tuple(unseen.hidden),
        notes=(("sheet", sheet.name),),
    )


def _patched(
    rows: Iterator[Sequence[Any]], cells: Mapping[int, Mapping[int, str]]
) -> Iterator[Sequence[Any]]:
    """Put what stands in cells without a value back where it stands."""
    last = max(cells)
    number = 0
    for number, row in enumerate(rows, start=1):
        yield _with(row, cells.get(number, {}))
    for beyond in range(number + 1, last + 1):
        yield _with((), cells.get(beyond, {}))


def _with(row: Sequence[Any], cells: Mapping[int, str]) -> Sequence[Any]:
    if not cells:
        return row
    filled = [*row, *[""] * (max(cells) - len(row))]
    for column, text in cells.items():
        filled[column - 1] = text
    return filled


def _unseen(path: Path, sheet: str) -> _Unseen:
    """Look through the XML of a sheet; nothing where the workbook is not made of XML."""
    unseen = _Unseen()
    if not zipfile.is_zipfile(path):
        return unseen
    with zipfile.ZipFile(path) as book:
        part = _part_of(book, sheet)
        if part is None:
            return unseen
        with book.open(part) as stream:
            rest = b""
            while block := stream.read(_BLOCK):
                text = rest + block
                cut = max(text.rfind(b"<c "), text.rfind(b"<row "), text.rfind(b":c "), 0)
                _look(text[:cut] if cut else text, unseen)
                rest = text[cut:] if cut else b""
            _look(rest, unseen)
    return unseen


def _part_of(book: zipfile.ZipFile, sheet: str) -> str | None:
    """Return the member of the zip that holds a sheet."""
    names = set(book.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return None
    ids = {}
    for node in ET.fromstring(book.read("xl/workbook.xml")).iter():  # noqa: S314
        if _SHEETS.search(node.tag):
            key = next((k for k in node.attrib if k.endswith("}id")), "")
            ids[node.get("name")] = node.get(key)
    links = ET.fromstring(book.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    targets = {node.get("Id"): node.get("Target", "") for node in links}
    target = (targets.get(ids.get(sheet)) or "").removeprefix("/").removeprefix("xl/")
    return f"xl/{target}" if f"xl/{target}" in names else None


def _look(text: bytes, unseen: _Unseen) -> None:
    rows = [int(n) for found in (_ROW_NUMBERS, _FAR_ROWS) for n in found.findall(text)]
    unseen.rows = max([unseen.rows, *rows])
    if _WIDE.search(text):
        unseen.columns = max([unseen.columns, *map(_column, _WIDE.findall(text))])
    if b"hidden=" in text:
        for row in _ROW.finditer(text):
            number = _ROW_NUMBER.search(row["head"])
            if number and _HIDDEN.search(row["head"]):
                unseen.hidden.append(int(number[1]))
    if b't="e"' not in text and b"<f" not in text and b":f" not in text:
        return
    for cell in _CELL.finditer(text):
        at, kind = _AT.search(cell["head"]), _TYPE.search(cell["head"])
        value, formula = _VALUE.search(cell["body"]), _FORMULA.search(cell["body"])
        said = value["text"].decode("utf-8", "replace") if value else ""
        if at is None:
            continue
        if kind and kind[1] == b"e":
            left = said or "#N/A"
        elif formula and not said and not (kind and kind[1] == b"str"):
            left = "=" + (formula["text"] or b"?").decode("utf-8", "replace")
        else:
            continue
        unseen.cells.setdefault(int(at["row"]), {})[_column(at["letters"])] = left


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
