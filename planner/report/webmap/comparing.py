"""What a page of several scenarios says: their figures, and in what they differ."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from planner.model.outcome import Outcome
from planner.model.scenario import Language
from planner.report.living import living_words
from planner.report.plain import plain
from planner.report.published import Counts, Published, people
from planner.report.summary import summary_document
from planner.report.together import Together
from planner.report.walker import season_words, slope_words
from planner.report.webmap.content import (
    facility_columns,
    page_data,
    people_columns,
    plain_texts,
)
from planner.report.words import all_words, say

_FIGURES = ("walking_coverage", "unit_coverage", "space_ratio", "optimality", "proposed_sites",
            "frontier")  # fmt: skip
_MOST_NAMED = 8
Document = dict[str, Any]
Texts = dict[Language, str]
_LANGUAGES: tuple[Language, Language] = ("zh", "en")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A parameter: what tells two values apart, and how a value is told."""

    key: str
    mark: Callable[[Outcome], object]
    words: Callable[[Outcome, Language], str]


def comparison_data(together: Together, language: Language) -> Document:
    """Return everything a page of several scenarios shows besides shapes, as JSON values.

    Parameters
    ----------
    together
        The scenarios and what may be shown of them.
    language
        Language the page opens in.
    """
    outcomes, shown = together.outcomes, together.shown
    page = page_data(outcomes[0], shown[0], language)
    page["compare"] = {
        "scenarios": [_scenario(outcomes, one, i) for i, one in enumerate(shown)],
        "parameters": _parameters(outcomes),
        "lists": _lists(outcomes),
        "moves": [[people(float(n)) for n in row] for row in together.moves],
    }
    about = page["summary"]["about"]
    about["title"] = _both(lambda spoken: say("compare.title", spoken, count=len(outcomes)))
    about["asks"] = _both(
        lambda spoken: "  |  ".join(
            f"{letter(i)} {title[spoken]}" for i, title in enumerate(_titles(outcomes))
        )
    )
    about["synthetic"] = any(o.scenario.synthetic for o in outcomes)
    return page


def letter(at: int) -> str:
    """Return the letter a scenario goes by, A for the first."""
    return chr(ord("A") + at)


def _both(made: Callable[[Language], str]) -> Texts:
    return {spoken: plain(made(spoken)) for spoken in _LANGUAGES}


def _titles(outcomes: Sequence[Outcome]) -> list[Texts]:
    """Return the titles; scenarios of the same title are told apart by their names."""
    told = [(o.scenario.title.zh, o.scenario.title.en) for o in outcomes]
    found: list[Texts] = []
    for outcome, title in zip(outcomes, told, strict=True):
        name = "" if told.count(title) == 1 else f" [{outcome.scenario.name}]"
        found.append({"zh": plain(title[0]) + name, "en": plain(title[1]) + name})
    return found


def _scenario(outcomes: Sequence[Outcome], shown: Published, at: int) -> Document:
    outcome, first = outcomes[at], outcomes[0]
    summary = plain_texts(summary_document(outcome, shown))
    same = at == 0 or _facilities(outcome) == _facilities(first)
    return {
        "name": plain(outcome.scenario.name),
        "title": _titles(outcomes)[at],
        "summary": {key: summary[key] for key in _FIGURES},
        "communities": _joined(shown.communities, first.communities.code),
        "rings": [{"state": c.state, "limit": float(c.limit_min)} for c in outcome.rings],
        "facilities": None if same else facility_columns(outcome),
    }


def _joined(counts: Counts, codes: tuple[str, ...]) -> Document:
    """Return the columns of a scenario in the order of the first one's list (law 2)."""
    columns = people_columns(counts, len(counts.key))
    place = {code: i for i, code in enumerate(counts.key)}
    at = [place.get(code) for code in codes]
    return {
        name: [None if i is None else values[i] for i in at] for name, values in columns.items()
    }


def _lists(outcomes: Sequence[Outcome]) -> list[Document]:
    """Return in what the lists of communities differ from the first one's."""
    first = outcomes[0].communities
    shape = dict(zip(first.code, first.geometry, strict=True))
    found = []
    for outcome in outcomes[1:]:
        units = outcome.communities
        name = dict(zip(units.code, units.name, strict=True))
        more = [name[code] for code in units.code if code not in shape]
        gone = [n for code, n in zip(first.code, first.name, strict=True) if code not in name]
        moved = sum(
            not _same_shape(shape[code], geometry)
            for code, geometry in zip(units.code, units.geometry, strict=True)
            if code in shape
        )
        found.append({"more": _named(more), "gone": _named(gone), "moved": moved})
    return found


def _same_shape(one: shapely.Geometry | None, other: shapely.Geometry | None) -> bool:
    if one is None or other is None:
        return one is other
    return bool(shapely.equals_exact(one, other, 0.0, normalize=True))


def _named(names: list[str]) -> Document:
    return {"count": len(names), "names": [plain(name) for name in names[:_MOST_NAMED]]}


def _parameters(outcomes: Sequence[Outcome]) -> list[Document]:
    """Return every parameter with its value in each scenario."""
    rows = []
    for kind, parameters in (("measure", _MEASURED), ("asked", _ASKED)):
        for asked in parameters:
            marks = [asked.mark(outcome) for outcome in outcomes]
            rows.append(
                {
                    "key": asked.key,
                    "kind": kind,
                    "name": dict(all_words()[f"compare.parameter.{asked.key}"]),
                    "values": [_value(asked, outcomes, i, marks) for i in range(len(outcomes))],
                    "differs": any(mark != marks[0] for mark in marks),
                }
            )
    return rows


def _value(asked: _Asked, outcomes: Sequence[Outcome], at: int, marks: Sequence[object]) -> Texts:
    def told(spoken: Language) -> str:
        words = asked.words(outcomes[at], spoken)
        hidden = marks[at] != marks[0] and words == asked.words(outcomes[0], spoken)
        return words + (say("compare.other_content", spoken) if hidden else "")

    return _both(told)


def _facilities(outcome: Outcome) -> object:
    sites = outcome.facilities
    places = np.round(sites.lonlat, 6).tolist()
    rows = zip(sites.id, sites.name, [k.value for k in sites.kind], map(tuple, places), strict=True)
    return tuple(sorted(rows, key=str))


def _files(*roles: str) -> Callable[[Outcome], object]:
    return lambda o: tuple(sorted((s.role, s.sha256) for s in o.sources if s.role in roles))


def _people(outcome: Outcome) -> object:
    demand = outcome.demand
    return tuple(sorted(zip(demand.id, demand.community, demand.weight().tolist(), strict=True)))


def _group(outcome: Outcome, language: Language) -> str:
    rule = outcome.standards.group(outcome.walking[0].group).speed
    group = rule.zh if language == "zh" else rule.en
    return say("compare.value.speed", language, group=group, speed=f"{rule.value:g}")


def _list(count: int, day: object, language: Language) -> str:
    return say("compare.value.list", language, count=f"{count:,}", date=day)


def _kinds(outcome: Outcome, language: Language) -> str:
    mark = "、" if language == "zh" else ", "
    kinds = outcome.scenario.walking.kinds
    return mark.join(say(f"table.facility_kind.{kind}", language) for kind in kinds)


def _streets(outcome: Outcome, language: Language) -> str:
    day = outcome.network.data_date
    return _list(len(outcome.network), day.isoformat() if day else "–", language)


def _budget(outcome: Outcome, language: Language) -> str:
    budget = outcome.scenario.siting.budget
    return say("compare.none", language) if budget is None else f"{budget:g}"


_MEASURED = (
    _Asked("group", lambda o: (o.walking[0].group, _group(o, "en")), _group),
    _Asked(
        "limit",
        lambda o: o.scenario.walking.limit_min,
        lambda o, spoken: say(
            "compare.value.minutes", spoken, n=f"{o.scenario.walking.limit_min:g}"
        ),
    ),
    _Asked(
        "direction",
        lambda o: o.scenario.walking.direction,
        lambda o, spoken: say(f"table.direction.{o.scenario.walking.direction}", spoken),
    ),
    _Asked(
        "season",
        lambda o: o.scenario.walking.season_factor,
        lambda o, spoken: season_words(o.scenario.walking.season_factor, spoken),
    ),
    _Asked("slope", lambda o: slope_words(o, "en"), slope_words),
    _Asked(
        "access",
        lambda o: o.scenario.walking.max_access_m,
        lambda o, _: f"{o.scenario.walking.max_access_m:g} m",
    ),
    _Asked("kinds", lambda o: tuple(sorted(o.scenario.walking.kinds)), _kinds),
    _Asked(
        "people",
        lambda o: (_people(o), o.demand.count_date),
        lambda o, spoken: _list(len(o.demand), o.demand.count_date.isoformat(), spoken),
    ),
    _Asked("living", lambda o: living_words(o, "en"), living_words),
    _Asked(
        "definition",
        lambda o: o.demand.households_definition,
        lambda o, spoken: say(f"table.definition.{o.demand.households_definition}", spoken),
    ),
    _Asked(
        "facilities",
        lambda o: (_facilities(o), o.facilities.list_date),
        lambda o, spoken: _list(len(o.facilities), o.facilities.list_date.isoformat(), spoken),
    ),
    _Asked(
        "streets",
        lambda o: (_files("streets", "street_changes", "entrances")(o), o.network.data_date),
        _streets,
    ),
    _Asked(
        "elevation",
        _files("elevation"),
        lambda o, spoken: say(
            "compare.some" if any(s.role == "elevation" for s in o.sources) else "compare.none",
            spoken,
        ),
    ),
    _Asked(
        "communities",
        lambda o: (tuple(sorted(o.communities.code)), o.communities.list_date),
        lambda o, spoken: _list(len(o.communities), o.communities.list_date.isoformat(), spoken),
    ),
    _Asked(
        "norm",
        lambda o: o.provision.norm,
        lambda o, _: f"{o.provision.norm:g} m²",
    ),
)
_ASKED = (
    _Asked(
        "question",
        lambda o: o.plan.question,
        lambda o, spoken: say(f"siting.question.{o.plan.question}", spoken),
    ),
    _Asked(
        "new_sites",
        lambda o: o.scenario.siting.new_sites,
        lambda o, _: f"{o.scenario.siting.new_sites}",
    ),
    _Asked("budget", lambda o: o.scenario.siting.budget, _budget),
    _Asked(
        "candidates",
        lambda o: tuple(sorted(o.candidates.id)),
        lambda o, _: f"{len(o.candidates):,}",
    ),
)
