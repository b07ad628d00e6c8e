"""The slope model: worked by hand, and flat ground that changes nothing."""

import math

import numpy as np
import pytest

from planner.kernel.slope import SlopeModel, flat_equivalent_mm, speed_factor

TOBLER = SlopeModel(decay=3.5, shift=0.05, cap=0.4, steps_factor=0.5)
NO = np.zeros(1, np.bool_)
YES = np.ones(1, np.bool_)


def one_edge(points, heights, *, steps=NO, carried=NO):
    return flat_equivalent_mm(
        np.array(points, np.float64),
        np.array([0, len(points)], np.int64),
        None if heights is None else np.array(heights, np.float64),
        (steps, carried),
        TOBLER,
    )


def test_ten_percent_uphill_by_hand():
    # 100 m, rise 10 m: factor exp(-3.5 * 0.15) / exp(-3.5 * 0.05) = exp(-0.35) = 0.704688
    forward, backward, unknown, _ = one_edge([[0, 0], [100, 0]], [0, 10])
    assert forward[0] == round(100_000 / math.exp(-0.35))
    # back down: |-0.1 + 0.05| = 0.05, the same as on the flat
    assert backward[0] == 100_000
    assert unknown == 0


def test_flat_ground_is_no_slope_to_the_bit():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(50, 2)) * 300
    flat = one_edge(points, np.full(50, 123.4))
    none = one_edge(points, None)
    assert flat[:2] == none[:2]


def test_steep_is_capped():
    assert speed_factor(np.array([0.9]), TOBLER) == speed_factor(np.array([0.4]), TOBLER)


def test_steps_are_walked_at_half_speed_both_ways_with_or_without_heights():
    for heights in (None, [0, 20]):
        forward, backward, *_ = one_edge([[0, 0], [40, 0]], heights, steps=YES)
        assert forward[0] == backward[0] == 80_000


def test_a_bridge_ignores_the_valley_below_it():
    points = [[0, 0], [50, 0], [100, 0]]
    forward, backward, *_ = one_edge(points, [100, 20, 100], carried=YES)
    assert forward[0] == backward[0] == 100_000


def test_missing_heights_are_counted():
    forward, _, unknown, _ = one_edge([[0, 0], [50, 0], [100, 0]], [10, np.nan, 10])
    assert unknown == 1
    assert forward[0] == 100_000


def test_two_edges_do_not_leak_into_each_other():
    vertices = np.array([[0, 0], [10, 0], [500, 0], [530, 0]], np.float64)
    forward, *_ = flat_equivalent_mm(
        vertices,
        np.array([0, 2, 4], np.int64),
        np.array([0.0, 0.0, 90.0, 90.0]),
        (np.zeros(2, np.bool_), np.zeros(2, np.bool_)),
        TOBLER,
    )
    assert forward.tolist() == [10_000, 30_000]


@pytest.mark.parametrize("slope", [-0.3, -0.05, 0.0, 0.1])
def test_factor_is_toblers(slope):
    kmh = 6 * math.exp(-3.5 * abs(slope + 0.05))
    assert speed_factor(np.array([slope]), TOBLER)[0] == pytest.approx(kmh / 5.036742, abs=1e-6)
