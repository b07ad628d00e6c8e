"""A fault or remark about the data, told without words.

The words (Chinese and English) stand in `planner.report.words`, keyed by `rule`.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from planner.model.personal import without_personal

_TEXTS = ("layer", "column", "found", "expected", "unit")


class Severity(StrEnum):
    """How bad a finding is; an error stops the run."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault with the place where it stands.

    No text of it ever holds an identity or mobile number (law 9): such a number is hidden, and
    nothing is proposed for its cell.

    Parameters
    ----------
    rule
        Key of the wording, for example ``"households.negative"``.
    severity
        ``error`` stops the run, ``warning`` and ``notice`` reach the map.
    source
        File as the scenario names it.
    layer
        Sheet or layer in that file.
    row
        Row as a planner counts it (header of a table is row 1), or `None`.
    column
        Column header as it stands in the file.
    found
        What stands there.
    expected
        What should stand there: data (a number, a name), never a sentence.
    unit
        Id of the community, facility or street concerned.
    lon, lat
        Place in degrees (CGCS2000 / WGS 84), if there is one.
    values
        Further values the wording names, as ``(key, text)`` pairs.
    proposed
        What the cell would hold in a corrected copy; with `row` and no `column`, '' leaves the
        row out. `None` where only a person can say.
    """

    rule: str
    severity: Severity
    source: str = ""
    layer: str = ""
    row: int | None = None
    column: str = ""
    found: str = ""
    expected: str = ""
    unit: str = ""
    lon: float | None = None
    lat: float | None = None
    values: tuple[tuple[str, str], ...] = field(default=())
    proposed: str | None = None

    def __post_init__(self) -> None:
        for name in _TEXTS:
            text = getattr(self, name)
            if (told := without_personal(text)) != text:
                object.__setattr__(self, name, told)
        told_values = tuple((key, without_personal(text)) for key, text in self.values)
        if told_values != self.values:
            object.__setattr__(self, "values", told_values)
        if self.proposed is not None and without_personal(self.proposed) != self.proposed:
            object.__setattr__(self, "proposed", None)
