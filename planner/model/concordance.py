"""What became of codes from one list of units to the next."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Became(StrEnum):
    """What happened to a unit between two lists."""

    UNCHANGED = "unchanged"
    RENAMED = "renamed"  # same code, other name
    RECODED = "recoded"  # other code, same name
    MERGED = "merged"  # went whole into another
    SPLIT = "split"  # went into several, one change each
    LOST = "lost"  # merged or abolished, the lists do not say which
    NEW = "new"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One unit from one list to the next.

    Parameters
    ----------
    old_date, new_date
        Cut-off dates of the two lists, `None` where not known.
    code, name
        In the older list, '' for a new unit.
    new_code, new_name
        In the newer list, '' for a lost one.
    became
        What happened.
    """

    old_date: date | None
    new_date: date | None
    code: str
    name: str
    new_code: str
    new_name: str
    became: Became


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """Where a code leads.

    Parameters
    ----------
    codes
        Listed codes it leads to; one where the way is certain, several where it was split.
    became
        What happened last; `None` where the concordance does not know the code.
    name
        Name the code had, '' where not told.
    day
        Cut-off date of the list in which the code is first missing, or of the list it is first
        in where it is newer than the list in force.
    newer
        Whether the code is newer than the list in force.
    """

    codes: tuple[str, ...] = ()
    became: Became | None = None
    name: str = ""
    day: date | None = None
    newer: bool = False


NOT_TRACED = Traced()


@dataclass(frozen=True)
class Concordance:
    """Changes between lists, as shipped or as the bureau has it.

    Parameters
    ----------
    changes
        By date, then code.
    stated
        True where somebody responsible states the changes: a merger is then followed. False
        where they were computed from the lists: only the same name in the same county is.
    """

    changes: tuple[Change, ...]
    stated: bool = False
    _after: Mapping[str, tuple[Change, ...]] = field(init=False, repr=False, compare=False)
    _before: Mapping[str, tuple[Change, ...]] = field(init=False, repr=False, compare=False)
    _of: Mapping[str, tuple[Change, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        after, before, of = defaultdict(list), defaultdict(list), defaultdict(list)
        for change in self.changes:
            for code in {change.code, change.new_code} - {""}:
                of[code].append(change)
            if change.code and change.code != change.new_code:
                after[change.code].append(change)
            if change.new_code and change.code != change.new_code:
                before[change.new_code].append(change)
        object.__setattr__(self, "_after", {k: tuple(v) for k, v in after.items()})
        object.__setattr__(self, "_before", {k: tuple(v) for k, v in before.items()})
        object.__setattr__(self, "_of", {k: tuple(v) for k, v in of.items()})

    def trace(self, code: str, listed: Collection[str]) -> Traced:
        """Follow a code that is not listed, to newer lists first and then to older ones.

        Parameters
        ----------
        code
            Code of a unit.
        listed
            Codes of the list in force.

        Returns
        -------
        Traced
            One code only where every step is one to one; backwards only over recodings.
        """
        forward = self._forward(code, listed)
        if forward.codes or not self._before.get(code):
            return forward
        first = self._before[code][0]
        at, seen = code, {code}
        while len(steps := self._before.get(at, ())) == 1 and steps[0].became is Became.RECODED:
            at = steps[0].code
            if at in listed:
                return Traced(codes=(at,), became=Became.RECODED, name=first.new_name,
                              day=first.new_date, newer=True)  # fmt: skip
            if at in seen:
                break
            seen.add(at)
        if forward.became is not None:
            return forward
        return Traced(became=first.became, name=first.new_name, day=first.new_date, newer=True)

    def _forward(self, code: str, listed: Collection[str]) -> Traced:
        steps = self._after.get(code, ())
        if not steps:
            return NOT_TRACED
        name, day = steps[0].name, steps[0].new_date
        ends, open_, seen, became = set(), [code], {code}, steps[0].became
        while open_:
            for step in self._after.get(open_.pop(), ()):
                became = step.became if step.became is not Became.RECODED else became
                if step.new_code in listed:
                    ends.add(step.new_code)
                elif step.new_code and step.new_code not in seen:
                    seen.add(step.new_code)
                    open_.append(step.new_code)
        if len(ends) > 1:
            became = Became.SPLIT
        return Traced(codes=tuple(sorted(ends)), became=became, name=name, day=day)

    def names(self, code: str) -> frozenset[str]:
        """Return every name a code had in any list."""
        known = self._of.get(code, ())
        found = {c.name for c in known if c.code == code}
        return frozenset(found | {c.new_name for c in known if c.new_code == code})

    def name_at(self, code: str, day: date) -> str:
        """Return the name a code had in the list of this date, '' where it stood in none."""
        name = ""
        for change in self._of.get(code, ()):
            if change.code == code and change.old_date is not None and not name:
                name = change.name
            if change.new_date is not None and change.new_date <= day:
                name = change.new_name if change.new_code == code else ""
        return name

    def retired_by(self, day: date) -> Mapping[str, Change]:
        """Return the codes that lists of this date and later no longer have."""
        gone: dict[str, Change] = {}
        for change in self.changes:
            if change.new_date is not None and change.new_date <= day:
                gone.pop(change.new_code, None)
                if change.code and change.code != change.new_code:
                    gone[change.code] = change
        return gone

    def unborn_at(self, day: date) -> Mapping[str, Change]:
        """Return the codes that lists of this date and earlier do not have yet."""
        coming: dict[str, Change] = {}
        for change in reversed(self.changes):
            if change.old_date is not None and change.old_date >= day:
                coming.pop(change.code, None)
                if change.new_code and change.code != change.new_code:
                    coming[change.new_code] = change
        return coming
