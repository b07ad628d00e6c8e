"""Counts that may be shown: one source for every file."""

from dataclasses import replace

import numpy as np
import pytest
from small_outcome import COMMUNITIES, small_outcome

from planner.model.outcome import Share
from planner.report.published import people, publish, shown_share


@pytest.fixture(scope="module")
def outcome():
    return small_outcome()


@pytest.fixture(scope="module")
def shown(outcome):
    return publish(outcome)


def test_city_equals_the_coverage_of_the_outcome(outcome, shown):
    city = outcome.walking[0]
    assert shown.city.reached[0] == city.baseline["city"].covered
    assert shown.city.reached[0] + shown.city.newly[0] == city.planned["city"].covered
    assert shown.city.older[0] == city.baseline["city"].total


def test_units_add_up_where_nothing_is_hidden(outcome, shown):
    at = [i for i, code in enumerate(COMMUNITIES) if code.startswith("210503")]
    assert shown.communities.older[at].sum() == shown.counties.older[1]
    assert shown.communities.reached[at].sum() == shown.counties.reached[1]


def test_a_small_count_hides_its_community_and_one_more(outcome, shown):
    hidden = np.flatnonzero(shown.communities.hidden_split)
    assert [COMMUNITIES[i] for i in hidden] == ["210502001001", "210502001002"]
    assert np.isnan(shown.communities.reached[hidden]).all()
    assert np.isfinite(shown.communities.older[hidden]).all()


def test_the_cell_with_three_people_is_hidden_and_another_with_it(outcome, shown):
    counts = shown.cells.counts
    lonely = [i for i, c in enumerate(shown.cells.community) if c == COMMUNITIES[1]]
    assert counts.hidden_total[lonely].sum() == 2
    assert np.nanmin(counts.older) >= outcome.scenario.sharing.least_count


def test_coverage_that_does_not_add_up_is_refused(outcome):
    own = outcome.walking[0]
    wrong = dict(own.planned)
    wrong["city"] = Share(share=0.9, covered=own.planned["city"].covered + 1, total=2254.0)
    broken = replace(outcome, walking=(replace(own, planned=wrong), *outcome.walking[1:]))
    with pytest.raises(ValueError, match="add up"):
        publish(broken)


def test_unknown_is_not_zero():
    outcome = small_outcome()
    older = outcome.demand.older.copy()
    older[[i for i, c in enumerate(outcome.demand.community) if c == COMMUNITIES[3]]] = np.nan
    demand = replace(outcome.demand, older=older)
    gone = Share(share=0.0, covered=346.0, total=346.0)

    def less(states):
        return {
            key: Share(share=0.5, covered=s.covered - gone.covered, total=s.total - gone.total)
            if key in {"city", "210503000000"}
            else s
            for key, s in states.items()
        }

    own = outcome.walking[0]
    own = replace(own, baseline=less(own.baseline), planned=less(own.planned))
    shown = publish(replace(outcome, demand=demand, walking=(own,)))
    assert np.isnan(shown.communities.older[3])
    assert not shown.communities.hidden_total[3]
    assert shown.communities.known[3] == 0


def test_a_faster_group_is_withheld_where_it_reaches_few_more(shown):
    total = float(shown.city.older[0])
    near = float(shown.city.reached[0]) + 2
    far = float(shown.city.reached[0]) + 200
    assert shown_share(Share(share=near / total, covered=near, total=total), shown)["share"] is None
    told = shown_share(Share(share=far / total, covered=far, total=total), shown)
    assert told["covered"] == far


@pytest.mark.parametrize(("count", "told"), [(3.0, 3), (2.25, 2.2), (np.nan, None), (0.0, 0)])
def test_people(count, told):
    assert people(count) == told
