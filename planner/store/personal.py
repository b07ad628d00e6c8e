"""Whether a table is about single people: numbers of theirs in its cells, or a row for each."""

from collections import Counter
from numbers import Real

import numpy as np
from numpy.typing import NDArray

from planner.model.finding import Finding, Severity
from planner.model.personal import personal_kind
from planner.store.cells import as_text
from planner.store.columns import Matched
from planner.store.tables import Table

_RULES = {
    "identity": ("personal.identity", "personal.identity_dropped"),
    "mobile": ("personal.mobile", "personal.mobile_dropped"),
}
_SHORTEST = 11  # digits of a mobile number
_LEAST_ROWS = 20
_MOST_ROWS = 0.8
_ONE = 1.0


def audit_cells(table: Table, matched: Matched, severity: Severity) -> tuple[Finding, ...]:
    """Find identity and mobile numbers under headers that do not say so (law 9).

    Parameters
    ----------
    table
        The rows.
    matched
        The columns in use; columns with a personal header are told already.
    severity
        Of a column that is not used; one in use is always an error.

    Returns
    -------
    tuple of Finding
        One for each column, with its first such row and never the number itself.
    """
    findings = []
    for j, header in enumerate(table.headers):
        if header in matched.personal:
            continue
        rows = _personal_rows(table.columns[j])
        if not rows:
            continue
        first, kind = rows[0]
        worst = Severity.ERROR if j in matched.at.values() else severity
        refused, dropped = _RULES[kind]
        findings.append(
            table.fault(
                refused if worst is Severity.ERROR else dropped,
                worst,
                at=first,
                column=header or f"#{j + 1}",
                found=str(len(rows)),
            )
        )
    return tuple(findings)


def _personal_rows(cells: NDArray[np.object_]) -> list[tuple[int, str]]:
    """Return position and kind of every cell with a number of a person in it."""
    texts = [_long_text(cell) for cell in cells]
    kinds = {text: kind for text in set(texts) if text and (kind := personal_kind(text))}
    if not kinds:
        return []
    return [(i, kinds[text]) for i, text in enumerate(texts) if text in kinds]


def _long_text(cell: object) -> str:
    """Return a cell as text where it is long enough to hold a number of a person, else ''."""
    if isinstance(cell, str):
        return cell if len(cell) >= _SHORTEST else ""
    if isinstance(cell, Real) and abs(float(cell)) >= 10.0 ** (_SHORTEST - 1):
        return as_text(cell)
    return ""


def audit_register(
    table: Table, counts: tuple[NDArray[np.float64], ...], lonlat: NDArray[np.float64]
) -> tuple[Finding, ...]:
    """Warn where most rows count one person or one household: a register, not counts.

    Parameters
    ----------
    table
        The rows.
    counts
        People and households of each row, each of shape (n,).
    lonlat
        Degrees, NaN where unknown, shape (n, 2).
    """
    if len(table) < _LEAST_ROWS:
        return ()
    places = Counter(map(tuple, lonlat[np.isfinite(lonlat).all(axis=1)].tolist()))
    together = str(sum(count for count in places.values() if count > 1))
    rules = ("personal.row_per_person", "personal.row_per_household")
    for rule, numbers in zip(rules, counts, strict=True):
        single = int((numbers == _ONE).sum())
        if single >= _MOST_ROWS * len(table):
            found, total = str(single), str(len(table))
            warning = Severity.WARNING
            return (table.fault(rule, warning, found=found, total=total, together=together),)
    return ()
