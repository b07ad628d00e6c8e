"""Codes, kinds and parents of a list of units, and what is wrong with them."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import Literal

from planner.model.codes import CodeFault, UnitCode, find_code_fault, is_committee
from planner.model.districts import Districts, UnitKind
from planner.model.finding import Finding, Severity
from planner.model.unit_names import committee_kind, looks_alike, stem_of
from planner.standards.concordance import read_concordance
from planner.store.columns import kinds_of, normal
from planner.store.records import Records
from planner.store.tables import repeated

Level = Literal["community", "county"]
Told = tuple[Finding, ...]

_SLIP = "居民委会"
_ALWAYS = {
    CodeFault.EMPTY: "boundaries.no_code",
    CodeFault.ROUNDED: "",  # told when the records were read
}


def codes_of(records: Records, level: Level) -> tuple[tuple[str, ...], Told]:
    """Return the codes of the units as they stand, counties with six digits, and their faults."""
    codes = records.codes("code")
    table, header = records.table, records.header("code")
    if level == "county":  # 210502000000 is 210502
        codes = tuple(_county(c) if len(c) == 12 else c for c in codes)
    wanted = 12 if level == "community" else 6
    whole = 2 * sum(find_code_fault(c) is None and len(c) == wanted for c in codes) > len(codes)
    findings = []
    for i, code in enumerate(codes):
        rule = _fault(code, level, whole=whole)
        if rule:
            length = str(len(code))
            findings.append(table.fault(rule, at=i, column=header, found=code, length=length))
    for i, j in repeated(codes):
        fault = table.fault(
            "boundaries.duplicate_code",
            at=i,
            column=header,
            found=codes[i],
            unit=codes[i],
            other=str(int(table.rows[j])),
        )
        findings.append(fault)
    return codes, tuple(findings)


def _county(code: str) -> str:
    """Return six digits of the twelve of a county, anything else as it stands."""
    return code[:6] if code.endswith("000000") and find_code_fault(code) is None else code


def _fault(code: str, level: Level, *, whole: bool) -> str:
    """Return the rule a code breaks, '' for none; lengths count where most codes are national."""
    fault = find_code_fault(code)
    if fault in _ALWAYS:
        return _ALWAYS[fault]
    if level == "county":
        return "boundaries.not_county" if whole and (fault or len(code) != 6) else ""
    if whole and fault is CodeFault.LETTERS:
        return "boundaries.code_letters"
    if whole and len(code) != 12:
        return "boundaries.code_length"
    if fault is CodeFault.GAP:
        return "boundaries.code_gap"
    township = fault is None and len(code) == 12 and not is_committee(code)
    return "boundaries.not_committee" if township else ""


def unit_kinds_of(
    records: Records, codes: tuple[str, ...], level: Level
) -> tuple[list[UnitKind], Told]:
    """Return the kind of each unit, by its code where that tells it."""
    if level == "county":
        return [UnitKind.COUNTY] * len(codes), ()
    table, header = records.table, records.header("kind")
    said = records.texts("kind")
    words = kinds_of("unit_kind")
    kinds, findings, assumed = [], [], 0
    for i, code in enumerate(codes):
        by_code = UnitCode.from_text(code).kind if is_committee(code) else None
        word = words.get(normal(said[i]))
        if said[i] and word is None:
            fault = table.fault("boundaries.unknown_kind", at=i, column=header, found=said[i])
            findings.append(fault)
        elif by_code is not None and word is not None and word != by_code:
            fault = table.fault(
                "boundaries.kind_differs",
                Severity.WARNING,
                at=i,
                column=header,
                found=said[i],
                expected=by_code.value,
                unit=code,
            )
            findings.append(fault)
        assumed += by_code is None and word is None
        kinds.append(by_code or UnitKind(word or UnitKind.URBAN))
    if assumed:
        count = str(assumed)
        findings.append(table.fault("boundaries.kind_assumed", Severity.NOTICE, found=count))
    return kinds, tuple(findings)


def parents_of(
    records: Records, codes: tuple[str, ...], level: Level
) -> tuple[tuple[str, ...], Told]:
    """Return the county of each unit; of a national code its first six digits."""
    said = records.codes("parent")
    header = records.header("parent")
    parents, findings, without = [], [], 0
    for i, (code, parent) in enumerate(zip(codes, said, strict=True)):
        if level == "county" or not is_committee(code):
            parents.append(parent)
            without += not parent and level == "community"
            continue
        parents.append(code[:6])
        if parent and not _above(parent, code):
            fault = records.table.fault(
                "boundaries.parent_differs",
                Severity.WARNING,
                at=i,
                column=header,
                found=parent,
                expected=code[:6],
                unit=code,
                proposed=code[:6],
            )
            findings.append(fault)
    if without:
        fault = records.table.fault("boundaries.no_parent", Severity.NOTICE, found=str(without))
        findings.append(fault)
    return tuple(parents), tuple(findings)


def _above(parent: str, code: str) -> bool:
    """Return whether `parent` is the county or township a committee code begins with."""
    return find_code_fault(parent) is None and code.startswith(str(UnitCode.from_text(parent)))


def audit_parents(records: Records, parents: Sequence[str], above: Districts | None) -> Told:
    """Return the counties that no layer of counties has, each once, with its first row."""
    if above is None:
        return ()
    header = records.header("parent") or records.header("code")
    known = set(above.code)
    missing = Counter(parent for parent in parents if parent and parent not in known)
    return tuple(
        records.table.fault(
            "codes.parent_unlisted",
            Severity.WARNING,
            at=list(parents).index(parent),
            column=header,
            found=parent,
            expected=", ".join(above.code),
            count=str(count),
        )
        for parent, count in missing.items()
    )


def audit_names(records: Records, codes: tuple[str, ...], list_date: date) -> Told:
    """Return names that contradict their code or the statistics list of that date.

    A name that stands twice in one township is told too, for it may be an old and a new code.
    """
    table, header = records.table, records.header("name")
    findings = []
    known = read_concordance()
    first: dict[tuple[str, UnitKind, str], int] = {}
    for i, (code, name) in enumerate(zip(codes, records.texts("name"), strict=True)):
        if not is_committee(code) or not name:
            continue
        kind, said = UnitCode.from_text(code).kind, committee_kind(name)
        if said is not None and kind is not UnitKind.OTHER and said is not kind:
            fault = table.fault(
                "boundaries.name_kind",
                Severity.WARNING,
                at=i,
                column=header,
                found=name,
                expected=kind.value,
                unit=code,
            )
            findings.append(fault)
        rule, proposed = _variant(name, known.name_at(code, list_date), known.names(code))
        if rule:
            fault = table.fault(
                rule,
                Severity.NOTICE,
                at=i,
                column=header,
                found=name,
                expected=proposed,
                unit=code,
                proposed=proposed,
            )
            findings.append(fault)
        j = first.setdefault((code[:9], kind, stem_of(name)), i)
        if codes[j] != code:
            fault = table.fault(
                "boundaries.duplicate_name",
                Severity.WARNING,
                at=i,
                column=header,
                found=name,
                unit=code,
                other=str(int(table.rows[j])),
            )
            findings.append(fault)
    return tuple(findings)


def _variant(name: str, listed: str, names: Collection[str]) -> tuple[str, str]:
    """Return what is odd about a name, and what to write.

    The statistics list writes 卜 for 堡 itself; a bureau that writes 堡 is not corrected.
    """
    if _SLIP in name:
        return "codes.name_slip", name.replace(_SLIP, "居民委员会")
    stem, official = stem_of(name), stem_of(listed)
    if not listed or stem == official or ("卜" in official and "卜" not in stem):
        return "", ""
    old = stem in {stem_of(other) for other in names}
    alike = looks_alike(stem, official)
    return ("codes.name_variant", listed) if old or alike else ("", "")


def audit_vintage(records: Records, codes: tuple[str, ...], list_date: date) -> Told:
    """Return whether the codes are of another date than the list is said to be of.

    One finding for all: the first code that lists of that date do not have, how many there are,
    and the last date on which all known codes were in force, if there is one.
    """
    concordance = read_concordance()
    retired, unborn = concordance.retired_by(list_date), concordance.unborn_at(list_date)
    old = [i for i, code in enumerate(codes) if code in retired]
    new = [i for i, code in enumerate(codes) if code in unborn]
    if not old and not new:
        return ()
    days = {c.old_date for c in concordance.changes} | {c.new_date for c in concordance.changes}
    listed, fitting = set(codes), []
    for day in sorted(d for d in days if d is not None):
        gone, coming = concordance.retired_by(day), concordance.unborn_at(day)
        if not listed & (gone.keys() | coming.keys()):
            fitting.append(day)
    heirs = defaultdict(list)
    for i in old:
        heirs[retired[codes[i]].new_code].append(codes[i])
    both = sum(len(c) for heir, c in heirs.items() if heir and heir in listed)
    rule = "boundaries.other_date" if fitting else "boundaries.mixed_dates"
    return (
        records.table.fault(
            rule,
            Severity.WARNING,
            at=(old or new)[0],
            column=records.header("code"),
            found=str(len(old) + len(new)),
            expected=fitting[-1].isoformat() if fitting else "—",
            date=list_date.isoformat(),
            old=str(len(old)),
            new=str(len(new)),
            both=str(both),
            first=codes[(old or new)[0]],
        ),
    )
