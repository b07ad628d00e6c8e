"""Findings as a plain text table; every character of the frame exists in GBK."""

import unicodedata
from collections.abc import Sequence

from planner.model.finding import Finding, Severity
from planner.model.scenario import Language
from planner.report.plain import finding_words, plain
from planner.report.words import say

_WIDEST = 44
_ORDER = (Severity.ERROR, Severity.WARNING, Severity.NOTICE)


def findings_table(findings: Sequence[Finding], language: Language) -> str:
    """Return the findings as a text table, the worst first; '' where there are none.

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
    head = tuple(say(f"table.findings.{key}", language) for key in ("severity", "place", "text"))
    rows = []
    for finding in sorted(findings, key=lambda f: _ORDER.index(f.severity)):
        what, to_do = finding_words(finding, language)
        severity = say(f"table.severity.{finding.severity.value}", language)
        rows.append((severity, _shorten(place_of(finding, language)), what))
        if to_do:
            rows.append(("", "", f"-> {to_do}"))
    widths = [max(_width(row[j]) for row in (head, *rows)) for j in range(2)]
    rule = "-" * widths[0] + "  " + "-" * widths[1] + "  " + "-" * _WIDEST
    lines = [_line(head, widths), rule, *(_line(row, widths) for row in rows)]
    return "\n".join(lines)


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


def _shorten(text: str) -> str:
    if _width(text) <= _WIDEST:
        return text
    kept = ""
    for character in text:
        if _width(kept + character) > _WIDEST - 3:
            break
        kept += character
    return kept + "..."


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    padded = [c + " " * (w - _width(c)) for c, w in zip(cells, widths, strict=False)]
    return "  ".join([*padded, cells[-1]]).rstrip()
