"""Rows that are no records: sums, which are checked, and notes below the table."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from planner.model.finding import Finding, Severity
from planner.store.amounts import read_amount, shown
from planner.store.cells import as_text, is_blank, plain_numbers
from planner.store.columns import fields_of, units_of
from planner.store.tables import Table

_HINT = re.compile(
    r"计|总\s*和|[Tt][Oo][Tt][Aa][Ll]|注|说明|填|制表|审|负责|来源|单位|[Nn]ote|[Ss]ource"
)
_ALL = re.compile(
    r"(?:.{0,20}?)(?:合计|总计|共计|总和)(?:\(.*\))?:?|.{0,12}合计数|(?:grand)?totals?:?"
)
_PART = re.compile(r"(?:.{0,20}?)小计(?:\(.*\))?:?|sub-?totals?:?|.{1,30}[ :]total")
_NOTE = re.compile(
    r"(?P<label>注|备注|附注|说明|填表说明|填表人|填报人|填报单位|填报日期|填报时间|填表日期|制表人?|制表单位"
    r"|制表日期|审核人?|审批人|负责人|单位负责人|统计负责人|数据来源|资料来源|来源|单位|notes?|sources?|remarks?)"
    r"\d{0,2}[:.、].*|(?P<bare>注|备注|说明)\d{0,2}",
    re.IGNORECASE | re.DOTALL,
)
_RUN = 4096
_FEW = 4  # cells a note may take
_CLOSE = 1e-6


class _Sum(NamedTuple):
    at: int
    label: str
    whole: bool


def leave_out(
    table: Table, at: Mapping[str, int], schema: str
) -> tuple[Table, tuple[Finding, ...]]:
    """Leave out sums and notes, and compare each sum with the rows it stands for.

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
        The table without those rows, and a finding for each of them.
    """
    sums, notes = _found(table, at)
    if not sums and not notes:
        return table, ()
    left_out = np.zeros(len(table), np.bool_)
    left_out[[s.at for s in sums] + list(notes)] = True
    findings = [
        table.fault("sheet.total_row", Severity.NOTICE, at=s.at, found=s.label, proposed="")
        for s in sums
    ]
    findings += _compared(table, at, schema, (sums, left_out))
    findings += [
        table.fault("sheet.note_row", Severity.NOTICE, at=i, found=label, proposed="")
        for i, label in notes.items()
    ]
    return table.without(left_out), tuple(findings)


def _found(table: Table, at: Mapping[str, int]) -> tuple[list[_Sum], dict[int, str]]:
    looked_at = sorted({0, 1, 2} & set(range(len(table.columns))) | _naming(at))
    rows: set[int] = set()
    for position in looked_at:
        column = table.columns[position]
        if column.dtype == object:
            rows.update(_hinted(column))
    sums, notes = [], {}
    for i in sorted(rows):
        filled = [j for j, column in enumerate(table.columns) if not is_blank(column[i])]
        first = next((j for j in filled if isinstance(table.columns[j][i], str)), None)
        cells = [j for j in filled if j in _naming(at) or j == first]
        texts = [_plain(table.columns[j][i]) for j in cells]
        label = next((t for t in texts if _ALL.fullmatch(t) or _PART.fullmatch(t)), None)
        if label is not None:
            sums.append(_Sum(i, label, _PART.fullmatch(label) is None))
        elif first == filled[0] and len(filled) <= _FEW:
            note = _NOTE.fullmatch(_plain(table.columns[first][i]))
            if note:  # names of people may stand behind the label: they are not repeated
                notes[i] = note["label"] or note["bare"]
    return sums, notes


def _hinted(column: NDArray[Any]) -> Iterator[int]:
    """Pass on where a cell may name a sum or a note; whole runs are looked through at once."""
    for begin in range(0, len(column), _RUN):
        run = column[begin : begin + _RUN].tolist()
        texts = [v if type(v) is str else "" for v in run]
        if _HINT.search("\n".join(texts)):
            yield from (i for i, text in enumerate(texts, start=begin) if _HINT.search(text))


def _naming(at: Mapping[str, int]) -> set[int]:
    return {at[f] for f in ("id", "code", "name", "community", "parent") if f in at}


def _plain(value: object) -> str:
    text = unicodedata.normalize("NFKC", as_text(value)).strip().casefold()
    return re.sub(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])", "", text)


def _compared(
    table: Table,
    at: Mapping[str, int],
    schema: str,
    rows: tuple[list[_Sum], NDArray[np.bool_]],
) -> list[Finding]:
    """Return where a stated sum is not the sum of its rows."""
    sums, left_out = rows
    findings = []
    for entry in fields_of(schema):
        if entry.type != "number" or entry.name not in at or entry.unit == "degrees":
            continue
        cells, units = table.columns[at[entry.name]], units_of(entry)
        numbers, readable = _amounts(cells, units)
        if not readable[~left_out].all():
            continue
        counted = np.where(left_out, 0.0, np.nan_to_num(numbers))
        below = np.concatenate([[0.0], np.cumsum(counted)])
        bounds = [-1, *(s.at for s in sums), len(table)]
        for k, total in enumerate(sums, start=1):
            stated = numbers[total.at]
            before = below[total.at] - below[bounds[k - 1] + 1]
            after = below[bounds[k + 1]] - below[total.at + 1]
            fitting = (below[-1], before, after) if total.whole else (before, after)
            if np.isnan(stated) or any(_same(stated, other) for other in fitting):
                continue
            expected = below[-1] if total.whole else before or after
            findings.append(
                table.fault(
                    "sheet.total_differs",
                    Severity.WARNING,
                    at=total.at,
                    column=table.headers[at[entry.name]],
                    found=as_text(cells[total.at]),
                    expected=shown(float(expected)),
                    label=total.label,
                )
            )
    return findings


def _same(stated: float, added: float) -> bool:
    return bool(abs(stated - added) <= max(_CLOSE * abs(added), _CLOSE))


def _amounts(
    cells: NDArray[Any], units: tuple[str, ...]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    numbers, odd = plain_numbers(cells)
    readable = np.ones(len(cells), np.bool_)
    for i in odd:
        amount = read_amount(cells[i], units)
        numbers[i], readable[i] = amount.value, amount.severity is not Severity.ERROR
    return numbers, readable
