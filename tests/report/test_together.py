"""Law 9 across scenarios: nobody is given back by subtraction."""

from dataclasses import replace

import numpy as np
import pytest
from full_outcome import full_outcome
from pattern_outcome import random_town as patterned_town
from scipy.optimize import linprog
from small_outcome import COMMUNITIES, COUNTIES, small_outcome
from town import many, town

from planner.model.plan import Closed, FrontierPoint
from planner.report.published import publish
from planner.report.suppression import Hidden, is_small
from planner.report.together import _untold, _without, publish_together
from planner.report.webmap.comparing import comparison_data

LEAST = 5


def states_of(outcome):
    limit = outcome.scenario.walking.limit_min
    return [outcome.reach.minutes <= limit, outcome.reach.minutes_planned <= limit]


def random_town(seed, scenarios):
    """People of few and many, reached by chance; later scenarios are near the first."""
    rng = np.random.default_rng(seed)
    n = len(small_outcome().demand)
    older = rng.choice([0, 1, 2, 3, 5, 9, 40, 120], n)
    base, add = rng.random(n) < 0.5, rng.random(n) < 0.2
    made = [town(older, base, add)]
    for _ in range(scenarios - 1):
        flip = rng.random(n) < 0.15
        made.append(town(older, base ^ flip, add ^ (rng.random(n) < 0.1)))
    return made


def groups(outcome):
    """Members of city, counties and communities, in the order of their counts."""
    home = np.array(outcome.demand.community)
    county = np.array([c[:6] + "000000" for c in home])
    return [
        ("city", [np.ones(len(home), bool)]),
        ("counties", [county == c for c in COUNTIES]),
        ("communities", [home == c for c in COMMUNITIES]),
    ]


def published_of(together, outcomes):
    """Return what a reader knows of the people by point: sums over points, and their values."""
    rows, values = [], []
    for outcome, shown in zip(outcomes, together.shown, strict=True):
        today, planned = states_of(outcome)
        parts = {"reached": today, "newly": planned & ~today, "unreached": ~planned}
        for level, members in groups(outcome):
            counts = getattr(shown, level)
            for i, inside in enumerate(members):
                if np.isfinite(counts.older[i]):
                    rows.append(inside)
                    values.append(counts.older[i])
                for name, part in parts.items():
                    told = getattr(counts, name)[i]
                    if np.isfinite(told):
                        rows.append(inside & part)
                        values.append(told)
    columns = [state for outcome in outcomes for state in states_of(outcome)]
    for i, j in np.argwhere(np.isfinite(together.moves)):
        rows.append(columns[j] & ~columns[i])
        values.append(together.moves[i, j])
    return np.array(rows, float), np.array(values)


def secrets(outcomes):
    """Groups of too few people who differ in how the scenarios reach them, by place."""
    columns = np.column_stack([s for o in outcomes for s in states_of(o)])
    weight = outcomes[0].demand.weight()
    for _, members in groups(outcomes[0]):
        for inside in members:
            for pattern in np.unique(columns[inside], axis=0):
                group = inside & (columns == pattern).all(axis=1)
                if is_small(float(weight[group].sum()), LEAST):
                    yield group
            for i in range(columns.shape[1]):
                for j in range(columns.shape[1]):
                    group = inside & columns[:, i] & ~columns[:, j]
                    if is_small(float(weight[group].sum()), LEAST):
                        yield group


@pytest.mark.parametrize(
    ("seed", "scenarios"), [(1, 2), (2, 2), (6, 2), (12, 2), (14, 2), (4, 3), (14, 3), (40, 3)]
)
def test_no_small_group_is_given_back(seed, scenarios):
    """A reader who knows every printed sum, and even who lives where, is left in doubt."""
    outcomes = random_town(seed, scenarios)
    known, values = published_of(publish_together(outcomes), outcomes)
    found = 0
    for group in secrets(outcomes):
        found += 1
        ends = []
        for sign in (1, -1):
            answer = linprog(
                sign * group.astype(float),
                A_eq=known if len(known) else None,
                b_eq=values if len(known) else None,
            )
            ends.append(sign * answer.fun if answer.status == 0 else sign * -np.inf)
        assert ends[1] - ends[0] >= LEAST - 1e-6
    assert found


@pytest.mark.parametrize(("seed", "scenarios"), [(2, 2), (6, 2), (14, 2), (40, 3)])
def test_a_told_row_holds_no_small_group(seed, scenarios):
    outcomes = random_town(seed, scenarios)
    shown = publish_together(outcomes).shown
    weight = outcomes[0].demand.weight()
    columns = np.column_stack([s for o in outcomes for s in states_of(o)])
    for level, members in groups(outcomes[0]):
        for i, inside in enumerate(members):
            if not np.isfinite(getattr(shown[0], level).reached[i]):
                continue
            for pattern in np.unique(columns[inside], axis=0):
                group = inside & (columns == pattern).all(axis=1)
                assert not is_small(float(weight[group].sum()), LEAST)


def test_three_people_more_hide_their_community_in_every_scenario():
    older, today = many()
    older[1] = 3
    more = today.copy()
    more[1] = True
    first, second = town(older, today, today), town(older, more, more)
    assert np.isfinite(publish(first).communities.reached[0])
    assert np.isfinite(publish(second).communities.reached[0])
    together = publish_together([first, second])
    for shown in together.shown:
        assert np.isnan(shown.communities.reached[0])
        assert np.isnan(shown.city.reached[0])  # or the sum of all would tell
    assert np.isnan(together.moves).all()


def test_scenarios_far_apart_hide_nothing():
    older, today = many()
    planned = today | (np.arange(len(today)) % 3 == 0)
    together = publish_together([town(older, today, today), town(older, today, planned)])
    for shown in together.shown:
        assert not shown.communities.hidden_split.any()
    today, planned = together.outcomes[0], together.outcomes[1]
    gained = states_of(planned)[1] & ~states_of(today)[1]
    assert together.moves[1, 3] == older[gained].sum()
    assert together.moves[3, 1] == 0


def test_what_one_hides_all_hide():
    together = publish_together([small_outcome(), small_outcome()])
    own = publish(small_outcome())
    for shown in together.shown:
        assert (shown.communities.hidden_split >= own.communities.hidden_split).all()
        assert not len(shown.cells.counts.key)
        assert not shown.barriers.city


def test_two_people_who_moved_away_are_not_told():
    older, today = many()
    fewer = older.copy()
    fewer[3] -= 2
    together = publish_together([town(older, today, today), town(fewer, today, today)])
    for shown in together.shown:
        assert np.isnan(shown.communities.older[0])
        assert np.isnan(shown.city.older[0])
    assert np.isnan(together.moves).all()


def plan_with(outcome, steps, curve=()):
    """Give the outcome a build order that reaches these sums."""
    pick = small_outcome().plan.picks[0]
    reached = outcome.walking[0].baseline["city"].covered
    total = outcome.walking[0].baseline["city"].total
    picks = []
    for order, step in enumerate(steps, start=1):
        picks.append(replace(pick, order=order, gain=step - reached, cumulative_share=step / total))
        reached = step
    points = tuple(
        FrontierPoint(sites=k, covered=c, bound=c, nested=None) for k, c in enumerate(curve)
    )
    return replace(outcome, plan=replace(outcome.plan, picks=tuple(picks), frontier=points))


def test_steps_close_to_another_scenario_are_not_told():
    older, today = many()
    planned = today | (np.arange(len(today)) % 3 == 0)
    base = town(older, today, planned)
    start = base.walking[0].baseline["city"].covered
    end = base.walking[0].planned["city"].covered
    first = plan_with(base, [start + 100, end])
    second = plan_with(base, [start + 102, end], [start, start + 103, end])
    together = publish_together([first, second])
    one, two = together.shown
    assert np.isfinite(one.gain).all()
    assert one.cumulative_share[0] == pytest.approx((start + 100) / older.sum())
    assert np.isnan(two.cumulative_share[0])
    assert np.isnan(two.gain).all()
    assert two.cumulative_share[1] == pytest.approx(end / older.sum())
    assert [p.covered for p in together.outcomes[1].plan.frontier] == [start, end]


def test_no_two_told_sums_of_the_city_lie_too_close():
    together = publish_together([full_outcome(), full_outcome()])
    told = []
    for outcome, shown in zip(together.outcomes, together.shown, strict=True):
        total = shown.city.older[0]
        told += [shown.city.reached[0], shown.city.reached[0] + shown.city.newly[0]]
        told += [s * total for s in shown.cumulative_share if np.isfinite(s)]
        told += [p.covered for p in outcome.plan.frontier]
        assert outcome.walking[1:] == ()
        assert outcome.spread is None
        assert all(np.isnan(p.lost) for p in outcome.plan.picks)
    gaps = np.abs(np.subtract.outer(told, told)).ravel()
    assert not [gap for gap in gaps if is_small(float(gap), LEAST)]


def test_nothing_to_compare_is_refused():
    with pytest.raises(ValueError, match="nothing"):
        publish_together([])


def test_counts_outside_the_joint_table_are_left_out():
    outcome, _ = patterned_town(0, most=40)
    closed = Closed(
        site=0, id="f", name="站", lon=124.0, lat=41.0, loses=40.0, others=7.0, moved_to=""
    )
    weighted = outcome.scenario.siting.model_copy(update={"age_weights": {"80": 2.0}})
    other = replace(
        outcome,
        scenario=outcome.scenario.model_copy(update={"siting": weighted}),
        plan=replace(outcome.plan, lost=40.0),
    )
    assert outcome.patterns is not None
    together = publish_together([outcome, other])
    assert [one.patterns for one in together.outcomes] == [None, None]
    assert not np.isfinite([one.plan.lost for one in together.outcomes]).any()
    assert np.isfinite(together.outcomes[0].plan.objective)
    assert not np.isfinite(together.outcomes[1].plan.objective)
    assert comparison_data(together, "zh")["whatif"] is None
    told = _untold(replace(outcome.plan, closed=(closed,)), weighted=False).closed[0]
    assert not np.isfinite([told.loses, told.others]).any()


def test_who_loses_is_hidden_where_the_split_is():
    outcome, _ = patterned_town(0, most=40)
    counts = publish(outcome).communities
    n = len(counts.key)
    hidden = Hidden(2, np.zeros(n, bool), np.arange(n) == 1, (None,) * n, (None,) * n)
    after = _without(replace(counts, lost=np.full(n, 9.0)), hidden)
    assert np.isnan(after.lost[1])
    assert after.lost[0] == 9.0
