"""Laws of sharing people out: sums to the person, parts inside the whole, order does not matter."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from planner.kernel.apportion import apportion, apportion_within

WEIGHTS = arrays(
    np.float64,
    st.integers(1, 12),
    elements=st.one_of(
        st.integers(0, 5000).map(float), st.floats(0, 1e7, allow_subnormal=False, width=32)
    ),
).filter(lambda w: w.any())
TOTALS = st.integers(0, 200_000)


def hamilton(total, weight):
    """Share out with exact fractions, one seat at a time: the plain second version."""
    parts = [Fraction(w) for w in weight.tolist()]
    quota = [total * w / sum(parts) for w in parts]
    out = [math.floor(q) for q in quota]
    line = sorted(range(len(out)), key=lambda i: (out[i] - quota[i], -parts[i], i))
    for i in line[: total - sum(out)]:
        out[i] += 1
    return out


@given(TOTALS, WEIGHTS)
def test_sums_are_kept_to_the_person(total, weight):
    out = apportion(total, weight)
    assert out.sum() == total
    assert (out == np.floor(out)).all()
    assert (out >= 0).all()
    assert not out[weight == 0].any()


@given(TOTALS, WEIGHTS)
def test_nobody_gets_less_than_the_quota_rounded_down_or_more_than_rounded_up(total, weight):
    out = apportion(total, weight)
    quota = total * weight / weight.sum()
    slack = 1e-4 * max(1.0, total * len(weight) / 2**10)  # weights are counted in steps of 2^-31
    assert (out > quota - 1 - slack).all()
    assert (out < quota + 1 + slack).all()


@given(TOTALS, WEIGHTS)
def test_heavier_never_gets_less(total, weight):
    out = apportion(total, weight)
    order = np.lexsort((out, weight))
    heavier = np.diff(weight[order]) > 0
    assert (np.diff(out[order])[heavier] >= 0).all()


@given(TOTALS, WEIGHTS, st.randoms(use_true_random=False))
def test_order_does_not_matter(total, weight, dice):
    order = list(range(len(weight)))
    dice.shuffle(order)
    out, moved = apportion(total, weight), apportion(total, weight[order])
    assert sorted(out) == sorted(moved)
    _, first, count = np.unique(weight, return_index=True, return_counts=True)
    alone = np.isin(np.arange(len(weight)), first[count == 1])
    assert (out[order] == moved)[alone[order]].all()  # only equal weights may change places


@given(
    TOTALS,
    arrays(np.int64, st.integers(1, 30), elements=st.integers(0, 900)).filter(lambda w: w.any()),
)
def test_whole_weights_are_shared_out_as_fractions_would_be(total, weight):
    assert apportion(total, weight.astype(float)).tolist() == hamilton(total, weight)


@settings(max_examples=50)
@given(st.data())
def test_parts_stay_inside_the_whole(data):
    weight = data.draw(WEIGHTS)
    population = data.draw(st.integers(0, 5000))
    older = data.draw(st.integers(0, population))
    older_65 = data.draw(st.integers(0, older))
    older_80 = data.draw(st.integers(0, older_65))
    inside = weight
    for total in (population, older, older_65, older_80):
        out = apportion_within(total, inside, weight)
        assert out.sum() == total
        if inside is not weight:
            assert (out <= inside).all()
        inside = out


@given(st.integers(1, 5000), st.floats(0.001, 1), WEIGHTS)
def test_a_share_of_the_people_keeps_its_fraction_and_its_place(population, share, weight):
    people = apportion(population, weight)
    older = apportion_within(population * share, people, weight)
    assert math.isclose(older.sum(), population * share, rel_tol=1e-12)
    assert (older <= people).all()
    assert (older != np.floor(older)).sum() <= 1


def test_unknown_stays_unknown():
    assert np.isnan(apportion_within(float("nan"), np.ones(3))).all()


def test_where_nobody_is_the_next_weight_counts():
    assert apportion_within(4, np.zeros(2), np.array([1.0, 3.0])).tolist() == [1, 3]
    assert apportion_within(4, np.full(2, np.nan), np.zeros(2)).tolist() == [2, 2]


@pytest.mark.parametrize(
    ("total", "weight"), [(-1, [1.0]), (3, [0.0]), (3, []), (math.inf, [1.0]), (3, [-1.0, 2.0]),
                          (3, [math.nan])]
)  # fmt: skip
def test_nonsense_is_refused(total, weight):
    with pytest.raises(ValueError, match=r"cannot|no place|weights"):
        apportion(total, np.array(weight))


def test_worked_example():
    """Three streets of 300, 200 and 100 m, 10 people: quotas 5, 3.33 and 1.67."""
    assert apportion(10, np.array([300.0, 200.0, 100.0])).tolist() == [5, 3, 2]
