"""The small outcome with reasons, tiers and ranges."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from small_outcome import LIMIT, Text, shares, small_outcome, unchanged, walk

from planner.model.explanation import Reason
from planner.model.outcome import Outcome, Spread

SPEEDS = {
    "together": (0.7, 1.3),
    "speed": (0.8, 1.2),
    "snapping": (0.93, 1.02),
    "network": (1, 1.1),
}


def spread_of(outcome: Outcome, minutes: np.ndarray) -> Mapping[str, Spread]:
    """Assume other speeds, by source."""

    def share(factor: float) -> float:
        return shares(outcome.demand, minutes / factor)["city"].share

    order = ("speed", "snapping", "network", "together")
    return {
        source: Spread(
            low=share(SPEEDS[source][0]), central=share(1.0), high=share(SPEEDS[source][1])
        )
        for source in order
    }


def reasons_of(outcome: Outcome) -> tuple[str, ...]:
    """Blame the slope near the limit, the way beyond it."""
    minutes = outcome.reach.minutes
    told = np.where(minutes > LIMIT + 4, Reason.TOO_FAR.value, Reason.STEEP.value).astype(object)
    told[minutes <= LIMIT] = Reason.COVERED.value
    told[np.isnan(minutes)] = Reason.ISLAND.value
    return tuple(told)


def full_outcome(text: Text = unchanged, **changes: object) -> Outcome:
    """Build the outcome with all that may be empty."""
    outcome = small_outcome(text)
    sites = outcome.facilities
    tiers = {}
    for kind in dict.fromkeys(sites.kind):
        at = [i for i, k in enumerate(sites.kind) if k is kind]
        tiers[kind.value] = walk(outcome.demand, sites.lonlat[at], 900.0).min(axis=1)
    tiers["institution"] = np.full(len(outcome.demand), np.nan)
    full = replace(
        outcome,
        reasons=reasons_of(outcome),
        tiers=tiers,
        spread=spread_of(outcome, outcome.reach.minutes),
        spread_planned=spread_of(outcome, outcome.reach.minutes_planned),
    )
    return replace(full, **changes)  # type: ignore[arg-type]
