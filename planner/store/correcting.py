"""What a corrected copy would hold: the cells findings propose a text for, and nothing else."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from planner.model.checked import Correction, Corrections
from planner.model.finding import Finding
from planner.model.scenario import InputFile
from planner.store.cells import as_code, as_text
from planner.store.columns import normal, tables_of_schema
from planner.store.tables import Table, read_table

TEXTS, BOOKS = (".csv", ".txt", ".tsv"), (".xlsx", ".xlsm")
_DELIMITERS = ",\t;"


def plan_corrections(
    file: InputFile, folder: Path, findings: Sequence[Finding], roles: Mapping[str, str]
) -> Corrections | None:
    """Find the cells that the findings of a table would change.

    Parameters
    ----------
    file, folder
        The table, its sheet named in ``file.layer`` where it has several.
    findings
        Of this file; those without a row or a proposed text are passed over.
    roles
        Sheet -> what it was read as; '' for the only one.

    Returns
    -------
    Corrections or None
        `None` where nothing can be corrected: no proposal, or a format that is not copied. A
        proposal whose cell does not hold what the finding says is left out; of two for one cell
        the first counts.
    """
    path = folder / file.path
    wanted = [f for f in findings if f.proposed is not None and f.row is not None]
    if not wanted or path.suffix.lower() not in (*TEXTS, *BOOKS):
        return None
    sheets: dict[str, list[Correction]] = {}
    notes: dict[str, str] = {}
    for layer in dict.fromkeys(f.layer for f in wanted):
        named = file.model_copy(update={"layer": layer}) if layer else file
        role = roles.get(layer) or roles.get("", "")
        table, _ = read_table(named, folder, role if role in tables_of_schema() else "")
        if table is None:
            continue
        notes |= dict(table.notes)
        changes = _changes(table, [f for f in wanted if f.layer == layer])
        if changes:
            sheets[layer] = changes
    if not sheets:
        return None
    text = path.suffix.lower() in TEXTS
    encoding = notes.get("encoding", "utf-8") if text else ""
    return Corrections(
        source=wanted[0].source,
        path=path,
        changes=tuple((layer, tuple(changes)) for layer, changes in sheets.items()),
        encoding=encoding,
        delimiter=notes.get("delimiter") or _delimiter(path, encoding) if text else "",
    )


def _changes(table: Table, wanted: Sequence[Finding]) -> list[Correction]:
    at_row = {int(row): i for i, row in enumerate(table.rows)}
    found: dict[tuple[int, int], Correction] = {}
    for finding in wanted:
        row, becomes = finding.row or 0, finding.proposed or ""
        if not finding.column:
            if becomes == "":
                found.setdefault((row, 0), Correction(finding=finding, row=row, column=None))
            continue
        places = [j for j, header in enumerate(table.headers) if header == finding.column]
        if len(places) != 1 or row not in at_row:
            continue
        was = table.columns[places[0]][at_row[row]]
        if not _holds(was, finding.found) or as_text(was) == becomes:
            continue
        change = Correction(
            finding=finding,
            row=row,
            column=places[0] + 1,
            header=finding.column,
            was=as_text(was),
            becomes=becomes,
        )
        found.setdefault((row, places[0] + 1), change)
    gone = {row for row, column in found if column == 0}
    return [
        change for (row, column), change in sorted(found.items()) if column == 0 or row not in gone
    ]


def _holds(cell: object, found: str) -> bool:
    """Return whether a cell is the one a finding speaks of."""
    if not found or isinstance(cell, float | np.floating):
        return True
    texts = {normal(as_text(cell)), normal(as_code(cell)), normal(str(cell))}
    return normal(found) in texts


def _delimiter(path: Path, encoding: str) -> str:
    first = path.read_bytes().decode(encoding).split("\n", 1)[0]
    return max(_DELIMITERS, key=first.count)
