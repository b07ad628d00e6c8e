"""Findings as a plain text table; every character of the frame exists in GBK."""

import unicodedata
from collections.abc import Sequence

from planner.model.finding import Finding
from planner.model.scenario import Language
from planner.report.findings_book import worst_first
from planner.report.plain import finding_words, plain
from planner.report.words import say

_WIDEST = 60
_CELL = 24  # of what was found and what was expected
_MANY = 20  # of one rule in one column, above which they are told together
_RANGES = 12


def findings_table(findings: Sequence[Finding], language: Language) -> str:
    """Return the findings as a text table, the worst first; '' where there are none.

    More than twenty of one rule in one column are told once, with their number and rows.

    Parameters
    ----------
    findings
        What was found.
    language
        Of the words.

    Returns
    -------
    str
        Lines without a trailing newline. East Asian characters count two columns.
    """
    if not findings:
        return ""
    rows: list[tuple[str, ...]] = []
    for alike in _grouped(worst_first(findings)):
        rows += _told(alike, language)
    used = [0, 1, *(j for j in (2, 3) if any(row[j] for row in rows)), 4]
    keys = ("severity", "place", "found", "expected", "text")
    head = tuple(say(f"table.findings.{key}", language) for key in keys)
    shown = [tuple(row[j] for j in used) for row in (head, *rows)]
    widths = [max(_width(row[j]) for row in shown) for j in range(len(used) - 1)]
    rule = "  ".join("-" * width for width in (*widths, _WIDEST))
    lines = [_line(shown[0], widths), rule, *(_line(row, widths) for row in shown[1:])]
    return "\n".join(lines)


def _grouped(findings: Sequence[Finding]) -> list[list[Finding]]:
    """Return findings alone, or together where there are many of one kind in one column."""
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for f in findings:
        groups.setdefault((f.severity, f.source, f.layer, f.column, f.rule), []).append(f)
    told: list[list[Finding]] = []
    for f in findings:
        alike = groups[f.severity, f.source, f.layer, f.column, f.rule]
        if len(alike) <= _MANY:
            told.append([f])
        elif alike[0] is f:
            told.append(alike)
    return told


def _told(alike: Sequence[Finding], language: Language) -> list[tuple[str, ...]]:
    first = alike[0]
    what, to_do = finding_words(first, language)
    severity = say(f"table.severity.{first.severity.value}", language)
    found, expected = (_shorten(plain(text), _CELL) for text in (first.found, first.expected))
    rows: list[tuple[str, ...]] = [
        (severity, _shorten(place_of(first, language), _WIDEST), found, expected, what)
    ]
    if len(alike) > 1:
        numbers = row_ranges([f.row for f in alike if f.row is not None])
        more = say("check.terminal.more", language, count=len(alike), rows=numbers or "-")
        rows.append(("", "", "", "", f"-> {more}"))
    if to_do:
        rows.append(("", "", "", "", f"-> {to_do}"))
    if first.proposed is not None:
        empty = "check.proposed.empty" if first.column else "check.proposed.row"
        proposed = plain(first.proposed) or say(empty, language)
        told = say("check.terminal.proposed", language, proposed=proposed)
        rows.append(("", "", "", "", f"-> {told}"))
    return rows


def row_ranges(rows: Sequence[int]) -> str:
    """Return rows as short text: ``2-9, 14, ...``."""
    ranges: list[tuple[int, int]] = []
    for row in sorted(set(rows)):
        if ranges and row == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], row)
        else:
            ranges.append((row, row))
    shown = [str(a) if a == b else f"{a}-{b}" for a, b in ranges[:_RANGES]]
    return ", ".join([*shown, *(["..."] if len(ranges) > _RANGES else [])])


def place_of(finding: Finding, language: Language) -> str:
    """Return where a finding stands: file, sheet, row, column, as far as known."""
    parts = [plain(finding.source), plain(finding.layer)]
    if finding.row is not None:
        parts.append(say("table.findings.row_of", language, row=finding.row))
    if finding.column:
        parts.append(say("table.findings.column_of", language, column=plain(finding.column)))
    if finding.unit and not any(parts):
        parts.append(plain(finding.unit))
    return " > ".join(part for part in parts if part)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)


def _shorten(text: str, widest: int) -> str:
    if _width(text) <= widest:
        return text
    kept = ""
    for character in text:
        if _width(kept + character) > widest - 3:
            break
        kept += character
    return kept + "..."


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    padded = [c + " " * (w - _width(c)) for c, w in zip(cells, widths, strict=False)]
    return "  ".join([*padded, cells[-1]]).rstrip()
