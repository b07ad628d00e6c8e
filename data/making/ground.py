"""Synthetic ground: valleys cut by the rivers, hills between them, flat valley floors."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import ndimage

from making import plane
from making.plane import Floats
from making.rivers import River

LOWEST_M, HIGHEST_M = 85.0, 1367.0
SUMMIT = (124.90, 41.15)  # Foding Shan, the published highest point, roughly
CONCAVITY = 0.42  # slope ~ drained cells ** -CONCAVITY, as graded rivers have it
ROUNDS = 14


@dataclass(frozen=True, slots=True)
class Ground:
    """Height and water on the fine raster (north up, 3 arc-seconds).

    Parameters
    ----------
    height_m
        Metres above sea level, shape (rows, cols).
    above_m
        Height above the nearest named river, shape (rows, cols).
    slope
        Rise over run, shape (rows, cols).
    """

    height_m: Floats
    above_m: Floats
    slope: Floats

    def sample(self, field: Floats, lonlat: Floats) -> Floats:
        """Return a raster's value at points in degrees (bilinear), shape (n,)."""
        row = (plane.NORTH - lonlat[:, 1]) / plane.FINE - 0.5
        col = (lonlat[:, 0] - plane.WEST) / plane.FINE - 0.5
        return ndimage.map_coordinates(field, [row, col], order=1, mode="nearest")


@njit(cache=False)
def _drain(height, fixed, steps, reach):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Send every free cell to its steepest lower neighbour; flat index or -1."""
    rows, cols = height.shape
    to = np.full(rows * cols, -1, np.int64)
    for r in range(rows):
        for c in range(cols):
            if fixed[r, c]:
                continue
            best = 0.0
            for k in range(8):
                i, j = r + steps[k, 0], c + steps[k, 1]
                if 0 <= i < rows and 0 <= j < cols:
                    drop = (height[r, c] - height[i, j]) / reach[k]
                    if drop > best:
                        best = drop
                        to[r * cols + c] = i * cols + j
    return to


@njit(cache=False)
def _raise(order, to, base, rock, run):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Rebuild heights upstream from the outlets, steep where little water runs."""
    area = np.ones(len(order))
    for n in range(len(order) - 1, -1, -1):
        cell = order[n]
        if to[cell] >= 0:
            area[to[cell]] += area[cell]
    height = base.copy()
    for n in range(len(order)):
        cell = order[n]
        if to[cell] >= 0:
            slope = min(rock[cell] * area[cell] ** -CONCAVITY, 0.42)
            height[cell] = height[to[cell]] + slope * run[cell]
    return height, area


def _hill(lonlat: tuple[float, float], radius_m: float) -> Floats:
    """Return a bell around a place on the coarse raster."""
    gap = plane.to_plane(plane.coarse_centres()) - plane.to_plane(np.array([lonlat]))
    return np.exp(-((np.hypot(*gap.T) / radius_m) ** 2)).reshape(plane.COARSE_SHAPE)


def _noise(shape: tuple[int, int], sigma: float, rng: np.random.Generator) -> Floats:
    field = ndimage.gaussian_filter(rng.standard_normal(shape), sigma, mode="reflect")
    return field / field.std()


def _burn(rivers: list[River]) -> tuple[NDArray[np.bool_], Floats]:
    fixed = np.zeros(plane.COARSE_SHAPE, bool)
    base = np.full(plane.COARSE_SHAPE, np.inf)
    for river in rivers:
        row, col = plane.coarse_index(plane.to_degrees(river.line))
        cells = np.column_stack([row, col])
        for k in range(len(cells) - 1):
            for r, c in plane.cells_between(cells[k], cells[k + 1]):
                fixed[r, c] = True
                base[r, c] = min(base[r, c], river.height_m[k])
    return fixed, base


def _erode(rivers: list[River], rng: np.random.Generator) -> Floats:
    fixed, base = _burn(rivers)
    rows, cols = plane.COARSE_SHAPE
    edge = np.zeros_like(fixed)
    edge[[0, -1], :] = edge[:, [0, -1]] = True
    outside = 240.0 + 60.0 * _noise(fixed.shape, 20.0, rng)
    base = np.where(edge & ~fixed, outside, base)
    fixed |= edge
    steps = np.array([(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j], np.int64)
    reach = np.hypot(steps[:, 0] * plane.CELL_Y, steps[:, 1] * plane.CELL_X)
    rock = np.exp(0.22 * _noise(fixed.shape, 40.0, rng) + 0.25 * _noise(fixed.shape, 5.0, rng))
    rock *= 0.42 * (1.0 + 1.1 * _hill(SUMMIT, 13000.0))
    # a start without pits: distance to the water, roughened
    gap = ndimage.distance_transform_edt(~fixed, sampling=(plane.CELL_Y, plane.CELL_X))
    near = ndimage.distance_transform_edt(~fixed, return_distances=False, return_indices=True)
    height = base[near[0], near[1]] + gap * 0.05 * np.exp(0.25 * _noise(fixed.shape, 6.0, rng))
    for _ in range(ROUNDS):
        height = _without_pits(height, fixed, rng)
        to = _drain(height, fixed, steps, reach)
        order = np.argsort(height.ravel(), kind="stable")
        run = np.full(rows * cols, plane.CELL_X)
        away = to >= 0
        here = np.arange(rows * cols)[away]
        run[away] = np.hypot(
            (here // cols - to[away] // cols) * plane.CELL_Y,
            (here % cols - to[away] % cols) * plane.CELL_X,
        )
        flat = np.where(fixed, base, height).ravel()
        flat, _area = _raise(order, to, flat, rock.ravel(), run)
        height = flat.reshape(rows, cols)
    return height


@njit(cache=False)
def _fill(height, fixed, order_noise):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Lift pits just above their spill point by sweeping until nothing changes."""
    rows, cols = height.shape
    filled = np.where(fixed, height, 1e9)
    changed = True
    while changed:
        changed = False
        for sweep in range(4):
            for a in range(rows):
                r = a if sweep < 2 else rows - 1 - a
                for b in range(cols):
                    c = b if sweep % 2 == 0 else cols - 1 - b
                    if fixed[r, c]:
                        continue
                    low = 1e9
                    for i in range(max(r - 1, 0), min(r + 2, rows)):
                        for j in range(max(c - 1, 0), min(c + 2, cols)):
                            if (i != r or j != c) and filled[i, j] < low:
                                low = filled[i, j]
                    level = max(height[r, c], low + order_noise[r, c])
                    if level < filled[r, c] - 1e-9:
                        filled[r, c] = level
                        changed = True
    return filled


def _without_pits(height: Floats, fixed: NDArray[np.bool_], rng: np.random.Generator) -> Floats:
    return _fill(height, fixed, 0.01 + 0.02 * rng.random(height.shape))


def _fine_rivers(rivers: list[River], widen: Floats) -> tuple[Floats, Floats, Floats]:
    """Return distance to, height of and floor half-width at the nearest river, fine raster."""
    shape = (plane.COARSE_SHAPE[0] * 2, plane.COARSE_SHAPE[1] * 2)
    level = np.full(shape, np.nan)
    floor = np.full(shape, np.nan)
    for river in sorted(rivers, key=lambda one: one.width_m):
        width = 130.0 + 2.4 * river.width_m
        half = np.full(len(river.line), width)
        for x, y, radius, half_m in widen:
            gap = np.hypot(river.line[:, 0] - x, river.line[:, 1] - y)
            half = np.maximum(half, half_m * np.exp(-((gap / radius) ** 2)))
        lonlat = plane.to_degrees(river.line)
        row = np.clip(((plane.NORTH - lonlat[:, 1]) / plane.FINE).astype(int), 0, shape[0] - 1)
        col = np.clip(((lonlat[:, 0] - plane.WEST) / plane.FINE).astype(int), 0, shape[1] - 1)
        level[row, col] = river.height_m
        floor[row, col] = half
    gap, near = ndimage.distance_transform_edt(
        np.isnan(level), sampling=(plane.CELL_Y / 2, plane.CELL_X / 2), return_indices=True
    )
    return gap, level[near[0], near[1]], floor[near[0], near[1]]


def _smoothstep(low: Floats, high: Floats, value: Floats) -> Floats:
    t = np.clip((value - low) / (high - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def build_ground(
    rivers: list[River], widen: Floats, inside: NDArray[np.bool_], rng: np.random.Generator
) -> Ground:
    """Make the heights.

    Parameters
    ----------
    rivers
        Courses with their heights.
    widen
        Places with a broad valley floor, shape (k, 4): x, y, radius and half-width in metres.
    inside
        Which fine cells lie in the municipality, shape (rows, cols).
    rng
        Source of the roughness.

    Returns
    -------
    Ground
        Heights from 85 m to 1,367 m inside the municipality.
    """
    rough = ndimage.gaussian_filter(_erode(rivers, rng), 0.8)
    fine = ndimage.zoom(rough, 2, order=3, mode="nearest", grid_mode=True)
    gap, level, half = _fine_rivers(rivers, widen)
    level = ndimage.gaussian_filter(level, 3.0)
    half = ndimage.gaussian_filter(half, 4.0)
    roughness = np.exp(0.25 * ndimage.zoom(_noise(rough.shape, 4.0, rng), 2, order=1))
    half = half * np.clip(roughness, 0.6, 1.6)
    top = np.quantile(fine[inside], 1.0)
    fine = level + (fine - level) * (HIGHEST_M - 60.0) / (top - 60.0)
    fine = np.where(gap < 3.0 * half, np.maximum(fine, level + 2.0), fine)
    blend = _smoothstep(half * 0.75, half * 2.1, gap)
    height = (1.0 - blend) * (level + 0.006 * gap) + blend * fine
    height = ndimage.gaussian_filter(height, 0.7)
    height = _fit_range(height, inside)
    above = height - level
    rise_y, rise_x = np.gradient(height, plane.CELL_Y / 2, plane.CELL_X / 2)
    return Ground(height, above, np.hypot(rise_x, rise_y))


def _fit_range(height: Floats, inside: NDArray[np.bool_]) -> Floats:
    """Stretch so that the lowest and highest cell inside meet the published figures."""
    low, high = height[inside].min(), height[inside].max()
    return LOWEST_M + (height - low) * (HIGHEST_M - LOWEST_M) / (high - low)
