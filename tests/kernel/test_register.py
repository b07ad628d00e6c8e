"""Points that belong to lines stand out; points that do not, do not."""

import numpy as np
import pytest

from planner.kernel.register import contrast, fit_translation, median_distance
from planner.kernel.snap import build_street_grid

SCALES, RINGS = np.array([15.0, 30.0, 60.0]), np.array([130.0, 200.0, 300.0])
AWAY = np.array([480.0, 220.0])


def town(seed=0, lines=80, size=4000.0):
    """Return streets of all directions and a function that puts points beside them."""
    rng = np.random.default_rng(seed)
    middle = rng.uniform(0, size, (lines, 2))
    angle = rng.uniform(0, np.pi, lines)
    half = 800 * np.column_stack([np.cos(angle), np.sin(angle)])
    vertices = np.stack([middle - half, middle + half], axis=1).reshape(-1, 2)
    grid = build_street_grid(vertices, np.arange(0, 2 * lines + 1, 2))

    def beside(count, off_m):
        line = rng.integers(0, lines, count)
        along = rng.uniform(-1, 1, (count, 1)) * half[line]
        across = np.column_stack([-half[line, 1], half[line, 0]]) / 800
        return middle[line] + along + across * rng.choice([-1, 1], (count, 1)) * off_m

    return grid, beside


def strongest(grid, points):
    return float(np.abs(contrast(grid, points, scales_m=SCALES, rings_m=RINGS)).max())


def test_points_on_streets_stand_out_and_moved_ones_do_not():
    grid, beside = town()
    points = beside(60, 8.0)
    assert strongest(grid, points) > 6
    assert strongest(grid, points + AWAY) < 3.5


def test_points_that_keep_away_from_streets_stand_out_downwards():
    grid, beside = town()
    points = beside(300, 28.0)
    found = contrast(grid, points, scales_m=np.array([15.0, 60.0]), rings_m=RINGS)
    assert found[0] < -1
    assert found[1] > 6


def test_noise_does_not_stand_out():
    grid, _ = town()
    rng = np.random.default_rng(7)
    values = [strongest(grid, rng.uniform(500, 3500, (60, 2))) for _ in range(40)]
    assert max(values) < 4.5


@pytest.mark.parametrize("shift", [(12.0, -30.0), (-55.0, 20.0), (0.0, 0.0)])
def test_the_common_move_is_found(shift):
    grid, beside = town()
    points = beside(300, 0.0) + shift
    move = fit_translation(grid, points, scales_m=np.array([200.0, 100.0, 50.0, 25.0, 25.0]))
    assert move == pytest.approx(-np.array(shift), abs=1.0)


def test_a_far_move_is_found_from_near_it():
    grid, beside = town()
    points = beside(300, 0.0) + AWAY
    scales = np.array([100.0, 50.0, 25.0, 25.0])
    move = fit_translation(grid, points, scales_m=scales, start_m=(-450.0, -250.0))
    assert move == pytest.approx([-480.0, -220.0], abs=1.0)


def test_median_distance_is_that_of_the_points():
    grid, beside = town()
    assert median_distance(grid, beside(200, 5.0), max_m=500) == pytest.approx(5.0, abs=0.5)
    assert median_distance(grid, np.array([[1e5, 1e5]]), max_m=500) == 500
    assert np.isnan(median_distance(grid, np.empty((0, 2)), max_m=500))
