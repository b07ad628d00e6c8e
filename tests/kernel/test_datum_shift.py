"""GCJ-02 and BD-09: published points, and the way back to below a hundredth of a millimetre."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from planner.kernel.datum import (
    bd09_to_wgs84,
    gcj02_to_wgs84,
    is_shifted,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)

GEOD = Geod(ellps="WGS84")
WAYS = [(wgs84_to_gcj02, gcj02_to_wgs84), (wgs84_to_bd09, bd09_to_wgs84)]
CHINA = st.tuples(st.floats(73.4, 135.1), st.floats(3.8, 53.6))


def metres(a, b):
    return GEOD.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2]


def test_published_points():
    # printed in the documentation of gcoord and coordtransform for (116.404, 39.915)
    place = np.array([[116.404, 39.915]])
    gcj = wgs84_to_gcj02(place)
    assert gcj[0] == pytest.approx([116.41024449916938, 39.91640428150164], abs=1e-12)
    bd = wgs84_to_bd09(gcj02_to_wgs84(place))
    assert bd[0] == pytest.approx([116.41036949371029, 39.92133699351021], abs=1e-9)


def test_the_one_step_inverse_is_metres_off_and_ours_is_not():
    place = np.array([[123.766, 41.294], [124.12, 41.297], [125.36, 41.27]])
    gcj = wgs84_to_gcj02(place)
    one_step = gcj - (wgs84_to_gcj02(gcj) - gcj)
    assert 0.5 < metres(one_step, place).max() < 4
    assert metres(gcj02_to_wgs84(gcj), place).max() < 1e-6


@pytest.mark.parametrize(("there", "back"), WAYS)
@given(st.lists(CHINA, min_size=1, max_size=50))
def test_there_and_back_all_over_china(there, back, places):
    at = np.array(places)
    assert metres(back(there(at)), at).max() < 1e-6
    assert metres(there(back(at)), at).max() < 1e-6


def test_there_and_back_on_a_grid_with_the_line_where_the_formula_has_a_root():
    lon, lat = np.meshgrid(
        np.append(np.linspace(72.1, 137.8, 140), 105.0), np.linspace(1, 55.7, 80)
    )
    at = np.column_stack([lon.ravel(), lat.ravel()])
    for there, back in WAYS:
        assert metres(back(there(at)), at).max() < 1e-6


def test_offsets_in_benxi_are_those_measured():
    city = np.array([[123.766, 41.294], [124.12, 41.297], [125.36, 41.27]])
    azimuth, _, far = GEOD.inv(*city.T, *wgs84_to_gcj02(city).T)
    assert np.all((far > 490) & (far < 595))
    assert np.all((azimuth > 60) & (azimuth < 72))
    azimuth, _, far = GEOD.inv(*city.T, *wgs84_to_bd09(city).T)
    assert np.all((far > 1330) & (far < 1410))


def test_nothing_moves_outside_the_rectangle():
    away = np.array([[1.52, 42.5], [-51.2, -30.0], [139.7, 35.7], [72.0, 40.0], [100.0, 0.8]])
    assert not is_shifted(away).any()
    assert np.array_equal(wgs84_to_gcj02(away), away)
    assert np.array_equal(gcj02_to_wgs84(away), away)


def test_the_edge_of_the_rectangle_is_inside_and_comes_back():
    edge = np.array([[72.004, 40.0], [137.8347, 40.0], [100.0, 0.8293], [100.0, 55.8271]])
    assert is_shifted(edge).all()
    inside = edge + np.array([[1e-6, 0], [-1e-6, 0], [0, 1e-6], [0, -1e-6]])
    assert metres(gcj02_to_wgs84(wgs84_to_gcj02(inside)), inside).max() < 1e-6


def test_unknown_places_stay_unknown_and_hide_no_other():
    at = np.array([[np.nan, np.nan], [123.7, 41.3]])
    for there, back in WAYS:
        moved = there(at)
        assert np.isnan(moved[0]).all()
        assert metres(back(moved)[1:], at[1:])[0] < 1e-6
    assert len(gcj02_to_wgs84(np.empty((0, 2)))) == 0


def test_other_shapes_are_refused():
    with pytest.raises(ValueError, match="shape"):
        wgs84_to_gcj02(np.zeros((2, 3)))
