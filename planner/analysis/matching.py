"""Which unit of the list in force a code or a name of another list means.

Three steps: the concordance, then kind, stem and county, then lost. Only what is certain is
matched; everything else comes back with its doubt.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from planner.model.codes import UnitCode, find_code_fault, is_committee
from planner.model.concordance import NOT_TRACED, Became, Concordance, Traced
from planner.model.districts import Districts, UnitKind
from planner.model.unit_names import (
    committee_kind,
    kind_said,
    looks_alike,
    plain_name,
    plain_town,
    stem_of,
)

_PEOPLES = re.compile(
    r"(?:(?:满|蒙古|朝鲜|回|壮|苗|侗|瑶|土家|彝|藏|白|傣|黎|达斡尔|锡伯|各)族)+(?:自治)?(?=[县乡区州旗])"
)
_NEAR_MOST = 5


class Step(StrEnum):
    """How a unit was found."""

    LISTED = "listed"
    CONCORDANCE = "concordance"
    STEM = "stem"
    NAME = "name"  # there was no code
    NONE = "none"


class Doubt(StrEnum):
    """Why no unit was taken."""

    RETIRED = "retired"  # known, and gone
    SPLIT = "split"
    NEWER = "newer"  # known, and not there yet
    SUSPECTED = "suspected"  # something like it is listed
    AMBIGUOUS = "ambiguous"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a row says: code or name, with township and county where given."""

    code: str = ""
    name: str = ""
    township: str = ""
    county: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The unit found.

    Parameters
    ----------
    code
        Code in force, '' where nothing is certain.
    step
        How it was found.
    doubt
        Why there is none.
    near
        Listed codes it may mean, ascending.
    traced
        What the concordance says about the code.
    """

    code: str = ""
    step: Step = Step.NONE
    doubt: Doubt | None = None
    near: tuple[str, ...] = ()
    traced: Traced = NOT_TRACED


@dataclass(frozen=True)
class UnitList:
    """The list in force, ready to be asked.

    Parameters
    ----------
    communities
        The committees.
    counties
        The counties, for their names; `None` where there is no such layer.
    concordances
        Asked one after the other; a code the first one knows is not looked up in the next.
    """

    communities: Districts
    counties: Districts | None = None
    concordances: tuple[Concordance, ...] = ()
    at: Mapping[str, int] = field(init=False, repr=False)
    national: bool = field(init=False)
    towns: frozenset[str] = field(init=False, repr=False)
    _stems: Mapping[str, tuple[int, ...]] = field(init=False, repr=False)
    _towns: Mapping[str, frozenset[str]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        codes = self.communities.code
        stems: dict[str, list[int]] = defaultdict(list)
        for i, name in enumerate(self.communities.name):
            stems[stem_of(name)].append(i)
        towns: dict[str, set[str]] = defaultdict(set)
        for concordance in self.concordances:
            for change in concordance.changes:
                for code, name in ((change.code, change.name), (change.new_code, change.new_name)):
                    if len(code) == 9:
                        towns[plain_town(name)] |= {code, change.new_code or code}
        object.__setattr__(self, "at", self.communities.position())
        object.__setattr__(self, "national", 2 * sum(map(is_committee, codes)) > len(codes))
        object.__setattr__(self, "towns", frozenset(code[:9] for code in codes))
        object.__setattr__(self, "_stems", {k: tuple(v) for k, v in stems.items()})
        object.__setattr__(self, "_towns", {k: frozenset(v) for k, v in towns.items()})

    def match(self, asked: Asked) -> Match:
        """Return the unit one row means, looked at alone."""
        if asked.code in self.at:
            return Match(code=asked.code, step=Step.LISTED)
        if not asked.code:
            return self._by_name(asked)
        if self.national and not is_committee(asked.code):
            return Match(doubt=Doubt.UNKNOWN)
        for concordance in self.concordances:
            traced = concordance.trace(asked.code, self.at)
            if traced.became is not None:
                return self._traced(traced, sure_merger=concordance.stated)
        if self.national and asked.name:
            return self._by_stem(asked)
        return Match(doubt=Doubt.UNKNOWN)

    def match_all(self, rows: Iterable[Asked]) -> dict[Asked, Match]:
        """Return the unit of each row; a row is never matched by stem to a unit another row means.

        The order of the rows does not matter.
        """
        found = {asked: self.match(asked) for asked in dict.fromkeys(rows)}
        given = {asked.code for asked in found if asked.code}
        claims: dict[str, set[str]] = defaultdict(set)
        for asked, match in found.items():
            if match.step is Step.STEM:
                claims[match.code].add(asked.code)
        for asked, match in found.items():
            contested = len(claims[match.code]) > 1 or match.code in given
            if match.step is Step.STEM and contested:
                doubtful = Match(doubt=Doubt.SUSPECTED, near=(match.code,), traced=match.traced)
                found[asked] = doubtful
        return found

    def county_of(self, code: str) -> str:
        """Return the code of the county a committee code belongs to, '' where not known."""
        at = self.at.get(code)
        if at is not None:
            return self.communities.parent[at]
        return code[:6] if self.national and find_code_fault(code) is None else ""

    def counties_named(self, said: str) -> frozenset[str]:
        """Return the codes of the counties a text means."""
        if not said:
            return frozenset()
        if find_code_fault(said) is None:
            return frozenset({said[:6]})
        if self.counties is None:
            return frozenset()
        plain = _plain_county(said)
        return frozenset(
            code
            for code, name in zip(self.counties.code, self.counties.name, strict=True)
            if _plain_county(name) in {plain, plain + "区", plain + "县", plain + "市"}
        )

    def names_of(self, code: str) -> frozenset[str]:
        """Return every name the concordances know for a code."""
        return frozenset(name for known in self.concordances for name in known.names(code))

    def _traced(self, traced: Traced, *, sure_merger: bool) -> Match:
        certain = traced.became is Became.RECODED or sure_merger
        if len(traced.codes) == 1 and certain:
            return Match(code=traced.codes[0], step=Step.CONCORDANCE, traced=traced)
        doubt = Doubt.NEWER if traced.newer else Doubt.SPLIT if traced.codes else Doubt.RETIRED
        return Match(doubt=doubt, near=traced.codes, traced=traced)

    def _by_stem(self, asked: Asked) -> Match:
        """Match an unknown code by kind, stem and county.

        It is certain only where its township is gone from the list or is the same: a unit whose
        township still stands did not have to be recoded, so another of that name may be meant.
        """
        code = UnitCode.from_text(asked.code)
        within = [
            i
            for i, parent in enumerate(self.communities.parent)
            if parent == code.county and self.communities.kind[i] is code.kind
        ]
        places = [i for i in self._stems.get(stem_of(asked.name), ()) if i in set(within)]
        if len(places) == 1:
            target = self.communities.code[places[0]]
            if code.parent not in self.towns or target[:9] == code.parent:
                return Match(code=target, step=Step.STEM)
        near = places or self._alike(asked.name, within)
        if near:
            return Match(doubt=Doubt.SUSPECTED, near=self._coded(near))
        return Match(doubt=Doubt.UNKNOWN)

    def _by_name(self, asked: Asked) -> Match:
        """Match a name within its county; one stem in several places is never guessed."""
        if not asked.name:
            return Match(doubt=Doubt.UNKNOWN)
        counties, towns = self.counties_named(asked.county), self._towns_named(asked.township)
        unknown = bool(asked.county) and not counties
        everywhere = list(self._stems.get(stem_of(asked.name), ()))
        places = self._narrowed(everywhere, lambda i: self.communities.parent[i], counties)
        of_kind = self._of_kind(places, asked.name)
        places = self._narrowed(of_kind, lambda i: self.communities.code[i][:9], towns)
        if len(places) == 1 and not unknown:
            return Match(code=self.communities.code[places[0]], step=Step.NAME)
        if len(places) > 1:
            return Match(doubt=Doubt.AMBIGUOUS, near=self._coded(places))
        within = self._narrowed(
            range(len(self.communities)), lambda i: self.communities.parent[i], counties
        )
        near = places or everywhere or self._alike(asked.name, within)
        if near:
            return Match(doubt=Doubt.SUSPECTED, near=self._coded(near))
        return Match(doubt=Doubt.UNKNOWN)

    def _of_kind(self, places: Sequence[int], name: str) -> list[int]:
        kinds = self.communities.kind
        said, firm = kind_said(name), committee_kind(name)
        fit = [i for i in places if said is None or kinds[i] in {said, UnitKind.OTHER}]
        if fit or firm is not None:
            return fit
        return [] if said is not None else list(places)

    @staticmethod
    def _narrowed(
        places: Iterable[int], of: Callable[[int], str], wanted: frozenset[str]
    ) -> list[int]:
        return [i for i in places if not wanted or of(i) in wanted]

    def _towns_named(self, said: str) -> frozenset[str]:
        if not said:
            return frozenset()
        if find_code_fault(said) is None and len(said) >= 9:
            return frozenset({said[:9]})
        return self._towns.get(plain_town(said), frozenset())

    def _alike(self, name: str, within: Iterable[int]) -> list[int]:
        stem = stem_of(name)
        names = self.communities.name
        return [i for i in within if looks_alike(stem, stem_of(names[i]))]

    def _coded(self, places: Iterable[int]) -> tuple[str, ...]:
        return tuple(sorted(self.communities.code[i] for i in places)[:_NEAR_MOST])


def count_steps(matches: Mapping[Asked, Match]) -> Counter[str]:
    """Return how many were found by each step, the doubtful ones by their doubt."""
    return Counter(str(m.doubt or m.step) for m in matches.values())


def with_county(asked: Asked, county: str) -> Asked:
    """Return what a row asks, in a county it does not name itself."""
    return asked if asked.county or not county else replace(asked, county=county)


def _plain_county(name: str) -> str:
    return _PEOPLES.sub("", plain_name(name))
