"""Where every number comes from."""

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One input file as it was read.

    Parameters
    ----------
    role
        What it was read as: ``communities``, ``facilities``, ``streets``, ...
    path
        As the scenario names it (never an absolute path).
    sha256, bytes, rows
        Of the file (all its parts, for a Shapefile).
    crs
        Declared or read coordinate system.
    data_date
        Date the data describe.
    attribution
        Who made it.
    synthetic
        Made up for demonstration.
    notes
        What the reader decided: encoding, layer, columns used, as ``(key, text)``.
    """

    role: str
    path: str
    sha256: str
    bytes: int
    rows: int
    crs: str = ""
    data_date: date | None = None
    attribution: str = ""
    synthetic: bool = False
    notes: tuple[tuple[str, str], ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a row of data stood, so that a later fault can name the place.

    Parameters
    ----------
    file
        As the scenario names it.
    layer
        Sheet or layer.
    row
        Row as a planner counts it, or `None`.
    group
        Where the row's coordinates come from, as its own column says ('' where none does).
    datum
        Datum the scenario states for them, '' where it states none.
    hint
        Header or `group` that sounds like a web map ('' where none does).
    """

    file: str
    layer: str = ""
    row: int | None = None
    group: str = ""
    datum: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage of a run."""

    name: str
    seconds: float
    peak_memory_mb: float
