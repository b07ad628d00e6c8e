"""Whether points, moved one way or another, sit on lines as they do nowhere near by.

How near points lie to streets says little by itself: in a dense town every place is near a street.
What tells is the change when all points are moved together by some hundred metres: places that
stand where they belong lose their relation to the streets, places that do not had none to lose.

References
----------
.. [1] Lotwick, H. W., Silverman, B. W. (1982): Methods for analysing spatial processes of several
   types of points. Journal of the Royal Statistical Society B 44(3), 406-413: random shifts of one
   pattern against the other keep the inner order of both.
.. [2] Holland, P. W., Welsch, R. E. (1977): Robust regression using iteratively reweighted least
   squares. Communications in Statistics A 6(9), 813-827.
"""

import numpy as np
from numpy.typing import NDArray

from planner.kernel.snap import StreetGrid, snap_to_grid

__all__ = ["contrast", "fit_translation", "median_distance"]
F64 = NDArray[np.float64]

_SPOKES = 24
_GOLDEN = 0.382  # part of a spoke each ring is turned by, so that rings do not line up
_LEAST_SPREAD = 0.01  # of the score; below it the ring is flat and proves nothing


def contrast(grid: StreetGrid, points: F64, *, scales_m: F64, rings_m: F64) -> F64:
    """Return how much the fit of points to lines stands out from the fit near by.

    Parameters
    ----------
    grid
        The lines.
    points
        Metres in the plane of the lines, shape (k, 2).
    scales_m
        Distances at which a point counts as off the lines, shape (s,).
    rings_m
        Radii of the circles on which all points are moved for comparison.

    Returns
    -------
    NDArray
        For each scale the score of the points where they are, less the mean and divided by the
        spread of the score where they are moved, shape (s,). The score is the mean of
        ``(1 - (d / scale)^2)^2``. High where points stand on lines, low where they keep away from
        them, as houses do from the middle of a street; 0 in the mean where nothing relates.
    """
    turn = 2.0 * np.pi / _SPOKES
    angles = turn * (np.arange(_SPOKES)[None, :] + _GOLDEN * np.arange(len(rings_m))[:, None])
    east, north = rings_m[:, None] * np.sin(angles), rings_m[:, None] * np.cos(angles)
    moves = np.vstack([np.zeros((1, 2)), np.column_stack([east.ravel(), north.ravel()])])
    moved = (points[None, :, :] + moves[:, None, :]).reshape(-1, 2)
    far = float(np.max(scales_m))
    distance = _distances(grid, moved, far).reshape(len(moves), len(points))
    scores = np.stack([_near(distance, float(c)).mean(axis=1) for c in scales_m], axis=1)
    spread = np.maximum(scores[1:].std(axis=0), _LEAST_SPREAD)
    standing: F64 = (scores[0] - scores[1:].mean(axis=0)) / spread
    return standing


def fit_translation(
    grid: StreetGrid, points: F64, *, scales_m: F64, start_m: tuple[float, float] = (0.0, 0.0)
) -> F64:
    """Return the common move that brings points onto lines best.

    Parameters
    ----------
    grid, points
        As in `contrast`.
    scales_m
        Distance beyond which a point counts for nothing, step by step, falling.
    start_m
        Move to start from, east and north.

    Returns
    -------
    NDArray
        Metres east and north, shape (2,). Biweight steps across the lines, never along them, so
        that it is the lines of all directions that decide.
    """
    move = np.array(start_m, np.float64)
    for scale in scales_m:
        found = snap_to_grid(grid, points + move, max_m=float(scale), runner_up=False)
        on = found.edge >= 0
        if not on.any():
            continue
        off = found.point[on] - (points[on] + move)
        far = np.maximum(np.hypot(off[:, 0], off[:, 1]), 1e-9)
        weight = _near(far, float(scale))
        across = off / far[:, None]
        normal = (across * weight[:, None]).T @ across + 1e-9 * np.eye(2)
        move = move + np.linalg.solve(normal, (off * weight[:, None]).sum(axis=0))
    return move


def median_distance(grid: StreetGrid, points: F64, *, max_m: float) -> float:
    """Return the median distance from points to the nearest line, at most `max_m`."""
    return float(np.median(_distances(grid, points, max_m))) if len(points) else float("nan")


def _distances(grid: StreetGrid, points: F64, far: float) -> F64:
    found = snap_to_grid(grid, points, max_m=far, runner_up=False)
    return np.where(found.edge >= 0, found.access_mm / 1000.0, far)


def _near(distance: F64, scale: float) -> F64:
    near: F64 = np.clip(1.0 - (distance / scale) ** 2, 0.0, 1.0) ** 2
    return near
