"""A corrected copy of a table, beside the original: only what a finding proposes is changed."""

import csv
import io
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import openpyxl
from openpyxl.cell.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

from planner.errors import OutputError
from planner.model.checked import Correction, Corrections
from planner.model.finding import Finding, Severity
from planner.model.scenario import Language
from planner.report.plain import finding_words, plain
from planner.report.words import say
from planner.report.writing import replace_file

CORRECTED = "_corrected"
_MARK = PatternFill("solid", start_color="FFFFE699", end_color="FFFFE699")
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,10})(\.\d+)?")  # 12 digits are a code, and stay text
_FORMULA = re.compile(r'(<c r="([A-Z]+\d+)"[^>]*?)>(<f[ >][^<]*</f>|<f[^>]*/>)<v ?(?:/>|></v>)</c>')
_MODIFIED = re.compile(r"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")
_FIXED = (1980, 1, 1, 0, 0, 0)


def copy_of(path: Path, folder: Path | None) -> Path:
    """Return where the corrected copy of a file goes: beside it, or in a folder."""
    return (folder or path.parent) / f"{path.stem}{CORRECTED}{path.suffix}"


def write_corrected(plan: Corrections, target: Path, *, language: Language) -> None:
    """Write the corrected copy of one file.

    In a workbook changed cells are coloured and bear a comment with what stood there; a row that
    is left out is emptied, so that nothing below it moves. All other cells, sheets, styles and the
    values of formulas stay; drawings may be lost, which openpyxl does not know. In a text file
    only changed records are written anew, in its own encoding and with its own delimiter.

    Parameters
    ----------
    plan
        What to change.
    target
        File to write.
    language
        Of the comments.

    Raises
    ------
    OutputError
        If `target` exists (a copy is never written over) or cannot be written.
    """
    if target.exists():
        fault = Finding(rule="check.copy_exists", severity=Severity.ERROR, source=str(target))
        raise OutputError(f"{target} exists", [fault])
    if plan.encoding:
        replace_file(target, lambda fresh: fresh.write_bytes(_text(plan)))
    else:
        replace_file(target, lambda fresh: fresh.write_bytes(_book(plan, language)))


def _text(plan: Corrections) -> bytes:
    """Return a text file with its changed records written anew and all else as it stands."""
    raw = plan.path.read_bytes()
    text = raw.decode(plan.encoding)
    by_row: dict[int, list[Correction]] = {}
    for _, changes in plan.changes:
        for change in changes:
            by_row.setdefault(change.row, []).append(change)
    parts = []
    for row, (record, lines) in enumerate(_records(text, plan.delimiter), start=1):
        changes_here = by_row.get(row, [])
        if any(change.column is None for change in changes_here):
            continue
        parts.append(_changed(record, lines, changes_here, plan.delimiter))
    return "".join(parts).encode(plan.encoding)


def _changed(record: list[str], lines: str, changes: Sequence[Correction], delimiter: str) -> str:
    if not changes:
        return lines
    for change in changes:
        record[(change.column or 1) - 1] = change.becomes
    out = io.StringIO()
    end = lines[len(lines.rstrip("\r\n")) :]
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerow(record)
    return out.getvalue()


def _records(text: str, delimiter: str) -> Iterator[tuple[list[str], str]]:
    """Return each record with the text it stands in."""
    taken: list[str] = []

    def lines() -> Iterator[str]:
        for line in io.StringIO(text, newline=""):
            taken.append(line)
            yield line

    for record in csv.reader(lines(), delimiter=delimiter):
        yield record, "".join(taken)
        taken.clear()


def _book(plan: Corrections, language: Language) -> bytes:
    """Return a workbook with changed cells marked."""
    macros = plan.path.suffix.lower() == ".xlsm"
    with warnings.catch_warnings():  # of what openpyxl does not know and leaves out
        warnings.simplefilter("ignore", UserWarning)
        book = openpyxl.load_workbook(plan.path, keep_vba=macros)
        told = openpyxl.load_workbook(plan.path, data_only=True)
    before = book.properties.modified
    for layer, changes in plan.changes:
        sheet = book[layer] if layer else book.worksheets[0]
        for change in changes:
            _apply(sheet, change, language)
    values = [
        {
            cell.coordinate: told[sheet.title][cell.coordinate].value
            for row in sheet.iter_rows()
            for cell in row
            if cell.data_type == "f"
        }
        for sheet in book.worksheets
    ]
    out = io.BytesIO()
    book.save(out)
    stamp = (before or book.properties.created).strftime("%Y-%m-%dT%H:%M:%SZ")
    return _finished(out, values, stamp)


def _apply(sheet: Any, change: Correction, language: Language) -> None:  # noqa: ANN401  openpyxl's
    reason = plain(finding_words(change.finding, language)[0])
    if change.column is None:
        cells = [c for c in sheet[change.row] if not isinstance(c, MergedCell)]
        was = " | ".join(str(c.value) for c in cells if c.value is not None)
        for cell in cells:
            cell.value = None
            cell.fill = _MARK
        _comment(cells[0], say("check.cell.row", language, was=was, reason=reason))
        return
    cell = sheet.cell(change.row, change.column)
    number = _NUMBER.fullmatch(change.becomes)
    if not change.becomes:
        cell.value = None
    elif number:
        cell.value = float(change.becomes) if number[2] else int(change.becomes)
        if cell.number_format == "@":
            cell.value = change.becomes
    else:
        cell.value = change.becomes
        cell.data_type = "s"  # never a formula
        cell.number_format = "@"
    cell.fill = _MARK
    _comment(cell, say("check.cell.changed", language, was=change.was, reason=reason))


def _comment(cell: Any, text: str) -> None:  # noqa: ANN401  openpyxl's
    earlier = f"{cell.comment.text}\n" if cell.comment else ""
    cell.comment = Comment(earlier + text, "planner", height=120, width=260)


def _finished(out: io.BytesIO, values: Sequence[dict[str, object]], stamp: str) -> bytes:
    """Return the saved workbook with the values its formulas had, and without a clock."""
    done = io.BytesIO()
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(done, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            data = old.read(entry)
            number = re.fullmatch(r"xl/worksheets/sheet(\d+)\.xml", entry.filename)
            if number and values[int(number[1]) - 1]:
                known = values[int(number[1]) - 1]
                data = _FORMULA.sub(partial(_valued, known), data.decode()).encode()
            elif entry.filename == "docProps/core.xml":
                data = _MODIFIED.sub(rf"\g<1>{stamp}\g<2>", data.decode()).encode()
            new.writestr(zipfile.ZipInfo(entry.filename, _FIXED), data, zipfile.ZIP_DEFLATED)
    return done.getvalue()


def _valued(known: dict[str, object], match: re.Match[str]) -> str:
    value = known.get(match[2])
    start = re.sub(r' t="\w+"', "", match[1])
    if value is None:
        return match[0]
    if isinstance(value, bool):
        return f'{start} t="b">{match[3]}<v>{int(value)}</v></c>'
    if isinstance(value, int | float):
        return f"{start}>{match[3]}<v>{value!r}</v></c>"
    kind = "e" if str(value).startswith("#") else "str"
    return f'{start} t="{kind}">{match[3]}<v>{escape(str(value))}</v></c>'
