"""Whether points lie on the datum they are taken for: WGS 84, GCJ-02 or BD-09.

Three things are weighed for every source of coordinates, and none of them needs the internet:

* the streets: `planner.kernel.register.contrast` of the points as they are, with the shift of
  either web map undone, and with it applied (then it is the streets that are shifted);
* the polygons: points inside the community (or the county) they are declared in; two datums are
  told apart by the points that are inside with one only, by a sign test, for a share alone
  deceives: of 187 points of Benxi in GCJ-02 181 still lie in the right county;
* what headers and the source column sound like: a hint for the wording, never a proof.

Fewer than thirty points decide nothing. Streets decide where the best datum stands out by
`DECIDES` and leads the next by `LEADS`; of 600 patterns without any relation to the streets none
did (the greatest came to 4.8). Polygons decide at `CHANCE` with `LEAST_INSIDE` of the points
inside. Where both decide and differ, nothing is decided. What the scenario states is never
overruled.

References
----------
.. [1] McNemar, Q. (1947): Note on the sampling error of the difference between correlated
   proportions. Psychometrika 12(2), 153-157.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.stats import binomtest

from planner.kernel.datum import (
    bd09_to_wgs84,
    gcj02_to_wgs84,
    is_shifted,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)
from planner.kernel.register import contrast, fit_translation, median_distance
from planner.kernel.snap import StreetGrid
from planner.model.demand import Demand
from planner.model.districts import Districts
from planner.model.entrances import Entrances
from planner.model.ground import Ground
from planner.model.sites import Sites

F64 = NDArray[np.float64]

LEAST_POINTS = 30
DECIDES, LEADS = 5.0, 2.0
CHANCE, LEAST_INSIDE = 0.001, 0.8
_MOST_POINTS = 300
_SCALES_M = np.array([15.0, 30.0, 60.0])
_RINGS_M = np.array([130.0, 200.0, 300.0])
_CLOSING_IN_M = np.array([200.0, 100.0, 60.0, 40.0, 40.0])
_FARTHEST_M = 1000.0


def _same(lonlat: F64) -> F64:
    return lonlat


READINGS: Mapping[str, Callable[[F64], F64]] = {  # raw coordinates -> where they belong
    "wgs84": _same,
    "gcj02": gcj02_to_wgs84,
    "bd09": bd09_to_wgs84,
    "streets_gcj02": wgs84_to_gcj02,
    "streets_bd09": wgs84_to_bd09,
}
_OF_POINTS = ("wgs84", "gcj02", "bd09")
_REDO = {"gcj02": wgs84_to_gcj02, "bd09": wgs84_to_bd09}


@dataclass(frozen=True, slots=True, kw_only=True)
class PointGroup:
    """Points of one file and one source of coordinates.

    Parameters
    ----------
    file, layer
        Where they stand.
    source
        What the file's own column says about where coordinates come from, '' if nothing.
    stated
        Datum the scenario states, '' if none.
    hint
        Header or source that sounds like a web map.
    raw
        Degrees as they stand in the file, shape (n, 2).
    unit
        Code of the community each is declared in, '' where none, shape (n,).
    row
        Row of the first of them.
    """

    file: str
    layer: str
    source: str
    stated: str
    hint: str
    raw: F64
    unit: tuple[str, ...]
    row: int | None

    def __len__(self) -> int:
        return len(self.raw)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was weighed, and what came of it.

    Parameters
    ----------
    count
        Points that were weighed.
    standing
        For each reading how far the fit to the streets stands out.
    median_m
        For each reading the median distance to the nearest street.
    inside, declared
        For each reading of the points how many lie in their unit, and how many have one.
    by_streets, by_units
        The reading either decides for, '' where it decides nothing.
    why
        ``few``, ``outside``, ``contradiction``, ``nothing`` or '' where something is decided.
    shift_m
        East and north of the points against where the winning reading and a fit to the streets
        put them, NaN where nothing but the truth is found.
    """

    count: int
    standing: Mapping[str, float]
    median_m: Mapping[str, float]
    inside: Mapping[str, int]
    declared: int
    by_streets: str
    by_units: str
    why: str
    shift_m: tuple[float, float] = (float("nan"), float("nan"))

    @property
    def doubtful(self) -> bool:
        """Whether more points lie in their unit with a shift undone than as they are."""
        as_given = self.inside.get("wgs84", 0)
        return any(hits > as_given for hits in self.inside.values())

    @property
    def found(self) -> str:
        """The reading decided for, '' where there is none."""
        return "" if self.why else self.by_streets or self.by_units


@dataclass(frozen=True, slots=True)
class Trusted:
    """What points are held against.

    Parameters
    ----------
    grid
        Streets, filed.
    ground
        Their plane.
    communities, counties
        Polygons by code; counties serve where a community has no shape.
    """

    grid: StreetGrid
    ground: Ground
    communities: Districts
    counties: Districts | None


def group_points(points: Sites | Demand | Entrances) -> tuple[PointGroup, ...]:
    """Return the points of each file and source of coordinates, coordinates as in the file.

    Parameters
    ----------
    points
        Facilities, candidates, demand points or entrances; those without a place are left out, and
        all of them where their origin is not known.
    """
    units = ("",) * len(points) if isinstance(points, Entrances) else points.community
    rows: dict[tuple[str, str, str, str, str], list[int]] = {}
    known: NDArray[np.bool_] = np.isfinite(points.lonlat.sum(axis=1))
    for i, origin in enumerate(points.origin):
        if known[i]:
            key = (origin.file, origin.layer, origin.group, origin.datum, origin.hint)
            rows.setdefault(key, []).append(i)
    groups = []
    for (file, layer, source, stated, hint), at in sorted(rows.items()):
        lonlat = points.lonlat[at]
        first = min((points.origin[i].row or 0 for i in at), default=0)
        groups.append(
            PointGroup(
                file=file,
                layer=layer,
                source=source,
                stated=stated,
                hint=hint,
                raw=_REDO[stated](lonlat) if stated in _REDO else lonlat,
                unit=tuple(units[i] for i in at),
                row=first or None,
            )
        )
    return tuple(groups)


def weigh_points(group: PointGroup, trusted: Trusted) -> Verdict:
    """Weigh the readings of a group of points.

    Parameters
    ----------
    group
        The points.
    trusted
        Streets and polygons.
    """
    if not len(group) or is_shifted(group.raw).mean() < 0.5:
        return _undecided(len(group), "outside")
    inside = _inside(group, trusted)
    if len(group) < LEAST_POINTS:
        return _undecided(len(group), "few", inside)
    some = np.unique(np.linspace(0, len(group) - 1, _MOST_POINTS).astype(np.intp))
    raw = group.raw[some]
    places = {name: trusted.ground.to_metres(read(raw)) for name, read in READINGS.items()}
    standing = {name: _standing(trusted.grid, xy) for name, xy in places.items()}
    median = {
        name: median_distance(trusted.grid, xy, max_m=_FARTHEST_M) for name, xy in places.items()
    }
    by_streets, by_units = _best_by_streets(standing), _best_by_units(inside)
    of_points = by_streets if by_streets in _OF_POINTS else "wgs84"
    if by_streets and by_units and of_points != by_units:
        why = "contradiction"
    else:
        why = "" if by_streets or by_units else "nothing"
    found = by_streets or by_units
    shift = (float("nan"), float("nan"))
    if found not in ("", "wgs84"):
        moved = (places["wgs84"] - places[found]).mean(axis=0)
        left = fit_translation(trusted.grid, places[found], scales_m=_CLOSING_IN_M)
        east, north = moved - left if by_streets else moved
        shift = (float(east), float(north))
    return Verdict(
        count=len(group),
        standing=standing,
        median_m=median,
        inside=_counted(inside),
        declared=len(inside["wgs84"]),
        by_streets=by_streets,
        by_units=by_units,
        why=why,
        shift_m=shift,
    )


def _undecided(
    count: int, why: str, inside: Mapping[str, NDArray[np.bool_]] | None = None
) -> Verdict:
    nothing: dict[str, float] = {}
    return Verdict(
        count=count,
        standing=nothing,
        median_m=nothing,
        inside=_counted(inside or {}),
        declared=len(inside["wgs84"]) if inside else 0,
        by_streets="",
        by_units="",
        why=why,
    )


def _counted(inside: Mapping[str, NDArray[np.bool_]]) -> dict[str, int]:
    return {name: int(hits.sum()) for name, hits in inside.items()}


def _standing(grid: StreetGrid, xy: F64) -> float:
    """Return the strongest relation to the streets, near or away from them, at any scale."""
    return float(np.abs(contrast(grid, xy, scales_m=_SCALES_M, rings_m=_RINGS_M)).max())


def _best_by_streets(standing: Mapping[str, float]) -> str:
    best, second = sorted(standing, key=lambda name: -standing[name])[:2]
    clear = standing[best] >= DECIDES and standing[best] - standing[second] >= LEADS
    return best if clear else ""


def _inside(group: PointGroup, trusted: Trusted) -> dict[str, NDArray[np.bool_]]:
    """Return for each reading which points with a known unit lie in it."""
    shapes = _shapes_by_code(trusted.communities)
    if trusted.counties is not None:
        shapes = {**_shapes_by_code(trusted.counties), **shapes}
    polygons = [shapes.get(code) or shapes.get(code[:6]) for code in group.unit]
    rows = np.array([i for i, p in enumerate(polygons) if p is not None], np.intp)
    units = np.array([polygons[i] for i in rows], object)
    found = {}
    for name in _OF_POINTS:
        lonlat = READINGS[name](group.raw[rows])
        found[name] = np.asarray(shapely.intersects_xy(units, lonlat[:, 0], lonlat[:, 1]), np.bool_)
    return found


def _shapes_by_code(districts: Districts) -> dict[str, shapely.Geometry]:
    shapes: dict[str, shapely.Geometry] = {}
    for code, shape in zip(districts.code, districts.geometry, strict=True):
        if shape is not None and not shape.is_empty:
            shapely.prepare(shape)
            shapes[code] = shape
    return shapes


def _best_by_units(inside: Mapping[str, NDArray[np.bool_]]) -> str:
    best = max(_OF_POINTS, key=lambda name: int(inside[name].sum()))
    hits = inside[best]
    if len(hits) < LEAST_POINTS or hits.mean() < LEAST_INSIDE:
        return ""
    for name in _OF_POINTS:
        if name == best:
            continue
        only, other = int((hits & ~inside[name]).sum()), int((inside[name] & ~hits).sum())
        if not only or binomtest(only, only + other, alternative="greater").pvalue > CHANCE:
            return ""
    return best
