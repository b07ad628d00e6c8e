"""A bureau's own table of old and new codes."""

from collections import Counter
from pathlib import Path

from planner.model.codes import find_code_fault
from planner.model.concordance import Became, Change, Concordance
from planner.model.finding import Finding, Severity
from planner.model.scenario import InputFile
from planner.store.reading import Read, has_error, source_of
from planner.store.records import Records, read_records

_SCHEMA = "concordance"


def read_own_concordance(file: InputFile, folder: Path) -> Read[Concordance]:
    """Read old codes and what became of them.

    Parameters
    ----------
    file, folder
        The input as the scenario names it, and the folder of the scenario.

    Returns
    -------
    Read of Concordance
        One change for each row: an old code in several rows was split, a new one in several rows
        was merged; an empty new code was abolished. Rows with the same code on both sides are
        left out.
    """
    records, findings = read_records(file, folder, _SCHEMA, personal=Severity.NOTICE)
    path = folder / file.path
    if records is None:
        return Read(None, findings, source_of(file, path, _SCHEMA))
    old, new = records.codes("code"), records.codes("new_code")
    findings += _faults(records, old, new)
    source = source_of(file, path, _SCHEMA, rows=len(records), notes=records.notes())
    if has_error(findings):
        return Read(None, findings, source)
    names, new_names = records.texts("name"), records.texts("new_name")
    pairs = sorted(set(zip(old, names, new, new_names, strict=True)))
    pairs = [pair for pair in pairs if pair[0] != pair[2]]
    heirs = Counter(pair[0] for pair in pairs if pair[0])
    parents = Counter(pair[2] for pair in pairs if pair[2])
    changes = tuple(
        Change(
            old_date=None,
            new_date=file.data_date,
            code=pair[0],
            name=pair[1],
            new_code=pair[2],
            new_name=pair[3],
            became=_became(pair, heirs[pair[0]], parents[pair[2]]),
        )
        for pair in pairs
    )
    return Read(Concordance(changes, stated=True), findings, source)


def _became(pair: tuple[str, str, str, str], heirs: int, parents: int) -> Became:
    code, name, new_code, new_name = pair
    if not code:
        return Became.NEW
    if not new_code:
        return Became.LOST
    if heirs > 1:
        return Became.SPLIT
    if parents > 1:
        return Became.MERGED
    return Became.RENAMED if name and new_name and name != new_name else Became.RECODED


def _faults(records: Records, old: tuple[str, ...], new: tuple[str, ...]) -> tuple[Finding, ...]:
    """Return rows without any code, codes that are none, and chains that come back."""
    table, findings = records.table, []
    national = 2 * sum(len(c) == 12 for c in old) > len(old)
    for i, pair in enumerate(zip(old, new, strict=True)):
        if not any(pair):
            findings.append(table.fault("concordance.empty", Severity.WARNING, at=i))
        for code, field in zip(pair, ("code", "new_code"), strict=True):
            if code and national and find_code_fault(code) is not None:
                column = records.header(field)
                findings.append(table.fault("concordance.no_code", at=i, column=column, found=code))
    following: dict[str, set[str]] = {}
    for code, heir in zip(old, new, strict=True):
        if code and heir and code != heir:
            following.setdefault(code, set()).add(heir)
    for i, code in enumerate(old):
        if code and new[i] != code and code in _reached(new[i], following):
            column = records.header("code")
            findings.append(
                table.fault("concordance.circle", at=i, column=column, found=code, expected=new[i])
            )
    return tuple(findings)


def _reached(start: str, following: dict[str, set[str]]) -> set[str]:
    seen, open_ = {start}, [start]
    while open_:
        for heir in following.get(open_.pop(), ()):
            if heir not in seen:
                seen.add(heir)
                open_.append(heir)
    return seen
