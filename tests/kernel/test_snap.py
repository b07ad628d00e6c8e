"""Snapping against shapely on every street, and the awkward points by hand."""

import numpy as np
import pytest
import shapely
from valley import build_valley, points_around

from planner.kernel.snap import build_street_grid, snap_points, snap_to_grid

CROSS = np.array([[0.0, 0], [100, 0], [100, 0], [100, 50], [100, 100]])
CROSS_START = np.array([0, 2, 5])


def test_nearest_and_second_nearest_edge_of_a_valley():
    valley = build_valley(1)
    points = points_around(valley, np.random.default_rng(1), 1500)
    snap = snap_points(points, valley.vertices, valley.edge_start, max_m=400.0)
    edge_of = np.repeat(np.arange(len(valley.edge_start) - 1), np.diff(valley.edge_start))
    lines = shapely.linestrings(valley.vertices, indices=edge_of)
    away = shapely.distance(shapely.points(points)[:, None], lines[None, :])
    nearest = away.min(axis=1)
    near = nearest <= 400
    assert 0.2 < near.mean() < 1.0
    np.testing.assert_array_equal(snap.edge >= 0, near)
    np.testing.assert_allclose(snap.access_mm[near], nearest[near] * 1000, atol=0.501)
    chosen = away[np.arange(len(points)), snap.edge]
    np.testing.assert_allclose(chosen[near], nearest[near], atol=1e-9)
    where = shapely.line_interpolate_point(
        lines[snap.edge[near]], snap.share[near], normalized=True
    )
    np.testing.assert_allclose(shapely.get_coordinates(where), snap.point[near], atol=1e-6)
    away[near, snap.edge[near]] = np.inf
    second = away.min(axis=1)
    has = near & (second <= 400)
    np.testing.assert_array_equal(snap.runner_up >= 0, has)
    np.testing.assert_allclose(snap.runner_up_mm[has], second[has] * 1000, atol=0.501)


def test_worked_example():
    points = np.array([[30.0, 40], [104, 75], [-3, -4], [np.nan, 1], [100, 0], [50, 900]])
    snap = snap_points(points, CROSS, CROSS_START, max_m=50.0)
    assert snap.edge.tolist() == [0, 1, 0, -1, 0, -1]
    assert snap.share.tolist() == [0.3, 0.75, 0.0, 0.0, 1.0, 0.0]
    assert snap.access_mm.tolist() == [40_000, 4_000, 5_000, 0, 0, 0]
    assert snap.runner_up.tolist() == [-1, -1, -1, -1, 1, -1]
    np.testing.assert_array_equal(
        snap.point, [[30, 0], [100, 75], [0, 0], [np.nan] * 2, [100, 0], [np.nan] * 2]
    )


def test_exactly_as_far_as_allowed_is_near_enough():
    points = np.array([[30.0, 40]])
    assert snap_points(points, CROSS, CROSS_START, max_m=40.0).edge.tolist() == [0]
    assert snap_points(points, CROSS, CROSS_START, max_m=39.999).edge.tolist() == [-1]
    assert snap_points(np.array([[7.0, 0]]), CROSS, CROSS_START, max_m=0).edge.tolist() == [0]


def test_streets_that_are_not_allowed_are_not_there():
    points = np.array([[90.0, 5], [90, 60]])
    snap = snap_points(points, CROSS, CROSS_START, max_m=99, allowed=np.array([False, True]))
    assert (snap.edge.tolist(), snap.runner_up.tolist()) == ([1, 1], [-1, -1])
    nothing = snap_points(points, CROSS, CROSS_START, max_m=99, allowed=np.zeros(2, np.bool_))
    assert nothing.edge.tolist() == [-1, -1]


def test_a_street_of_no_length_is_a_place():
    vertices = np.array([[5.0, 5], [5, 5]])
    snap = snap_points(np.array([[8.0, 9]]), vertices, np.array([0, 2]), max_m=10)
    assert (snap.edge[0], snap.share[0], snap.access_mm[0]) == (0, 0.0, 5_000)


def test_far_apart_streets_and_very_far_points():
    vertices = np.array([[0.0, 0], [100, 0], [200_000, 90_000], [200_050, 90_000]])
    points = np.array([[-1e6, 0], [199_000, 90_000], [1e300, 0], [-np.inf, 0], [101_000, 45_500]])
    snap = snap_points(points, vertices, np.array([0, 2, 4]), max_m=1e7)
    assert snap.edge.tolist() == [0, 1, -1, -1, 1]
    assert snap.access_mm[:2].tolist() == [1_000_000_000, 1_000_000]


def test_a_point_on_the_border_of_two_cells():
    steps = np.arange(-320.0, 321.0, 64.0)
    vertices = np.column_stack([np.repeat(steps, 2), np.tile([-320.0, 320.0], len(steps))])
    points = np.stack(np.meshgrid(steps, steps), -1).reshape(-1, 2)
    snap = snap_points(points, vertices, np.arange(len(steps) + 1) * 2, max_m=64.0)
    assert snap.edge.tolist() == list(range(len(steps))) * len(steps)
    assert (snap.access_mm == 0).all()
    assert (snap.runner_up_mm == 64_000).all()


def test_no_streets_and_no_points():
    nothing = snap_points(np.zeros((2, 2)), np.zeros((0, 2)), np.zeros(1, np.int64), max_m=9)
    assert nothing.edge.tolist() == [-1, -1]
    assert len(snap_points(np.zeros((0, 2)), CROSS, CROSS_START, max_m=9).edge) == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"points": np.zeros(4)}, "points have shape"),
        ({"vertices": np.zeros((5, 3))}, "vertices have shape"),
        ({"vertices": np.full((5, 2), np.nan)}, "finite"),
        ({"edge_start": np.array([0, 2])}, "edge_start must run"),
        ({"edge_start": np.array([0, 4, 5])}, "fewer than two vertices"),
        ({"max_m": -1.0}, "max_m is -1"),
        ({"max_m": np.nan}, "max_m is nan"),
        ({"allowed": np.ones(3, np.bool_)}, "allowed has shape"),
    ],
)
def test_bad_input_is_refused(change, words):
    given = {
        "points": np.zeros((1, 2)),
        "vertices": CROSS,
        "edge_start": CROSS_START,
        "max_m": 10.0,
    }
    with pytest.raises(ValueError, match=words):
        snap_points(**(given | change))


@pytest.mark.parametrize("runner_up", [True, False])
def test_company_and_order_of_points_change_nothing(runner_up):
    valley = build_valley(2)
    rng = np.random.default_rng(2)
    crowd = valley.vertices[100] + rng.normal(0, 20, (700, 2))  # more than are taken together
    points = np.concatenate([points_around(valley, rng, 900), crowd, [[np.nan, 0], [9e9, 0]]])
    grid = build_street_grid(valley.vertices, valley.edge_start)
    snap = snap_to_grid(grid, points, max_m=250.0, runner_up=runner_up)
    order = rng.permutation(len(points))
    mixed = snap_to_grid(grid, points[order], max_m=250.0, runner_up=runner_up)
    for a, b in zip(snap, mixed, strict=True):
        np.testing.assert_array_equal(a[order], b)
    for i in range(0, len(points), 97):
        alone = snap_to_grid(grid, points[[i]], max_m=250.0, runner_up=runner_up)
        for a, b in zip(snap, alone, strict=True):
            np.testing.assert_array_equal(a[[i]], b)
    assert (snap.runner_up >= 0).any() == runner_up


def test_a_segment_too_short_to_measure_is_a_place():
    vertices = np.array([[0.0, 0], [1e-200, 0], [0.0, 9], [50, 9]])
    snap = snap_points(np.array([[0.0, 3]]), vertices, np.array([0, 2, 4]), max_m=10)
    assert (snap.edge[0], snap.access_mm[0], snap.runner_up[0]) == (0, 3_000, 1)
