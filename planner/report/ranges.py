"""Ranges of walking coverage, as far as they may be told (law 9)."""

import math
from collections.abc import Mapping

from planner.model.outcome import Outcome, Spread
from planner.report.published import Published
from planner.report.suppression import is_small

SOURCES = ("together", "speed", "snapping", "network")
Ends = dict[str, float | None]
_AGREE = 0.5


def shown_ranges(outcome: Outcome, published: Published) -> dict[str, dict[str, Ends]]:
    """Return the city's share under other assumptions, ``low``, ``central`` and ``high``.

    Two assumptions may reach almost the same people: an end that differs from another published
    count of people by a small count is `None`.

    Parameters
    ----------
    outcome
        What a run found.
    published
        The counts that may be shown.

    Returns
    -------
    dict
        By state (``baseline``, ``planned``) and source; empty where no range was computed.

    Raises
    ------
    ValueError
        If a range is not around the coverage of the outcome (law 5).
    """
    given = {"baseline": outcome.spread, "planned": outcome.spread_planned}
    spreads = {state: spread for state, spread in given.items() if spread}
    for state, spread in spreads.items():
        _must_agree(outcome, state, spread)
    told = _told(outcome, published)
    ranges: dict[str, dict[str, Ends]] = {state: {} for state in spreads}
    for source in SOURCES:
        for state, spread in spreads.items():
            if source in spread:
                ranges[state][source] = _ends(spread[source], published, told)
    return ranges


def _told(outcome: Outcome, published: Published) -> list[float]:
    """Return the counts of people of the city that readers know already."""
    city = published.city
    reached = float(city.reached[0])
    counts = [0.0, float(city.older[0]), reached, float(city.reached_planned()[0])]
    for other in outcome.walking[1:]:
        counts += [other.baseline["city"].covered, other.planned["city"].covered]
    return counts


def _ends(spread: Spread, published: Published, told: list[float]) -> Ends:
    """Return what may be told of a range, and add it to what is `told`."""
    total = float(published.city.older[0])
    if published.city.hidden_split[0] or math.isnan(spread.central):
        return {"low": None, "central": None, "high": None}
    ends: Ends = {"central": round(spread.central, 6)}
    for end, share in (("low", spread.low), ("high", spread.high)):
        count = share * total
        if any(is_small(abs(count - other), published.least) for other in told):
            ends[end] = None
        else:
            ends[end] = round(share, 6)
            told.append(count)
    return {key: ends[key] for key in ("low", "central", "high")}


def _must_agree(outcome: Outcome, state: str, spread: Mapping[str, Spread]) -> None:
    own = getattr(outcome.walking[0], state)["city"]
    for source, ends in spread.items():
        if abs(ends.central * own.total - own.covered) > _AGREE:
            raise ValueError(
                f"{source} range of {state}: around {ends.central}, the outcome says {own.share}"
            )
