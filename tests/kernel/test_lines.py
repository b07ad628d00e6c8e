"""Parts of polylines by share of their length."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.kernel.lines import length_of, stretch

BENT = np.array([[0.0, 0.0, 5.0], [30.0, 0.0, 11.0], [30.0, 70.0, 25.0]])
SHARE = st.integers(0, 20).map(lambda k: k / 20)


def test_a_part_keeps_the_corners_inside_it_and_carries_the_heights():
    part = stretch(BENT, 0.1, 0.5)
    np.testing.assert_allclose(part, [[10, 0, 7], [30, 0, 11], [30, 20, 15]])
    np.testing.assert_array_equal(stretch(BENT, 0.5, 0.1), part[::-1])


def test_the_whole_is_the_line_itself():
    np.testing.assert_array_equal(stretch(BENT, 0, 1), BENT)


def test_a_part_of_no_length_is_one_place_twice():
    np.testing.assert_allclose(stretch(BENT, 0.3, 0.3), [[30, 0, 11], [30, 0, 11]])


def test_a_line_of_no_length_has_parts():
    still = np.array([[1.0, 2.0], [1.0, 2.0]])
    np.testing.assert_array_equal(stretch(still, 0.2, 0.7), still)


@settings(deadline=None)
@given(SHARE, SHARE)
def test_the_length_of_a_part_is_its_share(low, high):
    assert length_of(stretch(BENT, low, high)) == pytest.approx(100 * abs(high - low))


@pytest.mark.parametrize(("line", "low"), [(BENT, -0.1), (BENT, 1.1), (BENT[:1], 0.5)])
def test_what_is_no_line_or_no_share_is_refused(line, low):
    with pytest.raises(ValueError, match=r"within 0\.\.1|two points"):
        stretch(line, low, 0.5)
