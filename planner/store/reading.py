"""What a reader hands back: the value, everything that is wrong, and where it came from."""

import difflib
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

from planner.model.finding import Finding, Severity
from planner.model.provenance import Source
from planner.model.scenario import InputFile

T = TypeVar("T")

_SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix")
_PLACE = ("found", "expected", "column", "lon", "lat", "proposed")
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Read(Generic[T]):
    """One input as it was read.

    Parameters
    ----------
    value
        What was read; `None` only if a finding of severity error makes it unusable.
    findings
        Every fault of the file, in the order of its rows.
    source
        The file, with its fingerprint.
    further
        Further files that went into the same value.
    """

    value: T | None
    findings: tuple[Finding, ...]
    source: Source
    further: tuple[Source, ...] = ()

    @property
    def sources(self) -> tuple[Source, ...]:
        """All files that were read."""
        return (self.source, *self.further)


def has_error(findings: tuple[Finding, ...] | list[Finding]) -> bool:
    """Return whether any finding stops the run."""
    return any(f.severity is Severity.ERROR for f in findings)


def about(
    file: InputFile, rule: str, severity: Severity = Severity.ERROR, **values: object
) -> Finding:
    """Return a finding about a whole file.

    Parameters
    ----------
    file
        The input as the scenario names it.
    rule, severity
        As in `Finding`.
    **values
        ``found``, ``expected``, ``column``, ``lon``, ``lat``; ``at`` is left out, anything else
        goes to ``Finding.values``.
    """
    values.pop("at", None)
    place = {key: values.pop(key) for key in _PLACE if key in values}
    return Finding(
        rule=rule,
        severity=severity,
        source=shown_path(file.path),
        layer=file.layer or "",
        values=tuple((key, str(value)) for key, value in sorted(values.items())),
        **cast("dict[str, Any]", place),
    )


def shown_path(path: Path) -> str:
    """Return `path` as it may be shown: as the scenario names it, never absolute."""
    return path.name if path.is_absolute() else path.as_posix()


def locate(file: InputFile, folder: Path) -> tuple[Path, tuple[Finding, ...]]:
    """Find the file a scenario names.

    Parameters
    ----------
    file
        The input as the scenario names it.
    folder
        Folder of the scenario; relative paths start here.

    Returns
    -------
    tuple
        The path to open and the findings (missing, a folder that is no File Geodatabase,
        empty); open it only if there are none.
    """
    path = folder / file.path
    if path.is_dir():
        geodatabase = path.suffix.lower() == ".gdb" and any(path.iterdir())
        return path, () if geodatabase else (about(file, "file.is_folder"),)
    if not path.is_file():
        return path, (about(file, "file.missing", found=_neighbours(path) or "—"),)
    if path.stat().st_size == 0:
        return path, (about(file, "file.empty"),)
    return path, ()


def _neighbours(path: Path) -> str:
    if not path.parent.is_dir():
        return ""
    names = sorted(p.name for p in path.parent.iterdir())
    return ", ".join(difflib.get_close_matches(path.name, names, n=3, cutoff=0.5))


def source_of(
    file: InputFile,
    path: Path,
    role: str,
    *,
    rows: int = 0,
    crs: str = "",
    notes: tuple[tuple[str, str], ...] = (),
) -> Source:
    """Return the provenance of an input file.

    Parameters
    ----------
    file
        The input as the scenario names it.
    path
        The file on disk; a missing one has no fingerprint.
    role
        What it is read as.
    rows
        Number of rows, features or edges read.
    crs
        Coordinate system that was read or declared.
    notes
        What the reader decided.
    """
    digest, size = _fingerprint(path)
    return Source(
        role=role,
        path=shown_path(file.path),
        sha256=digest,
        bytes=size,
        rows=rows,
        crs=crs,
        data_date=file.data_date,
        attribution=file.source,
        synthetic=file.synthetic,
        notes=notes,
    )


def _fingerprint(path: Path) -> tuple[str, int]:
    parts = [path]
    if path.is_dir():
        parts = sorted(p for p in path.rglob("*") if p.is_file())
    elif path.suffix.lower() == ".shp" and path.parent.is_dir():
        parts = sorted(
            p
            for p in path.parent.iterdir()
            if p.stem == path.stem and p.suffix.lower() in _SHAPEFILE_PARTS
        )
    digest, size = hashlib.sha256(), 0
    for part in parts:
        if not part.is_file():
            return "", 0
        with part.open("rb") as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
                size += len(block)
    return digest.hexdigest(), size
