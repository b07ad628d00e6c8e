"""``NAME_findings.xlsx``: everything that is wrong with the inputs, to be worked off in Excel."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from planner.model.checked import Checked, CheckedFile, Corrections
from planner.model.finding import Finding, Severity
from planner.model.scenario import Language
from planner.report.books import FONT, LONGEST, column_width, open_book
from planner.report.plain import finding_words, plain
from planner.report.words import say
from planner.report.writing import replace_file

ORDER = (Severity.ERROR, Severity.WARNING, Severity.NOTICE)
_COLOURS = {Severity.ERROR: "#F8D7DA", Severity.WARNING: "#FFF3CD", Severity.NOTICE: "#E2ECF5"}
_MOST = 1_000_000  # rows Excel can hold, header and room to spare
_COLUMNS = ("severity", "source", "layer", "row", "column", "found", "expected", "what", "to_do",
            "proposed", "what_other", "to_do_other", "rule")  # fmt: skip
_CHANGES = ("source", "layer", "row", "column", "was", "becomes", "what", "rule")
_FILES = ("source", "layer", "role", "rows", "data_date", *(s.value for s in ORDER))

Cells = Sequence[str | int | None]


def write_findings(
    checked: Sequence[Checked],
    path: Path,
    *,
    language: Language,
    copies: Mapping[Path, Path] | None = None,
) -> None:
    """Write the findings of a check, two or three sheets: about, findings, changes.

    Parameters
    ----------
    checked
        What was checked.
    path
        File to write; an earlier one is replaced.
    language
        Of the words; what is wrong and what to do stand in the other one too.
    copies
        The corrected copy of each file that has one.

    Raises
    ------
    OutputError
        If the file cannot be written; what was there stays.
    """
    replace_file(path, lambda fresh: _fill(fresh, checked, copies or {}, language))


def role_words(role: str, language: Language) -> str:
    """Return what a file was read as, in words."""
    if not role:
        return say("check.role.unknown", language)
    try:
        return say(f"check.role.{role}", language)
    except KeyError:
        return role


def worst_first(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings by severity, else in the order of the files."""
    return sorted(findings, key=lambda finding: ORDER.index(finding.severity))


def _fill(
    path: Path, checked: Sequence[Checked], copies: Mapping[Path, Path], language: Language
) -> None:
    findings = worst_first([f for one in checked for f in one.findings])
    subjects = ", ".join(dict.fromkeys(plain(one.subject.name) for one in checked))
    title = say("check.book.title", language, subject=subjects)
    with open_book(path, title) as book:
        formats = _formats(book)
        made = [(plan, copies[plan.path]) for one in checked for plan in one.corrections
                if plan.path in copies]  # fmt: skip
        _write_about(book, formats, (title, checked, findings, bool(made)), language)
        rows = [_row(finding, language) for finding in findings[:_MOST]]
        colours = [finding.severity.value for finding in findings[:_MOST]]
        _write_sheet(book, formats, ("findings", _COLUMNS, rows, colours), language)
        if made:
            changes = [row for plan, copy in made for row in _changed(plan, copy, language)]
            _write_sheet(book, formats, ("changes", _CHANGES, changes, []), language)


def _formats(book: Any) -> dict[str, Any]:  # noqa: ANN401  (xlsxwriter has no types)
    wrapped = {**FONT, "text_wrap": True, "valign": "top"}
    formats = {
        "text": book.add_format({**wrapped, "num_format": "@"}),
        "count": book.add_format({**wrapped, "num_format": "0"}),
        "head": book.add_format(
            {**FONT, "bold": True, "bg_color": "#DCE9F2", "text_wrap": True, "valign": "vcenter"}
        ),
        "title": book.add_format({**FONT, "bold": True, "font_size": 16}),
        "plain": book.add_format(FONT),
    }
    for severity, colour in _COLOURS.items():
        formats[severity.value] = book.add_format({**wrapped, "bg_color": colour, "bold": True})
    return formats


def _row(finding: Finding, language: Language) -> Cells:
    other: Language = "en" if language == "zh" else "zh"
    if finding.proposed is None:
        proposed = ""
    elif finding.column:
        proposed = plain(finding.proposed) or say("check.proposed.empty", language)
    else:
        proposed = say("check.proposed.row", language)
    return (
        say(f"table.severity.{finding.severity.value}", language),
        plain(finding.source),
        plain(finding.layer),
        finding.row,
        plain(finding.column),
        plain(finding.found),
        plain(finding.expected),
        *finding_words(finding, language),
        proposed,
        *finding_words(finding, other),
        finding.rule,
    )


def _changed(plan: Corrections, copy: Path, language: Language) -> list[Cells]:
    return [
        (
            plain(copy.name),
            plain(layer),
            change.row,
            plain(change.header),
            plain(change.was),
            plain(change.becomes) if change.column else say("check.proposed.row", language),
            finding_words(change.finding, language)[0],
            change.finding.rule,
        )
        for layer, changes in plan.changes
        for change in changes
    ]


def _write_sheet(
    book: Any,  # noqa: ANN401  (xlsxwriter has no types)
    formats: dict[str, Any],
    content: tuple[str, Sequence[str], Sequence[Cells], Sequence[str]],
    language: Language,
) -> None:
    name, columns, rows, colours = content
    sheet = book.add_worksheet(say(f"check.sheet.{name}", language))
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.set_paper(8)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    _write_rows(sheet, formats, (0, columns, rows, colours), language)
    sheet.autofilter(0, 0, max(1, len(rows)), len(columns) - 1)


def _write_rows(
    sheet: Any,  # noqa: ANN401  (xlsxwriter has no types)
    formats: dict[str, Any],
    content: tuple[int, Sequence[str], Sequence[Cells], Sequence[str]],
    language: Language,
) -> None:
    """Write a header and rows below it; the first cell of a row bears its colour."""
    top, columns, rows, colours = content
    sheet.set_row(top, 24)
    for j, key in enumerate(columns):
        head = say(f"check.column.{key}", language)
        sheet.write_string(top, j, head, formats["head"])
        if not top:
            cells = [row[j] for row in rows[:500]]
            sheet.set_column(j, j, column_width(head, cells, widest=46))
        for i, row in enumerate(rows):
            cell = row[j]
            look = formats[colours[i]] if colours and not j else formats["text"]
            if isinstance(cell, int):
                sheet.write_number(top + 1 + i, j, cell, formats["count"])
            elif cell:
                sheet.write_string(top + 1 + i, j, cell[:LONGEST], look)


def _write_about(
    book: Any,  # noqa: ANN401  (xlsxwriter has no types)
    formats: dict[str, Any],
    content: tuple[str, Sequence[Checked], Sequence[Finding], bool],
    language: Language,
) -> None:
    title, checked, findings, made = content
    sheet = book.add_worksheet(say("check.sheet.about", language))
    for j, width in enumerate((40, 22, 24, 10, 14, 10, 10, 10)):
        sheet.set_column(j, j, width)
    sheet.write_string(0, 0, title[:LONGEST], formats["title"])
    counts = Counter(finding.severity for finding in findings)
    line = say("check.counts", language, **{s.value: counts[s] for s in ORDER})
    sheet.write_string(1, 0, line, formats["plain"])
    rows = _file_rows(checked, findings, language)
    _write_rows(sheet, formats, (3, _FILES, rows, []), language)
    at = 5 + len(rows)
    told = [say(f"check.about.{severity.value}", language) for severity in ORDER]
    proposals = sum(len(plan) for one in checked for plan in one.corrections)
    if made:
        told.append(say("check.about.made", language, count=proposals))
    elif proposals:
        told.append(say("check.about.offer", language, count=proposals))
    told.append(say("check.about.own", language))
    if len(findings) > _MOST:
        told.append(say("check.about.cut", language, count=len(findings), shown=_MOST))
    for i, text in enumerate(told):
        sheet.write_string(at + i, 0, text, formats["plain"])


def _file_rows(
    checked: Sequence[Checked], findings: Sequence[Finding], language: Language
) -> list[Cells]:
    """Return one row per file with the findings of each severity, and one for what is left."""
    counts = Counter((f.source, f.severity) for f in findings)
    files: dict[str, list[CheckedFile]] = {}
    for one in checked:
        for file in one.files:
            files.setdefault(file.source, []).append(file)
    rows: list[Cells] = []
    for source in dict.fromkeys([*files, *(f.source for f in findings)]):
        parts = files.get(source, [])
        known = [part.rows for part in parts if part.rows is not None]
        roles = dict.fromkeys(role_words(part.role, language) for part in parts)
        dates = {part.data_date.isoformat() for part in parts if part.data_date}
        name = plain(source) or say("check.whole", language)
        rows.append(
            (
                name,
                plain("、".join(dict.fromkeys(p.layer for p in parts if p.layer))),
                "、".join(roles) or say("check.role.scenario", language),
                sum(known) if known else None,
                "、".join(sorted(dates)),
                *(counts[source, severity] for severity in ORDER),
            )
        )
    return rows
