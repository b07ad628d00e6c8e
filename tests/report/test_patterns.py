"""The cover structure that leaves the office: sums kept, nobody singled out (law 9)."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from pattern_outcome import random_town
from small_outcome import COMMUNITIES, county_of

from planner.report.patterns import REST, pool_patterns, states
from planner.report.published import publish

TOWNS = [(seed, most) for seed in range(30) for most in (12, 40)]


def every_state(sites):
    return [np.array(bits, bool) for bits in product((False, True), repeat=sites)]


def is_small(value, least):
    return 1e-6 < value < least - 1e-6


def reached(rows, chosen):
    return np.bincount(rows.at, rows.people * rows.reached(chosen), len(rows.district))


def test_most_towns_have_a_structure():
    found = [pool_patterns(town, publish(town)) for town, _ in map(random_town, range(20))]
    assert sum(pooled is not None for pooled in found) >= 15


@pytest.mark.parametrize(("seed", "most"), TOWNS)
def test_rows_are_large_and_known_sums_are_kept(seed, most):
    outcome, _ = random_town(seed, most=most)
    shown = publish(outcome)
    pooled = pool_patterns(outcome, shown)
    if pooled is None:
        return
    rows = pooled.rows
    assert rows.people.min() >= shown.least
    today, planned = reached(rows, pooled.today()), reached(rows, pooled.planned())
    assert today.sum() == shown.city.reached[0]
    assert planned.sum() == shown.city.reached_planned()[0]
    assert rows.people.sum() == shown.city.older[0]
    for i, code in enumerate(rows.district):
        if code != REST:
            at = shown.counties.key.index(code)
            assert today[i] == shown.counties.reached[at]
            assert planned[i] == shown.counties.reached_planned()[at]
            assert not shown.counties.hidden_split[at]


@pytest.mark.parametrize(("seed", "most"), TOWNS)
def test_gains_never_differ_by_a_small_number_of_people(seed, most):
    outcome, _ = random_town(seed, most=most)
    shown = publish(outcome)
    pooled = pool_patterns(outcome, shown)
    if pooled is None:
        return
    rows, plan = pooled.rows, pooled.planned()
    full = reached(rows, plan).sum()
    for j, pick in enumerate(outcome.plan.picks):
        first = plan & (np.arange(6) <= 3 + j)
        before = plan & (np.arange(6) < 3 + j)
        gain = reached(rows, first).sum() - reached(rows, before).sum()
        without = plan & (np.arange(6) != 3 + j)
        exact = sum(p.gain for p in outcome.plan.picks[: j + 1])
        told = reached(rows, first).sum() - reached(rows, pooled.today()).sum()
        assert not is_small(abs(gain - pick.gain), shown.least)
        assert not is_small(abs(told - exact), shown.least)
        assert not is_small(abs(full - reached(rows, without).sum() - pick.lost), shown.least)


@pytest.mark.parametrize(("seed", "most"), TOWNS)
def test_no_state_less_published_counts_singles_people_out(seed, most):
    """A reader who knows which people a state holds takes away the communities inside it."""
    outcome, covered = random_town(seed, most=most)
    shown = publish(outcome)
    pooled = pool_patterns(outcome, shown)
    if pooled is None:
        return
    home = np.array([COMMUNITIES.index(code) for code in outcome.demand.community])
    today, planned = covered[:, :3].any(axis=1), covered.any(axis=1)
    ways = (today, planned & ~today, ~planned)
    counts = (shown.communities.reached, shown.communities.newly, shown.communities.unreached)
    older = outcome.demand.weight() > 0
    blocks = [
        (float(count[c]), older & (home == c) & way, county_of(COMMUNITIES[c])[:12])
        for c in range(6)
        for way, count in zip(ways, counts, strict=True)
        if np.isfinite(count[c]) and count[c] > 0
    ]
    county = np.array([county_of(COMMUNITIES[c]) for c in home])
    for chosen in every_state(6):
        held = reached(pooled.rows, chosen)
        exact = covered[:, chosen].any(axis=1) & older
        for i, code in enumerate(pooled.rows.district):
            inside = exact & (county == code) if code != REST else exact & False
            whole = [
                people for people, at, own in blocks if own == code and not (at & ~inside).any()
            ]
            assert not is_small(held[i] - sum(whole), shown.least)
            for people in whole:
                assert not is_small(held[i] - people, shown.least)


@pytest.mark.parametrize("seed", range(12))
def test_two_states_differ_by_many_people_or_nobody(seed):
    outcome, _ = random_town(seed, most=12)
    shown = publish(outcome)
    pooled = pool_patterns(outcome, shown)
    if pooled is None:
        return
    found = [reached(pooled.rows, chosen) for chosen in every_state(6)]
    chosen = np.array(every_state(6))
    for a, one in enumerate(found):
        inside = np.flatnonzero((chosen[a] <= chosen).all(axis=1))
        for b in inside:
            assert not any(is_small(x, shown.least) for x in found[b] - one)


def test_the_greatest_difference_is_the_greatest_over_the_states():
    outcome, _ = random_town(3, most=12)
    pooled = pool_patterns(outcome, publish(outcome))
    exact = outcome.patterns
    apart = [
        abs((exact.people * exact.reached(s)).sum() - reached(pooled.rows, s).sum())
        for s in states(pooled)
    ]
    assert max(apart) <= pooled.most
    assert len(apart) == 2 + 6 + 2


def test_a_city_that_is_hidden_has_no_structure():
    outcome, _ = random_town(1)
    scenario = outcome.scenario
    sharing = scenario.sharing.model_copy(update={"least_count": 10_000})
    outcome = replace(outcome, scenario=scenario.model_copy(update={"sharing": sharing}))
    shown = publish(outcome)
    assert shown.city.hidden_split[0]
    assert pool_patterns(outcome, shown) is None
