"""What is told of rows whose code or name was followed, doubted or contradicted."""

from collections import Counter

from planner.analysis.matching import Doubt, Match, Step, UnitList
from planner.model.codes import CodeFault
from planner.model.demand import Demand
from planner.model.districts import UnitKind
from planner.model.finding import Finding, Severity
from planner.model.said import NOTHING_SAID, Said
from planner.model.sites import Sites
from planner.model.unit_names import committee_kind, looks_alike, stem_of

_MOST = 1000  # rows told one by one for each rule; the rest are counted
_FAULTS = {
    CodeFault.ROUNDED: "codes.rounded",
    CodeFault.LETTERS: "codes.letters",
    CodeFault.LENGTH: "codes.length",
    CodeFault.GAP: "codes.length",
}
_FOLLOWED = {Step.CONCORDANCE: "codes.by_concordance", Step.STEM: "codes.by_stem"}
_DOUBTS = {
    Doubt.RETIRED: "codes.retired",
    Doubt.SPLIT: "codes.split",
    Doubt.NEWER: "codes.newer",
    Doubt.SUSPECTED: "codes.suspected",
    Doubt.UNKNOWN: "codes.not_committee",  # a code nobody knows is an error of its own
}
_NONE = "—"


class Teller:
    """Collects what is told of the rows of one table.

    Parameters
    ----------
    rows
        Facilities, candidates or demand points, as they stand in the file.
    units
        The list in force.
    table
        Name of the table for the wording.
    """

    def __init__(self, rows: Sites | Demand, units: UnitList, table: str) -> None:
        self.rows, self.units, self._table = rows, units, table
        self._told: list[Finding] = []
        self._count: Counter[str] = Counter()

    def findings(self) -> list[Finding]:
        """Return what was told, by row, and how many more there are of each rule."""
        told = sorted(self._told, key=lambda f: (f.source, f.layer, f.row or 0, f.rule))
        source = self.rows.origin[0].file if self.rows.origin else ""
        for rule, count in sorted(self._count.items()):
            if count > _MOST:
                more = (("table", self._table), ("of", rule))
                told.append(
                    Finding(
                        rule="codes.more",
                        severity=Severity.WARNING,
                        source=source,
                        found=str(count - _MOST),
                        values=more,
                    )
                )
        return told

    def said(self, at: int) -> Said:
        """Return what a row says beside its code."""
        return self.rows.said[at] if self.rows.said else NOTHING_SAID

    def matched(self, at: int, match: Match) -> None:
        """Tell of a unit that was found, and of what contradicts it."""
        given, said = self.rows.community[at], self.said(at)
        if match.step in _FOLLOWED:
            rule = _FOLLOWED[match.step]
            name = match.traced.name or said.name
            self._tell(at, rule, Severity.NOTICE, said.code_column, found=given, name=name,
                       expected=self._shown(match.code), proposed=match.code)  # fmt: skip
        elif match.step is Step.NAME:
            proposed = match.code if said.code_column else None
            column = said.code_column or said.name_column
            self._tell(at, "codes.by_name", Severity.NOTICE, column, found=said.name,
                       expected=self._shown(match.code), proposed=proposed)  # fmt: skip
        else:
            self._contradicted(at, match.code)

    def malformed(self, at: int, fault: CodeFault, named: str) -> None:
        """Tell of a text that is no code; `named` is what the name says."""
        code = self.rows.community[at]
        self._tell(at, _FAULTS[fault], Severity.ERROR, self.said(at).code_column, found=code,
                   length=str(len(code)), proposed=named or None)  # fmt: skip

    def doubted(self, at: int, match: Match, place: str) -> None:
        """Tell of a code that is not followed; `place` is where the row stands, '' unknown."""
        severity = Severity.WARNING if place else Severity.ERROR
        day = match.traced.day
        self._tell(at, _DOUBTS[match.doubt or Doubt.UNKNOWN], severity,
                   self.said(at).code_column, found=self.rows.community[at],
                   name=match.traced.name or self.said(at).name or _NONE,
                   near=self._several(match.near), place=self._shown(place),
                   day=day.isoformat() if day else _NONE,
                   expected=self.units.communities.list_date.isoformat())  # fmt: skip

    def unnamed(self, at: int, match: Match, place: str) -> None:
        """Tell of a name without a code that means no unit or several."""
        several = match.doubt is Doubt.AMBIGUOUS
        rule = "codes.name_ambiguous" if several else "codes.name_unknown"
        self._tell(at, rule, Severity.WARNING, self.said(at).name_column,
                   found=self.said(at).name, near=self._several(match.near),
                   place=self._shown(place))  # fmt: skip

    def elsewhere(self, at: int, counties: tuple[str, str]) -> None:
        """Tell of a row that stands in another county than its code says."""
        said, home = (self._county(code) for code in counties)
        column = self.said(at).code_column
        lon, lat = (float(v) for v in self.rows.lonlat[at])
        self._tell(at, "codes.county_differs", Severity.WARNING, column,
                   found=self.rows.community[at] or self.said(at).name, said=said, home=home,
                   lon=lon, lat=lat)  # fmt: skip

    def agrees(self, at: int, match: Match) -> bool:
        """Return whether a row has a code in force and nothing beside it says otherwise."""
        if match.step is not Step.LISTED:
            return False
        i, said = self.units.at[match.code], self.said(at)
        return not (self._names_another(said, i) or self._in_another(said, i))

    def _contradicted(self, at: int, code: str) -> None:
        said, i = self.said(at), self.units.at[code]
        if self._names_another(said, i):
            self._tell(at, "codes.name_differs", Severity.WARNING, said.name_column,
                       found=said.name, expected=self._shown(code))  # fmt: skip
        if self._in_another(said, i):
            home = self._county(self.units.communities.parent[i])
            self._tell(at, "codes.county_said", Severity.WARNING, said.county_column,
                       found=said.county, code=code, expected=home)  # fmt: skip

    def _names_another(self, said: Said, i: int) -> bool:
        """Return whether the name of a row is not one the unit has or had."""
        name, code = self.units.communities.name[i], self.units.communities.code[i]
        if not said.name or said.name == name:
            return False
        kind = committee_kind(said.name)
        if kind is not None and self.units.communities.kind[i] not in {kind, UnitKind.OTHER}:
            return True
        stem, listed = stem_of(said.name), stem_of(name)
        if stem == listed or looks_alike(stem, listed):
            return False
        return stem not in {stem_of(known) for known in self.units.names_of(code)}

    def _in_another(self, said: Said, i: int) -> bool:
        """Return whether the county of a row is not that of the unit."""
        counties = self.units.counties_named(said.county)
        return bool(counties) and self.units.communities.parent[i] not in counties

    def _shown(self, code: str) -> str:
        if not code:
            return _NONE
        return f"{code} {self.units.communities.name[self.units.at[code]]}".strip()

    def _several(self, codes: tuple[str, ...]) -> str:
        return ", ".join(self._shown(code) for code in codes) or _NONE

    def _county(self, code: str) -> str:
        counties = self.units.counties
        at = counties.position().get(code) if counties is not None else None
        return code if counties is None or at is None else f"{code} {counties.name[at]}"

    def _tell(
        self, at: int, rule: str, severity: Severity, column: str, **values: str | float | None
    ) -> None:
        self._count[rule] += 1
        if self._count[rule] > _MOST:
            return
        origin = self.rows.origin[at] if self.rows.origin else None
        lon, lat = values.pop("lon", None), values.pop("lat", None)
        proposed, expected = values.pop("proposed", None), values.pop("expected", "")
        found = values.pop("found")
        values["table"] = self._table
        self._told.append(
            Finding(
                rule=rule,
                severity=severity,
                source=origin.file if origin else "",
                layer=origin.layer if origin else "",
                row=origin.row if origin else None,
                column=column,
                found=str(found),
                expected=str(expected),
                unit=self.rows.id[at],
                lon=None if lon is None else float(lon),
                lat=None if lat is None else float(lat),
                values=tuple((key, str(text)) for key, text in sorted(values.items())),
                proposed=None if proposed is None else str(proposed),
            )
        )
