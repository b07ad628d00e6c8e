"""Shapes of the page: simplified with shared edges kept, packed small.

Coordinates are counted in steps of 1e-5 degrees from the south-west corner. A layer holds every
place once and for every point which place it is, as differences, zigzag and variable-length coded;
all layers stand in one gzip stream.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from planner.model.network import Network, WayKind
from planner.model.outcome import Outcome
from planner.report.packing import pack_steps, pack_varints, zip_text

STEP = 1e-5
_METRES_PER_DEGREE = 111_320.0
_EDGE_TOLERANCE_M = 12.0
_RING_TOLERANCE_M = 8.0
_STREET_TOLERANCE_M = 6.0

Bounds = tuple[float, float, float, float]
Shapes = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Geometry:
    """The island of packed shapes and the extent of the page (west, south, east, north)."""

    island: dict[str, Any]
    bounds: Bounds


def page_geometry(outcome: Outcome, *others: Outcome) -> Geometry:
    """Return every shape the page draws.

    Parameters
    ----------
    outcome
        What a run found.
    others
        Scenarios beside it: of them the catchments only, layers ``catchments_1`` and so on.

    Returns
    -------
    Geometry
        Layers ``communities``, ``counties``, ``catchments`` (features in the order of the
        outcome), ``streets``, ``paths``, ``water_lines`` and ``water_areas``.
    """
    communities = _shapes(outcome.communities.geometry)
    counties = _shapes(outcome.counties.geometry) if outcome.counties else _shapes(())
    bounds = _extent(outcome, communities, counties)
    lat = (bounds[1] + bounds[3]) / 2
    backdrop = [geometry for _, geometry in outcome.backdrop]
    areas = [g for g in backdrop if shapely.get_dimensions(g) == 2]
    lines = [g for g in backdrop if shapely.get_dimensions(g) == 1]
    catchments = _shapes(tuple(c.geometry for c in outcome.rings))
    streets, paths = _streets(outcome.network)
    layers = {
        "communities": _coverage(communities, lat),
        "counties": _coverage(counties, lat),
        "catchments": _simple(catchments, _RING_TOLERANCE_M),
        "water_areas": _simple(_shapes(tuple(areas)), _EDGE_TOLERANCE_M),
        "water_lines": _simple(_shapes(tuple(lines)), _EDGE_TOLERANCE_M),
        "streets": _simple(streets, _STREET_TOLERANCE_M, rings=False),
        "paths": _simple(paths, _STREET_TOLERANCE_M, rings=False),
    }
    for i, other in enumerate(others, start=1):
        rings = _shapes(tuple(c.geometry for c in other.rings))
        layers[f"catchments_{i}"] = _simple(rings, _RING_TOLERANCE_M)
    packed = {name: _pack(shapes, bounds) for name, shapes in layers.items()}
    return Geometry(
        island={
            "west": bounds[0],
            "south": bounds[1],
            "step": STEP,
            "bounds": list(bounds),
            "layers": [[name, len(data)] for name, data in packed.items()],
            "gzip": zip_text(b"".join(packed.values())),
        },
        bounds=bounds,
    )


def _shapes(geometries: tuple[shapely.Geometry | None, ...]) -> Shapes:
    shapes = np.empty(len(geometries), object)
    shapes[:] = geometries
    return shapes


def _extent(outcome: Outcome, communities: Shapes, counties: Shapes) -> Bounds:
    """Return the extent of the communities, or of everything with a place."""
    for shapes in (communities, counties):
        known = [g for g in shapes if g is not None and not g.is_empty]
        if known:
            west, south, east, north = shapely.total_bounds(known)
            return _round_out(west, south, east, north)
    lonlat = np.vstack([outcome.demand.lonlat, outcome.facilities.lonlat])
    lonlat = lonlat[np.isfinite(lonlat).all(axis=1)]
    if not len(lonlat):
        return (123.0, 40.0, 126.0, 42.0)
    (west, south), (east, north) = lonlat.min(axis=0), lonlat.max(axis=0)
    return _round_out(west, south, east, north)


def _round_out(west: float, south: float, east: float, north: float) -> Bounds:
    grid = 0.001
    low = np.floor(np.array([west, south]) / grid) * grid
    high = np.ceil(np.array([east, north]) / grid) * grid
    return (
        round(float(low[0]), 3),
        round(float(low[1]), 3),
        round(float(high[0]), 3),
        round(float(high[1]), 3),
    )


def _coverage(shapes: Shapes, lat: float) -> Shapes:
    """Simplify polygons that share edges, so that neighbours still touch."""
    known = np.array([g is not None and not g.is_empty for g in shapes], bool)
    if not known.any():
        return shapes
    squeeze = np.array([np.cos(np.radians(lat)), 1.0])
    flat = shapely.transform(shapes[known], lambda xy: xy * squeeze)
    tolerance = _EDGE_TOLERANCE_M / _METRES_PER_DEGREE
    if shapely.coverage_is_valid(flat):
        simple = shapely.coverage_simplify(flat, tolerance)
    else:
        simple = shapely.simplify(flat, tolerance, preserve_topology=True)
    out = shapes.copy()
    out[known] = shapely.transform(simple, lambda xy: xy / squeeze)
    return out


def _simple(shapes: Shapes, tolerance_m: float, *, rings: bool = True) -> Shapes:
    """Simplify each shape by itself; lines need no care for their topology."""
    if not len(shapes):
        return shapes
    simple = shapely.simplify(shapes, tolerance_m / _METRES_PER_DEGREE, preserve_topology=rings)
    return np.asarray(simple, object)


def _streets(network: Network) -> tuple[Shapes, Shapes]:
    """Return the streets and the paths and steps as long lines in degrees."""
    if not len(network):
        return _shapes(()), _shapes(())
    to_degrees = Transformer.from_crs(network.crs, "EPSG:4490", always_xy=True)
    lon, lat = to_degrees.transform(network.vertices[:, 0], network.vertices[:, 1])
    counts = np.diff(network.edge_start)
    at = np.repeat(np.arange(len(network)), counts)
    enough = counts[at] > 1
    number = np.cumsum(np.diff(at[enough], prepend=-1) > 0) - 1
    lonlat = np.column_stack([lon, lat])[enough]
    lines = np.asarray(shapely.linestrings(lonlat, indices=number), object)
    kind = network.kind[counts > 1]
    quiet = (kind == WayKind.PATH) | (kind == WayKind.STEPS)
    return _merged(lines[~quiet]), _merged(lines[quiet])


def _merged(lines: Shapes) -> Shapes:
    if not len(lines):
        return _shapes(())
    merged = shapely.line_merge(shapely.multilinestrings(lines))
    return np.asarray(shapely.get_parts(merged), object)


def _pack(shapes: Shapes, bounds: Bounds) -> bytes:
    """Pack features: their number; parts of each; points of each part; places; place of points."""
    rings, feature = _rings_and_lines(shapes)
    places, ring = shapely.get_coordinates(rings, return_index=True)
    steps = np.rint((places - np.array(bounds[:2])) / STEP).astype(np.int64)
    moved = np.ones(len(steps), bool)
    moved[1:] = (np.diff(steps, axis=0) != 0).any(axis=1) | (np.diff(ring) != 0)
    points = np.bincount(ring[moved], minlength=len(rings))
    moved &= (points > 1)[ring]
    kept = points > 1
    parts = np.bincount(feature[kept], minlength=len(shapes))
    once, at = _once(steps[moved])
    head = pack_varints(np.concatenate([[len(shapes)], parts, points[kept], [len(once)]]))
    return head + pack_steps(once[:, 0]) + pack_steps(once[:, 1]) + pack_steps(at)


def _once(steps: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return every place once, in the order met, and which of them each point is.

    An edge that two neighbours share is stored once: the second runs backwards over its places.
    """
    _, first, of = np.unique(steps, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return steps[first[order]], rank[of.reshape(-1)]


def _rings_and_lines(shapes: Shapes) -> tuple[Shapes, NDArray[np.int64]]:
    """Return polygon rings and lines with the feature each belongs to, in feature order."""
    parts, feature = shapely.get_parts(shapes, return_index=True)
    parts, inner = shapely.get_parts(parts, return_index=True)  # parts of a collection
    feature = feature[inner]
    kind = shapely.get_type_id(parts)
    polygon, line = kind == shapely.GeometryType.POLYGON, kind == shapely.GeometryType.LINESTRING
    rings, of = shapely.get_rings(parts[polygon], return_index=True)
    every = np.concatenate([rings, parts[line]])
    at = np.concatenate([feature[polygon][of], feature[line]]).astype(np.int64)
    order = np.argsort(at, kind="stable")
    return every[order], at[order]
