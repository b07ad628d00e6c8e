"""Rings around the places of a lattice that are inside, and polygons of rings."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import contourpy
import numpy as np
import shapely
from numpy.typing import NDArray

Polygon = shapely.Polygon | shapely.MultiPolygon
Shapes = NDArray[np.object_]


class Rings(NamedTuple):
    """Closed rings, those of a polygon one after the other.

    Parameters
    ----------
    points
        Vertices of all rings, shape (v, 2).
    size
        Number of vertices of each ring, shape (r,).
    outer
        Whether a ring is the outer one of its polygon, which stands first, shape (r,).
    """

    points: NDArray[np.float64]
    size: NDArray[np.int64]
    outer: NDArray[np.bool_]


NO_RINGS = Rings(np.empty((0, 2)), np.empty(0, np.int64), np.empty(0, np.bool_))


def outline(z: NDArray[np.float64], level: float) -> Rings:
    """Return the rings around `z` below `level`, in lattice steps (column, row)."""
    below = z < level
    if not below.any():
        return NO_RINGS
    rows, columns = (_with_rim(np.any(below, axis=axis)) for axis in (1, 0))
    window = z[rows, columns]
    y, x = np.mgrid[rows, columns].astype(np.float64)
    # what `contour_generator` returns, which would look for masks and NaN and take twice as long
    generator = contourpy.SerialContourGenerator(
        x,
        y,
        window,
        np.zeros(window.shape, np.bool_),
        corner_mask=False,
        line_type=contourpy.LineType.Separate,
        fill_type=contourpy.FillType.ChunkCombinedOffsetOffset,
        quad_as_tri=False,
        z_interp=contourpy.ZInterp.Linear,
    )
    filled: tuple[Any, ...] = generator.filled(-1e18, level)  # its type follows fill_type
    points, offsets, outer_offsets = (column[0] for column in filled)
    size = np.diff(offsets.astype(np.int64))
    outer = np.zeros(len(size), np.bool_)
    outer[outer_offsets[:-1]] = True
    return Rings(points, size, outer)


def _with_rim(used: NDArray[np.bool_]) -> slice:
    """Return the stretch from first to last that is used, and one more on either side."""
    at = np.flatnonzero(used)
    return slice(max(int(at[0]) - 1, 0), min(int(at[-1]) + 2, len(used)))


def join_rings(rings: Sequence[Rings]) -> Rings:
    """Return many rings one after the other."""
    if not rings:
        return NO_RINGS
    return Rings(*(np.concatenate(column) for column in zip(*rings, strict=True)))


def polygons_of(rings: Rings) -> Shapes:
    """Return the polygons of rings, in their order."""
    if not len(rings.size):
        return np.empty(0, object)
    ring_of = np.repeat(np.arange(len(rings.size)), rings.size)
    lines: Any = shapely.linearrings(rings.points, indices=ring_of)
    return np.asarray(shapely.polygons(lines, indices=np.cumsum(rings.outer) - 1), object)


def grouped(polygons: Shapes, of: NDArray[np.int64], count: int) -> list[Polygon]:
    """Return one shape for each of `count`, empty where it has no polygon; `of` ascends."""
    shapes: list[Polygon] = [shapely.Polygon()] * count
    wholes, parts = np.unique(of, return_counts=True)
    first = np.cumsum(parts) - parts
    for whole, start, size in zip(wholes.tolist(), first.tolist(), parts.tolist(), strict=True):
        own = polygons[start : start + size]
        shapes[whole] = own[0] if size == 1 else shapely.MultiPolygon(list(own))
    return shapes
