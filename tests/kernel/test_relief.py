"""Heights: planes stay planes, small voids close over, bridges hang on their portals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.kernel.relief import bilinear, fill_voids, hang_bridges, in_circle

slopes = st.floats(-5, 5).map(lambda x: round(x, 3))
planes = st.tuples(st.floats(0, 900).map(round), slopes, slopes)
REACH = (np.array([-1.4, 0.2]), np.array([0.1, 1.7]))


def plane(shape, said):
    rows, columns = np.indices(shape).astype(float)
    return said[0] + said[1] * rows + said[2] * columns


def places(rng, shape, count=40):
    return rng.uniform(0, shape[0] - 1, count), rng.uniform(0, shape[1] - 1, count)


@settings(max_examples=50, deadline=None)
@given(planes, st.integers(0, 99))
def test_a_plane_is_reproduced_between_centres(said, seed):
    row, column = places(np.random.default_rng(seed), (7, 9))
    height = bilinear(plane((7, 9), said), row, column)
    np.testing.assert_allclose(height, said[0] + said[1] * row + said[2] * column, atol=1e-9)


@settings(max_examples=50, deadline=None)
@given(planes, st.integers(0, 99))
def test_smoothing_keeps_a_plane_beside_voids_and_at_the_edge_too(said, seed):
    rng = np.random.default_rng(seed)
    band = plane((9, 9), said)
    band[rng.random(band.shape) < 0.1] = np.nan
    row, column = places(rng, (9, 9))
    height = in_circle(band, row, column, REACH)
    known = np.isfinite(bilinear(band, row, column))
    assert np.array_equal(known, np.isfinite(height))
    expected = said[0] + said[1] * row + said[2] * column
    np.testing.assert_allclose(height[known], expected[known], atol=1e-9)


def test_smoothing_takes_noise_away():
    rng = np.random.default_rng(3)
    band = rng.normal(0, 2, (60, 60))
    row, column = places(rng, (60, 60), 500)
    assert in_circle(band, row, column, REACH).std() < 0.75 * bilinear(band, row, column).std()


def test_outside_the_centres_is_unknown():
    band = np.zeros((3, 3))
    height = bilinear(band, np.array([-0.1, 0, 2, 2.1]), np.array([0.0, 0, 2, 2]))
    assert np.isnan(height).tolist() == [True, False, False, True]


@settings(max_examples=50, deadline=None)
@given(planes, st.integers(1, 7), st.integers(1, 7), st.integers(1, 3), st.integers(1, 3))
def test_filling_a_void_restores_a_plane(said, top, left, high, wide):
    whole = plane((12, 12), said)
    band = whole.copy()
    band[top : top + high, left : left + wide] = np.nan
    np.testing.assert_allclose(fill_voids(band, 3, 3), whole, atol=1e-9)
    assert np.isnan(fill_voids(band, high - 1, wide)).any()
    assert np.isnan(fill_voids(band, high, wide - 1)).any()


def test_voids_at_the_edge_stay_and_nothing_else_changes():
    band = plane((8, 8), (5, 1, 2))
    band[0, 3] = band[4, 7] = band[4, 4] = np.nan
    filled = fill_voids(band, 2, 2)
    assert np.isnan(filled).sum() == 2
    assert filled[4, 4] == pytest.approx(17)
    known = np.isfinite(band)
    assert np.array_equal(filled[known], band[known])


#  0 ==bridge== 1 ==bridge== 2     portals at 100 m and 130 m, the valley at 40 m;
#               |                  stairs from node 1 down to node 3
#               3
def hang(height, carried=(3, 3, 0), steps=(False, False, True), ends=((0, 1, 1), (1, 2, 3))):
    ends = tuple(np.array(e, np.int32) for e in ends)
    start = np.arange(0, 2 * len(ends[0]) + 1, 2)
    profile = np.array(height, float)[np.stack(ends, axis=1).ravel()]
    found = hang_bridges(
        ends,
        np.array([10.0, 20.0, 15.0][: len(ends[0])]),
        np.array(carried, np.int8),
        np.array(steps, np.bool_),
        (profile, start),
    )
    return found.reshape(-1, 2).tolist()


def test_middle_of_a_bridge_hangs_on_its_portals():
    found = hang([100, 40, 130, 38])
    assert found == [[100, pytest.approx(110)], [pytest.approx(110), 130],
                     [pytest.approx(110), 38]]  # fmt: skip


def test_street_at_the_middle_means_that_it_stands_on_the_ground():
    assert hang([100, 40, 130, 38], steps=(False, False, False))[0] == [100, 40]


def test_place_between_bridge_and_tunnel_is_on_the_ground():
    assert hang([100, 40, 130, 38], carried=(3, 4, 0))[0] == [100, 40]


def test_unknown_portal_does_not_count():
    nan = float("nan")
    assert hang([100, 40, nan, 38])[0] == [100, pytest.approx(100)]
    assert hang([nan, 40, nan, 38])[0][1] == 40


def test_bridge_that_forks_hangs_evenly():
    """Three arms of 10, 20 and 15 m meet in the air: the heights weigh by one over length."""
    found = hang([100, 0, 130, 115], carried=(3, 3, 3), steps=(False, False, False))
    weights = np.array([1 / 10, 1 / 20, 1 / 15])
    expected = (weights * [100, 130, 115]).sum() / weights.sum()
    assert found[0][1] == pytest.approx(expected)


def test_no_bridge_changes_nothing():
    assert hang([100, 40, 130, 38], carried=(0, 0, 0)) == [[100, 40], [40, 130], [40, 38]]
