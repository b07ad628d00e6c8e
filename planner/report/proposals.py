"""The proposed sites, the curve of coverage and the variants, as far as they may be shown.

A count of fewer people than may be told is hidden, and so is one that a difference of two shown
ones would give away. Communities are named, most people first, without their counts, which stand
in the table of the communities under its own rules.
"""

import math
from typing import Any

import numpy as np

from planner.model.outcome import Outcome
from planner.model.plan import Neighbour, Pick, Variant
from planner.report.plain import plain
from planner.report.published import Published, people, tier_is_small
from planner.report.suppression import hide_parts, hide_steps, is_small

Document = dict[str, Any]

_MOST_NAMED = 5


def site_documents(outcome: Outcome, shown: Published) -> list[Document]:
    """Return the proposed sites in build order."""
    siting = outcome.scenario.siting
    names = dict(zip(outcome.communities.code, outcome.communities.name, strict=True))
    moved = {one.id: {"id": plain(one.id), "name": plain(one.name)} for one in outcome.plan.closed}
    return [
        {
            "id": pick.id,
            "name": pick.name,
            "lon": round(pick.lon, 6),
            "lat": round(pick.lat, 6),
            "order": pick.order,
            "gain": people(float(gain)),
            "cumulative_share": _rounded(float(share)),
            "way": siting.way,
            "year": siting.year,
            "cost": pick.cost,
            "moved_from": moved.get(pick.moved_from),
            "tier": plain(pick.tier) or None,
            "lost_if_dropped": _lost(pick, float(gain), shown.least),
            "next_best": _neighbour(pick, float(gain), shown.least),
            "chosen_in": list(pick.chosen_in),
            "where": [plain(names.get(code, code)) for code, _ in pick.where[:_MOST_NAMED]],
            "where_more": max(len(pick.where) - _MOST_NAMED, 0),
        }
        for pick, gain, share in zip(
            outcome.plan.picks, shown.gain, shown.cumulative_share, strict=True
        )
    ]


def tier_documents(outcome: Outcome, shown: Published) -> list[Document]:
    """Return the coverage of each tier today and with the plan."""
    documents = []
    for tier in outcome.plan.tiers:
        unsaid = tier_is_small(tier, shown.least) or bool(shown.city.hidden_split[0])
        known = (float(shown.city.reached[0]), float(shown.city.reached_planned()[0]))
        unsaid = unsaid or any(  # a difference from what is told of the walk is a count too
            is_small(abs(count - other), shown.least)
            for count in (tier.baseline, tier.planned)
            for other in known
        )
        baseline, planned = (
            {
                "share": None if unsaid or not tier.total > 0 else _rounded(count / tier.total),
                "covered": None if unsaid else people(count),
                "total": people(float(shown.city.older[0])),
            }
            for count in (tier.baseline, tier.planned)
        )
        documents.append(
            {
                "name": plain(tier.name),
                "limit_min": tier.limit_min,
                "standing": tier.standing,
                "built": tier.built,
                "baseline": baseline,
                "planned": planned,
            }
        )
    return documents


def closed_documents(outcome: Outcome, shown: Published) -> list[Document]:
    """Return the facilities the plan closes or moves, and who loses by it."""
    closed = outcome.plan.closed
    to = {pick.id: pick for pick in outcome.plan.picks}
    loses = np.array([one.loses for one in closed], np.float64)
    hidden = hide_parts(loses, least=shown.least)
    documents = []
    for one, gone in zip(closed, hidden.tolist(), strict=True):
        parts = (one.loses, one.others, one.loses + one.others)
        unsaid = gone or bool(shown.city.hidden_split[0])
        unsaid = unsaid or any(is_small(part, shown.least) for part in parts)
        pick = to.get(one.moved_to)
        documents.append(
            {
                "id": plain(one.id),
                "name": plain(one.name),
                "lon": round(one.lon, 6),
                "lat": round(one.lat, 6),
                "loses": None if unsaid else people(one.loses),
                "others": None if unsaid else people(one.others),
                "moved_to": None
                if pick is None
                else {"id": plain(pick.id), "name": plain(pick.name), "order": pick.order},
            }
        )
    return documents


def _lost(pick: Pick, gain: float, least: float) -> float | None:
    """Return who is lost without the site, unless it or what others make good is too few."""
    if math.isnan(gain) or math.isnan(pick.lost):
        return None
    hidden = is_small(pick.lost, least) or is_small(pick.gain - pick.lost, least)
    return None if hidden else people(pick.lost)


def _neighbour(pick: Pick, gain: float, least: float) -> Document | None:
    near: Neighbour | None = pick.neighbour
    if near is None:
        return None
    parts = (abs(near.change), pick.lost + near.change, abs(pick.gain - pick.lost - near.change))
    hidden = math.isnan(gain) or any(is_small(part, least) for part in parts)
    return {
        "name": plain(near.name),
        "lon": round(near.lon, 6),
        "lat": round(near.lat, 6),
        "away_m": round(near.away_m),
        "change": None if hidden else people(near.change),
    }


def frontier_documents(outcome: Outcome, shown: Published) -> list[Document]:
    """Return the most each number of new sites can reach, with its bound."""
    points = outcome.plan.frontier
    total = float(shown.city.older[0])
    covered = np.array([point.covered for point in points])
    _, hidden = hide_steps(np.diff(covered, prepend=covered[:1]), least=shown.least)
    if shown.city.hidden_split[0] or shown.start_hidden:
        hidden = np.ones_like(hidden)
    return [
        {
            "sites": point.sites,
            "covered": None if gone else people(point.covered),
            "share": None if gone or not total > 0 else _rounded(point.covered / total),
            "bound": None if gone else people(point.bound),
            "gap": _rounded(point.gap),
            "nested": None if gone or point.nested is None else people(point.nested),
        }
        for point, gone in zip(points, hidden.tolist(), strict=True)
    ]


def variant_documents(outcome: Outcome) -> list[Document]:
    """Return what the plan is worth under other assumptions, to a tenth of a percent."""

    def told(variant: Variant) -> Document:
        return {
            "name": variant.name,
            "speed_mps": _rounded(variant.speed_mps),
            "held": round(variant.held, 3),
            "best": round(variant.best, 3),
            "bound": round(variant.bound, 3),
        }

    return [told(variant) for variant in outcome.plan.variants]


def _rounded(value: float) -> float | None:
    return round(value, 6) if math.isfinite(value) else None
