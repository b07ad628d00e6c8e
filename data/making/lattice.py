"""Curved street grids: two families of lines that follow the valley and cross it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse import coo_array, identity
from scipy.sparse.linalg import splu
from scipy.spatial import cKDTree

from making.plane import Floats
from making.rivers import River
from making.towns import Ints

RASTER_M = 40.0


@dataclass(frozen=True, slots=True)
class Window:
    """A raster of metres over one town.

    Parameters
    ----------
    x, y
        Metres of the cell centres, shapes (cols,) and (rows,).
    town
        Which cells get streets, shape (rows, cols).
    """

    x: Floats
    y: Floats
    town: NDArray[np.bool_]

    def centres(self) -> Floats:
        """Return all centres, row by row, shape (rows * cols, 2)."""
        grid_x, grid_y = np.meshgrid(self.x, self.y)
        return np.column_stack([grid_x.ravel(), grid_y.ravel()])


def _angles(window: Window, rivers: list[River]) -> Floats:
    """Return the direction of the valley per cell, continuous where a grid can be."""
    axes, tangents = [], []
    for river in rivers:
        step = np.gradient(river.axis, axis=0)
        axes.append(river.axis)
        tangents.append(np.arctan2(step[:, 1], step[:, 0]))
    near = cKDTree(np.concatenate(axes)).query(window.centres())[1]
    theta = np.concatenate(tangents)[near].reshape(window.town.shape)
    # a grid looks the same after a quarter turn, so blur the fourfold angle
    blur = 1300.0 / RASTER_M
    cross = ndimage.gaussian_filter(np.cos(4 * theta), blur) + 1j * ndimage.gaussian_filter(
        np.sin(4 * theta), blur
    )
    return _unwound(np.angle(cross) / 4, window.town)


def _unwound(theta: Floats, town: NDArray[np.bool_]) -> Floats:
    """Choose among quarter turns so that neighbours agree, spreading from cell to cell."""
    made = np.full(theta.shape, np.nan)
    for start in zip(*np.nonzero(town), strict=True):
        if not np.isnan(made[start]):
            continue
        made[start] = theta[start]
        front = [start]
        while front:
            later = []
            for r, c in front:
                for i, j in ((r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)):
                    inside = 0 <= i < town.shape[0] and 0 <= j < town.shape[1]
                    if inside and town[i, j] and np.isnan(made[i, j]):
                        turns = round((made[r, c] - theta[i, j]) / (np.pi / 2))
                        made[i, j] = theta[i, j] + turns * np.pi / 2
                        later.append((i, j))
            front = later
    return made


def _solve(window: Window, theta: Floats) -> tuple[Floats, Floats]:
    """Return fields u and v (metres) whose gradients follow and cross the valley."""
    town = window.town
    number = np.full(town.shape, -1)
    number[town] = np.arange(town.sum())
    rows, cols, ones, want_u, want_v = [], [], [], [], []
    count = 0
    for axis in (0, 1):
        a = number[:-1, :] if axis == 0 else number[:, :-1]
        b = number[1:, :] if axis == 0 else number[:, 1:]
        both = (a >= 0) & (b >= 0)
        mean = (
            0.5
            * ((theta[:-1, :] + theta[1:, :]) if axis == 0 else (theta[:, :-1] + theta[:, 1:]))[
                both
            ]
        )
        e = np.arange(both.sum()) + count
        count += len(e)
        rows += [e, e]
        cols += [b[both], a[both]]
        ones += [np.ones(len(e)), -np.ones(len(e))]
        along, across = (np.sin(mean), np.cos(mean)) if axis == 0 else (np.cos(mean), -np.sin(mean))
        want_u.append(along * RASTER_M)
        want_v.append(across * RASTER_M)
    gradient = coo_array(
        (np.concatenate(ones), (np.concatenate(rows), np.concatenate(cols))),
        shape=(count, int(town.sum())),
    ).tocsr()
    normal = (gradient.T @ gradient + 1e-7 * identity(int(town.sum()))).tocsc()
    factor = splu(normal)
    made = []
    for want in (want_u, want_v):
        field = np.full(town.shape, np.nan)
        field[town] = factor.solve(gradient.T @ np.concatenate(want))
        made.append(field)
    return made[0], made[1]


def _wobble(shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
    """Return a smooth field of some 14 m, so that no street is straight."""
    wave = ndimage.gaussian_filter(rng.standard_normal(shape), 260.0 / RASTER_M)
    return wave / max(float(wave.std()), 1e-9) * 14.0


def _lines(field: Floats, low: float, high: float, rng: np.random.Generator) -> Floats:
    """Place lines at uneven distances and return the field counted in lines."""
    start, end = np.nanmin(field) - high, np.nanmax(field) + high
    gaps = rng.uniform(low, high, int((end - start) / low) + 2)
    at = start + np.cumsum(gaps)
    return np.where(np.isnan(field), np.nan, np.interp(field, at, np.arange(len(at))))


def _hits(window: Window, u: Floats, v: Floats) -> tuple[Ints, Floats]:
    """Return line numbers (k, 2) and metres (k, 2) where lines of both families meet."""
    x, y = np.meshgrid(window.x, window.y)
    corner = np.stack([u, v, x, y], axis=-1)
    quads = (corner[:-1, :-1], corner[:-1, 1:], corner[1:, 1:], corner[1:, :-1])
    numbers, places = [], []
    for trio in ((0, 1, 2), (0, 2, 3)):
        a, b, c = (quads[k].reshape(-1, 4) for k in trio)
        whole = ~np.isnan(a[:, 0] + b[:, 0] + c[:, 0])
        a, b, c = a[whole], b[whole], c[whole]
        base = np.ceil(np.minimum(np.minimum(a, b), c)[:, :2])
        ab, ac = b - a, c - a
        area = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]
        for i in range(3):
            for j in range(3):
                want = base + np.array([i, j])
                gap = want - a[:, :2]
                with np.errstate(divide="ignore", invalid="ignore"):
                    s = (gap[:, 0] * ac[:, 1] - gap[:, 1] * ac[:, 0]) / area
                    t = (ab[:, 0] * gap[:, 1] - ab[:, 1] * gap[:, 0]) / area
                # half-open, so that a crossing on a shared side counts once
                hit = (s >= 0) & (t >= 0) & (s + t < 1)
                numbers.append(want[hit].astype(np.int64))
                places.append((a + ab * s[:, None] + ac * t[:, None])[hit][:, 2:])
    return np.concatenate(numbers), np.concatenate(places)


def build_lattice(
    window: Window, rivers: list[River], rng: np.random.Generator
) -> tuple[Ints, Floats]:
    """Return where the streets of one town meet.

    Returns
    -------
    tuple
        Numbers of the line along and across the valley, shape (k, 2), and metres, shape (k, 2).
    """
    u, v = _solve(window, _angles(window, rivers))
    lines_u = _lines(u + _wobble(u.shape, rng), 37.0, 64.0, rng)
    lines_v = _lines(v + _wobble(v.shape, rng), 34.0, 56.0, rng)
    numbers, places = _hits(window, lines_u, lines_v)
    order = np.lexsort((places[:, 1], places[:, 0], numbers[:, 1], numbers[:, 0]))
    return numbers[order], places[order] + rng.normal(0, 3.2, places.shape)
