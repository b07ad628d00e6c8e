"""Why people are not reached: for the city, and the main reason of a community."""

from dataclasses import replace

import numpy as np
import pytest
from full_outcome import full_outcome, reasons_of
from small_outcome import COMMUNITIES, small_outcome

from planner.model.explanation import Reason
from planner.report.barriers import REASONS, may_tell_main
from planner.report.published import publish
from planner.report.words import all_words


@pytest.fixture(scope="module")
def outcome():
    return full_outcome()


@pytest.fixture(scope="module")
def shown(outcome):
    return publish(outcome)


def blame(outcome, reasons):
    return publish(replace(outcome, reasons=tuple(reasons)))


def test_reasons_and_people_reached_add_up(shown):
    assert list(shown.barriers.city) == list(REASONS)
    assert shown.barriers.city["steep"] == 243
    assert sum(shown.barriers.city.values()) == shown.city.older[0] - shown.city.reached[0]


def test_the_main_reason_holds_the_most_people(outcome, shown):
    reason = np.array(outcome.reasons)
    weight = outcome.demand.weight()
    for i, code in enumerate(COMMUNITIES):
        inside = np.array([c == code for c in outcome.demand.community])
        people = {r: weight[inside & (reason == r)].sum() for r in REASONS}
        if shown.barriers.main[i]:
            assert people[shown.barriers.main[i]] == max(people.values())
            assert sum(people.values()) == weight[inside].sum() - shown.communities.reached[i]
    assert shown.barriers.main == ("", "", "too_far", "", "too_far", "")


def test_no_reason_where_the_people_are_hidden_or_nobody_is_left(shown):
    assert shown.barriers.withheld.tolist() == [True, True, False, False, False, False]
    assert shown.communities.hidden_split[:6].tolist() == shown.barriers.withheld.tolist()
    left = shown.communities.older - shown.communities.reached
    assert left[[3, 5]].tolist() == [0, 0]


def test_a_small_reason_takes_another_with_it(outcome):
    reasons = list(outcome.reasons)
    few = int(np.flatnonzero(outcome.demand.older == 3)[0])
    assert reasons[few] != Reason.COVERED.value
    reasons[few] = Reason.ACCESS.value
    city = blame(outcome, reasons).barriers.city
    assert np.isnan(city["access"])
    assert sum(np.isnan(count) for count in city.values()) == 2
    assert city["unattached"] == 0


def test_all_is_hidden_where_the_people_of_the_city_are(outcome):
    alone = outcome.scenario.sharing.model_copy(update={"least_count": 2000})
    scenario = outcome.scenario.model_copy(update={"sharing": alone})
    shown = publish(replace(outcome, scenario=scenario))
    assert shown.city.hidden_split[0]
    assert np.isnan(list(shown.barriers.city.values())).all()
    assert set(shown.barriers.main) == {""}


@pytest.mark.parametrize(
    ("people", "told"),
    [
        ([15, 0, 0], True),
        ([14, 0, 0], False),
        ([1, 5, 0], False),
        ([20, 10, 0], True),
        ([20, 11, 0], False),
        ([0, 0, 0], False),
    ],
)
def test_a_main_reason_must_lead(people, told):
    rows = np.array([people], float)
    assert may_tell_main(rows, np.array([False]), least=5).tolist() == [told]
    assert may_tell_main(rows, np.array([True]), least=5).tolist() == [False]


def test_reasons_that_contradict_the_reach_are_refused(outcome):
    reasons = [r if r != "island" else "covered" for r in outcome.reasons]
    with pytest.raises(ValueError, match="contradict each other for 37 people"):
        blame(outcome, reasons)
    with pytest.raises(ValueError, match="unknown reasons"):
        blame(outcome, ["weather", *outcome.reasons[1:]])
    with pytest.raises(ValueError, match="41 reasons for 42 points"):
        blame(outcome, outcome.reasons[1:])


def test_without_reasons_nothing_is_told():
    shown = publish(small_outcome())
    assert shown.barriers.city == {}
    assert set(shown.barriers.main) == {""}
    assert not shown.barriers.withheld.any()
    assert shown.tiers == {}


def test_every_reason_has_the_words_of_the_explanation():
    words = all_words()
    for reason in Reason:
        assert words[f"table.reason.{reason.value}"] == words[f"reason.{reason.value}"]


def test_tiers_are_medians_by_community(outcome, shown):
    minutes = outcome.tiers["community_space"]
    inside = np.array([c == COMMUNITIES[4] for c in outcome.demand.community])
    assert shown.tiers["community_space"][4] == pytest.approx(np.median(minutes[inside]))
    assert np.isnan(shown.tiers["institution"]).all()
    assert set(reasons_of(outcome)) == {"covered", "steep", "too_far", "island"}
