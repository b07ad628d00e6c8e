"""``summary.json``: the machine-readable answer, with the schema it obeys."""

import json
import math
from functools import cache
from importlib import resources
from typing import Any

import jsonschema

from planner.model.finding import Severity
from planner.model.outcome import IndicatorValue, Outcome, UnitShare
from planner.model.provision import SpaceSummary
from planner.report.barriers import Barriers
from planner.report.living import living_state
from planner.report.proposals import (
    closed_documents,
    frontier_documents,
    site_documents,
    tier_documents,
    variant_documents,
)
from planner.report.published import Counts, Published, people, publish, shown_share
from planner.report.ranges import shown_ranges
from planner.report.walker import slope_state
from planner.report.words import all_words

Document = dict[str, Any]


def summary_document(outcome: Outcome, published: Published | None = None) -> Document:
    """Return the summary of an outcome as JSON values.

    Parameters
    ----------
    outcome
        What a run found.
    published
        The counts that may be shown, where they are at hand already.

    Returns
    -------
    dict
        Obeys `summary_schema`; unknown and suppressed numbers are `None`.
    """
    shown = published or publish(outcome)
    hidden = bool(shown.city.hidden_split[0])
    return {
        "scenario": outcome.scenario.name,
        "about": _about(outcome),
        "walking_coverage": _walking(outcome, shown),
        "unit_coverage": {kind: _units(u) for kind, u in sorted(outcome.unit_coverage.items())},
        "space_ratio": _space(outcome),
        "proposed_sites": site_documents(outcome, shown),
        "closed": closed_documents(outcome, shown),
        "tiers": tier_documents(outcome, shown),
        "frontier": frontier_documents(outcome, shown),
        "variants": variant_documents(outcome),
        "optimality": {
            "status": outcome.plan.status.value,
            "objective": None if hidden else number(outcome.plan.objective),
            "bound": None if hidden else number(outcome.plan.bound),
            "gap": number(outcome.plan.gap),
            "question": outcome.plan.question,
            "least": outcome.scenario.siting.least,
            "spent": number(outcome.plan.spent),
            **_weights(outcome),
        },
        "indicators": [_indicator(row, outcome, shown) for row in outcome.indicators],
        "findings": {
            severity.value: sum(f.severity is severity for f in outcome.findings)
            for severity in Severity
        },
        "seconds": round(sum(stage.seconds for stage in outcome.stages), 3),
    }


def _weights(outcome: Outcome) -> Document:
    """Return the weights by age beside objective and bound, where the scenario has any."""
    siting = outcome.scenario.siting
    if not siting.age_weights:
        return {}
    return {"age_weights": dict(zip(("60", "65", "80"), siting.person_weights(), strict=True))}


@cache
def summary_schema() -> Document:
    """Return the JSON Schema of ``summary.json``."""
    text = resources.files("planner.report").joinpath("summary.schema.json").read_text("utf-8")
    schema: Document = json.loads(text)
    return schema


def check_summary(document: Document) -> None:
    """Check a summary against its schema.

    Raises
    ------
    jsonschema.ValidationError
        If the document does not obey.
    """
    jsonschema.Draft202012Validator(summary_schema()).validate(document)


def number(value: float | None) -> float | None:
    """Return a number JSON can hold: `None` for NaN and infinity, short decimals."""
    if value is None or not math.isfinite(value):
        return None
    return round(float(value), 6)


def _about(outcome: Outcome) -> Document:
    scenario = outcome.scenario
    notices = ["summary.demonstration"] if scenario.synthetic else []
    if not scenario.sharing.map_review_number:
        notices.append("summary.internal")
    return {
        "title": scenario.title.model_dump(),
        "asks": scenario.asks.model_dump(),
        "office": scenario.office,
        "synthetic": scenario.synthetic,
        "map_review_number": scenario.sharing.map_review_number,
        "notices": [dict(all_words()[key]) for key in notices],
        "crs": outcome.crs,
        "direction": scenario.walking.direction,
        "season_factor": scenario.walking.season_factor,
        "slope": slope_state(outcome),
        "least_count": scenario.sharing.least_count,
        "count_date": outcome.demand.count_date.isoformat(),
        "facilities_date": outcome.facilities.list_date.isoformat(),
        "living": living_state(outcome),
    }


def _walking(outcome: Outcome, shown: Published) -> Document:
    own = outcome.walking[0]
    ranges = shown_ranges(outcome, shown)
    return {
        "group": own.group,
        "speed_mps": own.speed_mps,
        "limit_min": outcome.scenario.walking.limit_min,
        "baseline": _shares(shown, planned=False),
        "planned": _shares(shown, planned=True),
        "compare": [
            {
                "group": other.group,
                "speed_mps": other.speed_mps,
                "baseline": {"city": shown_share(other.baseline["city"], shown)},
                "planned": {"city": shown_share(other.planned["city"], shown)},
            }
            for other in outcome.walking[1:]
        ],
        **_moved_people(shown),
        **({"range": ranges} if ranges else {}),
        **({"reasons": _reasons(shown.barriers)} if shown.barriers.city else {}),
    }


def _reasons(barriers: Barriers) -> Document:
    return {reason: people(count) for reason, count in barriers.city.items()}


def _moved_people(shown: Published) -> Document:
    """Return who gains and who loses by a plan that closes facilities."""
    if shown.city.lost is None:
        return {}
    levels = [("city", shown.city, 0)]
    levels += [(key, shown.counties, i) for i, key in enumerate(shown.counties.key) if key]
    return {
        name: {key: people(float(getattr(counts, field)[i])) for key, counts, i in levels}
        for name, field in (("gained", "newly"), ("lost", "lost"))
    }


def _shares(shown: Published, *, planned: bool) -> Document:
    levels = [("city", shown.city, 0)]
    levels += [(key, shown.counties, i) for i, key in enumerate(shown.counties.key) if key]
    return {key: _share(counts, i, planned=planned) for key, counts, i in levels}


def _share(counts: Counts, at: int, *, planned: bool) -> Document:
    covered = (counts.reached_planned() if planned else counts.reached)[at]
    return {
        "share": number(float(counts.share(planned=planned)[at])),
        "covered": people(float(covered)),
        "total": people(float(counts.older[at])),
    }


def _units(units: UnitShare) -> Document:
    return {
        "share": number(units.share),
        "with_facility": units.with_facility,
        "units": units.units,
        "list_date": units.list_date.isoformat(),
    }


def _space(outcome: Outcome) -> Document:
    space = outcome.provision
    by_key = {summary.key: _space_group(summary) for summary in space.summaries}
    classes = ("urban", "rural")
    return {
        **by_key["city"],
        "norm_m2_per_100_households": number(space.norm),
        "households_definition": space.definition,
        "households_date": space.households_date.isoformat(),
        "area_date": space.area_date.isoformat(),
        **{key: by_key[key] for key in classes},
        "districts": {k: v for k, v in by_key.items() if k not in {"city", *classes}},
    }


def _space_group(group: SpaceSummary) -> Document:
    return {
        "mean_m2_per_100_households": number(group.mean_ratio),
        "m2_per_100_households": number(group.ratio),
        "share_meeting": number(group.share_meeting),
        "deficit_m2": number(group.deficit_m2),
        "units": group.units,
        "known": group.known,
        "meeting": group.meeting,
        "floor_m2": number(group.floor_m2),
        "households": number(group.households),
        "mean_floor_m2": number(group.mean_floor_m2),
    }


def _indicator(row: IndicatorValue, outcome: Outcome, shown: Published) -> Document:
    city = outcome.walking[0].baseline["city"]
    counts_people = row.denominator is not None and row.denominator == city.total
    hidden = counts_people and bool(shown.city.hidden_split[0])
    return {
        "id": row.id,
        "zh": row.zh,
        "en": row.en,
        "unit": row.unit,
        "value": None if hidden else number(row.value),
        "numerator": None if hidden else number(row.numerator),
        "denominator": None if hidden else number(row.denominator),
        "baseline": number(row.baseline),
        "target": number(row.target),
        "date": row.date.isoformat() if row.date else None,
        "needs": row.needs,
    }
