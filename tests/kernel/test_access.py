"""Access beyond yes or no, against PySAL's ``access``, a plain second version, and by hand."""

import numpy as np
import pandas as pd
import pytest
from access import fca, weights
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from planner.kernel.access import (
    Trips,
    find_worst_served,
    gini_of,
    serve_within_capacity,
    theil_of,
    three_step_access,
    two_step_access,
    weigh_gaussian,
    weigh_steps,
)

BANDS = [(5.0, 1.0), (10.0, 0.68), (15.0, 0.22)]


def random_case(seed, sites=7, points=40):
    random = np.random.default_rng(seed)
    minutes = random.uniform(0, 30, (sites, points)).round(1)
    minutes[0, 0] = 0.0
    site, point = np.nonzero(minutes <= 15)
    trips = Trips(site.astype(np.int32), point.astype(np.int32), minutes[site, point])
    supply = random.integers(0, 80, sites).astype(float)
    demand = random.integers(1, 300, points).astype(float)
    return trips, supply, demand


def of_pysal(method, trips, supply, demand, weight):
    costs = pd.DataFrame({"origin": trips.point, "dest": trips.site + 1000, "cost": trips.minutes})
    people = pd.DataFrame({"demand": demand}, index=pd.Index(range(len(demand)), name="geoid"))
    places = pd.DataFrame(
        {"supply": supply}, index=pd.Index(range(1000, 1000 + len(supply)), name="geoid")
    )
    found = method(people, places, costs, 15.0, weight_fn=weight)
    return found.reindex(range(len(demand))).fillna(0.0).to_numpy()


@pytest.mark.filterwarnings("ignore:The inplace keyword:DeprecationWarning")  # in the peer
@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_pysal_access_to_a_billionth(seed):
    trips, supply, demand = random_case(seed)
    steps = weigh_steps(trips.minutes, BANDS)
    bell = weigh_gaussian(trips.minutes, 8.0)
    step_fn, bell_fn = weights.step_fn(dict(BANDS)), weights.gaussian(8.0)
    ones = np.ones(len(steps))
    for ours, peer in (
        (two_step_access(trips, ones, supply, demand),
         of_pysal(fca.two_stage_fca, trips, supply, demand, None)),
        (two_step_access(trips, steps, supply, demand),
         of_pysal(fca.two_stage_fca, trips, supply, demand, step_fn)),
        (two_step_access(trips, bell, supply, demand),
         of_pysal(fca.two_stage_fca, trips, supply, demand, bell_fn)),
        (three_step_access(trips, bell, supply, demand),
         of_pysal(fca.three_stage_fca, trips, supply, demand, bell_fn)),
    ):  # fmt: skip
        np.testing.assert_allclose(ours, peer, rtol=0, atol=1e-9)
        assert ours.max() > 0


def test_two_steps_by_hand():
    """Two sites of 10 and 20 beds; A (100 people) is near both, B (50) near the second only.

    Ratios 10/100 = 0.1 and 20/150; A has 0.1 + 0.1333, B has 0.1333.
    """
    trips = Trips(
        np.array([0, 1, 1], np.int32), np.array([0, 0, 1], np.int32), np.array([3.0, 0.0, 9.0])
    )
    found = two_step_access(trips, np.ones(3), np.array([10.0, 20.0]), np.array([100.0, 50.0]))
    assert found == pytest.approx([0.1 + 20 / 150, 20 / 150])


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_no_bed_is_handed_out_twice(seed):
    trips, supply, demand = random_case(seed)
    near = np.isin(np.arange(len(supply)), trips.site)
    for weight in (np.ones(len(trips.site)), weigh_gaussian(trips.minutes, 6.0)):
        found = two_step_access(trips, weight, supply, demand)
        assert found @ demand == pytest.approx(supply[near].sum())


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_capacity_serves_as_many_as_a_linear_programme(seed):
    random = np.random.default_rng(seed)
    trips, _, demand = random_case(seed, sites=5, points=12)
    demand = demand / 4
    capacity = random.choice([0.0, 40.0, 120.5, np.inf], 5)
    served = serve_within_capacity(trips, capacity, demand)
    assert (served <= demand + 1e-9).all()
    rows = np.zeros((len(demand) + 5, len(trips.site)))
    rows[trips.point, np.arange(len(trips.site))] = 1
    rows[len(demand) + trips.site, np.arange(len(trips.site))] = 1
    most = np.concatenate([demand, np.where(np.isinf(capacity), 1e9, capacity)])
    best = -linprog(-np.ones(len(trips.site)), A_ub=rows, b_ub=most).fun
    assert served.sum() == pytest.approx(best, abs=0.01 * len(demand))


def test_capacity_without_limit_is_plain_coverage():
    trips, _, demand = random_case(3)
    served = serve_within_capacity(trips, np.full(7, np.inf), demand)
    near = np.isin(np.arange(len(demand)), trips.point)
    assert served.tolist() == np.where(near, demand, 0).tolist()
    assert serve_within_capacity(trips, np.zeros(7), demand).sum() == 0


def test_worst_served_by_hand():
    minutes, people = np.array([5.0, 30.0, 20.0]), np.array([80.0, 4.0, 16.0])
    worst = find_worst_served(minutes, people, 0.10)  # 4 at 30 minutes and 6 of the 16 at 20
    assert worst == pytest.approx((10.0, 20.0, (4 * 30 + 6 * 20) / 10))
    far = find_worst_served(np.array([5.0, np.inf]), np.array([99.0, 1.0]))
    assert np.isinf(far.mean_min)
    assert far.least_min == 5.0
    with pytest.raises(ValueError, match="share"):
        find_worst_served(minutes, people, 0.0)


def test_inequality_by_hand():
    """Two halves with 1 and 3: Gini 0.25; Theil 0.25 ln 0.5 + 0.75 ln 1.5."""
    value, people = np.array([1.0, 3.0]), np.array([10.0, 10.0])
    assert gini_of(value, people) == pytest.approx(0.25)
    theil = theil_of(value, people, np.array([0, 1], np.int32))
    assert theil.total == pytest.approx(0.25 * np.log(0.5) + 0.75 * np.log(1.5))
    assert theil.between == pytest.approx(theil.total)
    alone = theil_of(value, people, np.zeros(2, np.int32))
    assert alone.within == pytest.approx(theil.total)
    assert np.isnan(gini_of(np.zeros(2), people))
    assert np.isnan(theil_of(np.zeros(2), people, np.zeros(2, np.int32)).total)


@given(
    st.lists(st.tuples(st.floats(0, 100), st.integers(1, 50), st.integers(0, 3)), min_size=2),
    st.floats(0.1, 10),
)
@settings(max_examples=60, deadline=None)
def test_inequality_keeps_its_laws(rows, factor):
    value, people, group = (np.array(part) for part in zip(*rows, strict=True))
    value, people, group = value.astype(float), people.astype(float), group.astype(np.int32)
    if not value @ people > 1e-6:
        return
    gini, theil = gini_of(value, people), theil_of(value, people, group)
    assert -1e-9 <= gini < 1
    assert theil.between >= -1e-9
    assert theil.within >= -1e-9
    assert gini_of(value * factor, people) == pytest.approx(gini, abs=1e-9)
    twice = gini_of(np.tile(value, 2), np.tile(people, 2))
    assert twice == pytest.approx(gini, abs=1e-9)
    plain = sum(
        p * q * abs(v - w)
        for v, p in zip(value, people, strict=True)
        for w, q in zip(value, people, strict=True)
    ) / (2 * people.sum() ** 2 * (value @ people / people.sum()))
    assert gini == pytest.approx(plain, abs=1e-8)
