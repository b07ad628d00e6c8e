"""What a check hands back: the files, what is wrong with them, what a copy could mend."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from planner.model.finding import Finding, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedFile:
    """One file that was checked.

    Parameters
    ----------
    source
        The file as findings name it.
    path
        Where it lies.
    role
        What it was read as, a table of ``columns.toml`` or another kind of input; '' if unknown.
    layer
        Sheet or layer, '' if the format has only one.
    rows
        Rows, features or edges read; `None` where nothing could be read.
    data_date
        Date the data describe, as far as a scenario says.
    """

    source: str
    path: Path
    role: str = ""
    layer: str = ""
    rows: int | None = None
    data_date: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One change a corrected copy would hold.

    Parameters
    ----------
    finding
        What proposes it.
    row
        Row of the file, from 1.
    column
        Column of the file, from 1; `None` leaves the row out.
    header
        Header of that column, '' for a row.
    was, becomes
        Text of the cell before and after.
    """

    finding: Finding
    row: int
    column: int | None
    header: str = ""
    was: str = ""
    becomes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrections:
    """All changes one file could get.

    Parameters
    ----------
    source, path
        As in `CheckedFile`.
    changes
        By sheet ('' for a file without sheets), each in the order of rows and columns.
    encoding, delimiter
        Of a text file, '' for a workbook.
    """

    source: str
    path: Path
    changes: tuple[tuple[str, tuple[Correction, ...]], ...]
    encoding: str = ""
    delimiter: str = ""

    def __len__(self) -> int:
        return sum(len(changes) for _, changes in self.changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The result of a check.

    Parameters
    ----------
    subject
        The scenario, file or folder that was asked about.
    files
        All files in it.
    findings
        Everything that is wrong, in the order of the files.
    corrections
        What corrected copies would hold, one per file that can be corrected.
    """

    subject: Path
    files: tuple[CheckedFile, ...]
    findings: tuple[Finding, ...]
    corrections: tuple[Corrections, ...] = ()

    def count(self, severity: Severity) -> int:
        """Return the number of findings of one severity."""
        return sum(finding.severity is severity for finding in self.findings)


def has_errors(checked: Sequence[Checked]) -> bool:
    """Return whether anything is worse than a warning."""
    return any(one.count(Severity.ERROR) for one in checked)
