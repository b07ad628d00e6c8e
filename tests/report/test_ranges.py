"""Ranges of coverage: around the coverage, and no small difference told."""

from dataclasses import replace

import numpy as np
import pytest
from full_outcome import full_outcome
from small_outcome import small_outcome

from planner.model.outcome import Spread
from planner.report.published import publish
from planner.report.ranges import SOURCES, shown_ranges


@pytest.fixture(scope="module")
def outcome():
    return full_outcome()


def told(outcome):
    return shown_ranges(outcome, publish(outcome))


def around(outcome, source, **ends):
    """Move ends of a range of today by people, the others to the middle."""
    own = outcome.walking[0].baseline["city"]
    spread = {
        name: Spread(low=own.share, central=own.share, high=own.share) for name in outcome.spread
    }
    moved = {end: own.share + people / own.total for end, people in ends.items()}
    spread[source] = replace(spread[source], **moved)
    return replace(outcome, spread=spread)


def test_the_ends_are_those_of_the_outcome(outcome):
    ranges = told(outcome)
    for state, given in (("baseline", outcome.spread), ("planned", outcome.spread_planned)):
        assert list(ranges[state]) == list(SOURCES)
        for source, ends in ranges[state].items():
            for end in ("low", "central", "high"):
                if (state, source, end) == ("planned", "network", "high"):
                    assert ends[end] is None  # three people more than the middle
                else:
                    assert ends[end] == pytest.approx(getattr(given[source], end), abs=1e-6)
    assert ranges["baseline"]["together"]["low"] < ranges["baseline"]["together"]["central"]


def test_a_source_without_assumptions_is_missing(outcome):
    given = {source: ends for source, ends in outcome.spread.items() if source != "speed"}
    ranges = told(replace(outcome, spread=given, spread_planned=None))
    assert list(ranges) == ["baseline"]
    assert list(ranges["baseline"]) == ["together", "snapping", "network"]


@pytest.mark.parametrize(("people", "hidden"), [(2, True), (4, True), (5, False), (0, False)])
def test_an_end_few_people_away_is_withheld(outcome, people, hidden):
    high = told(around(outcome, "snapping", high=people))["baseline"]["snapping"]["high"]
    assert (high is None) == hidden
    low = told(around(outcome, "network", low=-people))["baseline"]["network"]["low"]
    assert (low is None) == hidden


def test_ends_few_people_apart_are_not_both_told(outcome):
    changed = around(outcome, "together", high=300)
    spread = dict(changed.spread)
    own = changed.walking[0].baseline["city"]
    spread["speed"] = replace(spread["speed"], high=own.share + 297 / own.total)
    ranges = told(replace(changed, spread=spread))["baseline"]
    assert ranges["together"]["high"] is not None
    assert ranges["speed"]["high"] is None


def test_nothing_is_told_where_the_people_of_the_city_are_hidden(outcome):
    alone = outcome.scenario.sharing.model_copy(update={"least_count": 2000})
    scenario = outcome.scenario.model_copy(update={"sharing": alone})
    for ends in told(replace(outcome, scenario=scenario))["baseline"].values():
        assert set(ends.values()) == {None}


def test_a_range_around_something_else_is_refused(outcome):
    wrong = {"together": Spread(low=0.1, central=0.2, high=0.3)}
    with pytest.raises(ValueError, match="together range of planned"):
        told(replace(outcome, spread_planned=wrong))


def test_without_ranges_nothing_is_told():
    assert told(small_outcome()) == {}


def test_nobody_counted_has_no_range(outcome):
    nobody = {"together": Spread(low=np.nan, central=np.nan, high=np.nan)}
    ranges = told(replace(outcome, spread=nobody))
    assert ranges["baseline"]["together"] == {"low": None, "central": None, "high": None}
