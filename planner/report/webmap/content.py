"""What the page says: columns of numbers and names, and the words in both languages."""

import math
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from planner.model.finding import Finding
from planner.model.outcome import Outcome
from planner.model.scenario import Language
from planner.report.palette import (
    CHANGE,
    CHANGE_BREAKS,
    FACILITIES,
    FIVE,
    NO_DATA,
    RINGS,
    SHARE_BREAKS,
    SITE,
    SPACE_BREAKS,
    STATES,
    WITHHELD,
)
from planner.report.plain import finding_words, plain, without_small_counts
from planner.report.published import Counts, Published, community_county, people
from planner.report.summary import summary_document
from planner.report.tables import county_names
from planner.report.webmap.basemap import choose_basemap
from planner.report.webmap.search import provincial_floor, search_words
from planner.report.whatif import whatif_data
from planner.report.words import all_words

_WORDS = ("map.", "summary.", "table.unit_kind.", "table.facility_kind.", "table.severity.",
          "table.definition.", "table.state.", "table.status.", "table.role.", "table.reason.",
          "table.direction.", "table.living", "table.season.", "table.slope.", "spread.source.",
          "siting.objective.", "siting.question.", "siting.unit.",
          "siting.ages")  # fmt: skip
_MOST_FINDINGS = 400
Numbers = list[float | None]


def page_data(outcome: Outcome, shown: Published, language: Language) -> dict[str, Any]:
    """Return everything the page shows besides shapes, as JSON values.

    Parameters
    ----------
    outcome
        What a run found.
    shown
        The counts that may be shown.
    language
        Language the page opens in.
    """
    return {
        "language": language,
        "words": _words(),
        "broken": dict(all_words()["map.broken"]),
        "basemap": choose_basemap(outcome.scenario.map),
        "summary": plain_texts(_timeless(summary_document(outcome, shown))),
        "groups": _groups(outcome),
        "dates": _dates(outcome),
        "attribution": _attribution(outcome),
        "least": shown.least,
        "colours": {
            "five": FIVE,
            "shareBreaks": SHARE_BREAKS,
            "spaceBreaks": SPACE_BREAKS,
            "change": CHANGE,
            "changeBreaks": CHANGE_BREAKS,
            "noData": NO_DATA,
            "withheld": WITHHELD,
            "site": SITE,
            "states": STATES,
            "facilities": FACILITIES,
            "rings": RINGS,
        },
        "counties": _counties(outcome, shown),
        "communities": _communities(outcome, shown),
        "facilities": facility_columns(outcome),
        "demand": _demand(outcome, shown),
        "catchments": [{"state": c.state, "limit": float(c.limit_min)} for c in outcome.rings],
        "backdrop": [plain(name) for name, _ in outcome.backdrop],
        "findings": _findings(outcome),
        "search": search_words(outcome),
        "provincial": provincial_floor(outcome),
        "whatif": whatif_data(outcome, shown),
        "sources": [
            {
                "role": source.role,
                "path": plain(source.path),
                "date": source.data_date.isoformat() if source.data_date else None,
                "by": plain(source.attribution),
                "synthetic": source.synthetic,
            }
            for source in outcome.sources
        ],
    }


def _words() -> dict[str, list[str]]:
    """Return keys and sentences as lists, which travel packed."""
    told = {key: texts for key, texts in all_words().items() if key.startswith(_WORDS)}
    return {
        "key": list(told),
        "zh": [texts["zh"] for texts in told.values()],
        "en": [texts["en"] for texts in told.values()],
    }


def _timeless(summary: dict[str, Any]) -> dict[str, Any]:
    """Leave out what differs from run to run (law 10)."""
    return {key: value for key, value in summary.items() if key != "seconds"}


def plain_texts(value: Any) -> Any:  # noqa: ANN401  (JSON)
    """Return JSON values with every text fit to be shown."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, dict):
        return {key: plain_texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain_texts(item) for item in value]
    return value


def _groups(outcome: Outcome) -> list[dict[str, Any]]:
    rules = [outcome.standards.group(w.group).speed for w in outcome.walking]
    return [
        {
            "zh": plain(rule.zh),
            "en": plain(rule.en),
            "document": plain(rule.document),
            "clause": plain(rule.clause),
            "verified": rule.verified,
        }
        for rule in rules
    ]


def _dates(outcome: Outcome) -> dict[str, str | None]:
    streets = outcome.network.data_date
    return {
        "people": outcome.demand.count_date.isoformat(),
        "facilities": outcome.facilities.list_date.isoformat(),
        "units": outcome.communities.list_date.isoformat(),
        "streets": streets.isoformat() if streets else None,
    }


def _attribution(outcome: Outcome) -> list[str]:
    told = [source.attribution for source in outcome.sources] + [outcome.network.source]
    return sorted({plain(text) for text in told if text})


def _counties(outcome: Outcome, shown: Published) -> dict[str, Any]:
    names = county_names(outcome)
    keys = [key for key in shown.counties.key if key]
    shapes: dict[str, shapely.Geometry | None] = {}
    if outcome.counties is not None:
        shapes = dict(zip(outcome.counties.code, outcome.counties.geometry, strict=True))
    return {
        "code": keys,
        "name": [names[key] for key in keys],
        **_label_places([shapes.get(key) for key in keys]),
        **people_columns(shown.counties, len(keys)),
    }


def _communities(outcome: Outcome, shown: Published) -> dict[str, Any]:
    units = outcome.communities
    keys = [key for key in shown.counties.key if key]
    county = {key: i for i, key in enumerate(keys)}
    space = outcome.provision
    place = {code: i for i, code in enumerate(space.community)}
    at = [place.get(code, -1) for code in units.code]
    return {
        "code": list(units.code),
        "name": [plain(name) for name in units.name],
        "kind": [kind.value for kind in units.kind],
        "county": [county.get(key, -1) for key in community_county(outcome)],
        **_label_places(list(units.geometry)),
        **people_columns(shown.communities, len(units)),
        "minutes": _numbers(shown.minutes, 1),
        "minutesPlanned": _numbers(shown.minutes_planned, 1),
        "nearest": shown.nearest.tolist(),
        "why": [reason or None for reason in shown.barriers.main],
        "whyWithheld": shown.barriers.withheld.astype(int).tolist(),
        "tiers": [
            {"kind": kind, "minutes": _numbers(minutes, 1)} for kind, minutes in shown.tiers.items()
        ],
        "station": [int(code in outcome.station_in) for code in units.code],
        "households": _picked(space.households, at, 0),
        "floor": _picked(space.floor_m2, at, 0),
        "ratio": _picked(space.ratio, at, 1),
        "deficit": _picked(space.deficit_m2, at, 0),
    }


def facility_columns(outcome: Outcome) -> dict[str, Any]:
    """Return what the page says of the facilities, by column."""
    sites = outcome.facilities
    goes = {one.id: i for i, one in enumerate(outcome.plan.closed)}
    place = outcome.communities.position()
    return {
        "lon": _numbers(sites.lonlat[:, 0], 5),
        "lat": _numbers(sites.lonlat[:, 1], 5),
        "name": [plain(name) for name in sites.name],
        "kind": [kind.value for kind in sites.kind],
        "serves": [int(k.value in outcome.scenario.walking.kinds) for k in sites.kind],
        "community": [place.get(code, -1) for code in sites.community],
        "floor": _numbers(sites.floor_m2, 0),
        "beds": _numbers(sites.beds, 0),
        "nursing": _numbers(sites.nursing_beds, 0),
        "goes": [goes.get(code, -1) for code in sites.id],
    }


def _demand(outcome: Outcome, shown: Published) -> dict[str, Any]:
    """Return the grid cells whose count may be shown."""
    counts = shown.cells.counts
    at = np.flatnonzero(np.nan_to_num(counts.older) > 0)
    place = outcome.communities.position()
    states = []
    for i in at:
        stays = counts.reached_planned()[i] - counts.newly[i]
        split = (stays, counts.newly[i], counts.unreached[i])
        if np.isnan(split[0]):
            states.append(3)
        else:
            states.append(int(np.argmax(split)))
    return {
        "lon": _numbers(shown.cells.lonlat[at, 0], 4),
        "lat": _numbers(shown.cells.lonlat[at, 1], 4),
        "older": [people(float(n)) for n in counts.older[at]],
        "reached": [people(float(n)) for n in counts.reached[at]],
        "newly": [people(float(n)) for n in counts.newly[at]],
        "state": states,
        "minutes": _numbers(shown.cells.minutes[at], 1),
        "community": [place.get(shown.cells.community[i], -1) for i in at],
    }


def people_columns(counts: Counts, n: int) -> dict[str, Any]:
    """Return the counts of the first `n` units of a level, by column."""
    return {
        "older": [people(float(v)) for v in counts.older[:n]],
        "reached": [people(float(v)) for v in counts.reached[:n]],
        "newly": [people(float(v)) for v in counts.newly[:n]],
        "unreached": [people(float(v)) for v in counts.unreached[:n]],
        "share": _numbers(counts.share(planned=False)[:n], 6),
        "sharePlanned": _numbers(counts.share(planned=True)[:n], 6),
        **({} if counts.lost is None else {"lost": [people(float(v)) for v in counts.lost[:n]]}),
        "withheld": counts.hidden_split[:n].astype(int).tolist(),
    }


def _findings(outcome: Outcome) -> dict[str, Any]:
    order = ("error", "warning", "notice")
    told = sorted(outcome.findings, key=lambda f: order.index(f.severity.value))
    least = outcome.scenario.sharing.least_count
    rows = [_finding(without_small_counts(finding, least)) for finding in told[:_MOST_FINDINGS]]
    return {"rows": rows, "left": max(0, len(told) - _MOST_FINDINGS)}


def _finding(finding: Finding) -> dict[str, Any]:
    words = {language: finding_words(finding, language) for language in ("zh", "en")}
    return {
        "severity": finding.severity.value,
        "rule": finding.rule,
        "what": {language: text[0] for language, text in words.items()},
        "do": {language: text[1] for language, text in words.items()},
        "source": plain(finding.source),
        "layer": plain(finding.layer),
        "row": finding.row,
        "column": plain(finding.column),
        "unit": plain(finding.unit),
        "lon": _one(finding.lon, 5),
        "lat": _one(finding.lat, 5),
    }


def _label_places(shapes: list[shapely.Geometry | None]) -> dict[str, Numbers]:
    """Return a point inside each shape."""
    inside = [
        None if g is None or shapely.is_empty(g) else shapely.point_on_surface(g) for g in shapes
    ]
    return {
        "lon": [None if p is None else _one(p.x, 5) for p in inside],
        "lat": [None if p is None else _one(p.y, 5) for p in inside],
    }


def _numbers(values: NDArray[np.float64], digits: int) -> Numbers:
    return [_one(float(v), digits) for v in values]


def _picked(values: NDArray[np.float64], at: list[int], digits: int) -> Numbers:
    return [_one(float(values[i]), digits) if i >= 0 else None for i in at]


def _one(value: float | None, digits: int) -> float | None:
    if value is None or not math.isfinite(value):
        return None
    rounded = round(value, digits)
    return int(rounded) if rounded.is_integer() else rounded
